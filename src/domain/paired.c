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

static void count_pairs(const double *d, size_t n, PairedResult *out)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        if (isnan(d[i]))
            continue;
        sum += d[i];
        out->pairs++;
        out->up += d[i] > 0;
        out->down += d[i] < 0;
    }
    out->delta = out->pairs ? sum / (double)out->pairs : NAN;
}

static void set_interval(PairedResult *out, Interval interval)
{
    out->low = interval.low;
    out->high = interval.high;
}

static void test_shares(const double *d, const double *firsts, size_t n, double confidence,
                        PairedResult *out)
{
    PairedCounts c = {.only_a = out->up, .only_b = out->down};

    for (size_t i = 0; i < n; i++) {
        if (isnan(d[i]) || d[i] != 0)
            continue;
        c.both += firsts[i] != 0;
        c.neither += firsts[i] == 0;
    }
    out->p = mcnemar_exact(out->up, out->down).p;
    set_interval(out, proportion_paired_difference(&c, confidence));
}

static void test_student(const double *d, size_t n, double confidence, PairedResult *out)
{
    const PairedT t = paired_t(d, n, confidence);

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

Status paired_compare(const double *differences, const double *firsts, size_t n, bool boolean,
                      const PairedPlan *plan, PairedResult *out)
{
    PairedResult r = {.low = NAN, .high = NAN, .p = NAN};
    Status st = ST_OK;

    count_pairs(differences, n, &r);
    r.test = choose(plan, boolean, r.pairs);
    if (r.test == PAIRED_MCNEMAR)
        test_shares(differences, firsts, n, plan->confidence, &r);
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
