/* SPDX-License-Identifier: Apache-2.0 */
/* Log files as bytes: what is written is found again, and damage is never
 * taken for a record. */
#include "store/record.h"
#include "support/check.h"

#include <string.h>

enum { RECORDS = 4 };
static const uint64_t salt = 0x1234567890abcdef;

static void put_record(Buf *b, uint64_t seq, Str payload)
{
    LogRecord r = {.seq = seq,
                   .project_id = -3,
                   .received_ns = INT64_MIN,
                   .kind = 9,
                   .raw_len = (uint32_t)payload.len,
                   .payload_sum = log_payload_sum(payload),
                   .payload = payload};
    char header[LOG_RECORD_HEADER_BYTES];

    log_record_encode(&r, salt, header);
    CHECK_OK(buf_append(b, (Str){header, sizeof header}));
    CHECK_OK(buf_append(b, payload));
}

static void put_file(Buf *b)
{
    static const char *const payloads[RECORDS] = {"first", "", "the third VREC one", "last"};
    char header[LOG_FILE_HEADER_BYTES];

    buf_init(b, 1 << 20);
    log_file_header_encode(&(LogFileHeader){salt, 41}, header);
    CHECK_OK(buf_append(b, (Str){header, sizeof header}));
    for (uint64_t i = 0; i < RECORDS; i++)
        put_record(b, i + 1, str_from(payloads[i]));
}

/* Seqs of the records found, as decimal digits; bad regions as !, a tail as ~. */
static void walk(Str file, char *out)
{
    LogScan scan;
    LogFound found;

    CHECK_OK(log_scan_open(file, &scan));
    for (;;) {
        switch (log_scan_next(&scan, &found)) {
        case LOG_FIND_END:
            *out = '\0';
            return;
        case LOG_FIND_RECORD:
            *out++ = (char)('0' + found.record.seq % 10);
            assert_int_equal(found.record.project_id, -3);
            break;
        case LOG_FIND_BAD:
            *out++ = '!';
            break;
        case LOG_FIND_TAIL:
            *out++ = '~';
            break;
        }
    }
}

static void records_are_found_in_order(void **state)
{
    Buf b;
    LogScan scan;
    LogFound found;

    (void)state;
    put_file(&b);
    CHECK_OK(log_scan_open(buf_str(&b), &scan));
    assert_true(scan.has_header);
    assert_int_equal(scan.header.after_seq, 41);
    assert_int_equal(log_scan_next(&scan, &found), LOG_FIND_RECORD);
    assert_int_equal(found.offset, LOG_FILE_HEADER_BYTES);
    assert_int_equal(found.record.received_ns, INT64_MIN);
    assert_int_equal(found.record.kind, 9);
    CHECK_STR(found.record.payload, "first");
    buf_deinit(&b);
}

static void a_cut_anywhere_is_a_torn_tail(void **state)
{
    Buf b;
    char seen[64];

    (void)state;
    put_file(&b);
    for (size_t len = LOG_FILE_HEADER_BYTES; len < b.len; len++) {
        walk(str_slice(buf_str(&b), 0, len), seen);
        assert_true(strncmp(seen, "1234", strcspn(seen, "~")) == 0);
        assert_null(strchr(seen, '!'));
    }
    buf_deinit(&b);
}

/* Each flipped bit costs one record at most, and is seen. */
static void every_flipped_bit_is_noticed_and_the_rest_is_found(void **state)
{
    Buf b;
    char seen[64];

    (void)state;
    put_file(&b);
    for (size_t bit = 0; bit < b.len * 8; bit++) {
        size_t records = 0;

        b.data[bit / 8] ^= (char)(1 << bit % 8);
        walk(buf_str(&b), seen);
        b.data[bit / 8] ^= (char)(1 << bit % 8);
        for (const char *c = seen; *c; c++)
            records += *c >= '1' && *c <= '4';
        assert_true(records >= RECORDS - 1);
        assert_string_not_equal(seen, "1234");
    }
    buf_deinit(&b);
}

static void damage_in_the_middle_is_told_from_a_torn_tail(void **state)
{
    Buf b;
    char seen[64];

    (void)state;
    put_file(&b);
    b.data[LOG_FILE_HEADER_BYTES + LOG_RECORD_HEADER_BYTES] ^= 1; /* "first" */
    walk(buf_str(&b), seen);
    assert_string_equal(seen, "!234");
    b.data[b.len - 1] ^= 1; /* "last" */
    walk(buf_str(&b), seen);
    assert_string_equal(seen, "!23~");
    buf_deinit(&b);
}

/* A body that looks like a record must stay a body, damaged or not. */
static void a_body_cannot_pretend_to_be_a_record(void **state)
{
    Buf inner;
    Buf b;
    char header[LOG_FILE_HEADER_BYTES];
    char seen[64];

    (void)state;
    put_file(&inner);
    buf_init(&b, 1 << 20);
    log_file_header_encode(&(LogFileHeader){salt + 1, 0}, header);
    CHECK_OK(buf_append(&b, (Str){header, sizeof header}));
    put_record(&b, 5, buf_str(&inner)); /* with the other file's salt: not ours */
    walk(buf_str(&b), seen);
    assert_string_equal(seen, "~");
    buf_deinit(&b);
    buf_deinit(&inner);
}

static void a_damaged_file_header_costs_no_record(void **state)
{
    Buf b;
    char seen[64];

    (void)state;
    put_file(&b);
    memset(b.data, 0, LOG_FILE_HEADER_BYTES);
    walk(buf_str(&b), seen);
    assert_string_equal(seen, "!1234");
    buf_deinit(&b);
}

static void a_body_comes_back_and_lies_about_it_are_refused(void **state)
{
    static const char frame[] = "\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello"; /* zstd, raw block */
    LogRecord r = {.payload = STR("hello")};
    Buf b;

    (void)state;
    buf_init(&b, 1 << 20);
    CHECK_OK(log_record_body(&r, &b));
    CHECK_STR(buf_str(&b), "hello");
    r.flags = LOG_FLAG_ZSTD;
    r.payload = (Str){frame, sizeof frame - 1};
    r.raw_len = 5;
    CHECK_OK(log_record_body(&r, &b));
    CHECK_STR(buf_str(&b), "hellohello");
    r.raw_len = 6;
    CHECK_STATUS(log_record_body(&r, &b), ST_CORRUPT);
    r.raw_len = LOG_MAX_BODY_BYTES;
    CHECK_STATUS(log_record_body(&r, &b), ST_LIMIT);
    r.flags = 2;
    CHECK_STATUS(log_record_body(&r, &b), ST_UNSUPPORTED);
    CHECK_STR(buf_str(&b), "hellohello");
    buf_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_found_in_order),
        cmocka_unit_test(a_cut_anywhere_is_a_torn_tail),
        cmocka_unit_test(every_flipped_bit_is_noticed_and_the_rest_is_found),
        cmocka_unit_test(damage_in_the_middle_is_told_from_a_torn_tail),
        cmocka_unit_test(a_body_cannot_pretend_to_be_a_record),
        cmocka_unit_test(a_damaged_file_header_costs_no_record),
        cmocka_unit_test(a_body_comes_back_and_lies_about_it_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
