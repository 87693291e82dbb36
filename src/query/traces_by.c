/* SPDX-License-Identifier: Apache-2.0 */
/* Two passes: which traces match, then what each is ordered by; the best of them are
 * summarised as in the other list. */
#include "query/traces_by.h"

#include "query/doubles.h"
#include "query/key_codes.h"
#include "query/score_rows.h"
#include "query/summary.h"

#include <math.h>
#include <string.h>

/* What is known of a trace, by its index in the matcher's table. */
typedef struct TraceFacts {
    int64_t start_ns;
    int64_t end_ns;
    double sum; /* spans, or what they count */
    double value;
    bool span_seen;
    bool has_value;
    bool of_root;
} TraceFacts;

typedef struct Listing {
    Matcher matcher;
    Doubles doubles;
    const TraceOrder *order;
    TraceFacts *facts;
    BestList best;
} Listing;

/* How traces are ordered by a field of the language. */
static Status order_by_field(TraceOrder *o, Err *err)
{
    const Field *f = &o->field;

    switch (f->kind) {
    case FIELD_TIME:
        o->kind = TRACES_BY_START;
        return ST_OK;
    case FIELD_DURATION:
        o->kind = TRACES_BY_LATENCY;
        return ST_OK;
    case FIELD_NUMBER:
        if (str_eq(f->name, STR("version")))
            return ST_OK;
        o->kind = TRACES_BY_SUM;
        o->summed[0] = f->column;
        return ST_OK;
    case FIELD_TEXT:
    case FIELD_MODEL:
    case FIELD_ATTRIBUTE:
        return ST_OK;
    case FIELD_CONTAINS:
    case FIELD_ID:
    case FIELD_ROOT:
    default:
        return err_set(err, ST_INVALID, 0,
                       "traces have no order by %.*s: use start, latency, spans, tokens, cost, "
                       "score.NAME, tag.KEY or a short text such as name or user, with - for the "
                       "largest first",
                       STR_ARG(f->name));
    }
}

Status trace_order_parse(Str text, Arena *arena, Err *err, TraceOrder *out)
{
    const bool descending = text.len == 0 || text.ptr[0] == '-';
    const Str name = str_slice(text, text.len && descending, text.len);
    TraceOrder order = {.kind = TRACES_BY_FIELD, .ascending = !descending};
    Status st = ST_OK;

    if (name.len == 0 || str_eq(name, STR("start"))) {
        order.kind = TRACES_BY_START;
    } else if (str_eq(name, STR("spans"))) {
        order.kind = TRACES_BY_SPANS;
    } else if (str_eq(name, STR("tokens"))) {
        order.kind = TRACES_BY_SUM;
        order.summed[0] = STR("input_tokens");
        order.summed[1] = STR("output_tokens");
    } else {
        st = field_find(name, arena, err, &order.field);
        if (!st)
            st = order_by_field(&order, err);
    }
    if (!st)
        *out = order;
    return st;
}

bool trace_order_is_default(const TraceOrder *o)
{
    return o->kind == TRACES_BY_START && !o->ascending;
}

/* ------------------------------------------------------------------- facts */

typedef struct Columns {
    Vector trace_id;
    Vector parent_id;
    Vector start;
    Vector duration;
    Numbers summed[TRACE_SUM_COLUMNS];
    KeyCodes values;
    uint8_t *scores; /* rows that are scores; NULL: none */
} Columns;

static Status read_columns(const Listing *l, const BlockView *view, Columns *c)
{
    const TraceOrder *o = l->order;
    Status st = view_read(view, STR("trace_id"), &c->trace_id);

    if (!st)
        st = view_read(view, STR("start"), &c->start);
    if (!st)
        st = view_read(view, STR("duration"), &c->duration);
    for (size_t i = 0; i < TRACE_SUM_COLUMNS && !st; i++) {
        const Field field = {.kind = FIELD_NUMBER, .column = o->summed[i]};

        c->summed[i].none = true;
        if (o->summed[i].len)
            st = numbers_read(view, &field, &c->summed[i]);
    }
    if (!st && o->kind == TRACES_BY_FIELD)
        st = view_read(view, STR("parent_id"), &c->parent_id);
    if (!st && o->kind == TRACES_BY_FIELD)
        st = key_codes_read(view, &o->field, NULL, &c->values);
    return st ? st : score_rows(view, &c->scores);
}

static void note_value(TraceFacts *f, const Columns *c, size_t row)
{
    const double order = value_order(c->values.values[c->values.codes[row]]);
    const bool root = vector_is_null(&c->parent_id, row);

    if (isnan(order) || (f->has_value && (f->of_root || !root)))
        return;
    f->value = order;
    f->has_value = true;
    f->of_root = root;
}

/* Of a trace's scores the one that puts it first. */
static void note_score(const Listing *l, TraceFacts *f, const Columns *c, size_t row)
{
    const double order = value_order(c->values.values[c->values.codes[row]]);

    if (isnan(order) ||
        (f->has_value && (l->order->ascending ? order >= f->value : order <= f->value)))
        return;
    f->value = order;
    f->has_value = true;
}

/* What is no number leaves a sum as it is. */
static void note_numbers(TraceFacts *f, const Columns *c, size_t row)
{
    for (size_t i = 0; i < TRACE_SUM_COLUMNS; i++) {
        const Numbers *n = &c->summed[i];
        double value;

        if (n->none || (n->valid && !n->valid[row]))
            continue;
        value = n->i ? (double)n->i[row] : n->d[row];
        if (!isfinite(value))
            continue;
        f->sum += value;
        f->has_value = true;
    }
}

static void note_row(const Listing *l, TraceFacts *f, const Columns *c, size_t row)
{
    const int64_t start = c->start.as.i[row];
    const int64_t end = start + c->duration.as.i[row];
    const bool score = c->scores && c->scores[row];

    if (score && l->order->kind == TRACES_BY_FIELD && l->order->field.score)
        note_score(l, f, c, row);
    if (score)
        return;
    f->span_seen = true;
    f->start_ns = start < f->start_ns ? start : f->start_ns;
    f->end_ns = end > f->end_ns ? end : f->end_ns;
    if (l->order->kind == TRACES_BY_SPANS) {
        f->sum++;
        f->has_value = true;
    } else if (l->order->kind == TRACES_BY_SUM) {
        note_numbers(f, c, row);
    } else if (l->order->kind == TRACES_BY_FIELD && !l->order->field.score) {
        note_value(f, c, row);
    }
}

static Status note_rows(Listing *l, const BlockView *view)
{
    const char *last = NULL;
    const TraceState *state = NULL;
    uint8_t *keep = arena_alloc(view->arena, view->rows + 1);
    Columns c;
    Status st = keep ? read_columns(l, view, &c) : ST_NOMEM;

    if (st)
        return st;
    memset(keep, 1, view->rows);
    doubles_drop(&l->doubles, view->block, keep);
    for (size_t row = 0; row < view->rows; row++) {
        const char *id = vector_str(&c.trace_id, row).ptr;

        if (!last || memcmp(last, id, TRACE_ID_BYTES) != 0)
            state = trace_table_find(&l->matcher.table, (const uint8_t *)id);
        last = id;
        if (state && keep[row])
            note_row(l, &l->facts[state - l->matcher.table.items], &c, row);
    }
    return ST_OK;
}

static Status note_blocks(Listing *l)
{
    Status st = ST_OK;

    for (size_t b = 0; b < snapshot_block_count(l->matcher.snap) && !st; b++) {
        Arena arena;
        const BlockView view = {l->matcher.snap, b, snapshot_block(l->matcher.snap, b).rows,
                                &arena};

        st = cancel_check(l->matcher.window->cancel);
        if (st)
            return st;
        if (!matcher_reaches(&l->matcher, b))
            continue;
        arena_init(&arena, BLOCK_ARENA_LIMIT);
        st = note_rows(l, &view);
        arena_deinit(&arena);
    }
    return st;
}

/* -------------------------------------------------------------------- best */

static double rank_of(const TraceOrder *o, const TraceFacts *f)
{
    double v = f->value;

    if (o->kind == TRACES_BY_START)
        v = (double)f->start_ns;
    else if (o->kind == TRACES_BY_LATENCY)
        v = (double)((uint64_t)f->end_ns - (uint64_t)f->start_ns); /* of any two times */
    else if (!f->has_value)
        return -INFINITY;
    else if (o->kind != TRACES_BY_FIELD)
        v = f->sum;
    return o->ascending ? -v : v;
}

static Status each_place(const Listing *l, Status (*visit)(void *visitor, const Place *p),
                         void *visitor)
{
    Status st = ST_OK;

    for (size_t i = 0; i < l->matcher.table.len && !st; i++) {
        TraceState *t = &l->matcher.table.items[i];
        Place p = {0};

        t->start_ns = l->facts[i].start_ns; /* now known for certain */
        t->span_seen = l->facts[i].span_seen;
        if (!matcher_accepts(&l->matcher, t))
            continue;
        p.rank = rank_of(l->order, &l->facts[i]);
        p.start_ns = t->start_ns;
        memcpy(p.ids, t->id, TRACE_ID_BYTES);
        st = visit(visitor, &p);
    }
    return st;
}

static Status offer(void *best, const Place *p)
{
    return best_list_offer(best, &(Found){.place = *p});
}

/* Learn of every matching trace what it is ordered by. */
static Status search(Listing *l, QueryEngine *engine, Arena *arena)
{
    Status st =
        doubles_find(l->matcher.snap, engine, l->matcher.window->cancel, arena, &l->doubles);

    if (!st)
        st = matcher_all(&l->matcher);
    if (st)
        return st;
    l->facts = mem_array(l->matcher.table.len + 1, sizeof *l->facts);
    if (!l->facts)
        return ST_NOMEM;
    for (size_t i = 0; i < l->matcher.table.len; i++)
        l->facts[i] = (TraceFacts){.start_ns = INT64_MAX, .end_ns = INT64_MIN};
    st = note_blocks(l);
    return st;
}

static Status make_page(const Listing *l, Arena *arena, TracePage *out)
{
    const bool more = best_list_full(&l->best);
    const size_t len = more ? l->best.want - 1 : l->best.heap.len;
    TracePage page = {.items = arena_calloc(arena, len + 1, sizeof *page.items), .len = len};
    IdList ids = {0};
    RowRefs refs = {0};
    Status st = page.items ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < len && !st; i++)
        st = id_list_add(&ids, l->best.heap.items[i].place.ids);
    if (!st && len)
        st = gather_rows(l->matcher.snap, &ids, l->matcher.engine, l->matcher.window->cancel, &refs,
                         NULL);
    if (!st)
        st = summarise(l->matcher.snap, &ids, &refs, LINE_WHOLE, l->matcher.engine, arena,
                       page.items);
    if (!st && more)
        st = place_to_cursor(&l->best.heap.items[len - 1].place, arena, &page.next_cursor);
    VEC_FREE(&refs);
    VEC_FREE(&ids);
    if (!st)
        *out = page;
    return st;
}

Status query_traces_by(const Snapshot *snap, const Query *q, const QueryWindow *w,
                       const TraceOrder *order, size_t limit, Str cursor, QueryEngine *engine,
                       Arena *arena, TracePage *out)
{
    Listing l = {.order = order};
    Status st =
        best_list_init(&l.best, (limit < QUERY_MAX_LIMIT ? limit : QUERY_MAX_LIMIT) + 1, cursor);

    if (st || limit == 0)
        return st ? st : ST_INVALID;
    matcher_init(&l.matcher, snap, q, w, engine, MATCH_SOME);
    st = search(&l, engine, arena);
    if (!st)
        st = each_place(&l, offer, &l.best);
    best_list_sort(&l.best);
    if (!st)
        st = make_page(&l, arena, out);
    matcher_deinit(&l.matcher);
    best_list_deinit(&l.best);
    mem_free(l.facts);
    return st;
}

Status query_traces_each(const Snapshot *snap, const Query *q, const QueryWindow *w,
                         const TraceOrder *order, QueryEngine *engine, Arena *arena,
                         Status (*visit)(void *visitor, const Place *p), void *visitor)
{
    Listing l = {.order = order};
    Status st;

    matcher_init(&l.matcher, snap, q, w, engine, MATCH_SOME);
    st = search(&l, engine, arena);
    if (!st)
        st = each_place(&l, visit, visitor);
    matcher_deinit(&l.matcher);
    mem_free(l.facts);
    return st;
}
