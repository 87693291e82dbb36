/* SPDX-License-Identifier: Apache-2.0 */
/* The parts that are kept, and work that is divided. */
#include "base/alloc.h"
#include "query/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int freed;

static void free_part(void *part)
{
    freed++;
    mem_free(part);
}

static void put(QueryEngine *e, uint64_t block, size_t bytes)
{
    const PartKey key = part_key(block, STR("asked"));
    void *part = mem_alloc(1);

    assert_true(engine_put(e, &key, part, bytes, free_part));
    engine_give(e, &key, part);
}

static bool has(QueryEngine *e, uint64_t block)
{
    const PartKey key = part_key(block, STR("asked"));
    void *part = engine_take(e, &key);

    if (part)
        engine_give(e, &key, part);
    return part != NULL;
}

static void the_part_used_least_recently_goes_first(void **state)
{
    QueryEngine *e = NULL;
    const PartKey other = part_key(1, STR("something else"));

    (void)state;
    freed = 0;
    assert_int_equal(engine_new(10000, 0, &e), ST_OK);
    for (uint64_t i = 1; i <= 8; i++)
        put(e, i, 1000);
    assert_true(has(e, 1));
    assert_null(engine_take(e, &other));
    put(e, 9, 1000);
    put(e, 10, 1000);
    assert_true(has(e, 1));
    assert_false(has(e, 2));
    assert_true(has(e, 10));
    engine_free(e);
    assert_int_equal(freed, 10);
    assert_int_equal(mem_live(), 0);
}

static void a_part_in_use_is_not_freed(void **state)
{
    QueryEngine *e = NULL;
    const PartKey key = part_key(1, STR("asked"));
    void *part;

    (void)state;
    freed = 0;
    assert_int_equal(engine_new(8000, 0, &e), ST_OK);
    put(e, 1, 900);
    part = engine_take(e, &key);
    assert_non_null(part);
    for (uint64_t i = 2; i < 30; i++)
        put(e, i, 900);
    assert_true(has(e, 1));
    engine_give(e, &key, part);
    engine_free(e);
    assert_int_equal(freed, 29);
    assert_int_equal(mem_live(), 0);
}

static void what_is_too_large_or_known_stays_the_callers(void **state)
{
    QueryEngine *e = NULL;
    const PartKey key = part_key(1, STR("asked"));
    int part = 0;

    (void)state;
    assert_int_equal(engine_new(8000, 0, &e), ST_OK);
    assert_false(engine_put(e, &key, &part, 4000, free_part));
    put(e, 1, 10);
    assert_false(engine_put(e, &key, &part, 10, free_part));
    assert_false(engine_put(NULL, &key, &part, 10, free_part));
    assert_null(engine_take(NULL, &key));
    engine_free(e);
    assert_int_equal(mem_live(), 0);
}

enum { TASKS = 1000 };

static atomic_int done[TASKS];

static Status count_task(void *context, size_t index)
{
    const size_t *fails = context;

    atomic_fetch_add(&done[index], 1);
    return index == *fails ? ST_CORRUPT : ST_OK;
}

static void every_task_runs_once_and_an_error_ends_them(void **state)
{
    (void)state;
    for (unsigned helpers = 0; helpers < 4; helpers++) {
        QueryEngine *e = NULL;
        size_t fails = SIZE_MAX;

        assert_int_equal(engine_new(1000, helpers, &e), ST_OK);
        memset(done, 0, sizeof done);
        assert_int_equal(engine_each(e, TASKS, count_task, &fails), ST_OK);
        for (size_t i = 0; i < TASKS; i++)
            assert_int_equal(done[i], 1);
        fails = 10;
        assert_int_equal(engine_each(e, TASKS, count_task, &fails), ST_CORRUPT);
        assert_int_equal(engine_each(helpers ? e : NULL, 0, count_task, &fails), ST_OK);
        engine_free(e);
    }
    assert_int_equal(mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_part_used_least_recently_goes_first),
        cmocka_unit_test(a_part_in_use_is_not_freed),
        cmocka_unit_test(what_is_too_large_or_known_stays_the_callers),
        cmocka_unit_test(every_task_runs_once_and_an_error_ends_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
