/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader knows after opening: schema, row groups, chunks.
 *
 * A chunk takes 56 bytes, since files may have a thousand columns and many
 * files are open; statistics are decoded from the footer when asked for.
 * Every offset and length in here has been checked against the file. */
#ifndef VIREO_COLUMN_METADATA_H
#define VIREO_COLUMN_METADATA_H

#include "base/map.h"
#include "column/format.h"
#include "column/parquet.h"

/* A column of the schema and how its physical values become a vector. */
typedef struct Leaf {
    ParquetColumn column;
    Physical physical;
    int64_t scale; /* VECTOR_TIME: nanoseconds of one unit, else 1 */
    bool is_unsigned;
} Leaf;

typedef struct ChunkMeta {
    uint64_t start; /* first page, be it a dictionary */
    uint64_t size;  /* of all pages */
    uint64_t offset_index;
    uint64_t bloom;
    uint32_t offset_index_size; /* 0: none */
    uint32_t statistics;        /* offset of the struct in the footer; 0: none */
    int32_t codec;
    bool has_bloom;
} ChunkMeta;

/* Where the n-grams of a column are. */
typedef struct NgramPart {
    size_t column;
    uint64_t start;
    uint64_t length;
    uint64_t sum;
} NgramPart;

/* Where the run counts of a group are (run_counts.h). */
typedef struct RunCountsPart {
    uint64_t start;
    uint64_t length; /* 0: it has none */
    uint64_t sum;
} RunCountsPart;

typedef struct GroupMeta {
    size_t rows;
    ChunkMeta *chunks; /* one a column */
    /* Sums of its pages (sums.h); NULL: the file has none. */
    const char *sums;          /* in the file */
    const uint32_t *sum_first; /* of each column, and the end */
    NgramPart *ngrams;         /* of some columns (ngram_parts.h) */
    size_t ngram_count;
    RunCountsPart run_counts;
} GroupMeta;

struct ParquetReader {
    Str file;
    Str footer;
    Arena arena;
    Leaf *leaves;
    size_t column_count;
    GroupMeta *groups;
    size_t group_count;
    int64_t rows;
    Map names;
    ParquetMeta *meta;
    size_t meta_count;
    ZstdPool *zstd; /* borrowed; may be NULL */
};

/* Decode r->footer into the rest of `r`. */
MUST_CHECK Status metadata_read(ParquetReader *r, Err *err);

#endif
