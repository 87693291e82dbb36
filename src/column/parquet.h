/* SPDX-License-Identifier: Apache-2.0 */
/* Parquet files with a flat schema: the file format of every segment.
 *
 * Writer: one file in one pass.  Columns are given a row group at a time as
 * vectors; encodings are chosen from the data (dictionary + RLE when it pays,
 * DELTA_BINARY_PACKED for integers and times, DELTA_LENGTH_BYTE_ARRAY or PLAIN
 * for text), pages are compressed with zstd, and page index, statistics, page
 * CRCs and (on request) split-block bloom filters are written.
 *
 * Reader: works on the whole file in memory (an mmap), checks every offset and
 * length before use, and reads what this writer writes and what others write
 * for flat schemas: PLAIN, dictionary, RLE, delta and BYTE_STREAM_SPLIT;
 * uncompressed, snappy, gzip and zstd; data pages v1 and v2.  INT32 and FLOAT are
 * widened; DATE and timestamps of any unit become VECTOR_TIME.  A file that is
 * not understood is refused with ST_UNSUPPORTED, a damaged one with ST_CORRUPT;
 * neither can crash.  Text of other writers is not checked to be UTF-8.
 *
 * Threads: a writer belongs to one thread; a reader is immutable once open and
 * may be shared. */
#ifndef VIREO_COLUMN_PARQUET_H
#define VIREO_COLUMN_PARQUET_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"
#include "codec/zstd_pool.h"
#include "column/vector.h"

typedef struct ParquetColumn {
    Str name;
    size_t fixed_len; /* VECTOR_FIXED only */
    VectorType type;
    bool required; /* no nulls */
    bool bloom;    /* write a bloom filter (ids) */
    bool large;    /* big payloads: pages of their own size, no dictionary, no min/max */
    bool ngrams;   /* write filters for phrases (texts of large pages, see ngrams.h) */
} ParquetColumn;

typedef struct ParquetMeta {
    Str key;
    Str value;
} ParquetMeta;

/* ------------------------------------------------------------- writing */

typedef struct ParquetWriter ParquetWriter;

/* Where the bytes go: append-only.  Implemented by the store over os/file. */
typedef struct ParquetSink {
    Status (*write)(void *context, Str bytes);
    void *context;
} ParquetSink;

/* `columns` are copied.  At most 10 000 columns. */
MUST_CHECK Status parquet_writer_new(const ParquetColumn *columns, size_t count, ParquetSink sink,
                                     ParquetWriter **out);
/* How hard to compress what is written from now on: `texts` in pages of their own size, zstd
 * level for the rest.  The least, and 1, unless it is set. */
void parquet_writer_set_effort(ParquetWriter *w, TextEffort texts, int level);
/* One vector a column, all of one length (1 to 2^20 rows): one row group. */
MUST_CHECK Status parquet_writer_add(ParquetWriter *w, const Vector *vectors);
/* The same, with counts of the runs in which each text of a dictionary occurs.  `runs` has a
 * number for each row: the run's, below 2^20, or PARQUET_NO_RUN for a row that counts nowhere.
 * Rows of a run stand together, but for rows that do not count. */
#define PARQUET_NO_RUN UINT32_MAX
MUST_CHECK Status parquet_writer_add_runs(ParquetWriter *w, const Vector *vectors,
                                          const uint32_t *runs);
/* Write the footer with `meta` as key-value metadata.  The writer can only be
 * freed after it. */
MUST_CHECK Status parquet_writer_finish(ParquetWriter *w, const ParquetMeta *meta, size_t count);
void parquet_writer_free(ParquetWriter *w);

/* ------------------------------------------------------------- reading */

typedef struct ParquetReader ParquetReader;

/* `file` is the whole file (normally an mmap) and must outlive the reader. */
MUST_CHECK Status parquet_reader_open(Str file, Err *err, ParquetReader **out);
void parquet_reader_close(ParquetReader *r);
/* Take zstd contexts from `pool`, which must outlive the reader; without it each
 * read makes its own.  To be called before the reader is shared. */
void parquet_reader_use_pool(ParquetReader *r, ZstdPool *pool);

size_t parquet_column_count(const ParquetReader *r);
/* Borrowed from the reader. */
const ParquetColumn *parquet_column(const ParquetReader *r, size_t column);
/* Index of the column of that name, or SIZE_MAX. */
size_t parquet_find_column(const ParquetReader *r, Str name);
size_t parquet_group_count(const ParquetReader *r);
size_t parquet_group_rows(const ParquetReader *r, size_t group);
int64_t parquet_row_count(const ParquetReader *r);
/* False when the key is absent. */
bool parquet_meta(const ParquetReader *r, Str key, Str *value);

/* Statistics of one column of one row group; min and max are valid only when
 * has_range is set.  Str-like ranges may be truncated bounds (min rounded down,
 * max rounded up), so they prune but do not answer. */
typedef struct ParquetStats {
    bool has_range;
    int64_t null_count; /* -1: unknown */
    union {
        int64_t i;
        double d;
        Str s;
    } min, max;
} ParquetStats;
void parquet_stats(const ParquetReader *r, size_t group, size_t column, ParquetStats *out);

/* What a column takes in one row group, from the footer and one page header. */
typedef struct ParquetChunkSize {
    uint64_t bytes;    /* in the file, compressed */
    uint64_t distinct; /* values in its dictionary; 0: it has none */
} ParquetChunkSize;
ParquetChunkSize parquet_chunk_size(const ParquetReader *r, size_t group, size_t column);

/* False only when `value` is certainly not in that row group. */
bool parquet_may_contain(const ParquetReader *r, size_t group, size_t column, Str value);

/* Rows [from, to) of a row group. */
typedef struct RowRange {
    size_t from;
    size_t to;
} RowRange;

typedef VEC_OF(RowRange) RowRanges;

/* Append to `out` all rows whose text may have `text` in it, ASCII letters in either case, as
 * ascending ranges that are whole pages: all rows when nothing is known.  The caller frees it. */
MUST_CHECK Status parquet_text_rows(const ParquetReader *r, size_t group, size_t column, Str text,
                                    RowRanges *out);

/* Decode rows [from, to) of one column of one row group into `arena`.  Only the
 * pages that hold those rows are read (page index).  The vector may come in
 * dictionary form. */
MUST_CHECK Status parquet_read(const ParquetReader *r, size_t group, size_t column, size_t from,
                               size_t to, Arena *arena, Vector *out);

/* Values of a few ascending rows, all in `arena`; texts are clipped to `max_bytes` (SIZE_MAX: not
 * at all) at whole characters.  Only pages that hold such a row are decoded, one at a time. */
MUST_CHECK Status parquet_pick(const ParquetReader *r, size_t group, size_t column,
                               const size_t *rows, size_t count, size_t max_bytes, Arena *arena,
                               Vector *out);

/* Rows from `first` on; the vector is gone when it returns.  Not ST_OK ends the scan with it. */
typedef Status ParquetVisit(void *context, size_t first, const Vector *page);
/* All rows of a column in ascending order, a page at a time: what parquet_read() gives, in the
 * memory of one page. */
MUST_CHECK Status parquet_scan(const ParquetReader *r, size_t group, size_t column,
                               ParquetVisit *visit, void *context);

/* The values that occur in a column of texts, where all of its pages are dictionary coded; *out is
 * NULL where they are not.  Rows are not decoded. */
MUST_CHECK Status parquet_dictionary(const ParquetReader *r, size_t group, size_t column,
                                     Arena *arena, const Str **out, size_t *count);

/* Of a column of texts: in how many runs of rows each of them occurs (run_counts.h). */
typedef struct RunCounts {
    const Str *values; /* NULL: nothing is known */
    const uint32_t *counts;
    size_t len;
} RunCounts;

/* Rows are not decoded. */
MUST_CHECK Status parquet_run_counts(const ParquetReader *r, size_t group, size_t column,
                                     Arena *arena, RunCounts *out);

/* Recompute every page's checksum and decode every page: what `vireo doctor`
 * runs.  `err` says which column and page is wrong. */
MUST_CHECK Status parquet_verify(const ParquetReader *r, Err *err);

#endif
