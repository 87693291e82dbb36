/* SPDX-License-Identifier: Apache-2.0 */
/* Small steps that every resource takes: read parameters, write answers. */
#ifndef VIREO_API_REPLY_H
#define VIREO_API_REPLY_H

#include "api/context.h"
#include "codec/json_write.h"
#include "http/problem.h"
#include "query/query.h"

enum { LIST_DEFAULT = 50, LIST_MAX = 1000 };

/* Finish what was written to r->body as JSON with `status`. */
void reply_json(Response *r, int status, const JsonWriter *w);
/* Answer an error of ours; `e` (may be NULL) says which field and why. */
void reply_error(Response *r, Status st, const FieldErr *e);

typedef struct ListParams {
    size_t limit;
    Str cursor; /* empty: from the start */
} ListParams;

/* Parameters.  False: the answer is a 400 already. */
bool params_list(const Request *q, Response *r, ListParams *out);
bool params_window(Api *a, const Request *q, Response *r, QueryWindow *out);
/* The parameter `query`, for the caller's project. */
bool params_query(Api *a, const Request *q, Response *r, Query **out);
/* Answer a question that failed: too much memory, damage, or a pattern of `q` (may be NULL)
 * that gave up. */
void reply_query_error(Response *r, const Query *q, Status st);
/* Parse for a project: names of models that were renamed mean all their names. */
MUST_CHECK Status query_for_project(Api *a, int64_t project_id, Str text, Arena *arena, Err *err,
                                    Query **out);
/* 1..max, `fallback` when absent. */
bool params_count(const Request *q, Response *r, Str name, size_t fallback, size_t max,
                  size_t *out);

/* {"items": [ ... ], "next_cursor": ...} around what is written between. */
JsonWriter list_begin(Response *r);
void list_end(Response *r, JsonWriter *w, Str next_cursor);

/* "name:vN" or null. */
void write_tag(JsonWriter *w, Str key, Str model, int32_t number);
/* A time, null for 0. */
void write_time(JsonWriter *w, Str key, int64_t ns);
/* Text that is JSON already, or `fallback` when empty. */
void write_json(JsonWriter *w, Str key, Str json, const char *fallback);

#endif
