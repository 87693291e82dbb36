/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of spans by open addressing, at most half full.
 *
 *   block -> program of the relation -> rows that hold
 *     child( ):  put (trace, parent) of the row      look up (trace, span)
 *     parent( ): put (trace, span) of the row        look up (trace, parent)
 *     a score:   put (trace, parent) of the row      look up (trace, span); without a parent
 *                                                    (trace, none), which roots look up too */
#include "query/relation.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "os/thread.h"
#include "query/score_rows.h"

#include <string.h>

enum { FIRST_SLOTS = 1024, SECOND_SEED = 0x72656c61 };

typedef struct SpanHash {
    uint64_t a; /* never 0: that is a free slot */
    uint64_t b;
} SpanHash;

struct RelationSet {
    SpanHash *slots;
    size_t slot_count; /* a power of two, or 0 */
    size_t len;
};

void relations_free(RelationSet *sets, size_t count)
{
    for (size_t i = 0; sets && i < count; i++)
        mem_free(sets[i].slots);
    mem_free(sets);
}

static SpanHash hash_span(Str trace_id, Str span_id)
{
    uint8_t key[TRACE_ID_BYTES + SPAN_ID_BYTES] = {0};
    const Str bytes = {(const char *)key, sizeof key};
    SpanHash h;

    memcpy(key, trace_id.ptr, trace_id.len < TRACE_ID_BYTES ? trace_id.len : TRACE_ID_BYTES);
    if (span_id.len)
        memcpy(key + TRACE_ID_BYTES, span_id.ptr,
               span_id.len < SPAN_ID_BYTES ? span_id.len : SPAN_ID_BYTES);
    h = (SpanHash){hash_bytes(bytes) | 1, hash_seeded(bytes, SECOND_SEED)};
    return h;
}

static SpanHash *slot_of(const RelationSet *set, SpanHash h)
{
    size_t at = (size_t)h.b & (set->slot_count - 1);

    while (set->slots[at].a && (set->slots[at].a != h.a || set->slots[at].b != h.b))
        at = (at + 1) & (set->slot_count - 1);
    return &set->slots[at];
}

static Status grow(RelationSet *set)
{
    const RelationSet old = *set;
    const size_t count = old.slot_count ? 2 * old.slot_count : FIRST_SLOTS;
    SpanHash *slots = mem_calloc(count, sizeof *slots);

    if (!slots)
        return ST_NOMEM;
    set->slots = slots;
    set->slot_count = count;
    for (size_t i = 0; i < old.slot_count; i++)
        if (old.slots[i].a)
            *slot_of(set, old.slots[i]) = old.slots[i];
    mem_free(old.slots);
    return ST_OK;
}

static Status put(RelationSet *set, SpanHash h)
{
    SpanHash *slot;

    if (set->len == RELATION_MAX_SPANS)
        return ST_LIMIT;
    if (2 * set->len >= set->slot_count) {
        const Status st = grow(set);

        if (st)
            return st;
    }
    slot = slot_of(set, h);
    set->len += slot->a == 0;
    *slot = h;
    return ST_OK;
}

static Status read_ids(const BlockView *view, const char *column, Vector *trace, Vector *span)
{
    const Status st = view_read(view, STR("trace_id"), trace);

    return st ? st : view_read(view, str_from(column), span);
}

static bool holds(const RelationSet *set, Str trace_id, Str span_id)
{
    return slot_of(set, hash_span(trace_id, span_id))->a != 0;
}

/* Scores of the trace itself are found by its roots. */
static Status mark_roots(const RelationSet *set, const BlockView *view, const Vector *trace,
                         uint8_t *bits)
{
    Vector parent;
    const Status st = view_read(view, STR("parent_id"), &parent);

    for (size_t row = 0; row < view->rows && !st; row++)
        if (!bits[row] && vector_is_null(&parent, row))
            bits[row] = holds(set, vector_str(trace, row), (Str){0});
    return st;
}

Status relation_mark(const RelationSet *sets, const BlockView *view, const Term *t, uint8_t *bits)
{
    const RelationSet *set = &sets[t->relation];
    Vector trace;
    Vector span;
    Status st;

    if (set->len == 0)
        return ST_OK;
    st = read_ids(view, t->kind == TERM_PARENT ? "parent_id" : "span_id", &trace, &span);
    for (size_t row = 0; row < view->rows && !st; row++)
        if (!vector_is_null(&span, row))
            bits[row] = holds(set, vector_str(&trace, row), vector_str(&span, row));
    return st || t->kind != TERM_SCORE ? st : mark_roots(set, view, &trace, bits);
}

/* ------------------------------------------------------------ making the sets */

static Status collect_scores(const Matcher *m, const BlockView *view, size_t relation,
                             RelationSet *set)
{
    uint8_t *bits = NULL;
    Vector trace;
    Vector judged;
    Status st = matcher_scores(m, view, relation, &bits);

    if (st || !memchr(bits, 1, view->rows))
        return st;
    st = read_ids(view, "parent_id", &trace, &judged);
    for (size_t row = 0; row < view->rows && !st; row++)
        if (bits[row])
            st = put(set,
                     hash_span(vector_str(&trace, row),
                               vector_is_null(&judged, row) ? (Str){0} : vector_str(&judged, row)));
    return st;
}

static Status collect(const Matcher *m, const BlockView *view, size_t relation, TermKind kind,
                      RelationSet *set)
{
    uint8_t *bits = NULL;
    Vector trace;
    Vector span;
    Status st;

    if (kind == TERM_SCORE)
        return collect_scores(m, view, relation, set);
    st = matcher_eval(m, view, &m->query->relations[relation], &bits);

    if (st || !memchr(bits, 1, view->rows))
        return st;
    st = read_ids(view, kind == TERM_CHILD ? "parent_id" : "span_id", &trace, &span);
    for (size_t row = 0; row < view->rows && !st; row++)
        if (bits[row] && !vector_is_null(&span, row))
            st = put(set, hash_span(vector_str(&trace, row), vector_str(&span, row)));
    return st;
}

static const Term *term_of(const Query *q, size_t relation)
{
    for (size_t i = 0; i < q->term_count; i++)
        if (term_is_relation(&q->terms[i]) && q->terms[i].relation == relation)
            return &q->terms[i];
    return NULL;
}

/* A set in the making: each block gives its part, side by side. */
typedef struct Making {
    const Matcher *matcher;
    const Term *term;
    size_t relation;
    RelationSet *set;
    Mutex lock; /* of the set */
} Making;

static Status merge(RelationSet *into, const RelationSet *from)
{
    Status st = ST_OK;

    for (size_t i = 0; i < from->slot_count && !st; i++)
        if (from->slots[i].a)
            st = put(into, from->slots[i]);
    return st;
}

static Status add_block(void *context, size_t block)
{
    Making *k = context;
    const Matcher *m = k->matcher;
    Arena arena;
    const BlockView view = {m->snap, block, snapshot_block(m->snap, block).rows, &arena};
    RelationSet part = {0};
    Status st;

    if (!matcher_reaches(m, block) || (k->term->kind == TERM_SCORE && !block_has_scores(&view)))
        return ST_OK;
    st = cancel_check(m->window->cancel);
    if (st)
        return st;
    arena_init(&arena, BLOCK_ARENA_LIMIT);
    st = collect(m, &view, k->relation, k->term->kind, &part);
    arena_deinit(&arena);
    if (!st && part.len) {
        mutex_lock(&k->lock);
        st = merge(k->set, &part);
        mutex_unlock(&k->lock);
    }
    mem_free(part.slots);
    return st;
}

static size_t reached(const Matcher *m)
{
    size_t count = 0;

    for (size_t block = 0; block < snapshot_block_count(m->snap); block++)
        count += matcher_reaches(m, block);
    return count;
}

static Status make_set(const Matcher *m, size_t relation, RelationSet *set)
{
    Making k = {
        .matcher = m, .term = term_of(m->query, relation), .relation = relation, .set = set};
    Status st;

    if (!k.term || (k.term->alone && m->mode != MATCH_SPANS))
        return ST_OK; /* its scores are found by their own rows */
    mutex_init(&k.lock);
    cancel_expect(m->window->cancel, reached(m));
    st = engine_each(m->engine, snapshot_block_count(m->snap), add_block, &k);
    mutex_deinit(&k.lock);
    return st;
}

Status relations_make(Matcher *m)
{
    const size_t count = m->query->relation_count;
    Status st = ST_OK;

    if (!count)
        return ST_OK;
    m->relations = mem_calloc(count, sizeof *m->relations);
    if (!m->relations)
        return ST_NOMEM;
    for (size_t i = 0; i < count && !st; i++)
        st = make_set(m, i, &m->relations[i]);
    return st;
}

/* ---------------------------------------------------------- sets by themselves */

RelationSet *relation_sets_new(size_t count)
{
    return mem_calloc(count, sizeof(RelationSet));
}

RelationSet *relation_set(RelationSet *sets, size_t at)
{
    return &sets[at];
}

static Status collect_atom(const Matcher *m, const BlockView *view, const Program *atom,
                           RelationSet *set)
{
    uint8_t *bits = NULL;
    Vector trace;
    Vector span;
    Vector parent;
    Status st = matcher_eval(m, view, atom, &bits);

    if (st || !memchr(bits, 1, view->rows))
        return st;
    st = read_ids(view, "span_id", &trace, &span);
    if (!st)
        st = view_read(view, STR("parent_id"), &parent);
    for (size_t row = 0; row < view->rows && !st; row++) {
        if (!bits[row])
            continue;
        st = put(set, hash_span(vector_str(&trace, row), vector_str(&span, row)));
        if (!st && vector_is_null(&parent, row))
            st = put(set, hash_span(vector_str(&trace, row), (Str){0}));
    }
    return st;
}

Status relation_of_atom(const Matcher *m, const Program *atom, RelationSet *set)
{
    Status st = ST_OK;

    for (size_t block = 0; block < snapshot_block_count(m->snap) && !st; block++) {
        Arena arena;
        const BlockView view = {m->snap, block, snapshot_block(m->snap, block).rows, &arena};

        if (!matcher_reaches(m, block))
            continue;
        st = cancel_check(m->window->cancel);
        if (st)
            return st;
        arena_init(&arena, BLOCK_ARENA_LIMIT);
        st = collect_atom(m, &view, atom, set);
        arena_deinit(&arena);
    }
    return st;
}

Status relation_mark_judged(const RelationSet *set, const BlockView *view, uint8_t *bits)
{
    Vector trace;
    Vector judged;
    Status st;

    if (set->len == 0)
        return ST_OK;
    st = read_ids(view, "parent_id", &trace, &judged);
    for (size_t row = 0; row < view->rows && !st; row++)
        bits[row] = holds(set, vector_str(&trace, row),
                          vector_is_null(&judged, row) ? (Str){0} : vector_str(&judged, row));
    return st;
}
