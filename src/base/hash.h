/* SPDX-License-Identifier: Apache-2.0 */
/* Non-cryptographic hashing (XXH3, xxhash library). */
#ifndef VIREO_BASE_HASH_H
#define VIREO_BASE_HASH_H

#include "base/str.h"

/* For tables in memory and checksums on disk; stable across machines. */
uint64_t hash_bytes(Str s);
uint64_t hash_seeded(Str s, uint64_t seed);
/* XXH64 with seed 0: what Parquet's split-block bloom filter prescribes. */
uint64_t hash_xxh64(Str s);

#endif
