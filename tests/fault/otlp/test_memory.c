/* SPDX-License-Identifier: Apache-2.0 */
/* Fail the 1st, 2nd, ... allocation of everything that otlp/ does until it all
 * succeeds: ST_NOMEM, nothing leaks, nothing crashes. */
#include "support/check.h"

#include "otlp/decode.h"
#include "otlp/encode.h"
#include "otlp/normalise.h"

static Status whole_way(Str body, bool json, Arena *a, Buf *out)
{
    OtlpResult result;
    Err err;
    Status st = json ? otlp_decode_json(body, NULL, a, &result, &err)
                     : otlp_decode_protobuf(body, NULL, a, &result, &err);

    if (!st)
        st = otlp_normalise(result.batch, a);
    if (!st)
        st = otlp_encode(OTLP_JSON, result.batch.spans, result.batch.len, out);
    return st;
}

static void fail_each(const char *golden, bool json)
{
    const Str body = read_golden(golden);
    Status st = ST_NOMEM;

    for (long k = 0; st; k++) {
        Arena a;
        Buf out;

        arena_init(&a, 16 << 20);
        buf_init(&out, 1 << 20);
        mem_fail_after(k);
        st = whole_way(body, json, &a, &out);
        mem_fail_after(-1);
        if (st)
            CHECK_STATUS(st, ST_NOMEM);
        buf_deinit(&out);
        arena_deinit(&a);
        assert_int_equal(mem_live(), 0);
        assert_in_range(k, 0, 100000);
    }
    free_golden(body);
}

static void every_failed_allocation_is_survived_with_protobuf(void **state)
{
    (void)state;
    fail_each("otlp/request.pb", false);
}

static void every_failed_allocation_is_survived_with_json(void **state)
{
    (void)state;
    fail_each("otlp/request.json", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failed_allocation_is_survived_with_protobuf),
        cmocka_unit_test(every_failed_allocation_is_survived_with_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
