/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes of chunks without reading their pages. */
#include "column/metadata.h"
#include "column/page.h"

ParquetChunkSize parquet_chunk_size(const ParquetReader *r, size_t group, size_t column)
{
    const ChunkMeta *c = &r->groups[group].chunks[column];
    const Str pages = str_slice(r->file, (size_t)c->start, (size_t)(c->start + c->size));
    ParquetChunkSize out = {.bytes = c->size};
    PageHeader h;
    size_t used;

    if (!page_header_read(pages, &h, &used) && h.type == PAGE_DICTIONARY)
        out.distinct = h.num_values;
    return out;
}
