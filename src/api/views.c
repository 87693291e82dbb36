/* SPDX-License-Identifier: Apache-2.0 */
/* Saved views of a project: list, make, replace, delete. */
#include "api/reply.h"
#include "domain/view.h"

static void write_view(JsonWriter *w, const ViewRow *row)
{
    jw_object(w);
    jw_key_int(w, STR("id"), row->id);
    jw_key_str(w, STR("name"), row->name);
    jw_key_str(w, STR("page"), row->page);
    write_json(w, STR("state"), row->state, "{}");
    jw_key_time(w, STR("created_at"), row->created_ns);
    jw_object_end(w);
}

static void answer(Response *r, int code, Status st, const ViewRow *row, const FieldErr *e)
{
    JsonWriter w;

    if (st == ST_NOTFOUND) {
        problem(r, 404, "id", "there is no such view in this project");
        return;
    }
    if (st) {
        reply_error(r, st, e);
        return;
    }
    w = jw_init(&r->body);
    write_view(&w, row);
    reply_json(r, code, &w);
}

void views_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    ViewList list = {0};
    JsonWriter w;
    const Status st = view_list(a->domain, caller_of(q)->project_id, q->arena, &list);

    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++)
        write_view(&w, &list.items[i]);
    list_end(r, &w, (Str){0});
}

void views_create(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    ViewRow row = {0};
    const Status st = view_create(a->domain, caller_of(q)->project_id, q->body, q->arena, &row, &e);

    answer(r, 201, st, &row, &e);
}

/* What is no number is no view either. */
static bool read_id(const Request *q, int64_t *out)
{
    return str_to_i64(request_param(q, STR("id")), out) == ST_OK;
}

void views_put(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    ViewRow row = {0};
    int64_t id;
    Status st = ST_NOTFOUND;

    if (read_id(q, &id))
        st = view_update(a->domain, caller_of(q)->project_id, id, q->body, q->arena, &row, &e);
    answer(r, 200, st, &row, &e);
}

void views_delete(void *context, Request *q, Response *r)
{
    Api *a = context;
    int64_t id;
    Status st = ST_NOTFOUND;

    if (read_id(q, &id))
        st = view_remove(a->domain, caller_of(q)->project_id, id);
    if (st)
        answer(r, 204, st, NULL, NULL);
    else
        r->status = 204;
}
