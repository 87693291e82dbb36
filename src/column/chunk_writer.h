/* SPDX-License-Identifier: Apache-2.0 */
/* One column of one row group: from a vector to pages in the file.
 *
 * ChunkWriter holds what all columns of a file share: the way out, and working
 * memory that is kept from column to column (at most one chunk's values).
 * ChunkRecord is what the footer and the indexes need to know afterwards; its
 * bounds borrow from the vectors. */
#ifndef VIREO_COLUMN_CHUNK_WRITER_H
#define VIREO_COLUMN_CHUNK_WRITER_H

#include "base/vec.h"
#include "column/bounds.h"
#include "column/dictionary.h"
#include "column/page.h"
#include "column/parquet.h"

typedef struct PageRecord {
    uint64_t offset;
    size_t size; /* header and body in the file */
    size_t first_row;
    size_t rows;
    size_t nulls;
    Bounds bounds;
} PageRecord;

typedef struct ChunkRecord {
    Codec codec;
    Encoding encoding; /* of data pages */
    bool has_dictionary;
    size_t rows;
    size_t nulls;
    uint64_t start;
    uint64_t data_start; /* of the first data page */
    uint64_t compressed_size;
    uint64_t uncompressed_size;
    Bounds bounds;
    VEC_OF(PageRecord) pages;
    VEC_OF(uint64_t) sums; /* of all pages, a dictionary first (page_sum()) */
    uint8_t *bloom;        /* owned; NULL: none */
    size_t bloom_size;
    Buf ngram_runs; /* see ngrams.h; empty: none */
    Buf ngram_filters;
    /* Where the parts behind the chunks went; a length of 0: not written. */
    uint64_t bloom_offset, column_index_offset, offset_index_offset;
    size_t bloom_length, column_index_length, offset_index_length;
} ChunkRecord;

void chunk_record_deinit(ChunkRecord *r);

/* The values that are not null, one behind the other. */
typedef struct Dense {
    union {
        const uint8_t *b;
        const int64_t *i;
        const double *d;
        const Str *s;
    } as;
    size_t len;
    void *space; /* owned; used when nulls had to be left out */
    size_t space_size;
} Dense;

typedef struct ChunkWriter {
    ParquetSink sink;
    TextEffort texts; /* of large columns */
    int level;        /* of zstd, of the others */
    uint64_t offset;  /* bytes written so far, the buffered ones included */
    Buf out;          /* not yet given to the sink */
    Buf raw;          /* body of a page */
    Buf packed;       /* the same, compressed */
    Buf header;
    Zstd *zstd;
    Dictionary dictionary;
    Dense dense;
    int64_t *lengths; /* of the texts of one page */
    size_t lengths_cap;
    uint32_t *stamps; /* last page that a dictionary value was seen in */
    size_t stamps_cap;
    uint8_t *seen; /* hashes of n-grams of a few pages; NULL: not needed so far */
} ChunkWriter;

MUST_CHECK Status chunk_writer_init(ChunkWriter *w, ParquetSink sink);
void chunk_writer_deinit(ChunkWriter *w);
/* Append to the file. */
MUST_CHECK Status chunk_writer_put(ChunkWriter *w, Str bytes);
MUST_CHECK Status chunk_writer_flush(ChunkWriter *w);

/* ST_INVALID when `v` does not fit the column: type, nulls, lengths. */
MUST_CHECK Status chunk_check(const ParquetColumn *column, const Vector *v, size_t rows);
/* Write the pages of a checked vector and fill `record`, whose memory is used again. */
MUST_CHECK Status chunk_write(ChunkWriter *w, const ParquetColumn *column, const Vector *v,
                              ChunkRecord *record);

#endif
