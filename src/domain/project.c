/* SPDX-License-Identifier: Apache-2.0 */
/* Projects.  Names are looked up for every request, so known ones are kept in memory: a
 * project is never renamed, and deleting one clears what is kept. */
#include "domain/project.h"

#include "domain/internal.h"
#include "os/clock.h"

enum { ROW_BYTES = 1 << 16 };

/* *deletions: what remember() must be given with the answer of the catalogue. */
static bool known(Domain *d, Str name, int64_t *id, uint64_t *deletions)
{
    uint64_t value;
    bool found;

    mutex_lock(&d->lock);
    found = map_get(&d->projects, name, &value);
    *deletions = d->project_deletions;
    mutex_unlock(&d->lock);
    if (found)
        *id = (int64_t)value;
    return found;
}

/* When memory is short the next lookup asks the catalogue again. */
static void remember(Domain *d, Str name, int64_t id, uint64_t deletions)
{
    uint64_t value;
    Str copy;

    mutex_lock(&d->lock);
    if (deletions == d->project_deletions && !map_get(&d->projects, name, &value) &&
        !arena_copy(&d->project_names, name, &copy))
        (void)!map_put(&d->projects, copy, (uint64_t)id);
    mutex_unlock(&d->lock);
}

void project_forget_all(Domain *d)
{
    mutex_lock(&d->lock);
    map_clear(&d->projects);
    arena_deinit(&d->project_names);
    d->project_deletions++;
    mutex_unlock(&d->lock);
}

Status project_find(Domain *d, Str name, int64_t *id, FieldErr *err)
{
    Arena a;
    ProjectRow row = {0};
    uint64_t deletions;
    Status st;

    if (known(d, name, id, &deletions))
        return ST_OK;
    st = name_check(name, "project", err);
    if (st)
        return st;
    arena_init(&a, ROW_BYTES);
    st = catalog_project_get(d->catalog, name, &a, &row);
    if (!st) {
        remember(d, name, row.id, deletions);
        *id = row.id;
    }
    arena_deinit(&a);
    if (st == ST_NOTFOUND)
        return field_err_set(err, st, "project", "there is no project named %.*s", STR_ARG(name));
    return st ? field_err_set(err, st, "project", "%s", status_text(st)) : ST_OK;
}

Status project_ensure(Domain *d, Str name, int64_t *id, bool *created, FieldErr *err)
{
    Arena a;
    ProjectRow row = {0};
    uint64_t deletions;
    Status st;

    if (known(d, name, id, &deletions)) {
        *created = false;
        return ST_OK;
    }
    st = name_check(name, "project", err);
    if (st)
        return st;
    arena_init(&a, ROW_BYTES);
    st = catalog_project_put(d->catalog, name, clock_now_ns(), &a, &row, created);
    if (!st) {
        remember(d, name, row.id, deletions);
        *id = row.id;
    }
    arena_deinit(&a);
    if (st == ST_LIMIT)
        return field_err_set(err, st, "project", "there are %d projects already: the most",
                             (int)MAX_PROJECTS);
    return st ? field_err_set(err, st, "project", "%s", status_text(st)) : ST_OK;
}

Status project_get(Domain *d, Str name, Arena *arena, ProjectRow *out)
{
    return catalog_project_get(d->catalog, name, arena, out);
}

Status project_name(Domain *d, int64_t id, Arena *arena, Str *out)
{
    ProjectRow row = {0};
    const Status st = catalog_project_by_id(d->catalog, id, arena, &row);

    if (!st)
        *out = row.name;
    return st;
}

Status project_list(Domain *d, Str after, size_t limit, Arena *arena, ProjectList *out)
{
    return catalog_project_list(d->catalog, after, limit, arena, out);
}

Status project_counters(Domain *d, int64_t project_id, ProjectCounters *out)
{
    StoreStats stats = {0};
    ProjectCounters n = {0};
    const Status st = catalog_counters_get(d->catalog, project_id, &n);

    if (st)
        return st;
    if (d->store)
        store_stats(d->store, project_id, &stats);
    n.stored += stats.memtable_spans - stats.memtable_scores;
    n.rejected += rejected_of(&d->rejected, project_id);
    n.received = n.stored + n.rejected;
    *out = n;
    return ST_OK;
}
