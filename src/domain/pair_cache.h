/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of evaluations that were compared: what a comparison needs of them, in memory.
 *
 * A pair is kept under the revisions of both evaluations, so that what was measured since makes it
 * miss.  The lower id comes first; asked for the other way round it is turned.  Bounded in bytes;
 * the pair that was not used for longest goes first.  Thread-safe. */
#ifndef VIREO_DOMAIN_PAIR_CACHE_H
#define VIREO_DOMAIN_PAIR_CACHE_H

#include "base/arena.h"
#include "catalog/summary.h"
#include "domain/direction.h"
#include "domain/paired.h"
#include "os/thread.h"
#include "results/frame.h"

enum { PAIR_CACHE_ENTRIES = 1024, PAIR_CACHE_BYTES = 64 << 20, PAIR_MAX_BYTES = 8 << 20 };

/* Ids ascend; `about` tells what was asked, and how. */
typedef SummaryKey PairKey;

/* One metric in one case, and stratum. */
typedef struct PairLine {
    Str scope;
    Str stratum; /* empty: all samples of the case */
    Str metric;
    MetricKind kind;
    double values[2]; /* NaN: none */
    uint64_t rows[2];
    PairedResult paired; /* second - first */
} PairLine;

typedef struct PairLines {
    Str configurations[2]; /* as they were found */
    PairLine *items;
    size_t len;
} PairLines;

typedef struct PairEntry PairEntry;

typedef struct PairCache {
    Mutex lock;
    PairEntry *entries[PAIR_CACHE_ENTRIES];
    size_t bytes;
    uint64_t clock;
} PairCache;

void pair_cache_init(PairCache *c);
void pair_cache_deinit(PairCache *c);

/* Copy into the arena; false when the pair is not there (or memory is out). */
bool pair_cache_get(PairCache *c, const PairKey *key, Arena *arena, PairLines *out);
/* Copies; a pair that is too large, or memory that is out, is no failure. */
void pair_cache_put(PairCache *c, const PairKey *key, const PairLines *lines);

#endif
