/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP protobuf to spans.  Field numbers are those of opentelemetry-proto:
 *
 *   ExportTraceServiceRequest  1 resource_spans
 *   ResourceSpans              1 resource   2 scope_spans
 *   ScopeSpans                 1 scope      2 spans
 *
 * A first walk counts the spans (it touches only lengths), so that they lie in
 * one array.  Messages of fixed depth are functions calling each other; values,
 * whose depth the sender chooses, are done in any_protobuf.c with a stack. */
#include "otlp/any_protobuf.h"
#include "otlp/internal.h"

#include <string.h>

enum { SHARED_TEXT = 64 };

/* Where `r` failed, as an offset in the whole body. */
Status protobuf_broken(Decoder *d, const PbReader *r)
{
    const size_t at = (size_t)(r->in.ptr - d->body.ptr) + r->pos;

    return err_set(d->err, r->st, at, "malformed protobuf at byte %zu (in resourceSpans[%zu])", at,
                   d->resource_index);
}

static bool is_message(const PbField *f, uint32_t number)
{
    return f->number == number && f->wire == PB_BYTES;
}

/* How often the field occurs in the message. */
static Status count_fields(Decoder *d, Str message, uint32_t number, size_t *count)
{
    PbReader r = pb_reader(message);
    PbField f;

    *count = 0;
    while (pb_next(&r, &f))
        *count += is_message(&f, number);
    return r.st ? protobuf_broken(d, &r) : ST_OK;
}

static Status count_scope_spans(Decoder *d, Str resource_spans, size_t *count)
{
    PbReader r = pb_reader(resource_spans);
    PbField f;

    while (pb_next(&r, &f)) {
        size_t here = 0;
        Status st;

        if (!is_message(&f, 2))
            continue;
        st = count_fields(d, f.bytes, 2, &here);
        if (st)
            return st;
        *count += here;
    }
    return r.st ? protobuf_broken(d, &r) : ST_OK;
}

static Status count_spans(Decoder *d, size_t *count)
{
    PbReader r = pb_reader(d->body);
    PbField f;

    while (pb_next(&r, &f)) {
        Status st;

        if (!is_message(&f, 1))
            continue;
        st = count_scope_spans(d, f.bytes, count);
        if (st)
            return st;
        d->resource_index++;
    }
    d->resource_index = 0;
    return r.st ? protobuf_broken(d, &r) : ST_OK;
}

/* A short text that the attribute of the span before has as well is shared with it. */
static void share_value(const Attr *last, Value *v)
{
    if (v->kind == VALUE_STR && last->value.kind == VALUE_STR && v->as.s.len <= SHARED_TEXT &&
        str_eq(v->as.s, last->value.as.s))
        v->as.s = last->value.as.s;
}

static Status decode_attr(Decoder *d, Str message, Attr *out)
{
    static const Attr none;
    const bool seen = d->attr_index < d->last_attrs.len;
    const Attr *last = seen ? &d->last_attrs.items[d->attr_index] : &none;
    PbReader r = pb_reader(message);
    PbField f;

    while (pb_next(&r, &f)) {
        Status st = ST_OK;

        if (is_message(&f, 1))
            st = decoder_text_like(d, f.bytes, last->key, &out->key);
        else if (is_message(&f, 2))
            st = any_protobuf(d, f.bytes, &out->value);
        if (st)
            return st;
    }
    share_value(last, &out->value);
    return r.st ? protobuf_broken(d, &r) : ST_OK;
}

/* An AttrList being filled from repeated fields. */
typedef struct AttrFill {
    AttrList list;
    size_t room;
    uint32_t dropped;
} AttrFill;

static Status fill_open(Decoder *d, Str message, uint32_t number, const char *owner, AttrFill *out)
{
    size_t count = 0;
    Status st = count_fields(d, message, number, &count);

    if (st)
        return st;
    d->attr_owner = owner;
    out->room = count < d->limits.max_attributes ? count : d->limits.max_attributes;
    if (out->room == 0)
        return ST_OK;
    return decoder_take(d, out->room, sizeof *out->list.items, &out->list.items);
}

static Status fill_add(Decoder *d, AttrFill *fill, Str message)
{
    if (fill->list.len == fill->room) {
        fill->dropped++;
        return ST_OK;
    }
    d->attr_index = fill->list.len;
    return decode_attr(d, message, &fill->list.items[fill->list.len++]);
}

/* Saturating, since the sender chooses the first summand. */
static uint32_t add_dropped(uint64_t wire, uint32_t ours)
{
    const uint32_t sent = wire > UINT32_MAX ? UINT32_MAX : (uint32_t)wire;

    return sent > UINT32_MAX - ours ? UINT32_MAX : sent + ours;
}

static Status decode_resource(Decoder *d, Str message, Resource *out)
{
    AttrFill fill = {0};
    PbReader r = pb_reader(message);
    PbField f;
    Status st = fill_open(d, message, 1, "resource.attributes", &fill);

    while (!st && pb_next(&r, &f))
        if (is_message(&f, 1))
            st = fill_add(d, &fill, f.bytes);
    out->attrs = fill.list;
    return st;
}

static Status decode_scope(Decoder *d, Str message, Scope *out)
{
    AttrFill fill = {0};
    PbReader r = pb_reader(message);
    PbField f;
    Status st = fill_open(d, message, 3, "scopeSpans.scope.attributes", &fill);

    while (!st && pb_next(&r, &f)) {
        if (is_message(&f, 1))
            st = decoder_text(d, f.bytes, &out->name);
        else if (is_message(&f, 2))
            st = decoder_text(d, f.bytes, &out->version);
        else if (is_message(&f, 3))
            st = fill_add(d, &fill, f.bytes);
    }
    out->attrs = fill.list;
    return st;
}

static Status decode_event(Decoder *d, Str message)
{
    SpanExtra e = {0};
    AttrFill fill = {0};
    uint64_t dropped = 0;
    PbReader r = pb_reader(message);
    PbField f;
    Status st = fill_open(d, message, 3, "events.attributes", &fill);

    while (!st && pb_next(&r, &f)) {
        if (f.number == 1 && f.wire == PB_FIXED64)
            e.time_ns = span_time(d, f.value, "events.timeUnixNano");
        else if (is_message(&f, 2))
            st = decoder_text(d, f.bytes, &e.name);
        else if (is_message(&f, 3))
            st = fill_add(d, &fill, f.bytes);
        else if (f.number == 4 && f.wire == PB_VARINT)
            dropped = f.value;
    }
    e.attrs = fill.list;
    e.dropped = add_dropped(dropped, fill.dropped);
    return st ? st : event_write(d, &e);
}

static Status decode_link(Decoder *d, Str message)
{
    SpanExtra l = {0};
    AttrFill fill = {0};
    uint64_t dropped = 0;
    PbReader r = pb_reader(message);
    PbField f;
    Status st = fill_open(d, message, 4, "links.attributes", &fill);

    while (!st && pb_next(&r, &f)) {
        if (is_message(&f, 1))
            span_id(d, f.bytes, TRACE_ID_BYTES, "links.traceId", l.trace_id);
        else if (is_message(&f, 2))
            span_id(d, f.bytes, SPAN_ID_BYTES, "links.spanId", l.span_id);
        else if (is_message(&f, 3))
            st = decoder_text(d, f.bytes, &l.name);
        else if (is_message(&f, 4))
            st = fill_add(d, &fill, f.bytes);
        else if (f.number == 5 && f.wire == PB_VARINT)
            dropped = f.value;
        else if (f.number == 6 && f.wire == PB_FIXED32)
            l.flags = (uint32_t)f.value;
    }
    l.attrs = fill.list;
    l.dropped = add_dropped(dropped, fill.dropped);
    return st ? st : link_write(d, &l);
}

/* Events (11) or links (13) of a span as one JSON array. */
static Status decode_extras(Decoder *d, Str span, uint32_t number,
                            Status (*decode)(Decoder *d, Str message), Str *out)
{
    PbReader r = pb_reader(span);
    PbField f;
    Status st = extras_open(d);

    while (!st && pb_next(&r, &f))
        if (is_message(&f, number))
            st = decode(d, f.bytes);
    return st ? st : extras_close(d, out);
}

static Status decode_status(Decoder *d, Str message, Span *s)
{
    PbReader r = pb_reader(message);
    PbField f;
    Status st = ST_OK;

    while (!st && pb_next(&r, &f)) {
        if (is_message(&f, 2))
            st = decoder_text(d, f.bytes, &s->status_message);
        else if (f.number == 3 && f.wire == PB_VARINT)
            s->status = (SpanStatus)(f.value <= SPAN_ERROR ? f.value : SPAN_UNSET);
    }
    if (st)
        return st;
    return r.st ? protobuf_broken(d, &r) : ST_OK;
}

static uint32_t clip_u32(uint64_t value)
{
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static void decode_number(Decoder *d, const PbField *f, Span *s)
{
    switch (f->number << 3 | f->wire) {
    case 6 << 3 | PB_VARINT:
        s->otel_kind = f->value <= 5 ? (int32_t)f->value : 0;
        break;
    case 7 << 3 | PB_FIXED64:
        s->start_ns = span_time(d, f->value, "startTimeUnixNano");
        break;
    case 8 << 3 | PB_FIXED64:
        s->end_ns = span_time(d, f->value, "endTimeUnixNano");
        break;
    case 10 << 3 | PB_VARINT:
        s->dropped_attributes = clip_u32(f->value);
        break;
    case 12 << 3 | PB_VARINT:
        s->dropped_events = clip_u32(f->value);
        break;
    case 14 << 3 | PB_VARINT:
        s->dropped_links = clip_u32(f->value);
        break;
    case 16 << 3 | PB_FIXED32:
        s->flags = (uint32_t)f->value;
        break;
    default:
        break;
    }
}

/* Which repeated messages a span has, so that they are walked only then. */
typedef struct SpanParts {
    AttrFill fill;
    bool events;
    bool links;
} SpanParts;

static Status decode_part(Decoder *d, const PbField *f, Span *s, SpanParts *parts)
{
    switch (f->number) {
    case 1:
        span_id(d, f->bytes, TRACE_ID_BYTES, "traceId", s->trace_id);
        return ST_OK;
    case 2:
        span_id(d, f->bytes, SPAN_ID_BYTES, "spanId", s->span_id);
        return ST_OK;
    case 3:
        return decoder_text(d, f->bytes, &s->trace_state);
    case 4:
        span_id(d, f->bytes, SPAN_ID_BYTES, "parentSpanId", s->parent_id);
        return ST_OK;
    case 5:
        return decoder_text_like(d, f->bytes, d->last_name, &s->name);
    case 9:
        return fill_add(d, &parts->fill, f->bytes);
    case 11:
        parts->events = true;
        return ST_OK;
    case 13:
        parts->links = true;
        return ST_OK;
    case 15:
        return decode_status(d, f->bytes, s);
    default:
        return ST_OK;
    }
}

static Status decode_span(Decoder *d, Str message, Span *s)
{
    SpanParts parts = {0};
    PbReader r = pb_reader(message);
    PbField f;
    Status st = fill_open(d, message, 9, "attributes", &parts.fill);

    while (!st && pb_next(&r, &f)) {
        if (f.wire == PB_BYTES)
            st = decode_part(d, &f, s, &parts);
        else
            decode_number(d, &f, s);
    }
    s->attrs = parts.fill.list;
    d->last_attrs = s->attrs;
    d->last_name = s->name;
    s->dropped_attributes = add_dropped(s->dropped_attributes, parts.fill.dropped);
    if (!st && parts.events)
        st = decode_extras(d, message, 11, decode_event, &s->events_json);
    if (!st && parts.links)
        st = decode_extras(d, message, 13, decode_link, &s->links_json);
    return st;
}

/* Bad spans leave their place to the next one. */
static Status decode_scope_spans(Decoder *d, Str message, const Resource *resource)
{
    Scope *scope = NULL;
    PbReader r = pb_reader(message);
    PbField f;
    Status st = decoder_take(d, 1, sizeof *scope, &scope);

    d->span_index = 0;
    while (!st && pb_next(&r, &f)) {
        Span *s = &d->out->batch.spans[d->out->batch.len];

        if (is_message(&f, 1)) {
            d->in_span = false;
            st = decode_scope(d, f.bytes, scope);
        } else if (is_message(&f, 2)) {
            d->in_span = true;
            *s = (Span){.resource = resource, .scope = scope};
            st = decode_span(d, f.bytes, s);
            if (!st && span_accept(d, s))
                d->out->batch.len++;
            d->span_index++;
        }
    }
    return st;
}

static Status decode_resource_spans(Decoder *d, Str message)
{
    Resource *resource = NULL;
    PbReader r = pb_reader(message);
    PbField f;
    Status st = decoder_take(d, 1, sizeof *resource, &resource);

    d->scope_index = 0;
    while (!st && pb_next(&r, &f)) {
        d->in_span = false;
        if (is_message(&f, 1)) {
            st = decode_resource(d, f.bytes, resource);
        } else if (is_message(&f, 2)) {
            st = decode_scope_spans(d, f.bytes, resource);
            d->scope_index++;
        }
    }
    if (!st)
        resource_complete(d, resource);
    return st;
}

/* Not zeroed: a slot is filled when its span comes, so that a body of empty spans
 * touches none of this memory.  One slot more, for a span being judged. */
static Status take_spans(Decoder *d, size_t count)
{
    const size_t bytes = (count + 1) * sizeof *d->out->batch.spans;
    Span *spans = arena_alloc(d->arena, bytes);

    if (!spans)
        return decoder_no_room(d, bytes);
    d->out->batch.spans = spans;
    return ST_OK;
}

/* The counting walk has already found every broken frame above the spans. */
static Status decode_request(Decoder *d)
{
    PbReader r = pb_reader(d->body);
    PbField f;
    size_t count = 0;
    Status st = count_spans(d, &count);

    if (st)
        return st;
    if (count > d->limits.max_spans)
        return err_set(d->err, ST_LIMIT, 0, "%zu spans in one request, %zu are allowed", count,
                       d->limits.max_spans);
    st = take_spans(d, count);
    while (!st && pb_next(&r, &f)) {
        if (!is_message(&f, 1))
            continue;
        st = decode_resource_spans(d, f.bytes);
        d->resource_index++;
    }
    return st;
}

Status otlp_decode_protobuf(Str body, const OtlpLimits *limits, Arena *a, OtlpResult *out, Err *err)
{
    OtlpResult result;
    Decoder d;
    Status st;

    decoder_init(&d, body, limits, a, &result, err);
    st = decoder_check_body(&d);
    if (!st)
        st = decode_request(&d);
    return decoder_finish(&d, st, out);
}
