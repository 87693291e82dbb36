/* SPDX-License-Identifier: Apache-2.0 */
/* Runs per version: a small table from (project, model, number) to counts.
 *
 * The name and number are those that the spans are stored with.  Bounded by RUN_SET_MAX
 * versions.  Belongs to one thread. */
#ifndef VIREO_DOMAIN_RUN_SET_H
#define VIREO_DOMAIN_RUN_SET_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"

enum { RUN_SET_MAX = 200000 };

typedef struct RunKey {
    int64_t project_id;
    Str model;
    int32_t number;
} RunKey;

typedef struct RunTally {
    RunKey key;
    int64_t version_id; /* 0: not looked up, or not there */
    int64_t model_id;
    uint64_t runs;
    uint64_t errors;
    int64_t first_ns;
    int64_t last_ns;
} RunTally;

typedef struct RunSet {
    Arena arena; /* keys */
    Map index;
    VEC_OF(RunTally) tallies;
} RunSet;

void run_set_init(RunSet *s);
void run_set_deinit(RunSet *s);
/* Count one run. */
MUST_CHECK Status run_set_add(RunSet *s, RunKey key, bool error, int64_t start_ns);

#endif
