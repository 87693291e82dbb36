/* SPDX-License-Identifier: Apache-2.0 */
/* Fail the 1st, 2nd, ... allocation of every metric until it succeeds: outputs stay
 * untouched, and nothing leaks. */
#include "support/check.h"

#include "stats/confusion.h"
#include "stats/curve.h"
#include "stats/edit.h"
#include "stats/match.h"
#include "stats/meteor.h"
#include "stats/ngram.h"
#include "stats/order.h"
#include "stats/regression.h"
#include "stats/significance.h"

#include <string.h>

static const double numbers[] = {3, 1, 2, -2, 0.5, 7, 3, 0, -1, 4};

enum { N = sizeof numbers / sizeof *numbers };

static double first_row(void *context, const uint32_t *rows, size_t n)
{
    (void)context;
    return n ? rows[0] : 0;
}

static Status use_order_sort(void)
{
    double values[N];
    Status st;

    memcpy(values, numbers, sizeof values);
    st = order_sort(values, N);
    if (st)
        assert_memory_equal(values, numbers, sizeof values);
    return st;
}

static Status use_order_ranks(void)
{
    double ranks[N];

    return order_ranks(numbers, N, ranks);
}

static Status use_wilcoxon(void)
{
    Wilcoxon w = {.p = 7};
    const Status st = wilcoxon_signed_rank(numbers, N, WILCOXON_DROP, WILCOXON_AUTO, &w);

    assert_true((w.p == 7) == (st != ST_OK));
    return st;
}

static Status use_bootstrap_mean(void)
{
    Bootstrap b = {.p = 7};
    const Status st = bootstrap_mean(numbers, N, &(BootstrapPlan){1, 50, 0.9}, &b);

    assert_true((b.p == 7) == (st != ST_OK));
    return st;
}

static Status use_bootstrap_statistic(void)
{
    Bootstrap b = {.p = 7};
    const Status st = bootstrap_statistic(first_row, NULL, N, &(BootstrapPlan){1, 50, 0.9}, &b);

    assert_true((b.p == 7) == (st != ST_OK));
    return st;
}

static Status use_corrections(void)
{
    double p[] = {0.5, 0.01, 0.2};
    const double before[] = {0.5, 0.01, 0.2};
    Status st = correct_holm(p, 3);

    if (st)
        assert_memory_equal(p, before, sizeof p);
    return st ? st : correct_benjamini_hochberg(p, 3);
}

static const uint8_t truth[N] = {1, 0, 1, 0, 0, 1, 1, 0, 0, 1};

static Status use_curves(void)
{
    Curve c = {0};
    double value = 7;
    uint32_t counts[2];
    Status st = roc_curve(truth, numbers, N, true, &c);

    curve_deinit(&c);
    if (!st)
        st = precision_recall_curve(truth, numbers, N, &c);
    curve_deinit(&c);
    if (!st)
        st = roc_auc(truth, numbers, N, &value);
    for (int method = AP_STEP; method <= AP_RETRIEVAL && !st; method++)
        st = average_precision(truth, numbers, N, 5, (ApMethod)method, &value);
    if (!st)
        st = average_precision_of_points(numbers, numbers, N, &value);
    if (!st)
        st = best_f1_threshold(truth, numbers, N, 5, &value, &value);
    return st ? st : counts_at_thresholds(truth, numbers, N, &value, 1, counts, counts + 1);
}

static Status use_default_thresholds(void)
{
    double *thresholds = NULL;
    size_t m = 7;
    const Status st = default_thresholds(numbers, N, &thresholds, &m);

    assert_true((m == 7 && !thresholds) == (st != ST_OK));
    mem_free(thresholds);
    return st;
}

static Status use_confusion(void)
{
    int64_t labels[100];
    Confusion c;
    Status st;

    for (int i = 0; i < 100; i++)
        labels[i] = (i * 37) % 60;
    confusion_init(&c);
    st = confusion_add(&c, labels, labels + 50, 50);
    if (!st)
        st = confusion_sort(&c);
    confusion_deinit(&c);
    return st;
}

static Status use_correlations(void)
{
    double r = 7;
    Status st = spearman(numbers, numbers + 1, N - 1, &r);

    assert_true((r == 7) == (st != ST_OK));
    if (st)
        return st;
    r = 7;
    st = kendall_tau(numbers, numbers + 1, N - 1, &r);
    assert_true((r == 7) == (st != ST_OK));
    return st;
}

static Status use_match(void)
{
    const Point tie[] = {{0, 0}, {2, 2}, {2, 0}, {0, 2}, {1, 3}};
    const Shape shapes[] = {{tie, 5, false}, {tie + 1, 4, false}, {tie, 2, true}};
    int64_t matches[3];
    double ious[3];

    return match_shapes(&(MatchInput){shapes, 3, NULL, NULL, shapes, 3, numbers, NULL, 0.5},
                        matches, ious, NULL);
}

static Status use_texts(void)
{
    const uint32_t ids[] = {1, 2, 3, 1, 2, 4, 5};
    const Tokens a = {ids, 5};
    const Tokens b = {ids + 2, 5};
    NgramCounts counts = {0};
    Edits e;
    Meteor m;
    uint64_t common;
    Status st = edit_count(a, b, &e);

    if (!st)
        st = edit_common(a, b, &common);
    if (!st)
        st = meteor_score(a, a.ids, b, b.ids, &(MeteorWeights){0.9, 3, 0.5}, &m);
    if (!st)
        st = ngram_count(a, &b, 1, 4, &counts);
    if (st)
        assert_true(counts.candidate == 0 && counts.total[0] == 0);
    return st;
}

static void every_allocation_failure_is_survived(void **state)
{
    static Status (*const uses[])(void) = {
        use_order_sort,          use_order_ranks,  use_wilcoxon, use_bootstrap_mean,
        use_bootstrap_statistic, use_corrections,  use_curves,   use_default_thresholds,
        use_confusion,           use_correlations, use_match,    use_texts,
    };

    (void)state;
    for (size_t u = 0; u < sizeof uses / sizeof *uses; u++)
        for (long k = 0;; k++) {
            Status st;

            mem_fail_after(k);
            st = uses[u]();
            mem_fail_after(-1);
            assert_int_equal(mem_live(), 0);
            if (!st)
                break;
            CHECK_STATUS(st, ST_NOMEM);
            assert_true(k < 1000);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_failure_is_survived)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
