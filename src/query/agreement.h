/* SPDX-License-Identifier: Apache-2.0 */
/* query_agreement: how far judges agree on what two of them judged both.
 *
 * What is compared is whether it passed, where both said so, else labels and booleans; numbers
 * are correlated.  Of a judge that gives several scores the one that has its name counts, of
 * one that judged twice the newest. */
#ifndef VIREO_QUERY_AGREEMENT_H
#define VIREO_QUERY_AGREEMENT_H

#include "query/engine.h"

enum { AGREEMENT_MAX_JUDGES = 10, AGREEMENT_MAX_SPANS = 1 << 20 };

typedef struct Agreement {
    size_t a; /* indexes of the judges */
    size_t b;
    uint64_t n;        /* spans and traces that both judged */
    uint64_t compared; /* of them, with a verdict or a label by both */
    uint64_t agreed;
    double kappa;   /* Cohen's; NaN: nothing to compare */
    double pearson; /* of numbers by both; NaN: fewer than two, or one does not vary */
    double spearman;
} Agreement;

/* One for each pair of `judges` (names, or tags for one version), in their order.
 * ST_LIMIT: more than AGREEMENT_MAX_SPANS by one judge. */
MUST_CHECK Status query_agreement(const Snapshot *snap, const Str *judges, size_t count,
                                  const ModelAliases *aliases, const QueryWindow *w,
                                  QueryEngine *engine, Arena *arena, Agreement **out, size_t *len);

#endif
