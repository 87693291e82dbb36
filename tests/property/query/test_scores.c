/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregates, statistics and agreement of scores against loops over plain arrays. */
#include "support/fake_snapshot.c"

#include "base/alloc.h"
#include "query/aggregate.h"
#include "query/agreement.h"
#include "query/score_stats.h"
#include "query/spans.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { SEEDS = 400, TRACES = 12, SPANS = 4, JUDGES = 3 };

static uint64_t rng;
static struct Snapshot snapshot;
static QueryWindow asked; /* always, until ask_sometime() */
static QueryEngine *helped;
static long live_at_rest;

static size_t below(size_t n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (size_t)(rng >> 11) % n;
}

#define PICK(array) str_from((array)[below(sizeof(array) / sizeof *(array))])

static const char *const judges[] = {"a:v1", "a:v2", "b:v1", "c:v1", ""};
static const char *const labels[] = {"good", "bad", "fair"};
static const char *const types[] = {"llm", "agent"};
static const char *const models[] = {"", "m", "n"};

/* ------------------------------------------------------------ random data */

static FakeSpan *add_span(size_t trace, size_t number, size_t blocks)
{
    static const Resource resource;
    static const Scope scope;
    FakeSpan *f = &snapshot.spans[snapshot.len++];

    *f = (FakeSpan){.block = below(blocks)};
    f->span.trace_id[15] = (uint8_t)(trace + 1);
    f->span.span_id[7] = (uint8_t)(number + 1);
    f->span.resource = &resource;
    f->span.scope = &scope;
    f->span.seq = snapshot.len;
    f->span.name = STR("x");
    f->span.usage = (Usage){-1, -1};
    f->span.start_ns = (int64_t)trace * 1000000000;
    return f;
}

static void say(FakeSpan *f)
{
    f->score = (Value){0};
    if (below(3) == 0)
        f->score = (Value){VALUE_STR, {.s = PICK(labels)}};
    else if (below(4))
        f->score = (Value){VALUE_DOUBLE, {.d = (double)below(9) / 8}};
    f->passed = below(3) ? (Value){VALUE_BOOL, {.b = below(2)}} : (Value){0};
    f->span.status = below(5) ? SPAN_UNSET : SPAN_ERROR;
}

/* Judge `number` of a span, or of the trace while its root is not known; some change their mind. */
static void add_score(const FakeSpan *judged, size_t number, size_t blocks)
{
    FakeSpan *f = add_span(judged->span.trace_id[15] - 1U, 0, blocks);

    f->span.type = STR("score");
    memcpy(f->span.parent_id, judged->span.span_id, SPAN_ID_BYTES);
    if (span_is_root(&judged->span) && below(3) == 0)
        memset(f->span.parent_id, 0, SPAN_ID_BYTES);
    f->span.span_id[6] = (uint8_t)(number + 1);
    f->span.span_id[7] = judged->span.span_id[7];
    f->span.model = judged->span.model;
    f->span.model_version = judged->span.model_version;
    f->judge = PICK(judges);
    say(f);
    if (below(4) == 0) {
        FakeSpan *again = &snapshot.spans[snapshot.len++];

        *again = *f;
        again->span.seq = snapshot.len;
        again->block = below(blocks);
        say(again);
    }
}

static void random_snapshot(void)
{
    const size_t blocks = 1 + below(5);

    asked = QUERY_ALWAYS;
    snapshot = (struct Snapshot){.dictionaries = below(2), .exact_bloom = below(2)};
    for (size_t trace = 0; trace < TRACES; trace++) {
        for (size_t n = 0; n < SPANS; n++) {
            FakeSpan *f = add_span(trace, n, blocks);

            f->span.parent_id[7] = n ? 1 : 0;
            f->span.type = PICK(types);
            f->span.model = PICK(models);
            f->span.model_version = f->span.model.len ? 1 : 0;
            f->span.end_ns = f->span.start_ns + (int64_t)below(4) * 1000000000;
        }
    }
    for (size_t i = 0; i < TRACES * SPANS; i++)
        for (size_t j = 0; j < JUDGES; j++)
            if (below(3))
                add_score(&snapshot.spans[i], j, blocks);
    fake_arrange(&snapshot, blocks);
}

/* ---------------------------------------------------------------- oracle */

static bool same_id(const FakeSpan *a, const FakeSpan *b)
{
    return a->span.trace_id[15] == b->span.trace_id[15] &&
           memcmp(a->span.span_id, b->span.span_id, SPAN_ID_BYTES) == 0;
}

/* Half of them end in time, and some have nothing in them. */
static void ask_sometime(void)
{
    if (below(2))
        asked.from_ns = (int64_t)below(TRACES + 2) * 1000000000;
    if (below(2))
        asked.to_ns = (int64_t)below(TRACES + 2) * 1000000000;
}

static bool counts(size_t i)
{
    const int64_t start = snapshot.spans[i].span.start_ns;

    if (!span_is_score(&snapshot.spans[i].span) || start < asked.from_ns ||
        (start >= asked.to_ns && asked.to_ns != INT64_MAX))
        return false;
    for (size_t k = 0; k < snapshot.len; k++)
        if (same_id(&snapshot.spans[k], &snapshot.spans[i]) &&
            snapshot.spans[k].span.seq > snapshot.spans[i].span.seq)
            return false;
    return true;
}

/* What it judges: of the whole trace its root. */
static const FakeSpan *judged_by(const FakeSpan *score)
{
    for (size_t i = 0; i < snapshot.len; i++) {
        const FakeSpan *f = &snapshot.spans[i];

        if (span_is_score(&f->span) || f->span.trace_id[15] != score->span.trace_id[15])
            continue;
        if (span_is_root(&score->span)
                ? span_is_root(&f->span)
                : memcmp(f->span.span_id, score->span.parent_id, SPAN_ID_BYTES) == 0)
            return f;
    }
    fail_msg("a score of nothing");
    return NULL;
}

static bool any(const FakeSpan *score)
{
    (void)score;
    return true;
}

static bool of_llm(const FakeSpan *score)
{
    return str_eq(judged_by(score)->span.type, STR("llm"));
}

static bool of_slow_or_by_b(const FakeSpan *score)
{
    return span_duration_ns(&judged_by(score)->span) > INT64_C(1000000000) ||
           str_eq(score->judge, STR("b:v1"));
}

static bool not_by_a(const FakeSpan *score)
{
    return !str_starts(score->judge, STR("a:"));
}

static bool of_m_below_root(const FakeSpan *score)
{
    const Span *s = &judged_by(score)->span;

    return str_eq(s->model, STR("m")) && !span_is_root(s);
}

static const struct {
    const char *text;
    bool (*holds)(const FakeSpan *score);
} queries[] = {
    {"", any},
    {"type:llm", of_llm},
    {"latency>1s or judge:b", of_slow_or_by_b},
    {"-judge:a", not_by_a},
    {"span(model:m root:false)", of_m_below_root},
    {"model:m:v1 -root:true", of_m_below_root},
};

/* ------------------------------------------------------------------ tests */

static void check_close(double actual, double expected, const char *label)
{
    if (isnan(expected) ? !isnan(actual) : fabs(actual - expected) > 1e-9)
        fail_msg("%s: %g, expected %g", label, actual, expected);
}

static void check_aggregate(size_t query, const char *label)
{
    const QueryWindow w = QUERY_ALWAYS;
    AggregatePlan plan = {.top = 10};
    Aggregate result;
    Query *q = NULL;
    Arena a;
    double n = 0, numbers = 0, sum = 0, told = 0, passed = 0, errors = 0;

    for (size_t i = 0; i < snapshot.len; i++) {
        const FakeSpan *f = &snapshot.spans[i];

        if (!counts(i) || !queries[query].holds(f) ||
            (f->score.kind == VALUE_NONE && f->passed.kind == VALUE_NONE))
            continue;
        n++;
        errors += f->span.status == SPAN_ERROR;
        numbers += f->score.kind == VALUE_DOUBLE;
        sum += f->score.kind == VALUE_DOUBLE ? f->score.as.d : 0;
        told += f->passed.kind == VALUE_BOOL;
        passed += f->passed.kind == VALUE_BOOL && f->passed.as.b;
    }
    arena_init(&a, 1 << 28);
    assert_int_equal(query_parse(str_from(queries[query].text), &a, NULL, &q), ST_OK);
    assert_int_equal(
        aggregate_measures(&plan, STR("count,errors,mean(score.x),rate(passed.x)"), &a, NULL),
        ST_OK);
    assert_int_equal(
        query_aggregate(&snapshot, q, &w, &plan, below(2) ? helped : NULL, &a, NULL, &result),
        ST_OK);
    check_close(result.total[0], n, label);
    check_close(result.total[1], errors, label);
    check_close(result.total[2], numbers > 0 ? sum / numbers : (double)NAN, label);
    check_close(result.total[3], told > 0 ? passed / told : (double)NAN, label);
    arena_deinit(&a);
}

static void aggregates_count_what_loops_count(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        rng = seed * UINT64_C(0x9E3779B97F4A7C15);
        random_snapshot();
        for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
            char label[128];

            (void)snprintf(label, sizeof label, "seed %d: %s", (int)seed, queries[i].text);
            check_aggregate(i, label);
        }
    }
    assert_int_equal(mem_live(), live_at_rest);
}

static bool in_group(const FakeSpan *f, const ScoreGroup *g)
{
    char judge[64];
    char model[64];

    (void)snprintf(judge, sizeof judge, "%.*s:v%d", STR_ARG(g->judge), (int)g->version);
    (void)snprintf(model, sizeof model, "%.*s%s", STR_ARG(f->span.model),
                   f->span.model.len ? ":v1" : "");
    return str_eq(f->judge, str_from(judge)) && str_eq(g->model, str_from(model));
}

/* Bins over time add up to those of all time, and at each time to its numbers. */
static void check_bins(const ScoreGroup *g, size_t buckets)
{
    uint64_t of_bin[SCORE_BINS] = {0};

    for (size_t b = 0; b < buckets; b++) {
        uint64_t numbers = 0;

        for (size_t i = 0; i < SCORE_BINS; i++) {
            of_bin[i] += g->bins_at[b * SCORE_BINS + i];
            numbers += g->bins_at[b * SCORE_BINS + i];
        }
        assert_int_equal(numbers, g->buckets[b].numbers);
    }
    for (size_t i = 0; i < SCORE_BINS; i++)
        assert_int_equal(of_bin[i], g->bins[i]);
}

static void check_group(const ScoreGroup *g, size_t buckets)
{
    ScoreTally t = {.min = (double)INFINITY, .max = -(double)INFINITY};
    uint64_t labelled = 0, told = 0, binned = 0, spread = 0;

    for (size_t i = 0; i < snapshot.len; i++) {
        const FakeSpan *f = &snapshot.spans[i];

        if (!counts(i) || !in_group(f, g))
            continue;
        t.count++;
        t.errors += f->span.status == SPAN_ERROR;
        t.passed += f->passed.kind == VALUE_BOOL && f->passed.as.b;
        t.failed += f->passed.kind == VALUE_BOOL && !f->passed.as.b;
        labelled += f->score.kind == VALUE_STR;
        if (f->score.kind != VALUE_DOUBLE)
            continue;
        t.numbers++;
        t.sum += f->score.as.d;
        t.min = f->score.as.d < t.min ? f->score.as.d : t.min;
        t.max = f->score.as.d > t.max ? f->score.as.d : t.max;
    }
    for (size_t i = 0; i < g->label_count; i++)
        told += g->labels[i].count;
    for (size_t i = 0; g->bins && i < SCORE_BINS; i++)
        binned += g->bins[i];
    for (size_t i = 0; i < buckets; i++)
        spread += g->buckets[i].count;
    assert_int_equal(g->tally.count, t.count);
    assert_int_equal(g->tally.errors, t.errors);
    assert_int_equal(g->tally.passed, t.passed);
    assert_int_equal(g->tally.failed, t.failed);
    assert_int_equal(g->tally.numbers, t.numbers);
    check_close(g->tally.sum, t.sum, "sum");
    assert_true(g->tally.min == t.min && g->tally.max == t.max);
    assert_int_equal(told, labelled);
    assert_int_equal(binned, t.numbers);
    assert_int_equal(spread, t.count);
    if (g->bins)
        check_bins(g, buckets);
}

static void statistics_are_what_loops_find(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const ScoreWish wish = {.buckets = 1 + below(30)};
        ScoreStats stats;
        uint64_t all = 0, expected = 0;
        Arena a;

        rng = seed * UINT64_C(0x9E3779B97F4A7C15);
        random_snapshot();
        ask_sometime();
        arena_init(&a, 1 << 26);
        assert_int_equal(query_score_stats(&snapshot, &wish, &asked, helped, &a, &stats), ST_OK);
        for (size_t i = 0; i < stats.len; i++) {
            check_group(&stats.items[i], stats.bucket_count);
            all += stats.items[i].tally.count;
        }
        for (size_t i = 0; i < snapshot.len; i++)
            expected += counts(i) && snapshot.spans[i].judge.len;
        assert_int_equal(all, expected);
        arena_deinit(&a);
    }
}

/* A key of parts put together with a separator would take these for one. */
static void groups_are_told_apart_whatever_is_in_their_names(void **state)
{
    static const char *const names[] = {"x", "x\nm", "x ", "x\n"};
    static const char *const model_names[] = {"m\n", "", "\nm", "m"};
    const QueryWindow w = QUERY_ALWAYS;
    const ScoreWish wish = {0};
    ScoreStats stats;
    Arena a;

    (void)state;
    snapshot = (struct Snapshot){0};
    for (size_t i = 0; i < 32; i++) {
        FakeSpan *f = add_span(i / 2, 0, 1);

        f->span.type = STR("score");
        f->span.name = str_from(names[i / 2 % 4]);
        f->span.model = str_from(model_names[i / 8]);
        f->span.model_version = f->span.model.len ? 1 : 0;
        f->span.span_id[6] = (uint8_t)i;
        f->judge = STR("a:v1");
    }
    fake_arrange(&snapshot, 1);
    arena_init(&a, 1 << 26);
    assert_int_equal(query_score_stats(&snapshot, &wish, &w, NULL, &a, &stats), ST_OK);
    assert_int_equal(stats.len, 16);
    for (size_t i = 0; i < stats.len; i++)
        assert_int_equal(stats.items[i].tally.count, 2);
    arena_deinit(&a);
}

/* The newest score of that judge for what `of` judges, if `of` is that one. */
static const FakeSpan *newest_of(Str judge, const FakeSpan *of)
{
    const FakeSpan *best = NULL;

    for (size_t i = 0; i < snapshot.len; i++) {
        const FakeSpan *f = &snapshot.spans[i];

        if (counts(i) && str_starts(f->judge, judge) &&
            f->span.trace_id[15] == of->span.trace_id[15] &&
            memcmp(f->span.parent_id, of->span.parent_id, SPAN_ID_BYTES) == 0 &&
            (!best || f->span.seq > best->span.seq))
            best = f;
    }
    return best;
}

typedef struct Both {
    uint64_t n, told, yes_yes, yes_no, no_yes, no_no;
} Both;

static Both both_judged(void)
{
    Both b = {0};

    for (size_t i = 0; i < snapshot.len; i++) {
        const FakeSpan *f = &snapshot.spans[i];
        const FakeSpan *y;

        if (!counts(i) || !str_starts(f->judge, STR("a:")) || newest_of(STR("a:"), f) != f)
            continue;
        y = newest_of(STR("b:"), f);
        b.n += y != NULL;
        if (!y || f->passed.kind != VALUE_BOOL || y->passed.kind != VALUE_BOOL)
            continue;
        b.told++;
        b.yes_yes += f->passed.as.b && y->passed.as.b;
        b.yes_no += f->passed.as.b && !y->passed.as.b;
        b.no_yes += !f->passed.as.b && y->passed.as.b;
        b.no_no += !f->passed.as.b && !y->passed.as.b;
    }
    return b;
}

static void agreement_is_what_loops_find(void **state)
{
    static const Str pair[] = {{"a", 1}, {"b", 1}};

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        Agreement *found = NULL;
        size_t len = 0;
        Both b;
        Arena a;

        rng = seed * UINT64_C(0x9E3779B97F4A7C15);
        random_snapshot();
        ask_sometime();
        arena_init(&a, 1 << 26);
        assert_int_equal(
            query_agreement(&snapshot, pair, 2, NULL, &asked, helped, &a, &found, &len), ST_OK);
        b = both_judged();
        assert_int_equal(len, 1);
        assert_int_equal(found->of.n, b.n);
        if (b.told) { /* else labels are compared */
            const double n = (double)b.told;
            const double agreed = (double)(b.yes_yes + b.no_no) / n;
            const double chance = ((double)(b.yes_yes + b.yes_no) * (double)(b.yes_yes + b.no_yes) +
                                   (double)(b.no_no + b.yes_no) * (double)(b.no_no + b.no_yes)) /
                                  (n * n);

            assert_int_equal(found->of.compared, b.told);
            assert_int_equal(found->of.agreed, b.yes_yes + b.no_no);
            if (chance < 1)
                check_close(found->of.kappa, (agreed - chance) / (1 - chance), "kappa");
        }
        arena_deinit(&a);
    }
}

/* By trace, then id: the highest seq of the scores, 0 without any. */
static size_t newest_scores(uint64_t seqs[1 << 16], uint8_t trace)
{
    size_t len = 0;

    memset(seqs, 0, (1 << 16) * sizeof *seqs);
    for (size_t i = 0; i < snapshot.len; i++) {
        const Span *s = &snapshot.spans[i].span;
        uint64_t *of = &seqs[s->span_id[6] << 8 | s->span_id[7]];

        if (!span_is_score(s) || s->trace_id[15] != trace)
            continue;
        len += !*of;
        *of = s->seq > *of ? s->seq : *of;
    }
    return len;
}

static void a_trace_has_the_newest_of_each_of_its_scores(void **state)
{
    static uint64_t seqs[1 << 16];

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        uint8_t id[TRACE_ID_BYTES] = {0};
        SpanBatch found;
        Arena a;

        rng = seed * UINT64_C(0x9E3779B97F4A7C15);
        random_snapshot();
        id[15] = (uint8_t)(1 + below(TRACES + 1)); /* the last has none */
        arena_init(&a, 1 << 26);
        assert_int_equal(query_trace_scores(&snapshot, id, &a, &found), ST_OK);
        assert_int_equal(found.len, newest_scores(seqs, id[15]));
        for (size_t i = 0; i < found.len; i++) {
            const Span *s = &found.spans[i];

            assert_true(span_is_score(s) && s->trace_id[15] == id[15]);
            assert_true(s->seq == seqs[s->span_id[6] << 8 | s->span_id[7]]);
        }
        arena_deinit(&a);
    }
}

static Status ask_everything(Arena *a)
{
    static const Str pair[] = {{"a", 1}, {"b", 1}};
    const QueryWindow w = QUERY_ALWAYS;
    const ScoreWish wish = {.buckets = 5};
    AggregatePlan plan = {.top = 10};
    Aggregate result;
    ScoreStats stats;
    Agreement *found;
    SpanPage page;
    ListOrder by;
    size_t len;
    Query *q;
    Status st = query_parse(STR("type:llm or judge:b"), a, NULL, &q);

    if (!st)
        st = aggregate_measures(&plan, STR("mean(score.x)"), a, NULL);
    if (!st)
        st = query_aggregate(&snapshot, q, &w, &plan, NULL, a, NULL, &result);
    if (!st)
        st = query_score_stats(&snapshot, &wish, &w, NULL, a, &stats);
    if (!st)
        st = list_order_parse(STR("-score.x"), a, NULL, &by);
    if (!st)
        st = query_spans(&snapshot, q, &w, NULL, &by, 5, (Str){0}, a, &page);
    return st ? st : query_agreement(&snapshot, pair, 2, NULL, &w, NULL, a, &found, &len);
}

static void every_allocation_failure_is_survived(void **state)
{
    (void)state;
    rng = 99;
    random_snapshot();
    for (long k = 0;; k++) {
        Arena a;
        Status st;

        arena_init(&a, 1 << 26);
        mem_fail_after(k);
        st = ask_everything(&a);
        mem_fail_after(-1);
        arena_deinit(&a);
        assert_int_equal(mem_live(), live_at_rest);
        if (!st)
            break;
        assert_int_equal(st, ST_NOMEM);
    }
}

/* ------------------------------------------------------------- order of spans */

/* <0: `a` is the smaller.  Any label is more than any finite number here. */
static int compare_values(Value a, Value b)
{
    if (a.kind == VALUE_STR && b.kind == VALUE_DOUBLE)
        return isinf(b.as.d) && b.as.d > 0 ? -1 : 1;
    if (a.kind != b.kind)
        return -compare_values(b, a);
    if (a.kind == VALUE_STR)
        return str_cmp(a.as.s, b.as.s);
    return (a.as.d > b.as.d) - (a.as.d < b.as.d);
}

/* Of the scores that judge the span, or the trace of a root, the first in the order. */
static Value first_of(const FakeSpan *f, bool ascending)
{
    Value best = {0};

    for (size_t i = 0; i < snapshot.len; i++) {
        const FakeSpan *g = &snapshot.spans[i];
        int c;

        if (!counts(i) || judged_by(g) != f || g->score.kind == VALUE_NONE ||
            (g->score.kind == VALUE_DOUBLE && isnan(g->score.as.d)))
            continue;
        c = best.kind == VALUE_NONE ? 1 : compare_values(g->score, best);
        if (best.kind == VALUE_NONE || (ascending ? c < 0 : c > 0))
            best = g->score;
    }
    return best;
}

static const FakeSpan *span_of(const Span *line)
{
    for (size_t i = 0; i < snapshot.len; i++) {
        const FakeSpan *f = &snapshot.spans[i];

        if (!span_is_score(&f->span) && f->span.trace_id[15] == line->trace_id[15] &&
            memcmp(f->span.span_id, line->span_id, SPAN_ID_BYTES) == 0)
            return f;
    }
    fail_msg("a span that is none");
    return NULL;
}

/* Is `b` rightly behind `a`? */
static bool in_order(const Span *a, const Span *b, bool ascending)
{
    const Value x = first_of(span_of(a), ascending);
    const Value y = first_of(span_of(b), ascending);
    int c = (y.kind == VALUE_NONE) - (x.kind == VALUE_NONE);

    if (!c && x.kind != VALUE_NONE)
        c = ascending ? -compare_values(x, y) : compare_values(x, y);
    if (!c)
        c = (a->start_ns > b->start_ns) - (a->start_ns < b->start_ns);
    if (!c)
        c = -memcmp(a->trace_id, b->trace_id, TRACE_ID_BYTES);
    if (!c)
        c = -memcmp(a->span_id, b->span_id, SPAN_ID_BYTES);
    return c > 0;
}

static void spans_come_in_the_order_of_their_scores(void **state)
{
    const QueryWindow w = QUERY_ALWAYS;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS / 8; seed++) {
        const bool ascending = seed % 2;
        SpanPage page = {0};
        Span last = {0};
        size_t found = 0;
        ListOrder by;
        Query *q = NULL;
        Arena a;

        rng = seed * UINT64_C(0x9E3779B97F4A7C15);
        random_snapshot();
        for (size_t i = 0; i < snapshot.len; i++)
            if (snapshot.spans[i].score.kind == VALUE_DOUBLE && below(8) == 0)
                snapshot.spans[i].score.as.d = below(2) ? NAN : below(2) ? INFINITY : -INFINITY;
        arena_init(&a, 1 << 26);
        assert_int_equal(query_parse((Str){0}, &a, NULL, &q), ST_OK);
        assert_int_equal(
            list_order_parse(ascending ? STR("score.x") : STR("-score.x"), &a, NULL, &by), ST_OK);
        do {
            assert_int_equal(
                query_spans(&snapshot, q, &w, NULL, &by, 1 + below(9), page.next_cursor, &a, &page),
                ST_OK);
            for (size_t i = 0; i < page.len; i++, found++) {
                if (found && !in_order(&last, &page.items[i], ascending))
                    fail_msg("seed %llu: span %zu is out of order", (unsigned long long)seed,
                             found);
                last = page.items[i];
            }
        } while (page.next_cursor.len);
        assert_int_equal(found, TRACES * SPANS);
        arena_deinit(&a);
        assert_int_equal(mem_live(), live_at_rest);
    }
}

static int start_helpers(void **state)
{
    (void)state;
    if (engine_new(1 << 20, 3, &helped) != ST_OK)
        return -1;
    live_at_rest = mem_live();
    return 0;
}

static int stop_helpers(void **state)
{
    (void)state;
    engine_free(helped);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aggregates_count_what_loops_count),
        cmocka_unit_test(statistics_are_what_loops_find),
        cmocka_unit_test(groups_are_told_apart_whatever_is_in_their_names),
        cmocka_unit_test(agreement_is_what_loops_find),
        cmocka_unit_test(a_trace_has_the_newest_of_each_of_its_scores),
        cmocka_unit_test(spans_come_in_the_order_of_their_scores),
        cmocka_unit_test(every_allocation_failure_is_survived),
    };

    return cmocka_run_group_tests(tests, start_helpers, stop_helpers);
}
