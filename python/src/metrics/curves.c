/* SPDX-License-Identifier: Apache-2.0 */
/* Curves over scores, and calibration. */
#include "columns.h"

#include "base/alloc.h"
#include "stats/calibration.h"
#include "stats/counts.h"
#include "stats/curve.h"

/* A status of a curve function; `scores` is what the caller may have got wrong. */
static PyObject *raise_curve(Status st)
{
    if (st == ST_INVALID)
        PyErr_SetString(PyExc_ValueError, "scores hold NaN, which has no place in their order");
    else
        (void)raise_status(st, "scores");
    return NULL;
}

/* (x, y, thresholds); takes what the curve holds. */
static PyObject *curve_views(PyObject *module, const Curve *c)
{
    return Py_BuildValue("NNN", block_view(module, c->x, c->n, 'd'),
                         block_view(module, c->y, c->n, 'd'),
                         block_view(module, c->thresholds, c->n, 'd'));
}

static PyObject *curve_roc_curve(PyObject *module, PyObject *args)
{
    PyObject *truth;
    PyObject *scores;
    int corners;
    Pair p;
    Curve c;
    Status st;

    if (!PyArg_ParseTuple(args, "OOp:roc_curve", &truth, &scores, &corners) ||
        pair_scored(&p, truth, scores))
        return NULL;
    Py_BEGIN_ALLOW_THREADS st =
        roc_curve(truths(&p.truth), numbers(&p.scores), p.truth.n, corners != 0, &c);
    Py_END_ALLOW_THREADS pair_release(&p);
    return st ? raise_curve(st) : curve_views(module, &c);
}

static PyObject *curve_precision_recall_curve(PyObject *module, PyObject *args)
{
    PyObject *truth;
    PyObject *scores;
    Pair p;
    Curve c;
    Status st;

    if (!PyArg_ParseTuple(args, "OO:precision_recall_curve", &truth, &scores) ||
        pair_scored(&p, truth, scores))
        return NULL;
    Py_BEGIN_ALLOW_THREADS st =
        precision_recall_curve(truths(&p.truth), numbers(&p.scores), p.truth.n, &c);
    Py_END_ALLOW_THREADS pair_release(&p);
    return st ? raise_curve(st) : curve_views(module, &c);
}

static PyObject *curve_roc_auc(PyObject *module, PyObject *args)
{
    PyObject *truth;
    PyObject *scores;
    Pair p;
    double area;
    Status st;

    (void)module;
    if (!PyArg_ParseTuple(args, "OO:roc_auc", &truth, &scores) || pair_scored(&p, truth, scores))
        return NULL;
    Py_BEGIN_ALLOW_THREADS st = roc_auc(truths(&p.truth), numbers(&p.scores), p.truth.n, &area);
    Py_END_ALLOW_THREADS pair_release(&p);
    return st ? raise_curve(st) : PyFloat_FromDouble(area);
}

/* All there are to find: those in `truth`, or as many as the caller says. */
static int count_positives(const Column *truth, Py_ssize_t given, uint64_t *positives)
{
    uint64_t ones = 0;

    for (size_t i = 0; i < truth->n; i++)
        ones += truths(truth)[i];
    *positives = given < 0 ? ones : (uint64_t)given;
    if (*positives >= ones)
        return 0;
    PyErr_Format(PyExc_ValueError, "positives is %zd, but truth holds %llu", given,
                 (unsigned long long)ones);
    return -1;
}

static PyObject *curve_average_precision(PyObject *module, PyObject *args)
{
    PyObject *truth;
    PyObject *scores;
    Py_ssize_t given;
    uint64_t positives;
    int method;
    Pair p;
    double value;
    Status st;

    (void)module;
    if (!PyArg_ParseTuple(args, "OOni:average_precision", &truth, &scores, &given, &method) ||
        pair_scored(&p, truth, scores))
        return NULL;
    if (count_positives(&p.truth, given, &positives)) {
        pair_release(&p);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS st = average_precision(truths(&p.truth), numbers(&p.scores), p.truth.n,
                                                  positives, (ApMethod)method, &value);
    Py_END_ALLOW_THREADS pair_release(&p);
    return st ? raise_curve(st) : PyFloat_FromDouble(value);
}

static PyObject *curve_best_f1(PyObject *module, PyObject *args)
{
    PyObject *truth;
    PyObject *scores;
    Py_ssize_t given;
    uint64_t positives;
    Pair p;
    double threshold;
    double f1;
    Status st;

    (void)module;
    if (!PyArg_ParseTuple(args, "OOn:best_f1", &truth, &scores, &given) ||
        pair_scored(&p, truth, scores))
        return NULL;
    if (count_positives(&p.truth, given, &positives)) {
        pair_release(&p);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS st = best_f1_threshold(truths(&p.truth), numbers(&p.scores), p.truth.n,
                                                  positives, &threshold, &f1);
    Py_END_ALLOW_THREADS pair_release(&p);
    return st ? raise_curve(st) : Py_BuildValue("dd", threshold, f1);
}

/* Columns at thresholds, which are the caller's, or `own`, when they are chosen here. */
typedef struct Rates {
    const double *thresholds;
    double *own;
    bool choose;
    double *precision;
    double *recall;
    double *f1;
    size_t m;
} Rates;

static void rates_deinit(Rates *r)
{
    mem_free(r->own);
    mem_free(r->precision);
    mem_free(r->recall);
    mem_free(r->f1);
}

static void fill_rates(Rates *r, const Pair *p, const uint32_t *tp, const uint32_t *fp)
{
    double positives = 0;

    for (size_t i = 0; i < p->truth.n; i++)
        positives += truths(&p->truth)[i];
    for (size_t i = 0; i < r->m; i++) {
        const Counts counts = {.tp = tp[i], .fp = fp[i], .fn = positives - tp[i]};

        r->precision[i] = counts_precision(&counts);
        r->recall[i] = counts_recall(&counts);
        r->f1[i] = counts_fbeta(&counts, 1);
    }
}

static Status compute_rates(Rates *r, const Pair *p)
{
    uint32_t *counts;
    Status st = ST_OK;

    if (r->choose) {
        st = default_thresholds(numbers(&p->scores), p->scores.n, &r->own, &r->m);
        r->thresholds = r->own;
    }
    if (st)
        return st;
    counts = mem_array(r->m * 2, sizeof *counts);
    r->precision = mem_array(r->m, sizeof *r->precision);
    r->recall = mem_array(r->m, sizeof *r->recall);
    r->f1 = mem_array(r->m, sizeof *r->f1);
    if (!counts || !r->precision || !r->recall || !r->f1)
        st = ST_NOMEM;
    if (!st)
        st = counts_at_thresholds(truths(&p->truth), numbers(&p->scores), p->truth.n, r->thresholds,
                                  r->m, counts, counts + r->m);
    if (!st)
        fill_rates(r, p, counts, counts + r->m);
    mem_free(counts);
    return st;
}

/* (thresholds or None, precision, recall, F1); takes what the rates hold. */
static PyObject *rates_views(PyObject *module, const Rates *r)
{
    PyObject *own = Py_None;

    if (r->choose)
        own = block_view(module, r->own, r->m, 'd');
    else
        Py_INCREF(own);
    return Py_BuildValue("NNNN", own, block_view(module, r->precision, r->m, 'd'),
                         block_view(module, r->recall, r->m, 'd'),
                         block_view(module, r->f1, r->m, 'd'));
}

static PyObject *curve_threshold_curves(PyObject *module, PyObject *args)
{
    PyObject *truth;
    PyObject *scores;
    PyObject *given;
    Pair p;
    Column thresholds = {0};
    Rates r = {0};
    Status st;

    if (!PyArg_ParseTuple(args, "OOO:threshold_curves", &truth, &scores, &given) ||
        pair_scored(&p, truth, scores))
        return NULL;
    r.choose = given == Py_None;
    if (!r.choose && column_numbers(&thresholds, given, "thresholds")) {
        pair_release(&p);
        return NULL;
    }
    r.thresholds = numbers(&thresholds);
    r.m = thresholds.n;
    Py_BEGIN_ALLOW_THREADS st = compute_rates(&r, &p);
    Py_END_ALLOW_THREADS column_release(&thresholds);
    pair_release(&p);
    if (!st)
        return rates_views(module, &r);
    rates_deinit(&r);
    return raise_curve(st);
}

static PyObject *curve_precision_of_points(PyObject *module, PyObject *args)
{
    PyObject *precision;
    PyObject *recall;
    Pair p;
    double value;
    Status st;

    (void)module;
    if (!PyArg_ParseTuple(args, "OO:average_precision_of_points", &precision, &recall) ||
        pair_numbers(&p, precision, "precisions", recall, "recalls"))
        return NULL;
    st = average_precision_of_points(numbers(&p.truth), numbers(&p.scores), p.truth.n, &value);
    pair_release(&p);
    return st ? raise_status(st, "precisions") : PyFloat_FromDouble(value);
}

static PyObject *curve_area_under(PyObject *module, PyObject *args)
{
    PyObject *x;
    PyObject *y;
    Pair p;
    double area;
    Status st;

    (void)module;
    if (!PyArg_ParseTuple(args, "OO:area_under", &x, &y) || pair_numbers(&p, x, "x", y, "y"))
        return NULL;
    st = area_under(numbers(&p.truth), numbers(&p.scores), p.truth.n, &area);
    pair_release(&p);
    if (!st)
        return PyFloat_FromDouble(area);
    PyErr_SetString(PyExc_ValueError, "x rises and falls; sort the points by it");
    return NULL;
}

/* ------------------------------------------------------------------ calibration */

static int pair_probabilities(Pair *p, PyObject *args, const char *format, int *bins)
{
    PyObject *truth;
    PyObject *probabilities;

    if (!PyArg_ParseTuple(args, format, &truth, &probabilities, bins))
        return -1;
    if (pair_scored(p, truth, probabilities))
        return -1;
    for (size_t i = 0; i < p->scores.n; i++)
        if (!(numbers(&p->scores)[i] >= 0 && numbers(&p->scores)[i] <= 1)) {
            PyErr_Format(PyExc_ValueError, "probabilities[%zu] is not in [0, 1]", i);
            pair_release(p);
            return -1;
        }
    return 0;
}

static PyObject *of_probabilities(PyObject *args, const char *format,
                                  double (*metric)(const uint8_t *, const double *, size_t))
{
    Pair p;
    double value;

    if (pair_probabilities(&p, args, format, NULL))
        return NULL;
    value = metric(truths(&p.truth), numbers(&p.scores), p.truth.n);
    pair_release(&p);
    return PyFloat_FromDouble(value);
}

static PyObject *curve_brier(PyObject *module, PyObject *args)
{
    (void)module;
    return of_probabilities(args, "OO:brier_score", brier_score);
}

static PyObject *curve_log_loss(PyObject *module, PyObject *args)
{
    (void)module;
    return of_probabilities(args, "OO:log_loss", log_loss);
}

static PyObject *curve_surprise(PyObject *module, PyObject *args)
{
    (void)module;
    return of_probabilities(args, "OO:surprise_of_ones", surprise_of_ones);
}

static PyObject *list_of_bins(const ReliabilityBin *bins, size_t k)
{
    PyObject *list = PyList_New((Py_ssize_t)k);

    for (size_t b = 0; list && b < k; b++) {
        PyObject *bin = Py_BuildValue("ddK", bins[b].probability, bins[b].rate,
                                      (unsigned long long)bins[b].count);

        if (!bin) {
            Py_CLEAR(list);
            break;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)b, bin);
    }
    return list;
}

static PyObject *curve_reliability(PyObject *module, PyObject *args)
{
    Pair p;
    int k = 0;
    ReliabilityBin *bins;
    PyObject *result = NULL;

    (void)module;
    if (pair_probabilities(&p, args, "OOi:reliability", &k))
        return NULL;
    if (k < 1 || k > (int)RELIABILITY_BINS_MAX) {
        pair_release(&p);
        return PyErr_Format(PyExc_ValueError, "bins is %d, expected 1 to %u", k,
                            RELIABILITY_BINS_MAX);
    }
    bins = mem_array((size_t)k, sizeof *bins);
    if (bins) {
        Py_BEGIN_ALLOW_THREADS reliability_bins(truths(&p.truth), numbers(&p.scores), p.truth.n,
                                                bins, (size_t)k);
        Py_END_ALLOW_THREADS result = Py_BuildValue("Ndd", list_of_bins(bins, (size_t)k),
                                                    expected_calibration_error(bins, (size_t)k),
                                                    maximum_calibration_error(bins, (size_t)k));
    } else {
        PyErr_NoMemory();
    }
    mem_free(bins);
    pair_release(&p);
    return result;
}

PyMethodDef curve_functions[] = {
    {"roc_curve", curve_roc_curve, METH_VARARGS, NULL},
    {"precision_recall_curve", curve_precision_recall_curve, METH_VARARGS, NULL},
    {"roc_auc", curve_roc_auc, METH_VARARGS, NULL},
    {"average_precision", curve_average_precision, METH_VARARGS, NULL},
    {"average_precision_of_points", curve_precision_of_points, METH_VARARGS, NULL},
    {"best_f1", curve_best_f1, METH_VARARGS, NULL},
    {"threshold_curves", curve_threshold_curves, METH_VARARGS, NULL},
    {"area_under", curve_area_under, METH_VARARGS, NULL},
    {"brier_score", curve_brier, METH_VARARGS, NULL},
    {"log_loss", curve_log_loss, METH_VARARGS, NULL},
    {"surprise_of_ones", curve_surprise, METH_VARARGS, NULL},
    {"reliability", curve_reliability, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
