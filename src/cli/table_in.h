/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a file, each a list of named cells that are JSON: CSV with a header (.csv, .tsv), objects
 * one a line (.jsonl, .ndjson), Parquet with a flat schema (.parquet).
 *
 * In CSV a cell is nothing when it is empty; a number, true, false, a list or an object when it
 * is spelt so in JSON; else a text.  "007" and "1e5" are texts: ids look like that. */
#ifndef VIREO_CLI_TABLE_IN_H
#define VIREO_CLI_TABLE_IN_H

#include "base/arena.h"

typedef struct TableRow {
    const Str *names;
    const Str *cells; /* JSON; empty: nothing */
    size_t count;
    size_t number; /* of the row, from 0 */
} TableRow;

/* Rows live until it returns.  An error ends the reading and is returned. */
typedef Status TableVisit(void *visitor, const TableRow *row, Err *err);

/* Is it a table, going by its name? */
bool table_known(Str path);
/* ST_UNSUPPORTED: not a known name; ST_CORRUPT with the line or column in `err`. */
MUST_CHECK Status table_read(const char *path, TableVisit *visit, void *visitor, Err *err);

#endif
