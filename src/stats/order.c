/* SPDX-License-Identifier: Apache-2.0 */
/* Keys alone: most significant bits first, of the range that they really span, until a
 * part fits in the cache; there the sixteen highest bits that differ, least significant
 * byte first.  Depth: at most 8 cuts of a range of 64 bits, and what is equal is done.
 *
 * Keys with places: least significant byte first, between two halves of one block of
 * memory; the histograms of all eight passes come from one walk over the keys. */
#include "stats/order.h"

#include "base/alloc.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { PASSES = 8, BUCKETS = 256, FEW = 24, CACHED = 8192, PART_BITS = 8 };

typedef struct Placed {
    uint64_t key;
    uint64_t place;
} Placed;

typedef size_t Histogram[PASSES][BUCKETS];

static void count_bytes(Histogram counts, uint64_t key)
{
    for (unsigned p = 0; p < PASSES; p++)
        counts[p][key >> (8 * p) & 0xff]++;
}

/* Turn counts into where each bucket starts.  False when one bucket holds all `n`. */
static bool find_starts(size_t *counts, size_t n)
{
    size_t start = 0;

    for (size_t b = 0; b < BUCKETS; b++) {
        const size_t count = counts[b];

        if (count == n)
            return false;
        counts[b] = start;
        start += count;
    }
    return true;
}

/* Few keys are sooner sorted by insertion than counted. */
static void insert_keys(uint64_t *keys, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const uint64_t key = keys[i];
        size_t k = i;

        for (; k > 0 && keys[k - 1] > key; k--)
            keys[k] = keys[k - 1];
        keys[k] = key;
    }
}

static void insert_placed(Placed *keys, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const Placed key = keys[i];
        size_t k = i;

        for (; k > 0 && keys[k - 1].key > key.key; k--)
            keys[k] = keys[k - 1];
        keys[k] = key;
    }
}

static void swap_pointers(uint64_t **a, uint64_t **b)
{
    uint64_t *const t = *a;

    *a = *b;
    *b = t;
}

static unsigned bit_width(uint64_t x)
{
    unsigned width = 0;

    for (; x; x >>= 1)
        width++;
    return width;
}

/* What order_sort_keys() does for a part of the keys.  The sorted ones go to `spare` if
 * asked. */
static void sort_part(uint64_t *keys, uint64_t *spare, size_t n, bool to_spare);

/* Within the cache: two passes over the sixteen highest bits that differ, which leaves few
 * keys in the wrong place; runs that agree in all of them are sorted by themselves. */
static void sort_few(uint64_t *keys, uint64_t *spare, size_t n, uint64_t low, unsigned width)
{
    const unsigned shift = width > 16 ? width - 16 : 0;

    for (unsigned pass = 0; pass < 2; pass++) {
        uint32_t counts[BUCKETS] = {0};
        const unsigned at = shift + 8 * pass;
        uint32_t start = 0;

        for (size_t i = 0; i < n; i++)
            counts[(keys[i] - low) >> at & 0xff]++;
        for (size_t b = 0; b < BUCKETS; b++) {
            const uint32_t count = counts[b];

            counts[b] = start;
            start += count;
        }
        for (size_t i = 0; i < n; i++)
            spare[counts[(keys[i] - low) >> at & 0xff]++] = keys[i];
        swap_pointers(&keys, &spare);
    }
    for (size_t i = 0, end; shift && i < n; i = end) {
        for (end = i + 1; end < n && (keys[end] - low) >> shift == (keys[i] - low) >> shift; end++)
            continue;
        if (end - i > 1)
            sort_part(keys + i, spare + i, end - i, false);
    }
}

/* Cut the range of the keys into 256 equal parts, then sort each. */
static void sort_many(uint64_t *keys, uint64_t *spare, size_t n, uint64_t low, unsigned width,
                      bool to_spare)
{
    const unsigned shift = width > PART_BITS ? width - PART_BITS : 0;
    size_t ends[1 << PART_BITS] = {0};
    size_t start = 0;

    for (size_t i = 0; i < n; i++)
        ends[(keys[i] - low) >> shift]++;
    for (size_t p = 0; p < 1 << PART_BITS; p++) {
        const size_t count = ends[p];

        ends[p] = start;
        start += count;
    }
    for (size_t i = 0; i < n; i++)
        spare[ends[(keys[i] - low) >> shift]++] = keys[i];
    start = 0;
    for (size_t p = 0; p < 1 << PART_BITS; start = ends[p++])
        if (ends[p] > start)
            sort_part(spare + start, keys + start, ends[p] - start, !to_spare);
}

static void sort_part(uint64_t *keys, uint64_t *spare, size_t n, bool to_spare)
{
    uint64_t low = keys[0];
    uint64_t high = keys[0];
    bool sorted = true;

    for (size_t i = 1; i < n; i++) {
        sorted &= keys[i - 1] <= keys[i];
        low = keys[i] < low ? keys[i] : low;
        high = keys[i] > high ? keys[i] : high;
    }
    if (!sorted && n > CACHED) {
        sort_many(keys, spare, n, low, bit_width(high - low), to_spare);
        return;
    }
    if (!sorted && n > FEW)
        sort_few(keys, spare, n, low, bit_width(high - low));
    else if (!sorted)
        insert_keys(keys, n);
    if (to_spare)
        memcpy(spare, keys, n * sizeof *keys);
}

void order_sort_keys(uint64_t *keys, uint64_t *spare, size_t n)
{
    if (n > 1)
        sort_part(keys, spare, n, false);
}

/* The sorted ones are in either array. */
static const Placed *sort_placed(Placed *keys, Placed *spare, size_t n)
{
    Histogram counts;

    if (n <= FEW) {
        insert_placed(keys, n);
        return keys;
    }
    memset(counts, 0, sizeof counts);
    for (size_t i = 0; i < n; i++)
        count_bytes(counts, keys[i].key);
    for (unsigned p = 0; p < PASSES; p++) {
        Placed *const from = keys;

        if (!find_starts(counts[p], n))
            continue;
        for (size_t i = 0; i < n; i++)
            spare[counts[p][from[i].key >> (8 * p) & 0xff]++] = from[i];
        keys = spare;
        spare = from;
    }
    return keys;
}

Status order_sort(double *values, size_t n)
{
    uint64_t *keys;

    if (n < 2)
        return ST_OK;
    if (n > SIZE_MAX / 2)
        return ST_LIMIT;
    keys = mem_array(n * 2, sizeof *keys);
    if (!keys)
        return ST_NOMEM;
    for (size_t i = 0; i < n; i++)
        keys[i] = order_key(values[i]);
    order_sort_keys(keys, keys + n, n);
    for (size_t i = 0; i < n; i++)
        values[i] = order_value(keys[i]);
    mem_free(keys);
    return ST_OK;
}

static Status order_by(const double *values, size_t n, bool descending, uint32_t *order)
{
    Placed *keys;
    const Placed *sorted;

    if (n > ORDER_MAX)
        return ST_LIMIT;
    if (n == 0)
        return ST_OK;
    keys = mem_array(n * 2, sizeof *keys);
    if (!keys)
        return ST_NOMEM;
    for (size_t i = 0; i < n; i++) {
        const uint64_t key = order_key(values[i]);

        keys[i] = (Placed){descending && key != ORDER_NAN ? ~key : key, i};
    }
    sorted = sort_placed(keys, keys + n, n);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)sorted[i].place;
    mem_free(keys);
    return ST_OK;
}

Status order_ascending(const double *values, size_t n, uint32_t *order)
{
    return order_by(values, n, false, order);
}

Status order_descending(const double *values, size_t n, uint32_t *order)
{
    return order_by(values, n, true, order);
}

Status order_ranks(const double *values, size_t n, double *ranks)
{
    uint32_t *order;
    Status st;

    if (n > ORDER_MAX)
        return ST_LIMIT;
    order = mem_array(n, sizeof *order);
    if (!order)
        return ST_NOMEM;
    st = order_ascending(values, n, order);
    for (size_t i = 0, end; !st && i < n; i = end) {
        const double v = values[order[i]];

        for (end = i + 1; end < n && values[order[end]] == v; end++)
            continue;
        for (size_t k = i; k < end; k++) /* ranks i + 1 .. end */
            ranks[order[k]] = isnan(v) ? NAN : ((double)i + 1 + (double)end) / 2;
    }
    mem_free(order);
    return st;
}
