/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the blocks for all traces asked for: a small hash table of the
 * wanted ids, one probe for each run of equal ids. */
#include "query/gather.h"

#include <string.h>

/* Asking the filter for more ids than this costs more than it saves. */
enum { MAX_FILTER_QUESTIONS = 256 };

Status id_list_add(IdList *list, const uint8_t id[TRACE_ID_BYTES])
{
    TraceId copy;

    memcpy(copy.bytes, id, TRACE_ID_BYTES);
    return VEC_PUSH(list, copy, TRACE_TABLE_MAX);
}

static bool block_may_have(const Snapshot *snap, size_t block, const IdList *ids)
{
    if (ids->len > MAX_FILTER_QUESTIONS)
        return true;
    for (size_t i = 0; i < ids->len; i++)
        if (snapshot_may_contain(snap, block, STR("trace_id"),
                                 (Str){(const char *)ids->items[i].bytes, TRACE_ID_BYTES}))
            return true;
    return false;
}

/* The table's states are in the order of the ids: position is index. */
static Status index_ids(TraceTable *wanted, const IdList *ids)
{
    TraceState *state;

    for (size_t i = 0; i < ids->len; i++) {
        const Status st = trace_table_add(wanted, ids->items[i].bytes, &state);

        if (st)
            return st;
    }
    return wanted->len == ids->len ? ST_OK : ST_INVALID; /* doubled ids: our bug */
}

static Status collect(const BlockView *view, const TraceTable *wanted, RowRefs *out,
                      int64_t *starts)
{
    Vector ids;
    Vector start = {0};
    const TraceState *state = NULL;
    const char *last = NULL;
    Status st = view_read(view, STR("trace_id"), &ids);

    if (!st && starts)
        st = view_read(view, STR("start"), &start);
    for (size_t row = 0; row < view->rows && !st; row++) {
        const char *id = vector_str(&ids, row).ptr;

        if (!last || memcmp(last, id, TRACE_ID_BYTES) != 0)
            state = trace_table_find(wanted, (const uint8_t *)id);
        last = id;
        if (!state)
            continue;
        st = VEC_PUSH(
            out,
            ((RowRef){(uint32_t)(state - wanted->items), (uint32_t)view->block, (uint32_t)row}),
            GATHER_MAX_ROWS);
        if (starts && start.as.i[row] < starts[state - wanted->items])
            starts[state - wanted->items] = start.as.i[row];
    }
    return st;
}

static Status collect_block(const Snapshot *snap, size_t block, const TraceTable *wanted,
                            RowRefs *out, int64_t *starts)
{
    Arena arena;
    BlockView view = {snap, block, snapshot_block(snap, block).rows, &arena};
    Status st;

    arena_init(&arena, BLOCK_ARENA_LIMIT);
    st = collect(&view, wanted, out, starts);
    arena_deinit(&arena);
    return st;
}

Status gather_rows(const Snapshot *snap, const IdList *ids, const atomic_bool *cancel, RowRefs *out,
                   int64_t *starts)
{
    TraceTable wanted = {0};
    Status st = index_ids(&wanted, ids);

    for (size_t i = 0; starts && i < ids->len; i++)
        starts[i] = INT64_MAX;
    for (size_t block = 0; block < snapshot_block_count(snap) && !st; block++) {
        if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
            st = ST_CLOSED;
        else if (block_may_have(snap, block, ids))
            st = collect_block(snap, block, &wanted, out, starts);
    }
    trace_table_deinit(&wanted);
    return st;
}
