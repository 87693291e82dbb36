/* SPDX-License-Identifier: Apache-2.0 */
/* Random parts against a table in memory that each row is written into in its order. */
#include "support/check.h"
#include "unit/results/results_test.h"

enum { SAMPLES = 40, METRICS = 4, SCOPES = 3, PARTS = 12 };

static const char *const scope_names[SCOPES] = {"", "rain", "snow"};
static const char *const metric_names[METRICS] = {"a", "b", "c", "d"};

/* What each scope's row of a sample says; `there` without values is a row with other metrics. */
typedef struct Model {
    bool there[SCOPES][SAMPLES];
    double values[SCOPES][SAMPLES][METRICS];
} Model;

static void shuffle(Dice *d, int64_t *numbers, size_t len)
{
    for (size_t i = len; i > 1; i--) {
        const size_t k = dice_below(d, i);
        const int64_t other = numbers[i - 1];

        numbers[i - 1] = numbers[k];
        numbers[k] = other;
    }
}

static void add_part(Shelf *s, Dice *d, Model *m)
{
    const size_t scope = dice_below(d, SCOPES);
    const size_t metrics = 1 + dice_below(d, METRICS);
    const size_t rows = 1 + dice_below(d, SAMPLES);
    const size_t first = dice_below(d, METRICS);
    int64_t numbers[SAMPLES];
    double values[METRICS][SAMPLES];
    ResultColumn columns[METRICS];

    for (size_t i = 0; i < SAMPLES; i++)
        numbers[i] = (int64_t)i + 1;
    if (dice_below(d, 2))
        shuffle(d, numbers, SAMPLES);
    for (size_t i = 0; i < rows; i++) {
        const size_t at = (size_t)numbers[i] - 1;

        m->there[scope][at] = true;
        for (size_t k = 0; k < METRICS; k++)
            m->values[scope][at][k] = (double)NAN;
    }
    for (size_t c = 0; c < metrics; c++) {
        const size_t k = (first + c) % METRICS;

        for (size_t i = 0; i < rows; i++) {
            values[c][i] = dice_below(d, 5) ? (double)dice_below(d, 1000) / 8 : (double)NAN;
            m->values[scope][numbers[i] - 1][k] = values[c][i];
        }
        columns[c] = (ResultColumn){
            .name = str_from(metric_names[k]),
            .values = {.type = VECTOR_DOUBLE, .len = rows, .as.d = values[c]},
        };
    }
    assert_ok(results_add(s->results, s->project, s->evaluation,
                          &(ResultBatch){.scope = str_from(scope_names[scope]),
                                         .rows = rows,
                                         .numbers = numbers,
                                         .columns = columns,
                                         .count = metrics},
                          NULL));
}

/* The model's row under the given precedence (last counts most); SIZE_MAX: none. */
static size_t scope_of(const Model *m, const size_t *order, size_t count, size_t sample)
{
    for (size_t i = count; i > 0; i--)
        if (m->there[order[i - 1]][sample])
            return order[i - 1];
    return SIZE_MAX;
}

static void check_metric(const ResultFrame *f, const FrameRows *rows, const Model *m,
                         const size_t *order, size_t count, size_t k)
{
    const size_t metric = frame_find(f, str_from(metric_names[k]));
    double values[SAMPLES];

    if (metric == SIZE_MAX)
        return;
    assert_ok(frame_numbers(f, rows, metric, values));
    for (size_t i = 0; i < rows->len; i++) {
        const size_t sample = (size_t)rows->numbers[i] - 1;
        const double want = m->values[scope_of(m, order, count, sample)][sample][k];

        PROPERTY(isnan(want) ? isnan(values[i]) : values[i] == want);
    }
}

static void check_rows(Shelf *s, Dice *d, const Model *m)
{
    const size_t order[SCOPES] = {dice_below(d, SCOPES), dice_below(d, SCOPES),
                                  dice_below(d, SCOPES)};
    const size_t count = 1 + dice_below(d, SCOPES);
    Str scopes[SCOPES];
    int64_t members[SAMPLES];
    size_t len = 0;
    size_t expected = 0;
    ResultFrame *f;
    FrameRows rows;

    for (size_t i = 0; i < count; i++)
        scopes[i] = str_from(scope_names[order[i]]);
    for (int64_t n = 1; n <= SAMPLES; n++)
        if (dice_below(d, 3))
            members[len++] = n;
    for (size_t i = 0; i < len; i++)
        expected += scope_of(m, order, count, (size_t)members[i] - 1) != SIZE_MAX;
    assert_ok(frame_open(s->results, s->evaluation, (Str){0}, &f));
    assert_ok(frame_rows(f, scopes, count, members, len, &s->arena, &rows));
    PROPERTY(rows.len == expected);
    for (size_t i = 1; i < rows.len; i++)
        PROPERTY(rows.numbers[i - 1] < rows.numbers[i]);
    for (size_t k = 0; k < METRICS; k++)
        check_metric(f, &rows, m, order, count, k);
    frame_close(f);
}

/* A choice of rows in any order, some of them twice, has the values of the rows. */
static void check_picks(Shelf *s, Dice *d)
{
    const Str scopes[] = {STR("")};
    int64_t members[SAMPLES];
    size_t picks[SAMPLES];
    double all[SAMPLES];
    double some[SAMPLES];
    ResultFrame *f;
    FrameRows rows;
    FrameRows picked;

    for (int64_t n = 1; n <= SAMPLES; n++)
        members[n - 1] = n;
    assert_ok(frame_open(s->results, s->evaluation, (Str){0}, &f));
    assert_ok(frame_rows(f, scopes, 1, members, SAMPLES, &s->arena, &rows));
    if (rows.len && frame_find(f, STR("a")) != SIZE_MAX) {
        const size_t count = 1 + dice_below(d, SAMPLES);

        for (size_t i = 0; i < count; i++)
            picks[i] = dice_below(d, rows.len);
        assert_ok(frame_pick(f, &rows, picks, count, &s->arena, &picked));
        assert_ok(frame_numbers(f, &rows, frame_find(f, STR("a")), all));
        assert_ok(frame_numbers(f, &picked, frame_find(f, STR("a")), some));
        for (size_t i = 0; i < count; i++)
            PROPERTY(picked.numbers[i] == rows.numbers[picks[i]] &&
                     (some[i] == all[picks[i]] || (isnan(some[i]) && isnan(all[picks[i]]))));
    }
    frame_close(f);
}

/* Whenever it happens, nobody sees a difference but in the number of files. */
static void merge_parts(Shelf *s, Dice *d)
{
    const size_t before = shelf_parts(s);
    size_t merged;

    assert_ok(results_merge(s->results, s->evaluation, 2 + dice_below(d, 4), &merged));
    PROPERTY(shelf_parts(s) < before || !merged);
    PROPERTY(shelf_files(s) == shelf_parts(s));
}

static void rows_are_those_that_were_written_last(Dice *d)
{
    Shelf s = shelf_new();
    Model *m = mem_calloc(1, sizeof *m);

    for (size_t i = 0; i < PARTS; i++) {
        add_part(&s, d, m);
        if (dice_below(d, 4) == 0)
            merge_parts(&s, d);
        if (dice_below(d, 3) == 0)
            check_rows(&s, d, m);
    }
    for (size_t i = 0; i < 10; i++)
        check_rows(&s, d, m);
    check_picks(&s, d);
    mem_free(m);
    shelf_free(&s);
}

static void a_frame_is_a_table_written_in_order(void **state)
{
    (void)state;
    for_seeds(100, rows_are_those_that_were_written_last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_frame_is_a_table_written_in_order)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
