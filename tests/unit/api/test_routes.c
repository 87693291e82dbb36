/* SPDX-License-Identifier: Apache-2.0 */
/* Resources, through router and guard, over a real store. */
#include "api_test.h"

#define PROJECT "/api/v1/projects/default"

static const Call post_span = {"POST", "/v1/traces", ONE_SPAN, "application/json", NULL, NULL};

static void a_span_comes_back_with_its_types(void **state)
{
    World w;

    (void)state;
    world_open(&w, false);
    expect(&w, &post_span, 200, "{}");
    expect(&w, &(Call)GET(PROJECT "/traces/0102030405060708090A0B0C0D0E0F10"), 200,
           "\"model\":\"net:v1\"");
    expect(&w, &(Call)GET(PROJECT "/traces/0102030405060708090a0b0c0d0e0f10"), 200,
           "\"whole\":1.0");
    expect(&w, &(Call)GET(PROJECT "/traces/0102030405060708090a0b0c0d0e0f10"), 200,
           "\"status\":{\"code\":\"error\",\"message\":\"broke\"}");
    expect(&w, &(Call)GET(PROJECT "/traces?query=tag.tier%3Afree"), 200,
           "\"tags\":{\"tier\":\"free\"}");
    expect(&w, &(Call)GET(PROJECT "/traces?query=tag.tier%3Apro"), 200, "{\"items\":[],");
    expect(&w, &(Call)GET(PROJECT "/traces/histogram?buckets=3"), 200, "\"total\":1,");
    expect(&w, &(Call)GET(PROJECT "/models/net/stats"), 200, "\"tag\":\"net:v1\"");
    expect(&w, &(Call)GET(PROJECT), 200, "\"stored\":1");
    expect(&w, &(Call)GET("/metrics"), 200, "vireo_spans_stored_total{project=\"default\"} 1");
    world_close(&w);
}

static void names_that_do_not_exist_are_not_found(void **state)
{
    static const char *const targets[] = {
        "/api/v1/projects/none",
        "/api/v1/projects/none/traces",
        PROJECT "/traces/ffffffffffffffffffffffffffffffff",
        PROJECT "/models/none",
        PROJECT "/models/none/stats",
        PROJECT "/models/none/versions",
        PROJECT "/models/none/versions/3",
        "/api/v1/nothing",
    };
    World w;

    (void)state;
    world_open(&w, false);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        expect(&w, &(Call)GET(targets[i]), 404, "\"status\":404");
    world_close(&w);
}

static void what_is_sent_makes_its_project_only_without_accounts(void **state)
{
    const Call elsewhere = {"POST", "/v1/traces", ONE_SPAN, "application/json", NULL, "new%20one"};
    World w;

    (void)state;
    world_open(&w, false);
    expect(&w, &elsewhere, 200, NULL);
    expect(&w, &(Call)GET("/api/v1/projects/new%20one/traces"), 200, "detect");
    expect(&w, &(Call)GET("/api/v1/projects/never"), 404, NULL);
    world_close(&w);
}

static void errors_of_otlp_are_in_its_own_form(void **state)
{
    World w;
    Answer a;

    (void)state;
    world_open(&w, false);
    expect(&w, &(Call)POST("/v1/traces", "{", "application/json"), 400, "{\"code\":3,");
    expect(&w, &(Call)POST("/v1/traces", "{}", "text/plain"), 415, "Content-Type");
    assert_int_equal(answer(&w, &(Call)POST("/v1/traces", "\xff", "application/x-protobuf"), &a),
                     400);
    CHECK_STR(a.response.content_type, "application/x-protobuf");
    assert_int_equal(a.response.body.data[0], 0x08); /* field 1, a varint */
    answer_end(&a);
    world_close(&w);
}

static void keys_decide_when_accounts_are_on(void **state)
{
    const Call list = GET(PROJECT "/traces");
    NewKey viewer;
    NewKey ingest;
    NewKey other;
    int64_t project;
    int64_t second;
    bool created;
    Arena arena;
    World w;

    (void)state;
    world_open(&w, true);
    arena_init(&arena, 1 << 20);
    CHECK_OK(project_find(w.domain, STR("default"), &project, NULL));
    CHECK_OK(project_ensure(w.domain, STR("second"), &second, &created, NULL));
    CHECK_OK(key_create(w.domain, project, STR("v"), STR("viewer"), &arena, &viewer, NULL));
    CHECK_OK(key_create(w.domain, project, STR("i"), STR("ingest"), &arena, &ingest, NULL));
    CHECK_OK(key_create(w.domain, second, STR("o"), STR("admin"), &arena, &other, NULL));

    expect(&w, &list, 401, NULL);
    expect(&w, &(Call){.method = "GET", .target = PROJECT "/traces", .key = viewer.text}, 200,
           NULL);
    expect(&w, &(Call){.method = "GET", .target = PROJECT "/traces", .key = ingest.text}, 403,
           NULL);
    expect(&w, &(Call){.method = "GET", .target = PROJECT "/traces", .key = other.text}, 403, NULL);
    expect(&w, &(Call){.method = "GET", .target = "/metrics", .key = viewer.text}, 403, NULL);
    expect(&w, &(Call){"POST", "/v1/traces", ONE_SPAN, "application/json", viewer.text, NULL}, 403,
           "{\"code\":7,");
    expect(&w, &(Call){"POST", "/v1/traces", ONE_SPAN, "application/json", NULL, NULL}, 401,
           "{\"code\":16,");
    expect(&w, &(Call){"POST", "/v1/traces", ONE_SPAN, "application/json", ingest.text, NULL}, 200,
           "{}");
    expect(&w, &(Call){"POST", "/v1/traces", ONE_SPAN, "application/json", ingest.text, "second"},
           403, NULL);
    expect(&w, &(Call){.method = "GET", .target = "/api/v1/projects", .key = other.text}, 200,
           "\"name\":\"second\"");
    arena_deinit(&arena);
    world_close(&w);
}

static void before_it_is_attached_only_health_is_answered(void **state)
{
    World w;
    Api *api = NULL;
    Api *attached;

    (void)state;
    world_open(&w, false);
    CHECK_OK(api_new(&(ApiOptions){.workers = 16}, &api));
    attached = w.api;
    w.api = api;
    expect(&w, &(Call)GET("/healthz"), 200, "ok");
    expect(&w, &(Call)GET("/readyz"), 503, NULL);
    expect(&w, &(Call)GET(PROJECT "/traces"), 503, NULL);
    expect(&w, &post_span, 503, "{\"code\":14,");
    w.api = attached;
    api_free(api);
    api_stop(w.api); /* draining: not ready, but what has begun is finished */
    expect(&w, &(Call)GET("/readyz"), 503, NULL);
    expect(&w, &post_span, 200, NULL);
    world_close(&w);
}

static void a_live_view_hears_of_its_project_only(void **state)
{
    const Call elsewhere = {"POST", "/v1/traces", ONE_SPAN, "application/json", NULL, "other"};
    World w;
    Answer a;
    Buf news;

    (void)state;
    world_open(&w, false);
    assert_int_equal(answer(&w, &(Call)GET(PROJECT "/traces/live"), &a), 200);
    assert_int_equal(a.response.kind, BODY_EVENTS);
    buf_init(&news, 4096);
    CHECK_OK(a.response.events.poll(a.response.events.context, &news));
    CHECK_SAME(buf_str(&news), STR("event: ready\ndata: {\"count\":0}\n\n"));
    buf_clear(&news);
    expect(&w, &elsewhere, 200, NULL);
    CHECK_OK(a.response.events.poll(a.response.events.context, &news));
    assert_int_equal(news.len, 0);
    expect(&w, &post_span, 200, NULL);
    CHECK_OK(a.response.events.poll(a.response.events.context, &news));
    CHECK_SAME(buf_str(&news), STR("event: traces\ndata: {\"count\":1}\n\n"));
    buf_deinit(&news);
    answer_end(&a);
    world_close(&w);
}

/* Counting ends with its time; what is left comes all the same. */
static void queues_that_cannot_be_counted_in_time_tell_no_counts(void **state)
{
    static const char traces[] = "{\"name\":\"t\",\"judge\":\"ann\"}";
    static const char samples[] = "{\"name\":\"s\",\"judge\":\"ann\",\"dataset\":{\"name\":\"d\"}}";
    static const char both[] = "{\"samples\":[{\"input\":1},{\"input\":2},{\"input\":3}]}";
    World w;

    (void)state;
    world_open(&w, false);
    expect(&w, &post_span, 200, "{}");
    expect(&w, &(Call)POST(PROJECT "/datasets", "{\"name\":\"d\"}", "application/json"), 201, NULL);
    expect(&w, &(Call)POST(PROJECT "/datasets/d/commits", both, "application/json"), 201, NULL);
    expect(&w, &(Call)POST(PROJECT "/queues", traces, "application/json"), 201,
           "\"left\":1,\"done\":0}");
    expect(&w, &(Call)GET(PROJECT "/queues/1/next"), 200, "{\"left\":1,\"done\":0,\"exact\":true,");
    w.api->count_ns = 0;
    expect(&w, &(Call)POST(PROJECT "/queues", samples, "application/json"), 201,
           "\"left\":null,\"done\":null}");
    expect(&w, &(Call)GET(PROJECT "/queues"), 200, "\"left\":null,\"done\":null},{\"id\":1");
    expect(&w, &(Call)GET(PROJECT "/queues/2/next?limit=2"), 200,
           "{\"left\":3,\"done\":null,\"exact\":false,\"version\":1,\"items\":[{\"id\"");
    w.api->count_ns = INT64_MAX / 4;
    expect(&w, &(Call)GET(PROJECT "/queues/2/next?limit=2"), 200,
           "{\"left\":3,\"done\":0,\"exact\":true,");
    world_close(&w);
}

static void latencies_and_statuses_are_counted(void **state)
{
    Metrics *m = calloc(1, sizeof *m);
    Buf text;
    const char *z;
    Arena arena;

    (void)state;
    assert_non_null(m);
    metrics_count(m, 0, 200, 400000);
    metrics_count(m, 0, 200, 3000000);
    metrics_count(m, 0, 299, INT64_C(60) * 1000000000);
    metrics_count(m, -1, 404, 1);
    buf_init(&text, 1 << 20);
    arena_init(&arena, 1 << 20);
    CHECK_OK(metrics_write(m, &api_router, &text));
    CHECK_OK(arena_copy_z(&arena, buf_str(&text), &z));
    assert_non_null(strstr(z, "route=\"/healthz\",status=\"200\"} 2\n"));
    assert_non_null(strstr(z, "route=\"/healthz\",status=\"other\"} 1\n"));
    assert_non_null(strstr(z, "route=\"page\",status=\"404\"} 1\n"));
    assert_non_null(strstr(z, "route=\"/healthz\",le=\"0.0005\"} 1\n"));
    assert_non_null(strstr(z, "route=\"/healthz\",le=\"0.005\"} 2\n"));
    assert_non_null(strstr(z, "route=\"/healthz\",le=\"+Inf\"} 3\n"));
    buf_deinit(&text);
    arena_deinit(&arena);
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_comes_back_with_its_types),
        cmocka_unit_test(names_that_do_not_exist_are_not_found),
        cmocka_unit_test(what_is_sent_makes_its_project_only_without_accounts),
        cmocka_unit_test(errors_of_otlp_are_in_its_own_form),
        cmocka_unit_test(keys_decide_when_accounts_are_on),
        cmocka_unit_test(before_it_is_attached_only_health_is_answered),
        cmocka_unit_test(a_live_view_hears_of_its_project_only),
        cmocka_unit_test(queues_that_cannot_be_counted_in_time_tell_no_counts),
        cmocka_unit_test(latencies_and_statuses_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
