/* SPDX-License-Identifier: Apache-2.0 */
/* Registering, renaming and finding models and versions. */
#include "unit/domain/domain_test.h"

#define PRINT_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define PRINT_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static VersionRef registered(World *w, const char *name, const char *body, bool *created)
{
    VersionRef ref = {0};
    FieldErr e = {0};

    if (model_register(w->domain, w->project, str_from(name), str_from(body), &w->arena, &ref,
                       created, &e))
        fail_msg("%s: %s", e.field, e.err.msg);
    return ref;
}

static void a_whole_body_comes_back_as_it_was_sent(void **state)
{
    World w = world_new();
    VersionRow v;
    bool created;

    (void)state;
    (void)registered(
        &w, "digits",
        "{\"fingerprint\": \"" PRINT_A "\", \"source\": \"def f(x):\\n  return x\\n\","
        " \"signature\": \"(x: int)\", \"output_type\": \"int\", \"language\": \"python\","
        " \"language_version\": \"3.11.7\", \"packages\": {\"numpy\": \"2.1\"},"
        " \"git\": {\"commit\": \"abc\", \"dirty\": true, \"branch\": null},"
        " \"dependencies\": [{\"name\": \"g\", \"kind\": \"function\", \"source\": \"g = 1\"}],"
        " \"metadata\": {\"team\": \"vision\"}, \"a newer field\": [1, 2]}",
        &created);
    assert_true(created);
    assert_ok(version_by_tag(w.domain, w.project, STR("digits:v1"), &w.arena, &v));
    assert_str(v.source, "def f(x):\n  return x\n");
    assert_str(v.signature, "(x: int)");
    assert_str(v.output_type, "int");
    assert_str(v.language, "python");
    assert_str(v.language_version, "3.11.7");
    assert_str(v.packages, "{\"numpy\": \"2.1\"}");
    assert_str(v.git, "{\"commit\": \"abc\", \"dirty\": true, \"branch\": null}");
    assert_str(v.dependencies,
               "[{\"name\": \"g\", \"kind\": \"function\", \"source\": \"g = 1\"}]");
    assert_str(v.metadata, "{\"team\": \"vision\"}");
    assert_str(v.origin, "code");
    world_free(&w);
}

static void a_fingerprint_has_one_spelling_and_one_version(void **state)
{
    World w = world_new();
    char upper[] = "{\"fingerprint\": \"" PRINT_A "\"}";
    bool created;

    (void)state;
    assert_int_equal(registered(&w, "m", upper, &created).number, 1);
    for (size_t i = 17; i < 17 + FINGERPRINT_CHARS; i++)
        upper[i] = 'A';
    assert_int_equal(registered(&w, "m", upper, &created).number, 1);
    assert_false(created);
    assert_int_equal(registered(&w, "m", "{\"fingerprint\": \"" PRINT_B "\"}", &created).number, 2);
    world_free(&w);
}

static void a_bad_body_is_refused_with_its_field(void **state)
{
    static const struct {
        const char *body;
        const char *field;
    } bad[] = {
        {"", ""},
        {"[]", ""},
        {"{", ""},
        {"{}", "fingerprint"},
        {"{\"fingerprint\": 5}", "fingerprint"},
        {"{\"fingerprint\": \"abc\"}", "fingerprint"},
        {"{\"fingerprint\": \"" PRINT_A "a\"}", "fingerprint"},
        {"{\"fingerprint\": \"" PRINT_A "\", \"source\": 1}", "source"},
        {"{\"fingerprint\": \"" PRINT_A "\", \"signature\": []}", "signature"},
        {"{\"fingerprint\": \"" PRINT_A "\", \"packages\": {\"a\": 1}}", "packages"},
        {"{\"fingerprint\": \"" PRINT_A "\", \"packages\": []}", "packages"},
        {"{\"fingerprint\": \"" PRINT_A "\", \"git\": \"abc\"}", "git"},
        {"{\"fingerprint\": \"" PRINT_A "\", \"git\": {\"dirty\": 1}}", "git"},
        {"{\"fingerprint\": \"" PRINT_A "\", \"metadata\": [1]}", "metadata"},
        {"{\"fingerprint\": \"" PRINT_A "\", \"dependencies\": {}}", "dependencies"},
        {"{\"fingerprint\": \"" PRINT_A "\", \"dependencies\": [1]}", "dependencies"},
        {"{\"fingerprint\": \"" PRINT_A "\", \"dependencies\": [{\"name\": \"x\"}]}",
         "dependencies"},
        {"{\"fingerprint\": \"" PRINT_A "\", \"dependencies\": [{\"name\": \"x\","
         " \"kind\": \"\"}]}",
         "dependencies"},
    };
    World w = world_new();
    ModelList list;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        VersionRef ref;
        FieldErr e = {0};
        bool created;

        if (model_register(w.domain, w.project, STR("m"), str_from(bad[i].body), &w.arena, &ref,
                           &created, &e) != ST_INVALID)
            fail_msg("taken: %s", bad[i].body);
        assert_string_equal(e.field, bad[i].field);
        assert_true(strlen(e.err.msg) > 0);
    }
    assert_ok(model_list(w.domain, w.project, STR(""), 10, &w.arena, &list));
    assert_int_equal(list.len, 0);
    world_free(&w);
}

static void a_definition_that_is_too_long_is_refused(void **state)
{
    World w = world_new();
    Buf body;
    VersionRef ref;
    FieldErr e = {0};
    bool created;

    (void)state;
    buf_init(&body, 16 << 20);
    assert_ok(buf_append(&body, STR("{\"fingerprint\": \"" PRINT_A "\", \"source\": \"")));
    for (int i = 0; i < MODEL_MAX_SOURCE; i++)
        assert_ok(buf_append_char(&body, 'x'));
    assert_ok(buf_append(&body, STR("\"}")));
    assert_ok(model_register(w.domain, w.project, STR("m"), buf_str(&body), &w.arena, &ref,
                             &created, &e));
    body.len -= 2;
    assert_ok(buf_append(&body, STR("x\"}")));
    assert_int_equal(
        model_register(w.domain, w.project, STR("m"), buf_str(&body), &w.arena, &ref, &created, &e),
        ST_LIMIT);
    assert_string_equal(e.field, "source");
    buf_deinit(&body);
    world_free(&w);
}

static void a_model_is_renamed_and_keeps_its_tags(void **state)
{
    World w = world_new();
    ModelRow m;
    VersionRow v;
    FieldErr e = {0};
    bool created;

    (void)state;
    (void)registered(&w, "old", "{\"fingerprint\": \"" PRINT_A "\"}", &created);
    (void)registered(&w, "other", "{\"fingerprint\": \"" PRINT_B "\"}", &created);
    assert_ok(model_patch(w.domain, w.project, STR("old"),
                          STR("{\"name\": \"new\", \"metadata\": {\"k\": 1}}"), &w.arena, &m, &e));
    assert_str(m.name, "new");
    assert_str(m.metadata, "{\"k\": 1}");
    assert_ok(version_by_tag(w.domain, w.project, STR("old:v1"), &w.arena, &v));
    assert_str(v.model, "new");
    assert_int_equal(registered(&w, "old", "{\"fingerprint\": \"" PRINT_A "\"}", &created).number,
                     1);
    assert_false(created);
    /* Nothing given, nothing changed. */
    assert_ok(
        model_patch(w.domain, w.project, STR("new"), STR("{\"name\": null}"), &w.arena, &m, &e));
    assert_str(m.metadata, "{\"k\": 1}");

    assert_int_equal(model_patch(w.domain, w.project, STR("new"), STR("{\"name\": \"other\"}"),
                                 &w.arena, &m, &e),
                     ST_EXISTS);
    assert_string_equal(e.field, "name");
    assert_int_equal(
        model_patch(w.domain, w.project, STR("new"), STR("{\"name\": \"\"}"), &w.arena, &m, &e),
        ST_INVALID);
    assert_int_equal(model_patch(w.domain, w.project, STR("none"), STR("{}"), &w.arena, &m, &e),
                     ST_NOTFOUND);
    assert_int_equal(
        model_patch(w.domain, w.project, STR("new"), STR("{\"metadata\": 1}"), &w.arena, &m, &e),
        ST_INVALID);
    assert_string_equal(e.field, "metadata");
    world_free(&w);
}

static void metadata_of_a_version_is_edited_alone(void **state)
{
    World w = world_new();
    VersionRow v;
    FieldErr e = {0};
    bool created;

    (void)state;
    (void)registered(&w, "m", "{\"fingerprint\": \"" PRINT_A "\", \"source\": \"s\"}", &created);
    assert_ok(version_patch(w.domain, w.project, STR("m"), 1, STR("{\"metadata\": {\"a\": \"b\"}}"),
                            &w.arena, &v, &e));
    assert_str(v.metadata, "{\"a\": \"b\"}");
    assert_str(v.source, "s");
    /* Registering again does not bring the old metadata back. */
    (void)registered(&w, "m", "{\"fingerprint\": \"" PRINT_A "\", \"metadata\": {\"c\": 1}}",
                     &created);
    assert_ok(version_get(w.domain, w.project, STR("m"), 1, &w.arena, &v));
    assert_str(v.metadata, "{\"a\": \"b\"}");
    assert_int_equal(version_patch(w.domain, w.project, STR("m"), 2, STR("{}"), &w.arena, &v, &e),
                     ST_NOTFOUND);
    world_free(&w);
}

static void tags_are_a_name_a_colon_and_a_number(void **state)
{
    static const char *const bad[] = {"",     "m",     "m:",   "m:1",   ":v1",   "m:v",
                                      "m:v0", "m:v01", "m:vx", "m:v-1", "m:v1 ", "m:v9999999999"};
    Str name;
    int32_t number;

    (void)state;
    assert_ok(tag_split(STR("a:v2:v13"), &name, &number));
    assert_str(name, "a:v2");
    assert_int_equal(number, 13);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (tag_split(str_from(bad[i]), &name, &number) != ST_INVALID)
            fail_msg("a tag: %s", bad[i]);
    assert_ok(version_number(STR("2"), &number));
    assert_int_equal(number, 2);
    assert_ok(version_number(STR("v2147483647"), &number));
    assert_int_equal(version_number(STR("2147483648"), &number), ST_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_body_comes_back_as_it_was_sent),
        cmocka_unit_test(a_fingerprint_has_one_spelling_and_one_version),
        cmocka_unit_test(a_bad_body_is_refused_with_its_field),
        cmocka_unit_test(a_definition_that_is_too_long_is_refused),
        cmocka_unit_test(a_model_is_renamed_and_keeps_its_tags),
        cmocka_unit_test(metadata_of_a_version_is_edited_alone),
        cmocka_unit_test(tags_are_a_name_a_colon_and_a_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
