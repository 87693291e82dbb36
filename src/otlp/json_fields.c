/* SPDX-License-Identifier: Apache-2.0 */
/* Typed reading of single JSON fields. */
#include "otlp/json_fields.h"

#include <string.h>

Status json_event(JsonDecoder *j, JsonEvent *out)
{
    JsonScan *s = &j->scan;

    if (json_scan_next(s, out))
        return ST_OK;
    return err_set(j->base.err, s->st ? s->st : ST_CORRUPT, s->pos,
                   "not valid JSON at byte %zu: %s", s->pos,
                   s->reason ? s->reason : "unexpected end");
}

static Status decode_text(JsonDecoder *j, const JsonEvent *e, Str *out)
{
    const Status st = json_unescape(e, j->base.arena, out);

    return st ? decoder_no_room(&j->base, e->text.len) : ST_OK;
}

Status json_next_key(JsonDecoder *j, Str *key, bool *more)
{
    JsonEvent e;
    const Status st = json_event(j, &e);

    if (st)
        return st;
    *more = e.kind == JSON_EVENT_KEY;
    return *more ? decode_text(j, &e, key) : ST_OK;
}

Status json_next_element(JsonDecoder *j, JsonEvent *out, bool *more)
{
    const Status st = json_event(j, out);

    if (!st)
        *more = out->kind != JSON_EVENT_ARRAY_END;
    return st;
}

Status json_leave(JsonDecoder *j, unsigned depth)
{
    JsonEvent e;

    while (j->scan.depth > depth) {
        const Status st = json_event(j, &e);

        if (st)
            return st;
    }
    return ST_OK;
}

Status json_skip(JsonDecoder *j)
{
    const unsigned depth = j->scan.depth;
    JsonEvent e;
    const Status st = json_event(j, &e);

    return st ? st : json_leave(j, depth);
}

bool json_key_is(Str key, const char *camel)
{
    size_t i = 0;

    for (; *camel; camel++) {
        char c = (char)(i < key.len ? key.ptr[i++] : '\0');

        if (c == '_' && i < key.len && key.ptr[i] >= 'a' && key.ptr[i] <= 'z')
            c = (char)(key.ptr[i++] - 'a' + 'A');
        if (c != *camel)
            return false;
    }
    return i == key.len;
}

static bool opens(const JsonEvent *e)
{
    return e->kind == JSON_EVENT_OBJECT || e->kind == JSON_EVENT_ARRAY;
}

Status json_wrong_type(JsonDecoder *j, const JsonEvent *e, const char *field, const char *want)
{
    const Status st = opens(e) ? json_leave(j, j->scan.depth - 1) : ST_OK;
    char reason[64] = "must be ";

    if (st)
        return st;
    (void)strncat(reason, want, sizeof reason - sizeof "must be ");
    if (!*field)
        return err_set(j->base.err, ST_INVALID, e->pos, "resourceSpans: %s", reason);
    if (!j->base.in_span)
        return err_set(j->base.err, ST_INVALID, e->pos, "resourceSpans[%zu].%s: %s",
                       j->base.resource_index, field, reason);
    span_refuse(&j->base, reason, "%s", field);
    return ST_OK;
}

Status json_take_text(JsonDecoder *j, const char *field, Str *out)
{
    JsonEvent e;
    const Status st = json_event(j, &e);

    if (st || e.kind == JSON_EVENT_NULL)
        return st;
    if (e.kind != JSON_EVENT_STR)
        return json_wrong_type(j, &e, field, "a string");
    return decode_text(j, &e, out);
}

static bool is_number_like(const JsonEvent *e)
{
    return e->kind == JSON_EVENT_NUMBER || (e->kind == JSON_EVENT_STR && !e->escaped);
}

/* 1e9 and 5.0 are whole numbers too. */
static bool whole_double(Str text, double min, double max, double *out)
{
    return text.len && ((text.ptr[0] >= '0' && text.ptr[0] <= '9') || text.ptr[0] == '-') &&
           str_to_double(text, out) == ST_OK && *out >= min && *out < max &&
           (*out >= 9007199254740992.0 || *out <= -9007199254740992.0 ||
            *out == (double)(int64_t)*out);
}

bool json_integer_text(Str text, int64_t *out)
{
    double value;

    if (str_to_i64(text, out) == ST_OK)
        return true;
    if (!whole_double(text, -9223372036854775808.0, 9223372036854775808.0, &value))
        return false;
    *out = (int64_t)value;
    return true;
}

static bool unsigned_text(Str text, uint64_t *out)
{
    double value;

    if (str_to_u64(text, out) == ST_OK)
        return true;
    if (!whole_double(text, 0, 18446744073709551616.0, &value))
        return false;
    *out = (uint64_t)value;
    return true;
}

Status json_take_u64(JsonDecoder *j, const char *field, uint64_t *out)
{
    JsonEvent e;
    const Status st = json_event(j, &e);

    if (st || e.kind == JSON_EVENT_NULL)
        return st;
    if (!is_number_like(&e) || !unsigned_text(e.text, out))
        return json_wrong_type(j, &e, field, "an unsigned integer of at most 64 bits");
    return ST_OK;
}

Status json_take_u32(JsonDecoder *j, const char *field, uint32_t *out)
{
    uint64_t value = *out;
    const Status st = json_take_u64(j, field, &value);

    if (!st)
        *out = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    return st;
}

static bool enum_name(Str text, const char *prefix, const char *const *names, size_t count,
                      int32_t *out)
{
    if (str_starts(text, str_from(prefix)))
        text = str_slice(text, strlen(prefix), text.len);
    for (size_t i = 0; i < count; i++) {
        if (str_eq(text, str_from(names[i]))) {
            *out = (int32_t)i;
            return true;
        }
    }
    return false;
}

/* Numbers that are not in the list are mended later, as in protobuf. */
Status json_take_enum(JsonDecoder *j, const char *field, const char *prefix,
                      const char *const *names, size_t count, int32_t *out)
{
    JsonEvent e;
    int64_t number = 0;
    const Status st = json_event(j, &e);

    if (st || e.kind == JSON_EVENT_NULL)
        return st;
    if (e.kind == JSON_EVENT_STR && enum_name(e.text, prefix, names, count, out))
        return ST_OK;
    if (!is_number_like(&e) || !json_integer_text(e.text, &number))
        return json_wrong_type(j, &e, field, "an enum's number or name");
    *out = number >= 0 && (uint64_t)number < count ? (int32_t)number : 0;
    return ST_OK;
}

Status json_take_id(JsonDecoder *j, const char *field, size_t len, uint8_t *out)
{
    JsonEvent e;
    const Status st = json_event(j, &e);

    if (st)
        return st;
    memset(out, 0, len);
    if (e.kind == JSON_EVENT_NULL || (e.kind == JSON_EVENT_STR && e.text.len == 0))
        return ST_OK;
    if (e.kind != JSON_EVENT_STR || e.escaped || hex_decode(e.text, out, len))
        return json_wrong_type(j, &e, field,
                               len == TRACE_ID_BYTES ? "32 hex digits" : "16 hex digits");
    return ST_OK;
}

static Status take_container(JsonDecoder *j, const char *field, JsonEventKind kind,
                             const char *want, bool *present)
{
    JsonEvent e;
    const Status st = json_event(j, &e);

    if (st)
        return st;
    *present = e.kind == kind;
    if (*present || e.kind == JSON_EVENT_NULL)
        return ST_OK;
    return json_wrong_type(j, &e, field, want);
}

Status json_take_object(JsonDecoder *j, const char *field, bool *present)
{
    return take_container(j, field, JSON_EVENT_OBJECT, "an object", present);
}

Status json_take_array(JsonDecoder *j, const char *field, bool *present)
{
    return take_container(j, field, JSON_EVENT_ARRAY, "an array", present);
}
