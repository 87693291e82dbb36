/* SPDX-License-Identifier: Apache-2.0 */
/* Significance: paired tests, intervals, corrections, deltas. */
#include "columns.h"

#include "base/alloc.h"
#include "stats/delta.h"
#include "stats/proportion.h"
#include "stats/significance.h"

#include <math.h>
#include <string.h>

static PyObject *test_result(TestResult r)
{
    return Py_BuildValue("ddK", r.statistic, r.p, (unsigned long long)r.n);
}

static PyObject *test_paired_counts(PyObject *module, PyObject *args)
{
    PyObject *a;
    PyObject *b;
    Column of_a;
    Column of_b = {0};
    PairedCounts c;
    PyObject *result = NULL;

    (void)module;
    if (!PyArg_ParseTuple(args, "OO:paired_counts", &a, &b) || column_truth(&of_a, a, "a"))
        return NULL;
    if (!column_truth(&of_b, b, "b") && !columns_match(&of_a, "a", &of_b, "b")) {
        c = paired_counts(truths(&of_a), truths(&of_b), of_a.n);
        result = Py_BuildValue("KKKK", (unsigned long long)c.both, (unsigned long long)c.only_a,
                               (unsigned long long)c.only_b, (unsigned long long)c.neither);
    }
    column_release(&of_b);
    column_release(&of_a);
    return result;
}

static PyObject *test_mcnemar(PyObject *module, PyObject *args)
{
    unsigned long long a;
    unsigned long long b;
    int exact;

    (void)module;
    if (!PyArg_ParseTuple(args, "KKp:mcnemar", &a, &b, &exact))
        return NULL;
    return test_result(exact ? mcnemar_exact(a, b) : mcnemar_chi_square(a, b));
}

static PyObject *test_sign(PyObject *module, PyObject *differences)
{
    Column d;
    TestResult r;

    (void)module;
    if (column_numbers(&d, differences, "differences"))
        return NULL;
    r = sign_test(numbers(&d), d.n);
    column_release(&d);
    return test_result(r);
}

static PyObject *test_paired_t(PyObject *module, PyObject *args)
{
    PyObject *differences;
    double confidence;
    Column d;
    PairedT r;

    (void)module;
    if (!PyArg_ParseTuple(args, "Od:paired_t", &differences, &confidence) ||
        column_numbers(&d, differences, "differences"))
        return NULL;
    r = paired_t(numbers(&d), d.n, confidence);
    column_release(&d);
    return Py_BuildValue("ddd(dd)K", r.t, r.p, r.mean, r.interval.low, r.interval.high,
                         (unsigned long long)r.n);
}

static PyObject *test_wilcoxon(PyObject *module, PyObject *args)
{
    PyObject *differences;
    int zeros;
    int method;
    Column d;
    Wilcoxon w;
    Status st;

    (void)module;
    if (!PyArg_ParseTuple(args, "Oii:wilcoxon", &differences, &zeros, &method) ||
        column_numbers(&d, differences, "differences"))
        return NULL;
    Py_BEGIN_ALLOW_THREADS st =
        wilcoxon_signed_rank(numbers(&d), d.n, (WilcoxonZeros)zeros, (WilcoxonMethod)method, &w);
    Py_END_ALLOW_THREADS column_release(&d);
    if (st == ST_LIMIT)
        return PyErr_Format(PyExc_ValueError, "exact: at most %d differences", WILCOXON_EXACT_MAX);
    if (st)
        return raise_status(st, "differences");
    return Py_BuildValue("dddKN", w.w_plus, w.w_minus, w.p, (unsigned long long)w.n,
                         PyBool_FromLong(w.exact));
}

/* ------------------------------------------------------------------ bootstrap */

static PyObject *bootstrap_result(const Bootstrap *b)
{
    return Py_BuildValue("dd(dd)(dd)dK", b->observed, b->standard_error, b->percentile.low,
                         b->percentile.high, b->bca.low, b->bca.high, b->p,
                         (unsigned long long)b->n);
}

static PyObject *raise_plan(Status st)
{
    if (st == ST_INVALID)
        return PyErr_Format(PyExc_ValueError, "rounds must be 1 to %u and confidence in [0, 1)",
                            BOOTSTRAP_ROUNDS_MAX);
    return raise_status(st, "samples");
}

static PyObject *test_bootstrap_mean(PyObject *module, PyObject *args)
{
    PyObject *differences;
    BootstrapPlan plan;
    unsigned long long seed;
    unsigned rounds;
    Column d;
    Bootstrap b;
    Status st;

    (void)module;
    if (!PyArg_ParseTuple(args, "OKId:bootstrap_mean", &differences, &seed, &rounds,
                          &plan.confidence) ||
        column_numbers(&d, differences, "differences"))
        return NULL;
    plan.seed = seed;
    plan.rounds = rounds;
    Py_BEGIN_ALLOW_THREADS st = bootstrap_mean(numbers(&d), d.n, &plan, &b);
    Py_END_ALLOW_THREADS column_release(&d);
    return st ? raise_plan(st) : bootstrap_result(&b);
}

/* Calls statistic(rows) with a memoryview; after the first error it is not called again. */
typedef struct Callback {
    PyObject *statistic;
    bool failed;
} Callback;

static double call_statistic(void *context, const uint32_t *rows, size_t n)
{
    Callback *c = context;
    PyObject *view;
    PyObject *bytes;
    PyObject *value;
    double result = 0;

    if (c->failed)
        return 0;
    bytes = PyBytes_FromStringAndSize((const char *)rows, (Py_ssize_t)(n * sizeof *rows));
    view = bytes ? PyMemoryView_FromObject(bytes) : NULL;
    Py_XDECREF(bytes);
    bytes = view;
    view = bytes ? PyObject_CallMethod(bytes, "cast", "s", "I") : NULL;
    Py_XDECREF(bytes);
    value = view ? PyObject_CallOneArg(c->statistic, view) : NULL;
    Py_XDECREF(view);
    if (value)
        result = PyFloat_AsDouble(value);
    Py_XDECREF(value);
    if (!PyErr_Occurred() && !isfinite(result))
        PyErr_SetString(PyExc_ValueError, "the statistic is not finite");
    c->failed = PyErr_Occurred() != NULL;
    return result;
}

static PyObject *test_bootstrap_statistic(PyObject *module, PyObject *args)
{
    Callback c = {0};
    Py_ssize_t n;
    BootstrapPlan plan;
    unsigned long long seed;
    unsigned rounds;
    Bootstrap b;
    Status st;

    (void)module;
    if (!PyArg_ParseTuple(args, "OnKId:bootstrap_statistic", &c.statistic, &n, &seed, &rounds,
                          &plan.confidence))
        return NULL;
    if (n < 0)
        return PyErr_Format(PyExc_ValueError, "n is %zd", n);
    plan.seed = seed;
    plan.rounds = rounds;
    st = bootstrap_statistic(call_statistic, &c, (size_t)n, &plan, &b);
    if (c.failed)
        return NULL;
    return st ? raise_plan(st) : bootstrap_result(&b);
}

/* ------------------------------------------------------------------ corrections */

static PyObject *corrected(PyObject *module, PyObject *p, Status (*correct)(double *, size_t))
{
    Column c;
    double *values;
    Status st = ST_NOMEM;

    if (column_numbers(&c, p, "p"))
        return NULL;
    values = mem_array(c.n + 1, sizeof *values);
    if (values) {
        memcpy(values, c.values, c.n * sizeof *values);
        st = correct(values, c.n);
    }
    if (st) {
        mem_free(values);
        column_release(&c);
        return raise_status(st, "p");
    }
    p = block_view(module, values, c.n, 'd');
    column_release(&c);
    return p;
}

static PyObject *test_holm(PyObject *module, PyObject *p)
{
    return corrected(module, p, correct_holm);
}

static PyObject *test_benjamini_hochberg(PyObject *module, PyObject *p)
{
    return corrected(module, p, correct_benjamini_hochberg);
}

/* ------------------------------------------------------------------ shares and deltas */

static PyObject *interval(Interval i)
{
    return Py_BuildValue("dd", i.low, i.high);
}

static PyObject *test_wilson(PyObject *module, PyObject *args)
{
    unsigned long long hits;
    unsigned long long of;
    double confidence;

    (void)module;
    if (!PyArg_ParseTuple(args, "KKd:wilson", &hits, &of, &confidence))
        return NULL;
    return interval(proportion_wilson(hits, of, confidence));
}

/* (z, p, low, high) of two shares of independent samples. */
static PyObject *test_two_proportions(PyObject *module, PyObject *args)
{
    unsigned long long n[4];
    double confidence;
    double z;
    Interval i;

    (void)module;
    if (!PyArg_ParseTuple(args, "KKKKd:two_proportions", &n[0], &n[1], &n[2], &n[3], &confidence))
        return NULL;
    z = proportion_z(n[0], n[1], n[2], n[3]);
    i = proportion_difference(n[0], n[1], n[2], n[3], confidence);
    return Py_BuildValue("dddd", z, two_sided_p(z), i.low, i.high);
}

static PyObject *test_paired_difference(PyObject *module, PyObject *args)
{
    unsigned long long n[4];
    double confidence;

    (void)module;
    if (!PyArg_ParseTuple(args, "KKKKd:paired_difference", &n[0], &n[1], &n[2], &n[3], &confidence))
        return NULL;
    return interval(
        proportion_paired_difference(&(PairedCounts){n[0], n[1], n[2], n[3]}, confidence));
}

static PyObject *test_normal_quantile(PyObject *module, PyObject *args)
{
    double p;

    (void)module;
    if (!PyArg_ParseTuple(args, "d:normal_quantile", &p))
        return NULL;
    return PyFloat_FromDouble(normal_quantile(p));
}

static PyObject *test_margin(PyObject *module, PyObject *args)
{
    double p;
    unsigned long long n;
    double confidence;

    (void)module;
    if (!PyArg_ParseTuple(args, "dKd:margin_of_error", &p, &n, &confidence))
        return NULL;
    return PyFloat_FromDouble(margin_of_error(p, n, confidence));
}

static PyObject *test_delta(PyObject *module, PyObject *args)
{
    double target;
    double reference;
    double largest;

    (void)module;
    if (!PyArg_ParseTuple(args, "ddd:performance_delta", &target, &reference, &largest))
        return NULL;
    return PyFloat_FromDouble(performance_delta(target, reference, largest));
}

/* Adds one metric's part to the scores: difficulty_scores() of a single one. */
static PyObject *test_difficulty(PyObject *module, PyObject *args)
{
    PyObject *values;
    int higher;
    Column c;
    double *scores;

    if (!PyArg_ParseTuple(args, "Op:difficulty", &values, &higher) ||
        column_numbers(&c, values, "values"))
        return NULL;
    scores = mem_array(c.n + 1, sizeof *scores);
    if (scores)
        difficulty_scores(&(DifficultyMetric){numbers(&c), 1, higher != 0}, 1, c.n, scores);
    values = scores ? block_view(module, scores, c.n, 'd') : PyErr_NoMemory();
    column_release(&c);
    return values;
}

PyMethodDef test_functions[] = {
    {"paired_counts", test_paired_counts, METH_VARARGS, NULL},
    {"mcnemar", test_mcnemar, METH_VARARGS, NULL},
    {"sign_test", test_sign, METH_O, NULL},
    {"paired_t", test_paired_t, METH_VARARGS, NULL},
    {"wilcoxon", test_wilcoxon, METH_VARARGS, NULL},
    {"bootstrap_mean", test_bootstrap_mean, METH_VARARGS, NULL},
    {"bootstrap_statistic", test_bootstrap_statistic, METH_VARARGS, NULL},
    {"holm", test_holm, METH_O, NULL},
    {"benjamini_hochberg", test_benjamini_hochberg, METH_O, NULL},
    {"wilson", test_wilson, METH_VARARGS, NULL},
    {"two_proportions", test_two_proportions, METH_VARARGS, NULL},
    {"paired_difference", test_paired_difference, METH_VARARGS, NULL},
    {"normal_quantile", test_normal_quantile, METH_VARARGS, NULL},
    {"margin_of_error", test_margin, METH_VARARGS, NULL},
    {"performance_delta", test_delta, METH_VARARGS, NULL},
    {"difficulty", test_difficulty, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
