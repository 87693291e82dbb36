/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to spans: the golden request in both encodings, bad spans, limits. */
#include "support/check.h"
#include "support/spans.h"

#include "codec/protobuf.h"
#include "otlp/decode.h"

#include <math.h>

typedef struct Decoded {
    Arena arena;
    OtlpResult result;
    Err err;
    Status st;
} Decoded;

static Decoded decode(Str body, bool json, const OtlpLimits *limits)
{
    Decoded d = {.st = ST_OK};

    arena_init(&d.arena, 256 << 20);
    d.st = json ? otlp_decode_json(body, limits, &d.arena, &d.result, &d.err)
                : otlp_decode_protobuf(body, limits, &d.arena, &d.result, &d.err);
    return d;
}

static Decoded decode_json(const char *text)
{
    return decode(str_from(text), true, NULL);
}

static void done(Decoded *d)
{
    arena_deinit(&d->arena);
    assert_int_equal(mem_live(), 0);
}

static const Value *attr(const Span *s, const char *key)
{
    const Value *v = attr_find(s->attrs, str_from(key));

    if (!v)
        fail_msg("no attribute %s", key);
    return v;
}

static void both_encodings_of_the_golden_request_give_the_same_spans(void **state)
{
    const Str pb = read_golden("otlp/request.pb");
    const Str text = read_golden("otlp/request.json");
    Decoded a = decode(pb, false, NULL);
    Decoded b = decode(text, true, NULL);

    (void)state;
    CHECK_OK(a.st);
    if (b.st)
        fail_msg("%s", b.err.msg);
    assert_int_equal(a.result.batch.len, 3);
    assert_int_equal(b.result.batch.len, 3);
    for (size_t i = 0; i < 3; i++) {
        const char *diff = span_difference(&a.result.batch.spans[i], &b.result.batch.spans[i]);

        if (diff)
            fail_msg("span %zu: %s differs", i, diff);
    }
    CHECK_STR(a.result.project, "Concept Project");
    CHECK_STR(b.result.project, "Concept Project");
    arena_deinit(&a.arena);
    done(&b);
    free_golden(pb);
    free_golden(text);
}

static void every_kind_of_value_is_kept(void **state)
{
    const Str pb = read_golden("otlp/request.pb");
    Decoded d = decode(pb, false, NULL);
    const Span *s = &d.result.batch.spans[0];

    (void)state;
    CHECK_STR(attr(s, "text")->as.s, "Grüße, 世界 \xF0\x9F\x98\x80\n\"quoted\" \\ </script>");
    assert_int_equal(attr(s, "empty")->kind, VALUE_STR);
    assert_true(attr(s, "yes")->as.b);
    assert_false(attr(s, "no")->as.b);
    assert_true(attr(s, "largest")->as.i == INT64_MAX);
    assert_true(attr(s, "smallest")->as.i == INT64_MIN);
    assert_true(attr(s, "tiny")->as.d == 5e-324);
    assert_true(isnan(attr(s, "nan")->as.d));
    assert_true(attr(s, "minus infinity")->as.d == -INFINITY);
    assert_int_equal(attr(s, "bytes")->as.s.len, 7);
    assert_int_equal(attr(s, "nothing")->kind, VALUE_NONE);
    CHECK_STR(attr(s, "array")->as.s,
              "[\"a\",1,2.0,true,null,{\"bytes\":\"/wA=\"},[1,[2,[3]]],{\"k\":\"v\"}]");
    CHECK_STR(attr(s, "map")->as.s,
              "{\"a\":1,\"b\":{\"c\":[1.5,{\"d\":\"e\"}]},\"\":\"empty key\"}");
    CHECK_STR(attr(s, "empty array")->as.s, "[]");
    CHECK_STR(attr(s, "empty map")->as.s, "{}");
    CHECK_STR(s->resource->service_name, "golden");
    assert_int_equal(s->dropped_attributes, 3);
    assert_int_equal(s->flags, 0x101);
    CHECK_STR(
        s->links_json,
        "[{\"trace_id\":\"100f0e0d0c0b0a090807060504030201\",\"span_id\":\"0807060504030201\","
        "\"trace_state\":\"other=2\",\"flags\":1,\"attributes\":{\"why\":\"retry\",\"n\":2},"
        "\"dropped_attributes\":7}]");
    assert_true(
        str_starts(s->events_json, STR("[{\"time\":\"2023-11-14T22:13:20.123457289Z\",\"name\":"
                                       "\"exception\",\"attributes\":{\"exception.type\":")));
    assert_true(span_is_root(s));
    done(&d);
    free_golden(pb);
}

static void the_example_of_the_specification_is_read(void **state)
{
    const Str text = read_golden("otlp/example.json");
    Decoded d = decode(text, true, NULL);
    const Span *s = d.result.batch.spans;

    (void)state;
    CHECK_OK(d.st);
    assert_int_equal(d.result.batch.len, 1);
    CHECK_STR(s->name, "I'm a server span");
    assert_int_equal(s->otel_kind, 2);
    assert_int_equal(s->trace_id[0], 0x5B);
    assert_int_equal(s->parent_id[7], 0x73);
    assert_int_equal(span_duration_ns(s), 1000000000);
    CHECK_STR(s->resource->service_name, "my.service");
    CHECK_STR(s->scope->version, "1.0.0");
    done(&d);
    free_golden(text);
}

static void snake_case_names_and_enum_names_are_understood(void **state)
{
    Decoded d = decode_json(
        "{\"resource_spans\":[{\"scope_spans\":[{\"spans\":[{"
        "\"trace_id\":\"00000000000000000000000000000001\",\"span_id\":\"0000000000000002\","
        "\"name\":\"n\",\"kind\":\"SPAN_KIND_CLIENT\",\"start_time_unix_nano\":1544712660000000000,"
        "\"end_time_unix_nano\":1.544712661e18,\"status\":{\"code\":\"STATUS_CODE_ERROR\"},"
        "\"dropped_attributes_count\":\"3\",\"unknown\":{\"deep\":[1,{}]}}]}]}]}");

    (void)state;
    CHECK_OK(d.st);
    assert_int_equal(d.result.batch.len, 1);
    assert_int_equal(d.result.batch.spans->otel_kind, 3);
    assert_int_equal(d.result.batch.spans->status, SPAN_ERROR);
    assert_int_equal(d.result.batch.spans->dropped_attributes, 3);
    assert_int_equal(span_duration_ns(d.result.batch.spans), 1000000000);
    done(&d);
}

static void members_may_come_in_any_order(void **state)
{
    Decoded d = decode_json(
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"attributes\":[{\"value\":{"
        "\"kvlistValue\":"
        "{\"values\":[{\"value\":{\"intValue\":1},\"key\":\"late\"},{\"value\":{\"arrayValue\":{}},"
        "\"key\":\"a\\\"b\"}]}},\"key\":\"m\"}],\"spanId\":\"0000000000000002\","
        "\"traceId\":\"00000000000000000000000000000001\"}],\"scope\":{\"name\":\"after\"}}],"
        "\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":"
        "\"svc\"}}]}}]}");
    const Span *s = d.result.batch.spans;

    (void)state;
    if (d.st)
        fail_msg("%s", d.err.msg);
    CHECK_STR(attr(s, "m")->as.s, "{\"late\":1,\"a\\\"b\":[]}");
    CHECK_STR(s->scope->name, "after");
    CHECK_STR(s->resource->service_name, "svc");
    done(&d);
}

#define IDS         "\"traceId\":\"00000000000000000000000000000001\",\"spanId\":\"0000000000000002\""
#define SPANS(list) "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[" list "]}]}]}"

static void a_bad_span_is_named_and_the_others_stay(void **state)
{
    static const struct {
        const char *span;
        const char *message;
    } cases[] = {
        {"{\"spanId\":\"0000000000000002\"}", "traceId: must be 16 bytes, not all zero"},
        {"{\"traceId\":\"00\",\"spanId\":\"0000000000000002\"}", "traceId: must be 32 hex digits"},
        {"{" IDS ",\"parentSpanId\":\"zz\"}", "parentSpanId: must be 16 hex digits"},
        {"{" IDS ",\"name\":7}", "name: must be a string"},
        {"{" IDS ",\"startTimeUnixNano\":-1}",
         "startTimeUnixNano: must be an unsigned integer of at most 64 bits"},
        {"{" IDS ",\"endTimeUnixNano\":\"9223372036854775808\"}",
         "endTimeUnixNano: must be between 1970-01-01 and 2262-04-11 in nanoseconds"},
        {"{" IDS ",\"attributes\":{\"a\":[{}]}}", "attributes: must be an array"},
        {"{" IDS ",\"attributes\":[{\"key\":\"k\",\"value\":{\"intValue\":\"x\"}}]}",
         "attributes[0].value: intValue must be an integer of at most 64 bits"},
        {"{" IDS ",\"attributes\":[{\"key\":\"k\",\"value\":{\"bytesValue\":\"!\"}}]}",
         "attributes[0].value: bytesValue must be base64"},
        {"{" IDS ",\"kind\":{}}", "kind: must be an enum's number or name"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char body[1024];
        char expected[256];
        Decoded d;

        (void)snprintf(body, sizeof body, SPANS("{" IDS ",\"name\":\"good\"},%s,{" IDS "}"),
                       cases[i].span);
        (void)snprintf(expected, sizeof expected, "resourceSpans[0].scopeSpans[0].spans[1].%s",
                       cases[i].message);
        d = decode_json(body);
        if (d.st)
            fail_msg("%s: %s", cases[i].span, d.err.msg);
        assert_int_equal(d.result.batch.len, 2);
        assert_int_equal(d.result.rejected, 1);
        CHECK_STR(str_from(d.result.message), expected);
        done(&d);
    }
}

static void a_wrong_type_outside_a_span_refuses_the_request_by_name(void **state)
{
    static const char *const cases[][2] = {
        {"{\"resourceSpans\":7}", "resourceSpans: must be an array"},
        {"{\"resourceSpans\":[7]}", "resourceSpans: must be an array of objects"},
        {"{\"resourceSpans\":[{\"resource\":{\"attributes\":3}}]}",
         "resourceSpans[0].resource.attributes: must be an array"},
        {"{\"resourceSpans\":[{},{\"scopeSpans\":\"x\"}]}",
         "resourceSpans[1].scopeSpans: must be an array"},
        {SPANS("7"), "resourceSpans[0].scopeSpans.spans: must be an array of objects"},
        {"[]", "the request must be a JSON object"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Decoded d = decode_json(cases[i][0]);

        CHECK_STATUS(d.st, ST_INVALID);
        CHECK_STR(str_from(d.err.msg), cases[i][1]);
        done(&d);
    }
}

static void broken_json_is_refused_with_its_place(void **state)
{
    static const char *const cases[] = {"",    "{",   "{\"resourceSpans\":[}",
                                        "{}x", "nul", "{\"a\" 1}"};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Decoded d = decode_json(cases[i]);

        CHECK_STATUS(d.st, ST_CORRUPT);
        assert_true(str_starts(str_from(d.err.msg), STR("not valid JSON at byte ")));
        done(&d);
    }
}

static void an_empty_request_is_no_span(void **state)
{
    Decoded a = decode_json("{}");
    Decoded b = decode((Str){0}, false, NULL);

    (void)state;
    CHECK_OK(a.st);
    CHECK_OK(b.st);
    assert_int_equal(a.result.batch.len + b.result.batch.len, 0);
    arena_deinit(&a.arena);
    done(&b);
}

static void every_cut_of_a_protobuf_request_is_refused_or_shorter(void **state)
{
    const Str pb = read_golden("otlp/request.pb");
    size_t refused = 0;

    (void)state;
    for (size_t len = 0; len < pb.len; len++) {
        Decoded d = decode(str_slice(pb, 0, len), false, NULL);

        if (d.st) {
            CHECK_STATUS(d.st, ST_CORRUPT);
            assert_true(str_starts(str_from(d.err.msg), STR("malformed protobuf at byte ")));
            refused++;
        }
        done(&d);
    }
    assert_in_range(refused, pb.len - 3, pb.len);
    free_golden(pb);
}

/* A span made by hand, so that it can be made wrongly. */
typedef struct Made {
    Buf buf;
    PbWriter w;
    size_t marks[3];
} Made;

static void made_open(Made *m)
{
    buf_init(&m->buf, 64 << 20);
    m->w = pb_writer(&m->buf);
    m->marks[0] = pb_open(&m->w, 1);
    m->marks[1] = pb_open(&m->w, 2);
    m->marks[2] = pb_open(&m->w, 2);
    pb_put_bytes(&m->w, 1, STR("0123456789abcdef"));
    pb_put_bytes(&m->w, 2, STR("01234567"));
}

static Decoded made_decode(Made *m, const OtlpLimits *limits)
{
    pb_close(&m->w, m->marks[2]);
    pb_close(&m->w, m->marks[1]);
    pb_close(&m->w, m->marks[0]);
    CHECK_OK(pb_done(&m->w));
    return decode(buf_str(&m->buf), false, limits);
}

static void made_done(Made *m, Decoded *d)
{
    buf_deinit(&m->buf);
    done(d);
}

static void an_end_before_the_start_becomes_the_start(void **state)
{
    Made m;
    Decoded d;

    (void)state;
    made_open(&m);
    pb_put_fixed64(&m.w, 7, 500);
    pb_put_fixed64(&m.w, 8, 400);
    d = made_decode(&m, NULL);
    CHECK_OK(d.st);
    assert_int_equal(d.result.batch.spans->end_ns, 500);
    made_done(&m, &d);
}

static void a_time_beyond_2262_is_rejected(void **state)
{
    Made m;
    Decoded d;

    (void)state;
    made_open(&m);
    pb_put_fixed64(&m.w, 7, UINT64_C(1) << 63);
    d = made_decode(&m, NULL);
    CHECK_OK(d.st);
    assert_int_equal(d.result.batch.len, 0);
    assert_int_equal(d.result.rejected, 1);
    assert_true(str_ends(str_from(d.result.message), STR("in nanoseconds")));
    made_done(&m, &d);
}

/* Bad spans leave their slot of the array to the next one. */
static void nothing_of_a_bad_span_stays_behind(void **state)
{
    Made m;
    Decoded d;

    (void)state;
    made_open(&m);
    pb_put_bytes(&m.w, 4, STR("short"));
    pb_put_bytes(&m.w, 5, STR("bad"));
    pb_put_varint(&m.w, 10, 7);
    pb_close(&m.w, m.marks[2]);
    m.marks[2] = pb_open(&m.w, 2);
    pb_put_bytes(&m.w, 1, STR("0123456789abcdef"));
    pb_put_bytes(&m.w, 2, STR("01234567"));
    d = made_decode(&m, NULL);
    CHECK_OK(d.st);
    assert_int_equal(d.result.batch.len, 1);
    CHECK_STR(str_from(d.result.message),
              "resourceSpans[0].scopeSpans[0].spans[0].parentSpanId: must be 8 bytes");
    CHECK_STR(d.result.batch.spans->name, "");
    assert_int_equal(d.result.batch.spans->dropped_attributes, 0);
    made_done(&m, &d);
}

static void text_that_is_not_utf8_is_repaired(void **state)
{
    Made m;
    Decoded d;

    (void)state;
    made_open(&m);
    pb_put_bytes(&m.w, 5, STR("a\xFFz"));
    d = made_decode(&m, NULL);
    CHECK_OK(d.st);
    CHECK_STR(d.result.batch.spans->name, "a\xEF\xBF\xBDz");
    made_done(&m, &d);
}

static void text_that_is_not_utf8_is_repaired_in_json_too(void **state)
{
    Decoded d = decode_json(SPANS("{" IDS ",\"name\":\"a\xFFz\\n\"}"));

    (void)state;
    CHECK_OK(d.st);
    CHECK_STR(d.result.batch.spans->name, "a\xEF\xBF\xBDz\n");
    done(&d);
}

static void attributes_past_the_limit_are_counted(void **state)
{
    Made m;
    Decoded d;

    (void)state;
    made_open(&m);
    for (int i = 0; i < 100000; i++) {
        const size_t mark = pb_open(&m.w, 9);

        pb_put_bytes(&m.w, 1, STR("k"));
        pb_close(&m.w, mark);
    }
    pb_put_varint(&m.w, 10, UINT32_MAX - 5);
    d = made_decode(&m, NULL);
    CHECK_OK(d.st);
    assert_int_equal(d.result.batch.spans->attrs.len, 10000);
    assert_true(d.result.batch.spans->dropped_attributes == UINT32_MAX);
    made_done(&m, &d);
}

/* `levels` arrays in each other, around nothing. */
static void put_nested(PbWriter *w, size_t levels)
{
    size_t marks[400];
    size_t any[400];

    for (size_t i = 0; i < levels; i++) {
        any[i] = pb_open(w, i ? 1 : 2);
        marks[i] = pb_open(w, 5);
    }
    for (size_t i = levels; i-- > 0;) {
        pb_close(w, marks[i]);
        pb_close(w, any[i]);
    }
}

static Decoded decode_nested(Made *m, size_t levels)
{
    size_t mark;

    made_open(m);
    mark = pb_open(&m->w, 9);
    put_nested(&m->w, levels);
    pb_close(&m->w, mark);
    return made_decode(m, NULL);
}

static void values_nest_64_deep_and_no_deeper(void **state)
{
    Made m;
    Decoded d = decode_nested(&m, 64);

    (void)state;
    CHECK_OK(d.st);
    assert_int_equal(d.result.batch.len, 1);
    assert_int_equal(d.result.batch.spans->attrs.items[0].value.as.s.len, 128);
    made_done(&m, &d);
    d = decode_nested(&m, 65);
    CHECK_OK(d.st);
    assert_int_equal(d.result.batch.len, 0);
    CHECK_STR(str_from(d.result.message),
              "resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value: nested too deep");
    made_done(&m, &d);
}

static void json_values_nest_64_deep_and_no_deeper(void **state)
{
    (void)state;
    for (int levels = 64; levels <= 65; levels++) {
        static char body[16384];
        size_t n = (size_t)snprintf(body, sizeof body, "%s",
                                    "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{" IDS
                                    ",\"attributes\":[{\"key\":\"k\",\"value\":{");
        Decoded d;

        for (int i = 0; i < levels; i++)
            n += (size_t)snprintf(body + n, sizeof body - n, "%s", "\"arrayValue\":{\"values\":[{");
        for (int i = 0; i < levels; i++)
            n += (size_t)snprintf(body + n, sizeof body - n, "%s", "}]}");
        (void)snprintf(body + n, sizeof body - n, "%s", "}}]},{" IDS "}]}]}]}");
        d = decode_json(body);
        if (d.st)
            fail_msg("%s", d.err.msg);
        assert_int_equal(d.result.batch.len, levels == 64 ? 2 : 1);
        done(&d);
    }
}

static void too_many_spans_and_bytes_are_refused_as_a_whole(void **state)
{
    const OtlpLimits spans = {.max_spans = 1};
    const OtlpLimits bytes = {.max_body = 10};
    const Str text = STR(SPANS("{" IDS "},{" IDS "}"));
    Decoded d = decode(text, true, &spans);

    (void)state;
    CHECK_STATUS(d.st, ST_LIMIT);
    done(&d);
    d = decode(text, true, &bytes);
    CHECK_STATUS(d.st, ST_LIMIT);
    done(&d);
}

static void a_full_arena_is_a_limit_and_not_out_of_memory(void **state)
{
    const Str pb = read_golden("otlp/request.pb");
    const Str text = read_golden("otlp/request.json");
    Err err;
    OtlpResult result;

    (void)state;
    for (size_t limit = 0; limit < 6000; limit += 100) {
        Arena a;

        arena_init(&a, limit);
        if (otlp_decode_protobuf(pb, NULL, &a, &result, &err))
            assert_int_equal(err.code, ST_LIMIT);
        arena_deinit(&a);
        arena_init(&a, limit);
        if (otlp_decode_json(text, NULL, &a, &result, &err))
            assert_int_equal(err.code, ST_LIMIT);
        arena_deinit(&a);
    }
    assert_int_equal(mem_live(), 0);
    free_golden(pb);
    free_golden(text);
}

static void put_three_spans(PbWriter *w, const char *key, const char *text)
{
    const size_t resource = pb_open(w, 1);
    const size_t scope = pb_open(w, 2);

    for (int i = 0; i < 3; i++) {
        const size_t span = pb_open(w, 2);
        size_t attribute;
        size_t value;

        pb_put_bytes(w, 1, STR("0123456789abcdef"));
        pb_put_bytes(w, 2, STR("01234567"));
        pb_put_bytes(w, 5, STR("work"));
        attribute = pb_open(w, 9);
        pb_put_bytes(w, 1, i == 2 ? STR("other") : str_from(key));
        value = pb_open(w, 2);
        pb_put_bytes(w, 1, str_from(text));
        pb_close(w, value);
        pb_close(w, attribute);
        pb_close(w, span);
    }
    pb_close(w, scope);
    pb_close(w, resource);
}

static void neighbours_share_equal_texts_and_no_others(void **state)
{
    Buf body;
    PbWriter w;
    Decoded d;
    const Span *s;

    (void)state;
    buf_init(&body, 1 << 16);
    w = pb_writer(&body);
    put_three_spans(&w, "http.route", "/chat");
    put_three_spans(&w, "http.verb!", "/talk");
    CHECK_OK(pb_done(&w));
    d = decode(buf_str(&body), false, NULL);
    CHECK_OK(d.st);
    s = d.result.batch.spans;
    assert_ptr_equal(s[0].name.ptr, s[5].name.ptr);
    assert_ptr_equal(s[0].attrs.items->key.ptr, s[1].attrs.items->key.ptr);
    assert_ptr_equal(s[0].attrs.items->value.as.s.ptr, s[2].attrs.items->value.as.s.ptr);
    CHECK_STR(attr(&s[1], "http.route")->as.s, "/chat");
    CHECK_STR(attr(&s[2], "other")->as.s, "/chat");
    CHECK_STR(attr(&s[3], "http.verb!")->as.s, "/talk");
    CHECK_STR(attr(&s[5], "other")->as.s, "/talk");
    buf_deinit(&body);
    done(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_encodings_of_the_golden_request_give_the_same_spans),
        cmocka_unit_test(every_kind_of_value_is_kept),
        cmocka_unit_test(the_example_of_the_specification_is_read),
        cmocka_unit_test(snake_case_names_and_enum_names_are_understood),
        cmocka_unit_test(members_may_come_in_any_order),
        cmocka_unit_test(a_bad_span_is_named_and_the_others_stay),
        cmocka_unit_test(a_wrong_type_outside_a_span_refuses_the_request_by_name),
        cmocka_unit_test(broken_json_is_refused_with_its_place),
        cmocka_unit_test(an_empty_request_is_no_span),
        cmocka_unit_test(every_cut_of_a_protobuf_request_is_refused_or_shorter),
        cmocka_unit_test(an_end_before_the_start_becomes_the_start),
        cmocka_unit_test(a_time_beyond_2262_is_rejected),
        cmocka_unit_test(nothing_of_a_bad_span_stays_behind),
        cmocka_unit_test(text_that_is_not_utf8_is_repaired),
        cmocka_unit_test(text_that_is_not_utf8_is_repaired_in_json_too),
        cmocka_unit_test(attributes_past_the_limit_are_counted),
        cmocka_unit_test(values_nest_64_deep_and_no_deeper),
        cmocka_unit_test(json_values_nest_64_deep_and_no_deeper),
        cmocka_unit_test(too_many_spans_and_bytes_are_refused_as_a_whole),
        cmocka_unit_test(a_full_arena_is_a_limit_and_not_out_of_memory),
        cmocka_unit_test(neighbours_share_equal_texts_and_no_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
