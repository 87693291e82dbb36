/* SPDX-License-Identifier: Apache-2.0 */
/* child( ), parent( ) and scores: semi-joins between the spans of a trace.
 *
 * Before a question looks at any block, each relation becomes a set: of the
 * parents of all spans that satisfy what stands in child( ), or of the spans
 * that satisfy what stands in parent( ).  A span then has the relation if
 * it (its parent) is in the set.  Inner relations come first, so each costs one
 * more pass over the blocks in reach and nothing recurses.
 *
 * Of scores the set is of the spans that those judge which satisfy the term; one that judges the
 * whole trace stands for its roots.  Only blocks that have scores are passed.
 *
 * Memory: 32 bytes a span in a set at most, RELATION_MAX_SPANS of them (ST_LIMIT).
 * A set holds 128 bits of hash for (trace, span); it is immutable when made. */
#ifndef VIREO_QUERY_RELATION_H
#define VIREO_QUERY_RELATION_H

#include "query/match.h"

enum { RELATION_MAX_SPANS = 4 << 20 };

/* Make the sets of m->query.  ST_OK at once when it has no relations. */
MUST_CHECK Status relations_make(Matcher *m);
void relations_free(RelationSet *sets, size_t count);

/* bits[row] = 1 for the rows that have the relation of `t`. */
MUST_CHECK Status relation_mark(const RelationSet *sets, const BlockView *view, const Term *t,
                                uint8_t *bits);

/* Sets by themselves, for who makes them one by one. */
RelationSet *relation_sets_new(size_t count); /* NULL without memory; relations_free() */
RelationSet *relation_set(RelationSet *sets, size_t at);
/* The spans that satisfy an atom; (trace, none) stands for roots among them. */
MUST_CHECK Status relation_of_atom(const Matcher *m, const Program *atom, RelationSet *set);
/* bits[row] = 1 where what the row judges, its parent or else its trace, is in the set. */
MUST_CHECK Status relation_mark_judged(const RelationSet *set, const BlockView *view,
                                       uint8_t *bits);

#endif
