/* SPDX-License-Identifier: Apache-2.0 */
/* What judges see of a span: its input and output as they were recorded.
 *
 *   set input, set output --keep--> span --end--> client's list --take--> the thread that judges
 *
 * The caller pays for two copies of text and a tuple; scoring happens
 * elsewhere.  The list is bounded in number and bytes: what does not fit is
 * counted and not judged, since the traced program must not wait for judges. */
#include "native.h"

enum { WAITING_MAX = 100000, WAITING_BYTES_MAX = 64 * 1024 * 1024 };

void span_set_json(SpanObject *s, Side side, const char *json, size_t len)
{
    PyObject *copy;

    if (!span_recording(s))
        return;
    if (side == SIDE_INPUT)
        vireo_span_input_json(s->handle, json, len);
    else
        vireo_span_output_json(s->handle, json, len);
    if (!s->judges)
        return;
    copy = PyBytes_FromStringAndSize(json, (Py_ssize_t)len);
    if (!copy)
        PyErr_Clear();
    Py_XSETREF(s->seen[side], copy);
}

static size_t size_of(PyObject *bytes_or_none)
{
    return PyBytes_Check(bytes_or_none) ? (size_t)PyBytes_GET_SIZE(bytes_or_none) : 0;
}

static PyObject *entry_of(const SpanObject *s)
{
    const int64_t start = s->root ? s->root->start_ns : s->start_ns;
    PyObject *input = s->seen[SIDE_INPUT] ? s->seen[SIDE_INPUT] : Py_None;
    PyObject *output = s->seen[SIDE_OUTPUT] ? s->seen[SIDE_OUTPUT] : Py_None;

    return Py_BuildValue("(Oy#y#LOON)", s->judges, (const char *)s->context.trace_id,
                         (Py_ssize_t)sizeof s->context.trace_id, (const char *)s->context.span_id,
                         (Py_ssize_t)sizeof s->context.span_id, (long long)start, input, output,
                         PyBool_FromLong(s->failed));
}

/* Tell the thread that judges; only the first that waits does, so that the others cost nothing. */
static void wake(ClientObject *c)
{
    PyObject *result = PyObject_CallNoArgs(c->on_judged);

    if (!result)
        PyErr_Clear();
    Py_XDECREF(result);
}

void judged_hand_over(SpanObject *s)
{
    ClientObject *c = s->client;
    PyObject *entry;
    size_t size;
    PyObject *type, *value, *traceback;

    if (!s->judges || !c->judged)
        return;
    PyErr_Fetch(&type, &value, &traceback); /* of the traced call, perhaps */
    entry = entry_of(s);
    size = entry ? size_of(PyTuple_GET_ITEM(entry, 4)) + size_of(PyTuple_GET_ITEM(entry, 5)) : 0;
    if (!entry || PyList_GET_SIZE(c->judged) >= WAITING_MAX ||
        c->judged_bytes + size > WAITING_BYTES_MAX || PyList_Append(c->judged, entry)) {
        c->judged_dropped++;
    } else {
        c->judged_bytes += size;
        if (PyList_GET_SIZE(c->judged) == 1)
            wake(c);
    }
    Py_XDECREF(entry);
    PyErr_Restore(type, value, traceback);
    Py_CLEAR(s->judges);
}

PyObject *client_judge_with(PyObject *self, PyObject *on_judged)
{
    ClientObject *c = (ClientObject *)self;

    if (!c->judged)
        c->judged = PyList_New(0);
    if (!c->judged)
        return NULL;
    Py_XSETREF(c->on_judged, Py_NewRef(on_judged));
    Py_RETURN_NONE;
}

PyObject *client_take_judged(PyObject *self, PyObject *most)
{
    ClientObject *c = (ClientObject *)self;
    const Py_ssize_t n = PyLong_AsSsize_t(most);
    PyObject *taken;

    if (n == -1 && PyErr_Occurred())
        return NULL;
    if (!c->judged)
        return PyList_New(0);
    taken = PyList_GetSlice(c->judged, 0, n);
    if (!taken || PyList_SetSlice(c->judged, 0, n, NULL)) {
        Py_XDECREF(taken);
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(taken); i++) {
        PyObject *entry = PyList_GET_ITEM(taken, i);
        c->judged_bytes -= size_of(PyTuple_GET_ITEM(entry, 4));
        c->judged_bytes -= size_of(PyTuple_GET_ITEM(entry, 5));
    }
    return taken;
}

PyObject *client_judged_counts(PyObject *self, PyObject *unused)
{
    const ClientObject *c = (ClientObject *)self;

    (void)unused;
    return Py_BuildValue("nK", c->judged ? PyList_GET_SIZE(c->judged) : 0,
                         (unsigned long long)c->judged_dropped);
}

void judged_forked(ClientObject *c)
{
    /* What waits is the parent's to judge. */
    if (c->judged && PyList_SetSlice(c->judged, 0, PyList_GET_SIZE(c->judged), NULL))
        PyErr_Clear();
    c->judged_bytes = 0;
    c->judged_dropped = 0;
}
