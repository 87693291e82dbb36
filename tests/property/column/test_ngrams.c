/* SPDX-License-Identifier: Apache-2.0 */
/* N-grams pass over pages and never over one that holds the phrase; wrong bytes are told
 * from right ones; what was written once stays readable.  VIREO_WRITE_GOLDEN=1 writes the golden
 * file anew: only for a new format, beside the old. */
#include "column/metadata.h"
#include "column/ngrams.h"
#include "column/pages.h"
#include "unit/column/column_test.h"

#include <stdlib.h>

enum {
    SEEDS = 100,
    ROWS = 9000,
    WORDS = 400,
    MOST_WORDS = 8,
    GOLDEN_SEED = 7,
    GOLDEN_ROOM = 4 << 20
};

/* The first has a filter for each page, the second one for a run of pages. */
static const char *const golden_names[] = {TEST_GOLDEN_DIR "/parquet/vireo_ngrams_1.parquet",
                                           TEST_GOLDEN_DIR "/parquet/vireo_ngrams_2.parquet"};
enum { GOLDENS = sizeof golden_names / sizeof *golden_names };

/* ------------------------------------------------------------------- texts */

static char words[WORDS][12];

static void make_words(uint64_t *seed)
{
    for (size_t i = 0; i < WORDS; i++) {
        const size_t len = 2 + random_below(seed, 9);

        for (size_t k = 0; k < len; k++)
            words[i][k] = (char)('a' + (int)random_below(seed, 26));
        words[i][len] = '\0';
        if (random_below(seed, 4) == 0)
            words[i][0] = (char)(words[i][0] - 'a' + 'A');
        if (len > 2 && random_below(seed, 20) == 0)
            memcpy(words[i] + 1, "\xc3\xa9", 2); /* no letter of ASCII */
    }
}

/* Words that follow each other in the list; later ones come later in the column, so that pages
 * differ; and something that few texts have. */
static Str random_text(uint64_t *seed, Arena *arena, size_t row)
{
    const size_t first = row * (WORDS - 40) / ROWS + random_below(seed, 40);
    const size_t count = random_below(seed, MOST_WORDS);
    Str text = {0};

    for (size_t i = 0; i < count; i++)
        assert_int_equal(
            arena_printf(arena, &text, "%.*s %s", STR_ARG(text), words[(first + i) % WORDS]),
            ST_OK);
    assert_int_equal(arena_printf(arena, &text, "%.*s#%zu", STR_ARG(text), row / 50), ST_OK);
    return text;
}

static Vector random_texts(uint64_t *seed, Arena *arena)
{
    Str *texts = arena_calloc(arena, ROWS, sizeof *texts);
    uint8_t *valid = arena_alloc(arena, ROWS);

    for (size_t i = 0; i < ROWS; i++) {
        valid[i] = random_below(seed, 10) != 0;
        if (valid[i])
            texts[i] = random_text(seed, arena, i);
    }
    return (Vector){.type = VECTOR_STR, .len = ROWS, .valid = valid, .as.s = texts};
}

static bool has_text(Str s, Str text)
{
    for (size_t i = 0; i + text.len <= s.len; i++)
        if (str_eq_nocase(str_slice(s, i, i + text.len), text))
            return true;
    return false;
}

/* A piece of some text, or words that may never stand so. */
static Str random_phrase(uint64_t *seed, Arena *arena, const Vector *v)
{
    const Str text = v->as.s[random_below(seed, ROWS)];
    const size_t from = text.len ? random_below(seed, text.len) : 0;
    Str phrase = str_slice(text, from, from + random_below(seed, 30));

    if (random_below(seed, 2))
        assert_int_equal(arena_printf(arena, &phrase, "%s %s", words[random_below(seed, WORDS)],
                                      words[random_below(seed, WORDS)]),
                         ST_OK);
    return phrase;
}

/* ------------------------------------------------------------------- files */

static const ParquetColumn columns[] = {
    {.name = {"number", 6}, .type = VECTOR_INT},
    {.name = {"text", 4}, .type = VECTOR_STR, .large = true, .ngrams = true},
    {.name = {"other", 5}, .type = VECTOR_STR, .large = true}};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void write_texts(const Vector *texts, Arena *arena, Buf *file)
{
    Vector vectors[COLUMNS] = {{.type = VECTOR_INT, .len = ROWS}, *texts, *texts};

    vectors[0].as.i = arena_calloc(arena, ROWS, sizeof(int64_t));
    assert_int_equal(write_file(columns, COLUMNS, vectors, file), ST_OK);
}

static ParquetReader *open_file(Str file)
{
    ParquetReader *r = NULL;

    assert_int_equal(parquet_reader_open(file, NULL, &r), ST_OK);
    return r;
}

/* Rows that are told; checks that they are in order and that none with the phrase is missing. */
static size_t check_phrase(const ParquetReader *r, const Vector *v, Str phrase, uint64_t seed)
{
    RowRanges rows = {0};
    size_t at = 0;
    size_t told = 0;

    assert_int_equal(parquet_text_rows(r, 0, 1, phrase, &rows), ST_OK);
    for (size_t i = 0; i <= rows.len; i++) {
        const size_t to = i < rows.len ? rows.items[i].from : ROWS;

        assert_true(i == 0 || i == rows.len || to > at);
        for (; at < to; at++)
            if (v->valid[at] && phrase.len && has_text(v->as.s[at], phrase))
                fail_msg("seed %d: row %zu has \"%.*s\"", (int)seed, at, STR_ARG(phrase));
        if (i < rows.len) {
            assert_true(rows.items[i].to > at && rows.items[i].to <= ROWS);
            told += rows.items[i].to - at;
            at = rows.items[i].to;
        }
    }
    VEC_FREE(&rows);
    return told;
}

/* ------------------------------------------------------------------- tests */

static void no_page_with_the_phrase_is_passed_over(void **state)
{
    size_t told = 0;
    size_t asked = 0;

    (void)state;
    for (uint64_t n = 1; n <= SEEDS; n++) {
        uint64_t seed = n;
        Arena arena;
        Vector texts;
        ParquetReader *r;
        Buf file;

        arena_init(&arena, TEST_LIMIT);
        buf_init(&file, TEST_LIMIT);
        make_words(&seed);
        texts = random_texts(&seed, &arena);
        write_texts(&texts, &arena, &file);
        r = open_file(buf_str(&file));
        assert_int_equal(parquet_verify(r, NULL), ST_OK);
        for (size_t i = 0; i < 20; i++, asked += ROWS)
            told += check_phrase(r, &texts, random_phrase(&seed, &arena, &texts), n);
        parquet_reader_close(r);
        buf_deinit(&file);
        arena_deinit(&arena);
    }
    assert_true(told < asked / 2); /* and many are */
    assert_int_equal(mem_live(), 0);
}

/* What is asked of the n-grams of a column without any, or of damaged ones: all rows. */
static void damage_makes_the_search_slow_and_is_told(void **state)
{
    uint64_t seed = 5;
    Arena arena;
    Vector texts;
    Buf file;
    Err err = {0};
    RowRanges rows = {0};
    ParquetReader *r;
    const NgramPart *part;

    (void)state;
    arena_init(&arena, TEST_LIMIT);
    buf_init(&file, TEST_LIMIT);
    make_words(&seed);
    texts = random_texts(&seed, &arena);
    write_texts(&texts, &arena, &file);
    r = open_file(buf_str(&file));
    assert_int_equal(parquet_text_rows(r, 0, 2, STR("QUICK BROWN foxes jump 0123456789"), &rows),
                     ST_OK);
    assert_int_equal(rows.len, 1);
    assert_int_equal(rows.items[0].to - rows.items[0].from, ROWS);
    assert_int_equal(r->groups[0].ngram_count, 1);
    part = &r->groups[0].ngrams[0];
    assert_int_equal(check_phrase(r, &texts, STR("QUICK BROWN foxes jump 0123456789"), 0), 0);
    for (uint64_t bit = 0; bit < part->length * 8; bit += 1 + random_below(&seed, 5000)) {
        char *byte = &file.data[part->start + bit / 8];

        *byte = (char)(*byte ^ 1 << bit % 8);
        assert_int_equal(check_phrase(r, &texts, STR("QUICK BROWN foxes jump 0123456789"), 0),
                         ROWS);
        assert_int_equal(parquet_verify(r, &err), ST_CORRUPT);
        *byte = (char)(*byte ^ 1 << bit % 8);
    }
    VEC_FREE(&rows);
    parquet_reader_close(r);
    buf_deinit(&file);
    arena_deinit(&arena);
}

static void bytes_that_are_cut_or_too_many_are_corrupt(void **state)
{
    uint8_t *seen = calloc(NGRAM_HASHES, 1);
    const uint32_t runs = 2;
    RowRanges rows = {0};
    Buf all, filters;

    (void)state;
    buf_init(&all, 1 << 20);
    buf_init(&filters, 1 << 20);
    ngrams_note(seen, STR("some words to note"));
    assert_int_equal(buf_append(&all, (Str){(const char *)&runs, sizeof runs}), ST_OK);
    assert_int_equal(ngrams_put_run(&all, &filters, seen, 10, 100), ST_OK);
    assert_int_equal(ngrams_put_run(&all, &filters, seen, 5, 1000), ST_OK);
    assert_int_equal(buf_append(&all, buf_str(&filters)), ST_OK);
    assert_int_equal(ngrams_find(buf_str(&all), 15, STR("WORDS"), &rows), ST_OK);
    assert_int_equal(rows.len, 1);
    assert_int_equal(rows.items[0].to, 15);
    assert_int_equal(ngrams_find(buf_str(&all), 14, STR("words"), &rows), ST_CORRUPT);
    assert_int_equal(ngrams_find(buf_str(&all), 16, STR("words"), &rows), ST_CORRUPT);
    for (size_t len = 0; len < all.len; len++)
        assert_int_equal(ngrams_find((Str){all.data, len}, 15, STR("words"), &rows), ST_CORRUPT);
    assert_int_equal(buf_append_char(&all, 'x'), ST_OK);
    assert_int_equal(ngrams_find(buf_str(&all), 15, STR("words"), &rows), ST_CORRUPT);
    VEC_FREE(&rows);
    buf_deinit(&all);
    buf_deinit(&filters);
    free(seen);
}

/* Write all of the bytes, or read as many as there are. */
static void copy_golden(size_t golden, const char *mode, Buf *bytes)
{
    FILE *f = fopen(golden_names[golden], mode);

    assert_non_null(f);
    if (mode[0] == 'w')
        assert_int_equal(fwrite(bytes->data, 1, bytes->len, f), bytes->len);
    else
        bytes->len = fread(bytes->data, 1, bytes->len, f);
    assert_int_equal(fclose(f), 0);
}

static void check_golden(size_t golden, const Vector *texts, uint64_t seed, Arena *arena)
{
    size_t told = 0;
    char *room;
    ParquetReader *r;
    Buf file;

    buf_init(&file, TEST_LIMIT);
    assert_int_equal(buf_extend(&file, GOLDEN_ROOM, &room), ST_OK);
    copy_golden(golden, "rb", &file);
    r = open_file(buf_str(&file));
    assert_int_equal(parquet_verify(r, NULL), ST_OK);
    for (size_t i = 0; i < 50; i++)
        told += check_phrase(r, texts, random_phrase(&seed, arena, texts), GOLDEN_SEED);
    assert_true(told > 0 && told < (size_t)25 * ROWS);
    parquet_reader_close(r);
    buf_deinit(&file);
}

static void what_was_written_once_is_still_understood(void **state)
{
    uint64_t seed = GOLDEN_SEED;
    Arena arena;
    Vector texts;
    Buf file;

    (void)state;
    arena_init(&arena, TEST_LIMIT);
    buf_init(&file, TEST_LIMIT);
    make_words(&seed);
    texts = random_texts(&seed, &arena);
    if (getenv("VIREO_WRITE_GOLDEN")) {
        write_texts(&texts, &arena, &file);
        copy_golden(GOLDENS - 1, "wb", &file);
    }
    for (size_t i = 0; i < GOLDENS; i++)
        check_golden(i, &texts, seed, &arena);
    buf_deinit(&file);
    arena_deinit(&arena);
}

/* The numbers of rows of the filters come to the column's, and there are fewer than pages. */
static void neighbouring_pages_share_a_filter(void **state)
{
    uint64_t seed = 3;
    Arena arena;
    Vector texts;
    Buf file;
    ParquetReader *r;
    Pages pages = {.has_dictionary = false};
    const char *runs;
    size_t rows = 0;

    (void)state;
    arena_init(&arena, TEST_LIMIT);
    buf_init(&file, TEST_LIMIT);
    make_words(&seed);
    texts = random_texts(&seed, &arena);
    write_texts(&texts, &arena, &file);
    r = open_file(buf_str(&file));
    assert_int_equal(pages_look_up(r, 0, 1, 0, ROWS, &pages), ST_OK);
    runs = file.data + r->groups[0].ngrams[0].start;
    assert_in_range(load_u32(runs), 2, pages.list.len - 1);
    for (size_t i = 0; i < load_u32(runs); i++)
        rows += load_u32(runs + sizeof(uint32_t) + i * NGRAM_RUN_NUMBERS);
    assert_int_equal(rows, ROWS);
    pages_deinit(&pages);
    parquet_reader_close(r);
    buf_deinit(&file);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_page_with_the_phrase_is_passed_over),
        cmocka_unit_test(damage_makes_the_search_slow_and_is_told),
        cmocka_unit_test(bytes_that_are_cut_or_too_many_are_corrupt),
        cmocka_unit_test(neighbouring_pages_share_a_filter),
        cmocka_unit_test(what_was_written_once_is_still_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
