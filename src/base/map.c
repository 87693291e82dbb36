/* SPDX-License-Identifier: Apache-2.0 */
/* Hash map with a dense entry array (as CPython's dict): probing touches
 * slots of eight bytes, iteration is a plain loop over `entries`.
 *
 *   slot   | half of the hash | entry index + 1 |
 *
 * The half that the place in the table does not tell: another key is passed over without a
 * look at its bytes, which would mostly be a miss of the cache. */
#include "base/map.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/prefetch.h"

#include <assert.h>
#include <string.h>

enum { FIRST_ENTRIES = 12, FIRST_SLOTS = 16, WARM_SLOTS = 4096 };

void map_init(Map *m, size_t limit)
{
    *m = (Map){.limit = limit < UINT32_MAX / 2 ? limit : UINT32_MAX / 2};
}

void map_deinit(Map *m)
{
    mem_free(m->entries);
    mem_free(m->slots);
    map_init(m, m->limit);
}

void map_clear(Map *m)
{
    m->len = 0;
    if (m->slots)
        memset(m->slots, 0, m->slot_count * sizeof *m->slots);
}

static uint64_t tag_of(uint64_t hash)
{
    return hash >> 32 << 32;
}

static size_t index_in(uint64_t slot)
{
    return (size_t)(slot & UINT32_MAX);
}

/* The slot that holds `key` or the free one where it belongs. */
static size_t find_slot(const Map *m, Str key, uint64_t hash)
{
    const size_t mask = m->slot_count - 1;
    size_t slot = (size_t)hash & mask;

    for (; m->slots[slot]; slot = (slot + 1) & mask)
        if (tag_of(m->slots[slot]) == tag_of(hash) &&
            str_eq(m->entries[index_in(m->slots[slot]) - 1].key, key))
            break;
    return slot;
}

static size_t free_slot(const Map *m, uint64_t hash)
{
    size_t slot = (size_t)hash & (m->slot_count - 1);

    while (m->slots[slot])
        slot = (slot + 1) & (m->slot_count - 1);
    return slot;
}

static Status rebuild_slots(Map *m, size_t slot_count)
{
    uint64_t *slots = mem_calloc(slot_count, sizeof *slots);

    if (!slots)
        return ST_NOMEM;
    mem_free(m->slots);
    m->slots = slots;
    m->slot_count = slot_count;
    for (size_t i = 0; i < m->len; i++) {
        const uint64_t hash = hash_bytes(m->entries[i].key);

        m->slots[free_slot(m, hash)] = tag_of(hash) | (i + 1);
    }
    return ST_OK;
}

static Status make_room(Map *m)
{
    const size_t cap = m->cap ? m->cap * 2 : FIRST_ENTRIES;
    MapEntry *entries;

    if (m->len >= m->limit)
        return ST_LIMIT;
    if (m->len == m->cap) {
        entries = mem_realloc(m->entries, cap * sizeof *entries);
        if (!entries)
            return ST_NOMEM;
        m->entries = entries;
        m->cap = cap;
    }
    if (!m->slots)
        return rebuild_slots(m, FIRST_SLOTS);
    if (m->len + 1 > m->slot_count / 4 * 3)
        return rebuild_slots(m, m->slot_count * 2);
    return ST_OK;
}

bool map_find(const Map *m, Str key, size_t *index)
{
    const size_t at = m->slots ? index_in(m->slots[find_slot(m, key, hash_bytes(key))]) : 0;

    if (at)
        *index = at - 1;
    return at != 0;
}

bool map_get(const Map *m, Str key, uint64_t *out)
{
    size_t index = 0;
    const bool found = map_find(m, key, &index);

    if (found)
        *out = m->entries[index].value;
    return found;
}

/* Where a key's entry is likely to be; 0: nowhere. */
static size_t likely_index(const Map *m, uint64_t hash)
{
    const uint64_t slot = m->slots[(size_t)hash & (m->slot_count - 1)];

    return tag_of(slot) == tag_of(hash) ? index_in(slot) : 0;
}

/* Slot, entry and text of each key are misses that wait for one another, so that those of one kind
 * are asked for together. */
void map_warm(const Map *m, const Str *keys, size_t count)
{
    uint64_t hashes[MAP_WARM_KEYS];

    assert(count <= MAP_WARM_KEYS);
    if (m->slot_count < WARM_SLOTS)
        return;
    for (size_t i = 0; i < count; i++) {
        hashes[i] = hash_bytes(keys[i]);
        prefetch(&m->slots[(size_t)hashes[i] & (m->slot_count - 1)]);
    }
    for (size_t i = 0; i < count; i++)
        if (likely_index(m, hashes[i]))
            prefetch(&m->entries[likely_index(m, hashes[i]) - 1]);
    for (size_t i = 0; i < count; i++)
        if (likely_index(m, hashes[i]))
            prefetch(m->entries[likely_index(m, hashes[i]) - 1].key.ptr);
}

Status map_entry(Map *m, Str key, uint64_t initial, uint64_t **value, bool *added)
{
    const uint64_t hash = hash_bytes(key);
    const size_t index = m->slots ? index_in(m->slots[find_slot(m, key, hash)]) : 0;
    Status st;

    if (index) {
        *value = &m->entries[index - 1].value;
        *added = false;
        return ST_OK;
    }
    st = make_room(m);
    if (st)
        return st;
    m->entries[m->len++] = (MapEntry){key, initial};
    m->slots[free_slot(m, hash)] = tag_of(hash) | m->len;
    *value = &m->entries[m->len - 1].value;
    *added = true;
    return ST_OK;
}

Status map_put(Map *m, Str key, uint64_t value)
{
    uint64_t *at = NULL;
    bool added = false;
    const Status st = map_entry(m, key, value, &at, &added);

    if (st)
        return st;
    *at = value;
    return ST_OK;
}
