/* SPDX-License-Identifier: Apache-2.0 */
/* Hash map with a dense entry array (as CPython's dict): probing touches
 * 4-byte slots, iteration is a plain loop over `entries`. */
#include "base/map.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <string.h>

enum { FIRST_ENTRIES = 12, FIRST_SLOTS = 16 };

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

/* The slot that holds `key` or the free one where it belongs. */
static size_t find_slot(const Map *m, Str key)
{
    const size_t mask = m->slot_count - 1;
    size_t slot = (size_t)hash_bytes(key) & mask;

    while (m->slots[slot] && !str_eq(m->entries[m->slots[slot] - 1].key, key))
        slot = (slot + 1) & mask;
    return slot;
}

static Status rebuild_slots(Map *m, size_t slot_count)
{
    uint32_t *slots = mem_calloc(slot_count, sizeof *slots);

    if (!slots)
        return ST_NOMEM;
    mem_free(m->slots);
    m->slots = slots;
    m->slot_count = slot_count;
    for (size_t i = 0; i < m->len; i++)
        m->slots[find_slot(m, m->entries[i].key)] = (uint32_t)(i + 1);
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

bool map_get(const Map *m, Str key, uint64_t *out)
{
    uint32_t index;

    if (!m->slots)
        return false;
    index = m->slots[find_slot(m, key)];
    if (index)
        *out = m->entries[index - 1].value;
    return index != 0;
}

Status map_entry(Map *m, Str key, uint64_t initial, uint64_t **value, bool *added)
{
    size_t slot;
    Status st;

    if (m->slots) {
        slot = find_slot(m, key);
        if (m->slots[slot]) {
            *value = &m->entries[m->slots[slot] - 1].value;
            *added = false;
            return ST_OK;
        }
    }
    st = make_room(m);
    if (st)
        return st;
    m->entries[m->len++] = (MapEntry){key, initial};
    m->slots[find_slot(m, key)] = (uint32_t)m->len;
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
