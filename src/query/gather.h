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

/* Append the rows of the traces, by block, then row.  `starts` (may be NULL)
 * gets the earliest start of each.  The caller frees `out` with VEC_FREE. */
MUST_CHECK Status gather_rows(const Snapshot *snap, const IdList *ids, const atomic_bool *cancel,
                              RowRefs *out, int64_t *starts);

#endif
