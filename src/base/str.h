/* SPDX-License-Identifier: Apache-2.0 */
/* Str: a borrowed piece of bytes, mostly UTF-8 text.
 *
 * Never owns, never assumes a NUL at the end; the length is always explicit.
 * `ptr` may be NULL only when `len` is 0.  Whoever makes a Str says how long the
 * bytes behind it live. */
#ifndef VIREO_BASE_STR_H
#define VIREO_BASE_STR_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct Str {
    const char *ptr;
    size_t len;
} Str;

/* From a string literal, without strlen. */
#define STR(literal) ((Str){"" literal, sizeof(literal) - 1})
/* For printf("%.*s", STR_ARG(s)); a Str longer than INT_MAX is cut. */
#define STR_ARG(s) str_print_len(s), (s).ptr ? (s).ptr : ""

Str str_from(const char *c_string); /* NULL gives an empty Str */
int str_print_len(Str s);
/* In the header, since most texts that are compared differ in length or are the same bytes:
 * a call would cost more than the answer. */
static inline bool str_eq(Str a, Str b)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): what has a length has bytes */
    return a.len == b.len && (a.ptr == b.ptr || a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
/* <0, 0, >0 in byte order, a prefix first. */
int str_cmp(Str a, Str b);
bool str_starts(Str s, Str prefix);
bool str_ends(Str s, Str suffix);
/* ASCII only; other bytes compare as they are. */
bool str_eq_nocase(Str a, Str b);
/* Index of the first `c` or s.len. */
size_t str_find_char(Str s, char c);
/* Index of the first `needle` or s.len; an empty needle is found at 0. */
size_t str_find(Str s, Str needle);
/* Bytes [from, to), both clipped to the length. */
Str str_slice(Str s, size_t from, size_t to);
/* Without ASCII white space at both ends. */
Str str_trim(Str s);
/* Split at the first `c`: head before it, tail after it.  False when there is
 * none, and then head is all of `s` and tail empty. */
bool str_cut(Str s, char c, Str *head, Str *tail);

/* Whole-string numbers: no space, no sign for u64, no overflow.  ST_CORRUPT
 * if not a number, ST_LIMIT if out of range. */
MUST_CHECK Status str_to_u64(Str s, uint64_t *out);
MUST_CHECK Status str_to_i64(Str s, int64_t *out);
MUST_CHECK Status str_to_double(Str s, double *out);

/* Lower-case hex.  `out` takes 2 * len chars, no NUL. */
void hex_encode(const uint8_t *bytes, size_t len, char *out);
/* Either case.  ST_CORRUPT unless `s` is exactly 2 * len hex digits. */
MUST_CHECK Status hex_decode(Str s, uint8_t *out, size_t len);

/* Well-formed UTF-8 as RFC 3629 has it (no surrogates, no overlong forms). */
bool utf8_valid(Str s);
/* Bytes at the front of `s` that are well-formed; s.len when all are. */
size_t utf8_valid_prefix(Str s);
/* Longest prefix of `s` with at most `max` bytes that does not cut a
 * character in two. */
Str utf8_clip(Str s, size_t max);

#endif
