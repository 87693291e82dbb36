/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of regression, and correlations. */
#include "columns.h"

#include "stats/regression.h"

/* Two columns of numbers through a function of the core that cannot fail ... */
static PyObject *plain(PyObject *args, double (*f)(const double *, const double *, size_t))
{
    PyObject *a;
    PyObject *b;
    Pair p;
    double value;

    if (!PyArg_ParseTuple(args, "OO", &a, &b) || pair_numbers(&p, a, "truth", b, "predicted"))
        return NULL;
    Py_BEGIN_ALLOW_THREADS value = f(numbers(&p.truth), numbers(&p.scores), p.truth.n);
    Py_END_ALLOW_THREADS pair_release(&p);
    return PyFloat_FromDouble(value);
}

/* ... and of one that can. */
static PyObject *fallible(PyObject *args,
                          Status (*f)(const double *, const double *, size_t, double *))
{
    PyObject *a;
    PyObject *b;
    Pair p;
    double value;
    Status st;

    if (!PyArg_ParseTuple(args, "OO", &a, &b) || pair_numbers(&p, a, "x", b, "y"))
        return NULL;
    Py_BEGIN_ALLOW_THREADS st = f(numbers(&p.truth), numbers(&p.scores), p.truth.n, &value);
    Py_END_ALLOW_THREADS pair_release(&p);
    return st ? raise_status(st, "x") : PyFloat_FromDouble(value);
}

static PyObject *number_absolute(PyObject *module, PyObject *args)
{
    (void)module;
    return plain(args, mean_absolute_error);
}

static PyObject *number_squared(PyObject *module, PyObject *args)
{
    (void)module;
    return plain(args, mean_squared_error);
}

static PyObject *number_r2(PyObject *module, PyObject *args)
{
    (void)module;
    return plain(args, r_squared);
}

static PyObject *number_pearson(PyObject *module, PyObject *args)
{
    (void)module;
    return plain(args, pearson);
}

static PyObject *number_spearman(PyObject *module, PyObject *args)
{
    (void)module;
    return fallible(args, spearman);
}

static PyObject *number_kendall(PyObject *module, PyObject *args)
{
    (void)module;
    return fallible(args, kendall_tau);
}

PyMethodDef number_functions[] = {
    {"mean_absolute_error", number_absolute, METH_VARARGS, NULL},
    {"mean_squared_error", number_squared, METH_VARARGS, NULL},
    {"r_squared", number_r2, METH_VARARGS, NULL},
    {"pearson", number_pearson, METH_VARARGS, NULL},
    {"spearman", number_spearman, METH_VARARGS, NULL},
    {"kendall_tau", number_kendall, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
