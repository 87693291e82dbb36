/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text.  One flag is enough for the commas: a value, an end and nothing
 * else leaves it set; a beginning and a key clear it. */
#include "codec/json_write.h"

#include "base/timetext.h"
#include "codec/base64.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

JsonWriter jw_init(Buf *out)
{
    return (JsonWriter){.out = out};
}

Status jw_done(const JsonWriter *w)
{
    return w->st;
}

static void put(JsonWriter *w, Str s)
{
    if (!w->st)
        w->st = buf_append(w->out, s);
}

static void put_value(JsonWriter *w, Str s)
{
    if (w->comma)
        put(w, STR(","));
    put(w, s);
    w->comma = true;
}

static void begin(JsonWriter *w, Str bracket)
{
    put_value(w, bracket);
    w->comma = false;
}

static void end(JsonWriter *w, Str bracket)
{
    put(w, bracket);
    w->comma = true;
}

void jw_object(JsonWriter *w)
{
    begin(w, STR("{"));
}

void jw_object_end(JsonWriter *w)
{
    end(w, STR("}"));
}

void jw_array(JsonWriter *w)
{
    begin(w, STR("["));
}

void jw_array_end(JsonWriter *w)
{
    end(w, STR("]"));
}

void jw_key(JsonWriter *w, Str key)
{
    jw_str(w, key);
    put(w, STR(":"));
    w->comma = false;
}

void jw_null(JsonWriter *w)
{
    put_value(w, STR("null"));
}

void jw_bool(JsonWriter *w, bool value)
{
    put_value(w, value ? STR("true") : STR("false"));
}

void jw_int(JsonWriter *w, int64_t value)
{
    char text[24];
    const int n = snprintf(text, sizeof text, "%lld", (long long)value);

    put_value(w, (Str){text, n < 0 ? 0 : (size_t)n});
}

void jw_uint(JsonWriter *w, uint64_t value)
{
    char text[24];
    const int n = snprintf(text, sizeof text, "%llu", (unsigned long long)value);

    put_value(w, (Str){text, n < 0 ? 0 : (size_t)n});
}

/* 15 digits are enough for what people write, 17 for every double. */
size_t double_to_text(double value, char out[DOUBLE_TEXT_MAX])
{
    int n = 0;

    for (int digits = 15; digits <= 17; digits++) {
        double back = 0;

        n = snprintf(out, DOUBLE_TEXT_MAX, "%.*g", digits, value);
        if (n < 0 || (str_to_double((Str){out, (size_t)n}, &back) == ST_OK && back == value))
            break;
    }
    if (n < 0)
        return 0;
    if (!strpbrk(out, ".en")) {
        memcpy(out + n, ".0", sizeof ".0");
        n += 2;
    }
    return (size_t)n;
}

void jw_double(JsonWriter *w, double value)
{
    char text[DOUBLE_TEXT_MAX];

    if (isfinite(value)) {
        put_value(w, (Str){text, double_to_text(value, text)});
    } else if (isnan(value)) {
        put_value(w, STR("{\"double\":\"NaN\"}"));
    } else {
        put_value(w,
                  value > 0 ? STR("{\"double\":\"Infinity\"}") : STR("{\"double\":\"-Infinity\"}"));
    }
}

/* Printable ASCII and not special: what is copied as it stands. */
static bool is_plain(char c)
{
    return c >= ' ' && c != '"' && c != '\\' && c != 0x7F;
}

static void put_escaped(JsonWriter *w, char c)
{
    static const char controls[] = "btnvfr"; /* \b is 8; \v has no short form */
    char text[8];
    int n;

    if (c == '"' || c == '\\')
        n = snprintf(text, sizeof text, "\\%c", c);
    else if (c >= '\b' && c <= '\r' && c != '\v')
        n = snprintf(text, sizeof text, "\\%c", controls[c - '\b']);
    else
        n = snprintf(text, sizeof text, "\\u%04x", (unsigned)(unsigned char)c);
    put(w, (Str){text, n < 0 ? 0 : (size_t)n});
}

/* The character that starts with the non-ASCII byte at `s`: copied, or one bad
 * byte replaced.  Returns the bytes used. */
static size_t put_wide(JsonWriter *w, Str s)
{
    size_t run = 0;
    size_t good;

    while (run < s.len && (unsigned char)s.ptr[run] >= 0x80)
        run++;
    good = utf8_valid_prefix(str_slice(s, 0, run));
    put(w, good ? str_slice(s, 0, good) : STR("\xEF\xBF\xBD"));
    return good ? good : 1;
}

void jw_str(JsonWriter *w, Str value)
{
    size_t plain = 0; /* begin of the run not yet copied */
    size_t i = 0;

    put_value(w, STR("\""));
    while (i < value.len && !w->st) {
        if (is_plain(value.ptr[i])) {
            i++;
            continue;
        }
        put(w, str_slice(value, plain, i));
        if ((unsigned char)value.ptr[i] >= 0x80)
            i += put_wide(w, str_slice(value, i, value.len));
        else
            put_escaped(w, value.ptr[i++]);
        plain = i;
    }
    put(w, str_slice(value, plain, value.len));
    put(w, STR("\""));
}

void jw_bytes(JsonWriter *w, Str value)
{
    char *text = NULL;

    put_value(w, STR("{\"bytes\":\""));
    if (!w->st)
        w->st = value.len > SIZE_MAX / 2 ? ST_LIMIT
                                         : buf_extend(w->out, base64_encoded_len(value.len), &text);
    if (!w->st && text)
        base64_encode(value, text);
    put(w, STR("\"}"));
}

void jw_hex(JsonWriter *w, const uint8_t *bytes, size_t len)
{
    char *text = NULL;

    put_value(w, STR("\""));
    if (!w->st)
        w->st = buf_extend(w->out, 2 * len, &text);
    if (!w->st && text)
        hex_encode(bytes, len, text);
    put(w, STR("\""));
}

void jw_time(JsonWriter *w, int64_t ns)
{
    char text[TIME_TEXT_MAX];

    jw_str(w, (Str){text, time_to_text(ns, text)});
}

void jw_raw(JsonWriter *w, Str json)
{
    put_value(w, json);
}

void jw_key_null(JsonWriter *w, Str key)
{
    jw_key(w, key);
    jw_null(w);
}

void jw_key_bool(JsonWriter *w, Str key, bool value)
{
    jw_key(w, key);
    jw_bool(w, value);
}

void jw_key_int(JsonWriter *w, Str key, int64_t value)
{
    jw_key(w, key);
    jw_int(w, value);
}

void jw_key_uint(JsonWriter *w, Str key, uint64_t value)
{
    jw_key(w, key);
    jw_uint(w, value);
}

void jw_key_double(JsonWriter *w, Str key, double value)
{
    jw_key(w, key);
    jw_double(w, value);
}

void jw_key_str(JsonWriter *w, Str key, Str value)
{
    jw_key(w, key);
    jw_str(w, value);
}

void jw_key_str_or_null(JsonWriter *w, Str key, Str value)
{
    if (value.len)
        jw_key_str(w, key, value);
    else
        jw_key_null(w, key);
}

void jw_key_hex(JsonWriter *w, Str key, const uint8_t *bytes, size_t len)
{
    jw_key(w, key);
    jw_hex(w, bytes, len);
}

void jw_key_time(JsonWriter *w, Str key, int64_t ns)
{
    jw_key(w, key);
    jw_time(w, ns);
}

void jw_key_raw(JsonWriter *w, Str key, Str json)
{
    jw_key(w, key);
    jw_raw(w, json);
}
