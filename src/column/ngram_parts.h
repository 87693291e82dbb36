/* SPDX-License-Identifier: Apache-2.0 */
/* Where the n-grams of a file's columns are.
 *
 *   ... chunks of a group | n-grams of its columns | bloom filters, indexes, sums | ...
 *
 * The metadata `vireo.ngrams` holds for each group "column start length sum;" for each column
 * that has some, and a comma: the column's place in the schema, offset and length in the file,
 * in decimal, and the XXH3 of the bytes, in hex.  Sums are compared when the bytes are used.
 * Readers that know nothing of it pass over it; columns without n-grams are searched whole. */
#ifndef VIREO_COLUMN_NGRAM_PARTS_H
#define VIREO_COLUMN_NGRAM_PARTS_H

#include "column/chunk_writer.h"
#include "column/metadata.h"

/* Append the n-grams of a column, which will stand at `start`, to `out` and their entry to
 * `entries`. */
MUST_CHECK Status ngram_parts_put(Buf *out, Buf *entries, const ChunkRecord *r, size_t column,
                                  uint64_t start);
MUST_CHECK Status ngram_parts_end_group(Buf *entries);

/* After metadata_read(): ST_CORRUPT when an entry is wrong. */
MUST_CHECK Status ngram_parts_open(ParquetReader *r, Err *err);
/* ST_CORRUPT when the column has n-grams that are not what was written. */
MUST_CHECK Status ngram_parts_verify(const ParquetReader *r, size_t group, size_t column);

#endif
