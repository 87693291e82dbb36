/* SPDX-License-Identifier: Apache-2.0 */
/* How far two judges agree on the things that both judged.
 *
 * What is compared is whether it passed, where both said so of any thing, else labels and booleans;
 * numbers are correlated. */
#ifndef VIREO_QUERY_VERDICT_PAIRS_H
#define VIREO_QUERY_VERDICT_PAIRS_H

#include "base/vec.h"
#include "model/value.h"

enum { VERDICT_PAIRS_MAX = 1 << 20 };

/* What a judge said of one thing; VALUE_NONE: nothing. */
typedef struct Opinion {
    Value passed; /* a boolean */
    Value value;
} Opinion;

typedef struct VerdictPairs {
    VEC_OF(Opinion) a;
    VEC_OF(Opinion) b;
} VerdictPairs;

typedef struct VerdictAgreement {
    uint64_t n;        /* things that both judged */
    uint64_t compared; /* of them, with a verdict or a label by both */
    uint64_t agreed;
    double kappa;   /* Cohen's; NaN: nothing to compare */
    double pearson; /* of numbers by both; NaN: fewer than two, or one does not vary */
    double spearman;
} VerdictAgreement;

void verdict_pairs_init(VerdictPairs *p);
void verdict_pairs_deinit(VerdictPairs *p);
/* What both said of one thing; texts are borrowed.  ST_LIMIT past VERDICT_PAIRS_MAX. */
MUST_CHECK Status verdict_pairs_add(VerdictPairs *p, Opinion a, Opinion b);
MUST_CHECK Status verdict_pairs_compare(const VerdictPairs *p, VerdictAgreement *out);

#endif
