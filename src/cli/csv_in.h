/* SPDX-License-Identifier: Apache-2.0 */
/* Reading CSV as RFC 4180 has it: quoted cells may hold separators and line ends, "" is a quote.
 *
 *     CsvReader r = csv_reader(text, ',');
 *     while (!(st = csv_read_line(&r, &arena, &cells, &count, &err)) && count) ...
 *
 * Lines end in \n, \r\n or \r; empty lines are passed over, as is a byte-order mark. */
#ifndef VIREO_CLI_CSV_IN_H
#define VIREO_CLI_CSV_IN_H

#include "base/arena.h"

enum { CSV_CELLS_MAX = 10000 };

typedef struct CsvReader {
    Str in;
    size_t pos;
    size_t line; /* where pos is, from 1 */
    char separator;
} CsvReader;

CsvReader csv_reader(Str text, char separator);
/* The cells of the next line; borrowed from the text, in the arena where a quote was doubled.  No
 * cells at the end.  ST_CORRUPT: a quote that does not end, or text behind one, or no
 * UTF-8; ST_LIMIT past CSV_CELLS_MAX; `err` tells the line. */
MUST_CHECK Status csv_read_line(CsvReader *r, Arena *arena, Str **cells, size_t *count, Err *err);

#endif
