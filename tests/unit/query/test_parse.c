/* SPDX-License-Identifier: Apache-2.0 */
/* The filter language as docs/query-language.md has it: what parses to what, and what
 * is refused with which words. */
#include "base/alloc.h"
#include "query/ast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect_canonical(const char *text, const char *canonical)
{
    Arena a;
    Err err = {0};
    Query *q = NULL;
    Str printed = {0};

    arena_init(&a, 1 << 24);
    if (query_parse(str_from(text), &a, &err, &q))
        fail_msg("%s: %s", text, err.msg);
    assert_int_equal(query_to_text(q, &a, &printed), ST_OK);
    if (!str_eq(printed, str_from(canonical)))
        fail_msg("%s: printed %.*s, expected %s", text, STR_ARG(printed), canonical);
    arena_deinit(&a);
}

static void expect_error(const char *text, Status st, size_t pos, const char *words)
{
    Arena a;
    Err err = {0};
    Query *q = NULL;

    arena_init(&a, 1 << 24);
    assert_int_equal(query_parse(str_from(text), &a, &err, &q), st);
    assert_null(q);
    if (!strstr(err.msg, words))
        fail_msg("%s: '%s' lacks '%s'", text, err.msg, words);
    assert_int_equal(err.pos, pos);
    arena_deinit(&a);
}

static void queries_have_a_canonical_text(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""},
        {"   ", ""},
        {"status:error", "status:error"},
        {"model:summarizer:v3 latency>2s", "model:summarizer:v3 latency>2s"},
        {"a b", "\"a\" \"b\""},
        {"\"two words\"", "\"two words\""},
        {"status:error and name:x or type:llm", "status:error name:x or type:llm"},
        {"status:error (name:x or type:llm)", "status:error (name:x or type:llm)"},
        {"not status:ok", "-status:ok"},
        {"-(status:ok or name:x)", "-(status:ok or name:x)"},
        {"status!=ok", "-status:ok"},
        {"duration:100ms..2s", "latency:100ms..2s"},
        {"latency:>=1m", "latency>=1m"},
        {"latency:..2s", "latency<=2s"},
        {"tokens.input:5", "tokens.input:5"},
        {"status:(ok, error)", "status:(ok,error)"},
        {"tag.country:DE -tag.tier:free", "tag.country:DE -tag.tier:free"},
        {"has:tag.country", "tag.country:*"},
        {"name:pred*", "name:pred*"},
        {"name:\"pred*\"", "name:\"pred*\""},
        {"attr.\"odd key\":1", "attr.\"odd key\":1"},
        {"http.method:GET", "http.method:GET"},
        {"span(type:llm status:error)", "span(type:llm status:error)"},
        {"score.x<0.5 -passed.x:true", "score.x<0.5 -passed.x:true"},
        {"span(score.x:good)", "span(score.x:good)"},
        {"score.\"odd name\":0.1..0.5", "score.\"odd name\":0.1..0.5"},
        {"judge!=good:v2 has:score.x", "-judge:good:v2 score.x:*"},
        {"span(score.x<1 (passed.x:true judge:j:v1) -score.x:2)",
         "span(score.x<1 (passed.x:true judge:j:v1) -score.x:2)"},
        {"child(judge:g*:v1 or score.x:/^a/i)", "child(judge:g*:v1 or score.x:/^a/i)"},
        {"-span(type:llm) root:true", "-type:llm root:true"},
        {"NOT a OR b AND c", "-\"a\" or \"b\" \"c\""},
        {"tag.zip:\"07030\"", "tag.zip:\"07030\""},
        {"input:\"a \\\"b\\\" \\\\ c\"", "input:\"a \\\"b\\\" \\\\ c\""},
        {"error:ValueError", "error.type:ValueError"},
        {"--status:ok", "--status:ok"},
        {"order", "\"order\""},
        {"notes", "\"notes\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i][1])
            expect_canonical(pairs[i][0], pairs[i][1]);
}

static void the_canonical_text_is_a_fixed_point(void **state)
{
    static const char *const texts[] = {
        "a or (b or c)",
        "(a or b) or c",
        "a (b c)",
        "-(a b) or span(status:error -(type:llm or name:x*))",
        "tag.x:1..5 tag.y>=2.5 attr.\"we ird\":*",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Arena a;
        Query *q = NULL;
        Str once = {0};
        Str twice = {0};

        arena_init(&a, 1 << 24);
        assert_int_equal(query_parse(str_from(texts[i]), &a, NULL, &q), ST_OK);
        assert_int_equal(query_to_text(q, &a, &once), ST_OK);
        assert_int_equal(query_parse(once, &a, NULL, &q), ST_OK);
        assert_int_equal(query_to_text(q, &a, &twice), ST_OK);
        assert_true(str_eq(once, twice));
        arena_deinit(&a);
    }
}

static void errors_tell_where_and_what(void **state)
{
    (void)state;
    expect_error("statsu:error", ST_NOTFOUND, 0, "did you mean 'status'?");
    expect_error("a foo:1", ST_NOTFOUND, 2, "unknown field 'foo'");
    expect_error("latency>2", ST_INVALID, 8, "needs a duration with its unit");
    expect_error("latency>2sec", ST_INVALID, 8, "ns, us, ms, s, m, h, d or w");
    expect_error("a time>-1x", ST_INVALID, 7, "is not a time such as");
    expect_error("tokens.input:many", ST_INVALID, 13, "needs a number");
    expect_error("tag.wait>250ms", ST_INVALID, 9, "an attribute has no unit of time");
    expect_error("status:eror", ST_INVALID, 7, "did you mean 'error'?");
    expect_error("status:(ok,fine)", ST_INVALID, 11, "a status is ok, error or unset");
    expect_error("status>ok", ST_INVALID, 7, "has no order");
    expect_error("(a", ST_INVALID, 0, "is not closed");
    expect_error("a (b or (c)", ST_INVALID, 2, "a ) is missing");
    expect_error("a)", ST_INVALID, 1, "closes nothing");
    expect_error("a or", ST_INVALID, 4, "expected a term");
    expect_error("()", ST_INVALID, 1, "expected a term");
    expect_error("\"abc", ST_INVALID, 0, "no closing quote");
    expect_error("status:", ST_INVALID, 7, "expected a value");
    expect_error("status:(ok", ST_INVALID, 10, "expected , or )");
    expect_error("span(span(a))", ST_INVALID, 10, "cannot stand inside");
    expect_error("trace:xyz", ST_INVALID, 6, "hex digits");

    expect_error("score.x>high", ST_INVALID, 8, "needs a number");
    expect_error("score.:1", ST_NOTFOUND, 0, "unknown field");
    expect_error("root:maybe", ST_INVALID, 5, "true or false");
    expect_error("http://example.com", ST_NOTFOUND, 0, "double quotes");
    expect_error("latency > 2s", ST_INVALID, 8, "without spaces");
    expect_error("status != ok", ST_INVALID, 7, "without spaces");
    expect_error("a :7", ST_INVALID, 2, "in double quotes");
    expect_canonical("\">2s\"", "\">2s\"");
    expect_error("tokens.input:8..7", ST_INVALID, 13, "the lower end of a range comes first");
    expect_error("latency:2s..1s", ST_INVALID, 8, "nothing is in 2s..1s");
    expect_error("tag.x:2..1", ST_INVALID, 6, "the lower end");
    expect_canonical("tokens.input:7..7", "tokens.input:7..7");
    expect_error("version:nan", ST_INVALID, 8, "needs a number");
    expect_error("tag.x>=nan", ST_INVALID, 7, "needs a number");
    expect_canonical("tag.x:nan", "tag.x:nan");
    expect_error("passed.x:maybe", ST_INVALID, 9, "passed.x takes true or false");
    expect_error("passed.x:(true,maybe)", ST_INVALID, 15, "true or false");
}

static const Term *parse_one(const char *text, int64_t now_ns, Arena *a)
{
    Err err = {0};
    Query *q = NULL;

    if (query_parse_at(str_from(text), now_ns, a, &err, &q))
        fail_msg("%s: %s", text, err.msg);
    assert_int_equal(q->term_count, 1);
    return &q->terms[0];
}

static void times_are_relative_to_now(void **state)
{
    const int64_t now = INT64_C(1700000000) * 1000000000;
    const int64_t hour = INT64_C(3600) * 1000000000;
    Arena a;
    const Term *t;
    Query *q = NULL;
    Str text = {0};

    (void)state;
    arena_init(&a, 1 << 20);
    t = parse_one("time>-1h", now, &a);
    assert_int_equal(t->low.value.integer, now - hour);
    assert_false(t->low.inclusive);
    t = parse_one("time:-1d..-1h30m", now, &a);
    assert_int_equal(t->low.value.integer, now - 24 * hour);
    assert_int_equal(t->high.value.integer, now - hour - hour / 2);
    t = parse_one("time<=now", now, &a);
    assert_int_equal(t->high.value.integer, now);
    t = parse_one("time>-15000w", INT64_MIN + 5, &a);
    assert_int_equal(t->low.value.integer, INT64_MIN);
    arena_deinit(&a);
    arena_init(&a, 1 << 20);
    assert_int_equal(query_parse_at(STR("time:-1h..now"), now, &a, NULL, &q), ST_OK);
    assert_int_equal(query_to_text(q, &a, &text), ST_OK);
    assert_true(
        str_eq(text, STR("time:2023-11-14T21:13:20.000000000Z..2023-11-14T22:13:20.000000000Z")));
    arena_deinit(&a);
}

static void numbers_may_have_a_unit_of_size(void **state)
{
    static const struct {
        const char *text;
        double low;
    } cases[] = {
        {"tokens.input>=1.5k", 1500},
        {"tokens.input>=2M", 2e6},
        {"tag.size>=10kB", 10000},
        {"tag.size>=64KiB", 65536},
        {"attr.bytes>=1GB", 1e9},
        {"tag.price>=$0.25", 0.25},
        {"tag.x>=-3", -3},
        {"tag.size:1MiB..2MiB", 1048576},
    };
    Arena a;

    (void)state;
    arena_init(&a, 1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(parse_one(cases[i].text, 0, &a)->low.value.number == cases[i].low);
    /* Not compared, a text stays a text. */
    assert_false(parse_one("tag.size:10kB", 0, &a)->values[0].is_number);
    arena_deinit(&a);
    expect_canonical("cost:>=$0.01", "cost>=$0.01");
    expect_error("cost>5ms", ST_INVALID, 5, "cost needs a number such as $0.01, not '5ms'");
    expect_error("tokens.input>$5", ST_INVALID, 13, "needs a number");
}

static void regular_expressions_stand_between_slashes(void **state)
{
    static const char *const canonical[] = {
        "name:/^get \\d+$/i",        "/time ?out/", "-error.message:/a\\/b/ims", "http.route:/x/",
        "span(/a(b|c)/ model:/^d/)",
    };
    Arena a;

    (void)state;
    for (size_t i = 0; i < sizeof canonical / sizeof *canonical; i++)
        expect_canonical(canonical[i], canonical[i]);
    /* Paths are not; quotes say so where a path looks like one. */
    expect_canonical("http.route:/api/v1", "http.route:\"/api/v1\"");
    expect_canonical("http.route:/api/*", "http.route=/api/*");
    expect_canonical("http.route:/a,*", "http.route=/a,*");
    expect_canonical("name=/x/", "name:\"/x/\"");
    expect_canonical("http.route:\"/api/\"", "http.route:\"/api/\"");
    expect_canonical("http.route:(/a/,/b/)", "http.route:(\"/a/\",\"/b/\")");
    expect_canonical("/usr/bin", "\"/usr/bin\"");
    expect_canonical("//", "\"//\"");
    arena_init(&a, 1 << 20);
    assert_int_equal(parse_one("name:/A/im", 0, &a)->regex_flags, REGEX_NOCASE | REGEX_LINES);
    arena_deinit(&a);
    expect_error("a name:/x(/", ST_INVALID, 10, "missing closing parenthesis");
    expect_error("/[b-a]/", ST_INVALID, 4, "range out of order");
    expect_error("name:/((a|b){1000}){1000}/", ST_INVALID, 25, "too large");
    expect_error("latency:/x/", ST_INVALID, 8, "is not a duration");
}

static void relations_are_terms(void **state)
{
    static const char *const canonical[] = {
        "child(status:error)",
        "-parent(type:llm name:x)",
        "span(type:agent child(type:tool status:error) -parent(name:x or root:true))",
        "child(child(name:a or child(-parent(name:b)))) name:c",
    };
    char deep[200] = "";

    (void)state;
    for (size_t i = 0; i < sizeof canonical / sizeof *canonical; i++)
        expect_canonical(canonical[i], canonical[i]);
    expect_canonical("parent:00f067aa0ba902b7", "parent:00f067aa0ba902b7");
    expect_canonical("child (a)", "\"child\" \"a\"");
    expect_error("child(span(a))", ST_INVALID, 11, "cannot stand inside");
    expect_error("a child(b", ST_INVALID, 7, "a ) is missing");
    expect_error("parent()", ST_INVALID, 7, "expected a term");
    for (int i = 0; i < 9; i++)
        strcat(deep, "child(");
    expect_error(deep, ST_LIMIT, 54, "nested deeper than 8 levels");
    deep[0] = '\0';
    for (int i = 0; i < 17; i++)
        strcat(deep, "child(a) ");
    expect_error(deep, ST_LIMIT, 151, "at most 16 of child( ) and parent( )");
}

static void limits_hold(void **state)
{
    char text[QUERY_MAX_TEXT + 2];
    Arena a;
    Err err;
    Query *q = NULL;

    (void)state;
    arena_init(&a, 1 << 24);
    memset(text, 'a', sizeof text);
    assert_int_equal(query_parse((Str){text, QUERY_MAX_TEXT + 1}, &a, &err, &q), ST_LIMIT);
    memset(text, '(', sizeof text);
    assert_int_equal(query_parse((Str){text, 1000}, &a, &err, &q), ST_LIMIT);
    for (size_t i = 0; i + 1 < 400; i += 2)
        memcpy(text + i, "a ", 2);
    assert_int_equal(query_parse((Str){text, 400}, &a, &err, &q), ST_LIMIT);
    memset(text, 'a', sizeof text);
    text[0] = text[REGEX_MAX_PATTERN + 2] = '/';
    assert_int_equal(query_parse((Str){text, REGEX_MAX_PATTERN + 3}, &a, &err, &q), ST_LIMIT);
    arena_deinit(&a);
}

static void every_allocation_failure_is_survived(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        Arena a;
        Query *q = NULL;
        Err err;
        Status st;

        arena_init(&a, 1 << 24);
        mem_fail_after(k);
        st = query_parse(
            STR("status:(ok,error) -span(tag.a:1 or b) latency>2s /x+/i child(name:/y/)"), &a, &err,
            &q);
        mem_fail_after(-1);
        arena_deinit(&a);
        assert_int_equal(mem_live(), 0);
        if (st == ST_OK)
            break;
        assert_int_equal(st, ST_NOMEM);
    }
}

static void formulas_are_evaluated_over_masks(void **state)
{
    Arena a;
    Query *q = NULL;

    (void)state;
    arena_init(&a, 1 << 20);
    assert_int_equal(query_parse(STR("a -b or c"), &a, NULL, &q), ST_OK);
    assert_int_equal(q->atom_count, 3);
    for (uint64_t mask = 0; mask < 8; mask++) {
        const bool expected = ((mask & 1) && !(mask & 2)) || (mask & 4);

        assert_int_equal(program_eval_mask(&q->formula, mask), expected);
    }
    arena_deinit(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries_have_a_canonical_text),
        cmocka_unit_test(the_canonical_text_is_a_fixed_point),
        cmocka_unit_test(errors_tell_where_and_what),
        cmocka_unit_test(times_are_relative_to_now),
        cmocka_unit_test(numbers_may_have_a_unit_of_size),
        cmocka_unit_test(regular_expressions_stand_between_slashes),
        cmocka_unit_test(relations_are_terms),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(every_allocation_failure_is_survived),
        cmocka_unit_test(formulas_are_evaluated_over_masks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
