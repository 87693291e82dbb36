/* SPDX-License-Identifier: Apache-2.0 */
/* What a client takes, and what it gets. */
#include "support/check.h"

#include "http/encoding.h"

#include <string.h>

static void what_a_client_takes(void **state)
{
    static const struct {
        const char *accept;
        Compression how;
    } cases[] = {
        {"", COMPRESSION_NONE},
        {"identity", COMPRESSION_NONE},
        {"br", COMPRESSION_NONE},
        {"gzip", COMPRESSION_GZIP},
        {"gzip, deflate, br, zstd", COMPRESSION_ZSTD},
        {"zstd,gzip", COMPRESSION_ZSTD},
        {" GZIP ;q=0.5 , br", COMPRESSION_GZIP},
        {"zstd;q=0, gzip", COMPRESSION_GZIP},
        {"gzip; Q = 0.000", COMPRESSION_NONE},
        {"gzip;q=x", COMPRESSION_GZIP},
        {"gzippy, zst", COMPRESSION_NONE},
        {",;,=;q=0,", COMPRESSION_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal((int)encoding_accepted(str_from(cases[i].accept)), (int)cases[i].how);
}

/* `len` bytes that are hard (noise) or easy to compress. */
static Response answer_of(size_t len, bool noise, const char *type)
{
    Response r;
    uint32_t dice = 1;

    response_init(&r);
    for (size_t i = 0; i < len; i++) {
        dice = dice * 1664525 + 1013904223;
        CHECK_OK(buf_append_char(&r.body, (char)(noise ? dice >> 24 : 'a' + i % 7)));
    }
    response_type(&r, 200, str_from(type));
    return r;
}

static const char *encoding_of(const Response *r)
{
    for (size_t i = 0; i < r->header_count; i++)
        if (str_eq(r->headers[i].name, STR("Content-Encoding")))
            return r->headers[i].value.ptr;
    return "";
}

static Request asking_for(Pair *header, const char *accept)
{
    *header = (Pair){STR("Accept-Encoding"), str_from(accept)};
    return (Request){.headers = header, .header_count = 1};
}

static void large_json_reads_back(void **state)
{
    static const char *const accepts[] = {"gzip", "zstd"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        Response plain = answer_of(100000, false, "application/json");
        Response r = answer_of(100000, false, "application/json");
        Pair header;
        const Request q = asking_for(&header, accepts[i]);
        Buf back;

        buf_init(&back, 200000);
        response_encode(&q, &r);
        CHECK_STR(str_from(encoding_of(&r)), accepts[i]);
        assert_true(r.body.len < 2000);
        CHECK_OK(decompress(i ? COMPRESSION_ZSTD : COMPRESSION_GZIP, buf_str(&r.body), &back));
        CHECK_SAME(buf_str(&back), buf_str(&plain.body));
        buf_deinit(&back);
        response_deinit(&plain);
        response_deinit(&r);
    }
    assert_int_equal(mem_live(), 0);
}

static void what_is_small_noisy_or_no_json_goes_as_it_is(void **state)
{
    static const struct {
        size_t len;
        bool noise;
        const char *type, *accept;
    } cases[] = {
        {ENCODING_MIN_BYTES - 1, false, "application/json", "gzip"},
        {100000, true, "application/json", "gzip"},
        {100000, true, "application/json", "zstd"},
        {100000, false, "application/json", "br"},
        {100000, false, "application/octet-stream", "gzip"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Response r = answer_of(cases[i].len, cases[i].noise, cases[i].type);
        Pair header;
        const Request q = asking_for(&header, cases[i].accept);

        response_encode(&q, &r);
        CHECK_STR(str_from(encoding_of(&r)), "");
        assert_int_equal(r.body.len, cases[i].len);
        response_deinit(&r);
    }
    assert_int_equal(mem_live(), 0);
}

static void without_memory_it_goes_as_it_is(void **state)
{
    Pair header;
    const Request q = asking_for(&header, "gzip");

    (void)state;
    for (long k = 0;; k++) {
        Response r = answer_of(100000, false, "application/json");
        bool done;

        mem_fail_after(k);
        response_encode(&q, &r);
        mem_fail_after(-1);
        done = *encoding_of(&r) != '\0';
        assert_true(done || r.body.len == 100000);
        response_deinit(&r);
        assert_int_equal(mem_live(), 0);
        if (done)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_client_takes),
        cmocka_unit_test(large_json_reads_back),
        cmocka_unit_test(what_is_small_noisy_or_no_json_goes_as_it_is),
        cmocka_unit_test(without_memory_it_goes_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
