/* SPDX-License-Identifier: Apache-2.0 */
/* Counters: spans of a project, runs of a version.  They only grow. */
#ifndef VIREO_CATALOG_COUNTER_H
#define VIREO_CATALOG_COUNTER_H

#include "catalog/catalog.h"

typedef struct ProjectCounters {
    uint64_t received; /* stored + rejected */
    uint64_t stored;
    uint64_t rejected;
} ProjectCounters;

typedef struct ProjectDelta {
    int64_t project_id;
    uint64_t stored;
    uint64_t rejected;
} ProjectDelta;

typedef struct RunDelta {
    int64_t version_id;
    uint64_t runs;
    uint64_t errors;
    int64_t first_ns; /* earliest and latest start; only read when runs > 0 */
    int64_t last_ns;
} RunDelta;

typedef struct CountDeltas {
    const ProjectDelta *projects;
    size_t project_count;
    const RunDelta *runs;
    size_t run_count;
} CountDeltas;

/* Zeros for a project that nothing was counted for. */
MUST_CHECK Status catalog_counters_get(Catalog *c, int64_t project_id, ProjectCounters *out);
/* Add all of them or none. */
MUST_CHECK Status catalog_counters_add(Catalog *c, const CountDeltas *deltas);

#endif
