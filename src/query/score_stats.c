/* SPDX-License-Identifier: Apache-2.0 */
/* See score_stats.h.  The values of a score have columns of their own, which are read once a
 * block for each name that occurs in it. */
#include "query/score_stats.h"

#include "base/map.h"
#include "base/vec.h"
#include "query/aliases.h"
#include "query/buckets.h"
#include "query/key_codes.h"
#include "query/match.h"
#include "query/score_walk.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LABELS = 100000, MAX_NAMES = 1000, MAX_KNOWN_GROUPS = 1 << 16 };

typedef struct Label {
    uint32_t group;
    Str text;
    uint64_t count;
} Label;

typedef struct Range {
    double low;
    double high;
} Range;

typedef struct StatsScan {
    const Snapshot *snap;
    const ScoreWish *wish;
    const QueryWindow *window;
    Arena *arena;
    Doubles replaced;
    Buckets buckets;
    Map groups; /* key -> index */
    VEC_OF(ScoreGroup) items;
    Map names; /* of scores -> index */
    VEC_OF(Range) ranges;
    Map label_index; /* group and text -> index */
    VEC_OF(Label) labels;
    bool second; /* pass */
} StatsScan;

/* ------------------------------------------------------------------ a block */

typedef struct BlockScan {
    StatsScan *scan;
    const BlockView *view;
    ScoreCodes codes;
    KeyCodes model;
    KeyCodes status;
    Vector start;
    Vector received;
    uint32_t *groups; /* index + 1 by code of judge, name and model; NULL: those are too many */
} BlockScan;

static Status remember_groups(BlockScan *b)
{
    const uint64_t pairs = (uint64_t)b->codes.judge.len * b->codes.name.len;

    if (pairs > MAX_KNOWN_GROUPS || pairs * b->model.len > MAX_KNOWN_GROUPS)
        return ST_OK;
    b->groups = arena_calloc(b->view->arena, (size_t)pairs * b->model.len + 1, sizeof *b->groups);
    return b->groups ? ST_OK : ST_NOMEM;
}

static Status read_codes(BlockScan *b)
{
    const Field model = {.kind = FIELD_MODEL, .column = STR("model")};
    const Field status = {.kind = FIELD_TEXT, .column = STR("status")};
    Status st = score_codes_read(b->view, &b->codes);

    if (!st)
        st = key_codes_read(b->view, &model, b->scan->wish->models, &b->model);
    if (!st)
        st = key_codes_read(b->view, &status, NULL, &b->status);
    if (!st)
        st = view_read(b->view, STR("start"), &b->start);
    if (!st)
        st = view_read(b->view, STR("received"), &b->received);
    return st ? st : remember_groups(b);
}

/* ------------------------------------------------------------------- groups */

static ScoreTally empty_tally(void)
{
    return (ScoreTally){.min = (double)INFINITY, .max = -(double)INFINITY};
}

static Status new_group(StatsScan *s, const ScoreGroup *key, uint64_t *index)
{
    ScoreGroup g = *key;
    Status st = arena_copy(s->arena, key->judge, &g.judge);

    if (!st)
        st = arena_copy(s->arena, key->model, &g.model);
    if (!st)
        st = arena_copy(s->arena, key->name, &g.name);
    g.tally = empty_tally();
    if (!st && s->buckets.count) {
        g.buckets = arena_calloc(s->arena, s->buckets.count, sizeof *g.buckets);
        st = g.buckets ? ST_OK : ST_NOMEM;
    }
    for (size_t i = 0; !st && i < s->buckets.count; i++)
        g.buckets[i] = empty_tally();
    *index = s->items.len;
    if (!st)
        st = VEC_PUSH(&s->items, g, SCORE_GROUPS_MAX);
    return st;
}

static Status find_group(StatsScan *s, const ScoreGroup *key, Arena *scratch, size_t *out)
{
    Str text = {0};
    Str copy = {0};
    uint64_t index = 0;
    /* Any byte may be in a name: lengths tell where it ends. */
    Status st =
        arena_printf(scratch, &text, "%d %zu %zu %.*s%.*s%.*s", (int)key->version, key->judge.len,
                     key->name.len, STR_ARG(key->judge), STR_ARG(key->name), STR_ARG(key->model));

    if (!st && !map_get(&s->groups, text, &index)) {
        st = arena_copy(s->arena, text, &copy);
        if (!st)
            st = new_group(s, key, &index);
        if (!st)
            st = map_put(&s->groups, copy, index);
    }
    *out = (size_t)index;
    return st;
}

static Status find_range(StatsScan *s, Str name, size_t *out)
{
    Str copy = {0};
    uint64_t index = 0;
    Status st = ST_OK;

    if (!map_get(&s->names, name, &index)) {
        index = s->ranges.len;
        st = arena_copy(s->arena, name, &copy);
        if (!st)
            st = map_put(&s->names, copy, index);
        if (!st)
            st = VEC_PUSH(&s->ranges, ((Range){(double)INFINITY, -(double)INFINITY}), MAX_NAMES);
    }
    *out = (size_t)index;
    return st;
}

/* ------------------------------------------------------------- the two passes */

static void add_number(ScoreTally *t, double d)
{
    t->numbers++;
    t->sum += d;
    t->min = d < t->min ? d : t->min;
    t->max = d > t->max ? d : t->max;
}

static void add_score(ScoreTally *t, Value value, Value passed, bool error)
{
    t->count++;
    t->errors += error;
    t->passed += passed.kind == VALUE_BOOL && passed.as.b;
    t->failed += passed.kind == VALUE_BOOL && !passed.as.b;
    if (value.kind == VALUE_DOUBLE && isfinite(value.as.d))
        add_number(t, value.as.d);
    else if (value.kind == VALUE_INT)
        add_number(t, (double)value.as.i);
}

static Status count_row(const BlockScan *b, ScoreGroup *g, size_t row, Value value, Value passed)
{
    StatsScan *s = b->scan;
    const Value status = b->status.values[b->status.codes[row]];
    const bool error = status.kind == VALUE_STR && str_eq(status.as.s, STR("error"));
    size_t bucket;
    size_t range;
    Status st = find_range(s, g->name, &range);

    if (st)
        return st;
    add_score(&g->tally, value, passed, error);
    if (g->tally.numbers && g->tally.min < s->ranges.items[range].low)
        s->ranges.items[range].low = g->tally.min;
    if (g->tally.numbers && g->tally.max > s->ranges.items[range].high)
        s->ranges.items[range].high = g->tally.max;
    if (b->received.as.i[row] > g->last_ns)
        g->last_ns = b->received.as.i[row];
    if (s->buckets.count && buckets_find(&s->buckets, b->start.as.i[row], &bucket))
        add_score(&g->buckets[bucket], value, passed, error);
    return ST_OK;
}

static void add_bin(const Buckets *buckets, ScoreGroup *g, double d, int64_t start_ns)
{
    const double width = (g->high - g->low) / SCORE_BINS;
    const double at = width > 0 ? (d - g->low) / width : 0;
    const size_t bin = at < SCORE_BINS - 1 ? (size_t)at : SCORE_BINS - 1;
    size_t bucket;

    if (!g->bins || !isfinite(d))
        return;
    g->bins[bin]++;
    if (buckets_find(buckets, start_ns, &bucket))
        g->bins_at[bucket * SCORE_BINS + bin]++;
}

static Status add_label(StatsScan *s, size_t group, Str text, Arena *scratch)
{
    Str key = {0};
    Label label = {.group = (uint32_t)group, .count = 1};
    uint64_t index;
    Status st = arena_printf(scratch, &key, "%zu\n%.*s", group, STR_ARG(text));

    if (!st && map_get(&s->label_index, key, &index)) {
        s->labels.items[index].count++;
        return ST_OK;
    }
    if (st || s->labels.len == MAX_LABELS)
        return st;
    st = arena_copy(s->arena, key, &key);
    label.text = str_slice(key, key.len - text.len, key.len);
    if (!st)
        st = map_put(&s->label_index, key, s->labels.len);
    if (!st)
        st = VEC_PUSH(&s->labels, label, MAX_LABELS);
    return st;
}

static Status fill_row(const BlockScan *b, size_t group, size_t row, Value v)
{
    StatsScan *s = b->scan;

    if (v.kind == VALUE_DOUBLE)
        add_bin(&s->buckets, &s->items.items[group], v.as.d, b->start.as.i[row]);
    else if (v.kind == VALUE_INT)
        add_bin(&s->buckets, &s->items.items[group], (double)v.as.i, b->start.as.i[row]);
    else if (v.kind == VALUE_BOOL)
        return add_label(s, group, v.as.b ? STR("true") : STR("false"), b->view->arena);
    else if (v.kind == VALUE_STR)
        return add_label(s, group, v.as.s, b->view->arena);
    return ST_OK;
}

/* False: the row is of no judge that was asked for. */
static bool key_of(const BlockScan *b, size_t row, ScoreGroup *key)
{
    const ScoreWish *wish = b->scan->wish;
    const Value judge = b->codes.judge.values[b->codes.judge.codes[row]];
    const Value model = b->model.values[b->model.codes[row]];
    const Value name = b->codes.name.values[b->codes.name.codes[row]];
    int64_t version = 0;

    if (judge.kind != VALUE_STR || name.kind != VALUE_STR)
        return false;
    key->judge = alias_current(wish->judges, split_model_tag(judge.as.s, &version));
    key->version = (int32_t)version;
    key->name = name.as.s;
    key->model = model.kind == VALUE_STR ? model.as.s : (Str){0};
    return wish->judge.len == 0 || str_eq(key->judge, wish->judge);
}

/* *has is false for a row of no judge that was asked for. */
static Status group_of(const BlockScan *b, size_t row, size_t *group, bool *has)
{
    const size_t pair =
        (size_t)b->codes.judge.codes[row] * b->codes.name.len + b->codes.name.codes[row];
    uint32_t unknown = 0;
    uint32_t *index = b->groups ? &b->groups[pair * b->model.len + b->model.codes[row]] : &unknown;

    *has = true;
    if (!*index) {
        ScoreGroup key = {0};
        Status st;

        *has = key_of(b, row, &key);
        if (!*has)
            return ST_OK;
        st = find_group(b->scan, &key, b->view->arena, group);
        if (st)
            return st;
        *index = (uint32_t)*group + 1;
    }
    *group = *index - 1;
    return ST_OK;
}

static Status look_row(const BlockScan *b, size_t row)
{
    StatsScan *s = b->scan;
    size_t group = 0;
    bool has = false;
    Value value;
    Value passed;
    Status st = group_of(b, row, &group, &has);

    if (st || !has)
        return st;
    st = score_codes_at(b->view, &b->codes, row, &value, &passed);
    if (st)
        return st;
    return s->second ? fill_row(b, group, row, value)
                     : count_row(b, &s->items.items[group], row, value, passed);
}

static Status look(void *context, const BlockView *view, const uint8_t *keep)
{
    BlockScan b = {.scan = context, .view = view};
    Status st = read_codes(&b);

    for (size_t row = 0; row < view->rows && !st; row++)
        if (keep[row])
            st = look_row(&b, row);
    return st;
}

static Status pass(StatsScan *s)
{
    return score_walk(&(ScoreWalk){s->snap, s->window, &s->replaced}, look, s);
}

/* ------------------------------------------------------------------ results */

static Status prepare_bins(StatsScan *s)
{
    for (size_t i = 0; i < s->items.len; i++) {
        ScoreGroup *g = &s->items.items[i];
        size_t range;
        const Status st = find_range(s, g->name, &range);

        if (st)
            return st;
        if (!g->tally.numbers)
            continue;
        g->low = s->ranges.items[range].low;
        g->high = s->ranges.items[range].high;
        g->bins = arena_calloc(s->arena, SCORE_BINS, sizeof *g->bins);
        g->bins_at = arena_calloc(s->arena, s->buckets.count * SCORE_BINS, sizeof *g->bins_at);
        if (!g->bins || !g->bins_at)
            return ST_NOMEM;
    }
    return ST_OK;
}

static int most_of_group_first(const void *a, const void *b)
{
    const Label *x = a;
    const Label *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return str_cmp(x->text, y->text);
}

static Status hand_out_labels(StatsScan *s)
{
    if (s->labels.len)
        qsort(s->labels.items, s->labels.len, sizeof *s->labels.items, most_of_group_first);
    for (size_t i = 0; i < s->labels.len; i++) {
        const Label *l = &s->labels.items[i];
        ScoreGroup *g = &s->items.items[l->group];

        if (!g->labels)
            g->labels = arena_calloc(s->arena, SCORE_LABELS, sizeof *g->labels);
        if (!g->labels)
            return ST_NOMEM;
        if (g->label_count < SCORE_LABELS)
            g->labels[g->label_count++] = (ScoreLabel){l->text, l->count};
    }
    return ST_OK;
}

static int by_judge(const void *a, const void *b)
{
    const ScoreGroup *x = a;
    const ScoreGroup *y = b;
    int c = str_cmp(x->judge, y->judge);

    if (!c)
        c = (x->version > y->version) - (x->version < y->version);
    if (!c)
        c = str_cmp(x->name, y->name);
    return c ? c : str_cmp(x->model, y->model);
}

static Status finish(StatsScan *s, ScoreStats *out)
{
    ScoreStats stats = {.items = arena_calloc(s->arena, s->items.len + 1, sizeof *stats.items),
                        .len = s->items.len,
                        .from_ns = s->buckets.from_ns,
                        .bucket_ns = s->buckets.step_ns,
                        .bucket_count = s->buckets.count};

    if (!stats.items)
        return ST_NOMEM;
    if (stats.len) {
        memcpy(stats.items, s->items.items, stats.len * sizeof *stats.items);
        qsort(stats.items, stats.len, sizeof *stats.items, by_judge);
    }
    *out = stats;
    return ST_OK;
}

static Status run(StatsScan *s, QueryEngine *engine, ScoreStats *out)
{
    Status st = doubles_of_scores(s->snap, engine, s->window->cancel, s->arena, &s->replaced);

    if (!st)
        st = pass(s);
    if (!st && s->wish->buckets) {
        s->second = true;
        st = prepare_bins(s);
        if (!st)
            st = pass(s);
        if (!st)
            st = hand_out_labels(s);
    }
    return st ? st : finish(s, out);
}

Status query_score_stats(const Snapshot *snap, const ScoreWish *wish, const QueryWindow *w,
                         QueryEngine *engine, Arena *arena, ScoreStats *out)
{
    StatsScan s = {.snap = snap, .wish = wish, .window = w, .arena = arena};
    Status st;

    if (wish->buckets)
        s.buckets = buckets_for(snap, w, wish->buckets);
    map_init(&s.groups, SCORE_GROUPS_MAX);
    map_init(&s.names, MAX_NAMES);
    map_init(&s.label_index, MAX_LABELS);
    st = run(&s, engine, out);
    map_deinit(&s.groups);
    map_deinit(&s.names);
    map_deinit(&s.label_index);
    VEC_FREE(&s.items);
    VEC_FREE(&s.ranges);
    VEC_FREE(&s.labels);
    return st;
}
