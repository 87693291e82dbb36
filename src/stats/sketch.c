/* SPDX-License-Identifier: Apache-2.0 */
/* DDSketch with one dense window of buckets that grows on demand.
 *
 *   value    0 | 1 ... gamma ... gamma^2 ...
 *   bucket zeros|  0       1         2             index = ceil(log(value) / log(gamma))
 *                  [first ........ first + len - 1]  only this window is allocated */
#include "stats/sketch.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define RELATIVE_ERROR 0.01
#define GAMMA          ((1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR))

void sketch_init(Sketch *s)
{
    *s = (Sketch){0};
}

void sketch_deinit(Sketch *s)
{
    mem_free(s->counts);
    sketch_init(s);
}

static int32_t bucket_of(int64_t value)
{
    return (int32_t)ceil(log((double)value) / log(GAMMA));
}

/* The middle of a bucket in the sense that both bounds are equally far off. */
static int64_t value_of(int32_t bucket)
{
    const double v = 2 * pow(GAMMA, bucket) / (GAMMA + 1);

    return v >= 9.2e18 ? INT64_MAX : (int64_t)llround(v);
}

/* Make the window cover [low, high]. */
static Status cover(Sketch *s, int32_t low, int32_t high)
{
    const int32_t first = s->len && s->first < low ? s->first : low;
    const int32_t last = s->len && s->first + s->len - 1 > high ? s->first + s->len - 1 : high;
    const int32_t len = last - first + 1;
    uint64_t *counts;

    if (s->len && first == s->first && len == s->len)
        return ST_OK;
    counts = mem_calloc((size_t)len, sizeof *counts);
    if (!counts)
        return ST_NOMEM;
    if (s->len)
        memcpy(counts + (s->first - first), s->counts, (size_t)s->len * sizeof *counts);
    mem_free(s->counts);
    s->counts = counts;
    s->first = first;
    s->len = len;
    return ST_OK;
}

Status sketch_add(Sketch *s, int64_t value)
{
    int32_t bucket;

    if (value < 1) {
        s->zeros++;
        s->total++;
        return ST_OK;
    }
    bucket = bucket_of(value);
    /* A margin, so that a growing range does not copy at every step. */
    if (!s->len || bucket < s->first || bucket >= s->first + s->len) {
        const Status st = cover(s, bucket - 8, bucket + 8);

        if (st)
            return st;
    }
    s->counts[bucket - s->first]++;
    s->total++;
    return ST_OK;
}

Status sketch_merge(Sketch *into, const Sketch *from)
{
    if (from->len) {
        const Status st = cover(into, from->first, from->first + from->len - 1);

        if (st)
            return st;
    }
    for (int32_t i = 0; i < from->len; i++)
        into->counts[from->first + i - into->first] += from->counts[i];
    into->zeros += from->zeros;
    into->total += from->total;
    return ST_OK;
}

int64_t sketch_quantile(const Sketch *s, double q)
{
    uint64_t rank;
    uint64_t seen = s->zeros;

    if (s->total == 0)
        return -1;
    rank = (uint64_t)ceil(q * (double)s->total);
    if (rank < 1)
        rank = 1;
    if (seen >= rank)
        return 0;
    for (int32_t i = 0; i < s->len; i++) {
        seen += s->counts[i];
        if (seen >= rank)
            return value_of(s->first + i);
    }
    return value_of(s->first + s->len - 1);
}
