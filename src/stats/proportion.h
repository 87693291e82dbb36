/* SPDX-License-Identifier: Apache-2.0 */
/* Shares: do two differ, and how sure is one?
 *
 * Intervals are score intervals (Wilson 1927; Newcombe, Statistics in Medicine 17,
 * 1998), which stay inside of what is possible and hold their confidence for few
 * samples and for shares near 0 and 1, where p +- z sqrt(p q / n) does not. */
#ifndef VIREO_STATS_PROPORTION_H
#define VIREO_STATS_PROPORTION_H

#include "stats/distribution.h"

#include <stddef.h>

/* z of `a` of `of_a` against `b` of `of_b`: positive when the first share is larger.
 * Pooled variance.  0 when one of the totals is 0 or nothing varies. */
double proportion_z(uint64_t a, uint64_t of_a, uint64_t b, uint64_t of_b);

/* In all intervals below: NaN bounds unless confidence is in [0, 1); with a total of 0
 * whatever is possible. */

/* Wilson's interval of one share. */
Interval proportion_wilson(uint64_t hits, uint64_t of, double confidence);
/* Newcombe's interval of share a - share b, of independent samples (his method 10). */
Interval proportion_difference(uint64_t a, uint64_t of_a, uint64_t b, uint64_t of_b,
                               double confidence);

/* Two yes-or-no answers of each of the same samples. */
typedef struct PairedCounts {
    uint64_t both;
    uint64_t only_a;
    uint64_t only_b;
    uint64_t neither;
} PairedCounts;

/* `a` and `b` are 0 or 1. */
PairedCounts paired_counts(const uint8_t *a, const uint8_t *b, size_t n);
/* Newcombe's interval of share a - share b of the same samples (his method 10 for pairs). */
Interval proportion_paired_difference(const PairedCounts *c, double confidence);

#endif
