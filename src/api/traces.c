/* SPDX-License-Identifier: Apache-2.0 */
/* Traces: the list, its histogram and facets, one trace, the live view.
 *
 * Each request reads one snapshot, which is released before the answer is sent. */
#include "api/known.h"
#include "api/ranked.h"
#include "api/reply.h"
#include "api/span_json.h"
#include "base/alloc.h"
#include "os/clock.h"
#include "query/facets.h"
#include "query/field_list.h"
#include "query/traces_by.h"

enum {
    FACETS_TOP = 10,
    HISTOGRAM_DEFAULT = 60,
    HISTOGRAM_MAX = 1000,
    LIVE_ARENA_MAX = 64 * 1024 * 1024
};

/* A live view with a query counts traces that started at most that long ago. */
#define LIVE_WINDOW_NS (INT64_C(3600) * 1000000000)

static bool take_snapshot(Api *a, const Request *q, Response *r, Snapshot **out)
{
    const Status st = store_snapshot(a->store, caller_of(q)->project_id, out);

    if (st)
        reply_error(r, st, NULL);
    return st == ST_OK;
}

/* ------------------------------------------------------------------ list */

static void write_page(Response *r, const TracePage *page, Arena *arena)
{
    JsonWriter w = list_begin(r);

    for (size_t i = 0; i < page->len; i++)
        summary_write(&w, &page->items[i], arena);
    list_end(r, &w, page->next_cursor);
}

static bool take_order(const Request *q, Response *r, TraceOrder *out)
{
    Str text = {0};
    Err err = {0};

    (void)request_query(q, STR("sort"), &text);
    if (trace_order_parse(text, q->arena, &err, out) == ST_OK)
        return true;
    problem(r, 400, "sort", "sort: %s", err.msg[0] ? err.msg : "out of memory");
    return false;
}

static Status answer_page(Api *a, const Request *q, Response *r, const Snapshot *snap,
                          const RankedQuestion *asked)
{
    const ListParams *p = &asked->list_params;
    TracePage page;
    const Status st = trace_order_is_default(asked->order)
                          ? query_traces(snap, asked->query, asked->window, p->limit, p->cursor,
                                         a->engine, q->arena, &page)
                          : query_traces_by(snap, asked->query, asked->window, asked->order,
                                            p->limit, p->cursor, a->engine, q->arena, &page);

    if (!st)
        write_page(r, &page, q->arena);
    return st;
}

void traces_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    ListParams p;
    TraceOrder order;
    QueryWindow window;
    Query *query;
    Snapshot *snap;
    RankedQuestion ranked;
    Status st;

    if (!params_list(q, r, &p) || !ranked_params(q, r, &ranked) || !take_order(q, r, &order) ||
        !params_window(a, q, r, &window) || !params_query(a, q, r, &query) ||
        !take_snapshot(a, q, r, &snap))
        return;
    ranked.query = query;
    ranked.window = &window;
    ranked.order = &order;
    ranked.list_params = p;
    st = ranked.asked ? ranked_answer(a, q, r, snap, &ranked) : answer_page(a, q, r, snap, &ranked);
    if (st == ST_INVALID)
        problem(r, 400, "cursor", "cursor: use next_cursor of an earlier answer");
    else if (st)
        reply_query_error(r, query, st);
    snapshot_release(snap);
}

/* ------------------------------------------------------------- histogram */

static void write_histogram(Response *r, const Histogram *h)
{
    JsonWriter w = jw_init(&r->body);

    jw_object(&w);
    jw_key_time(&w, STR("from"), h->from_ns);
    jw_key_time(&w, STR("to"), h->to_ns);
    jw_key_int(&w, STR("bucket_ns"), h->bucket_ns);
    jw_key(&w, STR("items"));
    jw_array(&w);
    for (size_t i = 0; i < h->len; i++) {
        jw_object(&w);
        jw_key_time(&w, STR("time"), h->items[i].start_ns);
        jw_key_uint(&w, STR("count"), h->items[i].count);
        jw_key_uint(&w, STR("errors"), h->items[i].errors);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_key_uint(&w, STR("total"), h->total);
    jw_key_uint(&w, STR("errors"), h->errors);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

void traces_histogram(void *context, Request *q, Response *r)
{
    Api *a = context;
    QueryWindow window;
    Query *query;
    Snapshot *snap;
    Histogram histogram;
    size_t buckets;
    PartKey key;
    Status st;

    if (!params_count(q, r, STR("buckets"), HISTOGRAM_DEFAULT, HISTOGRAM_MAX, &buckets) ||
        !params_window(a, q, r, &window) || !params_query(a, q, r, &query) ||
        !take_snapshot(a, q, r, &snap))
        return;
    if (known_answer(a, q, r, snap, (const Query *const[2]){query}, (Str){0}, &key)) {
        snapshot_release(snap);
        return;
    }
    st = query_histogram(snap, query, &window, buckets, a->engine, q->arena, &histogram);
    if (st)
        reply_query_error(r, query, st);
    else {
        write_histogram(r, &histogram);
        known_keep(a, &key, buf_str(&r->body));
    }
    snapshot_release(snap);
}

/* ---------------------------------------------------------------- facets */

static void write_facet(JsonWriter *w, const Facet *f)
{
    jw_object(w);
    jw_key_str(w, STR("field"), f->field);
    jw_key(w, STR("values"));
    jw_array(w);
    for (size_t i = 0; i < f->len; i++) {
        jw_object(w);
        jw_key_str(w, STR("value"), f->values[i].value);
        jw_key_uint(w, STR("count"), f->values[i].count);
        jw_object_end(w);
    }
    jw_array_end(w);
    jw_object_end(w);
}

static bool take_wish(const Request *q, Response *r, FacetWish *out)
{
    Str text = {0};
    Err err = {0};

    out->len = 0;
    (void)request_query(q, STR("keys"), &text);
    if (field_list_parse(text, FACET_MAX_FIELDS, q->arena, &err, out->fields, &out->len) != ST_OK) {
        problem(r, 400, "keys", "keys: %s", err.msg[0] ? err.msg : "out of memory");
        return false;
    }
    return params_count(q, r, STR("top"), FACETS_TOP, FACET_MAX_TOP, &out->top);
}

void traces_facets(void *context, Request *q, Response *r)
{
    Api *a = context;
    FacetWish wish;
    QueryWindow window;
    Query *query;
    Snapshot *snap;
    FacetList facets;
    PartKey key;
    Status st;

    if (!take_wish(q, r, &wish) || !params_window(a, q, r, &window) ||
        !params_query(a, q, r, &query) || !take_snapshot(a, q, r, &snap))
        return;
    if (known_answer(a, q, r, snap, (const Query *const[2]){query}, (Str){0}, &key)) {
        snapshot_release(snap);
        return;
    }
    st = query_facets(snap, query, &window, &wish, a->engine, q->arena, &facets);
    if (st) {
        reply_query_error(r, query, st);
    } else {
        JsonWriter w = list_begin(r);

        for (size_t i = 0; i < facets.len; i++)
            write_facet(&w, &facets.items[i]);
        list_end(r, &w, (Str){0});
        known_keep(a, &key, buf_str(&r->body));
    }
    snapshot_release(snap);
}

/* ------------------------------------------------------------- one trace */

static void write_trace(Response *r, const uint8_t *id, const SpanBatch *trace, size_t spans,
                        Arena *arena)
{
    JsonWriter w = jw_init(&r->body);

    jw_object(&w);
    jw_key_hex(&w, STR("trace_id"), id, TRACE_ID_BYTES);
    jw_key(&w, STR("spans"));
    jw_array(&w);
    for (size_t i = 0; i < spans; i++)
        span_write(&w, &trace->spans[i], arena);
    jw_array_end(&w);
    scores_write_list(&w, trace->spans + spans, trace->len - spans, true);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

void traces_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    uint8_t id[TRACE_ID_BYTES];
    Snapshot *snap;
    SpanBatch trace;
    size_t spans = 0;
    Status st;

    if (hex_decode(request_param(q, STR("trace_id")), id, sizeof id) != ST_OK) {
        problem(r, 400, "trace_id", "trace_id: must be 32 hex digits");
        return;
    }
    if (!take_snapshot(a, q, r, &snap))
        return;
    st = query_trace(snap, id, q->arena, &trace);
    if (!st)
        st = trace_split_scores(&trace, q->arena, &spans);
    if (st == ST_NOTFOUND || (!st && !spans))
        problem(r, 404, "trace_id", "there is no such trace in this project");
    else if (st)
        reply_query_error(r, NULL, st);
    else
        write_trace(r, id, &trace, spans, q->arena);
    snapshot_release(snap);
}

/* ------------------------------------------------------------------ live */

typedef struct LiveView {
    Api *api;
    Watch watch;
    Arena arena;
    Str text; /* of the query; parsed for each question, as `-1h` is an hour before that */
    bool filtered;
    bool opened; /* its first event was sent */
    int64_t from_ns;
    uint64_t matched; /* traces since from_ns that match, when last asked; first by traces_live() */
} LiveView;

static void view_free(void *view)
{
    LiveView *v = view;

    live_remove(&v->api->live, &v->watch);
    arena_deinit(&v->arena);
    mem_free(v);
}

/* Traces since the view was opened (and some before) that match. */
static Status count_matches(const LiveView *v, uint64_t *out)
{
    const QueryWindow window = {
        .from_ns = v->from_ns, .to_ns = INT64_MAX, .cancel = &v->api->cancel};
    Snapshot *snap;
    Query *query;
    Histogram histogram;
    Arena scratch;
    Status st = store_snapshot(v->api->store, v->watch.project_id, &snap);

    if (st)
        return st;
    arena_init(&scratch, LIVE_ARENA_MAX);
    st = query_for_project(v->api, v->watch.project_id, v->text, &scratch, NULL, &query);
    if (!st)
        st = query_histogram(snap, query, &window, 1, v->api->engine, &scratch, &histogram);
    if (!st)
        *out = histogram.total;
    arena_deinit(&scratch);
    snapshot_release(snap);
    return st;
}

static Status send_event(Buf *out, const char *event, uint64_t count)
{
    return buf_printf(out, "event: %s\ndata: {\"count\":%llu}\n\n", event,
                      (unsigned long long)count);
}

/* What came between the request and the first event is told right behind that. */
static Status view_poll(void *view, Buf *out)
{
    LiveView *v = view;
    bool touched;
    uint64_t arrived = live_take(&v->api->live, &v->watch, &touched);
    Status st = ST_OK;

    if (!v->opened)
        st = send_event(out, "ready", 0);
    if (st)
        return st;
    v->opened = true;
    if (touched && v->filtered) {
        uint64_t matched;

        st = count_matches(v, &matched);
        if (st)
            return st;
        arrived = matched > v->matched ? matched - v->matched : 0;
        v->matched = matched;
    }
    return arrived ? send_event(out, "traces", arrived) : ST_OK;
}

/* What is counted from here on is news.  Asked after live_add(), so that nothing falls
 * between the two. */
static Status view_start(LiveView *v, Str text)
{
    const Status st = arena_copy(&v->arena, text, &v->text);

    return st || !v->filtered ? st : count_matches(v, &v->matched);
}

void traces_live(void *context, Request *q, Response *r)
{
    Api *a = context;
    Query *checked;
    LiveView *v;
    Str text = {0};
    Status st;

    if (!params_query(a, q, r, &checked))
        return;
    v = mem_calloc(1, sizeof *v);
    if (!v) {
        problem(r, 503, NULL, "out of memory");
        return;
    }
    v->api = a;
    v->from_ns = clock_now_ns() - LIVE_WINDOW_NS;
    arena_init(&v->arena, LIVE_ARENA_MAX);
    (void)request_query(q, STR("query"), &text);
    v->filtered = str_trim(text).len > 0;
    live_add(&a->live, &v->watch, caller_of(q)->project_id);
    r->kind = BODY_EVENTS;
    r->events = (EventSource){view_poll, view_free, v};
    st = view_start(v, text);
    if (st) {
        reply_query_error(r, checked, st);
        return;
    }
    response_type(r, 200, STR("text/event-stream"));
    response_header(r, STR("Cache-Control"), STR("no-store"));
}
