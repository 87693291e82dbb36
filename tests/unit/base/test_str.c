/* SPDX-License-Identifier: Apache-2.0 */
/* Str: comparing, cutting, numbers, hex, UTF-8. */
#include "support/check.h"

#include <math.h>

static void strings_compare_in_byte_order(void **state)
{
    (void)state;
    assert_true(str_eq((Str){0}, STR("")));
    assert_true(str_cmp(STR("a"), STR("ab")) < 0);
    assert_true(str_cmp(STR("b"), STR("ab")) > 0);
    assert_true(str_cmp(STR("a\xFF"), STR("a")) > 0);
    assert_int_equal(str_cmp((Str){0}, (Str){0}), 0);
    assert_true(str_eq_nocase(STR("GzIp"), STR("gZiP")));
    assert_false(str_eq_nocase(STR("a"), STR("ab")));
    assert_true(str_starts(STR("abc"), STR("")) && str_starts(STR("abc"), STR("abc")));
    assert_false(str_starts(STR("ab"), STR("abc")));
    assert_true(str_ends(STR("abc"), STR("bc")) && !str_ends(STR("c"), STR("bc")));
    assert_int_equal(str_from(NULL).len, 0);
}

static void pieces_are_found_and_cut(void **state)
{
    Str head;
    Str tail;

    (void)state;
    assert_int_equal(str_find(STR("hello"), STR("lo")), 3);
    assert_int_equal(str_find(STR("aaab"), STR("aab")), 1);
    assert_int_equal(str_find(STR("hello"), STR("x")), 5);
    assert_int_equal(str_find(STR("a"), STR("ab")), 1);
    assert_int_equal(str_find((Str){0}, STR("")), 0);
    assert_true(str_cut(STR("k=v=w"), '=', &head, &tail));
    CHECK_STR(head, "k");
    CHECK_STR(tail, "v=w");
    assert_false(str_cut(STR("none"), '=', &head, &tail));
    CHECK_STR(head, "none");
    assert_int_equal(tail.len, 0);
    CHECK_STR(str_slice(STR("hello"), 1, 99), "ello");
    CHECK_STR(str_slice(STR("hello"), 9, 2), "");
    CHECK_STR(str_trim(STR(" \t\r\na b\v\f ")), "a b");
    CHECK_STR(str_trim(STR("   ")), "");
}

static void numbers_are_whole_strings_in_range(void **state)
{
    uint64_t u = 7;
    int64_t i = 7;
    double d = 7;

    (void)state;
    CHECK_OK(str_to_u64(STR("18446744073709551615"), &u));
    assert_true(u == UINT64_MAX);
    CHECK_STATUS(str_to_u64(STR("18446744073709551616"), &u), ST_LIMIT);
    CHECK_STATUS(str_to_u64(STR("-1"), &u), ST_CORRUPT);
    CHECK_STATUS(str_to_u64(STR("1 "), &u), ST_CORRUPT);
    CHECK_STATUS(str_to_u64((Str){0}, &u), ST_CORRUPT);
    CHECK_OK(str_to_i64(STR("-9223372036854775808"), &i));
    assert_true(i == INT64_MIN);
    CHECK_STATUS(str_to_i64(STR("9223372036854775808"), &i), ST_LIMIT);
    CHECK_STATUS(str_to_i64(STR("-9223372036854775809"), &i), ST_LIMIT);
    CHECK_STATUS(str_to_i64(STR("-"), &i), ST_CORRUPT);
    assert_true(u == UINT64_MAX && i == INT64_MIN); /* untouched by failures */
    CHECK_OK(str_to_double(STR("-1.5e3"), &d));
    assert_true(d == -1500.0);
    CHECK_STATUS(str_to_double(STR(" 1"), &d), ST_CORRUPT);
    CHECK_STATUS(str_to_double(STR("1x"), &d), ST_CORRUPT);
    CHECK_STATUS(str_to_double(STR("1\0"), &d), ST_CORRUPT);
}

static void hex_goes_both_ways(void **state)
{
    const uint8_t bytes[] = {0, 0x0F, 0xF0, 0xFF};
    uint8_t back[4] = {1, 2, 3, 4};
    char text[8];

    (void)state;
    hex_encode(bytes, 4, text);
    CHECK_SAME(((Str){text, 8}), STR("000ff0ff"));
    CHECK_OK(hex_decode(STR("000Ff0fF"), back, 4));
    assert_memory_equal(back, bytes, 4);
    CHECK_STATUS(hex_decode(STR("000ff0f"), back, 4), ST_CORRUPT);
    CHECK_STATUS(hex_decode(STR("1111111g"), back, 4), ST_CORRUPT);
    assert_memory_equal(back, bytes, 4);
    CHECK_OK(hex_decode((Str){0}, back, 0));
}

static void only_well_formed_utf8_is_valid(void **state)
{
    static const Str good[] = {
        {"", 0},
        {"ascii only", 10},
        {"\xC2\x80", 2},
        {"\xDF\xBF", 2},
        {"\xE0\xA0\x80", 3},
        {"\xED\x9F\xBF", 3},
        {"\xEE\x80\x80", 3},
        {"\xF0\x90\x80\x80", 4},
        {"\xF4\x8F\xBF\xBF", 4},
        {"a\0b", 3},
    };
    static const Str bad[] = {
        {"\x80", 1},
        {"\xC0\xAF", 2},
        {"\xC1\xBF", 2},
        {"\xC2", 1},
        {"\xC2\x7F", 2},
        {"\xE0\x9F\x80", 3},
        {"\xED\xA0\x80", 3},
        {"\xF0\x8F\x80\x80", 4},
        {"\xF4\x90\x80\x80", 4},
        {"\xF5\x80\x80\x80", 4},
        {"\xE2\x82", 2},
        {"\xFF", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!utf8_valid(good[i]))
            fail_msg("good %zu", i);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[16] = "ascii..";

        for (size_t j = 0; j < bad[i].len; j++)
            text[7 + j] = bad[i].ptr[j];
        if (utf8_valid(bad[i]))
            fail_msg("bad %zu", i);
        assert_int_equal(utf8_valid_prefix((Str){text, 7 + bad[i].len}), 7);
    }
}

static void clipping_cuts_no_character(void **state)
{
    const Str s = STR("a\xC3\xA9\xE4\xB8\x96");
    static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6};

    (void)state;
    for (size_t max = 0; max < 8; max++)
        assert_int_equal(utf8_clip(s, max).len, expected[max]);
}

static void an_err_keeps_code_place_and_words(void **state)
{
    Err e;

    (void)state;
    CHECK_STATUS(err_set(&e, ST_INVALID, 7, "field %d: %400s", 3, "long"), ST_INVALID);
    assert_true(e.code == ST_INVALID && e.pos == 7);
    assert_true(str_starts(str_from(e.msg), STR("field 3: ")));
    CHECK_STATUS(err_set(NULL, ST_IO, 0, "nobody reads this"), ST_IO);
    CHECK_STR(str_from(status_text(ST_FULL)), "no space left on the device");
    CHECK_STR(str_from(status_text((Status)999)), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_compare_in_byte_order),
        cmocka_unit_test(pieces_are_found_and_cut),
        cmocka_unit_test(numbers_are_whole_strings_in_range),
        cmocka_unit_test(hex_goes_both_ways),
        cmocka_unit_test(only_well_formed_utf8_is_valid),
        cmocka_unit_test(clipping_cuts_no_character),
        cmocka_unit_test(an_err_keeps_code_place_and_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
