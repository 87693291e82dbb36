/* SPDX-License-Identifier: Apache-2.0 */
/* The order of rows in a segment, found from their keys alone.
 *
 * Two sorts instead of hash tables: by (trace, span, seq) the doubled spans are
 * neighbours and a trace's first start is one pass; then by (trace_start,
 * trace, start).  Both first divide the keys among buckets, by a hash and by time, which leaves
 * few to compare; n log n where all fall into one.  In place, 64 bytes a row. */
#ifndef VIREO_STORE_ROW_KEYS_H
#define VIREO_STORE_ROW_KEYS_H

#include "model/span.h"

typedef struct RowKey {
    uint8_t trace_id[TRACE_ID_BYTES];
    uint8_t span_id[SPAN_ID_BYTES];
    int64_t start_ns;
    int64_t trace_start_ns; /* set by row_keys_arrange() */
    uint64_t seq;
    uint32_t source; /* where the row is: the caller's */
    uint32_t row;
} RowKey;

/* Drop doubled spans (the highest seq stays), set trace_start_ns and put into
 * segment order.  Returns how many are left. */
size_t row_keys_arrange(RowKey *keys, size_t count);

#endif
