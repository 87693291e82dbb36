/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets: versioned tables of samples. */
#include "api/reply.h"
#include "api/samples.h"
#include "domain/dataset.h"
#include "domain/dataset_traces.h"

/* ------------------------------------------------------------ one, all */

/* False: the answer is an error already. */
static bool find(Api *a, const Request *q, Response *r, SpaceRow *out)
{
    FieldErr e = {0};
    const Status st = dataset_get(a->domain, caller_of(q)->project_id,
                                  request_param(q, STR("name")), q->arena, out, &e);

    if (st)
        reply_error(r, st, &e);
    return st == ST_OK;
}

static void write_dataset(JsonWriter *w, const SpaceRow *row)
{
    jw_key_str(w, STR("name"), row->name);
    write_tag(w, STR("tag"), row->name, (int32_t)row->version);
    jw_key_int(w, STR("version"), row->version);
    jw_key_int(w, STR("samples"), row->count);
    jw_key_str(w, STR("description"), row->description);
    write_json(w, STR("metadata"), row->metadata, "{}");
    write_json(w, STR("tags"), row->tags, "[]");
    write_json(w, STR("id_fields"), row->id_fields, "[]");
    jw_key_time(w, STR("created_at"), row->created_ns);
    jw_key_time(w, STR("updated_at"), row->updated_ns);
}

static Status write_splits(Api *a, const Request *q, JsonWriter *w, const SpaceRow *row)
{
    SplitCount *splits = NULL;
    size_t len = 0;
    const Status st = catalog_sample_splits(domain_catalog(a->domain), row->list_id, row->version,
                                            q->arena, &splits, &len);

    if (st)
        return st;
    jw_key(w, STR("splits"));
    jw_array(w);
    for (size_t i = 0; i < len; i++) {
        jw_object(w);
        jw_key_str_or_null(w, STR("split"), splits[i].split);
        jw_key_int(w, STR("count"), splits[i].count);
        jw_object_end(w);
    }
    jw_array_end(w);
    return ST_OK;
}

static void answer(Api *a, const Request *q, Response *r, int code, Status st, const SpaceRow *row,
                   const FieldErr *e)
{
    JsonWriter w = jw_init(&r->body);

    if (!st) {
        jw_object(&w);
        write_dataset(&w, row);
        st = write_splits(a, q, &w, row);
        jw_object_end(&w);
    }
    if (st)
        reply_error(r, st, e);
    else
        reply_json(r, code, &w);
}

void datasets_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    ListParams p;
    SpaceList list = {0};
    JsonWriter w;
    Status st;

    if (!params_list(q, r, &p))
        return;
    st = dataset_list(a->domain, caller_of(q)->project_id, p.cursor, p.limit, q->arena, &list);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++) {
        jw_object(&w);
        write_dataset(&w, &list.items[i]);
        jw_object_end(&w);
    }
    list_end(r, &w, list.more ? list.items[list.len - 1].name : (Str){0});
}

void datasets_create(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    SpaceRow row = {0};
    bool created = false;
    const Status st =
        dataset_create(a->domain, caller_of(q)->project_id, q->body, q->arena, &row, &created, &e);

    answer(a, q, r, created ? 201 : 200, st, &row, &e);
}

void datasets_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    SpaceRow row;

    if (find(a, q, r, &row))
        answer(a, q, r, 200, ST_OK, &row, NULL);
}

void datasets_patch(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    SpaceRow row = {0};
    const Status st = dataset_patch(a->domain, caller_of(q)->project_id,
                                    request_param(q, STR("name")), q->body, q->arena, &row, &e);

    answer(a, q, r, 200, st, &row, &e);
}

void datasets_delete(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    const Status st =
        dataset_remove(a->domain, caller_of(q)->project_id, request_param(q, STR("name")), &e);

    if (st)
        reply_error(r, st, &e);
    else
        r->status = 204;
}

/* ------------------------------------------------------------ commits, stages */

/* Members of an object that is open. */
static void write_commit(JsonWriter *w, const SpaceRow *row, const CommitOut *out)
{
    write_tag(w, STR("tag"), row->name, (int32_t)out->version);
    jw_key_int(w, STR("version"), out->version);
    jw_key_int(w, STR("samples"), out->count);
    write_commit_counts(w, out);
}

static void answer_commit(Response *r, Status st, const SpaceRow *row, const CommitOut *out,
                          const FieldErr *e)
{
    JsonWriter w = jw_init(&r->body);

    if (st) {
        reply_error(r, st, e);
        return;
    }
    jw_object(&w);
    write_commit(&w, row, out);
    jw_object_end(&w);
    reply_json(r, out->made ? 201 : 200, &w);
}

void datasets_commit(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    CommitOut out = {0};
    SpaceRow row;
    Status st;

    if (!find(a, q, r, &row))
        return;
    st = dataset_commit(a->domain, &row, q->body, q->arena, &out, &e);
    answer_commit(r, st, &row, &out, &e);
}

static void answer_stage(Response *r, int code, Status st, int64_t stage, int64_t total,
                         const FieldErr *e)
{
    JsonWriter w = jw_init(&r->body);

    if (st) {
        reply_error(r, st, e);
        return;
    }
    jw_object(&w);
    jw_key_int(&w, STR("stage"), stage);
    jw_key_int(&w, STR("samples"), total);
    jw_object_end(&w);
    reply_json(r, code, &w);
}

void datasets_stage(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    int64_t stage = 0;
    SpaceRow row;
    Status st;

    if (!find(a, q, r, &row))
        return;
    st = dataset_stage_new(a->domain, &row, &stage, &e);
    answer_stage(r, 201, st, stage, 0, &e);
}

/* What is no number is no stage either. */
static int64_t stage_of(const Request *q)
{
    int64_t stage = 0;

    return str_to_i64(request_param(q, STR("stage")), &stage) == ST_OK ? stage : 0;
}

void datasets_stage_put(void *context, Request *q, Response *r)
{
    Api *a = context;
    const int64_t stage = stage_of(q);
    FieldErr e = {0};
    int64_t total = 0;
    SpaceRow row;
    Status st;

    if (!find(a, q, r, &row))
        return;
    st = dataset_stage_put(a->domain, &row, stage, q->body, q->arena, &total, &e);
    answer_stage(r, 200, st, stage, total, &e);
}

void datasets_stage_delete(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    SpaceRow row;
    Status st;

    if (!find(a, q, r, &row))
        return;
    st = dataset_stage_remove(a->domain, &row, stage_of(q), &e);
    if (st)
        reply_error(r, st, &e);
    else
        r->status = 204;
}

/* ------------------------------------------------------------ reading */

void datasets_samples(void *context, Request *q, Response *r)
{
    SpaceRow row;

    if (find(context, q, r, &row))
        answer_samples(context, q, r, &(ListRef){row.id, row.list_id, row.version});
}

void datasets_sample(void *context, Request *q, Response *r)
{
    SpaceRow row;

    if (find(context, q, r, &row))
        answer_sample(context, q, r, &(ListRef){row.id, row.list_id, row.version});
}

void datasets_commits(void *context, Request *q, Response *r)
{
    SpaceRow row;

    if (find(context, q, r, &row))
        answer_commits(context, q, r, row.list_id);
}

void datasets_diff(void *context, Request *q, Response *r)
{
    SpaceRow row;

    if (find(context, q, r, &row))
        answer_diff(context, q, r, row.list_id, row.version);
}

/* ------------------------------------------------------------ from traces */

static void write_from_traces(JsonWriter *w, const SpaceRow *row, const TracesOut *out)
{
    jw_object(w);
    write_commit(w, row, &out->commit);
    jw_key_uint(w, STR("traces"), out->traces);
    jw_key_uint(w, STR("there"), out->there);
    jw_key_uint(w, STR("skipped"), out->skipped);
    jw_key(w, STR("reasons"));
    jw_array(w);
    for (size_t i = 0; i < out->told_len; i++) {
        jw_object(w);
        jw_key_hex(w, STR("trace_id"), out->told[i].trace_id, TRACE_ID_BYTES);
        jw_key_str(w, STR("reason"), out->told[i].reason);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
}

void datasets_from_traces(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    TracesOut out = {0};
    SpaceRow row;
    JsonWriter w;
    Status st;

    if (!find(a, q, r, &row))
        return;
    st = dataset_from_traces(a->domain, &row, q->body, a->engine, &a->cancel, q->arena, &out, &e);
    if (st) {
        reply_error(r, st, &e);
        return;
    }
    w = jw_init(&r->body);
    write_from_traces(&w, &row, &out);
    reply_json(r, out.commit.made ? 201 : 200, &w);
}
