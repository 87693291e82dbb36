/* SPDX-License-Identifier: Apache-2.0 */
/* Quantiles are found from a rough start by Halley's method on erfc(), which is
 * exact to the last digits in both tails; one formula less to get wrong than a
 * rational approximation of full precision. */
#include "stats/distribution.h"

#include <math.h>
#include <stdbool.h>

#define SQRT_2    1.41421356237309504880
#define SQRT_2_PI 2.50662827463100050242

enum {
    HALLEY_STEPS = 4,
    FRACTION_STEPS = 100000,
    BISECTIONS = 200,
    STIRLING_FROM = 30,
    MANY_FREE = 10000
};

double normal_cdf(double z)
{
    return erfc(-z / SQRT_2) / 2;
}

double two_sided_p(double z)
{
    return erfc(fabs(z) / SQRT_2);
}

/* Of p in (0, 0.5]: Abramowitz and Stegun 26.2.23 is off by 4.5e-4 at most. */
static double lower_quantile(double p)
{
    const double t = sqrt(-2 * log(p));
    double z = (2.515517 + t * (0.802853 + t * 0.010328)) /
                   (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) -
               t;

    for (int i = 0; i < HALLEY_STEPS; i++) {
        const double u = (normal_cdf(z) - p) * SQRT_2_PI * exp(z * z / 2);

        z -= u / (1 + z * u / 2);
    }
    return z;
}

double normal_quantile(double p)
{
    if (!(p >= 0 && p <= 1))
        return NAN;
    if (p == 0 || p == 1)
        return p == 0 ? -INFINITY : INFINITY;
    if (p == 0.5)
        return 0;
    return p < 0.5 ? lower_quantile(p) : -lower_quantile(1 - p);
}

double normal_two_sided(double confidence)
{
    if (!(confidence >= 0 && confidence < 1))
        return NAN;
    return -normal_quantile((1 - confidence) / 2);
}

static double away_from_zero(double x)
{
    return fabs(x) < 1e-300 ? 1e-300 : x;
}

/* The continued fraction of the incomplete beta function, by Lentz's method. */
static double beta_fraction(double a, double b, double x)
{
    double c = 1;
    double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
    double h = d;

    for (int i = 1; i <= FRACTION_STEPS; i++) {
        const double m = i;
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double step;

        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        h *= d * c;
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        step = d * c;
        h *= step;
        if (fabs(step - 1) < 1e-16)
            break;
    }
    return h;
}

/* What Stirling's formula leaves of lgamma(x), x >= STIRLING_FROM. */
static double stirling_rest(double x)
{
    const double r = 1 / (x * x);

    return (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r / 1680))) / x;
}

/* lgamma(a + b) - lgamma(a) without the cancellation of two large numbers. */
static double gamma_ratio(double a, double b)
{
    if (a < STIRLING_FROM)
        return lgamma(a + b) - lgamma(a);
    return (a - 0.5) * log1p(b / a) + b * log(a + b) - b + stirling_rest(a + b) - stirling_rest(a);
}

double beta_regularised(double a, double b, double x)
{
    double front;

    if (!(x > 0))
        return x == 0 ? 0 : NAN;
    if (x >= 1)
        return x == 1 ? 1 : NAN;
    front = exp((a > b ? gamma_ratio(a, b) - lgamma(b) : gamma_ratio(b, a) - lgamma(a)) +
                a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double student_two_sided_p(double t, double df)
{
    if (isnan(t) || !(df > 0))
        return NAN;
    if (isinf(t))
        return 0;
    return beta_regularised(df / 2, 0.5, df / (df + t * t));
}

/* Abramowitz and Stegun 26.7.5: the normal quantile and what it lacks, in powers of 1 / df.  The
 * next one is below the last digit of a double for MANY_FREE and all that 1 - confidence can be. */
static double student_expansion(double z, double df)
{
    const double q = z * z;
    const double g1 = (q + 1) * z / 4;
    const double g2 = ((5 * q + 16) * q + 3) * z / 96;
    const double g3 = (((3 * q + 19) * q + 17) * q - 15) * z / 384;
    const double g4 = ((((79 * q + 776) * q + 1482) * q - 1920) * q - 945) * z / 92160;

    return z + (g1 + (g2 + (g3 + g4 / df) / df) / df) / df;
}

double student_two_sided(double confidence, double df)
{
    const double p = 1 - confidence;
    double low = 0;
    double high = 1;

    if (!(confidence >= 0 && confidence < 1) || !(df > 0))
        return NAN;
    if (df >= MANY_FREE)
        return student_expansion(normal_two_sided(confidence), df);
    while (student_two_sided_p(high, df) > p && high < 1e300)
        high *= 2;
    for (int i = 0; i < BISECTIONS; i++) {
        const double middle = low + (high - low) / 2;

        if (student_two_sided_p(middle, df) > p)
            low = middle;
        else
            high = middle;
    }
    return low + (high - low) / 2;
}

/* P(at most `few` of n heads) is I_1/2(n - few, few + 1); doubled, as the tails are alike. */
double coin_two_sided_p(uint64_t heads, uint64_t tails)
{
    const double few = heads < tails ? (double)heads : (double)tails;
    const double many = heads < tails ? (double)tails : (double)heads;
    double p;

    if (heads == tails)
        return 1;
    p = 2 * beta_regularised(many, few + 1, 0.5);
    return p < 1 ? p : 1;
}
