/* SPDX-License-Identifier: Apache-2.0 */
/* Models of a workflow: create or load, list, change. */
#include "domain/workflow_model.h"

#include "api/reply.h"

static void write_model(JsonWriter *w, const WorkflowModelRow *row)
{
    jw_object(w);
    jw_key_str(w, STR("name"), row->model);
    write_tag(w, STR("tag"), row->model, row->number);
    write_json(w, STR("metadata"), row->metadata, "{}");
    write_json(w, STR("tags"), row->tags, "[]");
    jw_key_time(w, STR("created"), row->created_ns);
    jw_object_end(w);
}

static void answer(Response *r, int code, Status st, const WorkflowModelRow *row, const FieldErr *e)
{
    JsonWriter w;

    if (st == ST_NOTFOUND) {
        problem(r, 404, "name", "there is no such workflow, or no such model in it");
        return;
    }
    if (st) {
        reply_error(r, st, e);
        return;
    }
    w = jw_init(&r->body);
    write_model(&w, row);
    reply_json(r, code, &w);
}

void workflow_models_put(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    WorkflowModelRow row = {0};
    bool created = false;
    const Status st =
        workflow_model_put(a->domain, caller_of(q)->project_id, request_param(q, STR("workflow")),
                           request_param(q, STR("name")), q->body, q->arena, &row, &created, &e);

    answer(r, created ? 201 : 200, st, &row, &e);
}

void workflow_models_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    WorkflowModelRow row = {0};
    const Status st =
        workflow_model_get(a->domain, caller_of(q)->project_id, request_param(q, STR("workflow")),
                           request_param(q, STR("name")), q->arena, &row);

    answer(r, 200, st, &row, NULL);
}

void workflow_models_patch(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    WorkflowModelRow row = {0};
    const Status st =
        workflow_model_patch(a->domain, caller_of(q)->project_id, request_param(q, STR("workflow")),
                             request_param(q, STR("name")), q->body, q->arena, &row, &e);

    answer(r, 200, st, &row, &e);
}

void workflow_models_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    WorkflowModelList list = {0};
    Str tags = {0};
    JsonWriter w;
    Status st;

    (void)request_query(q, STR("tags"), &tags);
    st = workflow_model_list(a->domain, caller_of(q)->project_id, request_param(q, STR("workflow")),
                             tags, q->arena, &list);
    if (st) {
        answer(r, 200, st, NULL, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++)
        write_model(&w, &list.items[i]);
    list_end(r, &w, (Str){0});
}
