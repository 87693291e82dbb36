/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation of one term over the rows of one block. */
#ifndef VIREO_QUERY_TERM_EVAL_H
#define VIREO_QUERY_TERM_EVAL_H

#include "query/ast.h"

/* A block being looked at; `arena` lives as long as the look. */
typedef struct BlockView {
    const Snapshot *snap;
    size_t block;
    size_t rows;
    Arena *arena;
} BlockView;

/* ST_TIMEOUT: a regular expression gave up, see query_gave_up().
 *
 * Set bits[row] = 1 for each row whose span satisfies `t`; the others stay.
 * `bits` has view->rows bytes. */
MUST_CHECK Status term_eval(const BlockView *view, const Term *t, uint8_t *bits);

/* The same for one column that was read; rows whose bit is set already are not looked at. */
MUST_CHECK Status term_mark_vector(const BlockView *view, const Term *t, const Vector *v,
                                   uint8_t *bits);
/* The same for a column of texts that one of the term's values is to be somewhere in: pages
 * that cannot have it are not read. */
MUST_CHECK Status term_mark_contains(const BlockView *view, const Term *t, Str column,
                                     uint8_t *bits);

/* The whole column of the block. */
MUST_CHECK Status view_read(const BlockView *view, Str column, Vector *out);

#endif
