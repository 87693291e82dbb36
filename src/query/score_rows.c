/* SPDX-License-Identifier: Apache-2.0 */
/* One look at the column of types. */
#include "query/score_rows.h"

#include "model/span.h"

#include <string.h>

bool block_has_scores(const BlockView *view)
{
    return snapshot_block(view->snap, view->block).scores != 0;
}

Status score_rows(const BlockView *view, uint8_t **out)
{
    Term is_score = {.kind = TERM_EQUAL, .field = {.kind = FIELD_TEXT}};
    TermValue value = {.text = STR(VIREO_TYPE_SCORE), .quoted = true};
    Vector type;
    Status st;

    *out = NULL;
    if (!block_has_scores(view))
        return ST_OK;
    is_score.values = &value;
    is_score.value_count = 1;
    *out = arena_calloc(view->arena, view->rows + 1, 1);
    if (!*out)
        return ST_NOMEM;
    st = view_read(view, STR("type"), &type);
    return st ? st : term_mark_vector(view, &is_score, &type, *out);
}

Status score_rows_clear(const BlockView *view, uint8_t *bits)
{
    uint8_t *scores;
    const Status st = score_rows(view, &scores);

    for (size_t row = 0; !st && scores && row < view->rows; row++)
        bits[row] &= scores[row] ^ 1;
    return st;
}

Status score_rows_hide(const BlockView *view, Vector *v)
{
    uint8_t *valid;
    uint8_t *scores;
    Status st = score_rows(view, &scores);

    if (st || !scores)
        return st;
    valid = arena_alloc(view->arena, view->rows + 1);
    if (!valid)
        return ST_NOMEM;
    for (size_t row = 0; row < view->rows; row++)
        valid[row] = !vector_is_null(v, row) && !scores[row];
    v->valid = valid;
    return ST_OK;
}
