/* SPDX-License-Identifier: Apache-2.0 */
/* AnyValue: 1 string, 2 bool, 3 int, 4 double, 5 array, 6 kvlist, 7 bytes.
 *
 * Arrays and maps nest as deep as the sender likes, so they are written with a
 * stack of open messages instead of recursion:
 *
 *   [array reader] -> [kvlist reader] -> ...    at most max_depth of them
 *
 * Each step takes one element from the top; a container among them is pushed,
 * and popped with its bracket when its reader is at the end. */
#include "otlp/any_protobuf.h"

#include "otlp/value_json.h"

enum { ANY_STRING = 1, ANY_BOOL, ANY_INT, ANY_DOUBLE, ANY_ARRAY, ANY_KVLIST, ANY_BYTES };

/* A value as far as its own message tells: a scalar, or the bytes of a
 * container still to be read. */
typedef struct Shallow {
    Value scalar;
    uint32_t container; /* ANY_ARRAY, ANY_KVLIST or 0 */
    Str bytes;
} Shallow;

typedef struct Frame {
    PbReader reader;
    bool map;
} Frame;

typedef struct Stack {
    Frame frames[OTLP_MAX_DEPTH];
    size_t depth;
    JsonWriter w;
} Stack;

static Status take_string(Decoder *d, Str bytes, Shallow *out)
{
    out->scalar.kind = VALUE_STR;
    return decoder_text(d, bytes, &out->scalar.as.s);
}

static Status take_member(Decoder *d, const PbField *f, Shallow *out)
{
    switch (f->number << 3 | f->wire) {
    case ANY_STRING << 3 | PB_BYTES:
        *out = (Shallow){0};
        return take_string(d, f->bytes, out);
    case ANY_BOOL << 3 | PB_VARINT:
        *out = (Shallow){.scalar = {.kind = VALUE_BOOL, .as.b = f->value != 0}};
        return ST_OK;
    case ANY_INT << 3 | PB_VARINT:
        *out = (Shallow){.scalar = {.kind = VALUE_INT, .as.i = (int64_t)f->value}};
        return ST_OK;
    case ANY_DOUBLE << 3 | PB_FIXED64:
        *out = (Shallow){.scalar = {.kind = VALUE_DOUBLE, .as.d = pb_double(f->value)}};
        return ST_OK;
    case ANY_BYTES << 3 | PB_BYTES:
        *out = (Shallow){.scalar = {.kind = VALUE_BYTES, .as.s = f->bytes}};
        return ST_OK;
    case ANY_ARRAY << 3 | PB_BYTES:
    case ANY_KVLIST << 3 | PB_BYTES:
        *out = (Shallow){.container = f->number, .bytes = f->bytes};
        return ST_OK;
    default:
        return ST_OK;
    }
}

/* The member of the oneof that comes last counts. */
static Status read_shallow(Decoder *d, Str message, Shallow *out)
{
    PbReader r = pb_reader(message);
    PbField f;

    while (pb_next(&r, &f)) {
        const Status st = take_member(d, &f, out);

        if (st)
            return st;
    }
    return r.st ? protobuf_broken(d, &r) : ST_OK;
}

static Status read_entry(Decoder *d, Str message, Str *key, Str *value)
{
    PbReader r = pb_reader(message);
    PbField f;

    while (pb_next(&r, &f)) {
        if (f.wire != PB_BYTES)
            continue;
        if (f.number == 1)
            *key = f.bytes; /* the JSON writer repairs it */
        else if (f.number == 2)
            *value = f.bytes;
    }
    return r.st ? protobuf_broken(d, &r) : ST_OK;
}

static void push(Stack *s, const Shallow *container)
{
    const bool map = container->container == ANY_KVLIST;

    if (map)
        jw_object(&s->w);
    else
        jw_array(&s->w);
    s->frames[s->depth++] = (Frame){pb_reader(container->bytes), map};
}

static void pop(Stack *s)
{
    s->depth--;
    if (s->frames[s->depth].map)
        jw_object_end(&s->w);
    else
        jw_array_end(&s->w);
}

/* Write one element of the top container, or push it. */
static Status write_element(Decoder *d, Stack *s, Str message, bool *too_deep)
{
    Shallow element = {0};
    Str value = message;
    Status st = ST_OK;

    if (s->frames[s->depth - 1].map) {
        Str key = {0};

        value = (Str){0};
        st = read_entry(d, message, &key, &value);
        jw_key(&s->w, key);
    }
    if (!st)
        st = read_shallow(d, value, &element);
    if (st)
        return st;
    if (!element.container)
        value_write_json(&s->w, element.scalar);
    else if (s->depth == d->limits.max_depth)
        *too_deep = true;
    else
        push(s, &element);
    return jw_done(&s->w);
}

static Status write_container(Decoder *d, const Shallow *root, bool *too_deep)
{
    Stack s;

    buf_clear(&d->scratch);
    s.depth = 0;
    s.w = jw_init(&d->scratch);
    push(&s, root);
    while (s.depth && !*too_deep) {
        PbReader *r = &s.frames[s.depth - 1].reader;
        PbField f;
        Status st = ST_OK;

        if (pb_next(r, &f))
            st = f.number == 1 && f.wire == PB_BYTES ? write_element(d, &s, f.bytes, too_deep)
                                                     : ST_OK;
        else if (r->st)
            st = protobuf_broken(d, r);
        else
            pop(&s);
        if (st)
            return st;
    }
    return jw_done(&s.w);
}

Status any_protobuf(Decoder *d, Str message, Value *out)
{
    Shallow shallow = {0};
    bool too_deep = false;
    Str json = {0};
    Status st = read_shallow(d, message, &shallow);

    if (st)
        return st;
    if (!shallow.container) {
        *out = shallow.scalar;
        return ST_OK;
    }
    st = write_container(d, &shallow, &too_deep);
    if (st)
        return st;
    if (too_deep)
        return value_refuse(d, "nested too deep");
    st = decoder_keep(d, &d->scratch, &json);
    if (!st)
        *out = (Value){.kind = VALUE_JSON, .as.s = json};
    return st;
}
