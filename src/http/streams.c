/* SPDX-License-Identifier: Apache-2.0 */
/* Open event streams.
 *
 *   stream_response -> IDLE (suspended) <-> SENDING -> ended (client left, drain)
 *
 * The library pulls: stream_read() hands out what is pending, and when there is
 * nothing, suspends the connection under the stream's lock, so that a wake-up
 * between the two cannot be lost.  streams_poll() asks the sources for news
 * outside every lock, since a source may run a query.
 * A stream is referenced by its answer and, while it polls, by http_tick(). */
#include "http/parts.h"

#include "base/alloc.h"
#include "os/clock.h"

#include <string.h>

enum { STREAM_PENDING_MAX = 256 * 1024, STREAM_BLOCK = 4096 };

#define STREAM_QUIET_NS (INT64_C(15) * 1000000000)

struct Stream {
    HttpServer *server;
    struct MHD_Connection *conn;
    EventSource source;
    atomic_int refs;
    Mutex lock; /* of the fields below */
    Buf pending;
    size_t sent; /* of pending */
    bool suspended;
    bool ended;
    int64_t last_ns; /* when something was last put into pending; only http_tick() uses it */
};

Status events_append(Buf *out, Str event, Str data)
{
    return buf_printf(out, "event: %.*s\ndata: %.*s\n\n", STR_ARG(event), STR_ARG(data));
}

static void stream_unref(Stream *t)
{
    if (atomic_fetch_sub(&t->refs, 1) != 1)
        return;
    if (t->source.free)
        t->source.free(t->source.context);
    buf_deinit(&t->pending);
    mutex_deinit(&t->lock);
    mem_free(t);
}

/* Runs on the HTTP thread when the answer is gone. */
static void stream_free(void *stream)
{
    Stream *t = stream;
    HttpServer *s = t->server;

    mutex_lock(&s->lock);
    for (size_t i = 0; i < s->stream_count; i++) {
        if (s->streams[i] == t) {
            s->streams[i] = s->streams[--s->stream_count];
            break;
        }
    }
    mutex_unlock(&s->lock);
    /* http_tick() may still hold it, but must not touch the connection. */
    mutex_lock(&t->lock);
    t->ended = true;
    t->suspended = false;
    mutex_unlock(&t->lock);
    stream_unref(t);
}

static ssize_t stream_read(void *stream, uint64_t pos, char *out, size_t max)
{
    Stream *t = stream;
    ssize_t n = 0;

    (void)pos;
    mutex_lock(&t->lock);
    if (t->sent < t->pending.len) {
        const size_t left = t->pending.len - t->sent;
        const size_t len = left < max ? left : max;

        memcpy(out, t->pending.data + t->sent, len);
        t->sent += len;
        if (t->sent == t->pending.len) {
            buf_clear(&t->pending);
            t->sent = 0;
        }
        n = (ssize_t)len;
    } else if (t->ended) {
        n = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        t->suspended = true;
        MHD_suspend_connection(t->conn);
    }
    mutex_unlock(&t->lock);
    return n;
}

/* Caller holds t->lock. */
static void wake(Stream *t)
{
    if (t->suspended) {
        t->suspended = false;
        MHD_resume_connection(t->conn);
    }
}

static bool enlist(HttpServer *s, Stream *t)
{
    bool fits;

    mutex_lock(&s->lock);
    fits = s->stream_count < s->o.max_streams && !s->draining;
    if (fits)
        s->streams[s->stream_count++] = t;
    mutex_unlock(&s->lock);
    return fits;
}

bool streams_full(HttpServer *s)
{
    bool full;

    mutex_lock(&s->lock);
    full = s->stream_count >= s->o.max_streams;
    mutex_unlock(&s->lock);
    return full;
}

static Stream *stream_new(HttpServer *s, struct MHD_Connection *conn, EventSource source)
{
    Stream *t = mem_calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->server = s;
    t->conn = conn;
    t->source = source;
    t->refs = 1;
    t->last_ns = clock_mono_ns();
    mutex_init(&t->lock);
    buf_init(&t->pending, STREAM_PENDING_MAX);
    /* The first line opens the stream for browsers at once. */
    if (buf_append(&t->pending, STR(": open\n\n")) == ST_OK)
        return t;
    t->source.free = NULL;
    stream_unref(t);
    return NULL;
}

struct MHD_Response *stream_response(HttpServer *s, struct MHD_Connection *conn, EventSource source)
{
    struct MHD_Response *answer;
    Stream *t = stream_new(s, conn, source);

    if (!t)
        return NULL;
    if (!enlist(s, t)) {
        t->source.free = NULL; /* stays the caller's */
        stream_unref(t);
        return NULL;
    }
    answer = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, stream_read, t,
                                               stream_free);
    if (!answer) {
        t->source.free = NULL;
        stream_free(t);
    }
    return answer;
}

/* The open streams, each with a reference. */
static size_t take_all(HttpServer *s, Stream **out)
{
    size_t count;

    mutex_lock(&s->lock);
    count = s->stream_count;
    for (size_t i = 0; i < count; i++) {
        out[i] = s->streams[i];
        atomic_fetch_add(&out[i]->refs, 1);
    }
    mutex_unlock(&s->lock);
    return count;
}

static void poll_one(Stream *t, int64_t now_ns)
{
    Buf news;
    Status st;

    buf_init(&news, STREAM_PENDING_MAX);
    st = t->source.poll(t->source.context, &news);
    if (!st && !news.len && now_ns - t->last_ns > STREAM_QUIET_NS)
        st = buf_append(&news, STR(":\n\n"));
    mutex_lock(&t->lock);
    /* A client that does not read loses its stream, not our memory. */
    if (!st && news.len)
        st = buf_append(&t->pending, buf_str(&news));
    if (st)
        t->ended = true;
    if (news.len)
        t->last_ns = now_ns;
    if (t->ended || news.len)
        wake(t);
    mutex_unlock(&t->lock);
    buf_deinit(&news);
}

void streams_poll(HttpServer *s, int64_t now_ns)
{
    Stream *all[STREAMS_CEILING];
    const size_t count = take_all(s, all);

    for (size_t i = 0; i < count; i++) {
        poll_one(all[i], now_ns);
        stream_unref(all[i]);
    }
}

void streams_end(HttpServer *s)
{
    Stream *all[STREAMS_CEILING];
    const size_t count = take_all(s, all);

    for (size_t i = 0; i < count; i++) {
        mutex_lock(&all[i]->lock);
        all[i]->ended = true;
        wake(all[i]);
        mutex_unlock(&all[i]->lock);
        stream_unref(all[i]);
    }
}
