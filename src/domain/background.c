/* SPDX-License-Identifier: Apache-2.0 */
/* See background.h. */
#include "domain/background.h"

#include "base/alloc.h"
#include "base/log.h"
#include "domain/internal.h"

enum { QUEUE = 64 };

/* The thread is made for the first work: most processes have none. */
static Pool *pool_of(Domain *d)
{
    const PoolOptions options = {.name = "background", .threads = 1, .queue_limit = QUEUE};

    mutex_lock(&d->lock);
    if (!d->background && pool_new(&options, &d->background) != ST_OK)
        d->background = NULL;
    mutex_unlock(&d->lock);
    return d->background;
}

Status background_submit(Domain *d, void (*fn)(void *arg), void *arg)
{
    Pool *pool = pool_of(d);

    return pool ? pool_submit(pool, fn, arg) : ST_BUSY;
}

typedef struct Tidying {
    Domain *d;
    int64_t evaluation_id;
} Tidying;

void results_tidy(Domain *d, int64_t evaluation_id, size_t least)
{
    size_t merged;
    const Status st = results_merge(d->results, evaluation_id, least, &merged);

    if (st && st != ST_NOTFOUND)
        log_warn("small result files are not merged yet", " evaluation=%lld reason=\"%s\"",
                 (long long)evaluation_id, status_text(st));
}

static void tidy(void *arg)
{
    Tidying *t = arg;

    if (!atomic_load(&t->d->stopping))
        results_tidy(t->d, t->evaluation_id, MERGE_MEANWHILE);
    mem_free(t);
}

void results_tidy_later(Domain *d, int64_t evaluation_id)
{
    Tidying *t = mem_calloc(1, sizeof *t);

    if (!t)
        return;
    *t = (Tidying){d, evaluation_id};
    if (background_submit(d, tidy, t) != ST_OK)
        mem_free(t);
}
