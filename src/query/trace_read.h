/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the light columns of one trace out of a snapshot. */
#ifndef VIREO_QUERY_TRACE_READ_H
#define VIREO_QUERY_TRACE_READ_H

#include "base/vec.h"
#include "query/trace_light.h"

typedef VEC_OF(uint32_t) BlockList;

/* Blocks that may hold spans of the trace, in the order of the snapshot, and a
 * number that changes whenever their content does. */
MUST_CHECK Status trace_blocks(const Snapshot *snap, const uint8_t trace_id[TRACE_ID_BYTES],
                               BlockList *out, uint64_t *content);

/* Everything of `t` but `bytes`.  `arena` keeps it, but for the spans, which the caller frees with
 * mem_free().  ST_NOTFOUND, ST_LIMIT. */
MUST_CHECK Status trace_read(const Snapshot *snap, const BlockList *blocks,
                             const uint8_t trace_id[TRACE_ID_BYTES], const Cancel *cancel,
                             Arena *arena, TraceLight *t);

#endif
