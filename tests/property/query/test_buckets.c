/* SPDX-License-Identifier: Apache-2.0 */
/* Time buckets of any window, also at both ends of time: they cover what they are asked to,
 * are no more than wanted, and every moment lies in the one that division says. */
#include "support/fake_snapshot.c"

#include "query/buckets.h"
#include "support/check.h"

/* Near an edge of the type as often as anywhere else. */
static int64_t any_time(Dice *d)
{
    static const int64_t edges[] = {INT64_MIN, -1, 0, 1, INT64_MAX / 2, INT64_MAX};
    const uint64_t near = dice_u64(d) >> dice_below(d, 64);

    if (dice_below(d, 2))
        return (int64_t)(near >> 1);
    return (int64_t)((uint64_t)edges[dice_below(d, 6)] +
                     (dice_below(d, 2) ? near % 100 : -(near % 100)));
}

static const Snapshot *any_data(Dice *d, Snapshot *snap)
{
    *snap = (Snapshot){.len = dice_below(d, 3)};
    for (size_t i = 0; i < snap->len; i++) {
        const int64_t start = any_time(d);

        snap->spans[i].span.start_ns = start < 0 ? 0 : start;
    }
    fake_arrange(snap, 1);
    return snap;
}

static void check_buckets(const Buckets *b, int64_t from, int64_t last)
{
    size_t at;

    PROPERTY(b->step_ns > 0);
    PROPERTY(b->from_ns >= 0 && b->from_ns <= from && b->from_ns % b->step_ns == 0);
    PROPERTY(buckets_find(b, from, &at) && at == 0);
    PROPERTY(buckets_find(b, last, &at) && at == b->count - 1);
    PROPERTY(buckets_end(b) > last || buckets_end(b) == INT64_MAX);
}

static void buckets_cover_the_window(Dice *d)
{
    static Snapshot room;
    const Snapshot *snap = any_data(d, &room);
    const int64_t one = any_time(d);
    const int64_t other = any_time(d);
    const QueryWindow w = {.from_ns = one < other ? one : other,
                           .to_ns = one < other ? other : one};
    const size_t want = 1 + dice_below(d, MAX_BUCKETS);
    const int64_t step = 1 + (int64_t)(dice_u64(d) >> (1 + dice_below(d, 62)));
    int64_t from;
    int64_t last;
    Buckets b;

    buckets_range(snap, &w, &from, &last);
    PROPERTY(from >= 0 && last >= from);
    PROPERTY(w.from_ns <= 0 || w.from_ns == from);
    b = buckets_for(snap, &w, want);
    PROPERTY(b.count >= 1 && b.count <= want);
    check_buckets(&b, from, last);
    if (!buckets_of_step(snap, &w, step, &b))
        return;
    PROPERTY(b.count <= MAX_BUCKETS && b.step_ns == step);
    check_buckets(&b, from, last);
}

static void buckets_cover_any_window(void **state)
{
    (void)state;
    for_seeds(20000, buckets_cover_the_window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_cover_any_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
