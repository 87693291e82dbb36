/* SPDX-License-Identifier: Apache-2.0 */
/* Review queues: list, make, change, delete, and what is left of one. */
#include "api/queue_samples.h"
#include "api/span_json.h"
#include "domain/queue.h"
#include "domain/rule.h"

enum { NEXT_DEFAULT = 10, NEXT_MAX = 100 };

static Status make_query(Api *a, const QueueRow *row, bool done, Arena *arena, Query **out)
{
    Str text = {0};
    const Status st = queue_query(row, done, arena, &text);

    return st ? st : query_for_project(a, row->project_id, text, arena, NULL, out);
}

static Status count_traces(Api *a, const Snapshot *snap, const Query *query,
                           const QueryWindow *window, Arena *arena, uint64_t *out)
{
    Histogram h;
    const Status st = query_histogram(snap, query, window, 1, a->engine, arena, &h);

    *out = st ? 0 : h.total;
    return st;
}

static Status count_queue(Api *a, const QueueRow *row, const QueryWindow *window,
                          const Snapshot *snap, Arena *arena, QueueCounts *out)
{
    Query *query = NULL;
    Status st = make_query(a, row, false, arena, &query);

    if (!st)
        st = count_traces(a, snap, query, window, arena, &out->left);
    if (!st)
        st = make_query(a, row, true, arena, &query);
    return st ? st : count_traces(a, snap, query, window, arena, &out->done);
}

/* Over all of time. */
static Status count_all(Api *a, const QueueRow *row, const Cancel *cancel, Arena *arena,
                        QueueCounts *out)
{
    QueryWindow window = QUERY_ALWAYS;
    Snapshot *snap;
    Status st;

    if (!queue_takes_traces(row))
        return queue_samples_count(a, row, cancel, arena, out);
    st = store_snapshot(a->store, row->project_id, &snap);
    if (st)
        return st;
    window.cancel = cancel;
    st = count_queue(a, row, &window, snap, arena, out);
    snapshot_release(snap);
    return st;
}

/* What was not counted is not told. */
static void write_count(JsonWriter *w, Str key, bool counted, uint64_t count)
{
    if (counted)
        jw_key_uint(w, key, count);
    else
        jw_key_null(w, key);
}

/* `cancel` ends the counting. */
static void write_queue(Api *a, JsonWriter *w, const QueueRow *row, const Cancel *cancel,
                        Arena *arena)
{
    QueueCounts counts = {0};
    const bool counted = count_all(a, row, cancel, arena, &counts) == ST_OK && !counts.partly;
    Str tag = {0};

    jw_object(w);
    jw_key_int(w, STR("id"), row->id);
    jw_key_str(w, STR("name"), row->name);
    queue_write_source(w, row);
    jw_key_str(w, STR("where"), row->query);
    jw_key_str(w, STR("judge"), row->judge);
    /* What answers are given under. */
    if (judge_tag(a->domain, row->project_id, row->judge, arena, &tag) == ST_OK)
        jw_key_str(w, STR("tag"), tag);
    else
        jw_key_null(w, STR("tag"));
    jw_key_str(w, STR("instructions"), row->instructions);
    jw_key_time(w, STR("created_at"), row->created_ns);
    write_count(w, STR("left"), counted, counts.left);
    write_count(w, STR("done"), counted, counts.done);
    jw_object_end(w);
}

static void failed(Response *r, Status st, const FieldErr *e)
{
    if (st == ST_NOTFOUND)
        problem(r, 404, "id", "there is no such queue in this project");
    else
        reply_error(r, st, e);
}

static void answer(Api *a, const Request *q, Response *r, int code, Status st, const QueueRow *row,
                   const FieldErr *e)
{
    const Cancel cancel = cancel_after(&a->cancel, a->count_ns);
    JsonWriter w;

    if (st) {
        failed(r, st, e);
        return;
    }
    w = jw_init(&r->body);
    write_queue(a, &w, row, &cancel, q->arena);
    reply_json(r, code, &w);
}

void queues_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    QueueList list = {0};
    JsonWriter w;
    const Cancel cancel = cancel_after(&a->cancel, a->count_ns); /* of all together */
    const Status st = queue_list(a->domain, caller_of(q)->project_id, q->arena, &list);

    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    w = list_begin(r);
    for (size_t i = 0; i < list.len; i++)
        write_queue(a, &w, &list.items[i], &cancel, q->arena);
    list_end(r, &w, (Str){0});
}

void queues_create(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    QueueRow row = {0};
    const Status st =
        queue_create(a->domain, caller_of(q)->project_id, q->body, q->arena, &row, &e);

    answer(a, q, r, 201, st, &row, &e);
}

/* What is no number is no queue either. */
static Status find(Api *a, const Request *q, QueueRow *out)
{
    int64_t id;

    if (str_to_i64(request_param(q, STR("id")), &id))
        return ST_NOTFOUND;
    return queue_get(a->domain, caller_of(q)->project_id, id, q->arena, out);
}

void queues_patch(void *context, Request *q, Response *r)
{
    Api *a = context;
    FieldErr e = {0};
    QueueRow row = {0};
    Status st = find(a, q, &row);

    if (!st)
        st = queue_update(a->domain, row.project_id, row.id, q->body, q->arena, &row, &e);
    answer(a, q, r, 200, st, &row, &e);
}

void queues_delete(void *context, Request *q, Response *r)
{
    Api *a = context;
    QueueRow row = {0};
    Status st = find(a, q, &row);

    if (!st)
        st = queue_remove(a->domain, row.project_id, row.id);
    if (st)
        failed(r, st, NULL);
    else
        r->status = 204;
}

/* -------------------------------------------------------------- what is left */

typedef struct Next {
    TracePage page;
    QueueCounts counts;
} Next;

/* Where there is no further page, what is left was found; else there is more than that. */
static Status find_next(Api *a, const QueueRow *row, const QueryWindow *window, size_t limit,
                        const Snapshot *snap, Arena *arena, Next *out)
{
    const Cancel counting = cancel_after(&a->cancel, a->count_ns);
    QueryWindow counted = *window;
    Query *left = NULL;
    Status st = make_query(a, row, false, arena, &left);

    if (!st)
        st = query_traces(snap, left, window, limit, (Str){0}, a->engine, arena, &out->page);
    if (st)
        return st;
    counted.cancel = &counting;
    st = count_queue(a, row, &counted, snap, arena, &out->counts);
    if (st != ST_TIMEOUT)
        return st;
    out->counts.partly = true;
    out->counts.left = out->page.len + (out->page.next_cursor.len ? 1 : 0);
    return ST_OK;
}

static void write_next(Response *r, const Next *next, Arena *arena)
{
    JsonWriter w = jw_init(&r->body);

    jw_object(&w);
    queue_write_counts(&w, &next->counts);
    jw_key(&w, STR("items"));
    jw_array(&w);
    for (size_t i = 0; i < next->page.len; i++)
        summary_write(&w, &next->page.items[i], arena);
    jw_array_end(&w);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

void queues_next(void *context, Request *q, Response *r)
{
    Api *a = context;
    QueryWindow window;
    QueueRow row = {0};
    Next next = {0};
    Snapshot *snap;
    size_t limit;
    Status st;

    if (!params_count(q, r, STR("limit"), NEXT_DEFAULT, NEXT_MAX, &limit) ||
        !params_window(a, q, r, &window))
        return;
    st = find(a, q, &row);
    if (!st && !queue_takes_traces(&row)) {
        queue_samples_next(a, q, r, &row, limit);
        return;
    }
    if (!st)
        st = store_snapshot(a->store, row.project_id, &snap);
    if (st) {
        failed(r, st, NULL);
        return;
    }
    st = find_next(a, &row, &window, limit, snap, q->arena, &next);
    if (st)
        reply_query_error(r, NULL, st);
    else
        write_next(r, &next, q->arena);
    snapshot_release(snap);
}
