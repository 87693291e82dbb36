/* SPDX-License-Identifier: Apache-2.0 */
/* Events of json_scan to a tree.
 *
 * Finished nodes wait on one stack; the end of a container copies those above
 * its mark into the arena as one array and puts the container in their place:
 *
 *   stack: ... | container's first | second | third      marks: [.., first]
 */
#include "codec/json_read.h"

#include "base/vec.h"
#include "codec/json_scan.h"

#include <math.h>
#include <string.h>

typedef struct Builder {
    JsonScan scan;
    Arena *arena;
    VEC_OF(JsonMember) stack;
    size_t max_nodes;
    size_t marks[JSON_READ_DEPTH];  /* stack length when the container opened */
    size_t begins[JSON_READ_DEPTH]; /* where its text begins */
    Str keys[JSON_READ_DEPTH + 1];  /* key of the value to come, one a depth */
    const char *reason;             /* of an error that the scanner does not know */
} Builder;

static Status number(Builder *b, const JsonEvent *e, Json *out)
{
    out->raw = e->text;
    out->kind = JSON_KIND_INT;
    if (str_to_i64(e->text, &out->as.i) == ST_OK)
        return ST_OK;
    out->kind = JSON_KIND_DOUBLE;
    if (str_to_double(e->text, &out->as.d) == ST_OK && isfinite(out->as.d))
        return ST_OK;
    b->reason = "number out of range";
    return ST_CORRUPT;
}

static Status push(Builder *b, Json value)
{
    const JsonMember member = {b->keys[b->scan.depth], value};
    const Status st = VEC_PUSH(&b->stack, member, b->max_nodes);

    return st == ST_LIMIT ? ST_NOMEM : st;
}

static Status scalar(Builder *b, const JsonEvent *e)
{
    Json value = {.raw = str_slice(b->scan.in, e->pos, b->scan.pos)};
    Status st = ST_OK;

    switch (e->kind) {
    case JSON_EVENT_STR:
        value.kind = JSON_KIND_STR;
        st = json_unescape(e, b->arena, &value.as.s);
        break;
    case JSON_EVENT_NUMBER:
        st = number(b, e, &value);
        break;
    case JSON_EVENT_BOOL:
        value.kind = JSON_KIND_BOOL;
        value.as.b = e->truth;
        break;
    default:
        break;
    }
    return st ? st : push(b, value);
}

static Status finish_array(Builder *b, size_t mark, Json *out)
{
    const size_t count = b->stack.len - mark;
    Json *items = arena_calloc(b->arena, count ? count : 1, sizeof *items);

    if (!items)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++)
        items[i] = b->stack.items[mark + i].value;
    out->kind = JSON_KIND_ARRAY;
    out->as.array.items = items;
    out->as.array.len = count;
    return ST_OK;
}

static Status finish_object(Builder *b, size_t mark, Json *out)
{
    const size_t count = b->stack.len - mark;
    JsonMember *members = arena_calloc(b->arena, count ? count : 1, sizeof *members);

    if (!members)
        return ST_NOMEM;
    if (count)
        memcpy(members, b->stack.items + mark, count * sizeof *members);
    out->kind = JSON_KIND_OBJECT;
    out->as.object.members = members;
    out->as.object.len = count;
    return ST_OK;
}

static Status finish(Builder *b, bool object)
{
    const unsigned depth = b->scan.depth; /* already closed there */
    const size_t mark = b->marks[depth];
    Json value = {.raw = str_slice(b->scan.in, b->begins[depth], b->scan.pos)};
    const Status st = object ? finish_object(b, mark, &value) : finish_array(b, mark, &value);

    if (st)
        return st;
    b->stack.len = mark;
    return push(b, value);
}

static Status build(Builder *b)
{
    JsonEvent e;

    while (json_scan_next(&b->scan, &e)) {
        Status st = ST_OK;

        switch (e.kind) {
        case JSON_EVENT_OBJECT:
        case JSON_EVENT_ARRAY:
            b->marks[b->scan.depth - 1] = b->stack.len;
            b->begins[b->scan.depth - 1] = e.pos;
            b->keys[b->scan.depth] = (Str){0};
            break;
        case JSON_EVENT_OBJECT_END:
        case JSON_EVENT_ARRAY_END:
            st = finish(b, e.kind == JSON_EVENT_OBJECT_END);
            break;
        case JSON_EVENT_KEY:
            st = json_unescape(&e, b->arena, &b->keys[b->scan.depth]);
            break;
        default:
            st = scalar(b, &e);
            break;
        }
        if (st)
            return st;
    }
    b->reason = b->scan.reason;
    return b->scan.st;
}

Status json_parse(Str text, Arena *a, const Json **out, Err *err)
{
    Builder b = {.scan = json_scan(text, JSON_READ_DEPTH), .arena = a};
    Json *root = arena_calloc(a, 1, sizeof *root);
    Status st;

    b.max_nodes = (a->limit - a->used) / sizeof(JsonMember) + 1;
    st = root ? build(&b) : ST_NOMEM;
    if (st) {
        (void)err_set(err, st, b.scan.pos, "not valid JSON at byte %zu: %s", b.scan.pos,
                      b.reason ? b.reason : status_text(st));
    } else {
        *root = b.stack.items[0].value;
        *out = root;
    }
    VEC_FREE(&b.stack);
    return st;
}

Status json_parse_object(Str text, Arena *a, const Json **out, Err *err)
{
    const Json *root = NULL;
    const Status st = json_parse(text, a, &root, err);

    if (st)
        return st;
    if (root->kind != JSON_KIND_OBJECT)
        return err_set(err, ST_INVALID, 0, "the body must be a JSON object, not %s",
                       json_kind_name(root->kind));
    *out = root;
    return ST_OK;
}

const Json *json_get(const Json *object, Str key)
{
    if (!object || object->kind != JSON_KIND_OBJECT)
        return NULL;
    for (size_t i = object->as.object.len; i-- > 0;)
        if (str_eq(object->as.object.members[i].key, key))
            return &object->as.object.members[i].value;
    return NULL;
}

const char *json_kind_name(JsonKind kind)
{
    static const char *const names[] = {"null",     "a boolean", "an integer", "a number",
                                        "a string", "an array",  "an object"};

    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

/* The value of a field when it is there; *out is NULL for one left out. */
static Status field(const Json *object, Str key, JsonNeed need, JsonKind kind, const Json **out,
                    Err *err)
{
    const Json *v = json_get(object, key);

    if (!v || v->kind == JSON_KIND_NULL) {
        *out = NULL;
        return need == JSON_OPTIONAL
                   ? ST_OK
                   : err_set(err, ST_INVALID, 0, "%.*s: is required", STR_ARG(key));
    }
    if (v->kind != kind && !(kind == JSON_KIND_DOUBLE && v->kind == JSON_KIND_INT))
        return err_set(err, ST_INVALID, 0, "%.*s: must be %s, not %s", STR_ARG(key),
                       json_kind_name(kind), json_kind_name(v->kind));
    *out = v;
    return ST_OK;
}

Status json_field_str(const Json *object, Str key, JsonNeed need, Str *out, Err *err)
{
    const Json *v = NULL;
    const Status st = field(object, key, need, JSON_KIND_STR, &v, err);

    if (!st && v)
        *out = v->as.s;
    return st;
}

Status json_field_bool(const Json *object, Str key, JsonNeed need, bool *out, Err *err)
{
    const Json *v = NULL;
    const Status st = field(object, key, need, JSON_KIND_BOOL, &v, err);

    if (!st && v)
        *out = v->as.b;
    return st;
}

Status json_field_int(const Json *object, Str key, JsonNeed need, int64_t *out, Err *err)
{
    const Json *v = NULL;
    const Status st = field(object, key, need, JSON_KIND_INT, &v, err);

    if (!st && v)
        *out = v->as.i;
    return st;
}

Status json_field_double(const Json *object, Str key, JsonNeed need, double *out, Err *err)
{
    const Json *v = NULL;
    const Status st = field(object, key, need, JSON_KIND_DOUBLE, &v, err);

    if (!st && v)
        *out = v->kind == JSON_KIND_INT ? (double)v->as.i : v->as.d;
    return st;
}

Status json_field_array(const Json *object, Str key, JsonNeed need, const Json **out, Err *err)
{
    const Json *v = NULL;
    const Status st = field(object, key, need, JSON_KIND_ARRAY, &v, err);

    if (!st && v)
        *out = v;
    return st;
}

Status json_field_object(const Json *object, Str key, JsonNeed need, const Json **out, Err *err)
{
    const Json *v = NULL;
    const Status st = field(object, key, need, JSON_KIND_OBJECT, &v, err);

    if (!st && v)
        *out = v;
    return st;
}
