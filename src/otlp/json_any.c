/* SPDX-License-Identifier: Apache-2.0 */
/* Each open JSON container is a frame with the marks of its two messages, and
 * in a map the mark of the entry being written:
 *
 *   AnyValue { ArrayValue { AnyValue ... } }
 *   AnyValue { KeyValueList { KeyValue { key, AnyValue } ... } }
 */
#include "otlp/json_any.h"

#include "base/alloc.h"
#include "codec/base64.h"

#include <math.h>

typedef struct Frame {
    size_t any;
    size_t container;
    size_t entry;
    bool map;
} Frame;

typedef struct Nest {
    PbWriter *w;
    JsonScan scan;
    uint32_t number; /* of the outermost value */
    Frame frames[JSON_MAX_DEPTH];
    size_t len;
} Nest;

void json_text_put(PbWriter *w, uint32_t number, const JsonEvent *e)
{
    Arena a;
    Str text = {0};

    if (!e->escaped && !e->ill_formed) {
        pb_put_bytes(w, number, e->text);
        return;
    }
    arena_init(&a, SIZE_MAX);
    if (!w->st)
        w->st = json_unescape(e, &a, &text);
    pb_put_bytes(w, number, text);
    arena_deinit(&a);
}

/* The AnyValue of the next value: an element, an entry's value or the root. */
static size_t open_any(Nest *n)
{
    if (n->len == 0)
        return pb_open(n->w, n->number);
    return pb_open(n->w, n->frames[n->len - 1].map ? 2 : 1);
}

/* Behind a value: an entry holds only one. */
static void close_any(Nest *n, size_t mark)
{
    pb_close(n->w, mark);
    if (n->len && n->frames[n->len - 1].map)
        pb_close(n->w, n->frames[n->len - 1].entry);
}

static void put_bytes_member(PbWriter *w, Str base64)
{
    uint8_t *bytes = mem_alloc(base64_decoded_max(base64.len));
    size_t len = 0;

    if (!bytes) {
        w->st = ST_NOMEM;
        return;
    }
    if (base64_decode(base64, bytes, &len) == ST_OK)
        pb_put_bytes(w, 7, (Str){(const char *)bytes, len});
    else
        pb_put_bytes(w, 7, (Str){0});
    mem_free(bytes);
}

static bool is_base64(Str s)
{
    if (s.len % 4)
        return false;
    while (s.len && s.ptr[s.len - 1] == '=')
        s.len--;
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '+' || c == '/'))
            return false;
    }
    return true;
}

static bool special_double(Str s, double *out)
{
    if (str_eq(s, STR("NaN")))
        *out = NAN;
    else if (str_eq(s, STR("Infinity")))
        *out = INFINITY;
    else if (str_eq(s, STR("-Infinity")))
        *out = -INFINITY;
    else
        return false;
    return true;
}

/* {"bytes": "<base64>"} or {"double": "NaN"}: a scalar in an object's clothes.
 * Behind its opening brace; on success the scan is behind its closing one. */
static bool put_dressed(Nest *n)
{
    JsonScan ahead = n->scan;
    JsonEvent key;
    JsonEvent value;
    JsonEvent end;
    double d = 0;
    size_t mark;
    bool bytes;

    if (!json_scan_next(&ahead, &key) || key.kind != JSON_EVENT_KEY ||
        !json_scan_next(&ahead, &value) || value.kind != JSON_EVENT_STR || value.escaped ||
        !json_scan_next(&ahead, &end) || end.kind != JSON_EVENT_OBJECT_END)
        return false;
    bytes = str_eq(key.text, STR("bytes")) && is_base64(value.text);
    if (!bytes && !(str_eq(key.text, STR("double")) && special_double(value.text, &d)))
        return false;
    mark = open_any(n);
    if (bytes)
        put_bytes_member(n->w, value.text);
    else
        pb_put_double(n->w, 4, d);
    close_any(n, mark);
    n->scan = ahead;
    return true;
}

static void put_number(PbWriter *w, Str text)
{
    int64_t i = 0;
    double d = 0;

    if (str_to_i64(text, &i) == ST_OK)
        pb_put_varint(w, 3, (uint64_t)i);
    else if (str_to_double(text, &d) == ST_OK)
        pb_put_double(w, 4, d);
    else
        pb_put_bytes(w, 1, text);
}

static void put_scalar(Nest *n, const JsonEvent *e)
{
    const size_t mark = open_any(n);

    if (e->kind == JSON_EVENT_STR)
        json_text_put(n->w, 1, e);
    else if (e->kind == JSON_EVENT_NUMBER)
        put_number(n->w, e->text);
    else if (e->kind == JSON_EVENT_BOOL)
        pb_put_varint(n->w, 2, e->truth);
    close_any(n, mark);
}

static void open_container(Nest *n, bool map)
{
    Frame f = {.map = map};

    if (map && put_dressed(n))
        return;
    f.any = open_any(n);
    f.container = pb_open(n->w, map ? 6 : 5);
    n->frames[n->len++] = f;
}

static void close_container(Nest *n)
{
    const Frame f = n->frames[--n->len];

    pb_close(n->w, f.container);
    close_any(n, f.any);
}

static void put_event(Nest *n, const JsonEvent *e)
{
    switch (e->kind) {
    case JSON_EVENT_OBJECT:
    case JSON_EVENT_ARRAY:
        open_container(n, e->kind == JSON_EVENT_OBJECT);
        break;
    case JSON_EVENT_OBJECT_END:
    case JSON_EVENT_ARRAY_END:
        close_container(n);
        break;
    case JSON_EVENT_KEY:
        n->frames[n->len - 1].entry = pb_open(n->w, 1);
        json_text_put(n->w, 1, e);
        break;
    default:
        put_scalar(n, e);
        break;
    }
}

void json_any_put(PbWriter *w, uint32_t number, Str json)
{
    Nest n;
    JsonEvent e;

    if (!json_valid(json, JSON_MAX_DEPTH)) {
        const size_t mark = pb_open(w, number);

        pb_put_bytes(w, 1, json);
        pb_close(w, mark);
        return;
    }
    n.w = w;
    n.scan = json_scan(json, JSON_MAX_DEPTH);
    n.number = number;
    n.len = 0;
    while (!w->st && json_scan_next(&n.scan, &e))
        put_event(&n, &e);
}
