/* SPDX-License-Identifier: Apache-2.0 */
/* query_run_stats: how often models ran, failed, and how long they took.
 *
 * A run is a span with a model.  One pass over five columns; a group for each
 * (model, version), and the model's total is its group with version 0. */
#include "query/aliases.h"
#include "query/buckets.h"
#include "query/match.h"
#include "query/score_rows.h"

#include "base/vec.h"
#include "stats/sketch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GROUPS = 10000 };

typedef struct Group {
    RunStats stats;
    Sketch latency;
    Sketch *by_bucket;
} Group;

typedef struct RunScan {
    const Snapshot *snap;
    const QueryWindow *window;
    Str only; /* empty: all models */
    const ModelAliases *aliases;
    Buckets buckets;
    Arena *arena;
    VEC_OF(Group) groups;
} RunScan;

static Status new_group(RunScan *s, Str model, int32_t version, size_t *out)
{
    Group g = {.stats = {.version = version, .first_ns = INT64_MAX, .last_ns = INT64_MIN}};
    Status st = arena_copy(s->arena, model, &g.stats.model);

    if (st)
        return st;
    g.stats.bucket_runs = arena_calloc(s->arena, s->buckets.count, sizeof *g.stats.bucket_runs);
    g.stats.bucket_errors = arena_calloc(s->arena, s->buckets.count, sizeof *g.stats.bucket_errors);
    g.stats.bucket_p50_ns = arena_calloc(s->arena, s->buckets.count, sizeof *g.stats.bucket_p50_ns);
    g.by_bucket = arena_calloc(s->arena, s->buckets.count, sizeof *g.by_bucket);
    if (!g.stats.bucket_runs || !g.stats.bucket_errors || !g.stats.bucket_p50_ns || !g.by_bucket)
        return ST_NOMEM;
    st = VEC_PUSH(&s->groups, g, MAX_GROUPS);
    if (!st)
        *out = s->groups.len - 1;
    return st;
}

/* Groups are few (versions of models); the caller remembers the last one. */
static Status find_group(RunScan *s, Str model, int32_t version, size_t *out)
{
    for (size_t i = 0; i < s->groups.len; i++) {
        if (s->groups.items[i].stats.version == version &&
            str_eq(s->groups.items[i].stats.model, model)) {
            *out = i;
            return ST_OK;
        }
    }
    return new_group(s, model, version, out);
}

static Status add_run(RunScan *s, Group *g, int64_t start_ns, int64_t duration_ns, bool error)
{
    RunStats *stats = &g->stats;
    size_t bucket;
    Status st;

    stats->runs++;
    stats->errors += error;
    stats->first_ns = start_ns < stats->first_ns ? start_ns : stats->first_ns;
    stats->last_ns = start_ns > stats->last_ns ? start_ns : stats->last_ns;
    st = sketch_add(&g->latency, (double)duration_ns);
    if (st || !buckets_find(&s->buckets, start_ns, &bucket))
        return st;
    stats->bucket_runs[bucket]++;
    stats->bucket_errors[bucket] += error;
    return sketch_add(&g->by_bucket[bucket], (double)duration_ns);
}

typedef struct RunColumns {
    Vector model;
    Vector version;
    Vector start;
    Vector duration;
    Vector status;
} RunColumns;

static Status read_columns(const BlockView *view, RunColumns *c)
{
    Status st = view_read(view, STR("model_version"), &c->version);

    if (!st)
        st = view_read(view, STR("start"), &c->start);
    if (!st)
        st = view_read(view, STR("duration"), &c->duration);
    if (!st)
        st = view_read(view, STR("status"), &c->status);
    return st;
}

static bool is_run(const RunScan *s, const RunColumns *c, size_t row)
{
    if (vector_is_null(&c->model, row) || c->start.as.i[row] < s->window->from_ns ||
        c->start.as.i[row] >= s->window->to_ns)
        return false;
    return s->only.len == 0 ||
           str_eq(alias_current(s->aliases, vector_str(&c->model, row)), s->only);
}

static int32_t version_at(const Vector *v, size_t row)
{
    return v->type != VECTOR_INT || vector_is_null(v, row) ? 0 : (int32_t)v->as.i[row];
}

static Status count_row(RunScan *s, const RunColumns *c, size_t row, size_t *total, size_t *group)
{
    const Str model = alias_current(s->aliases, vector_str(&c->model, row));
    const int32_t version = version_at(&c->version, row);
    const bool error = str_eq(vector_str(&c->status, row), STR("error"));
    Status st = ST_OK;

    if (*total >= s->groups.len || !str_eq(s->groups.items[*total].stats.model, model))
        st = find_group(s, model, 0, total);
    if (!st && (*group >= s->groups.len || s->groups.items[*group].stats.version != version ||
                !str_eq(s->groups.items[*group].stats.model, model)))
        st = find_group(s, model, version, group);
    if (!st)
        st = add_run(s, &s->groups.items[*total], c->start.as.i[row], c->duration.as.i[row], error);
    if (!st && version != 0)
        st = add_run(s, &s->groups.items[*group], c->start.as.i[row], c->duration.as.i[row], error);
    return st;
}

static Status scan_view(RunScan *s, const BlockView *view)
{
    RunColumns c;
    size_t total = SIZE_MAX;
    size_t group = SIZE_MAX;
    Status st = view_read(view, STR("model"), &c.model);

    if (!st)
        st = score_rows_hide(view, &c.model); /* a score has the model that it judges */
    if (!st)
        st = read_columns(view, &c);
    for (size_t row = 0; row < view->rows && !st; row++)
        if (is_run(s, &c, row))
            st = count_row(s, &c, row, &total, &group);
    return st;
}

static bool may_have_model(const RunScan *s, size_t block)
{
    const Str column = STR("model");

    if (s->only.len == 0 || snapshot_may_contain(s->snap, block, column, s->only))
        return true;
    for (size_t i = 0; s->aliases && i < s->aliases->len; i++)
        if (str_eq(s->aliases->items[i].current, s->only) &&
            snapshot_may_contain(s->snap, block, column, s->aliases->items[i].former))
            return true;
    return false;
}

static Status scan_block(RunScan *s, size_t block)
{
    Arena arena;
    const BlockInfo info = snapshot_block(s->snap, block);
    BlockView view = {s->snap, block, info.rows, &arena};
    Status st;

    if (info.max_time_ns < s->window->from_ns || info.min_time_ns >= s->window->to_ns ||
        !may_have_model(s, block))
        return ST_OK;
    st = cancel_check(s->window->cancel);
    if (st)
        return st;
    arena_init(&arena, BLOCK_ARENA_LIMIT);
    st = scan_view(s, &view);
    arena_deinit(&arena);
    return st;
}

static int by_model_version(const void *a, const void *b)
{
    const RunStats *x = a;
    const RunStats *y = b;
    const int c = str_cmp(x->model, y->model);

    return c ? c : (x->version > y->version) - (x->version < y->version);
}

/* -1: no value. */
static int64_t quantile_ns(const Sketch *s, double q)
{
    return s->total ? (int64_t)llround(sketch_quantile(s, q)) : -1;
}

static Status make_list(RunScan *s, RunStatsList *out)
{
    RunStatsList list = {.items = arena_calloc(s->arena, s->groups.len + 1, sizeof *list.items),
                         .len = s->groups.len,
                         .from_ns = s->buckets.from_ns,
                         .bucket_ns = s->buckets.step_ns,
                         .bucket_count = s->buckets.count};

    if (!list.items)
        return ST_NOMEM;
    for (size_t i = 0; i < list.len; i++) {
        Group *g = &s->groups.items[i];

        g->stats.p50_ns = quantile_ns(&g->latency, 0.50);
        g->stats.p95_ns = quantile_ns(&g->latency, 0.95);
        g->stats.p99_ns = quantile_ns(&g->latency, 0.99);
        for (size_t k = 0; k < s->buckets.count; k++)
            g->stats.bucket_p50_ns[k] = quantile_ns(&g->by_bucket[k], 0.50);
        list.items[i] = g->stats;
    }
    qsort(list.items, list.len, sizeof *list.items, by_model_version);
    *out = list;
    return ST_OK;
}

static void free_groups(RunScan *s)
{
    for (size_t i = 0; i < s->groups.len; i++) {
        sketch_deinit(&s->groups.items[i].latency);
        for (size_t k = 0; k < s->buckets.count; k++)
            sketch_deinit(&s->groups.items[i].by_bucket[k]);
    }
    VEC_FREE(&s->groups);
}

Status query_run_stats(const Snapshot *snap, Str model, const ModelAliases *aliases,
                       const QueryWindow *w, size_t buckets, Arena *arena, RunStatsList *out)
{
    RunScan s = {.snap = snap,
                 .aliases = aliases,
                 .window = w,
                 .only = model,
                 .buckets = buckets_for(snap, w, buckets),
                 .arena = arena};
    Status st = ST_OK;

    for (size_t block = 0; block < snapshot_block_count(snap) && !st; block++)
        st = scan_block(&s, block);
    if (!st)
        st = make_list(&s, out);
    free_groups(&s);
    return st;
}
