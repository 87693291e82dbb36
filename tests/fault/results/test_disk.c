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

/* ------------------------------------------------------------ merging */

static Shelf shelf_to_merge(void)
{
    Shelf s = shelf_new();

    assert_ok(shelf_add(&s, "", numbers, 1, "m", before));
    assert_ok(shelf_add(&s, "", numbers + 1, 1, "m", before + 1));
    return s;
}

/* Whatever failed: the rows are there, from the old files or from the new one. */
static void check_merge(Shelf *s, Status st)
{
    double got[2];
    size_t parts;
    size_t merged;

    if (!st)
        assert_int_equal(shelf_parts(s), 1);
    shelf_read(s, "any", "m", got, 2);
    assert_true(got[0] == 1 && got[1] == 2);
    assert_ok(results_verify(s->results, test_no_finding, NULL, &parts));
    assert_ok(results_sweep(s->results));
    assert_int_equal(shelf_files(s), shelf_parts(s));
    assert_ok(results_merge(s->results, s->evaluation, 2, &merged));
    assert_int_equal(shelf_parts(s), 1);
}

static void fail_each_merge(OsFault kind, Status with)
{
    for (long k = 0;; k++) {
        Shelf s = shelf_to_merge();
        size_t merged;
        Status st;

        os_fail_after(kind, k, with);
        st = results_merge(s.results, s.evaluation, 2, &merged);
        os_fail_never();
        check_merge(&s, st);
        shelf_free(&s);
        if (!st)
            break;
    }
}

static void a_merge_that_fails_loses_no_row(void **state)
{
    (void)state;
    fail_each_merge(OS_FAULT_WRITE, ST_FULL);
    fail_each_merge(OS_FAULT_TORN_WRITE, ST_IO);
    fail_each_merge(OS_FAULT_SYNC, ST_IO);
    fail_each_merge(OS_FAULT_OPEN, ST_IO);
}

static void a_merge_survives_every_allocation_failure(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        Shelf s = shelf_to_merge();
        size_t merged;
        Status st;

        mem_fail_after(k);
        st = results_merge(s.results, s.evaluation, 2, &merged);
        mem_fail_after(-1);
        if (st)
            assert_int_equal(st, ST_NOMEM);
        check_merge(&s, st);
        shelf_free(&s);
        if (!st && merged)
            break;
    }
}

/* The new file is listed and the old ones are still there: the state of a process that ended in
 * between. */
static void a_crash_leaves_files_that_are_swept(void **state)
{
    Shelf s = shelf_to_merge();
    char folder[200], path[2][300];
    size_t merged;
    size_t count;
    Buf bytes[2];
    Str *names;

    (void)state;
    (void)snprintf(folder, sizeof folder, "%s/%lld/%lld", s.dir, (long long)s.project,
                   (long long)s.evaluation);
    assert_ok(dir_list(folder, &s.arena, &names, &count));
    for (size_t i = 0; i < 2; i++) {
        buf_init(&bytes[i], 1 << 20);
        (void)snprintf(path[i], sizeof path[i], "%s/%.*s", folder, STR_ARG(names[i]));
        assert_ok(file_read_whole(path[i], &bytes[i]));
    }
    assert_ok(results_merge(s.results, s.evaluation, 2, &merged));
    for (size_t i = 0; i < 2; i++) {
        assert_ok(file_replace(path[i], buf_str(&bytes[i])));
        buf_deinit(&bytes[i]);
    }
    assert_int_equal(shelf_files(&s), 3);
    check_merge(&s, ST_OK);
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
        cmocka_unit_test(a_merge_that_fails_loses_no_row),
        cmocka_unit_test(a_merge_survives_every_allocation_failure),
        cmocka_unit_test(a_crash_leaves_files_that_are_swept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
