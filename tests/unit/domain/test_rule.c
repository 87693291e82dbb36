/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and review queues: kept, changed, deleted, and refused with the field that is wrong. */
#include "unit/domain/domain_test.h"

#include "catalog/tombstone.h"
#include "domain/judge.h"
#include "domain/queue.h"
#include "domain/rule.h"

#define PRINT "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void register_judge(World *w, const char *name)
{
    JudgeVersionRow row = {0};
    bool created;

    assert_ok(judge_register(w->domain, w->project, str_from(name),
                             STR("{\"fingerprint\": \"" PRINT "\", \"kind\": \"code\"}"), &w->arena,
                             &row, &created, NULL));
}

static RuleRow make_rule(World *w, const char *body)
{
    RuleRow row = {0};
    FieldErr e = {0};

    if (rule_create(w->domain, w->project, str_from(body), &w->arena, &row, &e))
        fail_msg("%s: %s", e.field, e.err.msg);
    return row;
}

static void a_rule_is_kept_and_changed(void **state)
{
    World w = world_new();
    RuleRow rule;
    RuleList list;
    FieldErr e = {0};
    Str tag;

    (void)state;
    register_judge(&w, "good");
    rule = make_rule(&w, "{\"judge\": \"good\", \"where\": \"status:error\", \"sample\": 0.1}");
    assert_int_equal(rule.sample_ppm, 100000);
    assert_ok(rule_update(w.domain, w.project, rule.id, STR("{\"enabled\": false}"), &w.arena,
                          &rule, &e));
    assert_str(rule.subject, "trace");
    assert_int_equal(rule_update(w.domain, w.project, rule.id, STR("{\"subject\": \"model\"}"),
                                 &w.arena, &rule, &e),
                     ST_INVALID);
    assert_string_equal(e.field, "subject");
    assert_ok(rule_update(w.domain, w.project, rule.id, STR("{\"subject\": \"span\"}"), &w.arena,
                          &rule, &e));
    world_close(&w);
    world_open(&w);
    assert_ok(rule_list(w.domain, w.project, &w.arena, &list));
    assert_int_equal(list.len, 1);
    assert_str(list.items[0].query, "status:error");
    assert_str(list.items[0].judge, "good");
    assert_str(list.items[0].subject, "span");
    assert_int_equal(list.items[0].sample_ppm, 100000);
    assert_false(list.items[0].enabled);
    assert_ok(judge_tag(w.domain, w.project, STR("good"), &w.arena, &tag));
    assert_str(tag, "good:v1");
    assert_int_equal(judge_tag(w.domain, w.project, STR("good:v2"), &w.arena, &tag), ST_NOTFOUND);
    assert_ok(rule_remove(w.domain, w.project, list.items[0].id));
    assert_int_equal(rule_remove(w.domain, w.project, list.items[0].id), ST_NOTFOUND);
    assert_int_equal(rule_update(w.domain, w.project, 99, STR("{}"), &w.arena, &rule, &e),
                     ST_NOTFOUND);
    world_free(&w);
}

static void there_are_not_more_rules_than_allowed(void **state)
{
    World w = world_new();
    RuleRow row;
    FieldErr e = {0};

    (void)state;
    register_judge(&w, "good");
    for (int i = 0; i < RULES_MAX; i++)
        make_rule(&w, "{\"judge\": \"good\"}");
    assert_int_equal(
        rule_create(w.domain, w.project, STR("{\"judge\": \"good\"}"), &w.arena, &row, &e),
        ST_INVALID);
    assert_non_null(strstr(e.err.msg, "at most 200 rules"));
    world_free(&w);
}

static void a_queue_registers_its_person(void **state)
{
    World w = world_new();
    QueueRow queue;
    QueueList list;
    JudgeRow judge;
    FieldErr e = {0};
    Str text;

    (void)state;
    register_judge(&w, "code");
    assert_ok(queue_create(w.domain, w.project,
                           STR("{\"name\": \"low\", \"judge\": \"ann\", \"where\": \"a or b\"}"),
                           &w.arena, &queue, &e));
    assert_ok(judge_get(w.domain, w.project, STR("ann"), &w.arena, &judge));
    assert_str(judge.kind, "person");
    assert_ok(queue_query(&queue, false, &w.arena, &text));
    assert_str(text, "(a or b) -judge:ann");
    assert_ok(queue_query(&queue, true, &w.arena, &text));
    assert_str(text, "(a or b) judge:ann");
    assert_int_equal(queue_create(w.domain, w.project,
                                  STR("{\"name\": \"x\", \"judge\": \"code\"}"), &w.arena, &queue,
                                  &e),
                     ST_INVALID);
    assert_string_equal(e.field, "judge");
    assert_int_equal(queue_create(w.domain, w.project,
                                  STR("{\"name\": \"low\", \"judge\": \"ann\"}"), &w.arena, &queue,
                                  &e),
                     ST_EXISTS);
    assert_string_equal(e.field, "name");
    assert_ok(queue_create(w.domain, w.project, STR("{\"name\": \"b\", \"judge\": \"odd one\"}"),
                           &w.arena, &queue, &e));
    assert_ok(queue_query(&queue, false, &w.arena, &text));
    assert_str(text, "-judge:\"odd one\"");
    assert_ok(queue_update(w.domain, w.project, queue.id, STR("{\"name\": \"zz\"}"), &w.arena,
                           &queue, &e));
    assert_ok(queue_list(w.domain, w.project, &w.arena, &list));
    assert_int_equal(list.len, 2);
    assert_str(list.items[1].name, "zz");
    assert_str(list.items[1].judge, "odd one");
    assert_ok(catalog_project_drop(w.catalog, w.project, 5));
    assert_ok(queue_list(w.domain, w.project, &w.arena, &list));
    assert_int_equal(list.len, 0);
    world_free(&w);
}

static void every_allocation_failure_is_survived(void **state)
{
    World w = world_new();
    long before;

    (void)state;
    register_judge(&w, "good");
    make_rule(&w, "{\"judge\": \"good\"}"); /* connections and their statements stay */
    before = mem_live();
    for (long k = 0;; k++) {
        Arena a = test_arena();
        RuleRow rule = {0};
        QueueRow queue = {0};
        QueueList list;
        Status st;

        mem_fail_after(k);
        st = rule_create(w.domain, w.project, STR("{\"judge\": \"good\", \"where\": \"x\"}"), &a,
                         &rule, NULL);
        if (!st)
            st = queue_create(w.domain, w.project, STR("{\"name\": \"q\", \"judge\": \"p\"}"), &a,
                              &queue, NULL);
        if (!st)
            st = queue_list(w.domain, w.project, &a, &list);
        mem_fail_after(-1);
        arena_deinit(&a);
        assert_int_equal(mem_live(), before);
        if (!st || st == ST_EXISTS)
            break;
        assert_true(st == ST_NOMEM || st == ST_LIMIT);
        if (rule.id)
            assert_ok(rule_remove(w.domain, w.project, rule.id));
    }
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_is_kept_and_changed),
        cmocka_unit_test(there_are_not_more_rules_than_allowed),
        cmocka_unit_test(a_queue_registers_its_person),
        cmocka_unit_test(every_allocation_failure_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
