/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/numbering.h"

#include "base/alloc.h"

#include <string.h>

enum { FIRST_SLOTS = 64 };

void numbering_deinit(Numbering *n)
{
    mem_free(n->keys);
    mem_free(n->slots);
    *n = (Numbering){0};
}

/* Fibonacci hashing, folded: near keys and multiples of powers of two both spread. */
static size_t slot_of(uint64_t key, size_t slot_count)
{
    const uint64_t h = key * UINT64_C(0x9e3779b97f4a7c15);

    return (size_t)(h ^ h >> 32) & (slot_count - 1);
}

/* Where `key` is, or the free slot where it belongs. */
static size_t find_slot(const Numbering *n, uint64_t key)
{
    size_t slot = slot_of(key, n->slot_count);

    while (n->slots[slot] != NUMBER_NONE && n->keys[n->slots[slot]] != key)
        slot = (slot + 1) & (n->slot_count - 1);
    return slot;
}

uint32_t numbering_find(const Numbering *n, uint64_t key)
{
    return n->slot_count ? n->slots[find_slot(n, key)] : NUMBER_NONE;
}

static Status grow(Numbering *n)
{
    const size_t count = n->slot_count ? n->slot_count * 2 : FIRST_SLOTS;
    uint64_t *keys = mem_realloc(n->keys, count / 2 * sizeof *keys);
    uint32_t *slots;

    if (!keys)
        return ST_NOMEM;
    n->keys = keys;
    slots = mem_array(count, sizeof *slots);
    if (!slots)
        return ST_NOMEM;
    memset(slots, 0xff, count * sizeof *slots);
    mem_free(n->slots);
    n->slots = slots;
    n->slot_count = count;
    n->cap = count / 2;
    for (size_t i = 0; i < n->len; i++)
        slots[find_slot(n, keys[i])] = (uint32_t)i;
    return ST_OK;
}

Status numbering_add(Numbering *n, uint64_t key, uint32_t max, uint32_t *number)
{
    size_t slot = n->slot_count ? find_slot(n, key) : 0;

    if (n->slot_count && n->slots[slot] != NUMBER_NONE) {
        *number = n->slots[slot];
        return ST_OK;
    }
    if (n->len >= max)
        return ST_LIMIT;
    if (n->len == n->cap) {
        const Status st = grow(n);

        if (st)
            return st;
        slot = find_slot(n, key);
    }
    *number = (uint32_t)n->len;
    n->slots[slot] = *number;
    n->keys[n->len++] = key;
    return ST_OK;
}
