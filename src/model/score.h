/* SPDX-License-Identifier: Apache-2.0 */
/* Score: one judgement of a span or a whole trace, as it stands in a row of the table `spans`.
 *
 * The row has the type `score`, the trace's id, the judged span as its parent (none: the whole
 * trace), the score's id as its span id, the score's name as its name, and starts when the trace
 * does.  What it says is in attributes; NAME is the score's name:
 *
 *   vireo.score.NAME         a number, a boolean or a label; absent: the judge gave none
 *   vireo.passed.NAME        boolean
 *   vireo.judge              "name:vN"
 *   vireo.judgement.reason   .error .source (code, llm, person) .by .kind (feedback, expectation)
 *                            .time (ns since 1970) .cost (US dollars) .metadata .expected (JSON)
 *   vireo.judgement.deleted  true: there is no score any more
 *
 * Model, version, session, user and tags are those of what is judged. */
#ifndef VIREO_MODEL_SCORE_H
#define VIREO_MODEL_SCORE_H

#include "model/span.h"

#define SCORE_VALUE_PREFIX  "vireo.score."
#define SCORE_PASSED_PREFIX "vireo.passed."
#define SCORE_JUDGE         "vireo.judge"
#define SCORE_REASON        "vireo.judgement.reason"
#define SCORE_ERROR         "vireo.judgement.error"
#define SCORE_SOURCE        "vireo.judgement.source"
#define SCORE_BY            "vireo.judgement.by"
#define SCORE_KIND          "vireo.judgement.kind"
#define SCORE_TIME          "vireo.judgement.time"
#define SCORE_COST          "vireo.judgement.cost"
#define SCORE_METADATA      "vireo.judgement.metadata"
#define SCORE_EXPECTED      "vireo.judgement.expected"
#define SCORE_DELETED       "vireo.judgement.deleted"

/* All texts are borrowed from the span. */
typedef struct Score {
    const uint8_t *trace_id;
    const uint8_t *id;
    const uint8_t *span_id; /* NULL: the whole trace */
    Str name;
    Value value; /* VALUE_NONE: none was given */
    bool has_passed;
    bool passed;
    Str judge;
    Str source;
    Str by;
    Str kind;
    Str reason;
    Str error;
    int64_t time_ns; /* when it was given */
    bool has_cost;
    double cost;
    Value metadata; /* VALUE_NONE: none */
    Value expected;
} Score;

/* False: the span is no score, or one that was deleted. */
bool score_of_span(const Span *s, Score *out);

#endif
