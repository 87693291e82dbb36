/* SPDX-License-Identifier: Apache-2.0 */
/* Taking fields of proto3 JSON from a pull reader, with wrong types reported
 * by name.  For the files of otlp/ only.
 *
 * Every take function reads exactly one whole value, also when it is of a wrong
 * type: inside a span that refuses the span and reading goes on, elsewhere it
 * refuses the request (ST_INVALID).  null leaves *out as it is. */
#ifndef VIREO_OTLP_JSON_FIELDS_H
#define VIREO_OTLP_JSON_FIELDS_H

#include "base/vec.h"
#include "codec/json_scan.h"
#include "otlp/internal.h"

typedef struct JsonDecoder {
    Decoder base;
    JsonScan scan;
    VEC_OF(Attr) attrs; /* of the list being read */
    VEC_OF(Span) spans; /* accepted so far */
    Buf key;            /* text of a map's key */
} JsonDecoder;

/* The next event; broken JSON fills `err`. */
MUST_CHECK Status json_event(JsonDecoder *j, JsonEvent *out);
/* The next key of the object being read, decoded; *more is false at its end. */
MUST_CHECK Status json_next_key(JsonDecoder *j, Str *key, bool *more);
/* The next element of the array being read; *more is false at its end. */
MUST_CHECK Status json_next_element(JsonDecoder *j, JsonEvent *out, bool *more);
/* Pass over the rest of containers opened since the depth was `depth`. */
MUST_CHECK Status json_leave(JsonDecoder *j, unsigned depth);
MUST_CHECK Status json_skip(JsonDecoder *j);

/* `key` is `camel` (traceId) or its snake_case form (trace_id). */
bool json_key_is(Str key, const char *camel);

/* `e` began a value that should have been `want`: pass over it and refuse.  The
 * empty field is the list of resourceSpans itself. */
MUST_CHECK Status json_wrong_type(JsonDecoder *j, const JsonEvent *e, const char *field,
                                  const char *want);
MUST_CHECK Status json_take_text(JsonDecoder *j, const char *field, Str *out);
MUST_CHECK Status json_take_u64(JsonDecoder *j, const char *field, uint64_t *out);
/* Clipped to 32 bits. */
MUST_CHECK Status json_take_u32(JsonDecoder *j, const char *field, uint32_t *out);
/* A number, or one of `names` behind `prefix` (or without it). */
MUST_CHECK Status json_take_enum(JsonDecoder *j, const char *field, const char *prefix,
                                 const char *const *names, size_t count, int32_t *out);
/* Hex of `len` bytes; empty is all zero. */
MUST_CHECK Status json_take_id(JsonDecoder *j, const char *field, size_t len, uint8_t *out);
/* An object; *present is false for null. */
MUST_CHECK Status json_take_object(JsonDecoder *j, const char *field, bool *present);
MUST_CHECK Status json_take_array(JsonDecoder *j, const char *field, bool *present);

/* Whole numbers as proto3 JSON writes them: digits, or a double that is whole. */
bool json_integer_text(Str text, int64_t *out);

#endif
