/* SPDX-License-Identifier: Apache-2.0 */
/* Run counts are those that one counts by hand; wrong bytes are told from right ones; what was
 * written once stays readable.  VIREO_WRITE_GOLDEN=1 writes the golden file anew: only for a new
 * format, beside the old. */
#include "column/metadata.h"
#include "column/rle.h"
#include "column/run_counts.h"
#include "unit/column/column_test.h"

#include <stdlib.h>

enum { SEEDS = 200, MAX_ROWS = 3000, MAX_TEXTS = 600, GOLDEN_SEED = 11, GOLDEN_ROOM = 1 << 20 };

static const char golden_name[] = TEST_GOLDEN_DIR "/parquet/vireo_run_counts_1.parquet";

/* A column without dictionary, one of few texts, one of many with nulls. */
static const ParquetColumn columns[] = {{.name = {"number", 6}, .type = VECTOR_INT},
                                        {.name = {"few", 3}, .type = VECTOR_STR},
                                        {.name = {"many", 4}, .type = VECTOR_STR}};
enum { COLUMNS = sizeof columns / sizeof *columns };

typedef struct Table {
    size_t rows;
    uint32_t runs[MAX_ROWS];
    Str few[MAX_ROWS];
    Str many[MAX_ROWS];
    uint8_t valid[MAX_ROWS];
    int64_t numbers[MAX_ROWS];
} Table;

static char texts[MAX_TEXTS][8];

static void random_table(uint64_t *seed, Table *t)
{
    const size_t kinds = 1 + random_below(seed, MAX_TEXTS);
    uint32_t run = 0;

    for (size_t i = 0; i < MAX_TEXTS; i++)
        (void)snprintf(texts[i], sizeof texts[i], "t%zu", i);
    t->rows = 1 + random_below(seed, MAX_ROWS);
    for (size_t i = 0; i < t->rows; i++) {
        run += i && random_below(seed, 4) == 0;
        t->runs[i] = random_below(seed, 9) ? run : PARQUET_NO_RUN;
        t->few[i] = str_from(texts[random_below(seed, 3)]);
        t->many[i] = str_from(texts[random_below(seed, kinds)]);
        t->valid[i] = random_below(seed, 5) != 0;
        t->numbers[i] = (int64_t)i;
    }
}

static void write_table(const Table *t, Buf *file)
{
    const Vector vectors[COLUMNS] = {
        {.type = VECTOR_INT, .len = t->rows, .as.i = t->numbers},
        {.type = VECTOR_STR, .len = t->rows, .as.s = t->few},
        {.type = VECTOR_STR, .len = t->rows, .valid = t->valid, .as.s = t->many}};
    ParquetWriter *w = NULL;

    assert_int_equal(parquet_writer_new(columns, COLUMNS, memory_sink(file), &w), ST_OK);
    assert_int_equal(parquet_writer_add(w, vectors), ST_OK); /* a group without */
    assert_int_equal(parquet_writer_add_runs(w, vectors, t->runs), ST_OK);
    assert_int_equal(parquet_writer_finish(w, NULL, 0), ST_OK);
    parquet_writer_free(w);
}

static ParquetReader *open_file(Str file)
{
    ParquetReader *r = NULL;

    assert_int_equal(parquet_reader_open(file, NULL, &r), ST_OK);
    return r;
}

/* Runs with the text, by a look at every row. */
static uint32_t count_by_hand(const Table *t, const Str *column, const uint8_t *valid, Str text)
{
    uint32_t last = PARQUET_NO_RUN;
    uint32_t count = 0;

    for (size_t i = 0; i < t->rows; i++) {
        if (t->runs[i] == PARQUET_NO_RUN || t->runs[i] == last || (valid && !valid[i]) ||
            !str_eq(column[i], text))
            continue;
        last = t->runs[i];
        count++;
    }
    return count;
}

static bool check_column(const ParquetReader *r, const Table *t, size_t column)
{
    const Str *values = column == 1 ? t->few : t->many;
    const uint8_t *valid = column == 1 ? NULL : t->valid;
    RunCounts counts;
    Arena arena;
    uint64_t sum = 0;
    bool known;

    arena_init(&arena, TEST_LIMIT);
    assert_int_equal(parquet_run_counts(r, 1, column, &arena, &counts), ST_OK);
    for (size_t i = 0; i < counts.len; i++) {
        assert_int_equal(counts.counts[i], count_by_hand(t, values, valid, counts.values[i]));
        sum += counts.counts[i];
    }
    known = counts.values != NULL;
    for (size_t i = 0; i < MAX_TEXTS && known; i++)
        sum -= count_by_hand(t, values, valid, str_from(texts[i]));
    assert_int_equal(sum, 0); /* no text is missing */
    arena_deinit(&arena);
    return known;
}

/* ------------------------------------------------------------------- tests */

static void counts_are_those_of_runs(void **state)
{
    static Table t;
    size_t known = 0;

    (void)state;
    for (uint64_t n = 1; n <= SEEDS; n++) {
        uint64_t seed = n;
        RunCounts none;
        Arena arena;
        ParquetReader *r;
        Buf file;

        arena_init(&arena, TEST_LIMIT);
        buf_init(&file, TEST_LIMIT);
        random_table(&seed, &t);
        write_table(&t, &file);
        r = open_file(buf_str(&file));
        assert_int_equal(parquet_verify(r, NULL), ST_OK);
        known += check_column(r, &t, 1);
        known += check_column(r, &t, 2);
        assert_int_equal(parquet_run_counts(r, 1, 0, &arena, &none), ST_OK);
        assert_null(none.values);
        assert_int_equal(parquet_run_counts(r, 0, 1, &arena, &none), ST_OK);
        assert_null(none.values);
        parquet_reader_close(r);
        buf_deinit(&file);
        arena_deinit(&arena);
    }
    assert_true(known > SEEDS); /* short and varied columns have no dictionary */
    assert_int_equal(mem_live(), 0);
}

static void damaged_counts_are_not_used_and_told(void **state)
{
    static Table t;
    uint64_t seed = 5;
    const RunCountsPart *part;
    ParquetReader *r;
    Buf file;

    (void)state;
    buf_init(&file, TEST_LIMIT);
    random_table(&seed, &t);
    write_table(&t, &file);
    r = open_file(buf_str(&file));
    part = &r->groups[1].run_counts;
    assert_true(check_column(r, &t, 1));
    for (uint64_t bit = 0; bit < part->length * 8; bit += 1 + random_below(&seed, 40)) {
        char *byte = &file.data[part->start + bit / 8];

        *byte = (char)(*byte ^ 1 << bit % 8);
        assert_false(check_column(r, &t, 1));
        assert_int_equal(parquet_verify(r, NULL), ST_CORRUPT);
        *byte = (char)(*byte ^ 1 << bit % 8);
    }
    parquet_reader_close(r);
    buf_deinit(&file);
}

static void bytes_that_are_cut_or_do_not_fit_are_corrupt(void **state)
{
    const uint32_t counts[] = {3, 0, 70000};
    uint32_t out[4];
    Buf packed, part;

    (void)state;
    buf_init(&packed, 1 << 20);
    buf_init(&part, 1 << 20);
    assert_int_equal(rle_encode(&packed, counts, 3, 17), ST_OK);
    for (size_t i = 0; i < 4; i++) {
        const uint64_t head[] = {5, 3, 17, packed.len};

        assert_int_equal(varint_append(&part, head[i]), ST_OK);
    }
    assert_int_equal(buf_append(&part, buf_str(&packed)), ST_OK);
    assert_int_equal(run_counts_find(buf_str(&part), 5, 3, out), ST_OK);
    assert_memory_equal(out, counts, sizeof counts);
    assert_int_equal(run_counts_find(buf_str(&part), 4, 3, out), ST_NOTFOUND);
    assert_int_equal(run_counts_find(buf_str(&part), 5, 4, out), ST_CORRUPT);
    for (size_t len = 1; len < part.len; len++)
        assert_int_equal(run_counts_find((Str){part.data, len}, 5, 3, out), ST_CORRUPT);
    part.data[2] = 33; /* bits */
    assert_int_equal(run_counts_find(buf_str(&part), 5, 3, out), ST_CORRUPT);
    buf_deinit(&packed);
    buf_deinit(&part);
}

static void what_was_written_once_is_still_understood(void **state)
{
    static Table t;
    uint64_t seed = GOLDEN_SEED;
    ParquetReader *r;
    char *room;
    FILE *f;
    Buf file;

    (void)state;
    random_table(&seed, &t);
    buf_init(&file, TEST_LIMIT);
    if (getenv("VIREO_WRITE_GOLDEN")) {
        write_table(&t, &file);
        f = fopen(golden_name, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(file.data, 1, file.len, f), file.len);
        assert_int_equal(fclose(f), 0);
        buf_clear(&file);
    }
    assert_int_equal(buf_extend(&file, GOLDEN_ROOM, &room), ST_OK);
    f = fopen(golden_name, "rb");
    assert_non_null(f);
    file.len = fread(file.data, 1, file.len, f);
    assert_int_equal(fclose(f), 0);
    r = open_file(buf_str(&file));
    assert_int_equal(parquet_verify(r, NULL), ST_OK);
    assert_true(check_column(r, &t, 1));
    parquet_reader_close(r);
    buf_deinit(&file);
}

/* Reading counts as well as writing them. */
static void every_allocation_failure_is_survived(void **state)
{
    static Table t;
    uint64_t seed = 3;

    (void)state;
    random_table(&seed, &t);
    for (long k = 0;; k++) {
        const Vector vectors[COLUMNS] = {
            {.type = VECTOR_INT, .len = t.rows, .as.i = t.numbers},
            {.type = VECTOR_STR, .len = t.rows, .as.s = t.few},
            {.type = VECTOR_STR, .len = t.rows, .valid = t.valid, .as.s = t.many}};
        ParquetWriter *w = NULL;
        ParquetReader *r = NULL;
        RunCounts counts;
        Arena arena;
        Buf file;
        Status st;

        arena_init(&arena, TEST_LIMIT);
        buf_init(&file, TEST_LIMIT);
        mem_fail_after(k);
        st = parquet_writer_new(columns, COLUMNS, memory_sink(&file), &w);
        if (!st)
            st = parquet_writer_add_runs(w, vectors, t.runs);
        if (!st)
            st = parquet_writer_finish(w, NULL, 0);
        parquet_writer_free(w);
        if (!st)
            st = parquet_reader_open(buf_str(&file), NULL, &r);
        if (!st)
            st = parquet_run_counts(r, 0, 1, &arena, &counts);
        mem_fail_after(-1);
        parquet_reader_close(r);
        buf_deinit(&file);
        arena_deinit(&arena);
        assert_int_equal(mem_live(), 0);
        if (st == ST_OK)
            break;
        assert_int_equal(st, ST_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_runs),
        cmocka_unit_test(damaged_counts_are_not_used_and_told),
        cmocka_unit_test(bytes_that_are_cut_or_do_not_fit_are_corrupt),
        cmocka_unit_test(what_was_written_once_is_still_understood),
        cmocka_unit_test(every_allocation_failure_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
