/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that the resources of evaluations share. */
#ifndef VIREO_API_EVALUATION_JSON_H
#define VIREO_API_EVALUATION_JSON_H

#include "api/reply.h"
#include "domain/evaluation.h"

/* The evaluation {id} of the path.  False: the answer is a 404 already. */
bool evaluation_of(Api *a, const Request *q, Response *r, Evaluation *out);
/* As docs/api.md has it, open: the caller may add members and ends the object.
 * `configurations` may be NULL. */
void evaluation_write(JsonWriter *w, const EvaluationRow *row,
                      const ConfigurationList *configurations);
/* The model's tag and what was evaluated against, as members. */
void evaluation_write_target(JsonWriter *w, const EvaluationRow *row);
/* Number in a cursor; 0 without one.  False: the answer is a 400 already. */
bool params_after(Response *r, Str cursor, int64_t *out);
/* End a list whose next page begins behind `last`. */
void list_end_after(Request *q, Response *r, JsonWriter *w, bool more, int64_t last);

#endif
