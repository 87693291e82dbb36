/* SPDX-License-Identifier: Apache-2.0 */
/* Split-block bloom filter.  One lookup touches one cache line. */
#include "column/bloom.h"

#include "column/format.h"

#include <string.h>

enum { WORDS = 8 };

static const uint32_t salts[WORDS] = {0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d,
                                      0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};

/* -8 / ln(1 - 0.01^(1/8)) = 9.68 bits a value give 1%. */
size_t bloom_size(size_t distinct)
{
    const size_t want = distinct / 100 * 121 + (distinct % 100 * 121 + 99) / 100;
    size_t size = BLOOM_BLOCK_BYTES;

    while (size < want && size < BLOOM_MAX_BYTES)
        size *= 2;
    return size;
}

/* Byte offset of the block: the high half of the hash, scaled to the blocks. */
static size_t block_of(size_t size, uint64_t hash)
{
    return (size_t)((hash >> 32) * (size / BLOOM_BLOCK_BYTES) >> 32) * BLOOM_BLOCK_BYTES;
}

static uint32_t bit_of(uint64_t hash, size_t word)
{
    return UINT32_C(1) << ((uint32_t)((uint32_t)hash * salts[word]) >> 27);
}

void bloom_insert(uint8_t *bits, size_t size, uint64_t hash)
{
    uint8_t *block = bits + block_of(size, hash);

    for (size_t i = 0; i < WORDS; i++) {
        const uint32_t word = load_u32(block + 4 * i) | bit_of(hash, i);

        memcpy(block + 4 * i, &word, sizeof word);
    }
}

bool bloom_has(const uint8_t *bits, size_t size, uint64_t hash)
{
    const uint8_t *block = bits + block_of(size, hash);

    for (size_t i = 0; i < WORDS; i++)
        if (!(load_u32(block + 4 * i) & bit_of(hash, i)))
            return false;
    return true;
}
