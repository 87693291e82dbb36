/* SPDX-License-Identifier: Apache-2.0 */
/* Judges: versions by fingerprint, names that lead to them, bodies that are refused. */
#include "unit/domain/domain_test.h"

#include "catalog/tombstone.h"
#include "domain/judge.h"

#include <stdio.h>

typedef struct Put {
    Status st;
    int32_t number;
    bool created;
    FieldErr err;
} Put;

static Put put(World *w, const char *name, const char *body)
{
    Put p = {0};
    JudgeVersionRow row = {0};

    p.st = judge_register(w->domain, w->project, str_from(name), str_from(body), &w->arena, &row,
                          &p.created, &p.err);
    p.number = row.number;
    return p;
}

static Put put_print(World *w, const char *name, unsigned print)
{
    char body[256];

    (void)snprintf(body, sizeof body,
                   "{\"fingerprint\": \"%064x\", \"kind\": \"code\", \"source\": \"def f%u(): 1\","
                   " \"description\": \"d%u\", \"parameters\": [\"outputs\"]}",
                   print, print, print);
    return put(w, name, body);
}

static void a_fingerprint_is_a_version_and_a_new_one_the_next(void **state)
{
    World w = world_new();
    JudgeVersionRow v;
    JudgeVersionList list;
    JudgeRow judge;

    (void)state;
    assert_int_equal(put_print(&w, "good", 1).number, 1);
    assert_int_equal(put_print(&w, "good", 2).number, 2);
    assert_false(put_print(&w, "good", 1).created);
    assert_int_equal(put_print(&w, "good", 1).number, 1);
    assert_int_equal(put_print(&w, "other", 1).number, 1);
    world_close(&w);
    world_open(&w);
    assert_ok(judge_version(w.domain, w.project, STR("good"), 1, &w.arena, &v));
    assert_str(v.source, "def f1(): 1");
    assert_str(v.parameters, "[\"outputs\"]");
    assert_str(v.definition, "{}");
    assert_ok(judge_version(w.domain, w.project, STR("good"), 0, &w.arena, &v));
    assert_int_equal(v.number, 2);
    assert_int_equal(judge_version(w.domain, w.project, STR("good"), 3, &w.arena, &v), ST_NOTFOUND);
    assert_ok(judge_versions(w.domain, w.project, STR("good"), 0, 1, &w.arena, &list));
    assert_true(list.more);
    assert_int_equal(list.items[0].number, 2);
    assert_ok(judge_get(w.domain, w.project, STR("good"), &w.arena, &judge));
    assert_int_equal(judge.latest, 2);
    assert_int_equal(judge.version_count, 2);
    assert_str(judge.description, "d2");
    assert_str(judge.kind, "code");
    world_free(&w);
}

static void a_renamed_judge_is_found_by_its_former_name(void **state)
{
    World w = world_new();
    JudgeRow judge;
    ModelAliases aliases;
    FieldErr e = {0};

    (void)state;
    put_print(&w, "good", 1);
    put_print(&w, "taken", 1);
    assert_ok(judge_patch(w.domain, w.project, STR("good"),
                          STR("{\"name\": \"better\", \"metadata\": {\"a\": 1}}"), &w.arena, &judge,
                          &e));
    assert_str(judge.name, "better");
    assert_str(judge.metadata, "{\"a\": 1}");
    assert_int_equal(judge.former_count, 1);
    assert_ok(judge_get(w.domain, w.project, STR("good"), &w.arena, &judge));
    assert_str(judge.name, "better");
    assert_int_equal(put_print(&w, "good", 2).number, 2);
    assert_ok(judge_aliases(w.domain, w.project, &w.arena, &aliases));
    assert_int_equal(aliases.len, 1);
    assert_str(aliases.items[0].former, "good");
    assert_int_equal(judge_patch(w.domain, w.project, STR("better"), STR("{\"name\": \"taken\"}"),
                                 &w.arena, &judge, &e),
                     ST_EXISTS);
    assert_string_equal(e.field, "name");
    /* The name is free until another takes it. */
    assert_ok(judge_patch(w.domain, w.project, STR("taken"), STR("{\"name\": \"good\"}"), &w.arena,
                          &judge, &e));
    assert_ok(judge_get(w.domain, w.project, STR("good"), &w.arena, &judge));
    assert_int_equal(judge.latest, 1);
    world_free(&w);
}

static void a_wrong_body_is_refused_with_its_field(void **state)
{
#define BODY(more) "{\"fingerprint\": \"" PRINT "\"" more "}"
#define PRINT      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    static const struct {
        const char *body;
        const char *field;
    } wrong[] = {
        {"[]", ""},
        {"{}", "fingerprint"},
        {"{\"fingerprint\": \"12\"}", "fingerprint"},
        {BODY(""), "kind"},
        {BODY(", \"kind\": \"cat\""), "kind"},
        {BODY(", \"kind\": \"code\", \"source\": 1"), "source"},
        {BODY(", \"kind\": \"code\", \"parameters\": {}"), "parameters"},
        {BODY(", \"kind\": \"code\", \"parameters\": [1]"), "parameters"},
        {BODY(", \"kind\": \"code\", \"definition\": []"), "definition"},
        {BODY(", \"kind\": \"code\", \"packages\": {\"a\": 1}"), "packages"},
        {BODY(", \"kind\": \"code\", \"metadata\": 1"), "metadata"},
    };
    World w = world_new();

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const Put p = put(&w, "j", wrong[i].body);

        assert_int_equal(p.st, ST_INVALID);
        assert_string_equal(p.err.field, wrong[i].field);
        assert_true(p.err.err.msg[0] != '\0');
    }
    assert_int_equal(put_print(&w, "a\n", 1).st, ST_INVALID);
    world_free(&w);
}

static void judges_go_with_their_project(void **state)
{
    World w = world_new();
    JudgeRow judge;

    (void)state;
    put_print(&w, "good", 1);
    put_print(&w, "good", 2);
    assert_ok(catalog_project_drop(w.catalog, w.project, 5));
    assert_int_equal(judge_get(w.domain, w.project, STR("good"), &w.arena, &judge), ST_NOTFOUND);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fingerprint_is_a_version_and_a_new_one_the_next),
        cmocka_unit_test(a_renamed_judge_is_found_by_its_former_name),
        cmocka_unit_test(a_wrong_body_is_refused_with_its_field),
        cmocka_unit_test(judges_go_with_their_project),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
