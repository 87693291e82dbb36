/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of results: kept, replaced, read as columns, swept and verified. */
#include "unit/results/results_test.h"

static const int64_t one_to_three[] = {1, 2, 3};

static void rows_are_there_after_a_restart(void **state)
{
    Shelf s = shelf_new();
    const double values[] = {0.5, 1, (double)NAN};
    double got[3];

    (void)state;
    assert_ok(shelf_add(&s, "", one_to_three, 3, "m", values));
    shelf_close(&s);
    shelf_open(&s);
    shelf_read(&s, "any", "m", got, 3);
    assert_true(got[0] == 0.5 && got[1] == 1 && isnan(got[2]));
    shelf_free(&s);
}

static void the_newest_row_replaces_the_whole_older_one(void **state)
{
    Shelf s = shelf_new();
    const double first[] = {1, 2, 3};
    const double second[] = {20};
    double got[3];

    (void)state;
    assert_ok(shelf_add(&s, "", one_to_three, 3, "a", first));
    assert_ok(shelf_add(&s, "", one_to_three + 1, 1, "b", second));
    shelf_read(&s, "any", "a", got, 3);
    assert_true(got[0] == 1 && isnan(got[1]) && got[2] == 3);
    shelf_read(&s, "any", "b", got, 3);
    assert_true(isnan(got[0]) && got[1] == 20 && isnan(got[2]));
    shelf_free(&s);
}

static void a_case_of_its_own_comes_before_no_case_however_old(void **state)
{
    Shelf s = shelf_new();
    const double own[] = {1};
    const double common[] = {7, 8, 9};
    double got[3];

    (void)state;
    assert_ok(shelf_add(&s, "rain", one_to_three, 1, "m", own));
    assert_ok(shelf_add(&s, "", one_to_three, 3, "m", common));
    shelf_read(&s, "rain", "m", got, 3);
    assert_true(got[0] == 1 && got[1] == 8 && got[2] == 9);
    shelf_read(&s, "snow", "m", got, 3);
    assert_true(got[0] == 7 && got[1] == 8 && got[2] == 9);
    shelf_free(&s);
}

static void kinds_of_parts_become_the_kind_that_holds_all(void **state)
{
    Shelf s = shelf_new();
    const uint8_t truth[] = {1, 0, 1};
    const int64_t whole[] = {1, 2, 3};
    const double numbers[] = {1, 2, 3};
    const Str texts[] = {STR("a"), STR("b"), STR("c")};
    const uint8_t none[] = {0, 0, 0};
    const Vector vectors[] = {
        {.type = VECTOR_DOUBLE, .len = 3, .valid = none, .as.d = numbers},
        {.type = VECTOR_BOOL, .len = 3, .as.b = truth},
        {.type = VECTOR_INT, .len = 3, .as.i = whole},
        {.type = VECTOR_DOUBLE, .len = 3, .as.d = numbers},
        {.type = VECTOR_STR, .len = 3, .as.s = texts},
    };
    const MetricKind expected[] = {METRIC_NONE, METRIC_BOOL, METRIC_NUMBER, METRIC_NUMBER,
                                   METRIC_OTHER};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        const ResultColumn column = {.name = STR("m"), .values = vectors[i]};
        ResultFrame *f;
        size_t count;

        assert_ok(results_add(
            s.results, s.project, s.evaluation,
            &(ResultBatch){.rows = 3, .numbers = one_to_three, .columns = &column, .count = 1},
            NULL));
        assert_ok(frame_open(s.results, s.evaluation, (Str){0}, &f));
        assert_int_equal(frame_metrics(f, &count)[0].kind, expected[i]);
        assert_int_equal(count, 1);
        assert_int_equal(frame_stored(f), 3 * (i + 1));
        frame_close(f);
    }
    shelf_free(&s);
}

static void an_unknown_evaluation_takes_no_rows(void **state)
{
    Shelf s = shelf_new();
    const double values[] = {1};

    (void)state;
    s.evaluation = 99;
    assert_int_equal(shelf_add(&s, "", one_to_three, 1, "m", values), ST_NOTFOUND);
    assert_int_equal(shelf_files(&s), 0);
    shelf_free(&s);
}

static void write_file_at(const char *path, const char *text)
{
    assert_ok(file_replace(path, str_from(text)));
}

static void a_sweep_removes_what_is_not_listed_and_nothing_else(void **state)
{
    Shelf s = shelf_new();
    const double values[] = {1, 2, 3};
    char path[300];
    double got[3];

    (void)state;
    assert_ok(results_sweep(s.results)); /* no folder yet */
    assert_ok(shelf_add(&s, "", one_to_three, 3, "m", values));
    (void)snprintf(path, sizeof path, "%s/%lld/%lld/stray.parquet", s.dir, (long long)s.project,
                   (long long)s.evaluation);
    write_file_at(path, "half");
    (void)snprintf(path, sizeof path, "%s/7/8", s.dir);
    assert_ok(dir_make(path));
    (void)snprintf(path, sizeof path, "%s/7/8/gone.parquet", s.dir);
    write_file_at(path, "of a project that was deleted");
    assert_ok(results_sweep(s.results));
    assert_int_equal(shelf_files(&s), 1);
    assert_false(path_exists(path));
    shelf_read(&s, "any", "m", got, 3);
    assert_true(got[2] == 3);
    shelf_free(&s);
}

static void a_catalogue_that_lists_nothing_removes_nothing(void **state)
{
    Shelf s = shelf_new();
    char path[300];

    (void)state;
    (void)snprintf(path, sizeof path, "%s/1/1", s.dir);
    assert_ok(dir_make(path));
    (void)snprintf(path, sizeof path, "%s/1/1/old.parquet", s.dir);
    write_file_at(path, "beside a new catalogue");
    assert_ok(results_sweep(s.results));
    assert_true(path_exists(path));
    shelf_free(&s);
}

static void count_finding(void *context, Str finding)
{
    (void)finding;
    ++*(int *)context;
}

static void a_changed_or_missing_file_is_found(void **state)
{
    Shelf s = shelf_new();
    const double values[] = {1, 2, 3};
    PartList list;
    const char *folder;
    const char *file;
    char path[300];
    int findings = 0;
    size_t parts;
    ResultFrame *f;

    (void)state;
    assert_ok(shelf_add(&s, "", one_to_three, 3, "m", values));
    assert_ok(results_verify(s.results, test_no_finding, NULL, &parts));
    assert_int_equal(parts, 1);
    assert_ok(catalog_part_list(s.catalog, s.evaluation, &s.arena, &list));
    assert_ok(result_part_paths(&list.items[0], &s.arena, &folder, &file));
    (void)snprintf(path, sizeof path, "%s/%s", s.dir, file);
    write_file_at(path, "PAR1 other bytes PAR1");
    assert_int_equal(results_verify(s.results, count_finding, &findings, &parts), ST_CORRUPT);
    assert_int_equal(frame_open(s.results, s.evaluation, (Str){0}, &f), ST_CORRUPT);
    assert_ok(path_remove(path));
    assert_int_equal(results_verify(s.results, count_finding, &findings, &parts), ST_CORRUPT);
    assert_int_equal(frame_open(s.results, s.evaluation, (Str){0}, &f), ST_CORRUPT);
    assert_int_equal(findings, 2);
    shelf_free(&s);
}

static void removing_an_evaluation_takes_its_rows(void **state)
{
    Shelf s = shelf_new();
    const double values[] = {1};
    const int64_t other = shelf_evaluation(&s, "other");

    (void)state;
    assert_ok(shelf_add(&s, "", one_to_three, 1, "m", values));
    assert_ok(catalog_evaluation_remove(s.catalog, s.project, s.evaluation));
    assert_int_equal(shelf_parts(&s), 0);
    assert_ok(results_remove(s.results, s.project, s.evaluation));
    assert_ok(results_remove(s.results, s.project, s.evaluation));
    assert_int_equal(shelf_files(&s), 0);
    s.evaluation = other;
    assert_ok(shelf_add(&s, "", one_to_three, 1, "m", values));
    assert_ok(results_remove_project(s.results, s.project));
    assert_int_equal(shelf_files(&s), 0);
    shelf_free(&s);
}

/* A file that an earlier program wrote: case rain, numbers 2, 1; m = 0.5, null; ok = true, false;
 * label = "a", "b"; boxes = [1], {}.  VIREO_GOLDEN=write makes the file. */
static void a_part_of_the_first_format_is_read(void **state)
{
    static const int64_t numbers[] = {2, 1};
    static const double m[] = {0.5, 0};
    static const uint8_t valid[] = {1, 0};
    static const uint8_t ok[] = {1, 0};
    const Str labels[] = {STR("a"), STR("b")};
    const Str boxes[] = {STR("[1]"), STR("{}")};
    const ResultColumn columns[] = {
        {STR("m"), {.type = VECTOR_DOUBLE, .len = 2, .valid = valid, .as.d = m}},
        {STR("ok"), {.type = VECTOR_BOOL, .len = 2, .as.b = ok}},
        {STR("label"), {.type = VECTOR_STR, .len = 2, .as.s = labels}},
        {STR("boxes"), {.type = VECTOR_JSON, .len = 2, .as.s = boxes}},
    };
    const int64_t members[] = {1, 2};
    const Str scopes[] = {STR("rain")};
    Shelf s = shelf_new();
    PartList list;
    const char *folder;
    const char *file;
    char path[300];
    char golden[512];
    Buf bytes;
    ResultFrame *f;
    FrameRows rows;
    ResultCell cells[4][2];

    (void)state;
    (void)snprintf(golden, sizeof golden, "%s/results/part_1.parquet", TEST_GOLDEN_DIR);
    assert_ok(results_add(
        s.results, s.project, s.evaluation,
        &(ResultBatch){
            .scope = STR("rain"), .rows = 2, .numbers = numbers, .columns = columns, .count = 4},
        NULL));
    assert_ok(catalog_part_list(s.catalog, s.evaluation, &s.arena, &list));
    assert_ok(result_part_paths(&list.items[0], &s.arena, &folder, &file));
    (void)snprintf(path, sizeof path, "%s/%s", s.dir, file);
    buf_init(&bytes, 1 << 20);
    if (getenv("VIREO_GOLDEN")) {
        assert_ok(file_read_whole(path, &bytes));
        assert_ok(file_replace(golden, buf_str(&bytes)));
        buf_clear(&bytes);
    }
    assert_ok(file_read_whole(golden, &bytes));
    assert_ok(file_replace(path, buf_str(&bytes)));
    assert_ok(frame_open(s.results, s.evaluation, (Str){0}, &f));
    assert_ok(frame_rows(f, scopes, 1, members, 2, &s.arena, &rows));
    for (size_t i = 0; i < 4; i++)
        assert_ok(frame_cells(f, &rows, frame_find(f, columns[i].name), &s.arena, cells[i]));
    assert_int_equal(cells[0][0].kind, CELL_MISSING);
    assert_true(cells[0][1].as.d == 0.5);
    assert_true(!cells[1][0].as.b && cells[1][1].as.b);
    assert_str(cells[2][0].as.s, "b");
    assert_int_equal(cells[3][1].kind, CELL_JSON);
    assert_str(cells[3][1].as.s, "[1]");
    frame_close(f);
    buf_deinit(&bytes);
    shelf_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_there_after_a_restart),
        cmocka_unit_test(the_newest_row_replaces_the_whole_older_one),
        cmocka_unit_test(a_case_of_its_own_comes_before_no_case_however_old),
        cmocka_unit_test(kinds_of_parts_become_the_kind_that_holds_all),
        cmocka_unit_test(an_unknown_evaluation_takes_no_rows),
        cmocka_unit_test(a_sweep_removes_what_is_not_listed_and_nothing_else),
        cmocka_unit_test(a_catalogue_that_lists_nothing_removes_nothing),
        cmocka_unit_test(a_changed_or_missing_file_is_found),
        cmocka_unit_test(removing_an_evaluation_takes_its_rows),
        cmocka_unit_test(a_part_of_the_first_format_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
