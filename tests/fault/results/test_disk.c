/* SPDX-License-Identifier: Apache-2.0 */
/* A disk and a memory that fail while rows are added: either all of a request is there or nothing
 * of it, and a sweep leaves no file behind that nobody knows. */
#include "unit/results/results_test.h"

static const int64_t numbers[] = {1, 2};
static const double before[] = {1, 2};
static const double after[] = {10, 20};

/* The rows of the first request, and of the second when it was answered. */
static void check(Shelf *s, Status st)
{
    double got[2];
    size_t parts;

    assert_int_equal(shelf_parts(s), st ? 1 : 2);
    shelf_read(s, "any", "m", got, 2);
    assert_true(got[0] == (st ? 1 : 10) && got[1] == (st ? 2 : 20));
    assert_ok(results_verify(s->results, test_no_finding, NULL, &parts));
    assert_ok(results_sweep(s->results));
    assert_int_equal(shelf_files(s), shelf_parts(s));
}

static void fail_each(OsFault kind, Status with)
{
    for (long k = 0;; k++) {
        Shelf s = shelf_new();
        Status st;

        assert_ok(shelf_add(&s, "", numbers, 2, "m", before));
        os_fail_after(kind, k, with);
        st = shelf_add(&s, "", numbers, 2, "m", after);
        os_fail_never();
        if (st)
            assert_int_equal(st, with);
        check(&s, st);
        if (st)
            assert_ok(shelf_add(&s, "", numbers, 2, "m", after));
        shelf_free(&s);
        if (!st)
            break;
    }
}

static void a_write_that_fails_leaves_nothing(void **state)
{
    (void)state;
    fail_each(OS_FAULT_WRITE, ST_FULL);
    fail_each(OS_FAULT_TORN_WRITE, ST_IO);
}

static void a_sync_that_fails_leaves_nothing(void **state)
{
    (void)state;
    fail_each(OS_FAULT_SYNC, ST_IO);
    fail_each(OS_FAULT_OPEN, ST_IO);
}

/* The very first request makes folders too. */
static void folders_that_cannot_be_made_durable_refuse_the_request(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        Shelf s = shelf_new();
        Status st;

        os_fail_after(OS_FAULT_SYNC, k, ST_IO);
        st = shelf_add(&s, "", numbers, 2, "m", before);
        os_fail_never();
        assert_int_equal(shelf_parts(&s), st ? 0 : 1);
        if (st)
            assert_ok(shelf_add(&s, "", numbers, 2, "m", before));
        shelf_free(&s);
        if (!st)
            break;
    }
}

static void every_allocation_failure_is_survived(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        Shelf s = shelf_new();
        Status st;

        assert_ok(shelf_add(&s, "", numbers, 2, "m", before));
        mem_fail_after(k);
        st = shelf_add(&s, "", numbers, 2, "m", after);
        mem_fail_after(-1);
        if (st)
            assert_int_equal(st, ST_NOMEM);
        check(&s, st);
        shelf_free(&s);
        if (!st)
            break;
    }
}

static Status read_all(Shelf *s)
{
    const Str scopes[] = {{0}};
    double values[2];
    ResultFrame *f;
    FrameRows rows;
    Arena a;
    Status st;

    arena_init(&a, 1 << 20);
    st = frame_open(s->results, s->evaluation, (Str){0}, &f);
    if (!st) {
        st = frame_rows(f, scopes, 1, numbers, 2, &a, &rows);
        if (!st)
            st = frame_numbers(f, &rows, 0, values);
        if (!st)
            assert_true(values[0] == 1 && values[1] == 2);
        frame_close(f);
    }
    arena_deinit(&a);
    return st;
}

static void reading_survives_every_allocation_failure(void **state)
{
    Shelf s = shelf_new();
    Status st;

    (void)state;
    assert_ok(shelf_add(&s, "", numbers, 2, "m", before));
    for (long k = 0;; k++) {
        const long live = mem_live();

        mem_fail_after(k);
        st = read_all(&s);
        mem_fail_after(-1);
        assert_int_equal(mem_live(), live);
        if (!st)
            break;
        assert_int_equal(st, ST_NOMEM);
    }
    shelf_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_that_fails_leaves_nothing),
        cmocka_unit_test(a_sync_that_fails_leaves_nothing),
        cmocka_unit_test(folders_that_cannot_be_made_durable_refuse_the_request),
        cmocka_unit_test(every_allocation_failure_is_survived),
        cmocka_unit_test(reading_survives_every_allocation_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
