/* SPDX-License-Identifier: Apache-2.0 */
/* The distributions that tests and intervals need: normal, Student's t, and coin tosses.
 *
 * Closed forms over erfc() and lgamma(), the incomplete beta function by its
 * continued fraction.  Errors are below 1e-12 relative to SciPy's, 1e-9 for counts
 * of millions. */
#ifndef VIREO_STATS_DISTRIBUTION_H
#define VIREO_STATS_DISTRIBUTION_H

#include <stdint.h>

typedef struct Interval {
    double low;
    double high;
} Interval;

/* P(Z <= z). */
double normal_cdf(double z);
/* The z with P(Z <= z) = p; -+infinity at 0 and 1, NaN outside. */
double normal_quantile(double p);
/* The z of a two-sided interval of that confidence: 1.96 for 0.95.  NaN unless in [0, 1). */
double normal_two_sided(double confidence);
/* P(|Z| >= |z|). */
double two_sided_p(double z);
/* P(|T| >= |t|) with `df` > 0 degrees of freedom. */
double student_two_sided_p(double t, double df);
/* The t with P(|T| <= t) = confidence; NaN unless that is in [0, 1) and df > 0. */
double student_two_sided(double confidence, double df);
/* The regularised incomplete beta function, a and b > 0, x in [0, 1]. */
double beta_regularised(double a, double b, double x);
/* The chance that of heads + tails fair tosses the split is this uneven or more. */
double coin_two_sided_p(uint64_t heads, uint64_t tails);

#endif
