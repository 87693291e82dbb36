/* SPDX-License-Identifier: Apache-2.0 */
/* Files under segments/ against the index.
 *
 * A file without a row is left by a crash before its publication: its rows are
 * in the log (a flush) or in other segments (a compaction), so it goes.  A row
 * without a file is a loss that somebody must hear of. */
#include "store/internal.h"

#include "base/alloc.h"
#include "base/log.h"
#include "os/map.h"
#include "store/segment_writer.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct Sweep {
    Store *store;
    Err *err;
    Arena arena;
    int64_t *ids; /* known ones, ascending */
    size_t count;
    bool index_is_new; /* knows of nothing at all */
    uint64_t oldest_seq;
} Sweep;

static int compare_ids(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

static Status collect_ids(Sweep *w)
{
    const SegmentList *list = &w->store->segments;

    w->ids = arena_alloc(&w->arena, (list->len + 1) * sizeof *w->ids);
    if (!w->ids)
        return ST_NOMEM;
    for (size_t i = 0; i < list->len; i++)
        w->ids[i] = list->items[i]->info.id;
    w->count = list->len;
    qsort(w->ids, w->count, sizeof *w->ids, compare_ids);
    return ST_OK;
}

static bool known(const Sweep *w, int64_t id)
{
    return w->count && bsearch(&id, w->ids, w->count, sizeof id, compare_ids);
}

/* Least seq in a segment file, 0 when it cannot be read. */
static uint64_t file_min_seq(const char *path)
{
    FileMap map = {0};
    ParquetReader *r = NULL;
    Str text;
    uint64_t seq = 0;

    if (file_map_open(path, &map))
        return 0;
    if (parquet_reader_open((Str){(const char *)map.data, map.len}, NULL, &r) == ST_OK &&
        parquet_meta(r, STR("vireo.min_seq"), &text) && str_to_u64(text, &seq))
        seq = 0;
    parquet_reader_close(r);
    file_map_close(&map);
    return seq;
}

static Status remove_orphan(Sweep *w, const char *path, bool whole)
{
    Status st;

    if (whole && w->index_is_new && file_min_seq(path) < w->oldest_seq)
        return err_set(
            w->err, ST_CORRUPT, 0,
            "the catalogue knows no segments, but there are some in %s/segments: restore "
            "the catalogue that belongs to them, or move them away",
            w->store->dir);
    st = path_remove(path);
    if (st == ST_NOTFOUND)
        st = ST_OK;
    if (st)
        log_warn("unpublished segment not removed", " file=\"%s\" error=\"%s\"", path,
                 status_text(st));
    else
        log_info("unpublished segment removed", " file=\"%s\"", path);
    return ST_OK;
}

static Status sweep_file(Sweep *w, const char *dir, Str name)
{
    const bool temporary = str_ends(name, STR(".parquet.tmp"));
    const char *path = NULL;
    int64_t id = 0;
    Status st;

    if (!temporary) {
        if (!str_ends(name, STR(".parquet")) ||
            str_to_i64(str_slice(name, 0, name.len - sizeof ".parquet" + 1), &id) || known(w, id))
            return ST_OK;
    }
    st = path_join(&w->arena, dir, name, &path);
    return st ? st : remove_orphan(w, path, !temporary);
}

static Status sweep_dir(Sweep *w, const char *parent, Str name)
{
    int64_t project_id = 0;
    const char *dir = NULL;
    Str *files = NULL;
    size_t count = 0;
    Status st;

    if (str_to_i64(name, &project_id))
        return ST_OK;
    st = path_join(&w->arena, parent, name, &dir);
    if (!st)
        st = dir_list(dir, &w->arena, &files, &count);
    for (size_t i = 0; i < count && !st; i++)
        st = sweep_file(w, dir, files[i]);
    return st;
}

static Status sweep(Sweep *w)
{
    const char *parent = NULL;
    Str *dirs = NULL;
    size_t count = 0;
    Status st = collect_ids(w);

    if (!st)
        st = path_join(&w->arena, w->store->dir, STR("segments"), &parent);
    if (!st)
        st = dir_list(parent, &w->arena, &dirs, &count);
    for (size_t i = 0; i < count && !st; i++)
        st = sweep_dir(w, parent, dirs[i]);
    return st;
}

static Status tell_missing(Sweep *w)
{
    Status st = ST_OK;

    for (size_t i = 0; i < w->store->segments.len && !st; i++) {
        const SegmentInfo *info = &w->store->segments.items[i]->info;
        const char *path = NULL;

        st = segment_path(&w->arena, w->store->dir, info, &path);
        if (!st && !path_exists(path))
            log_error("segment file is missing; its spans are lost to queries until it is back",
                      " file=\"%s\" rows=%" PRIu64, path, info->rows);
    }
    return st;
}

Status store_remove_orphans(Store *s, uint64_t oldest_seq, Err *err)
{
    Sweep w = {.store = s,
               .err = err,
               .index_is_new = !s->segments.len && !s->flushed_seq,
               .oldest_seq = oldest_seq};
    Status st;

    arena_init(&w.arena, (size_t)1 << 30);
    st = sweep(&w);
    if (!st)
        st = tell_missing(&w);
    arena_deinit(&w.arena);
    return st;
}
