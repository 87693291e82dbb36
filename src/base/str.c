/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing, cutting and reading of Str.  Every function is a single pass. */
#include "base/str.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

Str str_from(const char *c_string)
{
    return c_string ? (Str){c_string, strlen(c_string)} : (Str){0};
}

int str_print_len(Str s)
{
    return s.len > INT_MAX ? INT_MAX : (int)s.len;
}

int str_cmp(Str a, Str b)
{
    const size_t n = a.len < b.len ? a.len : b.len;
    const int c = n ? memcmp(a.ptr, b.ptr, n) : 0;

    if (c)
        return c;
    return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(Str s, Str prefix)
{
    return s.len >= prefix.len && str_eq((Str){s.ptr, prefix.len}, prefix);
}

bool str_ends(Str s, Str suffix)
{
    return s.len >= suffix.len &&
           (suffix.len == 0 || str_eq((Str){s.ptr + (s.len - suffix.len), suffix.len}, suffix));
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool str_eq_nocase(Str a, Str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

size_t str_find_char(Str s, char c)
{
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;

    return at ? (size_t)(at - s.ptr) : s.len;
}

/* memchr to candidates, then compare: memmem() is not C11. */
size_t str_find(Str s, Str needle)
{
    if (needle.len == 0)
        return 0;
    for (size_t at = 0; s.len - at >= needle.len;) {
        const Str rest = {s.ptr + at, s.len - at - needle.len + 1};
        const size_t hit = str_find_char(rest, needle.ptr[0]);

        if (hit == rest.len)
            break;
        at += hit;
        if (memcmp(s.ptr + at, needle.ptr, needle.len) == 0)
            return at;
        at++;
    }
    return s.len;
}

Str str_slice(Str s, size_t from, size_t to)
{
    const size_t end = to < s.len ? to : s.len;
    const size_t begin = from < end ? from : end;

    return s.ptr ? (Str){s.ptr + begin, end - begin} : (Str){0};
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

Str str_trim(Str s)
{
    while (s.len && is_space(s.ptr[s.len - 1]))
        s.len--;
    while (s.len && is_space(*s.ptr)) {
        s.ptr++;
        s.len--;
    }
    return s;
}

bool str_cut(Str s, char c, Str *head, Str *tail)
{
    const size_t at = str_find_char(s, c);

    *head = str_slice(s, 0, at);
    *tail = str_slice(s, at + 1, s.len);
    return at < s.len;
}

Status str_to_u64(Str s, uint64_t *out)
{
    uint64_t value = 0;

    if (s.len == 0)
        return ST_CORRUPT;
    for (size_t i = 0; i < s.len; i++) {
        const unsigned digit = (unsigned)(unsigned char)s.ptr[i] - '0';

        if (digit > 9)
            return ST_CORRUPT;
        if (value > (UINT64_MAX - digit) / 10)
            return ST_LIMIT;
        value = value * 10 + digit;
    }
    *out = value;
    return ST_OK;
}

Status str_to_i64(Str s, int64_t *out)
{
    const bool negative = s.len && s.ptr[0] == '-';
    const uint64_t max = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    uint64_t magnitude = 0;
    const Status st = str_to_u64(negative ? str_slice(s, 1, s.len) : s, &magnitude);

    if (st)
        return st;
    if (magnitude > max)
        return ST_LIMIT;
    *out = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return ST_OK;
}

/* strtod needs a NUL; numbers longer than the scratch are not numbers that
 * anybody wrote.  The process keeps the C locale. */
Status str_to_double(Str s, double *out)
{
    char text[128];
    char *end = NULL;
    double value;

    if (s.len == 0 || s.len >= sizeof text || is_space(s.ptr[0]))
        return ST_CORRUPT;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    value = strtod(text, &end);
    if (end != text + s.len)
        return ST_CORRUPT;
    *out = value;
    return ST_OK;
}

void hex_encode(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Status hex_decode(Str s, uint8_t *out, size_t len)
{
    if (len > SIZE_MAX / 2 || s.len != 2 * len)
        return ST_CORRUPT;
    for (size_t i = 0; i < s.len; i++)
        if (hex_digit(s.ptr[i]) < 0)
            return ST_CORRUPT;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)((unsigned)hex_digit(s.ptr[2 * i]) << 4 |
                           (unsigned)hex_digit(s.ptr[2 * i + 1]));
    return ST_OK;
}

/* Length of the well-formed character at `p`, 0 if there is none.  The table
 * of RFC 3629 section 4: the second byte's range depends on the first. */
static size_t utf8_char(const unsigned char *p, size_t left)
{
    size_t len = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;

    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        len = 2;
    else if ((p[0] & 0xF0) == 0xE0)
        len = 3;
    else if (p[0] >= 0xF0 && p[0] <= 0xF4)
        len = 4;
    if (len == 0 || len > left)
        return 0;
    if (p[0] == 0xE0)
        low = 0xA0;
    else if (p[0] == 0xED)
        high = 0x9F;
    else if (p[0] == 0xF0)
        low = 0x90;
    else if (p[0] == 0xF4)
        high = 0x8F;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

/* Many ASCII bytes at a time, in words that compilers put together to vectors, then eight:
 * nearly all that is logged is ASCII. */
static size_t ascii_prefix(const char *p, size_t len)
{
    size_t i = 0;
    uint64_t word;
    uint64_t words[4];

    for (; len - i >= sizeof words; i += sizeof words) {
        memcpy(words, p + i, sizeof words);
        if ((words[0] | words[1] | words[2] | words[3]) & UINT64_C(0x8080808080808080))
            break;
    }

    for (; len - i >= sizeof word; i += sizeof word) {
        memcpy(&word, p + i, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    return i;
}

size_t utf8_valid_prefix(Str s)
{
    size_t i = 0;

    while (i < s.len) {
        size_t n;

        i += ascii_prefix(s.ptr + i, s.len - i);
        if (i == s.len)
            break;
        n = utf8_char((const unsigned char *)s.ptr + i, s.len - i);
        if (n == 0)
            break;
        i += n;
    }
    return i;
}

bool utf8_valid(Str s)
{
    return utf8_valid_prefix(s) == s.len;
}

Str utf8_clip(Str s, size_t max)
{
    size_t n = max;

    if (s.len <= max)
        return s;
    while (n > 0 && ((unsigned char)s.ptr[n] & 0xC0) == 0x80)
        n--;
    return (Str){s.ptr, n};
}
