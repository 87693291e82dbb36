/* SPDX-License-Identifier: Apache-2.0 */
/* One trace without its payloads: what a waterfall of a hundred thousand spans
 * is drawn from.
 *
 * Only the columns of a row are read, never inputs, outputs or attributes.  The
 * result is immutable and shared: a TraceCache keeps the last ones, found again
 * by what the blocks with spans of the trace contained.  A hit costs a question
 * to each block's bloom filter; about 130 bytes a span are held. */
#ifndef VIREO_QUERY_TRACE_LIGHT_H
#define VIREO_QUERY_TRACE_LIGHT_H

#include "query/query.h"
#include "query/trace_tree.h"

/* The rows [from, to) of one block that hold the trace's spans, and others'. */
typedef struct TracePart {
    size_t rank; /* of the block among those that may hold spans of the trace */
    size_t from;
    size_t to;
} TracePart;

typedef struct TraceLight {
    uint8_t trace_id[TRACE_ID_BYTES];
    TreeSpan *spans; /* in the order of a waterfall: see trace_tree.h */
    size_t len;
    TreeSteps steps;  /* of the critical path */
    const Str *texts; /* by the numbers in the spans; 0 is the empty one */
    size_t text_count;
    TracePart *parts;
    size_t part_count;
    size_t roots;
    size_t orphans;
    size_t errors;
    int64_t start_ns; /* of the earliest span */
    int64_t end_ns;   /* the latest end */
    size_t bytes;     /* of memory */
} TraceLight;

typedef struct TraceCache TraceCache;

/* Holds at most about `max_bytes`; safe to share between threads. */
MUST_CHECK Status trace_cache_new(size_t max_bytes, TraceCache **out);
/* Every trace taken from it must have been put back. */
void trace_cache_free(TraceCache *c);

/* ST_NOTFOUND; ST_LIMIT: more than TRACE_TREE_MAX spans.  To be put back. */
MUST_CHECK Status trace_light_take(TraceCache *c, const Snapshot *snap, int64_t project_id,
                                   const uint8_t trace_id[TRACE_ID_BYTES], const Cancel *cancel,
                                   const TraceLight **out);
void trace_light_put(TraceCache *c, const TraceLight *t);

/* Positions, ascending, of the spans that have `text` in name, type, model, status, id, error
 * or the previews of input and output; letters match in either case.  The snapshot must be the
 * one that the trace was taken with. */
MUST_CHECK Status trace_light_find(const TraceLight *t, const Snapshot *snap, Str text,
                                   const Cancel *cancel, Arena *arena, uint32_t **out,
                                   size_t *count);

/* Where the time of a trace went: spans of one name and type together. */
typedef struct TraceShare {
    uint32_t key[2]; /* the numbers of name and type */
    Str name;
    Str type;
    uint64_t spans;
    uint64_t errors;
    int64_t self_ns; /* sums stop at INT64_MAX */
    int64_t critical_ns;
} TraceShare;

typedef struct TraceShares {
    TraceShare *items; /* by critical time, self time, name; the most first */
    size_t len;        /* all: the caller shows what it wants */
    int64_t self_ns;
    int64_t critical_ns;
} TraceShares;

MUST_CHECK Status trace_light_shares(const TraceLight *t, Arena *arena, TraceShares *out);

/* One span of the trace, whole; of a doubled one the newest.  ST_NOTFOUND. */
MUST_CHECK Status query_span(const Snapshot *snap, const uint8_t trace_id[TRACE_ID_BYTES],
                             const uint8_t span_id[SPAN_ID_BYTES], Arena *arena, Span *out);

#endif
