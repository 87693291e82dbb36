/* SPDX-License-Identifier: Apache-2.0 */
/* How much better is one model than another, and which samples are hard?
 *
 * Kolena's conventions, for reports that have to agree with it.  They are rules of
 * thumb: for a judgement on shared samples use the paired tests of
 * stats/significance.h. */
#ifndef VIREO_STATS_DELTA_H
#define VIREO_STATS_DELTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a share p of n samples, in percent: 100 z sqrt(p (1 - p) / n).  0 for n = 0; NaN
 * unless confidence is in [0, 1) and p in [0, 1]. */
double margin_of_error(double p, uint64_t n, double confidence);

/* From reference to target in percent of a scale: 10 to the next whole power of `largest`,
 * or `largest` itself from 1 000 on.  `largest` is the largest reference value of the
 * stratification; where that is 0 or NaN, the larger of target and reference; where it
 * is negative, or that one is not above 0 either, the scale is the target. */
double performance_delta(double target, double reference, double largest);

typedef enum DeltaVerdict {
    DELTA_UNKNOWN, /* a value is NaN, the metric has no direction or the samples no number */
    DELTA_IMPROVED,
    DELTA_REGRESSED,
    DELTA_SIMILAR,
} DeltaVerdict;

/* Is the delta beyond the margin of error of n samples?  `direction` is 1 when higher is
 * better, -1 when lower is, 0 when neither. */
DeltaVerdict delta_verdict(double delta, int direction, uint64_t n, double confidence);

typedef struct DifficultyMetric {
    const double *values; /* one a sample; NaN counts as the easiest */
    double weight;
    bool higher_is_better;
} DifficultyMetric;

/* Of each sample for one model, 0 easy to 1 hard: each metric, turned so that higher is
 * harder, scaled from its smallest to its largest value, then the weighted mean.  A
 * metric that is the same for all samples counts as 0.  The score over several models is
 * the mean of theirs. */
void difficulty_scores(const DifficultyMetric *metrics, size_t count, size_t n, double *scores);

#endif
