/* SPDX-License-Identifier: Apache-2.0 */
/* Compared pairs as the catalogue keeps them: what is written reads back, to the last bit. */
#include "support/check.h"

#include "domain/pair_text.h"

#include <math.h>
#include <string.h>

/* Texts of this form are in catalogues: it must be read for as long as `about` has its number. */
static const char golden[] =
    "{\"configurations\":[\"c \\\"1\\\"\",\"\"],\"lines\":["
    "[\"all\",\"\",\"recall\",2,0.1,0.30000000000000004,7,8,2,6,4,1,0.25,null,{\"double\":"
    "\"Infinity\"},0.001],"
    "[\"rain\",\"oslo\",\"ok\",1,null,1.0,0,3,5,0,0,0,{\"double\":\"-Infinity\"},null,null,null]]}";

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static PairLines example(PairLine lines[2])
{
    lines[0] = (PairLine){.scope = STR("all"),
                          .metric = STR("recall"),
                          .kind = METRIC_NUMBER,
                          .values = {0.1, 0.1 + 0.2},
                          .rows = {7, 8},
                          .paired = {PAIRED_T, 6, 4, 1, 0.25, NAN, INFINITY, 0.001}};
    lines[1] = (PairLine){.scope = STR("rain"),
                          .stratum = STR("oslo"),
                          .metric = STR("ok"),
                          .kind = METRIC_BOOL,
                          .values = {NAN, 1},
                          .rows = {0, 3},
                          .paired = {PAIRED_NONE, 0, 0, 0, -INFINITY, NAN, NAN, NAN}};
    return (PairLines){.configurations = {STR("c \"1\""), STR("")}, .items = lines, .len = 2};
}

static void a_pair_is_written_as_ever(void **state)
{
    PairLine lines[2];
    const PairLines pair = example(lines);
    Buf text;

    (void)state;
    buf_init(&text, 1 << 16);
    CHECK_OK(pair_text_write(&pair, &text));
    CHECK_STR(buf_str(&text), golden);
    buf_deinit(&text);
}

static void check_line(const PairLine *got, const PairLine *expected)
{
    CHECK_SAME(got->scope, expected->scope);
    CHECK_SAME(got->stratum, expected->stratum);
    CHECK_SAME(got->metric, expected->metric);
    assert_int_equal(got->kind, expected->kind);
    for (int k = 0; k < 2; k++) {
        assert_true(same(got->values[k], expected->values[k]));
        assert_int_equal(got->rows[k], expected->rows[k]);
    }
    assert_int_equal(got->paired.test, expected->paired.test);
    assert_int_equal(got->paired.pairs, expected->paired.pairs);
    assert_int_equal(got->paired.up, expected->paired.up);
    assert_int_equal(got->paired.down, expected->paired.down);
    assert_true(same(got->paired.delta, expected->paired.delta));
    assert_true(same(got->paired.low, expected->paired.low));
    assert_true(same(got->paired.high, expected->paired.high));
    assert_true(same(got->paired.p, expected->paired.p));
}

static void it_reads_back_to_the_same_bits(void **state)
{
    PairLine lines[2];
    const PairLines pair = example(lines);
    PairLines back;
    Arena a;

    (void)state;
    arena_init(&a, 1 << 20);
    CHECK_OK(pair_text_read(str_from(golden), &a, &back));
    CHECK_SAME(back.configurations[0], pair.configurations[0]);
    CHECK_SAME(back.configurations[1], pair.configurations[1]);
    assert_int_equal(back.len, 2);
    for (size_t i = 0; i < 2; i++)
        check_line(&back.items[i], &lines[i]);
    arena_deinit(&a);
}

static void what_is_none_of_ours_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"configurations\":[\"\",\"\"]}",
        "{\"configurations\":1,\"lines\":[]}",
        "{\"configurations\":[\"\"],\"lines\":[]}",
        "{\"configurations\":[\"\",1],\"lines\":[]}",
        "{\"configurations\":[\"\",\"\"],\"lines\":[1]}",
        "{\"configurations\":[\"\",\"\"],\"lines\":[[]]}",
        "{\"configurations\":[\"\",\"\"],\"lines\":[[\"\",\"\",\"\",9,0.5,0.5,1,1,2,1,1,0,0.5,0.5,"
        "0.5,0.5]]"
        "}",
        "{\"configurations\":[\"\",\"\"],\"lines\":[[\"\",\"\",\"\",1,0.5,0.5,1,1,6,1,1,0,0.5,0.5,"
        "0.5,0.5]]"
        "}",
        "{\"configurations\":[\"\",\"\"],\"lines\":[[\"\",\"\",\"\",1,0.5,0.5,-1,1,2,1,1,0,0.5,0.5,"
        "0.5,0.5]"
        "]}",
        "{\"configurations\":[\"\",\"\"],\"lines\":[[\"\",\"\",\"\",1,\"x\",0.5,1,1,2,1,1,0,0.5,0."
        "5,0.5,0."
        "5]]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        PairLines lines;
        Arena a;

        arena_init(&a, 1 << 20);
        if (pair_text_read(str_from(texts[i]), &a, &lines) != ST_CORRUPT)
            fail_msg("%s", texts[i]);
        arena_deinit(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_written_as_ever),
        cmocka_unit_test(it_reads_back_to_the_same_bits),
        cmocka_unit_test(what_is_none_of_ours_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
