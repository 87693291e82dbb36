/* SPDX-License-Identifier: Apache-2.0 */
/* Newest first, what matches is known after one look at each block, as for the histogram; in the
 * other orders traces_by.c tells what each trace is ordered by.  Then all are sorted. */
#include "query/ranking.h"

#include "query/gather.h"
#include "query/summary.h"

#include <stdlib.h>
#include <string.h>

typedef struct Row {
    double rank; /* the larger the further in front */
    RankedTrace trace;
} Row;

typedef struct Rows {
    VEC_OF(Row) list;
    int (*compare)(const void *a, const void *b);
    bool has_behind;
    Row behind; /* only what stands behind it counts */
} Rows;

/* <0: `a` stands in front of `b`, whatever their ids. */
static int compare_keys(const Row *a, const Row *b)
{
    if (a->rank != b->rank)
        return a->rank > b->rank ? -1 : 1;
    return (a->trace.start_ns < b->trace.start_ns) - (a->trace.start_ns > b->trace.start_ns);
}

/* As query_traces() does. */
static int newest_first(const void *a, const void *b)
{
    const int c = compare_keys(a, b);

    return c ? c : memcmp(((const Row *)b)->trace.id, ((const Row *)a)->trace.id, TRACE_ID_BYTES);
}

/* As query_traces_by() does. */
static int by_rank(const void *a, const void *b)
{
    const int c = compare_keys(a, b);

    return c ? c : memcmp(((const Row *)a)->trace.id, ((const Row *)b)->trace.id, TRACE_ID_BYTES);
}

static Row row_of(const Place *p)
{
    Row row = {.rank = p->rank, .trace.start_ns = p->start_ns};

    memcpy(row.trace.id, p->ids, TRACE_ID_BYTES);
    return row;
}

static Status add(void *visitor, const Place *p)
{
    Rows *rows = visitor;
    const Row row = row_of(p);

    if (rows->has_behind && rows->compare(&row, &rows->behind) <= 0)
        return ST_OK;
    return VEC_PUSH(&rows->list, row, TRACE_TABLE_MAX);
}

/* The start of a trace is that of its first span, whether that matches or not: all are kept. */
static Status list_newest(const Snapshot *snap, const Query *q, const QueryWindow *w,
                          QueryEngine *engine, Rows *rows)
{
    QueryWindow window = *w;
    Matcher m;
    Status st;

    if (rows->has_behind && rows->behind.trace.start_ns < window.to_ns)
        window.to_ns = rows->behind.trace.start_ns + 1;
    matcher_init(&m, snap, q, &window, engine, MATCH_EVERY);
    st = matcher_all(&m);
    for (size_t i = 0; i < m.table.len && !st; i++) {
        const TraceState *t = &m.table.items[i];
        Place p = {.start_ns = t->start_ns};

        memcpy(p.ids, t->id, TRACE_ID_BYTES);
        if (matcher_accepts(&m, t))
            st = add(rows, &p);
    }
    matcher_deinit(&m);
    return st;
}

static Status take_cursor(const TraceOrder *order, Str cursor, Rows *rows)
{
    Place p;
    Status st;

    if (!cursor.len)
        return ST_OK;
    st = trace_order_is_default(order) ? traces_cursor_place(cursor, &p)
                                       : place_from_cursor(cursor, &p);
    if (st)
        return st;
    rows->behind = row_of(&p);
    rows->has_behind = true;
    return ST_OK;
}

/* Without the ranks, which only sorting needed. */
static Status hand_over(const Rows *rows, Ranking *out)
{
    RankedTrace *items = mem_array(rows->list.len + 1, sizeof *items);

    if (!items)
        return ST_NOMEM;
    for (size_t i = 0; i < rows->list.len; i++)
        items[i] = rows->list.items[i].trace;
    *out = (Ranking){items, rows->list.len};
    return ST_OK;
}

Status query_ranking(const Snapshot *snap, const Query *q, const QueryWindow *w,
                     const TraceOrder *order, Str cursor, QueryEngine *engine, Arena *arena,
                     Ranking *out)
{
    Rows rows = {.compare = trace_order_is_default(order) ? newest_first : by_rank};
    Status st = take_cursor(order, cursor, &rows);

    if (!st)
        st = trace_order_is_default(order)
                 ? list_newest(snap, q, w, engine, &rows)
                 : query_traces_each(snap, q, w, order, engine, arena, add, &rows);
    if (!st && rows.list.len)
        qsort(rows.list.items, rows.list.len, sizeof *rows.list.items, rows.compare);
    if (!st)
        st = hand_over(&rows, out);
    VEC_FREE(&rows.list);
    return st;
}

void ranking_free(Ranking *r)
{
    mem_free(r->items);
    *r = (Ranking){0};
}

Status query_ranked(const Snapshot *snap, const RankedTrace *items, size_t len, QueryEngine *engine,
                    const Cancel *cancel, Arena *arena, TraceSummary *out)
{
    int64_t first = INT64_MAX;
    int64_t last = INT64_MIN;
    IdList ids = {0};
    RowRefs refs = {0};
    Status st = ST_OK;

    for (size_t i = 0; i < len && !st; i++) {
        first = items[i].start_ns < first ? items[i].start_ns : first;
        last = items[i].start_ns > last ? items[i].start_ns : last;
        st = id_list_add(&ids, items[i].id);
    }
    if (!st && len)
        st = gather_rows_near(snap, &ids, first, last, engine, cancel, &refs, NULL);
    if (!st)
        st = summarise(snap, &ids, &refs, LINE_WHOLE, engine, arena, out);
    VEC_FREE(&refs);
    VEC_FREE(&ids);
    return st;
}
