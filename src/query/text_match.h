/* SPDX-License-Identifier: Apache-2.0 */
/* Matching of text: wildcards and case-insensitive search. */
#ifndef VIREO_QUERY_TEXT_MATCH_H
#define VIREO_QUERY_TEXT_MATCH_H

#include "base/arena.h"

/* `*` stands for any bytes, also none; everything else for itself.  O(n * m) at worst. */
bool text_glob(Str text, Str pattern);

/* What is looked for, made ready: in lower case, with the two of its bytes that
 * are seldom seen in texts. */
typedef struct Needle {
    Str folded;
    size_t near; /* places of the two bytes, near <= far */
    size_t far;
    uint8_t near_case; /* 0x20 where the byte is a letter: or-ed in before comparing */
    uint8_t far_case;
} Needle;

MUST_CHECK Status needle_make(Str text, Arena *arena, Needle *out);
/* ASCII letters match in either case, other bytes as they are.  About as fast
 * as memory is read; O(n * m) at worst. */
bool needle_in(const Needle *n, Str text);

#endif
