/* SPDX-License-Identifier: Apache-2.0 */
/* query_judged: what is stored of the spans and traces that some scores judge.
 *
 * One pass for all of them: the rows of their traces are gathered as for a page of a list.  A
 * trace that is not stored yet is no error: the score goes before it. */
#ifndef VIREO_QUERY_JUDGED_H
#define VIREO_QUERY_JUDGED_H

#include "query/query.h"

enum { JUDGED_MAX = 10000 };

typedef struct Judged {
    /* Asked. */
    uint8_t trace_id[TRACE_ID_BYTES];
    uint8_t id[SPAN_ID_BYTES]; /* of the score */
    bool has_span;
    uint8_t span_id[SPAN_ID_BYTES]; /* that it judges */
    /* Answered. */
    bool known;           /* a score of that id is there */
    int64_t known_ns;     /* and starts then */
    bool trace_found;     /* a span of the trace is there */
    int64_t start_ns;     /* of the trace */
    const Span *span;     /* the judged one, or the trace's root: as in TraceSummary.root; NULL */
    const AttrList *tags; /* of the trace */
} Judged;

/* Traces that start in [first_ns, last_ns], with a day to spare, are found.  ST_LIMIT: they have
 * too many rows. */
MUST_CHECK Status query_judged(const Snapshot *snap, Judged *items, size_t len, int64_t first_ns,
                               int64_t last_ns, Arena *arena);

/* The whole spans that `items` name by trace and span; without `has_span` the trace's root, whose
 * id goes into span_id.  items[i].span is NULL for what is not stored, or is a score.  What they
 * point to is in the arena: they outlive the snapshot. */
MUST_CHECK Status query_spans_whole(const Snapshot *snap, Judged *items, size_t len,
                                    int64_t first_ns, int64_t last_ns, Arena *arena);

#endif
