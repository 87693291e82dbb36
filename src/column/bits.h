/* SPDX-License-Identifier: Apache-2.0 */
/* Bit packing: values of a fixed width, lowest bits first, with no padding.
 *
 * Unpacking costs about one load, shift and mask a value, whatever the width;
 * nothing outside `in` is read. */
#ifndef VIREO_COLUMN_BITS_H
#define VIREO_COLUMN_BITS_H

#include "base/buf.h"

/* Bits that `max` needs: 0 for 0, 64 for UINT64_MAX. */
unsigned bits_width(uint64_t max);
/* Bytes of `count` values; count * width must not overflow. */
size_t bits_bytes(size_t count, unsigned width);

/* Append `count` values, the last byte filled up with zero bits. */
MUST_CHECK Status bits_pack32(Buf *out, const uint32_t *values, size_t count, unsigned width);
MUST_CHECK Status bits_pack64(Buf *out, const uint64_t *values, size_t count, unsigned width);

/* `in` holds `bytes` bytes, bits_bytes(count, width) of them at least.  Better too many: the last
 * values are slow ones where nothing may be read behind them.  Width <= 32 or 64. */
void bits_unpack32(const uint8_t *in, size_t bytes, unsigned width, uint32_t *out, size_t count);
void bits_unpack64(const uint8_t *in, size_t bytes, unsigned width, uint64_t *out, size_t count);
/* Width 1 into bytes 0 and 1. */
void bits_unpack_bytes(const uint8_t *in, uint8_t *out, size_t count);

#endif
