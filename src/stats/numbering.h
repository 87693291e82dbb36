/* SPDX-License-Identifier: Apache-2.0 */
/* Numbering: 64-bit keys -> 0, 1, 2, ... in the order in which they came.
 *
 * Names labels for a confusion matrix and n-grams for BLEU.  Exact: keys are compared,
 * not only hashed.  Adding and finding are O(1), some 2 ns while it fits in cache. */
#ifndef VIREO_STATS_NUMBERING_H
#define VIREO_STATS_NUMBERING_H

#include "base/status.h"

#include <stdint.h>

#define NUMBER_NONE UINT32_MAX

typedef struct Numbering {
    uint64_t *keys; /* by number */
    size_t len;
    size_t cap;
    uint32_t *slots; /* number, or NUMBER_NONE: free; a power of two, at most half of them taken */
    size_t slot_count;
} Numbering;

/* `{0}` is an empty one. */
void numbering_deinit(Numbering *n);
/* The number of `key`, a new one when it is new.  ST_LIMIT for a new one past `max` of them. */
MUST_CHECK Status numbering_add(Numbering *n, uint64_t key, uint32_t max, uint32_t *number);
/* NUMBER_NONE when it is not there. */
uint32_t numbering_find(const Numbering *n, uint64_t key);

#endif
