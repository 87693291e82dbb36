/* SPDX-License-Identifier: Apache-2.0 */
/* Memory runs out at every place of a request: the client gets an error or a
 * closed connection, the server lives, and nothing leaks. */
#include "support/check.h"

#include "http/problem.h"
#include "unit/http/http_client.h"

static void echo(void *context, Request *q, Response *r)
{
    (void)context;
    response_type(r, 200, STR("text/plain"));
    if (buf_append(&r->body, q->body) != ST_OK)
        problem(r, 503, NULL, "no room");
}

static Status no_news(void *context, Buf *out)
{
    (void)context;
    (void)out;
    return ST_OK;
}

static void live(void *context, Request *q, Response *r)
{
    (void)context;
    (void)q;
    response_type(r, 200, STR("text/event-stream"));
    r->kind = BODY_EVENTS;
    r->events = (EventSource){no_news, NULL, NULL};
}

static const Route routes[] = {
    {"POST", "/echo", echo, 0, ROUTE_SLOW},
    {"GET", "/live", live, 0, 0},
};

/* One request while only `k` more allocations succeed; the first bytes of the answer. */
static void request_with(const HttpServer *s, const char *request, long k)
{
    const int fd = connect_to(s);
    const char *answer;

    mem_fail_after(k);
    say(fd, request);
    answer = hear(fd, "\r\n\r\n");
    mem_fail_after(-1);
    if (answer[0] && !strstr(answer, "HTTP/1.1 200") && !strstr(answer, "HTTP/1.1 503"))
        fail_msg("after %ld allocations: %s", k, answer);
    close(fd);
}

static void every_allocation_failure_leaves_the_server_alive(void **state)
{
    static const char *const requests[] = {
        "POST /echo?a=b%20c HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello",
        ("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
         "5\r\nhello\r\n0\r\n\r\n"),
        "GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n",
    };
    const HttpOptions options = {
        .host = "127.0.0.1", .router = {routes, sizeof routes / sizeof routes[0]}, .workers = 2};
    HttpServer *s = NULL;
    Err err = {0};

    (void)state;
    CHECK_OK(http_start(&options, &err, &s));
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        for (long k = 0; k < 40; k++)
            request_with(s, requests[i], k);
    }
    assert_has(ask(s, "POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                      "Content-Length: 5\r\n\r\nhello"),
               "\r\n\r\nhello");
    http_drain(s, 5000);
    http_stop(s);
    assert_int_equal(mem_live(), 0);
}

static void a_server_that_cannot_start_leaves_nothing(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        const HttpOptions options = {.host = "127.0.0.1", .router = {routes, 1}, .workers = 2};
        HttpServer *s = NULL;
        Err err = {0};
        Status st;

        mem_fail_after(k);
        st = http_start(&options, &err, &s);
        mem_fail_after(-1);
        if (st == ST_OK)
            http_stop(s);
        assert_int_equal(mem_live(), 0);
        if (st == ST_OK)
            break;
        assert_int_equal(st, ST_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_failure_leaves_the_server_alive),
        cmocka_unit_test(a_server_that_cannot_start_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
