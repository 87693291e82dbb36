/* SPDX-License-Identifier: Apache-2.0 */
/* What a start makes of a folder that something happened to. */
#include "support/store_fixture.h"

/* Path of the n-th log file (byte order is age order). */
static void log_path(const Fixture *f, size_t n, char out[512])
{
    char dir[300];
    Arena a;
    Str *names = NULL;
    size_t count = 0;
    size_t logs = 0;

    arena_init(&a, 1 << 20);
    (void)snprintf(dir, sizeof dir, "%s/wal", f->dir);
    CHECK_OK(dir_list(dir, &a, &names, &count));
    out[0] = '\0';
    for (size_t i = 0; i < count; i++)
        if (str_ends(names[i], STR(".log")) && logs++ == n)
            (void)snprintf(out, 512, "%s/%.*s", dir, STR_ARG(names[i]));
    arena_deinit(&a);
    assert_true(out[0] != '\0');
}

static size_t count_names(const Fixture *f, const char *folder)
{
    char dir[300];
    Arena a;
    Str *names = NULL;
    size_t count = 0;

    arena_init(&a, 1 << 20);
    (void)snprintf(dir, sizeof dir, "%s/%s", f->dir, folder);
    if (path_exists(dir))
        CHECK_OK(dir_list(dir, &a, &names, &count));
    arena_deinit(&a);
    return count;
}

static void flip_byte(const char *path, uint64_t at)
{
    File file = FILE_CLOSED;
    char byte;

    CHECK_OK(file_open_write(path, &file));
    CHECK_OK(file_read_exact(&file, at, &byte, 1));
    byte ^= 1;
    CHECK_OK(file_write_at(&file, at, (Str){&byte, 1}));
    file_close(&file);
}

static void append_bytes(const char *path, Str bytes)
{
    File file = FILE_CLOSED;

    CHECK_OK(file_open_append(path, &file));
    CHECK_OK(file_write(&file, bytes));
    file_close(&file);
}

static uint64_t set_aside(const Fixture *f)
{
    StoreStats stats;

    store_stats(f->store, 0, &stats);
    return stats.set_aside;
}

static void a_second_store_on_the_folder_is_refused(void **state)
{
    Fixture *f = fixture_new();
    const StoreOptions options = {
        .dir = f->dir, .index = {&test_index_ops, &f->index}, .no_background = true};
    Store *second = NULL;
    Err err = {0};

    (void)state;
    fixture_open(f);
    CHECK_STATUS(store_open(&options, &err, &second), ST_BUSY);
    assert_non_null(strstr(err.msg, "another process"));
    fixture_free(f);
}

static void records_come_back_after_a_crash_with_their_numbers(void **state)
{
    Fixture *f = fixture_new();
    Arena a;
    Span *before = NULL;
    Span *after = NULL;
    size_t doubled;
    size_t count;

    (void)state;
    arena_init(&a, 1 << 24);
    fixture_open(f);
    for (uint64_t i = 1; i <= 5; i++)
        CHECK_OK(fixture_append(f, 1, i, 3, 1000000));
    count = read_all(f->store, 1, &a, &before, &doubled);
    fixture_crash(f);
    fixture_open(f);
    check_store(f, 0);
    assert_int_equal(read_all(f->store, 1, &a, &after, &doubled), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(before[i].seq, after[i].seq);
        assert_int_equal(before[i].received_ns, after[i].received_ns);
    }
    arena_deinit(&a);
    fixture_free(f);
}

static void a_clean_close_leaves_no_log(void **state)
{
    Fixture *f = fixture_new();

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 3, 10));
    fixture_close(f);
    assert_int_equal(count_names(f, "wal"), 0);
    fixture_open(f);
    check_store(f, 0);
    fixture_free(f);
}

static void a_torn_tail_is_cut_and_appending_goes_on(void **state)
{
    Fixture *f = fixture_new();
    char path[512];

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 3, 10));
    fixture_crash(f);
    log_path(f, 0, path);
    append_bytes(path, STR("VREC half a record"));
    fixture_open(f);
    assert_int_equal(set_aside(f), 0);
    CHECK_OK(fixture_append(f, 1, 2, 3, 10));
    fixture_crash(f);
    fixture_open(f);
    assert_int_equal(set_aside(f), 0);
    check_store(f, 0);
    fixture_free(f);
}

/* It may have been acknowledged: a torn write is short. */
static void a_bad_last_record_of_full_length_is_not_dropped_silently(void **state)
{
    Fixture *f = fixture_new();
    PathInfo info = {0};
    char path[512];

    (void)state;
    fixture_open(f);
    for (uint64_t i = 1; i <= 2; i++)
        CHECK_OK(fixture_append(f, 1, i, 3, 1000000));
    fixture_crash(f);
    log_path(f, 0, path);
    CHECK_OK(path_info(path, &info));
    flip_byte(path, info.size - 1);
    fixture_open(f);
    assert_int_equal(set_aside(f), 1);
    assert_int_equal(count_names(f, "wal/set-aside"), 1);
    f->len = 1;
    check_store(f, 0);
    fixture_crash(f);
    fixture_open(f);
    assert_int_equal(set_aside(f), 0);
    check_store(f, 0);
    fixture_free(f);
}

static void a_bad_record_in_the_middle_is_set_aside_and_the_rest_replayed(void **state)
{
    Fixture *f = fixture_new();
    char path[512];

    (void)state;
    fixture_open(f);
    for (uint64_t i = 1; i <= 3; i++)
        CHECK_OK(fixture_append(f, 1, i, 3, 1000000));
    fixture_crash(f);
    log_path(f, 0, path);
    flip_byte(path, LOG_FILE_HEADER_BYTES + LOG_RECORD_HEADER_BYTES + 2);
    fixture_open(f);
    assert_int_equal(set_aside(f), 1);
    assert_int_equal(count_names(f, "wal/set-aside"), 1);
    f->requests[0] = f->requests[1];
    f->requests[1] = f->requests[2];
    f->len = 2;
    check_store(f, 0);
    fixture_close(f);
    assert_int_equal(count_names(f, "wal/set-aside"), 1);
    fixture_open(f);
    assert_int_equal(set_aside(f), 0);
    check_store(f, 0);
    fixture_free(f);
}

static void a_record_that_cannot_be_decoded_now_is_set_aside(void **state)
{
    Fixture *f = fixture_new();
    const StoreRecord odd = {.project_id = 1, .kind = 8, .body = STR("no request of ours")};
    Chunk *c = NULL;

    (void)state;
    fixture_open(f);
    CHECK_OK(make_chunk(1, 1, 2, 5, &c));
    CHECK_OK(store_append(f->store, &odd, c));
    CHECK_OK(fixture_append(f, 1, 2, 3, 10));
    fixture_crash(f);
    fixture_open(f);
    assert_int_equal(set_aside(f), 1);
    assert_int_equal(count_names(f, "wal/set-aside"), 1);
    check_store(f, 0);
    fixture_free(f);
}

/* A younger file's header says that the last record of the older one was
 * refused: its sync had failed and its end could not be cut. */
static void records_that_a_younger_file_rules_out_are_not_replayed(void **state)
{
    Fixture *f = fixture_new();
    char path[512];
    char younger[512];
    char header[LOG_FILE_HEADER_BYTES];

    (void)state;
    fixture_open(f);
    for (uint64_t i = 1; i <= 3; i++)
        CHECK_OK(fixture_append(f, 1, i, 3, 1000000));
    fixture_crash(f);
    log_path(f, 0, path);
    (void)snprintf(younger, sizeof younger, "%s/wal/%020d.log", f->dir, 4);
    log_file_header_encode(&(LogFileHeader){5, 2}, header);
    append_bytes(younger, (Str){header, sizeof header});
    fixture_open(f);
    f->len = 2;
    check_store(f, 0);
    /* The numbers of refused records are not used again. */
    CHECK_OK(fixture_append(f, 1, 4, 3, 1000000));
    fixture_crash(f);
    fixture_open(f);
    check_store(f, 0);
    fixture_free(f);
}

static void a_log_of_a_newer_version_is_refused(void **state)
{
    Fixture *f = fixture_new();
    char path[512];
    char header[LOG_FILE_HEADER_BYTES];
    uint64_t sum;

    (void)state;
    fixture_open(f);
    fixture_close(f);
    (void)snprintf(path, sizeof path, "%s/wal/%020d.log", f->dir, 1);
    log_file_header_encode(&(LogFileHeader){5, 0}, header);
    header[8] = 99;
    sum = log_payload_sum((Str){header, 32});
    memcpy(header + 32, &sum, sizeof sum);
    append_bytes(path, (Str){header, sizeof header});
    CHECK_STATUS(fixture_try_open(f), ST_VERSION);
    fixture_free(f);
}

static void a_log_larger_than_the_memtable_is_flushed_on_the_way(void **state)
{
    Fixture *f = fixture_new();
    StoreStats stats;

    (void)state;
    fixture_open(f);
    for (uint64_t i = 1; i <= 40; i++)
        CHECK_OK(fixture_append(f, 1, i, 10, 1000000));
    fixture_crash(f);
    f->memtable_bytes = 100000;
    fixture_open(f);
    store_stats(f->store, 0, &stats);
    assert_true(stats.segments > 1);
    assert_true(stats.memtable_bytes < 200000);
    check_store(f, 0);
    fixture_free(f);
}

static void segments_that_were_never_published_are_removed(void **state)
{
    Fixture *f = fixture_new();
    char orphan[300];
    char temporary[300];
    char other[300];

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 3, 10));
    fixture_close(f);
    (void)snprintf(orphan, sizeof orphan, "%s/segments/1/77.parquet", f->dir);
    (void)snprintf(temporary, sizeof temporary, "%s/segments/1/78.parquet.tmp", f->dir);
    (void)snprintf(other, sizeof other, "%s/segments/1/notes.txt", f->dir);
    append_bytes(orphan, STR("PAR1"));
    append_bytes(temporary, STR("PAR1"));
    append_bytes(other, STR("mine"));
    fixture_open(f);
    assert_false(path_exists(orphan));
    assert_false(path_exists(temporary));
    assert_true(path_exists(other));
    check_store(f, 0);
    fixture_free(f);
}

/* Somebody deleted the catalogue: the segments must not go with it. */
static void an_index_that_knows_nothing_does_not_cost_the_segments(void **state)
{
    Fixture *f = fixture_new();

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 3, 10));
    fixture_close(f);
    f->index.len = 0;
    f->index.flushed_seq = 0;
    CHECK_STATUS(fixture_try_open(f), ST_CORRUPT);
    assert_non_null(strstr(f->err.msg, "catalogue"));
    assert_int_equal(count_names(f, "segments/1"), 1);
    fixture_free(f);
}

static void count_finding(void *context, Str finding)
{
    size_t *count = context;

    assert_true(finding.len > 0);
    ++*count;
}

static void a_missing_or_damaged_segment_is_told_and_the_others_are_read(void **state)
{
    Fixture *f = fixture_new();
    char path[400];
    size_t findings = 0;

    (void)state;
    fixture_open(f);
    for (uint64_t i = 1; i <= 3; i++) {
        CHECK_OK(fixture_append(f, 1, i, 3, 1000000));
        CHECK_OK(store_flush(f->store));
    }
    CHECK_OK(store_verify(f->store, count_finding, &findings));
    assert_int_equal(findings, 0);
    fixture_close(f);
    (void)snprintf(path, sizeof path, "%s/segments/1/%lld.parquet", f->dir,
                   (long long)f->index.items[0].id);
    CHECK_OK(path_remove(path));
    (void)snprintf(path, sizeof path, "%s/segments/1/%lld.parquet", f->dir,
                   (long long)f->index.items[1].id);
    flip_byte(path, f->index.items[1].bytes - 1);
    fixture_open(f);
    f->requests[0] = f->requests[2];
    f->len = 1;
    check_store(f, 0);
    CHECK_STATUS(store_verify(f->store, count_finding, &findings), ST_CORRUPT);
    assert_int_equal(findings, 2);
    fixture_free(f);
}

static void a_damaged_page_is_found_by_verify(void **state)
{
    Fixture *f = fixture_new();
    char path[400];
    size_t findings = 0;

    (void)state;
    fixture_open(f);
    CHECK_OK(fixture_append(f, 1, 1, 30, 1000000));
    fixture_close(f);
    (void)snprintf(path, sizeof path, "%s/segments/1/%lld.parquet", f->dir,
                   (long long)f->index.items[0].id);
    flip_byte(path, 200);
    fixture_open(f);
    CHECK_STATUS(store_verify(f->store, count_finding, &findings), ST_CORRUPT);
    assert_true(findings >= 1);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_store_on_the_folder_is_refused),
        cmocka_unit_test(records_come_back_after_a_crash_with_their_numbers),
        cmocka_unit_test(a_clean_close_leaves_no_log),
        cmocka_unit_test(a_torn_tail_is_cut_and_appending_goes_on),
        cmocka_unit_test(a_bad_last_record_of_full_length_is_not_dropped_silently),
        cmocka_unit_test(a_bad_record_in_the_middle_is_set_aside_and_the_rest_replayed),
        cmocka_unit_test(a_record_that_cannot_be_decoded_now_is_set_aside),
        cmocka_unit_test(records_that_a_younger_file_rules_out_are_not_replayed),
        cmocka_unit_test(a_log_of_a_newer_version_is_refused),
        cmocka_unit_test(a_log_larger_than_the_memtable_is_flushed_on_the_way),
        cmocka_unit_test(segments_that_were_never_published_are_removed),
        cmocka_unit_test(an_index_that_knows_nothing_does_not_cost_the_segments),
        cmocka_unit_test(a_missing_or_damaged_segment_is_told_and_the_others_are_read),
        cmocka_unit_test(a_damaged_page_is_found_by_verify),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
