/* SPDX-License-Identifier: Apache-2.0 */
/* Lists for people: rows of texts under aligned headings. */
#ifndef VIREO_CLI_COLUMNS_H
#define VIREO_CLI_COLUMNS_H

#include "cli/remote.h"

enum { COLUMNS_MAX = 8, COLUMN_WIDTH_MAX = 48 };

typedef struct Column {
    const char *heading;
    const char *key; /* member of each item */
} Column;

/* Print the `items` of a list.  Wide texts are cut, the last column never. */
void columns_print(Cli *cli, const Json *list, const Column *columns, size_t count);
/* Ask for a list and print it.  An exit code. */
int columns_show(Cli *cli, const RemoteOptions *o, const RemoteCall *call, const Column *columns,
                 size_t count);

#endif
