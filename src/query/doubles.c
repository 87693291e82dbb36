/* SPDX-License-Identifier: Apache-2.0 */
/* Two searches by hash: among the segments, and of the memtable against all.
 *
 *   block -> the time it shares with others (shared_time.h) -> rows that start in it
 *         -> hash of both ids -> seen before? the one with the lower seq is a double
 *
 * What was found among segments is kept.  When a flush has added segments, only what they
 * share with others is searched; a compaction, which takes some away, starts anew.
 *
 * 64 bits of hash stand for the ids: among ten million spans two different ones meet
 * with a chance of one in a hundred thousand.  Memory is bounded by MAX_SUSPECTS. */
#include "query/doubles.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/vec.h"
#include "query/score_rows.h"
#include "query/shared_time.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_SUSPECTS = 4 << 20,
    MAX_BLOCKS = 1 << 24,
    MAX_ADDED = 8, /* segments, since what is kept was searched */
    ID_BYTES = 24,
    BLOCK_MEMORY = 256 << 20
};

typedef struct Suspect {
    uint64_t hash;
    int64_t seq;
    DoubleRow at;
} Suspect;

typedef VEC_OF(DoubleRow) DoubleRows;

typedef struct Search {
    const Snapshot *snap;
    const Cancel *cancel;
    bool segments_only; /* else the memtable against all */
    bool scores_only;
    uint64_t known_below; /* segments with lower ids were compared before */
    VEC_OF(Suspect) suspects;
    uint32_t *slots; /* index + 1 of the newest with a hash */
    size_t mask;
    DoubleRows found;
    bool overflow;
} Search;

/* ------------------------------------------------------------------- rows */

static Status grow_slots(Search *s)
{
    const size_t cap = s->slots ? 2 * (s->mask + 1) : 1024;
    uint32_t *slots = mem_calloc(cap, sizeof *slots);

    if (!slots)
        return ST_NOMEM;
    mem_free(s->slots);
    s->slots = slots;
    s->mask = cap - 1;
    for (size_t i = 0; i < s->suspects.len; i++) {
        size_t at = (size_t)s->suspects.items[i].hash & s->mask;

        while (slots[at])
            at = (at + 1) & s->mask;
        slots[at] = (uint32_t)(i + 1);
    }
    return ST_OK;
}

static Status add_suspect(Search *s, const Suspect *x)
{
    Status st = ST_OK;
    size_t at;

    if (!s->slots || s->suspects.len * 2 > s->mask)
        st = grow_slots(s);
    if (st)
        return st;
    at = (size_t)x->hash & s->mask;
    for (; s->slots[at]; at = (at + 1) & s->mask) {
        Suspect *known = &s->suspects.items[s->slots[at] - 1];

        if (known->hash != x->hash)
            continue;
        st = VEC_PUSH(&s->found, known->seq < x->seq ? known->at : x->at, MAX_SUSPECTS);
        if (known->seq < x->seq)
            *known = *x;
        return st;
    }
    st = VEC_PUSH(&s->suspects, *x, MAX_SUSPECTS);
    if (!st)
        s->slots[at] = (uint32_t)s->suspects.len;
    return st;
}

static Status read_rows(Search *s, const BlockView *view, const TimeBlock *time)
{
    Vector start;
    Vector trace_id;
    Vector span_id;
    Vector seq;
    uint8_t *scores = NULL;
    Status st = view_read(view, STR("start"), &start);

    if (!st)
        st = view_read(view, STR("trace_id"), &trace_id);
    if (!st)
        st = view_read(view, STR("span_id"), &span_id);
    if (!st)
        st = view_read(view, STR("seq"), &seq);
    if (!st && s->scores_only)
        st = score_rows(view, &scores);
    for (size_t row = 0; row < view->rows && !st; row++) {
        char ids[ID_BYTES];
        Suspect x;

        if (start.as.i[row] < time->from || start.as.i[row] > time->to)
            continue;
        if (scores && !scores[row])
            continue;
        memcpy(ids, vector_str(&trace_id, row).ptr, TRACE_ID_BYTES);
        memcpy(ids + TRACE_ID_BYTES, vector_str(&span_id, row).ptr, SPAN_ID_BYTES);
        x = (Suspect){hash_bytes((Str){ids, ID_BYTES}),
                      seq.as.i[row],
                      {(uint32_t)view->block, (uint32_t)row}};
        st = add_suspect(s, &x);
    }
    return st;
}

static Status look_at(Search *s, const TimeBlock *b)
{
    Arena arena;
    const BlockView view = {s->snap, b->block, b->info.rows, &arena};
    Status st;

    if (b->from > b->to)
        return ST_OK;
    st = cancel_check(s->cancel);
    if (st)
        return st;
    arena_init(&arena, BLOCK_MEMORY);
    st = read_rows(s, &view, b);
    arena_deinit(&arena);
    return st;
}

static Status list_blocks(const Search *s, TimeBlocks *out)
{
    Status st = ST_OK;

    for (size_t b = 0; b < snapshot_block_count(s->snap) && !st; b++) {
        const BlockInfo info = snapshot_block(s->snap, b);
        const bool fresh = s->segments_only ? info.source >= s->known_below : !info.source;

        if (!info.rows || (s->segments_only && !info.source) || (s->scores_only && !info.scores))
            continue;
        st = VEC_PUSH(out, ((TimeBlock){.info = info, .block = (uint32_t)b, .is_new = fresh}),
                      MAX_BLOCKS);
    }
    return st;
}

static int by_block_row(const void *a, const void *b)
{
    const DoubleRow *x = a;
    const DoubleRow *y = b;

    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static void drop_repeated(DoubleRows *rows)
{
    size_t kept = 0;

    if (rows->len)
        qsort(rows->items, rows->len, sizeof *rows->items, by_block_row);
    for (size_t i = 0; i < rows->len; i++)
        if (!kept || by_block_row(&rows->items[kept - 1], &rows->items[i]) != 0)
            rows->items[kept++] = rows->items[i];
    rows->len = kept;
}

/* More suspects than fit: what was found so far stays. */
static Status search(Search *s)
{
    TimeBlocks blocks = {0};
    Status st = list_blocks(s, &blocks);

    if (!st)
        st = shared_times(s->snap, s->cancel, &blocks);
    for (size_t i = 0; i < blocks.len && !st; i++)
        st = look_at(s, &blocks.items[i]);
    drop_repeated(&s->found);
    s->overflow = s->overflow || st == ST_LIMIT;
    VEC_FREE(&blocks);
    VEC_FREE(&s->suspects);
    mem_free(s->slots);
    s->slots = NULL;
    return st == ST_LIMIT ? ST_OK : st;
}

/* --------------------------------------------------- among segments, kept */

/* Blocks by their keys, since their numbers differ from snapshot to snapshot. */
typedef struct KeptRow {
    uint64_t cache_key;
    uint32_t row;
} KeptRow;

typedef struct Kept {
    size_t len;
    bool overflow;
    KeptRow rows[];
} Kept;

/* Of the segments with ids below that one, the highest of which is told; 0: there are
 * no two. */
static uint64_t segments_key(const Snapshot *snap, uint64_t below, uint64_t *highest)
{
    uint64_t key = 0;
    uint64_t lowest = UINT64_MAX;

    *highest = 0;
    for (size_t b = 0; b < snapshot_block_count(snap); b++) {
        const BlockInfo info = snapshot_block(snap, b);

        if (!info.source || info.source >= below)
            continue;
        lowest = info.source < lowest ? info.source : lowest;
        *highest = info.source > *highest ? info.source : *highest;
        key += hash_bytes((Str){(const char *)&info.cache_key, sizeof info.cache_key});
    }
    return lowest < *highest ? key | 1 : 0;
}

static Kept *keep(const Search *s)
{
    Kept *k = mem_calloc(1, sizeof *k + s->found.len * sizeof *k->rows);

    if (!k)
        return NULL;
    k->len = s->found.len;
    k->overflow = s->overflow;
    for (size_t i = 0; i < k->len; i++)
        k->rows[i] = (KeptRow){snapshot_block(s->snap, s->found.items[i].block).cache_key,
                               s->found.items[i].row};
    return k;
}

/* The block of that key, or how many there are. */
static size_t block_of(const Snapshot *snap, uint64_t cache_key)
{
    size_t b = 0;

    while (b < snapshot_block_count(snap) && snapshot_block(snap, b).cache_key != cache_key)
        b++;
    return b;
}

/* Rows of a block are kept together. */
static Status restore(Search *s, const Kept *k)
{
    size_t block = 0;
    Status st = ST_OK;

    s->overflow = k->overflow;
    for (size_t i = 0; i < k->len && !st; i++) {
        if (i == 0 || k->rows[i].cache_key != k->rows[i - 1].cache_key)
            block = block_of(s->snap, k->rows[i].cache_key);
        st = VEC_PUSH(&s->found, ((DoubleRow){(uint32_t)block, k->rows[i].row}), MAX_SUSPECTS);
    }
    return st;
}

static PartKey kept_key(const Search *s, uint64_t segments)
{
    return part_key(segments, s->scores_only ? STR("doubles of scores") : STR("doubles"));
}

/* Take up what was found among all segments, or all but the last few: those from
 * known_below on are left to search.  None are when that is above all of them. */
static Status recall(Search *s, QueryEngine *engine)
{
    uint64_t below = UINT64_MAX;
    uint64_t highest;

    for (int added = 0; added <= MAX_ADDED; added++) {
        const uint64_t segments = segments_key(s->snap, below, &highest);
        const PartKey key = kept_key(s, segments);
        Kept *known = segments ? engine_take(engine, &key) : NULL;

        if (known) {
            const Status st = restore(s, known);

            engine_give(engine, &key, known);
            s->known_below = below;
            return st;
        }
        if (!segments)
            break;
        below = highest;
    }
    return ST_OK;
}

static Status among_segments(Search *s, QueryEngine *engine)
{
    uint64_t highest;
    const uint64_t segments = segments_key(s->snap, UINT64_MAX, &highest);
    const PartKey key = kept_key(s, segments);
    Kept *known;
    Status st;

    if (!segments)
        return ST_OK;
    st = recall(s, engine);
    if (st || s->known_below == UINT64_MAX)
        return st;
    st = search(s);
    known = st ? NULL : keep(s);
    if (known &&
        engine_put(engine, &key, known, sizeof *known + known->len * sizeof *known->rows, mem_free))
        engine_give(engine, &key, known);
    else
        mem_free(known);
    return st;
}

/* ------------------------------------------------------------------- both */

static Status gather(const Search *one, const Search *two, Arena *arena, Doubles *out)
{
    const size_t len = one->found.len + two->found.len;

    *out = (Doubles){.items = arena_alloc(arena, (len + 1) * sizeof *out->items),
                     .len = len,
                     .incomplete = one->overflow || two->overflow};
    if (!out->items)
        return ST_NOMEM;
    if (one->found.len)
        memcpy(out->items, one->found.items, one->found.len * sizeof *out->items);
    if (two->found.len)
        memcpy(out->items + one->found.len, two->found.items, two->found.len * sizeof *out->items);
    if (len)
        qsort(out->items, len, sizeof *out->items, by_block_row);
    return ST_OK;
}

static bool has_memtable(const Snapshot *snap)
{
    for (size_t b = 0; b < snapshot_block_count(snap); b++)
        if (!snapshot_block(snap, b).source)
            return true;
    return false;
}

static Status find(const Search *wish, QueryEngine *engine, Arena *arena, Doubles *out)
{
    const Snapshot *snap = wish->snap;
    Search segments = *wish;
    Search memtable = *wish;
    Status st;

    segments.segments_only = true;
    st = among_segments(&segments, engine);
    if (!st && has_memtable(snap))
        st = search(&memtable);
    if (!st)
        st = gather(&segments, &memtable, arena, out);
    VEC_FREE(&segments.found);
    VEC_FREE(&memtable.found);
    return st;
}

Status doubles_find(const Snapshot *snap, QueryEngine *engine, const Cancel *cancel, Arena *arena,
                    Doubles *out)
{
    return find(&(Search){.snap = snap, .cancel = cancel}, engine, arena, out);
}

static bool has_scores(const Snapshot *snap)
{
    for (size_t b = 0; b < snapshot_block_count(snap); b++)
        if (snapshot_block(snap, b).scores)
            return true;
    return false;
}

Status doubles_of_scores(const Snapshot *snap, QueryEngine *engine, const Cancel *cancel,
                         Arena *arena, Doubles *out)
{
    *out = (Doubles){0};
    if (!has_scores(snap))
        return ST_OK;
    return find(&(Search){.snap = snap, .cancel = cancel, .scores_only = true}, engine, arena, out);
}

/* The first of the block's, or `len`. */
static size_t first_of(const Doubles *d, size_t block)
{
    size_t low = 0;
    size_t high = d->len;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (d->items[middle].block < block)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool doubles_has(const Doubles *d, size_t block)
{
    const size_t at = first_of(d, block);

    return at < d->len && d->items[at].block == block;
}

void doubles_drop(const Doubles *d, size_t block, uint8_t *keep)
{
    for (size_t i = first_of(d, block); i < d->len && d->items[i].block == block; i++)
        keep[d->items[i].row] = 0;
}
