/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that includes xxhash, inlined for speed on short keys. */
#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The library's contract wants a pointer even to nothing. */
static const char *bytes_of(Str s)
{
    return s.ptr ? s.ptr : "";
}

uint64_t hash_bytes(Str s)
{
    return XXH3_64bits(bytes_of(s), s.len);
}

uint64_t hash_seeded(Str s, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes_of(s), s.len, seed);
}

uint64_t hash_xxh64(Str s)
{
    return XXH64(bytes_of(s), s.len, 0);
}
