/* SPDX-License-Identifier: Apache-2.0 */
/* Ranking: all matching traces in their order, so that any stretch of the list is read without
 * those in front of it.
 *
 * Made once, at the cost of a look at the whole window: 24 bytes a trace.  It does not change
 * when spans come: who reads by rank reads the list as it was, each trace as it is now. */
#ifndef VIREO_QUERY_RANKING_H
#define VIREO_QUERY_RANKING_H

#include "query/traces_by.h"

typedef struct RankedTrace {
    int64_t start_ns;
    uint8_t id[TRACE_ID_BYTES];
} RankedTrace;

typedef struct Ranking {
    RankedTrace *items;
    size_t len;
} Ranking;

/* The traces behind `cursor` (empty: all) in the order of query_traces() or query_traces_by(),
 * whose cursors it takes.  ST_INVALID: none of theirs; ST_LIMIT: more than TRACE_TABLE_MAX.  The
 * caller frees *out with ranking_free(). */
MUST_CHECK Status query_ranking(const Snapshot *snap, const Query *q, const QueryWindow *w,
                                const TraceOrder *order, Str cursor, QueryEngine *engine,
                                Arena *arena, Ranking *out);
void ranking_free(Ranking *r);

/* out[i] becomes the line of items[i]; one of which no span is left has no root.  At most
 * QUERY_MAX_LIMIT. */
MUST_CHECK Status query_ranked(const Snapshot *snap, const RankedTrace *items, size_t len,
                               QueryEngine *engine, const Cancel *cancel, Arena *arena,
                               TraceSummary *out);

#endif
