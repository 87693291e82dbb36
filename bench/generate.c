/* SPDX-License-Identifier: Apache-2.0 */
/* Generator of the spans that the query benchmarks ask about, sent over OTLP/HTTP.
 *
 *     generate PORT SPANS [SEED [CONNECTIONS]]
 *
 * A small company's month: 30 days, six traced models whose versions follow each
 * other, traces of five spans.  Inputs and outputs together average 500 bytes a span
 * with a long tail (log-normal), made of words whose frequencies fall like those of a
 * language, so that they compress like prompts do.  Every span has the same 12
 * attributes: country, tier, version, region, http.route, customer.id (high
 * cardinality), two integers, two doubles, two booleans.  The text RARE_PHRASE stands
 * in seven inputs, whatever the number of spans.
 *
 * A trace depends on the seed, its number and the number of spans only, so that the
 * same call makes the same data; the order of arrival is that of time but for what
 * the connections overtake each other.  Prints one JSON line at the end.  A refused
 * request (429, 503) is sent again until it is accepted. */
#include "loopback.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RARE_PHRASE "the amethyst kestrel clause"

enum {
    SPANS_PER_TRACE = 5,
    TRACES_PER_REQUEST = 80,
    RARE_COUNT = 7,
    WORDS = 4096,
    ZIPF_SLOTS = 1 << 16,
    MAX_TEXT = 16384,
    MAX_SPAN = 2 * MAX_TEXT + 4096,
    MAX_REQUEST = 16 << 20,
    MAX_CONNECTIONS = 64
};

static const double DAY_NS = 86400e9;
static const double DAYS = 30;
static const int64_t FIRST_NS = 1792627200000000000; /* 2026-10-22T00:00:00Z */

typedef struct Bytes {
    uint8_t *data;
    size_t len;
} Bytes;

typedef struct Worker {
    pthread_t thread;
    int fd;
    uint64_t sent;
    uint64_t refused;
    uint64_t text_bytes;
} Worker;

static struct {
    int port;
    uint64_t seed;
    uint64_t traces;
    _Atomic uint64_t next; /* number of the next request */
    char words[WORDS][20];
    uint8_t word_len[WORDS];
    uint16_t zipf[ZIPF_SLOTS]; /* numbers of words, each as often as it is used */
} all;

/* ------------------------------------------------------------------ chance */

/* splitmix64: every state is a good seed. */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

static double uniform(uint64_t *state)
{
    return (double)(next(state) >> 11) * 0x1p-53;
}

/* Box and Muller, one of the two. */
static double normal(uint64_t *state)
{
    const double u = uniform(state);

    return sqrt(-2 * log(1 - u)) * cos(6.283185307179586 * uniform(state));
}

/* Small numbers are more likely: weights 1, 1/2, 1/3 ... roughly. */
static size_t skewed(uint64_t *state, size_t count)
{
    const size_t i = (size_t)(pow((double)count + 1, uniform(state)) - 1);

    return i < count ? i : count - 1;
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

static void put_fixed64(Bytes *b, unsigned field, uint64_t v)
{
    put_varint(b, field << 3 | 1);
    put(b, &v, 8);
}

static size_t varint_size(uint64_t v)
{
    size_t n = 1;

    for (; v >= 0x80; v >>= 7)
        n++;
    return n;
}

/* KeyValue{key, AnyValue} whose value's own bytes are `value`. */
static void put_pair(Bytes *span, unsigned field, const char *key, const Bytes *value)
{
    const size_t key_len = strlen(key);
    const size_t len = 2 + key_len + 1 + varint_size(value->len) + value->len;

    put_varint(span, field << 3 | 2);
    put_varint(span, len);
    put_bytes(span, 1, key, key_len);
    put_bytes(span, 2, value->data, value->len);
}

static void put_text(Bytes *span, const char *key, const char *text, size_t len)
{
    const size_t value_len = 1 + varint_size(len) + len;
    const size_t key_len = strlen(key);

    put_varint(span, 9 << 3 | 2);
    put_varint(span, 2 + key_len + 1 + varint_size(value_len) + value_len);
    put_bytes(span, 1, key, key_len);
    put_varint(span, 2 << 3 | 2);
    put_varint(span, value_len);
    put_bytes(span, 1, text, len);
}

static void put_word(Bytes *span, const char *key, const char *text)
{
    put_text(span, key, text, strlen(text));
}

static void put_int(Bytes *span, const char *key, uint64_t v)
{
    uint8_t bytes[16];
    Bytes value = {bytes, 0};

    put_varint(&value, 3 << 3);
    put_varint(&value, v);
    put_pair(span, 9, key, &value);
}

static void put_bool(Bytes *span, const char *key, bool v)
{
    uint8_t bytes[2] = {2 << 3, v};
    const Bytes value = {bytes, 2};

    put_pair(span, 9, key, &value);
}

static void put_double(Bytes *span, const char *key, double v)
{
    uint8_t bytes[16];
    Bytes value = {bytes, 0};
    uint64_t bits;

    memcpy(&bits, &v, 8);
    put_fixed64(&value, 4, bits);
    put_pair(span, 9, key, &value);
}

/* ------------------------------------------------------------------- words */

static const char *const common[] = {
    "the",      "to",      "of",       "and",     "a",       "is",       "in",      "you",
    "for",      "that",    "it",       "with",    "on",      "this",     "your",    "be",
    "are",      "we",      "as",       "can",     "have",    "not",      "or",      "our",
    "will",     "if",      "from",     "by",      "was",     "please",   "an",      "order",
    "has",      "at",      "my",       "which",   "would",   "been",     "answer",  "customer",
    "question", "about",   "when",     "refund",  "invoice", "status",   "there",   "delivery",
    "account",  "payment", "shipping", "what",    "how",     "so",       "they",    "but",
    "all",      "more",    "any",      "after",   "before",  "should",   "because", "document",
    "policy",   "days",    "item",     "context", "returns", "following"};

enum { COMMON = sizeof common / sizeof *common };

/* The frequent words are real, the others are made of syllables like names. */
static void make_words(void)
{
    static const char *const syllables[] = {"ka",  "ren", "tol", "mi",   "sa",  "vor", "li", "den",
                                            "pra", "ne",  "go",  "ster", "u",   "bel", "ti", "on",
                                            "ma",  "rik", "shi", "lo",   "per", "an",  "co", "ver"};
    uint64_t state = 20261121;
    double sum = 0;
    double reached = 0;
    size_t slot = 0;

    for (size_t i = 0; i < WORDS; i++) {
        char *w = all.words[i];

        w[0] = '\0';
        if (i < COMMON)
            strcat(w, common[i]);
        else
            for (uint64_t n = 2 + next(&state) % 3; n; n--)
                strcat(w, syllables[next(&state) % (sizeof syllables / sizeof *syllables)]);
        all.word_len[i] = (uint8_t)strlen(w);
        sum += 1 / (double)(i + 2);
    }
    for (size_t i = 0; i < WORDS; i++) {
        reached += 1 / (double)(i + 2);
        for (; slot < ZIPF_SLOTS && (double)slot < reached / sum * ZIPF_SLOTS; slot++)
            all.zipf[slot] = (uint16_t)i;
    }
}

/* Sentences of 6 to 17 words, `want` bytes or a word more. */
static size_t prose(char *out, size_t want, uint64_t *state)
{
    uint64_t left = 0;
    size_t at = 0;

    while (at < want) {
        const uint64_t r = next(state);
        const size_t w = all.zipf[r % ZIPF_SLOTS];

        memcpy(out + at, all.words[w], 20);
        if (!left && out[at] >= 'a')
            out[at] = (char)(out[at] - 'a' + 'A');
        at += all.word_len[w];
        if (!left)
            left = 6 + (r >> 32) % 12;
        if (!--left)
            out[at++] = '.';
        out[at++] = ' ';
    }
    return at;
}

/* Log-normal with that mean, cut at the limit. */
static size_t length(double mean, uint64_t *state)
{
    const double sigma = 0.9;
    const double len = mean * exp(sigma * normal(state) - sigma * sigma / 2);

    return len > MAX_TEXT - 1000 ? MAX_TEXT - 1000 : (size_t)len;
}

/* ------------------------------------------------------------------- spans */

typedef struct Kind {
    const char *name, *type, *model, *opening;
    int parent;        /* number in the trace; -1: the root */
    int versions;      /* of the model within the month */
    double latency_ms; /* median */
    double input, output;
} Kind;

static const Kind kinds[SPANS_PER_TRACE] = {
    {"answer question", "chain", "support-bot", "", -1, 4, 900, 155, 250},
    {"retrieve", "retriever", "ranker", "query: ", 0, 3, 45, 95, 575},
    {"embed", "embedding", "embedder", "", 1, 2, 12, 90, 40},
    {"generate", "llm", "writer",
     "You are the assistant of a web shop. Answer shortly and politely, from the context only.\n\n",
     0, 5, 640, 590, 455},
    {"check answer", "tool", "guard", "Is this answer allowed? ", 0, 3, 18, 180, 30},
};

typedef struct Trace {
    uint64_t number;
    uint64_t state;
    uint64_t id[2];
    int64_t start_ns;
    double month; /* 0..1 */
    bool rare;
    const char *country, *tier, *region, *route;
    char customer[24];
    bool streamed;
    double temperature;
} Trace;

/* More by day than by night; never backwards. */
static int64_t start_of(uint64_t number, double *month)
{
    const double u = ((double)number + 0.5) / (double)all.traces;
    const double turn = 6.283185307179586 * DAYS;

    *month = u;
    return FIRST_NS + (int64_t)(DAY_NS * DAYS * (u - 0.6 * sin(turn * u) / turn));
}

static bool is_rare(uint64_t number)
{
    for (uint64_t i = 0; i < RARE_COUNT; i++)
        if (number == all.traces * (2 * i + 1) / (2 * RARE_COUNT))
            return true;
    return false;
}

static Trace make_trace(uint64_t number)
{
    static const char *const countries[] = {"US", "DE", "IN", "BR", "GB", "FR", "JP", "CA",
                                            "MX", "ES", "IT", "PL", "NL", "SE", "TR", "KR",
                                            "AU", "CH", "AT", "NO", "DK", "FI", "PT", "NZ"};
    static const char *const tiers[] = {"free", "pro", "team", "enterprise"};
    static const char *const regions[] = {"eu-west", "us-east", "us-west", "ap-south", "ap-east"};
    static const char *const routes[] = {"/v1/chat",     "/v1/search",      "/v1/orders/{id}",
                                         "/v1/returns",  "/v1/invoices",    "/v1/summarise",
                                         "/v1/feedback", "/internal/replay"};
    Trace t = {.number = number,
               .state = all.seed * 0xD1342543DE82EF95 + number * 0xA24BAED4963EE407};
    uint64_t *s = &t.state;

    t.id[0] = next(s);
    t.id[1] = next(s);
    t.start_ns = start_of(number, &t.month) + (int64_t)(next(s) % 1000000000);
    t.country = countries[skewed(s, sizeof countries / sizeof *countries)];
    t.tier = tiers[skewed(s, 4)];
    t.region = regions[skewed(s, 5)];
    t.route = routes[skewed(s, 8)];
    (void)snprintf(t.customer, sizeof t.customer, "cus_%08llx",
                   (unsigned long long)(skewed(s, 400000) * 2654435761U & 0xFFFFFFFF));
    t.streamed = next(s) % 3 == 0;
    t.temperature = (double)(next(s) % 11) / 10;
    t.rare = is_rare(number);
    return t;
}

static int version_of(const Kind *k, double month)
{
    const int v = (int)(month * k->versions);

    return v < k->versions ? v + 1 : k->versions;
}

static void put_model(Bytes *span, const Kind *k, double month)
{
    char fingerprint[65];
    uint64_t state = (uint64_t)version_of(k, month);

    for (const char *c = k->model; *c; c++)
        state = state * 31 + (uint8_t)*c;
    for (int i = 0; i < 4; i++)
        (void)snprintf(fingerprint + 16 * i, 17, "%016llx", (unsigned long long)next(&state));
    put_word(span, "vireo.type", k->type);
    put_word(span, "vireo.model.name", k->model);
    put_word(span, "vireo.model.fingerprint", fingerprint);
}

static void put_tags(Bytes *span, const Trace *t, uint64_t *s)
{
    static const char *const releases[] = {"2.14.0", "2.14.1", "2.15.0", "2.16.0-rc1", "2.16.0"};

    put_word(span, "country", t->country);
    put_word(span, "tier", t->tier);
    put_word(span, "version", releases[(size_t)(t->month * 4.999)]);
    put_word(span, "region", t->region);
    put_word(span, "http.route", t->route);
    put_word(span, "customer.id", t->customer);
    put_int(span, "retries", next(s) % 16 ? 0 : 1 + next(s) % 3);
    put_int(span, "queue.depth", (uint64_t)(8 * exp(normal(s))));
    put_double(span, "temperature", t->temperature);
    put_double(span, "confidence", round(1e4 * sqrt(uniform(s))) / 1e4);
    put_bool(span, "cache.hit", next(s) % 5 < 2);
    put_bool(span, "stream", t->streamed);
}

static void put_payload(Bytes *span, const Trace *t, const Kind *k, Worker *w, uint64_t *s)
{
    char text[MAX_TEXT + 64];
    size_t len = strlen(k->opening);
    const size_t opening = len;
    size_t out;

    memcpy(text, k->opening, len);
    len += prose(text + len,
                 length(k->input > (double)opening ? k->input - (double)opening : 20, s), s);
    if (t->rare && k->parent < 0) {
        memcpy(text + len, RARE_PHRASE, sizeof RARE_PHRASE - 1);
        len += sizeof RARE_PHRASE - 1;
    }
    put_text(span, "input.value", text, len);
    out = prose(text, length(k->output, s), s);
    put_text(span, "output.value", text, out);
    w->text_bytes += len + out;
    if (strcmp(k->type, "llm"))
        return;
    put_word(span, "gen_ai.request.model",
             next(s) % 4 ? "small-7b-instruct" : "large-70b-instruct");
    put_word(span, "gen_ai.provider.name", "in-house");
    put_int(span, "gen_ai.usage.input_tokens", len / 4 + 1);
    put_int(span, "gen_ai.usage.output_tokens", out / 4 + 1);
}

/* Status, and what was raised when it is an error. */
static void put_outcome(Bytes *span, const Kind *k, uint64_t *s)
{
    static const char *const errors[] = {"TimeoutError", "RateLimitError", "ValueError",
                                         "ConnectionResetError", "ContextTooLong"};
    static const char *const messages[] = {"no answer in 30 s", "too many requests, retry later",
                                           "the answer is not JSON", "connection reset by peer",
                                           "9216 tokens are more than 8192"};
    const bool failed = uniform(s) < (strcmp(k->type, "llm") ? 0.006 : 0.03);
    const size_t e = skewed(s, 5);
    uint8_t bytes[128];
    Bytes status = {bytes, 0};

    if (failed) {
        put_word(span, "error.type", errors[e]);
        put_bytes(&status, 2, messages[e], strlen(messages[e]));
    }
    put_varint(&status, 3 << 3);
    put_varint(&status, failed ? 2 : 1);
    put_bytes(span, 15, status.data, status.len);
}

static void put_span(Bytes *scope, Trace *t, int i, Worker *w)
{
    static _Thread_local uint8_t bytes[MAX_SPAN];
    const Kind *k = &kinds[i];
    uint64_t *s = &t->state;
    const int64_t start = t->start_ns + (int64_t)i * 2500000;
    /* Later versions are a little slower: something to find. */
    const double slower = 1 + 0.08 * (version_of(k, t->month) - 1);
    const double ms = k->latency_ms * slower * exp(0.55 * normal(s));
    const uint64_t span_id = t->id[1] ^ (uint64_t)(i + 1) * 0x9E3779B97F4A7C15;
    const uint64_t parent_id = t->id[1] ^ (uint64_t)(k->parent + 1) * 0x9E3779B97F4A7C15;
    Bytes span = {bytes, 0};

    put_bytes(&span, 1, t->id, 16);
    put_bytes(&span, 2, &span_id, 8);
    if (k->parent >= 0)
        put_bytes(&span, 4, &parent_id, 8);
    put_bytes(&span, 5, k->name, strlen(k->name));
    put_varint(&span, 6 << 3);
    put_varint(&span, 1);
    put_fixed64(&span, 7, (uint64_t)start);
    put_fixed64(&span, 8, (uint64_t)(start + (int64_t)(ms * 1e6)));
    put_model(&span, k, t->month);
    put_tags(&span, t, s);
    put_payload(&span, t, k, w, s);
    put_outcome(&span, k, s);
    put_bytes(scope, 2, span.data, span.len);
}

/* The body of request `number`; false behind the last trace. */
static bool make_request(uint64_t number, Bytes *scope, Bytes *resource, Bytes *body, Worker *w)
{
    const uint64_t first = number * TRACES_PER_REQUEST;
    uint8_t bytes[256];
    Bytes attributes = {bytes, 0};

    if (first >= all.traces)
        return false;
    scope->len = resource->len = body->len = 0;
    for (uint64_t i = first; i < first + TRACES_PER_REQUEST && i < all.traces; i++) {
        Trace t = make_trace(i);

        for (int j = 0; j < SPANS_PER_TRACE; j++)
            put_span(scope, &t, j, w);
    }
    {
        uint8_t value_bytes[32];
        Bytes value = {value_bytes, 0};

        put_bytes(&value, 1, "shop-assistant", 14);
        put_pair(&attributes, 1, "service.name", &value);
    }
    put_bytes(resource, 1, attributes.data, attributes.len);
    put_bytes(resource, 2, scope->data, scope->len);
    put_bytes(body, 1, resource->data, resource->len);
    return true;
}

/* -------------------------------------------------------------------- HTTP */

/* Until it is accepted; a lost connection is made again, for spans that come twice count once. */
static void deliver(Worker *w, const Bytes *body)
{
    char head[256];
    const int head_len = snprintf(head, sizeof head,
                                  "POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                                  "Content-Type: application/x-protobuf\r\n"
                                  "Content-Length: %zu\r\n\r\n",
                                  all.port, body->len);

    for (;;) {
        const int status =
            send_all(w->fd, head, (size_t)head_len) || send_all(w->fd, body->data, body->len)
                ? -1
                : read_answer(w->fd);

        if (status >= 200 && status < 300)
            return;
        if (status >= 400 && status != 429 && status != 503) {
            (void)fprintf(stderr, "the server answered %d\n", status);
            exit(1);
        }
        w->refused++;
        (void)usleep(50000);
        if (status < 0) {
            (void)close(w->fd);
            w->fd = connect_to(all.port);
        }
    }
}

static void *run(void *context)
{
    Worker *w = context;
    Bytes scope = {malloc(MAX_REQUEST), 0};
    Bytes resource = {malloc(MAX_REQUEST), 0};
    Bytes body = {malloc(MAX_REQUEST), 0};

    w->fd = connect_to(all.port);
    while (make_request(atomic_fetch_add(&all.next, 1), &scope, &resource, &body, w)) {
        deliver(w, &body);
        w->sent += body.len;
    }
    (void)close(w->fd);
    free(scope.data);
    free(resource.data);
    free(body.data);
    return NULL;
}

int main(int argc, char **argv)
{
    static Worker workers[MAX_CONNECTIONS];
    Worker sum = {0};
    struct timespec t[2];
    int connections;
    double seconds;

    if (argc < 3) {
        (void)fprintf(stderr, "usage: %s PORT SPANS [SEED [CONNECTIONS]]\n", argv[0]);
        return 2;
    }
    all.port = atoi(argv[1]);
    all.traces = strtoull(argv[2], NULL, 10) / SPANS_PER_TRACE;
    all.seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    connections = argc > 4 ? atoi(argv[4]) : 2;
    if (!all.traces || connections < 1 || connections > MAX_CONNECTIONS)
        return 2;
    make_words();
    (void)clock_gettime(CLOCK_MONOTONIC, &t[0]);
    for (int i = 0; i < connections; i++)
        (void)pthread_create(&workers[i].thread, NULL, run, &workers[i]);
    for (int i = 0; i < connections; i++) {
        (void)pthread_join(workers[i].thread, NULL);
        sum.sent += workers[i].sent;
        sum.refused += workers[i].refused;
        sum.text_bytes += workers[i].text_bytes;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &t[1]);
    seconds = (double)(t[1].tv_sec - t[0].tv_sec) + (double)(t[1].tv_nsec - t[0].tv_nsec) / 1e9;
    (void)printf("{\"spans\": %llu, \"seconds\": %.1f, \"spans_per_s\": %.0f, \"bytes\": %llu, "
                 "\"text_bytes\": %llu, \"sent_again\": %llu}\n",
                 (unsigned long long)(all.traces * SPANS_PER_TRACE), seconds,
                 (double)(all.traces * SPANS_PER_TRACE) / seconds, (unsigned long long)sum.sent,
                 (unsigned long long)sum.text_bytes, (unsigned long long)sum.refused);
    return 0;
}
