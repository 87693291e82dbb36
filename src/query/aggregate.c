/* SPDX-License-Identifier: Apache-2.0 */
/* query_aggregate: blocks in parallel, tables merged in order, then the answer.
 *
 *   blocks in the window --aggregate_scan (several threads, or the cache)--> tables
 *     --merge in the order of the blocks--> one table --largest groups, other--> answer
 *
 * While the table of groups by buckets stays small, one pass suffices.  When it does
 * not (ST_LIMIT), a first pass without time finds the largest groups and a second
 * one counts only those over time.
 *
 * of=traces finds the matching traces first; their root rows are then what counts.  Of a field
 * of scores, rows of scores count (score_scan.h). */
#include "query/aggregate_scan.h"

#include "base/alloc.h"
#include "os/thread.h"
#include "query/score_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Part {
    size_t block;
    GroupTable *table;
    bool cached; /* belongs to the engine */
    PartKey key;
} Part;

/* Rows of block b are rows[begin[b]] .. rows[begin[b + 1] - 1]. */
typedef struct RootRows {
    uint32_t *rows;
    size_t *begin;
} RootRows;

typedef struct Work {
    const Snapshot *snap;
    const QueryWindow *window;
    const AggregatePlan *plan;
    QueryEngine *engine;
    Matcher matcher;
    RootRows roots;   /* of=traces */
    ScoreScan scores; /* of a field of scores */
    Doubles doubles;
    AggregateScan scan;
    Str identity; /* empty: nothing is kept */
    Part *parts;
    size_t len;
    Mutex lock; /* for all below */
    size_t merged;
    bool *done;
    GroupTable *total;
    size_t found; /* parts that were in the cache */
    uint64_t scanned;
} Work;

/* ------------------------------------------------------------ rows of traces */

static Status choose_roots(const void *context, const BlockView *view, uint8_t *keep)
{
    const RootRows *roots = context;

    memset(keep, 0, view->rows);
    for (size_t i = roots->begin[view->block]; i < roots->begin[view->block + 1]; i++)
        keep[roots->rows[i]] = 1;
    return ST_OK;
}

/* Sorted by block, by counting. */
static Status find_roots(const Matcher *m, Arena *arena, RootRows *out)
{
    const size_t blocks = snapshot_block_count(m->snap);
    const TraceTable *t = &m->table;
    size_t *end;

    out->rows = arena_alloc(arena, (t->len + 1) * sizeof *out->rows);
    out->begin = arena_calloc(arena, blocks + 2, sizeof *out->begin);
    if (!out->rows || !out->begin)
        return ST_NOMEM;
    end = out->begin + 1; /* while counting, one ahead of where it begins */
    for (size_t i = 0; i < t->len; i++)
        if (matcher_accepts(m, &t->items[i]))
            end[t->items[i].status_block + 1]++;
    for (size_t b = 1; b <= blocks; b++)
        end[b] += end[b - 1];
    for (size_t i = 0; i < t->len; i++)
        if (matcher_accepts(m, &t->items[i]))
            out->rows[end[t->items[i].status_block]++] = t->items[i].status_row;
    return ST_OK;
}

/* ------------------------------------------------------------------- parts */

static void free_table(void *table)
{
    group_table_free(table);
}

static size_t table_bytes(const GroupTable *t)
{
    size_t bytes = sizeof *t + arena_footprint(&t->arena) +
                   t->cap * t->buckets * (sizeof *t->cells + t->field_count * sizeof *t->fields);

    for (size_t i = 0; i < t->len * t->buckets * t->field_count; i++) {
        if (t->fields[i].sketch)
            bytes += sizeof(Sketch) + sketch_bytes(t->fields[i].sketch);
        if (t->fields[i].distinct)
            bytes += sizeof(Distinct) + distinct_bytes(t->fields[i].distinct);
    }
    return bytes;
}

static Status make_part(const Work *w, Part *p, bool *found)
{
    const uint64_t block_key = snapshot_block(w->snap, p->block).cache_key;
    const bool keep = w->identity.len && block_key && block_inside(&w->matcher, p->block) &&
                      !doubles_has(&w->doubles, p->block);
    Status st;

    if (keep) {
        p->key = part_key(block_key, w->identity);
        p->table = engine_take(w->engine, &p->key);
        *found = p->table != NULL;
        p->cached = *found;
        if (*found)
            return ST_OK;
    }
    st = aggregate_scan(&w->scan, p->block, &p->table);
    if (!st && keep)
        p->cached = engine_put(w->engine, &p->key, p->table, table_bytes(p->table), free_table);
    return st;
}

static void drop_part(const Work *w, Part *p)
{
    if (p->cached)
        engine_give(w->engine, &p->key, p->table);
    else
        group_table_free(p->table);
    p->table = NULL;
}

/* Merge what is ready, in order.  Under the lock. */
static Status merge_ready(Work *w)
{
    Status st = ST_OK;

    for (; w->merged < w->len && w->done[w->merged] && !st; w->merged++) {
        Part *p = &w->parts[w->merged];

        st = group_table_merge(w->total, p->table);
        drop_part(w, p);
    }
    return st;
}

static Status do_part(void *context, size_t index)
{
    Work *w = context;
    bool found = false;
    Status st = make_part(w, &w->parts[index], &found);

    if (st)
        return st;
    mutex_lock(&w->lock);
    w->found += found;
    w->done[index] = true;
    st = merge_ready(w);
    mutex_unlock(&w->lock);
    return st;
}

/* The root of a trace may start after the window. */
static bool has_rows(const Work *w, size_t block)
{
    if (plan_of_scores(w->plan))
        return snapshot_block(w->snap, block).scores && matcher_reaches(&w->matcher, block);
    if (w->plan->of_traces)
        return w->roots.begin[block + 1] > w->roots.begin[block];
    return block_overlaps(&w->matcher, block);
}

static Status list_parts(Work *w, Arena *arena)
{
    const size_t blocks = snapshot_block_count(w->snap);

    w->parts = arena_calloc(arena, blocks + 1, sizeof *w->parts);
    w->done = arena_calloc(arena, blocks + 1, sizeof *w->done);
    if (!w->parts || !w->done)
        return ST_NOMEM;
    for (size_t i = 0; i < blocks; i++) {
        const BlockInfo info = snapshot_block(w->snap, i);

        if (!has_rows(w, i))
            continue;
        w->parts[w->len++].block = i;
        w->scanned += info.rows;
    }
    return ST_OK;
}

/* All blocks, merged into a new table with these buckets. */
static Status run(Work *w, const Buckets *buckets, const GroupTable *only, GroupTable **out)
{
    const size_t count = buckets->count ? buckets->count : 1;
    const int64_t first = buckets->count ? floor_div(buckets->from_ns, buckets->step_ns) : 0;
    Status st = group_table_new(w->plan, count, first, only, &w->total);

    if (st)
        return st;
    w->scan.buckets = *buckets;
    w->scan.only = only;
    w->merged = 0;
    w->found = 0;
    memset(w->done, 0, w->len * sizeof *w->done);
    cancel_expect(w->scan.matcher->window->cancel, w->len);
    st = engine_each(w->engine, w->len, do_part, w);
    for (size_t i = 0; i < w->len; i++)
        if (w->parts[i].table)
            drop_part(w, &w->parts[i]);
    if (st) {
        group_table_free(w->total);
        return st;
    }
    *out = w->total;
    return ST_OK;
}

/* ----------------------------------------------------------------- results */

typedef struct Finish {
    const AggregatePlan *plan;
    const Buckets *buckets;
    Arena *arena;
    double seconds; /* of the window */
} Finish;

static double field_value(const Measure *m, const FieldCell *c)
{
    if (m->kind == MEASURE_DISTINCT)
        return c->distinct ? distinct_count(c->distinct) : 0;
    if (c->n == 0)
        return NAN;
    switch (m->kind) {
    case MEASURE_SUM:
        return c->sum;
    case MEASURE_MEAN:
        return c->sum / (double)c->n;
    case MEASURE_MIN:
        return c->min;
    case MEASURE_MAX:
        return c->max;
    default:
        return fmin(fmax(sketch_quantile(c->sketch, m->quantile), c->min), c->max);
    }
}

static double measure_value(const Measure *m, const GroupTable *t, size_t cell, double seconds)
{
    const AggregateCell *c = &t->cells[cell];

    switch (m->kind) {
    case MEASURE_COUNT:
        return (double)c->count;
    case MEASURE_RATE:
        return seconds > 0 ? (double)c->count / seconds : NAN;
    case MEASURE_ERRORS:
        return (double)c->errors;
    case MEASURE_ERROR_RATE:
        return c->count ? (double)c->errors / (double)c->count : NAN;
    default:
        return field_value(m, &t->fields[cell * t->field_count + m->field]);
    }
}

static Status make_values(const Finish *f, const GroupTable *t, size_t group, double **out)
{
    double *values = arena_calloc(f->arena, f->plan->measure_count, sizeof *values);

    if (!values)
        return ST_NOMEM;
    for (size_t m = 0; m < f->plan->measure_count; m++)
        values[m] = measure_value(&f->plan->measures[m], t, group, f->seconds);
    *out = values;
    return ST_OK;
}

static Status make_series(const Finish *f, const GroupTable *t, size_t group, double **out)
{
    const size_t count = f->buckets->count;
    double *series = arena_calloc(f->arena, f->plan->measure_count * count + 1, sizeof *series);

    if (!series)
        return ST_NOMEM;
    for (size_t m = 0; m < f->plan->measure_count; m++)
        for (size_t b = 0; b < count; b++)
            series[m * count + b] = measure_value(&f->plan->measures[m], t, group * t->buckets + b,
                                                  (double)f->buckets->step_ns / 1e9);
    *out = series;
    return ST_OK;
}

/* Groups without time: each one's cells in one. */
static Status fold_time(const AggregatePlan *p, const GroupTable *t, GroupTable **out)
{
    GroupTable *flat = NULL;
    Status st = group_table_new(p, 1, 0, NULL, &flat);

    if (!st)
        st = group_table_merge(flat, t);
    if (st)
        group_table_free(flat);
    else
        *out = flat;
    return st;
}

typedef struct Ranked {
    size_t group;
    double value;
} Ranked;

/* Largest first, no data last, else in the order of coming. */
static int by_value(const void *a, const void *b)
{
    const Ranked *x = a;
    const Ranked *y = b;
    const double p = isnan(x->value) ? -INFINITY : x->value;
    const double q = isnan(y->value) ? -INFINITY : y->value;

    if (p != q)
        return p > q ? -1 : 1;
    return (x->group > y->group) - (x->group < y->group);
}

static Status rank_groups(const Finish *f, const GroupTable *flat, Ranked **out)
{
    Ranked *ranked = arena_calloc(f->arena, flat->len + 1, sizeof *ranked);

    if (!ranked)
        return ST_NOMEM;
    for (size_t g = 1; g < flat->len; g++)
        ranked[g - 1] =
            (Ranked){g, measure_value(&f->plan->measures[f->plan->order], flat, g, f->seconds)};
    qsort(ranked, flat->len - 1, sizeof *ranked, by_value);
    *out = ranked;
    return ST_OK;
}

/* The groups behind the first `top`, and the rest, as group 0 of a new table. */
static Status fold_others(const Finish *f, const GroupTable *t, const GroupTable *flat,
                          const Ranked *ranked, GroupTable **out)
{
    const size_t groups = flat->len - 1;
    GroupTable *other = NULL;
    Status st = group_table_new(f->plan, t->buckets, t->first_bucket, NULL, &other);

    for (size_t b = 0; b < t->buckets && !st; b++)
        st = group_table_add_cell(other, b, t, b);
    for (size_t i = f->plan->top; i < groups && !st; i++) {
        const size_t group = ranked[i].group; /* the same in both: merged in order */

        for (size_t b = 0; b < t->buckets && !st; b++)
            st = group_table_add_cell(other, b, t, group * t->buckets + b);
    }
    if (st)
        group_table_free(other);
    else
        *out = other;
    return st;
}

static Status make_group(const Finish *f, const GroupTable *t, const GroupTable *flat, size_t group,
                         AggregateGroup *out)
{
    Value *key = arena_calloc(f->arena, t->key_count + 1, sizeof *key);
    Status st = key ? ST_OK : ST_NOMEM;

    for (size_t k = 0; k < t->key_count && !st; k++) {
        key[k] = flat->keys[group * t->key_count + k];
        if (key[k].kind == VALUE_STR || key[k].kind == VALUE_JSON || key[k].kind == VALUE_BYTES)
            st = arena_copy(f->arena, key[k].as.s, &key[k].as.s);
    }
    out->key = key;
    if (!st)
        st = make_values(f, flat, group, &out->values);
    if (!st && f->buckets->count)
        st = make_series(f, t, group, &out->series);
    return st;
}

static Status make_other(const Finish *f, const GroupTable *other, Aggregate *out)
{
    GroupTable *flat = NULL;
    Status st = fold_time(f->plan, other, &flat);

    if (!st && flat->cells[0].count) {
        st = make_values(f, flat, 0, &out->other.values);
        if (!st && f->buckets->count)
            st = make_series(f, other, 0, &out->other.series);
    }
    group_table_free(flat);
    return st;
}

static Status make_total(const Finish *f, const GroupTable *flat, Aggregate *out)
{
    GroupTable *all = NULL;
    Status st = group_table_new(f->plan, 1, 0, NULL, &all);

    for (size_t g = 0; g < flat->len && !st; g++)
        st = group_table_add_cell(all, 0, flat, g);
    if (!st)
        st = make_values(f, all, 0, &out->total);
    group_table_free(all);
    return st;
}

static Status make_groups(const Finish *f, const GroupTable *t, const GroupTable *flat,
                          const Ranked *ranked, Aggregate *out)
{
    const size_t groups = flat->len - 1;
    const size_t told = groups < f->plan->top ? groups : f->plan->top;
    GroupTable *other = NULL;
    Status st = ST_OK;

    out->groups = arena_calloc(f->arena, told + 1, sizeof *out->groups);
    if (!out->groups)
        return ST_NOMEM;
    for (size_t i = 0; i < told && !st; i++)
        st = make_group(f, t, flat, ranked[i].group, &out->groups[i]);
    out->group_count = told;
    out->other_groups = groups - told;
    if (!st)
        st = fold_others(f, t, flat, ranked, &other);
    if (!st)
        st = make_other(f, other, out);
    group_table_free(other);
    return st;
}

static Status finish(const Finish *f, const GroupTable *t, Aggregate *out)
{
    GroupTable *flat = NULL;
    Ranked *ranked = NULL;
    Status st = fold_time(f->plan, t, &flat);

    if (!st)
        st = rank_groups(f, flat, &ranked);
    if (!st)
        st = make_total(f, flat, out);
    if (!st)
        st = make_groups(f, t, flat, ranked, out);
    out->rows = t->rows;
    out->groups_limited = t->limited;
    group_table_free(flat);
    return st;
}

/* -------------------------------------------------------------------- query */

/* A table of the keys that are told, for a second pass. */
static Status choose_keys(const Finish *f, const GroupTable *flat, const Ranked *ranked,
                          GroupTable **out)
{
    GroupTable *only = NULL;
    Status st = group_table_new(f->plan, 1, 0, NULL, &only);

    for (size_t i = 0; i + 1 < flat->len && i < f->plan->top && !st; i++) {
        size_t group = 0;

        st = group_table_find(only, flat->keys + ranked[i].group * flat->key_count, &group);
    }
    if (st)
        group_table_free(only);
    else
        *out = only;
    return st;
}

/* The largest groups first, then only those over time. */
static Status run_twice(Work *w, const Finish *f, Aggregate *out)
{
    static const Buckets none = {0};
    GroupTable *flat = NULL;
    GroupTable *only = NULL;
    GroupTable *timed = NULL;
    Ranked *ranked = NULL;
    size_t groups = 0;
    bool limited = false;
    Status st = run(w, &none, NULL, &flat);

    if (!st)
        st = rank_groups(f, flat, &ranked);
    if (!st)
        st = choose_keys(f, flat, ranked, &only);
    if (!st) {
        groups = flat->len - 1;
        limited = flat->limited;
    }
    group_table_free(flat);
    w->identity = (Str){0};
    if (!st)
        st = run(w, f->buckets, only, &timed);
    if (!st)
        st = finish(f, timed, out);
    group_table_free(timed);
    group_table_free(only);
    out->other_groups = groups > out->group_count ? groups - out->group_count : 0;
    out->groups_limited = limited;
    return st;
}

static Status run_once(Work *w, const Finish *f, Aggregate *out)
{
    GroupTable *t = NULL;
    Status st = run(w, f->buckets, NULL, &t);

    if (!st)
        st = finish(f, t, out);
    group_table_free(t);
    return st;
}

/* What a block's part depends on besides the block; nothing when it depends on other blocks,
 * as with of=traces and with parents and children. */
static Status identify(Work *w, Arena *arena)
{
    Str plan = {0};
    Str query = {0};
    Status st;

    if (!w->engine || w->plan->of_traces || !query_is_local(w->matcher.query) ||
        (plan_of_scores(w->plan) && w->matcher.query->atom_count))
        return ST_OK;
    st = aggregate_identity(w->plan, arena, &plan);
    if (!st)
        st = query_to_text(w->matcher.query, arena, &query);
    if (st)
        return st;
    return arena_printf(arena, &w->identity, "aggregate %.*s\n%.*s", STR_ARG(plan), STR_ARG(query));
}

/* The width of buckets is part of what is asked. */
static Status choose_buckets(Work *w, Arena *arena, Err *err, Buckets *out)
{
    const AggregatePlan *p = w->plan;

    *out = (Buckets){0};
    if (p->step_ns && !buckets_of_step(w->snap, w->window, p->step_ns, out))
        return err_set(err, ST_LIMIT, 0, "gives more than %d buckets; widen it or shorten the time",
                       MAX_BUCKETS);
    if (!p->step_ns && p->buckets)
        *out = buckets_for(w->snap, w->window, p->buckets);
    if (out->count * p->top > AGGREGATE_MAX_CELLS)
        return err_set(err, ST_LIMIT, 0, "%zu buckets of %zu groups are too many; ask for less",
                       out->count, p->top);
    if (!w->identity.len)
        return ST_OK;
    return arena_printf(arena, &w->identity, "%.*s\n%lld", STR_ARG(w->identity),
                        (long long)out->step_ns);
}

static Status prepare(Work *w, Arena *arena)
{
    Status st = doubles_find(w->snap, w->engine, w->window->cancel, arena, &w->doubles);

    w->scan.doubles = &w->doubles;
    if (!st && w->plan->of_traces)
        st = matcher_all(&w->matcher);
    if (!st && plan_of_scores(w->plan)) {
        st = score_scan_init(&w->scores, &w->matcher, w->plan, &w->doubles);
        w->scan.choose = score_scan_choose;
        w->scan.choose_context = &w->scores;
    } else if (!st && w->plan->of_traces) {
        st = find_roots(&w->matcher, arena, &w->roots);
        w->scan.choose = choose_roots;
        w->scan.choose_context = &w->roots;
    }
    return st ? st : list_parts(w, arena);
}

static Status answer(Work *w, Arena *arena, Err *err, Aggregate *out)
{
    Buckets buckets = {0};
    Finish f = {.plan = w->plan, .buckets = &buckets, .arena = arena};
    Status st = plan_check_scores(w->plan, err);

    if (!st)
        st = identify(w, arena);
    if (!st)
        st = choose_buckets(w, arena, err, &buckets);
    if (st)
        return st;
    st = prepare(w, arena);
    if (st)
        return st;
    buckets_range(w->snap, w->window, &out->from_ns, &out->to_ns);
    if (out->to_ns < INT64_MAX)
        out->to_ns++;
    f.seconds = ((double)out->to_ns - (double)out->from_ns) / 1e9;
    st = run_once(w, &f, out);
    if (st == ST_LIMIT && buckets.count && w->plan->key_count)
        st = run_twice(w, &f, out);
    out->step_ns = buckets.step_ns;
    out->first_ns = buckets.from_ns;
    out->bucket_count = buckets.count;
    out->scanned = w->scanned;
    out->approximate = w->doubles.incomplete;
    out->cached = w->len && w->found == w->len;
    return st;
}

Status query_aggregate(const Snapshot *snap, const Query *q, const QueryWindow *w,
                       const AggregatePlan *plan, QueryEngine *engine, Arena *arena, Err *err,
                       Aggregate *out)
{
    Work work = {.snap = snap, .window = w, .plan = plan, .engine = engine};
    Aggregate result = {0};
    Status st;

    matcher_init(&work.matcher, snap, q, w, engine, plan->of_traces ? MATCH_EVERY : MATCH_SPANS);
    mutex_init(&work.lock);
    work.scan = (AggregateScan){.matcher = &work.matcher, .plan = plan};
    st = answer(&work, arena, err, &result);
    mutex_deinit(&work.lock);
    score_scan_deinit(&work.scores);
    matcher_deinit(&work.matcher);
    if (!st)
        *out = result;
    return st;
}
