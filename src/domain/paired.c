/* SPDX-License-Identifier: Apache-2.0 */
/* See paired.h. */
#include "domain/paired.h"

#include "base/str.h"
#include "stats/proportion.h"
#include "stats/significance.h"

#include <math.h>

static const char *const test_names[] = {
    [PAIRED_AUTO] = "auto",         [PAIRED_MCNEMAR] = "mcnemar",     [PAIRED_T] = "paired t",
    [PAIRED_WILCOXON] = "wilcoxon", [PAIRED_BOOTSTRAP] = "bootstrap",
};

const char *paired_test_name(PairedTest test)
{
    return test == PAIRED_NONE ? NULL : test_names[test];
}

Status paired_test_from(const char *name, size_t len, PairedTest *out)
{
    for (int i = PAIRED_AUTO; i < PAIRED_NONE; i++) {
        if (str_eq((Str){name, len}, str_from(test_names[i]))) {
            *out = (PairedTest)i;
            return ST_OK;
        }
    }
    if (!str_eq((Str){name, len}, STR("t")))
        return ST_INVALID;
    *out = PAIRED_T;
    return ST_OK;
}

/* Blocks without a NaN, which nearly all are, are walked without asking of each value: a sum says
 * at the end of the block whether there was one.  Two sums of each kind, since one addition waits
 * for the one before it. */
enum { BLOCK = 512 };

/* False: some value is missing, and `s` is as it was. */
static bool walk_block(const double *restrict first, const double *restrict second,
                       double *restrict differences, PairedSums *s)
{
    double d[2] = {0};
    double a[2] = {0};
    double b[2] = {0};
    uint64_t up = 0;
    uint64_t down = 0;

    for (size_t i = 0; i < BLOCK; i += 2) {
        const double even = second[i] - first[i];
        const double odd = second[i + 1] - first[i + 1];

        differences[i] = even;
        differences[i + 1] = odd;
        up += (uint64_t)(even > 0) + (uint64_t)(odd > 0);
        down += (uint64_t)(even < 0) + (uint64_t)(odd < 0);
        d[0] += even;
        d[1] += odd;
        a[0] += first[i];
        a[1] += first[i + 1];
        b[0] += second[i];
        b[1] += second[i + 1];
    }
    if (isnan(d[0] + d[1]))
        return false;
    s->pairs += BLOCK;
    s->second_count += BLOCK;
    s->up += up;
    s->down += down;
    s->differences += d[0] + d[1];
    s->firsts += a[0] + a[1];
    s->seconds += b[0] + b[1];
    return true;
}

static void walk_one(double first, double second, double *difference, PairedSums *s)
{
    const double d = second - first;

    *difference = d;
    s->up += d > 0;
    s->down += d < 0;
    if (!isnan(d)) {
        s->pairs++;
        s->differences += d;
        s->firsts += first;
    }
    if (!isnan(second)) {
        s->second_count++;
        s->seconds += second;
    }
}

void paired_subtract(const double *first, const double *second, const uint32_t *places, size_t n,
                     double *differences, PairedSums *out)
{
    PairedSums s = {0};

    for (size_t i = 0, end; i < n; i = end) {
        end = n - i < BLOCK ? n : i + BLOCK;
        if (!places && end - i == BLOCK && walk_block(first + i, second + i, differences + i, &s))
            continue;
        for (size_t k = i; k < end; k++) {
            const size_t at = places ? places[k] : k;

            walk_one(first[at], second[at], &differences[k], &s);
        }
    }
    *out = s;
}

static void set_interval(PairedResult *out, Interval interval)
{
    out->low = interval.low;
    out->high = interval.high;
}

/* Of the pairs that agree, those in which both are 1: all firsts that are 1 but for the `down`. */
static void test_shares(const PairedSums *s, double confidence, PairedResult *out)
{
    PairedCounts c = {.only_a = s->up, .only_b = s->down, .both = (uint64_t)s->firsts - s->down};

    c.neither = s->pairs - s->up - s->down - c.both;
    out->p = mcnemar_exact(s->up, s->down).p;
    set_interval(out, proportion_paired_difference(&c, confidence));
}

static void test_student(const double *d, size_t n, double confidence, PairedResult *out)
{
    const PairedT t = paired_t_about(d, n, out->pairs, out->delta, confidence);

    out->p = t.p;
    set_interval(out, t.interval);
}

static Status test_bootstrap(const double *d, size_t n, double confidence, PairedResult *out)
{
    const BootstrapPlan plan = {.seed = 1, .rounds = PAIRED_ROUNDS, .confidence = confidence};
    Bootstrap b;
    const Status st = bootstrap_mean(d, n, &plan, &b);

    if (st)
        return st;
    out->p = b.p;
    set_interval(out, b.percentile);
    return ST_OK;
}

static Status test_ranks(const double *d, size_t n, double confidence, PairedResult *out)
{
    Wilcoxon w;
    Status st = wilcoxon_signed_rank(d, n, WILCOXON_DROP, WILCOXON_AUTO, &w);

    if (st)
        return st;
    if (out->pairs <= PAIRED_FEW)
        st = test_bootstrap(d, n, confidence, out);
    else
        test_student(d, n, confidence, out);
    out->p = w.p;
    return st;
}

static PairedTest choose(const PairedPlan *plan, bool boolean, uint64_t pairs)
{
    if (!pairs)
        return PAIRED_NONE;
    if (boolean && (plan->test == PAIRED_AUTO || plan->test == PAIRED_MCNEMAR))
        return PAIRED_MCNEMAR;
    if (plan->test == PAIRED_BOOTSTRAP)
        return pairs <= PAIRED_BOOTSTRAP_MAX ? PAIRED_BOOTSTRAP : PAIRED_T;
    if (plan->test == PAIRED_T || plan->test == PAIRED_WILCOXON)
        return plan->test;
    return pairs < PAIRED_FEW ? PAIRED_WILCOXON : PAIRED_T;
}

Status paired_compare(const double *differences, size_t n, const PairedSums *sums, bool boolean,
                      const PairedPlan *plan, PairedResult *out)
{
    PairedResult r = {.pairs = sums->pairs,
                      .up = sums->up,
                      .down = sums->down,
                      .delta = sums->pairs ? sums->differences / (double)sums->pairs : NAN,
                      .low = NAN,
                      .high = NAN,
                      .p = NAN};
    Status st = ST_OK;

    r.test = choose(plan, boolean, r.pairs);
    if (r.test == PAIRED_MCNEMAR)
        test_shares(sums, plan->confidence, &r);
    else if (r.test == PAIRED_T)
        test_student(differences, n, plan->confidence, &r);
    else if (r.test == PAIRED_WILCOXON)
        st = test_ranks(differences, n, plan->confidence, &r);
    else if (r.test == PAIRED_BOOTSTRAP)
        st = test_bootstrap(differences, n, plan->confidence, &r);
    if (!st)
        *out = r;
    return st;
}
