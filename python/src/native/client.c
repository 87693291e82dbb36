/* SPDX-License-Identifier: Apache-2.0 */
/* Client: a vireo_client and the context variable of its current span.
 *
 * flush(), request() and close() wait, so they give up the GIL.  close() takes
 * the handle away first, so that nothing new starts, and frees it when the
 * threads that are inside have come out (`users`). */
#include "native.h"

#include <structmember.h>

/* ------------------------------------------------------------------ life */

static int client_traverse(PyObject *self, visitproc visit, void *arg)
{
    ClientObject *c = (ClientObject *)self;

    Py_VISIT(Py_TYPE(self));
    Py_VISIT(c->current);
    Py_VISIT(c->span_class);
    Py_VISIT(c->on_error);
    Py_VISIT(c->hooks);
    Py_VISIT(c->outside);
    Py_VISIT(c->judged);
    Py_VISIT(c->on_judged);
    return 0;
}

static int client_clear(PyObject *self)
{
    ClientObject *c = (ClientObject *)self;

    Py_CLEAR(c->current);
    Py_CLEAR(c->span_class);
    Py_CLEAR(c->on_error);
    Py_CLEAR(c->hooks);
    Py_CLEAR(c->outside);
    Py_CLEAR(c->judged);
    Py_CLEAR(c->on_judged);
    return 0;
}

static void client_dealloc(PyObject *self)
{
    ClientObject *c = (ClientObject *)self;
    PyTypeObject *type = Py_TYPE(self);
    vireo_client *handle = c->handle;

    PyObject_GC_UnTrack(self);
    c->handle = NULL;
    client_clear(self);
    if (handle) {
        Py_BEGIN_ALLOW_THREADS vireo_close(handle, 0);
        Py_END_ALLOW_THREADS
    }
    type->tp_free(self);
    Py_DECREF(type);
}

typedef struct Wanted {
    vireo_options options;
    const char *traceparent;
    PyObject *span_class;
    PyObject *on_error;
    PyObject *hooks;
    PyObject *outside;
    Py_ssize_t value_bytes;
    int enabled;
} Wanted;

static bool parse_wanted(PyObject *args, PyObject *kwargs, Wanted *w)
{
    static char *names[] = {"project",     "api_key",  "url",   "service", "spool_dir",
                            "span_class",  "on_error", "hooks", "outside", "traceparent",
                            "value_bytes", "enabled",  NULL};
    vireo_options *o = &w->options;

    return PyArg_ParseTupleAndKeywords(args, kwargs, "zzzzzOOO|Oznp:Client", names, &o->project,
                                       &o->api_key, &o->url, &o->service, &o->spool_dir,
                                       &w->span_class, &w->on_error, &w->hooks, &w->outside,
                                       &w->traceparent, &w->value_bytes, &w->enabled);
}

static vireo_status client_open(ClientObject *c, Wanted *w)
{
    const size_t most = VALUE_BYTES_MAX;
    vireo_status st;

    c->value_bytes = w->value_bytes > 0 && (size_t)w->value_bytes < most / 4
                         ? (size_t)w->value_bytes
                         : (size_t)VALUE_BYTES;
    /* The encoder keeps the limit; what closes the text needs room above it. */
    w->options.value_bytes = c->value_bytes + OUT_SLACK;
    if (w->traceparent && vireo_traceparent_parse(w->traceparent, &c->inherited))
        c->inherited = (vireo_context){0};
    c->current = PyContextVar_New("vireo_current_span", NULL);
    if (!c->current)
        return VIREO_NOMEM;
    if (!w->enabled)
        return VIREO_OK;
    st = vireo_open(&w->options, &c->handle);
    if (!st)
        c->plain = vireo_site_new(c->handle, "span", "span", NULL, NULL);
    return st;
}

static PyObject *client_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Wanted w = {.options = {.sdk_name = "python"}, .outside = Py_None, .enabled = 1};
    ClientObject *c;
    vireo_status st;

    if (!parse_wanted(args, kwargs, &w))
        return NULL;
    c = (ClientObject *)type->tp_alloc(type, 0);
    if (!c)
        return NULL;
    c->state = PyType_GetModuleState(type);
    c->span_class = Py_NewRef(w.span_class);
    c->on_error = Py_NewRef(w.on_error);
    c->hooks = Py_NewRef(w.hooks);
    c->outside = w.outside == Py_None ? NULL : Py_NewRef(w.outside);
    st = client_open(c, &w);
    if (!st)
        return (PyObject *)c;
    if (!PyErr_Occurred())
        PyErr_Format(PyExc_ValueError, "%s", vireo_status_text(st));
    Py_DECREF(c);
    return NULL;
}

/* ------------------------------------------------------------------ waiting */

static PyObject *client_flush(PyObject *self, PyObject *arg)
{
    ClientObject *c = (ClientObject *)self;
    const double seconds = PyFloat_AsDouble(arg);
    vireo_status st = VIREO_OK;

    if (seconds == -1.0 && PyErr_Occurred())
        return NULL;
    if (!c->handle)
        return PyLong_FromLong(st);
    c->users++;
    Py_BEGIN_ALLOW_THREADS st =
        vireo_flush(c->handle, seconds > 0 ? (unsigned)(seconds * 1000) : 0);
    Py_END_ALLOW_THREADS c->users--;
    return PyLong_FromLong(st);
}

/* Wait for the threads that use the handle: they wait for the network, with limits. */
static void wait_for_users(ClientObject *c)
{
    PyObject *time = c->users ? PyImport_ImportModule("time") : NULL;

    while (time && c->users) {
        PyObject *slept = PyObject_CallMethod(time, "sleep", "d", 0.005);
        if (!slept)
            break;
        Py_DECREF(slept);
    }
    Py_XDECREF(time);
    PyErr_Clear();
}

static PyObject *client_close(PyObject *self, PyObject *arg)
{
    ClientObject *c = (ClientObject *)self;
    const double seconds = PyFloat_AsDouble(arg);
    vireo_client *handle = c->handle;
    vireo_status st = VIREO_OK;

    if (seconds == -1.0 && PyErr_Occurred())
        return NULL;
    c->handle = NULL;
    if (handle) {
        wait_for_users(c);
        Py_BEGIN_ALLOW_THREADS st =
            vireo_close(handle, seconds > 0 ? (unsigned)(seconds * 1000) : 0);
        Py_END_ALLOW_THREADS
    }
    return PyLong_FromLong(st);
}

/* (status, HTTP status, body) */
static PyObject *client_request(PyObject *self, PyObject *args)
{
    ClientObject *c = (ClientObject *)self;
    const char *method;
    const char *path;
    const char *body;
    Py_ssize_t body_len;
    double seconds;
    vireo_status st;
    int http_status = 0;
    char *answer = NULL;
    size_t answer_len = 0;
    PyObject *result;

    if (!PyArg_ParseTuple(args, "ssz#d:request", &method, &path, &body, &body_len, &seconds))
        return NULL;
    if (!c->handle)
        return Py_BuildValue("iiy", VIREO_UNREACHABLE, 0, "");
    c->users++;
    Py_BEGIN_ALLOW_THREADS st = vireo_request(c->handle, method, path, body, (size_t)body_len,
                                              seconds > 0 ? (unsigned)(seconds * 1000) : 0,
                                              &http_status, &answer, &answer_len);
    Py_END_ALLOW_THREADS c->users--;
    result =
        Py_BuildValue("iiy#", (int)st, http_status, answer ? answer : "", (Py_ssize_t)answer_len);
    vireo_free(answer);
    return result;
}

static PyObject *client_put_blob(PyObject *self, PyObject *args)
{
    ClientObject *c = (ClientObject *)self;
    const char *media_type;
    Py_buffer data;
    double seconds;
    char sha256[VIREO_SHA256_CHARS + 1] = "";
    int http_status = 0;
    char *answer = NULL;
    vireo_status st = VIREO_UNREACHABLE;
    PyObject *result;

    if (!PyArg_ParseTuple(args, "sy*d:put_blob", &media_type, &data, &seconds))
        return NULL;
    if (c->handle) {
        c->users++;
        Py_BEGIN_ALLOW_THREADS st = vireo_blob_put(
            c->handle, media_type, data.buf, (size_t)data.len,
            seconds > 0 ? (unsigned)(seconds * 1000) : 0, &http_status, &answer, sha256);
        Py_END_ALLOW_THREADS c->users--;
    }
    PyBuffer_Release(&data);
    result = Py_BuildValue("iiys", (int)st, http_status, answer ? answer : "", sha256);
    vireo_free(answer);
    return result;
}

/* ------------------------------------------------------------------ the rest */

static PyObject *client_site(PyObject *self, PyObject *args)
{
    ClientObject *c = (ClientObject *)self;
    const char *name;
    const char *type;
    const char *model;
    const char *fingerprint;
    vireo_site *site;

    if (!PyArg_ParseTuple(args, "szzz:site", &name, &type, &model, &fingerprint))
        return NULL;
    site = c->handle ? vireo_site_new(c->handle, name, type, model, fingerprint) : NULL;
    if (!site)
        Py_RETURN_NONE;
    return PyCapsule_New(site, SITE_CAPSULE, NULL);
}

static PyObject *client_register(PyObject *self, PyObject *args)
{
    ClientObject *c = (ClientObject *)self;
    const char *model;
    const char *json;
    Py_ssize_t len;

    if (!PyArg_ParseTuple(args, "ss#:register", &model, &json, &len))
        return NULL;
    if (c->handle)
        vireo_model_register(c->handle, model, json, (size_t)len);
    Py_RETURN_NONE;
}

/* False: the client is closed, or this is no score that could be sent. */
static PyObject *client_score(PyObject *self, PyObject *args)
{
    ClientObject *c = (ClientObject *)self;
    const char *json;
    Py_ssize_t len;

    if (!PyArg_ParseTuple(args, "y#:score", &json, &len))
        return NULL;
    return PyBool_FromLong(c->handle && vireo_score_put(c->handle, json, (size_t)len) == VIREO_OK);
}

static bool parse_start(PyObject *args, PyObject *kwargs, Start *how, vireo_context *at,
                        PyObject **name, const char **kind)
{
    static char *names[] = {"name", "kind", "parent", "trace_id", "sample", NULL};
    PyObject *parent = Py_None;
    const char *trace_id = NULL;
    Py_ssize_t len = 0;

    how->sample = 1.0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "Uz|Oz#d:start", names, name, kind, &parent,
                                     &trace_id, &len, &how->sample))
        return false;
    if (trace_id && len != (Py_ssize_t)sizeof at->trace_id) {
        PyErr_SetString(PyExc_ValueError, "trace_id is 16 bytes");
        return false;
    }
    if (trace_id) {
        memcpy(at->trace_id, trace_id, sizeof at->trace_id);
        at->flags = 1;
        how->at = at;
    }
    how->parent = parent == Py_None || parent == Py_False ? NULL : parent;
    how->root = parent == Py_False;
    return true;
}

static PyObject *client_start(PyObject *self, PyObject *args, PyObject *kwargs)
{
    ClientObject *c = (ClientObject *)self;
    Start how = {0};
    vireo_context at = {0};
    PyObject *name = NULL;
    const char *kind = NULL;
    const char *text;
    SpanObject *s;

    if (!parse_start(args, kwargs, &how, &at, &name, &kind))
        return NULL;
    if (how.parent && !PyObject_TypeCheck(how.parent, c->state->span_type)) {
        PyErr_SetString(PyExc_TypeError, "parent is a Span, None or False");
        return NULL;
    }
    s = span_start(c, &how);
    if (!s)
        return PyErr_NoMemory();
    if (s->handle) {
        text = PyUnicode_AsUTF8(name);
        if (!text)
            PyErr_Clear();
        vireo_span_name(s->handle, text ? text : "?");
        if (kind)
            vireo_span_type(s->handle, kind);
    }
    return (PyObject *)s;
}

/* A Span that stands for one of another process: nothing is recorded through it. */
static PyObject *client_remote(PyObject *self, PyObject *arg)
{
    ClientObject *c = (ClientObject *)self;
    PyTypeObject *type = (PyTypeObject *)c->span_class;
    vireo_context context = {0};
    const char *text = arg == Py_None ? NULL : PyUnicode_AsUTF8(arg);
    SpanObject *s;

    if (PyErr_Occurred())
        return NULL;
    if (text && vireo_traceparent_parse(text, &context)) {
        PyErr_SetString(PyExc_ValueError, "not a W3C traceparent");
        return NULL;
    }
    s = (SpanObject *)type->tp_alloc(type, 0);
    if (!s)
        return NULL;
    s->client = (ClientObject *)Py_NewRef(self);
    s->generation = c->state->generation;
    s->context = context;
    return (PyObject *)s;
}

static PyObject *client_current(PyObject *self, PyObject *unused)
{
    SpanObject *s = span_current((ClientObject *)self);

    (void)unused;
    return Py_NewRef(s ? (PyObject *)s : Py_None);
}

static PyObject *client_counters(PyObject *self, PyObject *unused)
{
    ClientObject *c = (ClientObject *)self;
    vireo_counters n = {0};

    (void)unused;
    if (c->handle)
        vireo_get_counters(c->handle, &n);
    return Py_BuildValue("{sK sK sK sK sK sK sK sK sK sK sK sK sK}", "finished", n.finished,
                         "delivered", n.delivered, "rejected", n.rejected, "dropped_queue",
                         n.dropped_queue, "dropped_spool", n.dropped_spool, "cut", n.cut, "spooled",
                         n.spooled, "queue_bytes", n.queue_bytes, "spool_bytes", n.spool_bytes,
                         "recovered", n.recovered, "scores", n.scores, "scores_delivered",
                         n.scores_delivered, "scores_rejected", n.scores_rejected);
}

static PyObject *client_last_error(PyObject *self, PyObject *unused)
{
    ClientObject *c = (ClientObject *)self;
    char text[256] = "";

    (void)unused;
    if (c->handle)
        vireo_last_error(c->handle, text, sizeof text);
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

/* In the child nobody is inside a call of the parent's threads. */
static PyObject *client_forked(PyObject *self, PyObject *unused)
{
    (void)unused;
    ((ClientObject *)self)->users = 0;
    judged_forked((ClientObject *)self);
    Py_RETURN_NONE;
}

static PyObject *client_is_open(PyObject *self, void *closure)
{
    (void)closure;
    return PyBool_FromLong(((ClientObject *)self)->handle != NULL);
}

static PyMethodDef methods[] = {
    {"start", (PyCFunction)(void (*)(void))client_start, METH_VARARGS | METH_KEYWORDS,
     "start(name, kind, parent=None, trace_id=None, sample=1.0)\n--\n\n"
     "Start a span; parent False: a root whatever is current."},
    {"remote", client_remote, METH_O,
     "remote(traceparent)\n--\n\nA span that stands for another process' one."},
    {"current", client_current, METH_NOARGS, "current()\n--\n\nThe current span or None."},
    {"site", client_site, METH_VARARGS,
     "site(name, type, model, fingerprint)\n--\n\nA place that starts spans."},
    {"register", client_register, METH_VARARGS,
     "register(model, json)\n--\n\nQueue a model version."},
    {"score", client_score, METH_VARARGS,
     "score(json)\n--\n\nQueue a score; False when it cannot be sent."},
    {"flush", client_flush, METH_O, "flush(seconds)\n--\n\nWait for delivery; the status as int."},
    {"close", client_close, METH_O,
     "close(seconds)\n--\n\nDeliver, spool the rest; the status as int."},
    {"request", client_request, METH_VARARGS,
     "request(method, path, body, seconds)\n--\n\n(status, HTTP status, body)"},
    {"put_blob", client_put_blob, METH_VARARGS,
     "put_blob(media_type, data, seconds)\n--\n\n(status, HTTP status, answer, SHA-256)"},
    {"judge_with", client_judge_with, METH_O,
     "judge_with(on_judged)\n--\n\nKeep what is to be judged; call when the first one waits."},
    {"take_judged", client_take_judged, METH_O,
     "take_judged(most)\n--\n\nThe first of what waits: (judges, trace id, span id, start, input, "
     "output, failed)."},
    {"judged_counts", client_judged_counts, METH_NOARGS,
     "judged_counts()\n--\n\n(waiting, dropped)"},
    {"counters", client_counters, METH_NOARGS,
     "counters()\n--\n\nWhat happened to the spans so far."},
    {"last_error", client_last_error, METH_NOARGS,
     "last_error()\n--\n\nWhy sending failed last; or empty."},
    {"forked", client_forked, METH_NOARGS,
     "forked()\n--\n\nTo be called in the child after a fork."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
    {"hooks", T_OBJECT, offsetof(ClientObject, hooks), READONLY,
     "What the Python side keeps with it."},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef getset[] = {
    {"is_open", client_is_open, NULL, "False after close().", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, (void *)(uintptr_t)client_new},
    {Py_tp_dealloc, (void *)(uintptr_t)client_dealloc},
    {Py_tp_traverse, (void *)(uintptr_t)client_traverse},
    {Py_tp_clear, (void *)(uintptr_t)client_clear},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_getset, getset},
    {0, NULL},
};

PyType_Spec client_spec = {
    .name = "vireo._native.Client",
    .basicsize = sizeof(ClientObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};
