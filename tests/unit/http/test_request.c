/* SPDX-License-Identifier: Apache-2.0 */
/* Targets, queries, routes: what the network sends, taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "http/origin.h"
#include "http/route.h"

static void nothing(void *context, Request *q, Response *r)
{
    (void)context;
    (void)q;
    (void)r;
}

static const Route routes[] = {
    {"GET", "/healthz", nothing, 0, 0},
    {"GET", "/p/{project}/traces", nothing, 0, 0},
    {"POST", "/p/{project}/traces", nothing, 0, 0},
    {"GET", "/p/{project}/traces/histogram", nothing, 0, 0},
    {"GET", "/p/{project}/traces/{id}", nothing, 0, 0},
    {"DELETE", "/p/{project}/traces/{id}", nothing, 0, 0},
};
static const Router router = {routes, sizeof routes / sizeof routes[0]};

typedef struct Fixture {
    Arena arena;
    Request q;
    Buf allow;
    size_t index;
} Fixture;

static void open_fixture(Fixture *f)
{
    *f = (Fixture){.index = 999};
    arena_init(&f->arena, 1 << 20);
    f->q.arena = &f->arena;
    buf_init(&f->allow, 256);
}

static void close_fixture(Fixture *f)
{
    buf_deinit(&f->allow);
    arena_deinit(&f->arena);
    assert_int_equal(mem_live(), 0);
}

static Status find(Fixture *f, const char *method, const char *target)
{
    Status st;

    f->q.method = str_from(method);
    buf_clear(&f->allow);
    st = request_set_target(&f->q, str_from(target));
    return st ? st : route_find(&router, &f->q, &f->index, &f->allow);
}

static void assert_text(Str have, const char *want)
{
    assert_true(str_eq(have, str_from(want)));
}

static void a_name_with_a_slash_stays_in_its_segment(void **state)
{
    Fixture f;

    (void)state;
    open_fixture(&f);
    assert_int_equal(find(&f, "GET", "/p/a%2Fb%20c/traces"), ST_OK);
    assert_int_equal(f.index, 1);
    assert_text(request_param(&f.q, STR("project")), "a/b c");
    close_fixture(&f);
}

static void a_literal_wins_over_a_parameter_and_head_finds_get(void **state)
{
    Fixture f;

    (void)state;
    open_fixture(&f);
    assert_int_equal(find(&f, "GET", "/p/x/traces/histogram"), ST_OK);
    assert_int_equal(f.index, 3);
    assert_int_equal(find(&f, "HEAD", "/p/x/traces/abc"), ST_OK);
    assert_int_equal(f.index, 4);
    assert_text(request_param(&f.q, STR("id")), "abc");
    close_fixture(&f);
}

static void another_method_names_those_that_are_allowed(void **state)
{
    Fixture f;

    (void)state;
    open_fixture(&f);
    assert_int_equal(find(&f, "PUT", "/p/x/traces"), ST_UNSUPPORTED);
    assert_text(buf_str(&f.allow), "GET, HEAD, POST");
    close_fixture(&f);
}

static void what_matches_nothing_is_not_found(void **state)
{
    static const char *const targets[] = {
        "/", "/p", "/p/", "/p//traces", "/p/x/traces/", "/healthz/", "//healthz", "/p/x/tracesy"};
    Fixture f;

    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        assert_int_equal(find(&f, "GET", targets[i]), ST_NOTFOUND);
    close_fixture(&f);
}

static void bad_escapes_and_bytes_are_refused(void **state)
{
    static const char *const targets[] = {
        "/p/%/traces",       "/p/%2/traces",     "/p/%zz/traces",
        "/p/%00/traces",     "/p/%ff%fe/traces", "/p/x/traces?a=%",
        "/p/x/traces?%g1=1", "nothing",          ""};
    Fixture f;

    (void)state;
    open_fixture(&f);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        assert_int_equal(find(&f, "GET", targets[i]), ST_CORRUPT);
    close_fixture(&f);
}

static void a_query_is_split_and_decoded(void **state)
{
    Fixture f;
    Str value;

    (void)state;
    open_fixture(&f);
    assert_int_equal(find(&f, "GET", "/healthz?query=a%3Ab+c&limit=5&&empty=&flag&limit=6"), ST_OK);
    assert_true(request_query(&f.q, STR("query"), &value));
    assert_text(value, "a:b c");
    assert_true(request_query(&f.q, STR("limit"), &value));
    assert_text(value, "5");
    assert_true(request_query(&f.q, STR("empty"), &value));
    assert_int_equal(value.len, 0);
    assert_true(request_query(&f.q, STR("flag"), &value));
    assert_false(request_query(&f.q, STR("cursor"), &value));
    close_fixture(&f);
}

static void too_many_parameters_are_refused(void **state)
{
    char target[1024] = "/healthz?";
    size_t n = 9;
    Fixture f;

    (void)state;
    open_fixture(&f);
    for (int i = 0; i <= REQUEST_MAX_QUERY; i++) {
        target[n++] = 'a';
        target[n++] = '&';
    }
    target[n] = '\0';
    assert_int_equal(find(&f, "GET", target), ST_LIMIT);
    close_fixture(&f);
}

/* ---------------------------------------------------------------- senders */

static Request with_headers(const char *method, Pair *headers, size_t count)
{
    return (Request){.method = str_from(method), .headers = headers, .header_count = count};
}

static void only_own_names_are_answered(void **state)
{
    const Str hosts[] = {STR("localhost"), STR("127.0.0.1"), STR("[::1]")};
    static const struct {
        const char *host;
        bool fine;
    } cases[] = {{"localhost:4318", true},
                 {"LOCALHOST", true},
                 {"127.0.0.1:1", true},
                 {"[::1]:4318", true},
                 {"[::1]", true},
                 {"evil.example:4318", false},
                 {"localhost.evil.example", false},
                 {"", false},
                 {"127.0.0.1.evil", false},
                 {"[::2]:1", false},
                 {"[::1", false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Pair headers[] = {{STR("HOST"), str_from(cases[i].host)}};
        const Request q = with_headers("GET", headers, 1);

        assert_int_equal(host_allowed(&q, hosts, 3), cases[i].fine);
    }
}

static void other_pages_may_read_nothing_into_being(void **state)
{
    static const struct {
        const char *method, *origin, *site;
        bool fine;
    } cases[] = {
        {"POST", "", "", true},
        {"POST", "http://localhost:4318", "", true},
        {"POST", "http://localhost:4318", "same-origin", true},
        {"POST", "http://evil.example", "", false},
        {"POST", "null", "", false},
        {"POST", "http://localhost:9999", "", false},
        {"DELETE", "", "cross-site", false},
        {"PUT", "", "same-site", false},
        {"PATCH", "", "none", true},
        {"GET", "http://evil.example", "cross-site", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Pair headers[] = {{STR("host"), STR("localhost:4318")},
                          {STR("origin"), str_from(cases[i].origin)},
                          {STR("sec-fetch-site"), str_from(cases[i].site)}};
        const Request q = with_headers(cases[i].method, headers, 3);

        assert_int_equal(origin_allowed(&q), cases[i].fine);
    }
}

static void every_allocation_failure_is_told(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        Fixture f;
        Status st;

        open_fixture(&f);
        mem_fail_after(k);
        st = find(&f, "PUT", "/p/x%20y/traces?a=b%20c&d=e");
        mem_fail_after(-1);
        close_fixture(&f);
        if (st == ST_UNSUPPORTED)
            break;
        assert_int_equal(st, ST_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_with_a_slash_stays_in_its_segment),
        cmocka_unit_test(a_literal_wins_over_a_parameter_and_head_finds_get),
        cmocka_unit_test(another_method_names_those_that_are_allowed),
        cmocka_unit_test(what_matches_nothing_is_not_found),
        cmocka_unit_test(bad_escapes_and_bytes_are_refused),
        cmocka_unit_test(a_query_is_split_and_decoded),
        cmocka_unit_test(too_many_parameters_are_refused),
        cmocka_unit_test(only_own_names_are_answered),
        cmocka_unit_test(other_pages_may_read_nothing_into_being),
        cmocka_unit_test(every_allocation_failure_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
