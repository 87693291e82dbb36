/* SPDX-License-Identifier: Apache-2.0 */
/* Spans to OTLP requests, and the server's answers to them.
 *
 * Decoding what was encoded gives the same spans attribute for attribute.  One
 * exception: a map whose only key is "bytes" or "double" with a fitting text
 * cannot be told from the JSON form of such a value, and becomes one. */
#ifndef VIREO_OTLP_ENCODE_H
#define VIREO_OTLP_ENCODE_H

#include "base/buf.h"
#include "model/span.h"

typedef enum OtlpEncoding { OTLP_PROTOBUF, OTLP_JSON } OtlpEncoding;

/* Append one ExportTraceServiceRequest.  Neighbours that share a Resource (or
 * Scope) share its message. */
MUST_CHECK Status otlp_encode(OtlpEncoding encoding, const Span *spans, size_t count, Buf *out);

/* Append an ExportTraceServiceResponse, with partial_success when spans were
 * rejected. */
MUST_CHECK Status otlp_encode_response(OtlpEncoding encoding, size_t rejected, Str message,
                                       Buf *out);
/* Append a google.rpc.Status; `code` is a gRPC code (3: invalid argument, 8:
 * resource exhausted, 13: internal, 14: unavailable, 16: unauthenticated). */
MUST_CHECK Status otlp_encode_error(OtlpEncoding encoding, int code, Str message, Buf *out);

#endif
