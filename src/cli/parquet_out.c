/* SPDX-License-Identifier: Apache-2.0 */
/* A store whose list of segments is an array. */
#include "cli/parquet_out.h"

#include "base/alloc.h"
#include "base/vec.h"
#include "cli/scratch.h"
#include "os/file.h"
#include "store/segment_writer.h"

enum { MAX_SEGMENTS = 10000, PROJECT = 1 };

struct ParquetOut {
    Arena arena;
    const char *path;
    const char *scratch;
    Store *store;
    uint64_t spans;
    uint64_t flushed_seq;
    VEC_OF(SegmentInfo) segments;
};

static Status list_segments(void *context, Status (*visit)(void *visitor, const SegmentInfo *s),
                            void *visitor, uint64_t *flushed_seq)
{
    const ParquetOut *p = context;
    Status st = ST_OK;

    for (size_t i = 0; i < p->segments.len && !st; i++)
        st = visit(visitor, &p->segments.items[i]);
    *flushed_seq = p->flushed_seq;
    return st;
}

static void remove_segment(ParquetOut *p, int64_t id)
{
    size_t kept = 0;

    for (size_t i = 0; i < p->segments.len; i++) {
        if (p->segments.items[i].id != id)
            p->segments.items[kept++] = p->segments.items[i];
    }
    p->segments.len = kept;
}

static Status publish(void *context, const SegmentInfo *add, size_t add_count,
                      const int64_t *remove, size_t remove_count, uint64_t flushed_seq)
{
    ParquetOut *p = context;

    for (size_t i = 0; i < add_count; i++) {
        const Status st = VEC_PUSH(&p->segments, add[i], MAX_SEGMENTS);

        if (st)
            return st;
    }
    for (size_t i = 0; i < remove_count; i++)
        remove_segment(p, remove[i]);
    p->flushed_seq = flushed_seq ? flushed_seq : p->flushed_seq;
    return ST_OK;
}

static const SegmentIndexOps index_ops = {.list = list_segments, .publish = publish};

/* The scratch folder is new: there is nothing to decode again. */
static Status decode_nothing(void *context, const StoreRecord *record, Chunk **out)
{
    (void)context;
    (void)record;
    (void)out;
    return ST_UNSUPPORTED;
}

static Status free_all(ParquetOut *p, Status st)
{
    Status removed = ST_OK;

    if (p->store)
        store_close(p->store);
    if (p->scratch)
        removed = dir_remove_all(p->scratch);
    VEC_FREE(&p->segments);
    arena_deinit(&p->arena);
    mem_free(p);
    return st ? st : removed;
}

Status parquet_out_open(const char *path, Err *err, ParquetOut **out)
{
    ParquetOut *p = mem_calloc(1, sizeof *p);
    StoreOptions options = {.no_background = true, .decode = decode_nothing};
    Str copy;
    Status st;

    if (!p)
        return ST_NOMEM;
    arena_init(&p->arena, 1 << 20);
    st = arena_printf(&p->arena, &copy, "%s%c", path, 0);
    if (!st)
        st = scratch_make(&p->arena, path, &p->scratch);
    if (st) {
        (void)err_set(err, st, 0, "cannot write beside %s: %s", path, status_text(st));
        return free_all(p, st);
    }
    p->path = copy.ptr;
    options.dir = p->scratch;
    options.index = (SegmentIndex){&index_ops, p};
    st = store_open(&options, err, &p->store);
    if (st)
        return free_all(p, st);
    *out = p;
    return ST_OK;
}

Status parquet_out_add(ParquetOut *p, Str body, Chunk *chunk)
{
    const StoreRecord record = {.project_id = PROJECT, .body = body};
    const size_t spans = chunk->batch.len;
    Status st = store_append(p->store, &record, chunk);

    if (st == ST_BUSY) {
        st = store_flush(p->store);
        if (!st)
            st = store_append(p->store, &record, chunk);
    }
    if (st)
        chunk_free(chunk);
    else
        p->spans += spans;
    return st;
}

/* Merge until nothing is left to merge. */
static Status merge(ParquetOut *p)
{
    bool more = true;
    Status st = store_flush(p->store);

    while (!st && more && p->segments.len > 1)
        st = store_compact(p->store, &more);
    return st;
}

static Status move_file(ParquetOut *p)
{
    const char *from;
    Status st;

    if (!p->segments.len)
        return ST_NOTFOUND;
    if (p->segments.len > 1)
        return ST_LIMIT;
    st = segment_path(&p->arena, p->scratch, &p->segments.items[0], &from);
    return st ? st : path_rename(from, p->path);
}

Status parquet_out_finish(ParquetOut *p, Status st, Err *err)
{
    if (st)
        return free_all(p, st);
    st = merge(p);
    if (!st)
        st = move_file(p);
    if (st == ST_NOTFOUND)
        (void)err_set(err, st, 0, "no trace matches: nothing was written");
    else if (st == ST_LIMIT)
        (void)err_set(err, st, 0, "too many traces for one file; narrow the query");
    else if (st)
        (void)err_set(err, st, 0, "cannot write %s: %s", p->path, status_text(st));
    return free_all(p, st);
}
