/* SPDX-License-Identifier: Apache-2.0 */
/* See score_walk.h. */
#include "query/score_walk.h"

#include "model/score.h"
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

/* ------------------------------------------------------------ what they say */

Status score_codes_read(const BlockView *view, ScoreCodes *out)
{
    const Field judge = {
        .kind = FIELD_ATTRIBUTE, .attribute = {STR("attr." SCORE_JUDGE)}, .score = SCORE_OF_JUDGE};
    const Field name = {.kind = FIELD_TEXT, .column = STR("name")};
    Status st = key_codes_read(view, &judge, NULL, &out->judge);

    if (!st)
        st = key_codes_read(view, &name, NULL, &out->name);
    if (st)
        return st;
    out->values = arena_calloc(view->arena, out->name.len + 1, sizeof *out->values);
    return out->values ? ST_OK : ST_NOMEM;
}

static Status read_column(const BlockView *view, const char *prefix, Str name, ScoreField score,
                          KeyCodes *out)
{
    Field field = {.kind = FIELD_ATTRIBUTE, .score = score};
    const Status st =
        arena_printf(view->arena, &field.attribute[0], "attr.%s%.*s", prefix, STR_ARG(name));

    return st ? st : key_codes_read(view, &field, NULL, out);
}

Status score_codes_at(const BlockView *view, const ScoreCodes *c, size_t row, Value *value,
                      Value *passed)
{
    const uint32_t code = c->name.codes[row];
    const Str name = c->name.values[code].as.s;
    ScoreValues *of = &c->values[code];
    Status st = ST_OK;

    if (!of->read) {
        st = read_column(view, SCORE_VALUE_PREFIX, name, SCORE_OF_NAME, &of->value);
        if (!st)
            st = read_column(view, SCORE_PASSED_PREFIX, name, SCORE_PASS_OF_NAME, &of->passed);
        of->read = !st;
    }
    if (st)
        return st;
    *value = of->value.values[of->value.codes[row]];
    *passed = of->passed.values[of->passed.codes[row]];
    return ST_OK;
}
