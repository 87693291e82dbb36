/* SPDX-License-Identifier: Apache-2.0 */
/* The store's parts in one place; for the store's own files only.
 *
 *   append -> wal (thread) -> active --flush--> flushing --publish--> segments
 *
 * The active memtable holds exactly the records in (flushed_seq, visible_seq]
 * that `flushing` does not: the log's thread puts groups in, in order of seq.
 *
 * Lock order: delete_lock, compact_lock, flush_lock, publish_lock, lock, the segment cache's.
 * The log calls back without its own lock, so that one has no place in it. */
#ifndef VIREO_STORE_INTERNAL_H
#define VIREO_STORE_INTERNAL_H

#include "base/vec.h"
#include "os/file.h"
#include "os/thread.h"
#include "store/memtable.h"
#include "store/segment.h"
#include "store/tombstone.h"
#include "store/wal.h"

#include <stdatomic.h>

enum { STORE_MAX_SEGMENTS = 1 << 20, STORE_PATHS = 1 << 16, STORE_MAX_DROPPED = 1 << 20 };

typedef VEC_OF(Segment *) SegmentList;

/* Append without taking a reference, or with one. */
MUST_CHECK Status segment_list_push(SegmentList *list, Segment *s);
MUST_CHECK Status segment_list_share(SegmentList *list, Segment *s);

struct Store {
    StoreOptions options;
    Arena paths; /* for dir and wal_dir */
    const char *dir;
    const char *wal_dir;
    File lock_file;
    Wal *wal;
    SegmentCache cache;

    Mutex delete_lock;  /* one change of tombstones at a time */
    Mutex compact_lock; /* one compaction or expiry at a time */
    Mutex flush_lock;   /* one flush at a time */
    Mutex publish_lock; /* one change of the index at a time */

    Mutex lock; /* all below */
    Memtable active;
    Memtable flushing;
    SegmentList segments; /* one reference each; by no order */
    size_t queued_bytes;  /* of chunks on their way through the log */
    uint64_t put_bytes;   /* ever put into the memtable */
    uint64_t visible_seq;
    uint64_t flushed_seq;
    int64_t last_id;         /* of a segment */
    Status flush_status;     /* of the last flush */
    int64_t retry_ns;        /* after a failed flush: not before */
    VEC_OF(DeadSet *) dead;  /* one a project that has tombstones */
    VEC_OF(int64_t) dropped; /* projects; their memtable rows and records are passed over */
    uint64_t dead_generation;
    int64_t purge_ns; /* when deleted rows are to be taken out of files; 0: there are none */

    Thread background;
    Cond wake; /* the background thread has something to do */
    Cond room; /* a flush has ended: appends may go on, or be refused */
    bool stopping;

    atomic_uint_fast64_t flushes;
    atomic_uint_fast64_t set_aside;
};

/* A new, unique segment id. */
int64_t store_new_segment_id(Store *s);

/* Change the index and the list together: add, remove, and drop the flushing
 * memtable when flushed_seq is not 0.  Takes over the references in `add` on
 * ST_OK; dooms what is removed.  On failure nothing changed, and *unknown says
 * that the index may still have done it (then the files must stay). */
MUST_CHECK Status store_publish(Store *s, const SegmentList *add, const SegmentList *remove,
                                uint64_t flushed_seq, bool *unknown);
/* Undo segments that were written and not published. */
void store_drop_segments(SegmentList *list, bool keep_files);

/* Is a flush due now? Takes the lock. */
bool store_flush_due(Store *s);

/* References to the segments of a project (0: all), by no order.  Release with
 * segment_list_release(). */
MUST_CHECK Status store_list_segments(Store *s, int64_t project_id, SegmentList *out);
void segment_list_release(SegmentList *list);

/* A reference to the tombstones of a project, or NULL. */
DeadSet *store_dead_set(Store *s, int64_t project_id);
/* The same under the store's lock. */
DeadSet *store_dead_set_locked(Store *s, int64_t project_id);
bool store_is_dropped(Store *s, int64_t project_id);
/* Read tombstones and dropped projects from the index. */
MUST_CHECK Status store_load_deleted(Store *s);
void store_free_deleted(Store *s);
/* Take deleted rows out of files when that is due; for the background thread. */
void store_purge_if_due(Store *s);
/* Write one segment again without its deleted rows. */
MUST_CHECK Status store_rewrite(Store *s, Segment *segment);

/* store_compact() of at least so many segments, up to MERGE_MAX. */
MUST_CHECK Status store_compact_least(Store *s, size_t least, bool *more);

/* Fill segments, memtable and numbers, open the log.  `log` gives the call-backs. */
MUST_CHECK Status store_recover(Store *s, const WalOptions *log, Err *err);
/* Remove segment files that the index does not know, tell which known ones are
 * missing.  `oldest_seq` is of the oldest log file: an index that knows nothing
 * while there are older segments is a wrong index, ST_CORRUPT. */
MUST_CHECK Status store_remove_orphans(Store *s, uint64_t oldest_seq, Err *err);

#endif
