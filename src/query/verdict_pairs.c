/* SPDX-License-Identifier: Apache-2.0 */
/* See verdict_pairs.h. */
#include "query/verdict_pairs.h"

#include "base/map.h"
#include "stats/regression.h"

#include <math.h>

enum { MAX_LABELS = 2 * VERDICT_PAIRS_MAX };

void verdict_pairs_init(VerdictPairs *p)
{
    *p = (VerdictPairs){0};
}

void verdict_pairs_deinit(VerdictPairs *p)
{
    VEC_FREE(&p->a);
    VEC_FREE(&p->b);
}

Status verdict_pairs_add(VerdictPairs *p, Opinion a, Opinion b)
{
    Status st = VEC_PUSH(&p->a, a, (size_t)VERDICT_PAIRS_MAX);

    if (st)
        return st;
    st = VEC_PUSH(&p->b, b, (size_t)VERDICT_PAIRS_MAX);
    if (st)
        p->a.len--;
    return st;
}

/* ------------------------------------------------------------ labels */

/* How often each of two judges gave a label. */
typedef struct LabelUse {
    uint64_t by_a;
    uint64_t by_b;
} LabelUse;

/* Labels of two judges, of which there may be many, and numbers by both. */
typedef struct Comparing {
    Map labels; /* text -> its number */
    VEC_OF(LabelUse) uses;
    VEC_OF(double) x;
    VEC_OF(double) y;
    VerdictAgreement out;
} Comparing;

static bool label_of(Value v, Str *out)
{
    if (v.kind == VALUE_BOOL)
        *out = v.as.b ? STR("true") : STR("false");
    else if (v.kind == VALUE_STR)
        *out = v.as.s;
    return v.kind == VALUE_BOOL || v.kind == VALUE_STR;
}

static Status use_of(Comparing *c, Str label, size_t *out)
{
    uint64_t known = c->uses.len;
    Status st;

    if (map_get(&c->labels, label, &known)) {
        *out = (size_t)known;
        return ST_OK;
    }
    st = VEC_PUSH(&c->uses, (LabelUse){0}, (size_t)MAX_LABELS);
    if (st)
        return st;
    *out = c->uses.len - 1;
    return map_put(&c->labels, label, *out);
}

static Status compare_labels(Comparing *c, Value a, Value b)
{
    Str x = {0};
    Str y = {0};
    size_t of_a = 0;
    size_t of_b = 0;
    Status st;

    if (!label_of(a, &x) || !label_of(b, &y))
        return ST_OK;
    st = use_of(c, x, &of_a);
    if (!st)
        st = use_of(c, y, &of_b);
    if (st)
        return st;
    c->uses.items[of_a].by_a++;
    c->uses.items[of_b].by_b++;
    c->out.compared++;
    c->out.agreed += str_eq(x, y);
    return ST_OK;
}

static Status compare_numbers(Comparing *c, Value a, Value b)
{
    Status st;

    if (a.kind != VALUE_DOUBLE || b.kind != VALUE_DOUBLE || !isfinite(a.as.d) || !isfinite(b.as.d))
        return ST_OK;
    st = VEC_PUSH(&c->x, a.as.d, (size_t)VERDICT_PAIRS_MAX);
    if (!st)
        st = VEC_PUSH(&c->y, b.as.d, (size_t)VERDICT_PAIRS_MAX);
    return st;
}

/* From what each label adds to the agreement of chance; the matrix of all pairs of labels is not
 * needed.  0 when both gave one label only. */
static double kappa_of(const Comparing *c)
{
    const double n = (double)c->out.compared;
    double apart = 0; /* n * n times the disagreement of chance */

    if (!c->out.compared)
        return (double)NAN;
    for (size_t i = 0; i < c->uses.len; i++)
        apart += (double)c->uses.items[i].by_a * (n - (double)c->uses.items[i].by_b);
    return apart > 0 ? 1 - (n - (double)c->out.agreed) * n / apart : 0;
}

/* ------------------------------------------------------------ all of them */

static bool has_verdicts(const VerdictPairs *p)
{
    for (size_t i = 0; i < p->a.len; i++)
        if (p->a.items[i].passed.kind == VALUE_BOOL && p->b.items[i].passed.kind == VALUE_BOOL)
            return true;
    return false;
}

static Status compare_all(Comparing *c, const VerdictPairs *p)
{
    const bool by_verdict = has_verdicts(p);
    Status st = ST_OK;

    for (size_t i = 0; i < p->a.len && !st; i++) {
        const Opinion *x = &p->a.items[i];
        const Opinion *y = &p->b.items[i];

        st = by_verdict ? compare_labels(c, x->passed, y->passed)
                        : compare_labels(c, x->value, y->value);
        if (!st)
            st = compare_numbers(c, x->value, y->value);
    }
    return st;
}

Status verdict_pairs_compare(const VerdictPairs *p, VerdictAgreement *out)
{
    Comparing c = {.out = {.n = p->a.len}};
    Status st;

    map_init(&c.labels, MAX_LABELS);
    st = compare_all(&c, p);
    c.out.kappa = kappa_of(&c);
    c.out.pearson = c.out.spearman = (double)NAN;
    if (!st && c.x.len > 1) {
        c.out.pearson = pearson(c.x.items, c.y.items, c.x.len);
        st = spearman(c.x.items, c.y.items, c.x.len, &c.out.spearman);
    }
    if (!st)
        *out = c.out;
    map_deinit(&c.labels);
    VEC_FREE(&c.uses);
    VEC_FREE(&c.x);
    VEC_FREE(&c.y);
    return st;
}
