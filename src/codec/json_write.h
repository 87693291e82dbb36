/* SPDX-License-Identifier: Apache-2.0 */
/* Streaming JSON writer: compact UTF-8 text into a Buf.
 *
 *     JsonWriter w = jw_init(&buf);
 *     jw_object(&w);
 *     jw_key(&w, STR("name"));
 *     jw_str(&w, name);
 *     jw_object_end(&w);
 *     st = jw_done(&w);
 *
 * Commas are its work, matching ends the caller's.  The status is sticky.
 * Strings that are not UTF-8 are repaired with U+FFFD.  Doubles always have a
 * `.` or an `e` and read back to the same bits; NaN and infinities become
 * {"double": "NaN"}, bytes {"bytes": "<base64>"}. */
#ifndef VIREO_CODEC_JSON_WRITE_H
#define VIREO_CODEC_JSON_WRITE_H

#include "base/buf.h"

typedef struct JsonWriter {
    Buf *out;
    Status st;
    bool comma; /* the next value needs one before it */
} JsonWriter;

JsonWriter jw_init(Buf *out);
MUST_CHECK Status jw_done(const JsonWriter *w);

void jw_object(JsonWriter *w);
void jw_object_end(JsonWriter *w);
void jw_array(JsonWriter *w);
void jw_array_end(JsonWriter *w);
void jw_key(JsonWriter *w, Str key);

void jw_null(JsonWriter *w);
void jw_bool(JsonWriter *w, bool value);
void jw_int(JsonWriter *w, int64_t value);
void jw_uint(JsonWriter *w, uint64_t value);
void jw_double(JsonWriter *w, double value);
void jw_str(JsonWriter *w, Str value);
void jw_bytes(JsonWriter *w, Str value);
/* Lower-case hex of `len` bytes as a string. */
void jw_hex(JsonWriter *w, const uint8_t *bytes, size_t len);
/* RFC 3339 with nanoseconds. */
void jw_time(JsonWriter *w, int64_t ns);
/* `json` must be one whole valid JSON value: it is inserted as it is. */
void jw_raw(JsonWriter *w, Str json);

/* Key and value in one call. */
void jw_key_null(JsonWriter *w, Str key);
void jw_key_bool(JsonWriter *w, Str key, bool value);
void jw_key_int(JsonWriter *w, Str key, int64_t value);
void jw_key_uint(JsonWriter *w, Str key, uint64_t value);
void jw_key_double(JsonWriter *w, Str key, double value);
void jw_key_str(JsonWriter *w, Str key, Str value);
/* null when empty. */
void jw_key_str_or_null(JsonWriter *w, Str key, Str value);
void jw_key_hex(JsonWriter *w, Str key, const uint8_t *bytes, size_t len);
void jw_key_time(JsonWriter *w, Str key, int64_t ns);
void jw_key_raw(JsonWriter *w, Str key, Str json);

/* Shortest decimal text that reads back to the same finite double, with a `.`
 * or an `e`.  Writes a NUL too, returns the length. */
enum { DOUBLE_TEXT_MAX = 40 };
size_t double_to_text(double value, char out[DOUBLE_TEXT_MAX]);

#endif
