/* SPDX-License-Identifier: Apache-2.0 */
/* ScoreOrder: what spans are ordered by in a list by a score.
 *
 * Scores stand in rows of their own, perhaps in other blocks than what they judge.  So their
 * rows are looked at first and kept by judged span, or by trace where they judge the whole of
 * it; then each span finds its own.  Of several scores the one that puts the span first counts:
 * the largest, or ascending the smallest.
 *
 * Memory: about 100 bytes a judged span, SCORE_ORDER_MAX of them (ST_LIMIT). */
#ifndef VIREO_QUERY_SCORE_ORDER_H
#define VIREO_QUERY_SCORE_ORDER_H

#include "base/map.h"
#include "query/match.h"

enum { SCORE_ORDER_MAX = 4 << 20 };

typedef struct ScoreOrder {
    bool ascending;
    Map values; /* (trace, span) or (trace, none) -> the bits of a double */
    Arena keys;
} ScoreOrder;

/* Reads the blocks with scores that `m` reaches; deinit in any case. */
MUST_CHECK Status score_order_init(ScoreOrder *o, const Matcher *m, const Doubles *doubles,
                                   const Field *field, bool ascending);
void score_order_deinit(ScoreOrder *o);

/* values[row]: of the row's span, ordered as value_order() does; -INFINITY (INFINITY when
 * ascending): nobody has scored it. */
MUST_CHECK Status score_order_read(const ScoreOrder *o, const BlockView *view, double *values);

#endif
