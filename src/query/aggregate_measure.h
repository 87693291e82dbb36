/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured of the rows of one block. */
#ifndef VIREO_QUERY_AGGREGATE_MEASURE_H
#define VIREO_QUERY_AGGREGATE_MEASURE_H

#include "query/aggregate_table.h"
#include "query/slots.h"
#include "query/term_eval.h"

/* Add the rows of each slot to its cell: counts, and what the plan needs of its fields.  The slots
 * are counted; they are sorted here when a field needs it.  Several slots may have one cell. */
MUST_CHECK Status aggregate_measure_all(const BlockView *view, const AggregatePlan *plan,
                                        Slots *slots, const uint32_t *cells, GroupTable *table);

#endif
