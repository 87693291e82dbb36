/* SPDX-License-Identifier: Apache-2.0 */
/* The worked numbers of each metric, ties and empty inputs; python/tests/test_metrics_*.py
 * compare with other libraries on random input. */
#include "support/check.h"

#include "stats/calibration.h"
#include "stats/confusion.h"
#include "stats/counts.h"
#include "stats/curve.h"
#include "stats/edit.h"
#include "stats/match.h"
#include "stats/meteor.h"
#include "stats/ngram.h"
#include "stats/porter.h"
#include "stats/regression.h"

#include <math.h>
#include <string.h>

#define NEAR(actual, expected) check_near(actual, expected, __FILE__, __LINE__)

static void check_near(double actual, double expected, const char *file, int line)
{
    if (fabs(actual - expected) <= 1e-12 || (isnan(actual) && isnan(expected)))
        return;
    print_error("got %.17g, expected %.17g\n", actual, expected);
    _fail(file, line);
}

/* ------------------------------------------------------------------ counts */

static void empty_denominators_and_nan_count_as_zero(void **state)
{
    const Counts none = {0};
    const Counts unknown = {NAN, NAN, NAN, NAN};

    (void)state;
    NEAR(counts_accuracy(&(Counts){8, 4, 2, 6}), 0.7);
    NEAR(counts_precision(&none), 0);
    NEAR(counts_recall(&unknown), 0);
    NEAR(counts_fbeta(&unknown, 1), 0);
    NEAR(counts_accuracy(&none), 0);
    NEAR(counts_specificity(&(Counts){.fp = 15, .tn = 85}), 0.85);
    NEAR(counts_fpr(&(Counts){.fp = 15, .tn = 85}), 0.15);
    NEAR(counts_fbeta(&(Counts){.tp = 25, .fp = 75}, 1), 0.4);
    NEAR(fbeta_of(0.5, 0.25, INFINITY), 0.25);
    NEAR(ratio_or_zero(INFINITY, INFINITY), 0);
    assert_true(counts_average(NULL, 0, AVERAGE_WEIGHTED, 1).fbeta == 0);
}

static void averages_are_the_worked_example(void **state)
{
    const Counts classes[] = {{2, 1, 1, 0}, {1, 3, 0, 0}, {3, 0, 3, 0}};

    (void)state;
    assert_true(fabs(counts_average(classes, 3, AVERAGE_MACRO, 1).fbeta - 0.578) < 5e-4);
    NEAR(counts_average(classes, 3, AVERAGE_MICRO, 1).fbeta, 0.6);
    NEAR(counts_average(classes, 3, AVERAGE_WEIGHTED, 1).fbeta, 0.64);
}

static void confusion_finds_its_labels(void **state)
{
    const int64_t truth[] = {5, -3, 5, 5, INT64_MIN};
    const int64_t predicted[] = {5, 5, -3, 5, INT64_MIN};
    Confusion c;

    (void)state;
    confusion_init(&c);
    CHECK_OK(confusion_add(&c, truth, predicted, 2));
    CHECK_OK(confusion_add(&c, truth + 2, predicted + 2, 3));
    CHECK_OK(confusion_sort(&c));
    assert_int_equal(confusion_labels(&c), 3);
    assert_true(confusion_label(&c, 0) == INT64_MIN && confusion_label(&c, 2) == 5);
    assert_int_equal(confusion_cell(&c, 2, 2), 2);
    assert_int_equal(confusion_cell(&c, 2, 1), 1);
    assert_int_equal(confusion_cell(&c, 1, 2), 1);
    confusion_deinit(&c);
    CHECK_STATUS(confusion_fix(&c, truth, 3), ST_EXISTS);
    confusion_deinit(&c);
    CHECK_OK(confusion_fix(&c, truth, 2));
    CHECK_OK(confusion_add(&c, truth, predicted, 5));
    assert_int_equal(confusion_cell(&c, 0, 0), 2);
    confusion_deinit(&c);
}

static void agreement_is_the_worked_example(void **state)
{
    const uint64_t cells[] = {20, 22, 10, 48};
    const uint64_t one[] = {7};

    (void)state;
    assert_true(fabs(matrix_kappa(cells, 2, KAPPA_PLAIN) - 0.316) < 5e-4);
    NEAR(matrix_kappa(cells, 2, KAPPA_LINEAR), matrix_kappa(cells, 2, KAPPA_QUADRATIC));
    NEAR(matrix_kappa(one, 1, KAPPA_PLAIN), 0);
    NEAR(matrix_matthews(one, 1), 0);
    NEAR(matrix_matthews((const uint64_t[]){3, 0, 0, 5}, 2), 1);
    NEAR(matrix_accuracy(NULL, 0), 0);
}

/* ------------------------------------------------------------------ curves */

static void ties_cross_the_threshold_together(void **state)
{
    const uint8_t truth[] = {1, 1, 0, 1, 1, 1, 1};
    const double scores[] = {0.25, 0.75, 0.25, 0.5, -0.0, 0.75, 0.5};
    Curve c;
    double area;

    (void)state;
    CHECK_OK(roc_auc(truth, scores, 7, &area));
    NEAR(area, 0.75);
    CHECK_OK(roc_auc((const uint8_t[]){1, 0, 0, 0, 1}, (const double[]){5, 5, 5, 2, 5}, 5, &area));
    NEAR(area, 4.0 / 6);
    CHECK_OK(roc_curve(truth, scores, 7, true, &c));
    CHECK_OK(area_under(c.x, c.y, c.n, &area));
    NEAR(area, 0.75);
    assert_true(c.x[0] == 0 && isinf(c.thresholds[0]) && c.x[c.n - 1] == 1 && c.y[c.n - 1] == 1);
    assert_int_equal(c.n, 4); /* (0, 0), (0, 2/3), (1, 5/6), (1, 1) */
    curve_deinit(&c);
    CHECK_OK(precision_recall_curve(truth, scores, 7, &c));
    assert_int_equal(c.n, 5);
    assert_true(c.x[0] == 1 && c.y[4] == 1 && c.x[4] == 0);
    NEAR(c.y[0], 6.0 / 7);
    curve_deinit(&c);
    assert_int_equal(mem_live(), 0);
}

/* As many rows as are worth two threads, of which many share a score: counted score by score. */
static void a_curve_of_many_rows_has_a_point_for_each_score(void **state)
{
    enum { ROWS = 300000, MOST = 100000 };
    uint8_t *truth = mem_calloc(ROWS, 1);
    double *scores = mem_calloc(ROWS, sizeof *scores);
    uint32_t(*counts)[2] = mem_calloc(MOST, sizeof *counts);

    (void)state;
    for (uint32_t levels = 1; levels <= MOST; levels *= 10) {
        uint32_t seed = levels;
        double left[2] = {0};
        size_t point = 0;
        Curve c;

        memset(counts, 0, MOST * sizeof *counts);
        for (size_t i = 0; i < ROWS; i++) {
            uint32_t score;

            seed = seed * 1664525U + 1013904223U;
            truth[i] = (seed >> 20) % 10 < 3;
            seed = seed * 1664525U + 1013904223U;
            score = (seed >> 8) % levels;
            scores[i] = score;
            counts[score][truth[i]]++;
            left[truth[i]]++;
        }
        CHECK_OK(precision_recall_curve(truth, scores, ROWS, &c));
        for (size_t k = 0, found = (size_t)left[1]; k < levels; k++) {
            if (counts[k][0] + counts[k][1] == 0)
                continue;
            assert_true(point < c.n && c.thresholds[point] == (double)k);
            assert_true(c.x[point] == left[1] / (double)found);
            assert_true(c.y[point] == left[1] / (left[0] + left[1]));
            left[0] -= counts[k][0];
            left[1] -= counts[k][1];
            point++;
        }
        assert_int_equal(c.n, point + 1);
        assert_true(c.x[point] == 0 && c.y[point] == 1 && isinf(c.thresholds[point]));
        curve_deinit(&c);
    }
    mem_free(counts);
    mem_free(scores);
    mem_free(truth);
    assert_int_equal(mem_live(), 0);
}

static void average_precisions_are_the_worked_examples(void **state)
{
    const uint8_t flags[] = {1, 1, 0, 0, 0, 1, 1, 0, 0, 1};
    const double scores[] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    const uint8_t ranked[] = {1, 0, 0, 1, 1};
    double ap;

    (void)state;
    CHECK_OK(average_precision(flags, scores, 10, 5, AP_VOC, &ap));
    NEAR(ap, (1 + 1 + 4.0 / 7 + 4.0 / 7 + 0.5) / 5);
    CHECK_OK(average_precision(ranked, scores, 5, 3, AP_RETRIEVAL, &ap));
    NEAR(ap, 0.7);
    CHECK_OK(average_precision(flags, scores, 10, 10, AP_VOC_11, &ap)); /* half are never found */
    NEAR(ap, (3 + 2 * (4.0 / 7) + 0.5) / 11);
    CHECK_OK(average_precision_of_points(&(double){0.5}, &(double){0.5}, 1, &ap));
    NEAR(ap, 0.25);
    CHECK_OK(average_precision(flags, scores, 0, 0, AP_STEP, &ap));
    NEAR(ap, 0);
    CHECK_STATUS(average_precision(flags, &(double){NAN}, 1, 1, AP_STEP, &ap), ST_INVALID);
    CHECK_STATUS(average_precision(flags, &(double){NAN}, 1, 1, AP_RETRIEVAL, &ap), ST_INVALID);
}

static void thresholds_count_what_is_at_or_above(void **state)
{
    const uint8_t truth[] = {0, 1, 0, 0, 1};
    const double scores[] = {0.3, 0.2, 0.9, 0.4, 0.5};
    const double thresholds[] = {0.5, 2, -1};
    uint32_t tp[3];
    uint32_t fp[3];
    double threshold;
    double f1;

    (void)state;
    CHECK_OK(counts_at_thresholds(truth, scores, 5, thresholds, 3, tp, fp));
    assert_true(tp[0] == 1 && fp[0] == 1 && tp[1] == 0 && fp[1] == 0 && tp[2] == 2 && fp[2] == 3);
    CHECK_OK(best_f1_threshold(truth, scores, 5, 2, &threshold, &f1));
    NEAR(threshold, 0.2);
    NEAR(f1, 4.0 / 7);
    CHECK_OK(best_f1_threshold(truth, scores, 1, 0, &threshold, &f1));
    assert_true(threshold == 0 && f1 == 0);
    CHECK_STATUS(area_under((const double[]){0, 1, 0}, scores, 3, &f1), ST_INVALID);
}

/* ------------------------------------------------------------------ numbers */

static void regression_is_the_worked_examples(void **state)
{
    const double truth[] = {25, 35};
    const double predicted[] = {27, 30};
    const double x[] = {25, 35, 30};
    const double y[] = {27, 28, 30};
    double r;

    (void)state;
    NEAR(mean_absolute_error(truth, predicted, 2), 3.5);
    NEAR(mean_squared_error(truth, predicted, 2), 14.5);
    NEAR(r_squared(truth, predicted, 2), 0.42);
    NEAR(r_squared((const double[]){60, 40}, (const double[]){70, 20}, 2), -1.5);
    assert_true(fabs(pearson(x, y, 3) - 0.327) < 5e-4);
    CHECK_OK(spearman(x, y, 3, &r));
    NEAR(r, 0.5);
    CHECK_OK(kendall_tau(x, y, 3, &r));
    NEAR(r, 1.0 / 3);
    CHECK_OK(kendall_tau(x, y, 0, &r));
    NEAR(r, NAN);
    NEAR(mean_absolute_error(x, y, 0), NAN);
}

static void probabilities_fall_into_bins(void **state)
{
    const uint8_t truth[] = {1, 0, 1, 1};
    const double p[] = {1, 0, 0.5, 0.6};
    ReliabilityBin bins[2];

    (void)state;
    reliability_bins(truth, p, 4, bins, 2);
    assert_true(bins[0].count == 2 && bins[1].count == 2);
    NEAR(expected_calibration_error(bins, 2), 0.5 * 0.25 + 0.5 * 0.2);
    NEAR(maximum_calibration_error(bins, 2), 0.25);
    NEAR(brier_score(truth, p, 4), (0.25 + 0.16) / 4);
    assert_true(log_loss(truth, p, 2) > 0 && log_loss(truth, p, 2) < 1e-15);
    NEAR(surprise_of_ones((const uint8_t[]){0, 1, 1}, (const double[]){0, 0.5, 0.25}, 3), log(8));
    assert_true(surprise_of_ones((const uint8_t[]){1}, (const double[]){0}, 1) < 37);
    reliability_bins(truth, p, 0, bins, 2);
    NEAR(bins[0].rate, NAN);
    NEAR(expected_calibration_error(bins, 2), 0);
}

/* ------------------------------------------------------------------ shapes */

static void a_bow_tie_covers_half_of_its_square(void **state)
{
    const Point tie[] = {{0, 0}, {2, 2}, {2, 0}, {0, 2}};
    const Point square[] = {{0, 0}, {2, 2}};
    const Shape a = {tie, 4, false};
    const Shape b = {square, 2, true};
    double iou;

    (void)state;
    CHECK_OK(shape_iou(&a, &b, &iou));
    NEAR(iou, 0.5);
    CHECK_OK(shape_iou(&b, &a, &iou));
    NEAR(iou, 0.5);
    CHECK_OK(shape_iou(&b, &b, &iou));
    NEAR(iou, 1);
    CHECK_OK(shape_iou(&a, &(Shape){0}, &iou));
    NEAR(iou, 0);
    assert_int_equal(mem_live(), 0);
}

static void matching_is_greedy_and_ignores_what_it_is_told(void **state)
{
    const Point corners[] = {{0, 0}, {10, 10}, {0, 0}, {10, 6}, {20, 0}, {30, 10}};
    const Shape truths[] = {{corners, 2, true}, {corners + 2, 2, true}, {corners + 4, 2, true}};
    const Shape inferences[] = {truths[0], truths[0], truths[2], truths[2], truths[0]};
    const uint8_t ignored[] = {0, 0, 1};
    const double scores[] = {0.5, 0.9, 0.1, 0.2, 0.9};
    const int64_t groups[] = {7, 7, 7, 7, 8};
    const MatchInput in = {truths, 3, ignored, groups, inferences, 5, scores, groups, 0.5};
    int64_t matches[5];
    double ious[5];
    uint32_t order[5];

    (void)state;
    CHECK_OK(match_shapes(&in, matches, ious, order));
    assert_true(order[0] == 1 && order[1] == 4 && order[2] == 0);
    assert_true(matches[1] == 0 && matches[0] == MATCH_NONE);
    assert_true(matches[2] == MATCH_DROPPED && matches[3] == MATCH_DROPPED);
    assert_true(matches[4] == MATCH_NONE && ious[4] == 0); /* of another group */
    NEAR(ious[0], 1);
}

/* ------------------------------------------------------------------ texts */

#define TOKENS(...)                                                    \
    (Tokens)                                                           \
    {                                                                  \
        (const uint32_t[]){__VA_ARGS__},                               \
            sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t) \
    }

static void edits_are_the_fewest_with_the_most_hits(void **state)
{
    Edits e;
    uint64_t common;

    (void)state;
    CHECK_OK(edit_count(TOKENS(1, 2, 3, 4), TOKENS(1, 3, 5, 4), &e));
    assert_true(e.hits == 3 && e.substitutions == 0 && e.deletions == 1 && e.insertions == 1);
    NEAR(error_rate(&e), 0.5);
    NEAR(match_error_rate(&e), 0.4);
    CHECK_OK(edit_count(TOKENS(1, 2, 3), TOKENS(1, 9, 3, 4), &e));
    assert_true(e.hits == 2 && e.substitutions == 1 && e.deletions == 0 && e.insertions == 1);
    CHECK_OK(edit_count((Tokens){0}, TOKENS(1, 2), &e));
    NEAR(error_rate(&e), 2);
    CHECK_OK(edit_count((Tokens){0}, (Tokens){0}, &e));
    assert_true(error_rate(&e) == 0 && match_error_rate(&e) == 0);
    CHECK_OK(edit_common(TOKENS(1, 2, 3, 4), TOKENS(2, 4, 9), &common));
    assert_int_equal(common, 2);
    CHECK_STATUS(edit_common((Tokens){NULL, 1 << 20}, (Tokens){NULL, 1 << 20}, &common), ST_LIMIT);
}

static void ngrams_are_clipped_by_their_references(void **state)
{
    const Tokens references[] = {TOKENS(1, 2, 3), TOKENS(1, 1, 9)};
    NgramCounts c = {0};
    Overlap o;

    (void)state;
    CHECK_OK(ngram_count(TOKENS(1, 1, 1, 2), references, 2, 2, &c));
    assert_true(c.matched[0] == 3 && c.total[0] == 4); /* 1 twice, 2 once */
    assert_true(c.matched[1] == 2 && c.total[1] == 3); /* (1, 1) once, (1, 2) once */
    assert_true(c.candidate == 4 && c.reference == 3);
    NEAR(bleu_score(&c, 2, BLEU_NONE), sqrt(3.0 / 4 * 2 / 3));
    CHECK_OK(ngram_overlap(TOKENS(1, 2, 1, 2), TOKENS(1, 2), 2, &o));
    assert_true(o.matched == 1 && o.candidate == 3 && o.reference == 1);
    NEAR(bleu_score(&(NgramCounts){0}, 4, BLEU_HALVES), 0);
    CHECK_STATUS(ngram_count((Tokens){0}, references, 1, 17, &c), ST_INVALID);
}

static void meteor_cubes_the_fragmentation(void **state)
{
    const Tokens a = TOKENS(3, 4, 1, 2);
    const Tokens b = TOKENS(1, 2, 3, 4);
    Meteor m;

    (void)state;
    CHECK_OK(meteor_score(a, a.ids, b, b.ids, &(MeteorWeights){0.9, 3, 0.5}, &m));
    assert_true(m.matches == 4 && m.chunks == 2);
    NEAR(m.score, 1 - 0.5 / 8);
    CHECK_OK(meteor_score(a, a.ids, b, b.ids, &(MeteorWeights){0.9, 1, 0.5}, &m));
    NEAR(m.score, 0.75);
    CHECK_OK(meteor_score((Tokens){0}, NULL, b, b.ids, &(MeteorWeights){0.9, 3, 0.5}, &m));
    NEAR(m.score, 0);
}

static void stems_are_porters(void **state)
{
    static const char *const pairs[][2] = {
        {"caresses", "caress"},       {"ponies", "poni"},
        {"agreed", "agre"},           {"hopping", "hop"},
        {"filing", "file"},           {"happy", "happi"},
        {"relational", "relat"},      {"vietnamization", "vietnam"},
        {"triplicate", "triplic"},    {"adoption", "adopt"},
        {"controll", "control"},      {"sky", "sky"},
        {"generalizations", "gener"}, {"by", "by"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char word[32];
        const size_t len = strlen(pairs[i][0]);

        memcpy(word, pairs[i][0], len);
        CHECK_STR(((Str){word, porter_stem(word, len)}), pairs[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_denominators_and_nan_count_as_zero),
        cmocka_unit_test(averages_are_the_worked_example),
        cmocka_unit_test(confusion_finds_its_labels),
        cmocka_unit_test(agreement_is_the_worked_example),
        cmocka_unit_test(ties_cross_the_threshold_together),
        cmocka_unit_test(a_curve_of_many_rows_has_a_point_for_each_score),
        cmocka_unit_test(average_precisions_are_the_worked_examples),
        cmocka_unit_test(thresholds_count_what_is_at_or_above),
        cmocka_unit_test(regression_is_the_worked_examples),
        cmocka_unit_test(probabilities_fall_into_bins),
        cmocka_unit_test(a_bow_tie_covers_half_of_its_square),
        cmocka_unit_test(matching_is_greedy_and_ignores_what_it_is_told),
        cmocka_unit_test(edits_are_the_fewest_with_the_most_hits),
        cmocka_unit_test(ngrams_are_clipped_by_their_references),
        cmocka_unit_test(meteor_cubes_the_fragmentation),
        cmocka_unit_test(stems_are_porters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
