/* SPDX-License-Identifier: Apache-2.0 */
/* Each pair of blocks once, by their first and last times alone.
 *
 * One late row stretches a block over days, and then all blocks of these days would be
 * read for it.  So of blocks that meet many others the starts are read, and a bit is set
 * for each part of their time that has any: others that lie in its gaps share nothing. */
#include "query/shared_time.h"

#include "query/term_eval.h"

enum {
    MAX_PAIRS = 1 << 24, /* with more, whole blocks are shared: 20 ms */
    MANY_OTHERS = 8,
    SCRATCH = 16 << 20
};

static bool compares(const TimeBlock *a, const TimeBlock *b)
{
    return a->info.max_time_ns >= b->info.min_time_ns &&
           b->info.max_time_ns >= a->info.min_time_ns &&
           !(a->info.source && a->info.source == b->info.source);
}

static size_t part_of(const TimeBlock *b, int64_t time)
{
    const uint64_t from = (uint64_t)b->info.min_time_ns;

    return (size_t)(((uint64_t)time - from) /
                    (((uint64_t)b->info.max_time_ns - from) / SHARED_PARTS + 1));
}

/* May a row of it start then?  Both times are in the block's. */
static bool may_start(const TimeBlock *b, int64_t from, int64_t to)
{
    const size_t last = part_of(b, to);

    if (!b->looked_at)
        return true;
    for (size_t part = part_of(b, from); part <= last; part++)
        if (b->starts[part / 64] >> part % 64 & 1)
            return true;
    return false;
}

static void widen(TimeBlock *b, int64_t from, int64_t to)
{
    b->from = from < b->from ? from : b->from;
    b->to = to > b->to ? to : b->to;
}

static void share(TimeBlock *a, TimeBlock *b)
{
    const int64_t from =
        a->info.min_time_ns > b->info.min_time_ns ? a->info.min_time_ns : b->info.min_time_ns;
    const int64_t to =
        a->info.max_time_ns < b->info.max_time_ns ? a->info.max_time_ns : b->info.max_time_ns;

    if (!may_start(a, from, to) || !may_start(b, from, to))
        return;
    widen(a, from, to);
    widen(b, from, to);
}

static void count(TimeBlock *a, TimeBlock *b)
{
    a->others++;
    b->others++;
}

static void each_pair(TimeBlocks *blocks, void (*visit)(TimeBlock *a, TimeBlock *b))
{
    for (size_t i = 0; i < blocks->len; i++) {
        TimeBlock *a = &blocks->items[i];

        for (size_t k = 0; k < blocks->len && a->is_new; k++) {
            TimeBlock *b = &blocks->items[k];

            if ((!b->is_new || k > i) && compares(a, b))
                visit(a, b);
        }
    }
}

static Status look_at(const Snapshot *snap, TimeBlock *b)
{
    Arena arena;
    const BlockView view = {snap, b->block, b->info.rows, &arena};
    Vector start;
    Status st;

    arena_init(&arena, SCRATCH);
    st = view_read(&view, STR("start"), &start);
    for (size_t row = 0; row < view.rows && !st; row++) {
        const size_t part = part_of(b, start.as.i[row]);

        if (part < SHARED_PARTS)
            b->starts[part / 64] |= UINT64_C(1) << part % 64;
    }
    b->looked_at = !st;
    arena_deinit(&arena);
    return st;
}

static uint64_t pairs_of(const TimeBlocks *blocks)
{
    uint64_t fresh = 0;

    for (size_t i = 0; i < blocks->len; i++)
        fresh += blocks->items[i].is_new;
    return fresh * blocks->len;
}

Status shared_times(const Snapshot *snap, const Cancel *cancel, TimeBlocks *blocks)
{
    const bool all = pairs_of(blocks) > MAX_PAIRS;

    for (size_t i = 0; i < blocks->len; i++) {
        TimeBlock *b = &blocks->items[i];

        b->from = INT64_MAX;
        b->to = INT64_MIN;
        if (all || (b->is_new && !b->info.source))
            widen(b, b->info.min_time_ns, b->info.max_time_ns);
    }
    if (all)
        return ST_OK;
    each_pair(blocks, count);
    for (size_t i = 0; i < blocks->len; i++) {
        Status st = ST_OK;

        st = cancel_check(cancel);
        if (st)
            return st;
        if (blocks->items[i].others > MANY_OTHERS)
            st = look_at(snap, &blocks->items[i]);
        if (st)
            return st;
    }
    each_pair(blocks, share);
    return ST_OK;
}
