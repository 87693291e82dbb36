/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of versions: right answers, forgotten on a rename, bounded. */
#include "unit/domain/domain_test.h"

#include "domain/version_cache.h"

static VersionKey key(const char *model, const char *print)
{
    return (VersionKey){1, str_from(model), str_from(print)};
}

static bool get(VersionCache *c, VersionKey k, VersionRef *ref, uint64_t *generation)
{
    Arena a = test_arena();
    bool known;

    assert_ok(version_cache_get(c, k, &a, ref, &known, generation));
    arena_deinit(&a);
    return known;
}

static void keys_that_only_look_alike_are_different(void **state)
{
    VersionCache c;
    VersionRef ref = {.id = 5, .model = STR("ab"), .number = 2};
    uint64_t generation;

    (void)state;
    version_cache_init(&c);
    assert_false(get(&c, key("ab", "c"), &ref, &generation));
    version_cache_put(&c, key("ab", "c"), ref, generation);
    assert_true(get(&c, key("ab", "c"), &ref, &generation));
    assert_int_equal(ref.number, 2);
    assert_false(get(&c, key("b", "ca"), &ref, &generation));
    assert_false(get(&c, key("abc", ""), &ref, &generation));
    version_cache_deinit(&c);
    assert_int_equal(mem_live(), 0);
}

static void an_answer_from_before_a_rename_is_not_kept(void **state)
{
    VersionCache c;
    VersionRef ref = {.id = 5, .model = STR("m")};
    uint64_t before, after;

    (void)state;
    version_cache_init(&c);
    assert_false(get(&c, key("m", "1"), &ref, &before));
    version_cache_clear(&c);
    version_cache_put(&c, key("m", "1"), ref, before);
    assert_false(get(&c, key("m", "1"), &ref, &after));
    version_cache_put(&c, key("m", "1"), ref, after);
    assert_true(get(&c, key("m", "1"), &ref, &after));
    version_cache_deinit(&c);
}

static void output_types_are_new_once_and_at_most_sixteen_times(void **state)
{
    VersionCache c;
    VersionRef ref = {.id = 5};
    uint64_t generation;
    char type[8];
    unsigned news = 0;

    (void)state;
    version_cache_init(&c);
    (void)get(&c, key("m", "1"), &ref, &generation);
    version_cache_put(&c, key("m", "1"), ref, generation);
    for (int i = 0; i < 100; i++) {
        (void)snprintf(type, sizeof type, "t%d", i / 2);
        news += version_cache_new_type(&c, key("m", "1"), str_from(type));
    }
    assert_int_equal(news, MAX_OBSERVED_TYPES);
    version_cache_deinit(&c);
}

static void a_full_cache_starts_over(void **state)
{
    VersionCache c;
    VersionRef ref = {.id = 5};
    uint64_t generation;
    char print[16];

    (void)state;
    version_cache_init(&c);
    for (int i = 0; i < 2 * VERSION_CACHE_MAX + 10; i++) {
        (void)snprintf(print, sizeof print, "%d", i);
        if (!get(&c, key("m", print), &ref, &generation))
            version_cache_put(&c, key("m", print), ref, generation);
    }
    assert_true(c.items.len <= VERSION_CACHE_MAX);
    version_cache_deinit(&c);
    assert_int_equal(mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_only_look_alike_are_different),
        cmocka_unit_test(an_answer_from_before_a_rename_is_not_kept),
        cmocka_unit_test(output_types_are_new_once_and_at_most_sixteen_times),
        cmocka_unit_test(a_full_cache_starts_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
