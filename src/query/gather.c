/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the blocks for all traces asked for: a small hash table of the
 * wanted ids, one probe for each run of equal ids. */
#include "query/gather.h"

#include "query/score_rows.h"

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
    uint8_t *scores = NULL;
    const TraceState *state = NULL;
    const char *last = NULL;
    Status st = view_read(view, STR("trace_id"), &ids);

    if (!st && starts)
        st = view_read(view, STR("start"), &start);
    if (!st && starts)
        st = score_rows(view, &scores);
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
        if (starts && !(scores && scores[row]) && start.as.i[row] < starts[state - wanted->items])
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

static int64_t saturating_add(int64_t a, int64_t b)
{
    if (b > 0 && a > INT64_MAX - b)
        return INT64_MAX;
    return b < 0 && a < INT64_MIN - b ? INT64_MIN : a + b;
}

Status gather_rows_near(const Snapshot *snap, const IdList *ids, int64_t first_ns, int64_t last_ns,
                        const atomic_bool *cancel, RowRefs *out, int64_t *starts)
{
    const int64_t from = saturating_add(first_ns, -GATHER_REACH_NS);
    const int64_t to = saturating_add(last_ns, GATHER_REACH_NS);
    TraceTable wanted = {0};
    Status st = index_ids(&wanted, ids);

    for (size_t i = 0; starts && i < ids->len; i++)
        starts[i] = INT64_MAX;
    for (size_t block = 0; block < snapshot_block_count(snap) && !st; block++) {
        const BlockInfo info = snapshot_block(snap, block);

        if (info.max_time_ns < from || info.min_time_ns > to)
            continue;
        if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
            st = ST_CLOSED;
        else if (block_may_have(snap, block, ids))
            st = collect_block(snap, block, &wanted, out, starts);
    }
    trace_table_deinit(&wanted);
    return st;
}

Status gather_rows(const Snapshot *snap, const IdList *ids, const atomic_bool *cancel, RowRefs *out,
                   int64_t *starts)
{
    return gather_rows_near(snap, ids, INT64_MIN, INT64_MAX, cancel, out, starts);
}
