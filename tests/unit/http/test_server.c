/* SPDX-License-Identifier: Apache-2.0 */
/* The server over real sockets: workers, limits, refusals, streams, drain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "http/problem.h"
#include "http/server.h"
#include "os/clock.h"
#include "os/thread.h"
#include "unit/http/http_client.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* ------------------------------------------------------------- handlers */

/* Handlers of /gate wait here, so that tests decide when they end. */
typedef struct Gate {
    Mutex lock;
    Cond changed;
    unsigned waiting;
    bool open;
} Gate;

typedef struct World {
    Gate gate;
    atomic_uint answers;
    atomic_int last_status;
    atomic_bool news;
    atomic_int freed_sources;
    atomic_bool patient;
    atomic_int left; /* what `patient` ended with */
} World;

static void echo(void *context, Request *q, Response *r)
{
    (void)context;
    response_type(r, 200, STR("text/plain"));
    if (buf_printf(&r->body, "%.*s|%.*s|%zu|", STR_ARG(q->method),
                   STR_ARG(request_param(q, STR("name"))), q->body.len) != ST_OK ||
        buf_append(&r->body, str_slice(q->body, 0, 100)) != ST_OK)
        problem(r, 500, NULL, "no room");
}

static void gate(void *context, Request *q, Response *r)
{
    World *w = context;

    (void)q;
    mutex_lock(&w->gate.lock);
    w->gate.waiting++;
    cond_broadcast(&w->gate.changed);
    while (!w->gate.open)
        cond_wait(&w->gate.changed, &w->gate.lock);
    mutex_unlock(&w->gate.lock);
    response_type(r, 200, STR("text/plain"));
}

static void gate_wait(World *w, unsigned count)
{
    mutex_lock(&w->gate.lock);
    while (w->gate.waiting < count)
        cond_wait(&w->gate.changed, &w->gate.lock);
    mutex_unlock(&w->gate.lock);
}

static void gate_open(World *w)
{
    mutex_lock(&w->gate.lock);
    w->gate.open = true;
    cond_broadcast(&w->gate.changed);
    mutex_unlock(&w->gate.lock);
}

/* Works until the client has left, for at most five seconds. */
static void patient(void *context, Request *q, Response *r)
{
    World *w = context;
    const int64_t end = clock_mono_ns() + INT64_C(5000000000);

    atomic_store(&w->patient, true);
    while (clock_mono_ns() < end && cancel_check(q->left) == ST_OK)
        clock_sleep_ns(1000000);
    atomic_store(&w->left, cancel_check(q->left));
    response_type(r, 200, STR("text/plain"));
}

static Status poll_source(void *context, Buf *out)
{
    World *w = context;

    return atomic_exchange(&w->news, false) ? events_append(out, STR("news"), STR("{\"n\":1}"))
                                            : ST_OK;
}

static void free_source(void *context)
{
    World *w = context;

    atomic_fetch_add(&w->freed_sources, 1);
}

static void live(void *context, Request *q, Response *r)
{
    (void)q;
    response_type(r, 200, STR("text/event-stream"));
    r->kind = BODY_EVENTS;
    r->events = (EventSource){poll_source, free_source, context};
}

static void release_nothing(void *owner)
{
    atomic_fetch_add((atomic_int *)owner, 1);
}

static void shared(void *context, Request *q, Response *r)
{
    World *w = context;

    (void)q;
    r->kind = BODY_SHARED;
    r->shared = (SharedBytes){STR("shared bytes"), release_nothing, &w->freed_sources};
}

static const Route routes[] = {
    {"GET", "/inline", echo, 0, ROUTE_INLINE | ROUTE_OPEN},
    {"GET", "/echo/{name}", echo, 0, 0},
    {"POST", "/echo/{name}", echo, 0, ROUTE_SLOW},
    {"GET", "/gate", gate, 0, 0},
    {"POST", "/gate", gate, 0, ROUTE_SLOW},
    {"GET", "/patient", patient, 0, 0},
    {"GET", "/live", live, 0, 0},
    {"GET", "/shared", shared, 0, 0},
    {"GET", "/secret", echo, 7, 0},
};

static bool guard(void *context, const Route *route, Request *q, Response *r)
{
    (void)context;
    if (route->role != 7 || str_eq(request_header(q, STR("x-key")), STR("open")))
        return true;
    problem(r, 401, NULL, "no key");
    return false;
}

static void done(void *context, const Route *route, int status, int64_t duration_ns)
{
    World *w = context;

    (void)route;
    (void)duration_ns;
    w->last_status = status;
    atomic_fetch_add(&w->answers, 1);
}

static HttpServer *start(World *w, HttpOptions o)
{
    HttpServer *s = NULL;
    Err err = {0};

    memset(w, 0, sizeof *w);
    mutex_init(&w->gate.lock);
    cond_init(&w->gate.changed);
    o.host = "127.0.0.1";
    o.router = (Router){routes, sizeof routes / sizeof routes[0]};
    o.context = w;
    o.guard = guard;
    o.done = done;
    if (http_start(&o, &err, &s) != ST_OK)
        fail_msg("%s", err.msg);
    return s;
}

static void stop(World *w, HttpServer *s)
{
    gate_open(w);
    http_drain(s, 5000);
    http_stop(s);
    cond_deinit(&w->gate.changed);
    mutex_deinit(&w->gate.lock);
    assert_int_equal(mem_live(), 0);
}

#define END "Host: localhost\r\nConnection: close\r\n\r\n"

/* ---------------------------------------------------------------- tests */

static void requests_reach_their_handlers(void **state)
{
    World w;
    HttpServer *s = start(&w, (HttpOptions){0});

    (void)state;
    assert_has(ask(s, "GET /echo/a%20b HTTP/1.1\r\n" END), "GET|a b|0|");
    assert_has(ask(s, "GET /inline HTTP/1.1\r\n" END), "GET||0|");
    assert_has(ask(s, "POST /echo/x HTTP/1.1\r\nContent-Length: 5\r\n" END "hello"),
               "POST|x|5|hello");
    assert_has(ask(s, "POST /echo/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" END
                      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
               "POST|x|5|abcde");
    assert_has(ask(s, "GET /shared HTTP/1.1\r\n" END), "\r\n\r\nshared bytes");
    stop(&w, s);
    assert_int_equal(w.freed_sources, 1);
}

static void head_has_the_length_but_no_body(void **state)
{
    World w;
    HttpServer *s = start(&w, (HttpOptions){0});
    const char *answer = ask(s, "HEAD /echo/abc HTTP/1.1\r\n" END);

    (void)state;
    assert_has(answer, "HTTP/1.1 200");
    assert_has(answer, "Content-Length: 11");
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
    stop(&w, s);
}

static void every_answer_has_the_security_headers(void **state)
{
    World w;
    HttpServer *s = start(&w, (HttpOptions){0});
    const char *answer = ask(s, "GET /nothing HTTP/1.1\r\n" END);

    (void)state;
    assert_has(answer, "HTTP/1.1 404");
    assert_has(answer, "application/problem+json");
    assert_has(answer, "X-Content-Type-Options: nosniff");
    assert_has(answer, "frame-ancestors 'none'; sandbox");
    assert_has(answer, "Cross-Origin-Resource-Policy: same-origin");
    stop(&w, s);
}

static void wrong_methods_keys_hosts_and_origins_are_refused(void **state)
{
    const Str hosts[] = {STR("localhost")};
    World w;
    HttpServer *s = start(&w, (HttpOptions){.hosts = hosts, .host_count = 1, .check_origin = true});

    (void)state;
    assert_has(ask(s, "PUT /echo/x HTTP/1.1\r\nContent-Length: 2\r\n" END "ab"),
               "Allow: GET, HEAD, POST");
    assert_has(ask(s, "GET /secret HTTP/1.1\r\n" END), "HTTP/1.1 401");
    assert_has(ask(s, "GET /secret HTTP/1.1\r\nX-Key: open\r\n" END), "HTTP/1.1 200");
    assert_has(ask(s, "GET /inline HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
               "HTTP/1.1 421");
    assert_has(ask(s, "POST /echo/x HTTP/1.1\r\nOrigin: http://evil.example\r\n"
                      "Content-Length: 2\r\n" END "ab"),
               "HTTP/1.1 403");
    stop(&w, s);
}

static void malformed_requests_are_answered_or_cut(void **state)
{
    static const char *const requests[] = {
        "GET\r\n\r\n",
        "\0\1\2\3\r\n\r\n",
        "GET /inline HTTP/9.9\r\n\r\n",
        "GET nothing HTTP/1.1\r\n" END,
        "GET /echo/%zz HTTP/1.1\r\n" END,
        "GET /inline?%00 HTTP/1.1\r\n" END,
        "GET * HTTP/1.1\r\n" END,
        "POST /echo/x HTTP/1.1\r\nContent-Length: -5\r\n" END,
        "POST /echo/x HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n" END,
        "POST /echo/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" END "zz\r\n",
        "GET http://other/inline HTTP/1.1\r\n" END,
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    };
    World w;
    HttpServer *s = start(&w, (HttpOptions){0});

    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        const int fd = connect_to(s);

        say(fd, requests[i]);
        shutdown(fd, SHUT_WR);
        (void)hear(fd, NULL);
        close(fd);
    }
    assert_has(ask(s, "GET /inline HTTP/1.1\r\n" END), "HTTP/1.1 200");
    stop(&w, s);
}

/* A client that writes its whole body before it reads gets the refusal. */
static void too_large_bodies_are_refused_politely(void **state)
{
    enum { SIZE = 300000 };
    char *body = malloc(SIZE + 1);
    char head[200];
    World w;
    HttpServer *s = start(&w, (HttpOptions){.max_body = 100000});

    (void)state;
    assert_non_null(body);
    memset(body, 'x', SIZE);
    body[SIZE] = '\0';
    for (int chunked = 0; chunked < 2; chunked++) {
        const int fd = connect_to(s);

        if (chunked)
            (void)snprintf(head, sizeof head,
                           "POST /echo/x HTTP/1.1\r\nTransfer-Encoding: chunked"
                           "\r\n" END "%x\r\n",
                           (unsigned)SIZE);
        else
            (void)snprintf(head, sizeof head, "POST /echo/x HTTP/1.1\r\nContent-Length: %d\r\n" END,
                           (int)SIZE);
        say(fd, head);
        say(fd, body);
        if (chunked)
            say(fd, "\r\n0\r\n\r\n");
        assert_has(hear(fd, "\r\n\r\n"), "HTTP/1.1 413");
        close(fd);
    }
    free(body);
    stop(&w, s);
}

static void a_client_that_asks_first_is_refused_at_once(void **state)
{
    World w;
    HttpServer *s = start(&w, (HttpOptions){.max_body = 1000});

    (void)state;
    assert_has(
        ask(s, "POST /echo/x HTTP/1.1\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n" END),
        "HTTP/1.1 413");
    stop(&w, s);
}

static void bodies_share_one_budget(void **state)
{
    World w;
    HttpServer *s = start(&w, (HttpOptions){.max_body = 1000, .max_bodies = 1500});
    const int first = connect_to(s);
    int second = connect_to(s);
    const char *request = "POST /echo/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
                          "Expect: 100-continue\r\n\r\n";

    (void)state;
    say(first, request);
    assert_has(hear(first, "\r\n\r\n"), "100 Continue");
    say(second, request);
    assert_has(hear(second, "\r\n\r\n"), "HTTP/1.1 429");
    close(second);
    close(first);
    stop(&w, s);
}

/* All workers for writes are busy: reads still go through, and what the queue
 * does not take is refused with a hint when to come back. */
static void slow_writes_do_not_stop_reads_and_overload_is_refused(void **state)
{
    int clients[5];
    World w;
    HttpServer *s = start(&w, (HttpOptions){.workers = 4, .max_queue = 2});

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        HttpStats stats;

        clients[i] = connect_to(s);
        say(clients[i], "POST /gate HTTP/1.1\r\nContent-Length: 0\r\n" END);
        if (i < 3)
            gate_wait(&w, i + 1);
        else
            do
                http_stats(s, &stats);
            while (stats.queued < i - 2);
    }
    assert_has(ask(s, "GET /echo/x HTTP/1.1\r\n" END), "HTTP/1.1 200");
    {
        const char *answer = ask(s, "POST /gate HTTP/1.1\r\nContent-Length: 0\r\n" END);

        assert_has(answer, "HTTP/1.1 429");
        assert_has(answer, "Retry-After: 1");
    }
    gate_open(&w);
    for (int i = 0; i < 5; i++) {
        assert_has(hear(clients[i], "\r\n\r\n"), "HTTP/1.1 200");
        close(clients[i]);
    }
    stop(&w, s);
}

static void hundreds_of_clients_are_served_by_few_threads(void **state)
{
    enum { CLIENTS = 200 };
    int clients[CLIENTS];
    World w;
    HttpServer *s = start(&w, (HttpOptions){.workers = 4});

    (void)state;
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = connect_to(s);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < CLIENTS; i++)
            say(clients[i], "POST /echo/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n"
                            "abc");
        for (int i = 0; i < CLIENTS; i++)
            assert_has(hear(clients[i], "POST|x|3|abc"), "HTTP/1.1 200");
    }
    for (int i = 0; i < CLIENTS; i++)
        close(clients[i]);
    stop(&w, s);
    assert_int_equal(w.answers, 3 * CLIENTS);
}

static void nobody_works_for_a_client_that_has_left(void **state)
{
    World w;
    HttpServer *s = start(&w, (HttpOptions){0});
    const int fd = connect_to(s);

    (void)state;
    atomic_store(&w.left, -1);
    say(fd, "GET /patient HTTP/1.1\r\n" END);
    while (!w.patient)
        clock_sleep_ns(1000000);
    http_tick(s);
    clock_sleep_ns(20000000);
    assert_int_equal(w.left, -1); /* it waits for the answer */
    close(fd);
    for (int tries = 0; w.left == -1 && tries < 1000; tries++) {
        http_tick(s);
        clock_sleep_ns(2000000);
    }
    assert_int_equal(w.left, ST_CLOSED);
    stop(&w, s);
}

static void events_are_sent_when_there_is_news(void **state)
{
    World w;
    HttpServer *s = start(&w, (HttpOptions){.max_streams = 1});
    const int fd = connect_to(s);

    (void)state;
    say(fd, "GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_has(hear(fd, ": open"), "text/event-stream");
    w.news = true;
    http_tick(s);
    assert_has(hear(fd, "{\"n\":1}"), "event: news");
    assert_has(ask(s, "GET /live HTTP/1.1\r\n" END), "HTTP/1.1 503");
    http_tick(s);
    w.news = true;
    http_tick(s);
    assert_has(hear(fd, "{\"n\":1}"), "event: news");
    stop(&w, s); /* ends the stream */
    assert_int_equal(w.freed_sources, 2);
    close(fd);
}

static void slow_senders_are_cut(void **state)
{
    World w;
    HttpServer *s = start(&w, (HttpOptions){.request_seconds = 1, .idle_seconds = 60});
    const int fd = connect_to(s);
    const int64_t begin = clock_mono_ns();

    (void)state;
    /* One byte now and then: never idle, never done. */
    say(fd, "GET /inline HTTP/1.1\r\nX: ");
    for (;;) {
        char byte;

        http_tick(s);
        say(fd, "a");
        if (recv(fd, &byte, 1, MSG_DONTWAIT) == 0)
            break;
        assert_true(clock_mono_ns() - begin < 20 * INT64_C(1000000000));
        clock_sleep_ns(50000000);
    }
    close(fd);
    assert_has(ask(s, "GET /inline HTTP/1.1\r\n" END), "HTTP/1.1 200");
    stop(&w, s);
}

static void drain_worker(void *server)
{
    http_drain(server, 20000);
}

static void a_drain_finishes_what_runs_and_takes_nothing_new(void **state)
{
    World w;
    HttpServer *s = start(&w, (HttpOptions){0});
    const int running = connect_to(s);
    const int idle = connect_to(s);
    Thread drain = {0};

    (void)state;
    say(idle, "GET /inline HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_has(hear(idle, "GET||0|"), "HTTP/1.1 200");
    say(running, "GET /gate HTTP/1.1\r\nHost: localhost\r\n\r\n");
    gate_wait(&w, 1);
    assert_int_equal(thread_start(&drain, "drain", drain_worker, s), ST_OK);
    for (;;) { /* until the drain has begun */
        const char *answer;

        say(idle, "GET /inline HTTP/1.1\r\nHost: localhost\r\n\r\n");
        answer = hear_any(idle, "GET||0|", "}");
        if (!answer[0] || strstr(answer, "HTTP/1.1 503"))
            break;
    }
    gate_open(&w);
    assert_has(hear(running, "\r\n\r\n"), "HTTP/1.1 200");
    thread_join(&drain);
    close(running);
    close(idle);
    stop(&w, s);
}

static void an_address_in_use_is_told(void **state)
{
    World w;
    HttpServer *s = start(&w, (HttpOptions){0});
    HttpServer *second = NULL;
    Err err = {0};
    const HttpOptions same = {.host = "127.0.0.1", .port = http_port(s)};
    const HttpOptions none = {.host = "localhost.example", .port = 0};

    (void)state;
    assert_int_equal(http_start(&same, &err, &second), ST_BUSY);
    assert_non_null(strstr(err.msg, "another server"));
    assert_int_equal(http_start(&none, &err, &second), ST_INVALID);
    assert_null(second);
    stop(&w, s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_reach_their_handlers),
        cmocka_unit_test(head_has_the_length_but_no_body),
        cmocka_unit_test(every_answer_has_the_security_headers),
        cmocka_unit_test(wrong_methods_keys_hosts_and_origins_are_refused),
        cmocka_unit_test(malformed_requests_are_answered_or_cut),
        cmocka_unit_test(too_large_bodies_are_refused_politely),
        cmocka_unit_test(a_client_that_asks_first_is_refused_at_once),
        cmocka_unit_test(bodies_share_one_budget),
        cmocka_unit_test(slow_writes_do_not_stop_reads_and_overload_is_refused),
        cmocka_unit_test(hundreds_of_clients_are_served_by_few_threads),
        cmocka_unit_test(nobody_works_for_a_client_that_has_left),
        cmocka_unit_test(events_are_sent_when_there_is_news),
        cmocka_unit_test(slow_senders_are_cut),
        cmocka_unit_test(a_drain_finishes_what_runs_and_takes_nothing_new),
        cmocka_unit_test(an_address_in_use_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
