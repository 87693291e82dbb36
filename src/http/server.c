/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and stopping the server: options, the daemon, its pools. */
#define _POSIX_C_SOURCE 200809L /* sockaddr_in6, inet_pton */

#include "http/parts.h"

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    MEBI = 1024 * 1024,
    CONNECTION_BYTES = 64 * 1024, /* of headers, and the piece in which a body is read */
    DRAIN_STEP_NS = 2 * 1000 * 1000
};

typedef struct Address {
    struct sockaddr_storage storage;
    bool v6;
} Address;

static bool make_address(const char *host, uint16_t port, Address *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&out->storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->storage;

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
        return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    out->v6 = true;
    return true;
}

static void fill_defaults(HttpOptions *o)
{
    o->max_body = o->max_body ? o->max_body : (size_t)64 * MEBI;
    o->max_bodies = o->max_bodies ? o->max_bodies : (size_t)256 * MEBI;
    if (o->max_bodies < o->max_body)
        o->max_bodies = o->max_body;
    o->workers = o->workers ? o->workers : 16;
    if (o->workers < 2)
        o->workers = 2;
    o->max_connections = o->max_connections ? o->max_connections : 1000;
    o->max_queue = o->max_queue ? o->max_queue : 512;
    o->max_streams = o->max_streams ? o->max_streams : 64;
    if (o->max_streams > STREAMS_CEILING)
        o->max_streams = STREAMS_CEILING;
    o->idle_seconds = o->idle_seconds ? o->idle_seconds : 60;
    o->request_seconds = o->request_seconds ? o->request_seconds : 30;
}

/* Percent-encoding is ours to undo, after the path is split. */
static size_t keep_escapes(void *context, struct MHD_Connection *conn, char *text)
{
    (void)context;
    (void)conn;
    return strlen(text);
}

PRINTF_LIKE(2, 0)
static void log_library(void *context, const char *fmt, va_list args)
{
    char text[300];

    (void)context;
    (void)vsnprintf(text, sizeof text, fmt, args);
    text[strcspn(text, "\n\"")] = '\0';
    log_debug("http library", " text=\"%s\"", text);
}

static Status start_pools(HttpServer *s)
{
    const PoolOptions read = {"http-read", 2 * s->o.workers, s->o.max_queue};
    const PoolOptions write = {"http-write", s->o.workers - s->o.workers / 4, s->o.max_queue};
    const Status st = pool_new(&read, &s->readers);

    return st ? st : pool_new(&write, &s->writers);
}

static struct MHD_Daemon *start_daemon(HttpServer *s, const Address *address)
{
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                           MHD_USE_ERROR_LOG | (address->v6 ? (unsigned)MHD_USE_IPv6 : 0);

    return MHD_start_daemon(
        flags, s->o.port, NULL, NULL, exchange_step, s, MHD_OPTION_EXTERNAL_LOGGER, log_library,
        NULL, MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&address->storage,
        MHD_OPTION_URI_LOG_CALLBACK, exchange_start, s, MHD_OPTION_NOTIFY_COMPLETED, exchange_end,
        s, MHD_OPTION_NOTIFY_CONNECTION, conns_notify, s, MHD_OPTION_UNESCAPE_CALLBACK,
        keep_escapes, NULL, MHD_OPTION_CONNECTION_LIMIT, s->o.max_connections,
        MHD_OPTION_CONNECTION_TIMEOUT, s->o.idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_BYTES, MHD_OPTION_LISTEN_BACKLOG_SIZE, 511U,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

static uint16_t bound_port(const HttpServer *s)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);

    return info ? info->port : s->o.port;
}

/* Handlers finish and their connections are resumed before the daemon stops,
 * which it insists on; the pools outlive it, since until then it may submit. */
static void free_server(HttpServer *s)
{
    Pool *const pools[] = {s->readers, s->writers};

    for (size_t i = 0; i < 2; i++) {
        if (pools[i]) {
            pool_close(pools[i]);
            pool_drain(pools[i]);
        }
    }
    streams_end(s);
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    pool_free(s->readers);
    pool_free(s->writers);
    mutex_deinit(&s->lock);
    mem_free(s);
}

Status http_start(const HttpOptions *o, Err *err, HttpServer **out)
{
    Address address;
    HttpServer *s;
    Status st;

    if (!make_address(o->host, o->port, &address))
        return err_set(err, ST_INVALID, 0, "listen: %s is not an IP address", o->host);
    s = mem_calloc(1, sizeof *s);
    if (!s)
        return err_set(err, ST_NOMEM, 0, "out of memory");
    s->o = *o;
    fill_defaults(&s->o);
    mutex_init(&s->lock);
    st = start_pools(s);
    if (st) {
        free_server(s);
        return err_set(err, st, 0, "cannot start %u worker threads", o->workers);
    }
    s->daemon = start_daemon(s, &address);
    if (!s->daemon) {
        free_server(s);
        return err_set(err, ST_BUSY, 0, "cannot listen on %s port %u: is another server running?",
                       o->host, (unsigned)o->port);
    }
    s->port = bound_port(s);
    *out = s;
    return ST_OK;
}

uint16_t http_port(const HttpServer *s)
{
    return s->port;
}

void http_tick(HttpServer *s)
{
    const int64_t now = clock_mono_ns();

    conns_cut_slow(s, now);
    conns_tell_left(s);
    streams_poll(s, now);
}

void http_drain(HttpServer *s, unsigned timeout_ms)
{
    const int64_t deadline = clock_mono_ns() + (int64_t)timeout_ms * 1000000;
    MHD_socket listener;

    s->draining = true;
    listener = MHD_quiesce_daemon(s->daemon);
    if (listener != MHD_INVALID_SOCKET)
        (void)close(listener);
    do {
        streams_end(s);
        if (s->exchanges == 0)
            return;
        clock_sleep_ns(DRAIN_STEP_NS);
    } while (clock_mono_ns() < deadline);
    log_warn("requests were still running at the end of the drain", " count=%u", s->exchanges);
}

void http_stop(HttpServer *s)
{
    if (!s)
        return;
    s->draining = true;
    free_server(s);
}

void http_stats(HttpServer *s, HttpStats *out)
{
    *out = (HttpStats){
        .connections = s->connections,
        .queued = (unsigned)(pool_waiting(s->readers) + pool_waiting(s->writers)),
        .running = s->running,
        .body_bytes = s->bodies,
    };
    mutex_lock(&s->lock);
    out->streams = (unsigned)s->stream_count;
    mutex_unlock(&s->lock);
}
