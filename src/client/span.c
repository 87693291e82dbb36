/* SPDX-License-Identifier: Apache-2.0 */
/* Life of a span on the caller's thread.
 *
 *   free list --vireo_span_start()--> running --vireo_span_finish()--> queue, free list
 *                                        \-----vireo_span_discard()--> free list
 *
 * A span collects its attributes in wire form (attributes.c), so that finish
 * writes the fixed fields on the stack and copies everything once, into the
 * queue's last chunk.  Start and finish cost two clock readings, two short locks
 * and one copy.  A span that outlives its client is thrown away, and the last
 * one frees the client. */
#include "model/span.h"
#include "base/alloc.h"
#include "client/client.h"
#include "client/text.h"
#include "client/wire.h"
#include "os/clock.h"
#include "os/random.h"

#include <string.h>

enum {
    AREA_FIRST = 512,
    AREA_KEPT = 8 * 1024,        /* a larger area is not kept for the next span */
    AREA_MAX = 48 * 1024 * 1024, /* what a server takes in one request */
    FREE_MAX = 1024,             /* spans kept for reuse */
    HEAD_MAX = 128,
    FRAME_MAX = 1 + WIRE_VARINT_MAX,
    SITE_TEXT_MAX = 1024,
    SITE_LIMIT = 8 * 1024,
    KIND_INTERNAL = 1,
    FLAG_SAMPLED = 1
};

/* ------------------------------------------------------------------ sites */

static void site_free(vireo_site *site)
{
    if (!site)
        return;
    buf_deinit(&site->name);
    buf_deinit(&site->attrs);
    mem_free(site);
}

static Status put_clean(Buf *b, const char *key, const char *value)
{
    Text t;
    Status st;

    if (!value)
        return ST_OK;
    text_clean(str_from(value), SITE_TEXT_MAX, &t);
    st = key ? wire_put_str(b, WIRE_ATTRIBUTE, str_from(key), t.s)
             : wire_put_bytes(b, WIRE_NAME, t.s);
    text_done(&t);
    return st;
}

static Status fill_site(vireo_site *site, const char *name, const char *type, const char *model,
                        const char *fingerprint)
{
    Status st = put_clean(&site->name, NULL, name);

    if (!st)
        st = put_clean(&site->attrs, VIREO_ATTR_TYPE, type);
    if (!st)
        st = put_clean(&site->attrs, VIREO_ATTR_MODEL_NAME, model);
    if (!st)
        st = put_clean(&site->attrs, VIREO_ATTR_FINGERPRINT, fingerprint);
    return st;
}

vireo_site *vireo_site_new(vireo_client *c, const char *name, const char *type, const char *model,
                           const char *fingerprint)
{
    vireo_site *site = c ? mem_calloc(1, sizeof *site) : NULL;

    if (!site)
        return NULL;
    buf_init(&site->name, SITE_LIMIT);
    buf_init(&site->attrs, SITE_LIMIT);
    if (fill_site(site, name, type, model, fingerprint)) {
        site_free(site);
        return NULL;
    }
    mutex_lock(&c->lock);
    site->next = c->sites;
    c->sites = site;
    mutex_unlock(&c->lock);
    return site;
}

/* ------------------------------------------------------------------ start */

static vireo_span *span_new(const vireo_client *c)
{
    const size_t limit = c->settings.queue_bytes;
    vireo_span *s = mem_alloc(sizeof *s);

    if (!s)
        return NULL;
    buf_init(&s->area, limit < AREA_MAX ? limit : AREA_MAX);
    if (buf_reserve(&s->area, AREA_FIRST)) {
        mem_free(s);
        return NULL;
    }
    return s;
}

static void span_free(vireo_span *s)
{
    queue_free_refs(s->refs);
    buf_deinit(&s->area);
    mem_free(s);
}

/* A span from the free list or new, counted as running. */
static vireo_span *take_span(vireo_client *c)
{
    vireo_span *s;

    mutex_lock(&c->lock);
    s = c->free_spans;
    if (s) {
        c->free_spans = s->next;
        c->free_count--;
    }
    c->live_spans++;
    mutex_unlock(&c->lock);
    if (s)
        return s;
    s = span_new(c);
    if (!s) {
        mutex_lock(&c->lock);
        c->live_spans--;
        c->n.dropped_queue++;
        mutex_unlock(&c->lock);
    }
    return s;
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;

    for (size_t i = 0; i < len; i++)
        any |= bytes[i];
    return any == 0;
}

static void set_place(vireo_span *s, const vireo_context *parent)
{
    s->flags = parent ? parent->flags : FLAG_SAMPLED;
    random_id8(s->span_id);
    if (!parent || is_zero(parent->trace_id, TRACE_ID)) {
        random_id16(s->trace_id);
        return;
    }
    memcpy(s->trace_id, parent->trace_id, TRACE_ID);
    memcpy(s->parent_id, parent->span_id, SPAN_ID);
    s->has_parent = !is_zero(parent->span_id, SPAN_ID);
}

vireo_span *vireo_span_start_at(vireo_client *c, const vireo_context *parent,
                                const vireo_site *site)
{
    vireo_span *s = c ? take_span(c) : NULL;
    Buf area;

    if (!s)
        return NULL;
    area = s->area;
    *s = (vireo_span){.client = c, .site = site, .kind = KIND_INTERNAL, .area = area};
    buf_clear(&s->area);
    s->refs_end = &s->refs;
    set_place(s, parent);
    s->start_ns = clock_now_ns();
    return s;
}

vireo_span *vireo_span_start(vireo_client *c, const vireo_span *parent, const char *name)
{
    vireo_context place;
    vireo_span *s;

    vireo_span_context(parent, &place);
    s = vireo_span_start_at(c, parent ? &place : NULL, NULL);
    vireo_span_name(s, name);
    return s;
}

/* ----------------------------------------------------------------- finish */

/* The fixed fields; returns their length. */
static size_t write_head(const vireo_span *s, char head[HEAD_MAX])
{
    enum { FLAGS_TAG_1 = 0x85, FLAGS_TAG_2 = 0x01 }; /* field 16, fixed32 */
    char *p = head;

    p = wire_bytes(p, WIRE_TRACE_ID, (Str){(const char *)s->trace_id, TRACE_ID});
    p = wire_bytes(p, WIRE_SPAN_ID, (Str){(const char *)s->span_id, SPAN_ID});
    if (s->has_parent)
        p = wire_bytes(p, WIRE_PARENT_ID, (Str){(const char *)s->parent_id, SPAN_ID});
    *p++ = WIRE_KIND;
    *p++ = (char)s->kind;
    *p++ = WIRE_START;
    p = wire_fixed64(p, (uint64_t)s->start_ns);
    *p++ = WIRE_END;
    p = wire_fixed64(p, (uint64_t)(s->end_ns > s->start_ns ? s->end_ns : s->start_ns));
    if (s->dropped) {
        *p++ = WIRE_DROPPED;
        p = wire_varint(p, s->dropped);
    }
    *p++ = (char)(unsigned char)FLAGS_TAG_1;
    *p++ = FLAGS_TAG_2;
    p = wire_fixed32(p, s->flags);
    return (size_t)(p - head);
}

/* Under the lock: the span ends.  False when its memory is not kept. */
static bool retire(vireo_client *c, vireo_span *s)
{
    c->live_spans--;
    queue_release(&c->queue, s->held);
    if (c->closed || s->refs || s->area.cap > AREA_KEPT || c->free_count >= FREE_MAX)
        return false;
    s->next = c->free_spans;
    c->free_spans = s;
    c->free_count++;
    return true;
}

/* Under the lock: count a span that was handed over. */
static void count_finished(vireo_client *c, const vireo_span *s, Status st)
{
    c->n.finished++;
    c->n.cut += s->cut;
    c->n.dropped_queue += s->dropped_refs + (st ? 1 : 0);
    if (!st)
        client_notify(c);
}

/* Leave the lock and free what nobody needs any more. */
static void leave(vireo_client *c, vireo_span *s, bool kept)
{
    const bool last = c->closed && c->live_spans == 0;

    mutex_unlock(&c->lock);
    if (!kept)
        span_free(s);
    if (last)
        client_free(c);
}

enum { PARTS = 5 };

/* Frame and parts of the span as it goes to the queue; returns all bytes. */
static size_t write_parts(const vireo_span *s, char head[HEAD_MAX], char frame[FRAME_MAX],
                          Str parts[PARTS])
{
    size_t total = 0;

    parts[1] = (Str){head, write_head(s, head)};
    parts[2] = s->site && !s->slots[SLOT_NAME].len ? buf_str(&s->site->name) : (Str){0};
    parts[3] = s->site ? buf_str(&s->site->attrs) : (Str){0};
    parts[4] = buf_str(&s->area);
    for (size_t i = 1; i < PARTS; i++)
        total += parts[i].len;
    frame[0] = WIRE_SPANS;
    parts[0] = (Str){frame, (size_t)(wire_varint(frame + 1, total) - frame)};
    return total + parts[0].len;
}

/* A span with references travels as an Extra: its blobs go first. */
static void finish_with_refs(vireo_span *s, const Str *parts)
{
    vireo_client *c = s->client;
    Extra *e = queue_extra_new(EXTRA_SPAN, (Str){0}, parts + 1, PARTS - 1);
    Status st = ST_NOMEM;
    bool kept;

    if (e)
        e->refs = s->refs;
    mutex_lock(&c->lock);
    if (c->closed)
        st = ST_CLOSED;
    else if (e)
        st = queue_put_extra(&c->queue, e);
    if (!st) {
        s->refs = NULL;
        s->held = 0;
    }
    count_finished(c, s, st);
    kept = retire(c, s);
    leave(c, s, kept);
    if (st)
        mem_free(e);
}

void vireo_span_finish(vireo_span *s)
{
    char head[HEAD_MAX];
    char frame[FRAME_MAX];
    Str parts[PARTS];
    size_t total;
    vireo_client *c;
    Status st;

    if (!s)
        return;
    c = s->client;
    if (!s->has_end)
        s->end_ns = clock_now_ns();
    total = write_parts(s, head, frame, parts);
    if (s->refs) {
        finish_with_refs(s, parts);
        return;
    }
    mutex_lock(&c->lock);
    st = c->closed ? ST_CLOSED : queue_put(&c->queue, parts, PARTS, total);
    count_finished(c, s, st);
    leave(c, s, retire(c, s));
}

void vireo_span_discard(vireo_span *s)
{
    vireo_client *c;

    if (!s)
        return;
    c = s->client;
    mutex_lock(&c->lock);
    leave(c, s, retire(c, s));
}

/* ---------------------------------------------------------------- closing */

void client_free_spans(vireo_client *c)
{
    while (c->free_spans) {
        vireo_span *next = c->free_spans->next;

        span_free(c->free_spans);
        c->free_spans = next;
    }
    while (c->sites) {
        vireo_site *next = c->sites->next;

        site_free(c->sites);
        c->sites = next;
    }
}
