/* SPDX-License-Identifier: Apache-2.0 */
/* Lists for people: rows of texts under aligned headings. */
#ifndef VIREO_CLI_COLUMNS_H
#define VIREO_CLI_COLUMNS_H

#include "cli/cli.h"
#include "codec/json_read.h"

enum { COLUMNS_MAX = 8, COLUMN_WIDTH_MAX = 48 };

typedef struct Column {
    const char *heading;
    const char *key; /* member of each item */
} Column;

/* Print the `items` of a list answer.  Wide texts are cut, the last column never. */
void columns_print(Cli *cli, const Json *list, const Column *columns, size_t count);

#endif
