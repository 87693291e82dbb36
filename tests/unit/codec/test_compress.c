/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings, broken input and joined members of gzip and zstd. */
#include "support/check.h"

#include "base/arena.h"
#include "codec/compress.h"

#include <string.h>

static const Compression both[] = {COMPRESSION_GZIP, COMPRESSION_ZSTD};

static Buf compressed(Compression c, Str in)
{
    Buf out;

    buf_init(&out, 16 << 20);
    CHECK_OK(compress_into(c, 3, in, &out));
    return out;
}

static void names_of_content_encodings_are_understood(void **state)
{
    Compression c = COMPRESSION_ZSTD;

    (void)state;
    CHECK_OK(compression_from_text((Str){0}, &c));
    assert_int_equal(c, COMPRESSION_NONE);
    CHECK_OK(compression_from_text(STR(" GZIP"), &c));
    assert_int_equal(c, COMPRESSION_GZIP);
    CHECK_OK(compression_from_text(STR("zstd"), &c));
    assert_int_equal(c, COMPRESSION_ZSTD);
    CHECK_STATUS(compression_from_text(STR("br"), &c), ST_UNSUPPORTED);
}

static void a_bomb_is_refused_at_the_ceiling(void **state)
{
    enum { SIZE = 8 << 20 };
    char *zeros = calloc(1, SIZE);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        Buf small = compressed(both[i], (Str){zeros, SIZE});
        Buf out;

        assert_in_range(small.len, 1, SIZE / 200);
        for (size_t limit = SIZE - 1; limit <= SIZE; limit++) {
            buf_init(&out, limit);
            CHECK_STATUS(decompress(both[i], buf_str(&small), &out),
                         limit < SIZE ? ST_LIMIT : ST_OK);
            assert_int_equal(out.len, limit < SIZE ? 0 : SIZE);
            buf_deinit(&out);
        }
        buf_deinit(&small);
    }
    free(zeros);
    assert_int_equal(mem_live(), 0);
}

/* A few words in random order: what repeats itself is short and everywhere. */
static Str prose(Arena *a, size_t words)
{
    static const char *const of[] = {"invoice ", "the ", "delivered ", "to ", "customer ", "yes. "};
    uint32_t state = 7;
    Str text = {0};
    Buf b;

    buf_init(&b, words * 16);
    for (size_t i = 0; i < words; i++) {
        state = state * 1664525 + 1013904223;
        CHECK_OK(buf_printf(&b, "%u%s", (state >> 8) % 90, of[(state >> 16) % 6]));
    }
    CHECK_OK(arena_copy(a, buf_str(&b), &text));
    buf_deinit(&b);
    return text;
}

/* One context serves levels and efforts in turns. */
static void more_effort_makes_texts_shorter_and_all_come_back(void **state)
{
    static const TextEffort efforts[] = {TEXT_EFFORT_LEAST, TEXT_EFFORT_SOME, TEXT_EFFORT_MOST};
    size_t before = SIZE_MAX;
    Zstd *z = NULL;
    Arena a;

    (void)state;
    arena_init(&a, 4 << 20);
    CHECK_OK(zstd_new(&z));
    for (size_t i = 0; i < 3; i++) {
        for (size_t words = 0; words <= 20000; words = words * 11 + 1) {
            const Str text = prose(&a, words);
            Buf frame, back, small;

            buf_init(&frame, 1 << 20);
            buf_init(&back, 1 << 20);
            buf_init(&small, 5);
            CHECK_OK(zstd_compress_texts(z, efforts[i], text, &frame));
            CHECK_OK(decompress(COMPRESSION_ZSTD, buf_str(&frame), &back));
            assert_true(str_eq(buf_str(&back), text));
            CHECK_STATUS(zstd_compress_texts(NULL, efforts[i], text, &small), ST_LIMIT);
            assert_int_equal(small.len, 0);
            if (words > 10000) {
                assert_true(frame.len < before);
                before = frame.len;
            }
            buf_clear(&frame);
            CHECK_OK(zstd_compress(z, 1, text, &frame));
            buf_deinit(&frame);
            buf_deinit(&back);
            buf_deinit(&small);
        }
    }
    zstd_free(z);
    arena_deinit(&a);
    assert_int_equal(mem_live(), 0);
}

/* In steps of any size, down to nothing more; the context serves whole frames in between. */
static void the_front_of_a_frame_is_read_by_itself(void **state)
{
    static const TextEffort efforts[] = {TEXT_EFFORT_LEAST, TEXT_EFFORT_SOME, TEXT_EFFORT_MOST};
    static char out[1 << 20];
    Zstd *z = NULL;
    Arena a;

    (void)state;
    arena_init(&a, 4 << 20);
    CHECK_OK(zstd_new(&z));
    for (size_t i = 0; i < 9; i++) {
        const Str text = prose(&a, i % 3 ? 3000 * i + 1 : 40000);
        ZstdFront f;
        Buf frame;

        buf_init(&frame, 1 << 20);
        CHECK_OK(zstd_compress_texts(z, efforts[i / 3], text, &frame));
        CHECK_OK(zstd_front_open(z, buf_str(&frame), &f));
        for (size_t len = 0; len < text.len; len += len / 2 + 7) {
            memset(out, 0, sizeof out);
            CHECK_OK(zstd_front_open(z, buf_str(&frame), &f));
            CHECK_OK(zstd_front_read(&f, out, len / 3));
            CHECK_OK(zstd_front_read(&f, out, len / 3));
            CHECK_OK(zstd_front_read(&f, out, len));
            assert_memory_equal(out, text.ptr, len);
            assert_int_equal(out[len], 0);
        }
        CHECK_STATUS(zstd_front_read(&f, out, text.len + 1), ST_CORRUPT);
        CHECK_OK(zstd_decompress_exact(z, buf_str(&frame), out, text.len));
        CHECK_OK(zstd_front_open(z, str_slice(buf_str(&frame), 0, frame.len / 2), &f));
        CHECK_STATUS(zstd_front_read(&f, out, text.len), ST_CORRUPT);
        buf_deinit(&frame);
    }
    zstd_free(z);
    arena_deinit(&a);
    assert_int_equal(mem_live(), 0);
}

/* So that half of it needs not be decompressed for what is in the middle. */
static void frames_of_texts_have_blocks(void **state)
{
    static char out[1 << 17];
    Zstd *z = NULL;
    ZstdFront f;
    Buf frame;
    Arena a;

    (void)state;
    arena_init(&a, 4 << 20);
    buf_init(&frame, 1 << 20);
    CHECK_OK(zstd_new(&z));
    CHECK_OK(
        zstd_compress_texts(z, TEXT_EFFORT_MOST, str_slice(prose(&a, 12000), 0, 1 << 16), &frame));
    CHECK_OK(zstd_front_open(z, buf_str(&frame), &f));
    CHECK_OK(zstd_front_read(&f, out, 20 << 10));
    assert_true(f.used > frame.len / 4 && f.used < frame.len * 5 / 8);
    zstd_free(z);
    buf_deinit(&frame);
    arena_deinit(&a);
}

static void every_cut_is_corrupt_and_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        Buf whole =
            compressed(both[i], STR("the quick brown fox jumps over the lazy dog, twice over"));
        Buf out;

        buf_init(&out, 1000);
        CHECK_OK(buf_append(&out, STR("before")));
        for (size_t len = 0; len < whole.len; len++) {
            CHECK_STATUS(decompress(both[i], str_slice(buf_str(&whole), 0, len), &out), ST_CORRUPT);
            CHECK_STR(buf_str(&out), "before");
        }
        buf_deinit(&out);
        buf_deinit(&whole);
    }
}

static void members_that_follow_each_other_are_joined(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        Buf in;
        Buf out;

        buf_init(&in, 1000);
        buf_init(&out, 100);
        CHECK_OK(compress_into(both[i], 3, STR("abc"), &in));
        CHECK_OK(compress_into(both[i], 3, STR("def"), &in));
        CHECK_OK(decompress(both[i], buf_str(&in), &out));
        CHECK_STR(buf_str(&out), "abcdef");
        CHECK_OK(buf_append(&in, STR("garbage behind")));
        CHECK_STATUS(decompress(both[i], buf_str(&in), &out), ST_CORRUPT);
        CHECK_STR(buf_str(&out), "abcdef");
        buf_deinit(&out);
        buf_deinit(&in);
    }
}

static void nothing_compresses_to_something_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        Buf in = compressed(both[i], (Str){0});
        Buf out;

        buf_init(&out, 0);
        CHECK_OK(decompress(both[i], buf_str(&in), &out));
        assert_int_equal(out.len, 0);
        buf_deinit(&in);
    }
}

static void zlib_streams_are_told_from_gzip(void **state)
{
    static const char zlib_hello[] = "\x78\x9c\xcb\x48\xcd\xc9\xc9\x07\x00\x06\x2c\x02\x15";
    char out[5];

    (void)state;
    CHECK_OK(gzip_decompress_exact((Str){zlib_hello, sizeof zlib_hello - 1}, out, sizeof out));
    CHECK_SAME(((Str){out, 5}), STR("hello"));
}

static void an_exact_size_must_be_exact(void **state)
{
    Buf in = compressed(COMPRESSION_ZSTD, STR("hello"));
    char out[8];
    Zstd *z = NULL;

    (void)state;
    CHECK_OK(zstd_new(&z));
    CHECK_OK(zstd_decompress_exact(z, buf_str(&in), out, 5));
    CHECK_SAME(((Str){out, 5}), STR("hello"));
    CHECK_STATUS(zstd_decompress_exact(z, buf_str(&in), out, 4), ST_CORRUPT);
    CHECK_STATUS(zstd_decompress_exact(z, buf_str(&in), out, 6), ST_CORRUPT);
    CHECK_OK(zstd_decompress_exact(NULL, buf_str(&in), out, 5));
    zstd_free(z);
    buf_deinit(&in);
    in = compressed(COMPRESSION_GZIP, STR("hello"));
    CHECK_OK(gzip_decompress_exact(buf_str(&in), out, 5));
    CHECK_STATUS(gzip_decompress_exact(buf_str(&in), out, 4), ST_CORRUPT);
    CHECK_STATUS(gzip_decompress_exact(buf_str(&in), out, 6), ST_CORRUPT);
    buf_deinit(&in);
}

/* Magic, a descriptor without a content size, a window of 2^27, an empty last
 * block: 9 bytes that ask for 128 MiB. */
static void a_frame_that_wants_a_huge_window_is_refused(void **state)
{
    static const char frame[] = "\x28\xB5\x2F\xFD\x00\x88\x01\x00\x00";
    Buf out;

    (void)state;
    buf_init(&out, 1 << 20);
    CHECK_STATUS(decompress(COMPRESSION_ZSTD, (Str){frame, sizeof frame - 1}, &out), ST_CORRUPT);
    buf_deinit(&out);
}

static void output_that_does_not_fit_is_a_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        Buf out;

        buf_init(&out, 8);
        CHECK_STATUS(compress_into(both[i], 3, STR("incompressible: 8f3k29d"), &out), ST_LIMIT);
        assert_int_equal(out.len, 0);
        buf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_content_encodings_are_understood),
        cmocka_unit_test(a_bomb_is_refused_at_the_ceiling),
        cmocka_unit_test(more_effort_makes_texts_shorter_and_all_come_back),
        cmocka_unit_test(the_front_of_a_frame_is_read_by_itself),
        cmocka_unit_test(frames_of_texts_have_blocks),
        cmocka_unit_test(every_cut_is_corrupt_and_changes_nothing),
        cmocka_unit_test(members_that_follow_each_other_are_joined),
        cmocka_unit_test(nothing_compresses_to_something_and_back),
        cmocka_unit_test(zlib_streams_are_told_from_gzip),
        cmocka_unit_test(an_exact_size_must_be_exact),
        cmocka_unit_test(a_frame_that_wants_a_huge_window_is_refused),
        cmocka_unit_test(output_that_does_not_fit_is_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
