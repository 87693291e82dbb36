/* SPDX-License-Identifier: Apache-2.0 */
/* Result rows with what is known of their samples, as JSON. */
#ifndef VIREO_API_RESULT_ROWS_H
#define VIREO_API_RESULT_ROWS_H

#include "api/evaluation_json.h"
#include "catalog/inference.h"
#include "catalog/sample_score.h"
#include "domain/measured.h"

/* Opened with the `configuration` of the request.  False: the answer is an error already. */
bool measured_of(Api *a, const Request *q, Response *r, const Evaluation *e, Measured *m);

/* Of each row of a page. */
typedef struct RowDetails {
    TargetSample *samples;
    InferenceRow *inferences;
    SampleScores *scores; /* of the samples, and of the model's answers as they are now */
} RowDetails;

MUST_CHECK Status result_details_read(const Measured *m, const RowsPage *page, Str scope,
                                      Arena *arena, RowDetails *out);
void result_row_write(JsonWriter *w, const RowsPage *page, size_t row, const RowDetails *d);
void result_cell_write(JsonWriter *w, const ResultCell *cell);

#endif
