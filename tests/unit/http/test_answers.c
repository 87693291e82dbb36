/* SPDX-License-Identifier: Apache-2.0 */
/* Problems, ETags and the embedded page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "http/page.h"
#include "http/problem.h"

static const unsigned char index_bytes[] = {'i', 'n', 'd', 'e', 'x'};
static const unsigned char script_bytes[] = {'s'};
static const PageAsset assets[] = {
    {"/assets/app-12345678.js", "text/javascript", "\"s\"", script_bytes, 1, true, true},
    {"/favicon.ico", "image/x-icon", "\"f\"", script_bytes, 1, false, false},
    {"/index.html", "text/html", "\"i\"", index_bytes, 5, false, false},
};
static const PageTable page = {assets, 3};

static Str header_of(const Response *r, Str name)
{
    for (size_t i = 0; i < r->header_count; i++) {
        if (str_eq_nocase(r->headers[i].name, name))
            return r->headers[i].value;
    }
    return (Str){0};
}

static void assert_text(Str have, const char *want)
{
    if (!str_eq(have, str_from(want)))
        fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(have), want);
}

static bool get(const char *path, Pair *headers, size_t count, Response *r)
{
    const Request q = {
        .method = STR("GET"), .path = str_from(path), .headers = headers, .header_count = count};

    response_init(r);
    return page_answer(&page, &q, r);
}

static void an_asset_is_sent_as_it_was_packed(void **state)
{
    Response r;

    (void)state;
    assert_true(get("/assets/app-12345678.js", NULL, 0, &r));
    assert_text(header_of(&r, STR("Content-Encoding")), "gzip");
    assert_text(header_of(&r, STR("Cache-Control")), "public, max-age=31536000, immutable");
    assert_text(r.shared.bytes, "s");
    response_deinit(&r);
}

static void deep_links_get_the_page_and_missing_files_do_not(void **state)
{
    Pair browser[] = {{STR("Accept"), STR("text/html,application/xhtml+xml")}};
    Response r;

    (void)state;
    assert_true(get("/", NULL, 0, &r));
    assert_text(r.shared.bytes, "index");
    assert_text(header_of(&r, STR("Cache-Control")), "no-cache");
    assert_true(get("/p/default/traces", NULL, 0, &r));
    assert_true(get("/p/default/models/net.v1", browser, 1, &r));
    assert_false(get("/nothing.png", NULL, 0, &r));
    assert_false(get("/assets/gone.js", browser, 1, &r));
    assert_false(get("/api/v1/nothing", browser, 1, &r));
    assert_false(get("/v1/logs", browser, 1, &r));
}

static void a_known_etag_is_answered_without_a_body(void **state)
{
    Pair known[] = {{STR("If-None-Match"), STR("\"x\", W/\"i\"")}};
    Pair other[] = {{STR("If-None-Match"), STR("\"ii\"")}};
    Response r;

    (void)state;
    assert_true(get("/index.html", known, 1, &r));
    assert_int_equal(r.status, 304);
    assert_int_equal(r.kind, BODY_BYTES);
    assert_int_equal(r.body.len, 0);
    assert_true(get("/index.html", other, 1, &r));
    assert_int_equal(r.status, 200);
}

static void scripts_come_only_from_the_server(void **state)
{
    Response r;
    Str policy;

    (void)state;
    assert_true(get("/", NULL, 0, &r));
    policy = header_of(&r, STR("Content-Security-Policy"));
    assert_true(str_find(policy, STR("script-src 'self';")) < policy.len);
    assert_true(str_find(policy, STR("frame-ancestors 'none'")) < policy.len);
    assert_int_equal(str_find(policy, STR("unsafe")), policy.len);
}

static void a_problem_names_field_and_place(void **state)
{
    Response r;

    (void)state;
    response_init(&r);
    problem_at(&r, 400, "query", 7, "query: expected %s", "a \"value\"");
    assert_int_equal(r.status, 400);
    assert_text(r.content_type, "application/problem+json");
    assert_text(
        buf_str(&r.body),
        "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
        "\"detail\":\"query: expected a \\\"value\\\"\",\"field\":\"query\",\"position\":7}");
    problem_status(&r, ST_BUSY, NULL, "later");
    assert_int_equal(r.status, 429);
    assert_text(header_of(&r, STR("Retry-After")), "1");
    response_deinit(&r);
    assert_int_equal(mem_live(), 0);
}

static void every_status_has_a_code(void **state)
{
    (void)state;
    for (int st = ST_NOMEM; st <= ST_VERSION; st++)
        assert_in_range(http_code_of((Status)st), 400, 599);
    assert_int_equal(http_code_of(ST_FULL), 507);
    assert_int_equal(http_code_of((Status)999), 500);
}

static void a_problem_without_memory_still_has_its_status(void **state)
{
    Response r;

    (void)state;
    response_init(&r);
    mem_fail_after(0);
    problem(&r, 404, NULL, "nothing");
    mem_fail_after(-1);
    assert_int_equal(r.status, 404);
    assert_int_equal(r.body.len, 0);
    response_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_asset_is_sent_as_it_was_packed),
        cmocka_unit_test(deep_links_get_the_page_and_missing_files_do_not),
        cmocka_unit_test(a_known_etag_is_answered_without_a_body),
        cmocka_unit_test(scripts_come_only_from_the_server),
        cmocka_unit_test(a_problem_names_field_and_place),
        cmocka_unit_test(every_status_has_a_code),
        cmocka_unit_test(a_problem_without_memory_still_has_its_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
