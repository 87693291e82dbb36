/* SPDX-License-Identifier: Apache-2.0 */
/* Background upkeep of a running server: one thread that now and then writes
 * counters, removes what is past its retention and gives memory back.  The store
 * itself flushes and compacts. */
#ifndef VIREO_SERVER_UPKEEP_H
#define VIREO_SERVER_UPKEEP_H

#include "os/thread.h"
#include "server/data_dir.h"

typedef struct Upkeep {
    DataDir *data;
    int64_t retention_ns; /* of projects that set none; 0: keep for ever */
    Thread thread;
    Mutex lock;
    Cond wake;
    bool stop; /* under the lock */
} Upkeep;

/* `u` is the caller's and must stay where it is until upkeep_stop(). */
MUST_CHECK Status upkeep_start(Upkeep *u, DataDir *data, int64_t retention_ns);
/* Returns when the present step is done. */
void upkeep_stop(Upkeep *u);

#endif
