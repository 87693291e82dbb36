/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of samples as JSON, wherever samples are told. */
#ifndef VIREO_API_SAMPLE_SCORES_H
#define VIREO_API_SAMPLE_SCORES_H

#include "api/reply.h"
#include "catalog/sample_score.h"
#include "domain/score.h"

/* An array. */
void write_score_list(JsonWriter *w, const SampleScores *scores);
/* The member `scores` of a sample that is open. */
void write_sample_scores(JsonWriter *w, const SampleScores *scores);

/* Scores of the samples of a page, in their order.  They are found before it is written: what is in
 * a version does not change, so that the samples can be read twice. */
typedef struct PageScores {
    int64_t *numbers; /* NULL: scores are not asked for */
    SampleScores *scores;
    size_t len;
    size_t at; /* the next one to be told */
} PageScores;

/* With room for `limit` samples where the parameter `scores` is true. */
MUST_CHECK Status page_scores_init(PageScores *p, const Request *q, size_t limit);
/* Of a first reading, at most as many as there is room for. */
void page_scores_note(PageScores *p, int64_t number);
MUST_CHECK Status page_scores_find(Api *a, PageScores *p, int64_t space_id, Arena *arena);
/* The member `scores` of that sample, which is open; nothing where they are not asked for. */
void page_scores_write(JsonWriter *w, PageScores *p, int64_t number);

/* "accepted" and "rejected" of a request. */
void write_scores_result(JsonWriter *w, const ScoresResult *result);

/* The parameters `scored` and `judge` of a list of samples.  False: the answer is a 400 already. */
bool params_scored(Api *a, const Request *q, Response *r, SampleScan *scan);

#endif
