/* SPDX-License-Identifier: Apache-2.0 */
/* All metrics walk over the same merge of two sorted lists of keys (stats/order.h):
 *
 *   positives  0.1  0.4  0.4  0.9          the next group, from the top:
 *   negatives  0.2  0.4  0.7               0.9 | 0.7 | 0.4 0.4 0.4 | 0.2 | 0.1
 */
#include "stats/curve.h"

#include "base/alloc.h"
#include "os/pages.h"
#include "os/thread.h"
#include "stats/order.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { THREADED_FROM = 1 << 17, TENTHS = 11 };

static const double threshold_step = 0.01;

/* The scores, sorted: positives from the start, negatives behind them. */
typedef struct Sorted {
    uint64_t *keys;
    uint64_t *spare; /* one more than keys, of no use any more: a column of a curve is made of it */
    const uint64_t *positive;
    const uint64_t *negative;
    size_t positives;
    size_t negatives;
} Sorted;

typedef struct SortTask {
    uint64_t *keys;
    uint64_t *spare;
    size_t n;
} SortTask;

static void sort_task(void *arg)
{
    const SortTask *t = arg;

    order_sort_keys(t->keys, t->spare, t->n);
}

static void sort_both(SortTask *a, SortTask *b)
{
    Thread thread = {0};

    if (a->n < THREADED_FROM || b->n < THREADED_FROM || thread_processors() < 2 ||
        thread_start(&thread, "vireo-sort", sort_task, a) != ST_OK)
        sort_task(a);
    sort_task(b);
    thread_join(&thread);
}

/* Positives grow from the start of keys[], negatives from its end. */
static Status split_keys(const uint8_t *truth, const double *scores, size_t n, uint64_t *keys,
                         size_t *positives)
{
    size_t at[2] = {n, 0}; /* of the next negative: one below; of the next positive */
    bool nan = false;

    for (size_t i = 0; i < n; i++) {
        const size_t positive = truth[i] != 0;
        const uint64_t key = order_key(scores[i]);

        nan |= key == ORDER_NAN;
        at[0] -= 1 - positive;
        keys[at[positive]] = key;
        at[1] += positive;
    }
    *positives = at[1];
    return nan ? ST_INVALID : ST_OK;
}

static void sorted_deinit(Sorted *s)
{
    mem_free(s->keys);
    mem_free(s->spare);
}

/* Large blocks that are written from end to end. */
static void *expected_array(size_t count, size_t size)
{
    void *const block = mem_array(count, size);

    pages_expect(block, count * size);
    return block;
}

static Status sort_scores(const uint8_t *truth, const double *scores, size_t n, Sorted *out)
{
    Sorted s;
    Status st = ST_NOMEM;

    if (n > ORDER_MAX)
        return ST_LIMIT;
    s = (Sorted){.keys = expected_array(n, sizeof *s.keys),
                 .spare = expected_array(n + 1, sizeof *s.spare)};
    if (s.keys && s.spare)
        st = split_keys(truth, scores, n, s.keys, &s.positives);
    if (st) {
        sorted_deinit(&s);
        return st;
    }
    s.negatives = n - s.positives;
    s.positive = s.keys;
    s.negative = s.keys + s.positives;
    sort_both(&(SortTask){s.keys, s.spare, s.positives},
              &(SortTask){s.keys + s.positives, s.spare + s.positives, s.negatives});
    *out = s;
    return ST_OK;
}

/* ------------------------------------------------------------------ the merge */

/* What has been passed so far, from the top or from the bottom. */
typedef struct Walk {
    const Sorted *s;
    size_t tp;
    size_t fp;
    uint64_t key; /* of the group passed last */
} Walk;

/* The next group from the top: tp and fp count what is at or above it. */
static bool walk_down(Walk *w)
{
    const Sorted *s = w->s;
    size_t positives = s->positives - w->tp; /* still below */
    size_t negatives = s->negatives - w->fp;
    uint64_t key;

    if (positives + negatives == 0)
        return false;
    key = positives ? s->positive[positives - 1] : 0;
    if (negatives && s->negative[negatives - 1] > key)
        key = s->negative[negatives - 1];
    while (positives && s->positive[positives - 1] == key)
        positives--;
    while (negatives && s->negative[negatives - 1] == key)
        negatives--;
    w->tp = s->positives - positives;
    w->fp = s->negatives - negatives;
    w->key = key;
    return true;
}

/* The next group from the bottom: tp and fp count what is below it or in it. */
static bool walk_up(Walk *w)
{
    const Sorted *s = w->s;
    uint64_t key;

    if (w->tp == s->positives && w->fp == s->negatives)
        return false;
    key = w->tp < s->positives ? s->positive[w->tp] : UINT64_MAX;
    if (w->fp < s->negatives && s->negative[w->fp] < key)
        key = s->negative[w->fp];
    while (w->tp < s->positives && s->positive[w->tp] == key)
        w->tp++;
    while (w->fp < s->negatives && s->negative[w->fp] == key)
        w->fp++;
    w->key = key;
    return true;
}

/* ------------------------------------------------------------------ curves */

void curve_deinit(Curve *c)
{
    mem_free(c->x);
    mem_free(c->y);
    mem_free(c->thresholds);
    *c = (Curve){0};
}

/* Room for a point more than there are scores.  The thresholds take the spare keys, whose pages
 * are there already. */
static Status curve_alloc(Curve *c, Sorted *s)
{
    const size_t n = s->positives + s->negatives + 1;

    _Static_assert(sizeof *c->thresholds == sizeof *s->spare, "a key is as large as its value");
    *c = (Curve){
        .x = expected_array(n, sizeof *c->x),
        .y = expected_array(n, sizeof *c->y),
        .thresholds = (void *)s->spare,
    };
    s->spare = NULL;
    if (c->x && c->y)
        return ST_OK;
    curve_deinit(c);
    return ST_NOMEM;
}

static void curve_push(Curve *c, double x, double y, double threshold)
{
    c->x[c->n] = x;
    c->y[c->n] = y;
    c->thresholds[c->n++] = threshold;
}

/* What to divide counts by: a count of 0 has only zeros to be divided. */
static double divisor(size_t count)
{
    return count ? (double)count : 1;
}

/* Exact: counts are at most ORDER_MAX together, so no product passes 2^62. */
static bool collinear(const Walk *a, const Walk *b, const Walk *c)
{
    return (uint64_t)(b->tp - a->tp) * (c->fp - b->fp) ==
           (uint64_t)(b->fp - a->fp) * (c->tp - b->tp);
}

/* A point is written when the next one shows that it is a corner. */
static void fill_roc(const Sorted *s, bool corners, Curve *c)
{
    const double negatives = divisor(s->negatives);
    const double positives = divisor(s->positives);
    Walk kept = {.s = s};
    Walk last = {.s = s};
    Walk w = {.s = s};

    curve_push(c, 0, 0, INFINITY);
    if (!walk_down(&w))
        return;
    for (last = w; walk_down(&w); last = w) {
        if (corners && collinear(&kept, &last, &w))
            continue;
        curve_push(c, (double)last.fp / negatives, (double)last.tp / positives,
                   order_value(last.key));
        kept = last;
    }
    curve_push(c, (double)last.fp / negatives, (double)last.tp / positives, order_value(last.key));
}

Status roc_curve(const uint8_t *truth, const double *scores, size_t n, bool corners, Curve *out)
{
    Sorted s;
    Curve c;
    Status st = sort_scores(truth, scores, n, &s);

    if (st)
        return st;
    st = curve_alloc(&c, &s);
    if (!st) {
        fill_roc(&s, corners, &c);
        *out = c;
    }
    sorted_deinit(&s);
    return st;
}

/* A part of the curve: the groups below `bound` from the start of the columns, or those from it
 * on, which end before the columns' last place.  So two threads share one curve. */
typedef struct Part {
    const Sorted *s;
    const Curve *c;
    size_t room; /* of the columns */
    uint64_t bound;
    size_t count; /* of groups that were written */
} Part;

static void write_point(const Part *p, size_t at, size_t tp, size_t fp, uint64_t key)
{
    p->c->x[at] = (double)tp / divisor(p->s->positives);
    p->c->y[at] = (double)tp / (double)(tp + fp);
    p->c->thresholds[at] = order_value(key);
}

static void fill_below(Part *p)
{
    Walk w = {.s = p->s};
    size_t tp = p->s->positives; /* at or above the group */
    size_t fp = p->s->negatives;

    while (walk_up(&w) && w.key < p->bound) {
        write_point(p, p->count++, tp, fp, w.key);
        tp = p->s->positives - w.tp;
        fp = p->s->negatives - w.fp;
    }
}

static void fill_above(void *part)
{
    Part *p = part;
    Walk w = {.s = p->s};

    while (walk_down(&w) && w.key >= p->bound)
        write_point(p, p->room - 2 - p->count++, w.tp, w.fp, w.key);
}

/* The middle of the longer list; where there is little to do, above everything. */
static uint64_t choose_bound(const Sorted *s)
{
    if (s->positives + s->negatives < THREADED_FROM || thread_processors() < 2)
        return ORDER_NAN;
    return s->positives > s->negatives ? s->positive[s->positives / 2]
                                       : s->negative[s->negatives / 2];
}

static void close_gap(double *column, size_t to, size_t from, size_t count)
{
    if (to != from)
        memmove(column + to, column + from, count * sizeof *column);
}

static void fill_precision_recall(const Sorted *s, size_t room, Curve *c)
{
    Part below = {.s = s, .c = c, .room = room, .bound = choose_bound(s)};
    Part above = below;
    Thread thread = {0};
    size_t from;

    if (below.bound == ORDER_NAN ||
        thread_start(&thread, "vireo-curve", fill_above, &above) != ST_OK)
        fill_above(&above);
    fill_below(&below);
    thread_join(&thread);
    from = room - 1 - above.count;
    c->x[room - 1] = 0;
    c->y[room - 1] = 1;
    c->thresholds[room - 1] = INFINITY;
    close_gap(c->x, below.count, from, above.count + 1);
    close_gap(c->y, below.count, from, above.count + 1);
    close_gap(c->thresholds, below.count, from, above.count + 1);
    c->n = below.count + above.count + 1;
}

Status precision_recall_curve(const uint8_t *truth, const double *scores, size_t n, Curve *out)
{
    Sorted s;
    Curve c;
    Status st = sort_scores(truth, scores, n, &s);

    if (st)
        return st;
    st = curve_alloc(&c, &s);
    if (!st) {
        fill_precision_recall(&s, n + 1, &c);
        *out = c;
    }
    sorted_deinit(&s);
    return st;
}

/* ------------------------------------------------------------------ areas */

/* Twice the area, in pairs of rows, is a whole number: below 2^53 the sum is exact. */
Status roc_auc(const uint8_t *truth, const double *scores, size_t n, double *out)
{
    Sorted s;
    Walk w = {.s = &s};
    double twice = 0;
    size_t tp = 0;
    size_t fp = 0;
    const Status st = sort_scores(truth, scores, n, &s);

    if (st)
        return st;
    for (; walk_down(&w); tp = w.tp, fp = w.fp)
        twice += (double)(w.fp - fp) * (double)(w.tp + tp);
    *out = twice / 2 / (double)s.positives / (double)s.negatives;
    sorted_deinit(&s);
    return ST_OK;
}

static double precision_of(size_t tp, size_t fp)
{
    return (double)tp / (double)(tp + fp);
}

static double ap_step(const Sorted *s, uint64_t positives)
{
    Walk w = {.s = s};
    double sum = 0;

    for (size_t tp = 0; walk_down(&w); tp = w.tp)
        if (w.tp > tp)
            sum += (double)(w.tp - tp) * precision_of(w.tp, w.fp);
    return sum / (double)positives;
}

/* From the bottom, where recall is highest: the best precision so far is the one to count. */
static double ap_voc(const Sorted *s, uint64_t positives)
{
    Walk w = {.s = s};
    double best = 0;
    double sum = 0;
    size_t tp = 0; /* below the group */
    size_t fp = 0;

    for (; walk_up(&w); tp = w.tp, fp = w.fp) {
        best = fmax(best, precision_of(s->positives - tp, s->negatives - fp));
        sum += (double)(w.tp - tp) * best;
    }
    return sum / (double)positives;
}

/* At recalls 0 / steps ... steps / steps, compared as whole numbers. */
static double ap_sampled(const Sorted *s, uint64_t positives, uint64_t steps)
{
    Walk w = {.s = s};
    double best = 0;
    double sum = 0;
    uint64_t left = steps + 1; /* recalls left - 1 and below are still to be counted */
    size_t tp = 0;
    size_t fp = 0;

    for (; walk_up(&w); tp = w.tp, fp = w.fp) {
        const uint64_t found = s->positives - tp;

        for (; left > 0 && found * steps < (left - 1) * positives; left--)
            sum += best;
        if (found > 0)
            best = fmax(best, precision_of(found, s->negatives - fp));
    }
    return (sum + (double)left * best) / (double)(steps + 1);
}

static Status ap_retrieval(const uint8_t *truth, const double *scores, size_t n, uint64_t positives,
                           double *out)
{
    uint32_t *order = mem_array(n, sizeof *order);
    double sum = 0;
    size_t found = 0;
    Status st;

    if (!order)
        return ST_NOMEM;
    st = order_descending(scores, n, order);
    for (size_t k = 0; !st && k < n; k++) {
        if (isnan(scores[order[k]]))
            st = ST_INVALID;
        else if (truth[order[k]])
            sum += (double)++found / (double)(k + 1);
    }
    mem_free(order);
    if (!st)
        *out = positives ? sum / (double)positives : 0;
    return st;
}

Status average_precision(const uint8_t *truth, const double *scores, size_t n, uint64_t positives,
                         ApMethod method, double *out)
{
    Sorted s;
    Status st;

    if (n > ORDER_MAX || positives > ORDER_MAX)
        return ST_LIMIT;
    if (method == AP_RETRIEVAL)
        return ap_retrieval(truth, scores, n, positives, out);
    st = sort_scores(truth, scores, n, &s);
    if (st)
        return st;
    if (positives == 0)
        *out = 0;
    else if (method == AP_STEP)
        *out = ap_step(&s, positives);
    else if (method == AP_VOC)
        *out = ap_voc(&s, positives);
    else
        *out = ap_sampled(&s, positives, method == AP_VOC_11 ? 10 : 100);
    sorted_deinit(&s);
    return ST_OK;
}

Status average_precision_of_points(const double *precision, const double *recall, size_t n,
                                   double *out)
{
    uint32_t *order = mem_array(n, sizeof *order);
    double best = 0;
    double sum = 0;
    Status st;

    if (!order)
        return ST_NOMEM;
    st = order_ascending(recall, n, order);
    for (size_t i = n; !st && i-- > 0;) {
        const double before = i ? recall[order[i - 1]] : 0;

        best = fmax(best, precision[order[i]]);
        sum += (recall[order[i]] - before) * best;
    }
    mem_free(order);
    if (!st)
        *out = sum;
    return st;
}

Status best_f1_threshold(const uint8_t *truth, const double *scores, size_t n, uint64_t positives,
                         double *threshold, double *f1)
{
    Sorted s;
    Walk w = {.s = &s};
    double best = 0;
    uint64_t key = 0;
    size_t tp = 0; /* below the group */
    size_t fp = 0;
    const Status st = sort_scores(truth, scores, n, &s);

    if (st)
        return st;
    for (; walk_up(&w); tp = w.tp, fp = w.fp) {
        const double found = (double)(s.positives - tp);
        const double value = 2 * found / (found + (double)(s.negatives - fp) + (double)positives);

        if (value > best) {
            best = value;
            key = w.key;
        }
    }
    *threshold = best > 0 ? order_value(key) : 0;
    *f1 = best;
    sorted_deinit(&s);
    return ST_OK;
}

/* How many of the sorted keys are at or above `key`. */
static uint32_t count_from(const uint64_t *keys, size_t n, uint64_t key)
{
    size_t low = 0;
    size_t high = n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)(n - low);
}

Status counts_at_thresholds(const uint8_t *truth, const double *scores, size_t n,
                            const double *thresholds, size_t m, uint32_t *tp, uint32_t *fp)
{
    Sorted s;
    const Status st = sort_scores(truth, scores, n, &s);

    if (st)
        return st;
    for (size_t i = 0; i < m; i++) {
        const uint64_t key = order_key(thresholds[i]);

        tp[i] = count_from(s.positive, s.positives, key);
        fp[i] = count_from(s.negative, s.negatives, key);
    }
    sorted_deinit(&s);
    return ST_OK;
}

Status default_thresholds(const double *scores, size_t n, double **out, size_t *m)
{
    double *values;
    size_t kept = 1;
    Status st;

    if (n > ORDER_MAX)
        return ST_LIMIT;
    values = mem_array(1 + TENTHS + n, sizeof *values);
    if (!values)
        return ST_NOMEM;
    values[0] = 0;
    for (unsigned i = 0; i < TENTHS; i++)
        values[1 + i] = i / 10.0;
    if (n)
        memcpy(values + 1 + TENTHS, scores, n * sizeof *values);
    st = order_sort(values + 1, TENTHS + n);
    if (st) {
        mem_free(values);
        return st;
    }
    for (size_t i = 1; i <= TENTHS + n; i++)
        if (values[i] - values[kept - 1] >= threshold_step)
            values[kept++] = values[i];
    *out = values;
    *m = kept;
    return ST_OK;
}

Status area_under(const double *x, const double *y, size_t n, double *out)
{
    bool rises = false;
    bool falls = false;
    double sum = 0;

    for (size_t i = 1; i < n; i++) {
        rises |= x[i] > x[i - 1];
        falls |= x[i] < x[i - 1];
        sum += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
    }
    if (rises && falls)
        return ST_INVALID;
    *out = falls ? -sum : sum;
    return ST_OK;
}
