/* SPDX-License-Identifier: Apache-2.0 */
/* Targets in memory: which samples the version of a suite or dataset holds, case by case.
 *
 * A version never changes, so what was read once is kept: the last few targets, counted
 * references, least recently used first out.  Reading 100 thousand samples takes 50 ms, finding
 * them here nothing. */
#ifndef VIREO_DOMAIN_TARGET_H
#define VIREO_DOMAIN_TARGET_H

#include "catalog/target.h"
#include "domain/domain.h"
#include "os/thread.h"

enum { TARGETS_KEPT = 8 };

typedef struct Target {
    TargetKey key;
    Str split;
    TargetCases cases;
    int64_t *all; /* numbers of all samples, ascending, none twice */
    size_t count;
    /* Private. */
    Arena arena;
    unsigned references; /* guarded by Targets.lock */
    uint64_t used;
} Target;

typedef struct Targets {
    Mutex lock;
    Target *kept[TARGETS_KEPT];
    uint64_t clock;
} Targets;

void targets_init(Targets *t);
void targets_deinit(Targets *t);

/* To be given back.  It lives at least until then. */
MUST_CHECK Status target_get(Domain *d, const TargetKey *key, Str split, const Target **out);
void target_put(Domain *d, const Target *target);

/* The case of that name; NULL: none. */
TargetCase *target_case(const Target *t, Str name);
/* Does the ascending list hold the number?  O(log n). */
bool numbers_hold(const int64_t *numbers, size_t count, int64_t number);

#endif
