/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of samples and queues of samples from their bodies, and memory that runs out at any
 * place. */
#include "unit/domain/domain_test.h"

#include "domain/dataset.h"
#include "domain/queue_samples.h"
#include "domain/sample_score.h"

static SpaceRow make_dataset(World *w)
{
    SpaceRow row = {0};
    CommitOut out = {0};
    FieldErr err = {0};
    bool created;

    assert_ok(dataset_create(w->domain, w->project, STR("{\"name\":\"d\"}"), &w->arena, &row,
                             &created, &err));
    assert_ok(dataset_commit(w->domain, &row,
                             STR("{\"samples\":[{\"id\":\"a\",\"input\":1,\"expected\":1,"
                                 "\"metadata\":{\"k\":1}},{\"id\":\"b\",\"input\":2}]}"),
                             &w->arena, &out, &err));
    assert_ok(dataset_get(w->domain, w->project, STR("d"), &w->arena, &row, &err));
    return row;
}

static SampleScoresResult add(World *w, const SpaceRow *space, const char *body)
{
    SampleScoresResult out = {0};
    FieldErr err = {0};

    if (sample_scores_add(w->domain, space, str_from(body), &w->arena, &out, &err))
        fail_msg("%s", err.err.msg);
    return out;
}

static void a_body_becomes_scores_and_refusals(void **state)
{
    World w = world_new();
    const SpaceRow d = make_dataset(&w);
    SampleScoreRow row;
    const SampleScoresResult out =
        add(&w, &d,
            "{\"scores\":[{\"sample\":\"a\",\"name\":\"n\",\"value\": {\"double\":\"NaN\"}},"
            "{\"sample\":\"zz\",\"name\":\"n\",\"value\":1},"
            "{\"number\":2,\"name\":\"e\",\"expected\":{\"x\": 1.50}}]}");

    (void)state;
    assert_int_equal(out.counts.accepted, 2);
    assert_int_equal(out.counts.rejected_count, 1);
    assert_int_equal(out.counts.rejected[0].index, 1);
    assert_string_equal(out.counts.rejected[0].field, "sample");
    assert_int_equal(out.ids[1], 0);
    assert_ok(catalog_sample_score_get(w.catalog, d.id, out.ids[0], &w.arena, &row));
    assert_str(row.value, "{\"double\":\"NaN\"}");
    assert_str(row.source, "code");
    assert_false(row.expectation);
    assert_ok(catalog_sample_score_get(w.catalog, d.id, out.ids[2], &w.arena, &row));
    assert_str(row.expected, "{\"x\": 1.50}"); /* as it was written */
    assert_str(row.sample_id, "b");
    assert_true(row.expectation);
    world_free(&w);
}

static void a_dataset_with_id_fields_takes_expectations_too(void **state)
{
    World w = world_new();
    SpaceRow d = {0};
    CommitOut out = {0};
    FieldErr err = {0};
    SampleRow row;
    bool created;

    (void)state;
    assert_ok(dataset_create(w.domain, w.project, STR("{\"name\":\"k\",\"id_fields\":[\"k\"]}"),
                             &w.arena, &d, &created, &err));
    assert_ok(dataset_commit(w.domain, &d,
                             STR("{\"samples\":[{\"input\":{\"k\":7,\"x\":\"\\u00e9\"}}]}"),
                             &w.arena, &out, &err));
    assert_ok(dataset_get(w.domain, w.project, STR("k"), &w.arena, &d, &err));
    add(&w, &d, "{\"scores\":[{\"sample\":\"7\",\"name\":\"e\",\"expected\":\"yes\"}]}");
    assert_ok(sample_score_apply(w.domain, &d, 1, (Str){0}, &w.arena, &out, &err));
    assert_int_equal(out.version, 2);
    assert_int_equal(out.changed, 1);
    assert_ok(catalog_sample_get(w.catalog, d.list_id, 2, STR("7"), 0, &w.arena, &row));
    assert_str(row.expected, "\"yes\"");
    assert_int_equal(row.number, 1);
    world_free(&w);
}

/* Each step in the life of a score; stops at the first failure. */
static Status live(World *w, const SpaceRow *d, Arena *a)
{
    SampleScoresResult scores = {0};
    SamplesLeft left = {0};
    QueueRow queue = {.project_id = w->project, .dataset = STR("d"), .judge = STR("ann")};
    CommitOut out = {0};
    FieldErr err = {0};
    Status st = queue_create(w->domain, w->project,
                             STR("{\"name\":\"q\",\"judge\":\"ann\",\"dataset\":{\"name\":\"d\"}}"),
                             a, &queue, &err);

    if (st == ST_EXISTS)
        st = ST_OK;
    if (!st)
        st = sample_scores_add(
            w->domain, d,
            STR("{\"scores\":[{\"sample\":\"a\",\"judge\":\"ann:v1\",\"passed\":false},"
                "{\"sample\":\"a\",\"name\":\"e\",\"expected\":[2]}]}"),
            a, &scores, &err);
    if (!st)
        st = queue_of_dataset(w->domain, &queue, 5, &(Cancel){0}, a, &left, &err);
    if (!st)
        st = sample_score_apply(w->domain, d, scores.ids[1], STR("{\"message\":\"so\"}"), a, &out,
                                &err);
    return st;
}

static void every_allocation_failure_leaves_whole_scores(void **state)
{
    World w = world_new();
    const SpaceRow d = make_dataset(&w);
    Status st = ST_NOMEM;
    const long before = mem_live();

    (void)state;
    for (long k = 0; st; k++) {
        Arena a;

        arena_init(&a, 64 << 20);
        mem_fail_after(k);
        st = live(&w, &d, &a);
        mem_fail_after(-1);
        /* Too little room for the arena is told as that of a body. */
        if (st && st != ST_NOMEM && st != ST_LIMIT && st != ST_INVALID)
            fail_msg("allocation %ld: %s", k, status_text(st));
        arena_deinit(&a);
        assert_true(k < 5000);
    }
    assert_true(mem_live() <= before + 4); /* what the domain remembers, the reader's statements */
    assert_ok(catalog_check(w.catalog, test_no_finding, NULL));
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_becomes_scores_and_refusals),
        cmocka_unit_test(a_dataset_with_id_fields_takes_expectations_too),
        cmocka_unit_test(every_allocation_failure_leaves_whole_scores),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
