/* SPDX-License-Identifier: Apache-2.0 */
/* The life of one request.
 *
 *   NEW --begin()--> BODY --dispatch()--> RUNNING --run()--> READY --finish()--> SENT
 *    |                 |                  (worker)                     ^
 *    +--refuse()-------+---> REFUSED (the rest of the body is read and dropped) --+
 *
 * A refusal waits until the body is over, since a client that is still writing
 * would see a reset connection instead of the answer; only a very long body, or
 * one that waits for "100 Continue", is answered at once. */
#include "http/parts.h"

#include "base/alloc.h"
#include "base/log.h"
#include "http/encoding.h"
#include "http/origin.h"
#include "http/problem.h"
#include "os/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    TRIES_MAX = 1000,
    EXCHANGE_ARENA_MAX = 256 * 1024 * 1024,
    DISCARD_MAX = 256 * 1024 * 1024,
    BYTES_PER_SECOND = 64 * 1024 /* slowest accepted upload */
};

#define SECOND_NS INT64_C(1000000000)

typedef enum Step { STEP_NEW, STEP_BODY, STEP_REFUSED, STEP_RUNNING, STEP_READY, STEP_SENT } Step;

typedef struct Exchange {
    HttpServer *server;
    struct MHD_Connection *conn;
    Step step;
    Arena arena;
    Request request;
    Response response;
    Buf body;
    size_t reserved; /* of the server's budget for bodies */
    size_t discarded;
    const Route *route; /* NULL: none matched */
    int64_t start_ns;
    Conn *watched; /* while it runs */
    Cancel left;
} Exchange;

void *exchange_start(void *server, const char *uri, struct MHD_Connection *conn)
{
    HttpServer *s = server;
    Exchange *x = mem_calloc(1, sizeof *x);
    Str target;

    if (!x)
        return NULL;
    x->server = s;
    x->conn = conn;
    x->start_ns = clock_mono_ns();
    arena_init(&x->arena, EXCHANGE_ARENA_MAX);
    x->request.arena = &x->arena;
    response_init(&x->response);
    buf_init(&x->body, s->o.max_body);
    atomic_fetch_add(&s->exchanges, 1);
    /* Kept raw: begin() takes it apart, when an error can be answered. */
    if (arena_copy(&x->arena, str_from(uri), &target) == ST_OK)
        x->request.path = target;
    return x;
}

static void release_body(Exchange *x)
{
    buf_deinit(&x->body);
    atomic_fetch_sub(&x->server->bodies, x->reserved);
    x->reserved = 0;
}

void exchange_end(void *server, struct MHD_Connection *conn, void **exchange,
                  enum MHD_RequestTerminationCode why)
{
    HttpServer *s = server;
    Exchange *x = *exchange;

    (void)why;
    *exchange = NULL;
    if (!x)
        return;
    if (x->step == STEP_SENT && s->o.done)
        s->o.done(s->o.context, x->route, x->response.status, clock_mono_ns() - x->start_ns);
    /* Until the next request, the connection may rest and then be as slow as a new one. */
    conn_set_deadline(conn, (s->o.idle_seconds + s->o.request_seconds) * SECOND_NS);
    release_body(x);
    response_deinit(&x->response);
    arena_deinit(&x->arena);
    mem_free(x);
    atomic_fetch_sub(&s->exchanges, 1);
}

/* ------------------------------------------------------------- refusals */

static bool is_otlp(const Exchange *x)
{
    return x->route && (x->route->flags & ROUTE_OTLP) && x->server->o.otlp_error;
}

static void refuse(Exchange *x, int status, const char *detail)
{
    release_body(x);
    x->step = STEP_REFUSED;
    if (is_otlp(x))
        x->server->o.otlp_error(&x->request, &x->response, status, detail);
    else
        problem(&x->response, status, NULL, "%s", detail);
}

static enum MHD_Result finish(Exchange *x)
{
    x->step = STEP_SENT;
    return response_send(x->server, x->conn, &x->response);
}

/* ------------------------------------------------------------ the head */

static enum MHD_Result count_header(void *context, enum MHD_ValueKind kind, const char *key,
                                    const char *value)
{
    size_t *count = context;

    (void)kind;
    (void)key;
    (void)value;
    ++*count;
    return MHD_YES;
}

/* Copied, because the library's own memory is reused while the body is read. */
static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *key,
                                   const char *value)
{
    Request *q = context;
    Pair *h = &q->headers[q->header_count];

    (void)kind;
    if (arena_copy(q->arena, str_from(key), &h->name) != ST_OK ||
        arena_copy(q->arena, str_from(value), &h->value) != ST_OK)
        return MHD_NO;
    q->header_count++;
    return MHD_YES;
}

/* 0, or the status to refuse with. */
static int take_headers(Exchange *x)
{
    size_t count = 0;
    Request *q = &x->request;

    (void)MHD_get_connection_values(x->conn, MHD_HEADER_KIND, count_header, &count);
    if (count > REQUEST_MAX_HEADERS)
        return 431;
    q->headers = arena_calloc(q->arena, count + 1, sizeof *q->headers);
    if (!q->headers)
        return 503;
    (void)MHD_get_connection_values(x->conn, MHD_HEADER_KIND, take_header, q);
    return q->header_count == count ? 0 : 503;
}

/* False: refused. */
static bool check_target(Exchange *x)
{
    const Str target = x->request.path;
    Buf allow;
    Status st = request_set_target(&x->request, target);
    size_t index;

    if (st) {
        refuse(x, st == ST_LIMIT ? 414 : http_code_of(st),
               "the path or query is malformed: it must start with / and be percent-encoded UTF-8");
        return false;
    }
    buf_init(&allow, 256);
    st = route_find(&x->server->o.router, &x->request, &index, &allow);
    if (!st)
        x->route = &x->server->o.router.routes[index];
    else if (st == ST_UNSUPPORTED)
        refuse(x, 405, "this path does not know that method");
    else if (st != ST_NOTFOUND)
        refuse(x, http_code_of(st), "the path holds a bad percent-encoding");
    if (st == ST_UNSUPPORTED) {
        Str methods;

        if (arena_copy(&x->arena, buf_str(&allow), &methods) == ST_OK)
            response_header(&x->response, STR("Allow"), methods);
    }
    buf_deinit(&allow);
    return x->step != STEP_REFUSED;
}

/* False: refused. */
static bool check_sender(Exchange *x)
{
    const HttpOptions *o = &x->server->o;

    if (o->host_count && !host_allowed(&x->request, o->hosts, o->host_count))
        refuse(x, 421,
               "this server answers only to its own address in Host; give other names with "
               "--allow-host");
    else if (o->check_origin && !origin_allowed(&x->request))
        refuse(x, 403, "requests from other web pages that change something are refused");
    return x->step != STEP_REFUSED;
}

static bool reserve(Exchange *x, size_t bytes)
{
    HttpServer *s = x->server;

    if (atomic_fetch_add(&s->bodies, bytes) > s->o.max_bodies - bytes) {
        atomic_fetch_sub(&s->bodies, bytes);
        return false;
    }
    x->reserved += bytes;
    return true;
}

/* Content-Length, 0 when absent (no body, or a chunked one). */
static uint64_t announced_length(const Exchange *x)
{
    uint64_t n = 0;

    if (str_to_u64(request_header(&x->request, STR("content-length")), &n) != ST_OK)
        return 0;
    return n;
}

static void check_length(Exchange *x, uint64_t length)
{
    if (x->server->draining)
        refuse(x, 503, "the server is shutting down");
    else if (length > x->server->o.max_body)
        refuse(x, 413, "the body is larger than the server takes (--max-body)");
    else if (!reserve(x, (size_t)length))
        refuse(x, 429, "too many large requests at once; try again");
    else if (length && buf_reserve(&x->body, (size_t)length) != ST_OK)
        refuse(x, 503, "out of memory");
}

static enum MHD_Result begin(Exchange *x, const char *method)
{
    uint64_t length;
    int failed;

    x->step = STEP_BODY;
    if (arena_copy(&x->arena, str_from(method), &x->request.method) != ST_OK)
        return MHD_NO;
    failed = take_headers(x);
    length = announced_length(x);
    conn_set_deadline(
        x->conn, (x->server->o.request_seconds + (int64_t)(length % INT32_MAX) / BYTES_PER_SECOND) *
                     SECOND_NS);
    if (failed)
        refuse(x, failed, "too many headers");
    else if (check_sender(x) && check_target(x))
        check_length(x, length);
    if (x->step == STEP_REFUSED &&
        (length > DISCARD_MAX || request_header(&x->request, STR("expect")).len))
        return finish(x);
    return MHD_YES;
}

/* ------------------------------------------------------------ the body */

static enum MHD_Result take_body(Exchange *x, Str part)
{
    if (x->step == STEP_REFUSED) {
        x->discarded += part.len;
        return x->discarded > DISCARD_MAX ? MHD_NO : MHD_YES;
    }
    if (part.len > x->body.limit - x->body.len)
        refuse(x, 413, "the body is larger than the server takes (--max-body)");
    else if (x->body.len + part.len > x->reserved &&
             !reserve(x, x->body.len + part.len - x->reserved))
        refuse(x, 429, "too many large requests at once; try again");
    else if (buf_append(&x->body, part) != ST_OK)
        refuse(x, 503, "out of memory");
    return MHD_YES;
}

/* ------------------------------------------------------------ the answer */

/* Each further try takes away one of the reasons to fail; the limit is for our bugs. */
static void answer_request(Exchange *x)
{
    const HttpOptions *o = &x->server->o;
    const bool reads = str_eq(x->request.method, STR("GET"));

    x->route->handler(o->context, &x->request, &x->response);
    for (int tries = 1; reads && o->again && x->response.status >= 400 && tries < TRIES_MAX;
         tries++) {
        if (!o->again(o->context, &x->request))
            return;
        response_reset(&x->response);
        x->route->handler(o->context, &x->request, &x->response);
    }
}

static void handle(Exchange *x)
{
    const HttpOptions *o = &x->server->o;
    const bool guarded = o->guard && !(x->route->flags & ROUTE_OPEN);

    if (!guarded || o->guard(o->context, x->route, &x->request, &x->response))
        answer_request(x);
    if (guarded && o->after)
        o->after(o->context, &x->request);
    response_encode(&x->request, &x->response);
    release_body(x);
}

static void run(void *exchange)
{
    Exchange *x = exchange;

    atomic_fetch_add(&x->server->running, 1);
    handle(x);
    conn_watch(x->server, x->watched, NULL);
    atomic_fetch_sub(&x->server->running, 1);
    x->step = STEP_READY;
    MHD_resume_connection(x->conn); /* `x` is the HTTP thread's again */
}

static enum MHD_Result answer_page(Exchange *x)
{
    const HttpOptions *o = &x->server->o;
    const Request *q = &x->request;
    const bool reads = str_eq(q->method, STR("GET")) || str_eq(q->method, STR("HEAD"));

    if (!reads || !o->page || !page_answer(o->page, q, &x->response))
        problem(&x->response, 404, NULL, "there is nothing at %.*s",
                STR_ARG(utf8_clip(q->path, 200)));
    return finish(x);
}

static enum MHD_Result dispatch(Exchange *x)
{
    Pool *pool;

    if (!x->route)
        return answer_page(x);
    x->request.body = buf_str(&x->body);
    x->request.buffer = &x->body;
    if (x->route->flags & ROUTE_INLINE) {
        handle(x);
        return finish(x);
    }
    pool = x->route->flags & ROUTE_SLOW ? x->server->writers : x->server->readers;
    conn_set_deadline(x->conn, -1);
    x->step = STEP_RUNNING;
    MHD_suspend_connection(x->conn);
    x->left.outer = x->server->o.ending;
    x->request.left = &x->left;
    x->watched = conn_of(x->conn);
    conn_watch(x->server, x->watched, &x->left);
    if (pool_submit(pool, run, x) == ST_OK)
        return MHD_YES;
    conn_watch(x->server, x->watched, NULL);
    refuse(x, 429, "too many requests are waiting; try again");
    MHD_resume_connection(x->conn); /* comes back as REFUSED */
    return MHD_YES;
}

enum MHD_Result exchange_step(void *server, struct MHD_Connection *conn, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **exchange)
{
    Exchange *x = *exchange;

    (void)server;
    (void)conn;
    (void)url;
    (void)version;
    if (!x)
        return MHD_NO; /* out of memory at the start */
    if (x->step == STEP_NEW)
        return begin(x, method);
    if (*upload_size) {
        const Str part = {upload, *upload_size};

        *upload_size = 0;
        return take_body(x, part);
    }
    return x->step == STEP_BODY ? dispatch(x) : finish(x);
}
