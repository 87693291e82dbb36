/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP JSON to spans, in one pass and without a tree: a tree of a hostile 64 MiB
 * body would take gigabytes.
 *
 * Members may come in any order.  Spans point to a Resource and a Scope that are
 * made first and filled whenever theirs comes. */
#include "otlp/any_json.h"
#include "otlp/json_fields.h"

#include "base/alloc.h"

#include <string.h>

enum { JSON_DEPTH = JSON_MAX_DEPTH };

/* Reads the objects of an array, one call of `decode` each; `context` is its. */
static Status each_object(JsonDecoder *j, const char *field,
                          Status (*decode)(JsonDecoder *j, void *context), void *context)
{
    bool present = false;
    bool more = true;
    Status st = json_take_array(j, field, &present);

    while (!st && present && more) {
        JsonEvent e;

        st = json_next_element(j, &e, &more);
        if (st || !more)
            break;
        st = e.kind == JSON_EVENT_OBJECT ? decode(j, context)
                                         : json_wrong_type(j, &e, field, "an array of objects");
    }
    return st;
}

/* ------------------------------------------------------------ attributes */

typedef struct AttrRead {
    uint32_t dropped;
} AttrRead;

static Status decode_attr(JsonDecoder *j, void *context)
{
    AttrRead *read = context;
    Attr attr = {0};
    bool more = true;
    Status st = ST_OK;

    if (j->attrs.len == j->base.limits.max_attributes) {
        read->dropped++;
        return json_leave(j, j->scan.depth - 1);
    }
    j->base.attr_index = j->attrs.len;
    while (!st) {
        Str name = {0};

        st = json_next_key(j, &name, &more);
        if (st || !more)
            break;
        if (json_key_is(name, "key"))
            st = json_take_text(j, "attributes.key", &attr.key);
        else if (json_key_is(name, "value"))
            st = any_json(j, &attr.value);
        else
            st = json_skip(j);
    }
    if (st)
        return st;
    return VEC_PUSH(&j->attrs, attr, j->base.limits.max_attributes);
}

/* A list of attributes; the lists of one span are never open at once. */
static Status take_attrs(JsonDecoder *j, const char *owner, AttrList *out, uint32_t *dropped)
{
    AttrRead read = {0};
    AttrList list = {0};
    Status st;

    j->attrs.len = 0;
    j->base.attr_owner = owner;
    st = each_object(j, owner, decode_attr, &read);
    if (st)
        return st;
    *dropped = read.dropped;
    if (j->attrs.len) {
        st = decoder_take(&j->base, j->attrs.len, sizeof *list.items, &list.items);
        if (st)
            return st;
        memcpy(list.items, j->attrs.items, j->attrs.len * sizeof *list.items);
    }
    list.len = j->attrs.len;
    *out = list;
    return ST_OK;
}

static uint32_t add_dropped(uint32_t sent, uint32_t ours)
{
    return sent > UINT32_MAX - ours ? UINT32_MAX : sent + ours;
}

/* ------------------------------------------------------- events and links */

static Status take_time(JsonDecoder *j, const char *field, int64_t *out)
{
    uint64_t value = 0;
    const Status st = json_take_u64(j, field, &value);

    if (!st)
        *out = span_time(&j->base, value, field);
    return st;
}

static Status event_member(JsonDecoder *j, Str name, SpanExtra *e, uint32_t *ours)
{
    if (json_key_is(name, "timeUnixNano"))
        return take_time(j, "events.timeUnixNano", &e->time_ns);
    if (json_key_is(name, "name"))
        return json_take_text(j, "events.name", &e->name);
    if (json_key_is(name, "attributes"))
        return take_attrs(j, "events.attributes", &e->attrs, ours);
    if (json_key_is(name, "droppedAttributesCount"))
        return json_take_u32(j, "events.droppedAttributesCount", &e->dropped);
    return json_skip(j);
}

static Status link_member(JsonDecoder *j, Str name, SpanExtra *l, uint32_t *ours)
{
    if (json_key_is(name, "traceId"))
        return json_take_id(j, "links.traceId", TRACE_ID_BYTES, l->trace_id);
    if (json_key_is(name, "spanId"))
        return json_take_id(j, "links.spanId", SPAN_ID_BYTES, l->span_id);
    if (json_key_is(name, "traceState"))
        return json_take_text(j, "links.traceState", &l->name);
    if (json_key_is(name, "attributes"))
        return take_attrs(j, "links.attributes", &l->attrs, ours);
    if (json_key_is(name, "droppedAttributesCount"))
        return json_take_u32(j, "links.droppedAttributesCount", &l->dropped);
    if (json_key_is(name, "flags"))
        return json_take_u32(j, "links.flags", &l->flags);
    return json_skip(j);
}

/* How the two kinds differ. */
typedef struct ExtraKind {
    Status (*member)(JsonDecoder *j, Str name, SpanExtra *e, uint32_t *ours);
    Status (*write)(Decoder *d, const SpanExtra *e);
} ExtraKind;

static const ExtraKind event_kind = {event_member, event_write};
static const ExtraKind link_kind = {link_member, link_write};

typedef struct ExtraRead {
    const ExtraKind *kind;
    size_t count;
} ExtraRead;

static Status decode_extra(JsonDecoder *j, void *context)
{
    ExtraRead *read = context;
    SpanExtra extra = {0};
    uint32_t ours = 0;
    bool more = true;
    Status st = ST_OK;

    while (!st) {
        Str name = {0};

        st = json_next_key(j, &name, &more);
        if (st || !more)
            break;
        st = read->kind->member(j, name, &extra, &ours);
    }
    if (st)
        return st;
    extra.dropped = add_dropped(extra.dropped, ours);
    read->count++;
    return read->kind->write(&j->base, &extra);
}

static Status take_extras(JsonDecoder *j, const char *field, const ExtraKind *kind, Str *out)
{
    ExtraRead read = {.kind = kind};
    Status st = extras_open(&j->base);

    if (!st)
        st = each_object(j, field, decode_extra, &read);
    if (st || read.count == 0)
        return st;
    return extras_close(&j->base, out);
}

/* ------------------------------------------------------------------ spans */

static Status take_status(JsonDecoder *j, Span *s)
{
    static const char *const codes[] = {"UNSET", "OK", "ERROR"};
    bool present = false;
    bool more = true;
    int32_t code = SPAN_UNSET;
    Status st = json_take_object(j, "status", &present);

    while (!st && present) {
        Str name = {0};

        st = json_next_key(j, &name, &more);
        if (st || !more)
            break;
        if (json_key_is(name, "message"))
            st = json_take_text(j, "status.message", &s->status_message);
        else if (json_key_is(name, "code"))
            st = json_take_enum(j, "status.code", "STATUS_CODE_", codes, 3, &code);
        else
            st = json_skip(j);
    }
    if (!st)
        s->status = (SpanStatus)code;
    return st;
}

static Status take_kind(JsonDecoder *j, Span *s)
{
    static const char *const kinds[] = {"UNSPECIFIED", "INTERNAL", "SERVER",
                                        "CLIENT",      "PRODUCER", "CONSUMER"};

    return json_take_enum(j, "kind", "SPAN_KIND_", kinds, sizeof kinds / sizeof *kinds,
                          &s->otel_kind);
}

typedef enum SpanField {
    F_TRACE_ID,
    F_SPAN_ID,
    F_TRACE_STATE,
    F_PARENT_ID,
    F_FLAGS,
    F_NAME,
    F_KIND,
    F_START,
    F_END,
    F_ATTRIBUTES,
    F_DROPPED_ATTRIBUTES,
    F_EVENTS,
    F_DROPPED_EVENTS,
    F_LINKS,
    F_DROPPED_LINKS,
    F_STATUS,
    F_COUNT
} SpanField;

static const char *const span_fields[F_COUNT] = {
    [F_TRACE_ID] = "traceId",
    [F_SPAN_ID] = "spanId",
    [F_TRACE_STATE] = "traceState",
    [F_PARENT_ID] = "parentSpanId",
    [F_FLAGS] = "flags",
    [F_NAME] = "name",
    [F_KIND] = "kind",
    [F_START] = "startTimeUnixNano",
    [F_END] = "endTimeUnixNano",
    [F_ATTRIBUTES] = "attributes",
    [F_DROPPED_ATTRIBUTES] = "droppedAttributesCount",
    [F_EVENTS] = "events",
    [F_DROPPED_EVENTS] = "droppedEventsCount",
    [F_LINKS] = "links",
    [F_DROPPED_LINKS] = "droppedLinksCount",
    [F_STATUS] = "status",
};

static SpanField span_field(Str name)
{
    int field = 0;

    while (field < F_COUNT && !json_key_is(name, span_fields[field]))
        field++;
    return (SpanField)field;
}

static Status span_member(JsonDecoder *j, Str name, Span *s, uint32_t *ours)
{
    const SpanField field = span_field(name);

    switch (field) {
    case F_TRACE_ID:
        return json_take_id(j, "traceId", TRACE_ID_BYTES, s->trace_id);
    case F_SPAN_ID:
        return json_take_id(j, "spanId", SPAN_ID_BYTES, s->span_id);
    case F_PARENT_ID:
        return json_take_id(j, "parentSpanId", SPAN_ID_BYTES, s->parent_id);
    case F_TRACE_STATE:
        return json_take_text(j, "traceState", &s->trace_state);
    case F_NAME:
        return json_take_text(j, "name", &s->name);
    case F_FLAGS:
        return json_take_u32(j, "flags", &s->flags);
    case F_KIND:
        return take_kind(j, s);
    case F_START:
        return take_time(j, "startTimeUnixNano", &s->start_ns);
    case F_END:
        return take_time(j, "endTimeUnixNano", &s->end_ns);
    case F_ATTRIBUTES:
        return take_attrs(j, "attributes", &s->attrs, ours);
    case F_DROPPED_ATTRIBUTES:
        return json_take_u32(j, "droppedAttributesCount", &s->dropped_attributes);
    case F_EVENTS:
        return take_extras(j, "events", &event_kind, &s->events_json);
    case F_DROPPED_EVENTS:
        return json_take_u32(j, "droppedEventsCount", &s->dropped_events);
    case F_LINKS:
        return take_extras(j, "links", &link_kind, &s->links_json);
    case F_DROPPED_LINKS:
        return json_take_u32(j, "droppedLinksCount", &s->dropped_links);
    case F_STATUS:
        return take_status(j, s);
    default:
        return json_skip(j);
    }
}

typedef struct Owners {
    Resource *resource;
    Scope *scope;
} Owners;

static Status keep_span(JsonDecoder *j, Span *s)
{
    Status st = ST_OK;

    if (span_accept(&j->base, s))
        st = VEC_PUSH(&j->spans, *s, j->base.limits.max_spans);
    j->base.span_index++;
    if (st == ST_LIMIT)
        return err_set(j->base.err, ST_LIMIT, 0, "more than %zu spans in one request",
                       j->base.limits.max_spans);
    return st;
}

static Status decode_span(JsonDecoder *j, void *context)
{
    const Owners *owners = context;
    Span s = {.resource = owners->resource, .scope = owners->scope};
    uint32_t ours = 0;
    bool more = true;
    Status st = ST_OK;

    j->base.in_span = true;
    while (!st) {
        Str name = {0};

        st = json_next_key(j, &name, &more);
        if (st || !more)
            break;
        st = span_member(j, name, &s, &ours);
    }
    j->base.in_span = false;
    if (st)
        return st;
    s.dropped_attributes = add_dropped(s.dropped_attributes, ours);
    return keep_span(j, &s);
}

/* ---------------------------------------------------- resources and scopes */

static Status take_scope(JsonDecoder *j, Scope *scope)
{
    uint32_t dropped = 0;
    bool present = false;
    bool more = true;
    Status st = json_take_object(j, "scopeSpans.scope", &present);

    while (!st && present) {
        Str name = {0};

        st = json_next_key(j, &name, &more);
        if (st || !more)
            break;
        if (json_key_is(name, "name"))
            st = json_take_text(j, "scopeSpans.scope.name", &scope->name);
        else if (json_key_is(name, "version"))
            st = json_take_text(j, "scopeSpans.scope.version", &scope->version);
        else if (json_key_is(name, "attributes"))
            st = take_attrs(j, "scopeSpans.scope.attributes", &scope->attrs, &dropped);
        else
            st = json_skip(j);
    }
    return st;
}

static Status decode_scope_spans(JsonDecoder *j, void *context)
{
    Owners owners = {.resource = context};
    bool more = true;
    Status st = decoder_take(&j->base, 1, sizeof *owners.scope, &owners.scope);

    j->base.span_index = 0;
    while (!st) {
        Str name = {0};

        st = json_next_key(j, &name, &more);
        if (st || !more)
            break;
        if (json_key_is(name, "scope"))
            st = take_scope(j, owners.scope);
        else if (json_key_is(name, "spans"))
            st = each_object(j, "scopeSpans.spans", decode_span, &owners);
        else
            st = json_skip(j);
    }
    j->base.scope_index++;
    return st;
}

static Status take_resource(JsonDecoder *j, Resource *resource)
{
    uint32_t dropped = 0;
    bool present = false;
    bool more = true;
    Status st = json_take_object(j, "resource", &present);

    while (!st && present) {
        Str name = {0};

        st = json_next_key(j, &name, &more);
        if (st || !more)
            break;
        if (json_key_is(name, "attributes"))
            st = take_attrs(j, "resource.attributes", &resource->attrs, &dropped);
        else
            st = json_skip(j);
    }
    return st;
}

static Status decode_resource_spans(JsonDecoder *j, void *context)
{
    Resource *resource = NULL;
    bool more = true;
    Status st = decoder_take(&j->base, 1, sizeof *resource, &resource);

    (void)context;
    j->base.scope_index = 0;
    while (!st) {
        Str name = {0};

        st = json_next_key(j, &name, &more);
        if (st || !more)
            break;
        if (json_key_is(name, "resource"))
            st = take_resource(j, resource);
        else if (json_key_is(name, "scopeSpans"))
            st = each_object(j, "scopeSpans", decode_scope_spans, resource);
        else
            st = json_skip(j);
    }
    if (!st)
        resource_complete(&j->base, resource);
    j->base.resource_index++;
    return st;
}

/* ---------------------------------------------------------------- request */

static Status decode_request(JsonDecoder *j)
{
    JsonEvent e;
    bool more = true;
    Status st = json_event(j, &e);

    if (st)
        return st;
    if (e.kind != JSON_EVENT_OBJECT)
        return err_set(j->base.err, ST_INVALID, 0, "the request must be a JSON object");
    while (!st) {
        Str name = {0};

        st = json_next_key(j, &name, &more);
        if (st || !more)
            break;
        if (json_key_is(name, "resourceSpans"))
            st = each_object(j, "", decode_resource_spans, NULL);
        else
            st = json_skip(j);
    }
    if (!st && json_scan_next(&j->scan, &e))
        return ST_CORRUPT; /* not possible: the one value is over */
    if (!st && j->scan.st)
        return err_set(j->base.err, j->scan.st, j->scan.pos, "not valid JSON at byte %zu: %s",
                       j->scan.pos, j->scan.reason);
    return st;
}

static Status keep_spans(JsonDecoder *j)
{
    SpanBatch *batch = &j->base.out->batch;
    Status st;

    if (j->spans.len == 0)
        return ST_OK;
    st = decoder_take(&j->base, j->spans.len, sizeof *batch->spans, &batch->spans);
    if (st)
        return st;
    memcpy(batch->spans, j->spans.items, j->spans.len * sizeof *batch->spans);
    batch->len = j->spans.len;
    return ST_OK;
}

Status otlp_decode_json(Str body, const OtlpLimits *limits, Arena *a, OtlpResult *out, Err *err)
{
    JsonDecoder j = {.scan = json_scan(body, JSON_DEPTH)};
    OtlpResult result;
    Status st;

    decoder_init(&j.base, body, limits, a, &result, err);
    j.scan.lenient = true;
    buf_init(&j.key, a->limit);
    st = decoder_check_body(&j.base);
    if (!st)
        st = decode_request(&j);
    if (!st)
        st = keep_spans(&j);
    VEC_FREE(&j.attrs);
    VEC_FREE(&j.spans);
    buf_deinit(&j.key);
    return decoder_finish(&j.base, st, out);
}
