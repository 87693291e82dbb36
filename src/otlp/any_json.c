/* SPDX-License-Identifier: Apache-2.0 */
/* AnyValue in JSON: {"stringValue": ...}, {"arrayValue": {"values": [...]}},
 * {"kvlistValue": {"values": [{"key": ..., "value": ...}]}}.
 *
 * Nested values become plain JSON text in the scratch buffer.  A stack of open
 * objects and arrays stands for recursion; each frame reads one event a step:
 *
 *   ANY --arrayValue--> ARRAY --values--> ARRAY_VALUES --{--> ANY
 *   ANY --kvlistValue--> MAP --values--> MAP_VALUES --{--> ENTRY --value--> ANY
 *
 * `begin` is where the frame's text starts, so that a second member of a oneof
 * or a second "values" can replace the first: the last one counts, as in protobuf. */
#include "otlp/any_json.h"

#include "base/alloc.h"
#include "codec/base64.h"
#include "otlp/value_json.h"

#include <math.h>
#include <string.h>

typedef enum FrameKind { ANY, ARRAY, ARRAY_VALUES, MAP, MAP_VALUES, ENTRY } FrameKind;

typedef struct Frame {
    FrameKind kind;
    size_t begin;
    Str key; /* ENTRY */
} Frame;

typedef struct Nest {
    JsonDecoder *j;
    Buf *out;
    Frame frames[JSON_MAX_DEPTH]; /* each is one open JSON container */
    size_t len;
    unsigned containers; /* ARRAY and MAP among them */
    bool too_deep;
} Nest;

static Status wrong(JsonDecoder *j, const JsonEvent *e, const char *reason)
{
    Status st = ST_OK;

    if (e->kind == JSON_EVENT_OBJECT || e->kind == JSON_EVENT_ARRAY)
        st = json_leave(j, j->scan.depth - 1);
    return st ? st : value_refuse(&j->base, reason);
}

static Status take_int(JsonDecoder *j, const JsonEvent *e, Value *out)
{
    int64_t value = 0;
    const bool number = e->kind == JSON_EVENT_NUMBER || (e->kind == JSON_EVENT_STR && !e->escaped);

    if (!number || !json_integer_text(e->text, &value))
        return wrong(j, e, "intValue must be an integer of at most 64 bits");
    *out = (Value){.kind = VALUE_INT, .as.i = value};
    return ST_OK;
}

static bool special_double(Str text, double *out)
{
    static const struct {
        const char *name;
        double value;
    } names[] = {{"NaN", NAN}, {"Infinity", INFINITY}, {"-Infinity", -INFINITY}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq(text, str_from(names[i].name))) {
            *out = names[i].value;
            return true;
        }
    }
    return false;
}

static Status take_double(JsonDecoder *j, const JsonEvent *e, Value *out)
{
    double value = 0;
    bool good = e->kind == JSON_EVENT_STR && special_double(e->text, &value);

    if (!good &&
        (e->kind == JSON_EVENT_NUMBER || (e->kind == JSON_EVENT_STR && json_valid(e->text, 1))))
        good = str_to_double(e->text, &value) == ST_OK && isfinite(value);
    if (!good)
        return wrong(j, e, "doubleValue must be a number in range");
    *out = (Value){.kind = VALUE_DOUBLE, .as.d = value};
    return ST_OK;
}

static Status take_string(JsonDecoder *j, const JsonEvent *e, Value *out)
{
    Str text = {0};

    if (e->kind != JSON_EVENT_STR)
        return wrong(j, e, "stringValue must be a string");
    if (json_unescape(e, j->base.arena, &text))
        return decoder_no_room(&j->base, e->text.len);
    *out = (Value){.kind = VALUE_STR, .as.s = text};
    return ST_OK;
}

static Status take_bytes(JsonDecoder *j, const JsonEvent *e, Value *out)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    Status st;

    if (e->kind != JSON_EVENT_STR || e->escaped)
        return wrong(j, e, "bytesValue must be base64");
    st = decoder_take(&j->base, base64_decoded_max(e->text.len), 1, &bytes);
    if (st)
        return st;
    if (base64_decode(e->text, bytes, &len))
        return wrong(j, e, "bytesValue must be base64");
    *out = (Value){.kind = VALUE_BYTES, .as.s = {(const char *)bytes, len}};
    return ST_OK;
}

static Status take_bool(JsonDecoder *j, const JsonEvent *e, Value *out)
{
    if (e->kind != JSON_EVENT_BOOL)
        return wrong(j, e, "boolValue must be true or false");
    *out = (Value){.kind = VALUE_BOOL, .as.b = e->truth};
    return ST_OK;
}

static const struct {
    const char *name;
    Status (*take)(JsonDecoder *j, const JsonEvent *e, Value *out);
} scalars[] = {
    {"stringValue", take_string}, {"boolValue", take_bool},   {"intValue", take_int},
    {"doubleValue", take_double}, {"bytesValue", take_bytes},
};

/* The member `name` if it is a scalar: *found and its value, NONE for null. */
static Status take_scalar(JsonDecoder *j, Str name, bool *found, Value *out)
{
    *found = false;
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++) {
        JsonEvent e;
        Status st;

        if (!json_key_is(name, scalars[i].name))
            continue;
        *found = true;
        *out = (Value){0};
        st = json_event(j, &e);
        return st || e.kind == JSON_EVENT_NULL ? st : scalars[i].take(j, &e, out);
    }
    return ST_OK;
}

static void push(Nest *n, FrameKind kind)
{
    n->frames[n->len++] = (Frame){.kind = kind, .begin = n->out->len};
    n->containers += kind == ARRAY || kind == MAP;
}

static Frame *top(Nest *n)
{
    return &n->frames[n->len - 1];
}

static void pop(Nest *n)
{
    n->containers -= top(n)->kind == ARRAY || top(n)->kind == MAP;
    n->len--;
}

/* Open the object of an arrayValue or kvlistValue whose key was just read. */
static Status open_container(Nest *n, bool map)
{
    JsonEvent e;
    Status st = json_event(n->j, &e);

    if (st || e.kind == JSON_EVENT_NULL)
        return st;
    if (e.kind != JSON_EVENT_OBJECT)
        return wrong(n->j, &e, "arrayValue and kvlistValue must be objects");
    if (n->containers == n->j->base.limits.max_depth) {
        n->too_deep = true;
        return ST_OK;
    }
    push(n, map ? MAP : ARRAY);
    return buf_append_char(n->out, map ? '{' : '[');
}

static Status any_member(Nest *n, Str name)
{
    const size_t begin = top(n)->begin;
    const bool map = json_key_is(name, "kvlistValue");
    Value v = {0};
    bool found = false;
    JsonWriter w;
    Status st;

    if (map || json_key_is(name, "arrayValue")) {
        n->out->len = begin;
        return open_container(n, map);
    }
    st = take_scalar(n->j, name, &found, &v);
    if (st)
        return st;
    if (!found)
        return json_skip(n->j);
    n->out->len = begin;
    w = jw_init(n->out);
    value_write_json(&w, v);
    return jw_done(&w);
}

/* "values" of an array or map: the text behind the bracket starts anew. */
static Status container_member(Nest *n, Str name, FrameKind values)
{
    bool present = false;
    JsonEvent e;
    Status st;

    if (!json_key_is(name, "values"))
        return json_skip(n->j);
    n->out->len = top(n)->begin + 1;
    st = json_event(n->j, &e);
    if (st || e.kind == JSON_EVENT_NULL)
        return st;
    present = e.kind == JSON_EVENT_ARRAY;
    if (!present)
        return wrong(n->j, &e, "values must be an array");
    push(n, values);
    return ST_OK;
}

static Status entry_member(Nest *n, Str name)
{
    JsonEvent e;
    Status st;

    if (json_key_is(name, "key"))
        return json_take_text(n->j, "key", &top(n)->key);
    if (!json_key_is(name, "value"))
        return json_skip(n->j);
    n->out->len = top(n)->begin;
    st = json_event(n->j, &e);
    if (st || e.kind == JSON_EVENT_NULL)
        return st;
    if (e.kind != JSON_EVENT_OBJECT)
        return wrong(n->j, &e, "value must be an object");
    push(n, ANY);
    return ST_OK;
}

static Status member(Nest *n, const JsonEvent *key)
{
    Str name = {0};

    if (json_unescape(key, n->j->base.arena, &name))
        return decoder_no_room(&n->j->base, key->text.len);
    switch (top(n)->kind) {
    case ANY:
        return any_member(n, name);
    case ARRAY:
        return container_member(n, name, ARRAY_VALUES);
    case MAP:
        return container_member(n, name, MAP_VALUES);
    default:
        return entry_member(n, name);
    }
}

/* The key may come behind its value, so it is put in front at the end. */
static Status insert_key(Nest *n, const Frame *entry)
{
    const size_t len = n->out->len - entry->begin;
    JsonWriter w = jw_init(&n->j->key);
    char *ignored = NULL;
    Status st;

    buf_clear(&n->j->key);
    jw_key(&w, entry->key);
    st = jw_done(&w);
    if (!st)
        st = buf_extend(n->out, n->j->key.len, &ignored);
    if (st)
        return st;
    memmove(n->out->data + entry->begin + n->j->key.len, n->out->data + entry->begin, len);
    memcpy(n->out->data + entry->begin, n->j->key.data, n->j->key.len);
    return ST_OK;
}

static Status close_frame(Nest *n)
{
    const Frame f = *top(n);
    Status st = ST_OK;

    pop(n);
    if ((f.kind == ANY || f.kind == ENTRY) && n->out->len == f.begin)
        st = buf_append(n->out, STR("null"));
    if (!st && f.kind == ENTRY)
        st = insert_key(n, &f);
    if (!st && (f.kind == ARRAY || f.kind == MAP))
        st = buf_append_char(n->out, f.kind == MAP ? '}' : ']');
    return st;
}

/* An element of "values". */
static Status element(Nest *n, const JsonEvent *e)
{
    const bool map = top(n)->kind == MAP_VALUES;
    Status st = n->out->len > top(n)->begin ? buf_append_char(n->out, ',') : ST_OK;

    if (st)
        return st;
    if (e->kind == JSON_EVENT_OBJECT) {
        push(n, map ? ENTRY : ANY);
        return ST_OK;
    }
    if (e->kind == JSON_EVENT_NULL && !map)
        return buf_append(n->out, STR("null"));
    return wrong(n->j, e, "values must be objects");
}

static Status step(Nest *n)
{
    JsonEvent e;
    const Status st = json_event(n->j, &e);

    if (st)
        return st;
    if (e.kind == JSON_EVENT_OBJECT_END || e.kind == JSON_EVENT_ARRAY_END)
        return close_frame(n);
    return e.kind == JSON_EVENT_KEY ? member(n, &e) : element(n, &e);
}

/* Behind the key "arrayValue" or "kvlistValue" of an attribute's value. */
static Status take_container(JsonDecoder *j, bool map, Value *out)
{
    const unsigned depth = j->scan.depth;
    Str json = {0};
    Nest n;
    Status st;

    n.j = j;
    n.out = &j->base.scratch;
    n.len = 0;
    n.containers = 0;
    n.too_deep = false;
    buf_clear(n.out);
    *out = (Value){0};
    st = open_container(&n, map);
    while (!st && n.len && !n.too_deep)
        st = step(&n);
    if (!st && n.too_deep) {
        st = json_leave(j, depth);
        return st ? st : value_refuse(&j->base, "nested too deep");
    }
    if (st || n.out->len == 0)
        return st;
    st = decoder_keep(&j->base, n.out, &json);
    if (!st)
        *out = (Value){.kind = VALUE_JSON, .as.s = json};
    return st;
}

static Status take_member(JsonDecoder *j, Str name, Value *out)
{
    const bool map = json_key_is(name, "kvlistValue");
    bool found = false;
    Value v = {0};
    Status st;

    if (map || json_key_is(name, "arrayValue"))
        return take_container(j, map, out);
    st = take_scalar(j, name, &found, &v);
    if (st || found) {
        *out = v;
        return st;
    }
    return json_skip(j);
}

Status any_json(JsonDecoder *j, Value *out)
{
    JsonEvent e;
    bool more = true;
    Status st = json_event(j, &e);

    if (st || e.kind == JSON_EVENT_NULL)
        return st;
    if (e.kind != JSON_EVENT_OBJECT)
        return wrong(j, &e, "must be an object with one member such as stringValue");
    while (!st) {
        Str name = {0};

        st = json_next_key(j, &name, &more);
        if (st || !more)
            break;
        st = take_member(j, name, out);
    }
    return st;
}
