/* SPDX-License-Identifier: Apache-2.0 */
/* Models: the list with latency and trend, one of them, changes, statistics. */
#include "api/reply.h"
#include "api/version_json.h"
#include "domain/model.h"
#include "query/buckets.h"

enum { SPARKLINE_BUCKETS = 24, STATS_BUCKETS = 24, STATS_MAX = 500 };

/* ----------------------------------------------------------------- stats */

static Status run_stats(Api *a, const Request *q, Str model, const QueryWindow *window,
                        size_t buckets, RunStatsList *out)
{
    const int64_t project_id = caller_of(q)->project_id;
    ModelAliases aliases = {0};
    Snapshot *snap;
    Status st = model_aliases(a->domain, project_id, q->arena, &aliases);

    if (!st)
        st = store_snapshot(a->store, project_id, &snap);
    if (st)
        return st;
    st = query_run_stats(snap, model, &aliases, window, buckets, q->arena, out);
    snapshot_release(snap);
    return st;
}

/* Of all versions of the model together. */
static const RunStats *find_total(const RunStatsList *list, Str model)
{
    for (size_t i = 0; i < list->len; i++) {
        if (list->items[i].version == 0 && str_eq(list->items[i].model, model))
            return &list->items[i];
    }
    return NULL;
}

static void write_latency(JsonWriter *w, Str key, const RunStats *s, int64_t value)
{
    if (s && s->runs)
        jw_key_int(w, key, value);
    else
        jw_key_null(w, key);
}

static void write_p50(JsonWriter *w, int64_t ns)
{
    if (ns >= 0)
        jw_int(w, ns);
    else
        jw_null(w);
}

static void write_buckets(JsonWriter *w, const RunStatsList *list, const RunStats *s)
{
    jw_key(w, STR("buckets"));
    jw_array(w);
    for (size_t i = 0; i < list->bucket_count; i++) {
        jw_object(w);
        jw_key_time(w, STR("time"), list->from_ns + (int64_t)i * list->bucket_ns);
        jw_key_uint(w, STR("runs"), s->bucket_runs[i]);
        jw_key_uint(w, STR("errors"), s->bucket_errors[i]);
        jw_key(w, STR("latency_p50_ns"));
        write_p50(w, s->bucket_runs[i] ? s->bucket_p50_ns[i] : -1);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void write_run_stats(JsonWriter *w, const RunStatsList *list, const RunStats *s)
{
    jw_key_uint(w, STR("runs"), s->runs);
    jw_key_uint(w, STR("errors"), s->errors);
    write_time(w, STR("first_seen"), s->runs ? s->first_ns : 0);
    write_time(w, STR("last_seen"), s->runs ? s->last_ns : 0);
    write_latency(w, STR("latency_p50_ns"), s, s->p50_ns);
    write_latency(w, STR("latency_p95_ns"), s, s->p95_ns);
    write_latency(w, STR("latency_p99_ns"), s, s->p99_ns);
    write_buckets(w, list, s);
}

static void write_stats(Response *r, Str model, const RunStatsList *list)
{
    const RunStats *total = find_total(list, model);
    const Buckets buckets = {list->from_ns, list->bucket_ns, list->bucket_count};
    JsonWriter w = jw_init(&r->body);

    jw_object(&w);
    jw_key_str(&w, STR("model"), model);
    jw_key_time(&w, STR("from"), list->from_ns);
    jw_key_time(&w, STR("to"), buckets_end(&buckets));
    jw_key_int(&w, STR("bucket_ns"), list->bucket_ns);
    jw_key(&w, STR("total"));
    if (total) {
        jw_object(&w);
        write_run_stats(&w, list, total);
        jw_object_end(&w);
    } else {
        jw_null(&w);
    }
    jw_key(&w, STR("items"));
    jw_array(&w);
    for (size_t i = 0; i < list->len; i++) {
        const RunStats *s = &list->items[i];

        if (s->version == 0 || !str_eq(s->model, model))
            continue;
        jw_object(&w);
        write_tag(&w, STR("tag"), s->model, s->version);
        jw_key_int(&w, STR("version"), s->version);
        write_run_stats(&w, list, s);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

static void no_model(Response *r, Status st, Str name)
{
    if (st == ST_NOTFOUND)
        problem(r, 404, "name", "there is no model \"%.*s\" in this project", STR_ARG(name));
    else
        reply_error(r, st, NULL);
}

void models_stats(void *context, Request *q, Response *r)
{
    Api *a = context;
    QueryWindow window;
    RunStatsList list = {0};
    ModelRow row;
    size_t buckets;
    Status st;

    if (!params_count(q, r, STR("buckets"), STATS_BUCKETS, STATS_MAX, &buckets) ||
        !params_window(a, q, r, &window))
        return;
    st = model_get(a->domain, caller_of(q)->project_id, request_param(q, STR("name")), q->arena,
                   &row);
    if (st) {
        no_model(r, st, request_param(q, STR("name")));
        return;
    }
    st = run_stats(a, q, row.name, &window, buckets, &list);
    if (st)
        reply_error(r, st, NULL);
    else
        write_stats(r, row.name, &list);
}

/* ----------------------------------------------------------------- model */

static void write_names(JsonWriter *w, Str key, const Str *names, size_t count)
{
    jw_key(w, key);
    jw_array(w);
    for (size_t i = 0; i < count; i++)
        jw_str(w, names[i]);
    jw_array_end(w);
}

static void write_sparkline(JsonWriter *w, const RunStatsList *list, const RunStats *s)
{
    jw_key(w, STR("sparkline"));
    jw_array(w);
    for (size_t i = 0; s && i < list->bucket_count; i++)
        jw_uint(w, s->bucket_runs[i]);
    jw_array_end(w);
    jw_key(w, STR("latency_sparkline"));
    jw_array(w);
    for (size_t i = 0; s && i < list->bucket_count; i++)
        write_p50(w, s->bucket_runs[i] ? s->bucket_p50_ns[i] : -1);
    jw_array_end(w);
}

/* Members of a model; the caller opens and closes the object. */
static void write_model(JsonWriter *w, const ModelRow *row, const RunStatsList *stats)
{
    const RunStats *s = find_total(stats, row->name);

    jw_key_str(w, STR("name"), row->name);
    write_names(w, STR("former_names"), row->former_names, row->former_count);
    write_json(w, STR("metadata"), row->metadata, "{}");
    jw_key_time(w, STR("created_at"), row->created_ns);
    write_time(w, STR("last_seen"), row->last_seen_ns);
    write_tag(w, STR("latest"), row->name, row->latest);
    jw_key_uint(w, STR("version_count"), row->version_count);
    jw_key_uint(w, STR("runs"), row->runs);
    jw_key_uint(w, STR("errors"), row->errors);
    write_latency(w, STR("latency_p50_ns"), s, s ? s->p50_ns : 0);
    write_latency(w, STR("latency_p95_ns"), s, s ? s->p95_ns : 0);
    write_sparkline(w, stats, s);
}

void models_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    const QueryWindow always = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .cancel = &a->cancel};
    ListParams p;
    ModelList list = {0};
    RunStatsList stats = {0};
    JsonWriter w;
    Status st;

    if (!params_list(q, r, &p))
        return;
    st = model_list(a->domain, caller_of(q)->project_id, p.cursor, p.limit, q->arena, &list);
    if (!st && list.len)
        st = run_stats(a, q, (Str){0}, &always, SPARKLINE_BUCKETS, &stats);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++) {
        jw_object(&w);
        write_model(&w, &list.items[i], &stats);
        jw_object_end(&w);
    }
    list_end(r, &w, list.more ? list.items[list.len - 1].name : (Str){0});
}

/* A model with its newest versions. */
static void answer_model(Api *a, const Request *q, Response *r, const ModelRow *row)
{
    const QueryWindow always = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .cancel = &a->cancel};
    RunStatsList stats = {0};
    VersionList versions = {0};
    JsonWriter w = jw_init(&r->body);
    Status st = run_stats(a, q, row->name, &always, SPARKLINE_BUCKETS, &stats);

    if (!st)
        st = version_list(a->domain, row->project_id, row->name, 0, LIST_MAX, q->arena, &versions);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    jw_object(&w);
    write_model(&w, row, &stats);
    jw_key(&w, STR("versions"));
    jw_array(&w);
    for (size_t i = 0; i < versions.len; i++)
        version_write(&w, &versions.items[i], false);
    jw_array_end(&w);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

void models_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    const Str name = request_param(q, STR("name"));
    ModelRow row;
    const Status st = model_get(a->domain, caller_of(q)->project_id, name, q->arena, &row);

    if (st)
        no_model(r, st, name);
    else
        answer_model(a, q, r, &row);
}

void models_patch(void *context, Request *q, Response *r)
{
    Api *a = context;
    const Str name = request_param(q, STR("name"));
    FieldErr e = {0};
    ModelRow row;
    const Status st =
        model_patch(a->domain, caller_of(q)->project_id, name, q->body, q->arena, &row, &e);

    if (st == ST_NOTFOUND)
        no_model(r, st, name);
    else if (st)
        reply_error(r, st, &e);
    else
        answer_model(a, q, r, &row);
}
