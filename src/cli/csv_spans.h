/* SPDX-License-Identifier: Apache-2.0 */
/* Spans as lines of CSV, with the columns that were asked for by the names of the
 * filter language. */
#ifndef VIREO_CLI_CSV_SPANS_H
#define VIREO_CLI_CSV_SPANS_H

#include "cli/csv.h"

enum { CSV_COLUMNS_MAX = 256 };

typedef struct CsvColumn {
    Str heading;
    const char *object; /* member of the span that `key` is in; NULL: of the span itself */
    Str key;
    bool tag; /* `key` of tags, else of attributes */
} CsvColumn;

typedef struct CsvColumns {
    CsvColumn items[CSV_COLUMNS_MAX];
    size_t len;
} CsvColumns;

/* "time, name, latency, tag.country"; empty: the usual ones.  ST_INVALID with a reason for a
 * name that is none.  Names borrow from `list` and `a`. */
MUST_CHECK Status csv_columns_parse(Str list, Arena *a, CsvColumns *out, Err *err);
void csv_columns_headings(const CsvColumns *columns, CsvWriter *w);
/* One line for each span of `traces`, the API's Trace one a line. */
MUST_CHECK Status csv_spans(const CsvColumns *columns, Str traces, CsvWriter *w, Err *err);

#endif
