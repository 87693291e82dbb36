/* SPDX-License-Identifier: Apache-2.0 */
/* Load generator: sends OTLP/HTTP protobuf requests of equal spans as fast as the
 * server acknowledges them, over some keep-alive connections.
 *
 *     ingest_load PORT CONNECTIONS SPANS_PER_REQUEST SPAN_BYTES SECONDS [HEADER...]
 *     ingest_load dump SPANS_PER_REQUEST SPAN_BYTES
 *
 * The second form writes one request to the standard output, for those who want to
 * compress the same bytes.  The first prints one JSON line: spans acknowledged, seconds, spans/s,
 * bytes a span, and latencies of requests.  It speaks to any OTLP receiver, so that the same bytes
 * go to Vireo and to what it is compared with.  Requests are built once, from
 * words, so that they compress like text; only ids and times change. */
#include "loopback.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    TEMPLATES = 32,
    MAX_SPAN_BYTES = 1 << 17,
    MAX_REQUEST = 1 << 22,
    MAX_SPANS = 1000,
    MAX_LATENCIES = 1 << 20
};

typedef struct Bytes {
    uint8_t *data;
    size_t len;
} Bytes;

typedef struct Template {
    Bytes body;
    size_t ids[MAX_SPANS];   /* offset of each span's trace id; its span id is 18 behind it */
    size_t times[MAX_SPANS]; /* offset of start; end is 9 behind it */
} Template;

typedef struct Worker {
    pthread_t thread;
    int port;
    const char *headers;
    int64_t deadline_ns;
    uint64_t seed;
    uint64_t acknowledged;
    uint64_t refused;
    uint32_t *latency_us;
    size_t latencies;
} Worker;

static Template templates[TEMPLATES];
static int spans_per_request;
static size_t span_bytes;

static int64_t now_ns(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* ------------------------------------------------------ protobuf, written */

static void put(Bytes *b, const void *data, size_t len)
{
    memcpy(b->data + b->len, data, len);
    b->len += len;
}

static void put_varint(Bytes *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        b->data[b->len++] = (uint8_t)(v | 0x80);
    b->data[b->len++] = (uint8_t)v;
}

static void put_bytes(Bytes *b, unsigned field, const void *data, size_t len)
{
    put_varint(b, field << 3 | 2);
    put_varint(b, len);
    put(b, data, len);
}

static void put_attribute(Bytes *span, const char *key, const char *text, size_t len)
{
    static uint8_t value_bytes[MAX_SPAN_BYTES];
    static uint8_t pair_bytes[MAX_SPAN_BYTES];
    Bytes value = {value_bytes, 0};
    Bytes pair = {pair_bytes, 0};

    put_bytes(&value, 1, text, len);
    put_bytes(&pair, 1, key, strlen(key));
    put_bytes(&pair, 2, value.data, value.len);
    put_bytes(span, 9, pair.data, pair.len);
}

static size_t words(char *out, size_t len, uint64_t *seed)
{
    static const char *const list[] = {
        "the",     "model",  "answers", "question", "about",    "refund", "order",
        "invoice", "please", "status",  "shipping", "customer", "would",  "like",
        "to",      "know",   "whether", "delivery", "arrives",  "before", "monday"};
    size_t at = 0;

    while (at < len) {
        const char *w = list[next(seed) % (sizeof list / sizeof *list)];

        for (; *w && at < len; w++)
            out[at++] = *w;
        if (at < len)
            out[at++] = ' ';
    }
    return at;
}

static void put_span(Template *t, Bytes *scope, int i, uint64_t *seed)
{
    static const char *const routes[] = {"/chat", "/search", "/summarise", "/classify"};
    static uint8_t bytes[2 * MAX_SPAN_BYTES];
    static char text[MAX_SPAN_BYTES];
    const uint8_t zero[16] = {0};
    Bytes s = {bytes, 0};
    size_t at;

    put_bytes(&s, 1, zero, 16);
    put_bytes(&s, 2, zero, 8);
    put_bytes(&s, 5, "answer question", 15);
    put_varint(&s, 6 << 3);
    put_varint(&s, 1);
    at = s.len;
    put_varint(&s, 7 << 3 | 1);
    put(&s, zero, 8);
    put_varint(&s, 8 << 3 | 1);
    put(&s, zero, 8);
    put_attribute(&s, "http.route", routes[next(seed) % 4], strlen(routes[0]));
    put_attribute(&s, "gen_ai.request.model", "small-model-7b", 14);
    put_attribute(&s, "user.id", text,
                  (size_t)snprintf(text, sizeof text, "user-%d", (int)(next(seed) % 5000)));
    put_attribute(&s, "input.value", text, words(text, span_bytes * 38 / 100, seed));
    put_attribute(&s, "output.value", text, words(text, span_bytes - s.len - 20, seed));
    put_bytes(scope, 2, s.data, s.len);
    t->ids[i] = scope->len - s.len + 2;
    t->times[i] = scope->len - s.len + at + 1;
}

static void make_template(Template *t, uint64_t seed)
{
    uint8_t *scratch = malloc(MAX_REQUEST);
    uint8_t *inner = malloc(MAX_REQUEST);
    Bytes scope = {scratch, 0};
    Bytes resource = {inner, 0};
    size_t shift;

    t->body.data = malloc(MAX_REQUEST);
    t->body.len = 0;
    for (int i = 0; i < spans_per_request; i++)
        put_span(t, &scope, i, &seed);
    put_bytes(&resource, 2, scope.data, scope.len);
    shift = resource.len - scope.len;
    put_bytes(&t->body, 1, resource.data, resource.len);
    shift += t->body.len - resource.len;
    for (int i = 0; i < spans_per_request; i++) {
        t->ids[i] += shift;
        t->times[i] += shift;
    }
    free(scratch);
    free(inner);
}

/* New ids and times, four spans a trace. */
static void stamp(const Template *t, uint8_t *body, uint64_t *seed)
{
    uint64_t id[3] = {next(seed), next(seed), 0};
    uint64_t start = (uint64_t)now_ns(CLOCK_REALTIME);

    for (int i = 0; i < spans_per_request; i++) {
        const uint64_t end = start + next(seed) % 50000000;

        if (i % 4 == 0) {
            id[0] = next(seed);
            id[1] = next(seed);
        }
        id[2] = next(seed);
        memcpy(body + t->ids[i], id, 16);
        memcpy(body + t->ids[i] + 18, &id[2], 8);
        memcpy(body + t->times[i], &start, 8);
        memcpy(body + t->times[i] + 9, &end, 8);
    }
}

/* ------------------------------------------------------------------- HTTP */

static void *run(void *context)
{
    Worker *w = context;
    uint8_t *body = malloc(MAX_REQUEST);
    int fd = connect_to(w->port);

    while (now_ns(CLOCK_MONOTONIC) < w->deadline_ns) {
        const Template *t = &templates[next(&w->seed) % TEMPLATES];
        const int64_t begin = now_ns(CLOCK_MONOTONIC);
        char head[1024];
        const int head_len = snprintf(head, sizeof head,
                                      "POST /v1/traces HTTP/1.1\r\nHost: "
                                      "127.0.0.1:%d\r\nContent-Type: application/x-protobuf\r\n"
                                      "%sContent-Length: %zu\r\n\r\n",
                                      w->port, w->headers, t->body.len);
        int status;

        memcpy(body, t->body.data, t->body.len);
        stamp(t, body, &w->seed);
        status = send_all(fd, head, (size_t)head_len) || send_all(fd, body, t->body.len)
                     ? -1
                     : read_answer(fd);
        if (status < 0) {
            (void)close(fd);
            fd = connect_to(w->port);
        }
        if (status >= 200 && status < 300)
            w->acknowledged += (uint64_t)spans_per_request;
        else
            w->refused += (uint64_t)spans_per_request;
        if (status == 429 || status == 503)
            (void)usleep(50000); /* an exporter would wait longer */
        if (w->latencies < MAX_LATENCIES)
            w->latency_us[w->latencies++] = (uint32_t)((now_ns(CLOCK_MONOTONIC) - begin) / 1000);
    }
    (void)close(fd);
    free(body);
    return NULL;
}

static int ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void report(Worker *workers, int count, double seconds)
{
    uint32_t *all = calloc((size_t)count * MAX_LATENCIES, sizeof *all);
    size_t len = 0;
    uint64_t acknowledged = 0;
    uint64_t refused = 0;

    for (int i = 0; i < count; i++) {
        memcpy(all + len, workers[i].latency_us, workers[i].latencies * sizeof *all);
        len += workers[i].latencies;
        acknowledged += workers[i].acknowledged;
        refused += workers[i].refused;
    }
    qsort(all, len, sizeof *all, ascending);
    (void)printf("{\"spans\": %llu, \"refused\": %llu, \"seconds\": %.3f, \"spans_per_s\": %.0f, "
                 "\"bytes_per_span\": %zu, \"mb_per_s\": %.1f, "
                 "\"p50_ms\": %.3f, \"p99_ms\": %.3f}\n",
                 (unsigned long long)acknowledged, (unsigned long long)refused, seconds,
                 (double)acknowledged / seconds, templates[0].body.len / (size_t)spans_per_request,
                 (double)acknowledged * (double)templates[0].body.len / spans_per_request /
                     seconds / 1e6,
                 len ? all[len / 2] / 1e3 : 0, len ? all[len * 99 / 100] / 1e3 : 0);
    free(all);
}

/* False: out of range. */
static int set_shape(const char *spans, const char *bytes)
{
    spans_per_request = atoi(spans);
    span_bytes = strtoul(bytes, NULL, 10);
    return spans_per_request >= 1 && spans_per_request <= MAX_SPANS && span_bytes >= 300 &&
           span_bytes <= MAX_SPAN_BYTES / 2 &&
           (size_t)spans_per_request * (span_bytes + 100) <= MAX_REQUEST;
}

static int dump(void)
{
    uint64_t seed = 1;

    make_template(&templates[0], seed);
    stamp(&templates[0], templates[0].body.data, &seed);
    return fwrite(templates[0].body.data, 1, templates[0].body.len, stdout) !=
           templates[0].body.len;
}

static void load(int port, int connections, double seconds, const char *headers)
{
    Worker *workers = calloc((size_t)connections, sizeof *workers);
    const int64_t begin = now_ns(CLOCK_MONOTONIC);

    for (int i = 0; i < connections; i++) {
        workers[i] = (Worker){.port = port,
                              .headers = headers,
                              .deadline_ns = begin + (int64_t)(seconds * 1e9),
                              .seed = (uint64_t)now_ns(CLOCK_REALTIME) + (uint64_t)i * 104729,
                              .latency_us = calloc(MAX_LATENCIES, sizeof(uint32_t))};
        (void)pthread_create(&workers[i].thread, NULL, run, &workers[i]);
    }
    for (int i = 0; i < connections; i++)
        (void)pthread_join(workers[i].thread, NULL);
    report(workers, connections, (double)(now_ns(CLOCK_MONOTONIC) - begin) / 1e9);
}

int main(int argc, char **argv)
{
    char headers[512] = "";

    if (argc == 4 && strcmp(argv[1], "dump") == 0)
        return set_shape(argv[2], argv[3]) ? dump() : 2;
    if (argc < 6 || atoi(argv[2]) < 1 || !set_shape(argv[3], argv[4])) {
        (void)fprintf(stderr,
                      "usage: %s PORT CONNECTIONS SPANS_PER_REQUEST SPAN_BYTES SECONDS "
                      "[HEADER...]\n",
                      argv[0]);
        return 2;
    }
    for (int i = 6; i < argc; i++)
        (void)snprintf(headers + strlen(headers), sizeof headers - strlen(headers), "%s\r\n",
                       argv[i]);
    for (int i = 0; i < TEMPLATES; i++)
        make_template(&templates[i], (uint64_t)i * 7919 + 1);
    load(atoi(argv[1]), atoi(argv[2]), atof(argv[5]), headers);
    return 0;
}
