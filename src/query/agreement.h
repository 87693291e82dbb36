/* SPDX-License-Identifier: Apache-2.0 */
/* query_agreement: how far judges agree on what two of them judged both.
 *
 * Of a judge that gives several scores the one that has its name counts, of one that judged twice
 * the newest. */
#ifndef VIREO_QUERY_AGREEMENT_H
#define VIREO_QUERY_AGREEMENT_H

#include "query/engine.h"
#include "query/verdict_pairs.h"

enum { AGREEMENT_MAX_JUDGES = 10, AGREEMENT_MAX_SPANS = VERDICT_PAIRS_MAX };

typedef struct Agreement {
    size_t a; /* indexes of the judges */
    size_t b;
    VerdictAgreement of; /* spans and traces that both judged */
} Agreement;

/* One for each pair of `judges` (names, or tags for one version), in their order.
 * ST_LIMIT: more than AGREEMENT_MAX_SPANS by one judge. */
MUST_CHECK Status query_agreement(const Snapshot *snap, const Str *judges, size_t count,
                                  const ModelAliases *aliases, const QueryWindow *w,
                                  QueryEngine *engine, Arena *arena, Agreement **out, size_t *len);

#endif
