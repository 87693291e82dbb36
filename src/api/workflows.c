/* SPDX-License-Identifier: Apache-2.0 */
/* Workflows and their test cases. */
#include "api/workflows.h"

#include "api/reply.h"
#include "api/samples.h"

/* ------------------------------------------------------------ workflows */

bool find_workflow(Api *a, const Request *q, Response *r, SpaceRow *out)
{
    FieldErr e = {0};
    const Status st = workflow_get(a->domain, caller_of(q)->project_id,
                                   request_param(q, STR("workflow")), q->arena, out, &e);

    if (st)
        reply_error(r, st, &e);
    return st == ST_OK;
}

static void write_workflow(JsonWriter *w, const SpaceRow *row)
{
    jw_key_str(w, STR("name"), row->name);
    jw_key_str(w, STR("description"), row->description);
    write_json(w, STR("metadata"), row->metadata, "{}");
    write_json(w, STR("tags"), row->tags, "[]");
    jw_key_int(w, STR("cases"), row->count);
    jw_key_int(w, STR("schema_version"), row->version);
    jw_key_time(w, STR("created_at"), row->created_ns);
}

/* With the schema that the parameter `schema` asks for, the newest without it. */
static void answer(Api *a, const Request *q, Response *r, int code, const SpaceRow *row)
{
    SchemaRow schema = {0};
    JsonWriter w = jw_init(&r->body);
    int64_t version;
    Status st = ST_OK;

    if (!param_version(q, r, "schema", row->version, &version))
        return;
    if (version)
        st = workflow_schema(a->domain, row->id, version, q->arena, &schema);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    jw_object(&w);
    write_workflow(&w, row);
    write_json(&w, STR("schema"), schema.body, "null");
    jw_object_end(&w);
    reply_json(r, code, &w);
}

void workflows_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    ListParams p;
    SpaceList list = {0};
    JsonWriter w;
    Status st;

    if (!params_list(q, r, &p))
        return;
    st = workflow_list(a->domain, caller_of(q)->project_id, p.cursor, p.limit, q->arena, &list);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++) {
        jw_object(&w);
        write_workflow(&w, &list.items[i]);
        jw_object_end(&w);
    }
    list_end(r, &w, list.more ? list.items[list.len - 1].name : (Str){0});
}

void workflows_put(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    SpaceRow row = {0};
    bool created = false;
    const Status st =
        workflow_put(a->domain, caller_of(q)->project_id, q->body, q->arena, &row, &created, &e);

    if (st)
        reply_error(r, st, &e);
    else
        answer(a, q, r, created ? 201 : 200, &row);
}

void workflows_get(void *context, Request *q, Response *r)
{
    SpaceRow row;

    if (find_workflow(context, q, r, &row))
        answer(context, q, r, 200, &row);
}

/* ------------------------------------------------------------ cases */

static bool find_case(Api *a, const Request *q, Response *r, SampleListRow *out)
{
    SpaceRow workflow;
    FieldErr e = {0};
    Status st;

    if (!find_workflow(a, q, r, &workflow))
        return false;
    st = case_get(a->domain, workflow.id, request_param(q, STR("case")), q->arena, out, &e);
    if (st)
        reply_error(r, st, &e);
    return st == ST_OK;
}

static void write_case(JsonWriter *w, const SampleListRow *row)
{
    jw_key_str(w, STR("name"), row->name);
    jw_key_int(w, STR("version"), row->version);
    jw_key_int(w, STR("samples"), row->count);
    jw_key_str(w, STR("description"), row->description);
    jw_key_time(w, STR("created_at"), row->created_ns);
    jw_key_time(w, STR("updated_at"), row->updated_ns);
}

static void answer_case(Response *r, int code, const SampleListRow *row)
{
    JsonWriter w = jw_init(&r->body);

    jw_object(&w);
    write_case(&w, row);
    jw_object_end(&w);
    reply_json(r, code, &w);
}

void cases_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    ListParams p;
    SpaceRow workflow;
    SampleLists list = {0};
    int64_t after;
    Str next = {0};
    JsonWriter w;
    Status st;

    if (!params_list(q, r, &p) || !param_number(r, p.cursor, &after) ||
        !find_workflow(a, q, r, &workflow))
        return;
    st = catalog_case_list(domain_catalog(a->domain), workflow.id, after, p.limit, q->arena, &list);
    if (!st && list.more)
        st = arena_printf(q->arena, &next, "%lld", (long long)list.items[list.len - 1].id);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++) {
        jw_object(&w);
        write_case(&w, &list.items[i]);
        jw_object_end(&w);
    }
    list_end(r, &w, next);
}

void cases_create(void *context, Request *q, Response *r)
{
    Api *a = context;
    SpaceRow workflow;
    SampleListRow row = {0};
    FieldErr e = {0};
    Status st;

    if (!find_workflow(a, q, r, &workflow))
        return;
    st = case_create(a->domain, workflow.id, q->body, q->arena, &row, &e);
    if (st)
        reply_error(r, st, &e);
    else
        answer_case(r, 201, &row);
}

static void write_bulk(JsonWriter *w, const CaseOut *items, size_t len)
{
    static const char *const fates[] = {"created", "loaded", "edited"};

    jw_object(w);
    jw_key(w, STR("items"));
    jw_array(w);
    for (size_t i = 0; i < len; i++) {
        jw_object(w);
        write_case(w, &items[i].row);
        jw_key_str(w, STR("status"), str_from(fates[items[i].fate]));
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
}

void cases_bulk(void *context, Request *q, Response *r)
{
    Api *a = context;
    SpaceRow workflow;
    CaseOut *items = NULL;
    size_t len = 0;
    FieldErr e = {0};
    JsonWriter w;
    Status st;

    if (!find_workflow(a, q, r, &workflow))
        return;
    st = case_bulk(a->domain, workflow.id, q->body, q->arena, &items, &len, &e);
    if (st) {
        reply_error(r, st, &e);
        return;
    }
    w = jw_init(&r->body);
    write_bulk(&w, items, len);
    reply_json(r, 200, &w);
}

/* A version of a case as of the commit that made it. */
static Status at_version(Api *a, Request *q, int64_t version, SampleListRow *row)
{
    SampleCommits commits = {0};
    const Status st = catalog_sample_commits(domain_catalog(a->domain), row->id, version + 1, 1,
                                             q->arena, &commits);

    row->version = version;
    row->count = commits.len ? commits.items[0].count : 0;
    row->updated_ns = commits.len ? commits.items[0].created_ns : row->created_ns;
    return st;
}

void cases_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    SampleListRow row;
    int64_t version;
    Status st = ST_OK;

    if (!find_case(a, q, r, &row) || !param_version(q, r, "version", row.version, &version))
        return;
    if (version != row.version)
        st = at_version(a, q, version, &row);
    if (st)
        reply_error(r, st, NULL);
    else
        answer_case(r, 200, &row);
}

void cases_delete(void *context, Request *q, Response *r)
{
    Api *a = context;
    SampleListRow row;
    FieldErr e = {0};
    Status st;

    if (!find_case(a, q, r, &row))
        return;
    st = case_remove(a->domain, &row, &e);
    if (st)
        reply_error(r, st, &e);
    else
        r->status = 204;
}

void cases_commit(void *context, Request *q, Response *r)
{
    Api *a = context;
    SampleListRow row;
    CommitOut out = {0};
    FieldErr e = {0};
    JsonWriter w;
    Status st;

    if (!find_case(a, q, r, &row))
        return;
    st = case_commit(a->domain, &row, q->body, q->arena, &out, &e);
    if (!st)
        st = catalog_list_by_id(domain_catalog(a->domain), row.id, q->arena, &row);
    if (st) {
        reply_error(r, st, &e);
        return;
    }
    row.version = out.version; /* of this commit: there may be another since */
    row.count = out.count;
    w = jw_init(&r->body);
    jw_object(&w);
    write_case(&w, &row);
    write_commit_counts(&w, &out);
    jw_object_end(&w);
    reply_json(r, out.made ? 201 : 200, &w);
}

void cases_samples(void *context, Request *q, Response *r)
{
    SampleListRow row;

    if (find_case(context, q, r, &row))
        answer_samples(context, q, r, &(ListRef){row.space_id, row.id, row.version});
}

void cases_commits(void *context, Request *q, Response *r)
{
    SampleListRow row;

    if (find_case(context, q, r, &row))
        answer_commits(context, q, r, row.id);
}

void cases_diff(void *context, Request *q, Response *r)
{
    SampleListRow row;

    if (find_case(context, q, r, &row))
        answer_diff(context, q, r, row.id, row.version);
}
