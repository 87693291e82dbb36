/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is appended, flushed, compacted, closed or cut off, in any order:
 * a snapshot holds the acknowledged spans, attribute for attribute. */
#include "support/store_fixture.h"

static void append_some(Fixture *f, Dice *d)
{
    const int64_t project = (int64_t)dice_below(d, FIXTURE_PROJECTS) + 1;
    const size_t count = dice_below(d, 20) ? dice_below(d, 12) + 1 : 300;

    CHECK_OK(fixture_append(f, project, dice_u64(d), count, 20));
}

static void compact_all(Fixture *f)
{
    bool more = true;

    while (more)
        CHECK_OK(store_compact(f->store, &more));
}

static void step(Fixture *f, Dice *d)
{
    switch (dice_below(d, 12)) {
    case 0:
    case 1:
        CHECK_OK(store_flush(f->store));
        return;
    case 2:
        compact_all(f);
        return;
    case 3:
        fixture_close(f);
        fixture_open(f);
        return;
    case 4:
        fixture_crash(f);
        fixture_open(f);
        return;
    default:
        append_some(f, d);
    }
}

static void a_snapshot_holds_what_was_acknowledged(Dice *d)
{
    Fixture *f = fixture_new();
    const uint64_t seed = d->state;

    f->memtable_bytes = dice_below(d, 2) ? 0 : (size_t)8 << 20;
    fixture_open(f);
    for (size_t i = 0; i < 25; i++)
        step(f, d);
    check_store(f, seed);
    fixture_crash(f);
    fixture_open(f);
    check_store(f, seed);
    CHECK_OK(store_flush(f->store));
    compact_all(f);
    check_store(f, seed);
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

/* Enough keys that the rarest have no column. */
static void rare_attributes_come_back_from_the_rest(Dice *d)
{
    Fixture *f = fixture_new();
    const uint64_t seed = d->state;

    fixture_open(f);
    for (size_t i = 0; i < 4; i++) {
        CHECK_OK(fixture_append(f, 1, dice_u64(d), 4000, 1000));
        CHECK_OK(store_flush(f->store));
    }
    compact_all(f);
    check_project(f, 1, seed);
    fixture_free(f);
    assert_int_equal(mem_live(), 0);
}

static void any_history_keeps_every_span(void **state)
{
    (void)state;
    for_seeds(100, a_snapshot_holds_what_was_acknowledged);
}

static void rare_keys_survive_flush_and_compaction(void **state)
{
    (void)state;
    for_seeds(1, rare_attributes_come_back_from_the_rest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_history_keeps_every_span),
        cmocka_unit_test(rare_keys_survive_flush_and_compaction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
