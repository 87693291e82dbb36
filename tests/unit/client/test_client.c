/* SPDX-License-Identifier: Apache-2.0 */
/* libvireo through its public header: what is recorded arrives. */
#include "unit/client/fixture.h"

static void a_span_arrives_with_all_that_was_put_on_it(void **state)
{
    Fixture f;
    vireo_span *s;
    vireo_context context;
    const Span *got;

    (void)state;
    fixture_prepare(&f);
    f.options.api_key = "secret";
    fixture_client(&f);
    s = vireo_span_start(f.client, NULL, "detect");
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
    vireo_span_double(s, "d", 1e300);
    vireo_span_bool(s, "b", 0);
    vireo_span_event(s, "halfway");
    vireo_span_link(s, &context);
    vireo_span_error(s, "ValueError", "bad frame", "line 1\nline 2");
    vireo_span_finish(s);
    fixture_receive(&f);

    assert_int_equal(f.span_count, 1);
    got = &f.spans[0];
    assert_memory_equal(got->trace_id, context.trace_id, 16);
    assert_memory_equal(got->span_id, context.span_id, 8);
    assert_true(span_is_root(got));
    assert_true(str_eq(got->name, STR("detect")));
    assert_int_equal(got->otel_kind, 3);
    assert_int_equal(got->flags, 1);
    assert_int_equal(got->status, SPAN_ERROR);
    assert_true(str_eq(got->status_message, STR("bad frame")));
    assert_true(got->end_ns >= got->start_ns && got->start_ns > 0);
    assert_true(str_eq(attr_find_str(got->attrs, STR("vireo.input")), STR("{\"frame\": 17}")));
    assert_true(str_eq(attr_find_str(got->attrs, STR("vireo.output")), STR("[1,2]")));
    assert_true(str_eq(attr_find_str(got->attrs, STR("vireo.type")), STR("model")));
    assert_true(str_eq(attr_find_str(got->attrs, STR("vireo.tag.country")), STR("DE")));
    assert_int_equal(int_attr(got, "vireo.tag.age"), 3);
    assert_true(attr_find(got->attrs, STR("vireo.tag.score"))->as.d == 0.5);
    assert_true(attr_find(got->attrs, STR("vireo.tag.new"))->as.b);
    assert_int_equal(int_attr(got, "n"), -7);
    assert_true(attr_find(got->attrs, STR("d"))->as.d == 1e300);
    assert_false(attr_find(got->attrs, STR("b"))->as.b);
    assert_int_equal(got->attrs.len, 11);
    assert_true(str_find(got->events_json, STR("halfway")) < got->events_json.len);
    assert_true(str_find(got->events_json, STR("ValueError")) < got->events_json.len);
    assert_true(got->links_json.len > 0);
    fixture_close(&f);
}

static void the_resource_names_service_sdk_process_and_host(void **state)
{
    Fixture f;
    AttrList attrs;

    (void)state;
    fixture_prepare(&f);
    f.options.sdk_name = "python";
    (void)setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=a%20b, broken ,x=%zz", 1);
    fixture_client(&f);
    (void)unsetenv("OTEL_RESOURCE_ATTRIBUTES");
    record_spans(f.client, 1);
    fixture_receive(&f);
    attrs = f.spans[0].resource->attrs;
    assert_true(str_eq(f.spans[0].resource->service_name, STR("tests")));
    assert_true(str_eq(attr_find_str(attrs, STR("telemetry.sdk.name")), STR("vireo")));
    assert_true(str_eq(attr_find_str(attrs, STR("telemetry.sdk.language")), STR("python")));
    assert_true(
        str_eq(attr_find_str(attrs, STR("telemetry.sdk.version")), str_from(vireo_version())));
    assert_true(str_eq(attr_find_str(attrs, STR("deployment.environment")), STR("a b")));
    assert_true(str_eq(attr_find_str(attrs, STR("x")), STR("%zz")));
    assert_int_equal(attr_find(attrs, STR("process.pid"))->as.i, getpid());
    assert_true(attr_find_str(attrs, STR("host.name")).len > 0);
    assert_string_equal(f.server.requests[0].project, "Concept Project");
    assert_string_equal(f.server.requests[0].content_type, "application/x-protobuf");
    fixture_close(&f);
}

static const Span *by_name(const Fixture *f, const char *name)
{
    for (size_t i = 0; i < f->span_count; i++)
        if (str_eq(f->spans[i].name, str_from(name)))
            return &f->spans[i];
    fail_msg("no span %s", name);
    return NULL;
}

static void a_child_hangs_under_its_parent_here_and_from_elsewhere(void **state)
{
    Fixture f;
    vireo_span *parent;
    vireo_span *child;
    vireo_span *remote;
    vireo_span *late;
    vireo_context context;
    vireo_context trace_only = {.trace_id = {7}, .flags = 1};

    (void)state;
    fixture_open(&f);
    parent = vireo_span_start(f.client, NULL, "parent");
    child = vireo_span_start(f.client, parent, "child");
    vireo_span_context(parent, &context);
    remote = vireo_span_start_at(f.client, &context, NULL);
    vireo_span_name(remote, "remote");
    late = vireo_span_start_at(f.client, &trace_only, NULL);
    vireo_span_name(late, "late");
    vireo_span_finish(child);
    vireo_span_finish(remote);
    vireo_span_finish(late);
    vireo_span_finish(parent);
    fixture_receive(&f);
    assert_int_equal(f.span_count, 4);
    assert_memory_equal(by_name(&f, "child")->trace_id, context.trace_id, 16);
    assert_memory_equal(by_name(&f, "child")->parent_id, context.span_id, 8);
    assert_memory_equal(by_name(&f, "remote")->parent_id, context.span_id, 8);
    assert_memory_equal(by_name(&f, "late")->trace_id, trace_only.trace_id, 16);
    assert_true(span_is_root(by_name(&f, "late")));
    fixture_close(&f);
}

static void a_site_gives_its_spans_name_type_model_and_fingerprint(void **state)
{
    Fixture f;
    vireo_site *site;
    vireo_span *renamed;

    (void)state;
    fixture_open(&f);
    site = vireo_site_new(f.client, "predict", "model", "digits", "abc");
    vireo_span_finish(vireo_span_start_at(f.client, NULL, site));
    renamed = vireo_span_start_at(f.client, NULL, site);
    vireo_span_name(renamed, "other");
    vireo_span_type(renamed, "tool");
    vireo_span_finish(renamed);
    fixture_receive(&f);
    assert_int_equal(f.span_count, 2);
    assert_true(str_eq(attr_find_str(by_name(&f, "predict")->attrs, STR("vireo.model.name")),
                       STR("digits")));
    assert_true(str_eq(attr_find_str(by_name(&f, "predict")->attrs, STR("vireo.model.fingerprint")),
                       STR("abc")));
    assert_true(
        str_eq(attr_find_str(by_name(&f, "predict")->attrs, STR("vireo.type")), STR("model")));
    assert_true(str_eq(attr_find_str(by_name(&f, "other")->attrs, STR("vireo.type")), STR("tool")));
    fixture_close(&f);
}

static void a_long_value_is_cut_between_characters_and_marked(void **state)
{
    Fixture f;
    vireo_span *s;

    (void)state;
    fixture_prepare(&f);
    f.options.value_bytes = 8;
    fixture_client(&f);
    s = vireo_span_start(f.client, NULL, "cut");
    vireo_span_input_json(s, "\"1234567890\"", 12);
    vireo_span_input_json(s, "\"12345\xc3\xa4\xc3\xa4\"", 11); /* the limit is inside a letter */
    vireo_span_str(s, "short", "12345678", 8);
    vireo_span_finish(s);
    fixture_receive(&f);
    assert_true(
        str_eq(attr_find_str(f.spans[0].attrs, STR("vireo.input")), STR("\"12345\xc3\xa4")));
    assert_int_equal(int_attr(&f.spans[0], "vireo.cut.vireo.input"), 11);
    assert_int_equal(f.spans[0].attrs.len, 3);
    assert_int_equal(fixture_counters(&f).cut, 2);
    fixture_close(&f);
}

static void broken_text_is_mended(void **state)
{
    Fixture f;
    vireo_span *s;
    Str value;

    (void)state;
    fixture_open(&f);
    s = vireo_span_start(f.client, NULL, "a\xff");
    vireo_span_str(s, "k\xc3", "x\x80y", 3);
    vireo_span_finish(s);
    fixture_receive(&f);
    assert_true(str_eq(f.spans[0].name, STR("a\xef\xbf\xbd")));
    value = attr_find_str(f.spans[0].attrs, STR("k\xef\xbf\xbd"));
    assert_true(str_eq(value, STR("x\xef\xbf\xbdy")));
    fixture_close(&f);
}

static void what_is_set_again_replaces_only_itself(void **state)
{
    Fixture f;
    vireo_span *s;

    (void)state;
    fixture_open(&f);
    s = vireo_span_start(f.client, NULL, "a long first name");
    vireo_span_input_json(s, "\"first input\"", 13);
    vireo_span_ok(s);
    vireo_span_int(s, "between", 1);
    vireo_span_output_json(s, "\"first output\"", 14);
    vireo_span_error(s, "E", "message", NULL);
    vireo_span_name(s, "n");
    vireo_span_input_json(s, "2", 1);
    vireo_span_ok(s);
    vireo_span_output_json(s, "\"a longer second output\"", 24);
    vireo_span_input_json(s, "3", 1);
    vireo_span_finish(s);
    fixture_receive(&f);
    assert_true(str_eq(f.spans[0].name, STR("n")));
    assert_int_equal(f.spans[0].status, SPAN_OK);
    assert_int_equal(f.spans[0].status_message.len, 0);
    assert_int_equal(f.spans[0].attrs.len, 3);
    assert_true(str_eq(attr_find_str(f.spans[0].attrs, STR("vireo.input")), STR("3")));
    assert_true(str_eq(attr_find_str(f.spans[0].attrs, STR("vireo.output")),
                       STR("\"a longer second output\"")));
    assert_int_equal(int_attr(&f.spans[0], "between"), 1);
    fixture_close(&f);
}

static void times_can_be_given_and_never_run_backwards(void **state)
{
    Fixture f;
    vireo_span *s;

    (void)state;
    fixture_open(&f);
    s = vireo_span_start(f.client, NULL, "given");
    vireo_span_set_times(s, 1000, 2500);
    vireo_span_finish(s);
    s = vireo_span_start(f.client, NULL, "backwards");
    vireo_span_set_times(s, 3000, 2000);
    vireo_span_finish(s);
    fixture_receive(&f);
    assert_int_equal(by_name(&f, "given")->start_ns, 1000);
    assert_int_equal(by_name(&f, "given")->end_ns, 2500);
    assert_int_equal(by_name(&f, "backwards")->end_ns, 3000);
    fixture_close(&f);
}

static void every_function_takes_null(void **state)
{
    vireo_context none;
    vireo_counters n;
    char text[56];
    char *answer = text;

    (void)state;
    assert_null(vireo_span_start(NULL, NULL, "x"));
    assert_null(vireo_span_start_at(NULL, NULL, NULL));
    assert_null(vireo_site_new(NULL, "x", NULL, NULL, NULL));
    vireo_span_finish(NULL);
    vireo_span_discard(NULL);
    vireo_span_context(NULL, &none);
    assert_int_equal(none.flags, 0);
    vireo_span_set_times(NULL, 1, 2);
    vireo_span_name(NULL, "x");
    vireo_span_type(NULL, "x");
    vireo_span_kind(NULL, 1);
    vireo_span_link(NULL, &none);
    vireo_span_input_json(NULL, "1", 1);
    vireo_span_output_json(NULL, "1", 1);
    vireo_span_str(NULL, "k", "v", 1);
    vireo_span_int(NULL, "k", 1);
    vireo_span_double(NULL, "k", 1);
    vireo_span_bool(NULL, "k", 1);
    vireo_span_tag(NULL, "k", "v", 1);
    vireo_span_tag_int(NULL, "k", 1);
    vireo_span_tag_double(NULL, "k", 1);
    vireo_span_tag_bool(NULL, "k", 1);
    vireo_span_error(NULL, NULL, NULL, NULL);
    vireo_span_ok(NULL);
    vireo_span_event(NULL, "e");
    vireo_span_log(NULL, "n", "t", "b", 1, NULL, NULL, 0);
    vireo_model_register(NULL, "m", "{}", 2);
    vireo_get_counters(NULL, &n);
    assert_int_equal(n.finished, 0);
    vireo_last_error(NULL, text, sizeof text);
    assert_string_equal(text, "");
    assert_int_equal(vireo_flush(NULL, 1), VIREO_OK);
    assert_int_equal(vireo_close(NULL, 1), VIREO_OK);
    assert_int_equal(vireo_request(NULL, "GET", "", NULL, 0, 1, NULL, &answer, NULL),
                     VIREO_INVALID);
    assert_null(answer);
    vireo_free(NULL);
    assert_int_equal(vireo_open(NULL, NULL), VIREO_INVALID);
}

static void null_texts_and_empty_values_are_taken(void **state)
{
    Fixture f;
    vireo_span *s;

    (void)state;
    fixture_open(&f);
    s = vireo_span_start(f.client, NULL, NULL);
    vireo_span_str(s, NULL, "v", 1);
    vireo_span_str(s, "null", NULL, 0);
    vireo_span_str(s, "", "empty key", 9);
    vireo_span_error(s, NULL, NULL, NULL);
    vireo_span_ok(s);
    vireo_span_log(s, NULL, NULL, NULL, 0, NULL, NULL, 0);
    vireo_model_register(f.client, NULL, NULL, 0);
    vireo_span_finish(s);
    vireo_span_finish(vireo_span_start_at(f.client, NULL, NULL));
    fixture_receive(&f);
    assert_int_equal(f.span_count, 2);
    assert_int_equal(f.spans[0].attrs.len, 2);
    assert_int_equal(f.spans[0].status, SPAN_OK);
    fixture_close(&f);
}

static void options_that_make_no_sense_are_refused(void **state)
{
    vireo_client *c = NULL;
    const vireo_options bad[] = {
        {.url = "ftp://host"},     {.url = "127.0.0.1:4318"},       {.url = "http://a b"},
        {.project = "two\nlines"}, {.api_key = "key\r\nx-evil: 1"}, {.project = "broken \xff text"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(vireo_open(&bad[i], &c), VIREO_INVALID);
        assert_null(c);
    }
    assert_int_equal(mem_live(), 0);
}

static void a_discarded_span_is_not_sent(void **state)
{
    Fixture f;

    (void)state;
    fixture_open(&f);
    vireo_span_discard(vireo_span_start(f.client, NULL, "thrown away"));
    record_spans(f.client, 1);
    fixture_receive(&f);
    assert_int_equal(f.span_count, 1);
    assert_int_equal(fixture_counters(&f).finished, 1);
    fixture_close(&f);
}

static void a_span_may_outlive_its_client(void **state)
{
    Fixture f;
    vireo_span *late;
    vireo_span *later;

    (void)state;
    fixture_open(&f);
    late = vireo_span_start(f.client, NULL, "late");
    later = vireo_span_start(f.client, NULL, "later");
    vireo_span_log(late, "blob", NULL, "bytes", 5, NULL, NULL, 0);
    assert_int_equal(vireo_close(f.client, LONG_MS), VIREO_OK);
    f.client = NULL;
    vireo_span_input_json(late, "1", 1);
    vireo_span_finish(late);
    vireo_span_discard(later);
    fixture_read(&f);
    assert_int_equal(f.span_count, 0);
    fixture_close(&f);
}

static void a_reference_is_made_apart_and_attached_or_freed(void **state)
{
    Fixture f;
    vireo_span *s;
    vireo_reference *kept;
    vireo_reference *unused;

    (void)state;
    fixture_open(&f);
    s = vireo_span_start(f.client, NULL, "s");
    kept = vireo_reference_new(f.client, "kept", "text/plain", "bytes", 5, NULL, NULL, 0);
    unused = vireo_reference_new(f.client, "unused", NULL, "b", 1, NULL, NULL, 0);
    assert_true(fixture_counters(&f).queue_bytes > 0);
    vireo_reference_free(f.client, unused);
    vireo_span_attach(s, kept);
    vireo_span_attach(s, NULL);
    vireo_span_finish(s);
    fixture_receive(&f);
    assert_non_null(attr_find(f.spans[0].attrs, STR("vireo.reference.kept")));
    assert_null(attr_find(f.spans[0].attrs, STR("vireo.reference.unused")));
    assert_int_equal(fixture_counters(&f).dropped_queue, 1);
    assert_int_equal(fixture_counters(&f).queue_bytes, 0);
    fixture_close(&f);
}

static void close_delivers_what_waits(void **state)
{
    Fixture f;

    (void)state;
    fixture_prepare(&f);
    f.options.batch_delay_ms = 3600000;
    fixture_client(&f);
    record_spans(f.client, 1000);
    assert_int_equal(vireo_close(f.client, LONG_MS), VIREO_OK);
    f.client = NULL;
    fixture_read(&f);
    assert_int_equal(f.span_count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(int_attr(&f.spans[i], "i"), i);
    fixture_close(&f);
}

typedef struct Load {
    pthread_t thread;
    vireo_client *client;
} Load;

static void *record_load(void *arg)
{
    record_spans(((Load *)arg)->client, 2000);
    return NULL;
}

static void many_threads_record_and_every_span_arrives_once(void **state)
{
    enum { THREADS = 8, EACH = 2000 };
    Fixture f;
    Load load[THREADS];
    int seen[EACH] = {0};

    (void)state;
    fixture_open(&f);
    for (int i = 0; i < THREADS; i++) {
        load[i].client = f.client;
        assert_int_equal(pthread_create(&load[i].thread, NULL, record_load, &load[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(load[i].thread, NULL);
    fixture_receive(&f);
    assert_int_equal(f.span_count, THREADS * EACH);
    for (size_t i = 0; i < f.span_count; i++)
        seen[int_attr(&f.spans[i], "i")]++;
    for (int i = 0; i < EACH; i++)
        assert_int_equal(seen[i], THREADS);
    assert_int_equal(fixture_counters(&f).delivered, THREADS * EACH);
    fixture_close(&f);
}

static void two_clients_do_not_mix(void **state)
{
    Fixture f;
    Fixture g;

    (void)state;
    fixture_open(&f);
    fixture_open(&g);
    record_spans(f.client, 3);
    record_spans(g.client, 5);
    fixture_receive(&f);
    fixture_receive(&g);
    assert_int_equal(f.span_count, 3);
    assert_int_equal(g.span_count, 5);
    fixture_free(&g);
    fixture_close(&f);
}

/* A queue that is full must not grow, and what it drops must be told. */
static void a_full_queue_drops_and_counts(void **state)
{
    Fixture f;
    vireo_counters n;

    (void)state;
    fixture_prepare(&f);
    f.options.queue_bytes = 32 * 1024;
    f.options.spool_dir = "/dev/null/no folder";
    f.server.silent = true;
    fixture_client(&f);
    record_spans(f.client, 5000);
    n = fixture_counters(&f);
    assert_int_equal(n.finished, 5000);
    assert_true(n.dropped_queue > 4000);
    assert_true(n.queue_bytes <= 32 * 1024);
    assert_int_equal(vireo_close(f.client, 1), VIREO_TIMEOUT);
    f.client = NULL;
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_arrives_with_all_that_was_put_on_it),
        cmocka_unit_test(the_resource_names_service_sdk_process_and_host),
        cmocka_unit_test(a_child_hangs_under_its_parent_here_and_from_elsewhere),
        cmocka_unit_test(a_site_gives_its_spans_name_type_model_and_fingerprint),
        cmocka_unit_test(a_long_value_is_cut_between_characters_and_marked),
        cmocka_unit_test(broken_text_is_mended),
        cmocka_unit_test(what_is_set_again_replaces_only_itself),
        cmocka_unit_test(times_can_be_given_and_never_run_backwards),
        cmocka_unit_test(every_function_takes_null),
        cmocka_unit_test(null_texts_and_empty_values_are_taken),
        cmocka_unit_test(options_that_make_no_sense_are_refused),
        cmocka_unit_test(a_discarded_span_is_not_sent),
        cmocka_unit_test(a_span_may_outlive_its_client),
        cmocka_unit_test(a_reference_is_made_apart_and_attached_or_freed),
        cmocka_unit_test(close_delivers_what_waits),
        cmocka_unit_test(many_threads_record_and_every_span_arrives_once),
        cmocka_unit_test(two_clients_do_not_mix),
        cmocka_unit_test(a_full_queue_drops_and_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
