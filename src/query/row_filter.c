/* SPDX-License-Identifier: Apache-2.0 */
/* Window and query as a byte a row; what is not needed is not read. */
#include "query/row_filter.h"

#include "query/score_rows.h"

#include <string.h>

bool block_inside(const Matcher *m, size_t block)
{
    const BlockInfo info = snapshot_block(m->snap, block);
    const QueryWindow *w = m->window;

    return info.min_time_ns >= w->from_ns && (info.max_time_ns < w->to_ns || w->to_ns == INT64_MAX);
}

bool block_overlaps(const Matcher *m, size_t block)
{
    const BlockInfo info = snapshot_block(m->snap, block);
    const QueryWindow *w = m->window;

    return info.rows && info.max_time_ns >= w->from_ns &&
           (info.min_time_ns < w->to_ns || w->to_ns == INT64_MAX);
}

static Status keep_window(const Matcher *m, const BlockView *view, uint8_t *keep)
{
    const QueryWindow *w = m->window;
    const int64_t last = w->to_ns == INT64_MAX ? INT64_MAX : w->to_ns - 1;
    Vector start;
    const Status st = view_read(view, STR("start"), &start);

    for (size_t row = 0; row < view->rows && !st; row++)
        keep[row] &= (start.as.i[row] >= w->from_ns) & (start.as.i[row] <= last);
    return st;
}

static Status keep_matching(const Matcher *m, const BlockView *view, uint8_t *keep)
{
    const Program *formula = &m->query->formula;
    uint64_t *masks = NULL;
    uint64_t known = 0;
    bool any;
    bool holds = program_eval_mask(formula, 0);
    const Status st = matcher_masks(m, view, &masks, &any);

    for (size_t row = 0; row < view->rows && !st; row++) {
        if (masks[row] != known) {
            known = masks[row];
            holds = program_eval_mask(formula, known);
        }
        keep[row] &= holds;
    }
    return st;
}

/* Without scores.  A query of one atom needs no masks. */
static Status keep_query(const Matcher *m, const BlockView *view, uint8_t **keep)
{
    const Program *formula = &m->query->formula;
    Status st = ST_OK;

    if (m->failed)
        return m->failed;
    if (formula->len == 1)
        return matcher_eval(m, view, &m->query->atoms[formula->ops[0].index], keep);
    *keep = arena_alloc(view->arena, view->rows + 1);
    if (!*keep)
        return ST_NOMEM;
    memset(*keep, 1, view->rows);
    if (formula->len)
        st = keep_matching(m, view, *keep);
    return st ? st : score_rows_clear(view, *keep);
}

Status row_filter(const Matcher *m, const Doubles *doubles, const BlockView *view, uint8_t **keep)
{
    const bool filtered = m->query->formula.len != 0;
    const bool inside = block_inside(m, view->block);
    const bool doubled = doubles_has(doubles, view->block);
    Status st;

    *keep = NULL;
    if (!filtered && inside && !doubled && !block_has_scores(view))
        return ST_OK;
    st = keep_query(m, view, keep);
    if (!st && doubled)
        doubles_drop(doubles, view->block, *keep);
    if (!st && !inside && memchr(*keep, 1, view->rows))
        st = keep_window(m, view, *keep);
    return st;
}
