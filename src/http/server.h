/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP server over libmicrohttpd.
 *
 * One thread parses and writes HTTP (epoll).  When a request is whole, its
 * connection is suspended and a worker of a small pool runs the handler; the
 * connection is resumed with the answer.  So a handler may block (group commit)
 * without stalling others, and hundreds of clients need no thread each.
 *
 *   connection -> read headers -> check host, origin, size -> read body -> queue
 *      ^                                                                     |
 *      +-------- write <- resume <- handler on a worker <- guard <-----------+
 *
 * Limits, all answered and counted: connections, header bytes, body bytes of a
 * request (413) and of all requests together (429), queued requests (429), open
 * event streams (503), and time to send a request (the connection is cut). */
#ifndef VIREO_HTTP_SERVER_H
#define VIREO_HTTP_SERVER_H

#include "http/page.h"
#include "http/route.h"

typedef struct HttpServer HttpServer;

typedef struct HttpOptions {
    const char *host; /* "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port;    /* 0: any free one, see http_port() */
    Router router;
    const PageTable *page; /* NULL: none */
    void *context;         /* for handlers and hooks */
    /* Before the handler, on a worker: true to go on, false when `r` holds the
     * refusal.  May set q->principal (in q->arena). */
    bool (*guard)(void *context, const Route *route, Request *q, Response *r);
    /* After the handler of a request that the guard was asked about, on the same worker; may be
     * NULL. */
    void (*after)(void *context, Request *q);
    const Cancel *ending; /* ends what runs, in the end; may be NULL */
    /* Asked when reading (GET) was answered with an error: is it worth another try?
     * NULL: never. */
    bool (*again)(void *context, Request *q);
    /* Errors of ROUTE_OTLP routes that happen before the handler; NULL: problem+json. */
    void (*otlp_error)(const Request *q, Response *r, int status, const char *detail);
    /* After each answer, from any thread; `route` NULL when none matched. */
    void (*done)(void *context, const Route *route, int status, int64_t duration_ns);
    /* Only these names may stand in Host (without port); 0: any.  This and the
     * origin check keep a web page in the user's browser from reaching a server
     * that needs no key. */
    const Str *hosts;
    size_t host_count;
    bool check_origin;        /* refuse cross-origin requests that change something */
    size_t max_body;          /* 0: 64 MiB */
    size_t max_bodies;        /* of all requests together; 0: 256 MiB */
    unsigned workers;         /* 0: 16 */
    unsigned max_connections; /* 0: 1000 */
    unsigned max_queue;       /* 0: 512 requests waiting for a worker */
    unsigned max_streams;     /* 0: 64 */
    unsigned idle_seconds;    /* 0: 60; connections without traffic */
    unsigned request_seconds; /* 0: 30; to send a request, plus 1 s per 64 KiB of body */
} HttpOptions;

/* Listen and serve.  What `o` points to must outlive the server.  ST_BUSY: the
 * address is taken; ST_INVALID: it is none. */
MUST_CHECK Status http_start(const HttpOptions *o, Err *err, HttpServer **out);
uint16_t http_port(const HttpServer *s);
/* Ask event sources for news, cut connections that are too slow, and set `left` of running requests
 * whose client has closed its connection (or its sending half); call it about once a second, from
 * one thread. */
void http_tick(HttpServer *s);
/* Stop listening, end the streams, let running requests finish for at most
 * `timeout_ms`, refuse new ones (503). */
void http_drain(HttpServer *s, unsigned timeout_ms);
/* After http_drain(): free everything. */
void http_stop(HttpServer *s);

typedef struct HttpStats {
    unsigned connections, queued, running, streams;
    size_t body_bytes; /* held now */
} HttpStats;
void http_stats(HttpServer *s, HttpStats *out);

#endif
