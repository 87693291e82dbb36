/* SPDX-License-Identifier: Apache-2.0 */
/* As base/map, but keys live in the items, so that nothing borrows. */
#include "query/trace_table.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <string.h>

/* Slots are at most three eighths full. */
enum { FIRST_CAP = 192, FIRST_SLOTS = 512 };

void trace_table_deinit(TraceTable *t)
{
    mem_free(t->items);
    mem_free(t->slots);
    *t = (TraceTable){0};
}

static uint64_t hash_of(const uint8_t *id)
{
    return hash_bytes((Str){(const char *)id, TRACE_ID_BYTES});
}

static uint64_t tag_of(uint64_t hash)
{
    return hash >> 32 << 32;
}

static size_t index_in(uint64_t slot)
{
    return (size_t)(slot & UINT32_MAX);
}

/* Where the id is, or the free slot where it belongs. */
static size_t find_slot(const TraceTable *t, uint64_t hash, const uint8_t *id)
{
    const size_t mask = t->slot_count - 1;
    size_t at = (size_t)hash & mask;

    for (; t->slots[at]; at = (at + 1) & mask)
        if (tag_of(t->slots[at]) == tag_of(hash) &&
            memcmp(t->items[index_in(t->slots[at]) - 1].id, id, TRACE_ID_BYTES) == 0)
            break;
    return at;
}

/* Its place in the items plus one; 0: not there. */
static size_t find_item(const TraceTable *t, uint64_t hash, const uint8_t *id)
{
    return t->slots ? index_in(t->slots[find_slot(t, hash, id)]) : 0;
}

TraceState *trace_table_find(const TraceTable *t, const uint8_t id[TRACE_ID_BYTES])
{
    const size_t item = find_item(t, hash_of(id), id);

    return item ? &t->items[item - 1] : NULL;
}

static size_t free_slot(const TraceTable *t, uint64_t hash)
{
    size_t at = (size_t)hash & (t->slot_count - 1);

    while (t->slots[at])
        at = (at + 1) & (t->slot_count - 1);
    return at;
}

static Status grow(TraceTable *t)
{
    const size_t cap = t->cap ? t->cap * 2 : FIRST_CAP;
    const size_t slot_count = t->slot_count ? t->slot_count * 2 : FIRST_SLOTS;
    TraceState *items;
    uint64_t *slots;

    if (cap > TRACE_TABLE_MAX)
        return ST_LIMIT;
    items = mem_realloc(t->items, cap * sizeof *items);
    if (!items)
        return ST_NOMEM;
    t->items = items;
    slots = mem_calloc(slot_count, sizeof *slots);
    if (!slots)
        return ST_NOMEM;
    mem_free(t->slots);
    t->slots = slots;
    t->slot_count = slot_count;
    t->cap = cap;
    for (size_t i = 0; i < t->len; i++) {
        const uint64_t hash = hash_of(t->items[i].id);

        t->slots[free_slot(t, hash)] = tag_of(hash) | (i + 1);
    }
    return ST_OK;
}

Status trace_table_add(TraceTable *t, const uint8_t id[TRACE_ID_BYTES], TraceState **out)
{
    const uint64_t hash = hash_of(id);
    size_t item = find_item(t, hash, id);

    if (!item) {
        const Status st = t->len == t->cap ? grow(t) : ST_OK;

        if (st)
            return st;
        item = ++t->len;
        t->items[item - 1] = (TraceState){.start_ns = INT64_MAX, .status_start_ns = INT64_MAX};
        memcpy(t->items[item - 1].id, id, TRACE_ID_BYTES);
        t->slots[free_slot(t, hash)] = tag_of(hash) | item;
    }
    *out = &t->items[item - 1];
    return ST_OK;
}
