/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share behind the handle. */
#ifndef VIREO_DOMAIN_INTERNAL_H
#define VIREO_DOMAIN_INTERNAL_H

#include "base/map.h"
#include "domain/domain.h"
#include "domain/pair_cache.h"
#include "domain/rejected.h"
#include "domain/target.h"
#include "domain/version_cache.h"
#include "os/pool.h"
#include "os/thread.h"
#include "store/store.h"

#include <stdatomic.h>

enum { KEY_USES = 64 };

/* When this process last noted the use of a key. */
typedef struct KeyUse {
    int64_t key_id; /* 0: free */
    int64_t noted_ns;
} KeyUse;

struct Domain {
    Catalog *catalog;
    Blobs *blobs;
    Results *results; /* NULL: none, in processes that only read the catalogue */
    Store *store;     /* NULL: none attached; set before and cleared after all requests */
    Mutex lock;       /* guards what follows, up to publish_lock */
    Map projects;     /* name -> id; names never change, so cleared only by a deletion */
    Arena project_names;
    uint64_t project_deletions; /* what was looked up before one may not be kept after it */
    size_t keeping;             /* bytes of summaries that wait to be kept, see background.h */
    KeyUse key_uses[KEY_USES];  /* by key_id % KEY_USES: a collision costs a write */
    /* Held while rejected counts go to the catalogue, so that none goes twice.  Taken before
     * the lock of `rejected` and the catalogue's. */
    Mutex publish_lock;
    /* Have locks of their own. */
    VersionCache versions;
    Rejected rejected;
    Targets targets;
    PairCache pairs;
    Pool *background;     /* see background.h; NULL until there is something to do */
    atomic_bool stopping; /* what it does is not needed any more */
};

/* Forget which ids names have: one of them is deleted. */
void project_forget_all(Domain *d);

#endif
