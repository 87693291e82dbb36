/* SPDX-License-Identifier: Apache-2.0 */
/* GET /spans: a list of spans that match by themselves. */
#include "query/spans.h"

#include "api/reply.h"
#include "api/span_json.h"
#include "domain/model.h"

static void write_id(JsonWriter *w, const Span *s)
{
    jw_key_hex(w, STR("trace_id"), s->trace_id, TRACE_ID_BYTES);
    jw_key_hex(w, STR("span_id"), s->span_id, SPAN_ID_BYTES);
    if (span_is_root(s))
        jw_key_null(w, STR("parent_span_id"));
    else
        jw_key_hex(w, STR("parent_span_id"), s->parent_id, SPAN_ID_BYTES);
}

static void write_model(JsonWriter *w, const Span *s)
{
    if (s->model_version > 0)
        write_tag(w, STR("model"), s->model, s->model_version);
    else
        jw_key_str_or_null(w, STR("model"), s->model);
}

static void write_error(JsonWriter *w, const Span *s)
{
    if (!s->error_type.len && !s->error_message.len) {
        jw_key_null(w, STR("error"));
        return;
    }
    jw_key(w, STR("error"));
    jw_object(w);
    jw_key_str_or_null(w, STR("type"), s->error_type);
    jw_key_str_or_null(w, STR("message"), s->error_message);
    jw_object_end(w);
}

static void write_row(JsonWriter *w, const Span *s)
{
    jw_object(w);
    write_id(w, s);
    jw_key_str(w, STR("name"), s->name);
    jw_key_str(w, STR("type"), s->type);
    write_model(w, s);
    jw_key_str(w, STR("status"), span_status_text(s->status));
    jw_key_time(w, STR("start_time"), s->start_ns);
    jw_key_int(w, STR("duration_ns"), span_duration_ns(s));
    jw_key_str_or_null(w, STR("service"), s->resource->service_name);
    jw_key_str_or_null(w, STR("session"), s->session);
    jw_key_str_or_null(w, STR("user"), s->user);
    jw_key_str_or_null(w, STR("input_preview"), s->input);
    jw_key_str_or_null(w, STR("output_preview"), s->output);
    write_error(w, s);
    jw_object_end(w);
}

static bool take_order(const Request *q, Response *r, ListOrder *out)
{
    Str text = {0};
    Err err = {0};

    (void)request_query(q, STR("sort"), &text);
    if (list_order_parse(text, q->arena, &err, out) == ST_OK)
        return true;
    problem(r, 400, "sort", "sort: %s", err.msg[0] ? err.msg : "out of memory");
    return false;
}

void spans_list(void *context, Request *q, Response *r)
{
    Api *a = context;
    ListParams p;
    ListOrder order;
    QueryWindow window;
    Query *query;
    Snapshot *snap;
    SpanPage page;
    Status st;

    if (!params_list(q, r, &p) || !take_order(q, r, &order) || !params_window(a, q, r, &window) ||
        !params_query(a, q, r, &query))
        return;
    st = store_snapshot(a->store, caller_of(q)->project_id, &snap);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    st = query_spans(snap, query, &window, a->engine, &order, p.limit, p.cursor, q->arena, &page);
    if (st == ST_INVALID) {
        problem(r, 400, "cursor", "cursor: use next_cursor of an earlier answer");
    } else if (st) {
        reply_query_error(r, query, st);
    } else {
        JsonWriter w = list_begin(r);

        for (size_t i = 0; i < page.len; i++)
            write_row(&w, &page.items[i]);
        list_end(r, &w, page.next_cursor);
    }
    snapshot_release(snap);
}
