/* SPDX-License-Identifier: Apache-2.0 */
/* The body of POST .../scores, decoded and checked; pure. */
#ifndef VIREO_DOMAIN_SCORE_READ_H
#define VIREO_DOMAIN_SCORE_READ_H

#include "codec/json_read.h"
#include "domain/score.h"

/* One score as it was sent; texts in the body or the arena. */
typedef struct ScoreIn {
    uint8_t trace_id[TRACE_ID_BYTES];
    uint8_t id[SPAN_ID_BYTES];
    bool has_id;
    uint8_t span_id[SPAN_ID_BYTES];
    bool has_span;
    bool has_start;
    int64_t trace_start_ns;
    Str model; /* "name:vN", for a trace that is not stored yet */
    Str name;
    Str judge;
    Value value;
    bool has_passed;
    bool passed;
    Str reason;
    Str error;
    Str source;
    Str by;
    Str kind;
    bool has_cost;
    double cost;
    int64_t time_ns;
    Value metadata;
    Value expected;
} ScoreIn;

/* The good ones into *items; the others into out->rejected.  ST_INVALID, ST_LIMIT: the body as a
 * whole, err says why. */
MUST_CHECK Status scores_read(Str body, int64_t now_ns, Arena *arena, ScoreIn **items, size_t *len,
                              ScoresResult *out, FieldErr *err);

/* The parts of it, for scores of other things.  The array `scores` of a body: as above. */
MUST_CHECK Status scores_list(Str body, Arena *arena, const Json **out, FieldErr *err);
/* What one score says; ids stay empty.  ST_INVALID with the field. */
MUST_CHECK Status score_said_read(const Json *item, int64_t now_ns, Arena *arena, ScoreIn *out,
                                  FieldErr *err);
/* One more in out->rejected. */
void score_refused(ScoresResult *out, size_t index, const FieldErr *why);

#endif
