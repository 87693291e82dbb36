/* SPDX-License-Identifier: Apache-2.0 */
/* A call's arguments under their parameters' names, in the order of the signature.
 *
 * Nothing is checked: a call that does not fit its signature raises by itself,
 * and until then we note what was given.  Keyword names are interned, so that
 * most comparisons are of pointers.  O(parameters * keywords), both small. */
#include "native.h"

enum { NAME_BYTES_MAX = 1024 };

static Py_ssize_t keyword_count(const Arguments *a)
{
    return a->kwnames ? PyTuple_GET_SIZE(a->kwnames) : 0;
}

static bool same_name(PyObject *a, PyObject *b)
{
    if (a == b)
        return true;
    if (PyUnicode_GET_LENGTH(a) != PyUnicode_GET_LENGTH(b))
        return false;
    return PyUnicode_Compare(a, b) == 0 && !PyErr_Occurred();
}

static PyObject *keyword_value(const Arguments *a, PyObject *name)
{
    for (Py_ssize_t i = 0; i < keyword_count(a); i++)
        if (same_name(PyTuple_GET_ITEM(a->kwnames, i), name))
            return a->args[a->nargs + i];
    return NULL;
}

static bool is_parameter(const Binding *bind, PyObject *name)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bind->names); i++)
        if (same_name(PyTuple_GET_ITEM(bind->names, i), name))
            return true;
    return false;
}

/* What parameter `i` was given, borrowed; NULL: nothing and no default. */
static PyObject *value_of(ModuleState *st, const Binding *bind, const Arguments *a, Py_ssize_t i)
{
    PyObject *value;

    if (i < bind->positional && i < a->nargs)
        return a->args[i];
    value = keyword_value(a, PyTuple_GET_ITEM(bind->names, i));
    if (value)
        return value;
    value = PyTuple_GET_ITEM(bind->defaults, i);
    return value == st->missing ? NULL : value;
}

/* ------------------------------------------------------------------ as JSON */

typedef struct Writer {
    ModuleState *st;
    Out *out;
    Budget *budget;
    Py_ssize_t written;
} Writer;

static void write_name(Writer *w, PyObject *name)
{
    if (w->written++)
        out_char(w->out, ',');
    encode_text(w->out, name, NAME_BYTES_MAX);
    out_char(w->out, ':');
}

/* False when there is no room for more. */
static bool write_value(Writer *w, PyObject *name, PyObject *value)
{
    if (budget_spent(w->budget, w->out))
        return false;
    write_name(w, name);
    encode_value(w->st, w->out, w->budget, value);
    return true;
}

static bool write_varargs(Writer *w, const Binding *bind, const Arguments *a)
{
    const Py_ssize_t first = bind->positional > bind->skip ? bind->positional : bind->skip;
    Py_ssize_t i;

    if (!bind->varargs)
        return true;
    write_name(w, bind->varargs);
    out_char(w->out, '[');
    for (i = first; i < a->nargs && !budget_spent(w->budget, w->out); i++) {
        if (i > first)
            out_char(w->out, ',');
        encode_value(w->st, w->out, w->budget, a->args[i]);
    }
    out_char(w->out, ']');
    return i >= a->nargs;
}

static bool write_varkw(Writer *w, const Binding *bind, const Arguments *a)
{
    Writer inner = *w;
    bool whole = true;

    if (!bind->varkw)
        return true;
    write_name(w, bind->varkw);
    out_char(w->out, '{');
    inner.written = 0;
    for (Py_ssize_t i = 0; i < keyword_count(a) && whole; i++) {
        PyObject *name = PyTuple_GET_ITEM(a->kwnames, i);
        if (!is_parameter(bind, name))
            whole = write_value(&inner, name, a->args[a->nargs + i]);
    }
    out_char(w->out, '}');
    return whole;
}

void bind_encode(ModuleState *st, Out *o, Budget *b, const Binding *bind, const Arguments *a)
{
    Writer w = {.st = st, .out = o, .budget = b};
    bool whole = true;

    out_char(o, '{');
    for (Py_ssize_t i = bind->skip; i < PyTuple_GET_SIZE(bind->names) && whole; i++) {
        PyObject *value;

        if (i == bind->positional)
            whole = write_varargs(&w, bind, a);
        value = value_of(st, bind, a, i);
        if (value && whole)
            whole = write_value(&w, PyTuple_GET_ITEM(bind->names, i), value);
    }
    if (whole && bind->positional >= PyTuple_GET_SIZE(bind->names))
        whole = write_varargs(&w, bind, a);
    whole = whole && write_varkw(&w, bind, a);
    if (!whole)
        out_text(o, w.written ? ",\"$truncated\":true" : "\"$truncated\":true");
    out_char(o, '}');
}

/* ------------------------------------------------------------------ as a dict */

static int put_varargs(PyObject *dict, const Binding *bind, const Arguments *a)
{
    const Py_ssize_t first = bind->positional > bind->skip ? bind->positional : bind->skip;
    PyObject *rest;
    int st;

    if (!bind->varargs)
        return 0;
    rest = PyTuple_New(a->nargs > first ? a->nargs - first : 0);
    if (!rest)
        return -1;
    for (Py_ssize_t i = first; i < a->nargs; i++)
        PyTuple_SET_ITEM(rest, i - first, Py_NewRef(a->args[i]));
    st = PyDict_SetItem(dict, bind->varargs, rest);
    Py_DECREF(rest);
    return st;
}

static int put_varkw(PyObject *dict, const Binding *bind, const Arguments *a)
{
    PyObject *rest;
    int st;

    if (!bind->varkw)
        return 0;
    rest = PyDict_New();
    if (!rest)
        return -1;
    st = PyDict_SetItem(dict, bind->varkw, rest);
    for (Py_ssize_t i = 0; i < keyword_count(a) && !st; i++) {
        PyObject *name = PyTuple_GET_ITEM(a->kwnames, i);
        if (!is_parameter(bind, name))
            st = PyDict_SetItem(rest, name, a->args[a->nargs + i]);
    }
    Py_DECREF(rest);
    return st;
}

PyObject *bind_dict(ModuleState *st, const Binding *bind, const Arguments *a)
{
    PyObject *dict = PyDict_New();
    int failed = dict ? 0 : -1;

    for (Py_ssize_t i = bind->skip; i < PyTuple_GET_SIZE(bind->names) && !failed; i++) {
        PyObject *value;

        if (i == bind->positional)
            failed = put_varargs(dict, bind, a);
        value = value_of(st, bind, a, i);
        if (value && !failed)
            failed = PyDict_SetItem(dict, PyTuple_GET_ITEM(bind->names, i), value);
    }
    if (!failed && bind->positional >= PyTuple_GET_SIZE(bind->names))
        failed = put_varargs(dict, bind, a);
    if (!failed)
        failed = put_varkw(dict, bind, a);
    if (failed)
        Py_CLEAR(dict);
    return dict;
}
