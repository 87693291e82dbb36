/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over all scores of a window, block by block, and what they say. */
#ifndef VIREO_QUERY_SCORE_WALK_H
#define VIREO_QUERY_SCORE_WALK_H

#include "query/doubles.h"
#include "query/key_codes.h"
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

/* The columns of one score over the rows of a block. */
typedef struct ScoreValues {
    bool read;
    KeyCodes value;
    KeyCodes passed;
} ScoreValues;

/* Who judged in a block, and of which score.  Its values have columns of their own, which are
 * read when its name first occurs. */
typedef struct ScoreCodes {
    KeyCodes judge; /* as it was told, name:vN */
    KeyCodes name;
    ScoreValues *values; /* by code of `name` */
} ScoreCodes;

MUST_CHECK Status score_codes_read(const BlockView *view, ScoreCodes *out);
/* What the row's score says; VALUE_NONE: nothing.  It must have a name. */
MUST_CHECK Status score_codes_at(const BlockView *view, const ScoreCodes *c, size_t row,
                                 Value *value, Value *passed);

#endif
