/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the blocks, side by side, for all traces asked for: a small hash table of
 * the wanted ids, one probe for each run of equal ids. */
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

/* What one block has of the traces. */
typedef struct Found {
    size_t block;
    RowRefs refs;
    VEC_OF(int64_t) starts; /* of each, when they are asked for; INT64_MAX: a score's */
} Found;

typedef struct Gathering {
    const Snapshot *snap;
    const IdList *ids;
    const Cancel *cancel;
    TraceTable wanted;
    bool with_starts;
    bool scores_only;
    Found *blocks; /* those in reach */
    size_t len;
    atomic_size_t rows; /* found so far, by all threads */
} Gathering;

/* Start of each row, in place; NULL when nobody asks. */
static Status read_starts(const Gathering *g, const BlockView *view, const int64_t **out)
{
    uint8_t *scores = NULL;
    int64_t *starts;
    Vector v;
    Status st = g->with_starts ? view_read(view, STR("start"), &v) : ST_OK;

    *out = NULL;
    if (!st && g->with_starts)
        st = score_rows(view, &scores);
    if (st || !g->with_starts)
        return st;
    *out = v.as.i;
    if (!scores)
        return ST_OK;
    starts = arena_alloc(view->arena, (view->rows + 1) * sizeof *starts);
    if (!starts)
        return ST_NOMEM;
    for (size_t row = 0; row < view->rows; row++)
        starts[row] = scores[row] ? INT64_MAX : v.as.i[row];
    *out = starts;
    return ST_OK;
}

static Status collect(const Gathering *g, const BlockView *view, Found *f)
{
    Vector ids;
    const int64_t *starts = NULL;
    const TraceState *state = NULL;
    const char *last = NULL;
    uint8_t *scores = NULL;
    Status st = view_read(view, STR("trace_id"), &ids);

    if (!st)
        st = read_starts(g, view, &starts);
    if (!st && g->scores_only)
        st = score_rows(view, &scores);
    for (size_t row = 0; row < view->rows && !st; row++) {
        const char *id = vector_str(&ids, row).ptr;

        if (!last || memcmp(last, id, TRACE_ID_BYTES) != 0)
            state = trace_table_find(&g->wanted, (const uint8_t *)id);
        last = id;
        if (!state || (scores && !scores[row]))
            continue;
        st = VEC_PUSH(
            &f->refs,
            ((RowRef){(uint32_t)(state - g->wanted.items), (uint32_t)f->block, (uint32_t)row}),
            GATHER_MAX_ROWS);
        if (!st && starts)
            st = VEC_PUSH(&f->starts, starts[row], GATHER_MAX_ROWS);
    }
    return st;
}

static Status look_at(void *context, size_t index)
{
    Gathering *g = context;
    Found *f = &g->blocks[index];
    Arena arena;
    BlockView view = {g->snap, f->block, snapshot_block(g->snap, f->block).rows, &arena};
    Status st;

    st = cancel_check(g->cancel);
    if (st)
        return st;
    if (!block_may_have(g->snap, f->block, g->ids))
        return ST_OK;
    arena_init(&arena, BLOCK_ARENA_LIMIT);
    st = collect(g, &view, f);
    arena_deinit(&arena);
    if (!st && atomic_fetch_add(&g->rows, f->refs.len) > GATHER_MAX_ROWS - f->refs.len)
        return ST_LIMIT;
    return st;
}

static int64_t saturating_add(int64_t a, int64_t b)
{
    if (b > 0 && a > INT64_MAX - b)
        return INT64_MAX;
    return b < 0 && a < INT64_MIN - b ? INT64_MIN : a + b;
}

static Status list_blocks(Gathering *g, int64_t from, int64_t to)
{
    const size_t count = snapshot_block_count(g->snap);

    g->blocks = mem_calloc(count + 1, sizeof *g->blocks);
    if (!g->blocks)
        return ST_NOMEM;
    for (size_t block = 0; block < count; block++) {
        const BlockInfo info = snapshot_block(g->snap, block);

        if (info.max_time_ns >= from && info.min_time_ns <= to && (!g->scores_only || info.scores))
            g->blocks[g->len++].block = block;
    }
    return ST_OK;
}

static Status append(const Found *f, RowRefs *out, int64_t *starts)
{
    for (size_t i = 0; i < f->refs.len; i++) {
        const RowRef ref = f->refs.items[i];
        const Status st = VEC_PUSH(out, ref, GATHER_MAX_ROWS);

        if (st)
            return st;
        if (starts && f->starts.items[i] < starts[ref.trace])
            starts[ref.trace] = f->starts.items[i];
    }
    return ST_OK;
}

static Status gather_all(Gathering *g, int64_t from, int64_t to, QueryEngine *engine, RowRefs *out,
                         int64_t *starts)
{
    Status st = index_ids(&g->wanted, g->ids);

    if (!st)
        st = list_blocks(g, from, to);
    if (!st)
        st = engine_each(engine, g->len, look_at, g);
    for (size_t i = 0; i < g->len; i++) {
        if (!st)
            st = append(&g->blocks[i], out, starts);
        VEC_FREE(&g->blocks[i].refs);
        VEC_FREE(&g->blocks[i].starts);
    }
    mem_free(g->blocks);
    trace_table_deinit(&g->wanted);
    return st;
}

Status gather_rows_near(const Snapshot *snap, const IdList *ids, int64_t first_ns, int64_t last_ns,
                        QueryEngine *engine, const Cancel *cancel, RowRefs *out, int64_t *starts)
{
    Gathering g = {.snap = snap, .ids = ids, .cancel = cancel, .with_starts = starts != NULL};

    for (size_t i = 0; starts && i < ids->len; i++)
        starts[i] = INT64_MAX;
    return gather_all(&g, saturating_add(first_ns, -GATHER_REACH_NS),
                      saturating_add(last_ns, GATHER_REACH_NS), engine, out, starts);
}

Status gather_rows(const Snapshot *snap, const IdList *ids, QueryEngine *engine,
                   const Cancel *cancel, RowRefs *out, int64_t *starts)
{
    return gather_rows_near(snap, ids, INT64_MIN, INT64_MAX, engine, cancel, out, starts);
}

Status gather_scores(const Snapshot *snap, const IdList *ids, RowRefs *out)
{
    Gathering g = {.snap = snap, .ids = ids, .scores_only = true};

    return gather_all(&g, INT64_MIN, INT64_MAX, NULL, out, NULL);
}
