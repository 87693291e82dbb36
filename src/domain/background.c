/* SPDX-License-Identifier: Apache-2.0 */
/* See background.h. */
#include "domain/background.h"

#include "base/alloc.h"
#include "base/log.h"
#include "domain/internal.h"

#include <string.h>

enum { QUEUE = 256, KEEPING_MAX = 32 << 20 };

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

/* Its texts are behind it. */
typedef struct Keeping {
    Domain *d;
    SummaryKey key;
    Str body;
    size_t bytes;
} Keeping;

static bool take_room(Domain *d, size_t bytes)
{
    bool room;

    mutex_lock(&d->lock);
    room = bytes <= KEEPING_MAX - d->keeping;
    d->keeping += room ? bytes : 0;
    mutex_unlock(&d->lock);
    return room;
}

/* Also of what could not be made, NULL. */
static void give_up(Domain *d, Keeping *k, size_t bytes)
{
    mutex_lock(&d->lock);
    d->keeping -= bytes;
    mutex_unlock(&d->lock);
    mem_free(k);
}

static void keep(void *arg)
{
    Keeping *k = arg;

    (void)!catalog_summary_put(k->d->catalog, &k->key, k->body);
    give_up(k->d, k, k->bytes);
}

static Keeping *keeping_new(Domain *d, const SummaryKey *key, Str body, size_t bytes)
{
    Keeping *k = mem_alloc(bytes);
    char *texts;

    if (!k)
        return NULL;
    texts = (char *)(k + 1);
    *k = (Keeping){.d = d, .key = *key, .body = {texts + key->about.len, body.len}, .bytes = bytes};
    k->key.about.ptr = texts;
    memcpy(texts, key->about.ptr, key->about.len);
    memcpy(texts + key->about.len, body.ptr, body.len);
    return k;
}

void summary_keep_later(Domain *d, const SummaryKey *key, Str body)
{
    const size_t bytes = sizeof(Keeping) + key->about.len + body.len;
    Keeping *k;

    if (!take_room(d, bytes))
        return;
    k = keeping_new(d, key, body, bytes);
    if (!k || background_submit(d, keep, k) != ST_OK)
        give_up(d, k, bytes);
}
