/* SPDX-License-Identifier: Apache-2.0 */
/* Flush: the memtable becomes one segment a project, published together with
 * the seq up to which the log is not needed any more. */
#include "store/internal.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/prefetch.h"
#include "os/clock.h"
#include "store/row_keys.h"
#include "store/segment_writer.h"

#include <inttypes.h>
#include <string.h>

enum { QUIET_PART = 16 };
static const int64_t retry_after_ns = 1000000000;

/* The spans of one project, being put into order. */
typedef struct Batch {
    const Span **spans;
    RowKey *keys;
    Row *rows;
    size_t count;
} Batch;

static void batch_deinit(Batch *b)
{
    mem_free(b->spans);
    mem_free(b->keys);
    mem_free(b->rows);
}

static void collect_run(Batch *b, const Run *r)
{
    for (const HeldChunk *h = r->first; h; h = h->next)
        for (size_t i = 0; i < h->chunk.batch.len; i++)
            b->spans[b->count++] = &h->chunk.batch.spans[i];
}

static RowKey key_of(const Span *s, size_t row)
{
    RowKey k = {.start_ns = s->start_ns, .seq = s->seq, .row = (uint32_t)row};

    memcpy(k.trace_id, s->trace_id, sizeof k.trace_id);
    memcpy(k.span_id, s->span_id, sizeof k.span_id);
    return k;
}

static Status batch_init(Batch *b, const Run *newest, int64_t project_id)
{
    size_t count = 0;

    for (const Run *r = newest; r; r = r->next)
        count += r->project_id == project_id ? r->spans : 0;
    if (count > UINT32_MAX)
        return ST_LIMIT;
    b->spans = mem_array(count, sizeof(void *));
    b->keys = mem_array(count, sizeof *b->keys);
    b->rows = mem_array(count, sizeof *b->rows);
    if (!b->spans || !b->keys || !b->rows)
        return ST_NOMEM;
    for (const Run *r = newest; r; r = r->next)
        if (r->project_id == project_id)
            collect_run(b, r);
    for (size_t i = 0; i < b->count; i++)
        b->keys[i] = key_of(b->spans[i], i);
    b->count = row_keys_arrange(b->keys, b->count);
    for (size_t i = 0; i < b->count; i++)
        b->rows[i] = (Row){b->spans[b->keys[i].row], b->keys[i].trace_start_ns};
    return ST_OK;
}

/* The attributes of a span are found through it, so it comes first. */
static void prefetch_row(const Batch *b, size_t i)
{
    if (i + (size_t)2 * PREFETCH_AHEAD < b->count)
        prefetch(&b->rows[i + (size_t)2 * PREFETCH_AHEAD].span->attrs);
    if (i + PREFETCH_AHEAD < b->count)
        prefetch(b->rows[i + PREFETCH_AHEAD].span->attrs.items);
}

static Status plan_rows(AttrPlan *plan, const Batch *b)
{
    Status st = ST_OK;

    for (size_t i = 0; i < b->count && !st; i++) {
        prefetch_row(b, i);
        st = plan_count(plan, b->rows[i].span);
    }
    return st ? st : plan_choose(plan, MAX_ATTRIBUTE_COLUMNS);
}

static Status write_rows(Store *s, const Batch *b, AttrPlan *plan, SegmentInfo *info)
{
    SegmentWriter *w = NULL;
    Status st = segment_writer_new(s->dir, info, plan, &w);

    for (size_t from = 0, n; from < b->count && !st; from += n) {
        n = segment_group_rows(b->rows + from, b->count - from, plan->column_count);
        st = segment_writer_add(w, b->rows + from, n);
    }
    if (!st)
        st = segment_writer_finish(w, info);
    segment_writer_free(w);
    return st;
}

static Status write_batch(Store *s, const Batch *b, int64_t project_id, SegmentList *out)
{
    SegmentInfo info = {
        .id = store_new_segment_id(s), .project_id = project_id, .table = TABLE_SPANS};
    AttrPlan plan;
    Segment *segment = NULL;
    Status st;

    plan_init(&plan);
    st = plan_rows(&plan, b);
    if (!st)
        st = write_rows(s, b, &plan, &info);
    plan_deinit(&plan);
    if (!st)
        st = segment_new(&s->cache, &info, &segment);
    if (st)
        return st; /* the file of a failed segment_new() is an orphan, removed at the next start */
    st = segment_list_push(out, segment);
    if (st) {
        segment_doom(segment);
        segment_unref(segment);
    }
    return st;
}

static Status write_project(Store *s, const Run *newest, int64_t project_id, SegmentList *out)
{
    Batch b = {0};
    Status st = batch_init(&b, newest, project_id);

    if (!st)
        st = write_batch(s, &b, project_id, out);
    batch_deinit(&b);
    return st;
}

static bool seen_before(const Run *newest, const Run *r)
{
    for (; newest != r; newest = newest->next)
        if (newest->project_id == r->project_id)
            return true;
    return false;
}

static Status write_segments(Store *s, SegmentList *out)
{
    for (size_t i = 0; i < MEMTABLE_BUCKETS; i++) {
        const Run *newest = s->flushing.buckets[i];

        for (const Run *r = newest; r; r = r->next) {
            const Status st = seen_before(newest, r) || store_is_dropped(s, r->project_id)
                                  ? ST_OK
                                  : write_project(s, newest, r->project_id, out);

            if (st)
                return st;
        }
    }
    return ST_OK;
}

/* Everything visible is to be covered.  False: it is already. */
static bool begin_flush(Store *s, uint64_t *covered)
{
    bool work;

    mutex_lock(&s->lock);
    *covered = s->visible_seq;
    work = *covered > s->flushed_seq;
    if (work) {
        s->flushing = s->active;
        s->active = (Memtable){0};
    }
    mutex_unlock(&s->lock);
    return work;
}

static void end_flush(Store *s, Status st)
{
    mutex_lock(&s->lock);
    s->flush_status = st;
    s->retry_ns = st ? clock_mono_ns() + retry_after_ns : 0;
    if (st)
        memtable_take_back(&s->active, &s->flushing);
    cond_broadcast(&s->room);
    mutex_unlock(&s->lock);
    if (st)
        log_warn("memtable not flushed; its records stay in the log", " error=\"%s\"",
                 status_text(st));
    else
        atomic_fetch_add(&s->flushes, 1);
}

static Status flush_locked(Store *s)
{
    const SegmentList none = {0};
    SegmentList added = {0};
    uint64_t covered = 0;
    bool unknown = false;
    Status st;

    if (!begin_flush(s, &covered))
        return ST_OK;
    if (s->wal)
        wal_rotate(s->wal);
    st = write_segments(s, &added);
    if (!st)
        st = store_publish(s, &added, &none, covered, &unknown);
    end_flush(s, st);
    if (st)
        store_drop_segments(&added, unknown);
    else if (s->wal)
        wal_release(s->wal, covered);
    VEC_FREE(&added);
    return st;
}

Status store_flush(Store *s)
{
    Status st;

    mutex_lock(&s->flush_lock);
    st = flush_locked(s);
    mutex_unlock(&s->flush_lock);
    return st;
}

/* A burst is over: its memory is better given back than kept for a minute.  What is
 * small stays, so that a trickle does not become a file every few seconds. */
static bool has_gone_quiet(const Store *s, int64_t now)
{
    return s->active.bytes >= s->options.memtable_bytes / QUIET_PART &&
           now - s->active.newest_ns >= s->options.flush_quiet_ns;
}

bool store_flush_due(Store *s)
{
    const int64_t now = clock_mono_ns();
    bool due;

    mutex_lock(&s->lock);
    due = s->active.oldest_ns && now >= s->retry_ns &&
          (s->active.bytes >= s->options.memtable_bytes ||
           now - s->active.oldest_ns >= s->options.flush_after_ns || has_gone_quiet(s, now));
    mutex_unlock(&s->lock);
    return due;
}
