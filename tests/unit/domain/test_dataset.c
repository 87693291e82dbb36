/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets and cases from their bodies: canonical ids, and memory that runs out at any place. */
#include "unit/domain/domain_test.h"

#include "domain/dataset.h"
#include "domain/workflow.h"

static SpaceRow make_dataset(World *w, const char *body)
{
    SpaceRow row = {0};
    FieldErr err = {0};
    bool created;

    assert_ok(
        dataset_create(w->domain, w->project, str_from(body), &w->arena, &row, &created, &err));
    return row;
}

static CommitOut commit(World *w, const SpaceRow *dataset, const char *body)
{
    CommitOut out = {0};
    FieldErr err = {0};

    if (dataset_commit(w->domain, dataset, str_from(body), &w->arena, &out, &err))
        fail_msg("%s", err.err.msg);
    return out;
}

static void the_order_of_keys_and_spaces_do_not_make_another_sample(void **state)
{
    World w = world_new();
    const SpaceRow d = make_dataset(&w, "{\"name\":\"d\"}");
    SampleRow row;

    (void)state;
    assert_int_equal(commit(&w, &d, "{\"samples\":[{\"input\":{\"a\":1,\"b\":[true]}}]}").added, 1);
    assert_int_equal(commit(&w, &d,
                            "{\"samples\" : [ { \"input\" : {\"b\":[ true ] , \"a\": 1} ,"
                            " \"metadata\" : { } , \"expected\" : null } ] } ")
                         .unchanged,
                     1);
    assert_int_equal(commit(&w, &d, "{\"samples\":[{\"input\":{\"a\":1.0,\"b\":[true]}}]}").added,
                     1);
    /* SHA-256 of {"a":1,"b":[true]} */
    assert_ok(catalog_sample_get(w.catalog, d.list_id, 1, STR("90eddf64b875cb5fa184bb12503cc730"),
                                 0, &w.arena, &row));
    assert_str(row.input, "{\"a\":1,\"b\":[true]}");
    world_free(&w);
}

/* Each step of a test in its life; stops at the first failure. */
static Status live(World *w, Arena *a)
{
    FieldErr err = {0};
    SpaceRow dataset = {0};
    SpaceRow workflow = {0};
    SampleListRow list = {0};
    SuiteRow suite = {0};
    CommitOut out = {0};
    CaseOut *cases = NULL;
    size_t count = 0;
    bool created;
    Status st = dataset_create(w->domain, w->project,
                               STR("{\"name\":\"d\",\"id_fields\":[\"k\"],\"tags\":[\"x\"]}"), a,
                               &dataset, &created, &err);

    if (!st)
        st = dataset_commit(
            w->domain, &dataset,
            STR("{\"samples\":[{\"input\":{\"k\":1},\"metadata\":{\"m\":[1]}},"
                "{\"input\":{\"k\":\"\\u00e9\"},\"split\":\"s\"}],\"remove\":[\"z\"]}"),
            a, &out, &err);
    if (!st)
        st = workflow_put(w->domain, w->project,
                          STR("{\"name\":\"w\",\"schema\":{\"b\":1,\"a\":2}}"), a, &workflow,
                          &created, &err);
    if (!st)
        st = case_bulk(w->domain, workflow.id,
                       STR("{\"cases\":[{\"name\":\"a\",\"samples\":[{\"input\":1,\"metadata\":"
                           "{\"x\":1}}]},{\"name\":\"b\"}]}"),
                       a, &cases, &count, &err);
    if (!st)
        st = case_get(w->domain, workflow.id, STR("a"), a, &list, &err);
    if (!st)
        st = case_commit(w->domain, &list,
                         STR("{\"edits\":[{\"op\":\"add\",\"input\":1,\"metadata\":{\"y\":2}},"
                             "{\"op\":\"remove\",\"input\":7},{\"op\":\"add\",\"input\":2}]}"),
                         a, &out, &err);
    if (!st)
        st = suite_get(w->domain, workflow.id, STR("s"), a, &suite, &err);
    if (st == ST_NOTFOUND)
        st = suite_create(w->domain, workflow.id,
                          STR("{\"name\":\"s\",\"cases\":[{\"name\":\"a\"},{\"name\":\"b\"}]}"), a,
                          &suite, &err);
    return st;
}

static void every_allocation_failure_leaves_whole_versions(void **state)
{
    World w = world_new();
    Status st = ST_NOMEM;
    const long before = mem_live();

    (void)state;
    for (long k = 0; st; k++) {
        Arena a;

        arena_init(&a, 64 << 20);
        mem_fail_after(k);
        st = live(&w, &a);
        mem_fail_after(-1);
        /* Too little room for the arena is told as that of a body. */
        if (st && st != ST_NOMEM && st != ST_LIMIT && st != ST_INVALID)
            fail_msg("allocation %ld: %s", k, status_text(st));
        arena_deinit(&a);
        assert_true(k < 5000);
    }
    assert_true(mem_live() <= before + 2); /* what the domain remembers of names */
    assert_ok(catalog_check(w.catalog, test_no_finding, NULL));
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_of_keys_and_spaces_do_not_make_another_sample),
        cmocka_unit_test(every_allocation_failure_leaves_whole_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
