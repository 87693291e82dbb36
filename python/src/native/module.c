/* SPDX-License-Identifier: Apache-2.0 */
/* The module `vireo._native`: its state, its types, and the two hooks into Python. */
#include "native.h"

#include <time.h>

/* A larger buffer is not kept between calls: fresh memory costs more than writing to it. */
enum { SCRATCH_KEPT = VALUE_BYTES + OUT_SLACK };

ModuleState *state_of(PyObject *module)
{
    return PyModule_GetState(module);
}

/* Whoever takes the buffer while it is in use further up the stack gets an empty
 * one; of two that are put back, one is kept. */
void scratch_take(ModuleState *st, Out *out, size_t limit)
{
    *out = st->scratch;
    out->len = 0;
    out->limit = limit;
    out->failed = false;
    st->scratch = (Out){0};
}

void scratch_put(ModuleState *st, Out *out)
{
    if (st->scratch.data || out->cap > SCRATCH_KEPT) {
        out_deinit(out);
        return;
    }
    st->scratch = *out;
    *out = (Out){0};
}

/* xorshift64*: good enough to choose samples. */
uint64_t random_next(ModuleState *st)
{
    uint64_t x = st->random;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    st->random = x;
    return x * 0x2545F4914F6CDD1DULL;
}

static void random_seed(ModuleState *st)
{
    st->random = (uint64_t)now_ns() * 0x9E3779B97F4A7C15ULL ^ (uint64_t)(uintptr_t)st ^
                 ((uint64_t)st->generation << 32);
    if (st->random == 0)
        st->random = 1;
}

int64_t now_ns(void)
{
    struct timespec t;

    if (!timespec_get(&t, TIME_UTC))
        return 0;
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ------------------------------------------------------------------ functions */

static PyObject *configure(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"convert", "plan", NULL};
    ModuleState *st = state_of(module);
    PyObject *convert;
    PyObject *plan;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO:configure", names, &convert, &plan))
        return NULL;
    Py_XSETREF(st->convert, Py_NewRef(convert));
    Py_XSETREF(st->plan, Py_NewRef(plan));
    PyDict_Clear(st->plans);
    Py_RETURN_NONE;
}

static PyObject *encode(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"value", "limit", NULL};
    ModuleState *st = state_of(module);
    PyObject *value;
    PyObject *text = NULL;
    Py_ssize_t limit = VALUE_BYTES;
    Budget budget;
    Out out;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|n:encode", names, &value, &limit))
        return NULL;
    if (limit < 0 || limit > VALUE_BYTES_MAX)
        limit = VALUE_BYTES_MAX;
    budget = budget_new((size_t)limit);
    scratch_take(st, &out, (size_t)limit + OUT_SLACK);
    encode_value(st, &out, &budget, value);
    if (out.failed)
        PyErr_NoMemory();
    else
        text = PyBytes_FromStringAndSize(out.data, (Py_ssize_t)out.len);
    scratch_put(st, &out);
    return text;
}

static PyObject *forked(PyObject *module, PyObject *unused)
{
    ModuleState *st = state_of(module);

    (void)unused;
    st->generation++;
    random_seed(st);
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"configure", (PyCFunction)(void (*)(void))configure, METH_VARARGS | METH_KEYWORDS,
     "configure(convert, plan)\n--\n\n"
     "Set what the encoder asks: convert(object) -> plain object, plan(type) -> field names or "
     "None."},
    {"encode", (PyCFunction)(void (*)(void))encode, METH_VARARGS | METH_KEYWORDS,
     "encode(value, limit=1048576)\n--\n\nJSON text of any object, as bytes; never raises for the "
     "object's sake."},
    {"forked", forked, METH_NOARGS, "forked()\n--\n\nTo be called in the child after a fork."},
    {"png", png_function, METH_VARARGS,
     "png(samples, width, height, channels)\n--\n\nA PNG file of samples of 8 bits, rows from the "
     "top, as bytes."},
    {NULL, NULL, 0, NULL},
};

/* ------------------------------------------------------------------ module */

static PyTypeObject *add_type(PyObject *module, PyType_Spec *spec)
{
    PyObject *type = PyType_FromModuleAndSpec(module, spec, NULL);

    if (type && PyModule_AddType(module, (PyTypeObject *)type)) {
        Py_DECREF(type);
        return NULL;
    }
    return (PyTypeObject *)type;
}

static int module_exec(PyObject *module)
{
    ModuleState *st = state_of(module);

    st->plans = PyDict_New();
    st->missing = PyObject_CallNoArgs((PyObject *)&PyBaseObject_Type);
    st->client_type = add_type(module, &client_spec);
    st->span_type = add_type(module, &span_spec);
    st->traced_type = add_type(module, &traced_spec);
    random_seed(st);
    if (!st->plans || !st->missing || !st->client_type || !st->span_type || !st->traced_type)
        return -1;
    if (PyModule_AddObjectRef(module, "missing", st->missing))
        return -1;
    return PyModule_AddStringConstant(module, "libvireo_version", vireo_version());
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    ModuleState *st = state_of(module);

    Py_VISIT(st->client_type);
    Py_VISIT(st->span_type);
    Py_VISIT(st->traced_type);
    Py_VISIT(st->convert);
    Py_VISIT(st->plan);
    Py_VISIT(st->plans);
    return 0;
}

static int module_clear(PyObject *module)
{
    ModuleState *st = state_of(module);

    Py_CLEAR(st->client_type);
    Py_CLEAR(st->span_type);
    Py_CLEAR(st->traced_type);
    Py_CLEAR(st->convert);
    Py_CLEAR(st->plan);
    Py_CLEAR(st->plans);
    return 0;
}

static void module_free(void *module)
{
    ModuleState *st = state_of(module);

    if (st) {
        module_clear(module);
        Py_CLEAR(st->missing);
        out_deinit(&st->scratch);
    }
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)(uintptr_t)module_exec},
    {0, NULL},
};

struct PyModuleDef vireo_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "vireo._native",
    .m_doc = "The hot path of vireo, over libvireo.",
    .m_size = sizeof(ModuleState),
    .m_methods = functions,
    .m_slots = slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__native(void);

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModuleDef_Init(&vireo_module);
}
