/* SPDX-License-Identifier: Apache-2.0 */
/* Pool: a fixed number of threads working off a bounded queue, first in first
 * out.
 *
 *   pool_new -> pool_submit* (any thread) -> pool_free: runs what is queued, joins
 *
 * A full queue answers ST_BUSY at once: the caller sheds load, nobody waits. */
#ifndef VIREO_OS_POOL_H
#define VIREO_OS_POOL_H

#include "base/status.h"

typedef struct Pool Pool;

typedef struct PoolOptions {
    const char *name;   /* of its threads */
    unsigned threads;   /* at least 1 */
    size_t queue_limit; /* most tasks waiting, at least 1 */
} PoolOptions;

MUST_CHECK Status pool_new(const PoolOptions *options, Pool **out);
/* ST_BUSY when the queue is full, ST_CLOSED after pool_close(). */
MUST_CHECK Status pool_submit(Pool *p, void (*fn)(void *arg), void *arg);
/* Take no more tasks; what is queued still runs. */
void pool_close(Pool *p);
/* Wait until the queue is empty and no task runs. */
void pool_drain(Pool *p);
/* Close, drain, join, free.  NULL is allowed.  Not from one of its own tasks. */
void pool_free(Pool *p);
/* Tasks waiting now. */
size_t pool_waiting(Pool *p);

#endif
