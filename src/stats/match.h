/* SPDX-License-Identifier: Apache-2.0 */
/* Which inference found which ground truth?  The greedy matching of PASCAL VOC.
 *
 * Inferences, by descending score (equal ones in their order), each take the truth of
 * largest IoU among those at or above the threshold; the first one wins a tie, and real
 * truths come before ignored ones.
 *
 *   best is real and free     matched; it is taken
 *   best is real and taken    unmatched, even if another free one is above the threshold
 *   best is ignored           dropped; an ignored truth may absorb any number
 *   none is above             unmatched
 *
 * Groups (an image, a label, both) match apart from each other. */
#ifndef VIREO_STATS_MATCH_H
#define VIREO_STATS_MATCH_H

#include "stats/shape.h"

#include <stdint.h>

/* Instead of a truth's place. */
#define MATCH_NONE    (-1)
#define MATCH_DROPPED (-2)

typedef struct MatchInput {
    const Shape *truths;
    size_t truth_count;
    const uint8_t *ignored;      /* one a truth; NULL: none is */
    const int64_t *truth_groups; /* NULL with the next: one group */
    const Shape *inferences;
    size_t inference_count;
    const double *scores; /* NaN comes last */
    const int64_t *inference_groups;
    double threshold;
} MatchInput;

/* For each inference the place of its truth, MATCH_NONE or MATCH_DROPPED, and its IoU:
 * with the truth that it matched or that dropped it, else the largest with any truth
 * that is not ignored (0 when there is none).  `order`, unless NULL, gets the places of the
 * inferences by score, groups mixed.  ST_LIMIT past ORDER_MAX of either, or from shape_iou(). */
MUST_CHECK Status match_shapes(const MatchInput *in, int64_t *matches, double *ious,
                               uint32_t *order);

#endif
