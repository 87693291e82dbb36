/* SPDX-License-Identifier: Apache-2.0 */
/* Attribute column names: prefix by owner, suffix by kind. */
#include "store/attr_name.h"

#include <string.h>

static const Str prefixes[ATTR_OWNERS] = {
    [ATTR_OF_SPAN] = {"attr.", 5},
    [ATTR_OF_RESOURCE] = {"resource.", 9},
};

static const struct {
    ValueKind kind;
    Str suffix;
} suffixes[] = {
    {VALUE_STR, {"#str", 4}},   {VALUE_INT, {"#int", 4}},   {VALUE_DOUBLE, {"#double", 7}},
    {VALUE_BOOL, {"#bool", 5}}, {VALUE_JSON, {"#json", 5}}, {VALUE_BYTES, {"#bytes", 6}},
};

enum { SUFFIXES = sizeof suffixes / sizeof suffixes[0], MAX_SUFFIX = 7 };

ValueKind attr_column_kind(ValueKind kind)
{
    return kind == VALUE_NONE ? VALUE_JSON : kind;
}

VectorType attr_vector_type(ValueKind kind)
{
    switch (kind) {
    case VALUE_STR:
        return VECTOR_STR;
    case VALUE_BOOL:
        return VECTOR_BOOL;
    case VALUE_INT:
        return VECTOR_INT;
    case VALUE_DOUBLE:
        return VECTOR_DOUBLE;
    case VALUE_BYTES:
        return VECTOR_BYTES;
    case VALUE_NONE:
    case VALUE_JSON:
        break;
    }
    return VECTOR_JSON;
}

/* Is there a '#' where a suffix would begin?  Mostly not, which this tells for the
 * price of a few bytes. */
static bool maybe_suffixed(Str text)
{
    const size_t tail = text.len < MAX_SUFFIX ? text.len : MAX_SUFFIX;

    return tail && memchr(text.ptr + text.len - tail, '#', tail);
}

void attr_key_decode(Str text, Str *key, ValueKind *kind)
{
    *key = text;
    *kind = VALUE_STR;
    if (!maybe_suffixed(text))
        return;
    for (size_t i = 0; i < SUFFIXES; i++) {
        if (!str_ends(text, suffixes[i].suffix))
            continue;
        *key = str_slice(text, 0, text.len - suffixes[i].suffix.len);
        *kind = suffixes[i].kind;
        return;
    }
}

/* A text needs #str only when its key would be taken for a suffixed one. */
static Str suffix_for(Str key, ValueKind kind)
{
    Str plain;
    ValueKind read;

    attr_key_decode(key, &plain, &read);
    if (kind == VALUE_STR && plain.len == key.len)
        return (Str){0};
    for (size_t i = 0; i < SUFFIXES; i++)
        if (suffixes[i].kind == attr_column_kind(kind))
            return suffixes[i].suffix;
    return (Str){0};
}

/* Not printf: a key may hold NUL. */
static Status join(Arena *a, const Str *parts, size_t count, Str *out)
{
    size_t len = 0;
    char *text;

    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    text = arena_alloc(a, len + 1);
    if (!text)
        return ST_NOMEM;
    *out = (Str){text, len};
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len)
            memcpy(text, parts[i].ptr, parts[i].len);
        text += parts[i].len;
    }
    return ST_OK;
}

Status attr_key_encode(Str key, ValueKind kind, Arena *a, Str *out)
{
    const Str parts[] = {key, suffix_for(key, kind)};

    if (parts[1].len)
        return join(a, parts, 2, out);
    *out = key;
    return ST_OK;
}

Status attr_column_name(const AttrColumn *c, Arena *a, Str *out)
{
    const Str parts[] = {prefixes[c->owner], c->key, suffix_for(c->key, c->kind)};

    return join(a, parts, 3, out);
}

bool attr_column_parse(Str name, AttrColumn *out)
{
    for (AttrOwner owner = ATTR_OF_SPAN; owner < ATTR_OWNERS; owner++) {
        if (!str_starts(name, prefixes[owner]))
            continue;
        out->owner = owner;
        attr_key_decode(str_slice(name, prefixes[owner].len, name.len), &out->key, &out->kind);
        return true;
    }
    return false;
}
