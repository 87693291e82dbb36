/* SPDX-License-Identifier: Apache-2.0 */
/* Files against the catalogue: sweeping what it does not list, verifying what it does. */
#include "base/hash.h"
#include "base/log.h"
#include "base/map.h"
#include "column/parquet.h"
#include "os/file.h"
#include "os/map.h"
#include "results/internal.h"

#include <stdio.h>

enum { MAX_PARTS = 10000000 };
static const size_t names_memory = (size_t)1 << 30;

/* ------------------------------------------------------------ sweep */

typedef struct Sweep {
    const Results *results;
    Arena arena;
    Map listed; /* relative paths */
    size_t removed;
} Sweep;

static Status note_listed(void *visitor, const PartRow *row)
{
    Sweep *w = visitor;
    const char *folder;
    const char *file;
    Status st = result_part_paths(row, &w->arena, &folder, &file);

    return st ? st : map_put(&w->listed, str_from(file), 1);
}

static Status sweep_file(Sweep *w, Str relative)
{
    uint64_t there;
    const char *path;
    Status st;

    if (map_get(&w->listed, relative, &there))
        return ST_OK;
    st = path_join(&w->arena, w->results->dir, relative, &path);
    if (!st)
        st = path_remove(path);
    w->removed += st == ST_OK;
    return st;
}

/* Every name in the folder `relative`, with it in front. */
static Status each_name(Sweep *w, Str relative, Status (*visit)(Sweep *w, Str relative))
{
    const char *dir;
    Str *names;
    size_t count = 0;
    Status st = path_join(&w->arena, w->results->dir, relative, &dir);

    if (!st)
        st = dir_list(dir, &w->arena, &names, &count);
    for (size_t i = 0; i < count && !st; i++) {
        Str name;

        st = relative.len
                 ? arena_printf(&w->arena, &name, "%.*s/%.*s", STR_ARG(relative), STR_ARG(names[i]))
                 : arena_copy(&w->arena, names[i], &name);
        if (!st)
            st = visit(w, name);
    }
    return st;
}

static Status sweep_evaluation(Sweep *w, Str relative)
{
    const char *dir;
    Status st = each_name(w, relative, sweep_file);

    if (!st)
        st = path_join(&w->arena, w->results->dir, relative, &dir);
    if (!st)
        (void)!dir_remove(dir); /* refused while there is something in it */
    return st;
}

static Status sweep_project(Sweep *w, Str relative)
{
    return each_name(w, relative, sweep_evaluation);
}

/* A catalogue that lists nothing at all may be a new one beside old files: leave them. */
Status results_sweep(Results *r)
{
    Sweep w = {.results = r};
    Status st;

    if (!path_exists(r->dir))
        return ST_OK;
    arena_init(&w.arena, names_memory);
    map_init(&w.listed, MAX_PARTS);
    st = catalog_part_each(r->catalog, note_listed, &w);
    if (!st && w.listed.len)
        st = each_name(&w, (Str){0}, sweep_project);
    if (w.removed)
        log_info("removed result files of requests that were never answered", " files=%zu",
                 w.removed);
    map_deinit(&w.listed);
    arena_deinit(&w.arena);
    return st;
}

/* ------------------------------------------------------------ verify */

typedef struct Checkup {
    const Results *results;
    void (*report)(void *context, Str finding);
    void *context;
    size_t parts;
    size_t findings;
} Checkup;

static Status verify_bytes(const PartRow *row, Str bytes, Err *err)
{
    ParquetReader *reader;
    Status st;

    if (bytes.len != row->bytes || hash_bytes(bytes) != row->checksum)
        return err_set(err, ST_CORRUPT, 0, "its bytes are not those that were written");
    st = parquet_reader_open(bytes, err, &reader);
    if (st)
        return st;
    st = parquet_verify(reader, err);
    if (!st && parquet_row_count(reader) != (int64_t)row->rows)
        st = err_set(err, ST_CORRUPT, 0, "it has another number of rows");
    parquet_reader_close(reader);
    return st;
}

/* Parts are merged while others look: one that is gone from the list need not have a file. */
static bool is_listed(const Results *r, const PartRow *row)
{
    PartList list = {0};
    bool listed = false;
    Arena a;

    arena_init(&a, names_memory);
    if (catalog_part_list(r->catalog, row->evaluation_id, &a, &list) != ST_OK)
        listed = true;
    for (size_t i = 0; i < list.len && !listed; i++)
        listed = str_eq(list.items[i].name, row->name);
    arena_deinit(&a);
    return listed;
}

static void verify_file(const Results *r, const PartRow *row, const char *path, Err *err)
{
    FileMap map;
    const Status st = file_map_open(path, &map);

    if (st == ST_NOTFOUND && !is_listed(r, row))
        return;
    if (st) {
        (void)err_set(err, st, 0, "%s",
                      st == ST_NOTFOUND ? "its file is missing" : status_text(st));
        return;
    }
    (void)!verify_bytes(row, (Str){(const char *)map.data, map.len}, err);
    file_map_close(&map);
}

static Status verify_part(void *visitor, const PartRow *row)
{
    Checkup *c = visitor;
    const char *folder;
    const char *file;
    Err err = {0};
    Arena a;
    Status st;

    arena_init(&a, 1 << 16);
    st = part_full_paths(c->results, row, &a, &folder, &file);
    if (!st)
        verify_file(c->results, row, file, &err);
    arena_deinit(&a);
    c->parts++;
    if (err.code) {
        char text[400];
        const int n = snprintf(text, sizeof text, "results %.*s of evaluation %lld: %s",
                               STR_ARG(row->name), (long long)row->evaluation_id, err.msg);

        c->findings++;
        c->report(c->context, (Str){text, n < 0 ? 0 : (size_t)n});
    }
    return st;
}

Status results_verify(Results *r, void (*report)(void *context, Str finding), void *context,
                      size_t *parts)
{
    Checkup c = {.results = r, .report = report, .context = context};
    const Status st = catalog_part_each(r->catalog, verify_part, &c);

    *parts = c.parts;
    return st ? st : c.findings ? ST_CORRUPT : ST_OK;
}
