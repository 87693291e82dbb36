/* SPDX-License-Identifier: Apache-2.0 */
/* What one traced call costs its caller in C.
 *
 *   client_span            nanoseconds of start + finish: median, best and worst of several runs
 *   client_span --memory   resident memory before and after 10 million calls
 *
 * A child process answers 200 to every request at once, so that the sender has its
 * normal work on another core.  Beside it, in the same run, what a program does
 * without us: one formatted line with time stamps and ids into a buffered file.
 *
 * A run is short enough to fit the queue (64 MiB): what is measured is recording,
 * not dropping. */
#include "vireo/vireo.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS = 15, CALLS = 100000, MEMORY_CALLS = 10000000, DRAIN_MS = 20000 };

static int64_t now_ns(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ------------------------------------------------------------------- sink */

static size_t content_length(const char *head)
{
    const char *at = strstr(head, "Content-Length: ");

    return at ? (size_t)strtoull(at + 16, NULL, 10) : 0;
}

/* Read one request and answer it; false when the peer is gone. */
static int serve_one(int fd)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    static char data[65536];
    size_t len = 0;
    size_t left;
    const char *end = NULL;

    while (!end && len < sizeof data - 1) {
        const ssize_t n = recv(fd, data + len, sizeof data - 1 - len, 0);

        if (n <= 0)
            return 0;
        len += (size_t)n;
        data[len] = '\0';
        end = strstr(data, "\r\n\r\n");
    }
    if (!end)
        return 0;
    left = content_length(data) - (len - (size_t)(end + 4 - data));
    while (left > 0) {
        const ssize_t n = recv(fd, data, left < sizeof data ? left : sizeof data, 0);

        if (n <= 0)
            return 0;
        left -= (size_t)n;
    }
    return send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) > 0;
}

static pid_t start_sink(int *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    pid_t pid;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 8) ||
        getsockname(fd, (struct sockaddr *)&at, &size))
        return -1;
    *port = ntohs(at.sin_port);
    pid = fork();
    if (pid == 0) {
        for (;;) {
            const int peer = accept(fd, NULL, NULL);

            while (peer >= 0 && serve_one(peer))
                ;
            (void)close(peer);
        }
    }
    (void)close(fd);
    return pid;
}

/* ------------------------------------------------------------------ cases */

static const char input[] = "{\"frame\": 17, \"camera\": \"north\"}";
static const char output[] = "{\"label\": \"bird\", \"score\": 0.93}";

static void bare(vireo_client *c, const vireo_site *site)
{
    vireo_span_finish(vireo_span_start_at(c, NULL, site));
}

static void named(vireo_client *c, const vireo_site *site)
{
    (void)site;
    vireo_span_finish(vireo_span_start(c, NULL, "detect"));
}

static void full(vireo_client *c, const vireo_site *site)
{
    vireo_span *s = vireo_span_start_at(c, NULL, site);

    vireo_span_input_json(s, input, sizeof input - 1);
    vireo_span_tag(s, "country", "DE", 2);
    vireo_span_output_json(s, output, sizeof output - 1);
    vireo_span_finish(s);
}

static FILE *line_file;

/* The same content as `full`, as a line of a log. */
static void line(vireo_client *c, const vireo_site *site)
{
    const int64_t start = now_ns(CLOCK_REALTIME);
    const int64_t end = now_ns(CLOCK_REALTIME);

    (void)c;
    (void)site;
    (void)fprintf(line_file,
                  "{\"trace_id\":\"%08lx%08lx%08lx%08lx\",\"span_id\":\"%08lx%08lx\","
                  "\"name\":\"detect\",\"start\":%" PRId64 ",\"end\":%" PRId64
                  ",\"input\":%s,\"output\":%s,\"country\":\"DE\"}\n",
                  (unsigned long)random(), (unsigned long)random(), (unsigned long)random(),
                  (unsigned long)random(), (unsigned long)random(), (unsigned long)random(), start,
                  end, input, output);
}

typedef struct Case {
    const char *name;
    void (*call)(vireo_client *c, const vireo_site *site);
} Case;

static const Case cases[] = {
    {"start + finish at a site", bare},
    {"start + finish with a name", named},
    {"with input, output and a tag", full},
    {"beside: a formatted line to a file", line},
};

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Wall time of the calling thread's loop; delivered before the next run. */
static double run_once(vireo_client *c, const vireo_site *site, const Case *k)
{
    const int64_t start = now_ns(CLOCK_MONOTONIC);
    int64_t end;

    for (int i = 0; i < CALLS; i++)
        k->call(c, site);
    end = now_ns(CLOCK_MONOTONIC);
    (void)vireo_flush(c, DRAIN_MS);
    return (double)(end - start) / CALLS;
}

static void measure(vireo_client *c, const vireo_site *site)
{
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        double ns[RUNS];

        (void)run_once(c, site, &cases[k]); /* warms caches and the free lists */
        for (int i = 0; i < RUNS; i++)
            ns[i] = run_once(c, site, &cases[k]);
        qsort(ns, RUNS, sizeof ns[0], ascending);
        (void)printf("%-36s %7.0f ns   (%.0f .. %.0f)\n", cases[k].name, ns[RUNS / 2], ns[0],
                     ns[RUNS - 1]);
    }
}

/* ----------------------------------------------------------------- memory */

static long resident_kb(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    char text[128] = "";
    char *second;

    if (!f)
        return 0;
    second = fgets(text, sizeof text, f) ? strchr(text, ' ') : NULL;
    (void)fclose(f);
    return second ? strtol(second, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024) : 0;
}

static void memory(vireo_client *c, const vireo_site *site)
{
    for (int i = 0; i <= 10; i++) {
        if (i > 0)
            for (int n = 0; n < MEMORY_CALLS / 10; n++)
                full(c, site);
        (void)printf("%8d calls: %6ld kB resident\n", i * (MEMORY_CALLS / 10), resident_kb());
    }
}

static void print_counters(const vireo_client *c)
{
    vireo_counters n;

    vireo_get_counters(c, &n);
    (void)printf("finished %" PRIu64 ", delivered %" PRIu64 ", dropped %" PRIu64
                 ", spooled %" PRIu64 "\n",
                 n.finished, n.delivered, n.dropped_queue + n.dropped_spool, n.spooled);
}

int main(int argc, char **argv)
{
    char url[64];
    char spool[] = "/tmp/vireo-bench-XXXXXX";
    int port = 0;
    const pid_t sink = start_sink(&port);
    vireo_options o = {.url = url, .project = "bench", .spool_dir = spool};
    vireo_client *c = NULL;
    const vireo_site *site;

    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    line_file = tmpfile();
    if (sink < 0 || !line_file || !mkdtemp(spool) || vireo_open(&o, &c))
        return 1;
    site = vireo_site_new(c, "detect", "model", "detector", "0123456789abcdef");
    if (argc > 1 && strcmp(argv[1], "--memory") == 0)
        memory(c, site);
    else
        measure(c, site);
    (void)vireo_flush(c, DRAIN_MS);
    print_counters(c);
    (void)vireo_close(c, DRAIN_MS);
    (void)kill(sink, SIGKILL);
    (void)waitpid(sink, NULL, 0);
    (void)fclose(line_file);
    (void)rmdir(spool);
    return 0;
}
