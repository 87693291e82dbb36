/* SPDX-License-Identifier: Apache-2.0 */
/* Spans to OTLP protobuf.  JSON is made from the protobuf by transcode.c, so
 * that there is one encoder to keep right. */
#include "otlp/encode.h"

#include "codec/base64.h"
#include "codec/json_scan.h"
#include "codec/json_write.h"
#include "codec/protobuf.h"
#include "otlp/json_any.h"
#include "otlp/transcode.h"

#include "base/timetext.h"

#include <string.h>

static void put_value(PbWriter *w, uint32_t number, Value v)
{
    size_t mark;

    if (v.kind == VALUE_JSON) {
        json_any_put(w, number, v.as.s);
        return;
    }
    mark = pb_open(w, number);
    switch (v.kind) {
    case VALUE_STR:
        pb_put_bytes(w, 1, v.as.s);
        break;
    case VALUE_BOOL:
        pb_put_varint(w, 2, v.as.b);
        break;
    case VALUE_INT:
        pb_put_varint(w, 3, (uint64_t)v.as.i);
        break;
    case VALUE_DOUBLE:
        pb_put_double(w, 4, v.as.d);
        break;
    case VALUE_BYTES:
        pb_put_bytes(w, 7, v.as.s);
        break;
    default:
        break;
    }
    pb_close(w, mark);
}

static void put_attrs(PbWriter *w, uint32_t number, AttrList attrs)
{
    for (size_t i = 0; i < attrs.len; i++) {
        const size_t mark = pb_open(w, number);

        pb_put_bytes(w, 1, attrs.items[i].key);
        put_value(w, 2, attrs.items[i].value);
        pb_close(w, mark);
    }
}

static void put_text(PbWriter *w, uint32_t number, Str s)
{
    if (s.len)
        pb_put_bytes(w, number, s);
}

static void put_count(PbWriter *w, uint32_t number, uint64_t value)
{
    if (value)
        pb_put_varint(w, number, value);
}

/* ------------------------------------------------------- events and links */

/* Members of an event's or link's JSON and the fields that they become. */
typedef enum ExtraType {
    EXTRA_TIME,
    EXTRA_TEXT,
    EXTRA_ID,
    EXTRA_COUNT,
    EXTRA_FIXED32,
    EXTRA_ATTRS
} ExtraType;

typedef struct ExtraField {
    const char *name;
    uint32_t number;
    ExtraType type;
} ExtraField;

static const ExtraField event_fields[] = {
    {"time", 1, EXTRA_TIME},        {"name", 2, EXTRA_TEXT},
    {"attributes", 3, EXTRA_ATTRS}, {"dropped_attributes", 4, EXTRA_COUNT},
    {NULL, 0, EXTRA_TEXT},
};

static const ExtraField link_fields[] = {
    {"trace_id", 1, EXTRA_ID},
    {"span_id", 2, EXTRA_ID},
    {"trace_state", 3, EXTRA_TEXT},
    {"attributes", 4, EXTRA_ATTRS},
    {"dropped_attributes", 5, EXTRA_COUNT},
    {"flags", 6, EXTRA_FIXED32},
    {NULL, 0, EXTRA_TEXT},
};

/* {"key": value, ...} to repeated KeyValue. */
static Status put_object(PbWriter *w, uint32_t number, Str json)
{
    JsonScan s = json_scan(json, JSON_MAX_DEPTH);
    JsonEvent e;

    if (!json_scan_next(&s, &e) || e.kind != JSON_EVENT_OBJECT)
        return ST_CORRUPT;
    while (json_scan_next(&s, &e) && e.kind == JSON_EVENT_KEY) {
        const size_t mark = pb_open(w, number);
        Str raw = {0};

        json_text_put(w, 1, &e);
        if (json_scan_skip_raw(&s, &raw))
            return ST_CORRUPT;
        json_any_put(w, 2, raw);
        pb_close(w, mark);
    }
    return s.st;
}

static Status put_extra_text(PbWriter *w, const ExtraField *f, const JsonEvent *e)
{
    uint8_t id[TRACE_ID_BYTES];
    const size_t id_len = e->text.len / 2;
    int64_t ns = 0;

    switch (f->type) {
    case EXTRA_TIME:
        if (time_from_text(e->text, &ns))
            return ST_CORRUPT;
        pb_put_fixed64(w, f->number, (uint64_t)ns);
        return ST_OK;
    case EXTRA_ID:
        if (id_len > sizeof id || hex_decode(e->text, id, id_len))
            return ST_CORRUPT;
        pb_put_bytes(w, f->number, (Str){(const char *)id, id_len});
        return ST_OK;
    default:
        json_text_put(w, f->number, e);
        return ST_OK;
    }
}

static Status put_extra_member(PbWriter *w, const ExtraField *f, Str raw)
{
    JsonScan s = json_scan(raw, JSON_MAX_DEPTH);
    JsonEvent e;
    uint64_t count = 0;

    if (f->type == EXTRA_ATTRS)
        return put_object(w, f->number, raw);
    if (!json_scan_next(&s, &e))
        return ST_CORRUPT;
    if (e.kind == JSON_EVENT_STR)
        return put_extra_text(w, f, &e);
    if (e.kind != JSON_EVENT_NUMBER || str_to_u64(e.text, &count))
        return ST_CORRUPT;
    if (f->type == EXTRA_FIXED32)
        pb_put_fixed32(w, f->number, (uint32_t)count);
    else
        pb_put_varint(w, f->number, count);
    return ST_OK;
}

static Status put_extra(PbWriter *w, JsonScan *s, const ExtraField *fields)
{
    JsonEvent e;

    while (json_scan_next(s, &e) && e.kind == JSON_EVENT_KEY) {
        const ExtraField *f = fields;
        Str raw = {0};
        Status st = json_scan_skip_raw(s, &raw);

        while (!st && f->name && !str_eq(e.text, str_from(f->name)))
            f++;
        if (!st && f->name)
            st = put_extra_member(w, f, raw);
        if (st)
            return st;
    }
    return s->st;
}

static Status put_extras(PbWriter *w, uint32_t number, Str json, const ExtraField *fields)
{
    JsonScan s = json_scan(json, JSON_MAX_DEPTH);
    JsonEvent e;

    if (json.len == 0)
        return ST_OK;
    if (!json_scan_next(&s, &e) || e.kind != JSON_EVENT_ARRAY)
        return ST_CORRUPT;
    while (json_scan_next(&s, &e) && e.kind == JSON_EVENT_OBJECT) {
        const size_t mark = pb_open(w, number);
        const Status st = put_extra(w, &s, fields);

        if (st)
            return st;
        pb_close(w, mark);
    }
    return s.st;
}

/* ------------------------------------------------------------------ spans */

static void put_status(PbWriter *w, const Span *s)
{
    size_t mark;

    if (s->status == SPAN_UNSET && s->status_message.len == 0)
        return;
    mark = pb_open(w, 15);
    put_text(w, 2, s->status_message);
    put_count(w, 3, s->status);
    pb_close(w, mark);
}

static Status put_span(PbWriter *w, const Span *s)
{
    const size_t mark = pb_open(w, 2);
    Status st;

    pb_put_bytes(w, 1, (Str){(const char *)s->trace_id, TRACE_ID_BYTES});
    pb_put_bytes(w, 2, (Str){(const char *)s->span_id, SPAN_ID_BYTES});
    put_text(w, 3, s->trace_state);
    if (!span_is_root(s))
        pb_put_bytes(w, 4, (Str){(const char *)s->parent_id, SPAN_ID_BYTES});
    put_text(w, 5, s->name);
    put_count(w, 6, (uint64_t)s->otel_kind);
    pb_put_fixed64(w, 7, (uint64_t)s->start_ns);
    pb_put_fixed64(w, 8, (uint64_t)s->end_ns);
    put_attrs(w, 9, s->attrs);
    put_count(w, 10, s->dropped_attributes);
    st = put_extras(w, 11, s->events_json, event_fields);
    put_count(w, 12, s->dropped_events);
    if (!st)
        st = put_extras(w, 13, s->links_json, link_fields);
    put_count(w, 14, s->dropped_links);
    put_status(w, s);
    if (s->flags)
        pb_put_fixed32(w, 16, s->flags);
    pb_close(w, mark);
    return st;
}

static void put_scope(PbWriter *w, const Scope *scope)
{
    const size_t mark = pb_open(w, 1);

    put_text(w, 1, scope->name);
    put_text(w, 2, scope->version);
    put_attrs(w, 3, scope->attrs);
    pb_close(w, mark);
}

static void put_resource(PbWriter *w, const Resource *resource)
{
    const size_t mark = pb_open(w, 1);

    put_attrs(w, 1, resource->attrs);
    pb_close(w, mark);
}

/* The spans from `first` on that share its resource and scope; *next is the
 * first that does not. */
static Status put_scope_spans(PbWriter *w, const Span *spans, size_t count, size_t first,
                              size_t *next)
{
    const size_t mark = pb_open(w, 2);
    const Span *head = &spans[first];
    size_t i = first;
    Status st = ST_OK;

    put_scope(w, head->scope);
    for (; !st && i < count && spans[i].resource == head->resource && spans[i].scope == head->scope;
         i++)
        st = put_span(w, &spans[i]);
    pb_close(w, mark);
    *next = i;
    return st;
}

static Status encode_protobuf(const Span *spans, size_t count, Buf *out)
{
    PbWriter w = pb_writer(out);

    for (size_t i = 0; i < count;) {
        const Resource *resource = spans[i].resource;
        const size_t mark = pb_open(&w, 1);

        put_resource(&w, resource);
        while (i < count && spans[i].resource == resource) {
            const Status st = put_scope_spans(&w, spans, count, i, &i);

            if (st)
                return st;
        }
        pb_close(&w, mark);
    }
    return pb_done(&w);
}

Status otlp_encode(OtlpEncoding encoding, const Span *spans, size_t count, Buf *out)
{
    const size_t before = out->len;
    Buf binary;
    Status st;

    if (encoding == OTLP_PROTOBUF) {
        st = encode_protobuf(spans, count, out);
    } else {
        buf_init(&binary, out->limit);
        st = encode_protobuf(spans, count, &binary);
        if (!st)
            st = otlp_transcode(buf_str(&binary), out);
        buf_deinit(&binary);
    }
    if (st)
        out->len = before;
    return st;
}

/* ---------------------------------------------------------------- answers */

static Status response_protobuf(size_t rejected, Str message, Buf *out)
{
    PbWriter w = pb_writer(out);

    if (rejected || message.len) {
        const size_t mark = pb_open(&w, 1);

        put_count(&w, 1, rejected);
        put_text(&w, 2, message);
        pb_close(&w, mark);
    }
    return pb_done(&w);
}

/* 64-bit integers are strings in proto3 JSON. */
static Status response_json(size_t rejected, Str message, Buf *out)
{
    JsonWriter w = jw_init(out);
    char digits[24];
    size_t at = sizeof digits;

    jw_object(&w);
    if (rejected || message.len) {
        size_t left = rejected;

        do
            digits[--at] = (char)('0' + left % 10);
        while (left /= 10);
        jw_key(&w, STR("partialSuccess"));
        jw_object(&w);
        jw_key_str(&w, STR("rejectedSpans"), (Str){digits + at, sizeof digits - at});
        jw_key_str(&w, STR("errorMessage"), message);
        jw_object_end(&w);
    }
    jw_object_end(&w);
    return jw_done(&w);
}

Status otlp_encode_response(OtlpEncoding encoding, size_t rejected, Str message, Buf *out)
{
    return encoding == OTLP_JSON ? response_json(rejected, message, out)
                                 : response_protobuf(rejected, message, out);
}

static Status error_protobuf(int code, Str message, Buf *out)
{
    PbWriter w = pb_writer(out);

    pb_put_varint(&w, 1, (uint64_t)code);
    put_text(&w, 2, message);
    return pb_done(&w);
}

static Status error_json(int code, Str message, Buf *out)
{
    JsonWriter w = jw_init(out);

    jw_object(&w);
    jw_key_int(&w, STR("code"), code);
    jw_key_str(&w, STR("message"), message);
    jw_object_end(&w);
    return jw_done(&w);
}

Status otlp_encode_error(OtlpEncoding encoding, int code, Str message, Buf *out)
{
    return encoding == OTLP_JSON ? error_json(code, message, out)
                                 : error_protobuf(code, message, out);
}
