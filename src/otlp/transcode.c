/* SPDX-License-Identifier: Apache-2.0 */
/* One table of the messages of opentelemetry-proto, one loop over a stack of
 * open messages.  A run of fields with the same number is one JSON array. */
#include "otlp/transcode.h"

#include "codec/base64.h"
#include "codec/json_write.h"
#include "codec/protobuf.h"

#include <math.h>
#include <stdio.h>

enum { MAX_OPEN = 256, MAX_FIELDS = 17 };

typedef enum FieldType {
    T_NONE,
    T_TEXT,
    T_HEX,
    T_BASE64,
    T_U32,
    T_U64,
    T_I64,
    T_BOOL,
    T_DOUBLE,
    T_MESSAGE
} FieldType;

typedef enum Message {
    M_REQUEST,
    M_RESOURCE_SPANS,
    M_RESOURCE,
    M_SCOPE_SPANS,
    M_SCOPE,
    M_SPAN,
    M_EVENT,
    M_LINK,
    M_STATUS,
    M_ATTRIBUTE,
    M_ANY,
    M_ARRAY,
    M_KVLIST,
    M_COUNT
} Message;

typedef struct Field {
    const char *name;
    FieldType type;
    Message message; /* T_MESSAGE */
    bool repeated;
} Field;

/* By field number. */
static const Field schema[M_COUNT][MAX_FIELDS] = {
    [M_REQUEST] = {[1] = {"resourceSpans", T_MESSAGE, M_RESOURCE_SPANS, true}},
    [M_RESOURCE_SPANS] = {[1] = {"resource", T_MESSAGE, M_RESOURCE, false},
                          [2] = {"scopeSpans", T_MESSAGE, M_SCOPE_SPANS, true}},
    [M_RESOURCE] = {[1] = {"attributes", T_MESSAGE, M_ATTRIBUTE, true}},
    [M_SCOPE_SPANS] =
        {[1] = {"scope", T_MESSAGE, M_SCOPE, false}, [2] = {"spans", T_MESSAGE, M_SPAN, true}},
    [M_SCOPE] = {[1] = {"name", T_TEXT, 0, false},
                 [2] = {"version", T_TEXT, 0, false},
                 [3] = {"attributes", T_MESSAGE, M_ATTRIBUTE, true}},
    [M_SPAN] = {[1] = {"traceId", T_HEX, 0, false},
                [2] = {"spanId", T_HEX, 0, false},
                [3] = {"traceState", T_TEXT, 0, false},
                [4] = {"parentSpanId", T_HEX, 0, false},
                [5] = {"name", T_TEXT, 0, false},
                [6] = {"kind", T_U32, 0, false},
                [7] = {"startTimeUnixNano", T_U64, 0, false},
                [8] = {"endTimeUnixNano", T_U64, 0, false},
                [9] = {"attributes", T_MESSAGE, M_ATTRIBUTE, true},
                [10] = {"droppedAttributesCount", T_U32, 0, false},
                [11] = {"events", T_MESSAGE, M_EVENT, true},
                [12] = {"droppedEventsCount", T_U32, 0, false},
                [13] = {"links", T_MESSAGE, M_LINK, true},
                [14] = {"droppedLinksCount", T_U32, 0, false},
                [15] = {"status", T_MESSAGE, M_STATUS, false},
                [16] = {"flags", T_U32, 0, false}},
    [M_EVENT] = {[1] = {"timeUnixNano", T_U64, 0, false},
                 [2] = {"name", T_TEXT, 0, false},
                 [3] = {"attributes", T_MESSAGE, M_ATTRIBUTE, true},
                 [4] = {"droppedAttributesCount", T_U32, 0, false}},
    [M_LINK] = {[1] = {"traceId", T_HEX, 0, false},
                [2] = {"spanId", T_HEX, 0, false},
                [3] = {"traceState", T_TEXT, 0, false},
                [4] = {"attributes", T_MESSAGE, M_ATTRIBUTE, true},
                [5] = {"droppedAttributesCount", T_U32, 0, false},
                [6] = {"flags", T_U32, 0, false}},
    [M_STATUS] = {[2] = {"message", T_TEXT, 0, false}, [3] = {"code", T_U32, 0, false}},
    [M_ATTRIBUTE] = {[1] = {"key", T_TEXT, 0, false}, [2] = {"value", T_MESSAGE, M_ANY, false}},
    [M_ANY] = {[1] = {"stringValue", T_TEXT, 0, false},
               [2] = {"boolValue", T_BOOL, 0, false},
               [3] = {"intValue", T_I64, 0, false},
               [4] = {"doubleValue", T_DOUBLE, 0, false},
               [5] = {"arrayValue", T_MESSAGE, M_ARRAY, false},
               [6] = {"kvlistValue", T_MESSAGE, M_KVLIST, false},
               [7] = {"bytesValue", T_BASE64, 0, false}},
    [M_ARRAY] = {[1] = {"values", T_MESSAGE, M_ANY, true}},
    [M_KVLIST] = {[1] = {"values", T_MESSAGE, M_ATTRIBUTE, true}},
};

typedef struct Open {
    PbReader reader;
    Message message;
    uint32_t in_array; /* number of the repeated field being written, 0: none */
} Open;

static void put_digits(JsonWriter *w, const PbField *f, bool negative_too)
{
    char text[24];
    const int n = negative_too ? snprintf(text, sizeof text, "%lld", (long long)(int64_t)f->value)
                               : snprintf(text, sizeof text, "%llu", (unsigned long long)f->value);

    jw_str(w, (Str){text, n < 0 ? 0 : (size_t)n});
}

static void put_double(JsonWriter *w, double value)
{
    if (isfinite(value))
        jw_double(w, value);
    else if (isnan(value))
        jw_str(w, STR("NaN"));
    else
        jw_str(w, value > 0 ? STR("Infinity") : STR("-Infinity"));
}

static void put_base64(JsonWriter *w, Str bytes)
{
    Buf text;
    char *at = NULL;

    buf_init(&text, SIZE_MAX);
    if (!w->st)
        w->st = buf_extend(&text, base64_encoded_len(bytes.len), &at);
    if (!w->st) {
        if (bytes.len)
            base64_encode(bytes, at);
        jw_str(w, buf_str(&text));
    }
    buf_deinit(&text);
}

static void put_scalar(JsonWriter *w, FieldType type, const PbField *f)
{
    switch (type) {
    case T_TEXT:
        jw_str(w, f->bytes);
        break;
    case T_HEX:
        jw_hex(w, (const uint8_t *)f->bytes.ptr, f->bytes.len);
        break;
    case T_BASE64:
        put_base64(w, f->bytes);
        break;
    case T_U32:
        jw_uint(w, f->value);
        break;
    case T_BOOL:
        jw_bool(w, f->value != 0);
        break;
    case T_DOUBLE:
        put_double(w, pb_double(f->value));
        break;
    default:
        put_digits(w, f, type == T_I64);
        break;
    }
}

static void end_array(JsonWriter *w, Open *o)
{
    if (o->in_array)
        jw_array_end(w);
    o->in_array = 0;
}

/* Key, and the bracket of an array where one begins. */
static void begin_field(JsonWriter *w, Open *o, uint32_t number, const Field *field)
{
    if (o->in_array == number)
        return;
    end_array(w, o);
    jw_key(w, str_from(field->name));
    if (field->repeated) {
        jw_array(w);
        o->in_array = number;
    }
}

static Status write_field(JsonWriter *w, Open *open, size_t *depth, const PbField *f)
{
    Open *top = &open[*depth - 1];
    const Field *field = f->number < MAX_FIELDS ? &schema[top->message][f->number] : NULL;

    if (!field || field->type == T_NONE)
        return ST_OK;
    begin_field(w, top, f->number, field);
    if (field->type != T_MESSAGE) {
        put_scalar(w, field->type, f);
        return jw_done(w);
    }
    if (*depth == MAX_OPEN)
        return ST_LIMIT;
    jw_object(w);
    open[(*depth)++] = (Open){.reader = pb_reader(f->bytes), .message = field->message};
    return jw_done(w);
}

Status otlp_transcode(Str request, Buf *out)
{
    Open open[MAX_OPEN];
    size_t depth = 1;
    JsonWriter w = jw_init(out);

    open[0] = (Open){.reader = pb_reader(request), .message = M_REQUEST};
    jw_object(&w);
    while (depth) {
        Open *top = &open[depth - 1];
        PbField f;

        if (pb_next(&top->reader, &f)) {
            const Status st = write_field(&w, open, &depth, &f);

            if (st)
                return st;
            continue;
        }
        if (top->reader.st)
            return top->reader.st;
        end_array(&w, top);
        jw_object_end(&w);
        depth--;
    }
    return jw_done(&w);
}
