/* SPDX-License-Identifier: Apache-2.0 */
/* Runs: the rows of a block that are of one trace, block by block.
 *
 * What counts something once for each trace walks over runs.  Nearly every trace has a
 * single run: the spans of a trace are neighbours.  The few that have several, in one
 * block or in many, are told apart by number, so that who counts can put their runs
 * together. */
#ifndef VIREO_QUERY_TRACE_RUNS_H
#define VIREO_QUERY_TRACE_RUNS_H

#include "query/match.h"

typedef struct TraceRun {
    uint32_t begin; /* places [begin, end), see BlockRuns.order */
    uint32_t end;
} TraceRun;

/* A run of a trace that has others. */
typedef struct SplitRun {
    TraceRun run;
    uint32_t trace; /* the same number in all runs of the trace */
} SplitRun;

typedef struct BlockRuns {
    TraceRun *runs; /* each all of its trace; some may be empty */
    size_t len;
    SplitRun *split;
    size_t split_len;
    uint32_t *order; /* row at a place; NULL: the place is the row */
} BlockRuns;

typedef struct TraceRuns {
    BlockRuns *blocks;
    size_t len;
} TraceRuns;

/* Of the traces that the matcher accepts (`everything`: of all) in the blocks that it
 * reaches, with its engine.  Eight bytes a trace are kept, some 20 more are used meanwhile.
 * The caller frees `out` in any case. */
MUST_CHECK Status trace_runs_make(const Matcher *m, bool everything, TraceRuns *out);
void trace_runs_free(TraceRuns *t);

#endif
