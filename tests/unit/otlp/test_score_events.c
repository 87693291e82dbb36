/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation results in events of spans become rows of scores. */
#include "otlp/score_events.h"

#include "base/alloc.h"
#include "model/score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define EVENT(attributes)                                                                      \
    "{\"time\":\"2026-09-21T14:13:21Z\",\"name\":\"gen_ai.evaluation.result\",\"attributes\":" \
    "{" attributes "}}"
#define NAMED(name, more) EVENT("\"gen_ai.evaluation.name\":\"" name "\"" more)

static const Resource resource;
static const Scope scope;

static Span span_with(const char *events)
{
    Span s = {.name = STR("chat"),
              .type = STR("llm"),
              .model = STR("m"),
              .start_ns = 70,
              .end_ns = 90,
              .resource = &resource,
              .scope = &scope,
              .events_json = str_from(events)};

    s.trace_id[3] = 1;
    s.span_id[5] = 2;
    return s;
}

static void each_result_is_a_score_of_its_span(void **state)
{
    Span spans[] = {
        span_with("[{\"name\":\"other\"}]"),
        span_with("[" NAMED("good", ",\"gen_ai.evaluation.score.value\":1") "," NAMED(
            "tone", ",\"gen_ai.evaluation.score.label\":\"kind\"") "]"),
    };
    SpanBatch batch = {spans, 2};
    Score a, b;
    Arena arena;

    (void)state;
    arena_init(&arena, 1 << 20);
    assert_int_equal(otlp_score_events(&batch, &arena), ST_OK);
    assert_int_equal(batch.len, 4);
    assert_true(score_of_span(&batch.spans[2], &a));
    assert_true(score_of_span(&batch.spans[3], &b));
    assert_true(str_eq(a.name, STR("good")) && str_eq(b.name, STR("tone")));
    assert_true(a.value.kind == VALUE_DOUBLE && a.value.as.d == 1);
    assert_true(b.value.kind == VALUE_STR && str_eq(b.value.as.s, STR("kind")));
    assert_memory_equal(a.span_id, spans[1].span_id, SPAN_ID_BYTES);
    assert_true(memcmp(a.id, b.id, SPAN_ID_BYTES) != 0);
    assert_int_equal(a.time_ns, INT64_C(1790000001000000000));
    assert_int_equal(batch.spans[2].start_ns, 70);
    assert_true(str_eq(batch.spans[2].model, STR("m")));
    arena_deinit(&arena);
}

static void what_is_no_result_is_left_alone(void **state)
{
    static const char *const events[] = {
        "",
        "[]",
        "{}",
        "[\"gen_ai.evaluation.result\"]",
        "[" EVENT("") "]",
        "[" EVENT("\"gen_ai.evaluation.name\":\"\"") "]",
        "[" EVENT("\"gen_ai.evaluation.name\":3") "]",
        "[{\"name\":\"gen_ai.evaluation.result\"}]",
        "[{\"name\":\"gen_ai.evaluation.result\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        Span span = span_with(events[i]);
        SpanBatch batch = {&span, 1};
        Arena arena;

        arena_init(&arena, 1 << 20);
        assert_int_equal(otlp_score_events(&batch, &arena), ST_OK);
        assert_int_equal(batch.len, 1);
        arena_deinit(&arena);
    }
}

static void every_allocation_failure_is_told(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        Span span = span_with("[" NAMED("good", "") "]");
        SpanBatch batch = {&span, 1};
        Arena arena;
        Status st;

        arena_init(&arena, 1 << 20);
        mem_fail_after(k);
        st = otlp_score_events(&batch, &arena);
        mem_fail_after(-1);
        arena_deinit(&arena);
        assert_int_equal(mem_live(), 0);
        if (!st)
            break;
        assert_int_equal(st, ST_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_result_is_a_score_of_its_span),
        cmocka_unit_test(what_is_no_result_is_left_alone),
        cmocka_unit_test(every_allocation_failure_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
