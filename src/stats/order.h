/* SPDX-License-Identifier: Apache-2.0 */
/* Order of numbers: radix sort of doubles, and ranks with ties.
 *
 * A double's bits, with all of them flipped when it is negative and the sign bit
 * flipped when not, order like unsigned integers, which are sorted by their bits,
 * without comparisons.  -0 counts as 0; NaN comes last. */
#ifndef VIREO_STATS_ORDER_H
#define VIREO_STATS_ORDER_H

#include "base/status.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Most numbers at once: their places are 32 bits. */
#define ORDER_MAX UINT32_MAX

#define ORDER_NAN  UINT64_MAX
#define ORDER_SIGN (UINT64_C(1) << 63)

/* A number whose order is that of the value; ORDER_NAN for NaN.  Here, because loops over millions
 * of numbers do little else. */
static inline uint64_t order_key(double value)
{
    const double v = value + 0.0; /* -0 becomes 0 */
    uint64_t bits;

    if (isnan(v))
        return ORDER_NAN;
    memcpy(&bits, &v, sizeof bits);
    return bits & ORDER_SIGN ? ~bits : bits | ORDER_SIGN;
}

/* The value of a key. */
static inline double order_value(uint64_t key)
{
    const uint64_t bits = key & ORDER_SIGN ? key & ~ORDER_SIGN : ~key;
    double value;

    if (key == ORDER_NAN)
        return NAN;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Sort keys ascending; `spare` is as large and holds nothing of use afterwards. */
void order_sort_keys(uint64_t *keys, uint64_t *spare, size_t n);

/* Sort ascending in place.  ST_NOMEM: unchanged. */
MUST_CHECK Status order_sort(double *values, size_t n);
/* The places of `values` in ascending (or descending) order into order[n]; equal ones
 * keep their places, NaN last.  ST_LIMIT past ORDER_MAX. */
MUST_CHECK Status order_ascending(const double *values, size_t n, uint32_t *order);
MUST_CHECK Status order_descending(const double *values, size_t n, uint32_t *order);
/* Ranks from 1, equal values sharing the mean of theirs.  NaN values get rank NaN. */
MUST_CHECK Status order_ranks(const double *values, size_t n, double *ranks);

#endif
