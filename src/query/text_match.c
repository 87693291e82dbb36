/* SPDX-License-Identifier: Apache-2.0 */
/* Glob by backtracking to the last star only (which suffices for `*`), and a
 * search that skips with memchr to either case of the first letter. */
#include "query/text_match.h"

#include <string.h>

bool text_glob(Str text, Str pattern)
{
    size_t t = 0;
    size_t p = 0;
    size_t star = SIZE_MAX;
    size_t resume = 0;

    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.len && pattern.ptr[p] == text.ptr[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static char upper(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

/* The next place at or behind `from` where `low` or `up` stands. */
static size_t next_first(Str text, size_t from, char low, char up)
{
    const Str rest = str_slice(text, from, text.len);
    size_t at = str_find_char(rest, low);

    if (low != up) {
        const size_t other = str_find_char(str_slice(rest, 0, at), up);

        at = other < at ? other : at;
    }
    return from + at;
}

bool text_contains(Str text, Str needle)
{
    const char low = needle.len ? lower(needle.ptr[0]) : '\0';
    const char up = needle.len ? upper(needle.ptr[0]) : '\0';
    size_t end;

    if (needle.len == 0)
        return true;
    if (needle.len > text.len)
        return false;
    end = text.len - needle.len + 1;
    for (size_t at = next_first(str_slice(text, 0, end), 0, low, up); at < end;
         at = next_first(str_slice(text, 0, end), at + 1, low, up))
        if (str_eq_nocase((Str){text.ptr + at, needle.len}, needle))
            return true;
    return false;
}
