/* SPDX-License-Identifier: Apache-2.0 */
/* Threads, locks and conditions, to be embedded in other structs.
 *
 * The storage is opaque so that no platform header leaks; a zeroed Mutex is a
 * valid unlocked one.  Misuse (unlocking what is not locked) is our bug and
 * asserts.  Waiting uses the monotonic clock. */
#ifndef VIREO_OS_THREAD_H
#define VIREO_OS_THREAD_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Mutex {
    uint64_t opaque[6];
} Mutex;

typedef struct Cond {
    uint64_t opaque[6];
} Cond;

typedef struct Once {
    uint64_t opaque;
} Once; /* zeroed: not run yet */

typedef struct Thread {
    uint64_t opaque;
    bool running; /* started and not yet joined */
} Thread;

void mutex_init(Mutex *m);
void mutex_deinit(Mutex *m);
void mutex_lock(Mutex *m);
bool mutex_try_lock(Mutex *m);
void mutex_unlock(Mutex *m);

void cond_init(Cond *c);
void cond_deinit(Cond *c);
/* Returns with `m` locked again; may wake without reason: check in a loop. */
void cond_wait(Cond *c, Mutex *m);
/* As cond_wait(), at most until clock_mono_ns() reaches `deadline_ns`.  False
 * when that passed. */
bool cond_wait_until(Cond *c, Mutex *m, int64_t deadline_ns);
void cond_signal(Cond *c);
void cond_broadcast(Cond *c);

/* Run `fn` once in the process; others wait until it has returned. */
void once_run(Once *o, void (*fn)(void));

/* Start `fn(arg)` on a thread that blocks all signals.  `name` (cut at 15
 * bytes) is shown by ps and debuggers. */
MUST_CHECK Status thread_start(Thread *t, const char *name, void (*fn)(void *arg), void *arg);
/* Wait for its end; does nothing for a thread that is not running. */
void thread_join(Thread *t);
/* Processors that this process may use, at least 1. */
unsigned thread_processors(void);

#endif
