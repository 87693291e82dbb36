/* SPDX-License-Identifier: Apache-2.0 */
/* libvireo: trace inferences from C and C++.
 *
 *     vireo_client *c = NULL;
 *     vireo_options o = {.project = "Concept Project"};
 *     if (vireo_open(&o, &c))
 *         return 1;
 *     vireo_span *s = vireo_span_start(c, NULL, "detect");
 *     vireo_span_input_json(s, "{\"frame\": 17}", 13);
 *     vireo_span_finish(s);
 *     vireo_close(c, 5000);
 *
 * Promises.  No function here does network or disk I/O on the caller's thread,
 * except vireo_flush(), vireo_close(), vireo_request() and vireo_blob_put(), which wait for at most
 * the time that they are given.  Nothing prints, aborts or raises.  Memory is bounded: when
 * the queue is full, records are dropped and counted.  While the server is
 * away, records go to a spool on disk and are delivered later, by this process
 * or by the next one on the same spool.
 *
 * Every function takes NULL for a span or client and then does nothing, so that
 * a failed start needs no checks behind it.  Texts are UTF-8; bytes that are
 * not are replaced.  Clients are thread-safe; a span may move between threads
 * but is used by one at a time.
 *
 * After fork() the child has a queue, counters and a sender of its own; what the
 * parent had recorded is the parent's to send, spans that were running may be
 * finished in either.  A process killed with SIGKILL loses what was in memory,
 * which is at most what was recorded in the last second or so.  A span that is
 * finished after vireo_close() is thrown away. */
#ifndef VIREO_H
#define VIREO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define VIREO_API __attribute__((visibility("default")))
#else
#define VIREO_API
#endif

typedef struct vireo_client vireo_client;
typedef struct vireo_span vireo_span;
typedef struct vireo_site vireo_site;
typedef struct vireo_reference vireo_reference;

typedef enum vireo_status {
    VIREO_OK = 0,
    VIREO_NOMEM,
    VIREO_INVALID, /* an option does not make sense */
    VIREO_TIMEOUT, /* not everything was delivered in the time given; the rest is spooled */
    VIREO_REFUSED, /* the server said no; see vireo_request() */
    VIREO_UNREACHABLE
} vireo_status;

VIREO_API const char *vireo_status_text(vireo_status st);
VIREO_API const char *vireo_version(void);

/* Zero means the default everywhere; strings are copied. */
typedef struct vireo_options {
    const char *url;     /* VIREO_URL, else http://127.0.0.1:4318 */
    const char *api_key; /* VIREO_API_KEY, else none */
    const char *project; /* VIREO_PROJECT, else "default" */
    const char
        *service; /* resource attribute service.name; OTEL_SERVICE_NAME, else the program's name */
    const char *
        spool_dir; /* VIREO_SPOOL, else $XDG_STATE_HOME/vireo/spool or ~/.local/state/vireo/spool */
    const char *sdk_name; /* telemetry.sdk.language, e.g. "python"; default "c" */
    size_t queue_bytes;   /* most memory waiting to be sent; 64 MiB */
    size_t spool_bytes;   /* most disk for the spool; 1 GiB */
    size_t value_bytes; /* longest input, output or attribute kept; 1 MiB, at most 16 MiB.  A longer
                         * one is cut and its length kept as the attribute vireo.cut.<key> */
    unsigned batch_delay_ms;     /* longest wait before sending; 200 */
    unsigned request_timeout_ms; /* 10 000 */
} vireo_options;

/* Start a client and its sender thread.  The server need not be reachable. */
VIREO_API vireo_status vireo_open(const vireo_options *options, vireo_client **out);
/* Wait until what was recorded so far is delivered, at most `timeout_ms`. */
VIREO_API vireo_status vireo_flush(vireo_client *c, unsigned timeout_ms);
/* Deliver for at most `timeout_ms` milliseconds, spool the rest, free. */
VIREO_API vireo_status vireo_close(vireo_client *c, unsigned timeout_ms);

/* ---------------------------------------------------------------- spans */

/* A place in the program that starts spans: name, type and model are kept once
 * and shared by its spans.  `type` ("model", "llm", "tool", ...), `model` and `fingerprint` may be
 * NULL. Owned by the client, freed with it. */
VIREO_API vireo_site *vireo_site_new(vireo_client *c, const char *name, const char *type,
                                     const char *model, const char *fingerprint);

/* Where a span hangs: fill from another process' headers or a running span. */
typedef struct vireo_context {
    uint8_t trace_id[16]; /* all zero: start a new trace */
    uint8_t span_id[8];   /* all zero: a root */
    uint8_t flags;        /* W3C trace flags; bit 0 sampled */
} vireo_context;

/* Start a span under `parent` (NULL: a new trace).  NULL when memory is out. */
VIREO_API vireo_span *vireo_span_start(vireo_client *c, const vireo_span *parent, const char *name);
/* The same at a site; `parent` and `site` may be NULL.  A context with a trace id
 * but no span id starts a root of that trace. */
VIREO_API vireo_span *vireo_span_start_at(vireo_client *c, const vireo_context *parent,
                                          const vireo_site *site);
/* Stamp the end time and hand the span over; it must not be used afterwards. */
VIREO_API void vireo_span_finish(vireo_span *s);
/* Throw the span away instead. */
VIREO_API void vireo_span_discard(vireo_span *s);

VIREO_API void vireo_span_context(const vireo_span *s, vireo_context *out);
/* Nanoseconds since 1970.  A time of 0 is left to the clock, which start and
 * finish take otherwise. */
VIREO_API void vireo_span_set_times(vireo_span *s, int64_t start_ns, int64_t end_ns);
VIREO_API void vireo_span_name(vireo_span *s, const char *name);
VIREO_API void vireo_span_type(vireo_span *s, const char *type);
/* OpenTelemetry's kind: 1 internal (the default), 2 server, 3 client, 4 producer, 5 consumer. */
VIREO_API void vireo_span_kind(vireo_span *s, int kind);
/* Point to a span of another trace. */
VIREO_API void vireo_span_link(vireo_span *s, const vireo_context *to);

/* Input and output as JSON text (not checked here; the server shows what is
 * not JSON as text).  A later call replaces an earlier one. */
VIREO_API void vireo_span_input_json(vireo_span *s, const char *json, size_t len);
VIREO_API void vireo_span_output_json(vireo_span *s, const char *json, size_t len);

/* Attributes; a later value of a key replaces an earlier one at the server. */
VIREO_API void vireo_span_str(vireo_span *s, const char *key, const char *value, size_t len);
VIREO_API void vireo_span_int(vireo_span *s, const char *key, int64_t value);
VIREO_API void vireo_span_double(vireo_span *s, const char *key, double value);
VIREO_API void vireo_span_bool(vireo_span *s, const char *key, int value);
/* Tags: attributes that users slice by ("tag.country:DE"). */
VIREO_API void vireo_span_tag(vireo_span *s, const char *key, const char *value, size_t len);
VIREO_API void vireo_span_tag_int(vireo_span *s, const char *key, int64_t value);
VIREO_API void vireo_span_tag_double(vireo_span *s, const char *key, double value);
VIREO_API void vireo_span_tag_bool(vireo_span *s, const char *key, int value);

/* An error: exception event and status.  Any text may be NULL. */
VIREO_API void vireo_span_error(vireo_span *s, const char *type, const char *message,
                                const char *stacktrace);
VIREO_API void vireo_span_ok(vireo_span *s);
VIREO_API void vireo_span_event(vireo_span *s, const char *name);

/* A reference: bytes kept as a blob and shown with the span.  The bytes are
 * copied, at most 64 MiB a reference; one that is longer or does not fit the
 * queue is left out, and its length kept as the attribute vireo.dropped.<name>.  `meta_json`
 * (object, may be NULL) adds e.g. {"width":8,"height":8,"shape":[8,8]}. `thumb` (PNG or JPEG, may
 * be NULL) is a small picture of it. */
VIREO_API void vireo_span_log(vireo_span *s, const char *name, const char *media_type,
                              const void *bytes, size_t len, const char *meta_json,
                              const void *thumb, size_t thumb_len);

/* The same in two steps, where the span is guarded by a lock: the first copies
 * the bytes and touches no span, the second is short and takes the reference.
 * NULL when memory is out; attaching NULL counts a reference as dropped.  One
 * that is not attached is to be freed, before its client is closed. */
VIREO_API vireo_reference *vireo_reference_new(vireo_client *c, const char *name,
                                               const char *media_type, const void *bytes,
                                               size_t len, const char *meta_json, const void *thumb,
                                               size_t thumb_len);
VIREO_API void vireo_span_attach(vireo_span *s, vireo_reference *reference);
VIREO_API void vireo_reference_free(vireo_client *c, vireo_reference *reference);

/* W3C traceparent: "00-<trace>-<span>-<flags>". `out` takes 56 bytes with NUL. */
VIREO_API void vireo_traceparent_format(const vireo_context *context, char out[56]);
VIREO_API vireo_status vireo_traceparent_parse(const char *text, vireo_context *out);

/* --------------------------------------------------------------- others */

/* Register a model version: queued, spooled and delivered ahead of later spans.
 * `json` is the body of POST /api/v1/projects/{project}/models/{model}/versions. */
VIREO_API void vireo_model_register(vireo_client *c, const char *model, const char *json,
                                    size_t len);

/* Give a score: queued, spooled and delivered behind the spans that were recorded before.
 * `json` is one object of POST /api/v1/projects/{project}/scores, e.g.
 * {"trace_id":"...","span_id":"...","name":"helpful","value":0.5}; delivered twice, it replaces
 * itself.  VIREO_INVALID when it is no JSON object or longer than 1 MiB; what the server refuses is
 * counted, and vireo_last_error() says why. */
VIREO_API vireo_status vireo_score_put(vireo_client *c, const char *json, size_t len);

/* One call of the REST API, on the caller's thread.  `path` is behind
 * /api/v1/projects/{project}, e.g. "/models".  The answer's body is malloc'ed
 * (vireo_free()) and NUL-terminated.  VIREO_REFUSED for a status of 400 and above. */
VIREO_API vireo_status vireo_request(vireo_client *c, const char *method, const char *path,
                                     const char *body, size_t body_len, unsigned timeout_ms,
                                     int *http_status, char **answer, size_t *answer_len);
/* Keep bytes on the server under their SHA-256, on the caller's thread; `sha256` gets its hex
 * digits and a NUL.  `media_type` is printable ASCII such as "image/png".  Sending the same
 * bytes again is harmless. */
#define VIREO_SHA256_CHARS 64
VIREO_API vireo_status vireo_blob_put(vireo_client *c, const char *media_type, const void *data,
                                      size_t len, unsigned timeout_ms, int *http_status,
                                      char **answer, char sha256[VIREO_SHA256_CHARS + 1]);
VIREO_API void vireo_free(void *ptr);

/* Counters since vireo_open(). */
typedef struct vireo_counters {
    uint64_t finished;  /* spans handed over */
    uint64_t delivered; /* of those, acknowledged by the server */
    uint64_t rejected;  /* records refused by the server for good */
    uint64_t
        dropped_queue; /* records and references lost because the queue was full or memory out */
    uint64_t
        dropped_spool;    /* records lost because the spool was full, damaged or its disk failed */
    uint64_t cut;         /* values longer than value_bytes */
    uint64_t spooled;     /* spans written to the spool */
    uint64_t queue_bytes; /* waiting now */
    uint64_t spool_bytes; /* on disk now, of all processes on this spool */
    uint64_t recovered;   /* spans of ended processes delivered from the spool */
    uint64_t scores;      /* given */
    uint64_t scores_delivered; /* acknowledged by the server, of ended processes too */
    uint64_t scores_rejected;  /* counted in `rejected` too */
} vireo_counters;
VIREO_API void vireo_get_counters(const vireo_client *c, vireo_counters *out);
/* Why the last request of the sender failed, as text for people; empty after a
 * success.  Cut to fit `size` with its NUL. */
VIREO_API void vireo_last_error(const vireo_client *c, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
