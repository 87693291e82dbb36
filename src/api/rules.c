/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of a project: list, make, change, delete. */
#include "api/reply.h"
#include "domain/rule.h"

static void write_rule(Api *a, JsonWriter *w, const RuleRow *row, Arena *arena)
{
    Str tag = {0};

    jw_object(w);
    jw_key_int(w, STR("id"), row->id);
    jw_key_str(w, STR("judge"), row->judge);
    /* What it means now; nothing when the judge is gone. */
    if (judge_tag(a->domain, row->project_id, row->judge, arena, &tag) == ST_OK)
        jw_key_str(w, STR("tag"), tag);
    else
        jw_key_null(w, STR("tag"));
    jw_key_str(w, STR("where"), row->query);
    jw_key_str(w, STR("subject"), row->subject);
    jw_key_double(w, STR("sample"), (double)row->sample_ppm / SAMPLE_ALL_PPM);
    jw_key_bool(w, STR("enabled"), row->enabled);
    jw_key_time(w, STR("created_at"), row->created_ns);
    jw_object_end(w);
}

static void answer(Api *a, const Request *q, Response *r, int code, Status st, const RuleRow *row,
                   const FieldErr *e)
{
    JsonWriter w;

    if (st == ST_NOTFOUND) {
        problem(r, 404, "id", "there is no such rule in this project");
        return;
    }
    if (st) {
        reply_error(r, st, e);
        return;
    }
    w = jw_init(&r->body);
    write_rule(a, &w, row, q->arena);
    reply_json(r, code, &w);
}

void rules_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    RuleList list = {0};
    JsonWriter w;
    const Status st = rule_list(a->domain, caller_of(q)->project_id, q->arena, &list);

    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++)
        write_rule(a, &w, &list.items[i], q->arena);
    list_end(r, &w, (Str){0});
}

void rules_create(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    RuleRow row = {0};
    const Status st = rule_create(a->domain, caller_of(q)->project_id, q->body, q->arena, &row, &e);

    answer(a, q, r, 201, st, &row, &e);
}

void rules_patch(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    RuleRow row = {0};
    int64_t id;
    Status st = ST_NOTFOUND;

    if (str_to_i64(request_param(q, STR("id")), &id) == ST_OK)
        st = rule_update(a->domain, caller_of(q)->project_id, id, q->body, q->arena, &row, &e);
    answer(a, q, r, 200, st, &row, &e);
}

void rules_delete(void *context, Request *q, Response *r)
{
    Api *a = context;
    int64_t id;
    Status st = ST_NOTFOUND;

    if (str_to_i64(request_param(q, STR("id")), &id) == ST_OK)
        st = rule_remove(a->domain, caller_of(q)->project_id, id);
    if (st)
        answer(a, q, r, 204, st, NULL, NULL);
    else
        r->status = 204;
}
