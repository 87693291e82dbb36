/* SPDX-License-Identifier: Apache-2.0 */
/* What the columns of a project cost on disk, from footers alone: no page is read.
 *
 * Cost: a look at every column of every row group; milliseconds for ten million
 * spans, and the files' footers come into memory. */
#ifndef VIREO_STORE_STORAGE_REPORT_H
#define VIREO_STORE_STORAGE_REPORT_H

#include "store/store.h"

enum { REPORT_MAX_COLUMNS = 1 << 17 };

typedef struct ColumnReport {
    Str column;
    uint64_t bytes; /* compressed, in all segments */
    uint64_t rows;  /* that have a value */
    /* Distinct values lie between the two: the largest dictionary of a row group, and the
     * sum of all of them.  0: a row group has too many for a dictionary. */
    uint64_t distinct_least;
    uint64_t distinct_most;
    bool without_dictionary; /* somewhere */
} ColumnReport;

typedef struct StorageReport {
    ColumnReport *columns; /* by bytes, most first */
    size_t len;
    uint64_t index_bytes; /* footers, page indexes and bloom filters */
    uint64_t attribute_columns;
    uint64_t rest_keys;      /* keys without a column in the segment that has most of them */
    uint64_t damaged;        /* segments that cannot be read, which are not in the above */
    uint64_t damaged_blocks; /* row groups in which something could not be read since the start */
} StorageReport;

/* Everything lives in the arena. */
MUST_CHECK Status store_report(Store *s, int64_t project_id, Arena *arena, StorageReport *out);

#endif
