/* SPDX-License-Identifier: Apache-2.0 */
/* Buf, Arena, vectors, Map and the counting allocator. */
#include "support/check.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

static void a_buffer_never_passes_its_limit(void **state)
{
    Buf b;
    char *room = NULL;

    (void)state;
    buf_init(&b, 10);
    CHECK_OK(buf_append(&b, STR("0123456789")));
    CHECK_STATUS(buf_append_char(&b, 'x'), ST_LIMIT);
    CHECK_STATUS(buf_append(&b, (Str){"x", SIZE_MAX}), ST_LIMIT);
    CHECK_STATUS(buf_extend(&b, 1, &room), ST_LIMIT);
    CHECK_OK(buf_append(&b, (Str){0}));
    CHECK_STR(buf_str(&b), "0123456789");
    assert_int_equal(b.cap, 10);
    buf_clear(&b);
    assert_int_equal(b.len, 0);
    buf_deinit(&b);
    assert_int_equal(mem_live(), 0);
}

static void printed_text_is_whole_or_not_there(void **state)
{
    Buf b;

    (void)state;
    buf_init(&b, 12);
    CHECK_OK(buf_printf(&b, "%d-%s", 42, "abc"));
    CHECK_STATUS(buf_printf(&b, "%s", "1234567"), ST_LIMIT);
    CHECK_STR(buf_str(&b), "42-abc");
    CHECK_OK(buf_printf(&b, "%s", "12345"));
    CHECK_STR(buf_str(&b), "42-abc12345");
    buf_deinit(&b);
}

static void taken_bytes_belong_to_the_taker(void **state)
{
    Buf b;
    size_t len = 0;
    char *bytes;

    (void)state;
    buf_init(&b, 100);
    CHECK_OK(buf_append(&b, STR("mine")));
    bytes = buf_take(&b, &len);
    CHECK_SAME(((Str){bytes, len}), STR("mine"));
    assert_true(b.len == 0 && b.limit == 100);
    mem_free(bytes);
    assert_int_equal(mem_live(), 0);
}

static void an_arena_gives_aligned_memory_up_to_its_limit(void **state)
{
    Arena a;
    Str copy = {0};
    const char *z = NULL;
    const char *big;

    (void)state;
    arena_init(&a, 2 << 20);
    for (size_t size = 0; size < 300; size++) {
        char *p = arena_alloc(&a, size);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        memset(p, 0xFF, size);
    }
    big = arena_calloc(&a, 1, 1 << 20);
    assert_non_null(big);
    assert_true(big[0] == 0 && big[(1 << 20) - 1] == 0);
    CHECK_OK(arena_copy_z(&a, STR("a\0b"), &z));
    assert_memory_equal(z, "a\0b", 4);
    CHECK_OK(arena_printf(&a, &copy, "%s %d", "n", 5));
    CHECK_STR(copy, "n 5");
    assert_null(arena_alloc(&a, 2 << 20));
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_calloc(&a, SIZE_MAX / 2, 3));
    assert_true(arena_footprint(&a) >= a.used);
    arena_deinit(&a);
    assert_int_equal(mem_live(), 0);
}

/* Of every mixture of empty, small and large: what was handed out stays as it was written. */
static void an_arena_takes_what_another_has_handed_out(void **state)
{
    static const size_t sizes[] = {0, 100, 1 << 20};

    (void)state;
    for (size_t i = 0; i < 18; i++) {
        Arena to, from;
        Str first = {0};
        Str second = {0};
        char *a, *b;

        arena_init(&to, 4 << 20);
        arena_init(&from, 4 << 20);
        if (i >= 9)
            CHECK_OK(arena_copy(&to, STR("in a block before"), &first));
        a = sizes[i / 3 % 3] ? arena_calloc(&to, sizes[i / 3 % 3], 1) : NULL;
        b = sizes[i % 3] ? arena_calloc(&from, sizes[i % 3], 1) : NULL;
        CHECK_OK(arena_take(&to, &from));
        assert_int_equal(from.used, 0);
        CHECK_OK(arena_copy(&from, STR("after"), &second));
        arena_deinit(&from);
        CHECK_OK(arena_copy(&to, STR("first"), &first));
        if (a)
            memset(a, 1, sizes[i / 3 % 3]);
        if (b)
            memset(b, 2, sizes[i % 3]);
        CHECK_STR(first, "first");
        assert_true(to.used >= sizes[i / 3 % 3] + sizes[i % 3]);
        assert_true(!a || a[sizes[i / 3 % 3] - 1] == 1);
        arena_deinit(&to);
    }
    assert_int_equal(mem_live(), 0);
}

static void an_arena_takes_no_more_than_its_limit(void **state)
{
    Arena to, from;

    (void)state;
    arena_init(&to, 1000);
    arena_init(&from, 5000);
    assert_non_null(arena_alloc(&to, 500));
    assert_non_null(arena_alloc(&from, 600));
    CHECK_STATUS(arena_take(&to, &from), ST_NOMEM);
    assert_true(from.used >= 600 && to.used < 600);
    arena_deinit(&to);
    arena_deinit(&from);
    assert_int_equal(mem_live(), 0);
}

static void a_vector_grows_up_to_its_maximum(void **state)
{
    VEC_OF(int) v = {0};

    (void)state;
    for (int i = 0; i < 100; i++)
        CHECK_OK(VEC_PUSH(&v, i, 100));
    CHECK_STATUS(VEC_PUSH(&v, 0, 100), ST_LIMIT);
    assert_true(v.len == 100 && v.items[99] == 99);
    VEC_FREE(&v);
    assert_int_equal(mem_live(), 0);
}

/* So large that its memory is asked for ahead. */
static void a_large_map_finds_its_keys_and_no_others(void **state)
{
    enum { LARGE = 10000 };
    static char texts[2 * LARGE][8];
    Str keys[2 * LARGE];
    Map m;

    (void)state;
    map_init(&m, LARGE);
    for (size_t i = 0; i < 2 * LARGE; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "%zu", i);
        keys[i] = str_from(texts[i]);
    }
    for (size_t i = 0; i < LARGE; i++)
        CHECK_OK(map_put(&m, keys[i], i));
    for (size_t i = 0; i < 2 * LARGE; i++) {
        size_t index = SIZE_MAX;

        if (i % MAP_WARM_KEYS == 0)
            map_warm(&m, keys + i, MAP_WARM_KEYS);
        assert_true(map_find(&m, keys[i], &index) == (i < LARGE));
        assert_true(index == (i < LARGE ? i : SIZE_MAX));
    }
    map_deinit(&m);
}

static void a_map_keeps_insertion_order_and_its_limit(void **state)
{
    Map m;
    uint64_t value = 0;
    uint64_t *at = NULL;
    bool added = true;

    (void)state;
    map_init(&m, 2);
    assert_false(map_get(&m, STR("a"), &value));
    CHECK_OK(map_put(&m, STR("b"), 1));
    CHECK_OK(map_put(&m, STR(""), 2));
    CHECK_STATUS(map_put(&m, STR("c"), 3), ST_LIMIT);
    CHECK_OK(map_put(&m, STR("b"), 4));
    CHECK_OK(map_entry(&m, STR("b"), 9, &at, &added));
    assert_true(!added && *at == 4);
    assert_true(map_get(&m, (Str){0}, &value) && value == 2);
    CHECK_STR(m.entries[0].key, "b");
    map_clear(&m);
    assert_false(map_get(&m, STR("b"), &value));
    CHECK_OK(map_put(&m, STR("c"), 3));
    map_deinit(&m);
    assert_int_equal(mem_live(), 0);
}

static void allocations_are_counted_and_fail_on_demand(void **state)
{
    void *p = mem_alloc(0);
    void *q;

    (void)state;
    assert_non_null(p);
    assert_int_equal(mem_live(), 1);
    assert_null(mem_array(SIZE_MAX / 2, 3));
    mem_fail_after(1);
    q = mem_calloc(3, 3);
    assert_non_null(q);
    assert_null(mem_alloc(1));
    assert_null(mem_realloc(p, 100)); /* p stays */
    assert_null(mem_alloc(1));
    mem_fail_after(-1);
    mem_free(q);
    mem_free(p);
    mem_free(NULL);
    assert_int_equal(mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_never_passes_its_limit),
        cmocka_unit_test(printed_text_is_whole_or_not_there),
        cmocka_unit_test(taken_bytes_belong_to_the_taker),
        cmocka_unit_test(an_arena_gives_aligned_memory_up_to_its_limit),
        cmocka_unit_test(an_arena_takes_what_another_has_handed_out),
        cmocka_unit_test(an_arena_takes_no_more_than_its_limit),
        cmocka_unit_test(a_vector_grows_up_to_its_maximum),
        cmocka_unit_test(a_map_keeps_insertion_order_and_its_limit),
        cmocka_unit_test(a_large_map_finds_its_keys_and_no_others),
        cmocka_unit_test(allocations_are_counted_and_fail_on_demand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
