/* SPDX-License-Identifier: Apache-2.0 */
/* Parquet's split-block bloom filter: blocks of eight 32-bit words; a value
 * sets one bit in each word of one block.  Hash: XXH64 of the plain value. */
#ifndef VIREO_COLUMN_BLOOM_H
#define VIREO_COLUMN_BLOOM_H

#include "base/str.h"

enum { BLOOM_BLOCK_BYTES = 32, BLOOM_MAX_BYTES = 128 << 20 };

/* Bytes for `distinct` values with at most 1% false positives; a power of
 * two, because other readers insist on it. */
size_t bloom_size(size_t distinct);
/* `size` is a multiple of BLOOM_BLOCK_BYTES; the bytes need no alignment. */
void bloom_insert(uint8_t *bits, size_t size, uint64_t hash);
bool bloom_has(const uint8_t *bits, size_t size, uint64_t hash);

#endif
