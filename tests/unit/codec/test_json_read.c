/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents: what is accepted, what is refused and how it is said. */
#include "support/check.h"

#include "codec/json_read.h"
#include "codec/json_scan.h"

#include <string.h>

static Status parse(Arena *a, const char *text, const Json **out, Err *err)
{
    return json_parse(str_from(text), a, out, err);
}

static void valid_documents_are_accepted(void **state)
{
    static const char *const cases[] = {
        "null",
        " true ",
        "[]",
        "{}",
        "0",
        "-0",
        "1.5e+3",
        "\"\"",
        "[1,[2],{\"a\":{}}]",
        "{\"\":1,\"\":2}",
        "\"\\u0000\\ud83d\\ude00\"",
        "\t\r\n[ 1 , 2 ]",
        "\"\x7F\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!json_valid(str_from(cases[i]), 64))
            fail_msg("%s", cases[i]);
}

static void broken_documents_are_refused_with_place_and_reason(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"", "not valid JSON at byte 0: unexpected end"},
        {"[1,]", "not valid JSON at byte 3: expected a value"},
        {"{\"a\":1,}", "not valid JSON at byte 7: expected a key in double quotes"},
        {"{\"a\" 1}", "not valid JSON at byte 5: expected a colon behind the key"},
        {"{a:1}", "not valid JSON at byte 1: expected a key in double quotes"},
        {"[1 2]", "not valid JSON at byte 3: expected , or ] in an array"},
        {"{\"a\":1 \"b\"}", "not valid JSON at byte 7: expected , or } in an object"},
        {"01", "not valid JSON at byte 1: text behind the value"},
        {"1.", "not valid JSON at byte 2: bad number"},
        {"-", "not valid JSON at byte 1: bad number"},
        {"1e", "not valid JSON at byte 2: bad number"},
        {"+1", "not valid JSON at byte 0: expected a value"},
        {"nul", "not valid JSON at byte 0: expected a value"},
        {"\"a", "not valid JSON at byte 2: string without an end"},
        {"\"\n\"", "not valid JSON at byte 1: control character in a string"},
        {"\"a long string with a \n in it\"",
         "not valid JSON at byte 22: control character in a string"},
        {"\"a long string with a \xC3 in it\"", "not valid JSON at byte 22: not UTF-8"},
        {"\"\\x\"", "not valid JSON at byte 1: bad escape in a string"},
        {"\"\\u12\"", "not valid JSON at byte 1: bad escape in a string"},
        {"\"a\xFF\"", "not valid JSON at byte 2: not UTF-8"},
        {"[1]]", "not valid JSON at byte 3: text behind the value"},
        {"[}", "not valid JSON at byte 1: expected a value"},
        {"1e999", "not valid JSON at byte 5: number out of range"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Json *root = NULL;
        Arena a;
        Err err;

        arena_init(&a, 1 << 20);
        CHECK_STATUS(parse(&a, cases[i].text, &root, &err), ST_CORRUPT);
        CHECK_STR(str_from(err.msg), cases[i].message);
        arena_deinit(&a);
    }
    assert_int_equal(mem_live(), 0);
}

static void documents_nest_64_deep_and_no_deeper(void **state)
{
    char text[200000];
    const Json *root = NULL;
    Arena a;
    Err err;

    (void)state;
    arena_init(&a, 1 << 20);
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    CHECK_OK(json_parse((Str){text, 128}, &a, &root, &err));
    memset(text, '[', sizeof text);
    CHECK_STATUS(json_parse((Str){text, sizeof text}, &a, &root, &err), ST_LIMIT);
    CHECK_STR(str_from(err.msg), "not valid JSON at byte 64: nested too deep");
    arena_deinit(&a);
}

static void the_arena_bounds_the_tree(void **state)
{
    enum { COUNT = 100000 };
    static char text[2 * COUNT + 1];
    const Json *root = NULL;
    Arena a;
    Err err;

    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        memcpy(text + 2 * i, "1,", 2);
    text[0] = '[';
    text[1] = '1';
    text[2] = ',';
    text[2 * COUNT - 1] = ']';
    memcpy(text, "[ 1,", 4);
    arena_init(&a, 10000);
    CHECK_STATUS(json_parse((Str){text, 2 * COUNT}, &a, &root, &err), ST_NOMEM);
    arena_deinit(&a);
    arena_init(&a, 32 << 20);
    CHECK_OK(json_parse((Str){text, 2 * COUNT}, &a, &root, &err));
    assert_int_equal(root->as.array.len, COUNT - 1);
    arena_deinit(&a);
    assert_int_equal(mem_live(), 0);
}

static void values_keep_their_kind_and_their_text(void **state)
{
    const Json *root = NULL;
    Arena a;
    Err err;

    (void)state;
    arena_init(&a, 1 << 20);
    CHECK_OK(parse(&a,
                   "{\"i\":-9223372036854775808,\"d\":9223372036854775808,\"f\":1.0,\"s\":"
                   "\"\\ud83d\\ude00\\ud800x\","
                   "\"o\": {\"k\": [1, 2]} ,\"i\":7}",
                   &root, &err));
    assert_int_equal(json_get(root, STR("i"))->as.i, 7);
    assert_int_equal(root->as.object.members[0].value.as.i, INT64_MIN);
    assert_int_equal(json_get(root, STR("d"))->kind, JSON_KIND_DOUBLE);
    assert_int_equal(json_get(root, STR("f"))->kind, JSON_KIND_DOUBLE);
    CHECK_STR(json_get(root, STR("s"))->as.s, "\xF0\x9F\x98\x80\xEF\xBF\xBDx");
    CHECK_STR(json_get(root, STR("o"))->raw, "{\"k\": [1, 2]}");
    assert_null(json_get(root, STR("none")));
    assert_null(json_get(NULL, STR("none")));
    arena_deinit(&a);
}

static void fields_are_read_by_type_or_refused_by_name(void **state)
{
    const Json *root = NULL;
    const Json *list = NULL;
    Str name = STR("unchanged");
    int64_t count = -1;
    double ratio = 0;
    bool flag = false;
    Arena a;
    Err err;

    (void)state;
    arena_init(&a, 1 << 20);
    CHECK_OK(json_parse_object(
        STR("{\"name\":\"n\",\"count\":3,\"flag\":true,\"none\":null,\"list\":[]}"), &a, &root,
        &err));
    CHECK_OK(json_field_str(root, STR("name"), JSON_REQUIRED, &name, &err));
    CHECK_STR(name, "n");
    CHECK_OK(json_field_int(root, STR("count"), JSON_REQUIRED, &count, &err));
    CHECK_OK(json_field_double(root, STR("count"), JSON_REQUIRED, &ratio, &err));
    CHECK_OK(json_field_bool(root, STR("flag"), JSON_REQUIRED, &flag, &err));
    CHECK_OK(json_field_array(root, STR("list"), JSON_REQUIRED, &list, &err));
    assert_true(count == 3 && ratio == 3.0 && flag && list);
    CHECK_OK(json_field_str(root, STR("none"), JSON_OPTIONAL, &name, &err));
    CHECK_STR(name, "n");
    CHECK_STATUS(json_field_str(root, STR("none"), JSON_REQUIRED, &name, &err), ST_INVALID);
    CHECK_STR(str_from(err.msg), "none: is required");
    CHECK_STATUS(json_field_str(root, STR("count"), JSON_OPTIONAL, &name, &err), ST_INVALID);
    CHECK_STR(str_from(err.msg), "count: must be a string, not an integer");
    CHECK_STATUS(json_field_object(root, STR("list"), JSON_OPTIONAL, &list, &err), ST_INVALID);
    CHECK_STR(str_from(err.msg), "list: must be an object, not an array");
    CHECK_STATUS(json_parse_object(STR("[]"), &a, &root, &err), ST_INVALID);
    arena_deinit(&a);
}

static void a_value_can_be_skipped_or_taken_as_text(void **state)
{
    JsonScan s = json_scan(STR("{\"a\": [1, {\"b\": 2}] , \"c\": 3}"), 8);
    JsonEvent e;
    Str raw = {0};

    (void)state;
    assert_true(json_scan_next(&s, &e) && json_scan_next(&s, &e));
    CHECK_OK(json_scan_skip_raw(&s, &raw));
    CHECK_STR(raw, "[1, {\"b\": 2}]");
    assert_true(json_scan_next(&s, &e));
    CHECK_STR(e.text, "c");
    CHECK_OK(json_scan_skip(&s));
    assert_true(json_scan_next(&s, &e) && e.kind == JSON_EVENT_OBJECT_END);
    assert_false(json_scan_next(&s, &e));
    CHECK_OK(s.st);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_documents_are_accepted),
        cmocka_unit_test(broken_documents_are_refused_with_place_and_reason),
        cmocka_unit_test(documents_nest_64_deep_and_no_deeper),
        cmocka_unit_test(the_arena_bounds_the_tree),
        cmocka_unit_test(values_keep_their_kind_and_their_text),
        cmocka_unit_test(fields_are_read_by_type_or_refused_by_name),
        cmocka_unit_test(a_value_can_be_skipped_or_taken_as_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
