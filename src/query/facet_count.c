/* SPDX-License-Identifier: Apache-2.0 */
/* See facet_count.h.  A value counts once for a trace whatever the number of its spans and wherever
 * they are. */
#include "query/facet_count.h"

#include "query/bit_counts.h"
#include "query/key_codes.h"
#include "query/score_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_DISTINCT = 100000,
    VALUE_ROOM = 48,
    FIELD_MEMORY = 256 << 20,
    FIRST_PAIRS = 1 << 16,
    MAX_PAIRS = 1 << 26,
    MAX_TAKEN_BACK = 256 /* rows of a block; more are better counted with all others */
};

void facet_count_init(FacetCount *c, const Field *field)
{
    *c = (FacetCount){.field = *field};
    if (field->kind == FIELD_MODEL)
        c->field = (Field){.kind = FIELD_TEXT, .column = field->column};
    arena_init(&c->arena, FIELD_MEMORY);
    map_init(&c->values, MAX_DISTINCT);
}

void facet_count_deinit(FacetCount *c)
{
    map_deinit(&c->values);
    VEC_FREE(&c->pairs);
    arena_deinit(&c->arena);
}

/* ------------------------------------------------------------------ values */

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
static Status find_place(FacetCount *c, Value v, size_t *place)
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
static void warm(const FacetCount *c, const KeyCodes *codes, size_t from)
{
    Str keys[MAP_WARM_KEYS];
    size_t len = 0;

    for (size_t i = from; i < codes->len && i < from + MAP_WARM_KEYS; i++)
        if (codes->values[i].kind == VALUE_STR)
            keys[len++] = codes->values[i].as.s;
    map_warm(&c->values, keys, len);
}

/* counts[i] traces more have the i-th value. */
static Status add_counts(FacetCount *c, const KeyCodes *codes, const uint32_t *counts)
{
    Status st = ST_OK;

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

static Status count_whole(FacetCount *c, const BlockView *view, const KeyCodes *codes,
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
    return st ? st : add_counts(c, codes, counts);
}

/* ----------------------------------------------------------- several runs */

static int ascending(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Leave each pair once. */
static void sort_pairs(FacetCount *c)
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

static Status add_pair(FacetCount *c, uint32_t trace, size_t place)
{
    const uint64_t pair = (uint64_t)trace << 32 | place;

    if (c->pairs.len && c->pairs.items[c->pairs.len - 1] == pair)
        return ST_OK;
    if (c->pairs.len >= FIRST_PAIRS && c->pairs.len >= 2 * c->sorted)
        sort_pairs(c);
    return VEC_PUSH(&c->pairs, pair, MAX_PAIRS);
}

static Status note_split(FacetCount *c, const KeyCodes *codes, const BlockRuns *b)
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

void facet_count_end(FacetCount *c)
{
    sort_pairs(c);
    for (size_t i = 0; i < c->pairs.len; i++)
        c->values.entries[c->pairs.items[i] & UINT32_MAX].value++;
}

/* ------------------------------------------------------------- stored counts */

/* The only column of texts that the field is in the block; false: there are several, or numbers. */
static bool only_texts(const BlockView *view, const Field *f, Str *out)
{
    Str names[ATTRIBUTE_NAMES];
    size_t count = 0;

    *out = f->column;
    if (f->kind == FIELD_TEXT)
        return true;
    if (f->kind != FIELD_ATTRIBUTE || f->score || attribute_columns(view, f, names, &count) ||
        count != 1)
        return false;
    *out = names[0];
    return true;
}

/* The rows of all split runs, and where each run's begin. */
typedef struct SplitRows {
    size_t *rows;
    size_t len;
    size_t *begin; /* one a run, and the end */
} SplitRows;

static Status list_split(const BlockRuns *b, Arena *a, SplitRows *out)
{
    size_t len = 0;

    for (size_t i = 0; i < b->split_len; i++)
        len += b->split[i].run.end - b->split[i].run.begin;
    *out = (SplitRows){arena_alloc(a, (len + 1) * sizeof *out->rows), 0,
                       arena_alloc(a, (b->split_len + 1) * sizeof *out->begin)};
    if (!out->rows || !out->begin)
        return ST_NOMEM;
    for (size_t i = 0; i < b->split_len; i++) {
        out->begin[i] = out->len;
        for (size_t row = b->split[i].run.begin; row < b->split[i].run.end; row++)
            out->rows[out->len++] = row;
    }
    out->begin[b->split_len] = out->len;
    return ST_OK;
}

/* One run less has each value of the rows [from, to) of `v`: the trace is counted for it once, at
 * the end. */
static Status take_back_run(FacetCount *c, const Vector *v, size_t from, size_t to, uint32_t trace)
{
    Status st = ST_OK;

    for (size_t row = from; row < to && !st; row++) {
        size_t place = SIZE_MAX;
        size_t before = from;

        if (vector_is_null(v, row))
            continue;
        while (before < row &&
               (vector_is_null(v, before) || !str_eq(vector_str(v, before), vector_str(v, row))))
            before++;
        if (before == row)
            st = find_place(c, (Value){.kind = VALUE_STR, .as.s = vector_str(v, row)}, &place);
        if (st || place == SIZE_MAX)
            continue;
        c->values.entries[place].value--;
        st = add_pair(c, trace, place);
    }
    return st;
}

/* What the block counted for split runs is counted by trace instead. */
static Status take_back(FacetCount *c, const BlockView *view, Str column, const BlockRuns *b)
{
    SplitRows split;
    Vector v = {0};
    Status st = list_split(b, view->arena, &split);

    if (!st)
        st = snapshot_pick(view->snap, view->block, column, split.rows, split.len, view->arena, &v);
    for (size_t i = 0; i < b->split_len && !st; i++)
        st = take_back_run(c, &v, split.begin[i], split.begin[i + 1], b->split[i].trace);
    return st;
}

/* Are there few enough rows to be taken back, and surely no scores among them? */
static bool worth_taking_back(const BlockView *view, const BlockRuns *b)
{
    size_t rows = 0;

    for (size_t i = 0; i < b->split_len && rows <= MAX_TAKEN_BACK; i++)
        rows += b->split[i].run.end - b->split[i].run.begin;
    return rows <= MAX_TAKEN_BACK &&
           (rows == 0 || snapshot_block(view->snap, view->block).scores == 0);
}

static Status add_stored(FacetCount *c, const BlockView *view, const RunCounts *stored)
{
    Value *values = arena_alloc(view->arena, (stored->len + 1) * sizeof *values);

    if (!values)
        return ST_NOMEM;
    for (size_t i = 0; i < stored->len; i++)
        values[i] = (Value){.kind = VALUE_STR, .as.s = stored->values[i]};
    return add_counts(c, &(KeyCodes){.values = values, .len = stored->len}, stored->counts);
}

/* Without reading rows, but those of split runs.  *done is false where the segment has no counts.
 */
static Status count_stored(FacetCount *c, const BlockView *view, const BlockRuns *b, bool *done)
{
    RunCounts stored = {0};
    Str column;
    Status st = ST_OK;

    *done = false;
    if (!worth_taking_back(view, b) || !only_texts(view, &c->field, &column))
        return ST_OK;
    st = snapshot_run_counts(view->snap, view->block, column, view->arena, &stored);
    if (st || !stored.values)
        return st;
    *done = true;
    st = add_stored(c, view, &stored);
    return st || !b->split_len ? st : take_back(c, view, column, b);
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

static Status hide_others(const FacetCount *c, const Doubles *replaced, const BlockView *view,
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

static Status count_view(FacetCount *c, const Doubles *replaced, const BlockView *view,
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

Status facet_count_block(FacetCount *c, const BlockView *view, const FacetRows *rows)
{
    bool done = false;
    const Status st = rows->all ? count_stored(c, view, rows->runs, &done) : ST_OK;

    return st || done ? st : count_view(c, rows->replaced, view, rows->runs);
}
