/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of samples: feedback on a sample or on a model's answer to it, and expectations, which
 * say what the output should be and can become the sample's expected value.
 *
 * A sample is known by its id in the newest version of a dataset (else the newest sample that
 * ever had the id), or by its number; in a workflow ids are numbers' other names. */
#ifndef VIREO_DOMAIN_SAMPLE_SCORE_H
#define VIREO_DOMAIN_SAMPLE_SCORE_H

#include "catalog/sample_score.h"
#include "domain/sample.h"
#include "domain/score.h"

typedef struct SampleScoresResult {
    ScoresResult counts;
    int64_t *ids; /* of each in the request; 0: refused */
    size_t len;
} SampleScoresResult;

/* `body`: {"scores": [{"sample": id | "number", "model"?, "kind"?, "name", "judge"?, ...}]} of
 * docs/api.md.  What is wrong with one score refuses that one; else as scores_add(). */
MUST_CHECK Status sample_scores_add(Domain *d, const SpaceRow *space, Str body, Arena *arena,
                                    SampleScoresResult *out, FieldErr *err);

/* The number of a sample.  ST_NOTFOUND with the field "sample". */
MUST_CHECK Status sample_number(Domain *d, const SpaceRow *space, Str id, Arena *arena,
                                int64_t *out, FieldErr *err);
/* What a judge's name or tag stands for; `number` 0: of a name, any version.  ST_INVALID. */
MUST_CHECK Status sample_judge(Domain *d, int64_t project_id, Str judge, Arena *arena, int64_t *id,
                               int32_t *number, FieldErr *err);
/* The version of a model.  ST_INVALID with the field "model". */
MUST_CHECK Status sample_model(Domain *d, int64_t project_id, Str tag, Arena *arena, int64_t *out,
                               FieldErr *err);

/* Commit an expectation as the expected value of its sample in the newest version of the dataset,
 * or of the workflow's case {"case"}.  {"case"?, "base_version"?, "message"?, "by"?}.
 * ST_NOTFOUND: no such score or case; ST_INVALID: feedback; ST_EXISTS: the sample is not there any
 * more, or base_version is not the newest. */
MUST_CHECK Status sample_score_apply(Domain *d, const SpaceRow *space, int64_t id, Str body,
                                     Arena *arena, CommitOut *out, FieldErr *err);

#endif
