/* SPDX-License-Identifier: Apache-2.0 */
/* Sketch: quantiles of positive numbers in bounded memory, mergeable.
 *
 * DDSketch (Masson, Rim, Lee, VLDB 2019): values fall into buckets whose bounds
 * grow by gamma = (1 + a) / (1 - a); any quantile comes back with a relative
 * error of at most a = 1 %.  Adding is O(1); two sketches merge exactly, so
 * parts may be sketched apart (per block, per hour) and put together.
 *
 * Values below 1 count as 0.  The largest memory is about 2200 counters (17 kB),
 * reached only by data that spans all of 1 to 1e19; latencies in one service
 * take a few hundred. */
#ifndef VIREO_STATS_SKETCH_H
#define VIREO_STATS_SKETCH_H

#include "base/status.h"

#include <stdint.h>

typedef struct Sketch {
    uint64_t *counts; /* of buckets first .. first + len - 1 */
    int32_t first;
    int32_t len;
    uint64_t zeros;
    uint64_t total;
} Sketch;

void sketch_init(Sketch *s);
void sketch_deinit(Sketch *s);
/* ST_NOMEM leaves the sketch unchanged. */
MUST_CHECK Status sketch_add(Sketch *s, int64_t value);
MUST_CHECK Status sketch_merge(Sketch *into, const Sketch *from);
/* The value at quantile q in [0, 1], by the nearest-rank rule; -1 when empty. */
int64_t sketch_quantile(const Sketch *s, double q);

#endif
