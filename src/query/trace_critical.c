/* SPDX-License-Identifier: Apache-2.0 */
/* tree_times: self times, and the critical path of a trace.
 *
 * The walk keeps one place in the list of children of each span, ordered by
 * their end, the last first.  Time only goes back, so places only move on: all
 * of it is O(n) behind the sorting. */
#include "query/trace_tree.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

typedef struct Child {
    int64_t end_ns; /* cut to the parent's time */
    uint32_t span;
} Child;

typedef struct Walk {
    TreeSpan *spans;
    size_t len;
    int64_t *from_ns; /* of each span, cut to its ancestors' time */
    int64_t *to_ns;
    Child *children; /* of span p: [place[p], last[p]); those of nobody come behind */
    uint32_t *place; /* len + 1 of them: place[len] is nobody's */
    uint32_t *last;
    TreeStep *steps; /* backwards in time; at most 2 * len */
    size_t step_count;
} Walk;

int64_t tree_length(int64_t from_ns, int64_t to_ns)
{
    uint64_t n;

    if (to_ns <= from_ns)
        return 0;
    n = (uint64_t)to_ns - (uint64_t)from_ns;
    return n > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)n;
}

static void walk_free(Walk *w)
{
    mem_free(w->from_ns);
    mem_free(w->to_ns);
    mem_free(w->children);
    mem_free(w->place);
    mem_free(w->last);
    mem_free(w->steps);
}

static Status walk_alloc(Walk *w)
{
    w->from_ns = mem_array(w->len, sizeof *w->from_ns);
    w->to_ns = mem_array(w->len, sizeof *w->to_ns);
    w->children = mem_array(w->len, sizeof *w->children);
    w->place = mem_calloc(w->len + 1, sizeof *w->place);
    w->last = mem_calloc(w->len + 1, sizeof *w->last);
    w->steps = mem_array(w->len * 2, sizeof *w->steps);
    return w->from_ns && w->to_ns && w->children && w->place && w->last && w->steps ? ST_OK
                                                                                    : ST_NOMEM;
}

/* ------------------------------------------------------------- self times */

/* Children stand in order of their start: `swept` is how far they covered their parent. */
static void self_times(Walk *w)
{
    int64_t *swept = w->from_ns; /* borrowed until cut_times() */

    for (size_t i = 0; i < w->len; i++) {
        TreeSpan *s = &w->spans[i];
        TreeSpan *p = s->parent == TREE_NONE ? NULL : &w->spans[s->parent];

        s->self_ns = tree_length(s->start_ns, s->end_ns);
        swept[i] = s->start_ns;
        if (!p)
            continue;
        if (s->start_ns > swept[s->parent])
            swept[s->parent] = s->start_ns;
        if (s->end_ns > swept[s->parent]) {
            const int64_t end = s->end_ns < p->end_ns ? s->end_ns : p->end_ns;

            p->self_ns -= tree_length(swept[s->parent], end);
            swept[s->parent] = end > swept[s->parent] ? end : swept[s->parent];
        }
    }
}

/* --------------------------------------------------------------- children */

/* False: wholly outside of its parent's time. */
static bool cut_times(const Walk *w, size_t i)
{
    const TreeSpan *s = &w->spans[i];
    int64_t from = s->start_ns;
    int64_t to = s->end_ns;

    if (s->parent != TREE_NONE) {
        const int64_t parent_from = w->from_ns[s->parent];
        const int64_t parent_to = w->to_ns[s->parent];

        if (from > parent_to || to < parent_from)
            return false;
        from = from > parent_from ? from : parent_from;
        to = to < parent_to ? to : parent_to;
    }
    w->from_ns[i] = from;
    w->to_ns[i] = to;
    return true;
}

static size_t list_of(const Walk *w, size_t i)
{
    return w->spans[i].parent == TREE_NONE ? w->len : w->spans[i].parent;
}

static int latest_first(const void *a, const void *b)
{
    const Child *x = a;
    const Child *y = b;

    if (x->end_ns != y->end_ns)
        return x->end_ns > y->end_ns ? -1 : 1;
    /* Of those that end together, the one that started first tells the most. */
    return (x->span > y->span) - (x->span < y->span);
}

static void sort_list(Child *list, size_t len)
{
    for (size_t i = 1; i < len; i++)
        if (latest_first(&list[i - 1], &list[i]) > 0) {
            qsort(list, len, sizeof *list, latest_first);
            return;
        }
}

/* Filled from the last span back: children that follow one another need no sorting. */
static void list_children(Walk *w)
{
    uint32_t at = 0;

    for (size_t i = 0; i < w->len; i++)
        if (cut_times(w, i))
            w->last[list_of(w, i)]++;
        else
            w->to_ns[i] = INT64_MIN; /* marks it, and with it all that is below */
    for (size_t p = 0; p <= w->len; p++) {
        const uint32_t count = w->last[p];

        w->place[p] = at;
        w->last[p] = at;
        at += count;
    }
    for (size_t i = w->len; i-- > 0;)
        if (w->to_ns[i] != INT64_MIN)
            w->children[w->last[list_of(w, i)]++] = (Child){w->to_ns[i], (uint32_t)i};
    for (size_t p = 0; p <= w->len; p++)
        if (w->last[p] - w->place[p] > 1)
            sort_list(w->children + w->place[p], w->last[p] - w->place[p]);
}

/* ------------------------------------------------------------------- walk */

static void add_step(Walk *w, size_t span, int64_t from, int64_t to)
{
    if (from >= to || span == w->len)
        return;
    w->steps[w->step_count++] = (TreeStep){(uint32_t)span, from, to};
    w->spans[span].critical_ns += tree_length(from, to);
    w->spans[span].steps++;
}

/* The child of `at` that ended last, not after `t`; TREE_NONE. */
static uint32_t last_child(Walk *w, size_t at, int64_t t)
{
    while (w->place[at] < w->last[at]) {
        const Child c = w->children[w->place[at]++];

        if (c.end_ns <= t)
            return c.span;
    }
    return TREE_NONE;
}

static void walk_back(Walk *w)
{
    size_t at = w->len; /* nobody: above the roots */
    int64_t t = INT64_MAX;

    for (;;) {
        const uint32_t child = last_child(w, at, t);

        if (child != TREE_NONE) {
            add_step(w, at, w->to_ns[child], t);
            t = w->to_ns[child];
            at = child;
        } else if (at == w->len) {
            return;
        } else {
            add_step(w, at, w->from_ns[at], t);
            t = w->from_ns[at];
            at = list_of(w, at);
        }
    }
}

/* By span; the walk went backwards, so within a span from its last to its first. */
static Status keep_steps(Walk *w, Arena *arena, TreeSteps *out)
{
    TreeStep *items = arena_alloc(arena, (w->step_count + 1) * sizeof *items);
    uint32_t at = 0;

    if (!items)
        return ST_NOMEM;
    for (size_t i = 0; i < w->len; i++) {
        w->spans[i].first_step = at;
        at += w->spans[i].steps;
        w->place[i] = at;
    }
    for (size_t i = 0; i < w->step_count; i++)
        items[--w->place[w->steps[i].span]] = w->steps[i];
    *out = (TreeSteps){items, w->step_count};
    return ST_OK;
}

Status tree_times(TreeSpan *spans, size_t len, Arena *arena, TreeSteps *out)
{
    Walk w = {.spans = spans, .len = len};
    Status st;

    *out = (TreeSteps){0};
    if (!len)
        return ST_OK;
    st = walk_alloc(&w);
    if (!st) {
        for (size_t i = 0; i < len; i++) {
            spans[i].critical_ns = 0;
            spans[i].steps = 0;
        }
        self_times(&w);
        list_children(&w);
        walk_back(&w);
        st = keep_steps(&w, arena, out);
    }
    walk_free(&w);
    return st;
}
