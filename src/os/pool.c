/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of tasks under one lock:
 *
 *   pool_submit -> [head ... len tasks ...] -> worker: take, run, count down
 *
 * `running` counts tasks taken and not yet finished, so that pool_drain() knows
 * when nothing is left.  The lock is never held while a task runs. */
#include "os/pool.h"

#include "base/alloc.h"
#include "os/thread.h"

typedef struct Task {
    void (*fn)(void *arg);
    void *arg;
} Task;

struct Pool {
    Mutex lock;
    Cond work; /* a task came or the pool closes */
    Cond idle; /* nothing waits and nothing runs */
    Task *ring;
    size_t cap;
    size_t head;
    size_t len;
    size_t running;
    bool closed;
    Thread *threads;
    unsigned thread_count;
};

/* Wait for a task; false when the pool is closed and empty.  Under the lock. */
static bool take_task(Pool *p, Task *out)
{
    while (p->len == 0 && !p->closed)
        cond_wait(&p->work, &p->lock);
    if (p->len == 0)
        return false;
    *out = p->ring[p->head];
    p->head = (p->head + 1) % p->cap;
    p->len--;
    p->running++;
    return true;
}

static void worker(void *arg)
{
    Pool *p = arg;
    Task task;

    mutex_lock(&p->lock);
    while (take_task(p, &task)) {
        mutex_unlock(&p->lock);
        task.fn(task.arg);
        mutex_lock(&p->lock);
        p->running--;
        if (p->running == 0 && p->len == 0)
            cond_broadcast(&p->idle);
    }
    mutex_unlock(&p->lock);
}

static Status start_workers(Pool *p, const PoolOptions *options)
{
    p->threads = mem_calloc(options->threads, sizeof *p->threads);
    if (!p->threads)
        return ST_NOMEM;
    for (unsigned i = 0; i < options->threads; i++) {
        const Status st = thread_start(&p->threads[i], options->name, worker, p);

        if (st)
            return st;
        p->thread_count++;
    }
    return ST_OK;
}

Status pool_new(const PoolOptions *options, Pool **out)
{
    Pool *p;
    Status st;

    if (options->threads == 0 || options->queue_limit == 0)
        return ST_INVALID;
    p = mem_calloc(1, sizeof *p);
    if (!p)
        return ST_NOMEM;
    mutex_init(&p->lock);
    cond_init(&p->work);
    cond_init(&p->idle);
    p->cap = options->queue_limit;
    p->ring = mem_array(p->cap, sizeof *p->ring);
    st = p->ring ? start_workers(p, options) : ST_NOMEM;
    if (st) {
        pool_free(p);
        return st;
    }
    *out = p;
    return ST_OK;
}

Status pool_submit(Pool *p, void (*fn)(void *arg), void *arg)
{
    Status st = ST_OK;

    mutex_lock(&p->lock);
    if (p->closed) {
        st = ST_CLOSED;
    } else if (p->len == p->cap) {
        st = ST_BUSY;
    } else {
        p->ring[(p->head + p->len) % p->cap] = (Task){fn, arg};
        p->len++;
        cond_signal(&p->work);
    }
    mutex_unlock(&p->lock);
    return st;
}

void pool_close(Pool *p)
{
    mutex_lock(&p->lock);
    p->closed = true;
    cond_broadcast(&p->work);
    mutex_unlock(&p->lock);
}

void pool_drain(Pool *p)
{
    mutex_lock(&p->lock);
    while (p->len || p->running)
        cond_wait(&p->idle, &p->lock);
    mutex_unlock(&p->lock);
}

void pool_free(Pool *p)
{
    if (!p)
        return;
    pool_close(p);
    for (unsigned i = 0; i < p->thread_count; i++)
        thread_join(&p->threads[i]);
    cond_deinit(&p->idle);
    cond_deinit(&p->work);
    mutex_deinit(&p->lock);
    mem_free(p->threads);
    mem_free(p->ring);
    mem_free(p);
}

size_t pool_waiting(Pool *p)
{
    size_t waiting;

    mutex_lock(&p->lock);
    waiting = p->len;
    mutex_unlock(&p->lock);
    return waiting;
}
