/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes and tags: written into the span's area as they are set.
 *
 * What cannot be kept (no memory, too long) is left out or cut, counted and
 * marked; nothing fails.  O(bytes of key and value). */
#include "client/span_area.h"
#include "client/text.h"
#include "client/wire.h"
#include "model/span.h"

#include <string.h>

void span_count_dropped(vireo_span *s, Status st)
{
    if (st)
        s->dropped++;
}

Str span_join_key(const char *prefix, Str key, char out[SPAN_KEY_BYTES])
{
    const Str p = str_slice(str_from(prefix), 0, SPAN_KEY_PREFIX_MAX);

    key = utf8_clip(key, SPAN_KEY_MAX);
    memcpy(out, p.ptr, p.len);
    if (key.len)
        memcpy(out + p.len, key.ptr, key.len);
    return (Str){out, p.len + key.len};
}

void span_mark_cut(vireo_span *s, Str key, size_t len)
{
    char marked[SPAN_KEY_BYTES];

    s->cut++;
    span_count_dropped(s, wire_put_int(&s->area, WIRE_ATTRIBUTE,
                                       span_join_key("vireo.cut.", key, marked), (int64_t)len));
}

void span_put_str(vireo_span *s, Str key, const char *value, size_t len)
{
    Text v;

    text_clean(value ? (Str){value, len} : (Str){0}, s->client->settings.value_bytes, &v);
    span_count_dropped(s, wire_put_str(&s->area, WIRE_ATTRIBUTE, key, v.s));
    if (v.cut)
        span_mark_cut(s, key, len);
    text_done(&v);
}

/* Give the bytes of a slot back, so that a value that is set again and again
 * does not pile up. */
void span_slot_clear(vireo_span *s, SpanSlot slot)
{
    const SlotRange old = s->slots[slot];

    if (old.len == 0)
        return;
    memmove(s->area.data + old.at, s->area.data + old.at + old.len, s->area.len - old.at - old.len);
    s->area.len -= old.len;
    for (int i = 0; i < SLOT_COUNT; i++)
        if (s->slots[i].at > old.at)
            s->slots[i].at -= old.len;
    s->slots[slot] = (SlotRange){0};
}

void span_slot_filled(vireo_span *s, SpanSlot slot, size_t from)
{
    s->slots[slot] = (SlotRange){from, s->area.len - from};
}

static void replace_str(vireo_span *s, SpanSlot slot, Str key, const char *value, size_t len)
{
    size_t at;

    span_slot_clear(s, slot);
    at = s->area.len;
    span_put_str(s, key, value, len);
    span_slot_filled(s, slot, at);
}

void vireo_span_input_json(vireo_span *s, const char *json, size_t len)
{
    if (s)
        replace_str(s, SLOT_INPUT, STR(VIREO_ATTR_INPUT), json, len);
}

void vireo_span_output_json(vireo_span *s, const char *json, size_t len)
{
    if (s)
        replace_str(s, SLOT_OUTPUT, STR(VIREO_ATTR_OUTPUT), json, len);
}

/* An attribute of any kind with a key from outside. */
typedef struct Given {
    char prefixed[SPAN_KEY_BYTES];
    Text text;
    Str key;
} Given;

static void given_open(Given *g, vireo_span *s, const char *prefix, const char *key)
{
    text_clean(str_from(key), SPAN_KEY_MAX, &g->text);
    s->cut += g->text.cut;
    g->key = prefix ? span_join_key(prefix, g->text.s, g->prefixed) : g->text.s;
}

static void given_str(vireo_span *s, const char *prefix, const char *key, const char *value,
                      size_t len)
{
    Given g;

    given_open(&g, s, prefix, key);
    span_put_str(s, g.key, value, len);
    text_done(&g.text);
}

static void given_int(vireo_span *s, const char *prefix, const char *key, int64_t value)
{
    Given g;

    given_open(&g, s, prefix, key);
    span_count_dropped(s, wire_put_int(&s->area, WIRE_ATTRIBUTE, g.key, value));
    text_done(&g.text);
}

static void given_double(vireo_span *s, const char *prefix, const char *key, double value)
{
    Given g;

    given_open(&g, s, prefix, key);
    span_count_dropped(s, wire_put_double(&s->area, WIRE_ATTRIBUTE, g.key, value));
    text_done(&g.text);
}

static void given_bool(vireo_span *s, const char *prefix, const char *key, int value)
{
    Given g;

    given_open(&g, s, prefix, key);
    span_count_dropped(s, wire_put_bool(&s->area, WIRE_ATTRIBUTE, g.key, value != 0));
    text_done(&g.text);
}

void vireo_span_str(vireo_span *s, const char *key, const char *value, size_t len)
{
    if (s && key)
        given_str(s, NULL, key, value, len);
}

void vireo_span_int(vireo_span *s, const char *key, int64_t value)
{
    if (s && key)
        given_int(s, NULL, key, value);
}

void vireo_span_double(vireo_span *s, const char *key, double value)
{
    if (s && key)
        given_double(s, NULL, key, value);
}

void vireo_span_bool(vireo_span *s, const char *key, int value)
{
    if (s && key)
        given_bool(s, NULL, key, value);
}

void vireo_span_tag(vireo_span *s, const char *key, const char *value, size_t len)
{
    if (s && key)
        given_str(s, VIREO_ATTR_TAG_PREFIX, key, value, len);
}

void vireo_span_tag_int(vireo_span *s, const char *key, int64_t value)
{
    if (s && key)
        given_int(s, VIREO_ATTR_TAG_PREFIX, key, value);
}

void vireo_span_tag_double(vireo_span *s, const char *key, double value)
{
    if (s && key)
        given_double(s, VIREO_ATTR_TAG_PREFIX, key, value);
}

void vireo_span_tag_bool(vireo_span *s, const char *key, int value)
{
    if (s && key)
        given_bool(s, VIREO_ATTR_TAG_PREFIX, key, value);
}
