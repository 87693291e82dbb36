/* SPDX-License-Identifier: Apache-2.0 */
/* pthreads behind opaque storage.  A zeroed pthread mutex and once control are
 * the platform's own static initialisers on Linux, which the tests rely on. */
#include "os/thread.h"

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(pthread_mutex_t) <= sizeof(Mutex), "Mutex is too small");
_Static_assert(sizeof(pthread_cond_t) <= sizeof(Cond), "Cond is too small");
_Static_assert(sizeof(pthread_once_t) <= sizeof(Once), "Once is too small");
_Static_assert(sizeof(pthread_t) <= sizeof(uint64_t), "Thread is too small");

static pthread_mutex_t *raw_mutex(Mutex *m)
{
    return (pthread_mutex_t *)m->opaque;
}

static pthread_cond_t *raw_cond(Cond *c)
{
    return (pthread_cond_t *)c->opaque;
}

/* These calls fail only when we misuse them. */
static void must(int error)
{
    assert(error == 0);
    (void)error;
}

void mutex_init(Mutex *m)
{
    *m = (Mutex){0};
    must(pthread_mutex_init(raw_mutex(m), NULL));
}

void mutex_deinit(Mutex *m)
{
    must(pthread_mutex_destroy(raw_mutex(m)));
}

void mutex_lock(Mutex *m)
{
    must(pthread_mutex_lock(raw_mutex(m)));
}

bool mutex_try_lock(Mutex *m)
{
    return pthread_mutex_trylock(raw_mutex(m)) == 0;
}

void mutex_unlock(Mutex *m)
{
    must(pthread_mutex_unlock(raw_mutex(m)));
}

void cond_init(Cond *c)
{
    pthread_condattr_t attributes;

    *c = (Cond){0};
    must(pthread_condattr_init(&attributes));
    must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    must(pthread_cond_init(raw_cond(c), &attributes));
    must(pthread_condattr_destroy(&attributes));
}

void cond_deinit(Cond *c)
{
    must(pthread_cond_destroy(raw_cond(c)));
}

void cond_wait(Cond *c, Mutex *m)
{
    must(pthread_cond_wait(raw_cond(c), raw_mutex(m)));
}

bool cond_wait_until(Cond *c, Mutex *m, int64_t deadline_ns)
{
    const int64_t at = deadline_ns < 0 ? 0 : deadline_ns;
    const struct timespec until = {(time_t)(at / 1000000000), (long)(at % 1000000000)};
    const int error = pthread_cond_timedwait(raw_cond(c), raw_mutex(m), &until);

    assert(error == 0 || error == ETIMEDOUT);
    return error == 0;
}

void cond_signal(Cond *c)
{
    must(pthread_cond_signal(raw_cond(c)));
}

void cond_broadcast(Cond *c)
{
    must(pthread_cond_broadcast(raw_cond(c)));
}

void once_run(Once *o, void (*fn)(void))
{
    must(pthread_once((pthread_once_t *)&o->opaque, fn));
}

typedef struct Start {
    void (*fn)(void *arg);
    void *arg;
    char name[16];
} Start;

static void *run_thread(void *context)
{
    Start start = *(Start *)context;

    mem_free(context);
    (void)pthread_setname_np(pthread_self(), start.name);
    start.fn(start.arg);
    return NULL;
}

static Start *new_start(const char *name, void (*fn)(void *arg), void *arg)
{
    Start *start = mem_alloc(sizeof *start);

    if (!start)
        return NULL;
    *start = (Start){.fn = fn, .arg = arg};
    (void)snprintf(start->name, sizeof start->name, "%.15s", name);
    return start;
}

/* Signals are blocked around the creation, so that the thread is born with all
 * of them blocked: they belong to the main thread. */
Status thread_start(Thread *t, const char *name, void (*fn)(void *arg), void *arg)
{
    sigset_t all;
    sigset_t before;
    pthread_t id;
    int error;
    Start *start = new_start(name, fn, arg);

    if (!start)
        return ST_NOMEM;
    (void)sigfillset(&all);
    must(pthread_sigmask(SIG_SETMASK, &all, &before));
    error = pthread_create(&id, NULL, run_thread, start);
    must(pthread_sigmask(SIG_SETMASK, &before, NULL));
    if (error) {
        mem_free(start);
        return ST_NOMEM;
    }
    *t = (Thread){(uint64_t)id, true};
    return ST_OK;
}

void thread_join(Thread *t)
{
    if (!t->running)
        return;
    must(pthread_join((pthread_t)t->opaque, NULL));
    t->running = false;
}

unsigned thread_processors(void)
{
    cpu_set_t set;
    int count;

    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set))
        return 1;
    count = CPU_COUNT(&set);
    return count > 0 ? (unsigned)count : 1;
}
