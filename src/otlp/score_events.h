/* SPDX-License-Identifier: Apache-2.0 */
/* OpenTelemetry's event `gen_ai.evaluation.result` on a span becomes a score of that span.
 *
 *   gen_ai.evaluation.name          the score's name
 *   gen_ai.evaluation.score.value   its value; without one
 *   gen_ai.evaluation.score.label   the label is
 *   gen_ai.evaluation.explanation   the reason
 *   error.type                      why there is none
 *
 * The row (model/score.h) has an id made of the span's and the place among its results, so that a
 * span sent twice scores once.  The event stays where it is. */
#ifndef VIREO_OTLP_SCORE_EVENTS_H
#define VIREO_OTLP_SCORE_EVENTS_H

#include "base/arena.h"
#include "model/span.h"

enum { SCORE_EVENTS_MAX = 100 }; /* of one span */

/* Append the rows to a normalised batch.  ST_NOMEM. */
MUST_CHECK Status otlp_score_events(SpanBatch *batch, Arena *a);

#endif
