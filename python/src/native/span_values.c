/* SPDX-License-Identifier: Apache-2.0 */
/* What is set on a span: input, output, tags, attributes, references, errors. */
#include "native.h"

enum { TYPE_NAME_MAX = 256 };

static const char redaction_failed[] = "$redaction_failed";

/* ------------------------------------------------------------------ input and output */

static void set_marker(SpanObject *s, const char *marker, const char *text, Side side)
{
    ModuleState *st = s->client->state;
    Out out;

    scratch_take(st, &out, OUT_SLACK);
    encode_marker(&out, marker, text);
    if (!out.failed)
        span_set_json(s, side, out.data, out.len);
    scratch_put(st, &out);
}

/* `redact` failed: the value must not leave, so its place tells why it is missing. */
static void set_redaction_failed(SpanObject *s, Side side)
{
    PyObject *type = PyErr_Occurred();
    char name[TYPE_NAME_MAX];

    PyOS_snprintf(name, sizeof name, "%s",
                  type && PyType_Check(type) ? ((PyTypeObject *)type)->tp_name : "error");
    PyErr_Clear();
    set_marker(s, redaction_failed, name, side);
}

static void set_encoded(SpanObject *s, PyObject *value, Side side)
{
    ModuleState *st = s->client->state;
    Budget budget = budget_new(s->client->value_bytes);
    Out out;

    scratch_take(st, &out, s->client->value_bytes + OUT_SLACK);
    encode_value(st, &out, &budget, value);
    /* Encoding may run Python code, which may finish the span. */
    if (out.failed)
        set_marker(s, "$truncated", "no memory", side);
    else
        span_set_json(s, side, out.data, out.len);
    scratch_put(st, &out);
}

static void set_redacted(SpanObject *s, PyObject *value, PyObject *redact, Side side)
{
    PyObject *shown;

    if (!span_recording(s))
        return;
    if (!redact) {
        set_encoded(s, value, side);
        return;
    }
    shown = PyObject_CallOneArg(redact, value);
    if (!shown) {
        set_redaction_failed(s, side);
        return;
    }
    set_encoded(s, shown, side);
    Py_DECREF(shown);
}

void span_set_input(SpanObject *s, PyObject *value, PyObject *redact)
{
    set_redacted(s, value, redact, SIDE_INPUT);
}

void span_set_output(SpanObject *s, PyObject *value, PyObject *redact)
{
    const char *type = Py_TYPE(value)->tp_name;

    set_redacted(s, value, redact, SIDE_OUTPUT);
    if (span_recording(s))
        vireo_span_str(s->handle, "vireo.output.type", type, strlen(type));
}

/* ------------------------------------------------------------------ tags and attributes */

typedef struct Setters {
    void (*text)(vireo_span *, const char *, const char *, size_t);
    void (*integer)(vireo_span *, const char *, int64_t);
    void (*number)(vireo_span *, const char *, double);
    void (*truth)(vireo_span *, const char *, int);
} Setters;

static const Setters setters[] = {
    [VALUE_TAG] = {vireo_span_tag, vireo_span_tag_int, vireo_span_tag_double, vireo_span_tag_bool},
    [VALUE_ATTRIBUTE] = {vireo_span_str, vireo_span_int, vireo_span_double, vireo_span_bool},
};

/* Text of `object` as UTF-8, with what UTF-8 cannot hold replaced; new bytes object or NULL. */
static PyObject *utf8_of(PyObject *object)
{
    PyObject *bytes = PyUnicode_AsUTF8String(object);

    if (!bytes) {
        PyErr_Clear();
        bytes = PyUnicode_AsEncodedString(object, "utf-8", "replace");
    }
    if (!bytes)
        PyErr_Clear();
    return bytes;
}

static void put_text(SpanObject *s, const Setters *set, const char *key, PyObject *text)
{
    Py_ssize_t len = 0;
    const char *utf8 = PyUnicode_IS_ASCII(text) ? PyUnicode_AsUTF8AndSize(text, &len) : NULL;
    PyObject *bytes = utf8 ? NULL : utf8_of(text);

    if (bytes) {
        utf8 = PyBytes_AS_STRING(bytes);
        len = PyBytes_GET_SIZE(bytes);
    }
    if (utf8)
        set->text(s->handle, key, utf8, (size_t)len);
    Py_XDECREF(bytes);
}

static void put_json(SpanObject *s, const Setters *set, const char *key, PyObject *value)
{
    ModuleState *st = s->client->state;
    Budget budget = budget_new(s->client->value_bytes);
    Out out;

    scratch_take(st, &out, s->client->value_bytes + OUT_SLACK);
    encode_value(st, &out, &budget, value);
    if (!out.failed && span_recording(s))
        set->text(s->handle, key, out.data, out.len);
    scratch_put(st, &out);
}

static bool put_plain(SpanObject *s, const Setters *set, const char *key, PyObject *value)
{
    if (PyUnicode_Check(value)) {
        put_text(s, set, key, value);
    } else if (PyBool_Check(value)) {
        set->truth(s->handle, key, value == Py_True);
    } else if (PyFloat_Check(value)) {
        set->number(s->handle, key, PyFloat_AS_DOUBLE(value));
    } else if (PyLong_Check(value)) {
        int overflow = 0;
        const long long n = PyLong_AsLongLongAndOverflow(value, &overflow);
        if (overflow)
            return false;
        set->integer(s->handle, key, n);
    } else {
        return false;
    }
    return true;
}

static void put_value(SpanObject *s, const Setters *set, const char *key, PyObject *value)
{
    PyObject *converted;

    if (value == Py_None || put_plain(s, set, key, value))
        return;
    /* A NumPy number or an enumeration's member is worth its plain value. */
    converted =
        PyDict_Check(value) || PyList_Check(value) || PyTuple_Check(value) || PyLong_Check(value)
            ? NULL
            : convert_object(s->client->state, value);
    if (!converted)
        put_json(s, set, key, value);
    else if (span_recording(s) && !put_plain(s, set, key, converted))
        put_json(s, set, key, converted);
    Py_XDECREF(converted);
}

void span_set_value(SpanObject *s, ValueKind kind, PyObject *key, PyObject *value)
{
    PyObject *text = PyUnicode_Check(key) ? Py_NewRef(key) : PyObject_Str(key);
    PyObject *name = text ? utf8_of(text) : NULL;

    PyErr_Clear();
    if (name && span_recording(s))
        put_value(s, &setters[kind], PyBytes_AS_STRING(name), value);
    Py_XDECREF(name);
    Py_XDECREF(text);
}

void span_set_values(SpanObject *s, ValueKind kind, PyObject *mapping)
{
    PyObject *key;
    PyObject *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(mapping, &at, &key, &value)) {
        Py_INCREF(key);
        Py_INCREF(value);
        span_set_value(s, kind, key, value);
        Py_DECREF(key);
        Py_DECREF(value);
    }
}

PyObject *span_tag_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                          PyObject *kwnames)
{
    SpanObject *s = (SpanObject *)self;
    const Py_ssize_t keywords = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;

    if (nargs > 1 || (nargs == 1 && args[0] != Py_None && !PyDict_Check(args[0]))) {
        PyErr_SetString(PyExc_TypeError, "tag() takes keyword arguments and at most one dict");
        return NULL;
    }
    if (!span_recording(s))
        Py_RETURN_NONE;
    if (nargs == 1 && args[0] != Py_None)
        span_set_values(s, VALUE_TAG, args[0]);
    for (Py_ssize_t i = 0; i < keywords; i++)
        span_set_value(s, VALUE_TAG, PyTuple_GET_ITEM(kwnames, i), args[nargs + i]);
    Py_RETURN_NONE;
}

PyObject *span_attribute_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "set_attribute() takes a key and a value");
        return NULL;
    }
    if (span_recording((SpanObject *)self))
        span_set_value((SpanObject *)self, VALUE_ATTRIBUTE, args[0], args[1]);
    Py_RETURN_NONE;
}

/* ------------------------------------------------------------------ references and errors */

static const char *text_or_null(PyObject *object)
{
    const char *text = PyUnicode_Check(object) ? PyUnicode_AsUTF8(object) : NULL;

    PyErr_Clear();
    return text;
}

/* Bytes are copied without the interpreter's lock: they may be many. */
static void log_copied(SpanObject *s, PyObject *const *args, const Py_buffer *data,
                       const Py_buffer *thumb)
{
    ClientObject *c = s->client;
    vireo_client *handle = c->handle; /* close() waits for its users */
    const char *name = text_or_null(args[0]);
    const char *media_type = text_or_null(args[1]);
    const char *meta = text_or_null(args[3]);
    vireo_reference *r;

    if (!s->handle || !handle || !name || !media_type)
        return;
    c->users++;
    Py_BEGIN_ALLOW_THREADS r =
        vireo_reference_new(handle, name, media_type, data->buf, (size_t)data->len, meta,
                            thumb->buf, (size_t)thumb->len);
    Py_END_ALLOW_THREADS c->users--;
    if (s->handle)
        vireo_span_attach(s->handle, r);
    else
        vireo_reference_free(handle, r);
}

/* Called when the span may have ended already but is held for this. */
PyObject *span_log_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    SpanObject *s = (SpanObject *)self;
    Py_buffer data;
    Py_buffer thumb = {0};

    if (nargs != 5) {
        PyErr_SetString(PyExc_TypeError, "_log() takes name, media type, data, meta and thumbnail");
        return NULL;
    }
    if (PyObject_GetBuffer(args[2], &data, PyBUF_SIMPLE))
        return NULL;
    if (args[4] != Py_None && PyObject_GetBuffer(args[4], &thumb, PyBUF_SIMPLE)) {
        PyBuffer_Release(&data);
        return NULL;
    }
    log_copied(s, args, &data, &thumb);
    PyBuffer_Release(&data);
    if (args[4] != Py_None)
        PyBuffer_Release(&thumb);
    Py_RETURN_NONE;
}

PyObject *span_error_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    SpanObject *s = (SpanObject *)self;

    if (nargs != 3) {
        PyErr_SetString(PyExc_TypeError, "_error() takes type, message and stacktrace");
        return NULL;
    }
    s->settled = true;
    s->failed = true;
    if (s->handle)
        vireo_span_error(s->handle, text_or_null(args[0]), text_or_null(args[1]),
                         text_or_null(args[2]));
    Py_RETURN_NONE;
}
