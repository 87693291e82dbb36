/* SPDX-License-Identifier: Apache-2.0 */
/* Spans to requests and the server's answers. */
#include "support/check.h"
#include "support/spans.h"

#include "codec/json_scan.h"
#include "otlp/decode.h"
#include "otlp/encode.h"

static void round_trip(OtlpEncoding encoding)
{
    const Str pb = read_golden("otlp/request.pb");
    Arena a;
    OtlpResult first;
    OtlpResult second;
    Buf out;
    Err err;

    arena_init(&a, 16 << 20);
    buf_init(&out, 1 << 20);
    CHECK_OK(otlp_decode_protobuf(pb, NULL, &a, &first, &err));
    CHECK_OK(otlp_encode(encoding, first.batch.spans, first.batch.len, &out));
    if (encoding == OTLP_JSON)
        CHECK_OK(otlp_decode_json(buf_str(&out), NULL, &a, &second, &err));
    else
        CHECK_OK(otlp_decode_protobuf(buf_str(&out), NULL, &a, &second, &err));
    assert_int_equal(second.rejected, 0);
    assert_int_equal(second.batch.len, first.batch.len);
    for (size_t i = 0; i < first.batch.len; i++) {
        const char *diff = span_difference(&first.batch.spans[i], &second.batch.spans[i]);

        if (diff)
            fail_msg("span %zu: %s differs", i, diff);
    }
    assert_ptr_equal(second.batch.spans[0].resource, second.batch.spans[1].resource);
    buf_deinit(&out);
    arena_deinit(&a);
    assert_int_equal(mem_live(), 0);
    free_golden(pb);
}

static void the_golden_request_survives_protobuf(void **state)
{
    (void)state;
    round_trip(OTLP_PROTOBUF);
}

static void the_golden_request_survives_json(void **state)
{
    (void)state;
    round_trip(OTLP_JSON);
}

static void text_that_claims_to_be_json_becomes_a_string(void **state)
{
    Attr attr = {STR("k"), {.kind = VALUE_JSON, .as.s = STR("{broken")}};
    const Resource resource = {0};
    const Scope scope = {0};
    const Span span = {.trace_id = {1},
                       .span_id = {1},
                       .attrs = {&attr, 1},
                       .resource = &resource,
                       .scope = &scope};
    OtlpResult result;
    Arena a;
    Buf out;

    (void)state;
    arena_init(&a, 1 << 20);
    buf_init(&out, 1 << 20);
    CHECK_OK(otlp_encode(OTLP_PROTOBUF, &span, 1, &out));
    CHECK_OK(otlp_decode_protobuf(buf_str(&out), NULL, &a, &result, NULL));
    assert_int_equal(result.batch.spans->attrs.items[0].value.kind, VALUE_STR);
    CHECK_STR(result.batch.spans->attrs.items[0].value.as.s, "{broken");
    buf_deinit(&out);
    arena_deinit(&a);
}

static void what_does_not_fit_leaves_the_buffer_as_it_was(void **state)
{
    const Resource resource = {0};
    const Scope scope = {0};
    const Span span = {.trace_id = {1}, .span_id = {1}, .resource = &resource, .scope = &scope};

    (void)state;
    for (int encoding = 0; encoding < 2; encoding++) {
        Buf out;

        buf_init(&out, 40);
        CHECK_OK(buf_append(&out, STR("before")));
        CHECK_STATUS(otlp_encode((OtlpEncoding)encoding, &span, 1, &out), ST_LIMIT);
        CHECK_SAME(buf_str(&out), STR("before"));
        buf_deinit(&out);
    }
}

static void answers_speak_the_encoding_of_the_request(void **state)
{
    Buf out;

    (void)state;
    buf_init(&out, 1000);
    CHECK_OK(otlp_encode_response(OTLP_PROTOBUF, 0, (Str){0}, &out));
    assert_int_equal(out.len, 0);
    CHECK_OK(otlp_encode_response(OTLP_JSON, 0, (Str){0}, &out));
    CHECK_SAME(buf_str(&out), STR("{}"));
    buf_clear(&out);
    CHECK_OK(otlp_encode_response(OTLP_JSON, 12, STR("why"), &out));
    CHECK_SAME(buf_str(&out),
               STR("{\"partialSuccess\":{\"rejectedSpans\":\"12\",\"errorMessage\":\"why\"}}"));
    buf_clear(&out);
    CHECK_OK(otlp_encode_response(OTLP_PROTOBUF, 12, STR("why"), &out));
    CHECK_SAME(buf_str(&out), STR("\x0A\x07\x08\x0C\x12\x03why"));
    buf_clear(&out);
    CHECK_OK(otlp_encode_error(OTLP_JSON, 3, STR("bad \"x\""), &out));
    CHECK_SAME(buf_str(&out), STR("{\"code\":3,\"message\":\"bad \\\"x\\\"\"}"));
    buf_clear(&out);
    CHECK_OK(otlp_encode_error(OTLP_PROTOBUF, 3, STR("bad"), &out));
    CHECK_SAME(buf_str(&out), STR("\x08\x03\x12\x03"
                                  "bad"));
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_request_survives_protobuf),
        cmocka_unit_test(the_golden_request_survives_json),
        cmocka_unit_test(text_that_claims_to_be_json_becomes_a_string),
        cmocka_unit_test(what_does_not_fit_leaves_the_buffer_as_it_was),
        cmocka_unit_test(answers_speak_the_encoding_of_the_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
