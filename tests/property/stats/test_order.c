/* SPDX-License-Identifier: Apache-2.0 */
/* Radix sort against qsort() and against its own definition. */
#include "support/check.h"

#include "stats/order.h"

#include <math.h>
#include <string.h>

enum { MOST = 3000 };

/* Few distinct values, all magnitudes, zeros of both signs, infinities, NaN. */
static double some_number(Dice *d)
{
    static const double odd[] = {0, -0.0, INFINITY, -INFINITY, 5e-324, -5e-324, 1, -1, 0.5};
    double v;
    uint64_t bits;

    switch (dice_below(d, 4)) {
    case 0:
        return odd[dice_below(d, sizeof odd / sizeof *odd)];
    case 1:
        return (double)dice_below(d, 7) / 4 - 1;
    case 2:
        return dice_below(d, 20) ? (double)dice_below(d, 1000) / 1000 : NAN;
    default:
        bits = dice_u64(d);
        memcpy(&v, &bits, sizeof v);
        return v;
    }
}

static int compare(const void *a, const void *b)
{
    double x;
    double y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    if (isnan(x) || isnan(y))
        return isnan(x) - isnan(y);
    return (x > y) - (x < y);
}

static void order_is_that_of_qsort(Dice *d)
{
    static double values[MOST];
    static double sorted[MOST];
    static double again[MOST];
    static uint32_t order[MOST];
    const size_t n = dice_below(d, MOST);

    for (size_t i = 0; i < n; i++)
        values[i] = some_number(d);
    memcpy(sorted, values, sizeof sorted);
    memcpy(again, values, sizeof again);
    if (n)
        qsort(sorted, n, sizeof *sorted, compare);
    CHECK_OK(order_sort(again, n));
    for (size_t i = 0; i < n; i++)
        PROPERTY(compare(&sorted[i], &again[i]) == 0);
    CHECK_OK(order_ascending(values, n, order));
    for (size_t i = 0; i < n; i++) {
        PROPERTY(compare(&values[order[i]], &sorted[i]) == 0);
        PROPERTY(i == 0 || compare(&sorted[i - 1], &sorted[i]) != 0 || order[i - 1] < order[i]);
    }
    CHECK_OK(order_descending(values, n, order));
    for (size_t i = 1; i < n; i++) {
        const int c = compare(&values[order[i - 1]], &values[order[i]]);

        PROPERTY(isnan(values[order[i]]) || c >= 0);
        PROPERTY(c != 0 || order[i - 1] < order[i]);
    }
}

static void ranks_are_mean_counts(Dice *d)
{
    double values[200] = {0};
    double ranks[200];
    const size_t n = dice_below(d, 200);

    for (size_t i = 0; i < n; i++)
        values[i] = some_number(d);
    CHECK_OK(order_ranks(values, n, ranks));
    for (size_t i = 0; i < n; i++) {
        size_t below = 0;
        size_t same = 0;

        for (size_t k = 0; k < n; k++) {
            below += values[k] < values[i];
            same += values[k] == values[i];
        }
        PROPERTY(isnan(values[i]) ? isnan(ranks[i])
                                  : ranks[i] == (double)below + ((double)same + 1) / 2);
    }
}

static void order_holds_for_all_seeds(void **state)
{
    (void)state;
    for_seeds(200, order_is_that_of_qsort);
    for_seeds(200, ranks_are_mean_counts);
    assert_int_equal(mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(order_holds_for_all_seeds)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
