/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregates and span lists against sums over random spans, some of them sent twice, with
 * and without threads and cache. */
#include "support/fake_snapshot.c"

#include "base/alloc.h"
#include "query/aggregate.h"
#include "query/ranking.h"
#include "query/spans.h"
#include "query/traces_by.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { SEEDS = 400, MAX_GROUPS = 600, KEY_ROOM = 120, MAX_TIMES = 1000, ARENA_MAX = 256 << 20 };

static uint64_t rng;

static size_t below(size_t n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (size_t)(rng >> 11) % n;
}

#define PICK(array) str_from((array)[below(sizeof(array) / sizeof *(array))])

static const char *const names[] = {"load", "predict", "Call LLM", "check"};
static const char *const types[] = {"model", "llm", "tool"};
static const char *const models[] = {"", "digits", "fraud", "gone"};
static const char *const countries[] = {"DE", "FR", "7"};

/* ------------------------------------------------------------ random data */

static Value random_age(void)
{
    switch (below(3)) {
    case 0:
        return (Value){VALUE_STR, {.s = STR("7")}};
    case 1:
        return (Value){VALUE_INT, {.i = (int64_t)below(5)}};
    default:
        return (Value){VALUE_DOUBLE, {.d = (double)below(10) / 2}};
    }
}

static const char *const users[] = {"ann", "ann-marie", "ann-mary-ann"};

static void random_span(FakeSpan *f, uint32_t number)
{
    static const Resource resource;
    Span *s = &f->span;

    *f = (FakeSpan){.service = below(2) ? STR("shop") : (Str){0}};
    s->trace_id[15] = (uint8_t)(1 + below(30));
    memcpy(s->span_id, &number, sizeof number);
    s->span_id[7] = 1;
    if (below(3))
        s->parent_id[0] = (uint8_t)(1 + below(200));
    s->name = PICK(names);
    s->type = PICK(types);
    s->model = PICK(models);
    s->model_version = s->model.len ? (int32_t)below(3) : 0;
    s->start_ns = (int64_t)below(2000) * 1000000;
    s->end_ns = s->start_ns + (int64_t)below(3000) * 1000000;
    s->status = (SpanStatus)below(3);
    s->usage = (Usage){below(2) ? (int64_t)below(100) : -1, -1};
    s->has_cost = below(2);
    s->cost = s->has_cost ? (double)below(50) / 4 : 0;
    if (s->trace_id[15] % 5) /* of a trace */
        s->user = str_from(users[s->trace_id[15] % 3]);
    s->seq = number;
    s->resource = &resource;
    if (below(2))
        f->tags[f->tag_count++] = (FakeTag){STR("country"), {VALUE_STR, {.s = PICK(countries)}}};
    if (below(2))
        f->tags[f->tag_count++] = (FakeTag){STR("age"), random_age()};
    if (below(3) == 0)
        f->tags[f->tag_count++] = (FakeTag){STR("paid"), {VALUE_BOOL, {.b = below(2)}}};
}

static void random_snapshot(struct Snapshot *snap)
{
    const size_t blocks = 1 + below(6);

    *snap = (struct Snapshot){.len = below(400),
                              .dictionaries = below(2),
                              .exact_bloom = below(2),
                              .immutable = below(2)};
    for (size_t i = 0; i < snap->len; i++) {
        random_span(&snap->spans[i], (uint32_t)i + 1);
        snap->spans[i].block = below(blocks);
        /* Sent twice, the second time with another status. */
        if (i && below(10) == 0) {
            snap->spans[i] = snap->spans[i - 1];
            snap->spans[i].span.seq++;
            snap->spans[i].span.status = (SpanStatus)below(3);
            snap->spans[i].block = below(blocks);
        }
    }
    fake_arrange(snap, blocks);
}

/* ------------------------------------------------------------------ oracle */

static const Value *find_tag(const FakeSpan *f, const char *key)
{
    for (size_t i = 0; i < f->tag_count; i++)
        if (str_eq(f->tags[i].key, str_from(key)))
            return &f->tags[i].value;
    return NULL;
}

static bool all(const FakeSpan *f)
{
    return f != NULL;
}

static bool is_error(const FakeSpan *f)
{
    return f->span.status == SPAN_ERROR;
}

static bool slow_llm(const FakeSpan *f)
{
    return str_eq(f->span.type, STR("llm")) && f->span.end_ns - f->span.start_ns > 1000000000;
}

static bool german_or_root(const FakeSpan *f)
{
    const Value *country = find_tag(f, "country");

    return (country && str_eq(country->as.s, STR("DE"))) || span_is_root(&f->span);
}

static bool not_digits(const FakeSpan *f)
{
    return !str_eq(f->span.model, STR("digits"));
}

static const struct {
    const char *text;
    bool (*holds)(const FakeSpan *f);
} queries[] = {
    {"", all},
    {"status:error", is_error},
    {"type:llm latency>1s", slow_llm},
    {"tag.country:DE or root:true", german_or_root},
    {"-model:digits", not_digits},
};

/* A former name of a model; keys show the current one. */
static const ModelAlias alias = {{"gone", 4}, {"fraud", 5}};
static const ModelAliases aliases = {&alias, 1};

static Value model_key(const FakeSpan *f)
{
    static char text[16][32];
    static size_t at;
    const Str name = str_eq(f->span.model, STR("gone")) ? STR("fraud") : f->span.model;

    if (!f->span.model.len)
        return (Value){0};
    at = (at + 1) % 16;
    if (f->span.model_version)
        (void)snprintf(text[at], sizeof text[at], "%.*s:v%d", STR_ARG(name), f->span.model_version);
    else
        (void)snprintf(text[at], sizeof text[at], "%.*s", STR_ARG(name));
    return (Value){VALUE_STR, {.s = str_from(text[at])}};
}

static Value status_key(const FakeSpan *f)
{
    static const char *const texts[] = {"unset", "ok", "error"};

    return (Value){VALUE_STR, {.s = str_from(texts[f->span.status])}};
}

static Value tag_key(const FakeSpan *f, const char *key)
{
    const Value *v = find_tag(f, key);

    return v ? *v : (Value){0};
}

static Value country_key(const FakeSpan *f)
{
    return tag_key(f, "country");
}

static Value age_key(const FakeSpan *f)
{
    return tag_key(f, "age");
}

static Value paid_key(const FakeSpan *f)
{
    return tag_key(f, "paid");
}

static Value root_key(const FakeSpan *f)
{
    return (Value){VALUE_BOOL, {.b = span_is_root(&f->span)}};
}

static Value type_key(const FakeSpan *f)
{
    return (Value){VALUE_STR, {.s = f->span.type}};
}

typedef Value KeyOf(const FakeSpan *f);

static const struct {
    const char *text;
    KeyOf *keys[AGGREGATE_MAX_KEYS];
    size_t count;
} groupings[] = {
    {"", {NULL}, 0},
    {"model", {model_key}, 1},
    {"tag.country", {country_key}, 1},
    {"tag.age", {age_key}, 1},
    {"status, tag.\"paid\"", {status_key, paid_key}, 2},
    {"type,model,root", {type_key, model_key, root_key}, 3},
};

#define MEASURES                                                                                  \
    "count,errors,sum(latency),mean(tokens.input),min(latency),max(tokens.input),distinct(name)," \
    "p95(latency)"

enum { COUNT, ERRORS, SUM, MEAN, MIN, MAX, DISTINCT, P95, MEASURE_COUNT_ALL };

typedef struct Sums {
    char key[KEY_ROOM];
    double count, errors, sum, min, tokens, token_sum, token_max;
    unsigned names;
    double latencies[FAKE_MAX_SPANS];
} Sums;

static Sums groups[MAX_GROUPS];
static size_t group_count;
static Sums total;

static size_t append_key(char *out, size_t at, Value v)
{
    const size_t room = KEY_ROOM - at;

    switch (v.kind) {
    case VALUE_NONE:
        return at + (size_t)snprintf(out + at, room, "none|");
    case VALUE_BOOL:
        return at + (size_t)snprintf(out + at, room, "b%d|", v.as.b);
    case VALUE_INT:
        return at + (size_t)snprintf(out + at, room, "i%lld|", (long long)v.as.i);
    case VALUE_DOUBLE:
        return at + (size_t)snprintf(out + at, room, "d%g|", v.as.d);
    default:
        return at + (size_t)snprintf(out + at, room, "s%.*s|", STR_ARG(v.as.s));
    }
}

static void add(Sums *s, const Span *span)
{
    const double latency = (double)(span->end_ns - span->start_ns);

    s->latencies[(size_t)s->count++] = latency;
    s->errors += span->status == SPAN_ERROR;
    s->sum += latency;
    s->min = s->count == 1 || latency < s->min ? latency : s->min;
    if (span->usage.input_tokens >= 0) {
        const double tokens = (double)span->usage.input_tokens;

        s->token_max = s->tokens == 0 || tokens > s->token_max ? tokens : s->token_max;
        s->tokens++;
        s->token_sum += tokens;
    }
    for (unsigned i = 0; i < 4; i++)
        if (str_eq(span->name, str_from(names[i])))
            s->names |= 1U << i;
}

static Sums *group_of(const char *key)
{
    for (size_t i = 0; i < group_count; i++)
        if (strcmp(groups[i].key, key) == 0)
            return &groups[i];
    memset(&groups[group_count], 0, sizeof *groups);
    (void)snprintf(groups[group_count].key, KEY_ROOM, "%s", key);
    return &groups[group_count++];
}

static bool superseded(const struct Snapshot *snap, size_t i)
{
    for (size_t k = 0; k < snap->len; k++)
        if (memcmp(snap->spans[k].span.span_id, snap->spans[i].span.span_id, SPAN_ID_BYTES) == 0 &&
            snap->spans[k].span.seq > snap->spans[i].span.seq)
            return true;
    return false;
}

static bool counts(const struct Snapshot *snap, size_t i, size_t query, const QueryWindow *w)
{
    const FakeSpan *f = &snap->spans[i];

    return !superseded(snap, i) && f->span.start_ns >= w->from_ns && f->span.start_ns < w->to_ns &&
           queries[query].holds(f);
}

static void expect(const struct Snapshot *snap, size_t query, size_t grouping, const QueryWindow *w)
{
    group_count = 0;
    memset(&total, 0, sizeof total);
    for (size_t i = 0; i < snap->len; i++) {
        char key[KEY_ROOM] = "";
        size_t at = 0;

        if (!counts(snap, i, query, w))
            continue;
        for (size_t k = 0; k < groupings[grouping].count; k++)
            at = append_key(key, at, groupings[grouping].keys[k](&snap->spans[i]));
        add(group_of(key), &snap->spans[i].span);
        add(&total, &snap->spans[i].span);
    }
}

/* ----------------------------------------------------------------- checks */

static int seed_now;

static void check_value(const char *what, double got, double want)
{
    if (isnan(want) ? !isnan(got) : fabs(got - want) > 1e-9 * fabs(want) + 1e-9)
        fail_msg("seed %d: %s is %f, expected %f", seed_now, what, got, want);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void check_quantile(Sums *s, double got)
{
    const size_t n = (size_t)s->count;
    size_t rank;

    if (n == 0) {
        assert_true(isnan(got));
        return;
    }
    qsort(s->latencies, n, sizeof *s->latencies, ascending);
    rank = (size_t)ceil(0.95 * (double)n);
    if (fabs(got - s->latencies[rank - 1]) > 0.01 * s->latencies[rank - 1])
        fail_msg("seed %d: p95 is %f, expected %f", seed_now, got, s->latencies[rank - 1]);
}

static void check_sums(Sums *s, const double *values)
{
    check_value("count", values[COUNT], s->count);
    check_value("errors", values[ERRORS], s->errors);
    check_value("sum", values[SUM], s->count > 0 ? s->sum : NAN);
    check_value("mean", values[MEAN], s->tokens > 0 ? s->token_sum / s->tokens : NAN);
    check_value("min", values[MIN], s->count > 0 ? s->min : NAN);
    check_value("max", values[MAX], s->tokens > 0 ? s->token_max : NAN);
    check_value("distinct", values[DISTINCT], (double)__builtin_popcount(s->names));
    check_quantile(s, values[P95]);
}

static double sum_of(const double *values, size_t len)
{
    double sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += values[i];
    return sum;
}

static double check_groups(const Aggregate *a, const AggregatePlan *p)
{
    double told = 0;

    for (size_t i = 0; i < a->group_count; i++) {
        const AggregateGroup *g = &a->groups[i];
        char key[KEY_ROOM] = "";
        size_t at = 0;

        for (size_t k = 0; k < p->key_count; k++)
            at = append_key(key, at, g->key[k]);
        check_sums(group_of(key), g->values);
        told += g->values[COUNT];
        if (i && g->values[p->order] > g[-1].values[p->order])
            fail_msg("seed %d: groups are not in order", seed_now);
        if (a->bucket_count)
            check_value("series", sum_of(g->series, a->bucket_count), g->values[COUNT]);
    }
    return told;
}

static void check_times(const struct Snapshot *snap, size_t query, const QueryWindow *w,
                        const Aggregate *a)
{
    static double want[MAX_TIMES + 1];
    double got;

    if (!a->bucket_count)
        return;
    assert_in_range(a->bucket_count, 1, MAX_TIMES);
    memset(want, 0, sizeof want);
    for (size_t i = 0; i < snap->len; i++)
        if (counts(snap, i, query, w))
            want[(snap->spans[i].span.start_ns - a->first_ns) / a->step_ns]++;
    for (size_t t = 0; t < a->bucket_count; t++) {
        got = a->other.series ? a->other.series[t] : 0;
        for (size_t g = 0; g < a->group_count; g++)
            got += a->groups[g].series[t];
        check_value("bucket", got, want[t]);
    }
}

static void check_answer(const struct Snapshot *snap, size_t query, size_t grouping,
                         const QueryWindow *w, const AggregatePlan *p, const Aggregate *a)
{
    double told;
    size_t known;

    expect(snap, query, grouping, w);
    known = group_count;
    check_sums(&total, a->total);
    check_value("rows", (double)a->rows, total.count);
    told = check_groups(a, p);
    assert_int_equal(group_count, known); /* no group that is not expected */
    assert_int_equal(a->group_count, known < p->top ? known : p->top);
    assert_int_equal(a->other_groups, known - a->group_count);
    check_value("other", a->other.values ? a->other.values[COUNT] : 0, total.count - told);
    check_times(snap, query, w, a);
}

/* ------------------------------------------------------------------ tests */

static QueryWindow random_window(void)
{
    QueryWindow w = QUERY_ALWAYS;

    if (below(2)) {
        w.from_ns = (int64_t)below(1500) * 1000000;
        w.to_ns = w.from_ns + (int64_t)below(1500) * 1000000;
    }
    return w;
}

static void ask(const struct Snapshot *snap, QueryEngine *engine, Arena *arena)
{
    const size_t query = below(sizeof queries / sizeof *queries);
    const size_t grouping = below(sizeof groupings / sizeof *groupings);
    const QueryWindow w = random_window();
    AggregatePlan plan = {.top = 1 + below(12), .aliases = &aliases};
    Aggregate a = {0};
    Query *q = NULL;
    Err err = {0};

    assert_int_equal(query_parse(str_from(queries[query].text), arena, &err, &q), ST_OK);
    assert_int_equal(aggregate_measures(&plan, STR(MEASURES), arena, &err), ST_OK);
    assert_int_equal(aggregate_keys(&plan, str_from(groupings[grouping].text), arena, &err), ST_OK);
    if (below(3) == 0)
        assert_int_equal(aggregate_order(&plan, STR("sum(duration)"), arena, &err), ST_OK);
    if (below(2))
        plan.buckets = 1 + below(40);
    else if (below(2))
        plan.step_ns = (int64_t)(3 + below(500)) * 1000000;
    for (int i = 0; i < (engine ? 2 : 1); i++) {
        assert_int_equal(query_aggregate(snap, q, &w, &plan, engine, arena, &err, &a), ST_OK);
        check_answer(snap, query, grouping, &w, &plan, &a);
    }
}

static void aggregates_equal_sums_over_all_spans(void **state)
{
    static struct Snapshot snap;

    (void)state;
    for (seed_now = 1; seed_now <= SEEDS; seed_now++) {
        QueryEngine *engine = NULL;
        Arena arena;

        rng = (uint64_t)seed_now * UINT64_C(0x9E3779B97F4A7C15);
        random_snapshot(&snap);
        arena_init(&arena, ARENA_MAX);
        if (below(2))
            assert_int_equal(engine_new((size_t)1 << below(24), (unsigned)below(4), &engine),
                             ST_OK);
        for (int i = 0; i < 3; i++)
            ask(&snap, engine, &arena);
        engine_free(engine);
        arena_deinit(&arena);
    }
    assert_int_equal(mem_live(), 0);
}

/* One row a trace: its root, or else its earliest span. */
static void traces_count_once(void **state)
{
    static struct Snapshot snap;

    (void)state;
    for (seed_now = 1; seed_now <= SEEDS; seed_now++) {
        const QueryWindow w = QUERY_ALWAYS;
        AggregatePlan plan = {.top = 10, .of_traces = true};
        bool seen[256] = {false};
        double traces = 0;
        Aggregate a = {0};
        Query *q = NULL;
        Arena arena;

        rng = (uint64_t)seed_now * UINT64_C(0xD1B54A32D192ED03);
        random_snapshot(&snap);
        arena_init(&arena, ARENA_MAX);
        assert_int_equal(query_parse(STR("status:error"), &arena, NULL, &q), ST_OK);
        assert_int_equal(aggregate_measures(&plan, STR("count"), &arena, NULL), ST_OK);
        assert_int_equal(query_aggregate(&snap, q, &w, &plan, NULL, &arena, NULL, &a), ST_OK);
        for (size_t i = 0; i < snap.len; i++) {
            const Span *s = &snap.spans[i].span;

            traces += s->status == SPAN_ERROR && !seen[s->trace_id[15]];
            seen[s->trace_id[15]] = seen[s->trace_id[15]] || s->status == SPAN_ERROR;
        }
        check_value("traces", a.total[0], traces);
        arena_deinit(&arena);
    }
    assert_int_equal(mem_live(), 0);
}

static double place_of(const FakeSpan *f, int order)
{
    switch (order) {
    case 0:
        return (double)-f->span.start_ns;
    case 1:
        return (double)f->span.start_ns;
    case 2:
        return (double)(f->span.start_ns - f->span.end_ns);
    default:
        return f->span.usage.input_tokens < 0 ? INFINITY : (double)f->span.usage.input_tokens;
    }
}

static double check_page(const struct Snapshot *snap, const SpanPage *page, size_t query,
                         const QueryWindow *w, int order, double last, bool *seen)
{
    for (size_t i = 0; i < page->len; i++) {
        size_t at = 0;

        while (at < snap->len &&
               (memcmp(snap->spans[at].span.span_id, page->items[i].span_id, SPAN_ID_BYTES) != 0 ||
                superseded(snap, at)))
            at++;
        assert_true(at < snap->len && counts(snap, at, query, w));
        if (seen[at] || place_of(&snap->spans[at], order) < last)
            fail_msg("seed %d: a span twice or out of order", seed_now);
        seen[at] = true;
        last = place_of(&snap->spans[at], order);
        assert_int_equal(page->items[i].status, snap->spans[at].span.status);
        assert_true(str_eq(page->items[i].name, snap->spans[at].span.name));
    }
    return last;
}

static void pages_of_spans_hold_each_once_in_order(void **state)
{
    static const char *const orders[] = {"-start", "start", "-latency", "tokens.input"};
    static struct Snapshot snap;

    (void)state;
    for (seed_now = 1; seed_now <= SEEDS; seed_now++) {
        const int order = seed_now % 4;
        bool seen[FAKE_MAX_SPANS] = {false};
        double last = -INFINITY;
        size_t query;
        QueryWindow w;
        ListOrder by;
        SpanPage page = {0};
        Query *q = NULL;
        Arena arena;

        rng = (uint64_t)seed_now * UINT64_C(0x8CB92BA72F3D8DD7);
        random_snapshot(&snap);
        query = below(sizeof queries / sizeof *queries);
        w = random_window();
        arena_init(&arena, ARENA_MAX);
        assert_int_equal(query_parse(str_from(queries[query].text), &arena, NULL, &q), ST_OK);
        assert_int_equal(list_order_parse(str_from(orders[order]), &arena, NULL, &by), ST_OK);
        do {
            assert_int_equal(query_spans(&snap, q, &w, NULL, &by, 1 + below(50), page.next_cursor,
                                         &arena, &page),
                             ST_OK);
            last = check_page(&snap, &page, query, &w, order, last, seen);
        } while (page.next_cursor.len);
        for (size_t i = 0; i < snap.len; i++)
            if (seen[i] != counts(&snap, i, query, &w))
                fail_msg("seed %d: span %zu is missing", seed_now, i);
        arena_deinit(&arena);
    }
    assert_int_equal(mem_live(), 0);
}

/* A text as a number, by its first six bytes. */
static double text_value(Str text)
{
    double d = 0;

    for (size_t i = 0; i < 6; i++)
        d = d * 256 + (i < text.len ? (double)(uint8_t)text.ptr[i] : 0);
    return d;
}

/* Start, latency, spans, tokens, cost or user of a trace; -INFINITY: there is no such thing. */
static double trace_value(const struct Snapshot *snap, uint8_t trace, int kind, bool *exists)
{
    int64_t start = INT64_MAX;
    int64_t end = INT64_MIN;
    double spans = 0;
    double tokens = -INFINITY;
    double cost = -INFINITY;
    double user = -INFINITY;

    for (size_t i = 0; i < snap->len; i++) {
        const Span *s = &snap->spans[i].span;

        if (s->trace_id[15] != trace || superseded(snap, i))
            continue;
        spans++;
        start = s->start_ns < start ? s->start_ns : start;
        end = s->end_ns > end ? s->end_ns : end;
        if (s->usage.input_tokens >= 0)
            tokens = (isinf(tokens) ? 0 : tokens) + (double)s->usage.input_tokens;
        if (s->has_cost)
            cost = (isinf(cost) ? 0 : cost) + s->cost;
        if (s->user.len)
            user = text_value(s->user);
    }
    *exists = spans > 0;
    if (kind == 0)
        return (double)start;
    if (kind == 1)
        return (double)((uint64_t)end - (uint64_t)start);
    if (kind == 4)
        return cost;
    if (kind == 5)
        return user;
    return kind == 2 ? spans : tokens;
}

/* Pages by cursor and the ranking, from the start or behind a page, are one list. */
static void check_ranking(const struct Snapshot *snap, const Query *q, const TraceOrder *order)
{
    const QueryWindow w = QUERY_ALWAYS;
    TracePage page = {0};
    Ranking r = {0};
    size_t at = 0;
    Arena arena;

    if (trace_order_is_default(order))
        return;
    arena_init(&arena, ARENA_MAX);
    do {
        if (!at || below(3) == 0) {
            ranking_free(&r);
            assert_int_equal(query_ranking(snap, q, &w, order, page.next_cursor, NULL, &arena, &r),
                             ST_OK);
            at = 0;
        }
        assert_int_equal(query_traces_by(snap, q, &w, order, 1 + below(10), page.next_cursor, NULL,
                                         &arena, &page),
                         ST_OK);
        for (size_t i = 0; i < page.len; i++, at++)
            if (at >= r.len || memcmp(page.items[i].root->trace_id, r.items[at].id, 16) != 0)
                fail_msg("seed %d: ranked otherwise than listed", seed_now);
    } while (page.next_cursor.len);
    if (at != r.len)
        fail_msg("seed %d: %d are ranked too much", seed_now, (int)(r.len - at));
    ranking_free(&r);
    arena_deinit(&arena);
}

static void traces_come_in_the_order_that_was_asked_for(void **state)
{
    static const char *const orders[] = {"start", "latency", "spans", "tokens", "cost", "user"};
    static struct Snapshot snap;

    (void)state;
    for (seed_now = 1; seed_now <= SEEDS; seed_now++) {
        const int kind = seed_now % 6;
        const bool descending = kind && seed_now % 12 < 6;
        const QueryWindow w = QUERY_ALWAYS;
        bool seen[256] = {false};
        double last = -INFINITY;
        char text[16];
        TraceOrder order;
        TracePage page = {0};
        Query *q = NULL;
        Arena arena;

        rng = (uint64_t)seed_now * UINT64_C(0x9FB21C651E98DF25);
        random_snapshot(&snap);
        arena_init(&arena, ARENA_MAX);
        (void)snprintf(text, sizeof text, "%s%s", descending ? "-" : "", orders[kind]);
        assert_int_equal(query_parse(STR(""), &arena, NULL, &q), ST_OK);
        assert_int_equal(trace_order_parse(str_from(text), &arena, NULL, &order), ST_OK);
        do {
            assert_int_equal(query_traces_by(&snap, q, &w, &order, 1 + below(10), page.next_cursor,
                                             NULL, &arena, &page),
                             ST_OK);
            for (size_t i = 0; i < page.len; i++) {
                const uint8_t trace = page.items[i].root->trace_id[15];
                bool exists;
                double v = trace_value(&snap, trace, kind, &exists);

                v = isinf(v) ? INFINITY : descending ? -v : v;
                if (!exists || seen[trace] || v < last)
                    fail_msg("seed %d: trace %d twice or out of order", seed_now, trace);
                seen[trace] = true;
                last = v;
            }
        } while (page.next_cursor.len);
        for (int trace = 0; trace < 256; trace++) {
            bool exists;

            (void)trace_value(&snap, (uint8_t)trace, kind, &exists);
            if (exists != seen[trace])
                fail_msg("seed %d: trace %d is missing", seed_now, trace);
        }
        check_ranking(&snap, q, &order);
        arena_deinit(&arena);
    }
    assert_int_equal(mem_live(), 0);
}

static void wrong_parameters_are_told(void **state)
{
    static const char *const measures[] = {
        "",           "counts",         "p95",          "p95(",  "sum(model)",
        "count(x.y)", "p(101,latency)", "p(x,latency)", "sum()", "count,,count"};
    static const char *const keys[] = {"modl", "input", "a.b,c.d,e.f,g.h", ",", "model,"};
    Arena arena;

    (void)state;
    arena_init(&arena, ARENA_MAX);
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        AggregatePlan p = {0};
        Err err = {0};

        assert_int_not_equal(aggregate_measures(&p, str_from(measures[i]), &arena, &err), ST_OK);
        assert_true(err.msg[0] != 0);
    }
    for (size_t i = 0; i + 1 < sizeof keys / sizeof *keys; i++) {
        AggregatePlan p = {0};
        Err err = {0};

        assert_int_not_equal(aggregate_keys(&p, str_from(keys[i]), &arena, &err), ST_OK);
        assert_true(err.msg[0] != 0);
    }
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aggregates_equal_sums_over_all_spans),
        cmocka_unit_test(traces_count_once),
        cmocka_unit_test(pages_of_spans_hold_each_once_in_order),
        cmocka_unit_test(traces_come_in_the_order_that_was_asked_for),
        cmocka_unit_test(wrong_parameters_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
