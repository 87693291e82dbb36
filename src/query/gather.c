/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the blocks, side by side, for all traces asked for: a small hash table of
 * the wanted ids, one probe for each run of equal ids. */
#include "query/gather.h"

#include "query/score_rows.h"

#include <string.h>

/* Asking the filter for more ids than this costs more than it saves. */
enum { MAX_FILTER_QUESTIONS = 256, SIEVE_BITS = 1 << 13 };

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
    uint64_t sieve[SIEVE_BITS / 64]; /* one bit for each of `wanted`: most ids stop there */
    bool with_starts;
    bool scores_only;
    Found *blocks; /* those in reach */
    size_t len;
    atomic_size_t rows; /* found so far, by all threads */
} Gathering;

/* Ids are random, but somebody might choose them all alike at one end. */
static size_t sieve_bit(const char *id)
{
    uint64_t halves[2];

    memcpy(halves, id, sizeof halves);
    return (size_t)((halves[0] ^ halves[1]) * UINT64_C(0x9E3779B97F4A7C15) >> 51);
}

static const TraceState *find_wanted(const Gathering *g, const char *id)
{
    const size_t bit = sieve_bit(id);

    return g->sieve[bit / 64] >> bit % 64 & 1 ? trace_table_find(&g->wanted, (const uint8_t *)id)
                                              : NULL;
}

/* The table's states are in the order of the ids: position is index. */
static Status index_ids(Gathering *g)
{
    TraceState *state;

    for (size_t i = 0; i < g->ids->len; i++) {
        const uint8_t *id = g->ids->items[i].bytes;
        const size_t bit = sieve_bit((const char *)id);
        const Status st = trace_table_add(&g->wanted, id, &state);

        if (st)
            return st;
        g->sieve[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    return g->wanted.len == g->ids->len ? ST_OK : ST_INVALID; /* doubled ids: our bug */
}

/* A block that is looked at. */
typedef struct Probe {
    const Gathering *g;
    Found *found;
    const uint8_t *scores; /* rows that are scores; NULL: none, or nobody asks */
} Probe;

/* Ids of neighbouring rows are mostly equal: they share one question to the table. */
static Status probe_rows(void *context, size_t first, const Vector *ids)
{
    const Probe *p = context;
    const TraceState *state = NULL;
    const char *last = NULL;
    Status st = ST_OK;

    for (size_t i = 0; i < ids->len && !st; i++) {
        const char *id = vector_str(ids, i).ptr;
        const size_t row = first + i;

        if (!last || memcmp(last, id, TRACE_ID_BYTES) != 0)
            state = find_wanted(p->g, id);
        last = id;
        if (state && (!p->g->scores_only || (p->scores && p->scores[row])))
            st = VEC_PUSH(&p->found->refs,
                          ((RowRef){(uint32_t)(state - p->g->wanted.items),
                                    (uint32_t)p->found->block, (uint32_t)row}),
                          GATHER_MAX_ROWS);
    }
    return st;
}

/* Starts of the rows that were found. */
static Status add_starts(const Probe *p, const BlockView *view)
{
    Found *f = p->found;
    size_t *rows = arena_alloc(view->arena, (f->refs.len + 1) * sizeof *rows);
    Vector starts;
    Status st = rows ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < f->refs.len && !st; i++)
        rows[i] = f->refs.items[i].row;
    if (!st)
        st = snapshot_pick(view->snap, view->block, STR("start"), rows, f->refs.len, view->arena,
                           &starts);
    for (size_t i = 0; i < f->refs.len && !st; i++)
        st = VEC_PUSH(&f->starts, p->scores && p->scores[rows[i]] ? INT64_MAX : starts.as.i[i],
                      GATHER_MAX_ROWS);
    return st;
}

static Status collect(const Gathering *g, const BlockView *view, Found *f)
{
    uint8_t *scores = NULL;
    Probe p = {.g = g, .found = f};
    Status st = g->scores_only || g->with_starts ? score_rows(view, &scores) : ST_OK;

    p.scores = scores;
    if (!st)
        st = snapshot_scan_ids(view->snap, view->block, view->arena, probe_rows, &p);
    return st || !g->with_starts || !f->refs.len ? st : add_starts(&p, view);
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
    Status st = index_ids(g);

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
