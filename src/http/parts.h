/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the HTTP server share; nobody else includes it.
 *
 * Threads: the HTTP thread (libmicrohttpd's), the workers of two pools, and
 * whoever calls http_tick().  An exchange belongs to the HTTP thread, except
 * while its connection is suspended: then it belongs to one worker.
 * Lock order: `lock` only, never two. */
#ifndef VIREO_HTTP_PARTS_H
#define VIREO_HTTP_PARTS_H

#include "http/server.h"
#include "os/pool.h"
#include "os/thread.h"

#include <microhttpd.h>
#include <stdatomic.h>

enum { STREAMS_CEILING = 256 };

typedef struct Stream Stream;

/* One open connection, in a list so that http_tick() can cut it. */
typedef struct Conn {
    struct Conn *prev, *next;
    int fd;
    _Atomic int64_t deadline_ns; /* monotonic; INT64_MAX: none */
    Cancel *left;                /* of the request that runs; NULL: none; under the lock */
} Conn;

struct HttpServer {
    HttpOptions o; /* with the defaults filled in */
    struct MHD_Daemon *daemon;
    Pool *readers; /* routes that are quick or only read */
    Pool *writers; /* ROUTE_SLOW */
    uint16_t port;
    atomic_bool draining;
    atomic_size_t bodies; /* bytes reserved for request bodies */
    atomic_uint connections;
    atomic_uint exchanges; /* requests between their first byte and the end of their answer */
    atomic_uint running;
    Mutex lock; /* of both lists below */
    Conn *conns;
    Stream *streams[STREAMS_CEILING];
    size_t stream_count;
};

/* exchange.c: the callbacks of a request */
void *exchange_start(void *server, const char *uri, struct MHD_Connection *conn);
enum MHD_Result exchange_step(void *server, struct MHD_Connection *conn, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **exchange);
void exchange_end(void *server, struct MHD_Connection *conn, void **exchange,
                  enum MHD_RequestTerminationCode why);

/* conns.c: slow connections */
void conns_notify(void *server, struct MHD_Connection *conn, void **socket_context,
                  enum MHD_ConnectionNotificationCode what);
/* From now on the connection has that long for what it is doing; -1: for ever. */
void conn_set_deadline(struct MHD_Connection *conn, int64_t from_now_ns);
void conns_cut_slow(HttpServer *s, int64_t now_ns);
/* NULL for a connection that could not be noted. */
Conn *conn_of(struct MHD_Connection *conn);
/* While it runs, set `left` (NULL: no more) when the client has left. */
void conn_watch(HttpServer *s, Conn *c, Cancel *left);
void conns_tell_left(HttpServer *s);

/* send.c: hand `r` to the library; takes what is in it. */
enum MHD_Result response_send(HttpServer *s, struct MHD_Connection *conn, Response *r);

/* streams.c.  NULL when there are too many or memory is out. */
struct MHD_Response *stream_response(HttpServer *s, struct MHD_Connection *conn,
                                     EventSource source);
void streams_poll(HttpServer *s, int64_t now_ns);
void streams_end(HttpServer *s);
bool streams_full(HttpServer *s);

#endif
