/* SPDX-License-Identifier: Apache-2.0 */
#include "column/bounds.h"
#include "column/pages.h"
#include "unit/column/column_test.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS = 1000 };

/* ------------------------------------------------------------- helpers */

static ParquetReader *open_file(const Buf *file)
{
    ParquetReader *r = NULL;
    Err err = {0};

    if (parquet_reader_open(buf_str(file), &err, &r))
        fail_msg("%s", err.msg);
    return r;
}

/* A file with one column and one row group. */
static void write_one(const ParquetColumn *column, const Vector *v, Buf *file)
{
    buf_init(file, TEST_LIMIT);
    assert_int_equal(write_file(column, 1, v, file), ST_OK);
}

static void fill_ints(int64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (int64_t)(i * i);
}

static const ParquetColumn int_column = {.name = {"n", 1}, .type = VECTOR_INT, .required = true};
static const ParquetColumn str_column = {.name = {"s", 1}, .type = VECTOR_STR};

/* ------------------------------------------------------------- writing */

static void vectors_that_do_not_fit_are_refused_and_the_writer_goes_on(void **state)
{
    const int64_t values[] = {1, 2};
    const uint8_t valid[] = {1, 0};
    const Str ids[] = {{"12345678", 8}, {"1234", 4}};
    const uint32_t codes[] = {0, 2};
    const ParquetColumn columns[] = {int_column,
                                     {.name = {"id", 2}, .type = VECTOR_FIXED, .fixed_len = 8}};
    const Vector good[] = {{.type = VECTOR_INT, .len = 1, .as.i = values},
                           {.type = VECTOR_FIXED, .len = 1, .as.s = ids}};
    const Vector bad[][2] = {
        {{.type = VECTOR_TIME, .len = 1, .as.i = values}, good[1]},
        {good[0], {.type = VECTOR_FIXED, .len = 2, .as.s = ids}},
        {{.type = VECTOR_INT, .len = 2, .as.i = values},
         {.type = VECTOR_FIXED, .len = 2, .as.s = ids}},
        {{.type = VECTOR_INT, .len = 2, .as.i = values, .valid = valid},
         {.type = VECTOR_FIXED, .len = 2, .as.s = ids, .valid = valid}},
        {{.type = VECTOR_INT, .len = 2, .as.i = values},
         {.type = VECTOR_FIXED, .len = 2, .as.s = ids, .codes = codes, .dict_len = 1}},
        {{.type = VECTOR_INT, .as.i = values}, {.type = VECTOR_FIXED, .as.s = ids}},
    };
    ParquetWriter *w = NULL;
    ParquetReader *r;
    Buf file;

    (void)state;
    buf_init(&file, TEST_LIMIT);
    assert_int_equal(parquet_writer_new(columns, 2, memory_sink(&file), &w), ST_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(parquet_writer_add(w, bad[i]), ST_INVALID);
    assert_int_equal(parquet_writer_add(w, good), ST_OK);
    assert_int_equal(parquet_writer_finish(w, NULL, 0), ST_OK);
    assert_int_equal(parquet_writer_add(w, good), ST_CLOSED);
    assert_int_equal(parquet_writer_finish(w, NULL, 0), ST_CLOSED);
    parquet_writer_free(w);
    r = open_file(&file);
    assert_int_equal(parquet_row_count(r), 1);
    parquet_reader_close(r);
    buf_deinit(&file);
}

static void senseless_columns_are_refused(void **state)
{
    const ParquetColumn no_length = {.name = {"f", 1}, .type = VECTOR_FIXED};
    ParquetWriter *w = NULL;
    Buf file;

    (void)state;
    buf_init(&file, TEST_LIMIT);
    assert_int_equal(parquet_writer_new(&int_column, 0, memory_sink(&file), &w), ST_INVALID);
    assert_int_equal(parquet_writer_new(&no_length, 1, memory_sink(&file), &w), ST_INVALID);
    assert_null(w);
    buf_deinit(&file);
}

static Status full_disk(void *context, Str bytes)
{
    size_t *left = context;

    if (bytes.len > *left)
        return ST_FULL;
    *left -= bytes.len;
    return ST_OK;
}

static void a_failed_write_is_told_by_every_later_call(void **state)
{
    static int64_t values[300000];
    const Vector v = {.type = VECTOR_INT, .len = 300000, .as.i = values};
    size_t left = 1000;
    ParquetWriter *w = NULL;
    uint64_t seed = 9;

    (void)state;
    for (size_t i = 0; i < 300000; i++)
        values[i] = (int64_t)random_next(&seed);
    assert_int_equal(parquet_writer_new(&int_column, 1, (ParquetSink){full_disk, &left}, &w),
                     ST_OK);
    assert_int_equal(parquet_writer_add(w, &v), ST_FULL);
    left = SIZE_MAX;
    assert_int_equal(parquet_writer_add(w, &v), ST_FULL);
    assert_int_equal(parquet_writer_finish(w, NULL, 0), ST_FULL);
    parquet_writer_free(w);
}

static void a_chunk_of_nulls_takes_a_few_dozen_bytes(void **state)
{
    static const uint8_t valid[1 << 20];
    static const Str values[1 << 20];
    const Vector v = {.type = VECTOR_STR, .len = 1 << 20, .valid = valid, .as.s = values};
    ParquetReader *r;
    Vector got;
    Arena arena;
    Buf file;

    (void)state;
    write_one(&str_column, &v, &file);
    r = open_file(&file);
    assert_true(r->groups[0].chunks[0].size < 48);
    arena_init(&arena, TEST_LIMIT);
    assert_int_equal(parquet_read(r, 0, 0, 1000, 5000, &arena, &got), ST_OK);
    assert_non_null(got.codes);
    assert_int_equal(got.dict_len, 1);
    for (size_t i = 0; i < got.len; i++)
        assert_true(vector_is_null(&got, i) && vector_str(&got, i).len == 0);
    arena_deinit(&arena);
    parquet_reader_close(r);
    buf_deinit(&file);
}

static void values_that_repeat_come_back_in_dictionary_form(void **state)
{
    static const Str words[] = {{"ok", 2}, {"error", 5}, {"unset", 5}};
    static const Str unused_first[] = {{"never", 5}, {"error", 5}, {"unset", 5}, {"ok", 2}};
    Str plain[ROWS];
    uint32_t codes[ROWS];
    Vector v[2] = {
        {.type = VECTOR_STR, .len = ROWS, .as.s = plain},
        {.type = VECTOR_STR, .len = ROWS, .as.s = unused_first, .codes = codes, .dict_len = 4}};

    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        plain[i] = words[i % 3];
        codes[i] = i % 3 == 0 ? 3 : (uint32_t)(i % 3);
    }
    for (size_t k = 0; k < 2; k++) {
        ParquetReader *r;
        Vector got;
        Arena arena;
        Buf file;

        write_one(&str_column, &v[k], &file);
        r = open_file(&file);
        arena_init(&arena, TEST_LIMIT);
        assert_int_equal(parquet_read(r, 0, 0, 0, ROWS, &arena, &got), ST_OK);
        assert_non_null(got.codes);
        assert_int_equal(got.dict_len, 3);
        assert_null(got.valid);
        assert_true(same_rows(&v[0], 0, &got));
        arena_deinit(&arena);
        parquet_reader_close(r);
        buf_deinit(&file);
    }
}

/* Pages of a large column of ROWS texts of that length. */
static size_t large_pages(size_t length)
{
    const ParquetColumn column = {.name = {"input", 5}, .type = VECTOR_STR, .large = true};
    static char text[100000];
    Str values[ROWS];
    const Vector v = {.type = VECTOR_STR, .len = ROWS, .as.s = values};
    Pages pages = {.has_dictionary = false};
    ParquetStats s;
    ParquetReader *r;
    size_t count;
    Buf file;

    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < ROWS; i++)
        values[i] = (Str){text, length};
    write_one(&column, &v, &file);
    r = open_file(&file);
    parquet_stats(r, 0, 0, &s);
    assert_false(s.has_range);
    assert_int_equal(s.null_count, 0);
    assert_int_equal(pages_look_up(r, 0, 0, 0, ROWS, &pages), ST_OK);
    assert_false(pages.has_dictionary);
    count = pages.list.len;
    pages_deinit(&pages);
    parquet_reader_close(r);
    buf_deinit(&file);
    return count;
}

/* Of 64 KiB for short texts, of 256 texts, of a mebibyte for long ones. */
static void large_columns_have_no_dictionary_and_no_range_and_pages_by_length(void **state)
{
    (void)state;
    assert_int_equal(large_pages(100), (ROWS + 629) / 630);
    assert_int_equal(large_pages(1000), (ROWS + 253) / 254);
    assert_int_equal(large_pages(100000), (ROWS + 9) / 10);
}

/* ------------------------------------------------------------- reading */

/* Every page but that of the slice is overwritten: the slice does not notice. */
static void a_slice_reads_only_its_pages(void **state)
{
    static int64_t values[200000];
    const Vector v = {.type = VECTOR_INT, .len = 200000, .as.i = values};
    ParquetReader *r;
    Pages pages = {.has_dictionary = false};
    Arena arena;
    Vector got;
    Buf file;

    (void)state;
    fill_ints(values, 200000);
    write_one(&int_column, &v, &file);
    r = open_file(&file);
    assert_int_equal(pages_look_up(r, 0, 0, 0, 200000, &pages), ST_OK);
    assert_true(pages.list.len > 10);
    for (size_t i = 1; i < pages.list.len; i++) {
        const PageRef *p = &pages.list.items[i];

        if (p->first_row > 100000 || p->first_row + p->header.num_values <= 100000)
            memset(file.data + (p->body.ptr - file.data), 0xff, p->body.len);
    }
    arena_init(&arena, TEST_LIMIT);
    assert_int_equal(parquet_read(r, 0, 0, 100000, 100001, &arena, &got), ST_OK);
    assert_true(same_rows(&v, 100000, &got));
    assert_int_equal(parquet_verify(r, NULL), ST_CORRUPT);
    arena_deinit(&arena);
    pages_deinit(&pages);
    parquet_reader_close(r);
    buf_deinit(&file);
}

/* The same for a pick: pages between those of its rows may be anything. */
static void a_pick_reads_only_the_pages_of_its_rows(void **state)
{
    const ParquetColumn column = {.name = {"input", 5}, .type = VECTOR_STR, .large = true};
    static char text[20000];
    Str values[ROWS];
    const Vector v = {.type = VECTOR_STR, .len = ROWS, .as.s = values};
    const size_t rows[] = {3, 4, ROWS / 2, ROWS - 1};
    Pages pages = {.has_dictionary = false};
    ParquetReader *r;
    Arena arena;
    Vector got;
    Buf file;

    (void)state;
    memset(text, 'y', sizeof text);
    for (size_t i = 0; i < ROWS; i++)
        values[i] = (Str){text, 1000 + i};
    write_one(&column, &v, &file);
    r = open_file(&file);
    assert_int_equal(pages_look_up(r, 0, 0, 0, ROWS, &pages), ST_OK);
    assert_true(pages.list.len > 3);
    for (size_t i = 0; i < pages.list.len; i++) {
        const PageRef *p = &pages.list.items[i];
        const size_t end = p->first_row + p->header.num_values;

        if (p->first_row > rows[1] && (end <= rows[2] || p->first_row > rows[2]) && end < ROWS)
            memset(file.data + (p->body.ptr - file.data), 0xff, p->body.len);
    }
    arena_init(&arena, TEST_LIMIT);
    assert_int_equal(parquet_pick(r, 0, 0, rows, 4, SIZE_MAX, &arena, &got), ST_OK);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(vector_str(&got, i).len, 1000 + rows[i]);
    assert_int_equal(parquet_verify(r, NULL), ST_CORRUPT);
    arena_deinit(&arena);
    pages_deinit(&pages);
    parquet_reader_close(r);
    buf_deinit(&file);
}

static void ranges_outside_the_file_are_invalid(void **state)
{
    int64_t values[ROWS];
    const Vector v = {.type = VECTOR_INT, .len = ROWS, .as.i = values};
    ParquetReader *r;
    Arena arena;
    Vector got;
    Buf file;

    (void)state;
    fill_ints(values, ROWS);
    write_one(&int_column, &v, &file);
    r = open_file(&file);
    arena_init(&arena, TEST_LIMIT);
    assert_int_equal(parquet_read(r, 1, 0, 0, 1, &arena, &got), ST_INVALID);
    assert_int_equal(parquet_read(r, 0, 1, 0, 1, &arena, &got), ST_INVALID);
    assert_int_equal(parquet_read(r, 0, 0, 2, 1, &arena, &got), ST_INVALID);
    assert_int_equal(parquet_read(r, 0, 0, 0, ROWS + 1, &arena, &got), ST_INVALID);
    assert_int_equal(parquet_read(r, 0, 0, ROWS, ROWS, &arena, &got), ST_OK);
    assert_int_equal(got.len, 0);
    arena_deinit(&arena);
    parquet_reader_close(r);
    buf_deinit(&file);
}

static void columns_and_metadata_are_found_by_name(void **state)
{
    const ParquetColumn columns[] = {int_column, str_column};
    const ParquetMeta meta[] = {{STR("vireo.table"), STR("spans")}};
    ParquetWriter *w = NULL;
    ParquetReader *r;
    Str value = {0};
    Buf file;

    (void)state;
    buf_init(&file, TEST_LIMIT);
    assert_int_equal(parquet_writer_new(columns, 2, memory_sink(&file), &w), ST_OK);
    assert_int_equal(parquet_writer_finish(w, meta, 1), ST_OK);
    parquet_writer_free(w);
    r = open_file(&file);
    assert_int_equal(parquet_find_column(r, STR("s")), 1);
    assert_true(parquet_find_column(r, STR("absent")) == SIZE_MAX);
    assert_true(parquet_column(r, 0)->required && !parquet_column(r, 1)->required);
    assert_true(parquet_meta(r, STR("vireo.table"), &value) && str_eq(value, STR("spans")));
    assert_false(parquet_meta(r, STR("absent"), &value));
    assert_int_equal(parquet_group_count(r), 0);
    parquet_reader_close(r);
    buf_deinit(&file);
}

static void what_is_no_parquet_file_is_refused_with_words(void **state)
{
    static const Str bad[] = {{"", 0},
                              {"PAR1", 4},
                              {"PAR1PAR1", 8},
                              {"PAR1\x00\x00\x00\x00PAR1", 12},
                              {"PAR1\xff\xff\xff\xffPAR1", 12},
                              {"PAR1\x01\x00\x00\x00\x00PAR1", 13},
                              {"SQLite format 3.", 16}};
    ParquetReader *r = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Err err = {0};

        assert_int_equal(parquet_reader_open(bad[i], &err, &r), ST_CORRUPT);
        assert_true(err.msg[0]);
        assert_null(r);
    }
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    int64_t values[ROWS];
    const Vector v = {.type = VECTOR_INT, .len = ROWS, .as.i = values};
    ParquetReader *r = NULL;
    Buf file;

    (void)state;
    fill_ints(values, ROWS);
    write_one(&int_column, &v, &file);
    for (size_t len = 0; len < file.len; len++)
        assert_true(parquet_reader_open(str_slice(buf_str(&file), 0, len), NULL, &r) != ST_OK);
    buf_deinit(&file);
}

static void every_damaged_bit_of_a_page_is_found_by_verification(void **state)
{
    int64_t values[ROWS];
    const Vector v = {.type = VECTOR_INT, .len = ROWS, .as.i = values};
    Pages pages = {.has_dictionary = false};
    ParquetReader *r;
    Err err = {0};
    size_t start;
    Buf file;

    (void)state;
    fill_ints(values, ROWS);
    write_one(&int_column, &v, &file);
    r = open_file(&file);
    assert_int_equal(pages_walk(r, 0, 0, 0, ROWS, &pages), ST_OK);
    assert_int_equal(pages.list.len, 1);
    start = (size_t)(pages.list.items[0].body.ptr - file.data);
    assert_int_equal(parquet_verify(r, &err), ST_OK);
    for (size_t bit = 0; bit < pages.list.items[0].body.len * 8; bit++) {
        char *byte = &file.data[start + bit / 8];

        *byte = (char)(*byte ^ (1 << bit % 8));
        assert_int_equal(parquet_verify(r, &err), ST_CORRUPT);
        *byte = (char)(*byte ^ (1 << bit % 8));
    }
    assert_true(strstr(err.msg, "column \"n\"") != NULL);
    assert_int_equal(parquet_verify(r, &err), ST_OK);
    pages_deinit(&pages);
    parquet_reader_close(r);
    buf_deinit(&file);
}

/* ------------------------------------------------------------- statistics */

static BoundText max_of(VectorType type, Str s)
{
    const Bound b = {.s = s};
    BoundText out;

    assert_true(bound_max_text(type, &b, &out));
    return out;
}

static void long_maxima_are_cut_and_raised_and_stay_text(void **state)
{
    char a[200];
    BoundText t;
    const Bound high = {.s = {a, sizeof a}};

    (void)state;
    memset(a, 'a', sizeof a);
    t = max_of(VECTOR_STR, (Str){a, 64});
    assert_true(t.exact && t.len == 64);
    t = max_of(VECTOR_STR, (Str){a, 65});
    assert_true(!t.exact && t.len == 64 && t.bytes[63] == 'b' && t.bytes[62] == 'a');
    /* The cut goes through a character of three bytes: it is left out. */
    memcpy(a + 62, "\xe2\x82\xac", 3);
    t = max_of(VECTOR_STR, (Str){a, sizeof a});
    assert_true(t.len == 62 && t.bytes[61] == 'b');
    /* U+007F becomes U+0080, one byte longer. */
    a[61] = 0x7f;
    t = max_of(VECTOR_STR, (Str){a, sizeof a});
    assert_true(t.len == 63 && memcmp(t.bytes + 61, "\xc2\x80", 2) == 0);
    /* Bytes carry. */
    memset(a, 0xff, sizeof a);
    a[10] = 'x';
    t = max_of(VECTOR_BYTES, (Str){a, sizeof a});
    assert_true(t.len == 11 && t.bytes[10] == 'y');
    /* Nothing is above the highest. */
    memset(a, 0xff, sizeof a);
    assert_false(bound_max_text(VECTOR_BYTES, &high, &t));
    for (size_t i = 0; i < sizeof a; i += 4)
        memcpy(a + i, "\xf4\x8f\xbf\xbf", 4);
    assert_false(bound_max_text(VECTOR_STR, &high, &t));
    /* D7FF is followed by E000: the surrogates are no characters. */
    memset(a, 'a', sizeof a);
    memcpy(a + 60,
           "\xed\x9f\xbf"
           "a",
           4);
    memcpy(a + 63, "\xf0\x9d\x84\x9e", 4);
    t = max_of(VECTOR_STR, (Str){a, sizeof a});
    assert_true(t.len == 63 && memcmp(t.bytes + 60, "\xee\x80\x80", 3) == 0);
}

static void text_that_is_not_utf8_has_no_bounds(void **state)
{
    const Bound b = {.s = {"\xff\xfe", 2}};
    BoundText t;

    (void)state;
    assert_false(bound_min_text(VECTOR_STR, &b, &t));
    assert_true(bound_min_text(VECTOR_BYTES, &b, &t));
}

static void doubles_have_ranges_without_nan_and_with_both_zeros(void **state)
{
    const ParquetColumn column = {.name = {"d", 1}, .type = VECTOR_DOUBLE, .required = true};
    const double values[][3] = {{NAN, 1, 2}, {0.0, -0.0, 0.0}, {NAN, NAN, NAN}};
    const struct {
        bool has;
        double min, max;
    } want[] = {{true, 1, 2}, {true, -0.0, 0.0}, {false, 0, 0}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const Vector v = {.type = VECTOR_DOUBLE, .len = 3, .as.d = values[i]};
        ParquetReader *r;
        ParquetStats s;
        Buf file;

        write_one(&column, &v, &file);
        r = open_file(&file);
        parquet_stats(r, 0, 0, &s);
        assert_int_equal(s.has_range, want[i].has);
        if (s.has_range) {
            assert_memory_equal(&s.min.d, &want[i].min, sizeof s.min.d);
            assert_memory_equal(&s.max.d, &want[i].max, sizeof s.max.d);
        }
        parquet_reader_close(r);
        buf_deinit(&file);
    }
}

static void a_row_group_denies_most_ids_that_it_does_not_have(void **state)
{
    const ParquetColumn column = {
        .name = {"id", 2}, .type = VECTOR_FIXED, .fixed_len = 8, .required = true, .bloom = true};
    uint64_t ids[ROWS];
    Str values[ROWS];
    const Vector v = {.type = VECTOR_FIXED, .len = ROWS, .as.s = values};
    uint64_t seed = 11;
    size_t wrong = 0;
    ParquetReader *r;
    Buf file;

    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        ids[i] = random_next(&seed);
        values[i] = (Str){(const char *)&ids[i], sizeof ids[i]};
    }
    write_one(&column, &v, &file);
    r = open_file(&file);
    assert_true(parquet_column(r, 0)->bloom);
    for (size_t i = 0; i < ROWS; i++) {
        const uint64_t other = random_next(&seed);

        assert_true(parquet_may_contain(r, 0, 0, values[i]));
        wrong += parquet_may_contain(r, 0, 0, (Str){(const char *)&other, sizeof other});
    }
    assert_true(wrong < 20);
    assert_false(parquet_may_contain(r, 0, 0, STR("short")));
    parquet_reader_close(r);
    buf_deinit(&file);
}

/* ------------------------------------------------------------- golden files */

typedef struct Golden {
    char *bytes;
    ParquetReader *r;
    Arena arena;
} Golden;

static void open_golden(const char *name, Golden *g)
{
    char path[1024];
    Err err = {0};
    size_t len;
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/parquet/%s.parquet", TEST_GOLDEN_DIR, name);
    f = fopen(path, "rb");
    g->bytes = malloc(1 << 20);
    assert_true(f && g->bytes);
    len = fread(g->bytes, 1, 1 << 20, f);
    (void)fclose(f);
    if (parquet_reader_open((Str){g->bytes, len}, &err, &g->r) || parquet_verify(g->r, &err))
        fail_msg("%s: %s", name, err.msg);
    arena_init(&g->arena, TEST_LIMIT);
}

static void close_golden(Golden *g)
{
    arena_deinit(&g->arena);
    parquet_reader_close(g->r);
    free(g->bytes);
}

/* The vector and the index in it of a row of the file. */
static size_t find_row(Golden *g, size_t column, size_t row, Vector *v)
{
    size_t group = 0;

    while (row >= parquet_group_rows(g->r, group))
        row -= parquet_group_rows(g->r, group++);
    assert_int_equal(
        parquet_read(g->r, group, column, 0, parquet_group_rows(g->r, group), &g->arena, v), ST_OK);
    return row;
}

/* Every column of `a` that `b` has too has the same values there. */
static void files_agree(const char *a, const char *b, size_t columns)
{
    Golden x;
    Golden y;
    size_t compared = 0;

    open_golden(a, &x);
    open_golden(b, &y);
    assert_int_equal(parquet_row_count(x.r), 60);
    assert_int_equal(parquet_row_count(y.r), 60);
    for (size_t i = 0; i < parquet_column_count(x.r); i++) {
        const size_t j = parquet_find_column(y.r, parquet_column(x.r, i)->name);

        for (size_t row = 0; j != SIZE_MAX && row < 60; row++) {
            Vector v;
            Vector w;
            const size_t at = find_row(&x, i, row, &v);
            const size_t there = find_row(&y, j, row, &w);

            assert_int_equal(vector_is_null(&v, at), vector_is_null(&w, there));
            w.type = v.type; /* Polars has no fixed length */
            assert_true(same_value(&v, at, &w, there));
        }
        compared += j != SIZE_MAX;
    }
    assert_int_equal(compared, columns);
    close_golden(&x);
    close_golden(&y);
}

static void golden_files_of_different_writers_say_the_same(void **state)
{
    (void)state;
    files_agree("vireo_1", "polars", 17);
    files_agree("vireo_1", "duckdb_v2", 15);
    files_agree("pyarrow_snappy_dictionary", "pyarrow_zstd_delta_v2", 28);
    files_agree("pyarrow_snappy_dictionary", "pyarrow_gzip_plain_index", 28);
}

static void our_golden_file_still_says_what_it_said(void **state)
{
    Golden g;
    Vector v;
    size_t at;

    (void)state;
    open_golden("vireo_1", &g);
    at = find_row(&g, parquet_find_column(g.r, STR("start")), 59, &v);
    assert_true(v.type == VECTOR_TIME && v.as.i[at] == INT64_C(1700000000059000177));
    at = find_row(&g, parquet_find_column(g.r, STR("trace_id")), 0, &v);
    assert_true(v.type == VECTOR_FIXED &&
                memcmp(vector_str(&v, at).ptr, "\x6e\xa6\x87\x76", 4) == 0);
    at = find_row(&g, parquet_find_column(g.r, STR("preview")), 0, &v);
    assert_true(str_eq(vector_str(&v, at), STR("gr\xc3\xb6\xc3\x9f"
                                               "er 0")));
    assert_true(parquet_column(g.r, parquet_find_column(g.r, STR("trace_id")))->bloom);
    close_golden(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_that_do_not_fit_are_refused_and_the_writer_goes_on),
        cmocka_unit_test(senseless_columns_are_refused),
        cmocka_unit_test(a_failed_write_is_told_by_every_later_call),
        cmocka_unit_test(a_chunk_of_nulls_takes_a_few_dozen_bytes),
        cmocka_unit_test(values_that_repeat_come_back_in_dictionary_form),
        cmocka_unit_test(large_columns_have_no_dictionary_and_no_range_and_pages_by_length),
        cmocka_unit_test(a_slice_reads_only_its_pages),
        cmocka_unit_test(a_pick_reads_only_the_pages_of_its_rows),
        cmocka_unit_test(ranges_outside_the_file_are_invalid),
        cmocka_unit_test(columns_and_metadata_are_found_by_name),
        cmocka_unit_test(what_is_no_parquet_file_is_refused_with_words),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(every_damaged_bit_of_a_page_is_found_by_verification),
        cmocka_unit_test(long_maxima_are_cut_and_raised_and_stay_text),
        cmocka_unit_test(text_that_is_not_utf8_has_no_bounds),
        cmocka_unit_test(doubles_have_ranges_without_nan_and_with_both_zeros),
        cmocka_unit_test(a_row_group_denies_most_ids_that_it_does_not_have),
        cmocka_unit_test(golden_files_of_different_writers_say_the_same),
        cmocka_unit_test(our_golden_file_still_says_what_it_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
