/* SPDX-License-Identifier: Apache-2.0 */
/* See body.h. */
#include "domain/body.h"

#include "codec/json_write.h"
#include "domain/project.h"

#include <stdlib.h>

Status body_parse(Str text, Arena *arena, const Json **out, FieldErr *err)
{
    Err why = {0};
    const Status st = json_parse_object(text, arena, out, &why);

    if (st == ST_NOMEM)
        return field_err_set(err, ST_LIMIT, "", "the body is too large");
    return st ? field_err_set(err, ST_INVALID, "", "%s", why.msg) : ST_OK;
}

Status body_name(const Json *body, const char *field, JsonNeed need, Str *out, FieldErr *err)
{
    const Json *value = json_get(body, str_from(field));
    Err why = {0};
    Str name = {0};

    if (json_field_str(body, str_from(field), need, &name, &why))
        return field_err_set(err, ST_INVALID, field, "%s", why.msg);
    if (!value || value->kind == JSON_KIND_NULL)
        return ST_OK;
    *out = name;
    return name_check(name, field, err);
}

Status body_text(const Json *body, const char *field, size_t most, Str *out, bool *given,
                 FieldErr *err)
{
    const Json *value = json_get(body, str_from(field));
    Err why = {0};

    if (given)
        *given = value && value->kind != JSON_KIND_NULL;
    if (json_field_str(body, str_from(field), JSON_OPTIONAL, out, &why))
        return field_err_set(err, ST_INVALID, field, "%s", why.msg);
    if (out->len > most)
        return field_err_set(err, ST_INVALID, field, "%s: at most %zu bytes, not %zu", field, most,
                             out->len);
    return ST_OK;
}

Status body_object(const Json *body, const char *field, Str *out, bool *given, FieldErr *err)
{
    const Json *object = NULL;
    Err why = {0};

    if (json_field_object(body, str_from(field), JSON_OPTIONAL, &object, &why))
        return field_err_set(err, ST_INVALID, field, "%s", why.msg);
    if (object && object->raw.len > OBJECT_MAX)
        return field_err_set(err, ST_INVALID, field, "%s: at most %d bytes, not %zu", field,
                             (int)OBJECT_MAX, object->raw.len);
    if (given)
        *given = object != NULL;
    if (object)
        *out = object->raw;
    return ST_OK;
}

static int compare_names(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

static Status check_names(const Json *list, const char *field, Str *names, FieldErr *err)
{
    for (size_t i = 0; i < list->as.array.len; i++) {
        const Json *item = &list->as.array.items[i];

        if (item->kind != JSON_KIND_STR)
            return field_err_set(err, ST_INVALID, field, "%s[%zu]: must be a string, not %s", field,
                                 i, json_kind_name(item->kind));
        if (name_check(item->as.s, field, err))
            return ST_INVALID;
        for (size_t k = 0; k < i; k++)
            if (str_eq(names[k], item->as.s))
                return field_err_set(err, ST_INVALID, field, "%s[%zu]: \"%.*s\" stands there twice",
                                     field, i, STR_ARG(item->as.s));
        names[i] = item->as.s;
    }
    return ST_OK;
}

static Status write_names(const Str *names, size_t len, Arena *arena, Str *out)
{
    Buf text;
    JsonWriter w;
    Status st;

    buf_init(&text, (size_t)4 * OBJECT_MAX);
    w = jw_init(&text);
    jw_array(&w);
    for (size_t i = 0; i < len; i++)
        jw_str(&w, names[i]);
    jw_array_end(&w);
    st = jw_done(&w);
    if (!st)
        st = arena_copy(arena, buf_str(&text), out);
    buf_deinit(&text);
    return st;
}

Status body_names(const Json *body, const char *field, size_t most, bool sorted, Arena *arena,
                  Str *out, bool *given, FieldErr *err)
{
    const Json *list = NULL;
    Str *names;
    Err why = {0};
    Status st;

    if (json_field_array(body, str_from(field), JSON_OPTIONAL, &list, &why))
        return field_err_set(err, ST_INVALID, field, "%s", why.msg);
    if (given)
        *given = list != NULL;
    if (!list)
        return ST_OK;
    if (list->as.array.len > most)
        return field_err_set(err, ST_INVALID, field, "%s: at most %zu, not %zu", field, most,
                             list->as.array.len);
    names = arena_calloc(arena, list->as.array.len + 1, sizeof *names);
    if (!names)
        return ST_NOMEM;
    st = check_names(list, field, names, err);
    if (st)
        return st;
    if (sorted)
        qsort(names, list->as.array.len, sizeof *names, compare_names);
    return write_names(names, list->as.array.len, arena, out);
}

Status body_count(const Json *body, const char *field, int64_t least, int64_t *out, FieldErr *err)
{
    const Json *value = json_get(body, str_from(field));
    int64_t n = 0;
    Err why = {0};

    if (json_field_int(body, str_from(field), JSON_OPTIONAL, &n, &why))
        return field_err_set(err, ST_INVALID, field, "%s", why.msg);
    if (!value || value->kind == JSON_KIND_NULL)
        return ST_OK;
    if (n < least)
        return field_err_set(err, ST_INVALID, field, "%s: must be at least %lld", field,
                             (long long)least);
    *out = n;
    return ST_OK;
}

Status names_split(Str json, Arena *arena, Str **out, size_t *len)
{
    const Json *list = NULL;
    Str *names;
    Status st = json_parse(json, arena, &list, NULL);

    if (st || list->kind != JSON_KIND_ARRAY)
        return st ? st : ST_CORRUPT;
    names = arena_calloc(arena, list->as.array.len + 1, sizeof *names);
    if (!names)
        return ST_NOMEM;
    for (size_t i = 0; i < list->as.array.len; i++)
        names[i] = list->as.array.items[i].as.s;
    *out = names;
    *len = list->as.array.len;
    return ST_OK;
}
