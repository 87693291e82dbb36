/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs that were compared: found under both revisions, forgotten when there are too many. */
#include "support/check.h"

#include "domain/pair_cache.h"

static PairKey key(int64_t a, int64_t b, int64_t revision)
{
    return (PairKey){.ids = {a, b}, .revisions = {revision, 1}, .about = STR("auto")};
}

static void put(PairCache *c, const PairKey *k, size_t lines, double value)
{
    PairLine *items = mem_calloc(lines, sizeof *items);

    for (size_t i = 0; i < lines; i++)
        items[i] = (PairLine){.scope = STR("all"),
                              .stratum = STR("s"),
                              .metric = STR("m"),
                              .values = {value, (double)i}};
    pair_cache_put(
        c, k, &(PairLines){.configurations = {STR("c"), STR("d")}, .items = items, .len = lines});
    mem_free(items);
}

static bool get(PairCache *c, const PairKey *k, PairLines *out, Arena *a)
{
    arena_init(a, 64 << 20);
    return pair_cache_get(c, k, a, out);
}

static void a_pair_is_found_until_one_of_it_changes(void **state)
{
    const PairKey kept = key(1, 2, 7);
    PairKey other = kept;
    PairLines lines;
    PairCache c;
    Arena a;

    (void)state;
    pair_cache_init(&c);
    put(&c, &kept, 3, 0.5);
    assert_true(get(&c, &kept, &lines, &a));
    assert_int_equal(lines.len, 3);
    assert_true(lines.items[2].values[0] == 0.5 && lines.items[2].values[1] == 2);
    CHECK_STR(lines.items[1].metric, "m");
    CHECK_STR(lines.items[1].stratum, "s");
    CHECK_STR(lines.configurations[0], "c");
    CHECK_STR(lines.configurations[1], "d");
    arena_deinit(&a);
    other.revisions[0]++;
    assert_false(get(&c, &other, &lines, &a));
    arena_deinit(&a);
    other = kept;
    other.about = STR("t");
    assert_false(get(&c, &other, &lines, &a));
    arena_deinit(&a);
    pair_cache_deinit(&c);
    assert_int_equal(mem_live(), 0);
}

static void a_newer_state_takes_the_place_of_the_older(void **state)
{
    const PairKey old = key(1, 2, 7);
    const PairKey new = key(1, 2, 8);
    PairLines lines;
    PairCache c;
    Arena a;

    (void)state;
    pair_cache_init(&c);
    put(&c, &old, 3, 1);
    put(&c, &new, 3, 2);
    assert_false(get(&c, &old, &lines, &a));
    arena_deinit(&a);
    assert_true(get(&c, &new, &lines, &a));
    arena_deinit(&a);
    pair_cache_deinit(&c);
}

static void memory_is_bounded_and_the_unused_goes_first(void **state)
{
    const PairKey used = key(1, 2, 1);
    PairLines lines;
    PairCache c;
    Arena a;

    (void)state;
    pair_cache_init(&c);
    put(&c, &used, 20000, 1);
    for (int64_t i = 10; i < 60; i++) {
        const PairKey k = key(i, i + 100, 1);

        put(&c, &k, 20000, 1);
        assert_true(c.bytes <= PAIR_CACHE_BYTES);
        assert_true(get(&c, &used, &lines, &a));
        arena_deinit(&a);
    }
    assert_false(get(&c, &(PairKey){.ids = {10, 110}, .revisions = {1, 1}, .about = used.about},
                     &lines, &a));
    arena_deinit(&a);
    put(&c, &used, 200000, 1); /* too large: the smaller one stays */
    assert_true(get(&c, &used, &lines, &a));
    assert_int_equal(lines.len, 20000);
    arena_deinit(&a);
    pair_cache_deinit(&c);
    assert_int_equal(mem_live(), 0);
}

static void without_memory_it_keeps_nothing_and_loses_nothing(void **state)
{
    const PairKey k = key(1, 2, 1);
    PairLines lines;
    Arena a;

    (void)state;
    for (long n = 0; n < 50; n++) {
        PairLine item = {.scope = STR("s"), .metric = STR("m")};
        PairCache c;
        bool there;

        pair_cache_init(&c);
        mem_fail_after(n);
        pair_cache_put(&c, &k, &(PairLines){.items = &item, .len = 1});
        there = get(&c, &k, &lines, &a);
        mem_fail_after(-1);
        arena_deinit(&a);
        if (there)
            assert_int_equal(lines.len, 1);
        pair_cache_deinit(&c);
        assert_int_equal(mem_live(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_found_until_one_of_it_changes),
        cmocka_unit_test(a_newer_state_takes_the_place_of_the_older),
        cmocka_unit_test(memory_is_bounded_and_the_unused_goes_first),
        cmocka_unit_test(without_memory_it_keeps_nothing_and_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
