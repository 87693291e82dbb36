/* SPDX-License-Identifier: Apache-2.0 */
/* Fail the n-th write, sync, rename, open and allocation of a replacement: the
 * old contents stay whole, or the new ones are there. */
#include "support/check.h"

#include "os/file.h"
#include "os/pool.h"

#include <stdlib.h>

static char dir[64];
static char path[128];

static int make_dir(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "%s", "/tmp/vireo-test-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    (void)snprintf(path, sizeof path, "%s/file", dir);
    return 0;
}

static int drop_dir(void **state)
{
    (void)state;
    os_fail_never();
    return dir_remove_all(dir) == ST_OK ? 0 : -1;
}

static bool contents_are(const char *text)
{
    Buf b;
    bool same;

    buf_init(&b, 1 << 20);
    same = file_read_whole(path, &b) == ST_OK && str_eq(buf_str(&b), str_from(text));
    buf_deinit(&b);
    return same;
}

static void a_failed_replacement_leaves_the_old_file(void **state)
{
    char temporary[160];

    (void)snprintf(temporary, sizeof temporary, "%s.tmp", path);
    (void)state;
    for (int kind = 0; kind < OS_FAULT_COUNT; kind++) {
        Status st = ST_IO;

        for (long n = 0; st; n++) {
            CHECK_OK(file_replace(path, STR("old contents")));
            os_fail_after((OsFault)kind, n, ST_FULL);
            st = file_replace(path, STR("new contents"));
            os_fail_never();
            if (st)
                CHECK_STATUS(st, ST_FULL);
            assert_true(contents_are("new contents") || (st && contents_are("old contents")));
            assert_false(path_exists(temporary));
            assert_in_range(n, 0, 100);
        }
    }
    assert_int_equal(mem_live(), 0);
}

static Status list(void)
{
    Arena a;
    Str *names = NULL;
    size_t count = 0;
    Status st;

    arena_init(&a, 1 << 20);
    st = dir_list(dir, &a, &names, &count);
    arena_deinit(&a);
    return st;
}

static Status make_and_remove(void)
{
    char inner[192];
    char victim[128];
    Status st;

    (void)snprintf(victim, sizeof victim, "%s/tree", dir);
    (void)snprintf(inner, sizeof inner, "%s/a/b/c", victim);
    st = dir_make(inner);
    return st ? st : dir_remove_all(victim);
}

static Status start_pool(void)
{
    const PoolOptions options = {.name = "p", .threads = 2, .queue_limit = 4};
    Pool *p = NULL;
    const Status st = pool_new(&options, &p);

    if (!st)
        pool_free(p);
    return st;
}

static void every_failed_allocation_is_survived(void **state)
{
    static Status (*const uses[])(void) = {list, make_and_remove, start_pool};

    (void)state;
    CHECK_OK(file_replace(path, STR("x")));
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        Status st = ST_NOMEM;

        for (long k = 0; st; k++) {
            mem_fail_after(k);
            st = uses[i]();
            mem_fail_after(-1);
            if (st)
                CHECK_STATUS(st, ST_NOMEM);
            assert_int_equal(mem_live(), 0);
            assert_in_range(k, 0, 100);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_replacement_leaves_the_old_file),
        cmocka_unit_test(every_failed_allocation_is_survived),
    };

    return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
