/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of spans that the catalogue does not have yet.
 *
 *     append      -> added here             (shown at once)
 *     publish     -> written to the catalogue together with the segments, in one
 *                    transaction, and taken off here
 *     crash       -> these are gone; the log brings the same spans back through the same
 *                    code, which adds them again
 *
 * So persisted + pending is exact at every moment, but for the instant between an append
 * and its addition.  A run is kept under the name and number that its span is stored with,
 * because that is what a segment tells at publish; a rename in between changes nothing.
 *
 * Its mutex is a leaf. */
#ifndef VIREO_DOMAIN_RUN_COUNT_H
#define VIREO_DOMAIN_RUN_COUNT_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "catalog/counter.h"
#include "catalog/version.h"
#include "os/thread.h"

enum { RUN_COUNTS_MAX = 200000 };

/* What a span is stored with. */
typedef struct RunKey {
    int64_t project_id;
    Str model;
    int32_t number;
} RunKey;

typedef struct RunTally {
    int64_t version_id; /* 0: not known to this process */
    int64_t model_id;
    int64_t runs; /* signed: a publish may overtake the addition */
    int64_t errors;
    int64_t first_ns; /* INT64_MAX and INT64_MIN when there is none */
    int64_t last_ns;
} RunTally;

typedef struct ProjectTally {
    int64_t stored;
    int64_t rejected;
} ProjectTally;

/* A set of tallies: the pending ones, those of one request, those of one segment. */
typedef struct RunSet {
    Arena arena; /* keys */
    Map index;
    VEC_OF(RunTally) tallies;
    VEC_OF(RunKey) keys; /* in step with tallies */
} RunSet;

void run_set_init(RunSet *s);
void run_set_deinit(RunSet *s);
/* The tally of `key`, made empty when new; valid until the next call. */
MUST_CHECK Status run_set_at(RunSet *s, RunKey key, RunTally **out);
void run_tally_add(RunTally *t, bool error, int64_t start_ns);

typedef struct RunCounts {
    Mutex lock;
    RunSet runs;
    Map projects; /* id's 8 bytes -> index */
    VEC_OF(ProjectTally) tallies;
    VEC_OF(int64_t) ids;
    Arena arena;
} RunCounts;

void run_counts_init(RunCounts *c);
void run_counts_deinit(RunCounts *c);

/* Counting never refuses a span: when memory is short it is missing from what is shown
 * until it is published. */
void run_counts_add(RunCounts *c, const RunSet *runs);
/* Take off what was published. */
void run_counts_sub(RunCounts *c, const RunSet *runs);
void run_counts_project(RunCounts *c, int64_t project_id, int64_t stored, int64_t rejected);

/* Fill in ids that this process knows. */
void run_counts_know(RunCounts *c, RunSet *runs);
/* Sums for one version, or for all of a model (the other id 0). */
RunTally run_counts_of(RunCounts *c, int64_t version_id, int64_t model_id);
ProjectTally run_counts_of_project(RunCounts *c, int64_t project_id);
/* Copy the rejected counts that are not zero: to be written, then subtracted. */
MUST_CHECK Status run_counts_rejected(RunCounts *c, Arena *arena, ProjectDelta **out, size_t *len);

#endif
