/* SPDX-License-Identifier: Apache-2.0 */
/* Fail the 1st, 2nd, ... allocation of each codec until it succeeds. */
#include "support/check.h"

#include "codec/compress.h"
#include "codec/json_read.h"
#include "codec/utf8.h"

static Status use_gzip(Arena *a, Buf *out)
{
    Status st = compress_into(COMPRESSION_GZIP, 6, STR("hello hello hello"), out);
    Str in = {0};

    if (!st)
        st = arena_copy(a, buf_str(out), &in);
    return st ? st : decompress(COMPRESSION_GZIP, in, out);
}

static Status use_zstd(Arena *a, Buf *out)
{
    Zstd *z = NULL;
    Str in = {0};
    Status st = zstd_new(&z);

    if (!st)
        st = zstd_compress_texts(z, TEXT_EFFORT_MOST, STR("hello hello hello"), out);
    buf_clear(out);
    if (!st)
        st = zstd_compress(z, 3, STR("hello hello hello"), out);
    if (!st)
        st = arena_copy(a, buf_str(out), &in);
    if (!st)
        st = decompress(COMPRESSION_ZSTD, in, out);
    zstd_free(z);
    return st;
}

static Status use_json(Arena *a, Buf *out)
{
    const Json *root = NULL;
    Err err;

    (void)out;
    return json_parse(STR("{\"a\":[1,2,3,4,5,6,7,8,9,\"\\n\",{\"b\":null}],\"\\u00e9\":{}}"), a,
                      &root, &err);
}

static Status use_repair(Arena *a, Buf *out)
{
    Str repaired = {0};
    const Status st = utf8_repair(STR("\xFF\xFF\xFF"), a, &repaired);

    return st ? st : buf_append(out, repaired);
}

static void every_failed_allocation_is_survived(void **state)
{
    static Status (*const uses[])(Arena * a, Buf * out) = {use_gzip, use_zstd, use_json,
                                                           use_repair};

    (void)state;
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        Status st = ST_NOMEM;

        for (long k = 0; st; k++) {
            Arena a;
            Buf out;

            arena_init(&a, 1 << 20);
            buf_init(&out, 1 << 20);
            mem_fail_after(k);
            st = uses[i](&a, &out);
            mem_fail_after(-1);
            if (st)
                CHECK_STATUS(st, ST_NOMEM);
            buf_deinit(&out);
            arena_deinit(&a);
            assert_int_equal(mem_live(), 0);
            assert_in_range(k, 0, 1000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failed_allocation_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
