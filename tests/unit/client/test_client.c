/* SPDX-License-Identifier: Apache-2.0 */
/* libvireo through its public header, against a server that keeps what it gets. */
#include "base/alloc.h"
#include "unit/client/fake_server.h"
#include "unit/client/scratch.h"

static void a_span_arrives_with_all_that_was_put_on_it(void **state)
{
    Scratch dir;
    FakeServer server;
    vireo_client *c = NULL;
    vireo_span *s;
    vireo_context context;
    Arena a;
    Span *spans;

    (void)state;
    scratch_make(&dir);
    fake_start(&server, 0);
    vireo_options o = scratch_options(&dir, server.url);
    o.api_key = "secret";
    assert_int_equal(vireo_open(&o, &c), VIREO_OK);
    s = vireo_span_start(c, NULL, "detect");
    assert_non_null(s);
    vireo_span_context(s, &context);
    vireo_span_input_json(s, "{\"frame\": 17}", 13);
    vireo_span_output_json(s, "[1]", 3);
    vireo_span_output_json(s, "[1,2]", 5);
    vireo_span_type(s, "model");
    vireo_span_kind(s, 3);
    vireo_span_tag(s, "country", "DE", 2);
    vireo_span_tag_int(s, "age", 3);
    vireo_span_tag_double(s, "score", 0.5);
    vireo_span_tag_bool(s, "new", 1);
    vireo_span_str(s, "plain", "x", 1);
    vireo_span_int(s, "n", -7);
    vireo_span_event(s, "halfway");
    vireo_span_error(s, "ValueError", "bad frame", "line 1\nline 2");
    vireo_span_finish(s);
    assert_int_equal(vireo_flush(c, 10000), VIREO_OK);

    arena_init(&a, 1 << 24);
    assert_int_equal(fake_spans(&server, &a, &spans), 1);
    assert_memory_equal(spans[0].trace_id, context.trace_id, 16);
    assert_memory_equal(spans[0].span_id, context.span_id, 8);
    assert_true(span_is_root(&spans[0]));
    assert_true(str_eq(spans[0].name, STR("detect")));
    assert_int_equal(spans[0].otel_kind, 3);
    assert_int_equal(spans[0].status, SPAN_ERROR);
    assert_true(str_eq(spans[0].status_message, STR("bad frame")));
    assert_true(spans[0].end_ns >= spans[0].start_ns);
    assert_true(str_eq(attr_find_str(spans[0].attrs, STR("vireo.input")), STR("{\"frame\": 17}")));
    assert_true(str_eq(attr_find_str(spans[0].attrs, STR("vireo.output")), STR("[1,2]")));
    assert_true(str_eq(attr_find_str(spans[0].attrs, STR("vireo.type")), STR("model")));
    assert_true(str_eq(attr_find_str(spans[0].attrs, STR("vireo.tag.country")), STR("DE")));
    assert_int_equal(attr_find(spans[0].attrs, STR("vireo.tag.age"))->as.i, 3);
    assert_true(attr_find(spans[0].attrs, STR("vireo.tag.score"))->as.d == 0.5);
    assert_true(attr_find(spans[0].attrs, STR("vireo.tag.new"))->as.b);
    assert_int_equal(attr_find(spans[0].attrs, STR("n"))->as.i, -7);
    assert_int_equal(spans[0].attrs.len, 9);
    assert_non_null(strstr(spans[0].events_json.ptr, "halfway"));
    assert_true(str_eq(spans[0].resource->service_name, STR("tests")));
    assert_true(
        str_eq(attr_find_str(spans[0].resource->attrs, STR("telemetry.sdk.language")), STR("c")));
    assert_int_equal(attr_find(spans[0].resource->attrs, STR("process.pid"))->as.i, getpid());
    assert_string_equal(server.requests[0].project, "Concept Project");
    assert_string_equal(server.requests[0].authorization, "Bearer secret");
    free(spans);
    arena_deinit(&a);

    assert_int_equal(vireo_close(c, 5000), VIREO_OK);
    fake_stop(&server);
    scratch_remove(&dir);
    assert_int_equal(mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_arrives_with_all_that_was_put_on_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
