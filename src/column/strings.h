/* SPDX-License-Identifier: Apache-2.0 */
/* Encodings of byte arrays.
 *
 *   PLAIN                    (length:u32 bytes)*
 *   DELTA_LENGTH_BYTE_ARRAY  delta(lengths) all bytes
 *   DELTA_BYTE_ARRAY         delta(shared prefix lengths) delta(suffix lengths) suffixes
 *
 * Decoded values point into `in`, except those of DELTA_BYTE_ARRAY, which are
 * put together in the arena. */
#ifndef VIREO_COLUMN_STRINGS_H
#define VIREO_COLUMN_STRINGS_H

#include "base/arena.h"
#include "base/buf.h"

MUST_CHECK Status strings_encode_plain(Buf *out, const Str *values, size_t count);
MUST_CHECK Status strings_encode_delta_length(Buf *out, const Str *values, size_t count,
                                              int64_t *lengths);

/* `total` values were written, the first `count` are wanted. */
MUST_CHECK Status strings_decode_plain(Str in, Str *out, size_t count);
MUST_CHECK Status strings_decode_delta_length(Str in, size_t total, Str *out, size_t count);
/* Where in `in` the first `count` texts end, of which only the lengths need to be there:
 * ST_CORRUPT when not even they are. */
MUST_CHECK Status strings_delta_length_end(Str in, size_t total, size_t count, size_t *out);
MUST_CHECK Status strings_decode_delta(Str in, size_t total, Arena *arena, Str *out, size_t count);
/* `count` values of `len` bytes each, one behind the other. */
MUST_CHECK Status strings_decode_fixed(Str in, size_t len, Str *out, size_t count);

#endif
