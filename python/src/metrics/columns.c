/* SPDX-License-Identifier: Apache-2.0 */
/* From any of the struct module's number formats to the one that is asked for. */
#include "columns.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

PyObject *raise_status(Status st, const char *what)
{
    if (st == ST_NOMEM)
        return PyErr_NoMemory();
    return PyErr_Format(PyExc_ValueError, "%s: %s", what, status_text(st));
}

/* ------------------------------------------------------------------ buffers */

/* The type letter of a format, or 0: one item of a native type. */
static char format_of(const Py_buffer *view)
{
    const char *format = view->format ? view->format : "B";

    if (*format == '@' || *format == '=' || (*format == '<' && PY_LITTLE_ENDIAN))
        format++;
    return format[0] && !format[1] ? format[0] : 0;
}

typedef enum Want { WANT_NUMBERS, WANT_INTEGERS, WANT_TRUTH } Want;

static size_t size_of(Want want)
{
    return want == WANT_TRUTH ? sizeof(uint8_t) : sizeof(double);
}

/* Is the buffer already what is asked for? */
static bool fits(const Py_buffer *view, char format, Want want)
{
    if (view->strides && view->shape[0] > 1 && view->strides[0] != view->itemsize)
        return false;
    if ((uintptr_t)view->buf % size_of(want) != 0 || view->itemsize != (Py_ssize_t)size_of(want))
        return false;
    if (!format) /* of which strchr() would find the end */
        return false;
    if (want == WANT_NUMBERS)
        return format == 'd';
    return strchr(want == WANT_INTEGERS ? "ql" : "?Bb", format) != NULL;
}

/* One loop for each type, and one where items lie close, whose step the compiler knows.  Truth
 * becomes 0, 1 or, when it is neither, 2, without branches, which nobody could predict.  In the
 * standard formats ("=l") a type may have another size. */
#define CONVERT_BY(type, bytes)                                                     \
    for (size_t i = 0; i < n; i++) {                                                \
        type v;                                                                     \
        memcpy(&v, from + (Py_ssize_t)i * (bytes), sizeof v);                       \
        if (want == WANT_NUMBERS)                                                   \
            ((double *)to)[i] = (double)v;                                          \
        else if (want == WANT_INTEGERS)                                             \
            ((int64_t *)to)[i] = (int64_t)v;                                        \
        else                                                                        \
            ((uint8_t *)to)[i] = (uint8_t)((v != 0) + ((v != 0) & (v != (type)1))); \
    }

#define CONVERT(type)                               \
    if (view->itemsize != (Py_ssize_t)sizeof(type)) \
        return false;                               \
    if (step == (Py_ssize_t)sizeof(type))           \
        CONVERT_BY(type, (Py_ssize_t)sizeof(type))  \
    else                                            \
        CONVERT_BY(type, step)                      \
    return true

static bool convert(const Py_buffer *view, char format, Want want, void *to)
{
    const size_t n = (size_t)view->shape[0];
    const Py_ssize_t step = view->strides ? view->strides[0] : view->itemsize;
    const char *from = view->buf;

    if (want == WANT_INTEGERS && strchr("dfQNL", format))
        return false;
    switch (format) {
    case '?':
    case 'B':
        CONVERT(unsigned char);
    case 'b':
        CONVERT(signed char);
    case 'h':
        CONVERT(short);
    case 'H':
        CONVERT(unsigned short);
    case 'i':
        CONVERT(int);
    case 'I':
        CONVERT(unsigned);
    case 'l':
        CONVERT(long);
    case 'q':
        CONVERT(long long);
    case 'L':
        CONVERT(unsigned long);
    case 'Q':
        CONVERT(unsigned long long);
    case 'f':
        CONVERT(float);
    case 'd':
        CONVERT(double);
    default:
        return false;
    }
}

static int from_buffer(Column *c, const char *name, Want want)
{
    const Py_buffer *view = &c->view;
    const char format = format_of(view);

    if (view->ndim != 1) {
        PyErr_Format(PyExc_ValueError, "%s has %d dimensions, expected 1", name, view->ndim);
        return -1;
    }
    c->n = (size_t)view->shape[0];
    if (fits(view, format, want)) {
        c->values = view->buf;
        return 0;
    }
    c->owned = mem_array(c->n ? c->n : 1, size_of(want));
    c->values = c->owned;
    if (!c->owned) {
        PyErr_NoMemory();
        return -1;
    }
    if (!convert(view, format, want, c->owned)) {
        PyErr_Format(PyExc_TypeError, "%s holds items of format '%s', expected %s", name,
                     view->format ? view->format : "B",
                     want == WANT_INTEGERS ? "integers" : "numbers");
        return -1;
    }
    return 0;
}

/* ------------------------------------------------------------------ sequences */

static int set_item(Column *c, size_t i, PyObject *item, Want want)
{
    if (want == WANT_INTEGERS) {
        const long long v = PyLong_AsLongLong(item);

        ((int64_t *)c->owned)[i] = v;
        return v == -1 && PyErr_Occurred() ? -1 : 0;
    } else {
        const double v = PyFloat_AsDouble(item);

        if (want == WANT_NUMBERS)
            ((double *)c->owned)[i] = v;
        else
            ((uint8_t *)c->owned)[i] = v == 0 ? 0 : v == 1 ? 1 : 2;
        return v == -1 && PyErr_Occurred() ? -1 : 0;
    }
}

/* The error says which item. */
static int fail_item(const char *name, size_t i, PyObject *item, Want want)
{
    if (!PyErr_ExceptionMatches(PyExc_TypeError) && !PyErr_ExceptionMatches(PyExc_OverflowError) &&
        !PyErr_ExceptionMatches(PyExc_ValueError))
        return -1;
    PyErr_Format(PyExc_TypeError, "%s[%zu] is %.100R, expected %s", name, i, item,
                 want == WANT_INTEGERS ? "an integer of 64 bits" : "a number");
    return -1;
}

static int from_sequence(Column *c, PyObject *object, const char *name, Want want)
{
    PyObject *items = NULL;
    int result = 0;

    if (!PyUnicode_Check(object))
        items = PySequence_Tuple(object);
    if (!items) {
        if (!PyErr_Occurred() || PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "%s is %.100R, expected a sequence of numbers", name,
                         (PyObject *)Py_TYPE(object));
        return -1;
    }
    c->n = (size_t)PyTuple_GET_SIZE(items);
    c->owned = mem_array(c->n ? c->n : 1, size_of(want));
    c->values = c->owned;
    if (!c->owned) {
        PyErr_NoMemory();
        result = -1;
    }
    for (size_t i = 0; i < c->n && !result; i++) {
        PyObject *item = PyTuple_GET_ITEM(items, (Py_ssize_t)i);

        if (set_item(c, i, item, want))
            result = fail_item(name, i, item, want);
    }
    Py_DECREF(items);
    return result;
}

static int column_init(Column *c, PyObject *object, const char *name, Want want)
{
    int result;

    *c = (Column){0};
    if (PyObject_CheckBuffer(object) && !PyBytes_Check(object)) {
        if (PyObject_GetBuffer(object, &c->view, PyBUF_FORMAT | PyBUF_STRIDES))
            return -1;
        c->viewed = true;
        result = from_buffer(c, name, want);
    } else {
        result = from_sequence(c, object, name, want);
    }
    if (result)
        column_release(c);
    return result;
}

void column_release(Column *c)
{
    if (c->viewed)
        PyBuffer_Release(&c->view);
    mem_free(c->owned);
    *c = (Column){0};
}

/* ------------------------------------------------------------------ kinds */

int column_numbers(Column *c, PyObject *object, const char *name)
{
    return column_init(c, object, name, WANT_NUMBERS);
}

int column_integers(Column *c, PyObject *object, const char *name)
{
    return column_init(c, object, name, WANT_INTEGERS);
}

int column_optional_integers(Column *c, PyObject *object, const char *name)
{
    *c = (Column){0};
    return !object || object == Py_None ? 0 : column_integers(c, object, name);
}

int column_truth(Column *c, PyObject *object, const char *name)
{
    uint8_t any = 0;
    size_t at = 0;

    if (column_init(c, object, name, WANT_TRUTH))
        return -1;
    for (size_t i = 0; i < c->n; i++)
        any |= truths(c)[i];
    if (any <= 1)
        return 0;
    while (truths(c)[at] <= 1)
        at++;
    PyErr_Format(PyExc_ValueError, "%s[%zu] is neither 0 nor 1", name, at);
    column_release(c);
    return -1;
}

int columns_match(const Column *a, const char *name_a, const Column *b, const char *name_b)
{
    if (a->n == b->n)
        return 0;
    PyErr_Format(PyExc_ValueError, "%s and %s differ in length: %zu and %zu", name_a, name_b, a->n,
                 b->n);
    return -1;
}

int pair_scored(Pair *p, PyObject *truth, PyObject *scores)
{
    *p = (Pair){0};
    if (column_truth(&p->truth, truth, "truth") || column_numbers(&p->scores, scores, "scores") ||
        columns_match(&p->truth, "truth", &p->scores, "scores")) {
        pair_release(p);
        return -1;
    }
    return 0;
}

int pair_numbers(Pair *p, PyObject *a, const char *name_a, PyObject *b, const char *name_b)
{
    *p = (Pair){0};
    if (column_numbers(&p->truth, a, name_a) || column_numbers(&p->scores, b, name_b) ||
        columns_match(&p->truth, name_a, &p->scores, name_b)) {
        pair_release(p);
        return -1;
    }
    return 0;
}

void pair_release(Pair *p)
{
    column_release(&p->truth);
    column_release(&p->scores);
}

/* ------------------------------------------------------------------ results */

typedef struct BlockObject {
    PyObject_HEAD void *data;
    Py_ssize_t count;
    Py_ssize_t item;
    char format[2];
} BlockObject;

static int block_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    BlockObject *b = (BlockObject *)self;

    if (PyBuffer_FillInfo(view, self, b->data, b->count * b->item, 0, flags))
        return -1;
    view->itemsize = b->item;
    if (view->format)
        view->format = b->format;
    if (view->shape)
        view->shape = &b->count;
    if (view->strides)
        view->strides = &b->item;
    return 0;
}

static void block_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    mem_free(((BlockObject *)self)->data);
    type->tp_free(self);
    Py_DECREF(type);
}

PyObject *block_view(PyObject *module, void *block, size_t count, char format)
{
    const MetricsState *st = PyModule_GetState(module);
    BlockObject *b = (BlockObject *)st->block_type->tp_alloc(st->block_type, 0);
    PyObject *view;

    if (!b) {
        mem_free(block);
        return NULL;
    }
    b->data = block;
    b->count = (Py_ssize_t)count;
    b->item = format == 'I' ? 4 : 8;
    b->format[0] = format;
    view = PyMemoryView_FromObject((PyObject *)b);
    Py_DECREF(b);
    return view;
}

static PyType_Slot block_slots[] = {
    {Py_tp_dealloc, (void *)(uintptr_t)block_dealloc},
    {Py_bf_getbuffer, (void *)(uintptr_t)block_getbuffer},
    {Py_tp_doc, "Numbers that a metric returned; seen through a memoryview."},
    {0, NULL},
};

PyType_Spec block_spec = {
    .name = "vireo._metrics.Block",
    .basicsize = sizeof(BlockObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = block_slots,
};
