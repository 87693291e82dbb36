/* SPDX-License-Identifier: Apache-2.0 */
/* Fail the n-th allocation, write and sync of a registration and of a request with spans:
 * the error is told, nothing leaks, nothing is half done. */
#include "unit/domain/ingest_test.h"

#include "domain/judge.h"
#include "domain/key.h"
#include "domain/score.h"

static const char register_body[] =
    "{\"fingerprint\": \"" PRINT_A "\", \"source\": \"def f(): \\\"x\\\"\","
    " \"packages\": {\"a\": \"1\"}, \"metadata\": {\"k\": [1, 2, {\"d\": null}]}}";

static void every_allocation_failure_of_a_registration_is_survived(void **state)
{
    World w = world_new();
    const long before = mem_live();

    (void)state;
    for (long k = 0;; k++) {
        Arena a = test_arena();
        VersionRef ref;
        FieldErr e;
        bool created = true;
        Status st;

        mem_fail_after(k);
        st = model_register(w.domain, w.project, STR("m"), str_from(register_body), &a, &ref,
                            &created, &e);
        mem_fail_after(-1);
        arena_deinit(&a);
        assert_int_equal(mem_live(), before);
        if (!st) {
            assert_int_equal(ref.number, 1);
            break;
        }
        assert_true(st == ST_NOMEM || st == ST_LIMIT);
    }
    world_free(&w);
}

static void every_allocation_failure_of_a_key_is_survived(void **state)
{
    World w = world_new();
    KeyGrant grant;

    (void)state;
    for (long k = 0;; k++) {
        Arena a = test_arena();
        NewKey key;
        FieldErr e;
        Status st;

        mem_fail_after(k);
        st = key_create(w.domain, w.project, STR("ci"), STR("admin"), &a, &key, &e);
        if (!st)
            st = key_check(w.domain, str_from(key.text), &grant);
        mem_fail_after(-1);
        arena_deinit(&a);
        if (!st)
            break;
        assert_int_equal(st, ST_NOMEM);
    }
    world_free(&w);
}

static void every_allocation_failure_of_a_judge_is_survived(void **state)
{
    World w = world_new();
    const long before = mem_live();

    (void)state;
    for (long k = 0;; k++) {
        Arena a = test_arena();
        JudgeVersionRow row = {0};
        FieldErr e;
        bool created = true;
        Status st;

        mem_fail_after(k);
        st = judge_register(w.domain, w.project, STR("j"),
                            STR("{\"fingerprint\": \"" PRINT_A "\", \"kind\": \"llm\"}"), &a, &row,
                            &created, &e);
        mem_fail_after(-1);
        arena_deinit(&a);
        assert_int_equal(mem_live(), before);
        if (!st) {
            assert_int_equal(row.number, 1);
            break;
        }
        assert_true(st == ST_NOMEM || st == ST_LIMIT);
    }
    world_free(&w);
}

static const char scores_body[] =
    "{\"scores\": [{\"trace_id\": \"00000000000000000000000000000001\", \"name\": \"x\","
    " \"value\": 0.5, \"reason\": \"r\", \"metadata\": {\"a\": [1]}}, {\"trace_id\": \"1\"}]}";

static Status try_scores(const Plant *p, ScoresResult *result)
{
    const ScoreTarget to = {p->w.domain, p->ingest, p->w.project};
    Arena a = test_arena();
    FieldErr e = {0};
    const Status st = scores_add(&to, str_from(scores_body), &a, result, &e);

    arena_deinit(&a);
    return st;
}

/* Sent again until they are taken: in the end there is one. */
static void every_failure_of_scores_is_told(void **state)
{
    static const OsFault faults[] = {OS_FAULT_WRITE, OS_FAULT_TORN_WRITE, OS_FAULT_SYNC};
    Plant p = plant_new();
    ScoresResult result = {0};
    Status st = ST_NOMEM;

    (void)state;
    plant_send(&p, NULL, 0, 1, &(TestSpan){.model = "m", .print = PRINT_A});
    for (long k = 0; st; k++) {
        mem_fail_after(k);
        st = try_scores(&p, &result);
        mem_fail_after(-1);
        assert_true(k < 10000);
    }
    assert_int_equal(result.accepted, 1);
    assert_int_equal(result.rejected_count, 1);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        st = ST_IO;
        for (long k = 0; st && k < 1000; k++) {
            os_fail_after(faults[i], k, ST_IO);
            st = try_scores(&p, &result);
            os_fail_never();
        }
        assert_ok(st);
    }
    plant_free(&p);
}

static void make_body(Buf *body, unsigned first)
{
    buf_init(body, 1 << 20);
    assert_ok(buf_append(body, STR("{\"resourceSpans\": [")));
    for (unsigned i = 0; i < 3; i++) {
        open_resource(body, i == 1 ? "other" : NULL);
        put_span(body, first + i, &(TestSpan){.model = "m", .print = i ? PRINT_A : PRINT_B});
        close_resource(body);
    }
    body->len--;
    assert_ok(buf_append(body, STR("]}")));
}

/* Sent again until it is taken, as a client does: in the end it is there, counted once for
 * each time that it was acknowledged or stored. */
static void every_allocation_failure_of_a_request_is_told(void **state)
{
    Plant p = plant_new();
    IngestResult result = {0};
    Buf body;

    (void)state;
    make_body(&body, 1);
    for (long k = 0;; k++) {
        Err err = {0};
        Status st;

        mem_fail_after(k);
        st = plant_send_body(&p, buf_str(&body), 0, true, &result, &err);
        mem_fail_after(-1);
        if (!st)
            break;
        assert_true(strlen(err.msg) > 0);
        assert_true(k < 10000);
    }
    assert_int_equal(result.accepted, 3);
    assert_int_equal(plant_version(&p, "m:v1").number, 1);
    buf_deinit(&body);
    plant_free(&p);
}

static void fail_disk(OsFault kind, Status with)
{
    Plant p = plant_new();
    IngestResult result = {0};
    Buf body;
    Status st = ST_IO;

    make_body(&body, 1);
    for (long k = 0; st && k < 1000; k++) {
        Err err = {0};

        os_fail_after(kind, k, with);
        st = plant_send_body(&p, buf_str(&body), 0, true, &result, &err);
        os_fail_never();
        if (st)
            assert_true(strlen(err.msg) > 0);
    }
    assert_ok(st);
    assert_int_equal(result.accepted, 3);
    plant_close(&p);
    plant_open(&p);
    assert_true(plant_stored(&p, "default") >= 2);
    buf_deinit(&body);
    plant_free(&p);
}

static void every_disk_failure_of_a_request_is_told(void **state)
{
    (void)state;
    fail_disk(OS_FAULT_WRITE, ST_FULL);
    fail_disk(OS_FAULT_TORN_WRITE, ST_FULL);
    fail_disk(OS_FAULT_SYNC, ST_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_failure_of_a_registration_is_survived),
        cmocka_unit_test(every_allocation_failure_of_a_key_is_survived),
        cmocka_unit_test(every_allocation_failure_of_a_judge_is_survived),
        cmocka_unit_test(every_failure_of_scores_is_told),
        cmocka_unit_test(every_allocation_failure_of_a_request_is_told),
        cmocka_unit_test(every_disk_failure_of_a_request_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
