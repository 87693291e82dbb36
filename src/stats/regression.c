/* SPDX-License-Identifier: Apache-2.0 */
/* Sums in two passes: first the means, then what is left of them, so that large values
 * close together keep their digits. */
#include "stats/regression.h"

#include "base/alloc.h"
#include "stats/order.h"

#include <math.h>
#include <stdbool.h>

double mean_absolute_error(const double *truth, const double *predicted, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += fabs(truth[i] - predicted[i]);
    return n ? sum / (double)n : NAN;
}

static double squared_errors(const double *truth, const double *predicted, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (truth[i] - predicted[i]) * (truth[i] - predicted[i]);
    return sum;
}

double mean_squared_error(const double *truth, const double *predicted, size_t n)
{
    return n ? squared_errors(truth, predicted, n) / (double)n : NAN;
}

static double mean_of(const double *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

double r_squared(const double *truth, const double *predicted, size_t n)
{
    const double errors = squared_errors(truth, predicted, n);
    const double mean = mean_of(truth, n);
    double squares = 0;

    for (size_t i = 0; i < n; i++)
        squares += (truth[i] - mean) * (truth[i] - mean);
    if (n == 0 || isnan(errors))
        return NAN;
    if (squares == 0)
        return errors == 0 ? 1 : 0;
    return 1 - errors / squares;
}

double pearson(const double *x, const double *y, size_t n)
{
    const double mean_x = mean_of(x, n);
    const double mean_y = mean_of(y, n);
    double xx = 0;
    double yy = 0;
    double xy = 0;
    double r;

    for (size_t i = 0; i < n; i++) {
        const double dx = x[i] - mean_x;
        const double dy = y[i] - mean_y;

        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    r = xy / (sqrt(xx) * sqrt(yy));
    return r > 1 ? 1 : r < -1 ? -1 : r;
}

Status spearman(const double *x, const double *y, size_t n, double *out)
{
    double *ranks;
    Status st;

    if (n > ORDER_MAX)
        return ST_LIMIT;
    ranks = mem_array(n * 2, sizeof *ranks);
    if (!ranks)
        return ST_NOMEM;
    st = order_ranks(x, n, ranks);
    if (!st)
        st = order_ranks(y, n, ranks + n);
    if (!st)
        *out = pearson(ranks, ranks + n, n);
    mem_free(ranks);
    return st;
}

/* ------------------------------------------------------------------ Kendall */

/* Pairs among groups of equal values of a sorted list. */
static double tied_pairs(const double *sorted, size_t n)
{
    double pairs = 0;

    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && sorted[end] == sorted[i]; end++)
            continue;
        pairs += (double)(end - i) * (double)(end - i - 1) / 2;
    }
    return pairs;
}

/* Merge two sorted runs [low, middle) and [middle, high); how many pairs were the wrong
 * way round. */
static double merge_runs(const double *from, size_t low, size_t middle, size_t high, double *to)
{
    double inversions = 0;
    size_t left = low;
    size_t right = middle;

    for (size_t k = low; k < high; k++) {
        if (right < high && (left == middle || from[right] < from[left])) {
            inversions += (double)(middle - left);
            to[k] = from[right++];
        } else {
            to[k] = from[left++];
        }
    }
    return inversions;
}

/* Merge sort, bottom up.  Leaves the sorted values in either array. */
static double count_inversions(double **values, double *spare, size_t n)
{
    double inversions = 0;

    for (size_t width = 1; width < n; width *= 2) {
        double *const from = *values;

        for (size_t low = 0; low < n; low += 2 * width) {
            const size_t middle = n - low > width ? low + width : n;
            const size_t high = n - middle > width ? middle + width : n;

            inversions += merge_runs(from, low, middle, high, spare);
        }
        *values = spare;
        spare = from;
    }
    return inversions;
}

/* `places`: by y, then stably by x.  Fills a[] with x and b[] with y in that order. */
static Status order_pairs(const double *x, const double *y, size_t n, uint32_t *places,
                          uint32_t *again, double *a, double *b)
{
    Status st = order_ascending(y, n, again);

    if (st)
        return st;
    for (size_t i = 0; i < n; i++)
        a[i] = x[again[i]];
    st = order_ascending(a, n, places);
    if (st)
        return st;
    for (size_t i = 0; i < n; i++) {
        a[i] = x[again[places[i]]];
        b[i] = y[again[places[i]]];
    }
    return ST_OK;
}

static double pairs_tied_in_both(const double *a, const double *b, size_t n)
{
    double pairs = 0;

    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && a[end] == a[i] && b[end] == b[i]; end++)
            continue;
        pairs += (double)(end - i) * (double)(end - i - 1) / 2;
    }
    return pairs;
}

static bool any_nan(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]))
            return true;
    return false;
}

Status kendall_tau(const double *x, const double *y, size_t n, double *out)
{
    const double all = (double)n * ((double)n - 1) / 2;
    uint32_t *places = NULL;
    double *numbers = NULL;
    double *b;
    Status st = ST_NOMEM;

    if (n > ORDER_MAX)
        return ST_LIMIT;
    if (n < 2 || any_nan(x, n) || any_nan(y, n)) {
        *out = NAN;
        return ST_OK;
    }
    places = mem_array(n * 2, sizeof *places);
    numbers = mem_array(n * 3, sizeof *numbers);
    if (!places || !numbers)
        goto done;
    b = numbers + n;
    st = order_pairs(x, y, n, places, places + n, numbers, b);
    if (!st) {
        const double tied_x = tied_pairs(numbers, n);
        const double tied_both = pairs_tied_in_both(numbers, b, n);
        const double discordant = count_inversions(&b, b + n, n);
        const double tied_y = tied_pairs(b, n);
        const double apart = all - tied_x - tied_y + tied_both - 2 * discordant;

        *out = apart / sqrt(all - tied_x) / sqrt(all - tied_y);
    }
done:
    mem_free(numbers);
    mem_free(places);
    return st;
}
