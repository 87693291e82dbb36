/* SPDX-License-Identifier: Apache-2.0 */
/* Deleting a trace, everything of an end user, a project. */
#include "domain/deletion.h"
#include "api/reply.h"

static void answer(Response *r, Status st, uint64_t spans)
{
    JsonWriter w;

    if (st == ST_FULL) {
        problem(r, 507, NULL, "the disk is full: deleting spans needs some room to note it");
        return;
    }
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = jw_init(&r->body);
    jw_object(&w);
    jw_key_uint(&w, STR("deleted_spans"), spans);
    jw_object_end(&w);
    reply_json(r, 202, &w);
}

void deletion_trace(void *context, Request *q, Response *r)
{
    Api *a = context;
    uint8_t id[TRACE_ID_BYTES];
    uint64_t spans = 0;
    Status st;

    if (hex_decode(request_param(q, STR("trace_id")), id, sizeof id) != ST_OK) {
        problem(r, 400, "trace_id", "trace_id: must be 32 hex digits");
        return;
    }
    st = trace_delete(a->domain, caller_of(q)->project_id, id, &spans);
    if (st == ST_NOTFOUND)
        problem(r, 404, "trace_id", "there is no such trace in this project");
    else
        answer(r, st, spans);
}

void deletion_user(void *context, Request *q, Response *r)
{
    Api *a = context;
    uint64_t spans = 0;
    const Status st =
        user_delete(a->domain, caller_of(q)->project_id, request_param(q, STR("user")), &spans);

    if (st == ST_LIMIT)
        problem(r, 413, "user", "user: has more than %d traces, which is too many at once",
                (int)DELETE_MAX_TRACES);
    else
        answer(r, st, spans);
}

void deletion_project(void *context, Request *q, Response *r)
{
    Api *a = context;
    uint64_t spans = 0;
    const Status st = project_delete(a->domain, caller_of(q)->project_id, &spans);

    answer(r, st, spans);
}
