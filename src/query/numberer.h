/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers for 64-bit patterns, from 0 in the order in which they first come: open addressing
 * over at most as many as there was room made for.  Memory is the arena's. */
#ifndef VIREO_QUERY_NUMBERER_H
#define VIREO_QUERY_NUMBERER_H

#include "base/arena.h"

typedef struct Numberer {
    uint32_t *slots; /* number + 1, 0: free */
    size_t mask;
    uint64_t *patterns; /* by number */
    size_t len;
} Numberer;

/* Room for `most` different ones. */
MUST_CHECK Status numberer_init(Numberer *n, size_t most, Arena *a);

/* Inline: once a row. */
static inline uint32_t numberer_number(Numberer *n, uint64_t pattern)
{
    size_t at = (size_t)((pattern * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & n->mask;

    for (; n->slots[at]; at = (at + 1) & n->mask)
        if (n->patterns[n->slots[at] - 1] == pattern)
            return n->slots[at] - 1;
    n->patterns[n->len] = pattern;
    n->slots[at] = (uint32_t)++n->len;
    return (uint32_t)(n->len - 1);
}

#endif
