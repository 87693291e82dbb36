/* SPDX-License-Identifier: Apache-2.0 */
/* Fail the 1st, 2nd, ... allocation, and the 1st, 2nd, ... write, until the run
 * succeeds: the failure is told, nothing leaks, nothing is left half done. */
#include "unit/column/column_test.h"

enum { COLUMNS = 8, ROWS = 600 };

typedef struct Table {
    Arena arena;
    ParquetColumn columns[COLUMNS];
    Vector vectors[COLUMNS];
} Table;

/* One column of each type, with nulls, some with filters. */
static void make_table(Table *t)
{
    uint64_t seed = 77;

    arena_init(&t->arena, TEST_LIMIT);
    for (size_t i = 0; i < COLUMNS; i++) {
        t->columns[i] = random_column(&seed, &t->arena, i);
        t->columns[i].type = (VectorType)i;
        t->columns[i].fixed_len = 8;
        t->columns[i].bloom = i % 2;
        t->columns[i].required = false;
        t->vectors[i] = random_vector(&seed, &t->arena, &t->columns[i], ROWS);
    }
}

static Status read_everything(Str file)
{
    ParquetReader *r = NULL;
    Arena arena;
    Status st = parquet_reader_open(file, NULL, &r);

    if (st)
        return st;
    arena_init(&arena, TEST_LIMIT);
    for (size_t i = 0; i < COLUMNS && !st; i++) {
        Vector v;

        st = parquet_read(r, 0, i, 0, ROWS, &arena, &v);
        if (!st)
            st = parquet_read(r, 0, i, 10, 20, &arena, &v);
    }
    if (!st)
        st = parquet_verify(r, NULL);
    arena_deinit(&arena);
    parquet_reader_close(r);
    return st;
}

static void every_allocation_failure_while_writing_is_survived(void **state)
{
    Table t;
    long live;

    (void)state;
    make_table(&t);
    live = mem_live();
    for (long k = 0;; k++) {
        Buf file;
        Status st;

        buf_init(&file, TEST_LIMIT);
        mem_fail_after(k);
        st = write_file(t.columns, COLUMNS, t.vectors, &file);
        mem_fail_after(-1);
        if (st)
            assert_int_equal(st, ST_NOMEM);
        else
            assert_int_equal(read_everything(buf_str(&file)), ST_OK);
        buf_deinit(&file);
        assert_int_equal(mem_live(), live);
        if (!st) {
            assert_true(k > 20);
            break;
        }
    }
    arena_deinit(&t.arena);
}

static void every_allocation_failure_while_reading_is_survived(void **state)
{
    Table t;
    Buf file;
    long live;

    (void)state;
    make_table(&t);
    buf_init(&file, TEST_LIMIT);
    assert_int_equal(write_file(t.columns, COLUMNS, t.vectors, &file), ST_OK);
    live = mem_live();
    for (long k = 0;; k++) {
        Status st;

        mem_fail_after(k);
        st = read_everything(buf_str(&file));
        mem_fail_after(-1);
        assert_int_equal(mem_live(), live);
        if (!st) {
            assert_true(k > 20);
            break;
        }
        assert_int_equal(st, ST_NOMEM);
    }
    buf_deinit(&file);
    arena_deinit(&t.arena);
}

/* An arena at its limit is memory that is out. */
static void a_small_arena_is_told_as_such(void **state)
{
    Table t;
    Buf file;
    ParquetReader *r = NULL;

    (void)state;
    make_table(&t);
    buf_init(&file, TEST_LIMIT);
    assert_int_equal(write_file(t.columns, COLUMNS, t.vectors, &file), ST_OK);
    assert_int_equal(parquet_reader_open(buf_str(&file), NULL, &r), ST_OK);
    for (size_t i = 0; i < COLUMNS; i++) {
        Arena arena;
        Vector v;

        arena_init(&arena, 64);
        assert_int_equal(parquet_read(r, 0, i, 0, ROWS, &arena, &v), ST_NOMEM);
        arena_deinit(&arena);
    }
    parquet_reader_close(r);
    buf_deinit(&file);
    arena_deinit(&t.arena);
}

/* A disk with room for `left` bytes. */
static Status small_disk(void *context, Str bytes)
{
    size_t *left = context;

    if (bytes.len > *left)
        return ST_FULL;
    *left -= bytes.len;
    return ST_OK;
}

static Status write_on_disk(const Table *t, size_t space)
{
    ParquetWriter *w = NULL;
    Status st = parquet_writer_new(t->columns, COLUMNS, (ParquetSink){small_disk, &space}, &w);

    if (st)
        return st;
    st = parquet_writer_add(w, t->vectors);
    if (!st)
        st = parquet_writer_finish(w, NULL, 0);
    if (st)
        assert_int_equal(parquet_writer_finish(w, NULL, 0), st);
    parquet_writer_free(w);
    return st;
}

static void a_disk_that_fills_up_at_any_place_is_told(void **state)
{
    Table t;
    Buf file;
    long live;

    (void)state;
    make_table(&t);
    buf_init(&file, TEST_LIMIT);
    assert_int_equal(write_file(t.columns, COLUMNS, t.vectors, &file), ST_OK);
    live = mem_live();
    for (size_t space = 0; space < file.len; space += 1 + file.len / 200)
        assert_int_equal(write_on_disk(&t, space), ST_FULL);
    assert_int_equal(write_on_disk(&t, file.len), ST_OK);
    assert_int_equal(mem_live(), live);
    buf_deinit(&file);
    arena_deinit(&t.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_failure_while_writing_is_survived),
        cmocka_unit_test(every_allocation_failure_while_reading_is_survived),
        cmocka_unit_test(a_small_arena_is_told_as_such),
        cmocka_unit_test(a_disk_that_fills_up_at_any_place_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
