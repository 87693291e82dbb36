/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP trace requests (ExportTraceServiceRequest) to spans.
 *
 * Both encodings give the same batch.  A request whose framing is broken is
 * refused as a whole, with the place in `err`; a single bad span is left out,
 * counted in `rejected`, and the first one is named in `message`:
 *
 *     resourceSpans[0].scopeSpans[0].spans[3].traceId: must be 16 bytes, not all zero
 *
 * What makes a span bad: ids of a wrong length or all zero, times beyond
 * 2262, values nested deeper than allowed, and in JSON a field of a wrong type.
 * What is mended instead: text that is not UTF-8 gets U+FFFD; an end before the
 * start (clocks that jumped, spans never ended) becomes the start; unknown kinds
 * and status codes become 0; attributes past the limit are counted in
 * dropped_attributes.  Unknown fields are ignored.
 *
 * Everything in the batch lives in `a` or borrows from `body`: keep both.
 * Pure functions: no I/O, no recursion on input depth; O(bytes). */
#ifndef VIREO_OTLP_DECODE_H
#define VIREO_OTLP_DECODE_H

#include "base/arena.h"
#include "model/span.h"

enum { OTLP_MESSAGE_MAX = 256 };

/* 0: the default. */
typedef struct OtlpLimits {
    size_t max_body;       /* bytes, decompressed; 64 MiB */
    size_t max_spans;      /* in a request; 250 000 */
    size_t max_attributes; /* of a span, event, link, scope or resource; 10 000 */
    unsigned max_depth;    /* of arrays and maps in values; 64, which is also the most */
} OtlpLimits;

typedef struct OtlpResult {
    SpanBatch batch; /* what was accepted; not yet normalised */
    size_t rejected;
    char message[OTLP_MESSAGE_MAX]; /* about the first rejected span, or "" */
    Str project;                    /* vireo.project of the first resource that has it, or empty */
} OtlpResult;

/* ST_CORRUPT: broken framing or JSON; ST_INVALID: a field outside a span has a wrong type;
 * ST_LIMIT: more bytes, spans or memory (the arena's limit) than allowed. */
MUST_CHECK Status otlp_decode_protobuf(Str body, const OtlpLimits *limits, Arena *a,
                                       OtlpResult *out, Err *err);
/* proto3 JSON as OTLP has it: camelCase or snake_case names, ids in hex, 64-bit
 * integers as numbers or strings, enums as numbers or names. */
MUST_CHECK Status otlp_decode_json(Str body, const OtlpLimits *limits, Arena *a, OtlpResult *out,
                                   Err *err);

#endif
