/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text as docs/api.md wants it. */
#include "support/check.h"

#include "codec/json_write.h"

#include <math.h>

#define WROTE(expected, ...)                \
    do {                                    \
        Buf out;                            \
        JsonWriter w;                       \
                                            \
        buf_init(&out, 4096);               \
        w = jw_init(&out);                  \
        __VA_ARGS__;                        \
        CHECK_OK(jw_done(&w));              \
        CHECK_STR(buf_str(&out), expected); \
        buf_deinit(&out);                   \
    } while (0)

static void commas_stand_between_values_only(void **state)
{
    (void)state;
    WROTE("{\"a\":[1,[],{},2],\"b\":null,\"c\":{\"d\":true}}", {
        jw_object(&w);
        jw_key(&w, STR("a"));
        jw_array(&w);
        jw_int(&w, 1);
        jw_array(&w);
        jw_array_end(&w);
        jw_object(&w);
        jw_object_end(&w);
        jw_uint(&w, 2);
        jw_array_end(&w);
        jw_key_str_or_null(&w, STR("b"), (Str){0});
        jw_key(&w, STR("c"));
        jw_object(&w);
        jw_key_bool(&w, STR("d"), true);
        jw_object_end(&w);
        jw_object_end(&w);
    });
}

static void doubles_always_look_like_doubles(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0.0"},
        {-0.0, "-0.0"},
        {1, "1.0"},
        {-17, "-17.0"},
        {0.1, "0.1"},
        {1.5, "1.5"},
        {1e15, "1e+15"},
        {1e300, "1e+300"},
        {5e-324, "4.94065645841247e-324"},
        {1.0 / 3, "0.3333333333333333"},
        {123456789.25, "123456789.25"},
        {9007199254740993.0, "9007199254740992.0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        WROTE(cases[i].text, jw_double(&w, cases[i].value));
    WROTE("[{\"double\":\"NaN\"},{\"double\":\"Infinity\"},{\"double\":\"-Infinity\"}]", {
        jw_array(&w);
        jw_double(&w, (double)NAN);
        jw_double(&w, (double)INFINITY);
        jw_double(&w, (double)-INFINITY);
        jw_array_end(&w);
    });
}

static void strings_are_escaped_and_repaired(void **state)
{
    (void)state;
    WROTE("\"a\\\"b\\\\c\\n\\t\\r\\b\\f\\u000b\\u0000\\u001f\\u007fé</x>\"",
          jw_str(&w, STR("a\"b\\c\n\t\r\b\f\v\0\x1f\x7fé</x>")));
    WROTE("\"\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\"", jw_str(&w, STR("\xFFz\xE4\xB8")));
    WROTE("\"\xF0\x9F\x98\x80\"", jw_str(&w, STR("\xF0\x9F\x98\x80")));
    WROTE("\"\"", jw_str(&w, (Str){0}));
}

static void bytes_ids_and_times_have_their_forms(void **state)
{
    static const uint8_t id[] = {0, 0xAB, 0xFF};

    (void)state;
    WROTE("{\"bytes\":\"/wA=\"}", jw_bytes(&w, STR("\xFF\0")));
    WROTE("{\"bytes\":\"\"}", jw_bytes(&w, (Str){0}));
    WROTE("\"00abff\"", jw_hex(&w, id, sizeof id));
    WROTE("\"1970-01-01T00:00:00.000000001Z\"", jw_time(&w, 1));
    WROTE("[-9223372036854775808,18446744073709551615,{\"raw\": 1}]", {
        jw_array(&w);
        jw_int(&w, INT64_MIN);
        jw_uint(&w, UINT64_MAX);
        jw_raw(&w, STR("{\"raw\": 1}"));
        jw_array_end(&w);
    });
}

static void the_first_failure_stays(void **state)
{
    Buf out;
    JsonWriter w;

    (void)state;
    buf_init(&out, 4);
    w = jw_init(&out);
    jw_str(&w, STR("too long"));
    jw_int(&w, 1);
    CHECK_STATUS(jw_done(&w), ST_LIMIT);
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_between_values_only),
        cmocka_unit_test(doubles_always_look_like_doubles),
        cmocka_unit_test(strings_are_escaped_and_repaired),
        cmocka_unit_test(bytes_ids_and_times_have_their_forms),
        cmocka_unit_test(the_first_failure_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
