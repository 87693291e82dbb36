/* SPDX-License-Identifier: Apache-2.0 */
/* What both encodings have in common: limits, memory, judging spans, events and
 * links as JSON. */
#include "otlp/internal.h"

#include "codec/utf8.h"
#include "otlp/value_json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    DEFAULT_BODY = 64 << 20,
    DEFAULT_SPANS = 250000,
    DEFAULT_ATTRIBUTES = 10000,
    ALLOCATION_SLACK = 64 /* what an arena adds for alignment and a NUL */
};

static size_t or_default(size_t value, size_t fallback)
{
    return value ? value : fallback;
}

void decoder_init(Decoder *d, Str body, const OtlpLimits *limits, Arena *a, OtlpResult *out,
                  Err *err)
{
    const OtlpLimits none = {0};
    const OtlpLimits *l = limits ? limits : &none;
    const unsigned depth = l->max_depth ? l->max_depth : OTLP_MAX_DEPTH;

    *d = (Decoder){.body = body, .arena = a, .out = out, .err = err};
    d->limits = (OtlpLimits){
        .max_body = or_default(l->max_body, DEFAULT_BODY),
        .max_spans = or_default(l->max_spans, DEFAULT_SPANS),
        .max_attributes = or_default(l->max_attributes, DEFAULT_ATTRIBUTES),
        .max_depth = depth < OTLP_MAX_DEPTH ? depth : OTLP_MAX_DEPTH,
    };
    *out = (OtlpResult){0};
    if (err)
        *err = (Err){0};
    buf_init(&d->scratch, a->limit); /* what is built there moves to the arena */
    buf_init(&d->extras, a->limit);
}

Status decoder_check_body(Decoder *d)
{
    if (d->body.len <= d->limits.max_body)
        return ST_OK;
    return err_set(d->err, ST_LIMIT, 0, "a request of %zu bytes, %zu are allowed", d->body.len,
                   d->limits.max_body);
}

Status decoder_finish(Decoder *d, Status st, OtlpResult *out)
{
    buf_deinit(&d->scratch);
    buf_deinit(&d->extras);
    if (!st)
        *out = *d->out;
    else if (d->err && d->err->code == ST_OK && st == ST_LIMIT)
        st = decoder_no_room(d, SIZE_MAX);
    else if (d->err && d->err->code == ST_OK)
        (void)err_set(d->err, st, 0, "%s", status_text(st));
    return st;
}

Status decoder_no_room(const Decoder *d, size_t wanted)
{
    const size_t left = d->arena->limit - d->arena->used;

    if (left > ALLOCATION_SLACK && wanted < left - ALLOCATION_SLACK)
        return ST_NOMEM;
    return err_set(d->err, ST_LIMIT, 0, "the request takes more memory than the %zu bytes allowed",
                   d->arena->limit);
}

Status decoder_take(Decoder *d, size_t count, size_t size, void *out)
{
    void *p = arena_calloc(d->arena, count ? count : 1, size);

    if (!p)
        return decoder_no_room(d, count > SIZE_MAX / size ? SIZE_MAX : count * size);
    memcpy(out, &p, sizeof p);
    return ST_OK;
}

Status decoder_text(Decoder *d, Str s, Str *out)
{
    const Status st = utf8_repair(s, d->arena, out);

    return st ? decoder_no_room(d, s.len < SIZE_MAX / 3 ? s.len * 3 : s.len) : ST_OK;
}

Status decoder_text_like(Decoder *d, Str s, Str last, Str *out)
{
    if (!str_eq(s, last))
        return decoder_text(d, s, out);
    *out = last;
    return ST_OK;
}

Status decoder_keep(Decoder *d, const Buf *b, Str *out)
{
    const Status st = arena_copy(d->arena, buf_str(b), out);

    return st ? decoder_no_room(d, b->len) : ST_OK;
}

/* Only the first bad span is described: a batch of a million bad ones must not
 * cost a million texts. */
void span_refuse(Decoder *d, const char *reason, const char *field, ...)
{
    char name[96];
    va_list ap;

    if (d->refusal.set)
        return;
    d->refusal.set = true;
    if (d->out->rejected)
        return;
    va_start(ap, field);
    (void)vsnprintf(name, sizeof name, field, ap);
    va_end(ap);
    (void)snprintf(d->refusal.text, sizeof d->refusal.text, "%s: %s", name, reason);
}

Status value_refuse(Decoder *d, const char *reason)
{
    if (!d->in_span)
        return err_set(d->err, ST_INVALID, 0, "resourceSpans[%zu].%s[%zu].value: %s",
                       d->resource_index, d->attr_owner, d->attr_index, reason);
    span_refuse(d, reason, "%s[%zu].value", d->attr_owner, d->attr_index);
    return ST_OK;
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i])
            return false;
    return true;
}

static void mend(Span *s)
{
    if (s->end_ns < s->start_ns)
        s->end_ns = s->start_ns;
    if (s->otel_kind < 0 || s->otel_kind > 5)
        s->otel_kind = 0;
    if (s->status != SPAN_OK && s->status != SPAN_ERROR)
        s->status = SPAN_UNSET;
}

bool span_accept(Decoder *d, Span *s)
{
    if (all_zero(s->trace_id, sizeof s->trace_id))
        span_refuse(d, "must be 16 bytes, not all zero", "traceId");
    if (all_zero(s->span_id, sizeof s->span_id))
        span_refuse(d, "must be 8 bytes, not all zero", "spanId");
    if (d->refusal.set) {
        if (d->out->rejected == 0)
            (void)snprintf(d->out->message, sizeof d->out->message,
                           "resourceSpans[%zu].scopeSpans[%zu].spans[%zu].%.*s", d->resource_index,
                           d->scope_index, d->span_index, OTLP_MESSAGE_MAX - 100, d->refusal.text);
        d->out->rejected++;
        d->refusal.set = false;
        return false;
    }
    mend(s);
    return true;
}

int64_t span_time(Decoder *d, uint64_t ns, const char *field)
{
    if (ns <= INT64_MAX)
        return (int64_t)ns;
    span_refuse(d, "must be between 1970-01-01 and 2262-04-11 in nanoseconds", "%s", field);
    return 0;
}

void span_id(Decoder *d, Str bytes, size_t len, const char *field, uint8_t *out)
{
    memset(out, 0, len);
    if (bytes.len == len)
        memcpy(out, bytes.ptr, len);
    else if (bytes.len)
        span_refuse(d, len == TRACE_ID_BYTES ? "must be 16 bytes" : "must be 8 bytes", "%s", field);
}

void resource_complete(Decoder *d, Resource *r)
{
    r->service_name = attr_find_str(r->attrs, STR("service.name"));
    if (d->out->project.len == 0)
        d->out->project = attr_find_str(r->attrs, STR(VIREO_ATTR_PROJECT));
}

Status extras_open(Decoder *d)
{
    buf_clear(&d->extras);
    return buf_append_char(&d->extras, '[');
}

Status extras_close(Decoder *d, Str *out)
{
    const Status st = buf_append_char(&d->extras, ']');

    return st ? st : decoder_keep(d, &d->extras, out);
}

/* A writer that goes on behind what is in the array already. */
static JsonWriter next_extra(Decoder *d)
{
    JsonWriter w = jw_init(&d->extras);

    w.comma = d->extras.len > 1;
    jw_object(&w);
    return w;
}

static Status finish_extra(JsonWriter *w, const SpanExtra *e)
{
    jw_key(w, STR("attributes"));
    attrs_write_json(w, e->attrs);
    if (e->dropped)
        jw_key_uint(w, STR("dropped_attributes"), e->dropped);
    jw_object_end(w);
    return jw_done(w);
}

Status event_write(Decoder *d, const SpanExtra *e)
{
    JsonWriter w = next_extra(d);

    jw_key_time(&w, STR("time"), e->time_ns);
    jw_key_str(&w, STR("name"), e->name);
    return finish_extra(&w, e);
}

Status link_write(Decoder *d, const SpanExtra *l)
{
    JsonWriter w = next_extra(d);

    jw_key_hex(&w, STR("trace_id"), l->trace_id, sizeof l->trace_id);
    jw_key_hex(&w, STR("span_id"), l->span_id, sizeof l->span_id);
    if (l->name.len)
        jw_key_str(&w, STR("trace_state"), l->name);
    if (l->flags)
        jw_key_uint(&w, STR("flags"), l->flags);
    return finish_extra(&w, l);
}
