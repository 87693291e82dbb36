/* SPDX-License-Identifier: Apache-2.0 */
/* Traces in bulk: a page of whole traces at a time, so that the memory of an
 * export of any size is that of one page.
 *
 *   otlp      one ExportTraceServiceRequest in JSON a line and trace
 *   protobuf  one ExportTraceServiceRequest
 *   jsonl     one Trace of docs/api.md a line
 *
 * In the OTLP forms scores are spans of type `score`, so that they can be imported again.
 *
 * The next page's cursor is in the header x-vireo-next-cursor, absent at the end. */
#include "api/reply.h"
#include "api/span_json.h"
#include "base/alloc.h"
#include "otlp/encode.h"

enum { EXPORT_DEFAULT = 100, EXPORT_MAX = 500, EXPORT_BYTES = 32 * 1024 * 1024 };

typedef enum ExportFormat { EXPORT_OTLP, EXPORT_PROTOBUF, EXPORT_JSONL } ExportFormat;

static bool read_format(const Request *q, Response *r, ExportFormat *out)
{
    static const char *const names[] = {"otlp", "protobuf", "jsonl"};
    Str text = STR("otlp");

    (void)request_query(q, STR("format"), &text);
    for (int i = EXPORT_OTLP; i <= EXPORT_JSONL; i++) {
        if (str_eq(text, str_from(names[i]))) {
            *out = (ExportFormat)i;
            return true;
        }
    }
    problem(r, 400, "format", "format: must be otlp, protobuf or jsonl");
    return false;
}

static Status write_line(const SpanBatch *batch, Arena *arena, Buf *out)
{
    JsonWriter w = jw_init(out);
    SpanBatch trace = *batch;
    size_t spans = 0;
    const Status st = trace_split_scores(&trace, arena, &spans);

    if (st)
        return st;

    jw_object(&w);
    jw_key_hex(&w, STR("trace_id"), trace.spans[0].trace_id, TRACE_ID_BYTES);
    jw_key(&w, STR("spans"));
    jw_array(&w);
    for (size_t i = 0; i < spans; i++)
        span_write(&w, &trace.spans[i], arena);
    jw_array_end(&w);
    scores_write_list(&w, trace.spans + spans, trace.len - spans, true);
    jw_object_end(&w);
    return jw_done(&w);
}

static Status write_spans(ExportFormat format, const SpanBatch *spans, Arena *arena, Buf *out)
{
    Status st;

    if (format == EXPORT_PROTOBUF) /* messages one after the other are one message */
        return otlp_encode(OTLP_PROTOBUF, spans->spans, spans->len, out);
    if (format == EXPORT_OTLP)
        st = otlp_encode(OTLP_JSON, spans->spans, spans->len, out);
    else
        st = write_line(spans, arena, out);
    return st ? st : buf_append_char(out, '\n');
}

/* Traces until the page is over or large enough; `*done` of them were written. */
static Status write_traces(const Snapshot *snap, const TracePage *page, ExportFormat format,
                           Buf *out, size_t *done)
{
    Status st = ST_OK;

    for (*done = 0; *done < page->len && !st && out->len < EXPORT_BYTES; ++*done) {
        Arena arena;
        SpanBatch spans;

        arena_init(&arena, INGEST_MAX_DECODED);
        st = query_trace(snap, page->items[*done].root->trace_id, &arena, &spans);
        if (!st)
            st = write_spans(format, &spans, &arena, out);
        arena_deinit(&arena);
        if (st == ST_NOTFOUND) /* only in a window that cuts it; nothing to show */
            st = ST_OK;
    }
    return st;
}

/* A page that was cut ends behind a trace in its middle: ask for so many only. */
static Status page_of(const Snapshot *snap, const Query *query, const QueryWindow *window,
                      size_t limit, const ListParams *p, Arena *arena, TracePage *out)
{
    return query_traces(snap, query, window, limit, p->cursor, NULL, arena, out);
}

static Status export_page(const Snapshot *snap, const Query *query, const QueryWindow *window,
                          const ListParams *p, ExportFormat format, const Request *q, Response *r,
                          Str *next)
{
    TracePage page;
    size_t done;
    Status st = page_of(snap, query, window, p->limit, p, q->arena, &page);

    if (!st)
        st = write_traces(snap, &page, format, &r->body, &done);
    if (!st && done < page.len)
        st = page_of(snap, query, window, done, p, q->arena, &page);
    if (!st)
        *next = page.next_cursor;
    return st;
}

static bool read_params(Api *a, const Request *q, Response *r, ListParams *p, QueryWindow *window,
                        Query **query, ExportFormat *format)
{
    *p = (ListParams){0};
    (void)request_query(q, STR("cursor"), &p->cursor);
    return params_count(q, r, STR("limit"), EXPORT_DEFAULT, EXPORT_MAX, &p->limit) &&
           params_window(a, q, r, window) && params_query(a, q, r, query) &&
           read_format(q, r, format);
}

void traces_export(void *context, Request *q, Response *r)
{
    Api *a = context;
    ListParams p;
    QueryWindow window;
    Query *query;
    ExportFormat format;
    Snapshot *snap;
    Str next = {0};
    Status st;

    if (!read_params(a, q, r, &p, &window, &query, &format))
        return;
    st = store_snapshot(a->store, caller_of(q)->project_id, &snap);
    if (!st) {
        st = export_page(snap, query, &window, &p, format, q, r, &next);
        snapshot_release(snap);
    }
    if (st == ST_INVALID)
        problem(r, 400, "cursor", "cursor: use x-vireo-next-cursor of an earlier answer");
    else if (st)
        reply_query_error(r, query, st);
    else
        response_type(r, 200,
                      format == EXPORT_PROTOBUF ? STR("application/x-protobuf")
                                                : STR("application/x-ndjson"));
    if (!st && next.len)
        response_header(r, STR("x-vireo-next-cursor"), next);
}
