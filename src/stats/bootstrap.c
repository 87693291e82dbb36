/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap: draw n samples with replacement, again and again.
 *
 * Efron's BCa interval shifts the percentiles by a bias z0 (how many of the draws lie
 * below what was observed; half of those that equal it) and an acceleration (the
 * skewness of the statistic when each sample is left out in turn).  Where it is not
 * defined it is the percentile interval: all draws on one side, or a shift past the
 * pole of its formula.
 *
 * The numbers come from xoshiro256** seeded by splitmix64, and are drawn below n by
 * Lemire's method, so that nothing depends on the C library. */
#include "base/alloc.h"
#include "stats/order.h"
#include "stats/significance.h"

#include <math.h>

typedef struct Random {
    uint64_t s[4];
} Random;

static uint64_t rotate_left(uint64_t x, unsigned k)
{
    return x << k | x >> (64 - k);
}

static Random random_new(uint64_t seed)
{
    Random r;

    for (int i = 0; i < 4; i++) {
        uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        r.s[i] = z ^ z >> 31;
    }
    return r;
}

static uint64_t random_next(Random *r)
{
    const uint64_t result = rotate_left(r->s[1] * 5, 7) * 9;
    const uint64_t t = r->s[1] << 17;

    r->s[2] ^= r->s[0];
    r->s[3] ^= r->s[1];
    r->s[1] ^= r->s[2];
    r->s[0] ^= r->s[3];
    r->s[2] ^= t;
    r->s[3] = rotate_left(r->s[3], 45);
    return result;
}

/* 0 <= result < n, each as likely as the other: the rare low products are drawn again. */
static uint32_t random_below(Random *r, uint32_t n)
{
    uint64_t product = (random_next(r) >> 32) * n;

    if ((uint32_t)product < n) {
        const uint32_t rejected = (uint32_t)(-n) % n;

        while ((uint32_t)product < rejected)
            product = (random_next(r) >> 32) * n;
    }
    return (uint32_t)(product >> 32);
}

/* ------------------------------------------------------------------ intervals */

/* Between the two nearest of the sorted draws. */
static double quantile_of(const double *sorted, size_t n, double q)
{
    const double at = q * (double)(n - 1);
    const size_t below = (size_t)at;

    if (below + 1 >= n)
        return sorted[n - 1];
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

static Interval interval_at(const double *sorted, size_t n, double low, double high)
{
    return (Interval){quantile_of(sorted, n, low), quantile_of(sorted, n, high)};
}

/* Where BCa reads the quantile that is at `z` of a normal distribution; NaN past the pole. */
static double shifted(double z, double z0, double acceleration)
{
    const double width = 1 - acceleration * (z0 + z);

    return width > 0 ? normal_cdf(z0 + (z0 + z) / width) : NAN;
}

static Interval bca_of(const double *sorted, size_t n, double observed, double acceleration,
                       double confidence)
{
    const double z = normal_two_sided(confidence);
    double below = 0;
    double z0;
    double low;
    double high;

    for (size_t i = 0; i < n && sorted[i] <= observed; i++)
        below += sorted[i] < observed ? 1 : 0.5;
    z0 = normal_quantile(below / (double)n);
    low = shifted(-z, z0, acceleration);
    high = shifted(z, z0, acceleration);
    if (!isfinite(z0) || isnan(low) || isnan(high))
        return interval_at(sorted, n, (1 - confidence) / 2, (1 + confidence) / 2);
    return interval_at(sorted, n, low, high);
}

static double p_of(const double *sorted, size_t n)
{
    size_t low = 0;
    size_t high = 0;

    for (size_t i = 0; i < n; i++) {
        low += sorted[i] <= 0;
        high += sorted[i] >= 0;
    }
    return fmin(1, 2 * (double)((low < high ? low : high) + 1) / (double)(n + 1));
}

static double spread_of(const double *x, size_t n)
{
    double mean = 0;
    double squares = 0;

    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sqrt(squares / (double)(n - 1)) : 0;
}

/* A sixth of the skewness of the jackknife: sum (m - x)^3 / 6 (sum (m - x)^2)^1.5. */
static double acceleration_of(const double *left_out, size_t n)
{
    double mean = 0;
    double squares = 0;
    double cubes = 0;

    for (size_t i = 0; i < n; i++)
        mean += left_out[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        const double apart = mean - left_out[i];

        squares += apart * apart;
        cubes += apart * apart * apart;
    }
    return squares > 0 ? cubes / (6 * pow(squares, 1.5)) : 0;
}

static Status summarise(double *draws, double acceleration, const BootstrapPlan *plan,
                        Bootstrap *out)
{
    const size_t rounds = plan->rounds;
    const Status st = order_sort(draws, rounds);

    if (st)
        return st;
    out->standard_error = spread_of(draws, rounds);
    out->percentile =
        interval_at(draws, rounds, (1 - plan->confidence) / 2, (1 + plan->confidence) / 2);
    out->bca = bca_of(draws, rounds, out->observed, acceleration, plan->confidence);
    out->p = p_of(draws, rounds);
    return ST_OK;
}

static Bootstrap nothing_known(size_t n)
{
    return (Bootstrap){NAN, NAN, {NAN, NAN}, {NAN, NAN}, 1, n};
}

static Status check_plan(const BootstrapPlan *plan, size_t n)
{
    if (plan->rounds < 1 || plan->rounds > BOOTSTRAP_ROUNDS_MAX ||
        isnan(normal_two_sided(plan->confidence)))
        return ST_INVALID;
    return n > ORDER_MAX ? ST_LIMIT : ST_OK;
}

/* ------------------------------------------------------------------ the mean */

static double draw_mean(const double *x, uint32_t n, Random *r)
{
    double sum = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += x[random_below(r, n)];
    return sum / n;
}

static size_t copy_numbers(const double *from, size_t n, double *to)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(from[i]))
            to[kept++] = from[i];
    return kept;
}

Status bootstrap_mean(const double *differences, size_t n, const BootstrapPlan *plan,
                      Bootstrap *out)
{
    Status st = check_plan(plan, n);
    Random r = random_new(plan->seed);
    Bootstrap result;
    double *x = NULL;
    double *draws = NULL;
    size_t kept;

    if (st)
        return st;
    st = ST_NOMEM;
    x = mem_array(n, sizeof *x);
    draws = mem_array(plan->rounds, sizeof *draws);
    if (!x || !draws)
        goto done;
    kept = copy_numbers(differences, n, x);
    result = nothing_known(kept);
    st = ST_OK;
    if (kept > 0) {
        double sum = 0;

        for (size_t i = 0; i < kept; i++)
            sum += x[i];
        result.observed = sum / (double)kept;
        for (uint32_t i = 0; i < plan->rounds; i++)
            draws[i] = draw_mean(x, (uint32_t)kept, &r);
        /* Leaving x out moves the mean by (mean - x) / (n - 1): the skewness of x itself. */
        st = summarise(draws, -acceleration_of(x, kept), plan, &result);
    }
    if (!st)
        *out = result;
done:
    mem_free(draws);
    mem_free(x);
    return st;
}

/* ------------------------------------------------------------------ any statistic */

static double whole(BootstrapStatistic statistic, void *context, uint32_t *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rows[i] = (uint32_t)i;
    return statistic(context, rows, n);
}

/* Row i trades places with the last one, which is then left out. */
static double jackknife(BootstrapStatistic statistic, void *context, uint32_t *rows, size_t n,
                        double *left_out)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t row = rows[i];

        rows[i] = rows[n - 1];
        rows[n - 1] = row;
        left_out[i] = n > 1 ? statistic(context, rows, n - 1) : 0;
        rows[n - 1] = rows[i];
        rows[i] = row;
    }
    return acceleration_of(left_out, n);
}

Status bootstrap_statistic(BootstrapStatistic statistic, void *context, size_t n,
                           const BootstrapPlan *plan, Bootstrap *out)
{
    Status st = check_plan(plan, n);
    Random r = random_new(plan->seed);
    Bootstrap result = nothing_known(n);
    uint32_t *rows = NULL;
    double *left_out = NULL;
    double *draws = NULL;

    if (st)
        return st;
    st = ST_NOMEM;
    rows = mem_array(n, sizeof *rows);
    left_out = mem_array(n, sizeof *left_out);
    draws = mem_array(plan->rounds, sizeof *draws);
    if (!rows || !left_out || !draws)
        goto done;
    st = ST_OK;
    if (n > 0) {
        double acceleration;

        result.observed = whole(statistic, context, rows, n);
        acceleration = jackknife(statistic, context, rows, n, left_out);
        for (uint32_t i = 0; i < plan->rounds; i++) {
            for (size_t k = 0; k < n; k++)
                rows[k] = random_below(&r, (uint32_t)n);
            draws[i] = statistic(context, rows, n);
        }
        st = summarise(draws, acceleration, plan, &result);
    }
    if (!st)
        *out = result;
done:
    mem_free(draws);
    mem_free(left_out);
    mem_free(rows);
    return st;
}
