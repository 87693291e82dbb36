/* SPDX-License-Identifier: Apache-2.0 */
/* Large traces: windows of light rows, the shape of the whole, one span of it.
 *
 * Rows have positions in the order of the waterfall.  A window is of all rows, of
 * those not deeper than `collapsed`, or of those that `q` finds; each row says
 * its position in the whole, so that a client may fold and jump as it likes. */
#include "api/reply.h"
#include "api/span_json.h"
#include "query/trace_light.h"

#include <string.h>

enum {
    WINDOW_DEFAULT = 200,
    WINDOW_MAX = 5000,
    AT_MAX = 500,      /* positions asked for in `at` */
    FOUND_MAX = 20000, /* positions told at once */
    SHARES_MAX = 50,
    SEARCH_MAX = 1000,  /* bytes of `q` */
    SPAN_GRAIN = 200,   /* steps closer than this part of their span are told as one, */
    TRACE_GRAIN = 20000 /* and those closer than this part of the trace */
};

typedef struct Taken {
    Api *api;
    Snapshot *snap;
    const TraceLight *light;
} Taken;

static bool read_id(const Request *q, Response *r, Str name, uint8_t *id, size_t len)
{
    if (hex_decode(request_param(q, name), id, len) == ST_OK)
        return true;
    problem(r, 400, name.ptr, "%s: must be %zu hex digits", name.ptr, 2 * len);
    return false;
}

static void trace_failed(Response *r, Status st)
{
    if (st == ST_NOTFOUND)
        problem(r, 404, "trace_id", "there is no such trace in this project");
    else if (st == ST_LIMIT)
        problem(r, 413, "trace_id", "this trace has more than %d spans", TRACE_TREE_MAX);
    else if (st == ST_CORRUPT)
        problem(r, 500, NULL, "a segment is damaged; run: vireo doctor");
    else
        reply_error(r, st, NULL);
}

static bool take(Api *a, const Request *q, Response *r, Taken *out)
{
    const int64_t project = caller_of(q)->project_id;
    uint8_t id[TRACE_ID_BYTES];
    Status st;

    *out = (Taken){.api = a};
    if (!read_id(q, r, STR("trace_id"), id, sizeof id))
        return false;
    st = store_snapshot(a->store, project, &out->snap);
    if (!st)
        st = trace_light_take(a->traces, out->snap, project, id, &a->cancel, &out->light);
    if (!st)
        return true;
    snapshot_release(out->snap);
    trace_failed(r, st);
    return false;
}

static void put(Taken *t)
{
    trace_light_put(t->api->traces, t->light);
    snapshot_release(t->snap);
}

/* ------------------------------------------------------------------ rows */

static Str text_of(const TraceLight *t, uint32_t number)
{
    return t->texts[number];
}

/* [[offset, length], ...] in ns since the start of the trace. */
static void write_steps(JsonWriter *w, const TraceLight *t, const TreeSpan *s)
{
    const int64_t of_span = tree_length(s->start_ns, s->end_ns) / SPAN_GRAIN;
    const int64_t of_trace = tree_length(t->start_ns, t->end_ns) / TRACE_GRAIN;
    const int64_t grain = of_span > of_trace ? of_span : of_trace;
    const TreeStep *steps = &t->steps.items[s->first_step];

    jw_key(w, STR("critical_parts"));
    jw_array(w);
    for (uint32_t i = 0; i < s->steps;) {
        const int64_t from = steps[i].from_ns;
        int64_t to = steps[i].to_ns;

        for (i++; i < s->steps && tree_length(to, steps[i].from_ns) <= grain; i++)
            to = steps[i].to_ns;
        jw_array(w);
        jw_int(w, tree_length(t->start_ns, from));
        jw_int(w, tree_length(from, to));
        jw_array_end(w);
    }
    jw_array_end(w);
}

static void write_row(JsonWriter *w, const TraceLight *t, size_t position)
{
    static const uint8_t none[SPAN_ID_BYTES];
    const TreeSpan *s = &t->spans[position];

    jw_object(w);
    jw_key_uint(w, STR("position"), position);
    jw_key_hex(w, STR("span_id"), s->span_id, SPAN_ID_BYTES);
    if (memcmp(s->parent_id, none, SPAN_ID_BYTES) == 0)
        jw_key_null(w, STR("parent_span_id"));
    else
        jw_key_hex(w, STR("parent_span_id"), s->parent_id, SPAN_ID_BYTES);
    jw_key_bool(w, STR("orphan"), s->orphan);
    jw_key_uint(w, STR("depth"), s->depth);
    jw_key_uint(w, STR("child_count"), s->children);
    jw_key_uint(w, STR("descendant_count"), s->descendants);
    jw_key_str(w, STR("name"), text_of(t, s->name));
    jw_key_str(w, STR("type"), text_of(t, s->type));
    write_tag(w, STR("model"), text_of(t, s->model), s->model_version);
    jw_key_str(w, STR("status"), span_status_text((SpanStatus)s->status));
    jw_key_int(w, STR("start_offset_ns"), tree_length(t->start_ns, s->start_ns));
    jw_key_int(w, STR("duration_ns"), tree_length(s->start_ns, s->end_ns));
    jw_key_int(w, STR("self_ns"), s->self_ns);
    jw_key_bool(w, STR("critical"), s->steps > 0);
    if (s->steps) {
        jw_key_int(w, STR("critical_ns"), s->critical_ns);
        write_steps(w, t, s);
    }
    jw_object_end(w);
}

static void write_head(JsonWriter *w, const TraceLight *t)
{
    jw_key_hex(w, STR("trace_id"), t->trace_id, TRACE_ID_BYTES);
    jw_key_uint(w, STR("total"), t->len);
    jw_key_uint(w, STR("roots"), t->roots);
    jw_key_uint(w, STR("orphans"), t->orphans);
    jw_key_uint(w, STR("errors"), t->errors);
    jw_key_time(w, STR("start_time"), t->start_ns);
    jw_key_time(w, STR("end_time"), t->end_ns);
    jw_key_int(w, STR("duration_ns"), tree_length(t->start_ns, t->end_ns));
}

/* --------------------------------------------------------------- windows */

typedef struct WindowParams {
    size_t offset;
    size_t limit;
    uint32_t collapsed; /* rows deeper than that are left out */
    Str search;
    uint8_t span_id[SPAN_ID_BYTES];
    bool by_span; /* the window is the one around span_id */
    Str at;       /* "3,7,9": just these positions */
} WindowParams;

static bool params_whole(const Request *q, Response *r, Str name, uint64_t fallback, uint64_t *out)
{
    Str text;

    *out = fallback;
    if (!request_query(q, name, &text))
        return true;
    if (str_to_u64(text, out) == ST_OK && *out <= TRACE_TREE_MAX)
        return true;
    problem(r, 400, name.ptr, "%s: must be a whole number from 0 to %d", name.ptr, TRACE_TREE_MAX);
    return false;
}

static bool params_span(const Request *q, Response *r, WindowParams *out)
{
    Str text;

    out->by_span = request_query(q, STR("span"), &text);
    if (!out->by_span || hex_decode(text, out->span_id, SPAN_ID_BYTES) == ST_OK)
        return true;
    problem(r, 400, "span", "span: must be %d hex digits", 2 * SPAN_ID_BYTES);
    return false;
}

static bool params_of_window(const Request *q, Response *r, WindowParams *out)
{
    uint64_t offset;
    uint64_t collapsed;
    Str ignored;

    *out = (WindowParams){0};
    if (!params_whole(q, r, STR("offset"), 0, &offset) ||
        !params_whole(q, r, STR("collapsed"), TRACE_TREE_MAX, &collapsed) ||
        !params_count(q, r, STR("limit"), WINDOW_DEFAULT, WINDOW_MAX, &out->limit) ||
        !params_span(q, r, out))
        return false;
    out->offset = (size_t)offset;
    out->collapsed = (uint32_t)collapsed;
    (void)request_query(q, STR("q"), &out->search);
    out->search = str_trim(out->search);
    (void)request_query(q, STR("at"), &out->at);
    if (out->search.len > SEARCH_MAX)
        problem(r, 400, "q", "q: must have at most %d bytes", SEARCH_MAX);
    else if (out->search.len && request_query(q, STR("collapsed"), &ignored))
        problem(r, 400, "collapsed", "collapsed: cannot be used together with q");
    else
        return true;
    return false;
}

/* The rows that are windowed: positions; NULL: all of them. */
typedef struct RowList {
    uint32_t *positions;
    size_t len;
} RowList;

static Status shallow_rows(const TraceLight *t, uint32_t depth, Arena *arena, RowList *out)
{
    uint32_t *positions = arena_calloc(arena, t->len + 1, sizeof *positions);

    if (!positions)
        return ST_NOMEM;
    out->positions = positions;
    out->len = 0;
    for (size_t i = 0; i < t->len; i++)
        if (t->spans[i].depth <= depth)
            positions[out->len++] = (uint32_t)i;
    return ST_OK;
}

/* ST_INVALID: not numbers, or too many; positions behind the end are left out. */
static Status listed_rows(const TraceLight *t, Str list, Arena *arena, RowList *out)
{
    uint32_t *positions = arena_calloc(arena, AT_MAX, sizeof *positions);
    Str number;
    uint64_t position;

    if (!positions)
        return ST_NOMEM;
    out->positions = positions;
    out->len = 0;
    while (list.len) {
        (void)str_cut(list, ',', &number, &list);
        if (str_to_u64(number, &position) != ST_OK || out->len == AT_MAX)
            return ST_INVALID;
        if (position < t->len)
            positions[out->len++] = (uint32_t)position;
    }
    return ST_OK;
}

static Status choose_rows(const Taken *t, const WindowParams *p, Arena *arena, RowList *out)
{
    *out = (RowList){NULL, t->light->len};
    if (p->at.len)
        return listed_rows(t->light, p->at, arena, out);
    if (p->search.len)
        return trace_light_find(t->light, t->snap, p->search, &t->api->cancel, arena,
                                &out->positions, &out->len);
    return p->collapsed < TRACE_TREE_MAX ? shallow_rows(t->light, p->collapsed, arena, out) : ST_OK;
}

static size_t position_at(const RowList *rows, size_t i)
{
    return rows->positions ? rows->positions[i] : i;
}

/* Put the span, or the row above it that is shown, into the middle of the window. */
static bool center(const TraceLight *t, const RowList *rows, WindowParams *p)
{
    size_t position = 0;
    size_t at = 0;

    while (position < t->len && memcmp(t->spans[position].span_id, p->span_id, SPAN_ID_BYTES) != 0)
        position++;
    if (position == t->len)
        return false;
    while (at + 1 < rows->len && position_at(rows, at + 1) <= position)
        at++;
    p->offset = at > p->limit / 2 ? at - p->limit / 2 : 0;
    return true;
}

static void write_positions(JsonWriter *w, const RowList *rows)
{
    jw_key(w, STR("positions"));
    jw_array(w);
    for (size_t i = 0; i < rows->len && i < FOUND_MAX; i++)
        jw_uint(w, position_at(rows, i));
    jw_array_end(w);
}

static void write_window(Response *r, const TraceLight *t, const RowList *rows,
                         const WindowParams *p)
{
    JsonWriter w = jw_init(&r->body);

    jw_object(&w);
    write_head(&w, t);
    jw_key_uint(&w, STR("rows"), rows->len);
    jw_key_uint(&w, STR("offset"), p->offset);
    jw_key(&w, STR("items"));
    jw_array(&w);
    for (size_t i = p->offset; i < rows->len && i - p->offset < p->limit; i++)
        write_row(&w, t, position_at(rows, i));
    jw_array_end(&w);
    if (p->search.len && !p->at.len)
        write_positions(&w, rows);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}

void trace_spans_list(void *context, Request *q, Response *r)
{
    WindowParams p;
    RowList rows;
    Taken t;
    Status st;

    if (!params_of_window(q, r, &p) || !take(context, q, r, &t))
        return;
    st = choose_rows(&t, &p, q->arena, &rows);
    if (st == ST_INVALID)
        problem(r, 400, "at", "at: must be at most %d positions with commas between", AT_MAX);
    else if (st)
        trace_failed(r, st);
    else if (p.by_span && !center(t.light, &rows, &p))
        problem(r, 404, "span", "there is no such span in this trace");
    else
        write_window(r, t.light, &rows, &p);
    put(&t);
}

/* ----------------------------------------------------------------- shape */

static void write_share(JsonWriter *w, const TraceShare *s)
{
    jw_object(w);
    jw_key_str(w, STR("name"), s->name);
    jw_key_str(w, STR("type"), s->type);
    jw_key_uint(w, STR("spans"), s->spans);
    jw_key_uint(w, STR("errors"), s->errors);
    jw_key_int(w, STR("self_ns"), s->self_ns);
    jw_key_int(w, STR("critical_ns"), s->critical_ns);
    jw_object_end(w);
}

static void write_shares(JsonWriter *w, const TraceShares *shares)
{
    jw_key_int(w, STR("self_ns"), shares->self_ns);
    jw_key_int(w, STR("critical_ns"), shares->critical_ns);
    jw_key_uint(w, STR("share_count"), shares->len);
    jw_key(w, STR("shares"));
    jw_array(w);
    for (size_t i = 0; i < shares->len && i < SHARES_MAX; i++)
        write_share(w, &shares->items[i]);
    jw_array_end(w);
}

static void write_depths(JsonWriter *w, const TraceLight *t)
{
    jw_key(w, STR("depths"));
    jw_array(w);
    for (size_t i = 0; i < t->len; i++)
        jw_uint(w, t->spans[i].depth);
    jw_array_end(w);
}

void trace_spans_shape(void *context, Request *q, Response *r)
{
    TraceShares shares;
    JsonWriter w;
    Taken t;
    Status st;

    if (!take(context, q, r, &t))
        return;
    st = trace_light_shares(t.light, q->arena, &shares);
    if (st) {
        trace_failed(r, st);
    } else {
        w = jw_init(&r->body);
        jw_object(&w);
        write_head(&w, t.light);
        write_shares(&w, &shares);
        write_depths(&w, t.light);
        jw_object_end(&w);
        reply_json(r, 200, &w);
    }
    put(&t);
}

/* ------------------------------------------------------------- one span */

void trace_spans_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    uint8_t trace_id[TRACE_ID_BYTES];
    uint8_t span_id[SPAN_ID_BYTES];
    Snapshot *snap;
    Span span;
    SpanBatch scores = {0};
    Status st;

    if (!read_id(q, r, STR("trace_id"), trace_id, sizeof trace_id) ||
        !read_id(q, r, STR("span_id"), span_id, sizeof span_id))
        return;
    st = store_snapshot(a->store, caller_of(q)->project_id, &snap);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    st = query_span(snap, trace_id, span_id, q->arena, &span);
    if (!st)
        st = query_trace_scores(snap, trace_id, q->arena, &scores);
    if (st == ST_NOTFOUND || (!st && span_is_score(&span))) {
        problem(r, 404, "span_id", "there is no such span in this trace");
    } else if (st) {
        trace_failed(r, st);
    } else {
        JsonWriter w = jw_init(&r->body);

        span_write_scored(&w, &span, &scores, q->arena);
        reply_json(r, 200, &w);
    }
    snapshot_release(snap);
}
