/* SPDX-License-Identifier: Apache-2.0 */
/* Matching: which traces does a query mean?
 *
 * Block by block, every atom of the query becomes a row of bits over the
 * block's spans; the bits of a trace's spans, from whichever block, are or-ed
 * into the mask of its TraceState, and the formula over that mask decides. */
#ifndef VIREO_QUERY_MATCH_H
#define VIREO_QUERY_MATCH_H

#include "query/doubles.h"
#include "query/term_eval.h"
#include "query/trace_table.h"

/* Spans of one trace are looked for up to an hour before and behind the window;
 * without such a bound, a question about an old day would read all that came since. */
#define MATCH_REACH_NS (INT64_C(3600) * 1000000000)

/* Memory of one block's look. */
enum { BLOCK_ARENA_LIMIT = 1 << 30 };

enum { MATCH_BATCH = 16 };

typedef struct RelationSet RelationSet;

typedef enum MatchMode {
    MATCH_SOME,  /* traces in which no atom holds are not kept when they cannot match; of none is
                    the status known */
    MATCH_EVERY, /* every trace is kept, for callers that count what does not match */
    MATCH_SPANS  /* atoms are asked of each span by itself */
} MatchMode;

typedef struct Matcher {
    const Snapshot *snap;
    const Query *query;
    const QueryWindow *window;
    QueryEngine *engine; /* may be NULL */
    MatchMode mode;
    bool keep_all; /* every trace is kept */
    TraceTable table;
    RelationSet *relations; /* of the query's child( ), parent( ) and scores, see relation.h */
    Arena arena;            /* of what follows */
    Doubles scores;         /* rows of scores that were replaced; when the query asks for scores */
    Status failed;          /* making one of them did: told by the first look */
} Matcher;

/* Reads all blocks in reach when the query has relations, and all with scores when it asks for
 * scores of spans. */
void matcher_init(Matcher *m, const Snapshot *snap, const Query *q, const QueryWindow *w,
                  QueryEngine *engine, MatchMode mode);
void matcher_deinit(Matcher *m);

/* Could the block hold spans of traces that start in the window? */
bool matcher_reaches(const Matcher *m, size_t block);
/* Look at up to MATCH_BATCH blocks, side by side.  ST_CLOSED or ST_TIMEOUT: cancelled. */
MUST_CHECK Status matcher_blocks(Matcher *m, const size_t *blocks, size_t count);
/* (*out)[row] = 1 where the program, of an atom or of child( ) or parent( ), is true: never for
 * the rows of scores. */
MUST_CHECK Status matcher_eval(const Matcher *m, const BlockView *view, const Program *program,
                               uint8_t **out);
/* (*out)[row] = 1 for rows of scores that satisfy the relation's program and were not replaced. */
MUST_CHECK Status matcher_scores(const Matcher *m, const BlockView *view, size_t relation,
                                 uint8_t **out);
/* Bit i of (*out)[row]: atom i of the query holds for the row's span. *any: for some row. */
MUST_CHECK Status matcher_masks(const Matcher *m, const BlockView *view, uint64_t **out, bool *any);
/* Look at all blocks that are in reach. */
MUST_CHECK Status matcher_all(Matcher *m);
/* Does the trace start in the window, as far as is known? */
bool matcher_in_window(const Matcher *m, const TraceState *t);
/* Does what is known of the trace match query and window? */
bool matcher_accepts(const Matcher *m, const TraceState *t);

#endif
