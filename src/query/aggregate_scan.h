/* SPDX-License-Identifier: Apache-2.0 */
/* One block's part of an aggregate. */
#ifndef VIREO_QUERY_AGGREGATE_SCAN_H
#define VIREO_QUERY_AGGREGATE_SCAN_H

#include "query/aggregate_table.h"
#include "query/buckets.h"
#include "query/row_filter.h"

typedef struct AggregateScan {
    const Matcher *matcher;
    const AggregatePlan *plan;
    Buckets buckets; /* count 0: no time axis */
    const GroupTable *only;
    const Doubles *doubles;
    /* Rows of the block that count, one byte a row: NULL means those in the window that satisfy
     * the query. */
    Status (*choose)(const void *context, const BlockView *view, uint8_t *keep);
    const void *choose_context;
} AggregateScan;

/* The block's groups, in a new table with buckets of its own time range only. */
MUST_CHECK Status aggregate_scan(const AggregateScan *s, size_t block, GroupTable **out);

#endif
