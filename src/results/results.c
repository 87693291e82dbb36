/* SPDX-License-Identifier: Apache-2.0 */
/* Adding and removing parts.
 *
 * Names are random, not numbered: a name is taken before the transaction that lists it, and one
 * that was never listed must not be in the way of another. */
#include "results/results.h"

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/random.h"
#include "results/internal.h"
#include "results/part.h"

#include <stdio.h>
#include <string.h>

enum { PATH_ARENA = 1 << 16 };

Status results_open(const char *dir, Catalog *catalog, Results **out)
{
    const size_t size = strlen(dir) + 1;
    Results *r = mem_calloc(1, sizeof *r);

    if (!r)
        return ST_NOMEM;
    r->dir = mem_alloc(size);
    if (!r->dir) {
        mem_free(r);
        return ST_NOMEM;
    }
    memcpy(r->dir, dir, size);
    r->catalog = catalog;
    *out = r;
    return ST_OK;
}

void results_close(Results *r)
{
    if (!r)
        return;
    mem_free(r->dir);
    mem_free(r);
}

Status result_part_paths(const PartRow *row, Arena *a, const char **folder, const char **file)
{
    Str dir;
    Str path;
    Status st = arena_printf(a, &dir, "%lld/%lld", (long long)row->project_id,
                             (long long)row->evaluation_id);

    if (!st)
        st = arena_printf(a, &path, "%.*s/%.*s.parquet", STR_ARG(dir), STR_ARG(row->name));
    if (st)
        return st;
    *folder = dir.ptr;
    *file = path.ptr;
    return ST_OK;
}

Status part_full_paths(const Results *r, const PartRow *row, Arena *a, const char **folder,
                       const char **file)
{
    const char *dir;
    const char *path;
    Status st = result_part_paths(row, a, &dir, &path);

    if (!st)
        st = path_join(a, r->dir, str_from(dir), folder);
    return st ? st : path_join(a, r->dir, str_from(path), file);
}

/* Make the evaluation's folder; all names on the way to it are durable then. */
static Status make_folder(const Results *r, const char *folder, Arena *a)
{
    Str parent;
    Str root;
    Status st;

    if (path_exists(folder))
        return ST_OK;
    st = dir_make(folder);
    if (!st)
        st = arena_printf(a, &parent, "%s/..", folder);
    if (!st)
        st = arena_printf(a, &root, "%s/..", r->dir);
    if (!st)
        st = dir_sync(parent.ptr);
    if (!st)
        st = dir_sync(r->dir);
    return st ? st : dir_sync(root.ptr);
}

void part_discard(const char *path)
{
    if (path_remove(path))
        log_warn("a part that was not listed is removed at the next start", " path=\"%s\"", path);
}

Status part_store(const Results *r, const ResultBatch *batch, Arena *a, PartRow *row,
                  const char **path)
{
    const char *folder;
    Status st = part_full_paths(r, row, a, &folder, path);

    if (!st)
        st = make_folder(r, folder, a);
    if (!st)
        st = part_write(*path, batch, &row->bytes, &row->checksum);
    if (st)
        return st;
    st = dir_sync(folder);
    if (st)
        part_discard(*path);
    return st;
}

void part_name(char out[PART_NAME_CHARS])
{
    uint8_t random[PART_NAME_CHARS / 2];

    random_id16(random);
    hex_encode(random, sizeof random, out);
}

Status results_add(Results *r, int64_t project_id, int64_t evaluation_id, const ResultBatch *batch,
                   size_t *parts)
{
    char name[PART_NAME_CHARS];
    PartRow row = {.project_id = project_id,
                   .evaluation_id = evaluation_id,
                   .name = {name, sizeof name},
                   .scope = batch->scope,
                   .configuration = batch->configuration,
                   .rows = batch->rows,
                   .created_ns = clock_now_ns()};
    const char *path;
    Arena a;
    Status st;

    part_name(name);
    arena_init(&a, PATH_ARENA);
    st = part_store(r, batch, &a, &row, &path);
    if (!st) {
        st = catalog_part_add(r->catalog, &row, parts);
        if (st)
            part_discard(path);
    }
    arena_deinit(&a);
    return st;
}

/* ------------------------------------------------------------ removing */

static Status remove_folder(const Results *r, Str name)
{
    const char *path;
    Arena a;
    Status st;

    arena_init(&a, PATH_ARENA);
    st = path_join(&a, r->dir, name, &path);
    if (!st)
        st = dir_remove_all(path);
    arena_deinit(&a);
    return st == ST_NOTFOUND ? ST_OK : st;
}

Status results_remove(Results *r, int64_t project_id, int64_t evaluation_id)
{
    char name[64];
    const int n =
        snprintf(name, sizeof name, "%lld/%lld", (long long)project_id, (long long)evaluation_id);

    return remove_folder(r, (Str){name, (size_t)n});
}

Status results_remove_project(Results *r, int64_t project_id)
{
    char name[32];
    const int n = snprintf(name, sizeof name, "%lld", (long long)project_id);

    return remove_folder(r, (Str){name, (size_t)n});
}
