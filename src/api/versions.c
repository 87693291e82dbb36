/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of a model: list, one with its source, register, edit metadata. */
#include "api/reply.h"
#include "api/version_json.h"
#include "domain/model.h"

static void write_details(JsonWriter *w, const VersionRow *row)
{
    jw_key_str(w, STR("source"), row->source);
    write_json(w, STR("dependencies"), row->dependencies, "[]");
    write_json(w, STR("packages"), row->packages, "{}");
}

void version_write(JsonWriter *w, const VersionRow *row, bool details)
{
    jw_object(w);
    write_tag(w, STR("tag"), row->model, row->number);
    jw_key_int(w, STR("version"), row->number);
    jw_key_str(w, STR("fingerprint"), row->fingerprint);
    jw_key_str(w, STR("origin"), row->origin);
    jw_key_bool(w, STR("registered"), row->registered);
    jw_key_time(w, STR("created_at"), row->created_ns);
    write_time(w, STR("first_seen"), row->first_seen_ns);
    write_time(w, STR("last_seen"), row->last_seen_ns);
    jw_key_uint(w, STR("runs"), row->runs);
    jw_key_uint(w, STR("errors"), row->errors);
    jw_key_str(w, STR("signature"), row->signature);
    jw_key_str(w, STR("output_type"), row->output_type);
    jw_key(w, STR("observed_output_types"));
    jw_array(w);
    for (size_t i = 0; i < row->observed_count; i++)
        jw_str(w, row->observed_types[i]);
    jw_array_end(w);
    write_json(w, STR("git"), row->git, "null");
    jw_key_str(w, STR("language"), row->language);
    jw_key_str(w, STR("language_version"), row->language_version);
    write_json(w, STR("metadata"), row->metadata, "{}");
    if (details)
        write_details(w, row);
    jw_object_end(w);
}

static void answer_version(Response *r, const VersionRow *row)
{
    JsonWriter w = jw_init(&r->body);

    version_write(&w, row, true);
    reply_json(r, 200, &w);
}

static void failed(Response *r, Status st, const FieldErr *e)
{
    if (st == ST_NOTFOUND)
        problem(r, 404, "name", "there is no such model or version in this project");
    else
        reply_error(r, st, e);
}

void versions_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    ListParams p;
    VersionList list = {0};
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
    st = version_list(a->domain, caller_of(q)->project_id, request_param(q, STR("name")), before,
                      p.limit, q->arena, &list);
    if (!st && list.more)
        st = arena_printf(q->arena, &next, "%d", (int)list.items[list.len - 1].number);
    if (st) {
        failed(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++)
        version_write(&w, &list.items[i], false);
    list_end(r, &w, next);
}

void versions_register(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    VersionRef ref = {0};
    bool created = false;
    JsonWriter w = jw_init(&r->body);
    const Status st =
        model_register(a->domain, caller_of(q)->project_id, request_param(q, STR("name")), q->body,
                       q->arena, &ref, &created, &e);

    if (st) {
        reply_error(r, st, &e);
        return;
    }
    jw_object(&w);
    write_tag(&w, STR("tag"), ref.model, ref.number);
    jw_key_int(&w, STR("version"), ref.number);
    jw_key_bool(&w, STR("created"), created);
    jw_object_end(&w);
    reply_json(r, created ? 201 : 200, &w);
}

/* False: the answer is a 400 already. */
static bool read_number(const Request *q, Response *r, int32_t *out)
{
    if (version_number(request_param(q, STR("version")), out) == ST_OK)
        return true;
    problem(r, 400, "version", "version: must be a number such as 2 or v2");
    return false;
}

void versions_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    VersionRow row;
    int32_t number;
    Status st;

    if (!read_number(q, r, &number))
        return;
    st = version_get(a->domain, caller_of(q)->project_id, request_param(q, STR("name")), number,
                     q->arena, &row);
    if (st)
        failed(r, st, NULL);
    else
        answer_version(r, &row);
}

void versions_patch(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    VersionRow row;
    int32_t number;
    Status st;

    if (!read_number(q, r, &number))
        return;
    st = version_patch(a->domain, caller_of(q)->project_id, request_param(q, STR("name")), number,
                       q->body, q->arena, &row, &e);
    if (st)
        failed(r, st, &e);
    else
        answer_version(r, &row);
}
