/* SPDX-License-Identifier: Apache-2.0 */
/* W3C Trace Context, level 1: the traceparent header.
 *
 *   00-<32 hex>-<16 hex>-<2 hex>        lower case only, no all-zero ids
 *
 * Versions above 00 may carry more behind another dash, which is passed over;
 * version ff is forbidden. */
#include "base/str.h"
#include "vireo/vireo.h"

#include <string.h>

enum {
    AT_TRACE = 3,
    AT_SPAN = 36,
    AT_FLAGS = 53,
    LENGTH = 55,
    TRACE_BYTES = 16,
    SPAN_BYTES = 8,
    LONGEST = 512
};

/* Lower-case hex of `len` bytes. */
static bool read_hex(const char *text, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < 2 * len; i++)
        if (text[i] >= 'A' && text[i] <= 'F')
            return false;
    return hex_decode((Str){text, 2 * len}, out, len) == ST_OK;
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i])
            return false;
    return true;
}

static bool has_shape(Str s)
{
    return s.len >= LENGTH && s.ptr[AT_TRACE - 1] == '-' && s.ptr[AT_SPAN - 1] == '-' &&
           s.ptr[AT_FLAGS - 1] == '-';
}

static bool length_fits(uint8_t version, Str s)
{
    if (version == 0xff)
        return false;
    return version == 0 ? s.len == LENGTH : s.len == LENGTH || s.ptr[LENGTH] == '-';
}

vireo_status vireo_traceparent_parse(const char *text, vireo_context *out)
{
    vireo_context c = {0};
    uint8_t version;
    Str s = {text, 0};

    if (!text || !out)
        return VIREO_INVALID;
    while (s.len < LONGEST && text[s.len])
        s.len++;
    if (!has_shape(s) || !read_hex(s.ptr, &version, 1) || !length_fits(version, s))
        return VIREO_INVALID;
    if (!read_hex(s.ptr + AT_TRACE, c.trace_id, TRACE_BYTES) ||
        !read_hex(s.ptr + AT_SPAN, c.span_id, SPAN_BYTES) ||
        !read_hex(s.ptr + AT_FLAGS, &c.flags, 1))
        return VIREO_INVALID;
    if (all_zero(c.trace_id, TRACE_BYTES) || all_zero(c.span_id, SPAN_BYTES))
        return VIREO_INVALID;
    *out = c;
    return VIREO_OK;
}

void vireo_traceparent_format(const vireo_context *context, char out[56])
{
    static const vireo_context none;
    const vireo_context *c = context ? context : &none;

    if (!out)
        return;
    memcpy(out, "00-", AT_TRACE);
    hex_encode(c->trace_id, TRACE_BYTES, out + AT_TRACE);
    out[AT_SPAN - 1] = '-';
    hex_encode(c->span_id, SPAN_BYTES, out + AT_SPAN);
    out[AT_FLAGS - 1] = '-';
    hex_encode(&c->flags, 1, out + AT_FLAGS);
    out[LENGTH] = '\0';
}
