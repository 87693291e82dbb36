/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over all scores of a window, block by block. */
#ifndef VIREO_QUERY_SCORE_WALK_H
#define VIREO_QUERY_SCORE_WALK_H

#include "query/doubles.h"
#include "query/match.h"

typedef struct ScoreWalk {
    const Snapshot *snap;
    const QueryWindow *window;
    const Doubles *replaced;
} ScoreWalk;

/* keep[row] is 1 for the scores that start in the window and were not replaced.  What is read
 * through the view lives until the function returns. */
typedef Status ScoreVisit(void *context, const BlockView *view, const uint8_t *keep);

/* Blocks without scores, or out of the window, are not looked at.  The first failure ends it. */
MUST_CHECK Status score_walk(const ScoreWalk *w, ScoreVisit *visit, void *context);

#endif
