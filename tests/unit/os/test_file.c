/* SPDX-License-Identifier: Apache-2.0 */
/* Files, folders and views in a folder of the test's own. */
#include "support/check.h"

#include "os/file.h"
#include "os/map.h"

#include <stdlib.h>
#include <string.h>

static char dir[64];

static const char *in_dir(const char *name)
{
    static char path[4][256];
    static unsigned next;
    char *out = path[next++ % 4];

    (void)snprintf(out, sizeof path[0], "%s/%s", dir, name);
    return out;
}

static int make_dir(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "%s", "/tmp/vireo-test-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int drop_dir(void **state)
{
    (void)state;
    os_fail_never();
    return dir_remove_all(dir) == ST_OK ? 0 : -1;
}

static void expect_contents(const char *path, const char *text)
{
    Buf b;

    buf_init(&b, 1 << 20);
    CHECK_OK(file_read_whole(path, &b));
    CHECK_STR(buf_str(&b), text);
    buf_deinit(&b);
}

static void a_new_file_must_not_exist(void **state)
{
    File f = FILE_CLOSED;

    (void)state;
    CHECK_STATUS(file_open_read(in_dir("none"), &f), ST_NOTFOUND);
    CHECK_OK(file_create_new(in_dir("new"), &f));
    file_close(&f);
    file_close(&f); /* twice is fine */
    CHECK_STATUS(file_create_new(in_dir("new"), &f), ST_EXISTS);
    assert_int_equal(f.fd, -1);
}

static void parts_are_written_one_after_the_other(void **state)
{
    Str parts[200];
    char expected[1024] = "";
    File f = FILE_CLOSED;
    uint64_t size = 0;

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        parts[i] = i % 3 ? STR("ab") : (Str){0};
        (void)strcat(expected, i % 3 ? "ab" : "");
    }
    CHECK_OK(file_create_new(in_dir("parts"), &f));
    CHECK_OK(file_write_all(&f, parts, 200));
    CHECK_OK(file_sync_data(&f));
    CHECK_OK(file_size(&f, &size));
    assert_int_equal(size, strlen(expected));
    file_close(&f);
    expect_contents(in_dir("parts"), expected);
}

static void appending_goes_to_the_end_and_truncating_moves_back(void **state)
{
    File f = FILE_CLOSED;

    (void)state;
    CHECK_OK(file_open_append(in_dir("log"), &f));
    CHECK_OK(file_write(&f, STR("one")));
    file_close(&f);
    CHECK_OK(file_open_append(in_dir("log"), &f));
    CHECK_OK(file_write(&f, STR("two-torn")));
    CHECK_OK(file_truncate(&f, 6));
    CHECK_OK(file_write(&f, STR("three")));
    file_close(&f);
    expect_contents(in_dir("log"), "onetwothree");
    CHECK_OK(file_open_write(in_dir("log"), &f));
    CHECK_OK(file_truncate(&f, 3));
    CHECK_OK(file_write(&f, STR("!")));
    CHECK_OK(file_write_at(&f, 0, STR("O")));
    CHECK_OK(file_reserve(&f, 100000));
    file_close(&f);
    expect_contents(in_dir("log"), "One!");
}

static void reading_stops_at_the_end_of_the_file(void **state)
{
    File f = FILE_CLOSED;
    char bytes[8];
    size_t got = 0;

    (void)state;
    CHECK_OK(file_create_new(in_dir("read"), &f));
    CHECK_OK(file_write(&f, STR("hello")));
    CHECK_OK(file_read_at(&f, 3, bytes, sizeof bytes, &got));
    assert_int_equal(got, 2);
    CHECK_OK(file_read_at(&f, 99, bytes, sizeof bytes, &got));
    assert_int_equal(got, 0);
    CHECK_OK(file_read_exact(&f, 1, bytes, 4));
    CHECK_STATUS(file_read_exact(&f, 1, bytes, 5), ST_CORRUPT);
    CHECK_STATUS(file_read_at(&f, UINT64_MAX, bytes, 1, &got), ST_INVALID);
    file_close(&f);
}

static void reading_whole_obeys_the_limit(void **state)
{
    Buf b;

    (void)state;
    CHECK_OK(file_replace(in_dir("whole"), STR("0123456789")));
    for (size_t limit = 9; limit <= 11; limit++) {
        buf_init(&b, limit);
        CHECK_STATUS(file_read_whole(in_dir("whole"), &b), limit < 10 ? ST_LIMIT : ST_OK);
        assert_int_equal(b.len, limit < 10 ? 0 : 10);
        buf_deinit(&b);
    }
    buf_init(&b, 1 << 20);
    CHECK_OK(buf_append(&b, STR("front ")));
    CHECK_OK(file_read_whole(in_dir("whole"), &b));
    CHECK_STR(buf_str(&b), "front 0123456789");
    CHECK_STATUS(file_read_whole(in_dir("none"), &b), ST_NOTFOUND);
    CHECK_STR(buf_str(&b), "front 0123456789");
    buf_deinit(&b);
}

static void a_lock_is_held_until_the_file_closes(void **state)
{
    File first = FILE_CLOSED;
    File second = FILE_CLOSED;

    (void)state;
    CHECK_OK(file_open_write(in_dir("lock"), &first));
    CHECK_OK(file_open_write(in_dir("lock"), &second));
    CHECK_OK(file_lock(&first));
    CHECK_STATUS(file_lock(&second), ST_BUSY);
    file_close(&first);
    CHECK_OK(file_lock(&second));
    file_close(&second);
}

static void folders_are_made_listed_and_removed(void **state)
{
    Arena a;
    Str *names = NULL;
    size_t count = 0;
    const char *joined = NULL;
    PathInfo info;
    uint64_t free_bytes = 0;

    (void)state;
    arena_init(&a, 1 << 20);
    CHECK_OK(dir_make(in_dir("a//b/c")));
    CHECK_OK(dir_make(in_dir("a/b/c/")));
    CHECK_OK(file_replace(in_dir("a/z"), STR("z")));
    CHECK_OK(file_replace(in_dir("a/k"), STR("k")));
    CHECK_STATUS(dir_make(in_dir("a/k")), ST_EXISTS);
    CHECK_STATUS(dir_make(in_dir("a/k/x")), ST_EXISTS);
    CHECK_OK(dir_list(in_dir("a"), &a, &names, &count));
    assert_int_equal(count, 3);
    CHECK_STR(names[0], "b");
    CHECK_STR(names[1], "k");
    CHECK_STR(names[2], "z");
    CHECK_OK(path_join(&a, in_dir("a"), names[2], &joined));
    CHECK_OK(path_info(joined, &info));
    assert_true(info.size == 1 && !info.is_dir &&
                info.modified_ns > INT64_C(1600000000) * 1000000000);
    CHECK_STATUS(dir_remove(in_dir("a")), ST_EXISTS);
    CHECK_STATUS(dir_list(in_dir("none"), &a, &names, &count), ST_NOTFOUND);
    CHECK_OK(disk_free_bytes(dir, &free_bytes));
    assert_true(free_bytes > 0);
    CHECK_OK(dir_remove_all(in_dir("a")));
    assert_false(path_exists(in_dir("a")));
    CHECK_STATUS(dir_remove_all(in_dir("a")), ST_NOTFOUND);
    arena_deinit(&a);
    assert_int_equal(mem_live(), 0);
}

static void removing_all_does_not_follow_links(void **state)
{
    char command[600];

    (void)state;
    CHECK_OK(dir_make(in_dir("kept")));
    CHECK_OK(file_replace(in_dir("kept/file"), STR("x")));
    CHECK_OK(dir_make(in_dir("gone/deep")));
    (void)snprintf(command, sizeof command, "ln -s '%s' '%s'", in_dir("kept"),
                   in_dir("gone/deep/link"));
    assert_int_equal(system(command),
                     0); /* NOLINT(cert-env33-c): a link cannot be made otherwise */
    CHECK_OK(dir_remove_all(in_dir("gone")));
    assert_true(path_exists(in_dir("kept/file")));
}

static void a_view_shows_the_whole_file(void **state)
{
    FileMap m;

    (void)state;
    CHECK_OK(file_replace(in_dir("view"), STR("mapped")));
    CHECK_OK(file_map_open(in_dir("view"), &m));
    CHECK_SAME(((Str){(const char *)m.data, m.len}), STR("mapped"));
    file_map_advise(&m, 2, 1000, FILE_MAP_SOON);
    file_map_advise(&m, 99, 1, FILE_MAP_RANDOM);
    file_map_close(&m);
    file_map_close(&m);
    CHECK_OK(file_replace(in_dir("view"), (Str){0}));
    CHECK_OK(file_map_open(in_dir("view"), &m));
    assert_true(m.data == NULL && m.len == 0);
    file_map_close(&m);
    CHECK_STATUS(file_map_open(in_dir("none"), &m), ST_NOTFOUND);
}

static void faults_come_when_they_are_ordered(void **state)
{
    File f = FILE_CLOSED;

    (void)state;
    CHECK_OK(file_create_new(in_dir("faulty"), &f));
    os_fail_after(OS_FAULT_WRITE, 1, ST_FULL);
    CHECK_OK(file_write(&f, STR("ok")));
    CHECK_STATUS(file_write(&f, STR("no")), ST_FULL);
    CHECK_STATUS(file_write(&f, STR("no")), ST_FULL);
    os_fail_never();
    os_fail_after(OS_FAULT_TORN_WRITE, 0, ST_IO);
    CHECK_STATUS(file_write(&f, STR("torn")), ST_IO);
    os_fail_never();
    os_fail_after(OS_FAULT_SYNC, 0, ST_IO);
    CHECK_STATUS(file_sync_data(&f), ST_IO);
    CHECK_STATUS(file_sync(&f), ST_IO);
    CHECK_STATUS(dir_sync(dir), ST_IO);
    os_fail_never();
    CHECK_OK(file_sync(&f));
    os_fail_after(OS_FAULT_RENAME, 0, ST_FULL);
    CHECK_STATUS(path_rename(in_dir("faulty"), in_dir("x")), ST_FULL);
    os_fail_never();
    file_close(&f);
    expect_contents(in_dir("faulty"), "okto");
}

static void short_writes_are_continued(void **state)
{
    const Str parts[] = {STR("one "), {0}, STR("two "), STR("three")};
    File f = FILE_CLOSED;

    (void)state;
    CHECK_OK(file_create_new(in_dir("short"), &f));
    os_fail_after(OS_FAULT_SHORT_WRITE, 1, ST_IO);
    CHECK_OK(file_write_all(&f, parts, 4));
    CHECK_OK(file_write_at(&f, 4, STR("TWO")));
    os_fail_never();
    file_close(&f);
    expect_contents(in_dir("short"), "one TWO three");
}

static void a_real_full_disk_is_full(void **state)
{
    File f = FILE_CLOSED;

    (void)state;
    CHECK_OK(file_open_write("/dev/full", &f));
    CHECK_STATUS(file_write(&f, STR("x")), ST_FULL);
    file_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_file_must_not_exist),
        cmocka_unit_test(parts_are_written_one_after_the_other),
        cmocka_unit_test(appending_goes_to_the_end_and_truncating_moves_back),
        cmocka_unit_test(reading_stops_at_the_end_of_the_file),
        cmocka_unit_test(reading_whole_obeys_the_limit),
        cmocka_unit_test(a_lock_is_held_until_the_file_closes),
        cmocka_unit_test(folders_are_made_listed_and_removed),
        cmocka_unit_test(removing_all_does_not_follow_links),
        cmocka_unit_test(a_view_shows_the_whole_file),
        cmocka_unit_test(faults_come_when_they_are_ordered),
        cmocka_unit_test(short_writes_are_continued),
        cmocka_unit_test(a_real_full_disk_is_full),
    };

    return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
