/* SPDX-License-Identifier: Apache-2.0 */
/* Parquet's hybrid of run lengths and bit packing: definition levels,
 * dictionary codes, booleans.
 *
 *   run      varint(count << 1), value in (width + 7) / 8 bytes
 *   packed   varint(groups << 1 | 1), groups * 8 values of `width` bits
 *
 * Decoding gives exactly the count asked for, or ST_CORRUPT. */
#ifndef VIREO_COLUMN_RLE_H
#define VIREO_COLUMN_RLE_H

#include "base/buf.h"

/* Append `count` values that fit into `width` (0..32) bits. */
MUST_CHECK Status rle_encode(Buf *out, const uint32_t *values, size_t count, unsigned width);
/* Append `count` flags as width 1; any non-zero byte is a 1.  NULL: all are 1. */
MUST_CHECK Status rle_encode_flags(Buf *out, const uint8_t *flags, size_t count);

MUST_CHECK Status rle_decode(Str in, unsigned width, uint32_t *out, size_t count);
/* Width 1 into bytes 0 and 1. */
MUST_CHECK Status rle_decode_flags(Str in, uint8_t *out, size_t count);

/* Base-128 number at the front of *in, which moves behind it. */
MUST_CHECK Status varint_take(Str *in, uint64_t *out);
MUST_CHECK Status varint_append(Buf *out, uint64_t v);

#endif
