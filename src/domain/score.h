/* SPDX-License-Identifier: Apache-2.0 */
/* Scores in: checked one by one, completed by what is stored of what they judge, and
 * appended to the log as spans of type `score` (model/score.h).
 *
 * What is in the log is an OTLP request like any other, so that a restart, an export and
 * another program read scores with the code for spans.  It holds what was looked up: the same
 * record always means the same rows.
 *
 * A score's id, when none is given, is a hash of what it judges, its name, judge and giver:
 * sent again, it replaces itself. */
#ifndef VIREO_DOMAIN_SCORE_H
#define VIREO_DOMAIN_SCORE_H

#include "domain/ingest.h"
#include "model/score.h"

enum {
    SCORES_MAX = 10000, /* of a request */
    SCORES_MAX_BODY = 32 << 20,
    SCORE_MAX_LABEL = 1000, /* bytes */
    SCORE_MAX_TEXT = 64 << 10,
    SCORE_DETAIL_MAX = 256
};

typedef struct ScoreRefusal {
    size_t index; /* in the request */
    char field[64];
    char detail[SCORE_DETAIL_MAX];
} ScoreRefusal;

typedef struct ScoresResult {
    size_t accepted; /* durable now */
    ScoreRefusal *rejected;
    size_t rejected_count;
} ScoresResult;

/* Where scores go. */
typedef struct ScoreTarget {
    Domain *domain;
    Ingest *ingest;
    int64_t project_id;
} ScoreTarget;

/* `body`: {"scores": [...]} of docs/api.md.  What is wrong with one score refuses that one.
 * ST_INVALID with the field: the body as a whole; ST_LIMIT: too large; as ingest_spans() else. */
MUST_CHECK Status scores_add(const ScoreTarget *to, Str body, Arena *arena, ScoresResult *out,
                             FieldErr *err);
/* Put an empty score in its place, which readers leave out.  ST_NOTFOUND. */
MUST_CHECK Status score_remove(const ScoreTarget *to, const uint8_t trace_id[TRACE_ID_BYTES],
                               const uint8_t id[SPAN_ID_BYTES], Arena *arena);

#endif
