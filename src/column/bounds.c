/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds of pages and chunks.  One pass over the values; the texts of
 * statistics are made once a page. */
#include "column/bounds.h"

#include <math.h>

void bounds_add_ints(Bounds *b, const int64_t *values, size_t count)
{
    int64_t min = b->any ? b->min.i : INT64_MAX;
    int64_t max = b->any ? b->max.i : INT64_MIN;

    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        min = values[i] < min ? values[i] : min;
        max = values[i] > max ? values[i] : max;
    }
    b->any = true;
    b->min.i = min;
    b->max.i = max;
}

void bounds_add_bools(Bounds *b, const uint8_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const int64_t v = values[i] != 0;

        bounds_add_ints(b, &v, 1);
    }
}

void bounds_add_doubles(Bounds *b, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i]))
            continue;
        if (!b->any || values[i] < b->min.d)
            b->min.d = values[i];
        if (!b->any || values[i] > b->max.d)
            b->max.d = values[i];
        b->any = true;
    }
}

void bounds_add_str(Bounds *b, Str value)
{
    if (!b->any || str_cmp(value, b->min.s) < 0)
        b->min.s = value;
    if (!b->any || str_cmp(value, b->max.s) > 0)
        b->max.s = value;
    b->any = true;
}

static int compare_doubles(double a, double b)
{
    return (a > b) - (a < b);
}

int bound_compare(VectorType type, const Bound *a, const Bound *b)
{
    switch (type) {
    case VECTOR_BOOL:
    case VECTOR_INT:
    case VECTOR_TIME:
        return (a->i > b->i) - (a->i < b->i);
    case VECTOR_DOUBLE:
        return compare_doubles(a->d, b->d);
    case VECTOR_STR:
    case VECTOR_JSON:
    case VECTOR_BYTES:
    case VECTOR_FIXED:
    default:
        return str_cmp(a->s, b->s);
    }
}

void bounds_merge(Bounds *b, VectorType type, const Bounds *other)
{
    if (!other->any)
        return;
    if (!b->any || bound_compare(type, &other->min, &b->min) < 0)
        b->min = other->min;
    if (!b->any || bound_compare(type, &other->max, &b->max) > 0)
        b->max = other->max;
    b->any = true;
}

/* ------------------------------------------------------------- texts */

static bool set_text(BoundText *out, const void *bytes, size_t len)
{
    if (len)
        memcpy(out->bytes, bytes, len);
    out->len = len;
    out->exact = true;
    return true;
}

/* Every zero is written as the one that covers both. */
static bool set_double(BoundText *out, double v, double zero)
{
    const double bound = v == 0 ? zero : v;

    return set_text(out, &bound, sizeof bound);
}

static bool set_number(VectorType type, const Bound *b, double zero, BoundText *out)
{
    const uint8_t flag = b->i != 0;

    if (type == VECTOR_BOOL)
        return set_text(out, &flag, sizeof flag);
    if (type == VECTOR_DOUBLE)
        return set_double(out, b->d, zero);
    return set_text(out, &b->i, sizeof b->i);
}

static bool is_text(VectorType type)
{
    return type == VECTOR_STR || type == VECTOR_JSON;
}

static bool is_number(VectorType type)
{
    return type == VECTOR_BOOL || type == VECTOR_INT || type == VECTOR_TIME ||
           type == VECTOR_DOUBLE;
}

/* The longest prefix that may be written; false when the text is none. */
static bool set_prefix(VectorType type, Str s, BoundText *out)
{
    const Str cut =
        is_text(type) ? utf8_clip(s, MAX_STATISTIC_BYTES) : str_slice(s, 0, MAX_STATISTIC_BYTES);

    /* A cut identifier would not have the column's length. */
    if (type == VECTOR_FIXED && cut.len < s.len)
        return false;
    if (is_text(type) && !utf8_valid(cut))
        return false;
    (void)set_text(out, cut.ptr, cut.len);
    out->exact = cut.len == s.len;
    return true;
}

bool bound_min_text(VectorType type, const Bound *min, BoundText *out)
{
    if (is_number(type))
        return set_number(type, min, -0.0, out);
    return set_prefix(type, min->s, out);
}

/* Code point of one whole character. */
static uint32_t decode_character(const uint8_t *at, size_t len)
{
    static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = at[0] & masks[len];

    for (size_t i = 1; i < len; i++)
        c = c << 6 | (at[i] & 0x3f);
    return c;
}

static size_t encode_character(uint32_t c, char *to)
{
    const size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t heads[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = len; i-- > 1; c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)(heads[len] | c);
    return len;
}

/* The next character in the place of the last one; 0x10ffff has none and is
 * dropped, which leaves a shorter prefix to raise. */
static bool raise_text(BoundText *t)
{
    while (t->len) {
        size_t at = t->len - 1;
        uint32_t c;

        while (at && ((uint8_t)t->bytes[at] & 0xc0) == 0x80)
            at--;
        c = decode_character((const uint8_t *)t->bytes + at, t->len - at);
        t->len = at;
        if (c < 0x10ffff) {
            t->len += encode_character(c == 0xd7ff ? 0xe000 : c + 1, t->bytes + at);
            return true;
        }
    }
    return false;
}

static bool raise_bytes(BoundText *t)
{
    while (t->len) {
        uint8_t *last = (uint8_t *)t->bytes + t->len - 1;

        if (*last < 0xff) {
            ++*last;
            return true;
        }
        t->len--;
    }
    return false;
}

bool bound_max_text(VectorType type, const Bound *max, BoundText *out)
{
    if (is_number(type))
        return set_number(type, max, 0.0, out);
    if (!set_prefix(type, max->s, out))
        return false;
    if (out->exact)
        return true;
    return is_text(type) ? raise_text(out) : raise_bytes(out);
}
