/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the extension share: the module's state and the objects.
 *
 *   Client ---- vireo_client, and the context variable that holds the current Span
 *     ^
 *     |  strong
 *   Span ------ vireo_span while it records; a mere context when it is remote or unsampled
 *     ^
 *     |  made by each call
 *   Traced ---- a wrapped callable: where its arguments go, and its site
 *
 * The GIL guards everything here; it is given up only around libvireo calls
 * that wait.  No function leaves a Python error behind unless it says so:
 * an exception in us is never an exception in the traced program. */
#ifndef VIREO_NATIVE_NATIVE_H
#define VIREO_NATIVE_NATIVE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stdint.h>
#include <vireo/vireo.h>

#include "out.h"

#if PY_VERSION_HEX < 0x030A0000
#define PyModule_AddObjectRef vireo_add_object_ref
static inline int vireo_add_object_ref(PyObject *module, const char *name, PyObject *o)
{
    Py_INCREF(o);
    return PyModule_AddObject(module, name, o);
}
static inline PyObject *Py_NewRef(PyObject *o)
{
    Py_INCREF(o);
    return o;
}
static inline PyObject *Py_XNewRef(PyObject *o)
{
    Py_XINCREF(o);
    return o;
}
#endif

typedef struct ModuleState {
    PyTypeObject *client_type;
    PyTypeObject *span_type;
    PyTypeObject *traced_type;
    PyObject *missing;   /* "this parameter has no default" */
    PyObject *convert;   /* object -> plain object, for what the encoder does not know */
    PyObject *plan;      /* type -> tuple of attribute names, or None: use convert */
    PyObject *plans;     /* cache of the above, by type */
    Out scratch;         /* one buffer, kept between calls */
    unsigned generation; /* counts forks in this line of processes */
    uint64_t random;     /* xorshift state; for sampling, not for ids that must be unique */
} ModuleState;

typedef struct ClientObject {
    PyObject_HEAD ModuleState *state;
    vireo_client *handle;    /* NULL once closed */
    PyObject *current;       /* ContextVar: the current Span, None or unset */
    PyObject *span_class;    /* what start() makes: Span or a subclass */
    PyObject *on_error;      /* called with (span, exception) when a traced call raises */
    PyObject *hooks;         /* what the Python side keeps with the client */
    PyObject *outside;       /* NULL, or called for a traceparent when nothing is current */
    vireo_context inherited; /* of the process that started this one; all zero: none */
    vireo_site *plain;       /* site of spans without a place of their own */
    PyObject *judged;        /* NULL, or a list of what waits to be judged: see judged.c */
    PyObject *on_judged;     /* called when the first one waits */
    size_t judged_bytes;
    uint64_t judged_dropped;
    unsigned users; /* threads inside flush() or request() */
    size_t value_bytes;
} ClientObject;

typedef enum Side { SIDE_INPUT, SIDE_OUTPUT, SIDES } Side;

typedef struct SpanObject {
    PyObject_HEAD ClientObject *client;
    vireo_span *handle; /* NULL: remote, unsampled or finished */
    vireo_context context;
    PyObject *previous;      /* what was current before activate(); NULL: not active */
    struct SpanObject *root; /* outermost span of the trace in this process; NULL: itself */
    PyObject *judges;        /* who judges it, or NULL */
    PyObject *seen[SIDES];   /* input and output as bytes, kept for them */
    unsigned generation;     /* of the process that started it */
    int pending;             /* references still being encoded; finish waits for them */
    bool ended;
    bool settled; /* has a status: ok or error */
    bool failed;
    int64_t start_ns;
    int64_t end_ns;
} SpanObject;

/* ------------------------------------------------------------------ module */

extern struct PyModuleDef vireo_module;
ModuleState *state_of(PyObject *module);
/* The shared buffer, emptied. */
void scratch_take(ModuleState *st, Out *out, size_t limit);
void scratch_put(ModuleState *st, Out *out);
uint64_t random_next(ModuleState *st);
int64_t now_ns(void);

/* ------------------------------------------------------------------ encoder */

/* What one input or output may cost: see encode.c. */
typedef struct Budget {
    int units;
    size_t end; /* no new value starts when the text is this long */
} Budget;

enum {
    OUT_SLACK = 64 * 1024,     /* room behind `end` for what closes the text */
    VALUE_BYTES = 1024 * 1024, /* the default */
    VALUE_BYTES_MAX = 16 * 1024 * 1024
};

Budget budget_new(size_t value_bytes);
bool budget_spent(const Budget *b, const Out *o);
/* Write `object` as JSON.  Runs Python code for unknown types; swallows what it raises. */
void encode_value(ModuleState *st, Out *o, Budget *b, PyObject *object);
/* Write `text` as a JSON string of about `bytes` bytes at most; how many of its
 * characters that were. */
Py_ssize_t encode_text(Out *o, PyObject *text, size_t bytes);
/* The units that it cost: see encode.c. */
int encode_float(Out *o, double value);
void encode_bytes(Out *o, const unsigned char *bytes, size_t len);
void encode_marker(Out *o, const char *marker, const char *text);
/* A plain object for `object` (new reference), or NULL with no error set. */
PyObject *convert_object(ModuleState *st, PyObject *object);

/* ------------------------------------------------------------------ spans */

/* How a span is to be started. */
typedef struct Start {
    PyObject *parent;        /* Span, or NULL: the current one */
    const vireo_site *site;  /* NULL: the plain one */
    const vireo_context *at; /* of another process; or NULL */
    double sample;           /* share of new traces that are recorded, 0..1 */
    bool root;               /* do not look for a parent */
} Start;

/* New reference, or NULL with no error set when tracing is not possible. */
SpanObject *span_start(ClientObject *c, const Start *how);
/* The current span as a borrowed Span, or NULL.  The context variable keeps it alive
 * until the next activation. */
SpanObject *span_current(ClientObject *c);
bool span_recording(const SpanObject *s);
/* Its trace was not chosen: nothing below it is recorded either. */
bool span_unsampled(const SpanObject *s);
void span_activate(SpanObject *s);
void span_deactivate(SpanObject *s);
/* What ended without an error went well, unless the program said otherwise. */
void span_settle_ok(SpanObject *s);
void span_finish(SpanObject *s);
/* Tell the Python side of the exception that is set, and leave it set. */
void span_fail(SpanObject *s);
/* Set input or output, and keep a copy for the span's judges. */
void span_set_json(SpanObject *s, Side side, const char *json, size_t len);
/* Encode and set; NULL `redact`: as it is. */
void span_set_input(SpanObject *s, PyObject *value, PyObject *redact);
void span_set_output(SpanObject *s, PyObject *value, PyObject *redact);
typedef enum ValueKind { VALUE_TAG, VALUE_ATTRIBUTE } ValueKind;
void span_set_value(SpanObject *s, ValueKind kind, PyObject *key, PyObject *value);
void span_set_values(SpanObject *s, ValueKind kind, PyObject *mapping);

PyObject *span_tag_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                          PyObject *kwnames);
PyObject *span_attribute_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs);
PyObject *span_log_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs);
PyObject *span_error_method(PyObject *self, PyObject *const *args, Py_ssize_t nargs);

/* ------------------------------------------------------------------ judges */

/* The span ended: hand what its judges see to the thread that judges. */
void judged_hand_over(SpanObject *s);
/* judge_with(on_judged): from now on keep what is to be judged. */
PyObject *client_judge_with(PyObject *self, PyObject *on_judged);
/* take_judged(most): the first of what waits. */
PyObject *client_take_judged(PyObject *self, PyObject *most);
/* judged_counts(): (waiting, dropped) */
PyObject *client_judged_counts(PyObject *self, PyObject *unused);
void judged_forked(ClientObject *c);

/* ------------------------------------------------------------------ calls */

/* Where the arguments of a call go. */
typedef struct Binding {
    PyObject *names;       /* tuple of str: positional parameters, then keyword-only ones */
    PyObject *defaults;    /* tuple of the same length; `missing` where there is none */
    Py_ssize_t positional; /* how many of them take positional arguments */
    PyObject *varargs;     /* name of *args, or NULL */
    PyObject *varkw;       /* name of **kwargs, or NULL */
    Py_ssize_t skip;       /* 1: the first parameter is self or cls */
} Binding;

typedef struct Arguments {
    PyObject *const *args;
    Py_ssize_t nargs;
    PyObject *kwnames; /* NULL or tuple; their values follow the positional arguments */
} Arguments;

/* The arguments as a JSON object, in the order of the signature. */
void bind_encode(ModuleState *st, Out *o, Budget *b, const Binding *bind, const Arguments *a);
/* The same as a dict: new reference, or NULL with an error set. */
PyObject *bind_dict(ModuleState *st, const Binding *bind, const Arguments *a);

/* png(samples, width, height, channels): see png.c. */
PyObject *png_function(PyObject *module, PyObject *args);

extern PyType_Spec client_spec;
extern PyType_Spec span_spec;
extern PyType_Spec traced_spec;

#define SITE_CAPSULE "vireo.site"

#endif
