/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that are scores (model/score.h) stand among the spans that they judge.
 *
 * To questions about spans they are not there.  Blocks know how many they have, so that a block
 * without any costs nothing here; in the others the column of types is read. */
#ifndef VIREO_QUERY_SCORE_ROWS_H
#define VIREO_QUERY_SCORE_ROWS_H

#include "query/term_eval.h"

/* Has the block any? */
bool block_has_scores(const BlockView *view);
/* (*out)[row] is 1 for the rows that are scores, in the view's arena; NULL: there are none. */
MUST_CHECK Status score_rows(const BlockView *view, uint8_t **out);
/* bits[row] = 0 for the rows that are scores. */
MUST_CHECK Status score_rows_clear(const BlockView *view, uint8_t *bits);
/* Make them null in a column of the whole block that was read. */
MUST_CHECK Status score_rows_hide(const BlockView *view, Vector *v);

#endif
