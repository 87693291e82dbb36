/* SPDX-License-Identifier: Apache-2.0 */
/* Flush: the memtable becomes one segment a project, published together with
 * the seq up to which the log is not needed any more. */
#include "store/internal.h"

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"
#include "store/row_keys.h"
#include "store/segment_writer.h"

#include <inttypes.h>
#include <string.h>

enum { QUIET_PART = 16 };
static const int64_t retry_after_ns = 1000000000;

/* The spans of one project, being put into order. */
typedef struct Batch {
    Row *arrived; /* in the order in which they came, which is how they lie in memory */
    RowKey *keys;
    Row *rows; /* in order */
    size_t count;
    AttrPlan plan;
} Batch;

static void batch_deinit(Batch *b)
{
    mem_free(b->arrived);
    mem_free(b->keys);
    mem_free(b->rows);
    plan_deinit(&b->plan);
}

static RowKey key_of(const Span *s, size_t row)
{
    RowKey k = {.start_ns = s->start_ns, .seq = s->seq, .row = (uint32_t)row};

    memcpy(k.trace_id, s->trace_id, sizeof k.trace_id);
    memcpy(k.span_id, s->span_id, sizeof k.span_id);
    return k;
}

/* All that has to be known of the spans before the first is written, while they are passed in
 * the order of memory. */
static Status collect_run(Batch *b, const Run *r)
{
    for (const HeldChunk *h = r->first; h; h = h->next) {
        for (size_t i = 0; i < h->chunk.batch.len; i++) {
            const Span *s = &h->chunk.batch.spans[i];
            const Status st = plan_count(&b->plan, s);

            if (st)
                return st;
            b->keys[b->count] = key_of(s, b->count);
            b->arrived[b->count++] = (Row){.span = s, .weight = span_weight(s)};
        }
    }
    return ST_OK;
}

/* Attributes that only doubled spans had are to get no column. */
static Status count_again(Batch *b)
{
    Status st = ST_OK;

    plan_deinit(&b->plan);
    plan_init(&b->plan);
    for (size_t i = 0; i < b->count && !st; i++)
        st = plan_count(&b->plan, b->rows[i].span);
    return st;
}

static Status batch_sort(Batch *b)
{
    const size_t arrived = b->count;

    b->count = row_keys_arrange(b->keys, b->count);
    for (size_t i = 0; i < b->count; i++) {
        b->rows[i] = b->arrived[b->keys[i].row];
        b->rows[i].trace_start = b->keys[i].trace_start_ns;
    }
    return b->count < arrived ? count_again(b) : ST_OK;
}

static Status batch_init(Batch *b, const Run *newest, int64_t project_id)
{
    size_t count = 0;
    Status st = ST_OK;

    *b = (Batch){0};
    plan_init(&b->plan);
    for (const Run *r = newest; r; r = r->next)
        count += r->project_id == project_id ? r->spans : 0;
    if (count > UINT32_MAX)
        return ST_LIMIT;
    b->arrived = mem_array(count, sizeof *b->arrived);
    b->keys = mem_array(count, sizeof *b->keys);
    b->rows = mem_array(count, sizeof *b->rows);
    if (!b->arrived || !b->keys || !b->rows)
        return ST_NOMEM;
    for (const Run *r = newest; r && !st; r = r->next)
        if (r->project_id == project_id)
            st = collect_run(b, r);
    if (!st)
        st = batch_sort(b);
    return st ? st : plan_choose(&b->plan, MAX_ATTRIBUTE_COLUMNS);
}

static Status write_rows(Store *s, Batch *b, SegmentInfo *info)
{
    SegmentWriter *w = NULL;
    Status st = segment_writer_new(s->dir, info, &b->plan, &w);

    for (size_t from = 0, n; from < b->count && !st; from += n) {
        n = segment_group_rows(b->rows + from, b->count - from, b->plan.column_count);
        st = segment_writer_add(w, b->rows + from, n);
    }
    if (!st)
        st = segment_writer_finish(w, info);
    segment_writer_free(w);
    return st;
}

static Status write_batch(Store *s, Batch *b, int64_t project_id, SegmentList *out)
{
    SegmentInfo info = {
        .id = store_new_segment_id(s), .project_id = project_id, .table = TABLE_SPANS};
    Segment *segment = NULL;
    Status st = write_rows(s, b, &info);

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
    Batch b;
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
