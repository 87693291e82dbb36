/* SPDX-License-Identifier: Apache-2.0 */
/* Do probabilities mean what they say?
 *
 * Truth is 0 or 1, probabilities are in [0, 1]; whoever calls has checked. */
#ifndef VIREO_STATS_CALIBRATION_H
#define VIREO_STATS_CALIBRATION_H

#include "base/status.h"

#include <stdint.h>

/* Mean squared distance of the probability from the truth; NaN for no rows. */
double brier_score(const uint8_t *truth, const double *probabilities, size_t n);
/* Mean of -ln of what was given to the truth, probabilities kept off 0 and 1 by the
 * smallest step of a double at 1; NaN for no rows. */
double log_loss(const uint8_t *truth, const double *probabilities, size_t n);

/* Sum over the ones of -ln of what was given to them, kept off 0 in the same way: what one of
 * several classes adds to their log loss. */
double surprise_of_ones(const uint8_t *truth, const double *probabilities, size_t n);

/* One bin of a reliability diagram. */
typedef struct ReliabilityBin {
    double probability; /* mean; NaN when the bin is empty, as the next */
    double rate;        /* share of ones */
    uint64_t count;
} ReliabilityBin;

/* Most bins. */
#define RELIABILITY_BINS_MAX 10000u

/* Bin i of k holds i / k < p <= (i + 1) / k, the first one 0 as well. */
void reliability_bins(const uint8_t *truth, const double *probabilities, size_t n,
                      ReliabilityBin *bins, size_t k);
/* Mean, weighted by count, and largest distance of rate and probability over the bins
 * that hold something; 0 when none does. */
double expected_calibration_error(const ReliabilityBin *bins, size_t k);
double maximum_calibration_error(const ReliabilityBin *bins, size_t k);

#endif
