/* SPDX-License-Identifier: Apache-2.0 */
/* As base/map, but keys live in the items, so that nothing borrows. */
#include "query/trace_table.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <string.h>

enum { FIRST_CAP = 192, FIRST_SLOTS = 256 };

void trace_table_deinit(TraceTable *t)
{
    mem_free(t->items);
    mem_free(t->slots);
    *t = (TraceTable){0};
}

static size_t find_slot(const TraceTable *t, const uint8_t *id)
{
    const size_t mask = t->slot_count - 1;
    size_t slot = (size_t)hash_bytes((Str){(const char *)id, TRACE_ID_BYTES}) & mask;

    while (t->slots[slot] && memcmp(t->items[t->slots[slot] - 1].id, id, TRACE_ID_BYTES) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

/* Its place in the items plus one; 0: not there. */
static size_t find_item(const TraceTable *t, const uint8_t *id)
{
    return t->slots ? t->slots[find_slot(t, id)] : 0;
}

TraceState *trace_table_find(const TraceTable *t, const uint8_t id[TRACE_ID_BYTES])
{
    const size_t item = find_item(t, id);

    return item ? &t->items[item - 1] : NULL;
}

static Status grow(TraceTable *t)
{
    const size_t cap = t->cap ? t->cap * 2 : FIRST_CAP;
    const size_t slot_count = t->slot_count ? t->slot_count * 2 : FIRST_SLOTS;
    TraceState *items;
    uint32_t *slots;

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
    for (size_t i = 0; i < t->len; i++)
        t->slots[find_slot(t, t->items[i].id)] = (uint32_t)(i + 1);
    return ST_OK;
}

Status trace_table_add(TraceTable *t, const uint8_t id[TRACE_ID_BYTES], TraceState **out)
{
    size_t item = find_item(t, id);

    if (!item) {
        const Status st = t->len == t->cap ? grow(t) : ST_OK;

        if (st)
            return st;
        item = ++t->len;
        t->items[item - 1] = (TraceState){.start_ns = INT64_MAX, .status_start_ns = INT64_MAX};
        memcpy(t->items[item - 1].id, id, TRACE_ID_BYTES);
        t->slots[find_slot(t, id)] = (uint32_t)item;
    }
    *out = &t->items[item - 1];
    return ST_OK;
}
