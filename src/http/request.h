/* SPDX-License-Identifier: Apache-2.0 */
/* Request: what a handler gets, free of the HTTP library below, so that tests
 * make one by hand.
 *
 * Everything it points to lives until the handler returns: texts in `arena`,
 * the body in the server's buffer.  The query is split and percent-decoded
 * once, before the handler runs; so are the path's parameters. */
#ifndef VIREO_HTTP_REQUEST_H
#define VIREO_HTTP_REQUEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "os/cancel.h"

enum {
    REQUEST_MAX_TARGET = 16384, /* bytes of path and query */
    REQUEST_MAX_PARAMS = 8,
    REQUEST_MAX_QUERY = 64,
    REQUEST_MAX_HEADERS = 100
};

typedef struct Pair {
    Str name;
    Str value;
} Pair;

typedef struct Request {
    Str method;
    Str path; /* raw, still percent-encoded, without the query */
    Str body;
    Buf *buffer; /* what holds the body; a handler may take its bytes with buf_take() */
    Str remote;  /* address of the client, for the log; may be empty */
    Pair params[REQUEST_MAX_PARAMS];
    size_t param_count;
    Pair *query;
    size_t query_count;
    Pair *headers;
    size_t header_count;
    Arena *arena;       /* for whatever lives as long as the request */
    void *principal;    /* what the guard found out about the caller; NULL without a guard */
    size_t route;       /* index in the router's table */
    const Cancel *left; /* set when who asked has left; may be NULL */
} Request;

/* Value of a header, any case; empty when absent. */
Str request_header(const Request *r, Str name);
/* Decoded value of a `{name}` in the route's pattern; empty when absent. */
Str request_param(const Request *r, Str name);
/* First value of a query parameter; false when absent. */
bool request_query(const Request *r, Str name, Str *value);

/* Decode %XX.  ST_CORRUPT: a bad escape, a NUL, or bytes that are not UTF-8.
 * With `form`, + is a space. */
MUST_CHECK Status percent_decode(Str s, bool form, Arena *a, Str *out);
/* Split "a=1&b=x%20y".  ST_LIMIT: more than REQUEST_MAX_QUERY. */
MUST_CHECK Status query_split(Str text, Arena *a, Pair **out, size_t *count);
/* Split "/path?query" into r->path and r->query.  Needs r->arena. */
MUST_CHECK Status request_set_target(Request *r, Str target);

#endif
