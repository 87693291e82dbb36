/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters in, JSON out. */
#include "api/reply.h"

#include "base/timetext.h"
#include "domain/judge.h"
#include "domain/model.h"

void reply_json(Response *r, int status, const JsonWriter *w)
{
    if (jw_done(w) != ST_OK) {
        problem(r, jw_done(w) == ST_LIMIT ? 413 : 503, NULL,
                "the answer is too large; ask for less (limit, query)");
        return;
    }
    response_type(r, status, STR("application/json"));
    response_header(r, STR("Cache-Control"), STR("no-store"));
}

void reply_error(Response *r, Status st, const FieldErr *e)
{
    const bool told = e && e->err.code != ST_OK && e->err.msg[0];

    if (st == ST_CORRUPT && !told) { /* of what the caller sent we would have said what is wrong */
        problem(r, 500, NULL, "what is stored is damaged; run: vireo doctor");
        return;
    }
    problem_status(r, st, told && e->field[0] ? e->field : NULL, "%s",
                   told ? e->err.msg : status_text(st));
}

bool params_count(const Request *q, Response *r, Str name, size_t fallback, size_t max, size_t *out)
{
    Str text;
    uint64_t n;

    *out = fallback;
    if (!request_query(q, name, &text))
        return true;
    if (str_to_u64(text, &n) != ST_OK || n < 1 || n > max) {
        problem(r, 400, name.ptr, "%s: must be a whole number from 1 to %zu", name.ptr, max);
        return false;
    }
    *out = (size_t)n;
    return true;
}

bool params_list(const Request *q, Response *r, ListParams *out)
{
    *out = (ListParams){0};
    (void)request_query(q, STR("cursor"), &out->cursor);
    return params_count(q, r, STR("limit"), LIST_DEFAULT, LIST_MAX, &out->limit);
}

static bool params_time(const Request *q, Response *r, Str name, int64_t *out)
{
    Str text;

    if (!request_query(q, name, &text) || !text.len || time_from_text(text, out) == ST_OK)
        return true;
    problem(r, 400, name.ptr,
            "%s: must be an RFC 3339 time (2026-11-21T04:05:06Z) or nanoseconds since 1970",
            name.ptr);
    return false;
}

bool params_window(Api *a, const Request *q, Response *r, QueryWindow *out)
{
    *out = QUERY_ALWAYS;
    out->cancel = caller_of(q) ? &caller_of(q)->running.cancel : &a->cancel;
    if (!params_time(q, r, STR("from"), &out->from_ns) ||
        !params_time(q, r, STR("to"), &out->to_ns))
        return false;
    if (out->from_ns <= out->to_ns)
        return true;
    problem(r, 400, "from", "from: must not be after to");
    return false;
}

Status query_for_project(Api *a, int64_t project_id, Str text, Arena *arena, Err *err, Query **out)
{
    ModelAliases aliases = {0};
    Status st = query_parse(text, arena, err, out);

    if (!st)
        st = model_aliases(a->domain, project_id, arena, &aliases);
    if (!st)
        st = query_use_aliases(*out, &aliases, arena);
    if (!st)
        st = judge_aliases(a->domain, project_id, arena, &aliases);
    return st ? st : query_use_judge_aliases(*out, &aliases, arena);
}

void reply_query_error(Response *r, const Query *q, Status st)
{
    Err err = {0};

    if (q && st == ST_TIMEOUT && query_gave_up(q, &err))
        problem_at(r, 400, "query", err.pos, "query: %s", err.msg);
    else if (st == ST_TIMEOUT)
        problem(
            r, 504, NULL,
            "this takes longer than --query-timeout allows; narrow the time range or the query");
    else if (st == ST_CLOSED)
        problem(r, 503, NULL, "this question was stopped");
    else if (st == ST_BUSY)
        problem(r, 429, NULL, "too many long questions are waiting already; try again later");
    else if (st == ST_NOMEM || st == ST_LIMIT)
        problem(r, 503, NULL, "this query needs too much memory; narrow the time range");
    else if (st == ST_CORRUPT)
        problem(r, 500, NULL, "a segment is damaged; run: vireo doctor");
    else
        reply_error(r, st, NULL);
}

bool params_query(Api *a, const Request *q, Response *r, Query **out)
{
    Str text = {0};
    Err err = {0};
    Status st;

    (void)request_query(q, STR("query"), &text);
    st = query_for_project(a, caller_of(q)->project_id, text, q->arena, &err, out);
    if (st && st != ST_NOMEM && err.msg[0])
        problem_at(r, 400, "query", err.pos, "query: %s", err.msg);
    else if (st)
        reply_error(r, st, NULL);
    return st == ST_OK;
}

JsonWriter list_begin(Response *r)
{
    JsonWriter w = jw_init(&r->body);

    jw_object(&w);
    jw_key(&w, STR("items"));
    jw_array(&w);
    return w;
}

void list_end(Response *r, JsonWriter *w, Str next_cursor)
{
    jw_array_end(w);
    jw_key_str_or_null(w, STR("next_cursor"), next_cursor);
    jw_object_end(w);
    reply_json(r, 200, w);
}

void write_tag(JsonWriter *w, Str key, Str model, int32_t number)
{
    Arena a;
    Str tag;

    if (!model.len || number <= 0) {
        jw_key_null(w, key);
        return;
    }
    arena_init(&a, 65536);
    if (tag_join(model, number, &a, &tag) == ST_OK)
        jw_key_str(w, key, tag);
    else
        jw_key_null(w, key);
    arena_deinit(&a);
}

void write_time(JsonWriter *w, Str key, int64_t ns)
{
    if (ns)
        jw_key_time(w, key, ns);
    else
        jw_key_null(w, key);
}

void write_json(JsonWriter *w, Str key, Str json, const char *fallback)
{
    jw_key_raw(w, key, json.len ? json : str_from(fallback));
}
