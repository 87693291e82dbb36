/* SPDX-License-Identifier: Apache-2.0 */
/* Segment: one immutable Parquet file, reference-counted, opened when it is
 * first read.
 *
 *   closed --segment_pin--> open, pinned --segment_unpin--> open, idle --evicted--> closed
 *
 * The cache keeps at most MAX_IDLE_SEGMENTS idle readers; pinned ones are bounded
 * by the snapshots alive: what is read from a file may point into its mapping, so
 * a snapshot keeps its segments pinned.  A doomed
 * segment (compacted, expired) loses its file when the last reference goes.
 *
 * Locks: the cache's own, a leaf. */
#ifndef VIREO_STORE_SEGMENT_H
#define VIREO_STORE_SEGMENT_H

#include "codec/zstd_pool.h"
#include "column/parquet.h"
#include "os/map.h"
#include "os/thread.h"
#include "store/segment_index.h"
#include "store/span_columns.h"

#include <stdatomic.h>

enum { MAX_IDLE_SEGMENTS = 512 };

typedef struct Segment Segment;
typedef struct Hidden Hidden;

typedef struct SegmentCache {
    const char *store_dir; /* borrowed */
    Mutex lock;
    Segment *newest; /* idle ones by last use */
    Segment *oldest;
    size_t idle;
    atomic_uint_fast64_t
        damage;    /* row groups that were set aside; a file that cannot be opened is one */
    ZstdPool zstd; /* for the readers and whoever else works for the store */
} SegmentCache;

typedef struct SegmentGroup {
    atomic_bool damaged; /* a read failed: snapshots leave it out */
    size_t rows;
    int64_t min_time_ns;
    int64_t max_time_ns;
    uint64_t bytes;  /* of its spans, roughly */
    uint64_t scores; /* rows that are scores */
} SegmentGroup;

struct Segment {
    SegmentInfo info;
    SegmentCache *cache;
    atomic_size_t refs;
    atomic_bool doomed;
    atomic_bool left_alone; /* damaged: compaction keeps away */
    /* under the cache's lock: */
    Segment *newer;
    Segment *older;
    bool is_idle;
    unsigned pins;
    FileMap map;
    bool told;      /* that it cannot be read */
    Hidden *hidden; /* its deleted rows as last asked for (tombstone.h), or NULL */
    /* valid while pinned: */
    ParquetReader *reader;
    size_t columns[SPAN_COLUMN_COUNT]; /* of the file; SIZE_MAX: not there */
    /* valid once opened, for ever: */
    SegmentGroup *groups;
    size_t group_count;
};

void segment_cache_init(SegmentCache *c, const char *store_dir);
void segment_cache_deinit(SegmentCache *c);

MUST_CHECK Status segment_new(SegmentCache *cache, const SegmentInfo *info, Segment **out);
void segment_ref(Segment *s);
void segment_unref(Segment *s);
/* Remove the file once nobody holds the segment. */
void segment_doom(Segment *s);

/* Make sure that the reader is open.  ST_NOTFOUND: the file is gone;
 * ST_CORRUPT, ST_UNSUPPORTED, ST_VERSION: it cannot be read; told once in the log. */
MUST_CHECK Status segment_pin(Segment *s);
void segment_unpin(Segment *s);

/* A read of the group failed: tell it once, and leave it out from now on if the data
 * are to blame.  Gives back `st`. */
Status segment_note(Segment *s, size_t group, Status st);
/* Is any group of it set aside? */
bool segment_damaged(const Segment *s);

/* True for what will not pass by itself: the file is gone or damaged. */
bool segment_lost(Status st);

#endif
