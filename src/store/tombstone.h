/* SPDX-License-Identifier: Apache-2.0 */
/* Tombstones: deleted traces whose rows still stand in files.
 *
 *   index --store_recover--> DeadSet of a project --segment_hide--> Hidden of a segment
 *
 * A tombstone is a trace and a seq: rows of the trace up to that seq are gone, what
 * arrives later is new.  Deleting flushes first, so that all rows up to the seq are
 * in segments and neither the memtable nor the log ever needs to be asked.
 *
 * A DeadSet is all tombstones of one project, sorted; it never changes: deleting more
 * makes a new one, so a snapshot just keeps a reference.  A Hidden lists the rows
 * that a set hides in one segment.  It is found once and kept with the segment
 * until the set is another; from one set to the next only what was added is looked for.
 *
 * Cost: nothing for a project without tombstones.  Else, once a segment: a bloom
 * filter look-up for each group and trace, and two columns of the groups that may hold one. */
#ifndef VIREO_STORE_TOMBSTONE_H
#define VIREO_STORE_TOMBSTONE_H

#include "store/segment.h"

enum { MAX_TOMBSTONES = 1 << 21 }; /* of one project */

typedef struct DeadTrace {
    uint8_t trace_id[TRACE_ID_BYTES];
    uint64_t seq;
} DeadTrace;

typedef struct DeadSet {
    atomic_size_t refs;
    int64_t project_id;
    uint64_t generation; /* unique in this process */
    uint64_t base;       /* of the set that this one grew from; 0: none */
    uint64_t max_seq;
    DeadTrace *items; /* by trace id */
    size_t count;
    DeadTrace *added; /* what `base` did not cover, by trace id */
    size_t added_count;
} DeadSet;

/* `old` (may be NULL) and `more` together; of one trace the greatest seq counts.
 * Sorts `more`.  ST_LIMIT past MAX_TOMBSTONES. */
MUST_CHECK Status dead_set_grow(const DeadSet *old, int64_t project_id, uint64_t generation,
                                DeadTrace *more, size_t count, DeadSet **out);
void dead_set_ref(DeadSet *d);
void dead_set_unref(DeadSet *d); /* NULL is allowed */
bool dead_set_covers(const DeadSet *d, const uint8_t *trace_id, uint64_t seq);

typedef struct HiddenGroup {
    const uint32_t *rows; /* ascending */
    size_t count;
    uint64_t key; /* of exactly these rows; 0 for none */
} HiddenGroup;

struct Hidden {
    atomic_size_t refs;
    uint64_t generation; /* of the set */
    uint64_t rows;       /* in all groups */
    Arena arena;
    HiddenGroup *groups;
};

/* What `d` hides in the pinned segment; the caller gets a reference. */
MUST_CHECK Status segment_hide(Segment *s, const DeadSet *d, Hidden **out);
void hidden_unref(Hidden *h); /* NULL is allowed */

/* The row of the group that is the n-th of those left. */
uint32_t hidden_row(const HiddenGroup *g, size_t n);

#endif
