/* SPDX-License-Identifier: Apache-2.0 */
/* The z test is a normal approximation: good from about five of each on; what is rarer
 * is told by its count. */
#include "stats/proportion.h"

#include <math.h>

static double share(uint64_t part, uint64_t whole)
{
    return (double)part / (double)whole;
}

double proportion_z(uint64_t a, uint64_t of_a, uint64_t b, uint64_t of_b)
{
    double pooled;
    double variance;

    if (of_a == 0 || of_b == 0)
        return 0;
    pooled = ((double)a + (double)b) / ((double)of_a + (double)of_b);
    variance = pooled * (1 - pooled) * (1 / (double)of_a + 1 / (double)of_b);
    if (!(variance > 0))
        return 0;
    return (share(a, of_a) - share(b, of_b)) / sqrt(variance);
}

Interval proportion_wilson(uint64_t hits, uint64_t of, double confidence)
{
    const double z = normal_two_sided(confidence);
    const double n = (double)of;
    double p;
    double middle;
    double half;

    if (isnan(z))
        return (Interval){NAN, NAN};
    if (of == 0)
        return (Interval){0, 1};
    p = share(hits, of);
    middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);
    /* Exactly 0 and 1 where rounding would leave a trace. */
    return (Interval){hits == 0 ? 0 : middle - half, hits == of ? 1 : middle + half};
}

/* The distances of both shares from their bounds, put together with their correlation. */
static double square_and_add(double a, double b, double correlation)
{
    return sqrt(fmax(0, a * a - 2 * correlation * a * b + b * b));
}

static Interval difference(double a, Interval of_a, double b, Interval of_b, double correlation)
{
    return (Interval){
        a - b - square_and_add(a - of_a.low, of_b.high - b, correlation),
        a - b + square_and_add(of_a.high - a, b - of_b.low, correlation),
    };
}

Interval proportion_difference(uint64_t a, uint64_t of_a, uint64_t b, uint64_t of_b,
                               double confidence)
{
    if (isnan(normal_two_sided(confidence)))
        return (Interval){NAN, NAN};
    if (of_a == 0 || of_b == 0)
        return (Interval){-1, 1};
    return difference(share(a, of_a), proportion_wilson(a, of_a, confidence), share(b, of_b),
                      proportion_wilson(b, of_b, confidence), 0);
}

PairedCounts paired_counts(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint64_t cells[4] = {0};

    for (size_t i = 0; i < n; i++)
        cells[(a[i] ? 2 : 0) + (b[i] ? 1 : 0)]++;
    return (PairedCounts){
        .both = cells[3], .only_a = cells[2], .only_b = cells[1], .neither = cells[0]};
}

/* Newcombe's phi: with a correction for continuity, and 0 where a margin is empty. */
static double correlation_of(const PairedCounts *c, double n)
{
    const double a = (double)c->both;
    const double d = (double)c->neither;
    const double only_a = (double)c->only_a;
    const double only_b = (double)c->only_b;
    const double margins = (a + only_a) * (only_b + d) * (a + only_b) * (only_a + d);
    double cross = a * d - only_a * only_b;

    if (!(margins > 0))
        return 0;
    if (cross > 0)
        cross = fmax(0, cross - n / 2);
    return cross / sqrt(margins);
}

Interval proportion_paired_difference(const PairedCounts *c, double confidence)
{
    const uint64_t n = c->both + c->only_a + c->only_b + c->neither;
    const uint64_t a = c->both + c->only_a;
    const uint64_t b = c->both + c->only_b;

    if (isnan(normal_two_sided(confidence)))
        return (Interval){NAN, NAN};
    if (n == 0)
        return (Interval){-1, 1};
    return difference(share(a, n), proportion_wilson(a, n, confidence), share(b, n),
                      proportion_wilson(b, n, confidence), correlation_of(c, (double)n));
}
