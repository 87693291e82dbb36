/* SPDX-License-Identifier: Apache-2.0 */
/* Attribute lists to JSON and back; a rare path, written for exactness. */
#include "store/attr_json.h"

#include "base/map.h"
#include "codec/base64.h"
#include "codec/json_scan.h"
#include "codec/json_write.h"
#include "store/attr_name.h"

enum { FEW_ATTRS = 32 };
static const size_t max_json_bytes = (size_t)1 << 30;

/* JSON that is none is kept as a string: real VALUE_JSON is an array or a map. */
static void write_json(JsonWriter *w, Str text)
{
    if (json_valid(text, JSON_MAX_DEPTH - 1) && (text.ptr[0] == '[' || text.ptr[0] == '{'))
        jw_raw(w, text);
    else
        jw_str(w, text);
}

static void write_value(JsonWriter *w, Value v)
{
    switch (v.kind) {
    case VALUE_NONE:
        jw_null(w);
        return;
    case VALUE_STR:
        jw_str(w, v.as.s);
        return;
    case VALUE_BOOL:
        jw_bool(w, v.as.b);
        return;
    case VALUE_INT:
        jw_int(w, v.as.i);
        return;
    case VALUE_DOUBLE:
        jw_double(w, v.as.d);
        return;
    case VALUE_BYTES:
        jw_bytes(w, v.as.s);
        return;
    case VALUE_JSON:
        write_json(w, v.as.s);
        return;
    }
}

Status attr_json_encode(const NamedValue *items, size_t count, Arena *a, Str *out)
{
    Buf b;
    JsonWriter w;
    Status st;

    *out = (Str){0};
    if (!count)
        return ST_OK;
    buf_init(&b, max_json_bytes);
    w = jw_init(&b);
    jw_object(&w);
    for (size_t i = 0; i < count; i++) {
        jw_key(&w, items[i].name);
        write_value(&w, items[i].value);
    }
    jw_object_end(&w);
    st = jw_done(&w);
    if (!st)
        st = arena_copy(a, buf_str(&b), out);
    buf_deinit(&b);
    return st;
}

/* {"bytes": "<base64>"} or {"double": "NaN"}: the text of the one member. */
static Status wrapped_text(Str raw, Arena *a, Str *out)
{
    JsonScan s = json_scan(raw, 2);
    JsonEvent e;

    while (json_scan_next(&s, &e))
        if (e.kind == JSON_EVENT_STR)
            return json_unescape(&e, a, out);
    return ST_CORRUPT;
}

static Status read_bytes(Str raw, Arena *a, Value *out)
{
    Str text;
    uint8_t *bytes;
    size_t len = 0;
    Status st = wrapped_text(raw, a, &text);

    if (st)
        return st;
    bytes = arena_alloc(a, base64_decoded_max(text.len) + 1);
    if (!bytes)
        return ST_NOMEM;
    st = base64_decode(text, bytes, &len);
    if (st)
        return st;
    out->as.s = (Str){(const char *)bytes, len};
    return ST_OK;
}

static Status read_double(Str raw, Arena *a, Value *out)
{
    Str text = raw;

    if (str_starts(raw, STR("{"))) {
        const Status st = wrapped_text(raw, a, &text);

        if (st)
            return st;
        if (str_eq(text, STR("NaN")) || str_eq(text, STR("Infinity")) ||
            str_eq(text, STR("-Infinity"))) {
            const double inf = (double)1e308 * 10;

            out->as.d = text.ptr[0] == 'N' ? inf - inf : text.ptr[0] == '-' ? -inf : inf;
            return ST_OK;
        }
    }
    return str_to_double(text, &out->as.d);
}

static Status read_value(Str raw, ValueKind kind, Arena *a, Value *out)
{
    *out = (Value){.kind = kind};
    switch (kind) {
    case VALUE_STR:
        return wrapped_text(raw, a, &out->as.s);
    case VALUE_BOOL:
        out->as.b = str_eq(raw, STR("true"));
        return ST_OK;
    case VALUE_INT:
        return str_to_i64(raw, &out->as.i);
    case VALUE_DOUBLE:
        return read_double(raw, a, out);
    case VALUE_BYTES:
        return read_bytes(raw, a, out);
    case VALUE_NONE:
    case VALUE_JSON:
        break;
    }
    if (str_eq(raw, STR("null"))) {
        *out = (Value){.kind = VALUE_NONE};
        return ST_OK;
    }
    if (str_starts(raw, STR("\"")))
        return wrapped_text(raw, a, &out->as.s);
    out->as.s = raw;
    return ST_OK;
}

/* Members of the object, to size the array. */
static Status count_members(Str json, size_t *count)
{
    JsonScan s = json_scan(json, JSON_MAX_DEPTH);
    JsonEvent e;

    *count = 0;
    if (!json_scan_next(&s, &e) || e.kind != JSON_EVENT_OBJECT)
        return ST_CORRUPT;
    while (json_scan_next(&s, &e))
        *count += e.kind == JSON_EVENT_KEY && s.depth == 1;
    return s.st;
}

static Status read_members(Str json, Arena *a, NamedValue *items, size_t count)
{
    JsonScan s = json_scan(json, JSON_MAX_DEPTH);
    JsonEvent e;
    Status st = json_scan_next(&s, &e) ? ST_OK : ST_CORRUPT;

    for (size_t i = 0; i < count && !st; i++) {
        Str key;
        Str raw = {0};
        ValueKind kind;

        if (!json_scan_next(&s, &e) || e.kind != JSON_EVENT_KEY)
            return ST_CORRUPT;
        st = json_unescape(&e, a, &items[i].name);
        if (!st)
            st = json_scan_skip_raw(&s, &raw);
        if (st)
            return st;
        attr_key_decode(items[i].name, &key, &kind);
        st = read_value(raw, kind, a, &items[i].value);
    }
    return st;
}

Status attr_json_decode(Str json, Arena *a, NamedValue **items, size_t *count)
{
    size_t found = 0;
    NamedValue *list;
    Status st = count_members(json, &found);

    if (st)
        return st;
    list = arena_calloc(a, found + 1, sizeof *list);
    if (!list)
        return ST_NOMEM;
    st = read_members(json, a, list, found);
    if (st)
        return st;
    *items = list;
    *count = found;
    return ST_OK;
}

Status attr_list_to_json(AttrList attrs, Arena *a, Str *out)
{
    NamedValue *items;
    AttrList unique;
    Status st = attr_list_unique(attrs, a, &unique);

    if (st)
        return st;
    items = arena_alloc(a, (unique.len + 1) * sizeof *items);
    if (!items)
        return ST_NOMEM;
    for (size_t i = 0; i < unique.len && !st; i++) {
        items[i].value = unique.items[i].value;
        st = attr_key_encode(unique.items[i].key, items[i].value.kind, a, &items[i].name);
    }
    return st ? st : attr_json_encode(items, unique.len, a, out);
}

Status attr_list_from_json(Str json, Arena *a, AttrList *out)
{
    NamedValue *items = NULL;
    Attr *attrs;
    size_t count = 0;
    ValueKind kind;
    const Status st = attr_json_decode(json, a, &items, &count);

    if (st)
        return st;
    attrs = arena_alloc(a, (count + 1) * sizeof *attrs);
    if (!attrs)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++) {
        attr_key_decode(items[i].name, &attrs[i].key, &kind);
        attrs[i].value = items[i].value;
    }
    *out = (AttrList){attrs, count};
    return ST_OK;
}

/* ------------------------------------------------------------------ unique */

static bool comes_again(AttrList in, size_t i)
{
    for (size_t k = i + 1; k < in.len; k++)
        if (str_eq(in.items[k].key, in.items[i].key))
            return true;
    return false;
}

static bool few_are_unique(AttrList in)
{
    for (size_t i = 0; i + 1 < in.len; i++)
        if (comes_again(in, i))
            return false;
    return true;
}

/* Keep each key's last value, in the place of its first. */
static Status keep_last(AttrList in, Arena *a, AttrList *out)
{
    Attr *kept = arena_alloc(a, in.len * sizeof *kept);
    size_t len = 0;
    Map seen;
    Status st = kept ? ST_OK : ST_NOMEM;

    map_init(&seen, in.len);
    for (size_t i = 0; i < in.len && !st; i++) {
        uint64_t *place = NULL;
        bool added = false;

        st = map_entry(&seen, in.items[i].key, len, &place, &added);
        if (st)
            break;
        kept[*place] = in.items[i];
        len += added;
    }
    map_deinit(&seen);
    if (!st)
        *out = (AttrList){kept, len};
    return st;
}

Status attr_list_unique(AttrList in, Arena *a, AttrList *out)
{
    if (in.len > FEW_ATTRS || !few_are_unique(in))
        return keep_last(in, a, out);
    *out = in;
    return ST_OK;
}
