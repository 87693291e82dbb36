/* SPDX-License-Identifier: Apache-2.0 */
/* Sketch: quantiles of numbers in bounded memory, mergeable.
 *
 * A histogram whose buckets are cut from the bits of a double: the exponent and
 * the six highest bits of the mantissa, that is, 64 buckets an octave.  A bucket
 * is at most 1/64 wide against its lower bound, so that its middle is off by
 * less than 0.8 %: the promise is SKETCH_ERROR.  It has the shape of DDSketch
 * (Masson, Rim, Lee, VLDB 2019) with a shift in the place of a logarithm.
 *
 * Adding is O(1), a few nanoseconds; two sketches merge exactly, so parts may be
 * sketched apart (per block, per hour, per thread) and put together.  Negative
 * numbers have a mirrored histogram.  What is nearer to zero than 2^-40 counts
 * as 0, what is further than 2^80 as that, NaN not at all.  The largest memory is
 * 7 700 counters a sign, reached only by data that spans all of that. */
#ifndef VIREO_STATS_SKETCH_H
#define VIREO_STATS_SKETCH_H

#include "base/status.h"

#include <stdint.h>

/* Largest relative error of a quantile. */
#define SKETCH_ERROR 0.01

/* Counters of buckets first .. first + len - 1. */
typedef struct SketchSide {
    uint64_t *counts;
    int32_t first;
    int32_t len;
} SketchSide;

typedef struct Sketch {
    SketchSide above; /* of zero */
    SketchSide below;
    uint64_t zeros;
    uint64_t total;
} Sketch;

void sketch_init(Sketch *s);
void sketch_deinit(Sketch *s);
/* ST_NOMEM leaves the sketch unchanged. */
MUST_CHECK Status sketch_add(Sketch *s, double value);
/* The same for each of them, in less time. */
MUST_CHECK Status sketch_add_all(Sketch *s, const double *values, size_t count);
MUST_CHECK Status sketch_merge(Sketch *into, const Sketch *from);
/* The value at quantile q in [0, 1], by the nearest-rank rule; NaN when empty. */
double sketch_quantile(const Sketch *s, double q);
/* Of memory that it holds besides itself. */
size_t sketch_bytes(const Sketch *s);

#endif
