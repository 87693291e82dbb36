/* SPDX-License-Identifier: Apache-2.0 */
/* Bit packing, run lengths, deltas, byte arrays, snappy, bloom filters: round
 * trips, examples out of the specifications, and hostile input. */
#include "base/hash.h"
#include "column/bits.h"
#include "column/bloom.h"
#include "column/delta.h"
#include "column/rle.h"
#include "column/snappy.h"
#include "column/strings.h"
#include "unit/column/column_test.h"

enum { MANY = 1000 };

/* ------------------------------------------------------------- bits */

/* One bit after the other, as the specification puts it. */
static uint64_t slow_value(const char *bytes, size_t index, unsigned width)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < width; i++) {
        const size_t bit = index * width + i;

        v |= (uint64_t)((uint8_t)bytes[bit / 8] >> bit % 8 & 1) << i;
    }
    return v;
}

static void every_width_is_packed_lowest_bit_first_and_unpacked(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (unsigned width = 0; width <= 64; width++) {
        for (size_t count = 0; count < 70; count++) {
            uint64_t in[70];
            uint64_t out[70] = {0};
            uint8_t *exact;
            Buf b;

            buf_init(&b, 10000);
            for (size_t i = 0; i < count; i++)
                in[i] = width ? random_next(&seed) >> (64 - width) : 0;
            assert_int_equal(bits_pack64(&b, in, count, width), ST_OK);
            assert_int_equal(b.len, bits_bytes(count, width));
            for (size_t i = 0; i < count; i++)
                assert_true(slow_value(b.data, i, width) == in[i]);
            /* A block of the exact size, so that reading past it is seen. */
            exact = mem_alloc(b.len);
            assert_non_null(exact);
            if (b.len)
                memcpy(exact, b.data, b.len);
            bits_unpack64(exact, b.len, width, out, count);
            assert_memory_equal(in, out, count * sizeof *in);
            for (size_t fewer = 0; fewer < count; fewer++) { /* others are behind them */
                memset(out, 0, sizeof out);
                bits_unpack64(exact, b.len, width, out, fewer);
                assert_memory_equal(in, out, fewer * sizeof *in);
            }
            if (width <= 32) {
                uint32_t narrow[70];

                for (size_t fewer = 0; fewer <= count; fewer++) {
                    bits_unpack32(exact, b.len, width, narrow, fewer);
                    for (size_t i = 0; i < fewer; i++)
                        assert_true(narrow[i] == in[i]);
                }
            }
            mem_free(exact);
            buf_deinit(&b);
        }
    }
}

static void bits_become_bytes(void **state)
{
    const uint8_t in[] = {0x8d, 0x03};
    const uint8_t want[] = {1, 0, 1, 1, 0, 0, 0, 1, 1, 1};
    uint8_t out[10];

    (void)state;
    bits_unpack_bytes(in, out, sizeof out);
    assert_memory_equal(out, want, sizeof out);
}

static void the_width_is_that_of_the_highest_bit(void **state)
{
    (void)state;
    assert_int_equal(bits_width(0), 0);
    assert_int_equal(bits_width(1), 1);
    assert_int_equal(bits_width(255), 8);
    assert_int_equal(bits_width(256), 9);
    assert_int_equal(bits_width(UINT64_MAX), 64);
}

/* ------------------------------------------------------------- run lengths */

static void runs_and_packed_groups_round_trip(void **state)
{
    uint64_t seed = 2;

    (void)state;
    for (unsigned width = 0; width <= 32; width++) {
        uint32_t in[MANY];
        uint32_t out[MANY];
        Buf b;

        buf_init(&b, 100000);
        for (size_t i = 0; i < MANY; i++) {
            const uint32_t fresh = width ? (uint32_t)(random_next(&seed) >> (64 - width)) : 0;

            in[i] = i && random_below(&seed, 10) ? in[i - 1] : fresh;
        }
        for (size_t count = 0; count <= MANY; count += 1 + count / 3) {
            buf_clear(&b);
            assert_int_equal(rle_encode(&b, in, count, width), ST_OK);
            assert_int_equal(rle_decode(buf_str(&b), width, out, count), ST_OK);
            assert_memory_equal(in, out, count * sizeof *in);
        }
        buf_deinit(&b);
    }
}

static void flags_round_trip_and_any_byte_is_a_one(void **state)
{
    uint64_t seed = 3;
    uint8_t in[MANY];
    uint8_t out[MANY];
    Buf b;

    (void)state;
    buf_init(&b, 100000);
    for (size_t round = 0; round < 50; round++) {
        const size_t count = random_below(&seed, MANY + 1);

        for (size_t i = 0; i < count; i++) {
            in[i] = random_below(&seed, 40) ? (i ? in[i - 1] : 0) : (uint8_t)random_below(&seed, 4);
            if (round == 0)
                in[i] = 255;
        }
        buf_clear(&b);
        assert_int_equal(rle_encode_flags(&b, in, count), ST_OK);
        assert_int_equal(rle_decode_flags(buf_str(&b), out, count), ST_OK);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(out[i], in[i] != 0);
    }
    buf_clear(&b);
    assert_int_equal(rle_encode_flags(&b, NULL, 1000000), ST_OK);
    assert_true(b.len <= 4);
    buf_deinit(&b);
}

static void the_example_of_the_specification_is_decoded(void **state)
{
    /* 0..7 of width 3, packed: 10001000 11000110 11111010 */
    const char packed[] = {0x03, (char)0x88, (char)0xc6, (char)0xfa};
    uint32_t out[8];

    (void)state;
    assert_int_equal(rle_decode((Str){packed, sizeof packed}, 3, out, 8), ST_OK);
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(out[i], i);
}

static void short_or_senseless_runs_are_corrupt(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        unsigned width;
    } bad[] = {
        {"", 0, 1},                                           /* nothing */
        {"\x00\x01", 2, 1},                                   /* a run of none */
        {"\x10", 1, 1},                                       /* a run without its value */
        {"\x10\x01", 2, 9},                                   /* half a value */
        {"\x01", 1, 1},                                       /* no groups */
        {"\x03", 1, 1},                                       /* a group without its bits */
        {"\x80\x80\x80", 3, 1},                               /* a length without end */
        {"\x04\x01", 2, 1},                                   /* fewer than asked for */
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, 32}, /* a very long group list */
        {"\x10\x01", 2, 33},                                  /* too wide */
    };
    uint32_t out[100];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(rle_decode((Str){bad[i].bytes, bad[i].len}, bad[i].width, out, 100),
                         ST_CORRUPT);
}

/* ------------------------------------------------------------- deltas */

static void fill_deltas(uint64_t *seed, int64_t *v, size_t round)
{
    for (size_t i = 0; i < MANY; i++) {
        const unsigned shift = (unsigned)random_below(seed, 64);

        if (round == 0)
            v[i] = i % 2 ? INT64_MIN : INT64_MAX;
        else if (round == 1)
            v[i] = 7;
        else
            v[i] = (int64_t)(random_next(seed) >> (round % 2 ? shift : round % 64));
    }
}

static void deltas_round_trip_and_can_be_taken_in_any_steps(void **state)
{
    uint64_t seed = 4;
    int64_t in[MANY];
    int64_t out[MANY];
    Buf b;

    (void)state;
    buf_init(&b, 100000);
    for (size_t round = 0; round < 130; round++) {
        const size_t count = random_below(&seed, MANY + 1);
        DeltaReader r;

        fill_deltas(&seed, in, round);
        buf_clear(&b);
        assert_int_equal(delta_encode(&b, in, count), ST_OK);
        assert_int_equal(buf_append(&b, STR("rest")), ST_OK);
        assert_int_equal(delta_open(buf_str(&b), &r), ST_OK);
        assert_int_equal(r.left, count);
        for (size_t at = 0; at < count;) {
            const size_t n = 1 + random_below(&seed, count - at);

            assert_int_equal(delta_take(&r, out + at, n), ST_OK);
            at += n;
        }
        assert_memory_equal(in, out, count * sizeof *in);
        assert_int_equal(delta_take(&r, out, 1), ST_CORRUPT);
        assert_true(str_eq(r.in, STR("rest")));
    }
    buf_deinit(&b);
}

static void the_delta_example_of_the_specification_is_decoded(void **state)
{
    /* 1, 2, 3, 4, 5: block 128, 4 miniblocks, 5 values, first 1, smallest
     * difference 1, all widths 0 */
    const char bytes[] = {(char)0x80, 0x01, 0x04, 0x05, 0x02, 0x02, 0, 0, 0, 0};
    int64_t out[5];
    DeltaReader r;

    (void)state;
    assert_int_equal(delta_open((Str){bytes, sizeof bytes}, &r), ST_OK);
    assert_int_equal(delta_take(&r, out, 5), ST_OK);
    for (int64_t i = 0; i < 5; i++)
        assert_int_equal(out[i], i + 1);
}

static void damaged_deltas_are_corrupt(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {
        {"", 0},
        {"\x80\x01\x04\x05", 4},                          /* no first value */
        {"\x80\x01\x00\x05\x02", 5},                      /* no miniblocks */
        {"\x80\x01\x05\x05\x02", 5},                      /* a part of a value */
        {"\x00\x01\x05\x02", 4},                          /* no block */
        {"\x80\x01\x04\x05\x02", 5},                      /* no block after the header */
        {"\x80\x01\x04\x05\x02\x02\x00\x00\x00", 9},      /* widths missing */
        {"\x80\x01\x04\x05\x02\x02\x41\x00\x00\x00", 10}, /* 65 bits */
        {"\x80\x01\x04\x05\x02\x02\x20\x00\x00\x00", 10}, /* bits missing */
        {"\x80\x01\x04\xff\xff\xff\xff\x7f\x02", 9},      /* 2^35 values */
    };
    int64_t out[5];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        DeltaReader r;
        Status st = delta_open((Str){bad[i].bytes, bad[i].len}, &r);

        if (!st)
            st = delta_take(&r, out, 5);
        assert_int_equal(st, ST_CORRUPT);
    }
}

/* ------------------------------------------------------------- byte arrays */

static void byte_arrays_round_trip(void **state)
{
    uint64_t seed = 5;
    Str in[MANY];
    Str out[MANY];
    int64_t lengths[MANY];
    Arena a;
    Buf b;

    (void)state;
    arena_init(&a, TEST_LIMIT);
    buf_init(&b, TEST_LIMIT);
    for (size_t i = 0; i < MANY; i++)
        in[i] = random_str(&seed, &a, random_below(&seed, 3) ? 10 : 1000);
    assert_int_equal(strings_encode_plain(&b, in, MANY), ST_OK);
    assert_int_equal(strings_decode_plain(buf_str(&b), out, MANY), ST_OK);
    for (size_t i = 0; i < MANY; i++)
        assert_true(str_eq(in[i], out[i]));
    buf_clear(&b);
    assert_int_equal(strings_encode_delta_length(&b, in, MANY, lengths), ST_OK);
    for (size_t wanted = 0; wanted <= MANY; wanted += 125) {
        assert_int_equal(strings_decode_delta_length(buf_str(&b), MANY, out, wanted), ST_OK);
        for (size_t i = 0; i < wanted; i++)
            assert_true(str_eq(in[i], out[i]));
    }
    assert_int_equal(strings_decode_delta_length(buf_str(&b), MANY - 1, out, 1), ST_CORRUPT);
    buf_deinit(&b);
    arena_deinit(&a);
}

static void shared_prefixes_are_put_together(void **state)
{
    const int64_t prefixes[] = {0, 2, 4, 0};
    const Str suffixes[] = {STR("axis"), STR("le"), STR("s"), STR("babble")};
    const Str want[] = {STR("axis"), STR("axle"), STR("axles"), STR("babble")};
    int64_t lengths[4];
    Str out[4];
    Arena a;
    Buf b;

    (void)state;
    arena_init(&a, 1000);
    buf_init(&b, 1000);
    assert_int_equal(delta_encode(&b, prefixes, 4), ST_OK);
    assert_int_equal(strings_encode_delta_length(&b, suffixes, 4, lengths), ST_OK);
    assert_int_equal(strings_decode_delta(buf_str(&b), 4, &a, out, 4), ST_OK);
    for (size_t i = 0; i < 4; i++)
        assert_true(str_eq(out[i], want[i]));
    buf_deinit(&b);
    arena_deinit(&a);
}

static void lengths_past_the_end_are_corrupt(void **state)
{
    const int64_t wrong[][2] = {{0, 6}, {7, 0}, {-1, 0}};
    Str out[2];
    Arena a;
    Buf b;

    (void)state;
    arena_init(&a, 1000);
    buf_init(&b, 1000);
    assert_int_equal(strings_decode_plain(STR("\x05\x00\x00\x00"
                                              "four"),
                                          out, 1),
                     ST_CORRUPT);
    assert_int_equal(strings_decode_plain(STR("\x05\x00"), out, 1), ST_CORRUPT);
    assert_int_equal(strings_decode_fixed(STR("12345"), 3, out, 2), ST_CORRUPT);
    for (size_t i = 0; i < 3; i++) {
        buf_clear(&b);
        assert_int_equal(delta_encode(&b, wrong[i], 2), ST_OK);
        assert_int_equal(buf_append(&b, STR("five!")), ST_OK);
        assert_int_equal(strings_decode_delta_length(buf_str(&b), 2, out, 2), ST_CORRUPT);
    }
    /* A prefix longer than the value before it. */
    buf_clear(&b);
    assert_int_equal(delta_encode(&b, (const int64_t[]){0, 3}, 2), ST_OK);
    assert_int_equal(delta_encode(&b, (const int64_t[]){2, 2}, 2), ST_OK);
    assert_int_equal(buf_append(&b, STR("abcd")), ST_OK);
    assert_int_equal(strings_decode_delta(buf_str(&b), 2, &a, out, 2), ST_CORRUPT);
    buf_deinit(&b);
    arena_deinit(&a);
}

/* ------------------------------------------------------------- snappy */

static void snappy_elements_are_decoded(void **state)
{
    /* literal "abcd", copy 4 back 4 (1-byte offset), copy 10 back 2 (2-byte
     * offset, overlapping), literal "!" */
    const char in[] = {19, 0x0c, 'a', 'b', 'c', 'd', 0x01, 4, (10 - 1) << 2 | 2, 2, 0, 0x00, '!'};
    uint8_t out[19];

    (void)state;
    assert_int_equal(snappy_decompress((Str){in, sizeof in}, out, sizeof out), ST_OK);
    assert_memory_equal(out, "abcdabcdcdcdcdcdcd!", sizeof out);
}

static void damaged_snappy_is_corrupt(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {
        {"", 0},
        {"\x05\x00x", 3}, /* another length than promised */
        {"\x04\x0c"
         "abc",
         5}, /* a literal cut short */
        {"\x04\x10"
         "abcde",
         7},                      /* more than promised */
        {"\x04\x00x\x01\x02", 5}, /* from before the start */
        {"\x04\x00x\x01\x00", 5}, /* from nowhere */
        {"\x04\xf0", 2},          /* a length cut short */
        {"\x04\xfc\xff\xff\xff\xff", 6},
    };
    uint8_t out[4];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(snappy_decompress((Str){bad[i].bytes, bad[i].len}, out, sizeof out),
                         ST_CORRUPT);
}

/* ------------------------------------------------------------- bloom */

static void a_bloom_filter_has_what_was_put_in_and_little_else(void **state)
{
    const size_t size = bloom_size(10000);
    uint8_t *bits = mem_calloc(size, 1);
    size_t wrong = 0;

    (void)state;
    assert_non_null(bits);
    assert_int_equal(size & (size - 1), 0);
    for (uint64_t i = 0; i < 10000; i++)
        bloom_insert(bits, size, hash_xxh64((Str){(const char *)&i, sizeof i}));
    for (uint64_t i = 0; i < 20000; i++) {
        const bool has = bloom_has(bits, size, hash_xxh64((Str){(const char *)&i, sizeof i}));

        assert_true(has || i >= 10000);
        wrong += has && i >= 10000;
    }
    assert_true(wrong < 150);
    mem_free(bits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width_is_packed_lowest_bit_first_and_unpacked),
        cmocka_unit_test(bits_become_bytes),
        cmocka_unit_test(the_width_is_that_of_the_highest_bit),
        cmocka_unit_test(runs_and_packed_groups_round_trip),
        cmocka_unit_test(flags_round_trip_and_any_byte_is_a_one),
        cmocka_unit_test(the_example_of_the_specification_is_decoded),
        cmocka_unit_test(short_or_senseless_runs_are_corrupt),
        cmocka_unit_test(deltas_round_trip_and_can_be_taken_in_any_steps),
        cmocka_unit_test(the_delta_example_of_the_specification_is_decoded),
        cmocka_unit_test(damaged_deltas_are_corrupt),
        cmocka_unit_test(byte_arrays_round_trip),
        cmocka_unit_test(shared_prefixes_are_put_together),
        cmocka_unit_test(lengths_past_the_end_are_corrupt),
        cmocka_unit_test(snappy_elements_are_decoded),
        cmocka_unit_test(damaged_snappy_is_corrupt),
        cmocka_unit_test(a_bloom_filter_has_what_was_put_in_and_little_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
