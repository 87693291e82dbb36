/* SPDX-License-Identifier: Apache-2.0 */
/* Matching a path against the table of routes.
 *
 * Segments are compared still encoded: a %2F inside a name stays inside its
 * segment and is decoded only after the split. */
#include "http/route.h"

/* The next segment of "/a/b"; false at the end. */
static bool next_segment(Str *path, Str *segment)
{
    if (!path->len || path->ptr[0] != '/')
        return false;
    *path = str_slice(*path, 1, path->len);
    *segment = str_slice(*path, 0, str_find_char(*path, '/'));
    *path = str_slice(*path, segment->len, path->len);
    return true;
}

static bool is_param(Str segment)
{
    return segment.len > 2 && segment.ptr[0] == '{';
}

/* Whether `path` fits; raw parameters go to q->params. */
static bool match(Str pattern, Request *q)
{
    Str path = q->path;
    Str want;
    Str have;

    q->param_count = 0;
    while (next_segment(&pattern, &want)) {
        if (!next_segment(&path, &have))
            return false;
        if (!is_param(want)) {
            if (!str_eq(want, have))
                return false;
            continue;
        }
        if (!have.len || q->param_count == REQUEST_MAX_PARAMS)
            return false;
        q->params[q->param_count++] = (Pair){str_slice(want, 1, want.len - 1), have};
    }
    return path.len == 0;
}

static bool method_fits(Str method, const char *wanted)
{
    const Str want = str_from(wanted);

    return str_eq(method, want) || (str_eq(method, STR("HEAD")) && str_eq(want, STR("GET")));
}

static Status decode_params(Request *q)
{
    for (size_t i = 0; i < q->param_count; i++) {
        const Status st = percent_decode(q->params[i].value, false, q->arena, &q->params[i].value);

        if (st)
            return st;
    }
    return ST_OK;
}

static Status add_allowed(Buf *allow, const char *method)
{
    Status st;

    if (allow->len) {
        st = buf_append(allow, STR(", "));
        if (st)
            return st;
    }
    st = buf_append(allow, str_from(method));
    if (!st && str_eq(str_from(method), STR("GET")))
        st = buf_append(allow, STR(", HEAD"));
    return st;
}

Status route_find(const Router *router, Request *q, size_t *index, Buf *allow)
{
    bool other = false;

    for (size_t i = 0; i < router->count; i++) {
        const Route *route = &router->routes[i];
        Status st;

        if (!match(str_from(route->pattern), q))
            continue;
        if (method_fits(q->method, route->method)) {
            *index = i;
            q->route = i;
            return decode_params(q);
        }
        other = true;
        st = add_allowed(allow, route->method);
        if (st)
            return st;
    }
    q->param_count = 0;
    return other ? ST_UNSUPPORTED : ST_NOTFOUND;
}
