/* SPDX-License-Identifier: Apache-2.0 */
/* Traced: a wrapped callable.
 *
 * Called itself, it is the synchronous wrapper:
 *
 *   begin (start, tags, inputs) -> activate -> call -> deactivate -> end (output) or fail (error)
 *
 * Wrappers of coroutines and generators are Python functions that use the
 * same begin(), end() and fail().  The first call prepares: it asks Python for
 * the site, which is when the definition's fingerprint is taken.
 *
 * It behaves as the function does: it is a descriptor, so that methods work
 * without an extra object, and hands attributes that it does not have to it. */
#include "native.h"

#include <structmember.h>

typedef struct TracedObject {
    PyObject_HEAD vectorcallfunc vectorcall;
    ClientObject *client;
    PyObject *func;
    PyObject *prepare; /* called once with the first call's first argument; gives the site */
    PyObject *site_capsule;
    const vireo_site *site;
    Binding bind;
    PyObject *tags;   /* dict, or NULL */
    PyObject *redact; /* callable, or NULL */
    PyObject *judges; /* (who judges the calls, their tags as JSON text), or NULL */
    PyObject *dict;
    PyObject *weakrefs;
    double sample;
    bool inputs;
    bool outputs;
    bool prepared;
} TracedObject;

/* ------------------------------------------------------------------ begin */

/* Tried once; again when there was no site to give: it is being made further up the stack. */
static void prepare(TracedObject *t, const Arguments *a)
{
    PyObject *first = a->nargs > 0 ? a->args[0] : Py_None;
    PyObject *capsule = PyObject_CallOneArg(t->prepare, first);

    if (!capsule) {
        PyErr_Clear();
        t->prepared = true;
        return;
    }
    if (!t->prepared && PyCapsule_IsValid(capsule, SITE_CAPSULE)) {
        t->site = PyCapsule_GetPointer(capsule, SITE_CAPSULE);
        t->site_capsule = Py_NewRef(capsule);
        t->prepared = true;
    }
    Py_DECREF(capsule);
}

static void record_redacted_inputs(TracedObject *t, SpanObject *s, const Arguments *a)
{
    PyObject *dict = bind_dict(t->client->state, &t->bind, a);

    if (!dict) {
        PyErr_Clear();
        return;
    }
    span_set_input(s, dict, t->redact);
    Py_DECREF(dict);
}

static void record_inputs(TracedObject *t, SpanObject *s, const Arguments *a)
{
    ModuleState *st = t->client->state;
    Budget budget = budget_new(t->client->value_bytes);
    Out out;

    scratch_take(st, &out, t->client->value_bytes + OUT_SLACK);
    bind_encode(st, &out, &budget, &t->bind, a);
    if (!out.failed)
        span_set_json(s, SIDE_INPUT, out.data, out.len);
    scratch_put(st, &out);
}

static void set_judges(const TracedObject *t, SpanObject *s)
{
    Py_ssize_t len;
    const char *tags = PyUnicode_AsUTF8AndSize(PyTuple_GET_ITEM(t->judges, 1), &len);

    if (!tags) {
        PyErr_Clear();
        return;
    }
    s->judges = Py_NewRef(PyTuple_GET_ITEM(t->judges, 0));
    vireo_span_str(s->handle, "vireo.judges", tags, (size_t)len);
}

/* A started span, not yet current; NULL, without an error, when the call is not to be traced. */
static SpanObject *begin(TracedObject *t, const Arguments *a)
{
    Start how = {.sample = t->sample};
    const SpanObject *above;
    SpanObject *s;

    if (!t->client->handle)
        return NULL;
    above = span_current(t->client);
    if (above && span_unsampled(above))
        return NULL;
    if (!t->prepared)
        prepare(t, a);
    how.site = t->site;
    s = span_start(t->client, &how);
    if (!s || !s->handle)
        return s;
    if (t->judges)
        set_judges(t, s);
    if (t->inputs && t->redact)
        record_redacted_inputs(t, s, a);
    else if (t->inputs)
        record_inputs(t, s, a);
    if (t->tags)
        span_set_values(s, VALUE_TAG, t->tags);
    return s;
}

static void end(TracedObject *t, SpanObject *s, PyObject *result)
{
    if (t->outputs && span_recording(s))
        span_set_output(s, result, t->redact);
    span_settle_ok(s);
    span_finish(s);
}

static PyObject *traced_call(PyObject *self, PyObject *const *args, size_t nargsf,
                             PyObject *kwnames)
{
    TracedObject *t = (TracedObject *)self;
    const Arguments a = {args, PyVectorcall_NARGS(nargsf), kwnames};
    SpanObject *s = begin(t, &a);
    PyObject *result;

    if (!s)
        return PyObject_Vectorcall(t->func, args, nargsf, kwnames);
    span_activate(s);
    result = PyObject_Vectorcall(t->func, args, nargsf, kwnames);
    if (!result)
        span_fail(s);
    span_deactivate(s);
    if (result)
        end(t, s, result);
    else
        span_finish(s);
    Py_DECREF(s);
    return result;
}

/* ------------------------------------------------------------------ methods for the other wrappers
 */

/* begin(args, kwargs) for wrappers that have the arguments as tuple and dict. */
static PyObject *traced_begin(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    TracedObject *t = (TracedObject *)self;
    PyObject *values = NULL;
    PyObject *names = NULL;
    SpanObject *s = NULL;
    Py_ssize_t positional;
    PyObject *key;
    PyObject *value;
    Py_ssize_t at = 0;
    Py_ssize_t i = 0;

    if (nargs != 2 || !PyTuple_Check(args[0]) || !PyDict_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "_begin() takes a tuple and a dict");
        return NULL;
    }
    positional = PyTuple_GET_SIZE(args[0]);
    values = PyTuple_New(positional + PyDict_GET_SIZE(args[1]));
    names = PyTuple_New(PyDict_GET_SIZE(args[1]));
    if (!values || !names)
        goto done;
    for (i = 0; i < positional; i++)
        PyTuple_SET_ITEM(values, i, Py_NewRef(PyTuple_GET_ITEM(args[0], i)));
    for (i = 0; PyDict_Next(args[1], &at, &key, &value); i++) {
        PyTuple_SET_ITEM(names, i, Py_NewRef(key));
        PyTuple_SET_ITEM(values, positional + i, Py_NewRef(value));
    }
    s = begin(t, &(Arguments){((PyTupleObject *)values)->ob_item, positional, names});
done:
    Py_XDECREF(values);
    Py_XDECREF(names);
    if (PyErr_Occurred())
        PyErr_Clear();
    return s ? (PyObject *)s : Py_NewRef(Py_None);
}

static PyObject *traced_end(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    TracedObject *t = (TracedObject *)self;

    if (nargs != 2 || !PyObject_TypeCheck(args[0], t->client->state->span_type)) {
        PyErr_SetString(PyExc_TypeError, "_end() takes a span and the result");
        return NULL;
    }
    end(t, (SpanObject *)args[0], args[1]);
    Py_RETURN_NONE;
}

/* So that another thread's and another process' pickle finds it by its name. */
static PyObject *traced_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyObject_GetAttrString(self, "__qualname__");
}

/* ------------------------------------------------------------------ as a function */

static PyObject *traced_get(PyObject *self, PyObject *object, PyObject *type)
{
    (void)type;
    if (!object || object == Py_None)
        return Py_NewRef(self);
    return PyMethod_New(self, object);
}

static PyObject *traced_getattro(PyObject *self, PyObject *name)
{
    PyObject *found = PyObject_GenericGetAttr(self, name);

    if (found || !PyErr_ExceptionMatches(PyExc_AttributeError))
        return found;
    PyErr_Clear();
    return PyObject_GetAttr(((TracedObject *)self)->func, name);
}

static PyObject *traced_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<traced %R>", ((TracedObject *)self)->func);
}

/* ------------------------------------------------------------------ life */

static PyObject *optional(PyObject *object)
{
    return object == Py_None ? NULL : Py_NewRef(object);
}

static PyObject *traced_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"client",  "func",   "prepare", "names",  "defaults", "positional",
                            "varargs", "varkw",  "skip",    "inputs", "outputs",  "sample",
                            "tags",    "redact", "judges",  NULL};
    ModuleState *st = PyType_GetModuleState(type);
    PyObject *client, *func, *prepare_hook, *parameters, *defaults;
    PyObject *varargs = Py_None, *varkw = Py_None, *tags = Py_None, *redact = Py_None;
    PyObject *judges = Py_None;
    Py_ssize_t positional = 0, skip = 0;
    int inputs = 1, outputs = 1;
    double sample = 1.0;
    TracedObject *t;

    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "O!OOO!O!n|OOnppdOOO:Traced", names, st->client_type, &client, &func,
            &prepare_hook, &PyTuple_Type, &parameters, &PyTuple_Type, &defaults, &positional,
            &varargs, &varkw, &skip, &inputs, &outputs, &sample, &tags, &redact, &judges))
        return NULL;
    if (PyTuple_GET_SIZE(parameters) != PyTuple_GET_SIZE(defaults) || positional < 0 || skip < 0 ||
        skip > positional || positional > PyTuple_GET_SIZE(parameters) || !PyCallable_Check(func) ||
        (tags != Py_None && !PyDict_Check(tags)) ||
        (judges != Py_None && (!PyTuple_Check(judges) || PyTuple_GET_SIZE(judges) != 2 ||
                               !PyUnicode_Check(PyTuple_GET_ITEM(judges, 1))))) {
        PyErr_SetString(PyExc_ValueError, "the description of the call is wrong");
        return NULL;
    }
    t = (TracedObject *)type->tp_alloc(type, 0);
    if (!t)
        return NULL;
    t->vectorcall = traced_call;
    t->client = (ClientObject *)Py_NewRef(client);
    t->func = Py_NewRef(func);
    t->prepare = Py_NewRef(prepare_hook);
    t->bind = (Binding){Py_NewRef(parameters), Py_NewRef(defaults), positional,
                        optional(varargs),     optional(varkw),     skip};
    t->tags = optional(tags);
    t->redact = optional(redact);
    t->judges = optional(judges);
    t->sample = sample;
    t->inputs = inputs;
    t->outputs = outputs;
    return (PyObject *)t;
}

static int traced_traverse(PyObject *self, visitproc visit, void *arg)
{
    TracedObject *t = (TracedObject *)self;

    PyObject *const held[] = {(PyObject *)t->client,
                              t->func,
                              t->prepare,
                              t->bind.names,
                              t->bind.defaults,
                              t->tags,
                              t->redact,
                              t->dict,
                              t->judges};

    Py_VISIT(Py_TYPE(self));
    for (size_t i = 0; i < sizeof held / sizeof(held[0]); i++)
        Py_VISIT(held[i]);
    return 0;
}

/* A cycle through it is broken at what only it needs: a call through a cleared
 * object cannot happen, since nothing reachable refers to it any more. */
static int traced_clear(PyObject *self)
{
    TracedObject *t = (TracedObject *)self;

    Py_CLEAR(t->prepare);
    Py_CLEAR(t->bind.defaults);
    Py_CLEAR(t->tags);
    Py_CLEAR(t->redact);
    Py_CLEAR(t->judges);
    Py_CLEAR(t->dict);
    Py_CLEAR(t->func);
    return 0;
}

static void traced_dealloc(PyObject *self)
{
    TracedObject *t = (TracedObject *)self;
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    if (t->weakrefs)
        PyObject_ClearWeakRefs(self);
    traced_clear(self);
    Py_CLEAR(t->bind.names);
    Py_CLEAR(t->bind.varargs);
    Py_CLEAR(t->bind.varkw);
    Py_CLEAR(t->site_capsule);
    Py_CLEAR(t->client);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"_begin", (PyCFunction)(void (*)(void))traced_begin, METH_FASTCALL,
     "_begin(args, kwargs)\n--\n\nA started span with inputs and tags, or None."},
    {"_end", (PyCFunction)(void (*)(void))traced_end, METH_FASTCALL,
     "_end(span, result)\n--\n\nRecord the output and finish."},
    {"__reduce__", traced_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(TracedObject, vectorcall), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(TracedObject, dict), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(TracedObject, weakrefs), READONLY, NULL},
    {"_client", T_OBJECT, offsetof(TracedObject, client), READONLY, NULL},
    {"_redact", T_OBJECT, offsetof(TracedObject, redact), READONLY, NULL},
    {"_outputs", T_BOOL, offsetof(TracedObject, outputs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, (void *)(uintptr_t)traced_new},
    {Py_tp_dealloc, (void *)(uintptr_t)traced_dealloc},
    {Py_tp_traverse, (void *)(uintptr_t)traced_traverse},
    {Py_tp_clear, (void *)(uintptr_t)traced_clear},
    {Py_tp_call, (void *)(uintptr_t)PyVectorcall_Call},
    {Py_tp_descr_get, (void *)(uintptr_t)traced_get},
    {Py_tp_getattro, (void *)(uintptr_t)traced_getattro},
    {Py_tp_repr, (void *)(uintptr_t)traced_repr},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_getset, getset},
    {0, NULL},
};

#ifndef Py_TPFLAGS_HAVE_VECTORCALL
#define Py_TPFLAGS_HAVE_VECTORCALL _Py_TPFLAGS_HAVE_VECTORCALL
#endif

PyType_Spec traced_spec = {
    .name = "vireo._native.Traced",
    .basicsize = sizeof(TracedObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_METHOD_DESCRIPTOR,
    .slots = slots,
};
