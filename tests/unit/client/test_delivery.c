/* SPDX-License-Identifier: Apache-2.0 */
/* The sender against servers with bad days, and what goes ahead of spans. */
#include "unit/client/fixture.h"

#include <sodium.h>

static void a_failing_server_gets_the_same_spans_again(void **state)
{
    const int statuses[] = {500, 502, 503, 408, 429, 507, 301, 0};

    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        Fixture f;

        fixture_open(&f);
        fake_behave(&f.server, statuses[i], 2);
        record_spans(f.client, 3);
        fixture_receive(&f);
        assert_int_equal(f.span_count, 3);
        assert_int_equal(fixture_counters(&f).delivered, 3);
        assert_int_equal(fixture_counters(&f).rejected, 0);
        fixture_close(&f);
    }
}

static int64_t mono_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void the_wait_that_the_server_asks_for_is_kept(void **state)
{
    Fixture f;
    int64_t start;

    (void)state;
    fixture_open(&f);
    f.server.retry_after_s = 1;
    fake_behave(&f.server, 429, 1);
    start = mono_ms();
    record_spans(f.client, 1);
    fixture_receive(&f);
    assert_true(mono_ms() - start >= 1000);
    assert_int_equal(f.span_count, 1);
    fixture_close(&f);
}

static void what_the_server_refuses_is_counted_and_not_repeated(void **state)
{
    Fixture f;
    char why[256];

    (void)state;
    fixture_open(&f);
    fake_behave(&f.server, 400, 1);
    record_spans(f.client, 4);
    assert_int_equal(vireo_flush(f.client, LONG_MS), VIREO_OK);
    assert_int_equal(fixture_counters(&f).rejected, 4);
    assert_int_equal(fixture_counters(&f).delivered, 0);
    vireo_last_error(f.client, why, sizeof why);
    assert_non_null(strstr(why, "400"));
    record_spans(f.client, 2);
    fixture_receive(&f);
    assert_int_equal(f.span_count, 2);
    assert_int_equal(f.server.count, 2);
    assert_int_equal(fixture_counters(&f).delivered, 2);
    vireo_last_error(f.client, why, sizeof why);
    assert_string_equal(why, "");
    fixture_close(&f);
}

static void partial_success_is_counted(void **state)
{
    Fixture f;

    (void)state;
    fixture_prepare(&f);
    f.options.batch_delay_ms = 3600000;
    fixture_client(&f);
    f.server.rejected = 3;
    fake_behave(&f.server, 200, 1);
    record_spans(f.client, 10);
    assert_int_equal(vireo_flush(f.client, LONG_MS), VIREO_OK);
    assert_int_equal(fixture_counters(&f).delivered, 7);
    assert_int_equal(fixture_counters(&f).rejected, 3);
    fixture_close(&f);
}

static void a_server_that_breaks_on_one_request_does_not_stop_the_others(void **state)
{
    Fixture f;

    (void)state;
    fixture_open(&f);
    fake_behave(&f.server, 500, 16);
    record_spans(f.client, 1);
    assert_int_equal(vireo_flush(f.client, LONG_MS), VIREO_OK);
    assert_int_equal(fixture_counters(&f).rejected, 1);
    record_spans(f.client, 1);
    fixture_receive(&f);
    assert_int_equal(f.span_count, 1);
    fixture_close(&f);
}

static void the_connection_is_kept(void **state)
{
    Fixture f;

    (void)state;
    fixture_open(&f);
    for (int i = 0; i < 10; i++) {
        record_spans(f.client, 1);
        fixture_receive(&f);
    }
    assert_int_equal(f.span_count, 10);
    assert_int_equal(f.server.accepted, 1);
    fixture_close(&f);
}

static void nobody_there_is_told_soon_and_close_does_not_wait(void **state)
{
    Fixture f;
    char why[256];
    const int64_t start = mono_ms();

    (void)state;
    fixture_open(&f);
    fake_down(&f.server);
    record_spans(f.client, 5);
    assert_int_equal(vireo_flush(f.client, 300), VIREO_UNREACHABLE);
    vireo_last_error(f.client, why, sizeof why);
    assert_true(strlen(why) > 0);
    assert_int_equal(vireo_close(f.client, 3600 * 1000), VIREO_UNREACHABLE);
    f.client = NULL;
    assert_true(mono_ms() - start < 60 * 1000);
    fixture_close(&f);
}

/* The next client delivers, whatever the last one was doing. */
static void a_server_that_never_answers_cannot_hold_close(void **state)
{
    Fixture f;
    const int64_t start = mono_ms();

    (void)state;
    fixture_open(&f);
    f.server.silent = true;
    record_spans(f.client, 5);
    assert_true(fake_wait_requests(&f.server, 1));
    assert_int_equal(vireo_close(f.client, 100), VIREO_TIMEOUT);
    assert_true(mono_ms() - start < 60 * 1000);
    f.server.silent = false;
    fixture_client(&f);
    assert_true(fake_wait_spans(&f.server, 5));
    assert_int_equal(vireo_close(f.client, LONG_MS), VIREO_OK);
    f.client = NULL;
    fixture_close(&f);
}

static void big_batches_come_compressed_and_small_ones_as_they_are(void **state)
{
    Fixture f;

    (void)state;
    fixture_prepare(&f);
    f.options.batch_delay_ms = 3600000;
    fixture_client(&f);
    record_spans(f.client, 1);
    fixture_receive(&f);
    record_spans(f.client, 1000);
    fixture_receive(&f);
    assert_string_equal(f.server.requests[0].encoding, "");
    assert_string_equal(f.server.requests[1].encoding, "zstd");
    assert_int_equal(f.span_count, 1001);
    fixture_close(&f);
}

static void a_span_of_megabytes_arrives(void **state)
{
    enum { BYTES = 900 * 1000, VALUES = 12 };
    Fixture f;
    vireo_span *s;
    char *text;
    char key[8];

    (void)state;
    fixture_open(&f);
    text = malloc(BYTES);
    assert_non_null(text);
    memset(text, 'x', BYTES);
    s = vireo_span_start(f.client, NULL, "big");
    for (int i = 0; i < VALUES; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        vireo_span_str(s, key, text, BYTES);
    }
    vireo_span_finish(s);
    record_spans(f.client, 1);
    fixture_receive(&f);
    assert_int_equal(f.span_count, 2);
    assert_int_equal(attr_find_str(f.spans[0].attrs, STR("k11")).len, BYTES);
    free(text);
    fixture_close(&f);
}

/* ------------------------------------------------- models and references */

static const FakeRequest *request_of(const Fixture *f, const char *method, const char *part)
{
    for (size_t i = 0; i < f->server.count; i++)
        if (strcmp(f->server.requests[i].method, method) == 0 &&
            strstr(f->server.requests[i].path, part))
            return &f->server.requests[i];
    fail_msg("no %s of %s", method, part);
    return NULL;
}

static void a_model_is_registered_before_the_spans_that_follow(void **state)
{
    Fixture f;
    const FakeRequest *model;

    (void)state;
    fixture_open(&f);
    vireo_model_register(f.client, "a model/1", "{\"fingerprint\":\"ab\"}", 20);
    record_spans(f.client, 1);
    fixture_receive(&f);
    model = request_of(&f, "POST", "/models/");
    assert_string_equal(model->path,
                        "/api/v1/projects/Concept%20Project/models/a%20model%2F1/versions");
    assert_string_equal(model->body, "{\"fingerprint\":\"ab\"}");
    assert_string_equal(model->content_type, "application/json");
    assert_true(model < request_of(&f, "POST", "/v1/traces"));
    fixture_close(&f);
}

/* ----------------------------------------------------------------- scores */

static void put_scores(vireo_client *c, int from, int to)
{
    char json[64];

    for (int i = from; i < to; i++) {
        const int len = snprintf(json, sizeof json, "{\"name\":\"n\",\"value\":%d}", i);

        assert_int_equal(vireo_score_put(c, json, (size_t)len), VIREO_OK);
    }
}

static void scores_go_together_behind_the_spans_before_them(void **state)
{
    Fixture f;
    const FakeRequest *scores;

    (void)state;
    fixture_prepare(&f);
    f.options.batch_delay_ms = 3600000;
    fixture_client(&f);
    record_spans(f.client, 1);
    put_scores(f.client, 0, 2);
    fixture_receive(&f);
    scores = request_of(&f, "POST", "/scores");
    assert_string_equal(scores->path, "/api/v1/projects/Concept%20Project/scores");
    assert_string_equal(scores->body,
                        "{\"scores\":[{\"name\":\"n\",\"value\":0},{\"name\":\"n\",\"value\":1}]}");
    assert_string_equal(scores->content_type, "application/json");
    assert_true(scores > request_of(&f, "POST", "/v1/traces"));
    assert_int_equal(f.server.count, 2);
    assert_int_equal(fixture_counters(&f).scores, 2);
    assert_int_equal(fixture_counters(&f).scores_delivered, 2);
    assert_int_equal(fixture_counters(&f).delivered, 1);
    fixture_close(&f);
}

/* The numbers that came, in their order, and in how many requests. */
static size_t numbers_of(const Fixture *f, size_t *requests)
{
    size_t n = 0;

    *requests = 0;
    for (size_t i = 0; i < f->server.count; i++) {
        const char *at = f->server.requests[i].body;

        if (!strstr(f->server.requests[i].path, "/scores") || f->server.requests[i].answered != 200)
            continue;
        ++*requests;
        while ((at = strstr(at, "\"value\":"))) {
            at += strlen("\"value\":");
            assert_int_equal(strtol(at, NULL, 10), n);
            n++;
        }
    }
    return n;
}

static void many_scores_are_several_requests_and_come_again_after_a_failure(void **state)
{
    enum { SCORES = 12000 };
    Fixture f;
    size_t requests;

    (void)state;
    fixture_prepare(&f);
    f.options.batch_delay_ms = 3600000;
    fixture_client(&f);
    fake_behave(&f.server, 503, 2);
    put_scores(f.client, 0, SCORES);
    assert_int_equal(vireo_flush(f.client, LONG_MS), VIREO_OK);
    assert_int_equal(numbers_of(&f, &requests), SCORES);
    assert_true(requests >= 3);
    assert_int_equal(fixture_counters(&f).scores_delivered, SCORES);
    assert_int_equal(fixture_counters(&f).queue_bytes, 0);
    fixture_close(&f);
}

static void what_is_no_score_is_told_at_once_and_refused_ones_are_counted(void **state)
{
    Fixture f;
    char why[256];

    (void)state;
    fixture_open(&f);
    assert_int_equal(vireo_score_put(f.client, "{\"a\":1", 6), VIREO_INVALID);
    assert_int_equal(vireo_score_put(f.client, "[1]", 3), VIREO_INVALID);
    assert_int_equal(vireo_score_put(f.client, NULL, 0), VIREO_INVALID);
    assert_int_equal(vireo_score_put(NULL, "{}", 2), VIREO_OK);
    assert_int_equal(fixture_counters(&f).scores, 0);
    f.server.text = "{\"accepted\":1,\"rejected\":[{\"index\":1,\"field\":\"value\","
                    "\"detail\":\"value: too odd\"},{\"index\":2,\"detail\":\"cut";
    fake_behave(&f.server, 200, -1);
    put_scores(f.client, 0, 1);
    assert_int_equal(vireo_flush(f.client, LONG_MS), VIREO_OK);
    assert_int_equal(fixture_counters(&f).scores_rejected, 0);
    f.server.text = "{\"accepted\":0,\"rejected\":[{\"index\":0,\"detail\":\"value: too odd\"}]}";
    put_scores(f.client, 0, 1);
    assert_int_equal(vireo_flush(f.client, LONG_MS), VIREO_OK);
    vireo_last_error(f.client, why, sizeof why);
    assert_string_equal(why, "a score was refused: value: too odd");
    fake_behave(&f.server, 400, 1);
    put_scores(f.client, 0, 1);
    assert_int_equal(vireo_flush(f.client, LONG_MS), VIREO_OK);
    assert_int_equal(fixture_counters(&f).scores_delivered, 1);
    assert_int_equal(fixture_counters(&f).scores_rejected, 2);
    assert_int_equal(fixture_counters(&f).rejected, 2);
    fixture_close(&f);
}

static void hex_of(const char *bytes, size_t len, char out[65])
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    (void)crypto_hash_sha256(hash, (const unsigned char *)bytes, len);
    hex_encode(hash, sizeof hash, out);
    out[64] = '\0';
}

static void references_come_as_blobs_before_their_span(void **state)
{
    Fixture f;
    vireo_span *s;
    Str json;
    char blob[65];
    char thumb[65];
    char want[512];

    (void)state;
    fixture_open(&f);
    s = vireo_span_start(f.client, NULL, "see");
    vireo_span_log(s, "image", "image/png", "pixels", 6, "{\"width\":8}", "\x89PNG", 4);
    vireo_span_log(s, "note", "evil\r\nheader: 1", "text", 4, "not json", NULL, 0);
    vireo_span_finish(s);
    fixture_receive(&f);
    hex_of("pixels", 6, blob);
    hex_of("\x89PNG", 4, thumb);
    (void)snprintf(want, sizeof want,
                   "{\"name\":\"image\",\"media_type\":\"image/png\",\"size\":6,\"sha256\":\"%s\","
                   "\"thumb\":\"%s\",\"thumb_type\":\"image/png\",\"meta\":{\"width\":8}}",
                   blob, thumb);
    json = attr_find_str(f.spans[0].attrs, STR("vireo.reference.image"));
    assert_true(str_eq(json, str_from(want)));
    json = attr_find_str(f.spans[0].attrs, STR("vireo.reference.note"));
    assert_true(str_find(json, STR("\"application/octet-stream\"")) < json.len);
    assert_true(str_find(json, STR("\"thumb\":null,\"thumb_type\":null,\"meta\":{}")) < json.len);
    assert_string_equal(request_of(&f, "PUT", blob)->content_type, "image/png");
    assert_string_equal(request_of(&f, "PUT", blob)->body, "pixels");
    assert_true(request_of(&f, "PUT", blob) < request_of(&f, "POST", "/v1/traces"));
    assert_true(request_of(&f, "PUT", thumb) < request_of(&f, "POST", "/v1/traces"));
    assert_int_equal(fixture_counters(&f).queue_bytes, 0);
    fixture_close(&f);
}

static void the_same_bytes_are_sent_once_a_batch(void **state)
{
    Fixture f;

    (void)state;
    fixture_prepare(&f);
    f.options.batch_delay_ms = 3600000;
    fixture_client(&f);
    for (int i = 0; i < 3; i++) {
        vireo_span *s = vireo_span_start(f.client, NULL, "see");

        vireo_span_log(s, "a", "text/plain", "bytes", 5, NULL, "bytes", 5);
        vireo_span_finish(s);
    }
    fixture_receive(&f);
    assert_int_equal(f.span_count, 3);
    assert_int_equal(f.server.count, 2);
    fixture_close(&f);
}

static void many_blobs_arrive_before_their_span_though_some_fail_at_first(void **state)
{
    enum { BLOBS = 30 };
    Fixture f;
    vireo_span *s;
    size_t stored = 0;

    (void)state;
    fixture_prepare(&f);
    fake_behave(&f.server, 503, 5);
    fixture_client(&f);
    s = vireo_span_start(f.client, NULL, "see");
    for (int i = 0; i < BLOBS; i++) {
        char name[16];
        const int len = snprintf(name, sizeof name, "n%d", i);

        vireo_span_log(s, name, NULL, name, (size_t)len, NULL, NULL, 0);
    }
    vireo_span_finish(s);
    fixture_receive(&f);
    assert_int_equal(f.span_count, 1);
    assert_int_equal(f.spans[0].attrs.len, BLOBS);
    assert_int_equal(f.server.count, BLOBS + 5 + 1);
    for (size_t i = 0; i + 1 < f.server.count; i++) {
        assert_string_equal(f.server.requests[i].method, "PUT");
        stored += f.server.requests[i].answered == 200;
    }
    assert_int_equal(stored, BLOBS);
    assert_int_equal(fixture_counters(&f).rejected, 0);
    fixture_close(&f);
}

static void a_reference_that_does_not_fit_leaves_a_mark(void **state)
{
    Fixture f;
    vireo_span *s;
    static const char bytes[64 * 1024];

    (void)state;
    fixture_prepare(&f);
    f.options.queue_bytes = 32 * 1024;
    fixture_client(&f);
    s = vireo_span_start(f.client, NULL, "see");
    vireo_span_log(s, "big", NULL, bytes, sizeof bytes, NULL, NULL, 0);
    vireo_span_log(s, "small", NULL, bytes, 10, NULL, NULL, 0);
    vireo_span_finish(s);
    fixture_receive(&f);
    assert_int_equal(int_attr(&f.spans[0], "vireo.dropped.big"), sizeof bytes);
    assert_non_null(attr_find(f.spans[0].attrs, STR("vireo.reference.small")));
    assert_int_equal(fixture_counters(&f).dropped_queue, 1);
    fixture_close(&f);
}

static void references_of_a_discarded_span_free_their_room(void **state)
{
    Fixture f;
    vireo_span *s;

    (void)state;
    fixture_open(&f);
    s = vireo_span_start(f.client, NULL, "see");
    vireo_span_log(s, "a", NULL, "bytes", 5, NULL, NULL, 0);
    assert_true(fixture_counters(&f).queue_bytes > 0);
    vireo_span_discard(s);
    assert_int_equal(fixture_counters(&f).queue_bytes, 0);
    fixture_close(&f);
}

/* ---------------------------------------------------------------- request */

static void a_request_gets_status_and_body(void **state)
{
    Fixture f;
    int status;
    char *answer;
    size_t len;

    (void)state;
    fixture_open(&f);
    assert_int_equal(
        vireo_request(f.client, "PATCH", "/models/x?a=b", "{}", 2, LONG_MS, &status, &answer, &len),
        VIREO_OK);
    assert_int_equal(status, 200);
    assert_int_equal(len, 0);
    assert_string_equal(answer, "");
    vireo_free(answer);
    assert_string_equal(f.server.requests[0].method, "PATCH");
    assert_string_equal(f.server.requests[0].path,
                        "/api/v1/projects/Concept%20Project/models/x?a=b");
    assert_string_equal(f.server.requests[0].body, "{}");
    assert_int_equal(vireo_request(f.client, "GET", "", NULL, 0, LONG_MS, NULL, &answer, NULL),
                     VIREO_OK);
    assert_string_equal(answer, "");
    vireo_free(answer);
    fake_behave(&f.server, 404, 1);
    assert_int_equal(
        vireo_request(f.client, "GET", "/models", NULL, 0, LONG_MS, &status, NULL, NULL),
        VIREO_REFUSED);
    assert_int_equal(status, 404);
    assert_string_equal(f.server.requests[2].method, "GET");
    f.server.silent = true;
    assert_int_equal(vireo_request(f.client, "GET", "", NULL, 0, 50, &status, &answer, &len),
                     VIREO_TIMEOUT);
    assert_int_equal(status, 0);
    assert_null(answer);
    fake_down(&f.server);
    assert_int_equal(vireo_request(f.client, "GET", "", NULL, 0, 50, NULL, NULL, NULL),
                     VIREO_UNREACHABLE);
    fixture_close(&f);
}

static void a_blob_is_put_under_its_hash(void **state)
{
    char sha256[VIREO_SHA256_CHARS + 1];
    Fixture f;
    int status;
    char *answer;

    (void)state;
    fixture_open(&f);
    assert_int_equal(
        vireo_blob_put(f.client, "image/png", "abc", 3, LONG_MS, &status, &answer, sha256),
        VIREO_OK);
    assert_int_equal(status, 200);
    vireo_free(answer);
    assert_string_equal(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(f.server.requests[0].method, "PUT");
    assert_string_equal(f.server.requests[0].path,
                        "/api/v1/projects/Concept%20Project/blobs/"
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(f.server.requests[0].body, "abc");
    assert_int_equal(vireo_blob_put(f.client, "a\r\nb: c", "abc", 3, 50, NULL, NULL, sha256),
                     VIREO_INVALID);
    assert_int_equal(vireo_blob_put(f.client, "text/plain", NULL, 3, 50, NULL, NULL, sha256),
                     VIREO_INVALID);
    assert_int_equal(f.server.count, 1);
    fixture_close(&f);
}

static void a_request_with_bad_arguments_is_not_sent(void **state)
{
    Fixture f;

    (void)state;
    fixture_open(&f);
    assert_int_equal(vireo_request(f.client, NULL, "", NULL, 0, 50, NULL, NULL, NULL),
                     VIREO_INVALID);
    assert_int_equal(vireo_request(f.client, "GET", NULL, NULL, 0, 50, NULL, NULL, NULL),
                     VIREO_INVALID);
    assert_int_equal(vireo_request(f.client, "GET\r\nx: 1", "", NULL, 0, 50, NULL, NULL, NULL),
                     VIREO_INVALID);
    assert_int_equal(vireo_request(f.client, "GET", "models", NULL, 0, 50, NULL, NULL, NULL),
                     VIREO_INVALID);
    assert_int_equal(vireo_request(f.client, "GET", "/a b", NULL, 0, 50, NULL, NULL, NULL),
                     VIREO_INVALID);
    assert_int_equal(f.server.count, 0);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failing_server_gets_the_same_spans_again),
        cmocka_unit_test(the_wait_that_the_server_asks_for_is_kept),
        cmocka_unit_test(what_the_server_refuses_is_counted_and_not_repeated),
        cmocka_unit_test(partial_success_is_counted),
        cmocka_unit_test(a_server_that_breaks_on_one_request_does_not_stop_the_others),
        cmocka_unit_test(the_connection_is_kept),
        cmocka_unit_test(nobody_there_is_told_soon_and_close_does_not_wait),
        cmocka_unit_test(a_server_that_never_answers_cannot_hold_close),
        cmocka_unit_test(big_batches_come_compressed_and_small_ones_as_they_are),
        cmocka_unit_test(a_span_of_megabytes_arrives),
        cmocka_unit_test(a_model_is_registered_before_the_spans_that_follow),
        cmocka_unit_test(scores_go_together_behind_the_spans_before_them),
        cmocka_unit_test(many_scores_are_several_requests_and_come_again_after_a_failure),
        cmocka_unit_test(what_is_no_score_is_told_at_once_and_refused_ones_are_counted),
        cmocka_unit_test(references_come_as_blobs_before_their_span),
        cmocka_unit_test(the_same_bytes_are_sent_once_a_batch),
        cmocka_unit_test(many_blobs_arrive_before_their_span_though_some_fail_at_first),
        cmocka_unit_test(a_reference_that_does_not_fit_leaves_a_mark),
        cmocka_unit_test(references_of_a_discarded_span_free_their_room),
        cmocka_unit_test(a_request_gets_status_and_body),
        cmocka_unit_test(a_blob_is_put_under_its_hash),
        cmocka_unit_test(a_request_with_bad_arguments_is_not_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
