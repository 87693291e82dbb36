/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP server inside the test: one thread, plain sockets, keeps every
 * request, and answers what the test tells it to.
 *
 * Behaviours hold for the next `times` requests (-1: for ever); a request is kept
 * even when its answer is a failure.  Waiting is on conditions with a limit that
 * only a broken client reaches. */
#ifndef TESTS_UNIT_CLIENT_FAKE_SERVER_H
#define TESTS_UNIT_CLIENT_FAKE_SERVER_H

#include "base/arena.h"
#include "base/buf.h"
#include "codec/compress.h"
#include "model/span.h"
#include "otlp/decode.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { FAKE_CONNECTIONS = 32, FAKE_REQUESTS = 20000, FAKE_WAIT_S = 20 };

typedef struct FakeRequest {
    char method[8];
    char path[512];
    char project[256];
    char authorization[256];
    char content_type[128];
    char encoding[32];
    int answered; /* status; 0: the connection was dropped */
    uint32_t rejected;
    const char *text;
    char *body; /* decompressed */
    size_t len;
} FakeRequest;

typedef struct FakeConnection {
    int fd;
    char *data;
    size_t len;
    size_t cap;
} FakeConnection;

typedef struct FakeServer {
    int fd;
    int port;
    char url[64];
    int stop[2];
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t news;
    FakeConnection connections[FAKE_CONNECTIONS];
    FakeRequest *requests;
    size_t count;
    int accepted;
    int status; /* of the behaviour; 0: drop the connection */
    int times;  /* requests it still holds for; -1: for ever */
    int retry_after_s;
    uint32_t rejected; /* in partial success of the behaviour */
    const char *text;  /* of the behaviour's answers; NULL: partial success */
    bool silent;       /* never answer */
} FakeServer;

/* ------------------------------------------------------------------ server */

static inline void fake_header(const char *head, const char *name, char *out, size_t size)
{
    const size_t len = strlen(name);

    out[0] = '\0';
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
        const char *at = line + 2;
        const char *end = strstr(at, "\r\n");

        if (strncasecmp(at, name, len) != 0 || at[len] != ':')
            continue;
        at += len + 1;
        at += strspn(at, " ");
        (void)snprintf(out, size, "%.*s", end ? (int)(end - at) : 0, at);
        return;
    }
}

static inline void fake_keep_body(FakeRequest *r, const char *body, size_t len)
{
    Compression c;
    Buf out;

    buf_init(&out, (size_t)1 << 30);
    if (compression_from_text(str_from(r->encoding), &c) || decompress(c, (Str){body, len}, &out))
        (void)snprintf(r->method, sizeof r->method, "BROKEN");
    r->len = out.len;
    r->body = malloc(out.len + 1);
    if (r->body && out.len)
        memcpy(r->body, out.data, out.len);
    if (r->body)
        r->body[out.len] = '\0';
    buf_deinit(&out);
}

static inline void fake_answer(FakeServer *s, int fd, FakeRequest *r)
{
    char text[1024];
    char body[512];
    size_t body_len = 0;
    int n;

    if (r->text) {
        body_len = (size_t)snprintf(body, sizeof body, "%s", r->text);
    } else if (r->rejected) {
        const char partial[] = {0x0a, 2, 0x08, (char)r->rejected};

        memcpy(body, partial, sizeof partial);
        body_len = sizeof partial;
    }
    n = snprintf(text, sizeof text, "HTTP/1.1 %d Text\r\nContent-Length: %zu\r\n", r->answered,
                 body_len);
    if (s->retry_after_s)
        n += snprintf(text + n, sizeof text - (size_t)n, "Retry-After: %d\r\n", s->retry_after_s);
    n += snprintf(text + n, sizeof text - (size_t)n, "\r\n");
    memcpy(text + n, body, body_len);
    (void)!send(fd, text, (size_t)n + body_len, MSG_NOSIGNAL);
}

/* One whole request is in the buffer.  False when the connection is to be dropped. */
static inline bool fake_handle(FakeServer *s, FakeConnection *c, size_t head, size_t body)
{
    FakeRequest *r;
    bool keep = true;

    (void)pthread_mutex_lock(&s->lock);
    r = &s->requests[s->count];
    *r = (FakeRequest){.answered = 200};
    (void)sscanf(c->data, "%7s %511s", r->method, r->path);
    fake_header(c->data, "x-vireo-project", r->project, sizeof r->project);
    fake_header(c->data, "authorization", r->authorization, sizeof r->authorization);
    fake_header(c->data, "content-type", r->content_type, sizeof r->content_type);
    fake_header(c->data, "content-encoding", r->encoding, sizeof r->encoding);
    fake_keep_body(r, c->data + head, body);
    if (s->times != 0) {
        r->answered = s->status;
        r->rejected = s->rejected;
        r->text = s->text;
        if (s->times > 0)
            s->times--;
    }
    if (s->count + 1 < FAKE_REQUESTS)
        s->count++;
    if (r->answered == 0)
        keep = false;
    else if (!s->silent)
        fake_answer(s, c->fd, r);
    (void)pthread_cond_broadcast(&s->news);
    (void)pthread_mutex_unlock(&s->lock);
    return keep;
}

static inline bool fake_consume(FakeServer *s, FakeConnection *c)
{
    for (;;) {
        char length[32];
        const char *end;
        size_t head;
        size_t body;

        c->data[c->len] = '\0';
        end = strstr(c->data, "\r\n\r\n");
        if (!end)
            return true;
        head = (size_t)(end - c->data) + 4;
        fake_header(c->data, "content-length", length, sizeof length);
        body = (size_t)strtoull(length, NULL, 10);
        if (c->len - head < body)
            return true;
        if (!fake_handle(s, c, head, body))
            return false;
        memmove(c->data, c->data + head + body, c->len - head - body);
        c->len -= head + body;
    }
}

static inline void fake_hang_up(FakeConnection *c)
{
    (void)close(c->fd);
    free(c->data);
    *c = (FakeConnection){.fd = -1};
}

static inline void fake_read(FakeServer *s, FakeConnection *c)
{
    ssize_t n;

    if (c->cap - c->len < 65536) {
        c->cap = c->cap * 2 + 131072;
        c->data = realloc(c->data, c->cap);
        if (!c->data)
            abort();
    }
    n = recv(c->fd, c->data + c->len, c->cap - c->len - 1, 0);
    if (n <= 0) {
        fake_hang_up(c);
        return;
    }
    c->len += (size_t)n;
    if (!fake_consume(s, c))
        fake_hang_up(c);
}

static inline void fake_accept(FakeServer *s)
{
    const int fd = accept(s->fd, NULL, NULL);

    for (size_t i = 0; fd >= 0 && i < FAKE_CONNECTIONS; i++) {
        if (s->connections[i].fd >= 0)
            continue;
        s->connections[i] = (FakeConnection){.fd = fd};
        (void)pthread_mutex_lock(&s->lock);
        s->accepted++;
        (void)pthread_mutex_unlock(&s->lock);
        return;
    }
}

static inline void *fake_main(void *arg)
{
    FakeServer *s = arg;

    for (;;) {
        struct pollfd fds[FAKE_CONNECTIONS + 2] = {{s->fd, POLLIN, 0}, {s->stop[0], POLLIN, 0}};

        for (size_t i = 0; i < FAKE_CONNECTIONS; i++)
            fds[i + 2] = (struct pollfd){s->connections[i].fd, POLLIN, 0};
        if (poll(fds, FAKE_CONNECTIONS + 2, -1) < 0)
            continue;
        if (fds[1].revents)
            break;
        for (size_t i = 0; i < FAKE_CONNECTIONS; i++)
            if (fds[i + 2].revents)
                fake_read(s, &s->connections[i]);
        if (fds[0].revents)
            fake_accept(s);
    }
    for (size_t i = 0; i < FAKE_CONNECTIONS; i++)
        if (s->connections[i].fd >= 0)
            fake_hang_up(&s->connections[i]);
    return NULL;
}

/* Listen on `port` (0: any free one). */
static inline void fake_start(FakeServer *s, int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t len = sizeof at;
    const int on = 1;

    *s = (FakeServer){.requests = calloc(FAKE_REQUESTS, sizeof(FakeRequest))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (size_t i = 0; i < FAKE_CONNECTIONS; i++)
        s->connections[i].fd = -1;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s->fd, (struct sockaddr *)&at, sizeof at) || listen(s->fd, 64) ||
        getsockname(s->fd, (struct sockaddr *)&at, &len) || pipe(s->stop))
        abort();
    s->port = ntohs(at.sin_port);
    (void)snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", s->port);
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->news, NULL);
    (void)pthread_create(&s->thread, NULL, fake_main, s);
}

/* Stop answering; the requests stay for reading. */
static inline void fake_down(FakeServer *s)
{
    if (s->fd < 0)
        return;
    (void)!write(s->stop[1], "x", 1);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->fd);
    (void)close(s->stop[0]);
    (void)close(s->stop[1]);
    s->fd = -1;
}

static inline void fake_stop(FakeServer *s)
{
    fake_down(s);
    for (size_t i = 0; i < s->count; i++)
        free(s->requests[i].body);
    free(s->requests);
    (void)pthread_mutex_destroy(&s->lock);
    (void)pthread_cond_destroy(&s->news);
}

/* A port where nobody listens. */
static inline int fake_free_port(void)
{
    FakeServer s;

    fake_start(&s, 0);
    fake_stop(&s);
    return s.port;
}

static inline void fake_behave(FakeServer *s, int status, int times)
{
    (void)pthread_mutex_lock(&s->lock);
    s->status = status;
    s->times = times;
    (void)pthread_mutex_unlock(&s->lock);
}

/* ----------------------------------------------------------------- reading */

static inline struct timespec fake_deadline(void)
{
    struct timespec at;

    (void)clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += FAKE_WAIT_S;
    return at;
}

/* Wait until `n` requests came.  False when that takes far too long. */
static inline bool fake_wait_requests(FakeServer *s, size_t n)
{
    const struct timespec until = fake_deadline();
    int failed = 0;

    (void)pthread_mutex_lock(&s->lock);
    while (s->count < n && !failed)
        failed = pthread_cond_timedwait(&s->news, &s->lock, &until);
    failed = s->count < n;
    (void)pthread_mutex_unlock(&s->lock);
    return !failed;
}

static inline bool fake_is_spans(const FakeRequest *r)
{
    return strcmp(r->path, "/v1/traces") == 0;
}

/* All spans of answered requests, decoded, in the order they came. */
static inline size_t fake_spans(FakeServer *s, Arena *a, Span **out)
{
    const OtlpLimits limits = {0};
    size_t total = 0;
    Span *all = NULL;

    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->count; i++) {
        const FakeRequest *r = &s->requests[i];
        OtlpResult decoded;
        Err err;

        if (!fake_is_spans(r) || r->answered != 200)
            continue;
        assert_string_equal(r->method, "POST");
        assert_int_equal(otlp_decode_protobuf((Str){r->body, r->len}, &limits, a, &decoded, &err),
                         ST_OK);
        assert_int_equal(decoded.rejected, 0);
        all = realloc(all, (total + decoded.batch.len) * sizeof *all + 1);
        if (decoded.batch.len)
            memcpy(all + total, decoded.batch.spans, decoded.batch.len * sizeof *all);
        total += decoded.batch.len;
    }
    (void)pthread_mutex_unlock(&s->lock);
    *out = all;
    return total;
}

/* Wait until answered requests hold `n` different span ids (or more). */
static inline size_t fake_count_spans(FakeServer *s)
{
    Arena a;
    Span *spans;
    size_t n;
    size_t distinct = 0;

    arena_init(&a, (size_t)1 << 30);
    n = fake_spans(s, &a, &spans);
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;

        while (j < i && memcmp(spans[i].span_id, spans[j].span_id, SPAN_ID_BYTES) != 0)
            j++;
        distinct += j == i;
    }
    free(spans);
    arena_deinit(&a);
    return distinct;
}

static inline bool fake_wait_spans(FakeServer *s, size_t n)
{
    const struct timespec until = fake_deadline();

    for (;;) {
        size_t seen;
        int failed = 0;

        (void)pthread_mutex_lock(&s->lock);
        seen = s->count;
        (void)pthread_mutex_unlock(&s->lock);
        if (fake_count_spans(s) >= n)
            return true;
        (void)pthread_mutex_lock(&s->lock);
        while (s->count == seen && !failed)
            failed = pthread_cond_timedwait(&s->news, &s->lock, &until);
        (void)pthread_mutex_unlock(&s->lock);
        if (failed)
            return false;
    }
}

#endif
