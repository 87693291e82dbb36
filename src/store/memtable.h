/* SPDX-License-Identifier: Apache-2.0 */
/* Memtable: the spans that no segment has yet.
 *
 *   Memtable -> bucket by project -> Run (one project) -> Chunk -> Chunk -> ...
 *
 * A run is what a snapshot takes as one block: a list of chunks that only grows
 * at its end until it is full.  A snapshot notes how many chunks it saw, so
 * reading needs no lock.  A run lives inside its first chunk: putting a durable
 * chunk in cannot fail.  Runs are reference-counted.
 *
 * Lock: the store's, for everything that takes a Memtable. */
#ifndef VIREO_STORE_MEMTABLE_H
#define VIREO_STORE_MEMTABLE_H

#include "store/store.h"

#include <stdatomic.h>

typedef struct HeldChunk HeldChunk;
typedef struct Run Run;

struct Run {
    atomic_size_t refs;
    Run *next; /* older run of the same bucket */
    int64_t project_id;
    HeldChunk *first;
    HeldChunk *last;
    size_t chunks;
    size_t spans;
    size_t scores; /* of them */
    int64_t min_time_ns;
    int64_t max_time_ns;
};

struct HeldChunk {
    Chunk chunk; /* first: a Chunk pointer is a HeldChunk pointer */
    HeldChunk *next;
    size_t footprint;
    Run run; /* in use when this chunk begins one */
};

enum { MEMTABLE_BUCKETS = 64, RUN_CHUNKS = 512, RUN_SPANS = 8192 };

typedef struct Memtable {
    Run *buckets[MEMTABLE_BUCKETS]; /* newest first */
    size_t bytes;
    size_t spans;
    size_t scores;     /* of them */
    int64_t oldest_ns; /* monotonic time of the first chunk; 0: empty */
    int64_t newest_ns; /* of the last one */
} Memtable;

/* Call once, before the chunk is put in. */
size_t chunk_footprint(Chunk *c);

void memtable_put(Memtable *m, Chunk *c, int64_t now_ns);
/* Move all of `from`, which is older than all of `m`, back into `m`. */
void memtable_take_back(Memtable *m, Memtable *from);
void memtable_clear(Memtable *m);
bool memtable_empty(const Memtable *m);

void run_ref(Run *r);
void run_unref(Run *r);

#endif
