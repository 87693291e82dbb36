/* SPDX-License-Identifier: Apache-2.0 */
/* Span: one object with start and finish; everything that traces is a thin wrapper around it.
 *
 *   span_start() --> recording --span_finish()--> finished
 *                        |  ^                        ^
 *        hold() +1 -------'  `--- release() -1 ------'  the last release hands a span over that
 *                                                       finish found held; its end was stamped then
 *
 * A remote or unsampled span never records (no handle), yet carries the context
 * for those below it: the decision to sample is made once, at the root.
 * A span that was running when the process forked belongs to the parent. */
#include "native.h"

#include <structmember.h>

bool span_recording(const SpanObject *s)
{
    return s->handle && !s->ended;
}

/* ------------------------------------------------------------------ start */

SpanObject *span_current(ClientObject *c)
{
    PyObject *value = NULL;

    if (PyContextVar_Get(c->current, NULL, &value)) {
        PyErr_Clear();
        return NULL;
    }
    if (!value)
        return NULL;
    /* The context holds a reference of its own. */
    Py_DECREF(value);
    return PyObject_TypeCheck(value, c->state->span_type) ? (SpanObject *)value : NULL;
}

/* Ask OpenTelemetry, if the user wants that, what is current there. */
static void ask_outside(ClientObject *c, vireo_context *context)
{
    PyObject *text = PyObject_CallNoArgs(c->outside);
    const char *utf8 = text && PyUnicode_Check(text) ? PyUnicode_AsUTF8(text) : NULL;

    if (!utf8 || vireo_traceparent_parse(utf8, context))
        *context = (vireo_context){0};
    Py_XDECREF(text);
    PyErr_Clear();
}

static bool has_trace(const vireo_context *context)
{
    static const uint8_t none[sizeof context->trace_id];

    return memcmp(context->trace_id, none, sizeof none) != 0;
}

bool span_unsampled(const SpanObject *s)
{
    return has_trace(&s->context) && !(s->context.flags & 1);
}

/* The context to start under, from the first of: what was asked for, the
 * parent, another library, the process that started this one. */
static vireo_context context_above(ClientObject *c, const Start *how, const SpanObject *parent)
{
    vireo_context context = {0};

    if (how->at)
        return *how->at;
    if (parent)
        return parent->context;
    if (how->root)
        return context;
    if (c->outside)
        ask_outside(c, &context);
    return has_trace(&context) ? context : c->inherited;
}

static bool chosen(ModuleState *st, double sample)
{
    if (sample >= 1.0)
        return true;
    return (double)(random_next(st) >> 11) * 0x1.0p-53 < sample;
}

/* An unsampled root still has ids, for the header that tells others not to sample. */
static void invent_ids(ModuleState *st, vireo_context *context)
{
    const uint64_t ids[3] = {random_next(st), random_next(st), random_next(st)};

    memcpy(context->trace_id, ids, sizeof context->trace_id);
    memcpy(context->span_id, ids + 2, sizeof context->span_id);
    context->flags = 0;
}

static SpanObject *span_alloc(ClientObject *c)
{
    PyTypeObject *type = (PyTypeObject *)c->span_class;
    SpanObject *s = (SpanObject *)type->tp_alloc(type, 0);

    if (!s) {
        PyErr_Clear();
        return NULL;
    }
    s->client = (ClientObject *)Py_NewRef((PyObject *)c);
    s->generation = c->state->generation;
    return s;
}

SpanObject *span_start(ClientObject *c, const Start *how)
{
    SpanObject *parent = (SpanObject *)how->parent;
    vireo_context above;
    SpanObject *s = span_alloc(c);

    if (!s)
        return NULL;
    if (!parent && !how->at && !how->root)
        parent = span_current(c);
    above = context_above(c, how, parent);
    if (parent && (parent->handle || parent->root))
        s->root = (SpanObject *)Py_NewRef((PyObject *)(parent->root ? parent->root : parent));
    s->context = above;
    /* A given trace id or nothing above: this is a head, which decides. */
    if (how->at || !has_trace(&above) ? !chosen(c->state, how->sample) : !(above.flags & 1)) {
        if (!has_trace(&above))
            invent_ids(c->state, &s->context);
        s->context.flags = 0;
        return s;
    }
    if (!c->handle)
        return s;
    s->start_ns = now_ns();
    s->handle = vireo_span_start_at(c->handle, has_trace(&above) ? &above : NULL,
                                    how->site ? how->site : c->plain);
    if (s->handle) {
        vireo_span_context(s->handle, &s->context);
        vireo_span_set_times(s->handle, s->start_ns, 0); /* one start for the span and its scores */
    }
    return s;
}

/* ------------------------------------------------------------------ current */

static void set_current(ClientObject *c, PyObject *value)
{
    PyObject *token = PyContextVar_Set(c->current, value);

    if (!token)
        PyErr_Clear();
    Py_XDECREF(token);
}

void span_activate(SpanObject *s)
{
    PyObject *before = (PyObject *)span_current(s->client);

    if (s->previous || !s->client->current)
        return;
    s->previous = Py_NewRef(before ? before : Py_None);
    set_current(s->client, (PyObject *)s);
}

/* Put back what was current, unless somebody else took over meanwhile: a
 * generator may be closed in another context than it was started in. */
void span_deactivate(SpanObject *s)
{
    PyObject *before = s->previous;

    if (!before)
        return;
    s->previous = NULL;
    if (span_current(s->client) == s)
        set_current(s->client, before);
    Py_DECREF(before);
}

/* ------------------------------------------------------------------ finish */

static void hand_over(SpanObject *s)
{
    vireo_span *handle = s->handle;

    s->handle = NULL;
    if (!handle)
        return;
    if (s->generation != s->client->state->generation) {
        vireo_span_discard(handle);
        return;
    }
    vireo_span_finish(handle);
    judged_hand_over(s);
}

void span_finish(SpanObject *s)
{
    if (s->ended)
        return;
    s->ended = true;
    if (s->pending > 0 && s->handle) {
        s->end_ns = now_ns();
        vireo_span_set_times(s->handle, s->start_ns, s->end_ns);
        return;
    }
    hand_over(s);
}

void span_fail(SpanObject *s)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    PyObject *result;

    if (!span_recording(s))
        return;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (value && traceback)
        PyException_SetTraceback(value, traceback);
    result = PyObject_CallFunctionObjArgs(s->client->on_error, (PyObject *)s,
                                          value ? value : Py_None, NULL);
    if (!result)
        PyErr_Clear();
    Py_XDECREF(result);
    PyErr_Restore(type, value, traceback);
}

/* ------------------------------------------------------------------ methods */

static PyObject *method_activate(PyObject *self, PyObject *unused)
{
    (void)unused;
    span_activate((SpanObject *)self);
    Py_RETURN_NONE;
}

static PyObject *method_deactivate(PyObject *self, PyObject *unused)
{
    (void)unused;
    span_deactivate((SpanObject *)self);
    Py_RETURN_NONE;
}

void span_settle_ok(SpanObject *s)
{
    if (!s->settled && span_recording(s))
        vireo_span_ok(s->handle);
    s->settled = true;
}

static PyObject *method_finish(PyObject *self, PyObject *unused)
{
    (void)unused;
    span_deactivate((SpanObject *)self);
    span_settle_ok((SpanObject *)self);
    span_finish((SpanObject *)self);
    Py_RETURN_NONE;
}

static PyObject *method_discard(PyObject *self, PyObject *unused)
{
    SpanObject *s = (SpanObject *)self;

    (void)unused;
    span_deactivate(s);
    if (s->handle && !s->ended)
        vireo_span_discard(s->handle);
    if (!s->ended)
        s->handle = NULL;
    s->ended = true;
    Py_RETURN_NONE;
}

static PyObject *method_hold(PyObject *self, PyObject *unused)
{
    (void)unused;
    ((SpanObject *)self)->pending++;
    Py_RETURN_NONE;
}

static PyObject *method_release(PyObject *self, PyObject *unused)
{
    SpanObject *s = (SpanObject *)self;

    (void)unused;
    if (s->pending > 0 && --s->pending == 0 && s->ended)
        hand_over(s);
    Py_RETURN_NONE;
}

static PyObject *method_enter(PyObject *self, PyObject *unused)
{
    (void)unused;
    span_activate((SpanObject *)self);
    return Py_NewRef(self);
}

static PyObject *method_exit(PyObject *self, PyObject *args)
{
    SpanObject *s = (SpanObject *)self;
    PyObject *type;
    PyObject *value = Py_None;
    PyObject *traceback = Py_None;
    PyObject *result;

    if (!PyArg_ParseTuple(args, "OOO:__exit__", &type, &value, &traceback))
        return NULL;
    span_deactivate(s);
    if (value != Py_None && span_recording(s)) {
        result = PyObject_CallFunctionObjArgs(s->client->on_error, self, value, NULL);
        if (!result)
            PyErr_Clear();
        Py_XDECREF(result);
        s->settled = true;
    }
    span_settle_ok(s);
    span_finish(s);
    Py_RETURN_FALSE;
}

static PyObject *set_redacted(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                              void (*set)(SpanObject *, PyObject *, PyObject *))
{
    if (nargs < 1 || nargs > 2) {
        PyErr_SetString(PyExc_TypeError, "expected a value and perhaps a redaction");
        return NULL;
    }
    set((SpanObject *)self, args[0], nargs == 2 && args[1] != Py_None ? args[1] : NULL);
    Py_RETURN_NONE;
}

static PyObject *method_input(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return set_redacted(self, args, nargs, span_set_input);
}

static PyObject *method_output(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return set_redacted(self, args, nargs, span_set_output);
}

static PyObject *raw_json(PyObject *self, PyObject *arg, Side side)
{
    char *text;
    Py_ssize_t len;

    if (PyBytes_AsStringAndSize(arg, &text, &len))
        return NULL;
    span_set_json((SpanObject *)self, side, text, (size_t)len);
    Py_RETURN_NONE;
}

static PyObject *method_output_json(PyObject *self, PyObject *arg)
{
    return raw_json(self, arg, SIDE_OUTPUT);
}

static PyObject *method_input_json(PyObject *self, PyObject *arg)
{
    return raw_json(self, arg, SIDE_INPUT);
}

/* ------------------------------------------------------------------ properties */

static PyObject *hex_text(const uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    char text[32];

    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return PyUnicode_FromStringAndSize(text, (Py_ssize_t)(2 * n));
}

static PyObject *get_trace_id(PyObject *self, void *closure)
{
    (void)closure;
    return hex_text(((SpanObject *)self)->context.trace_id, 16);
}

static PyObject *get_span_id(PyObject *self, void *closure)
{
    (void)closure;
    return hex_text(((SpanObject *)self)->context.span_id, 8);
}

static PyObject *get_traceparent(PyObject *self, void *closure)
{
    char text[56];

    (void)closure;
    vireo_traceparent_format(&((SpanObject *)self)->context, text);
    return PyUnicode_FromString(text);
}

static PyObject *get_recording(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(span_recording((SpanObject *)self));
}

static PyObject *get_sampled(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(((SpanObject *)self)->context.flags & 1);
}

static PyObject *get_root(PyObject *self, void *closure)
{
    SpanObject *root = ((SpanObject *)self)->root;

    (void)closure;
    return Py_NewRef(root ? (PyObject *)root : self);
}

static PyObject *get_client(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef((PyObject *)((SpanObject *)self)->client);
}

/* ------------------------------------------------------------------ type */

static int span_traverse(PyObject *self, visitproc visit, void *arg)
{
    SpanObject *s = (SpanObject *)self;

    Py_VISIT(Py_TYPE(self));
    Py_VISIT((PyObject *)s->client);
    Py_VISIT(s->previous);
    Py_VISIT((PyObject *)s->root);
    Py_VISIT(s->judges);
    return 0;
}

static int span_clear(PyObject *self)
{
    SpanObject *s = (SpanObject *)self;

    /* The client stays until dealloc: methods need it. */
    Py_CLEAR(s->previous);
    Py_CLEAR(s->root);
    Py_CLEAR(s->judges);
    Py_CLEAR(s->seen[SIDE_INPUT]);
    Py_CLEAR(s->seen[SIDE_OUTPUT]);
    return 0;
}

/* A span that nobody finished is recorded as far as it came. */
static void span_dealloc(PyObject *self)
{
    SpanObject *s = (SpanObject *)self;
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    Py_CLEAR(s->judges); /* what nobody finished is not judged */
    if (s->handle && s->client)
        hand_over(s);
    span_clear(self);
    Py_CLEAR(s->client);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *span_no_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    PyErr_Format(PyExc_TypeError, "%s is made by Vireo.span() or Vireo.start_trace()",
                 type->tp_name);
    return NULL;
}

#define FAST(f) (PyCFunction)(void (*)(void))(f)

static PyMethodDef methods[] = {
    {"_activate", method_activate, METH_NOARGS, "_activate()\n--\n\nMake it the current span."},
    {"_deactivate", method_deactivate, METH_NOARGS,
     "_deactivate()\n--\n\nPut back what was current."},
    {"_hold", method_hold, METH_NOARGS, "_hold()\n--\n\nLet finish wait for a _release()."},
    {"_release", method_release, METH_NOARGS, "_release()\n--\n\nUndo a _hold()."},
    {"_input", FAST(method_input), METH_FASTCALL,
     "_input(value, redact=None)\n--\n\nRecord the input."},
    {"_output", FAST(method_output), METH_FASTCALL,
     "_output(value, redact=None)\n--\n\nRecord the output."},
    {"_input_json", method_input_json, METH_O, "_input_json(json)\n--\n\nThe input as JSON bytes."},
    {"_output_json", method_output_json, METH_O,
     "_output_json(json)\n--\n\nThe output as JSON bytes."},
    {"_log", FAST(span_log_method), METH_FASTCALL,
     "_log(name, media_type, data, meta_json, thumbnail)\n--\n\nKeep a reference."},
    {"_error", FAST(span_error_method), METH_FASTCALL,
     "_error(type, message, stacktrace)\n--\n\nRecord an exception."},
    {"tag", FAST(span_tag_method), METH_FASTCALL | METH_KEYWORDS,
     "tag(tags=None, /, **more)\n--\n\n"
     "Add tags: values to slice by.  Text, numbers and booleans keep their type, None is\n"
     "left out, anything else becomes JSON text.  A later value of a key replaces an earlier one."},
    {"set_attribute", FAST(span_attribute_method), METH_FASTCALL,
     "set_attribute(key, value, /)\n--\n\nSet a raw OpenTelemetry attribute, for example "
     "gen_ai.usage.input_tokens."},
    {"finish", method_finish, METH_NOARGS,
     "finish()\n--\n\nStamp the end time and hand the span over.  A second call does nothing."},
    {"discard", method_discard, METH_NOARGS, "discard()\n--\n\nThrow the span away."},
    {"__enter__", method_enter, METH_NOARGS, NULL},
    {"__exit__", method_exit, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"trace_id", get_trace_id, NULL, "The trace's id: 32 hex digits.", NULL},
    {"span_id", get_span_id, NULL, "The span's id: 16 hex digits.", NULL},
    {"traceparent", get_traceparent, NULL, "W3C traceparent, for a request to another process.",
     NULL},
    {"recording", get_recording, NULL, "Whether what is set is kept: sampled and not finished.",
     NULL},
    {"sampled", get_sampled, NULL, "Whether the trace is recorded at all.", NULL},
    {"root", get_root, NULL, "The outermost span of the trace in this process.", NULL},
    {"_client", get_client, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, (void *)(uintptr_t)span_no_new},
    {Py_tp_dealloc, (void *)(uintptr_t)span_dealloc},
    {Py_tp_traverse, (void *)(uintptr_t)span_traverse},
    {Py_tp_clear, (void *)(uintptr_t)span_clear},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {0, NULL},
};

PyType_Spec span_spec = {
    .name = "vireo._native.SpanBase",
    .basicsize = sizeof(SpanObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};
