/* SPDX-License-Identifier: Apache-2.0 */
/* tree_build: ids to links, links to an order.
 *
 * Nodes are numbers of spans as they were given.  A table from id to node makes
 * each id once; lists of children are filled from the last span back, so that
 * every list is in order; then one walk along the links numbers the positions.
 * Spans are large: they are moved once, within their array, and found by ids
 * that stand close together. */
#include "query/trace_tree.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* What a span is sorted by, apart from it. */
typedef struct SortKey {
    int64_t start_ns;
    int64_t end_ns;
    uint64_t id; /* big-endian: in the order of the bytes */
    uint32_t node;
} SortKey;

typedef struct Build {
    TreeSpan *spans;
    size_t len;
    uint32_t *slots; /* node + 1, 0: free */
    size_t slot_count;
    uint64_t *ids; /* node -> its id, big-endian */
    SortKey *order;
    uint32_t *rank;   /* node -> place in the order */
    uint32_t *parent; /* node -> node */
    uint32_t *first;  /* node -> its first child */
    uint32_t *next;   /* node -> the sibling behind it */
    uint32_t *mark;   /* node -> walk that came by, from 1; later its position */
    uint32_t root;    /* the first of the roots */
} Build;

static void build_free(Build *b)
{
    mem_free(b->slots);
    mem_free(b->ids);
    mem_free(b->order);
    mem_free(b->rank);
    mem_free(b->parent);
    mem_free(b->first);
    mem_free(b->next);
    mem_free(b->mark);
}

static Status build_alloc(Build *b)
{
    b->slot_count = 16;
    while (b->slot_count < b->len * 2)
        b->slot_count *= 2;
    b->slots = mem_calloc(b->slot_count, sizeof *b->slots);
    b->ids = mem_array(b->len, sizeof *b->ids);
    b->order = mem_array(b->len, sizeof *b->order);
    b->rank = mem_array(b->len, sizeof *b->rank);
    b->parent = mem_array(b->len, sizeof *b->parent);
    b->first = mem_array(b->len, sizeof *b->first);
    b->next = mem_array(b->len, sizeof *b->next);
    b->mark = mem_calloc(b->len, sizeof *b->mark);
    return b->slots && b->ids && b->order && b->rank && b->parent && b->first && b->next && b->mark
               ? ST_OK
               : ST_NOMEM;
}

/* ------------------------------------------------------------------- ids */

static uint64_t id_number(const uint8_t *id)
{
    uint64_t n = 0;

    for (size_t i = 0; i < SPAN_ID_BYTES; i++)
        n = n << 8 | id[i];
    return n;
}

static uint32_t *slot_of(const Build *b, uint64_t id)
{
    const size_t mask = b->slot_count - 1;
    size_t slot = (size_t)hash_bytes((Str){(const char *)&id, sizeof id}) & mask;

    while (b->slots[slot] && b->ids[b->slots[slot] - 1] != id)
        slot = (slot + 1) & mask;
    return &b->slots[slot];
}

static void drop_doubled(Build *b)
{
    size_t kept = 0;

    for (size_t i = 0; i < b->len; i++) {
        const uint64_t id = id_number(b->spans[i].span_id);
        uint32_t *slot = slot_of(b, id);

        if (!*slot) {
            if (kept < i)
                b->spans[kept] = b->spans[i];
            b->ids[kept] = id;
            *slot = (uint32_t)++kept;
        } else if (b->spans[i].seq > b->spans[*slot - 1].seq) {
            b->spans[*slot - 1] = b->spans[i];
        }
    }
    b->len = kept;
}

/* An id of nothing but zeroes is none. */
static void find_parents(Build *b)
{
    for (size_t i = 0; i < b->len; i++) {
        const uint64_t parent = id_number(b->spans[i].parent_id);
        const uint32_t found = parent ? *slot_of(b, parent) : 0;

        b->spans[i].orphan = parent && !found;
        b->parent[i] = found ? found - 1 : TREE_NONE;
    }
}

/* ----------------------------------------------------------------- order */

static int by_start(const void *a, const void *b)
{
    const SortKey *x = a;
    const SortKey *y = b;

    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns ? -1 : 1;
    if (x->end_ns != y->end_ns)
        return x->end_ns > y->end_ns ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Segments give the spans of a trace in order: then there is nothing to sort. */
static void sort_by_start(Build *b)
{
    bool sorted = true;

    for (size_t i = 0; i < b->len; i++) {
        const TreeSpan *s = &b->spans[i];

        b->order[i] = (SortKey){s->start_ns, s->end_ns, b->ids[i], (uint32_t)i};
        sorted = sorted && (i == 0 || by_start(&b->order[i - 1], &b->order[i]) < 0);
    }
    if (!sorted)
        qsort(b->order, b->len, sizeof *b->order, by_start);
    for (size_t i = 0; i < b->len; i++)
        b->rank[b->order[i].node] = (uint32_t)i;
}

/* The span of the cycle through `node` that starts first becomes a root. */
static void cut_cycle(Build *b, uint32_t node)
{
    uint32_t earliest = node;

    for (uint32_t at = b->parent[node]; at != node; at = b->parent[at])
        if (b->rank[at] < b->rank[earliest])
            earliest = at;
    b->parent[earliest] = TREE_NONE;
}

/* Walk up from every span until somebody came by: meeting one's own walk is a
 * cycle.  Each span is passed once. */
static void cut_cycles(Build *b)
{
    for (uint32_t i = 0; i < b->len; i++) {
        uint32_t at = i;

        while (at != TREE_NONE && !b->mark[at]) {
            b->mark[at] = i + 1;
            at = b->parent[at];
        }
        if (at != TREE_NONE && b->mark[at] == i + 1)
            cut_cycle(b, at);
    }
}

/* ------------------------------------------------------------ lists, walk */

static void link_children(Build *b)
{
    for (size_t i = 0; i < b->len; i++)
        b->first[i] = TREE_NONE;
    b->root = TREE_NONE;
    for (size_t i = b->len; i-- > 0;) {
        const uint32_t node = b->order[i].node;
        uint32_t *head = b->parent[node] == TREE_NONE ? &b->root : &b->first[b->parent[node]];

        b->next[node] = *head;
        *head = node;
    }
}

/* The node behind `node` in preorder, TREE_NONE at the end. */
static uint32_t node_behind(const Build *b, uint32_t node)
{
    if (b->first[node] != TREE_NONE)
        return b->first[node];
    while (node != TREE_NONE && b->next[node] == TREE_NONE)
        node = b->parent[node];
    return node == TREE_NONE ? TREE_NONE : b->next[node];
}

/* `mark` holds positions from here on. */
static void number_positions(const Build *b)
{
    uint32_t at = 0;

    for (uint32_t node = b->root; node != TREE_NONE; node = node_behind(b, node)) {
        const uint32_t parent = b->parent[node];

        b->spans[node].parent = parent == TREE_NONE ? TREE_NONE : b->mark[parent];
        b->mark[node] = at++;
    }
}

/* Each swap brings one span to where it stays. */
static void move_spans(const Build *b)
{
    for (uint32_t i = 0; i < b->len; i++)
        while (b->mark[i] != i) {
            const uint32_t to = b->mark[i];
            const TreeSpan there = b->spans[to];

            b->spans[to] = b->spans[i];
            b->spans[i] = there;
            b->mark[i] = b->mark[to];
            b->mark[to] = to;
        }
}

static void count_levels(TreeSpan *spans, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        TreeSpan *s = &spans[i];

        s->depth = s->parent == TREE_NONE ? 0 : spans[s->parent].depth + 1;
        s->children = 0;
        s->descendants = 0;
    }
}

static void count_below(TreeSpan *spans, size_t len)
{
    for (size_t i = len; i-- > 0;) {
        if (spans[i].parent == TREE_NONE)
            continue;
        spans[spans[i].parent].children++;
        spans[spans[i].parent].descendants += spans[i].descendants + 1;
    }
}

static void build_all(Build *b)
{
    drop_doubled(b);
    find_parents(b);
    sort_by_start(b);
    cut_cycles(b);
    link_children(b);
    number_positions(b);
    move_spans(b);
    count_levels(b->spans, b->len);
    count_below(b->spans, b->len);
}

Status tree_build(TreeSpan *spans, size_t *len)
{
    Build b = {.spans = spans, .len = *len};
    Status st;

    if (*len > TRACE_TREE_MAX)
        return ST_LIMIT;
    if (!*len)
        return ST_OK;
    st = build_alloc(&b);
    if (!st) {
        build_all(&b);
        *len = b.len;
    }
    build_free(&b);
    return st;
}
