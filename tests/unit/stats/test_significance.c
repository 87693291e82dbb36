/* SPDX-License-Identifier: Apache-2.0 */
/* Paired tests against SciPy 1.17's numbers, intervals against Newcombe's tables. */
#include "support/check.h"

#include "stats/delta.h"
#include "stats/distribution.h"
#include "stats/proportion.h"
#include "stats/significance.h"

#include <math.h>
#include <string.h>

#define NEAR(actual, expected, relative) check_near(actual, expected, relative, __FILE__, __LINE__)

static void check_near(double actual, double expected, double relative, const char *file, int line)
{
    if (fabs(actual - expected) <= relative * fmax(fabs(expected), 1e-300))
        return;
    print_error("got %.17g, expected %.17g\n", actual, expected);
    _fail(file, line);
}

/* Darwin's differences between crossed and self-fertilised plants. */
static const double plants[] = {6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75};
static const double tied[] = {1, 1, -1, 2, 0, 0, 3, -4, 4, 4, 5};

enum { PLANTS = sizeof plants / sizeof *plants, TIED = sizeof tied / sizeof *tied };

/* ------------------------------------------------------------------ distributions */

static void normal_quantiles_agree_in_both_tails(void **state)
{
    (void)state;
    NEAR(normal_quantile(1e-300), -37.0470963, 1e-9);
    NEAR(normal_quantile(1e-10), -6.3613409, 1e-8);
    NEAR(normal_two_sided(0.9), 1.644854, 1e-6);
    NEAR(normal_two_sided(0.95), 1.959963984540054, 1e-14);
    NEAR(normal_two_sided(0.99), 2.575829303548901, 1e-14);
    assert_true(normal_quantile(0.5) == 0 && normal_two_sided(0) == 0);
    assert_true(isinf(normal_quantile(0)) && isinf(normal_quantile(1)));
    assert_true(isnan(normal_quantile(-0.1)) && isnan(normal_two_sided(1)));
    assert_true(isnan(normal_quantile(NAN)) && isnan(normal_two_sided(NAN)));
    for (int i = 1; i < 1000; i++)
        NEAR(normal_cdf(normal_quantile(i / 1000.0)), i / 1000.0, 1e-14);
}

static void students_t_agrees(void **state)
{
    (void)state;
    NEAR(student_two_sided_p(2, 5), 0.10193947882985835, 1e-12);
    NEAR(student_two_sided_p(-0.5, 1), 0.7048327646991335, 1e-12);
    NEAR(student_two_sided_p(10, 30), 4.575251408229618e-11, 1e-11);
    NEAR(student_two_sided_p(1.3, 1e6), 0.19360126880912526, 1e-10);
    NEAR(student_two_sided(0.95, 1), 12.70620474, 1e-9);
    NEAR(student_two_sided(0.95, 30), 2.04227246, 1e-8);
    NEAR(student_two_sided(0.95, 10000), 1.960201239890626, 1e-14);
    NEAR(student_two_sided(0.95, 12345.5), 1.9601561598162902, 1e-14);
    NEAR(student_two_sided(0.99, 99999), 2.575878470400052, 1e-14);
    NEAR(student_two_sided(0.999999, 10000), 4.894688616309937, 1e-10);
    NEAR(student_two_sided(0.999, 9999.9), student_two_sided(0.999, 10000), 1e-7);
    NEAR(beta_regularised(2.5, 0.5, 0.3), 0.018927124071945658, 1e-13);
    NEAR(beta_regularised(100000, 3, 0.9999), 0.0027680339601161104, 1e-9);
    assert_true(student_two_sided_p(INFINITY, 3) == 0 && isnan(student_two_sided_p(1, 0)));
}

static void uneven_tosses_have_exact_chances(void **state)
{
    (void)state;
    NEAR(coin_two_sided_p(2, 10), 0.03857421875, 1e-13);
    NEAR(coin_two_sided_p(63, 37), 0.012032975725363479, 1e-12);
    NEAR(coin_two_sided_p(499000, 501000), 0.0456082998653896, 1e-9);
    NEAR(coin_two_sided_p(0, 30), 1.862645149230957e-09, 1e-12);
    assert_true(coin_two_sided_p(0, 0) == 1 && coin_two_sided_p(7, 7) == 1);
    assert_true(coin_two_sided_p(1, 0) == 1);
}

/* ------------------------------------------------------------------ shares */

static void intervals_of_shares_are_newcombes(void **state)
{
    Interval i = proportion_wilson(10, 100, 0.95);

    (void)state;
    NEAR(i.low, 0.05522914, 1e-6);
    NEAR(i.high, 0.17436566, 1e-6);
    i = proportion_difference(56, 70, 48, 80, 0.95);
    NEAR(i.low, 0.0524, 1e-3);
    NEAR(i.high, 0.3339, 1e-3);
    i = proportion_paired_difference(&(PairedCounts){36, 12, 2, 0}, 0.95);
    NEAR(i.low, 0.0569, 1e-3);
    NEAR(i.high, 0.3404, 1e-3);
}

static void shares_of_nothing_and_of_all_stay_possible(void **state)
{
    Interval i = proportion_wilson(0, 0, 0.95);

    (void)state;
    assert_true(i.low == 0 && i.high == 1);
    i = proportion_wilson(7, 7, 0.95);
    assert_true(i.high == 1 && i.low > 0.6);
    i = proportion_wilson(0, 7, 0.95);
    assert_true(i.low == 0 && i.high < 0.4);
    i = proportion_difference(1, 2, 0, 0, 0.95);
    assert_true(i.low == -1 && i.high == 1);
    i = proportion_paired_difference(&(PairedCounts){0}, 0.95);
    assert_true(i.low == -1 && i.high == 1);
    assert_true(isnan(proportion_wilson(1, 2, 1).low));
    assert_true(isnan(proportion_difference(1, 2, 1, 2, -1).low));
}

/* ------------------------------------------------------------------ tests */

static void mcnemar_is_a_fair_coin(void **state)
{
    TestResult r = mcnemar_exact(10, 2);

    (void)state;
    NEAR(r.p, 0.03857421875, 1e-12);
    assert_true(r.statistic == 2 && r.n == 12);
    r = mcnemar_chi_square(121, 59); /* Agresti's style of table: (62 - 1)^2 / 180 */
    NEAR(r.statistic, 20.672222222222224, 1e-12);
    NEAR(r.p, 5.450095e-06, 1e-5);
    r = mcnemar_chi_square(5, 5);
    assert_true(r.statistic == 0 && r.p == 1);
    r = mcnemar_chi_square(0, 0);
    assert_true(r.statistic == 0 && r.p == 1 && r.n == 0);
}

static void signs_ignore_zeros_and_nan(void **state)
{
    const double d[] = {1, 2, -1, 0, NAN, 3, 4, 5, INFINITY, 1, 1, 1, 2, -2};
    const TestResult r = sign_test(d, sizeof d / sizeof *d);

    (void)state;
    assert_true(r.statistic == 10 && r.n == 12);
    NEAR(r.p, 0.03857421875, 1e-12);
}

static void paired_t_is_students(void **state)
{
    PairedT r = paired_t(plants, PLANTS, 0.95);

    (void)state;
    NEAR(r.t, 2.14798746133112, 1e-12);
    NEAR(r.p, 0.049702944021800866, 1e-11);
    NEAR(r.interval.low, 0.03119331839297601, 1e-8);
    NEAR(r.interval.high, 41.835473348273695, 1e-10);
    r = paired_t((const double[]){2, 2, NAN, 2}, 4, 0.95);
    assert_true(isinf(r.t) && r.p == 0 && r.n == 3 && r.interval.low == 2);
    r = paired_t((const double[]){0, 0}, 2, 0.95);
    assert_true(r.t == 0 && r.p == 1);
    r = paired_t(plants, 1, 0.95);
    assert_true(r.mean == 6 && r.p == 1 && isnan(r.t) && isnan(r.interval.low));
    assert_true(isnan(paired_t(plants, 0, 0.95).mean));
}

static void wilcoxon_is_exact_when_it_can_be(void **state)
{
    Wilcoxon w;

    (void)state;
    CHECK_OK(wilcoxon_signed_rank(plants, PLANTS, WILCOXON_DROP, WILCOXON_AUTO, &w));
    assert_true(w.exact && w.w_minus == 24 && w.w_plus == 96 && w.n == 15);
    NEAR(w.p, 0.041259765625, 1e-14);
    CHECK_OK(wilcoxon_signed_rank(plants, PLANTS, WILCOXON_DROP, WILCOXON_NORMAL, &w));
    assert_false(w.exact);
    NEAR(w.p, 0.04088813291185591, 1e-12);
}

static void wilcoxon_knows_ties_and_zeros(void **state)
{
    Wilcoxon w;

    (void)state;
    CHECK_OK(wilcoxon_signed_rank(tied, TIED, WILCOXON_DROP, WILCOXON_AUTO, &w));
    assert_true(!w.exact && w.w_minus == 9 && w.n == 9);
    NEAR(w.p, 0.10724840479246954, 1e-12);
    CHECK_OK(wilcoxon_signed_rank(tied, TIED, WILCOXON_PRATT, WILCOXON_AUTO, &w));
    assert_true(!w.exact && w.w_minus == 13 && w.n == 9);
    NEAR(w.p, 0.09697948400186122, 1e-12);
}

static void wilcoxon_of_little_is_no_difference(void **state)
{
    const double zeros[] = {0, 0, NAN};
    double many[WILCOXON_EXACT_MAX + 1];
    Wilcoxon w;

    (void)state;
    CHECK_OK(wilcoxon_signed_rank(NULL, 0, WILCOXON_DROP, WILCOXON_AUTO, &w));
    assert_true(w.p == 1 && w.n == 0);
    CHECK_OK(wilcoxon_signed_rank(zeros, 3, WILCOXON_PRATT, WILCOXON_AUTO, &w));
    assert_true(w.p == 1 && w.n == 0);
    CHECK_OK(wilcoxon_signed_rank(zeros, 3, WILCOXON_DROP, WILCOXON_NORMAL, &w));
    assert_true(w.p == 1 && w.n == 0);
    for (size_t i = 0; i < sizeof many / sizeof *many; i++)
        many[i] = 1 + (double)i;
    CHECK_STATUS(wilcoxon_signed_rank(many, 51, WILCOXON_DROP, WILCOXON_EXACT, &w), ST_LIMIT);
    CHECK_OK(wilcoxon_signed_rank(many, 50, WILCOXON_DROP, WILCOXON_AUTO, &w));
    assert_true(w.exact);
    NEAR(w.p, ldexp(1, -49), 1e-14);
}

/* ------------------------------------------------------------------ bootstrap */

static void bootstrap_intervals_are_near_scipys(void **state)
{
    const BootstrapPlan plan = {.seed = 7, .rounds = 200000, .confidence = 0.95};
    Bootstrap b;

    (void)state;
    CHECK_OK(bootstrap_mean(plants, PLANTS, &plan, &b));
    NEAR(b.observed, 20.933333333333334, 1e-14);
    NEAR(b.standard_error, 9.4286, 0.01);
    assert_true(fabs(b.percentile.low - 1.3333) < 0.3 && fabs(b.percentile.high - 38.1333) < 0.3);
    assert_true(fabs(b.bca.low + 1.6) < 0.4 && fabs(b.bca.high - 36.3333) < 0.3);
    assert_true(b.p > 0.02 && b.p < 0.06);
}

static double mean_of_rows(void *context, const uint32_t *rows, size_t n)
{
    const double *x = context;
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[rows[i]];
    return sum / (double)n;
}

static void any_statistic_draws_the_same_as_the_mean(void **state)
{
    const BootstrapPlan plan = {.seed = 42, .rounds = 999, .confidence = 0.9};
    double copy[PLANTS];
    Bootstrap a;
    Bootstrap b;

    (void)state;
    memcpy(copy, plants, sizeof copy);
    CHECK_OK(bootstrap_mean(plants, PLANTS, &plan, &a));
    CHECK_OK(bootstrap_statistic(mean_of_rows, copy, PLANTS, &plan, &b));
    NEAR(b.percentile.low, a.percentile.low, 1e-12);
    NEAR(b.percentile.high, a.percentile.high, 1e-12);
    NEAR(b.bca.low, a.bca.low, 1e-9);
    NEAR(b.bca.high, a.bca.high, 1e-9);
    assert_true(a.p == b.p);
    CHECK_OK(bootstrap_mean(plants, PLANTS, &plan, &b));
    assert_memory_equal(&a, &b, sizeof a); /* the seed decides */
}

static void bootstrap_of_what_does_not_vary_is_a_point(void **state)
{
    const BootstrapPlan plan = {.seed = 1, .rounds = 100, .confidence = 0.95};
    Bootstrap b;

    (void)state;
    CHECK_OK(bootstrap_mean((const double[]){2, NAN, 2}, 3, &plan, &b));
    assert_true(b.observed == 2 && b.n == 2 && b.bca.low == 2 && b.percentile.high == 2);
    NEAR(b.p, 2.0 / 101, 1e-14);
    CHECK_OK(bootstrap_mean(NULL, 0, &plan, &b));
    assert_true(isnan(b.observed) && b.p == 1 && b.n == 0);
    CHECK_STATUS(bootstrap_mean(plants, PLANTS, &(BootstrapPlan){1, 0, 0.95}, &b), ST_INVALID);
    CHECK_STATUS(bootstrap_mean(plants, PLANTS, &(BootstrapPlan){1, 10, 1}, &b), ST_INVALID);
}

/* ------------------------------------------------------------------ many comparisons */

static void corrections_are_holms_and_benjaminis(void **state)
{
    const double p[] = {0.01, 0.04, NAN, 0.03, 0.005, 0.5};
    const double holm[] = {0.04, 0.09, NAN, 0.09, 0.025, 0.5};
    const double bh[] = {0.025, 0.05, NAN, 0.05, 0.025, 0.5}; /* SciPy */
    double x[6];

    (void)state;
    memcpy(x, p, sizeof x);
    CHECK_OK(correct_holm(x, 6));
    for (int i = 0; i < 6; i++)
        assert_true(isnan(holm[i]) ? isnan(x[i]) : fabs(x[i] - holm[i]) < 1e-15);
    memcpy(x, p, sizeof x);
    CHECK_OK(correct_benjamini_hochberg(x, 6));
    for (int i = 0; i < 6; i++)
        assert_true(isnan(bh[i]) ? isnan(x[i]) : fabs(x[i] - bh[i]) < 1e-15);
    CHECK_OK(correct_holm(NULL, 0));
}

/* ------------------------------------------------------------------ deltas */

static void margins_and_deltas_are_kolenas(void **state)
{
    (void)state;
    NEAR(margin_of_error(0.5, 50, 0.95), 13.859, 1e-4);
    NEAR(margin_of_error(0.5, 50, 0.9), 11.631, 1e-4);
    NEAR(margin_of_error(0.5, 500, 0.9), 3.678, 1e-4);
    NEAR(margin_of_error(0.5, 5, 0.9), 36.780, 1e-4);
    NEAR(margin_of_error(0.52, 1000, 0.95), 3.097, 1e-3);
    assert_true(margin_of_error(0.5, 0, 0.9) == 0 && isnan(margin_of_error(0.5, 9, 1)));
    NEAR(performance_delta(0.12, 0.3, 0.3), -18, 1e-12);
    NEAR(performance_delta(0.5, 0.3, 1), 20, 1e-12);
    NEAR(performance_delta(50, 120, 130), -53.84615384615385, 1e-12);
    NEAR(performance_delta(50, 120, -1), -140, 1e-12);
    NEAR(performance_delta(0.4, 0.1, 0), 30, 1e-12);
}

static void verdicts_need_a_direction_and_a_margin(void **state)
{
    (void)state;
    assert_int_equal(delta_verdict(14, 1, 50, 0.95), DELTA_IMPROVED);
    assert_int_equal(delta_verdict(14, -1, 50, 0.95), DELTA_REGRESSED);
    assert_int_equal(delta_verdict(13, -1, 50, 0.95), DELTA_SIMILAR);
    assert_int_equal(delta_verdict(14, 0, 50, 0.95), DELTA_UNKNOWN);
    assert_int_equal(delta_verdict(NAN, 1, 50, 0.95), DELTA_UNKNOWN);
    assert_int_equal(delta_verdict(14, 1, 0, 0.95), DELTA_UNKNOWN);
}

static void difficulty_is_the_worked_example(void **state)
{
    const double recall[] = {0.1, 0.5, 0.9, 0.6};
    const double cost[] = {3.14, 0.9, 0.01, 0.5};
    const double accuracy[] = {0.5, 0.8, 0.99, 0.55};
    const double constant[] = {1, 1, 1, 1};
    const DifficultyMetric metrics[] = {
        {recall, 1, true}, {cost, 1, false}, {accuracy, 1, true}, {constant, 0, true}};
    double scores[4];

    (void)state;
    difficulty_scores(metrics, 4, 4, scores);
    NEAR(scores[0], 1, 1e-12);
    NEAR(scores[1], 0.3907, 1e-3);
    assert_true(scores[2] == 0);
    NEAR(scores[3], 0.4765, 1e-3);
    difficulty_scores(metrics + 3, 1, 4, scores);
    assert_true(scores[0] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_quantiles_agree_in_both_tails),
        cmocka_unit_test(students_t_agrees),
        cmocka_unit_test(uneven_tosses_have_exact_chances),
        cmocka_unit_test(intervals_of_shares_are_newcombes),
        cmocka_unit_test(shares_of_nothing_and_of_all_stay_possible),
        cmocka_unit_test(mcnemar_is_a_fair_coin),
        cmocka_unit_test(signs_ignore_zeros_and_nan),
        cmocka_unit_test(paired_t_is_students),
        cmocka_unit_test(wilcoxon_is_exact_when_it_can_be),
        cmocka_unit_test(wilcoxon_knows_ties_and_zeros),
        cmocka_unit_test(wilcoxon_of_little_is_no_difference),
        cmocka_unit_test(bootstrap_intervals_are_near_scipys),
        cmocka_unit_test(any_statistic_draws_the_same_as_the_mean),
        cmocka_unit_test(bootstrap_of_what_does_not_vary_is_a_point),
        cmocka_unit_test(corrections_are_holms_and_benjaminis),
        cmocka_unit_test(margins_and_deltas_are_kolenas),
        cmocka_unit_test(verdicts_need_a_direction_and_a_margin),
        cmocka_unit_test(difficulty_is_the_worked_example),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
