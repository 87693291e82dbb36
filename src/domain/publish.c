/* SPDX-License-Identifier: Apache-2.0 */
/* See publish.h. */
#include "domain/publish.h"

#include "base/log.h"
#include "catalog/segment.h"
#include "catalog/version.h"
#include "column/parquet.h"
#include "domain/internal.h"
#include "os/map.h"

enum { DELTA_ARENA = 64 << 20, COLUMN_ARENA = 256 << 20 };

/* ------------------------------------------------------------ one segment */

typedef struct RunColumns {
    Vector model, number, status, start;
} RunColumns;

static Status read_column(const ParquetReader *r, size_t group, Str name, VectorType type,
                          Arena *arena, Vector *out)
{
    const size_t column = parquet_find_column(r, name);
    Status st;

    if (column == SIZE_MAX)
        return ST_NOTFOUND;
    st = parquet_read(r, group, column, 0, parquet_group_rows(r, group), arena, out);
    return st ? st : out->type == type ? ST_OK : ST_CORRUPT;
}

static Status count_rows(const RunColumns *c, size_t rows, int64_t project_id, RunSet *runs)
{
    RunTally *t;

    for (size_t i = 0; i < rows; i++) {
        Status st;
        bool error;

        if (vector_is_null(&c->model, i) || vector_is_null(&c->number, i) ||
            c->number.as.i[i] <= 0 || c->number.as.i[i] > INT32_MAX)
            continue;
        error = str_eq(vector_str(&c->status, i), STR("error"));
        st = run_set_at(
            runs, (RunKey){project_id, vector_str(&c->model, i), (int32_t)c->number.as.i[i]}, &t);
        if (st)
            return st;
        run_tally_add(t, error, c->start.as.i[i]);
    }
    return ST_OK;
}

static Status count_group(const ParquetReader *r, size_t group, int64_t project_id, RunSet *runs)
{
    RunColumns c;
    Arena a;
    Status st;

    arena_init(&a, COLUMN_ARENA);
    st = read_column(r, group, STR("model"), VECTOR_STR, &a, &c.model);
    if (!st)
        st = read_column(r, group, STR("model_version"), VECTOR_INT, &a, &c.number);
    if (!st)
        st = read_column(r, group, STR("status"), VECTOR_STR, &a, &c.status);
    if (!st)
        st = read_column(r, group, STR("start"), VECTOR_TIME, &a, &c.start);
    if (!st)
        st = count_rows(&c, parquet_group_rows(r, group), project_id, runs);
    arena_deinit(&a);
    return st == ST_NOTFOUND ? ST_OK : st; /* a segment in which nothing has a model */
}

Status count_segment(const char *path, int64_t project_id, RunSet *runs)
{
    FileMap map = {0};
    ParquetReader *r = NULL;
    Status st = file_map_open(path, &map);

    if (st)
        return st;
    st = parquet_reader_open((Str){(const char *)map.data, map.len}, NULL, &r);
    if (!st) {
        for (size_t g = 0; g < parquet_group_count(r) && !st; g++)
            st = count_group(r, g, project_id, runs);
        parquet_reader_close(r);
    }
    file_map_close(&map);
    return st;
}

/* ------------------------------------------------------------ a flush */

/* Spans that this process did not see being appended: ask the catalogue. */
static Status find_unknown(Domain *d, RunSet *runs, Arena *arena)
{
    for (size_t i = 0; i < runs->tallies.len; i++) {
        const RunKey *key = &runs->keys.items[i];
        RunTally *t = &runs->tallies.items[i];
        VersionRow row = {0};
        Status st;

        if (t->version_id)
            continue;
        st = catalog_version_get(d->catalog, key->project_id, key->model, key->number, arena, &row);
        if (st && st != ST_NOTFOUND)
            return st;
        t->version_id = row.id;
        t->model_id = row.model_id;
    }
    return ST_OK;
}

static Status count_added(const char *dir, const SegmentInfo *add, size_t count, Arena *arena,
                          RunSet *runs)
{
    for (size_t i = 0; i < count; i++) {
        Str path;
        Status st;

        if (add[i].level || add[i].table != TABLE_SPANS)
            continue;
        st = arena_printf(arena, &path, "%s/segments/%lld/%lld.parquet", dir,
                          (long long)add[i].project_id, (long long)add[i].id);
        if (!st)
            st = count_segment(path.ptr, add[i].project_id, runs);
        /* Better spans without a count than a flush that can never end. */
        if (st)
            log_error("cannot count the runs of a segment", " segment=%lld reason=\"%s\"",
                      (long long)add[i].id, status_text(st));
        if (st == ST_NOMEM)
            return st;
    }
    return ST_OK;
}

static Status run_deltas(const RunSet *runs, Arena *arena, CountDeltas *out)
{
    RunDelta *items = arena_calloc(arena, runs->tallies.len + 1, sizeof *items);
    size_t n = 0;

    if (!items)
        return ST_NOMEM;
    for (size_t i = 0; i < runs->tallies.len; i++) {
        const RunTally *t = &runs->tallies.items[i];

        if (t->version_id)
            items[n++] = (RunDelta){.version_id = t->version_id,
                                    .runs = (uint64_t)t->runs,
                                    .errors = (uint64_t)t->errors,
                                    .first_ns = t->first_ns,
                                    .last_ns = t->last_ns};
    }
    out->runs = items;
    out->run_count = n;
    return ST_OK;
}

static bool brings_spans(const SegmentInfo *s)
{
    return !s->level && s->table == TABLE_SPANS;
}

/* Stored spans by segment and rejected ones by project: two entries for one project add up. */
static Status project_deltas(Domain *d, const SegmentInfo *add, size_t count, Arena *arena,
                             CountDeltas *out)
{
    ProjectDelta *rejected;
    ProjectDelta *items;
    size_t n = 0;
    Status st = run_counts_rejected(&d->counts, arena, &rejected, &n);

    if (st)
        return st;
    items = arena_calloc(arena, n + count + 1, sizeof *items);
    if (!items)
        return ST_NOMEM;
    for (size_t i = 0; i < n; i++)
        items[i] = rejected[i];
    for (size_t i = 0; i < count; i++)
        if (brings_spans(&add[i]))
            items[n++] = (ProjectDelta){.project_id = add[i].project_id, .stored = add[i].rows};
    out->projects = items;
    out->project_count = n;
    return ST_OK;
}

static void take_off(Domain *d, const CountDeltas *deltas, const RunSet *runs)
{
    for (size_t i = 0; i < deltas->project_count; i++)
        run_counts_project(&d->counts, deltas->projects[i].project_id,
                           -(int64_t)deltas->projects[i].stored,
                           -(int64_t)deltas->projects[i].rejected);
    run_counts_sub(&d->counts, runs);
}

Status publish_segments(Domain *d, const char *dir, const SegmentInfo *add, size_t add_count,
                        const int64_t *remove, size_t remove_count, uint64_t flushed_seq)
{
    CountDeltas deltas = {0};
    RunSet runs;
    Arena a;
    Status st;

    arena_init(&a, DELTA_ARENA);
    run_set_init(&runs);
    mutex_lock(&d->publish_lock);
    st = count_added(dir, add, add_count, &a, &runs);
    run_counts_know(&d->counts, &runs);
    if (!st)
        st = find_unknown(d, &runs, &a);
    if (!st)
        st = run_deltas(&runs, &a, &deltas);
    if (!st)
        st = project_deltas(d, add, add_count, &a, &deltas);
    if (!st)
        st = catalog_segments_publish(d->catalog, add, add_count, remove, remove_count, flushed_seq,
                                      &deltas);
    if (!st)
        take_off(d, &deltas, &runs);
    mutex_unlock(&d->publish_lock);
    run_set_deinit(&runs);
    arena_deinit(&a);
    return st;
}

Status publish_rejected(Domain *d)
{
    CountDeltas deltas = {0};
    RunSet none;
    Arena a;
    Status st;

    arena_init(&a, DELTA_ARENA);
    run_set_init(&none);
    mutex_lock(&d->publish_lock);
    st = project_deltas(d, NULL, 0, &a, &deltas);
    if (!st && deltas.project_count)
        st = catalog_counters_add(d->catalog, &deltas);
    if (!st)
        take_off(d, &deltas, &none);
    mutex_unlock(&d->publish_lock);
    run_set_deinit(&none);
    arena_deinit(&a);
    return st;
}
