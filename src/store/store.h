/* SPDX-License-Identifier: Apache-2.0 */
/* The telemetry store: durable, append-only, columnar.
 *
 *   store_append -> write-ahead log (group commit, fsync) -> returns ST_OK
 *                -> memtable (visible to snapshots at once)
 *                -> flush: one Parquet segment a project + rows in the SegmentIndex
 *                -> log files that segments cover are removed
 *                -> compaction -> retention
 *
 * A record that store_append() answered ST_OK for survives kill -9 and power
 * cuts.  A refused one left no trace.  All functions are thread-safe unless
 * they say otherwise. */
#ifndef VIREO_STORE_STORE_H
#define VIREO_STORE_STORE_H

#include "base/arena.h"
#include "model/span.h"
#include "store/segment_index.h"

typedef struct Store Store;

/* One accepted request in decoded form: what the memtable keeps.  Made by the
 * caller, owned by the store after a successful append (reference-counted, so
 * that snapshots outlive flushes). */
typedef struct Chunk {
    Arena arena;     /* with `body` it owns everything the batch points to */
    char *body;      /* from mem_alloc(), or NULL */
    size_t body_cap; /* bytes of memory it takes */
    SpanBatch batch; /* never empty */
    int64_t project_id;
} Chunk;

MUST_CHECK Status chunk_new(int64_t project_id, size_t arena_limit, Chunk **out);
void chunk_free(Chunk *c); /* only a chunk that was not given to a store */

/* A log record: the request as it came. */
typedef struct StoreRecord {
    int64_t project_id;
    uint32_t kind; /* the caller's own code for content type and encoding */
    Str body;      /* at most 64 MiB */
} StoreRecord;

typedef struct StoreOptions {
    const char *dir; /* exists; the store locks it: ST_BUSY when another process has it */
    SegmentIndex index;
    /* Decode a record again after a restart.  It has been accepted once: what
     * cannot be decoded now is counted and set aside, not fatal. */
    Status (*decode)(void *context, const StoreRecord *record, Chunk **out);
    void *decode_context;
    size_t memtable_bytes;  /* flush above this; 0: 64 MiB.  Above 4x: wait, at last ST_BUSY */
    int64_t flush_after_ns; /* flush a memtable older than this; 0: 60 s */
    int64_t flush_quiet_ns; /* or one a 16th full that nothing came to for so long; 0: 5 s */
    int64_t purge_after_ns; /* deleted rows leave the files after that; 0: 10 min */
    bool no_background;     /* tests: no flusher thread; call store_flush() */
} StoreOptions;

/* Open and recover.  ST_BUSY: locked by another process. */
MUST_CHECK Status store_open(const StoreOptions *options, Err *err, Store **out);
/* Flush, stop threads, release. */
void store_close(Store *s);

/* Make durable and visible.  Blocks until the fsync of its group.  Takes
 * ownership of `chunk` on ST_OK only.  Sets seq and received_ns of its spans.
 * ST_BUSY: overloaded, try later; ST_FULL: disk full (reads go on, appends work again once there
 * is room); ST_IO otherwise. */
MUST_CHECK Status store_append(Store *s, const StoreRecord *record, Chunk *chunk);

/* Write the memtable into segments now. */
MUST_CHECK Status store_flush(Store *s);
/* Merge small segments of a project, drop doubled spans; one step, *more when there is work left.
 */
MUST_CHECK Status store_compact(Store *s, bool *more);
/* Remove whole segments of the project whose newest row is older than `before_ns`. */
MUST_CHECK Status store_expire(Store *s, int64_t project_id, int64_t before_ns);

typedef struct StoreStats {
    uint64_t segments, segment_bytes, segment_rows;
    uint64_t wal_bytes, wal_files;
    uint64_t memtable_bytes, memtable_spans, memtable_scores; /* scores: of these spans */
    uint64_t appended, fsyncs, flushes, set_aside; /* since start; set_aside: bad log records */
} StoreStats;
/* Row groups that were found damaged since the start and are left out of snapshots; a segment that
 * cannot be opened counts as one. */
uint64_t store_damage(Store *s);
/* project_id 0: all projects. */
void store_stats(Store *s, int64_t project_id, StoreStats *out);

/* Check the log, every segment's checksum and every page; each finding is given
 * to `report`.  ST_CORRUPT when there was any. */
MUST_CHECK Status store_verify(Store *s, void (*report)(void *context, Str finding), void *context);

#endif
