/* SPDX-License-Identifier: Apache-2.0 */
/* Python objects to JSON text, as they are now.
 *
 * A stack of frames instead of recursion: one frame an open container.
 *
 *   begin(object) -- scalar --> written
 *        |--------- list, tuple, dict, set --> push a frame      step() takes the next item of
 *        |--------- fields (dataclass, ...) --> push a frame     the top frame and begins it,
 *        `--------- else: convert() in Python, begin the result  or closes the frame
 *
 * Cost is bounded so that an event loop is never held for a millisecond: a
 * value may use so many units (a scalar is one, a fraction ten, a call into
 * Python two hundred: about 40 ns a unit) and so many bytes.  What does not fit is marked:
 *   {"$truncated": what}        cut here; in a list as its last item, in an object as its last key
 *   {"$unserializable": what}   contains itself, or nobody knows how to write it
 *   {"$float": "NaN"}           what JSON has no number for
 *
 * Objects may change while Python code runs in between: every container is
 * asked for its size again at each step, and every item is held while it is written. */
#include "native.h"

enum { DEPTH_MAX = 64, UNITS_MAX = 20000, CALL_UNITS = 200, HOPS_MAX = 3, PLANS_MAX = 4096 };
enum {
    BYTES_A_UNIT = 128,
    WIDE_A_UNIT = 48,
    KEY_BYTES_MAX = 1024,
    BYTES_SHOWN = 3072,
    INT_BITS_MAX = 2048
};

typedef enum FrameKind {
    FRAME_LIST,
    FRAME_TUPLE,
    FRAME_DICT,
    FRAME_ITERATOR,
    FRAME_FIELDS
} FrameKind;

typedef struct Frame {
    FrameKind kind;
    PyObject *object; /* strong */
    PyObject *extra;  /* strong: ITERATOR: over `object`; FIELDS: their names */
    Py_ssize_t at;
    Py_ssize_t written;
} Frame;

typedef struct Encoder {
    ModuleState *st;
    Out *out;
    Budget *budget;
    int depth;
    Frame stack[DEPTH_MAX];
} Encoder;

Budget budget_new(size_t value_bytes)
{
    return (Budget){.units = UNITS_MAX, .end = value_bytes};
}

bool budget_spent(const Budget *b, const Out *o)
{
    return b->units <= 0 || o->len >= b->end || o->failed;
}

void encode_marker(Out *o, const char *marker, const char *text)
{
    out_text(o, "{\"");
    out_text(o, marker);
    out_text(o, "\":\"");
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c >= ' ' && *c != '"' && *c != '\\')
            out_char(o, *c);
    out_text(o, "\"}");
}

/* ------------------------------------------------------------------ scalars */

static void write_big_int(Encoder *e, PyObject *object)
{
    PyObject *digits = NULL;
    PyObject *bits = PyObject_CallMethod(object, "bit_length", NULL);
    const long count = bits ? PyLong_AsLong(bits) : -1;

    Py_XDECREF(bits);
    if (count >= 0 && count <= INT_BITS_MAX)
        digits = PyNumber_ToBase(object, 10);
    PyErr_Clear();
    if (digits) {
        Py_ssize_t len = 0;
        const char *text = PyUnicode_AsUTF8AndSize(digits, &len);
        if (text)
            out_bytes(e->out, text, (size_t)len);
        Py_DECREF(digits);
    } else {
        encode_marker(e->out, "$truncated", "int of more than 2048 bits");
    }
    PyErr_Clear();
}

static void write_int(Encoder *e, PyObject *object)
{
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);

    if (overflow)
        write_big_int(e, object);
    else
        out_int(e->out, value);
}

/* Put `{"$truncated":` before what was written since `start`, and the length behind it. */
static void mark_cut_text(Out *o, size_t start, Py_ssize_t chars)
{
    static const char mark[] = "{\"$truncated\":";
    const size_t n = sizeof mark - 1;

    if (!out_room(o, n))
        return;
    memmove(o->data + start + n, o->data + start, o->len - start);
    memcpy(o->data + start, mark, n);
    o->len += n;
    out_text(o, ",\"length\":");
    out_int(o, chars);
    out_char(o, '}');
}

static void write_str(Encoder *e, PyObject *object)
{
    const Py_ssize_t chars = PyUnicode_GET_LENGTH(object);
    const size_t start = e->out->len;
    /* Letters beyond Latin are written one by one. */
    const size_t unit = PyUnicode_KIND(object) == PyUnicode_1BYTE_KIND ? BYTES_A_UNIT : WIDE_A_UNIT;
    size_t room = e->budget->end > start ? e->budget->end - start : 0;
    Py_ssize_t written;

    if (e->budget->units > 0 && (size_t)e->budget->units < room / unit)
        room = (size_t)e->budget->units * unit;
    written = encode_text(e->out, object, room);
    e->budget->units -= (int)((e->out->len - start) / unit);
    if (written < chars)
        mark_cut_text(e->out, start, chars);
}

static void write_bytes(Encoder *e, PyObject *object)
{
    const Py_ssize_t len = PyBytes_GET_SIZE(object);
    const Py_ssize_t shown = len < BYTES_SHOWN ? len : BYTES_SHOWN;

    out_text(e->out, "{\"$type\":\"bytes\",\"length\":");
    out_int(e->out, len);
    out_text(e->out, ",\"base64\":");
    encode_bytes(e->out, (const unsigned char *)PyBytes_AS_STRING(object), (size_t)shown);
    if (shown < len)
        out_text(e->out, ",\"truncated\":true");
    out_char(e->out, '}');
}

static bool write_scalar(Encoder *e, PyObject *object)
{
    e->budget->units--;
    if (PyUnicode_Check(object))
        write_str(e, object);
    else if (object == Py_None)
        out_bytes(e->out, "null", 4);
    else if (object == Py_True)
        out_bytes(e->out, "true", 4);
    else if (object == Py_False)
        out_bytes(e->out, "false", 5);
    else if (PyLong_Check(object))
        write_int(e, object);
    else if (PyFloat_Check(object))
        e->budget->units -= encode_float(e->out, PyFloat_AS_DOUBLE(object)) - 1;
    else if (PyBytes_CheckExact(object))
        write_bytes(e, object);
    else
        return false;
    return true;
}

/* ------------------------------------------------------------------ containers */

static bool keyed(const Frame *f)
{
    return f->kind == FRAME_DICT || f->kind == FRAME_FIELDS;
}

/* How many items it has, -1 when it does not say. */
static Py_ssize_t frame_length(const Frame *f)
{
    Py_ssize_t n = f->kind == FRAME_FIELDS ? PyTuple_GET_SIZE(f->extra) : PyObject_Size(f->object);

    if (n < 0)
        PyErr_Clear();
    return n;
}

static void write_length(Out *o, Py_ssize_t n)
{
    if (n < 0)
        out_text(o, "null");
    else
        out_int(o, n);
}

static void push(Encoder *e, FrameKind kind, PyObject *object, PyObject *extra)
{
    const char *type = Py_TYPE(object)->tp_name;

    for (int i = 0; i < e->depth; i++)
        if (e->stack[i].object == object) {
            encode_marker(e->out, "$unserializable", "contains itself");
            Py_XDECREF(extra);
            return;
        }
    if (e->depth == DEPTH_MAX || budget_spent(e->budget, e->out)) {
        encode_marker(e->out, "$truncated", type);
        Py_XDECREF(extra);
        return;
    }
    e->stack[e->depth] = (Frame){.kind = kind, .object = object, .extra = extra};
    Py_INCREF(object);
    out_char(e->out, keyed(&e->stack[e->depth]) ? '{' : '[');
    e->depth++;
}

static void pop(Encoder *e)
{
    Frame f = e->stack[--e->depth];

    out_char(e->out, keyed(&f) ? '}' : ']');
    Py_DECREF(f.object);
    Py_XDECREF(f.extra);
}

static void pop_truncated(Encoder *e)
{
    const Frame *f = &e->stack[e->depth - 1];
    const Py_ssize_t n = frame_length(f);

    if (f->written)
        out_char(e->out, ',');
    out_text(e->out, keyed(f) ? "\"$truncated\":" : "{\"$truncated\":");
    write_length(e->out, n);
    if (!keyed(f))
        out_char(e->out, '}');
    pop(e);
}

/* The attribute names that describe objects of `type`, borrowed; NULL: none. */
static PyObject *fields_of(ModuleState *st, PyTypeObject *type)
{
    PyObject *plan = PyDict_GetItemWithError(st->plans, (PyObject *)type);

    PyErr_Clear(); /* a type that cannot be hashed */
    if (!plan && st->plan) {
        plan = PyObject_CallOneArg(st->plan, (PyObject *)type);
        if (!plan)
            plan = Py_NewRef(Py_None);
        PyErr_Clear();
        if (PyDict_GET_SIZE(st->plans) >= PLANS_MAX)
            PyDict_Clear(st->plans);
        /* The cache keeps it alive for the caller. */
        if (PyDict_SetItem(st->plans, (PyObject *)type, plan))
            PyErr_Clear();
        Py_DECREF(plan);
        plan = PyDict_GetItemWithError(st->plans, (PyObject *)type);
    }
    PyErr_Clear();
    return plan && PyTuple_CheckExact(plan) ? plan : NULL;
}

static bool push_set(Encoder *e, PyObject *object)
{
    PyObject *iterator = PyObject_GetIter(object);

    if (!iterator) {
        PyErr_Clear();
        return false;
    }
    push(e, FRAME_ITERATOR, object, iterator);
    return true;
}

static bool push_container(Encoder *e, PyObject *object)
{
    PyObject *fields;

    if (PyList_Check(object)) {
        push(e, FRAME_LIST, object, NULL);
        return true;
    }
    if (PyTuple_CheckExact(object)) {
        push(e, FRAME_TUPLE, object, NULL);
        return true;
    }
    if (PyDict_Check(object)) {
        push(e, FRAME_DICT, object, NULL);
        return true;
    }
    if (PyAnySet_Check(object))
        return push_set(e, object);
    fields = fields_of(e->st, Py_TYPE(object));
    if (fields) {
        push(e, FRAME_FIELDS, object, Py_NewRef(fields));
        return true;
    }
    if (PyTuple_Check(object)) {
        push(e, FRAME_TUPLE, object, NULL);
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------ items */

static PyObject *next_field(Encoder *e, Frame *f, PyObject **key)
{
    while (f->at < PyTuple_GET_SIZE(f->extra)) {
        PyObject *name = PyTuple_GET_ITEM(f->extra, f->at++);
        PyObject *value = PyObject_GetAttr(f->object, name);

        e->budget->units -= 2;
        if (value) {
            *key = Py_NewRef(name);
            return value;
        }
        PyErr_Clear(); /* a field that was never set, or a property that raises */
    }
    return NULL;
}

/* The next item and, for an object, its key: new references; NULL at the end. */
static PyObject *next_item(Encoder *e, Frame *f, PyObject **key)
{
    PyObject *value = NULL;

    switch (f->kind) {
    case FRAME_LIST:
        if (f->at < PyList_GET_SIZE(f->object))
            value = Py_NewRef(PyList_GET_ITEM(f->object, f->at++));
        break;
    case FRAME_TUPLE:
        if (f->at < PyTuple_GET_SIZE(f->object))
            value = Py_NewRef(PyTuple_GET_ITEM(f->object, f->at++));
        break;
    case FRAME_DICT:
        if (PyDict_Next(f->object, &f->at, key, &value)) {
            Py_INCREF(*key);
            Py_INCREF(value);
        }
        break;
    case FRAME_ITERATOR:
        value = PyIter_Next(f->extra);
        PyErr_Clear(); /* changed while we looked: what was seen is what is written */
        break;
    case FRAME_FIELDS:
        value = next_field(e, f, key);
        break;
    }
    return value;
}

static void write_key(Encoder *e, PyObject *key)
{
    PyObject *text = NULL;

    if (PyUnicode_Check(key))
        text = Py_NewRef(key);
    else if (key == Py_None || PyBool_Check(key))
        text = PyUnicode_FromString(key == Py_None ? "null" : key == Py_True ? "true" : "false");
    else
        text = PyObject_Str(key);
    if (!text) {
        PyErr_Clear();
        out_text(e->out, "\"<unprintable key>\"");
    } else {
        e->budget->units -= PyUnicode_Check(key) ? 1 : CALL_UNITS / 10;
        encode_text(e->out, text, KEY_BYTES_MAX);
        Py_DECREF(text);
    }
    out_char(e->out, ':');
}

/* ------------------------------------------------------------------ walk */

PyObject *convert_object(ModuleState *st, PyObject *object)
{
    PyObject *plain = st->convert ? PyObject_CallOneArg(st->convert, object) : NULL;

    if (!plain)
        PyErr_Clear();
    return plain;
}

static void begin(Encoder *e, PyObject *object)
{
    PyObject *held = NULL;

    for (int hops = 0; hops < HOPS_MAX; hops++) {
        PyObject *plain;

        if (write_scalar(e, object) || push_container(e, object)) {
            Py_XDECREF(held);
            return;
        }
        e->budget->units -= CALL_UNITS;
        plain = budget_spent(e->budget, e->out) ? NULL : convert_object(e->st, object);
        if (!plain)
            break;
        Py_XDECREF(held);
        held = plain;
        object = plain;
    }
    encode_marker(e->out, budget_spent(e->budget, e->out) ? "$truncated" : "$unserializable",
                  Py_TYPE(object)->tp_name);
    Py_XDECREF(held);
}

static void step(Encoder *e)
{
    Frame *f = &e->stack[e->depth - 1];
    PyObject *key = NULL;
    PyObject *value;

    if (budget_spent(e->budget, e->out)) {
        pop_truncated(e);
        return;
    }
    value = next_item(e, f, &key);
    if (!value) {
        pop(e);
        return;
    }
    if (f->written++)
        out_char(e->out, ',');
    if (key)
        write_key(e, key);
    begin(e, value);
    Py_XDECREF(key);
    Py_DECREF(value);
}

void encode_value(ModuleState *st, Out *o, Budget *b, PyObject *object)
{
    Encoder e;

    /* Not `= {0}`: the stack is three kilobytes, and a scalar needs none of it. */
    e.st = st;
    e.out = o;
    e.budget = b;
    e.depth = 0;
    if (write_scalar(&e, object))
        return;
    b->units++;
    begin(&e, object);
    while (e.depth > 0)
        step(&e);
}
