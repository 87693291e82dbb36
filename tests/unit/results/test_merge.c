/* SPDX-License-Identifier: Apache-2.0 */
/* Small parts become one: the same rows, cells of the same kinds, fewer files. */
#include "unit/results/results_test.h"

static const int64_t three[] = {1, 2, 3};

static void add_sample(Shelf *s, const int64_t *number, const char *scope,
                       const char *configuration, Vector v)
{
    const ResultColumn column = {.name = STR("m"), .values = v};

    v.len = 1;
    assert_ok(results_add(s->results, s->project, s->evaluation,
                          &(ResultBatch){.scope = str_from(scope),
                                         .configuration = str_from(configuration),
                                         .rows = v.len,
                                         .numbers = number,
                                         .columns = &column,
                                         .count = 1},
                          NULL));
}

static void add_vector(Shelf *s, const char *scope, const char *configuration, Vector v)
{
    add_sample(s, three, scope, configuration, v);
}

static int64_t revision(Shelf *s)
{
    EvaluationRow row;

    assert_ok(catalog_evaluation_get(s->catalog, s->project, s->evaluation, &s->arena, &row));
    return row.revision;
}

static size_t merge(Shelf *s, size_t least)
{
    size_t merged;

    assert_ok(results_merge(s->results, s->evaluation, least, &merged));
    assert_int_equal(shelf_files(s), shelf_parts(s));
    return merged;
}

static void parts_of_one_case_become_one(void **state)
{
    Shelf s = shelf_new();
    int64_t before;
    double got[40];
    size_t parts;

    (void)state;
    for (int64_t i = 0; i < 40; i++) {
        const int64_t number = i + 1;
        const double value = (double)i / 2;

        assert_ok(shelf_add(&s, i % 2 ? "rain" : "", &number, 1, "m", &value));
    }
    before = revision(&s);
    assert_int_equal(merge(&s, 21), 0);
    assert_int_equal(merge(&s, 20), 40);
    assert_int_equal(shelf_parts(&s), 2);
    assert_int_equal(revision(&s), before);
    shelf_read(&s, "rain", "m", got, 40);
    for (size_t i = 0; i < 40; i++)
        assert_true(got[i] == (double)i / 2);
    assert_ok(results_verify(s.results, test_no_finding, NULL, &parts));
    assert_int_equal(parts, 2);
    shelf_free(&s);
}

static void what_came_later_still_counts_more(void **state)
{
    Shelf s = shelf_new();
    const double values[3][3] = {{1, 1, 1}, {2, 2, 2}, {3, 3, 3}};
    double got[3];
    const int64_t before = revision(&s);

    (void)state;
    assert_ok(shelf_add(&s, "", three, 3, "m", values[0]));
    assert_ok(shelf_add(&s, "", three + 1, 2, "m", values[1]));
    assert_int_equal(merge(&s, 2), 0); /* the first is the larger one: it is not written again */
    assert_ok(shelf_add(&s, "", three + 1, 1, "m", values[1]));
    assert_int_equal(merge(&s, 2), 3);
    assert_int_equal(revision(&s), before + 4); /* three requests, and rows were dropped */
    assert_ok(shelf_add(&s, "", three + 2, 1, "m", values[2]));
    shelf_read(&s, "", "m", got, 3);
    assert_true(got[0] == 1 && got[1] == 2 && got[2] == 3);
    shelf_free(&s);
}

static void check_kinds(Shelf *s, CellKind first, CellKind second)
{
    const Str none = {0};
    const int64_t members[] = {1, 2};
    ResultFrame *f;
    FrameRows rows;
    ResultCell cells[2];

    assert_ok(frame_open(s->results, s->evaluation, none, &f));
    assert_ok(frame_rows(f, &none, 1, members, 2, &s->arena, &rows));
    assert_int_equal(rows.len, 2);
    assert_ok(frame_cells(f, &rows, frame_find(f, STR("m")), &s->arena, cells));
    assert_int_equal(cells[0].kind, first);
    assert_int_equal(cells[1].kind, second);
    frame_close(f);
}

typedef struct Pairing {
    Vector first, second;
    bool merges;
    CellKind kinds[2]; /* afterwards */
} Pairing;

/* Every pair of types: merged where one type gives both back, left alone where none does. */
static void types_that_do_not_agree_stay_apart(void **state)
{
    const Str text[] = {STR("a")};
    const Str list[] = {STR("[1]")};
    const uint8_t none[] = {0};
    const Vector b = {.type = VECTOR_BOOL, .as.b = (const uint8_t[]){1}};
    const Vector i = {.type = VECTOR_INT, .as.i = (const int64_t[]){7}};
    const Vector large = {.type = VECTOR_INT, .as.i = (const int64_t[]){(INT64_C(1) << 53) + 1}};
    const Vector d = {.type = VECTOR_DOUBLE, .as.d = (const double[]){0.5}};
    const Vector t = {.type = VECTOR_STR, .as.s = text};
    const Vector j = {.type = VECTOR_JSON, .as.s = list};
    const Vector n = {.type = VECTOR_STR, .as.s = text, .valid = none};
    const Pairing pairings[] = {
        {b, b, true, {CELL_BOOL, CELL_BOOL}},      {b, i, false, {CELL_BOOL, CELL_INT}},
        {b, t, false, {CELL_BOOL, CELL_TEXT}},     {i, i, true, {CELL_INT, CELL_INT}},
        {i, d, true, {CELL_DOUBLE, CELL_DOUBLE}},  {large, d, false, {CELL_INT, CELL_DOUBLE}},
        {d, t, false, {CELL_DOUBLE, CELL_TEXT}},   {t, t, true, {CELL_TEXT, CELL_TEXT}},
        {t, j, false, {CELL_TEXT, CELL_JSON}},     {j, j, true, {CELL_JSON, CELL_JSON}},
        {d, n, true, {CELL_DOUBLE, CELL_MISSING}}, {n, n, true, {CELL_MISSING, CELL_MISSING}},
    };

    (void)state;
    for (size_t p = 0; p < sizeof pairings / sizeof pairings[0]; p++) {
        Shelf s = shelf_new();
        ResultColumn column = {.name = STR("m"), .values = pairings[p].first};
        ResultBatch batch = {.rows = 1, .numbers = three, .columns = &column, .count = 1};

        column.values.len = 1;
        assert_ok(results_add(s.results, s.project, s.evaluation, &batch, NULL));
        column.values = pairings[p].second;
        column.values.len = 1;
        batch.numbers = three + 1;
        assert_ok(results_add(s.results, s.project, s.evaluation, &batch, NULL));
        assert_int_equal(merge(&s, 2), pairings[p].merges ? 2 : 0);
        check_kinds(&s, pairings[p].kinds[0], pairings[p].kinds[1]);
        shelf_free(&s);
    }
}

static void configurations_stay_apart(void **state)
{
    Shelf s = shelf_new();
    const Vector v = {.type = VECTOR_DOUBLE, .len = 1, .as.d = (const double[]){1}};

    (void)state;
    add_vector(&s, "", "one", v);
    add_vector(&s, "", "two", v);
    add_vector(&s, "rain", "one", v);
    assert_int_equal(merge(&s, 2), 0);
    add_vector(&s, "rain", "one", v);
    assert_int_equal(merge(&s, 2), 2);
    assert_int_equal(shelf_parts(&s), 3);
    shelf_free(&s);
}

/* A text among numbers: halves are tried until one agrees, and the rest is a run of its own. */
static void what_cannot_join_does_not_keep_the_others_apart(void **state)
{
    Shelf s = shelf_new();
    const Str text[] = {STR("a")};
    const Vector t = {.type = VECTOR_STR, .len = 1, .as.s = text};
    const Vector d = {.type = VECTOR_DOUBLE, .len = 1, .as.d = (const double[]){1}};

    (void)state;
    for (int64_t i = 0; i < 16; i++)
        add_sample(&s, (int64_t[]){i + 1}, "", "", i == 9 ? t : d);
    assert_int_equal(merge(&s, 2), 8 + 6); /* not the one before the text, and the text */
    assert_int_equal(shelf_parts(&s), 4);
    shelf_free(&s);
}

/* The run of the first case has lost a file; the second case's parts become one all the same. */
static void a_run_that_fails_does_not_stop_the_next(void **state)
{
    Shelf s = shelf_new();
    const double values[] = {1, 2};
    size_t merged;
    PartList list;
    const char *folder;
    const char *file;
    char path[300];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_ok(shelf_add(&s, i < 2 ? "a" : "b", three + i % 2, 1, "m", values + i % 2));
    assert_ok(catalog_part_list(s.catalog, s.evaluation, &s.arena, &list));
    assert_ok(result_part_paths(&list.items[0], &s.arena, &folder, &file));
    (void)snprintf(path, sizeof path, "%s/%s", s.dir, file);
    assert_ok(path_remove(path));
    assert_int_equal(results_merge(s.results, s.evaluation, 2, &merged), ST_NOTFOUND);
    assert_int_equal(merged, 2);
    assert_int_equal(shelf_parts(&s), 3);
    shelf_free(&s);
}

/* A frame that is open keeps what it has; one that is opened while files go looks again. */
static void readers_go_on_while_files_are_replaced(void **state)
{
    Shelf s = shelf_new();
    const double values[] = {1, 2, 3};
    const Str none = {0};
    double got[3];
    ResultFrame *f;
    FrameRows rows;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_ok(shelf_add(&s, "", three + i, 1, "m", values + i));
    assert_ok(frame_open(s.results, s.evaluation, none, &f));
    assert_int_equal(merge(&s, 2), 3);
    assert_ok(frame_rows(f, &none, 1, three, 3, &s.arena, &rows));
    assert_ok(frame_numbers(f, &rows, 0, got));
    assert_true(got[0] == 1 && got[1] == 2 && got[2] == 3);
    frame_close(f);
    shelf_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_one_case_become_one),
        cmocka_unit_test(what_came_later_still_counts_more),
        cmocka_unit_test(types_that_do_not_agree_stay_apart),
        cmocka_unit_test(configurations_stay_apart),
        cmocka_unit_test(what_cannot_join_does_not_keep_the_others_apart),
        cmocka_unit_test(a_run_that_fails_does_not_stop_the_next),
        cmocka_unit_test(readers_go_on_while_files_are_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
