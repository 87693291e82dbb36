/* SPDX-License-Identifier: Apache-2.0 */
/* How many edits turn a reference into a hypothesis: word, character and match error
 * rates; and what both have in common, in order.
 *
 * Both are lists of numbered tokens (words or characters).  Time is the product of
 * the lengths, memory one row. */
#ifndef VIREO_STATS_EDIT_H
#define VIREO_STATS_EDIT_H

#include "base/status.h"

#include <stdint.h>

typedef struct Tokens {
    const uint32_t *ids;
    size_t len;
} Tokens;

/* Largest product of the lengths: a minute or so. */
#define EDIT_WORK_MAX UINT64_C(40000000000)

/* Of an alignment with the fewest edits and, of those, the fewest substitutions, that is,
 * the most hits. */
typedef struct Edits {
    uint64_t hits;
    uint64_t substitutions;
    uint64_t deletions;  /* of the reference's tokens */
    uint64_t insertions; /* of the hypothesis's */
} Edits;

/* ST_LIMIT past EDIT_WORK_MAX. */
MUST_CHECK Status edit_count(Tokens reference, Tokens hypothesis, Edits *out);
/* Length of the longest common subsequence. */
MUST_CHECK Status edit_common(Tokens a, Tokens b, uint64_t *out);

/* (S + D + I) / reference tokens.  For an empty reference: 0 when the hypothesis is empty
 * too, else the number of its tokens (as if the reference had one). */
double error_rate(const Edits *e);
/* (S + D + I) / (S + D + I + H): never above 1; 0 for nothing at all. */
double match_error_rate(const Edits *e);

#endif
