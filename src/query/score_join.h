/* SPDX-License-Identifier: Apache-2.0 */
/* In a group of one span, fields of one score are asked of one score together.
 *
 *   span(score.a<0.5 passed.a:false judge:b:v2)    the span has a score a that is all of this
 *   span(score.a<0.5 score.c>0.5)                  two scores: one row has one name
 *   span(judge:a judge:b)                          two scores, too: no name binds them
 *   span(score.a<0.5 -passed.a:true)               a low score, and no score that passed
 *   span(-(score.a<0.5 passed.a:true))             no score that is both
 *
 * What is joined stands in one chain of `and`s, however it is parenthesised; an operand of `or`
 * or `not` begins a chain of its own.  A term's relation gets the others' terms: the first of
 * its program stays its own, by which it is printed. */
#ifndef VIREO_QUERY_SCORE_JOIN_H
#define VIREO_QUERY_SCORE_JOIN_H

#include "query/ast.h"

/* `ops`: of the whole group, whose terms and relations these are.  O(terms squared). */
MUST_CHECK Status score_join(const Program *group, const Term *terms, Program *relations,
                             Arena *arena);

#endif
