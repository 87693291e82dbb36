/* SPDX-License-Identifier: Apache-2.0 */
/* TraceTable: what is known so far of each trace, by id.
 *
 * Open addressing over a dense array; O(1) for find and add.  A slot holds half of the
 * hash, so that what is passed over on the way is not looked at: with millions of
 * traces each look would be a miss of the cache.  A state's pointer
 * is valid until the next add.  Bounded by TRACE_TABLE_MAX traces (ST_LIMIT):
 * about 1 GB, far past what one question should touch. */
#ifndef VIREO_QUERY_TRACE_TABLE_H
#define VIREO_QUERY_TRACE_TABLE_H

#include "model/span.h"

enum { TRACE_TABLE_MAX = 16 << 20 };

typedef struct TraceState {
    uint8_t id[TRACE_ID_BYTES];
    int64_t start_ns;        /* earliest span seen */
    int64_t status_start_ns; /* of the span that gave `status` */
    uint64_t mask;           /* atoms that hold */
    uint32_t status_block;   /* where the span that gave `status` is */
    uint32_t status_row;
    uint8_t status; /* SpanStatus of the root, else of the earliest span */
    bool root_seen;
    bool verified;  /* start_ns is the trace's true start */
    bool span_seen; /* else only scores of it */
} TraceState;

typedef struct TraceTable {
    TraceState *items;
    size_t len;
    size_t cap;
    uint64_t *slots; /* half of the hash, and the item's index + 1; 0: free */
    size_t slot_count;
} TraceTable;

void trace_table_deinit(TraceTable *t);
/* NULL when absent. */
TraceState *trace_table_find(const TraceTable *t, const uint8_t id[TRACE_ID_BYTES]);
/* The state of `id`, new ones zeroed but for the id and start_ns = INT64_MAX. */
MUST_CHECK Status trace_table_add(TraceTable *t, const uint8_t id[TRACE_ID_BYTES],
                                  TraceState **out);

#endif
