/* SPDX-License-Identifier: Apache-2.0 */
/* The tests that need no drawing; the bootstrap is in bootstrap.c. */
#include "stats/significance.h"

#include "base/alloc.h"
#include "stats/order.h"

#include <math.h>

/* ------------------------------------------------------------------ better or worse */

TestResult mcnemar_exact(uint64_t only_a, uint64_t only_b)
{
    return (TestResult){
        .statistic = (double)(only_a < only_b ? only_a : only_b),
        .p = coin_two_sided_p(only_a, only_b),
        .n = only_a + only_b,
    };
}

TestResult mcnemar_chi_square(uint64_t only_a, uint64_t only_b)
{
    const uint64_t apart = only_a < only_b ? only_b - only_a : only_a - only_b;
    const double n = (double)only_a + (double)only_b;
    const double z = apart > 1 ? ((double)apart - 1) / sqrt(n) : 0;

    return (TestResult){.statistic = z * z, .p = two_sided_p(z), .n = only_a + only_b};
}

TestResult sign_test(const double *differences, size_t n)
{
    uint64_t above = 0;
    uint64_t below = 0;

    for (size_t i = 0; i < n; i++) {
        above += differences[i] > 0;
        below += differences[i] < 0;
    }
    return (TestResult){
        .statistic = (double)above, .p = coin_two_sided_p(above, below), .n = above + below};
}

/* ------------------------------------------------------------------ Student */

static double mean_of(const double *x, size_t n, uint64_t *counted)
{
    double sum = 0;

    *counted = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i])) {
            sum += x[i];
            ++*counted;
        }
    return *counted ? sum / (double)*counted : NAN;
}

/* Sum of (x - mean)^2, in lanes: each addition waits for the one before it. */
static double squares_about(const double *x, size_t n, double mean)
{
    double lanes[4] = {0};
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        for (size_t k = 0; k < 4; k++) {
            const double apart = isnan(x[i + k]) ? 0 : x[i + k] - mean;

            lanes[k] += apart * apart;
        }
    }
    for (; i < n; i++)
        lanes[0] += isnan(x[i]) ? 0 : (x[i] - mean) * (x[i] - mean);
    return lanes[0] + lanes[1] + (lanes[2] + lanes[3]);
}

PairedT paired_t(const double *differences, size_t n, double confidence)
{
    uint64_t counted;
    const double mean = mean_of(differences, n, &counted);

    return paired_t_about(differences, n, counted, mean, confidence);
}

PairedT paired_t_about(const double *differences, size_t n, uint64_t counted, double mean,
                       double confidence)
{
    PairedT r = {.t = NAN, .p = 1, .mean = mean, .interval = {NAN, NAN}, .n = counted};
    double squares;
    double error;
    double half;

    if (r.n < 2)
        return r;
    squares = squares_about(differences, n, r.mean);
    error = sqrt(squares / (double)(r.n - 1) / (double)r.n);
    r.t = r.mean == 0 ? 0 : r.mean / error;
    r.p = student_two_sided_p(r.t, (double)(r.n - 1));
    half = student_two_sided(confidence, (double)(r.n - 1)) * error;
    r.interval = (Interval){r.mean - half, r.mean + half};
    return r;
}

/* ------------------------------------------------------------------ Wilcoxon */

/* Sums over the ranked sizes of the differences. */
typedef struct Ranked {
    double plus;
    double minus;
    double zero_ranks; /* with Pratt: ranks that the zeros took */
    double ties;       /* sum of t^3 - t over groups of t equal sizes, zeros not among them */
    uint64_t zeros;
    uint64_t n; /* with the zeros, if those were ranked */
} Ranked;

static double cubed_less(double t)
{
    return t * t * t - t;
}

/* `order` is ascending by size; each group of equal sizes shares the mean of its ranks. */
static void sum_ranks(const double *d, const double *sizes, const uint32_t *order, Ranked *r)
{
    for (size_t i = 0, end; i < r->n; i = end) {
        const double size = sizes[order[i]];
        double rank;

        for (end = i + 1; end < r->n && sizes[order[end]] == size; end++)
            continue;
        rank = ((double)i + 1 + (double)end) / 2;
        if (size == 0) {
            r->zeros = end - i;
            r->zero_ranks = rank * (double)r->zeros;
            continue;
        }
        r->ties += cubed_less((double)(end - i));
        for (size_t k = i; k < end; k++)
            *(d[order[k]] > 0 ? &r->plus : &r->minus) += rank;
    }
}

/* Keep in d[] what is to be ranked. */
static size_t keep_ranked(const double *differences, size_t n, WilcoxonZeros zeros, double *d,
                          double *sizes)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        const double x = differences[i];

        if (isnan(x) || (x == 0 && zeros == WILCOXON_DROP))
            continue;
        d[kept] = x;
        sizes[kept++] = fabs(x);
    }
    return kept;
}

static Status rank_differences(const double *differences, size_t n, WilcoxonZeros zeros,
                               Ranked *out)
{
    Ranked r = {0};
    double *d;
    uint32_t *order = NULL;
    Status st = ST_NOMEM;

    if (n > ORDER_MAX)
        return ST_LIMIT;
    d = mem_array(n * 2, sizeof *d);
    order = mem_array(n, sizeof *order);
    if (!d || !order)
        goto done;
    r.n = keep_ranked(differences, n, zeros, d, d + n);
    st = order_ascending(d + n, r.n, order);
    if (st)
        goto done;
    sum_ranks(d, d + n, order, &r);
    *out = r;
done:
    mem_free(order);
    mem_free(d);
    return st;
}

/* The number of subsets of {1 .. n} of each sum, one number after the other; the tail up to
 * the smaller sum, twice.  2^50 subsets and their counts are exact in a double. */
static double exact_p(uint64_t n, double smaller)
{
    enum { SUMS = WILCOXON_EXACT_MAX * (WILCOXON_EXACT_MAX + 1) / 2 + 1 };
    double subsets[SUMS] = {1};
    double tail = 0;
    size_t largest = 0;

    for (size_t k = 1; k <= n; k++) {
        largest += k;
        for (size_t s = largest; s >= k; s--)
            subsets[s] += subsets[s - k];
    }
    for (size_t s = 0; (double)s <= smaller; s++)
        tail += subsets[s];
    return fmin(1, 2 * ldexp(tail, -(int)n));
}

static double normal_p(const Ranked *r)
{
    const double n = (double)r->n;
    const double zeros = (double)r->zeros;
    const double mean = (n * (n + 1) / 2 - r->zero_ranks) / 2;
    const double variance =
        (n * (n + 1) * (2 * n + 1) - zeros * (zeros + 1) * (2 * zeros + 1)) / 24 - r->ties / 48;

    return variance > 0 ? two_sided_p((r->plus - mean) / sqrt(variance)) : 1;
}

Status wilcoxon_signed_rank(const double *differences, size_t n, WilcoxonZeros zeros,
                            WilcoxonMethod method, Wilcoxon *out)
{
    Ranked r;
    Wilcoxon w;
    bool clean;
    const Status st = rank_differences(differences, n, zeros, &r);

    if (st)
        return st;
    w = (Wilcoxon){.w_plus = r.plus, .w_minus = r.minus, .n = r.n - r.zeros};
    if (method == WILCOXON_EXACT && w.n > WILCOXON_EXACT_MAX)
        return ST_LIMIT;
    clean = r.ties == 0 && r.zero_ranks == 0 && w.n <= WILCOXON_EXACT_MAX;
    w.exact = method == WILCOXON_EXACT || (method == WILCOXON_AUTO && clean);
    w.p = w.exact ? exact_p(w.n, fmin(w.w_plus, w.w_minus)) : normal_p(&r);
    *out = w;
    return ST_OK;
}

/* ------------------------------------------------------------------ many comparisons */

static size_t without_nan(const double *p, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += isnan(p[i]) ? 0 : 1;
    return count;
}

static Status order_p(const double *p, size_t n, uint32_t **order)
{
    uint32_t *places;
    Status st;

    if (n > ORDER_MAX)
        return ST_LIMIT;
    places = mem_array(n, sizeof *places);
    if (!places)
        return ST_NOMEM;
    st = order_ascending(p, n, places);
    if (st)
        mem_free(places);
    else
        *order = places;
    return st;
}

Status correct_holm(double *p, size_t n)
{
    const size_t count = without_nan(p, n);
    uint32_t *order;
    double largest = 0;
    const Status st = order_p(p, n, &order);

    if (st)
        return st;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, p[order[i]] * (double)(count - i));
        p[order[i]] = fmin(1, largest);
    }
    mem_free(order);
    return ST_OK;
}

Status correct_benjamini_hochberg(double *p, size_t n)
{
    const size_t count = without_nan(p, n);
    uint32_t *order;
    double smallest = 1;
    const Status st = order_p(p, n, &order);

    if (st)
        return st;
    for (size_t i = count; i-- > 0;) {
        smallest = fmin(smallest, p[order[i]] * (double)count / (double)(i + 1));
        p[order[i]] = smallest;
    }
    mem_free(order);
    return ST_OK;
}
