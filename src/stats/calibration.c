/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/calibration.h"

#include <float.h>
#include <math.h>

double brier_score(const uint8_t *truth, const double *probabilities, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (probabilities[i] - truth[i]) * (probabilities[i] - truth[i]);
    return n ? sum / (double)n : NAN;
}

/* A probability off 0 and 1, where the logarithm ends. */
static double kept_off(double p)
{
    return fmin(fmax(p, DBL_EPSILON), 1 - DBL_EPSILON);
}

double log_loss(const uint8_t *truth, const double *probabilities, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        const double p = kept_off(probabilities[i]);

        sum -= truth[i] ? log(p) : log1p(-p);
    }
    return n ? sum / (double)n : NAN;
}

double surprise_of_ones(const uint8_t *truth, const double *probabilities, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        if (truth[i])
            sum -= log(kept_off(probabilities[i]));
    return sum;
}

/* The product can round across a bound; then the neighbour is right. */
static size_t bin_of(double p, size_t k)
{
    const double width = (double)k;
    size_t bin = (size_t)(p * width);

    if (bin >= k)
        bin = k - 1;
    if (p <= (double)bin / width && bin > 0)
        bin--;
    else if (p > ((double)bin + 1) / width && bin + 1 < k)
        bin++;
    return bin;
}

void reliability_bins(const uint8_t *truth, const double *probabilities, size_t n,
                      ReliabilityBin *bins, size_t k)
{
    for (size_t b = 0; b < k; b++)
        bins[b] = (ReliabilityBin){0};
    for (size_t i = 0; i < n; i++) {
        ReliabilityBin *bin = &bins[bin_of(probabilities[i], k)];

        bin->probability += probabilities[i];
        bin->rate += truth[i];
        bin->count++;
    }
    for (size_t b = 0; b < k; b++) { /* 0 / 0 is NaN */
        bins[b].probability /= (double)bins[b].count;
        bins[b].rate /= (double)bins[b].count;
    }
}

double expected_calibration_error(const ReliabilityBin *bins, size_t k)
{
    double sum = 0;
    uint64_t count = 0;

    for (size_t b = 0; b < k; b++)
        if (bins[b].count) {
            sum += (double)bins[b].count * fabs(bins[b].rate - bins[b].probability);
            count += bins[b].count;
        }
    return count ? sum / (double)count : 0;
}

double maximum_calibration_error(const ReliabilityBin *bins, size_t k)
{
    double largest = 0;

    for (size_t b = 0; b < k; b++)
        if (bins[b].count)
            largest = fmax(largest, fabs(bins[b].rate - bins[b].probability));
    return largest;
}
