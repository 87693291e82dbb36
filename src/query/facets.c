/* SPDX-License-Identifier: Apache-2.0 */
/* query_facets: first which rows are of which matching trace (trace_runs.h), then field by field.
 * Fields are counted in parallel (facet_count.h), each block by block. */
#include "query/facets.h"

#include "model/score.h"
#include "query/facet_count.h"

#include <stdlib.h>
#include <string.h>

typedef struct Counted {
    Str name;
    FacetCount count;
    size_t next; /* block */
} Counted;

typedef struct FacetScan {
    Matcher matcher;
    QueryEngine *engine;
    Arena *arena;
    TraceRuns runs;
    Doubles replaced; /* scores that were sent again */
    Counted fields[FACET_MAX_FIELDS];
    Counted *by_cost[FACET_MAX_FIELDS]; /* the one with the most values first */
    size_t len;
    size_t top;
    bool asked;      /* the caller named the fields */
    bool everything; /* all traces count */
} FacetScan;

/* ------------------------------------------------------------------ fields */

static void add_field(FacetScan *s, Str name, const Field *field)
{
    Counted *c = &s->fields[s->len];

    s->by_cost[s->len++] = c;
    *c = (Counted){.name = name};
    facet_count_init(&c->count, field);
}

/* Labels and verdicts, which are few; and the judges. */
static Status add_score_field(FacetScan *s, Str column, VectorType type)
{
    const Str key = str_slice(column, sizeof "attr.vireo." - 1, str_find_char(column, '#'));
    Field field = {0};
    Status st;

    if (!str_starts(column, STR("attr." SCORE_VALUE_PREFIX)) &&
        !str_starts(column, STR("attr." SCORE_PASSED_PREFIX)) &&
        !str_eq(column, STR("attr." SCORE_JUDGE)))
        return ST_OK;
    if (type != VECTOR_STR && type != VECTOR_BOOL)
        return ST_OK;
    st = field_find(key, s->arena, NULL, &field);
    if (st == ST_NOTFOUND)
        return ST_OK;
    for (size_t i = 0; i < s->len && !st; i++)
        if (str_eq(s->fields[i].name, field.name))
            return ST_OK; /* labels and booleans of one name */
    if (!st)
        add_field(s, field.name, &field);
    return st;
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

    if (s->len == FACET_MAX_FIELDS)
        return ST_OK;
    if (!str_starts(column, STR("attr." VIREO_ATTR_TAG_PREFIX)))
        return add_score_field(s, column, type);
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
/* ---------------------------------------------------------------- counting */

/* Roots are told by what they have not. */
static bool may_have(const Field *f, const Snapshot *snap, size_t block)
{
    return f->kind == FIELD_ATTRIBUTE || f->kind == FIELD_ROOT ||
           snapshot_has(snap, block, f->column);
}

static bool has_values(const FacetScan *s, const Counted *c, size_t block)
{
    return s->runs.blocks[block].len && may_have(&c->count.field, s->matcher.snap, block);
}

static Status count_block(FacetScan *s, Counted *c)
{
    const size_t block = c->next++;
    Arena arena;
    const BlockView view = {s->matcher.snap, block, snapshot_block(s->matcher.snap, block).rows,
                            &arena};
    const FacetRows rows = {&s->runs.blocks[block], s->everything, &s->replaced};
    Status st;

    st = cancel_check(s->matcher.window->cancel);
    if (st)
        return st;
    if (!has_values(s, c, block))
        return ST_OK;
    arena_init(&arena, BLOCK_ARENA_LIMIT);
    st = facet_count_block(&c->count, &view, &rows);
    arena_deinit(&arena);
    return st;
}

/* The first block with values: it tells how many there are. */
static Status begin_field(void *context, size_t index)
{
    FacetScan *s = context;
    Counted *c = &s->fields[index];
    Status st = ST_OK;

    while (c->next < s->runs.len && !c->count.values.len && !st)
        st = count_block(s, c);
    return st;
}

static Status finish_field(void *context, size_t index)
{
    FacetScan *s = context;
    Counted *c = s->by_cost[index];
    Status st = ST_OK;

    while (c->next < s->runs.len && !st)
        st = count_block(s, c);
    if (!st)
        facet_count_end(&c->count);
    return st;
}

static int more_values(const void *a, const void *b)
{
    const Counted *x = *(Counted *const *)a;
    const Counted *y = *(Counted *const *)b;

    return (x->count.values.len < y->count.values.len) -
           (x->count.values.len > y->count.values.len);
}

/* Threads take fields one by one: the long ones first, so that none is left alone with one. */
static Status count_fields(FacetScan *s)
{
    Status st = engine_each(s->engine, s->len, begin_field, s);

    if (st)
        return st;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
    qsort(s->by_cost, s->len, sizeof *s->by_cost, more_values);
    return engine_each(s->engine, s->len, finish_field, s);
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

/* Leave the first `want` of the entries in front, in order.  Few of many get in. */
static void take_best(MapEntry *entries, size_t len, size_t want)
{
    const size_t kept = len < want ? len : want;

    if (kept == 0)
        return;
    qsort(entries, kept, sizeof *entries, by_count);
    for (size_t i = kept; i < len; i++) {
        const MapEntry e = entries[i];
        size_t at = kept;

        while (at && by_count(&e, &entries[at - 1]) < 0)
            at--;
        if (at == kept)
            continue;
        memmove(entries + at + 1, entries + at, (kept - at - 1) * sizeof e);
        entries[at] = e;
    }
}

static Status make_facet(FacetScan *s, Counted *c, Facet *out)
{
    MapEntry *entries = c->count.values.entries;
    const size_t len = c->count.values.len < s->top ? c->count.values.len : s->top;
    Facet f = {
        .field = c->name, .values = arena_calloc(s->arena, len + 1, sizeof *f.values), .len = len};
    Status st = f.values ? ST_OK : ST_NOMEM;

    take_best(entries, c->count.values.len, len);
    for (size_t i = 0; i < len && !st; i++) {
        f.values[i].count = entries[i].value;
        st = arena_copy(s->arena, entries[i].key, &f.values[i].value);
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

        if (s->fields[i].count.values.len || s->asked)
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
    Status st;

    s->everything =
        s->matcher.query->formula.len == 0 && w->from_ns == INT64_MIN && w->to_ns == INT64_MAX;
    st = s->everything ? ST_OK : matcher_all(&s->matcher);
    if (!st)
        st = trace_runs_make(&s->matcher, s->everything, &s->runs);
    if (!st)
        st = doubles_of_scores(s->matcher.snap, s->engine, w->cancel, s->arena, &s->replaced);
    if (!st)
        st = count_fields(s);
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
    matcher_init(&s->matcher, snap, q, w, engine, MATCH_EVERY);
    st = choose_fields(s, wish);
    if (!st)
        st = scan(s, out);
    for (size_t i = 0; i < s->len; i++)
        facet_count_deinit(&s->fields[i].count);
    trace_runs_free(&s->runs);
    matcher_deinit(&s->matcher);
    return st;
}
