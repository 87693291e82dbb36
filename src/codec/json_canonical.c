/* SPDX-License-Identifier: Apache-2.0 */
/* A walk with a stack of its own: containers that are open, each with what is left of it. */
#include "codec/json_canonical.h"

#include "codec/json_write.h"

#include <stdlib.h>

typedef struct Open {
    const Json *items;                /* of an array, or NULL */
    const JsonMember *const *members; /* of an object, sorted, or NULL */
    size_t len;
    size_t at;
} Open;

/* By key; of equal keys the one that is written later comes last. */
static int compare_members(const void *a, const void *b)
{
    const JsonMember *const x = *(const JsonMember *const *)a;
    const JsonMember *const y = *(const JsonMember *const *)b;
    const int order = str_cmp(x->key, y->key);

    return order ? order : x < y ? -1 : x > y;
}

static Status sort_members(const Json *object, Arena *scratch, Open *out)
{
    const size_t count = object->as.object.len;
    const JsonMember **sorted = arena_calloc(scratch, count + 1, sizeof(const JsonMember *));
    size_t kept = 0;

    if (!sorted)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &object->as.object.members[i];
    qsort(sorted, count, sizeof(const JsonMember *), compare_members);
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || !str_eq(sorted[i]->key, sorted[i + 1]->key))
            sorted[kept++] = sorted[i];
    *out = (Open){.members = sorted, .len = kept};
    return ST_OK;
}

/* A number that is whole as it is written: the reader gave up only its size. */
static bool is_whole(Str raw)
{
    for (size_t i = 0; i < raw.len; i++)
        if (raw.ptr[i] == '.' || raw.ptr[i] == 'e' || raw.ptr[i] == 'E')
            return false;
    return true;
}

static void write_scalar(JsonWriter *w, const Json *value)
{
    switch (value->kind) {
    case JSON_KIND_BOOL:
        jw_bool(w, value->as.b);
        break;
    case JSON_KIND_INT:
        jw_int(w, value->as.i);
        break;
    case JSON_KIND_DOUBLE:
        if (is_whole(value->raw))
            jw_raw(w, value->raw);
        else
            jw_double(w, value->as.d + 0.0); /* no sign for zero */
        break;
    case JSON_KIND_STR:
        jw_str(w, value->as.s);
        break;
    default:
        jw_null(w);
        break;
    }
}

static Status begin(JsonWriter *w, const Json *value, Arena *scratch, Open *stack, size_t *depth)
{
    if (value->kind == JSON_KIND_ARRAY) {
        jw_array(w);
        stack[(*depth)++] = (Open){.items = value->as.array.items, .len = value->as.array.len};
        return ST_OK;
    }
    if (value->kind == JSON_KIND_OBJECT) {
        jw_object(w);
        return sort_members(value, scratch, &stack[(*depth)++]);
    }
    write_scalar(w, value);
    return ST_OK;
}

static void end(JsonWriter *w, const Open *open)
{
    if (open->members)
        jw_object_end(w);
    else
        jw_array_end(w);
}

Status json_canonical(const Json *value, Arena *scratch, Buf *out)
{
    Open stack[JSON_READ_DEPTH + 1];
    size_t depth = 0;
    JsonWriter w = jw_init(out);
    Status st = begin(&w, value, scratch, stack, &depth);

    while (!st && depth) {
        Open *top = &stack[depth - 1];

        if (top->at == top->len) {
            end(&w, top);
            depth--;
        } else if (top->members) {
            const JsonMember *m = top->members[top->at++];

            jw_key(&w, m->key);
            st = begin(&w, &m->value, scratch, stack, &depth);
        } else {
            st = begin(&w, &top->items[top->at++], scratch, stack, &depth);
        }
    }
    return st ? st : jw_done(&w);
}

/* The smaller of two keys, either of which may be over. */
static int compare_heads(const Open *a, const Open *b)
{
    if (a->at == a->len || b->at == b->len)
        return a->at == a->len ? 1 : -1;
    return str_cmp(a->members[a->at]->key, b->members[b->at]->key);
}

Status json_merge(const Json *under, const Json *over, Arena *scratch, Buf *out)
{
    JsonWriter w = jw_init(out);
    Open a = {0};
    Open b = {0};
    Status st = sort_members(under, scratch, &a);

    if (!st)
        st = sort_members(over, scratch, &b);
    if (st)
        return st;
    jw_object(&w);
    while (a.at < a.len || b.at < b.len) {
        const int order = compare_heads(&a, &b);
        const JsonMember *m = order < 0 ? a.members[a.at] : b.members[b.at];

        a.at += order <= 0;
        b.at += order >= 0;
        jw_key_raw(&w, m->key, m->value.raw);
    }
    jw_object_end(&w);
    return jw_done(&w);
}
