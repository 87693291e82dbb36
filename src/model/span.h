/* SPDX-License-Identifier: Apache-2.0 */
/* Span: one row of the table `spans`, decoded and normalised.
 *
 * Raw attributes are kept as they came.  The normalised fields below are
 * derived from them once, at ingest, by otlp/normalise; what is derived can be
 * derived again.  Everything a Span points to lives in its batch's arena. */
#ifndef VIREO_MODEL_SPAN_H
#define VIREO_MODEL_SPAN_H

#include "base/arena.h"
#include "model/value.h"

enum { TRACE_ID_BYTES = 16, SPAN_ID_BYTES = 8, PREVIEW_MAX_BYTES = 256 };

typedef enum SpanStatus { SPAN_UNSET = 0, SPAN_OK = 1, SPAN_ERROR = 2 } SpanStatus;

/* What all spans of one ResourceSpans or ScopeSpans share. */
typedef struct Resource {
    AttrList attrs;
    Str service_name; /* resource attribute service.name */
} Resource;

typedef struct Scope {
    Str name;
    Str version;
    AttrList attrs;
} Scope;

/* Token counts are -1 when nobody reported them. */
typedef struct Usage {
    int64_t input_tokens;
    int64_t output_tokens;
} Usage;

typedef struct Span {
    uint8_t trace_id[TRACE_ID_BYTES];
    uint8_t span_id[SPAN_ID_BYTES];
    uint8_t parent_id[SPAN_ID_BYTES]; /* all zero: a root */
    Str name;
    Str trace_state;
    uint32_t flags;
    int32_t otel_kind; /* OTLP SpanKind, 0..5 */
    int64_t start_ns;
    int64_t end_ns; /* >= start_ns */
    SpanStatus status;
    Str status_message;
    AttrList attrs;           /* raw, in the order they came */
    const Resource *resource; /* never NULL */
    const Scope *scope;       /* never NULL */
    Str events_json;          /* [{"time":RFC3339,"name":...,"attributes":{...}}], or empty */
    Str links_json;           /* [{"trace_id":hex,"span_id":hex,"attributes":{...}}], or empty */
    uint32_t dropped_attributes;
    uint32_t dropped_events;
    uint32_t dropped_links;

    /* Normalised. */
    Str type;  /* llm, retriever, tool, agent, chain, embedding, model, span ... */
    Str model; /* model name without version; of the traced model, not of the LLM behind it */
    int32_t model_version; /* 0: not resolved */
    Str fingerprint;       /* vireo.model.fingerprint, or empty */
    Str session;
    Str user;
    Str input; /* JSON text or plain text, whole */
    Str output;
    Str input_key;  /* the attribute that `input` was taken from verbatim, so that the store */
    Str output_key; /* keeps it once; empty when it was put together from several */
    Str llm_model;
    Str llm_provider;
    Usage usage;
    bool has_cost;
    double cost;       /* of the call, in US dollars as the client counted them */
    Str error_type;    /* exception.type of the first exception event */
    Str error_message; /* exception.message, else status_message */

    /* Bookkeeping, set by the store. */
    int64_t received_ns;
    uint64_t seq; /* of the log record it came in */
} Span;

/* Spans of one accepted request. */
typedef struct SpanBatch {
    Span *spans;
    size_t len;
} SpanBatch;

bool span_is_root(const Span *s);
/* A judgement of another span, kept in the same table: see model/score.h. */
bool span_is_score(const Span *s);
int64_t span_duration_ns(const Span *s);

/* Attribute keys of Vireo's own dialect, one list for server and client. */
#define VIREO_ATTR_TYPE        "vireo.type"
#define VIREO_ATTR_MODEL_NAME  "vireo.model.name"
#define VIREO_ATTR_FINGERPRINT "vireo.model.fingerprint"
#define VIREO_ATTR_MODEL_TAG   "vireo.model.tag"   /* "name:vN": refers to a version by tag */
#define VIREO_ATTR_INPUT       "vireo.input"       /* JSON text */
#define VIREO_ATTR_OUTPUT      "vireo.output"      /* JSON text */
#define VIREO_ATTR_OUTPUT_TYPE "vireo.output.type" /* observed type, e.g. "int" */
#define VIREO_ATTR_TAG_PREFIX  "vireo.tag."
#define VIREO_ATTR_REFERENCE_PREFIX \
    "vireo.reference." /* + name; JSON object, see docs/formats.md */
#define VIREO_TYPE_SCORE   "score"
#define VIREO_ATTR_PROJECT "vireo.project" /* resource attribute */
#define VIREO_ATTR_SESSION "session.id"
#define VIREO_ATTR_USER    "user.id"

#endif
