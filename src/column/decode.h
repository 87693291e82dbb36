/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a page, once decompressed, into arrays without nulls.
 *
 * `in` is what the page has behind its levels, `total` how many values the page
 * has, `count` <= total how many from the first on are wanted.  Exactly `count`
 * are written, or the answer is ST_CORRUPT (they are not all there) or
 * ST_UNSUPPORTED (an encoding that no such column should have). */
#ifndef VIREO_COLUMN_DECODE_H
#define VIREO_COLUMN_DECODE_H

#include "column/metadata.h"

typedef struct Coded {
    int32_t encoding;
    Str in;
    size_t total;
} Coded;

/* INT and TIME. */
MUST_CHECK Status decode_ints(const Leaf *leaf, Coded c, int64_t *out, size_t count);
MUST_CHECK Status decode_doubles(const Leaf *leaf, Coded c, double *out, size_t count);
MUST_CHECK Status decode_bools(Coded c, uint8_t *out, size_t count);
/* Texts point into c.in or the arena. */
MUST_CHECK Status decode_strs(const Leaf *leaf, Coded c, Arena *arena, Str *out, size_t count);
/* Dictionary codes, all below `dict_len`. */
MUST_CHECK Status decode_codes(Str in, size_t dict_len, uint32_t *out, size_t count);
/* Most values that `bytes` of a dictionary page can hold. */
size_t decode_plain_limit(const Leaf *leaf, size_t bytes);

#endif
