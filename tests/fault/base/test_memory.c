/* SPDX-License-Identifier: Apache-2.0 */
/* Fail the 1st, 2nd, ... allocation of every container until it succeeds: what
 * was stored before stays as it was, and nothing leaks. */
#include "support/check.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/option.h"
#include "base/vec.h"

#include <string.h>

static Status use_buf(void)
{
    Buf b;
    Status st = ST_OK;
    size_t before = 0;

    buf_init(&b, 100000);
    for (int i = 0; i < 1000 && !st; i++) {
        before = b.len;
        st = i % 2 ? buf_append(&b, STR("0123456789")) : buf_printf(&b, "%010d", i);
    }
    if (st)
        assert_int_equal(b.len, before);
    buf_deinit(&b);
    return st;
}

static Status use_arena(void)
{
    Arena a;
    Str copies[200];
    Status st = ST_OK;

    arena_init(&a, 16 << 20);
    for (size_t i = 0; i < 200 && !st; i++) {
        char text[1000];

        memset(text, 'a' + (char)(i % 26), sizeof text);
        st = i == 100 ? (arena_alloc(&a, 1 << 20) ? ST_OK : ST_NOMEM) : ST_OK;
        if (!st)
            st = arena_copy(&a, (Str){text, 1 + i * 4}, &copies[i]);
        if (!st)
            for (size_t k = 0; k <= i; k++)
                assert_int_equal(copies[k].ptr[copies[k].len - 1], 'a' + (int)(k % 26));
    }
    arena_deinit(&a);
    return st;
}

static Status use_map(void)
{
    static char keys[500][8];
    Map m;
    Status st = ST_OK;

    map_init(&m, 500);
    for (uint64_t i = 0; i < 500 && !st; i++) {
        const size_t before = m.len;
        uint64_t value = 0;

        (void)snprintf(keys[i], sizeof keys[i], "%d", (int)i);
        st = map_put(&m, str_from(keys[i]), i);
        if (st)
            assert_int_equal(m.len, before);
        for (uint64_t k = 0; k < m.len; k++)
            assert_true(map_get(&m, str_from(keys[k]), &value) && value == k);
    }
    map_deinit(&m);
    return st;
}

static Status use_vec(void)
{
    VEC_OF(int) v = {0};
    Status st = ST_OK;

    for (int i = 0; i < 1000 && !st; i++)
        st = VEC_PUSH(&v, i, 1000);
    for (size_t i = 0; i < v.len; i++)
        assert_int_equal(v.items[i], (int)i);
    VEC_FREE(&v);
    return st;
}

static Status use_options(void)
{
    typedef struct Config {
        Str name;
    } Config;
    static const Option option = {"name",     "N",     OPTION_STR, offsetof(Config, name),
                                  "fallback", "a name"};
    static const char *const argv[] = {"--name=flag", "rest"};
    const OptionTable table = {&option, 1};
    const char *rest[2];
    int rest_count = 0;
    Config config;
    Arena a;
    Err err;
    Str help = {0};
    Status st;

    arena_init(&a, 10000);
    st = options_defaults(table, &a, &config, &err);
    if (!st)
        st = options_from_text(table, STR("name = \"a file\""), &a, &config, &err);
    if (!st)
        st = options_from_args(table, 2, argv, &a, &config, rest, &rest_count, &err);
    if (!st)
        st = options_help(table, &a, &help);
    arena_deinit(&a);
    return st;
}

static void every_failed_allocation_is_survived(void **state)
{
    static Status (*const uses[])(void) = {use_buf, use_arena, use_map, use_vec, use_options};

    (void)state;
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        Status st = ST_NOMEM;

        for (long k = 0; st; k++) {
            mem_fail_after(k);
            st = uses[i]();
            mem_fail_after(-1);
            if (st)
                CHECK_STATUS(st, ST_NOMEM);
            assert_int_equal(mem_live(), 0);
            assert_in_range(k, 0, 1000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failed_allocation_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
