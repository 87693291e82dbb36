/* SPDX-License-Identifier: Apache-2.0 */
/* Wire reader and writer against bytes written out by hand. */
#include "support/check.h"

#include "codec/protobuf.h"

static void fields_of_every_wire_type_are_read(void **state)
{
    PbReader r = pb_reader(STR("\x08\x96\x01"                         /* 1: 150 */
                               "\x11\x01\x00\x00\x00\x00\x00\x00\x80" /* 2: fixed64 */
                               "\x1A\x03"
                               "abc"                     /* 3: bytes */
                               "\x25\x04\x03\x02\x01")); /* 4: fixed32 */
    PbField f;

    (void)state;
    assert_true(pb_next(&r, &f));
    assert_int_equal(f.number, 1);
    assert_int_equal(f.value, 150);
    assert_true(pb_next(&r, &f));
    assert_true(f.wire == PB_FIXED64 && f.value == UINT64_C(0x8000000000000001));
    assert_true(pb_next(&r, &f));
    CHECK_STR(f.bytes, "abc");
    assert_true(pb_next(&r, &f));
    assert_true(f.wire == PB_FIXED32 && f.value == 0x01020304);
    assert_false(pb_next(&r, &f));
    CHECK_OK(r.st);
}

static void groups_are_skipped_with_what_is_in_them(void **state)
{
    PbReader r = pb_reader(STR("\x0B\x10\x05\x1B\x1C\x1A\x01x\x0C\x28\x07"));
    PbField f;

    (void)state;
    assert_true(pb_next(&r, &f));
    assert_int_equal(f.number, 5);
    assert_int_equal(f.value, 7);
    assert_false(pb_next(&r, &f));
    CHECK_OK(r.st);
}

static void broken_messages_stop_at_the_broken_field(void **state)
{
    static const struct {
        Str in;
        size_t pos;
    } cases[] = {
        {{"\x08", 1}, 0},                                              /* no value */
        {{"\x08\x01\x12\x05zz", 6}, 2},                                /* cut bytes */
        {{"\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11}, 0},     /* absurd length */
        {{"\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 12}, 0}, /* 11 bytes of varint */
        {{"\x00\x01", 2}, 0},                                          /* number 0 */
        {{"\x0E\x01", 2}, 0},                                          /* wire type 6 */
        {{"\x0C", 1}, 0},                                              /* end without start */
        {{"\x0B\x14", 2}, 0},                                          /* ends of another group */
        {{"\x0B", 1}, 0},                                              /* never ends */
        {{"\xFF\xFF\xFF\xFF\x7F", 5}, 0},                              /* number past 29 bits */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        PbReader r = pb_reader(cases[i].in);
        PbField f;

        while (pb_next(&r, &f)) {
        }
        CHECK_STATUS(r.st, ST_CORRUPT);
        assert_int_equal(r.pos, cases[i].pos);
        assert_false(pb_next(&r, &f)); /* for good */
    }
}

static void groups_nest_64_deep_and_no_deeper(void **state)
{
    (void)state;
    for (size_t depth = 64; depth <= 65; depth++) {
        char text[200];
        PbReader r;
        PbField f;

        for (size_t i = 0; i < depth; i++) {
            text[i] = 0x0B;
            text[depth + i] = 0x0C;
        }
        r = pb_reader((Str){text, 2 * depth});
        assert_false(pb_next(&r, &f));
        CHECK_STATUS(r.st, depth == 64 ? ST_OK : ST_LIMIT);
    }
}

static void nested_messages_of_any_size_get_their_length(void **state)
{
    static const size_t sizes[] = {0, 1, 127, 128, 16383, 16384, 70000};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *bytes = calloc(1, sizes[i] + 1);
        Buf out;
        PbWriter w;
        PbReader r;
        PbField f;
        size_t mark;

        buf_init(&out, 1 << 20);
        w = pb_writer(&out);
        mark = pb_open(&w, 3);
        CHECK_OK(buf_append(&out, (Str){bytes, sizes[i]}));
        pb_close(&w, mark);
        pb_put_varint(&w, 4, 9);
        CHECK_OK(pb_done(&w));
        r = pb_reader(buf_str(&out));
        assert_true(pb_next(&r, &f));
        assert_int_equal(f.bytes.len, sizes[i]);
        assert_true(pb_next(&r, &f));
        assert_int_equal(f.value, 9);
        buf_deinit(&out);
        free(bytes);
    }
}

static void zigzag_undoes_what_sint_does(void **state)
{
    (void)state;
    assert_true(pb_zigzag(0) == 0 && pb_zigzag(1) == -1 && pb_zigzag(2) == 1);
    assert_true(pb_zigzag(UINT64_MAX) == INT64_MIN && pb_zigzag(UINT64_MAX - 1) == INT64_MAX);
}

/* pb_next() reads the usual fields by itself: bytes behind short heads.  Every head of three bytes,
 * with too little, just enough and more behind it. */
static void the_usual_fields_are_read_like_any_others(void **state)
{
    static const size_t lengths[] = {0, 1, 126, 127, 128, 129, 255, 256, 16383, 16384, 20000};
    static char message[20000];

    (void)state;
    for (unsigned head = 0; head < 1 << 16; head++) {
        message[0] = (char)(head & 0xFF);
        message[1] = (char)(head >> 8);
        message[2] = (char)(head % 251);
        for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
            PbReader usual = pb_reader((Str){message, lengths[i]});
            PbReader any = usual;
            PbField a = {0};
            PbField b = {0};

            assert_int_equal(pb_next(&usual, &a), pb_next_any(&any, &b));
            assert_int_equal(usual.st, any.st);
            assert_int_equal(usual.pos, any.pos);
            assert_int_equal(a.number, b.number);
            assert_int_equal(a.wire, b.wire);
            assert_ptr_equal(a.bytes.ptr, b.bytes.ptr);
            assert_int_equal(a.bytes.len, b.bytes.len);
        }
    }
}

static void a_writer_that_ran_out_of_room_says_so_at_the_end(void **state)
{
    Buf out;
    PbWriter w;
    size_t mark;

    (void)state;
    buf_init(&out, 5);
    w = pb_writer(&out);
    mark = pb_open(&w, 1);
    pb_put_bytes(&w, 1, STR("abcdef"));
    pb_put_varint(&w, 2, 1);
    pb_close(&w, mark);
    CHECK_STATUS(pb_done(&w), ST_LIMIT);
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_of_every_wire_type_are_read),
        cmocka_unit_test(groups_are_skipped_with_what_is_in_them),
        cmocka_unit_test(broken_messages_stop_at_the_broken_field),
        cmocka_unit_test(groups_nest_64_deep_and_no_deeper),
        cmocka_unit_test(nested_messages_of_any_size_get_their_length),
        cmocka_unit_test(the_usual_fields_are_read_like_any_others),
        cmocka_unit_test(zigzag_undoes_what_sint_does),
        cmocka_unit_test(a_writer_that_ran_out_of_room_says_so_at_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
