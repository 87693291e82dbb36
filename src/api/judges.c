/* SPDX-License-Identifier: Apache-2.0 */
/* Judges and their versions: list, one with its definition, register, rename. */
#include "api/reply.h"
#include "domain/judge.h"
#include "domain/model.h"

/* -------------------------------------------------------------------- judge */

static void write_judge(JsonWriter *w, const JudgeRow *row)
{
    jw_object(w);
    jw_key_str(w, STR("name"), row->name);
    jw_key(w, STR("former_names"));
    jw_array(w);
    for (size_t i = 0; i < row->former_count; i++)
        jw_str(w, row->former_names[i]);
    jw_array_end(w);
    jw_key_str(w, STR("kind"), row->kind);
    jw_key_str(w, STR("description"), row->description);
    write_json(w, STR("metadata"), row->metadata, "{}");
    jw_key_time(w, STR("created_at"), row->created_ns);
    write_tag(w, STR("latest"), row->name, row->latest);
    jw_key_uint(w, STR("version_count"), row->version_count);
    jw_object_end(w);
}

static void failed(Response *r, Status st, const FieldErr *e)
{
    if (st == ST_NOTFOUND)
        problem(r, 404, "name", "there is no such judge or version in this project");
    else
        reply_error(r, st, e);
}

static void answer_judge(Response *r, Status st, const JudgeRow *row, const FieldErr *e)
{
    JsonWriter w;

    if (st) {
        failed(r, st, e);
        return;
    }
    w = jw_init(&r->body);
    write_judge(&w, row);
    reply_json(r, 200, &w);
}

void judges_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    ListParams p;
    JudgeList list = {0};
    JsonWriter w;
    Status st;

    if (!params_list(q, r, &p))
        return;
    st = judge_list(a->domain, caller_of(q)->project_id, p.cursor, p.limit, q->arena, &list);
    if (st) {
        failed(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++)
        write_judge(&w, &list.items[i]);
    list_end(r, &w, list.more ? list.items[list.len - 1].name : (Str){0});
}

void judges_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    JudgeRow row = {0};
    const Status st = judge_get(a->domain, caller_of(q)->project_id, request_param(q, STR("name")),
                                q->arena, &row);

    answer_judge(r, st, &row, NULL);
}

void judges_patch(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    JudgeRow row = {0};
    const Status st = judge_patch(a->domain, caller_of(q)->project_id,
                                  request_param(q, STR("name")), q->body, q->arena, &row, &e);

    answer_judge(r, st, &row, &e);
}

/* ----------------------------------------------------------------- versions */

static void write_version(JsonWriter *w, const JudgeVersionRow *row, bool details)
{
    jw_object(w);
    write_tag(w, STR("tag"), row->judge, row->number);
    jw_key_int(w, STR("version"), row->number);
    jw_key_str(w, STR("fingerprint"), row->fingerprint);
    jw_key_str(w, STR("kind"), row->kind);
    jw_key_str(w, STR("description"), row->description);
    write_json(w, STR("parameters"), row->parameters, "[]");
    jw_key_str(w, STR("language"), row->language);
    write_json(w, STR("metadata"), row->metadata, "{}");
    jw_key_time(w, STR("created_at"), row->created_ns);
    if (details) {
        jw_key_str(w, STR("source"), row->source);
        write_json(w, STR("definition"), row->definition, "{}");
        write_json(w, STR("packages"), row->packages, "{}");
    }
    jw_object_end(w);
}

void judge_versions_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    ListParams p;
    JudgeVersionList list = {0};
    JsonWriter w;
    Str next = {0};
    int32_t before = 0;
    Status st;

    if (!params_list(q, r, &p))
        return;
    if (p.cursor.len && version_number(p.cursor, &before) != ST_OK) {
        problem(r, 400, "cursor", "cursor: use next_cursor of an earlier answer");
        return;
    }
    st = judge_versions(a->domain, caller_of(q)->project_id, request_param(q, STR("name")), before,
                        p.limit, q->arena, &list);
    if (!st && list.more)
        st = arena_printf(q->arena, &next, "%d", (int)list.items[list.len - 1].number);
    if (st) {
        failed(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++)
        write_version(&w, &list.items[i], false);
    list_end(r, &w, next);
}

void judge_versions_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    JudgeVersionRow row = {0};
    int32_t number;
    JsonWriter w;
    Status st;

    if (version_number(request_param(q, STR("version")), &number) != ST_OK) {
        problem(r, 400, "version", "version: must be a number such as 2 or v2");
        return;
    }
    st = judge_version(a->domain, caller_of(q)->project_id, request_param(q, STR("name")), number,
                       q->arena, &row);
    if (st) {
        failed(r, st, NULL);
        return;
    }
    w = jw_init(&r->body);
    write_version(&w, &row, true);
    reply_json(r, 200, &w);
}

void judge_versions_register(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    JudgeVersionRow row = {0};
    bool created = false;
    JsonWriter w = jw_init(&r->body);
    const Status st =
        judge_register(a->domain, caller_of(q)->project_id, request_param(q, STR("name")), q->body,
                       q->arena, &row, &created, &e);

    if (st) {
        reply_error(r, st, &e);
        return;
    }
    jw_object(&w);
    write_tag(&w, STR("tag"), row.judge, row.number);
    jw_key_str(&w, STR("name"), row.judge);
    jw_key_int(&w, STR("number"), row.number);
    jw_key_bool(&w, STR("created"), created);
    jw_object_end(&w);
    reply_json(r, created ? 201 : 200, &w);
}
