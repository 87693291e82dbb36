/* SPDX-License-Identifier: Apache-2.0 */
/* Fail the 1st, 2nd, ... allocation of every metric until it succeeds: outputs stay
 * untouched, and nothing leaks. */
#include "support/check.h"

#include "stats/order.h"
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

static void every_allocation_failure_is_survived(void **state)
{
    static Status (*const uses[])(void) = {
        use_order_sort,     use_order_ranks,         use_wilcoxon,
        use_bootstrap_mean, use_bootstrap_statistic, use_corrections,
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
