/* SPDX-License-Identifier: Apache-2.0 */
/* Do two models differ on the same samples?  Paired tests, intervals by bootstrap, and
 * corrections for many comparisons.
 *
 * Which one fits:
 *   right or wrong        mcnemar_exact(); proportion_paired_difference() for its size
 *   any score             wilcoxon_signed_rank(), or bootstrap_mean() for an interval
 *   near normal           paired_t()
 *   only better or worse  sign_test()
 *   a metric of all rows  bootstrap_statistic(), such as the difference of two F1 scores
 *   different samples     proportion_z(), proportion_difference() of stats/proportion.h
 *
 * A difference is a - b of one sample.  NaN differences are left out and not counted in
 * `n`; with none left p is 1 and all else NaN or 0.  All p values are two-sided. */
#ifndef VIREO_STATS_SIGNIFICANCE_H
#define VIREO_STATS_SIGNIFICANCE_H

#include "base/status.h"
#include "stats/distribution.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct TestResult {
    double statistic;
    double p;
    uint64_t
        n; /* samples that count: discordant ones for McNemar and sign, non-zero for Wilcoxon */
} TestResult;

/* Samples that only a (only b) got right.  Exact: the binomial test of a fair coin;
 * statistic: the smaller count. */
TestResult mcnemar_exact(uint64_t only_a, uint64_t only_b);
/* (|a - b| - 1)^2 / (a + b), chi-square of one degree of freedom, with Edwards's
 * correction; 0 when |a - b| <= 1.  Good from about 25 discordant samples on. */
TestResult mcnemar_chi_square(uint64_t only_a, uint64_t only_b);

/* Zeros are left out; statistic: the number of positive differences. */
TestResult sign_test(const double *differences, size_t n);

typedef struct PairedT {
    double t; /* +-infinity when all differences are the same and not 0; 0 when they are 0 */
    double p;
    double mean;
    Interval interval; /* of the mean; NaN for fewer than two samples */
    uint64_t n;
} PairedT;

/* Student's test of the mean difference, n - 1 degrees of freedom. */
PairedT paired_t(const double *differences, size_t n, double confidence);
/* The same where the number of differences that are not NaN and their mean are known. */
PairedT paired_t_about(const double *differences, size_t n, uint64_t counted, double mean,
                       double confidence);

typedef enum WilcoxonZeros {
    WILCOXON_DROP,  /* Wilcoxon: zeros are left out before ranking */
    WILCOXON_PRATT, /* zeros are ranked with the others, then their ranks are dropped */
} WilcoxonZeros;

typedef enum WilcoxonMethod {
    WILCOXON_AUTO,  /* exact for at most WILCOXON_EXACT_MAX samples without ties and zeros */
    WILCOXON_EXACT, /* ties and zeros make it approximate; ST_LIMIT for more samples than that */
    WILCOXON_NORMAL,
} WilcoxonMethod;

enum { WILCOXON_EXACT_MAX = 50 };

typedef struct Wilcoxon {
    double w_plus;  /* sum of the ranks of |d| where d > 0; ties share their mean rank */
    double w_minus; /* of those where d < 0 */
    double p;
    uint64_t n; /* without zeros */
    bool exact;
} Wilcoxon;

/* Signed-rank test.  The normal approximation corrects its variance for ties and makes
 * no correction for continuity.  Infinite differences rank as what is largest. */
MUST_CHECK Status wilcoxon_signed_rank(const double *differences, size_t n, WilcoxonZeros zeros,
                                       WilcoxonMethod method, Wilcoxon *out);

/* How to draw.  The same plan and data give the same answer on every machine. */
typedef struct BootstrapPlan {
    uint64_t seed;
    uint32_t rounds;   /* 1 .. BOOTSTRAP_ROUNDS_MAX; 2 000 is usual, 10 000 for the tails */
    double confidence; /* in [0, 1) */
} BootstrapPlan;

#define BOOTSTRAP_ROUNDS_MAX 1000000u

typedef struct Bootstrap {
    double observed;
    double standard_error; /* of the drawn statistics; 0 for one round */
    Interval percentile;
    Interval bca; /* bias-corrected and accelerated (Efron 1987); see bootstrap.c for its limits */
    double p;     /* that the true value is 0: twice the smaller tail, (count + 1) / (rounds + 1) */
    uint64_t n;
} Bootstrap;

/* The mean of the differences under resampling of samples.  ST_INVALID for a bad plan. */
MUST_CHECK Status bootstrap_mean(const double *differences, size_t n, const BootstrapPlan *plan,
                                 Bootstrap *out);

/* Statistic of the samples `rows[0..n)`, each below the n given to bootstrap_statistic();
 * must be finite and depend on nothing else.  Called rounds + n + 1 times. */
typedef double (*BootstrapStatistic)(void *context, const uint32_t *rows, size_t n);

/* ST_LIMIT for more than ORDER_MAX samples. */
MUST_CHECK Status bootstrap_statistic(BootstrapStatistic statistic, void *context, size_t n,
                                      const BootstrapPlan *plan, Bootstrap *out);

/* p values, corrected in place for their number: what was p reads as "significant at level
 * alpha when <= alpha, whatever the number of comparisons".  NaN stays and does not count. */

/* Holm 1979: bounds the chance of even one false alarm. */
MUST_CHECK Status correct_holm(double *p, size_t n);
/* Benjamini and Hochberg 1995: bounds the share of false alarms among the alarms. */
MUST_CHECK Status correct_benjamini_hochberg(double *p, size_t n);

#endif
