/* SPDX-License-Identifier: Apache-2.0 */
/* What a span has besides attributes: name, status, events, links.  O(bytes given). */
#include "client/span_area.h"
#include "client/text.h"
#include "client/wire.h"
#include "model/span.h"
#include "os/clock.h"

#include <string.h>

enum { STATUS_MESSAGE = 0x12, STATUS_CODE = 0x18 };
enum { EVENT_TIME = 0x09, EVENT_NAME = 0x12 };
enum { LINK_TRACE_ID = 0x0a, LINK_SPAN_ID = 0x12, LINK_FLAGS = 0x35 };
enum { SMALL_MESSAGE = 64 };

void vireo_span_name(vireo_span *s, const char *name)
{
    Text t;
    size_t at;

    if (!s || !name)
        return;
    text_clean(str_from(name), SPAN_KEY_MAX, &t);
    span_slot_clear(s, SLOT_NAME);
    at = s->area.len;
    if (wire_put_bytes(&s->area, WIRE_NAME, t.s) == ST_OK)
        span_slot_filled(s, SLOT_NAME, at);
    if (t.cut)
        span_mark_cut(s, STR("name"), strlen(name));
    text_done(&t);
}

void vireo_span_type(vireo_span *s, const char *type)
{
    if (s && type)
        span_put_str(s, STR(VIREO_ATTR_TYPE), type, strlen(type));
}

void vireo_span_kind(vireo_span *s, int kind)
{
    if (s && kind >= 0 && kind <= 5)
        s->kind = (uint8_t)kind;
}

void vireo_span_set_times(vireo_span *s, int64_t start_ns, int64_t end_ns)
{
    if (!s)
        return;
    if (start_ns > 0)
        s->start_ns = start_ns;
    if (end_ns > 0) {
        s->end_ns = end_ns;
        s->has_end = true;
    }
}

void vireo_span_context(const vireo_span *s, vireo_context *out)
{
    if (!out)
        return;
    *out = (vireo_context){0};
    if (!s)
        return;
    memcpy(out->trace_id, s->trace_id, TRACE_ID);
    memcpy(out->span_id, s->span_id, SPAN_ID);
    out->flags = s->flags;
}

void vireo_span_link(vireo_span *s, const vireo_context *to)
{
    char link[SMALL_MESSAGE];
    char *p = link;

    if (!s || !to)
        return;
    p = wire_bytes(p, LINK_TRACE_ID, (Str){(const char *)to->trace_id, TRACE_ID});
    p = wire_bytes(p, LINK_SPAN_ID, (Str){(const char *)to->span_id, SPAN_ID});
    *p++ = LINK_FLAGS;
    p = wire_fixed32(p, to->flags);
    span_count_dropped(s, wire_put_bytes(&s->area, WIRE_LINK, (Str){link, (size_t)(p - link)}));
}

/* ---------------------------------------------------------------- events */

static Status put_event(vireo_span *s, Str name, Str attrs)
{
    char head[SMALL_MESSAGE];
    char *p = head;
    size_t total;
    Status st;

    *p++ = EVENT_TIME;
    p = wire_fixed64(p, (uint64_t)clock_now_ns());
    total = (size_t)(p - head) + wire_bytes_len(name.len) + attrs.len;
    st = buf_extend(&s->area, wire_bytes_len(total), &p);
    if (st)
        return st;
    *p++ = WIRE_EVENT;
    p = wire_varint(p, total);
    memcpy(p, head, 1 + sizeof(uint64_t));
    p = wire_bytes(p + 1 + sizeof(uint64_t), EVENT_NAME, name);
    if (attrs.len)
        memcpy(p, attrs.ptr, attrs.len);
    return ST_OK;
}

void vireo_span_event(vireo_span *s, const char *name)
{
    Text t;

    if (!s || !name)
        return;
    text_clean(str_from(name), SPAN_KEY_MAX, &t);
    s->cut += t.cut;
    span_count_dropped(s, put_event(s, t.s, (Str){0}));
    text_done(&t);
}

/* ----------------------------------------------------------------- status */

static void put_status(vireo_span *s, SpanStatus code, const char *message)
{
    const size_t max = s->client->settings.value_bytes;
    Text t;
    char *p;
    size_t total;

    span_slot_clear(s, SLOT_STATUS);
    text_clean(str_from(message), max, &t);
    s->cut += t.cut;
    total = (t.s.len ? wire_bytes_len(t.s.len) : 0) + 2;
    if (buf_extend(&s->area, wire_bytes_len(total), &p) == ST_OK) {
        *p++ = WIRE_STATUS;
        p = wire_varint(p, total);
        if (t.s.len)
            p = wire_bytes(p, STATUS_MESSAGE, t.s);
        *p++ = STATUS_CODE;
        *p = (char)code;
        span_slot_filled(s, SLOT_STATUS, s->area.len - wire_bytes_len(total));
    }
    text_done(&t);
}

static Status put_exception_text(Buf *attrs, Str key, const char *text, size_t max)
{
    Text t;
    Status st;

    if (!text)
        return ST_OK;
    text_clean(str_from(text), max, &t);
    st = wire_put_str(attrs, WIRE_EVENT_ATTR, key, t.s);
    text_done(&t);
    return st;
}

void vireo_span_error(vireo_span *s, const char *type, const char *message, const char *stacktrace)
{
    size_t max;
    Buf attrs;
    Status st;

    if (!s)
        return;
    max = s->client->settings.value_bytes;
    put_status(s, SPAN_ERROR, message);
    buf_init(&attrs, s->area.limit);
    st = put_exception_text(&attrs, STR("exception.type"), type, max);
    if (!st)
        st = put_exception_text(&attrs, STR("exception.message"), message, max);
    if (!st)
        st = put_exception_text(&attrs, STR("exception.stacktrace"), stacktrace, max);
    if (!st)
        st = put_event(s, STR("exception"), buf_str(&attrs));
    span_count_dropped(s, st);
    buf_deinit(&attrs);
}

void vireo_span_ok(vireo_span *s)
{
    if (s)
        put_status(s, SPAN_OK, NULL);
}
