/* SPDX-License-Identifier: Apache-2.0 */
/* Projects: the list, one of them with what it holds, and new ones. */
#include "api/reply.h"
#include "codec/json_read.h"
#include "domain/project.h"
#include "domain/reference.h"

static void write_counters(JsonWriter *w, const ProjectCounters *c)
{
    jw_key(w, STR("counters"));
    jw_object(w);
    jw_key_uint(w, STR("received"), c->received);
    jw_key_uint(w, STR("stored"), c->stored);
    jw_key_uint(w, STR("rejected"), c->rejected);
    jw_object_end(w);
}

static void write_storage(JsonWriter *w, const StoreStats *s, uint64_t blob_bytes)
{
    jw_key(w, STR("storage"));
    jw_object(w);
    jw_key_uint(w, STR("segments"), s->segments);
    jw_key_uint(w, STR("segment_bytes"), s->segment_bytes);
    jw_key_uint(w, STR("spans"), s->segment_rows + s->memtable_spans);
    jw_key_uint(w, STR("wal_bytes"), s->wal_bytes);
    jw_key_uint(w, STR("memtable_bytes"), s->memtable_bytes);
    jw_key_uint(w, STR("blob_bytes"), blob_bytes);
    jw_object_end(w);
}

static Status write_project(Api *a, JsonWriter *w, const ProjectRow *row)
{
    ProjectCounters counters;
    StoreStats stats;
    uint64_t blobs;
    uint64_t blob_bytes;
    Status st = project_counters(a->domain, row->id, &counters);

    if (!st)
        st = reference_usage(a->domain, row->id, &blobs, &blob_bytes);
    if (st)
        return st;
    store_stats(a->store, row->id, &stats);
    jw_object(w);
    jw_key_str(w, STR("name"), row->name);
    jw_key_time(w, STR("created_at"), row->created_ns);
    write_counters(w, &counters);
    write_storage(w, &stats, blob_bytes);
    jw_object_end(w);
    return ST_OK;
}

/* A key of one project sees only that one. */
static bool is_visible(const Caller *c, const ProjectRow *row)
{
    return c->trusted || c->grant.project_id == 0 || c->grant.project_id == row->id;
}

void projects_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    ListParams p;
    ProjectList list;
    JsonWriter w;
    Status st;

    if (!params_list(q, r, &p))
        return;
    st = project_list(a->domain, p.cursor, p.limit, q->arena, &list);
    w = list_begin(r);
    for (size_t i = 0; i < list.len && !st; i++) {
        if (is_visible(caller_of(q), &list.items[i]))
            st = write_project(a, &w, &list.items[i]);
    }
    if (st)
        reply_error(r, st, NULL);
    else
        list_end(r, &w, list.more ? list.items[list.len - 1].name : (Str){0});
}

static void answer_project(Api *a, const Request *q, Response *r, Str name, int status)
{
    ProjectRow row;
    JsonWriter w = jw_init(&r->body);
    Status st = project_get(a->domain, name, q->arena, &row);

    if (!st)
        st = write_project(a, &w, &row);
    if (st)
        reply_error(r, st, NULL);
    else
        reply_json(r, status, &w);
}

void projects_get(void *context, Request *q, Response *r)
{
    answer_project(context, q, r, caller_of(q)->project, 200);
}

void projects_create(void *context, Request *q, Response *r)
{
    Api *a = context;
    const Json *body;
    FieldErr e = {0};
    Str name = {0};
    int64_t id;
    bool created = false;
    Status st = json_parse_object(q->body, q->arena, &body, &e.err);

    if (!st)
        st = json_field_str(body, STR("name"), JSON_REQUIRED, &name, &e.err);
    if (st) {
        problem(r, st == ST_NOMEM ? 413 : 400, "name", "%s", e.err.msg);
        return;
    }
    st = project_ensure(a->domain, name, &id, &created, &e);
    if (st) /* the rule calls the field by what it is elsewhere */
        problem_status(r, st, "name", "%s", e.err.msg[0] ? e.err.msg : status_text(st));
    else
        answer_project(a, q, r, name, created ? 201 : 200);
}
