/* SPDX-License-Identifier: Apache-2.0 */
/* Facets of both sides, joined by value, ordered by how surely their shares differ. */
#include "query/compare.h"

#include "base/map.h"
#include "query/aggregate.h"
#include "stats/proportion.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_DIFFERENCES = FACET_MAX_FIELDS * COMPARE_VALUES * 2 };

typedef struct Side {
    SideStats stats;
    FacetList facets;
} Side;

static Status look_at(const Snapshot *snap, const Selection *s, const FacetWish *wish,
                      QueryEngine *engine, Arena *arena, Side *out)
{
    AggregatePlan plan = {.of_traces = true, .top = 1};
    FacetWish all = *wish;
    Aggregate total = {0};
    Status st =
        aggregate_measures(&plan, STR("count,error_rate,p50(latency),p95(latency)"), arena, NULL);

    all.top = COMPARE_VALUES;
    if (!st)
        st = query_aggregate(snap, s->query, &s->window, &plan, engine, arena, NULL, &total);
    if (!st)
        st = query_facets(snap, s->query, &s->window, &all, engine, arena, &out->facets);
    if (!st)
        out->stats = (SideStats){total.rows, total.total[1], total.total[2], total.total[3]};
    return st;
}

static const Facet *find_facet(const FacetList *list, Str field)
{
    for (size_t i = 0; i < list->len; i++)
        if (str_eq(list->items[i].field, field))
            return &list->items[i];
    return NULL;
}

typedef struct Build {
    const Side *a;
    const Side *b;
    Comparison *out;
} Build;

static void add_difference(const Build *c, Str field, Str value, uint64_t a, uint64_t b)
{
    const uint64_t of_a = c->a->stats.traces;
    const uint64_t of_b = c->b->stats.traces;
    Difference d = {.field = field, .value = value, .a = a, .b = b};

    d.share_a = of_a ? (double)d.a / (double)of_a : 0;
    d.share_b = of_b ? (double)d.b / (double)of_b : 0;
    d.z = proportion_z(d.a, of_a, d.b, of_b);
    d.p = two_sided_p(d.z);
    c->out->items[c->out->len++] = d;
}

/* Values of the second side by their text. */
static Status join_field(const Build *c, const Facet *a, const Facet *b)
{
    Map counts;
    Status st = ST_OK;

    map_init(&counts, (size_t)2 * COMPARE_VALUES);
    for (size_t i = 0; b && i < b->len && !st; i++)
        st = map_put(&counts, b->values[i].value, b->values[i].count);
    for (size_t i = 0; a && i < a->len && !st; i++) {
        uint64_t other = 0;

        if (map_get(&counts, a->values[i].value, &other))
            st = map_put(&counts, a->values[i].value, 0); /* told */
        add_difference(c, a->field, a->values[i].value, a->values[i].count, other);
    }
    for (size_t i = 0; b && i < b->len && !st; i++) {
        uint64_t left = 0;

        if (map_get(&counts, b->values[i].value, &left) && left)
            add_difference(c, b->field, b->values[i].value, 0, left);
    }
    map_deinit(&counts);
    return st;
}

/* In millionths, so that values that differ alike are not ordered by rounding errors. */
static double strength(const Difference *d)
{
    return round(fabs(d->z) * 1e6);
}

static bool one_sided(const Difference *d)
{
    return d->a == 0 || d->b == 0;
}

/* Of two that differ alike (the two values of a flag), the one that only one side has is first. */
static int by_difference(const void *a, const void *b)
{
    const Difference *x = a;
    const Difference *y = b;
    int c;

    if (strength(x) != strength(y))
        return strength(x) > strength(y) ? -1 : 1;
    if (one_sided(x) != one_sided(y))
        return one_sided(x) ? -1 : 1;
    c = str_cmp(x->field, y->field);
    return c ? c : str_cmp(x->value, y->value);
}

static Status join(const Build *c, size_t limit)
{
    Comparison *out = c->out;
    Status st = ST_OK;

    for (size_t i = 0; i < c->a->facets.len && !st; i++)
        st = join_field(c, &c->a->facets.items[i],
                        find_facet(&c->b->facets, c->a->facets.items[i].field));
    for (size_t i = 0; i < c->b->facets.len && !st; i++)
        if (!find_facet(&c->a->facets, c->b->facets.items[i].field))
            st = join_field(c, NULL, &c->b->facets.items[i]);
    if (out->len)
        qsort(out->items, out->len, sizeof *out->items, by_difference);
    out->len = out->len < limit ? out->len : limit;
    return st;
}

Status query_compare(const Snapshot *snap, const Selection *a, const Selection *b,
                     const FacetWish *wish, size_t limit, QueryEngine *engine, Arena *arena,
                     Comparison *out)
{
    Side sides[2] = {{.stats = {0}}, {.stats = {0}}};
    Comparison result = {0};
    const Build build = {&sides[0], &sides[1], &result};
    Status st = look_at(snap, a, wish, engine, arena, &sides[0]);

    if (!st)
        st = look_at(snap, b, wish, engine, arena, &sides[1]);
    if (st)
        return st;
    result.a = sides[0].stats;
    result.b = sides[1].stats;
    result.items = arena_alloc(arena, MAX_DIFFERENCES * sizeof *result.items);
    if (!result.items)
        return ST_NOMEM;
    st = join(&build, limit);
    if (!st)
        *out = result;
    return st;
}
