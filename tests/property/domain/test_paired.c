/* SPDX-License-Identifier: Apache-2.0 */
/* Two columns walked in blocks tell what a plain loop over the pairs tells. */
#include "support/check.h"

#include "domain/paired.h"

#include <math.h>
#include <string.h>

enum { SEEDS = 300, MOST = 3000 };

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8) % below;
}

/* Multiples of 1/8: their sums are exact in any order. */
static double value(uint32_t *seed, uint32_t kind)
{
    if (kind == 1 && draw(seed, 100) == 0)
        return NAN;
    if (kind == 2 && draw(seed, 500) == 0)
        return draw(seed, 2) ? INFINITY : -INFINITY;
    if (kind == 3)
        return draw(seed, 2);
    return (double)draw(seed, 64) / 8 - 4;
}

static void check_sum(double got, double expected)
{
    if (!(got == expected || (isnan(got) && isnan(expected))))
        fail_msg("%g instead of %g", got, expected);
}

static PairedSums plain(const double *first, const double *second, const uint32_t *places, size_t n)
{
    PairedSums s = {0};

    for (size_t i = 0; i < n; i++) {
        const double a = first[places ? places[i] : i];
        const double b = second[places ? places[i] : i];

        if (!isnan(b)) {
            s.second_count++;
            s.seconds += b;
        }
        if (isnan(b - a))
            continue;
        s.pairs++;
        s.up += b > a;
        s.down += b < a;
        s.differences += b - a;
        s.firsts += a;
    }
    return s;
}

static void check(const PairedSums *got, const PairedSums *expected)
{
    assert_int_equal(got->pairs, expected->pairs);
    assert_int_equal(got->up, expected->up);
    assert_int_equal(got->down, expected->down);
    assert_int_equal(got->second_count, expected->second_count);
    check_sum(got->differences, expected->differences);
    check_sum(got->firsts, expected->firsts);
    check_sum(got->seconds, expected->seconds);
}

static void blocks_tell_what_a_plain_loop_tells(void **state)
{
    static double first[MOST], second[MOST], differences[MOST];
    static uint32_t places[MOST];

    (void)state;
    for (uint32_t s = 0; s < SEEDS; s++) {
        uint32_t seed = s;
        const size_t n = draw(&seed, MOST);
        const uint32_t kind = draw(&seed, 4);
        const bool some = draw(&seed, 3) == 0;
        PairedSums got, expected;
        size_t len = 0;

        for (size_t i = 0; i < n; i++) {
            first[i] = value(&seed, kind);
            second[i] = value(&seed, kind);
            if (some && draw(&seed, 2))
                places[len++] = (uint32_t)i;
        }
        len = some ? len : n;
        paired_subtract(first, second, some ? places : NULL, len, differences, &got);
        expected = plain(first, second, some ? places : NULL, len);
        check(&got, &expected);
        for (size_t i = 0; i < len; i++) {
            const size_t at = some ? places[i] : i;

            check_sum(differences[i], second[at] - first[at]);
        }
    }
}

/* The counts that McNemar's test takes from sums are those of the four kinds of pairs. */
static void shares_are_tested_by_counts(void **state)
{
    const double first[] = {1, 1, 1, 0, 0, NAN, 1, 0, 0, 1};
    const double second[] = {1, 0, 1, 1, 1, 1, NAN, 0, 1, 1};
    const PairedPlan plan = {.test = PAIRED_AUTO, .confidence = 0.95};
    double differences[10];
    PairedSums s;
    PairedResult r;

    (void)state;
    paired_subtract(first, second, NULL, 10, differences, &s);
    CHECK_OK(paired_compare(differences, 10, &s, true, &plan, &r));
    assert_int_equal(r.test, PAIRED_MCNEMAR);
    assert_true(r.pairs == 8 && r.up == 3 && r.down == 1 && r.delta == 0.25);
    assert_true(fabs(r.p - 0.625) < 1e-12); /* SciPy: binomtest(1, 4).pvalue */
    assert_true(r.low < 0.25 && r.high > 0.25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_tell_what_a_plain_loop_tells),
        cmocka_unit_test(shares_are_tested_by_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
