/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors of RFC 4648, and what is not base64; repair of text. */
#include "support/check.h"

#include "codec/base64.h"
#include "codec/utf8.h"

static void the_vectors_of_the_rfc_hold_both_ways(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Str plain = str_from(cases[i][0]);
        char text[16];
        uint8_t bytes[16];
        size_t len = 99;

        base64_encode(plain, text);
        CHECK_SAME(((Str){text, base64_encoded_len(plain.len)}), str_from(cases[i][1]));
        CHECK_OK(base64_decode(str_from(cases[i][1]), bytes, &len));
        CHECK_SAME(((Str){(char *)bytes, len}), plain);
    }
}

static void both_alphabets_and_missing_padding_are_read(void **state)
{
    uint8_t bytes[16];
    size_t len = 0;

    (void)state;
    CHECK_OK(base64_decode(STR("-_-_"), bytes, &len));
    assert_true(len == 3 && bytes[0] == 0xFB && bytes[1] == 0xFF && bytes[2] == 0xBF);
    CHECK_OK(base64_decode(STR("Zg"), bytes, &len));
    assert_true(len == 1 && bytes[0] == 'f');
}

static void anything_else_is_corrupt(void **state)
{
    static const char *const cases[] = {
        "Z", "Zg=", "Zg===", "Z===", "Zh==", "Zm9", "Zm9v!", "Zm9v Zg==", "====", "Zm=v"};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[16];
        size_t len = 0;

        if (base64_decode(str_from(cases[i]), bytes, &len) != ST_CORRUPT)
            fail_msg("%s", cases[i]);
    }
}

static void valid_text_is_not_copied_and_broken_text_is_repaired(void **state)
{
    const Str good = STR("gr\xC3\xBC\xC3\x9F");
    Str out = {0};
    Arena a;

    (void)state;
    arena_init(&a, 1000);
    CHECK_OK(utf8_repair(good, &a, &out));
    assert_ptr_equal(out.ptr, good.ptr);
    CHECK_OK(utf8_repair(STR("\xC0\x80z\xED\xA0\x80"), &a, &out)); /* overlong, surrogate */
    CHECK_STR(out, "\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    arena_deinit(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc_hold_both_ways),
        cmocka_unit_test(both_alphabets_and_missing_padding_are_read),
        cmocka_unit_test(anything_else_is_corrupt),
        cmocka_unit_test(valid_text_is_not_copied_and_broken_text_is_repaired),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
