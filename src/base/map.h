/* SPDX-License-Identifier: Apache-2.0 */
/* Map: bytes -> uint64_t, open addressing with linear probing.
 *
 * Keys are borrowed: the caller keeps their bytes alive and unchanged (usually
 * in an arena).  Values are an index or a pointer cast to uintptr_t.  Get and
 * put are O(1) on average; load factor at most 3/4.  No removal: what needs it
 * builds a new map.  Iteration order is insertion order. */
#ifndef VIREO_BASE_MAP_H
#define VIREO_BASE_MAP_H

#include "base/str.h"

typedef struct MapEntry {
    Str key;
    uint64_t value;
} MapEntry;

typedef struct Map {
    MapEntry *entries; /* dense, in insertion order */
    size_t len;
    size_t cap;
    uint64_t *slots; /* half a hash, entry index + 1; 0 = free; a power of two of them */
    size_t slot_count;
    size_t limit; /* most entries ever */
} Map;

void map_init(Map *m, size_t limit);
void map_deinit(Map *m);
/* Forget the entries, keep the memory. */
void map_clear(Map *m);
/* True and the value in *out, or false. */
bool map_get(const Map *m, Str key, uint64_t *out);
/* True and the index of its entry, or false. */
bool map_find(const Map *m, Str key, size_t *index);
/* Hints to the processor: these keys are about to be looked up.  At most MAP_WARM_KEYS of them. */
enum { MAP_WARM_KEYS = 16 };
void map_warm(const Map *m, const Str *keys, size_t count);
/* Insert or overwrite.  ST_LIMIT past the limit, unchanged on failure. */
MUST_CHECK Status map_put(Map *m, Str key, uint64_t value);
/* Pointer to the value of `key`, inserted as `initial` when new (then *added
 * is true).  Valid until the next insertion. */
MUST_CHECK Status map_entry(Map *m, Str key, uint64_t initial, uint64_t **value, bool *added);

#endif
