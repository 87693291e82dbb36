/* SPDX-License-Identifier: Apache-2.0 */
/* query_spans: a list of the spans that match by themselves, page by page.
 *
 * Ordered by start, newest first, a page costs one or two blocks; ordered by
 * another field, one look at that column of every block in the window; by a score, first one
 * at the scores in reach. */
#ifndef VIREO_QUERY_SPANS_H
#define VIREO_QUERY_SPANS_H

#include "query/engine.h"
#include "query/fields.h"

typedef struct ListOrder {
    bool ascending;
    Field field; /* of numbers, or of scores; "time" without another wish */
} ListOrder;

/* "start", "-latency", "tokens.input" ...; a minus: largest first. Empty: newest first. */
MUST_CHECK Status list_order_parse(Str text, Arena *arena, Err *err, ListOrder *out);

/* Of the spans only what a list shows is filled: as in TraceSummary.root. */
typedef struct SpanPage {
    Span *items;
    size_t len;
    Str next_cursor; /* empty: that was all */
} SpanPage;

/* Spans without the field come last.  ST_INVALID: not a cursor of this order. */
MUST_CHECK Status query_spans(const Snapshot *snap, const Query *q, const QueryWindow *w,
                              QueryEngine *engine, const ListOrder *order, size_t limit, Str cursor,
                              Arena *arena, SpanPage *out);

#endif
