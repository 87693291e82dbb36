/* SPDX-License-Identifier: Apache-2.0 */
/* Distinct: how many different values, from their hashes, mergeable.
 *
 * Up to DISTINCT_EXACT of them the hashes themselves are kept and the answer is
 * exact; past it, HyperLogLog with 2^14 registers (16 kB) and the estimator of
 * Ertl (2017, arXiv:1702.01284), which needs no table of corrections.  Its
 * standard error is 0.8 %.  Adding is O(1).  Hashes must be 64 good bits. */
#ifndef VIREO_STATS_DISTINCT_H
#define VIREO_STATS_DISTINCT_H

#include "base/status.h"

#include <stdint.h>

enum { DISTINCT_EXACT = 1536 };

typedef struct Distinct {
    uint64_t *few; /* open addressing, 0: free */
    uint32_t few_len;
    uint32_t few_cap;
    uint8_t *registers; /* then `few` is NULL */
} Distinct;

/* Zero-initialise. */
void distinct_deinit(Distinct *d);
/* ST_NOMEM leaves it unchanged. */
MUST_CHECK Status distinct_add(Distinct *d, uint64_t hash);
MUST_CHECK Status distinct_merge(Distinct *into, const Distinct *from);
double distinct_count(const Distinct *d);
/* Of memory that it holds besides itself. */
size_t distinct_bytes(const Distinct *d);

#endif
