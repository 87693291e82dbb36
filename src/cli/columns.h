/* SPDX-License-Identifier: Apache-2.0 */
/* Lists for people: rows of texts under aligned headings. */
#ifndef VIREO_CLI_COLUMNS_H
#define VIREO_CLI_COLUMNS_H

#include "cli/grid.h"

typedef struct Column {
    const char *heading;
    const char *key; /* member of each item */
} Column;

/* The `items` of a list as a grid, in the verb's arena; empty when there are none.  False without
 * memory, after a message. */
bool columns_grid(Cli *cli, const Json *list, const Column *columns, size_t count, Grid *out);
/* Print the `items` of a list; nothing when it has none. */
void columns_print(Cli *cli, const Json *list, const Column *columns, size_t count);
/* Ask for a list and print its `items`.  An exit code. */
int columns_show(Cli *cli, const RemoteOptions *o, const RemoteCall *call, const Column *columns,
                 size_t count);

#endif
