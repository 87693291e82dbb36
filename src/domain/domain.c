/* SPDX-License-Identifier: Apache-2.0 */
/* The handle, and errors that name a field. */
#include "domain/domain.h"

#include "base/alloc.h"
#include "domain/internal.h"
#include "domain/project.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PROJECT_NAME_BYTES = 16 << 20 };

Status domain_open(Catalog *catalog, Blobs *blobs, Domain **out)
{
    Domain *d = mem_calloc(1, sizeof *d);
    int64_t id;
    bool created;
    Status st;

    if (!d)
        return ST_NOMEM;
    d->catalog = catalog;
    d->blobs = blobs;
    mutex_init(&d->lock);
    mutex_init(&d->publish_lock);
    map_init(&d->projects, MAX_PROJECTS);
    arena_init(&d->project_names, PROJECT_NAME_BYTES);
    version_cache_init(&d->versions);
    rejected_init(&d->rejected);
    targets_init(&d->targets);
    pair_cache_init(&d->pairs);
    st = project_ensure(d, STR(DEFAULT_PROJECT), &id, &created, NULL);
    if (st) {
        domain_close(d);
        return st;
    }
    *out = d;
    return ST_OK;
}

void domain_close(Domain *d)
{
    if (!d)
        return;
    atomic_store(&d->stopping, true);
    pool_free(d->background);
    pair_cache_deinit(&d->pairs);
    targets_deinit(&d->targets);
    rejected_deinit(&d->rejected);
    version_cache_deinit(&d->versions);
    arena_deinit(&d->project_names);
    map_deinit(&d->projects);
    mutex_deinit(&d->publish_lock);
    mutex_deinit(&d->lock);
    mem_free(d);
}

void domain_use_results(Domain *d, Results *results)
{
    d->results = results;
}

Catalog *domain_catalog(Domain *d)
{
    return d->catalog;
}

Blobs *domain_blobs(Domain *d)
{
    return d->blobs;
}

Status field_err_set(FieldErr *e, Status code, const char *field, const char *fmt, ...)
{
    va_list ap;

    if (!e)
        return code;
    va_start(ap, fmt);
    (void)vsnprintf(e->err.msg, sizeof e->err.msg, fmt, ap);
    va_end(ap);
    (void)snprintf(e->field, sizeof e->field, "%s", field);
    e->err.code = code;
    e->err.pos = 0;
    return code;
}
