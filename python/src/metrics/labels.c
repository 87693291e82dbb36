/* SPDX-License-Identifier: Apache-2.0 */
/* Confusion matrices, and the metrics of counts. */
#include "columns.h"

#include "base/alloc.h"
#include "stats/confusion.h"

static PyObject *raise_labels(Status st)
{
    if (st == ST_LIMIT)
        return PyErr_Format(PyExc_ValueError, "more than %u different labels",
                            CONFUSION_LABELS_MAX);
    if (st == ST_EXISTS)
        return PyErr_Format(PyExc_ValueError, "labels: one is given twice");
    return raise_status(st, "labels");
}

/* (labels, cells): the labels as a list, the cells row by row. */
static PyObject *matrix_of(PyObject *module, const Confusion *c)
{
    const size_t k = confusion_labels(c);
    uint64_t *cells = mem_array(k * k + 1, sizeof *cells);
    PyObject *labels;

    if (!cells)
        return PyErr_NoMemory();
    labels = PyList_New((Py_ssize_t)k);
    for (size_t i = 0; labels && i < k; i++) {
        PyObject *label = PyLong_FromLongLong(confusion_label(c, i));

        if (!label)
            Py_CLEAR(labels);
        else
            PyList_SET_ITEM(labels, (Py_ssize_t)i, label);
    }
    if (!labels) {
        mem_free(cells);
        return NULL;
    }
    for (size_t row = 0; row < k; row++)
        for (size_t column = 0; column < k; column++)
            cells[row * k + column] = confusion_cell(c, row, column);
    return Py_BuildValue("NN", labels, block_view(module, cells, k * k, 'q'));
}

static PyObject *label_confusion(PyObject *module, PyObject *args)
{
    PyObject *columns[3];
    Column truth = {0};
    Column predicted = {0};
    Column labels = {0};
    Confusion c;
    Status st = ST_OK;
    PyObject *result = NULL;

    if (!PyArg_ParseTuple(args, "OOO:confusion", &columns[0], &columns[1], &columns[2]))
        return NULL;
    confusion_init(&c);
    if (column_integers(&truth, columns[0], "truth") ||
        column_integers(&predicted, columns[1], "predicted") ||
        columns_match(&truth, "truth", &predicted, "predicted") ||
        column_optional_integers(&labels, columns[2], "labels"))
        goto done;
    Py_BEGIN_ALLOW_THREADS if (labels.values) st = confusion_fix(&c, integers(&labels), labels.n);
    if (!st)
        st = confusion_add(&c, integers(&truth), integers(&predicted), truth.n);
    if (!st && !labels.values)
        st = confusion_sort(&c);
    Py_END_ALLOW_THREADS result = st ? raise_labels(st) : matrix_of(module, &c);
done:
    confusion_deinit(&c);
    column_release(&labels);
    column_release(&predicted);
    column_release(&truth);
    return result;
}

/* ------------------------------------------------------------------ of a matrix */

/* A square of counts, row by row, as confusion() returns it. */
typedef struct Matrix {
    Column cells; /* integers */
    size_t k;
} Matrix;

static int matrix_init(Matrix *m, PyObject *cells)
{
    if (column_integers(&m->cells, cells, "matrix"))
        return -1;
    m->k = 0;
    while (m->k * m->k < m->cells.n)
        m->k++;
    if (m->k * m->k != m->cells.n)
        PyErr_Format(PyExc_ValueError, "matrix has %zu cells, which is no square", m->cells.n);
    for (size_t i = 0; i < m->cells.n && !PyErr_Occurred(); i++)
        if (integers(&m->cells)[i] < 0)
            PyErr_SetString(PyExc_ValueError, "matrix holds a negative count");
    if (!PyErr_Occurred())
        return 0;
    column_release(&m->cells);
    return -1;
}

static const uint64_t *cells_of(const Matrix *m)
{
    return m->cells.values;
}

/* (tp, fp, fn, tn) of each label. */
static PyObject *label_counts(PyObject *module, PyObject *cells)
{
    Matrix m;
    Counts *counts;

    if (matrix_init(&m, cells))
        return NULL;
    counts = mem_array(m.k + 1, sizeof *counts);
    if (counts) {
        Py_BEGIN_ALLOW_THREADS matrix_counts(cells_of(&m), m.k, counts);
        Py_END_ALLOW_THREADS
    }
    column_release(&m.cells);
    return counts ? block_view(module, counts, m.k * 4, 'd') : PyErr_NoMemory();
}

static PyObject *label_matrix_accuracy(PyObject *module, PyObject *cells)
{
    Matrix m;
    double value;

    (void)module;
    if (matrix_init(&m, cells))
        return NULL;
    Py_BEGIN_ALLOW_THREADS value = matrix_accuracy(cells_of(&m), m.k);
    Py_END_ALLOW_THREADS column_release(&m.cells);
    return PyFloat_FromDouble(value);
}

static PyObject *label_kappa(PyObject *module, PyObject *args)
{
    PyObject *cells;
    int weights;
    Matrix m;
    double value;

    (void)module;
    if (!PyArg_ParseTuple(args, "Oi:kappa", &cells, &weights) || matrix_init(&m, cells))
        return NULL;
    Py_BEGIN_ALLOW_THREADS value = matrix_kappa(cells_of(&m), m.k, (KappaWeights)weights);
    Py_END_ALLOW_THREADS column_release(&m.cells);
    return PyFloat_FromDouble(value);
}

static PyObject *label_matthews(PyObject *module, PyObject *cells)
{
    Matrix m;
    double value;

    (void)module;
    if (matrix_init(&m, cells))
        return NULL;
    Py_BEGIN_ALLOW_THREADS value = matrix_matthews(cells_of(&m), m.k);
    Py_END_ALLOW_THREADS column_release(&m.cells);
    return PyFloat_FromDouble(value);
}

/* ------------------------------------------------------------------ of counts */

static int parse_counts(PyObject *args, Counts *c)
{
    return PyArg_ParseTuple(args, "dddd", &c->tp, &c->fp, &c->fn, &c->tn);
}

#define OF_COUNTS(name)                                             \
    static PyObject *label_##name(PyObject *module, PyObject *args) \
    {                                                               \
        Counts c;                                                   \
                                                                    \
        (void)module;                                               \
        if (!parse_counts(args, &c))                                \
            return NULL;                                            \
        return PyFloat_FromDouble(counts_##name(&c));               \
    }

OF_COUNTS(accuracy)
OF_COUNTS(precision)
OF_COUNTS(recall)
OF_COUNTS(specificity)
OF_COUNTS(fpr)

static PyObject *label_fbeta(PyObject *module, PyObject *args)
{
    Counts c = {0};
    double beta;

    (void)module;
    if (!PyArg_ParseTuple(args, "dddd:fbeta", &c.tp, &c.fp, &c.fn, &beta))
        return NULL;
    return PyFloat_FromDouble(counts_fbeta(&c, beta));
}

/* (precision, recall, fbeta, support) over classes of four counts each. */
static PyObject *label_scores(PyObject *module, PyObject *args)
{
    PyObject *counts;
    int how;
    double beta;
    Column c;
    Scores s;

    (void)module;
    if (!PyArg_ParseTuple(args, "Oid:scores", &counts, &how, &beta) ||
        column_numbers(&c, counts, "counts"))
        return NULL;
    s = counts_average((const Counts *)c.values, c.n / 4, (Average)how, beta);
    column_release(&c);
    return Py_BuildValue("dddd", s.precision, s.recall, s.fbeta, s.support);
}

PyMethodDef label_functions[] = {
    {"confusion", label_confusion, METH_VARARGS, NULL},
    {"class_counts", label_counts, METH_O, NULL},
    {"matrix_accuracy", label_matrix_accuracy, METH_O, NULL},
    {"kappa", label_kappa, METH_VARARGS, NULL},
    {"matthews", label_matthews, METH_O, NULL},
    {"accuracy", label_accuracy, METH_VARARGS, NULL},
    {"precision", label_precision, METH_VARARGS, NULL},
    {"recall", label_recall, METH_VARARGS, NULL},
    {"specificity", label_specificity, METH_VARARGS, NULL},
    {"fpr", label_fpr, METH_VARARGS, NULL},
    {"fbeta", label_fbeta, METH_VARARGS, NULL},
    {"scores", label_scores, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
