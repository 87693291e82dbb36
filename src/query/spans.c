/* SPDX-License-Identifier: Apache-2.0 */
/* The best `limit` + 1 rows behind the cursor, in a heap whose root is the worst.
 *
 *   rows of a block -> filter -> rank -> behind the cursor? -> better than the worst kept?
 *
 * Blocks come newest first, so for the order by start the search ends as soon as
 * the page is full and the next block cannot hold a newer span. */
#include "query/spans.h"

#include "base/vec.h"
#include "query/key_codes.h"
#include "query/row_filter.h"
#include "query/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Place of a span in the list.  All orders end with start, newest first, and ids. */
typedef struct Place {
    double rank; /* the larger the further in front; -INFINITY: has none */
    int64_t start_ns;
    uint8_t ids[TRACE_ID_BYTES + SPAN_ID_BYTES];
} Place;

typedef struct Found {
    Place place;
    uint32_t block;
    uint32_t row;
} Found;

typedef VEC_OF(Found) FoundList;

typedef struct Listing {
    Matcher matcher;
    Doubles doubles;
    const ListOrder *order;
    bool by_start; /* newest first */
    bool has_cursor;
    Place behind;
    size_t want;
    FoundList heap;
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

/* ----------------------------------------------------------------- places */

/* <0: `a` stands in front of `b`. */
static int compare_places(const Place *a, const Place *b)
{
    if (a->rank != b->rank)
        return a->rank > b->rank ? -1 : 1;
    if (a->start_ns != b->start_ns)
        return a->start_ns > b->start_ns ? -1 : 1;
    return memcmp(a->ids, b->ids, sizeof a->ids);
}

static Status encode_cursor(const Place *p, Arena *arena, Str *out)
{
    char hex[2 * sizeof p->ids];
    uint64_t rank;

    memcpy(&rank, &p->rank, sizeof rank);
    hex_encode(p->ids, sizeof p->ids, hex);
    return arena_printf(arena, out, "%lld.%llu.%.*s", (long long)p->start_ns,
                        (unsigned long long)rank, (int)sizeof hex, hex);
}

static Status decode_cursor(Str cursor, Place *out)
{
    Place p = {0};
    uint64_t rank;
    Str start;
    Str rest;
    Str number;
    Str ids;

    (void)str_cut(cursor, '.', &start, &rest);
    (void)str_cut(rest, '.', &number, &ids);
    if (str_to_i64(start, &p.start_ns) || str_to_u64(number, &rank) ||
        hex_decode(ids, p.ids, sizeof p.ids))
        return ST_INVALID;
    memcpy(&p.rank, &rank, sizeof rank);
    if (isnan(p.rank))
        return ST_INVALID;
    *out = p;
    return ST_OK;
}

/* ------------------------------------------------------------------- heap */

static bool worse(const Found *a, const Found *b)
{
    return compare_places(&a->place, &b->place) > 0;
}

static void sift_down(FoundList *h, size_t at)
{
    for (;;) {
        size_t worst = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < h->len; child++)
            if (worse(&h->items[child], &h->items[worst]))
                worst = child;
        if (worst == at)
            return;
        const Found other = h->items[at];

        h->items[at] = h->items[worst];
        h->items[worst] = other;
        at = worst;
    }
}

static void sift_up(FoundList *h, size_t at)
{
    while (at && worse(&h->items[at], &h->items[(at - 1) / 2])) {
        const Found other = h->items[at];

        h->items[at] = h->items[(at - 1) / 2];
        h->items[(at - 1) / 2] = other;
        at = (at - 1) / 2;
    }
}

static Status offer(Listing *l, const Found *f)
{
    Status st = ST_OK;

    if (l->has_cursor && compare_places(&f->place, &l->behind) <= 0)
        return ST_OK;
    if (l->heap.len == l->want && !worse(&l->heap.items[0], f))
        return ST_OK;
    if (l->heap.len < l->want) {
        st = VEC_PUSH(&l->heap, *f, QUERY_MAX_LIMIT + 1);
        if (!st)
            sift_up(&l->heap, l->heap.len - 1);
    } else {
        l->heap.items[0] = *f;
        sift_down(&l->heap, 0);
    }
    return st;
}

/* ----------------------------------------------------------------- search */

typedef struct Columns {
    Vector start;
    Vector trace_id;
    Vector span_id;
    Numbers numbers;
} Columns;

static double rank_of(const Listing *l, const Numbers *n, size_t row)
{
    double v;

    if (l->by_start)
        return 0;
    if (n->none || (n->valid && !n->valid[row]))
        return -INFINITY;
    v = n->i ? (double)n->i[row] : n->d[row];
    if (isnan(v))
        return -INFINITY;
    return l->order->ascending ? -v : v;
}

/* Only rows that are good enough are looked at in full. */
static bool hopeless(const Listing *l, double rank, int64_t start)
{
    const Place *worst = l->heap.len == l->want ? &l->heap.items[0].place : NULL;

    return worst && (rank < worst->rank || (rank == worst->rank && start < worst->start_ns));
}

static Status offer_rows(Listing *l, const BlockView *view, const uint8_t *keep, const Columns *c)
{
    Status st = ST_OK;

    for (size_t row = 0; row < view->rows && !st; row++) {
        Found f = {.block = (uint32_t)view->block, .row = (uint32_t)row};

        if (keep && !keep[row])
            continue;
        f.place.rank = rank_of(l, &c->numbers, row);
        f.place.start_ns = c->start.as.i[row];
        if (hopeless(l, f.place.rank, f.place.start_ns))
            continue;
        memcpy(f.place.ids, vector_str(&c->trace_id, row).ptr, TRACE_ID_BYTES);
        memcpy(f.place.ids + TRACE_ID_BYTES, vector_str(&c->span_id, row).ptr, SPAN_ID_BYTES);
        st = offer(l, &f);
    }
    return st;
}

static Status look(Listing *l, const BlockView *view)
{
    Columns c;
    uint8_t *keep = NULL;
    Status st = row_filter(&l->matcher, &l->doubles, view, &keep);

    if (st || (keep && !memchr(keep, 1, view->rows)))
        return st;
    st = view_read(view, STR("start"), &c.start);
    if (!st)
        st = view_read(view, STR("trace_id"), &c.trace_id);
    if (!st)
        st = view_read(view, STR("span_id"), &c.span_id);
    c.numbers = (Numbers){.none = true};
    if (!st && !l->by_start)
        st = numbers_read(view, &l->order->field, &c.numbers);
    return st ? st : offer_rows(l, view, keep, &c);
}

static Status look_at(Listing *l, size_t block)
{
    const atomic_bool *cancel = l->matcher.window->cancel;
    Arena arena;
    const BlockView view = {l->matcher.snap, block, snapshot_block(l->matcher.snap, block).rows,
                            &arena};
    Status st;

    if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
        return ST_CLOSED;
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

        if (l->by_start && l->heap.len == l->want &&
            info.max_time_ns < l->heap.items[0].place.start_ns)
            break;
        if (l->by_start && l->has_cursor && info.min_time_ns > l->behind.start_ns)
            continue;
        if (block_overlaps(&l->matcher, b))
            st = look_at(l, b);
    }
    return st;
}

/* ------------------------------------------------------------------- page */

static int by_place(const void *a, const void *b)
{
    return compare_places(&((const Found *)a)->place, &((const Found *)b)->place);
}

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
        const Found *f = &l->heap.items[i];

        st = id_list_add(&ids, f->place.ids);
        if (!st)
            st = VEC_PUSH(&refs, ((RowRef){(uint32_t)i, f->block, f->row}), QUERY_MAX_LIMIT);
    }
    if (!st && len) {
        qsort(refs.items, len, sizeof *refs.items, by_row);
        st = span_lines(l->matcher.snap, &ids, &refs, arena, out);
    }
    VEC_FREE(&refs);
    VEC_FREE(&ids);
    return st;
}

static Status make_page(Listing *l, Arena *arena, SpanPage *out)
{
    const size_t len = l->heap.len < l->want ? l->heap.len : l->want - 1;
    SpanPage page = {.items = arena_calloc(arena, len + 1, sizeof *page.items), .len = len};
    Status st = page.items ? ST_OK : ST_NOMEM;

    if (l->heap.len)
        qsort(l->heap.items, l->heap.len, sizeof *l->heap.items, by_place);
    if (!st)
        st = read_page(l, len, arena, page.items);
    if (!st && l->heap.len == l->want)
        st = encode_cursor(&l->heap.items[len - 1].place, arena, &page.next_cursor);
    if (!st)
        *out = page;
    return st;
}

Status query_spans(const Snapshot *snap, const Query *q, const QueryWindow *w, QueryEngine *engine,
                   const ListOrder *order, size_t limit, Str cursor, Arena *arena, SpanPage *out)
{
    Listing l = {.order = order, .has_cursor = cursor.len != 0};
    Status st = cursor.len ? decode_cursor(cursor, &l.behind) : ST_OK;

    if (st || limit == 0)
        return st ? st : ST_INVALID;
    l.want = (limit < QUERY_MAX_LIMIT ? limit : QUERY_MAX_LIMIT) + 1;
    l.by_start = order->field.kind == FIELD_TIME && !order->ascending;
    matcher_init(&l.matcher, snap, q, w, true);
    st = doubles_find(snap, engine, w->cancel, arena, &l.doubles);
    if (!st)
        st = search(&l);
    if (!st)
        st = make_page(&l, arena, out);
    matcher_deinit(&l.matcher);
    VEC_FREE(&l.heap);
    return st;
}
