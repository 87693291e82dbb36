/* SPDX-License-Identifier: Apache-2.0 */
/* Run counts: in how many runs of rows each text of a column occurs.
 *
 * A run is rows that belong together: in a segment the spans of one trace.  Who counts traces by
 * their values need not read the rows then.
 *
 *   ... chunks of a group | n-grams | run counts | bloom filters, indexes, sums | ...
 *
 *   run counts   for each column that has some: varints column, values, width, bytes; then in
 *                `bytes` bytes a count for each value of its dictionary, in that order, as
 *                numbers of `width` bits (rle.h)
 *
 * The metadata `vireo.run_counts` holds for each group "start length sum,": offset and length in
 * the file, in decimal, and the XXH3 of the bytes, in hex; only a comma for a group without.  Sums
 * are compared when the bytes are used.  Readers that know nothing of it pass over it; what is
 * damaged counts as not there, and parquet_verify() tells. */
#ifndef VIREO_COLUMN_RUN_COUNTS_H
#define VIREO_COLUMN_RUN_COUNTS_H

#include "column/dictionary.h"
#include "column/metadata.h"

/* ------------------------------------------------------------- writing */

/* Append the counts of a column whose texts `d` has numbered; `runs` as parquet_writer_add_runs()
 * takes them. */
MUST_CHECK Status run_counts_put(Buf *out, size_t column, const Dictionary *d, const Vector *v,
                                 const uint32_t *runs);
/* Append the entry of a group, all of whose counts are `part`, at `start` in the file. */
MUST_CHECK Status run_counts_entry(Buf *entries, uint64_t start, Str part);

/* ------------------------------------------------------------- reading */

/* After metadata_read(): ST_CORRUPT when an entry is wrong. */
MUST_CHECK Status run_counts_open(ParquetReader *r, Err *err);
/* ST_CORRUPT when the counts of a group are not what was written. */
MUST_CHECK Status run_counts_verify(const ParquetReader *r, size_t group);
/* The counts of a column, of whose dictionary there are `len` values, out of the part of a group.
 * ST_NOTFOUND; ST_CORRUPT. */
MUST_CHECK Status run_counts_find(Str part, size_t column, size_t len, uint32_t *out);

#endif
