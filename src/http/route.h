/* SPDX-License-Identifier: Apache-2.0 */
/* Router: one const table of routes, tried in order.
 *
 * A pattern is literal segments and `{name}` segments, which match any one
 * non-empty segment.  Put the literal before the parameter where both match:
 * the first match wins.  O(routes) a request, with no memory. */
#ifndef VIREO_HTTP_ROUTE_H
#define VIREO_HTTP_ROUTE_H

#include "http/request.h"
#include "http/response.h"

/* `context` is HttpOptions.context. */
typedef void HttpHandler(void *context, Request *q, Response *r);

typedef enum RouteFlag {
    ROUTE_INLINE = 1, /* answers from memory in microseconds: runs on the HTTP thread */
    ROUTE_SLOW = 2,   /* may block on the disk: never takes the last free workers */
    ROUTE_OPEN = 4,   /* no guard: health, metrics' peers, the page */
    ROUTE_OTLP = 8,   /* errors are answered in OTLP's own way */
    ROUTE_MAKES = 16  /* without accounts, the project of the path is made */
} RouteFlag;

typedef struct Route {
    const char *method;
    const char *pattern;
    HttpHandler *handler;
    int role; /* least role; the guard knows what it means */
    unsigned flags;
} Route;

typedef struct Router {
    const Route *routes;
    size_t count;
} Router;

enum { ROUTE_NONE = -1, ROUTE_OTHER_METHOD = -2 };

/* Index of the route of method and path, and its parameters in q->params
 * (decoded).  HEAD finds GET.  ST_NOTFOUND: no such path.  ST_UNSUPPORTED: the
 * path exists with other methods, written to `allow` ("GET, POST").
 * ST_CORRUPT: a parameter is not decodable. */
MUST_CHECK Status route_find(const Router *router, Request *q, size_t *index, Buf *allow);

#endif
