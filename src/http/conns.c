/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting connections that are too slow.
 *
 * The library closes idle connections, but a client that sends one byte now and
 * then is never idle ("slow loris").  So each connection has a deadline for its
 * present step, and http_tick() shuts down the sockets that are past theirs;
 * the library then notices as if the client had left.
 *
 * While a request runs, its connection is suspended and the library does not look at it: a client
 * that leaves is noticed here too, so that nobody works for it any longer. */
#include "http/parts.h"

#include "base/alloc.h"
#include "os/clock.h"

#include <errno.h>
#include <sys/socket.h>

static void add(HttpServer *s, struct MHD_Connection *conn, void **slot)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
    Conn *c = info ? mem_calloc(1, sizeof *c) : NULL;

    *slot = c;
    if (!c)
        return; /* served all the same, only without a deadline */
    c->fd = info->connect_fd;
    c->deadline_ns = clock_mono_ns() + s->o.request_seconds * INT64_C(1000000000);
    mutex_lock(&s->lock);
    c->next = s->conns;
    if (c->next)
        c->next->prev = c;
    s->conns = c;
    mutex_unlock(&s->lock);
}

static void drop(HttpServer *s, Conn *c)
{
    if (!c)
        return;
    mutex_lock(&s->lock);
    if (c->prev)
        c->prev->next = c->next;
    else
        s->conns = c->next;
    if (c->next)
        c->next->prev = c->prev;
    mutex_unlock(&s->lock);
    mem_free(c);
}

/* The library calls this before it closes the socket, so that under the lock a
 * listed descriptor is always ours. */
void conns_notify(void *server, struct MHD_Connection *conn, void **socket_context,
                  enum MHD_ConnectionNotificationCode what)
{
    HttpServer *s = server;

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        atomic_fetch_add(&s->connections, 1);
        add(s, conn, socket_context);
    } else {
        atomic_fetch_sub(&s->connections, 1);
        drop(s, *socket_context);
        *socket_context = NULL;
    }
}

Conn *conn_of(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

void conn_set_deadline(struct MHD_Connection *conn, int64_t from_now_ns)
{
    Conn *c = conn_of(conn);

    if (c)
        c->deadline_ns = from_now_ns < 0 ? INT64_MAX : clock_mono_ns() + from_now_ns;
}

void conns_cut_slow(HttpServer *s, int64_t now_ns)
{
    mutex_lock(&s->lock);
    for (Conn *c = s->conns; c; c = c->next) {
        if (c->deadline_ns < now_ns) {
            (void)shutdown(c->fd, SHUT_RDWR);
            c->deadline_ns = INT64_MAX;
        }
    }
    mutex_unlock(&s->lock);
}

void conn_watch(HttpServer *s, Conn *c, Cancel *left)
{
    if (!c)
        return;
    mutex_lock(&s->lock);
    c->left = left;
    mutex_unlock(&s->lock);
}

static bool has_left(int fd)
{
    char next;
    const ssize_t n = recv(fd, &next, 1, MSG_PEEK | MSG_DONTWAIT);

    return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void conns_tell_left(HttpServer *s)
{
    mutex_lock(&s->lock);
    for (Conn *c = s->conns; c; c = c->next)
        if (c->left && has_left(c->fd))
            cancel_set(c->left);
    mutex_unlock(&s->lock);
}
