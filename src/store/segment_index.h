/* SPDX-License-Identifier: Apache-2.0 */
/* Where the store keeps the list of its segments: implemented by the catalogue
 * (table `segments`), by a plain struct in the store's own tests. */
#ifndef VIREO_STORE_SEGMENT_INDEX_H
#define VIREO_STORE_SEGMENT_INDEX_H

#include "base/str.h"
#include "model/span.h"

typedef enum StoreTable { TABLE_SPANS, TABLE_POINTS, TABLE_SCORES, TABLE_RESULTS } StoreTable;

/* The file is segments/<project_id>/<id>.parquet under the store's directory. */
typedef struct SegmentInfo {
    int64_t id; /* chosen by the store, unique for ever */
    int64_t project_id;
    StoreTable table;
    int32_t level; /* 0: from a flush; +1 for each compaction */
    uint64_t rows;
    uint64_t bytes;
    int64_t min_time_ns; /* of span starts */
    int64_t max_time_ns;
    uint64_t min_seq; /* of log records */
    uint64_t max_seq;
    uint64_t checksum; /* hash_bytes() of the whole file */
} SegmentInfo;

/* A deleted trace: its rows with a seq up to that one are not there any more. */
typedef struct Tombstone {
    int64_t project_id;
    uint8_t trace_id[TRACE_ID_BYTES];
    uint64_t seq;
} Tombstone;

typedef struct SegmentIndexOps {
    /* Call `visit` for every segment, by id. Also gives the watermark. */
    Status (*list)(void *context, Status (*visit)(void *visitor, const SegmentInfo *s),
                   void *visitor, uint64_t *flushed_seq);
    /* In one transaction: add, remove, and raise the watermark up to which the
     * log is covered by segments (0: leave it). */
    Status (*publish)(void *context, const SegmentInfo *add, size_t add_count,
                      const int64_t *remove, size_t remove_count, uint64_t flushed_seq);

    /* Deletion.  NULL, all of them, in an index without it. */
    Status (*each_tombstone)(void *context, Status (*visit)(void *visitor, const Tombstone *t),
                             void *visitor);
    /* In one transaction; of one trace the greatest seq counts. */
    Status (*add_tombstones)(void *context, const Tombstone *items, size_t count);
    /* Forget those of the project up to that seq: no file has their rows any more. */
    Status (*drop_tombstones)(void *context, int64_t project_id, uint64_t seq);
    /* Projects that were ever dropped; their ids are not used again. */
    Status (*each_dropped)(void *context, Status (*visit)(void *visitor, int64_t project_id),
                           void *visitor);
    /* In one transaction: everything of the project, its segments and tombstones included. */
    Status (*drop_project)(void *context, int64_t project_id);
} SegmentIndexOps;

typedef struct SegmentIndex {
    const SegmentIndexOps *ops;
    void *context;
} SegmentIndex;

#endif
