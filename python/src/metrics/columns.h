/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of `vireo._metrics` share: columns of numbers from Python, and back.
 *
 * A column is anything with the buffer protocol and one dimension (a NumPy array, an
 * array.array, a memoryview) or a sequence of numbers.  Buffers that fit are not copied.
 * Functions that return int give 0, or -1 with a Python error set. */
#ifndef VIREO_METRICS_COLUMNS_H
#define VIREO_METRICS_COLUMNS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#if PY_VERSION_HEX < 0x030A0000
static inline PyObject *Py_NewRef(PyObject *o)
{
    Py_INCREF(o);
    return o;
}
#endif

/* Values of one type: as they lie in the buffer, or a copy. */
typedef struct Column {
    const void *values;
    size_t n;
    void *owned; /* the copy */
    Py_buffer view;
    bool viewed;
} Column;

/* As double, int64_t, and uint8_t that are 0 or 1.  `name` is for errors.  NULL or None
 * for an `optional` one leaves it empty with values NULL. */
int column_numbers(Column *c, PyObject *object, const char *name);
int column_integers(Column *c, PyObject *object, const char *name);
int column_truth(Column *c, PyObject *object, const char *name);
int column_optional_integers(Column *c, PyObject *object, const char *name);
void column_release(Column *c);
/* ValueError unless both are equally long. */
int columns_match(const Column *a, const char *name_a, const Column *b, const char *name_b);

static inline const double *numbers(const Column *c)
{
    return c->values;
}

static inline const int64_t *integers(const Column *c)
{
    return c->values;
}

static inline const uint8_t *truths(const Column *c)
{
    return c->values;
}

/* Two columns of the same length, the usual arguments. */
typedef struct Pair {
    Column truth;
    Column scores;
} Pair;

/* Truth of 0 and 1 with numbers; numbers with numbers. */
int pair_scored(Pair *p, PyObject *truth, PyObject *scores);
int pair_numbers(Pair *p, PyObject *a, const char *name_a, PyObject *b, const char *name_b);
void pair_release(Pair *p);

/* A memoryview over `bytes` bytes from mem_alloc(), which it takes, of items of `format`
 * ('d', 'I', 'q').  NULL with an error set; the block is freed then too. */
PyObject *block_view(PyObject *module, void *block, size_t count, char format);
/* MemoryError, ValueError ... for a status; NULL. */
PyObject *raise_status(Status st, const char *what);

typedef struct MetricsState {
    PyTypeObject *block_type;
    PyObject *top_left; /* names of attributes, interned */
    PyObject *bottom_right;
    PyObject *points;
    PyObject *score;
} MetricsState;

extern PyType_Spec block_spec;

extern PyMethodDef curve_functions[];
extern PyMethodDef label_functions[];
extern PyMethodDef number_functions[];
extern PyMethodDef shape_functions[];
extern PyMethodDef text_functions[];
extern PyMethodDef test_functions[];

#endif
