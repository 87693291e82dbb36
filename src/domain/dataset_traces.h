/* SPDX-License-Identifier: Apache-2.0 */
/* Samples from traces: the input of a root span, its output as the ground truth if wanted.
 *
 * A sample is a copy: it stays when its trace is deleted or outlives its retention, and what was
 * said of it afterwards is not overwritten when the trace is taken again. */
#ifndef VIREO_DOMAIN_DATASET_TRACES_H
#define VIREO_DOMAIN_DATASET_TRACES_H

#include "domain/dataset.h"
#include "query/query.h"

enum { TRACES_MAX = 10000, TRACES_DEFAULT = 1000, TRACES_TOLD = 100 };

typedef struct SkippedTrace {
    uint8_t trace_id[TRACE_ID_BYTES];
    Str reason;
} SkippedTrace;

typedef struct TracesOut {
    CommitOut commit;
    size_t traces;      /* that were found */
    size_t there;       /* of them in the dataset already, or alike */
    size_t skipped;     /* no sample came of them */
    SkippedTrace *told; /* the first of those */
    size_t told_len;
} TracesOut;

/* {"where"?, "from"?, "to"?, "limit"?, "trace_ids"?, "expected"?: "output" | null,
 * "metadata_tags"?: [...], "split"?, "message"?, "by"?}.  `engine` and `cancel` may be NULL.
 * ST_INVALID with the field; ST_CLOSED: cancelled. */
MUST_CHECK Status dataset_from_traces(Domain *d, const SpaceRow *dataset, Str body,
                                      QueryEngine *engine, const Cancel *cancel, Arena *arena,
                                      TracesOut *out, FieldErr *err);

#endif
