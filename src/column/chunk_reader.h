/* SPDX-License-Identifier: Apache-2.0 */
/* Reading rows of one chunk: pages to a vector. */
#ifndef VIREO_COLUMN_CHUNK_READER_H
#define VIREO_COLUMN_CHUNK_READER_H

#include "column/pages.h"

/* One read, or one pass over a chunk.  Scratch is kept from page to page. */
typedef struct ChunkReader {
    const ParquetReader *r;
    const Leaf *leaf;
    const ChunkMeta *chunk;
    Pages pages;
    Zstd *zstd;
    Arena *dictionary_arena;
    bool borrows; /* texts need not outlive the next page: they stay in scratch, or in the file */
    /* The dictionary, decoded at the first page that needs it. */
    bool has_dictionary;
    size_t dictionary_len;
    union {
        Str *s;
        int64_t *i;
        double *d;
    } dictionary;
    /* Scratch. */
    Buf raw;   /* a page, decompressed */
    Buf valid; /* of a page's rows */
    Buf dense; /* a page's values */
    Buf codes; /* a page's codes that are looked up at once */
    /* The vector being made: rows [from, to). */
    Arena *arena;
    size_t from;
    size_t to;
    bool as_codes;
    uint8_t *out_valid; /* NULL: no null yet */
    void *out_values;   /* codes when as_codes */
} ChunkReader;

void chunk_reader_init(ChunkReader *c, const ParquetReader *r, size_t group, size_t column);
void chunk_reader_deinit(ChunkReader *c);
/* Decode rows [from, to) out of c->pages.list[first..last), which cover them. */
MUST_CHECK Status chunk_reader_decode(ChunkReader *c, size_t first, size_t last, size_t from,
                                      size_t to, Arena *arena, Vector *out);
/* Are it texts, and all pages of c->pages.list dictionary coded?  Not those of a chunk of nulls,
 * which has no dictionary. */
bool chunk_reader_coded(const ChunkReader *c);

#endif
