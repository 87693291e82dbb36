/* SPDX-License-Identifier: Apache-2.0 */
/* FacetCount: the values of one field, and how many traces have each of them, block by block.
 *
 *   counts that the segment has (column/run_counts.h), when all traces of the block count
 *   else the codes of the rows' values
 *     few codes: a run of rows becomes a word of one bit a code (bit_counts.h)
 *     many: a code's stamp is the last run that it was counted for
 *   traces with several runs: (trace, value) pairs, each counted once at the end
 *
 * Belongs to one thread at a time. */
#ifndef VIREO_QUERY_FACET_COUNT_H
#define VIREO_QUERY_FACET_COUNT_H

#include "base/map.h"
#include "base/vec.h"
#include "query/trace_runs.h"

typedef struct FacetCount {
    Field field;
    Arena arena;            /* of the texts in `values` */
    Map values;             /* value -> traces; its place is the index of its entry */
    VEC_OF(uint64_t) pairs; /* trace << 32 | place, of traces with several runs */
    size_t sorted;          /* pairs before it are in order, each once */
} FacetCount;

/* Of a model the versions are counted together. */
void facet_count_init(FacetCount *c, const Field *field);
void facet_count_deinit(FacetCount *c);

/* Which rows of a block count. */
typedef struct FacetRows {
    const BlockRuns *runs;
    bool all;                /* they are all traces of the block */
    const Doubles *replaced; /* scores that were sent again */
} FacetRows;

/* ST_LIMIT: of traces that are spread over blocks, too many have too many values. */
MUST_CHECK Status facet_count_block(FacetCount *c, const BlockView *view, const FacetRows *rows);
/* Once, after the last block. */
void facet_count_end(FacetCount *c);

#endif
