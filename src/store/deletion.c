/* SPDX-License-Identifier: Apache-2.0 */
/* See deletion.h.
 *
 *   flush -> seq := watermark -> which rows? -> index (durable) -> sets in memory
 *
 * The flush makes the tombstones' seq one that the log is covered up to, so that
 * replaying the log can bring nothing back.  Between the index and memory nothing
 * can fail.  A crash before the index: nothing was deleted, nobody was told so.
 *
 * Why no rewriting at once: a trace of ten spans may stand in a file of a gigabyte,
 * and the user waits.  Why not only a rewrite: see docs/adr/. */
#include "store/deletion.h"

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"
#include "store/internal.h"

#include <inttypes.h>
#include <string.h>

static const int64_t default_purge_after_ns = INT64_C(600000000000);
static const int64_t purge_retry_ns = INT64_C(60000000000);

/* -------------------------------------------------------------- the sets */

static size_t find_set(const Store *s, int64_t project_id)
{
    for (size_t i = 0; i < s->dead.len; i++)
        if (s->dead.items[i]->project_id == project_id)
            return i;
    return SIZE_MAX;
}

DeadSet *store_dead_set_locked(Store *s, int64_t project_id)
{
    const size_t at = find_set(s, project_id);

    if (at == SIZE_MAX)
        return NULL;
    dead_set_ref(s->dead.items[at]);
    return s->dead.items[at];
}

DeadSet *store_dead_set(Store *s, int64_t project_id)
{
    DeadSet *d;

    mutex_lock(&s->lock);
    d = store_dead_set_locked(s, project_id);
    mutex_unlock(&s->lock);
    return d;
}

bool store_is_dropped(Store *s, int64_t project_id)
{
    bool dropped = false;

    mutex_lock(&s->lock);
    for (size_t i = 0; i < s->dropped.len && !dropped; i++)
        dropped = s->dropped.items[i] == project_id;
    mutex_unlock(&s->lock);
    return dropped;
}

static void schedule_purge(Store *s)
{
    const int64_t after =
        s->options.purge_after_ns ? s->options.purge_after_ns : default_purge_after_ns;

    if (!s->purge_ns)
        s->purge_ns = clock_mono_ns() + after;
}

/* Room for one more project, so that take_over() cannot fail. */
static Status reserve_set(Store *s)
{
    Status st;

    mutex_lock(&s->lock);
    st = vec_reserve((void **)&s->dead.items, &s->dead.cap, s->dead.len, sizeof(void *),
                     STORE_MAX_DROPPED);
    mutex_unlock(&s->lock);
    return st;
}

/* Put `d` in the place of the project's set. */
static void take_over(Store *s, DeadSet *d)
{
    DeadSet *before = NULL;
    size_t at;

    mutex_lock(&s->lock);
    at = find_set(s, d->project_id);
    if (at == SIZE_MAX) {
        s->dead.items[s->dead.len++] = d;
    } else {
        before = s->dead.items[at];
        s->dead.items[at] = d;
    }
    schedule_purge(s);
    mutex_unlock(&s->lock);
    dead_set_unref(before);
}

static void forget_set(Store *s, int64_t project_id)
{
    DeadSet *before = NULL;
    size_t at;

    mutex_lock(&s->lock);
    at = find_set(s, project_id);
    if (at != SIZE_MAX) {
        before = s->dead.items[at];
        s->dead.items[at] = s->dead.items[--s->dead.len];
    }
    mutex_unlock(&s->lock);
    dead_set_unref(before);
}

/* ------------------------------------------------------------- at the start */

typedef struct Load {
    Store *store;
    int64_t project_id; /* of `traces` */
    VEC_OF(DeadTrace) traces;
} Load;

static Status end_project(Load *l)
{
    Store *s = l->store;
    DeadSet *d = NULL;
    Status st = ST_OK;

    if (!l->traces.len)
        return ST_OK;
    st = reserve_set(s);
    if (!st)
        st = dead_set_grow(NULL, l->project_id, ++s->dead_generation, l->traces.items,
                           l->traces.len, &d);
    if (!st)
        take_over(s, d);
    l->traces.len = 0;
    return st;
}

static Status load_tombstone(void *visitor, const Tombstone *t)
{
    Load *l = visitor;
    DeadTrace trace = {.seq = t->seq};
    Status st = t->project_id == l->project_id ? ST_OK : end_project(l);

    if (st)
        return st;
    l->project_id = t->project_id;
    memcpy(trace.trace_id, t->trace_id, TRACE_ID_BYTES);
    return VEC_PUSH(&l->traces, trace, MAX_TOMBSTONES);
}

static Status load_dropped(void *visitor, int64_t project_id)
{
    Store *s = visitor;

    return VEC_PUSH(&s->dropped, project_id, STORE_MAX_DROPPED);
}

Status store_load_deleted(Store *s)
{
    const SegmentIndex *index = &s->options.index;
    Load l = {.store = s};
    Status st;

    if (!index->ops->each_tombstone)
        return ST_OK;
    st = index->ops->each_dropped(index->context, load_dropped, s);
    if (!st)
        st = index->ops->each_tombstone(index->context, load_tombstone, &l);
    if (!st)
        st = end_project(&l);
    VEC_FREE(&l.traces);
    return st;
}

void store_free_deleted(Store *s)
{
    for (size_t i = 0; i < s->dead.len; i++)
        dead_set_unref(s->dead.items[i]);
    VEC_FREE(&s->dead);
    VEC_FREE(&s->dropped);
}

/* ------------------------------------------------------------------- traces */

/* How many rows of the segment `d` hides; *lost: it cannot be told now. */
static Status count_hidden(Segment *segment, const DeadSet *d, uint64_t *rows, bool *lost)
{
    Hidden *h = NULL;
    Status st = segment_pin(segment);

    if (!st) {
        st = segment_hide(segment, d, &h);
        segment_unpin(segment);
    }
    if (segment_lost(st)) {
        *lost = true;
        return ST_OK;
    }
    if (!st) {
        *rows += h->rows;
        *lost = *lost || segment_damaged(segment);
    }
    hidden_unref(h);
    return st;
}

/* The same over the whole project. */
static Status count_all(Store *s, const DeadSet *d, uint64_t *rows, bool *lost)
{
    SegmentList list = {0};
    Status st = store_list_segments(s, d->project_id, &list);

    for (size_t i = 0; i < list.len && !st; i++)
        st = count_hidden(list.items[i], d, rows, lost);
    segment_list_release(&list);
    return st;
}

/* What `grown` hides and `old` does not, in one list of segments: between two lists a purge
 * could take away rows of the old ones, which would hide as many new ones from the count. */
static Status count_grown(Store *s, const DeadSet *old, const DeadSet *grown, uint64_t *rows,
                          bool *lost)
{
    SegmentList list = {0};
    Status st = store_list_segments(s, grown->project_id, &list);

    for (size_t i = 0; i < list.len && !st; i++) {
        uint64_t before = 0;
        uint64_t after = 0;

        if (old)
            st = count_hidden(list.items[i], old, &before, lost);
        if (!st)
            st = count_hidden(list.items[i], grown, &after, lost);
        *rows += after > before ? after - before : 0;
    }
    segment_list_release(&list);
    return st;
}

static Status write_tombstones(const Store *s, const DeadSet *d)
{
    const SegmentIndex *index = &s->options.index;
    Tombstone *items = mem_calloc(d->added_count, sizeof *items);
    Status st;

    if (!items)
        return ST_NOMEM;
    for (size_t i = 0; i < d->added_count; i++) {
        items[i].project_id = d->project_id;
        items[i].seq = d->added[i].seq;
        memcpy(items[i].trace_id, d->added[i].trace_id, TRACE_ID_BYTES);
    }
    st = index->ops->add_tombstones(index->context, items, d->added_count);
    mem_free(items);
    return st;
}

/* `grown` takes the place of `old`.  A trace that no readable file has needs no
 * tombstone, unless one that cannot be read now might have it. */
static Status apply_grown(Store *s, const DeadSet *old, DeadSet *grown, uint64_t *spans)
{
    uint64_t rows = 0;
    bool lost = false;
    Status st = count_grown(s, old, grown, &rows, &lost);

    if (!st)
        st = reserve_set(s);
    if (st)
        return st;
    if (!rows && !lost) {
        dead_set_unref(grown);
        *spans = 0;
        return ST_OK;
    }
    st = write_tombstones(s, grown);
    if (st)
        return st;
    take_over(s, grown);
    *spans = rows;
    return ST_OK;
}

static Status delete_flushed(Store *s, int64_t project_id, DeadTrace *traces, size_t count,
                             uint64_t *spans)
{
    DeadSet *old = NULL;
    DeadSet *grown = NULL;
    uint64_t generation;
    uint64_t seq;
    Status st;

    mutex_lock(&s->lock);
    seq = s->flushed_seq;
    generation = ++s->dead_generation;
    old = store_dead_set_locked(s, project_id);
    mutex_unlock(&s->lock);
    for (size_t i = 0; i < count; i++)
        traces[i].seq = seq;
    st = dead_set_grow(old, project_id, generation, traces, count, &grown);
    if (!st) {
        st = apply_grown(s, old, grown, spans);
        if (st)
            dead_set_unref(grown);
    }
    dead_set_unref(old);
    return st;
}

Status store_delete_traces(Store *s, int64_t project_id, const TraceId *ids, size_t count,
                           uint64_t *spans)
{
    DeadTrace *traces;
    Status st;

    *spans = 0;
    if (!s->options.index.ops->add_tombstones)
        return ST_UNSUPPORTED;
    if (count > MAX_TOMBSTONES)
        return ST_LIMIT;
    traces = mem_calloc(count + 1, sizeof *traces);
    if (!traces)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++)
        memcpy(traces[i].trace_id, ids[i].bytes, TRACE_ID_BYTES);
    mutex_lock(&s->delete_lock);
    st = count ? store_flush(s) : ST_OK;
    if (!st && count)
        st = delete_flushed(s, project_id, traces, count, spans);
    mutex_unlock(&s->delete_lock);
    mem_free(traces);
    return st;
}

/* ----------------------------------------------------------------- projects */

static uint64_t spans_of(Store *s, int64_t project_id)
{
    StoreStats stats;

    store_stats(s, project_id, &stats);
    return stats.segment_rows + stats.memtable_spans;
}

/* The index has forgotten it: so does memory. */
static void forget_project(Store *s, int64_t project_id)
{
    SegmentList *list = &s->segments;

    mutex_lock(&s->lock);
    s->dropped.items[s->dropped.len++] = project_id;
    for (size_t i = 0; i < list->len;) {
        Segment *segment = list->items[i];

        if (segment->info.project_id != project_id) {
            i++;
            continue;
        }
        list->items[i] = list->items[--list->len];
        segment_doom(segment);
        segment_unref(segment);
    }
    mutex_unlock(&s->lock);
    forget_set(s, project_id);
}

static Status drop_published(Store *s, int64_t project_id)
{
    const SegmentIndex *index = &s->options.index;
    Status st;

    mutex_lock(&s->lock);
    st = vec_reserve((void **)&s->dropped.items, &s->dropped.cap, s->dropped.len, sizeof(int64_t),
                     STORE_MAX_DROPPED);
    mutex_unlock(&s->lock);
    if (!st)
        st = index->ops->drop_project(index->context, project_id);
    if (!st)
        forget_project(s, project_id);
    return st;
}

Status store_drop_project(Store *s, int64_t project_id, uint64_t *spans)
{
    uint64_t had;
    Status st;

    if (!s->options.index.ops->drop_project)
        return ST_UNSUPPORTED;
    mutex_lock(&s->delete_lock);
    had = spans_of(s, project_id);
    mutex_lock(&s->publish_lock);
    st = drop_published(s, project_id);
    mutex_unlock(&s->publish_lock);
    mutex_unlock(&s->delete_lock);
    if (st)
        return st;
    *spans = had;
    /* Its records leave the log with the next flush, which may as well be now. */
    if (store_flush(s))
        log_debug("flush will be tried again", "");
    return ST_OK;
}

/* -------------------------------------------------------------------- purge */

/* One project whose tombstones may have rows, NULL when `from` is past the last. */
static DeadSet *set_at(Store *s, size_t from)
{
    DeadSet *d = NULL;

    mutex_lock(&s->lock);
    if (from < s->dead.len) {
        d = s->dead.items[from];
        dead_set_ref(d);
    }
    mutex_unlock(&s->lock);
    return d;
}

static Status purge_segments(Store *s, const DeadSet *d)
{
    SegmentList list = {0};
    Status st = store_list_segments(s, d->project_id, &list);

    for (size_t i = 0; i < list.len && !st; i++) {
        uint64_t rows = 0;
        bool lost = false;

        st = count_hidden(list.items[i], d, &rows, &lost);
        if (!st && rows)
            st = store_rewrite(s, list.items[i]);
    }
    segment_list_release(&list);
    return st;
}

/* Once no file has a row that the present set hides, the set is not needed: what
 * the log still holds is younger. */
static Status retire(Store *s, int64_t project_id, bool *left)
{
    const SegmentIndex *index = &s->options.index;
    DeadSet *d = store_dead_set(s, project_id);
    uint64_t rows = 0;
    bool lost = false;
    Status st;

    if (!d)
        return ST_OK;
    st = count_all(s, d, &rows, &lost);
    if (!st && !rows && !lost) {
        st = index->ops->drop_tombstones(index->context, project_id, d->max_seq);
        if (!st)
            forget_set(s, project_id);
    } else if (!st) {
        *left = true;
    }
    dead_set_unref(d);
    return st;
}

static Status purge_project(Store *s, const DeadSet *d, bool *left)
{
    Status st = purge_segments(s, d);

    if (st)
        return st;
    mutex_lock(&s->delete_lock);
    st = retire(s, d->project_id, left);
    mutex_unlock(&s->delete_lock);
    return st;
}

Status store_purge(Store *s)
{
    Status st = ST_OK;
    size_t at = 0;
    bool again = false;

    for (DeadSet *d; !st && (d = set_at(s, at));) {
        bool left = false;

        st = purge_project(s, d, &left);
        at += left; /* else the last set has taken its place */
        again |= left;
        dead_set_unref(d);
    }
    mutex_lock(&s->lock);
    s->purge_ns = 0;
    if (st || again)
        s->purge_ns = clock_mono_ns() + purge_retry_ns;
    else if (s->dead.len)
        schedule_purge(s);
    mutex_unlock(&s->lock);
    return st;
}

void store_purge_if_due(Store *s)
{
    bool due;
    Status st;

    mutex_lock(&s->lock);
    due = s->purge_ns && !s->stopping && clock_mono_ns() >= s->purge_ns;
    mutex_unlock(&s->lock);
    st = due ? store_purge(s) : ST_OK;
    if (st && st != ST_CLOSED)
        log_warn("deleted rows are still in files; it will be tried again", " error=\"%s\"",
                 status_text(st));
}
