/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering: where are the spans of these traces?  Blocks are skipped by their
 * bloom filter; in the others the column of trace ids is read once. */
#ifndef VIREO_QUERY_GATHER_H
#define VIREO_QUERY_GATHER_H

#include "base/vec.h"
#include "query/match.h"

enum { GATHER_MAX_ROWS = 4 << 20 };

typedef struct TraceId {
    uint8_t bytes[TRACE_ID_BYTES];
} TraceId;

typedef VEC_OF(TraceId) IdList; /* each id once */

typedef struct RowRef {
    uint32_t trace; /* index in the list of ids */
    uint32_t block;
    uint32_t row;
} RowRef;

typedef VEC_OF(RowRef) RowRefs;

MUST_CHECK Status id_list_add(IdList *list, const uint8_t id[TRACE_ID_BYTES]);

/* Spans of a trace in a list are looked for up to a day before and behind its start.  Bloom
 * filters tell one block in a hundred wrongly for each id: without a bound, a page of fifty
 * traces would read a third of all that is stored. */
#define GATHER_REACH_NS (INT64_C(86400) * 1000000000)

/* Append the rows of the traces, by block, then row.  `starts` (may be NULL)
 * gets the earliest start of each trace's spans, INT64_MAX for one with scores alone.
 * `engine` may be NULL.  The caller frees `out` with VEC_FREE. */
MUST_CHECK Status gather_rows(const Snapshot *snap, const IdList *ids, QueryEngine *engine,
                              const Cancel *cancel, RowRefs *out, int64_t *starts);
/* The same for traces that start in [first_ns, last_ns], within GATHER_REACH_NS. */
MUST_CHECK Status gather_rows_near(const Snapshot *snap, const IdList *ids, int64_t first_ns,
                                   int64_t last_ns, QueryEngine *engine, const Cancel *cancel,
                                   RowRefs *out, int64_t *starts);
/* The rows of the traces that are scores; blocks without scores are not read. */
MUST_CHECK Status gather_scores(const Snapshot *snap, const IdList *ids, RowRefs *out);

#endif
