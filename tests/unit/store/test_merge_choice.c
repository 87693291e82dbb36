/* SPDX-License-Identifier: Apache-2.0 */
/* Only segments that came one after the other become one, and merging comes to an end. */
#include "store/merge_choice.h"
#include "support/check.h"

#include <string.h>

enum { MANY = 400 };

/* Segments by order of arrival, merged on paper. */
typedef struct Paper {
    Segment segments[MANY];
    size_t len;
    uint64_t seq;
} Paper;

static void add(Paper *p, int64_t project, int32_t level, uint64_t rows)
{
    Segment *s = &p->segments[p->len++];

    p->seq++;
    memset(s, 0, sizeof *s);
    s->info = (SegmentInfo){.id = (int64_t)p->seq,
                            .project_id = project,
                            .level = level,
                            .rows = rows,
                            .bytes = rows,
                            .min_seq = p->seq,
                            .max_seq = p->seq};
}

/* What stands for the chosen one in the place of the first; the others go. */
static void replace(Paper *p, Segment *const *chosen, size_t count, int32_t level)
{
    SegmentInfo result = chosen[0]->info;
    size_t kept = 0;

    result.level = level;
    for (size_t i = 1; i < count; i++) {
        const SegmentInfo *info = &chosen[i]->info;

        result.rows += info->rows;
        result.bytes += info->bytes;
        result.max_seq = info->max_seq > result.max_seq ? info->max_seq : result.max_seq;
    }
    for (size_t i = 1; i < count; i++)
        chosen[i]->info.project_id = 0;
    chosen[0]->info = result;
    for (size_t i = 0; i < p->len; i++)
        if (p->segments[i].info.project_id)
            p->segments[kept++].info = p->segments[i].info;
    p->len = kept;
}

/* False: nothing is to be merged. */
static bool merge_once(Paper *p, Dice *d, size_t least)
{
    Segment *items[MANY];
    MergeChoice c;

    for (size_t i = 0; i < p->len; i++)
        items[i] = &p->segments[i];
    for (size_t i = p->len; d && i > 1; i--) { /* the store keeps them by no order */
        const size_t k = dice_below(d, i);
        Segment *swap = items[k];

        items[k] = items[i - 1];
        items[i - 1] = swap;
    }
    c = merge_choose(items, p->len, least);
    if (c.count)
        replace(p, items + c.from, c.count, c.level);
    return c.count != 0;
}

static void those_that_others_lie_between_are_never_merged(void **state)
{
    Paper *p = calloc(1, sizeof *p);

    (void)state;
    add(p, 1, 1, 450000);
    add(p, 1, 1, 600000);
    add(p, 1, 1, 400000);
    add(p, 1, 1, 500000);
    assert_true(merge_once(p, NULL, MERGE_MIN));
    assert_false(merge_once(p, NULL, MERGE_MIN));
    assert_int_equal(p->len, 3);
    assert_int_equal(p->segments[0].info.rows, 450000);
    assert_int_equal(p->segments[1].info.rows, 1000000);
    assert_int_equal(p->segments[1].info.level, 2);
    assert_int_equal(p->segments[2].info.rows, 500000);
    free(p);
}

/* One that was written again stands a level above its neighbours. */
static void what_was_left_behind_goes_with_the_next_merge(void **state)
{
    Paper *p = calloc(1, sizeof *p);

    (void)state;
    for (int i = 0; i < 5; i++)
        add(p, 1, i == 2, 10);
    assert_false(merge_once(p, NULL, MERGE_MIN));
    for (int i = 0; i < 2; i++)
        add(p, 1, 0, 10);
    while (merge_once(p, NULL, MERGE_MIN))
        continue;
    assert_int_equal(p->len, 1);
    assert_int_equal(p->segments[0].info.rows, 70);
    assert_int_equal(p->segments[0].info.level, 2);
    free(p);
}

static void levels_below_do_not_wake_those_above(void **state)
{
    Paper *p = calloc(1, sizeof *p);

    (void)state;
    for (int i = 0; i < 3; i++)
        add(p, 1, 2, 100);
    for (int i = 0; i < 4; i++)
        add(p, 1, 0, 10);
    assert_true(merge_once(p, NULL, MERGE_MIN));
    assert_false(merge_once(p, NULL, MERGE_MIN));
    assert_int_equal(p->len, 4);
    assert_int_equal(p->segments[3].info.level, 1);
    free(p);
}

/* Of one project in order, and no two of them share a time. */
static void check_apart(const Paper *p)
{
    uint64_t seen[3] = {0};

    for (size_t i = 0; i < p->len; i++) {
        const SegmentInfo *info = &p->segments[i].info;

        PROPERTY(info->rows <= MERGE_ROWS);
        PROPERTY(info->min_seq > seen[info->project_id]);
        seen[info->project_id] = info->max_seq;
    }
}

static void any_history_stays_apart_and_ends(Dice *d)
{
    static const uint64_t scales[] = {1000, 100000, 700000};
    const uint64_t scale = scales[dice_below(d, 3)];
    Paper *p = calloc(1, sizeof *p);
    size_t merges = 0;

    for (size_t i = 0; i < MANY - 1; i++) {
        if (p->len && !dice_below(d, 10)) {
            SegmentInfo *again = &p->segments[dice_below(d, p->len)].info;

            again->level = again->level ? again->level : 1;
        }
        add(p, 1 + (int64_t)dice_below(d, 2), 0, 1 + dice_below(d, scale));
        while (dice_below(d, 4) && merge_once(p, d, dice_below(d, 2) ? MERGE_MIN : MERGE_MAX)) {
            merges++;
            check_apart(p);
        }
    }
    for (; merge_once(p, d, MERGE_MIN); merges++)
        check_apart(p);
    PROPERTY(merges < MANY);
    PROPERTY(scale > 1000 || p->len < 40);
    free(p);
}

static void merged_segments_share_no_time(void **state)
{
    (void)state;
    for_seeds(200, any_history_stays_apart_and_ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_that_others_lie_between_are_never_merged),
        cmocka_unit_test(what_was_left_behind_goes_with_the_next_merge),
        cmocka_unit_test(levels_below_do_not_wake_those_above),
        cmocka_unit_test(merged_segments_share_no_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
