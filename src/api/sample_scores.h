/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of samples as JSON, wherever samples are told. */
#ifndef VIREO_API_SAMPLE_SCORES_H
#define VIREO_API_SAMPLE_SCORES_H

#include "api/reply.h"
#include "catalog/sample_score.h"
#include "domain/score.h"

/* The member `scores` of a sample that is open. */
void write_sample_scores(JsonWriter *w, const SampleScores *scores);

/* "accepted" and "rejected" of a request. */
void write_scores_result(JsonWriter *w, const ScoresResult *result);

/* The parameters `scored` and `judge` of a list of samples.  False: the answer is a 400 already. */
bool params_scored(Api *a, const Request *q, Response *r, SampleScan *scan);

#endif
