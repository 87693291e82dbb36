/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshot: what a query sees - a fixed list of blocks of spans.
 *
 * A block is one row group of a segment or a run of memtable chunks; its
 * columns are read lazily as vectors.  Taking a snapshot is O(blocks); it keeps
 * its segments and chunks alive until released, also across flush, compaction
 * and retention.  A snapshot may be read by several threads (one arena each).
 *
 * Within a segment rows are ordered by (trace_start, trace_id, start): the spans
 * of a trace are neighbours.  A trace may still be spread over several blocks
 * (late spans), and a span sent twice may be there twice until compaction:
 * readers drop the one with the lower seq. */
#ifndef VIREO_STORE_SNAPSHOT_H
#define VIREO_STORE_SNAPSHOT_H

#include "column/parquet.h"
#include "store/store.h"

typedef struct Snapshot Snapshot;

MUST_CHECK Status store_snapshot(Store *s, int64_t project_id, Snapshot **out);
void snapshot_release(Snapshot *snap);

typedef struct BlockInfo {
    size_t rows;
    int64_t min_time_ns; /* of column `start` */
    int64_t max_time_ns;
    uint64_t cache_key; /* identifies immutable content; 0 for memtable blocks */
    uint64_t source;    /* blocks of one segment have one; 0 for memtable blocks */
    size_t scores;      /* at most so many rows are scores (model/score.h); 0: none */
} BlockInfo;

/* A number that is equal only for snapshots of one project that show the same spans. */
uint64_t snapshot_identity(const Snapshot *snap);

/* Blocks are ordered by max_time_ns, newest first. */
size_t snapshot_block_count(const Snapshot *snap);
BlockInfo snapshot_block(const Snapshot *snap, size_t block);

/* Rows [from, to) of the column of that name (see columns.h).  A column the
 * block does not have reads as all nulls of type VECTOR_STR.  Texts may point
 * into the snapshot: valid as long as both it and the arena.  `trace_start` of a
 * memtable block is the row's own start. */
MUST_CHECK Status snapshot_read(const Snapshot *snap, size_t block, Str column, size_t from,
                                size_t to, Arena *arena, Vector *out);
/* A few ascending rows of a column: what snapshot_read() gives, without keeping what lies between
 * them.  The way for rows of a list, and the only cheap one for their previews. */
MUST_CHECK Status snapshot_pick(const Snapshot *snap, size_t block, Str column, const size_t *rows,
                                size_t count, Arena *arena, Vector *out);
/* Visit the column `trace_id` of the block, piece by piece from its first row, without keeping it.
 * `arena` is only used where it has to be kept. */
MUST_CHECK Status snapshot_scan_ids(const Snapshot *snap, size_t block, Arena *arena,
                                    ParquetVisit *visit, void *context);
/* False when the block certainly has no row with that text or id. */
bool snapshot_may_contain(const Snapshot *snap, size_t block, Str column, Str value);
/* Append to `out` all rows of the block whose text may have `text` in it, ASCII letters in either
 * case, as ascending ranges: the whole block when nothing is known.  `column` holds texts, not
 * JSON, where they are written otherwise.  The caller frees `out` with VEC_FREE. */
MUST_CHECK Status snapshot_text_rows(const Snapshot *snap, size_t block, Str column, Str text,
                                     RowRanges *out);
/* Texts of which at least those that occur in a column of the block, when they are known without
 * reading its rows; else *out is NULL. */
MUST_CHECK Status snapshot_dictionary(const Snapshot *snap, size_t block, Str column, Arena *arena,
                                      const Str **out, size_t *count);
/* Texts of a column of the block, and of how many traces in it the spans have each of them, scores
 * left out; all texts that occur are among them.  `values` stays NULL where this is not known
 * without reading rows. */
MUST_CHECK Status snapshot_run_counts(const Snapshot *snap, size_t block, Str column, Arena *arena,
                                      RunCounts *out);
/* False when the column certainly is null in every row of the block. */
bool snapshot_has(const Snapshot *snap, size_t block, Str column);
/* False when unknown; a range of an INT, DOUBLE or TIME column for pruning. */
bool snapshot_range(const Snapshot *snap, size_t block, Str column, ParquetStats *out);
/* Visit the names of all columns that some block has, each once; a name is
 * valid during the call.  Keys that are only in attributes_rest are left out. */
MUST_CHECK Status snapshot_columns(const Snapshot *snap,
                                   Status (*visit)(void *visitor, Str column, VectorType type),
                                   void *visitor);
/* The same for the attribute columns of one block, without resources and without what is there
 * only as a copy of input or output. */
MUST_CHECK Status snapshot_block_attributes(const Snapshot *snap, size_t block,
                                            Status (*visit)(void *visitor, Str column,
                                                            VectorType type),
                                            void *visitor);
/* Rebuild whole spans (raw attributes included) of the given ascending rows.
 * All that they point to is in the arena: they outlive the snapshot. */
MUST_CHECK Status snapshot_spans(const Snapshot *snap, size_t block, const size_t *rows,
                                 size_t count, Arena *arena, Span *out);

#endif
