/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a field, counted over a sample.
 *
 * Blocks come newest first; looking ends with the block that passes COMPLETE_ROWS
 * or COMPLETE_NS.  Of a column with a dictionary only codes are counted, and each
 * distinct value goes into the map once. */
#include "query/complete.h"

#include "base/map.h"
#include "os/clock.h"
#include "query/print.h"
#include "query/score_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_DISTINCT = 20000,
    MAX_VALUE_BYTES = 200,
    BLOCK_MEMORY = 256 << 20,
    NUMBER_ROOM = 48,
    COUNTED_VERSIONS = 64,
    CODED_MODELS = 4096
};

typedef struct Sample {
    Map counts;
    Arena *arena; /* of the values */
    Str typed;
    bool of_scores; /* else rows of scores do not count */
} Sample;

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool holds(Str text, Str part, size_t *where)
{
    for (size_t at = 0; at + part.len <= text.len; at++) {
        size_t n = 0;

        while (n < part.len && lower(text.ptr[at + n]) == lower(part.ptr[n]))
            n++;
        if (n == part.len) {
            *where = at;
            return true;
        }
    }
    return false;
}

static Status count_text(Sample *s, Str value, uint64_t count)
{
    uint64_t known;
    size_t ignored;
    Str copy = {0};
    Status st;

    if (map_get(&s->counts, value, &known))
        return map_put(&s->counts, value, known + count);
    if (value.len == 0 || value.len > MAX_VALUE_BYTES || !holds(value, s->typed, &ignored))
        return ST_OK;
    st = arena_copy(s->arena, value, &copy);
    if (!st)
        st = map_put(&s->counts, copy, count);
    return st == ST_LIMIT ? ST_OK : st; /* past MAX_DISTINCT only known values count */
}

static Status count_codes(Sample *s, const BlockView *view, const Vector *v)
{
    uint64_t *counts = arena_calloc(view->arena, v->dict_len + 1, sizeof *counts);
    Status st = counts ? ST_OK : ST_NOMEM;

    for (size_t row = 0; row < v->len && !st; row++)
        if (!vector_is_null(v, row))
            counts[v->codes[row]]++;
    for (size_t i = 0; i < v->dict_len && !st; i++)
        if (counts[i])
            st = count_text(s, v->as.s[i], counts[i]);
    return st;
}

/* Empty: not a value that can be written. */
static Str text_of(const Vector *v, size_t row, char scratch[NUMBER_ROOM])
{
    int len = 0;

    switch (v->type) {
    case VECTOR_BOOL:
        return v->as.b[row] ? STR("true") : STR("false");
    case VECTOR_INT:
        len = snprintf(scratch, NUMBER_ROOM, "%lld", (long long)v->as.i[row]);
        return (Str){scratch, (size_t)len};
    case VECTOR_DOUBLE:
        len = snprintf(scratch, NUMBER_ROOM, "%.15g", v->as.d[row]);
        return (Str){scratch, (size_t)len};
    case VECTOR_STR:
        return vector_str(v, row);
    case VECTOR_JSON:
    case VECTOR_BYTES:
    case VECTOR_TIME:
    case VECTOR_FIXED:
        break;
    }
    return (Str){0};
}

static Status read_column(const Sample *s, const BlockView *view, Str column, Vector *out)
{
    const Status st = view_read(view, column, out);

    return st || s->of_scores ? st : score_rows_hide(view, out);
}

static Status count_column(Sample *s, const BlockView *view, Str column)
{
    char scratch[NUMBER_ROOM];
    Vector v;
    Status st = read_column(s, view, column, &v);

    if (!st && v.codes && v.type == VECTOR_STR)
        return count_codes(s, view, &v);
    for (size_t row = 0; row < v.len && !st; row++)
        if (!vector_is_null(&v, row))
            st = count_text(s, text_of(&v, row, scratch), 1);
    return st;
}

static Status count_tag(Sample *s, Str name, int64_t version, uint64_t count)
{
    char tag[MAX_VALUE_BYTES + 32];
    int len;

    if (count == 0 || version <= 0 || name.len > MAX_VALUE_BYTES)
        return ST_OK;
    len = snprintf(tag, sizeof tag, "%.*s:v%lld", STR_ARG(name), (long long)version);
    return count_text(s, (Str){tag, (size_t)len}, count);
}

/* Few models with few versions, as nearly always: a table of codes and versions. */
static Status count_known_versions(Sample *s, const BlockView *view, const Vector *model,
                                   const Vector *version)
{
    uint32_t *counts =
        arena_calloc(view->arena, model->dict_len * COUNTED_VERSIONS + 1, sizeof *counts);
    Status st = counts ? ST_OK : ST_NOMEM;

    for (size_t row = 0; row < view->rows && !st; row++) {
        const bool known = !vector_is_null(model, row) && !vector_is_null(version, row);
        const int64_t v = known ? version->as.i[row] : 0;

        if (v >= COUNTED_VERSIONS)
            st = count_tag(s, vector_str(model, row), v, 1);
        else if (v > 0)
            counts[model->codes[row] * (size_t)COUNTED_VERSIONS + (size_t)v]++;
    }
    for (size_t i = 0; i < model->dict_len && !st; i++)
        for (int v = 1; v < COUNTED_VERSIONS && !st; v++)
            st = count_tag(s, model->as.s[i], v, counts[i * COUNTED_VERSIONS + (size_t)v]);
    return st;
}

static Status count_versions(Sample *s, const BlockView *view, const Vector *model,
                             const Vector *version)
{
    Status st = ST_OK;

    for (size_t row = 0; row < view->rows && !st; row++)
        if (!vector_is_null(model, row) && !vector_is_null(version, row))
            st = count_tag(s, vector_str(model, row), version->as.i[row], 1);
    return st;
}

/* Names, and names with a version. */
static Status count_models(Sample *s, const BlockView *view)
{
    Vector model;
    Vector version;
    Status st = count_column(s, view, STR("model"));

    if (!st)
        st = read_column(s, view, STR("model"), &model);
    if (!st)
        st = view_read(view, STR("model_version"), &version);
    if (st || version.type != VECTOR_INT)
        return st;
    return model.codes && model.dict_len <= CODED_MODELS
               ? count_known_versions(s, view, &model, &version)
               : count_versions(s, view, &model, &version);
}

static Status count_attribute(Sample *s, const BlockView *view, const Field *field)
{
    static const char *const suffixes[] = {"", "#int", "#double", "#bool"};
    Status st = ST_OK;

    for (size_t i = 0; i < 2 && !st; i++) {
        for (size_t k = 0; field->attribute[i].len && k < sizeof suffixes / sizeof *suffixes && !st;
             k++) {
            Str name = {0};

            st = arena_printf(view->arena, &name, "%.*s%s", STR_ARG(field->attribute[i]),
                              suffixes[k]);
            if (!st)
                st = count_column(s, view, name);
        }
    }
    return st;
}

static Status count_block(Sample *s, const Snapshot *snap, size_t block, const Field *field)
{
    Arena arena;
    const BlockView view = {snap, block, snapshot_block(snap, block).rows, &arena};
    Status st;

    arena_init(&arena, BLOCK_MEMORY);
    if (field->kind == FIELD_MODEL)
        st = count_models(s, &view);
    else if (field->kind == FIELD_ATTRIBUTE)
        st = count_attribute(s, &view, field);
    else
        st = count_column(s, &view, field->column);
    arena_deinit(&arena);
    return st;
}

static Status count_blocks(Sample *s, const Snapshot *snap, const Field *field)
{
    const int64_t begin = clock_mono_ns();
    size_t rows = 0;
    Status st = ST_OK;

    for (size_t block = 0; block < snapshot_block_count(snap) && !st; block++) {
        st = count_block(s, snap, block, field);
        rows += snapshot_block(snap, block).rows;
        if (rows >= COMPLETE_ROWS || clock_mono_ns() - begin > COMPLETE_NS)
            break;
    }
    return st;
}

/* More spans first, then by value, so that the order is stable. */
static int by_count(const void *a, const void *b)
{
    const MapEntry *x = a;
    const MapEntry *y = b;

    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return str_cmp(x->key, y->key);
}

static Status take_best(Sample *s, size_t limit, Arena *arena, Completion *out)
{
    const size_t len = s->counts.len < limit ? s->counts.len : limit;

    out->items = arena_calloc(arena, len + 1, sizeof *out->items);
    if (!out->items)
        return ST_NOMEM;
    if (s->counts.len)
        qsort(s->counts.entries, s->counts.len, sizeof *s->counts.entries, by_count);
    for (out->len = 0; out->len < len; out->len++) {
        const MapEntry *e = &s->counts.entries[out->len];
        CompletionItem *item = &out->items[out->len];
        Status st;

        *item = (CompletionItem){.label = e->key, .count = (int64_t)e->value};
        st = print_plain_value(e->key, arena, &item->text);
        if (st)
            return st;
    }
    return ST_OK;
}

/* What nobody needs to count: the shapes of durations and times. */
static Status fixed_values(const char *const *words, Str typed, Arena *arena, Completion *out)
{
    out->items = arena_calloc(arena, 8, sizeof *out->items);
    if (!out->items)
        return ST_NOMEM;
    for (size_t i = 0; words[i]; i++) {
        const Str word = str_from(words[i]);
        size_t where;

        if (holds(word, typed, &where))
            out->items[out->len++] = (CompletionItem){.text = word, .label = word, .count = -1};
    }
    return ST_OK;
}

static const char *const *words_of(const Field *field)
{
    static const char *const durations[] = {"100ms", "500ms", "1s", "5s", "1m", NULL};
    static const char *const times[] = {"-15m", "-1h", "-24h", "-7d", "-30d", NULL};
    static const char *const truths[] = {"true", "false", NULL};
    static const char *const none[] = {NULL};

    switch (field->kind) {
    case FIELD_DURATION:
        return durations;
    case FIELD_TIME:
        return times;
    case FIELD_ROOT:
        return truths;
    case FIELD_ID:
    case FIELD_CONTAINS:
        return none;
    case FIELD_TEXT:
    case FIELD_NUMBER:
    case FIELD_MODEL:
    case FIELD_ATTRIBUTE:
        break;
    }
    return NULL;
}

Status complete_values(const Snapshot *snap, const Field *field, Str typed, size_t limit,
                       Arena *arena, Completion *out)
{
    Sample s = {.arena = arena, .typed = typed, .of_scores = field->score != SCORE_NONE};
    Status st;

    out->len = 0;
    if (words_of(field))
        return fixed_values(words_of(field), typed, arena, out);
    map_init(&s.counts, MAX_DISTINCT);
    st = count_blocks(&s, snap, field);
    if (!st)
        st = take_best(&s, limit, arena, out);
    map_deinit(&s.counts);
    return st;
}
