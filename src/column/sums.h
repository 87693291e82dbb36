/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums beyond Parquet's own, which covers only the bodies of pages and costs too much to
 * look at with every read.
 *
 *   ... chunks of a group | bloom filters, indexes, sums of its pages | ... | check | footer
 *
 * - Every page, header and body, has an XXH3 that each read compares.
 * - The part behind the chunks of a group has one, compared when the file is opened.
 * - The 16 bytes before the footer are "VIREOSUM" and the footer's XXH3.
 *
 * Where the parts are says the metadata `vireo.sums`: for each group "start length pages sum,"
 * in decimal, the last one in hex, where `pages` is the offset of the pages' sums in the part:
 * their number for each column (u32), then the sums (u64), little-endian.  Readers that know
 * nothing of it pass over it; files without it read as before. */
#ifndef VIREO_COLUMN_SUMS_H
#define VIREO_COLUMN_SUMS_H

#include "column/chunk_writer.h"
#include "column/metadata.h"

enum { FOOTER_CHECK_BYTES = 16 };

/* Append the sums of the group's pages. */
MUST_CHECK Status sums_put_pages(Buf *out, const ChunkRecord *records, size_t count);
/* Append the entry of a group whose part `bytes` begins at `start`. */
MUST_CHECK Status sums_put_entry(Buf *out, uint64_t start, Str bytes, size_t pages);
/* Append what stands before the footer. */
MUST_CHECK Status sums_put_check(Buf *out, Str footer);

/* Decimal numbers and then a sum in hex, by spaces: how metadata say where bytes of ours are. */
bool sums_read_place(Str text, uint64_t *const *numbers, size_t count, uint64_t *sum);

/* After metadata_read(): ST_CORRUPT when something differs. */
MUST_CHECK Status sums_open(ParquetReader *r, Err *err);
/* Is the n-th page of a column (a dictionary counts) what was written? */
bool sums_match(const ParquetReader *r, size_t group, size_t column, size_t n, Str header,
                Str body);
/* Pages of a column; SIZE_MAX: the file has no sums. */
size_t sums_pages(const ParquetReader *r, size_t group, size_t column);

#endif
