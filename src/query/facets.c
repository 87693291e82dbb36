/* SPDX-License-Identifier: Apache-2.0 */
/* query_facets: first which rows are of matching traces, then field by field.
 *
 *   blocks (in parallel) -> mark[row]: not counted, same trace as the row before, next trace
 *   fields (in parallel) -> block by block: codes of the values, one stamp a code
 *
 * A code's stamp is the last trace that it was counted for, so that a value counts once for
 * a trace whatever the number of its spans.  A trace that is spread over blocks may count
 * once in each, which a list of "what is there" can bear; exact counts of traces come from
 * the histogram. */
#include "query/facets.h"

#include "base/map.h"
#include "base/vec.h"
#include "query/key_codes.h"
#include "query/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DISTINCT = 100000, VALUE_ROOM = 48, FIELD_MEMORY = 256 << 20 };

typedef enum Mark { NOT_COUNTED, SAME_TRACE, NEXT_TRACE } Mark;

/* Rows of a block that are of matching traces. */
typedef struct Marked {
    uint8_t *marks;  /* NULL: none counts */
    uint32_t *order; /* of the memtable's rows, so that a trace's are neighbours; owned */
} Marked;

typedef struct Counted {
    Field field;
    Str name;
    Arena arena; /* of the texts in `counts`; a field is one thread's */
    Map counts;  /* value -> traces */
} Counted;

typedef struct FacetScan {
    Matcher matcher;
    QueryEngine *engine;
    Arena *arena;
    bool everything; /* no trace is left out */
    Marked *blocks;
    uint8_t *marks; /* of all blocks */
    size_t *begin;  /* a block's first mark */
    Counted fields[FACET_MAX_FIELDS];
    size_t len;
    size_t top;
    bool asked; /* the caller named the fields */
} FacetScan;

/* ------------------------------------------------------------------ fields */

static void add_field(FacetScan *s, Str name, const Field *field)
{
    Counted *c = &s->fields[s->len++];

    *c = (Counted){.field = *field, .name = name};
    if (field->kind == FIELD_MODEL) /* by name, whatever the version */
        c->field = (Field){.kind = FIELD_TEXT, .column = field->column};
    arena_init(&c->arena, FIELD_MEMORY);
    map_init(&c->counts, MAX_DISTINCT);
}

/* Tags that are strings or booleans; doubles have too many values to list. */
static Status add_tag_field(void *visitor, Str column, VectorType type)
{
    static const char prefix[] = "attr." VIREO_ATTR_TAG_PREFIX;
    FacetScan *s = visitor;
    Field field = {.kind = FIELD_TEXT};
    Str name = {0};
    Str key;
    Status st;

    if (!str_starts(column, STR("attr." VIREO_ATTR_TAG_PREFIX)) || s->len == FACET_MAX_FIELDS)
        return ST_OK;
    if (type != VECTOR_STR && type != VECTOR_BOOL && type != VECTOR_INT)
        return ST_OK;
    key = str_slice(column, sizeof prefix - 1, column.len);
    if (type != VECTOR_STR)
        key.len = str_find_char(key, '#');
    st = arena_copy(s->arena, column, &field.column);
    if (!st)
        st = arena_printf(s->arena, &name, "tag.%.*s", STR_ARG(key));
    if (!st)
        add_field(s, name, &field);
    return st;
}

static Status choose_fields(FacetScan *s, const FacetWish *wish)
{
    static const char *const names[] = {"status",  "model",   "type", "name",
                                        "service", "session", "user"};
    Status st = ST_OK;

    s->asked = wish->len != 0;
    s->top = wish->top;
    for (size_t i = 0; i < wish->len; i++)
        add_field(s, wish->fields[i].name, &wish->fields[i]);
    for (size_t i = 0; i < sizeof names / sizeof *names && !s->asked && !st; i++) {
        Field field;

        st = field_find(str_from(names[i]), s->arena, NULL, &field);
        if (!st)
            add_field(s, field.name, &field);
    }
    return st || s->asked ? st : snapshot_columns(s->matcher.snap, add_tag_field, s);
}

/* -------------------------------------------------------------------- rows */

typedef struct TraceRow {
    const char *id;
    uint32_t row;
} TraceRow;

static int by_trace(const void *a, const void *b)
{
    const TraceRow *x = a;
    const TraceRow *y = b;
    const int c = memcmp(x->id, y->id, TRACE_ID_BYTES);

    return c ? c : (x->row > y->row) - (x->row < y->row);
}

/* The memtable keeps spans as they came. */
static Status sort_rows(const BlockView *view, const Vector *ids, uint32_t **out)
{
    TraceRow *rows = arena_alloc(view->arena, (view->rows + 1) * sizeof *rows);
    uint32_t *order = mem_array(view->rows + 1, sizeof *order);

    if (!rows || !order) {
        mem_free(order);
        return ST_NOMEM;
    }
    for (size_t i = 0; i < view->rows; i++)
        rows[i] = (TraceRow){vector_str(ids, i).ptr, (uint32_t)i};
    qsort(rows, view->rows, sizeof *rows, by_trace);
    for (size_t i = 0; i < view->rows; i++)
        order[i] = rows[i].row;
    *out = order;
    return ST_OK;
}

static bool trace_counts(const FacetScan *s, const char *id)
{
    const TraceState *state;

    if (s->everything)
        return true;
    state = trace_table_find(&s->matcher.table, (const uint8_t *)id);
    return state && matcher_accepts(&s->matcher, state);
}

static bool mark_rows(const FacetScan *s, const BlockView *view, const Vector *ids,
                      const uint32_t *order, uint8_t *marks)
{
    const char *last = NULL;
    bool counts = false;
    bool any = false;

    for (size_t i = 0; i < view->rows; i++) {
        const size_t row = order ? order[i] : i;
        const char *id = vector_str(ids, row).ptr;
        const bool same = last && memcmp(last, id, TRACE_ID_BYTES) == 0;

        if (!same)
            counts = trace_counts(s, id);
        any = any || counts;
        marks[i] = !counts ? NOT_COUNTED : same ? SAME_TRACE : NEXT_TRACE;
        last = id;
    }
    return any;
}

/* Marks are by place in `order` when there is one. */
static Status mark_view(FacetScan *s, const BlockView *view)
{
    Marked *b = &s->blocks[view->block];
    uint8_t *marks = s->marks + s->begin[view->block];
    Vector ids;
    Status st = view_read(view, STR("trace_id"), &ids);

    if (!st && snapshot_block(view->snap, view->block).cache_key == 0)
        st = sort_rows(view, &ids, &b->order);
    if (!st && mark_rows(s, view, &ids, b->order, marks))
        b->marks = marks;
    return st;
}

static Status mark_block(void *context, size_t block)
{
    FacetScan *s = context;
    const atomic_bool *cancel = s->matcher.window->cancel;
    Arena arena;
    const BlockView view = {s->matcher.snap, block, snapshot_block(s->matcher.snap, block).rows,
                            &arena};
    Status st;

    if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
        return ST_CLOSED;
    if (!view.rows || !matcher_reaches(&s->matcher, block))
        return ST_OK;
    arena_init(&arena, BLOCK_ARENA_LIMIT);
    st = mark_view(s, &view);
    arena_deinit(&arena);
    return st;
}

static Status make_marks(FacetScan *s)
{
    const size_t blocks = snapshot_block_count(s->matcher.snap);
    size_t rows = 0;

    s->blocks = arena_calloc(s->arena, blocks + 1, sizeof *s->blocks);
    s->begin = arena_calloc(s->arena, blocks + 1, sizeof *s->begin);
    if (!s->blocks || !s->begin)
        return ST_NOMEM;
    for (size_t b = 0; b < blocks; b++) {
        s->begin[b] = rows;
        rows += snapshot_block(s->matcher.snap, b).rows;
    }
    s->marks = mem_calloc(rows + 1, 1);
    return s->marks ? ST_OK : ST_NOMEM;
}

/* ---------------------------------------------------------------- counting */

static Str text_of(Value v, char room[VALUE_ROOM])
{
    int len = 0;

    switch (v.kind) {
    case VALUE_BOOL:
        return v.as.b ? STR("true") : STR("false");
    case VALUE_INT:
        len = snprintf(room, VALUE_ROOM, "%lld", (long long)v.as.i);
        return (Str){room, (size_t)len};
    case VALUE_DOUBLE:
        len = snprintf(room, VALUE_ROOM, "%.15g", v.as.d);
        return (Str){room, (size_t)len};
    default:
        return v.as.s;
    }
}

static Status add_count(Counted *c, Value v, uint32_t count)
{
    char room[VALUE_ROOM];
    const Str text = text_of(v, room);
    uint64_t known;
    Str copy = {0};
    Status st;

    if (map_get(&c->counts, text, &known))
        return map_put(&c->counts, text, known + count);
    if (c->counts.len == MAX_DISTINCT)
        return ST_OK; /* past it only known values count */
    st = arena_copy(&c->arena, text, &copy);
    return st ? st : map_put(&c->counts, copy, count);
}

static void count_codes(const KeyCodes *codes, const Marked *b, size_t rows, uint32_t *counts,
                        uint32_t *stamps)
{
    uint32_t trace = 0;

    for (size_t i = 0; i < rows; i++) {
        uint32_t code;

        if (b->marks[i] == NOT_COUNTED)
            continue;
        trace += b->marks[i] == NEXT_TRACE;
        code = codes->codes[b->order ? b->order[i] : i];
        counts[code] += stamps[code] != trace;
        stamps[code] = trace;
    }
}

static Status count_view(Counted *c, const BlockView *view, const Marked *b)
{
    KeyCodes codes = {0};
    uint32_t *counts;
    uint32_t *stamps;
    Status st = key_codes_read(view, &c->field, NULL, &codes);

    if (st)
        return st;
    counts = arena_calloc(view->arena, codes.len, sizeof *counts);
    stamps = arena_calloc(view->arena, codes.len, sizeof *stamps);
    if (!counts || !stamps)
        return ST_NOMEM;
    count_codes(&codes, b, view->rows, counts, stamps);
    for (size_t i = 0; i < codes.len && !st; i++)
        if (counts[i] && codes.values[i].kind != VALUE_NONE)
            st = add_count(c, codes.values[i], counts[i]);
    return st;
}

static bool may_have(const Field *f, const Snapshot *snap, size_t block)
{
    return f->kind == FIELD_ATTRIBUTE || snapshot_has(snap, block, f->column);
}

static Status count_field(void *context, size_t index)
{
    FacetScan *s = context;
    Counted *c = &s->fields[index];
    const atomic_bool *cancel = s->matcher.window->cancel;
    Status st = ST_OK;

    for (size_t b = 0; b < snapshot_block_count(s->matcher.snap) && !st; b++) {
        Arena arena;
        const BlockView view = {s->matcher.snap, b, snapshot_block(s->matcher.snap, b).rows,
                                &arena};

        if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
            return ST_CLOSED;
        if (!s->blocks[b].marks || !may_have(&c->field, view.snap, b))
            continue;
        arena_init(&arena, BLOCK_ARENA_LIMIT);
        st = count_view(c, &view, &s->blocks[b]);
        arena_deinit(&arena);
    }
    return st;
}

/* ----------------------------------------------------------------- results */

/* More traces first, then by value, so that the order is stable. */
static int by_count(const void *a, const void *b)
{
    const MapEntry *x = a;
    const MapEntry *y = b;

    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return str_cmp(x->key, y->key);
}

static Status make_facet(FacetScan *s, Counted *c, Facet *out)
{
    const size_t len = c->counts.len < s->top ? c->counts.len : s->top;
    Facet f = {
        .field = c->name, .values = arena_calloc(s->arena, len + 1, sizeof *f.values), .len = len};
    Status st = f.values ? ST_OK : ST_NOMEM;

    if (!st && c->counts.len)
        qsort(c->counts.entries, c->counts.len, sizeof *c->counts.entries, by_count);
    for (size_t i = 0; i < len && !st; i++) {
        f.values[i].count = c->counts.entries[i].value;
        st = arena_copy(s->arena, c->counts.entries[i].key, &f.values[i].value);
    }
    if (!st)
        *out = f;
    return st;
}

static Status make_list(FacetScan *s, FacetList *out)
{
    FacetList list = {.items = arena_calloc(s->arena, s->len + 1, sizeof *list.items)};

    if (!list.items)
        return ST_NOMEM;
    for (size_t i = 0; i < s->len; i++) {
        Status st = ST_OK;

        if (s->fields[i].counts.len || s->asked)
            st = make_facet(s, &s->fields[i], &list.items[list.len++]);
        if (st)
            return st;
    }
    *out = list;
    return ST_OK;
}

static Status scan(FacetScan *s, FacetList *out)
{
    const QueryWindow *w = s->matcher.window;
    Status st = make_marks(s);

    s->everything =
        s->matcher.query->formula.len == 0 && w->from_ns == INT64_MIN && w->to_ns == INT64_MAX;
    if (!st && !s->everything)
        st = matcher_all(&s->matcher);
    if (!st)
        st = engine_each(s->engine, snapshot_block_count(s->matcher.snap), mark_block, s);
    if (!st)
        st = engine_each(s->engine, s->len, count_field, s);
    return st ? st : make_list(s, out);
}

Status query_facets(const Snapshot *snap, const Query *q, const QueryWindow *w,
                    const FacetWish *wish, QueryEngine *engine, Arena *arena, FacetList *out)
{
    FacetScan *s = arena_calloc(arena, 1, sizeof *s);
    Status st;

    if (!s)
        return ST_NOMEM;
    s->arena = arena;
    s->engine = engine;
    matcher_init(&s->matcher, snap, q, w, engine, true);
    st = choose_fields(s, wish);
    if (!st)
        st = scan(s, out);
    for (size_t i = 0; i < s->len; i++) {
        map_deinit(&s->fields[i].counts);
        arena_deinit(&s->fields[i].arena);
    }
    for (size_t b = 0; s->blocks && b < snapshot_block_count(snap); b++)
        mem_free(s->blocks[b].order);
    mem_free(s->marks);
    matcher_deinit(&s->matcher);
    return st;
}
