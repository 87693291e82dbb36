/* SPDX-License-Identifier: Apache-2.0 */
/* query_facets: first which rows are of which matching trace (trace_runs.h), then field by field.
 *
 *   fields (in parallel) -> block by block: codes of the values
 *     few codes: a run of rows becomes a word of one bit a code (bit_counts.h)
 *     many: a code's stamp is the last run that it was counted for
 *     traces with several runs: (trace, value) pairs, each counted once at the end
 *
 * so that a value counts once for a trace whatever the number of its spans and
 * wherever they are. */
#include "query/facets.h"

#include "base/map.h"
#include "base/vec.h"
#include "model/score.h"
#include "query/bit_counts.h"
#include "query/key_codes.h"
#include "query/score_rows.h"
#include "query/trace_runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_DISTINCT = 100000,
    VALUE_ROOM = 48,
    FIELD_MEMORY = 256 << 20,
    FIRST_PAIRS = 1 << 16,
    MAX_PAIRS = 1 << 26
};

typedef struct Counted {
    Field field;
    Str name;
    size_t next;            /* block */
    Arena arena;            /* of the texts in `values`; a field is one thread's */
    Map values;             /* value -> traces; its place is the index of its entry */
    VEC_OF(uint64_t) pairs; /* trace << 32 | place, of traces with several runs */
    size_t sorted;          /* pairs before it are in order, each once */
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
    bool asked; /* the caller named the fields */
} FacetScan;

/* ------------------------------------------------------------------ fields */

static void add_field(FacetScan *s, Str name, const Field *field)
{
    Counted *c = &s->fields[s->len];

    s->by_cost[s->len++] = c;
    *c = (Counted){.field = *field, .name = name};
    if (field->kind == FIELD_MODEL) /* by name, whatever the version */
        c->field = (Field){.kind = FIELD_TEXT, .column = field->column};
    arena_init(&c->arena, FIELD_MEMORY);
    map_init(&c->values, MAX_DISTINCT);
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

/* Past MAX_DISTINCT only known values count: *place stays SIZE_MAX. */
static Status find_place(Counted *c, Value v, size_t *place)
{
    char room[VALUE_ROOM];
    const Str text = text_of(v, room);
    Str copy = {0};
    Status st;

    if (map_find(&c->values, text, place) || c->values.len == MAX_DISTINCT)
        return ST_OK;
    st = arena_copy(&c->arena, text, &copy);
    if (!st)
        st = map_put(&c->values, copy, 0);
    if (!st)
        *place = c->values.len - 1;
    return st;
}

static void count_few(const KeyCodes *codes, const BlockRuns *b, uint32_t *counts)
{
    BitCounts bits = {.counts = counts, .len = codes->len};

    for (size_t i = 0; i < b->len; i++) {
        uint64_t seen = 0;

        for (size_t at = b->runs[i].begin; at < b->runs[i].end; at++)
            seen |= UINT64_C(1) << codes->codes[b->order ? b->order[at] : at];
        bit_counts_add(&bits, seen);
    }
    bit_counts_finish(&bits);
}

static Status count_many(const KeyCodes *codes, const BlockRuns *b, Arena *arena, uint32_t *counts)
{
    uint32_t *stamps = arena_calloc(arena, codes->len, sizeof *stamps);

    if (!stamps)
        return ST_NOMEM;
    for (size_t i = 0; i < b->len; i++) {
        const uint32_t stamp = (uint32_t)i + 1;
        uint32_t last = UINT32_MAX;

        for (size_t at = b->runs[i].begin; at < b->runs[i].end; at++) {
            const uint32_t code = codes->codes[b->order ? b->order[at] : at];

            if (code == last)
                continue;
            counts[code] += stamps[code] != stamp;
            stamps[code] = stamp;
            last = code;
        }
    }
    return ST_OK;
}

/* Have the memory fetched that the next values will be looked up in: of a field with many, each
 * would be a wait of its own. */
static void warm(const Counted *c, const KeyCodes *codes, size_t from)
{
    Str keys[MAP_WARM_KEYS];
    size_t len = 0;

    for (size_t i = from; i < codes->len && i < from + MAP_WARM_KEYS; i++)
        if (codes->values[i].kind == VALUE_STR)
            keys[len++] = codes->values[i].as.s;
    map_warm(&c->values, keys, len);
}

static Status count_whole(Counted *c, const BlockView *view, const KeyCodes *codes,
                          const BlockRuns *b)
{
    const bool few = codes->len <= BIT_COUNTS;
    uint32_t *counts = arena_calloc(view->arena, codes->len, sizeof *counts);
    Status st = ST_OK;

    if (!counts)
        return ST_NOMEM;
    if (few)
        count_few(codes, b, counts);
    else
        st = count_many(codes, b, view->arena, counts);
    for (size_t i = 0; i < codes->len && !st; i++) {
        size_t place = SIZE_MAX;

        if (i % MAP_WARM_KEYS == 0)
            warm(c, codes, i);
        if (counts[i] && codes->values[i].kind != VALUE_NONE)
            st = find_place(c, codes->values[i], &place);
        if (place != SIZE_MAX)
            c->values.entries[place].value += counts[i];
    }
    return st;
}

/* ----------------------------------------------------------- several runs */

static int ascending(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Leave each pair once. */
static void sort_pairs(Counted *c)
{
    size_t len = 0;

    if (c->pairs.len)
        qsort(c->pairs.items, c->pairs.len, sizeof *c->pairs.items, ascending);
    for (size_t i = 0; i < c->pairs.len; i++)
        if (!i || c->pairs.items[i] != c->pairs.items[len - 1])
            c->pairs.items[len++] = c->pairs.items[i];
    c->pairs.len = len;
    c->sorted = len;
}

static Status add_pair(Counted *c, uint32_t trace, size_t place)
{
    const uint64_t pair = (uint64_t)trace << 32 | place;

    if (c->pairs.len && c->pairs.items[c->pairs.len - 1] == pair)
        return ST_OK;
    if (c->pairs.len >= FIRST_PAIRS && c->pairs.len >= 2 * c->sorted)
        sort_pairs(c);
    return VEC_PUSH(&c->pairs, pair, MAX_PAIRS);
}

static Status note_split(Counted *c, const KeyCodes *codes, const BlockRuns *b)
{
    for (size_t i = 0; i < b->split_len; i++) {
        const SplitRun *s = &b->split[i];
        uint32_t last = UINT32_MAX;

        for (size_t at = s->run.begin; at < s->run.end; at++) {
            const uint32_t code = codes->codes[b->order ? b->order[at] : at];
            size_t place = SIZE_MAX;
            Status st = ST_OK;

            if (code != last && codes->values[code].kind != VALUE_NONE)
                st = find_place(c, codes->values[code], &place);
            if (!st && place != SIZE_MAX)
                st = add_pair(c, s->trace, place);
            if (st)
                return st;
            last = code;
        }
    }
    return ST_OK;
}

static void count_split(Counted *c)
{
    sort_pairs(c);
    for (size_t i = 0; i < c->pairs.len; i++)
        c->values.entries[c->pairs.items[i] & UINT32_MAX].value++;
}

/* ------------------------------------------------------------------ a field */

/* Values of different kinds may be the same text: a number and its digits. */
static bool may_repeat(const KeyCodes *codes)
{
    ValueKind first = VALUE_NONE;

    for (size_t i = 0; i < codes->len; i++) {
        const ValueKind kind = codes->values[i].kind;

        if (kind == VALUE_DOUBLE || (first != VALUE_NONE && kind != VALUE_NONE && kind != first))
            return true;
        first = kind == VALUE_NONE ? first : kind;
    }
    return false;
}

/* Give values of one text the code of the first. */
static Status unite_codes(const BlockView *view, KeyCodes *codes)
{
    uint32_t *firsts = arena_alloc(view->arena, (codes->len + 1) * sizeof *firsts);
    uint32_t *united = arena_alloc(view->arena, (view->rows + 1) * sizeof *united);
    Status st = firsts && united ? ST_OK : ST_NOMEM;
    Map seen;

    map_init(&seen, codes->len + 1);
    for (size_t i = 0; i < codes->len && !st; i++) {
        char room[VALUE_ROOM];
        uint64_t *first = NULL;
        bool added;
        Str text = {0};

        firsts[i] = (uint32_t)i;
        if (codes->values[i].kind == VALUE_NONE)
            continue;
        st = arena_copy(view->arena, text_of(codes->values[i], room), &text);
        if (!st)
            st = map_entry(&seen, text, i, &first, &added);
        if (!st)
            firsts[i] = (uint32_t)*first;
    }
    for (size_t row = 0; row < view->rows && !st; row++)
        united[row] = firsts[codes->codes[row]];
    map_deinit(&seen);
    if (!st)
        codes->codes = united;
    return st;
}

/* Rows that do not count get a code without a value: those of scores, and of scores the replaced
 * ones. */
static Status hide_rows(const BlockView *view, const uint8_t *hidden, KeyCodes *codes)
{
    uint32_t *shown = arena_alloc(view->arena, (view->rows + 1) * sizeof *shown);
    Value *values = arena_calloc(view->arena, codes->len + 1, sizeof *values);

    if (!shown || !values)
        return ST_NOMEM;
    for (size_t row = 0; row < view->rows; row++)
        shown[row] = hidden[row] ? (uint32_t)codes->len : codes->codes[row];
    memcpy(values, codes->values, codes->len * sizeof *values);
    values[codes->len].kind = VALUE_NONE;
    *codes = (KeyCodes){shown, codes->len + 1, values};
    return ST_OK;
}

static Status hide_others(const Counted *c, const Doubles *replaced, const BlockView *view,
                          KeyCodes *codes)
{
    uint8_t *hidden = NULL;
    Status st = score_rows(view, &hidden);

    if (st || !hidden)
        return st;
    if (c->field.score) {
        memset(hidden, 1, view->rows);
        doubles_drop(replaced, view->block, hidden);
        for (size_t row = 0; row < view->rows; row++)
            hidden[row] ^= 1;
    }
    return hide_rows(view, hidden, codes);
}

static Status count_view(Counted *c, const Doubles *replaced, const BlockView *view,
                         const BlockRuns *b)
{
    KeyCodes codes = {0};
    Status st = key_codes_read(view, &c->field, NULL, &codes);

    if (!st)
        st = hide_others(c, replaced, view, &codes);
    if (!st && may_repeat(&codes))
        st = unite_codes(view, &codes);
    if (!st)
        st = count_whole(c, view, &codes, b);
    return st ? st : note_split(c, &codes, b);
}

static bool may_have(const Field *f, const Snapshot *snap, size_t block)
{
    return f->kind == FIELD_ATTRIBUTE || snapshot_has(snap, block, f->column);
}

static bool has_values(const FacetScan *s, const Counted *c, size_t block)
{
    return s->runs.blocks[block].len && may_have(&c->field, s->matcher.snap, block);
}

static Status count_block(FacetScan *s, Counted *c)
{
    const size_t block = c->next++;
    Arena arena;
    const BlockView view = {s->matcher.snap, block, snapshot_block(s->matcher.snap, block).rows,
                            &arena};
    Status st;

    st = cancel_check(s->matcher.window->cancel);
    if (st)
        return st;
    if (!has_values(s, c, block))
        return ST_OK;
    arena_init(&arena, BLOCK_ARENA_LIMIT);
    st = count_view(c, &s->replaced, &view, &s->runs.blocks[block]);
    arena_deinit(&arena);
    return st;
}

/* The first block with values: it tells how many there are. */
static Status begin_field(void *context, size_t index)
{
    FacetScan *s = context;
    Counted *c = &s->fields[index];
    Status st = ST_OK;

    while (c->next < s->runs.len && !c->values.len && !st)
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
        count_split(c);
    return st;
}

static int more_values(const void *a, const void *b)
{
    const Counted *x = *(Counted *const *)a;
    const Counted *y = *(Counted *const *)b;

    return (x->values.len < y->values.len) - (x->values.len > y->values.len);
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
    MapEntry *entries = c->values.entries;
    const size_t len = c->values.len < s->top ? c->values.len : s->top;
    Facet f = {
        .field = c->name, .values = arena_calloc(s->arena, len + 1, sizeof *f.values), .len = len};
    Status st = f.values ? ST_OK : ST_NOMEM;

    take_best(entries, c->values.len, len);
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

        if (s->fields[i].values.len || s->asked)
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
    const bool everything =
        s->matcher.query->formula.len == 0 && w->from_ns == INT64_MIN && w->to_ns == INT64_MAX;
    Status st = everything ? ST_OK : matcher_all(&s->matcher);

    if (!st)
        st = trace_runs_make(&s->matcher, everything, &s->runs);
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
    for (size_t i = 0; i < s->len; i++) {
        map_deinit(&s->fields[i].values);
        VEC_FREE(&s->fields[i].pairs);
        arena_deinit(&s->fields[i].arena);
    }
    trace_runs_free(&s->runs);
    matcher_deinit(&s->matcher);
    return st;
}
