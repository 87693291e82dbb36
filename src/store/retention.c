/* SPDX-License-Identifier: Apache-2.0 */
/* Which segments are past their time or past the room that a project has.
 *
 * A segment that reaches over the limit of age stays until its newest row is past it:
 * rewriting it would cost more than keeping some rows for a while. */
#include "store/retention.h"

#include "store/internal.h"

#include <stdlib.h>

/* Leave only [from, to). */
static void drop_from_list(SegmentList *list, size_t from, size_t to)
{
    for (size_t i = 0; i < list->len; i++)
        if (i < from || i >= to)
            segment_unref(list->items[i]);
    for (size_t i = from; i < to; i++)
        list->items[i - from] = list->items[i];
    list->len = to - from;
}

static int by_newest_row(const void *a, const void *b)
{
    const SegmentInfo *x = &(*(Segment *const *)a)->info;
    const SegmentInfo *y = &(*(Segment *const *)b)->info;

    if (x->max_time_ns != y->max_time_ns)
        return x->max_time_ns < y->max_time_ns ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* The segments of the project by their newest row. */
static Status list_sorted(Store *s, int64_t project_id, SegmentList *out)
{
    const Status st = store_list_segments(s, project_id, out);

    if (!st && out->len)
        qsort(out->items, out->len, sizeof(void *), by_newest_row);
    return st;
}

static size_t count_expired(const SegmentList *list, int64_t before_ns)
{
    size_t n = 0;

    while (n < list->len && list->items[n]->info.max_time_ns < before_ns)
        n++;
    return n;
}

static size_t count_excess(const SegmentList *list, uint64_t max_bytes)
{
    uint64_t bytes = 0;
    size_t n = 0;

    for (size_t i = 0; i < list->len; i++)
        bytes += list->items[i]->info.bytes;
    while (n < list->len && bytes > max_bytes)
        bytes -= list->items[n++]->info.bytes;
    return n;
}

static Status remove_first(Store *s, SegmentList *list, size_t count)
{
    const SegmentList none = {0};
    bool unknown = false;

    drop_from_list(list, 0, count);
    return count ? store_publish(s, &none, list, 0, &unknown) : ST_OK;
}

Status store_expire(Store *s, int64_t project_id, int64_t before_ns)
{
    SegmentList list = {0};
    Status st;

    mutex_lock(&s->compact_lock);
    st = list_sorted(s, project_id, &list);
    if (!st)
        st = remove_first(s, &list, count_expired(&list, before_ns));
    mutex_unlock(&s->compact_lock);
    segment_list_release(&list);
    return st;
}

Status store_shrink(Store *s, int64_t project_id, uint64_t max_bytes)
{
    SegmentList list = {0};
    Status st;

    mutex_lock(&s->compact_lock);
    st = list_sorted(s, project_id, &list);
    if (!st)
        st = remove_first(s, &list, count_excess(&list, max_bytes));
    mutex_unlock(&s->compact_lock);
    segment_list_release(&list);
    return st;
}
