/* SPDX-License-Identifier: Apache-2.0 */
/* How far people agree with judges, and with each other, on a model's answers in an evaluation.
 *
 * People are who gave feedback on the answers as they are now: by the judge that they are, else
 * by who they are.  Judges are the columns of the evaluation's results; `NAME_passed` is whether
 * NAME passed. */
#ifndef VIREO_DOMAIN_SAMPLE_AGREEMENT_H
#define VIREO_DOMAIN_SAMPLE_AGREEMENT_H

#include "domain/measured.h"
#include "query/verdict_pairs.h"

enum { AGREEMENT_MAX_PEOPLE = 50, AGREEMENT_MAX_SCORES = 4000000 /* of people */ };

typedef struct SampleAgreement {
    Str person;
    Str other;
    bool both_people;
    VerdictAgreement of;
} SampleAgreement;

typedef struct SampleAgreements {
    SampleAgreement *items; /* those with something in common */
    size_t len;
} SampleAgreements;

/* ST_LIMIT past AGREEMENT_MAX_PEOPLE or AGREEMENT_MAX_SCORES. */
MUST_CHECK Status sample_agreement(const Measured *m, Arena *arena, SampleAgreements *out);

#endif
