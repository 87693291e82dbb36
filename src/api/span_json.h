/* SPDX-License-Identifier: Apache-2.0 */
/* Spans and summaries in the API's JSON (docs/api.md). */
#ifndef VIREO_API_SPAN_JSON_H
#define VIREO_API_SPAN_JSON_H

#include "codec/json_write.h"
#include "query/query.h"

/* `arena` is for scratch memory. */
void span_write(JsonWriter *w, const Span *s, Arena *arena);
/* With the scores among `rows` that judge it. */
void span_write_scored(JsonWriter *w, const Span *s, const SpanBatch *rows, Arena *arena);
void summary_write(JsonWriter *w, const TraceSummary *t, Arena *arena);
/* What the rows say, as elements of an open array; with `whole` also reasons and what else was
 * sent. */
void scores_write(JsonWriter *w, const Span *rows, size_t count, bool whole);
/* The same as the member "scores". */
void scores_write_list(JsonWriter *w, const Span *rows, size_t count, bool whole);
/* "ok", "error", "unset" */
Str span_status_text(SpanStatus status);

#endif
