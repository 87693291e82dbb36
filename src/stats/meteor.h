/* SPDX-License-Identifier: Apache-2.0 */
/* METEOR with the exact and the stem module (Banerjee and Lavie 2005). */
#ifndef VIREO_STATS_METEOR_H
#define VIREO_STATS_METEOR_H

#include "stats/edit.h"

typedef struct MeteorWeights {
    double alpha; /* of recall in the mean: P R / (alpha P + (1 - alpha) R); 0.9 is usual */
    double beta;  /* power of the fragmentation; 3 is the published one, 1 Kolena's */
    double gamma; /* the largest penalty; 0.5 */
} MeteorWeights;

typedef struct Meteor {
    uint64_t matches;
    uint64_t chunks; /* runs of matches that are adjacent in both */
    double score;
} Meteor;

/* `stems` of candidate and reference are parallel to the tokens and share one numbering of
 * their own.  Words match by token first, the rest by stem; of equal ones the last of
 * each side go together, as in NLTK.  The score is mean * (1 - gamma (chunks /
 * matches)^beta); 0 without a match. */
MUST_CHECK Status meteor_score(Tokens candidate, const uint32_t *candidate_stems, Tokens reference,
                               const uint32_t *reference_stems, const MeteorWeights *weights,
                               Meteor *out);

#endif
