/* SPDX-License-Identifier: Apache-2.0 */
/* API keys of a project, or of every project (without a project in the path). */
#include "api/reply.h"
#include "codec/json_read.h"

static void write_key(JsonWriter *w, const KeyRow *row, const char *text)
{
    jw_object(w);
    jw_key_int(w, STR("id"), row->id);
    jw_key_str(w, STR("name"), row->name);
    jw_key_str(w, STR("role"), row->role);
    jw_key_str(w, STR("prefix"), row->prefix);
    jw_key_time(w, STR("created_at"), row->created_ns);
    write_time(w, STR("last_used_at"), row->last_used_ns);
    if (text)
        jw_key_str(w, STR("key"), str_from(text));
    jw_object_end(w);
}

void keys_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    KeyList list = {0};
    JsonWriter w;
    const Status st = key_list(a->domain, caller_of(q)->project_id, q->arena, &list);

    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++)
        write_key(&w, &list.items[i], NULL);
    list_end(r, &w, (Str){0});
}

static Status read_key(const Request *q, Str *name, Str *role, FieldErr *e)
{
    const Json *body;
    Err why = {0};
    const Status st = json_parse_object(q->body, q->arena, &body, &why);

    if (st)
        return field_err_set(e, st, "", "%s", why.msg);
    if (json_field_str(body, STR("name"), JSON_REQUIRED, name, &why))
        return field_err_set(e, ST_INVALID, "name", "%s", why.msg);
    if (json_field_str(body, STR("role"), JSON_REQUIRED, role, &why))
        return field_err_set(e, ST_INVALID, "role", "%s", why.msg);
    return ST_OK;
}

void keys_create(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    NewKey key;
    Str name = {0};
    Str role = {0};
    JsonWriter w = jw_init(&r->body);
    Status st = read_key(q, &name, &role, &e);

    if (!st)
        st = key_create(a->domain, caller_of(q)->project_id, name, role, q->arena, &key, &e);
    if (st) {
        reply_error(r, st, &e);
        return;
    }
    write_key(&w, &key.row, key.text);
    reply_json(r, 201, &w);
}

void keys_revoke(void *context, Request *q, Response *r)
{
    Api *a = context;
    int64_t id;
    Status st = str_to_i64(request_param(q, STR("id")), &id);

    if (!st)
        st = key_revoke(a->domain, caller_of(q)->project_id, id);
    if (st == ST_OK)
        r->status = 204;
    else if (st == ST_NOTFOUND || st == ST_CORRUPT || st == ST_LIMIT)
        problem(r, 404, "id", "there is no such key here");
    else
        reply_error(r, st, NULL);
}
