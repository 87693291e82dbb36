/* SPDX-License-Identifier: Apache-2.0 */
/* IoU and matching, of Python objects and of arrays of boxes.
 *
 * An object with `points` is a polygon; one with `top_left` and `bottom_right` a box. */
#include "columns.h"

#include "base/alloc.h"
#include "stats/match.h"

#include <string.h>

/* Shapes and their points, which the shapes point to once all are read. */
typedef struct Shapes {
    Shape *shapes;
    size_t *first; /* of each shape's points */
    size_t count;
    Point *points;
    size_t point_count;
    size_t point_cap;
    const MetricsState *names;
} Shapes;

static void shapes_release(Shapes *s)
{
    mem_free(s->shapes);
    mem_free(s->first);
    mem_free(s->points);
    *s = (Shapes){0};
}

static int add_point(Shapes *s, double x, double y)
{
    if (s->point_count == s->point_cap) {
        const size_t cap = s->point_cap ? s->point_cap * 2 : 16;
        Point *points = mem_realloc(s->points, cap * sizeof *points);

        if (!points) {
            PyErr_NoMemory();
            return -1;
        }
        s->points = points;
        s->point_cap = cap;
    }
    s->points[s->point_count++] = (Point){x, y};
    return 0;
}

/* An (x, y) of any sequence; tuples of floats take the short way. */
static int read_point(Shapes *s, PyObject *object)
{
    PyObject *pair;
    double x;
    double y;

    if (PyTuple_CheckExact(object))
        pair = Py_NewRef(object);
    else
        pair = PySequence_Tuple(object);
    if (!pair)
        return -1;
    if (PyTuple_GET_SIZE(pair) != 2) {
        PyErr_Format(PyExc_ValueError, "a point has %zd coordinates, expected 2",
                     PyTuple_GET_SIZE(pair));
        Py_DECREF(pair);
        return -1;
    }
    x = PyFloat_AsDouble(PyTuple_GET_ITEM(pair, 0));
    y = PyFloat_AsDouble(PyTuple_GET_ITEM(pair, 1));
    Py_DECREF(pair);
    return PyErr_Occurred() ? -1 : add_point(s, x, y);
}

static int read_polygon(Shapes *s, PyObject *points)
{
    PyObject *items = PySequence_Tuple(points);
    int result = 0;

    if (!items)
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(items) && !result; i++)
        result = read_point(s, PyTuple_GET_ITEM(items, i));
    Py_DECREF(items);
    return result;
}

/* The other corner of a box; takes `top_left`. */
static int read_box(Shapes *s, PyObject *object, PyObject *top_left)
{
    PyObject *bottom_right = PyObject_GetAttr(object, s->names->bottom_right);
    int result = bottom_right ? read_point(s, top_left) : -1;

    if (!result)
        result = read_point(s, bottom_right);
    Py_XDECREF(bottom_right);
    Py_DECREF(top_left);
    return result;
}

static int read_points(Shapes *s, PyObject *object)
{
    PyObject *points = PyObject_GetAttr(object, s->names->points);
    int result;

    if (!points) {
        if (PyErr_ExceptionMatches(PyExc_AttributeError))
            PyErr_Format(PyExc_TypeError, "%.100R has neither top_left and bottom_right nor points",
                         (PyObject *)Py_TYPE(object));
        return -1;
    }
    result = read_polygon(s, points);
    Py_DECREF(points);
    return result;
}

/* As box, else as polygon. */
static int read_shape(Shapes *s, PyObject *object)
{
    Shape *shape = &s->shapes[s->count];
    const size_t first = s->point_count;
    PyObject *top_left = PyObject_GetAttr(object, s->names->top_left);
    int result;

    if (!top_left) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError))
            return -1;
        PyErr_Clear();
    }
    shape->box = top_left != NULL;
    result = top_left ? read_box(s, object, top_left) : read_points(s, object);
    s->first[s->count] = first;
    shape->count = s->point_count - first;
    s->count++;
    return result;
}

static int alloc_shapes(Shapes *s, const MetricsState *names, size_t count)
{
    *s = (Shapes){
        .names = names,
        .shapes = mem_calloc(count + 1, sizeof *s->shapes),
        .first = mem_array(count + 1, sizeof *s->first),
    };
    if (s->shapes && s->first)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* All of several sequences, one after the other.  On failure too, release what there is. */
static int read_shapes(Shapes *s, const MetricsState *names, PyObject *const *tuples,
                       size_t tuple_count)
{
    size_t count = 0;

    for (size_t t = 0; t < tuple_count; t++)
        count += (size_t)PyTuple_GET_SIZE(tuples[t]);
    if (alloc_shapes(s, names, count))
        return -1;
    for (size_t t = 0; t < tuple_count; t++)
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuples[t]); i++)
            if (read_shape(s, PyTuple_GET_ITEM(tuples[t], i)))
                return -1;
    for (size_t i = 0; i < s->count; i++)
        s->shapes[i].points = s->points + s->first[i];
    return 0;
}

static PyObject *raise_shapes(Status st)
{
    if (st == ST_LIMIT)
        PyErr_SetString(PyExc_ValueError, "polygons with too many corners or crossings");
    else
        (void)raise_status(st, "shapes");
    return NULL;
}

static PyObject *shape_iou_of(PyObject *module, PyObject *args)
{
    Shapes s = {0};
    double iou;
    Status st;
    PyObject *result = NULL;

    if (PyTuple_GET_SIZE(args) != 2) {
        PyErr_SetString(PyExc_TypeError, "iou() takes two shapes");
        return NULL;
    }
    if (!read_shapes(&s, PyModule_GetState(module), &args, 1)) {
        Py_BEGIN_ALLOW_THREADS st = shape_iou(&s.shapes[0], &s.shapes[1], &iou);
        Py_END_ALLOW_THREADS result = st ? raise_shapes(st) : PyFloat_FromDouble(iou);
    }
    shapes_release(&s);
    return result;
}

/* ------------------------------------------------------------------ matching of objects */

static int read_scores(PyObject *inferences, const MetricsState *names, double *scores)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(inferences); i++) {
        PyObject *score = PyObject_GetAttr(PyTuple_GET_ITEM(inferences, i), names->score);

        if (!score)
            return -1;
        scores[i] = PyFloat_AsDouble(score);
        Py_DECREF(score);
        if (scores[i] == -1 && PyErr_Occurred())
            return -1;
    }
    return 0;
}

/* What match() works in. */
typedef struct Matching {
    Shapes truths;
    Shapes inferences;
    double *scores;
    double *ious;
    int64_t *matches;
    uint32_t *order;
    uint8_t *ignored;
} Matching;

static void matching_release(Matching *m)
{
    shapes_release(&m->truths);
    shapes_release(&m->inferences);
    mem_free(m->scores);
    mem_free(m->ious);
    mem_free(m->matches);
    mem_free(m->order);
    mem_free(m->ignored);
}

static int matching_read(Matching *m, const MetricsState *names, PyObject *truths,
                         PyObject *ignored, PyObject *inferences)
{
    const size_t real = (size_t)PyTuple_GET_SIZE(truths);
    const size_t n = (size_t)PyTuple_GET_SIZE(inferences);

    if (read_shapes(&m->truths, names, (PyObject *const[]){truths, ignored}, 2) ||
        read_shapes(&m->inferences, names, &inferences, 1))
        return -1;
    m->scores = mem_array(n + 1, sizeof *m->scores);
    m->ious = mem_array(n + 1, sizeof *m->ious);
    m->matches = mem_array(n + 1, sizeof *m->matches);
    m->order = mem_array(n + 1, sizeof *m->order);
    m->ignored = mem_calloc(m->truths.count + 1, sizeof *m->ignored);
    if (!m->scores || !m->ious || !m->matches || !m->order || !m->ignored) {
        PyErr_NoMemory();
        return -1;
    }
    memset(m->ignored + real, 1, m->truths.count - real);
    return read_scores(inferences, names, m->scores);
}

/* [(inference, truth, iou)] by score; truth -1 for none, -2 for dropped. */
static PyObject *list_matches(const Matching *m)
{
    const size_t n = m->inferences.count;
    PyObject *list = PyList_New((Py_ssize_t)n);

    for (size_t i = 0; list && i < n; i++) {
        const uint32_t at = m->order[i];
        PyObject *item = Py_BuildValue("ILd", at, (long long)m->matches[at], m->ious[at]);

        if (!item) {
            Py_CLEAR(list);
            break;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)i, item);
    }
    return list;
}

static PyObject *shape_match(PyObject *module, PyObject *args)
{
    PyObject *truths;
    PyObject *ignored;
    PyObject *inferences;
    double threshold;
    Matching m = {0};
    PyObject *result = NULL;

    if (!PyArg_ParseTuple(args, "O!O!O!d:match", &PyTuple_Type, &truths, &PyTuple_Type, &ignored,
                          &PyTuple_Type, &inferences, &threshold))
        return NULL;
    if (!matching_read(&m, PyModule_GetState(module), truths, ignored, inferences)) {
        const MatchInput in = {
            .truths = m.truths.shapes,
            .truth_count = m.truths.count,
            .ignored = m.ignored,
            .inferences = m.inferences.shapes,
            .inference_count = m.inferences.count,
            .scores = m.scores,
            .threshold = threshold,
        };
        Status st;

        Py_BEGIN_ALLOW_THREADS st = match_shapes(&in, m.matches, m.ious, m.order);
        Py_END_ALLOW_THREADS result = st ? raise_shapes(st) : list_matches(&m);
    }
    matching_release(&m);
    return result;
}

/* ------------------------------------------------------------------ matching of arrays */

/* Boxes as four numbers each: a shape points to two corners. */
static Shape *shapes_of_boxes(const Column *boxes)
{
    const size_t n = boxes->n / 4;
    const Point *corners = boxes->values;
    Shape *shapes = mem_array(n + 1, sizeof *shapes);

    for (size_t i = 0; shapes && i < n; i++)
        shapes[i] = (Shape){corners + 2 * i, 2, true};
    return shapes;
}

typedef struct BoxColumns {
    Column truths;
    Column boxes;
    Column scores;
    Column truth_groups;
    Column groups;
    Column ignored;
} BoxColumns;

static int check_lengths(const BoxColumns *c)
{
    const Column truths = {.n = c->truths.n / 4};
    const Column boxes = {.n = c->boxes.n / 4};

    if (c->truths.n % 4 || c->boxes.n % 4) {
        PyErr_SetString(PyExc_ValueError, "boxes need four numbers each: x1, y1, x2, y2");
        return -1;
    }
    if (!c->truth_groups.values != !c->groups.values) {
        PyErr_SetString(PyExc_ValueError, "truth_groups and groups go together");
        return -1;
    }
    if (columns_match(&boxes, "boxes", &c->scores, "scores"))
        return -1;
    if (c->groups.values && (columns_match(&truths, "truths", &c->truth_groups, "truth_groups") ||
                             columns_match(&boxes, "boxes", &c->groups, "groups")))
        return -1;
    return c->ignored.values ? columns_match(&truths, "truths", &c->ignored, "ignored") : 0;
}

static int box_columns(BoxColumns *c, PyObject *args, double *threshold)
{
    PyObject *o[6];

    if (!PyArg_ParseTuple(args, "OOOOOOd:match_boxes", &o[0], &o[1], &o[2], &o[3], &o[4], &o[5],
                          threshold))
        return -1;
    if (column_numbers(&c->truths, o[0], "truths") || column_numbers(&c->boxes, o[1], "boxes") ||
        column_numbers(&c->scores, o[2], "scores") ||
        column_optional_integers(&c->truth_groups, o[3], "truth_groups") ||
        column_optional_integers(&c->groups, o[4], "groups"))
        return -1;
    if (o[5] != Py_None && column_truth(&c->ignored, o[5], "ignored"))
        return -1;
    return check_lengths(c);
}

static void box_columns_release(BoxColumns *c)
{
    column_release(&c->truths);
    column_release(&c->boxes);
    column_release(&c->scores);
    column_release(&c->truth_groups);
    column_release(&c->groups);
    column_release(&c->ignored);
}

static Status match_columns(const BoxColumns *c, double threshold, int64_t *matches, double *ious)
{
    Shape *real = shapes_of_boxes(&c->truths);
    Shape *boxes = shapes_of_boxes(&c->boxes);
    Status st = ST_NOMEM;

    if (real && boxes)
        st = match_shapes(
            &(MatchInput){
                .truths = real,
                .truth_count = c->truths.n / 4,
                .ignored = truths(&c->ignored),
                .truth_groups = integers(&c->truth_groups),
                .inferences = boxes,
                .inference_count = c->boxes.n / 4,
                .scores = numbers(&c->scores),
                .inference_groups = integers(&c->groups),
                .threshold = threshold,
            },
            matches, ious, NULL);
    mem_free(boxes);
    mem_free(real);
    return st;
}

static PyObject *shape_match_boxes(PyObject *module, PyObject *args)
{
    BoxColumns c = {0};
    double threshold;
    int64_t *matches = NULL;
    double *ious = NULL;
    size_t n;
    Status st;

    if (box_columns(&c, args, &threshold)) {
        box_columns_release(&c);
        return NULL;
    }
    n = c.scores.n;
    Py_BEGIN_ALLOW_THREADS matches = mem_array(n + 1, sizeof *matches);
    ious = mem_array(n + 1, sizeof *ious);
    st = matches && ious ? match_columns(&c, threshold, matches, ious) : ST_NOMEM;
    Py_END_ALLOW_THREADS box_columns_release(&c);
    if (!st)
        return Py_BuildValue("NN", block_view(module, matches, n, 'q'),
                             block_view(module, ious, n, 'd'));
    mem_free(matches);
    mem_free(ious);
    return raise_shapes(st);
}

PyMethodDef shape_functions[] = {
    {"iou", shape_iou_of, METH_VARARGS, NULL},
    {"match", shape_match, METH_VARARGS, NULL},
    {"match_boxes", shape_match_boxes, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
