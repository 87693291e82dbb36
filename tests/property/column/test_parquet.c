/* SPDX-License-Identifier: Apache-2.0 */
/* Random tables: what is written is read, whole and in slices; statistics and
 * bloom filters never deny a value that is there; verification agrees. */
#include "unit/column/column_test.h"

enum { SEEDS = 120, MAX_TEST_COLUMNS = 8, MAX_GROUPS = 3, SLICES = 6 };

static uint64_t running; /* seed under test */

static int tell_seed(void **state)
{
    (void)state;
    if (running)
        (void)fprintf(stderr, "failed with seed %d\n", (int)running);
    return 0;
}

typedef struct Table {
    Arena arena;
    ParquetColumn columns[MAX_TEST_COLUMNS];
    size_t column_count;
    Vector groups[MAX_GROUPS][MAX_TEST_COLUMNS];
    size_t group_count;
} Table;

static void make_table(uint64_t *seed, Table *t)
{
    arena_init(&t->arena, TEST_LIMIT);
    t->column_count = 1 + random_below(seed, MAX_TEST_COLUMNS);
    t->group_count = random_below(seed, MAX_GROUPS + 1);
    for (size_t i = 0; i < t->column_count; i++)
        t->columns[i] = random_column(seed, &t->arena, i);
    for (size_t g = 0; g < t->group_count; g++) {
        const size_t max = random_below(seed, 25) ? 300 : 40000;
        const size_t rows = 1 + random_below(seed, max);

        for (size_t i = 0; i < t->column_count; i++)
            t->groups[g][i] = random_vector(seed, &t->arena, &t->columns[i], rows);
    }
}

static void write_table(uint64_t *seed, const Table *t, Buf *out)
{
    const ParquetMeta meta[] = {{STR("key"), STR("value")}, {STR(""), STR("")}};
    ParquetWriter *w = NULL;

    assert_int_equal(parquet_writer_new(t->columns, t->column_count, memory_sink(out), &w), ST_OK);
    parquet_writer_set_effort(w, (TextEffort)random_below(seed, 3), 1);
    for (size_t g = 0; g < t->group_count; g++)
        assert_int_equal(parquet_writer_add(w, t->groups[g]), ST_OK);
    assert_int_equal(parquet_writer_finish(w, meta, 2), ST_OK);
    parquet_writer_free(w);
}

static void check_slice(const ParquetReader *r, const Vector *want, size_t group, size_t column,
                        size_t from, size_t to)
{
    Arena arena;
    Vector got;

    arena_init(&arena, TEST_LIMIT);
    assert_int_equal(parquet_read(r, group, column, from, to, &arena, &got), ST_OK);
    assert_int_equal(got.len, to - from);
    assert_true(same_rows(want, from, &got));
    arena_deinit(&arena);
}

/* Row `i` of what was picked; texts are clipped to `max` bytes. */
static bool same_picked(const Vector *got, size_t i, const Vector *want, size_t row, size_t max)
{
    if (vector_is_null(got, i) || vector_is_null(want, row))
        return vector_is_null(got, i) == vector_is_null(want, row);
    switch (want->type) {
    case VECTOR_BOOL:
        return got->as.b[i] == want->as.b[row];
    case VECTOR_INT:
    case VECTOR_TIME:
        return got->as.i[i] == want->as.i[row];
    case VECTOR_DOUBLE:
        return memcmp(&got->as.d[i], &want->as.d[row], sizeof(double)) == 0;
    default:
        return str_eq(vector_str(got, i), utf8_clip(vector_str(want, row), max));
    }
}

/* Some rows of a column. */
static void check_pick(uint64_t *seed, const ParquetReader *r, const Vector *want, size_t group,
                       size_t column, size_t max)
{
    Arena arena;
    Vector got;
    size_t *rows;
    size_t count = 0;
    const size_t step = 1 + random_below(seed, 1 + want->len / 4);

    arena_init(&arena, TEST_LIMIT);
    rows = arena_alloc(&arena, (want->len + 1) * sizeof *rows);
    for (size_t at = random_below(seed, want->len + 1); at < want->len;
         at += 1 + random_below(seed, step))
        rows[count++] = at;
    assert_int_equal(parquet_pick(r, group, column, rows, count, max, &arena, &got), ST_OK);
    assert_int_equal(got.type, want->type);
    assert_int_equal(got.len, count);
    for (size_t i = 0; i < count; i++)
        assert_true(same_picked(&got, i, want, rows[i], max));
    arena_deinit(&arena);
}

typedef struct Scan {
    const Vector *want;
    size_t at; /* the next row */
} Scan;

static Status check_scanned(void *context, size_t first, const Vector *page)
{
    Scan *s = context;

    assert_int_equal(first, s->at);
    for (size_t i = 0; i < page->len; i++)
        assert_true(same_picked(page, i, s->want, first + i, SIZE_MAX));
    s->at += page->len;
    return ST_OK;
}

static void check_scan(const ParquetReader *r, const Vector *want, size_t group, size_t column)
{
    Scan s = {.want = want};

    assert_int_equal(parquet_scan(r, group, column, check_scanned, &s), ST_OK);
    assert_int_equal(s.at, want->len);
}

/* No value may lie outside the range or be denied by the filter. */
static void check_pruning(const ParquetReader *r, const Vector *want, size_t group, size_t column)
{
    ParquetStats s;
    int64_t nulls = 0;

    parquet_stats(r, group, column, &s);
    for (size_t i = 0; i < want->len; i++) {
        if (vector_is_null(want, i)) {
            nulls++;
            continue;
        }
        if (want->type >= VECTOR_STR && want->type != VECTOR_TIME) {
            assert_true(parquet_may_contain(r, group, column, vector_str(want, i)));
            assert_true(!s.has_range || (str_cmp(s.min.s, vector_str(want, i)) <= 0 &&
                                         str_cmp(s.max.s, vector_str(want, i)) >= 0));
        } else if (s.has_range && want->type == VECTOR_DOUBLE) {
            assert_false(want->as.d[i] < s.min.d || want->as.d[i] > s.max.d);
        } else if (s.has_range && want->type != VECTOR_BOOL) {
            assert_true(want->as.i[i] >= s.min.i && want->as.i[i] <= s.max.i);
        }
    }
    assert_int_equal(s.null_count, nulls);
}

static void check_file(uint64_t *seed, const Table *t, Str file)
{
    ParquetReader *r = NULL;
    Err err = {0};
    Str value = {0};

    assert_int_equal(parquet_reader_open(file, &err, &r), ST_OK);
    assert_int_equal(parquet_verify(r, &err), ST_OK);
    assert_int_equal(parquet_column_count(r), t->column_count);
    assert_int_equal(parquet_group_count(r), t->group_count);
    assert_true(parquet_meta(r, STR("key"), &value) && str_eq(value, STR("value")));
    for (size_t g = 0; g < t->group_count; g++) {
        for (size_t i = 0; i < t->column_count; i++) {
            const Vector *want = &t->groups[g][i];

            check_slice(r, want, g, i, 0, want->len);
            check_pruning(r, want, g, i);
            check_scan(r, want, g, i);
            check_pick(seed, r, want, g, i, SIZE_MAX);
            if (want->type == VECTOR_STR || want->type == VECTOR_JSON)
                check_pick(seed, r, want, g, i, random_below(seed, 40));
            for (size_t k = 0; k < SLICES; k++) {
                const size_t from = random_below(seed, want->len + 1);

                check_slice(r, want, g, i, from, from + random_below(seed, want->len - from + 1));
            }
        }
    }
    parquet_reader_close(r);
}

static void what_is_written_is_read_whole_and_in_slices(void **state)
{
    static Table t;

    (void)state;
    for (uint64_t first = 1; first <= SEEDS; first++) {
        uint64_t seed = first;
        Buf file;

        running = first;
        memset(&t, 0, sizeof t);
        buf_init(&file, TEST_LIMIT);
        make_table(&seed, &t);
        write_table(&seed, &t, &file);
        check_file(&seed, &t, buf_str(&file));
        buf_deinit(&file);
        arena_deinit(&t.arena);
        assert_int_equal(mem_live(), 0);
    }
    running = 0;
}

static void read_all(const ParquetReader *r)
{
    for (size_t g = 0; g < parquet_group_count(r); g++) {
        for (size_t i = 0; i < parquet_column_count(r); i++) {
            Arena arena;
            Vector v;
            ParquetStats s;

            arena_init(&arena, TEST_LIMIT);
            parquet_stats(r, g, i, &s);
            (void)parquet_may_contain(r, g, i, STR("anything"));
            if (parquet_read(r, g, i, 0, parquet_group_rows(r, g), &arena, &v) == ST_OK)
                assert_true(same_rows(&v, 0, &v));
            arena_deinit(&arena);
        }
    }
}

static void a_file_with_a_damaged_byte_is_refused_or_read_within_bounds(void **state)
{
    static Table t;

    (void)state;
    for (uint64_t first = 1; first <= 100; first++) {
        uint64_t seed = first + 1000;
        ParquetReader *r = NULL;
        Buf file;

        running = first;
        memset(&t, 0, sizeof t);
        buf_init(&file, TEST_LIMIT);
        make_table(&seed, &t);
        write_table(&seed, &t, &file);
        for (size_t k = 0; k < 10; k++) {
            const size_t at = file.len - 1 - random_below(&seed, random_below(&seed, file.len) + 1);
            const char was = file.data[at];

            file.data[at] = (char)(was ^ (1 << random_below(&seed, 8)));
            if (parquet_reader_open(buf_str(&file), NULL, &r) == ST_OK) {
                (void)!parquet_verify(r, NULL);
                read_all(r);
                parquet_reader_close(r);
            }
            file.data[at] = was;
        }
        buf_deinit(&file);
        arena_deinit(&t.arena);
        assert_int_equal(mem_live(), 0);
    }
    running = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_is_written_is_read_whole_and_in_slices, tell_seed),
        cmocka_unit_test_teardown(a_file_with_a_damaged_byte_is_refused_or_read_within_bounds,
                                  tell_seed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
