/* SPDX-License-Identifier: Apache-2.0 */
/* The best `limit` + 1 rows behind the cursor, in a heap whose root is the worst.
 *
 *   rows of a block -> filter -> rank -> behind the cursor? -> better than the worst kept?
 *
 * Blocks come newest first, so for the order by start the search ends as soon as
 * the page is full and the next block cannot hold a newer span. */
#include "query/spans.h"

#include "query/best_list.h"
#include "query/key_codes.h"
#include "query/row_filter.h"
#include "query/score_order.h"
#include "query/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Listing {
    Matcher matcher;
    Doubles doubles;
    const ListOrder *order;
    bool by_start;     /* newest first */
    ScoreOrder scores; /* when a score orders */
    BestList best;
} Listing;

Status list_order_parse(Str text, Arena *arena, Err *err, ListOrder *out)
{
    ListOrder order = {.ascending = text.len && text.ptr[0] != '-'};
    Str name = text.len && !order.ascending ? str_slice(text, 1, text.len) : text;
    Status st;

    if (name.len == 0 || str_eq(name, STR("start")))
        name = STR("time");
    st = field_find(name, arena, err, &order.field);
    if (st)
        return st;
    if (order.field.kind != FIELD_NUMBER && order.field.kind != FIELD_DURATION &&
        order.field.kind != FIELD_TIME && order.field.kind != FIELD_ATTRIBUTE)
        return err_set(err, ST_INVALID, 0, "'%.*s' is not a number", STR_ARG(name));
    *out = order;
    return ST_OK;
}

/* ----------------------------------------------------------------- search */

typedef struct Columns {
    Vector start;
    Vector trace_id;
    Vector span_id;
    Numbers numbers;
    double *scores; /* instead of them */
} Columns;

static double rank_of(const Listing *l, const Columns *c, size_t row)
{
    const Numbers *n = &c->numbers;
    double v;

    if (l->by_start)
        return 0;
    if (!c->scores && (n->none || (n->valid && !n->valid[row])))
        return -INFINITY;
    if (c->scores)
        v = c->scores[row];
    else
        v = n->i ? (double)n->i[row] : n->d[row];
    if (isnan(v))
        return -INFINITY;
    return l->order->ascending ? -v : v;
}

static Status offer_rows(Listing *l, const BlockView *view, const uint8_t *keep, const Columns *c)
{
    Status st = ST_OK;

    for (size_t row = 0; row < view->rows && !st; row++) {
        Found f = {.block = (uint32_t)view->block, .row = (uint32_t)row};

        if (keep && !keep[row])
            continue;
        f.place.rank = rank_of(l, c, row);
        f.place.start_ns = c->start.as.i[row];
        if (best_list_hopeless(&l->best, f.place.rank, f.place.start_ns))
            continue; /* only those good enough are looked at in full */
        memcpy(f.place.ids, vector_str(&c->trace_id, row).ptr, TRACE_ID_BYTES);
        memcpy(f.place.ids + TRACE_ID_BYTES, vector_str(&c->span_id, row).ptr, SPAN_ID_BYTES);
        st = best_list_offer(&l->best, &f);
    }
    return st;
}

/* What the rows are ordered by. */
static Status read_order(const Listing *l, const BlockView *view, Columns *c)
{
    if (l->by_start)
        return ST_OK;
    if (!l->order->field.score)
        return numbers_read(view, &l->order->field, &c->numbers);
    c->scores = arena_calloc(view->arena, view->rows + 1, sizeof *c->scores);
    return c->scores ? score_order_read(&l->scores, view, c->scores) : ST_NOMEM;
}

static Status look(Listing *l, const BlockView *view)
{
    Columns c = {.numbers = {.none = true}};
    uint8_t *keep = NULL;
    Status st = row_filter(&l->matcher, &l->doubles, view, &keep);

    if (st || (keep && !memchr(keep, 1, view->rows)))
        return st;
    st = view_read(view, STR("start"), &c.start);
    if (!st)
        st = view_read(view, STR("trace_id"), &c.trace_id);
    if (!st)
        st = view_read(view, STR("span_id"), &c.span_id);
    if (!st)
        st = read_order(l, view, &c);
    return st ? st : offer_rows(l, view, keep, &c);
}

static Status look_at(Listing *l, size_t block)
{
    Arena arena;
    const BlockView view = {l->matcher.snap, block, snapshot_block(l->matcher.snap, block).rows,
                            &arena};
    Status st;

    st = cancel_check(l->matcher.window->cancel);
    if (st)
        return st;
    arena_init(&arena, BLOCK_ARENA_LIMIT);
    st = look(l, &view);
    arena_deinit(&arena);
    return st;
}

static Status search(Listing *l)
{
    Status st = ST_OK;

    for (size_t b = 0; b < snapshot_block_count(l->matcher.snap) && !st; b++) {
        const BlockInfo info = snapshot_block(l->matcher.snap, b);

        if (l->by_start && best_list_hopeless(&l->best, 0, info.max_time_ns))
            break;
        if (l->by_start && l->best.has_cursor && info.min_time_ns > l->best.behind.start_ns)
            continue;
        if (block_overlaps(&l->matcher, b))
            st = look_at(l, b);
    }
    return st;
}

/* ------------------------------------------------------------------- page */

static int by_row(const void *a, const void *b)
{
    const RowRef *x = a;
    const RowRef *y = b;

    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static Status read_page(const Listing *l, size_t len, Arena *arena, Span *out)
{
    IdList ids = {0};
    RowRefs refs = {0};
    Status st = ST_OK;

    for (size_t i = 0; i < len && !st; i++) {
        const Found *f = &l->best.heap.items[i];

        st = id_list_add(&ids, f->place.ids);
        if (!st)
            st = VEC_PUSH(&refs, ((RowRef){(uint32_t)i, f->block, f->row}), QUERY_MAX_LIMIT);
    }
    if (!st && len) {
        qsort(refs.items, len, sizeof *refs.items, by_row);
        st = span_lines(l->matcher.snap, &ids, &refs, LINE_WHOLE, l->matcher.engine, arena, out);
    }
    VEC_FREE(&refs);
    VEC_FREE(&ids);
    return st;
}

static Status make_page(Listing *l, Arena *arena, SpanPage *out)
{
    const size_t len = l->best.heap.len < l->best.want ? l->best.heap.len : l->best.want - 1;
    SpanPage page = {.items = arena_calloc(arena, len + 1, sizeof *page.items), .len = len};
    Status st = page.items ? ST_OK : ST_NOMEM;

    best_list_sort(&l->best);
    if (!st)
        st = read_page(l, len, arena, page.items);
    if (!st && l->best.heap.len == l->best.want)
        st = place_to_cursor(&l->best.heap.items[len - 1].place, arena, &page.next_cursor);
    if (!st)
        *out = page;
    return st;
}

Status query_spans(const Snapshot *snap, const Query *q, const QueryWindow *w, QueryEngine *engine,
                   const ListOrder *order, size_t limit, Str cursor, Arena *arena, SpanPage *out)
{
    Listing l = {.order = order};
    Status st =
        best_list_init(&l.best, (limit < QUERY_MAX_LIMIT ? limit : QUERY_MAX_LIMIT) + 1, cursor);

    if (st || limit == 0)
        return st ? st : ST_INVALID;
    l.by_start = order->field.kind == FIELD_TIME && !order->ascending;
    matcher_init(&l.matcher, snap, q, w, engine, MATCH_SPANS);
    st = doubles_find(snap, engine, w->cancel, arena, &l.doubles);
    if (!st && order->field.score)
        st = score_order_init(&l.scores, &l.matcher, &l.doubles, &order->field, order->ascending);
    if (!st)
        st = search(&l);
    if (!st)
        st = make_page(&l, arena, out);
    if (order->field.score)
        score_order_deinit(&l.scores);
    matcher_deinit(&l.matcher);
    best_list_deinit(&l.best);
    return st;
}
