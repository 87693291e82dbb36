/* SPDX-License-Identifier: Apache-2.0 */
/* Requirements of a gate: what they mean, and where they are wrong. */
#include "support/check.h"

#include "cli/requirement.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *text;
    const char *metric;
    double baseline;
    double limit;
    double passes;
    double fails; /* NaN too, always */
} right[] = {
    {"recall >= baseline - 0.01", "recall", 0.9, 0.89, 0.89, 0.88},
    {"recall>=0.5", "recall", 0, 0.5, 0.5, 0.49},
    {"  latency_ms  <  baseline * 110% ", "latency_ms", 100, 110, 109, 111},
    {"a-b.c/d:e > 1", "a-b.c/d:e", 0, 1, 2, 1},
    {"\"my \\\"best\\\" metric\" <= 2", "my \"best\" metric", 0, 2, 2, 3},
    {"x == -1e-3", "x", 0, -0.001, -0.001, 0},
    {"x > -baseline + 2 * 3", "x", 4, 2, 3, 2},
    {"x >= 8 / 2 / 2", "x", 0, 2, 2, 1},
    {"x >= 8 - 2 - 2", "x", 0, 4, 4, 3},
    {"x >= 1 + 2 * 3 - 4 / 2", "x", 0, 5, 5, 4},
    {"x >= baseline-5%", "x", 1, 0.95, 1, 0.9},
    {"\xc3\xa9t\xc3\xa9 < 1", "\xc3\xa9t\xc3\xa9", 0, 1, 0, 1},
};

static void a_requirement_means_what_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        Requirement r;
        Err err = {0};
        Arena a;
        double limit;

        arena_init(&a, 1 << 16);
        if (requirement_parse(str_from(right[i].text), &a, &r, &err))
            fail_msg("%s: %s", right[i].text, err.msg);
        CHECK_STR(r.metric, right[i].metric);
        limit = requirement_limit(&r, right[i].baseline);
        assert_true(fabs(limit - right[i].limit) < 1e-12);
        assert_true(requirement_holds(&r, right[i].passes, limit));
        assert_false(requirement_holds(&r, right[i].fails, limit));
        assert_false(requirement_holds(&r, (double)NAN, limit));
        arena_deinit(&a);
    }
}

static void a_missing_baseline_never_holds(void **state)
{
    Requirement r;
    Arena a;

    (void)state;
    arena_init(&a, 1 << 16);
    CHECK_OK(requirement_parse(STR("x >= baseline"), &a, &r, NULL));
    assert_false(requirement_holds(&r, 1, requirement_limit(&r, (double)NAN)));
    CHECK_OK(requirement_parse(STR("x >= 0 / 0"), &a, &r, NULL));
    assert_false(requirement_holds(&r, 1, requirement_limit(&r, 1)));
    arena_deinit(&a);
}

static const struct {
    const char *text;
    size_t position;
} wrong[] = {
    {"a\nb > 1", 1},  {"", 0},         {">= 1", 0},     {"x", 1},
    {"x = 1", 2},     {"x >=", 4},     {"x >= y", 5},   {"x >= 1 1", 7},
    {"x >= 1 +", 8},  {"x >= (1)", 5}, {"\"x > 1", 6},  {"\"\" > 1", 2},
    {"x > 1e999", 9}, {"x > nan", 4},  {"x >= --1", 6}, {"x > 1 % %", 8},
};

static void what_is_wrong_is_pointed_at(void **state)
{
    char longest[REQUIREMENT_MAX_TEXT + 2];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        Requirement r;
        Err err = {0};
        Arena a;

        arena_init(&a, 1 << 16);
        CHECK_STATUS(requirement_parse(str_from(wrong[i].text), &a, &r, &err), ST_INVALID);
        if (err.pos != wrong[i].position)
            fail_msg("%s: at %zu, not %zu", wrong[i].text, err.pos, wrong[i].position);
        arena_deinit(&a);
    }
    memset(longest, 'x', sizeof longest);
    CHECK_STATUS(requirement_parse((Str){longest, sizeof longest}, NULL, NULL, NULL), ST_INVALID);
}

static void too_long_an_expression_is_refused(void **state)
{
    char text[600] = "x > 1";
    Requirement r;
    Arena a;

    (void)state;
    arena_init(&a, 1 << 16);
    for (int i = 0; i < 80; i++)
        strcat(text, "+1");
    CHECK_STATUS(requirement_parse(str_from(text), &a, &r, NULL), ST_INVALID);
    arena_deinit(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_requirement_means_what_it_says),
        cmocka_unit_test(a_missing_baseline_never_holds),
        cmocka_unit_test(what_is_wrong_is_pointed_at),
        cmocka_unit_test(too_long_an_expression_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
