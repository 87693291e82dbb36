/* SPDX-License-Identifier: Apache-2.0 */
/* Which version a (project, model name, fingerprint) is, answered from memory, because
 * every span asks.
 *
 * Versions never change, but names do: a rename in this process clears the cache,
 * one in another process (the command line) is seen within VERSION_CACHE_NS, because
 * all entries are forgotten after that.  Bounded: a full cache is cleared.
 *
 * Locks its own mutex, which is a leaf: nothing else is locked under it. */
#ifndef VIREO_DOMAIN_VERSION_CACHE_H
#define VIREO_DOMAIN_VERSION_CACHE_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "catalog/version.h"
#include "os/thread.h"

#define VERSION_CACHE_NS (INT64_C(5) * 1000000000)
enum { VERSION_CACHE_MAX = 20000 };

typedef struct CachedVersion {
    VersionRef ref;                     /* id 0: known to have none (limits, or a bad name) */
    uint64_t types[MAX_OBSERVED_TYPES]; /* hashes of output types known to be noted */
    size_t type_count;
} CachedVersion;

typedef struct VersionCache {
    Mutex lock;
    Map index; /* key -> item */
    VEC_OF(CachedVersion) items;
    Arena arena;         /* keys and names */
    int64_t born_ns;     /* monotonic */
    uint64_t generation; /* of the contents: +1 at each clear */
} VersionCache;

void version_cache_init(VersionCache *c);
void version_cache_deinit(VersionCache *c);
void version_cache_clear(VersionCache *c);

typedef struct VersionKey {
    int64_t project_id;
    Str model;
    Str fingerprint; /* or any other text that the lookup depends on */
} VersionKey;

/* True when the answer is known; the name is copied into `arena`.  Otherwise *generation is
 * what version_cache_put() must be given with the answer. */
MUST_CHECK Status version_cache_get(VersionCache *c, VersionKey key, Arena *arena, VersionRef *out,
                                    bool *known, uint64_t *generation);
/* Dropped when the cache was cleared since, or memory is short. */
void version_cache_put(VersionCache *c, VersionKey key, VersionRef ref, uint64_t generation);
/* True the first time this output type is seen for the entry, until it has
 * MAX_OBSERVED_TYPES; also true when the entry is gone. */
bool version_cache_new_type(VersionCache *c, VersionKey key, Str type);

#endif
