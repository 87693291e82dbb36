/* SPDX-License-Identifier: Apache-2.0 */
/* Names of projects, models and keys. */
#include "unit/domain/domain_test.h"

static void ordinary_names_of_any_language_are_good(void **state)
{
    static const char *const good[] = {"a",   "Concept Project",      "digits:v1",
                                       "a/b", "r\xc3\xa9sum\xc3\xa9", "\xe6\xa8\xa1\xe5\x9e\x8b",
                                       "...", "\xf0\x9f\x90\xa6"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_ok(name_check(str_from(good[i]), "name", NULL));
}

static void names_that_would_mislead_or_break_lists_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      " a",
                                      "a ",
                                      "a\n",
                                      "a\tb",
                                      "\x7f",
                                      "a\xc2\x85",
                                      "\xc2\xa0z",
                                      "z\xe2\x80\xa8y",
                                      "z\xe3\x80\x80",
                                      "\xff\xfe",
                                      ".",
                                      ".."};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        FieldErr e = {0};

        assert_int_equal(name_check(str_from(bad[i]), "name", &e), ST_INVALID);
        assert_string_equal(e.field, "name");
        assert_non_null(strstr(e.err.msg, "name must"));
    }
    assert_int_equal(name_check((Str){"a\0b", 3}, "name", NULL), ST_INVALID);
}

static void characters_are_counted_not_bytes(void **state)
{
    char text[4 * NAME_MAX_CHARS + 4];

    (void)state;
    for (size_t i = 0; i < sizeof text; i += 4)
        memcpy(text + i, "\xf0\x9f\x90\xa6", 4);
    assert_ok(name_check((Str){text, 4 * NAME_MAX_CHARS}, "name", NULL));
    assert_int_equal(name_check((Str){text, sizeof text}, "name", NULL), ST_INVALID);
}

static void a_project_is_made_once_and_found_again(void **state)
{
    World w = world_new();
    int64_t id, again;
    bool created;
    FieldErr e = {0};

    (void)state;
    assert_int_equal(project_find(w.domain, STR("Concept Project"), &id, &e), ST_NOTFOUND);
    assert_non_null(strstr(e.err.msg, "Concept Project"));
    assert_ok(project_ensure(w.domain, STR("Concept Project"), &id, &created, &e));
    assert_true(created);
    assert_ok(project_ensure(w.domain, STR("Concept Project"), &again, &created, &e));
    assert_false(created);
    assert_int_equal(again, id);
    assert_int_equal(project_ensure(w.domain, STR("a\n"), &id, &created, &e), ST_INVALID);
    world_close(&w);
    world_open(&w);
    assert_ok(project_find(w.domain, STR("Concept Project"), &again, &e));
    assert_int_equal(again, id);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_names_of_any_language_are_good),
        cmocka_unit_test(names_that_would_mislead_or_break_lists_are_refused),
        cmocka_unit_test(characters_are_counted_not_bytes),
        cmocka_unit_test(a_project_is_made_once_and_found_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
