/* SPDX-License-Identifier: Apache-2.0 */
/* Two dense windows of buckets that grow on demand.
 *
 *   double   | sign | exponent (11) | 6 bits | 46 bits |
 *   bucket          [ exponent and those 6 bits ]
 *
 *   below zero  ... 2 1 | zeros | 1 2 ...  above zero
 *   only the window [first .. first + len - 1] of each side is allocated */
#include "stats/sketch.h"

#include "base/alloc.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { SHIFT = 46, MARGIN = 16 };

#define SMALLEST 0x1p-40
#define LARGEST  0x1p80

void sketch_init(Sketch *s)
{
    *s = (Sketch){0};
}

void sketch_deinit(Sketch *s)
{
    mem_free(s->above.counts);
    mem_free(s->below.counts);
    sketch_init(s);
}

size_t sketch_bytes(const Sketch *s)
{
    return ((size_t)s->above.len + (size_t)s->below.len) * sizeof *s->above.counts;
}

/* Of a positive number in range.  Below 2^18 for all. */
static int32_t bucket_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return (int32_t)(bits >> SHIFT);
}

static double lower_bound(int32_t bucket)
{
    const uint64_t bits = (uint64_t)bucket << SHIFT;
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static double middle_of(int32_t bucket)
{
    return (lower_bound(bucket) + lower_bound(bucket + 1)) / 2;
}

/* Make the window cover [low, high]. */
static Status cover(SketchSide *s, int32_t low, int32_t high)
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
    *s = (SketchSide){counts, first, len};
    return ST_OK;
}

/* One comparison for "is it in the window?": a bucket before it wraps around. */
static bool in_window(const SketchSide *s, int32_t bucket)
{
    return (uint32_t)(bucket - s->first) < (uint32_t)s->len;
}

static Status make_room(SketchSide *s, int32_t low, int32_t high)
{
    if (in_window(s, low) && in_window(s, high))
        return ST_OK;
    return cover(s, low - MARGIN, high + MARGIN);
}

static Status count_bucket(SketchSide *s, int32_t bucket)
{
    const Status st = make_room(s, bucket, bucket);

    if (st)
        return st;
    s->counts[bucket - s->first]++;
    return ST_OK;
}

Status sketch_add(Sketch *s, double value)
{
    const double size = fabs(value);
    Status st = ST_OK;

    if (size >= SMALLEST)
        st = count_bucket(value > 0 ? &s->above : &s->below,
                          bucket_of(size < LARGEST ? size : LARGEST));
    else if (size < SMALLEST)
        s->zeros++;
    else
        return ST_OK; /* NaN */
    s->total += st == ST_OK;
    return st;
}

/* The range of buckets of numbers that all have one above zero; false: some have not.  Buckets are
 * as ordered as numbers, negative ones and NaN too: they are all above LARGEST. */
static bool plain_range(const double *values, size_t count, int32_t *low, int32_t *high)
{
    *low = INT32_MAX;
    *high = 0;
    for (size_t i = 0; i < count; i++) {
        const int32_t bucket = bucket_of(values[i]);

        *low = bucket < *low ? bucket : *low;
        *high = bucket > *high ? bucket : *high;
    }
    return count && *low >= bucket_of(SMALLEST) && *high < bucket_of(LARGEST);
}

static Status add_each(Sketch *s, const double *values, size_t count)
{
    Status st = ST_OK;

    for (size_t i = 0; i < count && !st; i++)
        st = sketch_add(s, values[i]);
    return st;
}

Status sketch_add_all(Sketch *s, const double *values, size_t count)
{
    int32_t low;
    int32_t high;
    Status st;

    if (!plain_range(values, count, &low, &high))
        return add_each(s, values, count);
    st = make_room(&s->above, low, high);
    if (st)
        return st;
    for (size_t i = 0; i < count; i++)
        s->above.counts[bucket_of(values[i]) - s->above.first]++;
    s->total += count;
    return ST_OK;
}

static void add_counts(SketchSide *into, const SketchSide *from)
{
    for (int32_t i = 0; i < from->len; i++)
        into->counts[from->first + i - into->first] += from->counts[i];
}

static Status cover_side(SketchSide *into, const SketchSide *from)
{
    return from->len ? cover(into, from->first, from->first + from->len - 1) : ST_OK;
}

Status sketch_merge(Sketch *into, const Sketch *from)
{
    Status st = cover_side(&into->above, &from->above);

    if (!st)
        st = cover_side(&into->below, &from->below);
    if (st)
        return st;
    add_counts(&into->above, &from->above);
    add_counts(&into->below, &from->below);
    into->zeros += from->zeros;
    into->total += from->total;
    return ST_OK;
}

/* From the most negative to the largest. */
double sketch_quantile(const Sketch *s, double q)
{
    uint64_t rank;
    uint64_t seen = 0;

    if (s->total == 0)
        return NAN;
    rank = (uint64_t)ceil(q * (double)s->total);
    rank = rank < 1 ? 1 : rank > s->total ? s->total : rank;
    for (int32_t i = s->below.len; i-- > 0;) {
        seen += s->below.counts[i];
        if (seen >= rank)
            return -middle_of(s->below.first + i);
    }
    seen += s->zeros;
    if (seen >= rank)
        return 0;
    for (int32_t i = 0; i < s->above.len; i++) {
        seen += s->above.counts[i];
        if (seen >= rank)
            return middle_of(s->above.first + i);
    }
    return LARGEST;
}
