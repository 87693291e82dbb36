/* SPDX-License-Identifier: Apache-2.0 */
/* BitCounts: how many of many words have bit 0, bit 1, ... set.
 *
 * Looking for the bits of each word costs a wrong guess of the processor a word.  Here 64 counters
 * stand upright: plane k holds bit k of each counter, and a word is added to all of them at
 * once, as one adds by hand.
 *
 *   word      0 1 1 0 ...                        carry = plane & word
 *   plane 0   1 1 0 0 ...   ->   1 0 1 0 ...     plane = plane ^ word
 *   plane 1   0 0 1 0 ...   ->   0 1 1 0 ...     and the carry is the word for the next plane
 *
 * Before they overflow, the counters are added to plain ones. */
#ifndef VIREO_QUERY_BIT_COUNTS_H
#define VIREO_QUERY_BIT_COUNTS_H

#include <stddef.h>
#include <stdint.h>

enum { BIT_COUNTS = 64, BIT_PLANES = 8, BIT_COUNTS_MOST = (1 << BIT_PLANES) - 1 };

typedef struct BitCounts {
    uint32_t *counts; /* the caller's */
    size_t len;       /* of them; at most BIT_COUNTS */
    uint64_t planes[BIT_PLANES];
    unsigned words; /* in the planes */
} BitCounts;

/* Move what the planes hold into `counts`. */
static inline void bit_counts_finish(BitCounts *b)
{
    for (unsigned k = 0; k < BIT_PLANES; k++) {
        for (size_t bit = 0; bit < b->len; bit++)
            b->counts[bit] += (uint32_t)(b->planes[k] >> bit & 1) << k;
        b->planes[k] = 0;
    }
    b->words = 0;
}

static inline void bit_counts_add(BitCounts *b, uint64_t word)
{
    for (unsigned k = 0; k < BIT_PLANES; k++) {
        const uint64_t carry = b->planes[k] & word;

        b->planes[k] ^= word;
        word = carry;
    }
    if (++b->words == BIT_COUNTS_MOST)
        bit_counts_finish(b);
}

#endif
