/* SPDX-License-Identifier: Apache-2.0 */
/* See score_walk.h. */
#include "query/score_walk.h"

#include "query/score_rows.h"

static bool in_window(const QueryWindow *w, int64_t start)
{
    return start >= w->from_ns && (start < w->to_ns || w->to_ns == INT64_MAX);
}

static Status keep_window(const ScoreWalk *w, const BlockView *view, uint8_t *keep)
{
    const BlockInfo info = snapshot_block(w->snap, view->block);
    Vector start;
    Status st;

    if (in_window(w->window, info.min_time_ns) && in_window(w->window, info.max_time_ns))
        return ST_OK;
    st = view_read(view, STR("start"), &start);
    for (size_t row = 0; row < view->rows && !st; row++)
        keep[row] &= in_window(w->window, start.as.i[row]);
    return st;
}

static Status look(const ScoreWalk *w, const BlockView *view, ScoreVisit *visit, void *context)
{
    uint8_t *keep;
    Status st = score_rows(view, &keep);

    if (st || !keep)
        return st;
    doubles_drop(w->replaced, view->block, keep);
    st = keep_window(w, view, keep);
    return st ? st : visit(context, view, keep);
}

Status score_walk(const ScoreWalk *w, ScoreVisit *visit, void *context)
{
    Status st = ST_OK;

    for (size_t block = 0; block < snapshot_block_count(w->snap) && !st; block++) {
        const BlockInfo info = snapshot_block(w->snap, block);
        Arena arena;
        const BlockView view = {w->snap, block, info.rows, &arena};

        if (!info.scores || info.max_time_ns < w->window->from_ns ||
            (info.min_time_ns >= w->window->to_ns && w->window->to_ns != INT64_MAX))
            continue;
        st = cancel_check(w->window->cancel);
        if (st)
            return st;
        arena_init(&arena, BLOCK_ARENA_LIMIT);
        st = look(w, &view, visit, context);
        arena_deinit(&arena);
    }
    return st;
}
