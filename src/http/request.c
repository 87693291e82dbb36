/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a request target apart: percent-decoding, query parameters.
 *
 * Everything here sees bytes straight from the network; the fuzz target
 * fuzz_http_target drives it together with the router. */
#include "http/request.h"

#include <string.h>

static Str find_pair(const Pair *pairs, size_t count, Str name, bool *found)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(pairs[i].name, name)) {
            *found = true;
            return pairs[i].value;
        }
    }
    *found = false;
    return (Str){0};
}

Str request_header(const Request *r, Str name)
{
    for (size_t i = 0; i < r->header_count; i++) {
        if (str_eq_nocase(r->headers[i].name, name))
            return r->headers[i].value;
    }
    return (Str){0};
}

Str request_param(const Request *r, Str name)
{
    bool found;

    return find_pair(r->params, r->param_count, name, &found);
}

bool request_query(const Request *r, Str name, Str *value)
{
    bool found;
    const Str v = find_pair(r->query, r->query_count, name, &found);

    if (found)
        *value = v;
    return found;
}

/* One character of `s` at *i, decoded. */
static Status decode_one(Str s, size_t *i, bool form, char *out)
{
    uint8_t byte;

    if (s.ptr[*i] == '%') {
        if (s.len - *i < 3 || hex_decode(str_slice(s, *i + 1, *i + 3), &byte, 1) != ST_OK)
            return ST_CORRUPT;
        *i += 3;
        *out = (char)byte;
    } else {
        *out = s.ptr[*i];
        if (form && *out == '+')
            *out = ' ';
        *i += 1;
    }
    return *out == '\0' ? ST_CORRUPT : ST_OK;
}

Status percent_decode(Str s, bool form, Arena *a, Str *out)
{
    char *text = arena_alloc(a, s.len ? s.len : 1);
    size_t len = 0;

    if (!text)
        return ST_NOMEM;
    for (size_t i = 0; i < s.len; len++) {
        const Status st = decode_one(s, &i, form, text + len);

        if (st)
            return st;
    }
    if (!utf8_valid((Str){text, len}))
        return ST_CORRUPT;
    *out = (Str){text, len};
    return ST_OK;
}

static Status decode_pair(Str part, Arena *a, Pair *out)
{
    Str name;
    Str value;
    Status st;

    str_cut(part, '=', &name, &value);
    st = percent_decode(name, true, a, &name);
    if (st)
        return st;
    st = percent_decode(value, true, a, &value);
    if (st)
        return st;
    *out = (Pair){name, value};
    return ST_OK;
}

Status query_split(Str text, Arena *a, Pair **out, size_t *count)
{
    Pair pairs[REQUEST_MAX_QUERY];
    size_t n = 0;

    while (text.len) {
        Str part;
        Status st;

        str_cut(text, '&', &part, &text);
        if (!part.len)
            continue;
        if (n == REQUEST_MAX_QUERY)
            return ST_LIMIT;
        st = decode_pair(part, a, &pairs[n]);
        if (st)
            return st;
        n++;
    }
    *out = NULL;
    if (n) {
        *out = arena_calloc(a, n, sizeof **out);
        if (!*out)
            return ST_NOMEM;
        memcpy(*out, pairs, n * sizeof **out);
    }
    *count = n;
    return ST_OK;
}

Status request_set_target(Request *r, Str target)
{
    Str query;

    if (target.len > REQUEST_MAX_TARGET)
        return ST_LIMIT;
    if (!target.len || target.ptr[0] != '/')
        return ST_CORRUPT;
    str_cut(target, '?', &r->path, &query);
    return query_split(query, r->arena, &r->query, &r->query_count);
}
