/* SPDX-License-Identifier: Apache-2.0 */
/* Traces and projects are deleted between appends, flushes, compactions, purges, crashes
 * and failing publications, in any order: a snapshot holds exactly what was acknowledged and
 * not deleted since, and in the end no file has a deleted row. */
#include "store/retention.h"
#include "support/store_fixture.h"

enum { TRACES = 12 };

static int64_t any_project(Dice *d)
{
    return (int64_t)dice_below(d, FIXTURE_PROJECTS) + 1;
}

static void append_some(Fixture *f, Dice *d)
{
    const size_t count = dice_below(d, 10) ? dice_below(d, 12) + 1 : 200;

    CHECK_OK(fixture_append(f, any_project(d), dice_u64(d), count, TRACES));
}

static size_t rows_of(Store *s, int64_t project_id)
{
    Snapshot *snap = NULL;
    size_t rows = 0;

    CHECK_OK(store_snapshot(s, project_id, &snap));
    for (size_t b = 0; b < snapshot_block_count(snap); b++)
        rows += snapshot_block(snap, b).rows;
    snapshot_release(snap);
    return rows;
}

static void delete_one(Fixture *f, Dice *d, uint64_t seed)
{
    const int64_t project = any_project(d);
    uint64_t spans = 0;
    size_t before;

    if (dice_below(d, 2)) {
        CHECK_OK(fixture_delete(f, project, dice_below(d, TRACES) + 1, &spans));
        return;
    }
    CHECK_OK(store_flush(f->store));
    before = rows_of(f->store, project);
    CHECK_OK(fixture_delete(f, project, dice_below(d, TRACES) + 1, &spans));
    if (rows_of(f->store, project) + spans != before)
        fail_msg("seed %llu: %zu rows, %llu deleted, %zu left", (unsigned long long)seed, before,
                 (unsigned long long)spans, rows_of(f->store, project));
}

static void compact_all(Fixture *f)
{
    bool more = true;

    while (more)
        CHECK_OK(store_compact(f->store, &more));
}

/* Whatever of it fails, the next step finds the store as it says it is. */
static void fail_some(Fixture *f, Dice *d)
{
    const int64_t project = any_project(d);
    uint64_t spans = 0;

    CHECK_OK(store_flush(f->store));
    index_fail(&f->index, (long)dice_below(d, 3));
    (void)!fixture_delete(f, project, dice_below(d, TRACES) + 1, &spans);
    (void)!store_purge(f->store);
    index_fail(&f->index, 0);
}

static void step(Fixture *f, Dice *d, uint64_t seed)
{
    uint64_t spans;

    switch (dice_below(d, 16)) {
    case 0:
        CHECK_OK(store_flush(f->store));
        return;
    case 1:
        compact_all(f);
        return;
    case 2:
        fixture_close(f);
        fixture_open(f);
        return;
    case 3:
        fixture_crash(f);
        fixture_open(f);
        return;
    case 4:
    case 5:
    case 6:
        delete_one(f, d, seed);
        return;
    case 7:
        CHECK_OK(store_purge(f->store));
        return;
    case 8:
        fail_some(f, d);
        return;
    case 9:
        if (dice_below(d, 8) == 0)
            CHECK_OK(fixture_drop(f, any_project(d), &spans));
        return;
    default:
        append_some(f, d);
    }
}

/* The rows in files are those that snapshots show. */
static void check_purged(const Fixture *f, uint64_t seed)
{
    for (int64_t p = 1; p <= FIXTURE_PROJECTS; p++) {
        StoreStats stats;

        store_stats(f->store, p, &stats);
        if (stats.segment_rows != rows_of(f->store, p))
            fail_msg("seed %llu: deleted rows are still in files", (unsigned long long)seed);
    }
}

static void what_is_deleted_stays_deleted(Dice *d)
{
    Fixture *f = fixture_new();
    const uint64_t seed = d->state;

    fixture_open(f);
    for (size_t i = 0; i < 40; i++) {
        step(f, d, seed);
        if (i % 8 == 0)
            check_store(f, seed);
    }
    check_store(f, seed);
    fixture_crash(f);
    fixture_open(f);
    check_store(f, seed);
    CHECK_OK(store_flush(f->store));
    CHECK_OK(store_purge(f->store));
    check_purged(f, seed);
    assert_int_equal(f->index.tombstone_count, 0);
    check_store(f, seed);
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

static void any_history_with_deletions(void **state)
{
    (void)state;
    for_seeds(150, what_is_deleted_stays_deleted);
}

/* A snapshot that was taken before goes on seeing what it saw. */
static void a_snapshot_from_before_still_has_the_rows(void **state)
{
    Fixture *f = fixture_new();
    Snapshot *before = NULL;
    uint64_t spans = 0;
    size_t rows = 0;
    Vector v;
    Arena a;

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 5, 100, 4));
    CHECK_OK(store_flush(f->store));
    CHECK_OK(store_snapshot(f->store, 1, &before));
    CHECK_OK(fixture_delete(f, 1, 2, &spans));
    assert_true(spans > 0);
    CHECK_OK(store_purge(f->store));
    assert_int_equal(rows_of(f->store, 1), 100 - spans);
    arena_init(&a, (size_t)1 << 20);
    for (size_t b = 0; b < snapshot_block_count(before); b++) {
        rows += snapshot_block(before, b).rows;
        CHECK_OK(
            snapshot_read(before, b, STR("trace_id"), 0, snapshot_block(before, b).rows, &a, &v));
    }
    assert_int_equal(rows, 100);
    arena_deinit(&a);
    snapshot_release(before);
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

/* Every range of a block with holes reads as the same rows of the whole. */
static void any_range_of_a_block_with_holes(Dice *d)
{
    Fixture *f = fixture_new();
    Snapshot *snap = NULL;
    uint64_t spans;
    Arena a;

    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, dice_u64(d), 300, 10));
    CHECK_OK(store_flush(f->store));
    for (size_t i = 0; i < 4; i++)
        CHECK_OK(fixture_delete(f, 1, dice_below(d, 10) + 1, &spans));
    CHECK_OK(store_snapshot(f->store, 1, &snap));
    arena_init(&a, (size_t)1 << 24);
    for (size_t b = 0; b < snapshot_block_count(snap); b++) {
        const size_t rows = snapshot_block(snap, b).rows;
        Vector all;

        check_picks(d, snap, b);
        CHECK_OK(snapshot_read(snap, b, STR("span_id"), 0, rows, &a, &all));
        for (size_t i = 0; i < 30; i++) {
            const size_t from = dice_below(d, rows + 1);
            const size_t to = from + dice_below(d, rows - from + 1);
            Vector part;

            CHECK_OK(snapshot_read(snap, b, STR("span_id"), from, to, &a, &part));
            assert_int_equal(part.len, to - from);
            for (size_t r = from; r < to; r++)
                assert_true(str_eq(vector_str(&part, r - from), vector_str(&all, r)));
        }
    }
    arena_deinit(&a);
    snapshot_release(snap);
    fixture_free(f);
}

static void ranges_pass_over_deleted_rows(void **state)
{
    (void)state;
    for_seeds(100, any_range_of_a_block_with_holes);
}

static void the_oldest_segments_go_until_the_rest_fits(void **state)
{
    Fixture *f = fixture_new();
    StoreStats stats;
    uint64_t all;

    (void)state;
    fixture_open(f);
    for (uint64_t i = 1; i <= 3; i++) {
        CHECK_OK(fixture_append(f, 1, i, 40, 5));
        CHECK_OK(fixture_append(f, 2, i, 40, 5));
        CHECK_OK(store_flush(f->store));
    }
    store_stats(f->store, 1, &stats);
    all = stats.segment_bytes;
    CHECK_OK(store_shrink(f->store, 1, all));
    store_stats(f->store, 1, &stats);
    assert_int_equal(stats.segments, 3);
    CHECK_OK(store_shrink(f->store, 1, all - 1));
    store_stats(f->store, 1, &stats);
    assert_int_equal(stats.segments, 2);
    CHECK_OK(store_shrink(f->store, 1, 1));
    store_stats(f->store, 1, &stats);
    assert_int_equal(stats.segments, 0);
    store_stats(f->store, 2, &stats);
    assert_int_equal(stats.segments, 3);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_history_with_deletions),
        cmocka_unit_test(a_snapshot_from_before_still_has_the_rows),
        cmocka_unit_test(ranges_pass_over_deleted_rows),
        cmocka_unit_test(the_oldest_segments_go_until_the_rest_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
