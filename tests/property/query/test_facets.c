/* SPDX-License-Identifier: Apache-2.0 */
/* Facets and comparisons against counting by hand, over random spans whose traces are spread
 * over blocks: all, some or none of them. */
#include "support/fake_snapshot.c"

#include "base/alloc.h"
#include "query/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { SEEDS = 200, TRACES = 60, ARENA_MAX = 256 << 20, MAX_VALUES = 400, TEXT_ROOM = 32 };

static uint64_t rng;
static int seed_now;

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
static const char *const models[] = {"", "digits", "fraud"};
static const char *const countries[] = {"DE", "FR", "7"};

/* ------------------------------------------------------------ random data */

/* The same text in three kinds, and doubles that are told alike. */
static Value random_age(void)
{
    switch (below(4)) {
    case 0:
        return (Value){VALUE_STR, {.s = STR("7")}};
    case 1:
        return (Value){VALUE_INT, {.i = 5 + (int64_t)below(4)}};
    case 2:
        return (Value){VALUE_DOUBLE, {.d = (double)below(16)}};
    default:
        return (Value){VALUE_DOUBLE, {.d = 7 + (double)below(3) * 4e-15}};
    }
}

static void random_span(FakeSpan *f, size_t traces, uint32_t number)
{
    static char customers[200][8];
    static const Resource resource;
    const size_t customer = below(200);
    Span *s = &f->span;

    *f = (FakeSpan){.service = below(2) ? STR("shop") : (Str){0}};
    s->trace_id[15] = (uint8_t)(1 + below(traces));
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
    s->seq = number;
    s->resource = &resource;
    (void)snprintf(customers[customer], sizeof customers[customer], "c%zu", customer);
    if (below(2))
        f->tags[f->tag_count++] = (FakeTag){STR("country"), {VALUE_STR, {.s = PICK(countries)}}};
    if (below(2))
        f->tags[f->tag_count++] = (FakeTag){STR("age"), random_age()};
    if (below(2)) /* more values than a word has bits */
        f->tags[f->tag_count++] =
            (FakeTag){STR("customer"), {VALUE_STR, {.s = str_from(customers[customer])}}};
}

/* `spread`: one span in so many is in a block of its own choice; the others are where their
 * trace is. */
static void random_snapshot(struct Snapshot *snap)
{
    const size_t blocks = 1 + below(6);
    const size_t traces = 1 + below(TRACES);
    const size_t spread = 1 + below(below(2) ? 3 : 100);

    *snap = (struct Snapshot){.len = below(FAKE_MAX_SPANS),
                              .dictionaries = below(2),
                              .exact_bloom = below(2),
                              .immutable = below(2)};
    for (size_t i = 0; i < snap->len; i++) {
        FakeSpan *f = &snap->spans[i];

        random_span(f, traces, (uint32_t)i + 1);
        f->block = below(spread) ? f->span.trace_id[15] % blocks : below(blocks);
    }
    fake_arrange(snap, blocks);
}

/* One row in eight is a score, among the spans of its trace. */
static void make_scores(struct Snapshot *snap)
{
    for (size_t i = 0; i < snap->len; i++)
        if (below(8) == 0)
            snap->spans[i].span.type = STR(VIREO_TYPE_SCORE);
}

/* ------------------------------------------------------------------ oracle */

static const Value *find_tag(const FakeSpan *f, const char *key)
{
    for (size_t i = 0; i < f->tag_count; i++)
        if (str_eq(f->tags[i].key, str_from(key)))
            return &f->tags[i].value;
    return NULL;
}

static void copy_text(char *out, Str s)
{
    (void)snprintf(out, TEXT_ROOM, "%.*s", STR_ARG(s));
}

static void tag_text(const FakeSpan *f, const char *key, char *out)
{
    const Value *v = find_tag(f, key);

    if (v && v->kind == VALUE_INT)
        (void)snprintf(out, TEXT_ROOM, "%lld", (long long)v->as.i);
    else if (v && v->kind == VALUE_DOUBLE)
        (void)snprintf(out, TEXT_ROOM, "%.15g", v->as.d);
    else if (v)
        copy_text(out, v->as.s);
}

/* "" where the span has no value. */
static void value_text(const FakeSpan *f, size_t field, char *out)
{
    static const char *const statuses[] = {"unset", "ok", "error"};

    out[0] = '\0';
    if (span_is_score(&f->span))
        return; /* which has fields of its own */
    switch (field) {
    case 0:
        copy_text(out, str_from(statuses[f->span.status]));
        break;
    case 1:
        copy_text(out, f->span.model);
        break;
    case 2:
        copy_text(out, f->span.name);
        break;
    case 3:
        copy_text(out, f->service);
        break;
    case 4:
        tag_text(f, "country", out);
        break;
    case 5:
        tag_text(f, "age", out);
        break;
    case 6:
        tag_text(f, "customer", out);
        break;
    default:
        copy_text(out, span_is_root(&f->span) ? STR("true") : STR("false"));
        break;
    }
}

static const char *const fields[] = {"status",      "model",   "name",         "service",
                                     "tag.country", "tag.age", "tag.customer", "root"};
enum { FIELDS = sizeof fields / sizeof *fields };

static bool is_error(const FakeSpan *f)
{
    return f->span.status == SPAN_ERROR;
}

static bool is_llm(const FakeSpan *f)
{
    return str_eq(f->span.type, STR("llm"));
}

static bool german_or_root(const FakeSpan *f)
{
    const Value *country = find_tag(f, "country");

    return (country && str_eq(country->as.s, STR("DE"))) || span_is_root(&f->span);
}

static const struct {
    const char *text;
    bool (*holds)(const FakeSpan *f); /* of some span of the trace; NULL: no matter */
    bool negated;
} queries[] = {{"", NULL, false},
               {"status:error", is_error, false},
               {"-type:llm", is_llm, true},
               {"tag.country:DE or root:true", german_or_root, false}};

static bool trace_counts(const struct Snapshot *snap, uint8_t trace, size_t query,
                         const QueryWindow *w)
{
    int64_t start = INT64_MAX;
    bool holds = false;

    for (size_t i = 0; i < snap->len; i++) {
        const FakeSpan *f = &snap->spans[i];

        if (f->span.trace_id[15] != trace)
            continue;
        start = f->span.start_ns < start ? f->span.start_ns : start;
        holds = holds || !queries[query].holds || queries[query].holds(f);
    }
    if (start == INT64_MAX || start < w->from_ns || start >= w->to_ns)
        return false;
    return holds != queries[query].negated;
}

typedef struct Want {
    char text[TEXT_ROOM];
    uint64_t count;
    int last; /* trace that it was counted for */
} Want;

static Want wants[MAX_VALUES];
static size_t want_len;

static Want *want_of(const char *text)
{
    for (size_t i = 0; i < want_len; i++)
        if (strcmp(wants[i].text, text) == 0)
            return &wants[i];
    assert_true(want_len < MAX_VALUES);
    wants[want_len] = (Want){.count = 0};
    (void)snprintf(wants[want_len].text, TEXT_ROOM, "%s", text);
    return &wants[want_len++];
}

/* The values of the field and the number of traces that have them. */
static void expect(const struct Snapshot *snap, size_t field, size_t query, const QueryWindow *w)
{
    want_len = 0;
    for (int trace = 1; trace <= TRACES; trace++) {
        if (!trace_counts(snap, (uint8_t)trace, query, w))
            continue;
        for (size_t i = 0; i < snap->len; i++) {
            char text[TEXT_ROOM];
            Want *want;

            if (snap->spans[i].span.trace_id[15] != trace)
                continue;
            value_text(&snap->spans[i], field, text);
            if (!text[0])
                continue;
            want = want_of(text);
            want->count += want->last != trace;
            want->last = trace;
        }
    }
}

/* ------------------------------------------------------------------ tests */

static void wish_for_fields(FacetWish *wish, Arena *arena)
{
    *wish = (FacetWish){.top = FACET_MAX_TOP, .len = FIELDS};
    for (size_t i = 0; i < FIELDS; i++)
        assert_int_equal(field_find(str_from(fields[i]), arena, NULL, &wish->fields[i]), ST_OK);
}

static void check_facet(const Facet *f)
{
    assert_int_equal(f->len, want_len < FACET_MAX_TOP ? want_len : FACET_MAX_TOP);
    for (size_t i = 0; i < f->len; i++) {
        char text[TEXT_ROOM];

        copy_text(text, f->values[i].value);
        if (want_of(text)->count != f->values[i].count)
            fail_msg("seed %d: %.*s %s is in %d traces, expected %d", seed_now, STR_ARG(f->field),
                     text, (int)f->values[i].count, (int)want_of(text)->count);
        if (i && f->values[i].count > f->values[i - 1].count)
            fail_msg("seed %d: %.*s is not in order", seed_now, STR_ARG(f->field));
    }
}

static QueryWindow random_window(void)
{
    QueryWindow w = QUERY_ALWAYS;

    if (below(2)) {
        w.from_ns = (int64_t)below(1500) * 1000000;
        w.to_ns = w.from_ns + (int64_t)below(1500) * 1000000;
    }
    return w;
}

static QueryEngine *random_engine(void)
{
    QueryEngine *engine = NULL;

    if (below(2))
        assert_int_equal(engine_new(1 << 20, (unsigned)below(4), &engine), ST_OK);
    return engine;
}

static void facets_count_a_trace_once_wherever_its_spans_are(void **state)
{
    static struct Snapshot snap;

    (void)state;
    for (seed_now = 1; seed_now <= SEEDS; seed_now++) {
        FacetList list = {0};
        FacetWish wish;
        QueryEngine *engine;
        size_t query;
        bool scored;
        QueryWindow w;
        Query *q = NULL;
        Arena arena;

        rng = (uint64_t)seed_now * UINT64_C(0x9E3779B97F4A7C15);
        random_snapshot(&snap);
        scored = below(2);
        query = scored ? 0 : below(sizeof queries / sizeof *queries);
        w = scored ? QUERY_ALWAYS : random_window();
        if (scored)
            make_scores(&snap);
        engine = random_engine();
        arena_init(&arena, ARENA_MAX);
        wish_for_fields(&wish, &arena);
        assert_int_equal(query_parse(str_from(queries[query].text), &arena, NULL, &q), ST_OK);
        assert_int_equal(query_facets(&snap, q, &w, &wish, engine, &arena, &list), ST_OK);
        assert_int_equal(list.len, FIELDS);
        for (size_t i = 0; i < FIELDS; i++) {
            expect(&snap, i, query, &w);
            check_facet(&list.items[i]);
        }
        arena_deinit(&arena);
        engine_free(engine);
    }
    assert_int_equal(mem_live(), 0);
}

static uint64_t count_traces(const struct Snapshot *snap, size_t query, const QueryWindow *w)
{
    uint64_t count = 0;

    for (int trace = 1; trace <= TRACES; trace++)
        count += trace_counts(snap, (uint8_t)trace, query, w);
    return count;
}

/* Traces of the selection that have the value. */
static uint64_t count_having(const struct Snapshot *snap, size_t query, const QueryWindow *w,
                             Str field, Str value)
{
    char text[TEXT_ROOM];
    size_t at = 0;

    while (!str_eq(str_from(fields[at]), field))
        at++;
    copy_text(text, value);
    expect(snap, at, query, w);
    return want_of(text)->count;
}

static void comparisons_count_each_side_by_traces(void **state)
{
    static struct Snapshot snap;

    (void)state;
    for (seed_now = 1; seed_now <= SEEDS; seed_now++) {
        const size_t sides[2] = {(size_t)seed_now % 4, (size_t)seed_now / 4 % 4};
        Selection selections[2] = {{.window = QUERY_ALWAYS}, {.window = QUERY_ALWAYS}};
        Comparison c = {0};
        FacetWish wish;
        Arena arena;

        rng = (uint64_t)seed_now * UINT64_C(0xD1B54A32D192ED03);
        random_snapshot(&snap);
        arena_init(&arena, ARENA_MAX);
        wish_for_fields(&wish, &arena);
        for (int i = 0; i < 2; i++) {
            Query *q = NULL;

            assert_int_equal(query_parse(str_from(queries[sides[i]].text), &arena, NULL, &q),
                             ST_OK);
            selections[i] = (Selection){q, random_window()};
        }
        assert_int_equal(query_compare(&snap, &selections[0], &selections[1], &wish, COMPARE_LIMIT,
                                       NULL, &arena, &c),
                         ST_OK);
        assert_int_equal(c.a.traces, count_traces(&snap, sides[0], &selections[0].window));
        assert_int_equal(c.b.traces, count_traces(&snap, sides[1], &selections[1].window));
        for (size_t i = 0; i < c.len; i++) {
            const Difference *d = &c.items[i];

            assert_int_equal(
                d->a, count_having(&snap, sides[0], &selections[0].window, d->field, d->value));
            assert_int_equal(
                d->b, count_having(&snap, sides[1], &selections[1].window, d->field, d->value));
            assert_true(d->z == d->z); /* not NaN */
        }
        arena_deinit(&arena);
    }
    assert_int_equal(mem_live(), 0);
}

static void every_allocation_failure_is_survived(void **state)
{
    static struct Snapshot snap;

    (void)state;
    rng = 7;
    random_snapshot(&snap);
    for (long k = 0;; k++) {
        const QueryWindow w = QUERY_ALWAYS;
        FacetList list = {0};
        FacetWish wish = {.top = 10};
        Query *q = NULL;
        Arena arena;
        Status st;

        arena_init(&arena, ARENA_MAX);
        mem_fail_after(k);
        st = query_parse(STR("status:error"), &arena, NULL, &q);
        if (!st)
            st = query_facets(&snap, q, &w, &wish, NULL, &arena, &list);
        mem_fail_after(-1);
        arena_deinit(&arena);
        assert_int_equal(mem_live(), 0);
        if (st == ST_OK)
            break;
        assert_int_equal(st, ST_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facets_count_a_trace_once_wherever_its_spans_are),
        cmocka_unit_test(comparisons_count_each_side_by_traces),
        cmocka_unit_test(every_allocation_failure_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
