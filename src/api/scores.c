/* SPDX-License-Identifier: Apache-2.0 */
/* Scores: many at once in, one by one out again. */
#include "api/reply.h"
#include "api/sample_scores.h"
#include "api/span_json.h"
#include "domain/score.h"

static ScoreTarget target_of(Api *a, const Request *q)
{
    return (ScoreTarget){a->domain, a->ingest, caller_of(q)->project_id};
}

void write_scores_result(JsonWriter *w, const ScoresResult *result)
{
    jw_key_uint(w, STR("accepted"), result->accepted);
    jw_key(w, STR("rejected"));
    jw_array(w);
    for (size_t i = 0; i < result->rejected_count; i++) {
        const ScoreRefusal *x = &result->rejected[i];

        jw_object(w);
        jw_key_uint(w, STR("index"), x->index);
        jw_key_str(w, STR("field"), str_from(x->field));
        jw_key_str(w, STR("detail"), str_from(x->detail));
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void write_result(Response *r, const ScoresResult *result)
{
    JsonWriter w = jw_init(&r->body);

    jw_object(&w);
    write_scores_result(&w, result);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

void scores_post(void *context, Request *q, Response *r)
{
    const ScoreTarget to = target_of(context, q);
    ScoresResult result = {0};
    FieldErr e = {0};
    const Status st = scores_add(&to, q->body, q->arena, &result, &e);

    if (st)
        reply_error(r, st, &e);
    else
        write_result(r, &result);
}

/* Apart from the spans, of which there may be many. */
void scores_of_trace(void *context, Request *q, Response *r)
{
    Api *a = context;
    uint8_t trace_id[TRACE_ID_BYTES];
    SpanBatch scores = {0};
    Snapshot *snap;
    Status st;

    if (hex_decode(request_param(q, STR("trace_id")), trace_id, sizeof trace_id)) {
        problem(r, 400, "trace_id", "trace_id: must be 32 hex digits");
        return;
    }
    st = store_snapshot(a->store, caller_of(q)->project_id, &snap);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    st = query_trace_scores(snap, trace_id, q->arena, &scores);
    if (st) {
        reply_query_error(r, NULL, st);
    } else {
        JsonWriter w = list_begin(r);

        scores_write(&w, scores.spans, scores.len, true);
        list_end(r, &w, (Str){0});
    }
    snapshot_release(snap);
}

void scores_delete(void *context, Request *q, Response *r)
{
    const ScoreTarget to = target_of(context, q);
    uint8_t trace_id[TRACE_ID_BYTES];
    uint8_t id[SPAN_ID_BYTES];
    Status st;

    if (hex_decode(request_param(q, STR("trace_id")), trace_id, sizeof trace_id)) {
        problem(r, 400, "trace_id", "trace_id: must be 32 hex digits");
        return;
    }
    if (hex_decode(request_param(q, STR("id")), id, sizeof id)) {
        problem(r, 400, "id", "id: must be 16 hex digits");
        return;
    }
    st = score_remove(&to, trace_id, id, q->arena);
    if (st == ST_NOTFOUND)
        problem(r, 404, "id", "there is no such score of this trace");
    else if (st)
        reply_error(r, st, NULL);
    else
        r->status = 204;
}
