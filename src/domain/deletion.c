/* SPDX-License-Identifier: Apache-2.0 */
/* See deletion.h. */
#include "domain/deletion.h"

#include "base/log.h"
#include "base/map.h"
#include "base/vec.h"
#include "catalog/tombstone.h"
#include "domain/internal.h"
#include "domain/project.h"
#include "store/deletion.h"
#include "store/snapshot.h"

#include <string.h>

enum { COLUMN_ARENA = 256 << 20 };

Status trace_delete(Domain *d, int64_t project_id, const uint8_t id[TRACE_ID_BYTES],
                    uint64_t *spans)
{
    TraceId trace;
    Status st;

    memcpy(trace.bytes, id, TRACE_ID_BYTES);
    st = store_delete_traces(d->store, project_id, &trace, 1, spans);
    return !st && !*spans ? ST_NOTFOUND : st;
}

/* --------------------------------------------------------------- of a user */

typedef VEC_OF(TraceId) TraceIds;

/* Neighbours are mostly of one trace; what repeats all the same does no harm. */
static Status add_trace(TraceIds *ids, Str id)
{
    TraceId trace;

    if (ids->len && memcmp(ids->items[ids->len - 1].bytes, id.ptr, TRACE_ID_BYTES) == 0)
        return ST_OK;
    memcpy(trace.bytes, id.ptr, TRACE_ID_BYTES);
    return VEC_PUSH(ids, trace, DELETE_MAX_TRACES);
}

static Status find_in_block(const Snapshot *snap, size_t block, Str user, TraceIds *ids)
{
    const size_t rows = snapshot_block(snap, block).rows;
    Vector users = {0};
    Vector traces = {0};
    Arena a;
    Status st;

    if (!snapshot_may_contain(snap, block, STR("user"), user))
        return ST_OK;
    arena_init(&a, COLUMN_ARENA);
    st = snapshot_read(snap, block, STR("user"), 0, rows, &a, &users);
    if (!st)
        st = snapshot_read(snap, block, STR("trace_id"), 0, rows, &a, &traces);
    for (size_t i = 0; i < rows && !st; i++)
        if (!vector_is_null(&users, i) && str_eq(vector_str(&users, i), user))
            st = add_trace(ids, vector_str(&traces, i));
    arena_deinit(&a);
    return st;
}

static Status find_traces(Domain *d, int64_t project_id, Str user, TraceIds *ids)
{
    Snapshot *snap;
    Status st = store_snapshot(d->store, project_id, &snap);

    if (st)
        return st;
    for (size_t i = 0; i < snapshot_block_count(snap) && !st; i++)
        st = find_in_block(snap, i, user, ids);
    snapshot_release(snap);
    return st;
}

Status user_delete(Domain *d, int64_t project_id, Str user, uint64_t *spans)
{
    TraceIds ids = {0};
    Status st = find_traces(d, project_id, user, &ids);

    *spans = 0;
    if (!st && ids.len)
        st = store_delete_traces(d->store, project_id, ids.items, ids.len, spans);
    VEC_FREE(&ids);
    return st;
}

/* ---------------------------------------------------------------- projects */

static Status remove_files(void *domain, int64_t project_id)
{
    Domain *d = domain;
    const Status st = blobs_remove_project(d->blobs, project_id);

    return st || !d->results ? st : results_remove_project(d->results, project_id);
}

Status project_delete(Domain *d, int64_t project_id, uint64_t *spans)
{
    int64_t again;
    bool created;
    Status st = store_drop_project(d->store, project_id, spans);

    if (st)
        return st;
    project_forget_all(d);
    version_cache_clear(&d->versions);
    st = remove_files(d, project_id);
    if (st)
        log_warn("blobs and results of a deleted project are removed at the next start",
                 " project=%lld reason=\"%s\"", (long long)project_id, status_text(st));
    return project_ensure(d, STR(DEFAULT_PROJECT), &again, &created, NULL);
}

Status deletion_finish(Domain *d)
{
    return catalog_dropped_each(d->catalog, remove_files, d);
}
