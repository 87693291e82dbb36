/* SPDX-License-Identifier: Apache-2.0 */
/* Texts as lists of tokens, numbered by a dictionary that the texts of one call share.
 * A str is the list of its characters. */
#include "columns.h"

#include "base/alloc.h"
#include "stats/edit.h"
#include "stats/meteor.h"
#include "stats/ngram.h"
#include "stats/porter.h"

#include <string.h>

/* The number of a token: a new one when it is new. */
static int number_token(PyObject *numbering, PyObject *token, uint32_t *number)
{
    PyObject *known = PyDict_GetItemWithError(numbering, token);
    PyObject *added;
    int result;

    if (!known && PyErr_Occurred())
        return -1;
    if (known) {
        *number = (uint32_t)PyLong_AsUnsignedLong(known);
        return 0;
    }
    *number = (uint32_t)PyDict_Size(numbering);
    added = PyLong_FromUnsignedLong(*number);
    if (!added)
        return -1;
    result = PyDict_SetItem(numbering, token, added);
    Py_DECREF(added);
    return result;
}

static int read_characters(PyObject *text, uint32_t *ids)
{
    const int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);

    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(text); i++)
        ids[i] = PyUnicode_READ(kind, data, i);
    return 0;
}

static int read_items(PyObject *items, PyObject *numbering, uint32_t *ids)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(items); i++)
        if (number_token(numbering, PyTuple_GET_ITEM(items, i), &ids[i]))
            return -1;
    return 0;
}

/* A str or a tuple; free `ids` with mem_free() after success. */
static int read_tokens(PyObject *text, PyObject *numbering, uint32_t **ids, size_t *len)
{
    const Py_ssize_t n =
        PyUnicode_Check(text) ? PyUnicode_GET_LENGTH(text) : PyTuple_GET_SIZE(text);
    int result;

    *ids = mem_array((size_t)n + 1, sizeof **ids);
    if (!*ids) {
        PyErr_NoMemory();
        return -1;
    }
    *len = (size_t)n;
    result =
        PyUnicode_Check(text) ? read_characters(text, *ids) : read_items(text, numbering, *ids);
    if (result) {
        mem_free(*ids);
        *ids = NULL;
    }
    return result;
}

/* A tuple of `count` texts, numbered together. */
typedef struct Texts {
    Tokens *tokens;
    uint32_t **owned;
    size_t count;
} Texts;

static void texts_release(Texts *t)
{
    for (size_t i = 0; t->owned && i < t->count; i++)
        mem_free(t->owned[i]);
    mem_free(t->owned);
    mem_free(t->tokens);
    *t = (Texts){0};
}

static int texts_check(PyObject *texts)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(texts); i++) {
        PyObject *text = PyTuple_GET_ITEM(texts, i);

        if (!PyTuple_Check(text) && !PyUnicode_Check(text)) {
            PyErr_Format(PyExc_TypeError, "text %zd is %.100R, expected str or tuple", i,
                         (PyObject *)Py_TYPE(text));
            return -1;
        }
    }
    return 0;
}

static int texts_read(Texts *t, PyObject *texts)
{
    const size_t count = (size_t)PyTuple_GET_SIZE(texts);
    PyObject *numbering;
    int result;

    *t = (Texts){.count = count};
    if (texts_check(texts))
        return -1;
    numbering = PyDict_New();
    t->tokens = mem_calloc(count + 1, sizeof *t->tokens);
    t->owned = mem_calloc(count + 1, sizeof *t->owned);
    result = numbering && t->tokens && t->owned ? 0 : -1;
    if (result && !PyErr_Occurred())
        PyErr_NoMemory();
    for (size_t i = 0; i < count && !result; i++) {
        result = read_tokens(PyTuple_GET_ITEM(texts, (Py_ssize_t)i), numbering, &t->owned[i],
                             &t->tokens[i].len);
        t->tokens[i].ids = t->owned[i];
    }
    Py_XDECREF(numbering);
    if (result)
        texts_release(t);
    return result;
}

/* The arguments of a call as that many texts. */
static int texts_of_args(Texts *t, PyObject *args, size_t count, const char *name)
{
    if ((size_t)PyTuple_GET_SIZE(args) == count)
        return texts_read(t, args);
    PyErr_Format(PyExc_TypeError, "%s() takes %zu texts", name, count);
    return -1;
}

static PyObject *raise_text(Status st)
{
    if (st == ST_LIMIT)
        PyErr_SetString(PyExc_ValueError, "the texts are too long to be aligned");
    else
        (void)raise_status(st, "text");
    return NULL;
}

static PyObject *text_edits(PyObject *module, PyObject *args)
{
    Texts t;
    Edits e;
    Status st;

    (void)module;
    if (texts_of_args(&t, args, 2, "edits"))
        return NULL;
    Py_BEGIN_ALLOW_THREADS st = edit_count(t.tokens[0], t.tokens[1], &e);
    Py_END_ALLOW_THREADS texts_release(&t);
    if (st)
        return raise_text(st);
    return Py_BuildValue("KKKK", (unsigned long long)e.hits, (unsigned long long)e.substitutions,
                         (unsigned long long)e.deletions, (unsigned long long)e.insertions);
}

/* (error rate, match error rate) of summed edits. */
static PyObject *text_error_rates(PyObject *module, PyObject *args)
{
    unsigned long long n[4];
    Edits e;

    (void)module;
    if (!PyArg_ParseTuple(args, "KKKK:error_rates", &n[0], &n[1], &n[2], &n[3]))
        return NULL;
    e = (Edits){n[0], n[1], n[2], n[3]};
    return Py_BuildValue("dd", error_rate(&e), match_error_rate(&e));
}

static PyObject *text_common(PyObject *module, PyObject *args)
{
    Texts t;
    uint64_t common;
    Status st;

    (void)module;
    if (texts_of_args(&t, args, 2, "common"))
        return NULL;
    Py_BEGIN_ALLOW_THREADS st = edit_common(t.tokens[0], t.tokens[1], &common);
    Py_END_ALLOW_THREADS texts_release(&t);
    return st ? raise_text(st) : PyLong_FromUnsignedLongLong(common);
}

static PyObject *text_overlap(PyObject *module, PyObject *args)
{
    PyObject *texts;
    unsigned n;
    Texts t;
    Overlap o;
    Status st;

    (void)module;
    if (!PyArg_ParseTuple(args, "O!I:overlap", &PyTuple_Type, &texts, &n) || texts_read(&t, texts))
        return NULL;
    Py_BEGIN_ALLOW_THREADS st =
        t.count == 2 ? ngram_overlap(t.tokens[0], t.tokens[1], n, &o) : ST_INVALID;
    Py_END_ALLOW_THREADS texts_release(&t);
    if (st)
        return raise_text(st);
    return Py_BuildValue("KKK", (unsigned long long)o.matched, (unsigned long long)o.candidate,
                         (unsigned long long)o.reference);
}

/* ------------------------------------------------------------------ BLEU */

/* One candidate and its references are the texts of one tuple. */
static int count_ngrams(PyObject *texts, unsigned longest, NgramCounts *counts)
{
    Texts t;
    Status st;

    if (texts_read(&t, texts))
        return -1;
    if (t.count < 2) {
        PyErr_SetString(PyExc_ValueError, "a candidate without a reference");
        texts_release(&t);
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS st =
        ngram_count(t.tokens[0], t.tokens + 1, t.count - 1, longest, counts);
    Py_END_ALLOW_THREADS texts_release(&t);
    if (!st)
        return 0;
    (void)raise_text(st);
    return -1;
}

static PyObject *text_bleu(PyObject *module, PyObject *args)
{
    PyObject *corpus; /* of tuples (candidate, reference ...) */
    unsigned longest;
    int smoothing;
    NgramCounts counts = {0};

    (void)module;
    if (!PyArg_ParseTuple(args, "O!Ii:bleu", &PyTuple_Type, &corpus, &longest, &smoothing))
        return NULL;
    if (longest < 1 || longest > NGRAM_MAX)
        return PyErr_Format(PyExc_ValueError, "longest is %u, expected 1 to %u", longest,
                            NGRAM_MAX);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(corpus); i++)
        if (count_ngrams(PyTuple_GET_ITEM(corpus, i), longest, &counts))
            return NULL;
    return PyFloat_FromDouble(bleu_score(&counts, longest, (BleuSmoothing)smoothing));
}

/* ------------------------------------------------------------------ METEOR */

static PyObject *stem_of(PyObject *word)
{
    Py_ssize_t len;
    const char *text = PyUnicode_AsUTF8AndSize(word, &len);
    char copy[PORTER_LONGEST];

    if (!text) {
        if (!PyErr_ExceptionMatches(PyExc_UnicodeError))
            return NULL;
        PyErr_Clear(); /* a lone surrogate: no English word */
    }
    if (!text || (size_t)len > sizeof copy)
        return Py_NewRef(word);
    memcpy(copy, text, (size_t)len);
    return PyUnicode_DecodeUTF8(copy, (Py_ssize_t)porter_stem(copy, (size_t)len), "replace");
}

static PyObject *text_stem(PyObject *module, PyObject *word)
{
    (void)module;
    if (!PyUnicode_Check(word))
        return PyErr_Format(PyExc_TypeError, "word is %.100R, expected str",
                            (PyObject *)Py_TYPE(word));
    return stem_of(word);
}

/* Four texts: candidate, reference, and the stems of both. */
static PyObject *text_meteor(PyObject *module, PyObject *args)
{
    PyObject *texts;
    PyObject *stems;
    MeteorWeights w;
    Texts t;
    Texts s;
    Meteor m = {0};
    Status st = ST_INVALID;

    (void)module;
    if (!PyArg_ParseTuple(args, "O!O!ddd:meteor", &PyTuple_Type, &texts, &PyTuple_Type, &stems,
                          &w.alpha, &w.beta, &w.gamma) ||
        texts_read(&t, texts))
        return NULL;
    if (texts_read(&s, stems)) {
        texts_release(&t);
        return NULL;
    }
    if (t.count == 2 && s.count == 2 && t.tokens[0].len == s.tokens[0].len &&
        t.tokens[1].len == s.tokens[1].len) {
        Py_BEGIN_ALLOW_THREADS st =
            meteor_score(t.tokens[0], s.tokens[0].ids, t.tokens[1], s.tokens[1].ids, &w, &m);
        Py_END_ALLOW_THREADS
    }
    texts_release(&s);
    texts_release(&t);
    if (st)
        return raise_text(st);
    return Py_BuildValue("dKK", m.score, (unsigned long long)m.matches,
                         (unsigned long long)m.chunks);
}

PyMethodDef text_functions[] = {
    {"edits", text_edits, METH_VARARGS, NULL},
    {"error_rates", text_error_rates, METH_VARARGS, NULL},
    {"common", text_common, METH_VARARGS, NULL},
    {"overlap", text_overlap, METH_VARARGS, NULL},
    {"bleu", text_bleu, METH_VARARGS, NULL},
    {"stem", text_stem, METH_O, NULL},
    {"meteor", text_meteor, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
