/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest HTTP client on a kept connection to this machine, for what sends load. */
#ifndef VIREO_BENCH_LOOPBACK_H
#define VIREO_BENCH_LOOPBACK_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static inline int connect_to(int port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int one = 1;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address)) {
        perror("connect");
        exit(1);
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static inline int send_all(int fd, const void *data, size_t len)
{
    const char *at = data;

    while (len) {
        const ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

        if (n <= 0)
            return -1;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

/* The status of one answer with a Content-Length; its body is read and dropped. */
static inline int read_answer(int fd)
{
    char buffer[65536];
    size_t len = 0;

    for (;;) {
        const ssize_t n = recv(fd, buffer + len, sizeof buffer - 1 - len, 0);
        char *end;

        if (n <= 0)
            return -1;
        len += (size_t)n;
        buffer[len] = '\0';
        end = strstr(buffer, "\r\n\r\n");
        if (end) {
            const char *length = strcasestr(buffer, "\r\ncontent-length:");
            const size_t want = length && length < end ? strtoul(length + 17, NULL, 10) : 0;

            if (len >= (size_t)(end + 4 - buffer) + want)
                return atoi(buffer + 9);
        }
    }
}

#endif
