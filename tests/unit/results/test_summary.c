/* SPDX-License-Identifier: Apache-2.0 */
/* Summaries of evaluations: found under their revisions, replaced, bounded, gone with them. */
#include "unit/results/results_test.h"

#include "catalog/summary.h"

static SummaryKey key(int64_t a, int64_t b, int64_t revision, const char *about)
{
    return (SummaryKey){.ids = {a, b}, .revisions = {revision, revision}, .about = str_from(about)};
}

static void a_summary_holds_for_its_revisions(void **state)
{
    Shelf s = shelf_new();
    const SummaryKey first = key(s.evaluation, s.evaluation, 1, "x");
    const SummaryKey second = key(s.evaluation, s.evaluation, 2, "x");
    const SummaryKey other = key(s.evaluation, s.evaluation, 2, "y");
    Str body;

    (void)state;
    assert_int_equal(catalog_summary_get(s.catalog, &first, &s.arena, &body), ST_NOTFOUND);
    assert_ok(catalog_summary_put(s.catalog, &first, STR("one")));
    assert_ok(catalog_summary_get(s.catalog, &first, &s.arena, &body));
    assert_str(body, "one");
    assert_int_equal(catalog_summary_get(s.catalog, &second, &s.arena, &body), ST_NOTFOUND);
    assert_ok(catalog_summary_put(s.catalog, &other, STR("three")));
    assert_int_equal(catalog_summary_get(s.catalog, &first, &s.arena, &body), ST_NOTFOUND);
    assert_ok(catalog_summary_put(s.catalog, &second, STR("two")));
    assert_ok(catalog_summary_put(s.catalog, &second, STR("again")));
    assert_ok(catalog_summary_get(s.catalog, &second, &s.arena, &body));
    assert_str(body, "again");
    assert_ok(catalog_summary_get(s.catalog, &other, &s.arena, &body));
    shelf_free(&s);
}

static void it_goes_with_either_evaluation(void **state)
{
    Shelf s = shelf_new();
    const int64_t b = shelf_evaluation(&s, "b");
    const SummaryKey pair = key(s.evaluation, b, 1, "pair");
    Str body;

    (void)state;
    assert_ok(catalog_summary_put(s.catalog, &pair, STR("ab")));
    assert_ok(catalog_evaluation_remove(s.catalog, s.project, b));
    assert_int_equal(catalog_summary_get(s.catalog, &pair, &s.arena, &body), ST_NOTFOUND);
    assert_int_equal(catalog_summary_put(s.catalog, &pair, STR("ab")), ST_NOTFOUND);
    shelf_free(&s);
}

static void their_number_and_size_are_bounded(void **state)
{
    Shelf s = shelf_new();
    char about[32];
    char *large = mem_calloc(1, SUMMARY_MAX + 1);
    SummaryKey k = key(s.evaluation, s.evaluation, 1, about);

    (void)state;
    for (int i = 0; i < SUMMARIES_MAX; i++) {
        (void)snprintf(about, sizeof about, "%d", i);
        k.about = str_from(about);
        assert_ok(catalog_summary_put(s.catalog, &k, STR("x")));
    }
    assert_ok(catalog_summary_put(s.catalog, &k, STR("in its place")));
    k.about = STR("one more");
    assert_int_equal(catalog_summary_put(s.catalog, &k, STR("x")), ST_LIMIT);
    k.revisions[0] = k.revisions[1] = 2;
    assert_ok(catalog_summary_put(s.catalog, &k, STR("x")));
    assert_int_equal(catalog_summary_put(s.catalog, &k, (Str){large, SUMMARY_MAX + 1}), ST_LIMIT);
    mem_free(large);
    shelf_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_summary_holds_for_its_revisions),
        cmocka_unit_test(it_goes_with_either_evaluation),
        cmocka_unit_test(their_number_and_size_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
