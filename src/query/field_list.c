/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting at commas, past quotes and parentheses. */
#include "query/field_list.h"

Str field_list_cut(Str text, char stop, Str *rest)
{
    bool quoted = false;
    size_t depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (quoted)
            continue;
        else if (c == stop && depth == 0) {
            *rest = str_slice(text, i + 1, text.len);
            return str_slice(text, 0, i);
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && depth) {
            depth--;
        }
    }
    *rest = (Str){0};
    return text;
}

/* attr."odd key" -> attr.odd key */
static Status unquote(Str text, Arena *arena, Str *out)
{
    char *copy = arena_alloc(arena, text.len + 1);
    size_t len = 0;

    if (!copy)
        return ST_NOMEM;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            continue;
        if (text.ptr[i] == '\\' && i + 1 < text.len)
            i++;
        copy[len++] = text.ptr[i];
    }
    *out = (Str){copy, len};
    return ST_OK;
}

Status field_list_one(Str text, Arena *arena, Err *err, Field *out)
{
    Str name = {0};
    Status st = unquote(str_trim(text), arena, &name);

    if (st)
        return st;
    if (name.len == 0)
        return err_set(err, ST_INVALID, 0, "the name of a field is missing");
    return field_find(name, arena, err, out);
}

Status field_list_parse(Str text, size_t max, Arena *arena, Err *err, Field *out, size_t *count)
{
    Str rest = str_trim(text);
    bool more = rest.len != 0;

    *count = 0;
    while (more) {
        const size_t before = rest.len;
        const Str part = field_list_cut(rest, ',', &rest);
        Status st;

        more = part.len < before; /* a comma stood there */
        if (*count == max)
            return err_set(err, ST_LIMIT, 0, "at most %zu fields", max);
        st = field_list_one(part, arena, err, &out[*count]);
        if (st)
            return st;
        ++*count;
    }
    return ST_OK;
}
