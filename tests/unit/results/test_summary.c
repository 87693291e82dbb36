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

/* Whichever of the two was measured again, and in whatever pairs it is. */
static void older_revisions_of_both_are_removed(void **state)
{
    Shelf s = shelf_new();
    const int64_t a = s.evaluation;
    const int64_t b = shelf_evaluation(&s, "b");
    const int64_t c = shelf_evaluation(&s, "c");
    const SummaryKey old = key(b, c, 1, "x");
    const SummaryKey other = key(a, b, 1, "x");
    SummaryKey newer = key(a, c, 1, "x");
    Str body;

    (void)state;
    newer.revisions[1] = 2;
    assert_ok(catalog_summary_put(s.catalog, &old, STR("bc")));
    assert_ok(catalog_summary_put(s.catalog, &other, STR("ab")));
    assert_ok(catalog_summary_put(s.catalog, &newer, STR("ac")));
    assert_int_equal(catalog_summary_get(s.catalog, &old, &s.arena, &body), ST_NOTFOUND);
    assert_ok(catalog_summary_get(s.catalog, &other, &s.arena, &body));
    assert_ok(catalog_summary_get(s.catalog, &newer, &s.arena, &body));
    shelf_free(&s);
}

static void their_number_and_size_are_bounded(void **state)
{
    Shelf s = shelf_new();
    char about[32];
    char *large = mem_calloc(1, SUMMARY_MAX + 1);
    const SummaryKey own = key(s.evaluation, s.evaluation, 1, "own");
    SummaryKey k = key(s.evaluation, shelf_evaluation(&s, "b"), 1, about);
    SummaryKey first = k;
    Str body;

    (void)state;
    assert_ok(catalog_summary_put(s.catalog, &own, STR("own")));
    for (int i = 0; i < SUMMARIES_MAX - 1; i++) {
        (void)snprintf(about, sizeof about, "%04d", i);
        k.about = str_from(about);
        assert_ok(catalog_summary_put(s.catalog, &k, STR("x")));
    }
    assert_ok(catalog_summary_put(s.catalog, &k, STR("in its place")));
    first.about = STR("0000");
    assert_ok(catalog_summary_get(s.catalog, &first, &s.arena, &body));
    k.about = STR("one more");
    assert_ok(catalog_summary_put(s.catalog, &k, STR("x")));
    assert_ok(catalog_summary_get(s.catalog, &k, &s.arena, &body));
    assert_ok(catalog_summary_get(s.catalog, &own, &s.arena, &body));
    assert_int_equal(catalog_summary_get(s.catalog, &first, &s.arena, &body), ST_NOTFOUND);
    first.about = STR("0001");
    assert_ok(catalog_summary_get(s.catalog, &first, &s.arena, &body));
    assert_int_equal(catalog_summary_put(s.catalog, &k, (Str){large, SUMMARY_MAX + 1}), ST_LIMIT);
    mem_free(large);
    shelf_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_summary_holds_for_its_revisions),
        cmocka_unit_test(it_goes_with_either_evaluation),
        cmocka_unit_test(older_revisions_of_both_are_removed),
        cmocka_unit_test(their_number_and_size_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
