/* SPDX-License-Identifier: Apache-2.0 */
/* A client of a few lines over plain sockets, for the tests of the HTTP server.
 * Answers are in one static buffer: use them before the next call. */
#ifndef VIREO_TESTS_HTTP_CLIENT_H
#define VIREO_TESTS_HTTP_CLIENT_H

#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static inline int connect_to(const HttpServer *s)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(http_port(s))};
    const struct timeval patience = {.tv_sec = 20};
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

static inline void say(int fd, const char *text)
{
    size_t sent = 0;
    const size_t len = strlen(text);

    while (sent < len) {
        const ssize_t n = send(fd, text + sent, len - sent, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        sent += (size_t)n;
    }
}

/* Read until one of both (NULL: none) is there or the end; what came, NUL-terminated. */
static inline const char *hear_any(int fd, const char *until, const char *or_until)
{
    static char text[65536];
    size_t len = 0;

    text[0] = '\0';
    while (len < sizeof text - 1 && !(until && strstr(text, until)) &&
           !(or_until && strstr(text, or_until))) {
        const ssize_t n = recv(fd, text + len, sizeof text - 1 - len, 0);

        if (n <= 0)
            break;
        len += (size_t)n;
        text[len] = '\0';
    }
    return text;
}

static inline const char *hear(int fd, const char *until)
{
    return hear_any(fd, until, NULL);
}

static inline const char *ask(const HttpServer *s, const char *request)
{
    const int fd = connect_to(s);
    const char *answer;

    say(fd, request);
    answer = hear(fd, NULL);
    close(fd);
    return answer;
}

static inline void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

#endif
