/* SPDX-License-Identifier: Apache-2.0 */
/* Size-tiered, among neighbours only: segments of one project that came one after the other,
 * whatever their level.  With one of another time between them their result would span that
 * time, and each search for doubles and each list would have to look at both.
 *
 *   level    2 2 | 1 0 0 1 | 0 0 0        three runs; the two of level 0 in the second were
 *            oldest ---> newest           left behind, and go with the next merge of level 1
 *
 * Levels fall with time, so a run ends at the last segment of the highest level from its
 * first on.  One that was left behind (too few before a merge, or a neighbour that was
 * written again as level 1) counts as of its run's level. */
#include "store/merge_choice.h"

#include <stdlib.h>

static int by_arrival(const void *a, const void *b)
{
    const SegmentInfo *x = &(*(Segment *const *)a)->info;
    const SegmentInfo *y = &(*(Segment *const *)b)->info;

    if (x->project_id != y->project_id)
        return x->project_id < y->project_id ? -1 : 1;
    if (x->min_seq != y->min_seq)
        return x->min_seq < y->min_seq ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Past the run that begins with items[from]. */
static size_t end_of_run(Segment *const *items, size_t len, size_t from)
{
    const SegmentInfo *highest = &items[from]->info;
    size_t end = from + 1;

    for (size_t i = end; i < len && items[i]->info.project_id == highest->project_id; i++)
        if (items[i]->info.level >= highest->level) {
            highest = &items[i]->info;
            end = i + 1;
        }
    return end;
}

/* How many from `from` on are to be merged into one; 0: none. */
static MergeChoice mergeable(Segment *const *items, size_t from, size_t end, size_t least)
{
    MergeChoice c = {.from = from};
    uint64_t rows = 0;
    uint64_t bytes = 0;
    bool large;

    for (; from + c.count < end && c.count < MERGE_MAX; c.count++) {
        const SegmentInfo *info = &items[from + c.count]->info;

        if (rows + info->rows > MERGE_ROWS || bytes + info->bytes > MERGE_BYTES)
            break;
        rows += info->rows;
        bytes += info->bytes;
        c.level = info->level >= c.level ? info->level + 1 : c.level;
    }
    large = c.count >= 2 && (rows > MERGE_ROWS / 2 || bytes > MERGE_BYTES / 2);
    if (c.count < least && !large)
        c.count = 0;
    return c;
}

MergeChoice merge_choose(Segment **items, size_t len, size_t least)
{
    if (len)
        qsort(items, len, sizeof(void *), by_arrival);
    for (size_t from = 0; from < len;) {
        const size_t end = end_of_run(items, len, from);

        for (; from < end; from++) {
            const MergeChoice c = mergeable(items, from, end, least);

            if (c.count)
                return c;
        }
    }
    return (MergeChoice){0};
}
