/* SPDX-License-Identifier: Apache-2.0 */
/* See run_count.h. */
#include "domain/run_count.h"

#include "catalog/version.h"
#include "column/parquet.h"
#include "domain/internal.h"
#include "os/map.h"
#include "store/snapshot.h"

enum { COLUMN_ARENA = 256 << 20, ROW_ARENA = 1 << 20 };

typedef struct RunColumns {
    Vector model, number, status, start, type; /* the type only where there are scores */
    size_t rows;
} RunColumns;

static Status count_rows(const RunColumns *c, int64_t project_id, RunSet *runs)
{
    /* A segment in which nothing has a model has no such columns, or ones of nulls. */
    const bool whole = c->model.type == VECTOR_STR && c->number.type == VECTOR_INT &&
                       c->status.type == VECTOR_STR && c->start.type == VECTOR_TIME;
    Status st = ST_OK;

    for (size_t i = 0; whole && i < c->rows && !st; i++) {
        if (c->type.len && str_eq(vector_str(&c->type, i), STR(VIREO_TYPE_SCORE)))
            continue; /* it has the model that it judges */
        if (vector_is_null(&c->model, i) || vector_is_null(&c->number, i) ||
            c->number.as.i[i] <= 0 || c->number.as.i[i] > INT32_MAX)
            continue;
        st = run_set_add(runs,
                         (RunKey){project_id, vector_str(&c->model, i), (int32_t)c->number.as.i[i]},
                         str_eq(vector_str(&c->status, i), STR("error")), c->start.as.i[i]);
    }
    return st;
}

/* ------------------------------------------------------------ a segment */

static Status read_column(const ParquetReader *r, size_t group, Str name, Arena *arena, Vector *out)
{
    const size_t column = parquet_find_column(r, name);

    *out = (Vector){0};
    if (column == SIZE_MAX)
        return ST_OK;
    return parquet_read(r, group, column, 0, parquet_group_rows(r, group), arena, out);
}

/* The sum of the numbers of scores of its groups: "0,17,3". */
static uint64_t scores_of(const ParquetReader *r)
{
    uint64_t sum = 0;
    uint64_t number = 0;
    Str counts = {0};

    if (!parquet_meta(r, STR("vireo.group_scores"), &counts))
        return 0;
    for (size_t i = 0; i < counts.len; i++) {
        if (counts.ptr[i] == ',') {
            sum += number;
            number = 0;
        } else {
            number = number * 10 + (uint64_t)(counts.ptr[i] - '0');
        }
    }
    return sum + number;
}

static Status count_group(const ParquetReader *r, size_t group, bool scores, int64_t project_id,
                          RunSet *runs)
{
    RunColumns c = {.rows = parquet_group_rows(r, group)};
    Arena a;
    Status st;

    arena_init(&a, COLUMN_ARENA);
    st = read_column(r, group, STR("model"), &a, &c.model);
    if (!st)
        st = read_column(r, group, STR("model_version"), &a, &c.number);
    if (!st)
        st = read_column(r, group, STR("status"), &a, &c.status);
    if (!st)
        st = read_column(r, group, STR("start"), &a, &c.start);
    if (!st && scores)
        st = read_column(r, group, STR("type"), &a, &c.type);
    if (!st)
        st = count_rows(&c, project_id, runs);
    arena_deinit(&a);
    return st;
}

Status count_segment(const char *path, int64_t project_id, RunSet *runs, uint64_t *scores)
{
    FileMap map = {0};
    uint64_t found = 0;
    ParquetReader *r = NULL;
    Status st = file_map_open(path, &map);

    if (st)
        return st;
    st = parquet_reader_open((Str){(const char *)map.data, map.len}, NULL, &r);
    if (!st) {
        found = scores_of(r);
        for (size_t g = 0; g < parquet_group_count(r) && !st; g++)
            st = count_group(r, g, found > 0, project_id, runs);
        parquet_reader_close(r);
    }
    file_map_close(&map);
    *scores = st ? 0 : found;
    return st;
}

/* ------------------------------------------------------------ the memtable */

static Status count_block(const Snapshot *snap, size_t block, int64_t project_id, RunSet *runs)
{
    RunColumns c = {.rows = snapshot_block(snap, block).rows};
    Arena a;
    Status st;

    arena_init(&a, COLUMN_ARENA);
    st = snapshot_read(snap, block, STR("model"), 0, c.rows, &a, &c.model);
    if (!st)
        st = snapshot_read(snap, block, STR("model_version"), 0, c.rows, &a, &c.number);
    if (!st)
        st = snapshot_read(snap, block, STR("status"), 0, c.rows, &a, &c.status);
    if (!st)
        st = snapshot_read(snap, block, STR("start"), 0, c.rows, &a, &c.start);
    if (!st && snapshot_block(snap, block).scores)
        st = snapshot_read(snap, block, STR("type"), 0, c.rows, &a, &c.type);
    if (!st)
        st = count_rows(&c, project_id, runs);
    arena_deinit(&a);
    return st;
}

Status count_memtable(Domain *d, int64_t project_id, RunSet *runs)
{
    Snapshot *snap;
    Status st;

    if (!d->store)
        return ST_OK;
    st = store_snapshot(d->store, project_id, &snap);
    if (st)
        return st;
    for (size_t i = 0; i < snapshot_block_count(snap) && !st; i++)
        if (!snapshot_block(snap, i).cache_key) /* not of a segment */
            st = count_block(snap, i, project_id, runs);
    snapshot_release(snap);
    return st ? st : find_versions(d, runs);
}

/* ------------------------------------------------------------ versions */

Status find_versions(Domain *d, RunSet *runs)
{
    Status st = ST_OK;

    for (size_t i = 0; i < runs->tallies.len && !st; i++) {
        RunTally *t = &runs->tallies.items[i];
        VersionRef ref = {0};
        Arena a;

        arena_init(&a, ROW_ARENA);
        st = catalog_version_ref(d->catalog, t->key.project_id, t->key.model, t->key.number, &a,
                                 &ref);
        t->version_id = ref.id;
        t->model_id = ref.model_id;
        arena_deinit(&a);
        if (st == ST_NOTFOUND)
            st = ST_OK;
    }
    return st;
}
