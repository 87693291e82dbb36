/* SPDX-License-Identifier: Apache-2.0 */
/* Scores with the real store: what their rows are, and that they count as no runs. */
#include "unit/domain/ingest_test.h"

#include "domain/score.h"
#include "otlp/encode.h"
#include "query/query.h"
#include "store/snapshot.h"

static const uint8_t trace_one[TRACE_ID_BYTES] = {[15] = 1};

static ScoreTarget target(const Plant *p)
{
    return (ScoreTarget){p->w.domain, p->ingest, p->w.project};
}

static ScoresResult add(Plant *p, Str body)
{
    const ScoreTarget to = target(p);
    ScoresResult result = {0};
    FieldErr e = {0};

    if (scores_add(&to, body, &p->w.arena, &result, &e))
        fail_msg("%s: %s", e.field, e.err.msg);
    return result;
}

/* The trace's spans, then its scores. */
static SpanBatch read_trace(Plant *p, const uint8_t *id, size_t *spans)
{
    Snapshot *snap;
    SpanBatch trace = {0};

    assert_ok(store_snapshot(p->store, p->w.project, &snap));
    assert_ok(query_trace(snap, id, &p->w.arena, &trace));
    assert_ok(trace_split_scores(&trace, &p->w.arena, spans));
    snapshot_release(snap);
    return trace;
}

static Str golden_file(Buf *b, const char *name)
{
    char path[512];

    buf_init(b, 1 << 20);
    (void)snprintf(path, sizeof path, "%s/scores/%s", TEST_GOLDEN_DIR, name);
    assert_ok(file_read_whole(path, b));
    return buf_str(b);
}

/* What is in the log and in exports: other programs read it.  VIREO_GOLDEN=write makes it. */
static void rows_are_what_they_always_were(void **state)
{
    Plant p = plant_new();
    Buf request, golden, rows;
    ScoresResult result;
    SpanBatch trace;
    size_t spans;

    (void)state;
    result = add(&p, golden_file(&request, "request.json"));
    assert_int_equal(result.accepted, 5);
    assert_int_equal(result.rejected_count, 2);
    assert_string_equal(result.rejected[0].field, "trace_id");
    assert_int_equal(result.rejected[0].index, 5);
    assert_string_equal(result.rejected[1].field, "id");
    trace = read_trace(&p, trace_one, &spans);
    assert_int_equal(spans, 0);
    buf_init(&rows, 1 << 20);
    assert_ok(otlp_encode(OTLP_JSON, trace.spans, trace.len, &rows));
    assert_ok(buf_append_char(&rows, '\n'));
    if (getenv("VIREO_GOLDEN"))
        assert_ok(file_replace(TEST_GOLDEN_DIR "/scores/rows.json", buf_str(&rows)));
    assert_true(str_eq(buf_str(&rows), golden_file(&golden, "rows.json")));
    buf_deinit(&request);
    buf_deinit(&golden);
    buf_deinit(&rows);
    plant_free(&p);
}

#define SCORE_OF(id, more) \
    "{\"scores\": [{\"trace_id\": \"0000000000000000000000000000000" id "\", " more "}]}"

static void a_score_starts_with_its_trace_and_has_its_model(void **state)
{
    Plant p = plant_new();
    const TestSpan a = {.model = "digits", .print = PRINT_A};
    SpanBatch trace;
    Score score;
    size_t spans;

    (void)state;
    plant_send(&p, NULL, 0, 1, &a);
    add(&p, STR(SCORE_OF("1", "\"name\": \"x\", \"value\": 0.5")));
    for (int round = 0; round < 3; round++) { /* in memory, from the log, in a segment */
        trace = read_trace(&p, trace_one, &spans);
        assert_int_equal(spans, 1);
        assert_int_equal(trace.len, 2);
        assert_true(score_of_span(&trace.spans[1], &score));
        assert_int_equal(trace.spans[1].start_ns, trace.spans[0].start_ns);
        assert_memory_equal(score.span_id, trace.spans[0].span_id, SPAN_ID_BYTES);
        assert_str(trace.spans[1].model, "digits");
        assert_int_equal(trace.spans[1].model_version, 1);
        assert_true(score.value.kind == VALUE_DOUBLE && score.value.as.d == 0.5);
        /* One run: the score is none. */
        assert_int_equal(plant_version(&p, "digits:v1").runs, 1);
        if (round == 1)
            assert_ok(store_flush(p.store));
        else
            plant_close(&p);
        if (round != 1)
            plant_open(&p);
    }
    plant_free(&p);
}

/* A span's row is looked up once for each of its scores. */
static void several_scores_of_one_span_go_in_one_request(void **state)
{
    Plant p = plant_new();
    const TestSpan a = {.model = "digits", .print = PRINT_A};
    char id[2 * SPAN_ID_BYTES];
    SpanBatch trace;
    size_t spans;
    Str body;

    (void)state;
    plant_send(&p, NULL, 0, 1, &a);
    for (int round = 0; round < 2; round++) { /* in memory, in a segment */
        trace = read_trace(&p, trace_one, &spans);
        hex_encode(trace.spans[0].span_id, SPAN_ID_BYTES, id);
        assert_ok(arena_printf(&p.w.arena, &body,
                               "{\"scores\": [{\"trace_id\": \"%032x\", \"span_id\": \"%.16s\", "
                               "\"name\": \"x\", \"value\": 1}, {\"trace_id\": \"%032x\", "
                               "\"span_id\": \"%.16s\", \"name\": \"y\", \"value\": 2}]}",
                               1, id, 1, id));
        assert_int_equal(add(&p, body).accepted, 2);
        trace = read_trace(&p, trace_one, &spans);
        assert_int_equal(trace.len, 3);
        for (size_t i = 1; i < trace.len; i++)
            assert_str(trace.spans[i].model, "digits");
        assert_ok(store_flush(p.store));
    }
    plant_free(&p);
}

static void a_score_before_its_trace_keeps_its_place(void **state)
{
    Plant p = plant_new();
    const TestSpan a = {.model = "digits", .print = PRINT_A};
    SpanBatch trace;
    int64_t start;
    size_t spans;

    (void)state;
    add(&p, STR(SCORE_OF("1", "\"name\": \"x\", \"value\": 1")));
    trace = read_trace(&p, trace_one, &spans);
    assert_int_equal(spans, 0);
    start = trace.spans[0].start_ns;
    plant_send(&p, NULL, 0, 1, &a);
    add(&p, STR(SCORE_OF("1", "\"name\": \"x\", \"value\": 2")));
    trace = read_trace(&p, trace_one, &spans);
    assert_int_equal(trace.len, 2);
    assert_int_equal(trace.spans[1].start_ns, start);
    assert_str(trace.spans[1].model, "digits");
    plant_free(&p);
}

static void a_removed_score_is_an_empty_row(void **state)
{
    Plant p = plant_new();
    const ScoreTarget to = target(&p);
    SpanBatch trace;
    Score score;
    uint8_t id[SPAN_ID_BYTES];
    size_t spans;

    (void)state;
    add(&p, STR(SCORE_OF("1", "\"name\": \"x\", \"value\": 1, \"reason\": \"secret\"")));
    trace = read_trace(&p, trace_one, &spans);
    memcpy(id, trace.spans[0].span_id, sizeof id);
    assert_ok(score_remove(&to, trace_one, id, &p.w.arena));
    trace = read_trace(&p, trace_one, &spans);
    assert_int_equal(trace.len, 1);
    assert_false(score_of_span(&trace.spans[0], &score));
    assert_int_equal(score_remove(&to, trace_one, id, &p.w.arena), ST_NOTFOUND);
    add(&p, STR(SCORE_OF("1", "\"name\": \"x\", \"value\": 3")));
    trace = read_trace(&p, trace_one, &spans);
    assert_true(score_of_span(&trace.spans[0], &score));
    plant_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_what_they_always_were),
        cmocka_unit_test(a_score_starts_with_its_trace_and_has_its_model),
        cmocka_unit_test(several_scores_of_one_span_go_in_one_request),
        cmocka_unit_test(a_score_before_its_trace_keeps_its_place),
        cmocka_unit_test(a_removed_score_is_an_empty_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
