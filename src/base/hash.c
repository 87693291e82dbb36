/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that includes xxhash, inlined for speed on short keys. */
#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash_bytes(Str s)
{
    return XXH3_64bits(s.ptr, s.len);
}

uint64_t hash_seeded(Str s, uint64_t seed)
{
    return XXH3_64bits_withSeed(s.ptr, s.len, seed);
}

uint64_t hash_xxh64(Str s)
{
    return XXH64(s.ptr, s.len, 0);
}
