/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of one trace: its spans in the order of a waterfall.
 *
 * Spans come from users: without their parent, in a cycle, twice, in one line a
 * hundred thousand deep.  Each id is kept once and stands somewhere:
 *
 *   - of spans with one id the one with the highest seq is kept;
 *   - a span whose parent is not there is a root, marked as an orphan;
 *   - the span of a cycle that starts first is a root;
 *   - siblings are ordered by start, the longer first, then by id.
 *
 * The order is parents first (preorder), so that position p and the next
 * `descendants` positions are a subtree, and a parent's position is below its
 * children's.  No recursion: depth comes from users.  Cost: O(n log n). */
#ifndef VIREO_QUERY_TRACE_TREE_H
#define VIREO_QUERY_TRACE_TREE_H

#include "base/arena.h"
#include "model/span.h"

enum { TRACE_TREE_MAX = 1 << 20 }; /* spans of one trace */

#define TREE_NONE UINT32_MAX

typedef struct TreeSpan {
    /* Given. */
    uint8_t span_id[SPAN_ID_BYTES];
    uint8_t parent_id[SPAN_ID_BYTES]; /* all zero: a root */
    int64_t start_ns;
    int64_t end_ns;
    uint64_t seq;
    uint32_t part; /* where the rest of it is: the caller's */
    uint32_t row;
    uint32_t name; /* texts: the caller's numbers */
    uint32_t type;
    uint32_t model;
    int32_t model_version;
    uint8_t status; /* SpanStatus */
    /* Found out by tree_build(). */
    bool orphan;     /* has a parent id that no span of the trace has */
    uint32_t parent; /* position, or TREE_NONE */
    uint32_t depth;
    uint32_t children;
    uint32_t descendants;
    /* Found out by tree_times(). */
    uint32_t first_step; /* in the steps of the critical path */
    uint32_t steps;
    int64_t self_ns;     /* while none of its children ran */
    int64_t critical_ns; /* of the critical path */
} TreeSpan;

/* A stretch of time in which the end of the trace waited for one span. */
typedef struct TreeStep {
    uint32_t span; /* position */
    int64_t from_ns;
    int64_t to_ns; /* > from_ns */
} TreeStep;

typedef struct TreeSteps {
    TreeStep *items; /* by position, then time */
    size_t len;
} TreeSteps;

/* Reorder `spans`; `*len` shrinks by the doubled ones.  ST_LIMIT past
 * TRACE_TREE_MAX. */
MUST_CHECK Status tree_build(TreeSpan *spans, size_t *len);

/* Self times and the critical path of a built tree; `arena` keeps the steps.
 *
 * The critical path walks back from the end of the root that ends last: what
 * the time before `t` was spent on is the child that ended last before `t`
 * (then, in it, its own), or when there is none the span itself.  Children are
 * cut to their parent's time first; one wholly outside of it did not hold the
 * parent up and has no part.  Roots follow one another as children of nobody. */
MUST_CHECK Status tree_times(TreeSpan *spans, size_t len, Arena *arena, TreeSteps *out);

/* Nanoseconds of [from, to), 0 when empty, INT64_MAX when they are more. */
int64_t tree_length(int64_t from_ns, int64_t to_ns);

#endif
