/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns that match, and patterns that would burn. */
#include "support/check.h"

#include "os/clock.h"
#include "query/regex.h"

#include <string.h>

static bool matches(const char *pattern, unsigned flags, Str text)
{
    RegexWork work = {0};
    Regex *r = NULL;
    bool found;

    CHECK_OK(regex_open(str_from(pattern), flags, &work, &r));
    regex_begin(r);
    found = regex_matches(r, text);
    regex_end(r);
    regex_close(r);
    assert_int_equal(atomic_load(&work.failure), REGEX_FINE);
    return found;
}

static void a_pattern_matches_anywhere(void **state)
{
    (void)state;
    assert_true(matches("b+", 0, STR("abbc")));
    assert_false(matches("^b+", 0, STR("abbc")));
    assert_false(matches("B", 0, STR("abbc")));
    assert_true(matches("B", REGEX_NOCASE, STR("abbc")));
    assert_false(matches("^.{3}$", 0,
                         STR("stra\xC3\x9F"
                             "e")));
    assert_true(matches("^.{3}$", 0,
                        STR("a\xC3\x9F"
                            "e"))); /* characters, not bytes */
    assert_false(matches("a.b", 0, STR("a\nb")));
    assert_true(matches("a.b", REGEX_DOT_ALL, STR("a\nb")));
    assert_true(matches("^b", REGEX_LINES, STR("a\nb")));
    assert_true(matches("^$", 0, (Str){0}));
    assert_true(matches("\\d+", 0, STR("\xFF\xFE 42"))); /* not UTF-8 */
}

/* Nested repetitions over a text that nearly matches: steps grow as powers of two. */
static void a_pattern_that_would_burn_fails_soon(void **state)
{
    static const char *const patterns[] = {"^(a+)+$", "^(a|aa)+$", "^(a*)*b", "(x+x+)+y",
                                           "^(([a-z])+.)+[A-Z]([a-z])+$"};
    char text[5000];

    (void)state;
    memset(text, 'a', sizeof text);
    memset(text + 2000, 'x', 2000);
    text[4999] = '!';
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        const int64_t begin = clock_mono_ns();
        RegexWork work = {0};
        Regex *r = NULL;

        CHECK_OK(regex_open(str_from(patterns[i]), 0, &work, &r));
        regex_begin(r);
        for (int k = 0; k < 1000; k++)
            assert_false(regex_matches(r, (Str){text, sizeof text}));
        regex_end(r);
        regex_close(r);
        assert_true(clock_mono_ns() - begin < INT64_C(5000000000));
        if (i < 2)
            assert_int_equal(atomic_load(&work.failure), REGEX_TOO_MANY_STEPS);
    }
}

static void the_budget_ends_what_is_only_slow(void **state)
{
    RegexWork work = {0};
    Regex *r = NULL;

    (void)state;
    atomic_store(&work.spent_ns, REGEX_BUDGET_NS + 1);
    CHECK_OK(regex_open(STR("a"), 0, &work, &r));
    regex_begin(r);
    assert_true(regex_matches(r, STR("a")));
    regex_end(r);
    assert_int_equal(atomic_load(&work.failure), REGEX_TOO_MUCH_TIME);
    assert_false(regex_matches(r, STR("a")));
    regex_close(r);
}

static void every_allocation_failure_is_survived(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        RegexWork work = {0};
        Regex *r = NULL;
        Status st;

        mem_fail_after(k);
        st = regex_open(STR("(a|b)+c{2,5}"), REGEX_NOCASE, &work, &r);
        mem_fail_after(-1);
        if (!st)
            assert_true(regex_matches(r, STR("ABcc")));
        regex_close(r);
        assert_int_equal(mem_live(), 0);
        if (!st)
            break;
        assert_int_equal(st, ST_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_matches_anywhere),
        cmocka_unit_test(a_pattern_that_would_burn_fails_soon),
        cmocka_unit_test(the_budget_ends_what_is_only_slow),
        cmocka_unit_test(every_allocation_failure_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
