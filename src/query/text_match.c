/* SPDX-License-Identifier: Apache-2.0 */
/* Glob by backtracking to the last star only (which suffices for `*`), and a
 * search for two bytes at their distance.
 *
 *   needle  r e f u n d           the two that texts have least: f and u
 *   text    . . . . . . . . . .   (t[i + 2] | 0x20) == 'f'  and  (t[i + 3] | 0x20) == 'u'
 *
 * The comparison runs over windows of WINDOW places without a branch, which
 * compilers turn into vector code; only in a window with a hit are places looked
 * at one by one.  Two bytes, because one alone is hit in every other window of
 * a text. */
#include "query/text_match.h"

#include <string.h>

enum { WINDOW = 64, SMALL_WINDOW = 16, CASE_BIT = 0x20 };

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

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Higher: seen less often in prose and JSON. */
static unsigned rarity(char c)
{
    static const char common[] = " etaoinsrhldcumfpgwybv,.\":_k-01{}2";
    const char *at = memchr(common, c, sizeof common - 1);

    return at ? (unsigned)(at - common) : (unsigned)sizeof common;
}

static void choose_bytes(Needle *n)
{
    size_t best = 0;
    size_t second = 0;

    for (size_t i = 1; i < n->folded.len; i++) {
        if (rarity(n->folded.ptr[i]) > rarity(n->folded.ptr[best])) {
            second = best;
            best = i;
        } else if (second == best || rarity(n->folded.ptr[i]) > rarity(n->folded.ptr[second])) {
            second = i;
        }
    }
    n->near = best < second ? best : second;
    n->far = best < second ? second : best;
    n->near_case = is_letter(n->folded.ptr[n->near]) ? CASE_BIT : 0;
    n->far_case = is_letter(n->folded.ptr[n->far]) ? CASE_BIT : 0;
}

Status needle_make(Str text, Arena *arena, Needle *out)
{
    char *folded = arena_alloc(arena, text.len + 1);
    Needle n = {.folded = {folded, text.len}};

    if (!folded)
        return ST_NOMEM;
    for (size_t i = 0; i < text.len; i++)
        folded[i] = lower(text.ptr[i]);
    if (text.len)
        choose_bytes(&n);
    *out = n;
    return ST_OK;
}

static bool is_at(const Needle *n, const char *text)
{
    for (size_t i = 0; i < n->folded.len; i++)
        if (lower(text[i]) != n->folded.ptr[i])
            return false;
    return true;
}

/* Which of `width` places have both bytes?  No branches inside; false: none.  Callers
 * give a constant width, so that the loop becomes vector code. */
static inline bool find_hits(const Needle *n, const uint8_t *text, size_t width, uint8_t *hits)
{
    const uint8_t *near = text + n->near;
    const uint8_t *far = text + n->far;
    const uint8_t near_case = n->near_case;
    const uint8_t far_case = n->far_case;
    const uint8_t near_byte = (uint8_t)n->folded.ptr[n->near];
    const uint8_t far_byte = (uint8_t)n->folded.ptr[n->far];
    uint8_t any = 0;

    for (size_t i = 0; i < width; i++) {
        hits[i] =
            (uint8_t)(((near[i] | near_case) == near_byte) & ((far[i] | far_case) == far_byte));
        any |= hits[i];
    }
    return any != 0;
}

/* The hits of a window, eight at a time. */
static bool look_closely(const Needle *n, const char *text, const uint8_t *hits, size_t width)
{
    for (size_t at = 0; at < width; at += sizeof(uint64_t)) {
        uint64_t eight;

        memcpy(&eight, hits + at, sizeof eight);
        for (size_t i = at; eight && i < at + sizeof eight; i++)
            if (hits[i] && is_at(n, text + i))
                return true;
    }
    return false;
}

static bool in_window(const Needle *n, const char *text)
{
    uint8_t hits[WINDOW];

    return find_hits(n, (const uint8_t *)text, WINDOW, hits) && look_closely(n, text, hits, WINDOW);
}

static bool in_small_window(const Needle *n, const char *text)
{
    uint8_t hits[SMALL_WINDOW];

    return find_hits(n, (const uint8_t *)text, SMALL_WINDOW, hits) &&
           look_closely(n, text, hits, SMALL_WINDOW);
}

/* A text with fewer places than a window. */
static bool at_each(const Needle *n, const char *text, size_t places)
{
    const uint8_t byte = (uint8_t)n->folded.ptr[n->near];

    for (size_t i = 0; i < places; i++)
        if (((uint8_t)text[i + n->near] | n->near_case) == byte && is_at(n, text + i))
            return true;
    return false;
}

/* The last window overlaps what was looked at. */
bool needle_in(const Needle *n, Str text)
{
    size_t places;
    size_t at = 0;

    if (n->folded.len == 0)
        return true;
    if (n->folded.len > text.len)
        return false;
    places = text.len - n->folded.len + 1;
    if (places < SMALL_WINDOW)
        return at_each(n, text.ptr, places);
    for (; places - at >= WINDOW; at += WINDOW)
        if (in_window(n, text.ptr + at))
            return true;
    for (; places - at >= SMALL_WINDOW; at += SMALL_WINDOW)
        if (in_small_window(n, text.ptr + at))
            return true;
    return at < places && in_small_window(n, text.ptr + places - SMALL_WINDOW);
}
