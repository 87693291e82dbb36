/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows of scores an aggregate of a score field counts.
 *
 * Such an aggregate counts scores, not spans: those that have one of the fields asked for.  A
 * query picks them by what they judge: terms are asked of the judged span, save `judge:`, which
 * is asked of the score itself.  What a score's row has of its span (model, version, session,
 * user, tags) is looked at there; for other terms the spans that satisfy them become a set first,
 * as for child( ).  Of traces, it counts all scores of those that match. */
#ifndef VIREO_QUERY_SCORE_SCAN_H
#define VIREO_QUERY_SCORE_SCAN_H

#include "query/aggregate.h"
#include "query/match.h"

/* Does the aggregate count scores? */
bool plan_of_scores(const AggregatePlan *p);
/* ST_INVALID with `err`: a field that rows of scores do not have. */
MUST_CHECK Status plan_check_scores(const AggregatePlan *p, Err *err);

typedef struct ScoreScan {
    const Matcher *matcher; /* of traces: with all blocks looked at */
    const AggregatePlan *plan;
    const Doubles *doubles;
    RelationSet *sets; /* one an atom, empty for those that rows answer themselves */
} ScoreScan;

/* Deinit in any case. */
MUST_CHECK Status score_scan_init(ScoreScan *s, const Matcher *m, const AggregatePlan *plan,
                                  const Doubles *doubles);
void score_scan_deinit(ScoreScan *s);
/* keep[row] = 1 for the rows that count; `context` is a ScoreScan. */
MUST_CHECK Status score_scan_choose(const void *context, const BlockView *view, uint8_t *keep);

#endif
