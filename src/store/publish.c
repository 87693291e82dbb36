/* SPDX-License-Identifier: Apache-2.0 */
/* The list of segments: changed in the index first, then in memory.
 *
 *   files written and synced -> index transaction -> list in memory -> files of
 *   what was removed go when their last reader does
 *
 * A crash between any two steps leaves files without a row, which the next
 * start removes, never a row without a file. */
#include "store/internal.h"

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"

#include <inttypes.h>

int64_t store_new_segment_id(Store *s)
{
    /* Microseconds: unique for ever also when the newest segments are removed
     * and the program starts again, as long as the clock is not set back. */
    int64_t id = clock_now_ns() / 1000;

    mutex_lock(&s->lock);
    if (id <= s->last_id)
        id = s->last_id + 1;
    s->last_id = id;
    mutex_unlock(&s->lock);
    return id;
}

Status segment_list_push(SegmentList *list, Segment *s)
{
    const Status st = vec_reserve((void **)&list->items, &list->cap, list->len, sizeof(void *),
                                  STORE_MAX_SEGMENTS);

    if (!st)
        list->items[list->len++] = s;
    return st;
}

Status segment_list_share(SegmentList *list, Segment *s)
{
    const Status st = segment_list_push(list, s);

    if (!st)
        segment_ref(s);
    return st;
}

Status store_list_segments(Store *s, int64_t project_id, SegmentList *out)
{
    Status st = ST_OK;

    mutex_lock(&s->lock);
    for (size_t i = 0; i < s->segments.len && !st; i++) {
        Segment *segment = s->segments.items[i];

        if (segment->info.table != TABLE_SPANS ||
            (project_id && segment->info.project_id != project_id))
            continue;
        st = segment_list_share(out, segment);
    }
    mutex_unlock(&s->lock);
    return st;
}

void segment_list_release(SegmentList *list)
{
    for (size_t i = 0; i < list->len; i++)
        segment_unref(list->items[i]);
    VEC_FREE(list);
}

/* ------------------------------------------- did a failed transaction happen? */

typedef struct Search {
    int64_t id;
    bool found;
} Search;

static Status search_visit(void *visitor, const SegmentInfo *info)
{
    Search *search = visitor;

    search->found |= info->id == search->id;
    return ST_OK;
}

/* The answer to a commit can be lost although it was done. */
static Status happened(Store *s, const SegmentList *add, const SegmentList *remove, bool *yes)
{
    const bool by_add = add->len != 0;
    Search search = {.id = by_add        ? add->items[0]->info.id
                           : remove->len ? remove->items[0]->info.id
                                         : 0};
    uint64_t flushed_seq = 0;
    const Status st =
        s->options.index.ops->list(s->options.index.context, search_visit, &search, &flushed_seq);

    if (!st)
        *yes = search.id && search.found == by_add;
    return st;
}

static Status publish_index(Store *s, const SegmentList *add, const SegmentList *remove,
                            uint64_t flushed_seq)
{
    SegmentInfo *infos = mem_calloc(add->len, sizeof *infos);
    int64_t *ids = mem_calloc(remove->len, sizeof *ids);
    Status st = infos && ids ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < add->len && !st; i++)
        infos[i] = add->items[i]->info;
    for (size_t i = 0; i < remove->len && !st; i++)
        ids[i] = remove->items[i]->info.id;
    if (!st)
        st = s->options.index.ops->publish(s->options.index.context, infos, add->len, ids,
                                           remove->len, flushed_seq);
    mem_free(infos);
    mem_free(ids);
    return st;
}

static Status publish_checked(Store *s, const SegmentList *add, const SegmentList *remove,
                              uint64_t flushed_seq, bool *unknown)
{
    bool done = false;
    const Status st = publish_index(s, add, remove, flushed_seq);

    *unknown = false;
    if (!st || st == ST_NOMEM)
        return st;
    if (happened(s, add, remove, &done)) {
        *unknown = true;
        return st;
    }
    return done ? ST_OK : st;
}

/* ------------------------------------------------------------- the list itself */

static Status reserve(Store *s, size_t extra)
{
    Status st = ST_OK;

    mutex_lock(&s->lock);
    while (!st && s->segments.cap - s->segments.len < extra) {
        const size_t len = s->segments.cap;

        st = vec_reserve((void **)&s->segments.items, &s->segments.cap, len, sizeof(void *),
                         STORE_MAX_SEGMENTS);
    }
    mutex_unlock(&s->lock);
    return st;
}

/* False: it was dropped with its project meanwhile. */
static bool take_out(SegmentList *list, const Segment *segment)
{
    for (size_t i = 0; i < list->len; i++) {
        if (list->items[i] != segment)
            continue;
        list->items[i] = list->items[--list->len];
        return true;
    }
    return false;
}

static void apply(Store *s, const SegmentList *add, const SegmentList *remove, uint64_t flushed_seq)
{
    Memtable flushed = {0};

    mutex_lock(&s->lock);
    for (size_t i = 0; i < add->len; i++)
        s->segments.items[s->segments.len++] = add->items[i];
    for (size_t i = 0; i < remove->len; i++) {
        if (!take_out(&s->segments, remove->items[i]))
            continue;
        segment_doom(remove->items[i]);
        segment_unref(remove->items[i]); /* the list's; the caller has one too */
    }
    if (flushed_seq) {
        s->flushed_seq = flushed_seq;
        flushed = s->flushing;
        s->flushing = (Memtable){0};
    }
    mutex_unlock(&s->lock);
    memtable_clear(&flushed);
}

/* What was written for a project that is dropped by now is not published. */
static Status leave_dropped_out(Store *s, const SegmentList *add, SegmentList *kept,
                                SegmentList *left_out)
{
    Status st = ST_OK;

    for (size_t i = 0; i < add->len && !st; i++) {
        Segment *segment = add->items[i];

        st = segment_list_push(store_is_dropped(s, segment->info.project_id) ? left_out : kept,
                               segment);
    }
    return st;
}

static Status publish_kept(Store *s, const SegmentList *add, const SegmentList *remove,
                           uint64_t flushed_seq, bool *unknown)
{
    SegmentList kept = {0};
    SegmentList left_out = {0};
    Status st = leave_dropped_out(s, add, &kept, &left_out);

    if (!st)
        st = reserve(s, kept.len);
    if (!st)
        st = publish_checked(s, &kept, remove, flushed_seq, unknown);
    if (!st) {
        apply(s, &kept, remove, flushed_seq);
        store_drop_segments(&left_out, false);
    }
    VEC_FREE(&kept);
    VEC_FREE(&left_out);
    return st;
}

Status store_publish(Store *s, const SegmentList *add, const SegmentList *remove,
                     uint64_t flushed_seq, bool *unknown)
{
    Status st;

    *unknown = false;
    mutex_lock(&s->publish_lock);
    st = publish_kept(s, add, remove, flushed_seq, unknown);
    mutex_unlock(&s->publish_lock);
    return st;
}

void store_drop_segments(SegmentList *list, bool keep_files)
{
    for (size_t i = 0; i < list->len; i++) {
        if (keep_files)
            log_warn("segment may or may not be in the index; its file stays", " id=%" PRId64,
                     list->items[i]->info.id);
        else
            segment_doom(list->items[i]);
        segment_unref(list->items[i]);
    }
    list->len = 0;
}
