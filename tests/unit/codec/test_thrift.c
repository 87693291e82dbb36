/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/thrift.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void write_sample(Buf *out)
{
    ThriftWriter w = thrift_writer(out);

    thrift_begin_struct(&w, THRIFT_BARE);
    thrift_put_i32(&w, 1, -7);
    thrift_put_i64(&w, 2, INT64_MIN);
    thrift_put_bool(&w, 5, true);
    thrift_put_bytes(&w, 40, STR("far away"));
    thrift_begin_list(&w, 41, THRIFT_I32, 20);
    for (int32_t i = 0; i < 20; i++)
        thrift_put_i32(&w, THRIFT_BARE, i * 1000);
    thrift_begin_struct(&w, 42);
    thrift_put_byte(&w, 1, -1);
    thrift_put_i16(&w, 2, INT16_MAX);
    thrift_put_bool(&w, 3, false);
    thrift_end_struct(&w);
    thrift_begin_list(&w, 43, THRIFT_TRUE, 3);
    thrift_put_bool(&w, THRIFT_BARE, true);
    thrift_put_bool(&w, THRIFT_BARE, false);
    thrift_put_bool(&w, THRIFT_BARE, true);
    thrift_put_empty(&w, 44);
    thrift_end_struct(&w);
    assert_int_equal(w.st, ST_OK);
}

static void read_inner(ThriftReader *r)
{
    ThriftField f = {0};

    assert_true(thrift_next(r, &f));
    assert_int_equal(thrift_i64(r, f.type), -1);
    assert_true(thrift_next(r, &f));
    assert_int_equal(thrift_i32(r, f.type), INT16_MAX);
    assert_true(thrift_next(r, &f));
    assert_int_equal(f.id, 3);
    assert_false(thrift_bool(r, f.type));
    assert_false(thrift_next(r, &f));
}

static void what_was_written_is_read(void **state)
{
    ThriftField f = {0};
    ThriftType element;
    ThriftReader r;
    Buf b;

    (void)state;
    buf_init(&b, 4096);
    write_sample(&b);
    r = thrift_reader(buf_str(&b));
    assert_true(thrift_next(&r, &f));
    assert_int_equal(f.id, 1);
    assert_int_equal(thrift_i32(&r, f.type), -7);
    assert_true(thrift_next(&r, &f));
    assert_true(thrift_i64(&r, f.type) == INT64_MIN);
    assert_true(thrift_next(&r, &f));
    assert_int_equal(f.id, 5);
    assert_true(thrift_bool(&r, f.type));
    assert_true(thrift_next(&r, &f));
    assert_int_equal(f.id, 40);
    assert_true(str_eq(thrift_bytes(&r, f.type), STR("far away")));
    assert_true(thrift_next(&r, &f));
    assert_int_equal(thrift_list(&r, f.type, &element), 20);
    for (int32_t i = 0; i < 20; i++)
        assert_int_equal(thrift_i32(&r, element), i * 1000);
    assert_true(thrift_next(&r, &f));
    assert_true(thrift_struct(&r, f.type));
    read_inner(&r);
    assert_true(thrift_next(&r, &f));
    assert_int_equal(thrift_list(&r, f.type, &element), 3);
    assert_true(thrift_bool_element(&r, element));
    assert_false(thrift_bool_element(&r, element));
    assert_true(thrift_bool_element(&r, element));
    assert_true(thrift_next(&r, &f));
    thrift_skip(&r, f.type);
    assert_false(thrift_next(&r, &f));
    assert_int_equal(r.st, ST_OK);
    assert_int_equal(thrift_position(&r), b.len);
    buf_deinit(&b);
}

static void every_field_can_be_skipped(void **state)
{
    ThriftField f = {0};
    ThriftReader r;
    Buf b;

    (void)state;
    buf_init(&b, 4096);
    write_sample(&b);
    r = thrift_reader(buf_str(&b));
    while (thrift_next(&r, &f))
        thrift_skip(&r, f.type);
    assert_int_equal(r.st, ST_OK);
    assert_int_equal(thrift_position(&r), b.len);
    buf_deinit(&b);
}

static void cut_input_is_an_error_wherever_it_is_cut(void **state)
{
    Buf b;

    (void)state;
    buf_init(&b, 4096);
    write_sample(&b);
    for (size_t len = 0; len < b.len; len++) {
        ThriftReader r = thrift_reader(str_slice(buf_str(&b), 0, len));
        ThriftField f = {0};

        while (thrift_next(&r, &f))
            thrift_skip(&r, f.type);
        assert_int_equal(r.st, ST_CORRUPT);
    }
    buf_deinit(&b);
}

static void the_wrong_type_is_corrupt(void **state)
{
    const char bytes[] = {0x15, 0x02, 0x00}; /* field 1: i32 1 */
    ThriftReader r = thrift_reader((Str){bytes, sizeof bytes});
    ThriftField f = {0};

    (void)state;
    assert_true(thrift_next(&r, &f));
    assert_int_equal(thrift_bytes(&r, f.type).len, 0);
    assert_int_equal(r.st, ST_CORRUPT);
    assert_false(thrift_next(&r, &f));
}

static void a_number_out_of_range_is_corrupt(void **state)
{
    Buf b;
    ThriftWriter w;
    ThriftReader r;
    ThriftField f = {0};

    (void)state;
    buf_init(&b, 100);
    w = thrift_writer(&b);
    thrift_begin_struct(&w, THRIFT_BARE);
    thrift_put_i64(&w, 1, (int64_t)INT32_MAX + 1);
    thrift_end_struct(&w);
    r = thrift_reader(buf_str(&b));
    assert_true(thrift_next(&r, &f));
    assert_int_equal(thrift_i32(&r, f.type), 0);
    assert_int_equal(r.st, ST_CORRUPT);
    buf_deinit(&b);
}

static void lists_longer_than_the_input_are_refused(void **state)
{
    const char bytes[] = {0x19, (char)0xf5, (char)0xff, (char)0xff, (char)0xff, 0x07, 0x00};
    ThriftReader r = thrift_reader((Str){bytes, sizeof bytes});
    ThriftField f = {0};
    ThriftType element;

    (void)state;
    assert_true(thrift_next(&r, &f));
    assert_int_equal(thrift_list(&r, f.type, &element), 0);
    assert_int_equal(r.st, ST_CORRUPT);
}

static void deep_nesting_ends_in_a_limit(void **state)
{
    char bytes[1000];
    ThriftReader r = thrift_reader((Str){bytes, sizeof bytes});
    ThriftField f = {0};

    (void)state;
    memset(bytes, 0x1c, sizeof bytes); /* field +1: struct */
    assert_true(thrift_next(&r, &f));
    thrift_skip(&r, f.type);
    assert_int_equal(r.st, ST_LIMIT);
    memset(bytes, 0x19, sizeof bytes); /* list of one list */
    r = thrift_reader((Str){bytes, sizeof bytes});
    f = (ThriftField){0};
    assert_true(thrift_next(&r, &f));
    thrift_skip(&r, f.type);
    assert_int_equal(r.st, ST_LIMIT);
}

static void maps_are_skipped(void **state)
{
    /* field 1: map of 2 binary -> i32; field 2: an empty map; field 3: true */
    const char bytes[] = {0x1b, 0x02, (char)0x85, 1, 'a', 2, 1, 'b', 4, 0x1b, 0x00, 0x11, 0x00};
    ThriftReader r = thrift_reader((Str){bytes, sizeof bytes});
    ThriftField f = {0};

    (void)state;
    assert_true(thrift_next(&r, &f));
    thrift_skip(&r, f.type);
    assert_true(thrift_next(&r, &f));
    thrift_skip(&r, f.type);
    assert_true(thrift_next(&r, &f));
    assert_true(thrift_bool(&r, f.type));
    assert_false(thrift_next(&r, &f));
    assert_int_equal(r.st, ST_OK);
}

static void a_full_buffer_is_told_once_at_the_end(void **state)
{
    Buf b;
    ThriftWriter w;

    (void)state;
    buf_init(&b, 4);
    w = thrift_writer(&b);
    thrift_begin_struct(&w, THRIFT_BARE);
    thrift_put_bytes(&w, 1, STR("does not fit"));
    thrift_put_i32(&w, 2, 1);
    thrift_end_struct(&w);
    assert_int_equal(w.st, ST_LIMIT);
    buf_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(every_field_can_be_skipped),
        cmocka_unit_test(cut_input_is_an_error_wherever_it_is_cut),
        cmocka_unit_test(the_wrong_type_is_corrupt),
        cmocka_unit_test(a_number_out_of_range_is_corrupt),
        cmocka_unit_test(lists_longer_than_the_input_are_refused),
        cmocka_unit_test(deep_nesting_ends_in_a_limit),
        cmocka_unit_test(maps_are_skipped),
        cmocka_unit_test(a_full_buffer_is_told_once_at_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
