/* SPDX-License-Identifier: Apache-2.0 */
/* Filling an answer. */
#include "http/response.h"

#include <assert.h>

void response_init(Response *r)
{
    *r = (Response){.status = 200};
    buf_init(&r->body, RESPONSE_MAX_BYTES);
}

void response_deinit(Response *r)
{
    buf_deinit(&r->body);
    if (r->kind == BODY_SHARED && r->shared.release)
        r->shared.release(r->shared.owner);
    if (r->kind == BODY_EVENTS && r->events.free)
        r->events.free(r->events.context);
    r->shared = (SharedBytes){0};
    r->events = (EventSource){0};
    r->kind = BODY_BYTES;
}

void response_reset(Response *r)
{
    response_deinit(r);
    response_init(r);
}

void response_header(Response *r, Str name, Str value)
{
    assert(r->header_count < RESPONSE_MAX_HEADERS);
    if (r->header_count < RESPONSE_MAX_HEADERS)
        r->headers[r->header_count++] = (Pair){name, value};
}

void response_type(Response *r, int status, Str content_type)
{
    r->status = status;
    r->content_type = content_type;
}

/* If-None-Match is a list of tags, some with W/ in front, or `*`.  A weak
 * comparison is what RFC 9110 asks for here. */
static bool list_has_tag(Str list, Str etag)
{
    while (list.len) {
        Str item;

        str_cut(list, ',', &item, &list);
        item = str_trim(item);
        if (str_starts(item, STR("W/")))
            item = str_slice(item, 2, item.len);
        if (str_eq(item, etag) || str_eq(item, STR("*")))
            return true;
    }
    return false;
}

bool response_etag(const Request *q, Response *r, Str etag)
{
    response_header(r, STR("ETag"), etag);
    if (!list_has_tag(request_header(q, STR("if-none-match")), etag))
        return false;
    r->status = 304;
    return true;
}
