/* SPDX-License-Identifier: Apache-2.0 */
/* Thrift of what stands behind the pages: indexes, row group entries, footer. */
#ifndef VIREO_COLUMN_FOOTER_WRITE_H
#define VIREO_COLUMN_FOOTER_WRITE_H

#include "column/chunk_writer.h"

/* Append the column index of a chunk; nothing when there cannot be one, since
 * it needs bounds for every page with values. */
MUST_CHECK Status footer_column_index(Buf *out, const ParquetColumn *column,
                                      const ChunkRecord *record);
MUST_CHECK Status footer_offset_index(Buf *out, const ChunkRecord *record);
MUST_CHECK Status footer_bloom_header(Buf *out, size_t size);
/* One entry of the footer's list of row groups. */
MUST_CHECK Status footer_group(Buf *out, const ParquetColumn *columns, const ChunkRecord *records,
                               size_t count, size_t ordinal);

typedef struct FooterParts {
    const ParquetColumn *columns;
    size_t column_count;
    Str groups; /* entries, one behind the other */
    size_t group_count;
    int64_t rows;
    const ParquetMeta *meta;
    size_t meta_count;
} FooterParts;

/* The footer without its length and magic. */
MUST_CHECK Status footer_file(Buf *out, const FooterParts *parts);

#endif
