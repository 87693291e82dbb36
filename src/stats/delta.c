/* SPDX-License-Identifier: Apache-2.0 */
/* The scale of a delta is a power of ten, so that 0.82 against 0.80 reads as 2 %. */
#include "stats/delta.h"

#include "stats/distribution.h"

#include <float.h>
#include <math.h>

#define LARGEST_POWER 1000.0

double margin_of_error(double p, uint64_t n, double confidence)
{
    const double z = normal_two_sided(confidence);

    if (isnan(z) || !(p >= 0 && p <= 1))
        return NAN;
    return n ? 100 * z * sqrt(p * (1 - p) / (double)n) : 0;
}

static double scale_of(double target, double reference, double largest)
{
    double power;

    if (largest == 0 || isnan(largest))
        largest = fmax(target, reference);
    if (!(largest > 0))
        return target + DBL_EPSILON;
    power = pow(10, ceil(log10(largest)));
    return power < LARGEST_POWER ? power : largest;
}

double performance_delta(double target, double reference, double largest)
{
    return 100 * (target - reference) / scale_of(target, reference, largest);
}

DeltaVerdict delta_verdict(double delta, int direction, uint64_t n, double confidence)
{
    const double margin = margin_of_error(0.5, n, confidence);
    const double better = delta * direction;

    if (isnan(delta) || isnan(margin) || direction == 0 || n == 0)
        return DELTA_UNKNOWN;
    if (better > margin)
        return DELTA_IMPROVED;
    return better < -margin ? DELTA_REGRESSED : DELTA_SIMILAR;
}

static void add_metric(const DifficultyMetric *m, double weight, size_t n, double *scores)
{
    double low = INFINITY;
    double high = -INFINITY;

    for (size_t i = 0; i < n; i++) {
        low = m->values[i] < low ? m->values[i] : low;
        high = m->values[i] > high ? m->values[i] : high;
    }
    if (!(high > low))
        return;
    for (size_t i = 0; i < n; i++) {
        const double v = m->values[i];

        if (!isnan(v))
            scores[i] += weight * (m->higher_is_better ? high - v : v - low) / (high - low);
    }
}

void difficulty_scores(const DifficultyMetric *metrics, size_t count, size_t n, double *scores)
{
    double total = 0;

    for (size_t i = 0; i < n; i++)
        scores[i] = 0;
    for (size_t k = 0; k < count; k++)
        total += metrics[k].weight;
    for (size_t k = 0; k < count && total > 0; k++)
        add_metric(&metrics[k], metrics[k].weight / total, n, scores);
}
