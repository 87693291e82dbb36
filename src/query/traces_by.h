/* SPDX-License-Identifier: Apache-2.0 */
/* query_traces_by: the list of traces in an order other than newest first.
 *
 * All spans of the matching traces are looked at: the cost is that of the window,
 * not of the page. */
#ifndef VIREO_QUERY_TRACES_BY_H
#define VIREO_QUERY_TRACES_BY_H

#include "query/best_list.h"
#include "query/engine.h"
#include "query/fields.h"

typedef enum TraceOrderKind {
    TRACES_BY_START,
    TRACES_BY_LATENCY, /* from the first start to the last end */
    TRACES_BY_SPANS,
    TRACES_BY_SUM,  /* of what all spans count: tokens, cost */
    TRACES_BY_FIELD /* a text, tag or attribute, of the root if it has it */
} TraceOrderKind;

enum { TRACE_SUM_COLUMNS = 2 };

typedef struct TraceOrder {
    TraceOrderKind kind;
    bool ascending;
    Field field;
    Str summed[TRACE_SUM_COLUMNS]; /* empty: none */
} TraceOrder;

/* "-start", "latency", "-tokens", "cost", "user", "tag.score" ...; empty: "-start". */
MUST_CHECK Status trace_order_parse(Str text, Arena *arena, Err *err, TraceOrder *out);
/* Is it what query_traces() gives? */
bool trace_order_is_default(const TraceOrder *o);

/* Traces without the field come last; texts are ordered by their first six bytes.
 * ST_INVALID: not a cursor of ours. */
MUST_CHECK Status query_traces_by(const Snapshot *snap, const Query *q, const QueryWindow *w,
                                  const TraceOrder *order, size_t limit, Str cursor,
                                  QueryEngine *engine, Arena *arena, TracePage *out);

/* Visit the place of each matching trace, in no order.  The visitor's error ends it. */
MUST_CHECK Status query_traces_each(const Snapshot *snap, const Query *q, const QueryWindow *w,
                                    const TraceOrder *order, QueryEngine *engine, Arena *arena,
                                    Status (*visit)(void *visitor, const Place *p), void *visitor);
/* The place that a cursor of query_traces() means.  ST_INVALID: not one of its. */
MUST_CHECK Status traces_cursor_place(Str cursor, Place *out);

#endif
