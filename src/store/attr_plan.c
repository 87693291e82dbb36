/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing and filling attribute columns. */
#include "store/attr_plan.h"

#include <stdlib.h>
#include <string.h>

enum { KINDS = VALUE_JSON + 1, MAX_TRAIL = 1 << 20 };
#define NO_COLUMN (-1)

/* One key of one owner, all kinds. */
struct PlanKey {
    Str key;
    uint64_t count[KINDS];
    int32_t column[KINDS];
};

void plan_init(AttrPlan *p)
{
    *p = (AttrPlan){0};
    arena_init(&p->arena, PLAN_MEMORY);
    for (AttrOwner o = 0; o < ATTR_OWNERS; o++)
        map_init(&p->keys[o], PLAN_MAX_KEYS);
}

void plan_deinit(AttrPlan *p)
{
    for (AttrOwner o = 0; o < ATTR_OWNERS; o++) {
        map_deinit(&p->keys[o]);
        VEC_FREE(&p->trail[o].keys);
    }
    arena_deinit(&p->arena);
}

static PlanKey *find_key(const AttrPlan *p, AttrOwner owner, Str key)
{
    uint64_t at = 0;

    return map_get(&p->keys[owner], key, &at) ? (PlanKey *)(uintptr_t)at : NULL;
}

/* NULL in *out for a key beyond the limit: it goes into the rest. */
static Status add_key(AttrPlan *p, AttrOwner owner, Str key, PlanKey **out)
{
    PlanKey *k;
    Status st;

    *out = NULL;
    if (p->keys[owner].len >= PLAN_MAX_KEYS)
        return ST_OK;
    k = arena_calloc(&p->arena, 1, sizeof *k);
    if (!k)
        return ST_NOMEM;
    k->key = key;
    for (size_t i = 0; i < KINDS; i++)
        k->column[i] = NO_COLUMN;
    st = map_put(&p->keys[owner], key, (uint64_t)(uintptr_t)k);
    if (!st)
        *out = k;
    return st;
}

/* The key at `position` of the list: the one the last span had there, when the
 * keys are equal, else by hash. */
static PlanKey *follow(AttrPlan *p, AttrOwner owner, Str key, size_t position)
{
    const PlanTrail *t = &p->trail[owner];

    if (position < t->keys.len && t->keys.items[position] &&
        str_eq(t->keys.items[position]->key, key))
        return t->keys.items[position];
    return find_key(p, owner, key);
}

static Status remember(AttrPlan *p, AttrOwner owner, PlanKey *k, size_t position)
{
    PlanTrail *t = &p->trail[owner];
    Status st;

    if (position < t->keys.len) {
        t->keys.items[position] = k;
        return ST_OK;
    }
    if (position > t->keys.len || position >= MAX_TRAIL)
        return ST_OK;
    st = vec_reserve((void **)&t->keys.items, &t->keys.cap, t->keys.len, sizeof(void *), MAX_TRAIL);
    if (!st)
        t->keys.items[t->keys.len++] = k;
    return st;
}

static Status count_list(AttrPlan *p, AttrOwner owner, AttrList attrs, const Attr *skip_a,
                         const Attr *skip_b)
{
    for (size_t i = 0; i < attrs.len; i++) {
        const Attr *at = &attrs.items[i];
        PlanKey *k = follow(p, owner, at->key, i);
        Status st = ST_OK;

        if (!k)
            st = add_key(p, owner, at->key, &k);
        if (!st && k && at != skip_a && at != skip_b)
            k->count[attr_column_kind(at->value.kind)]++;
        if (!st)
            st = remember(p, owner, k, i);
        if (st)
            return st;
    }
    return ST_OK;
}

Status plan_count(AttrPlan *p, const Span *span)
{
    const Status st =
        count_list(p, ATTR_OF_SPAN, span->attrs, span_input_attr(span), span_output_attr(span));

    return st ? st : count_list(p, ATTR_OF_RESOURCE, span->resource->attrs, NULL, NULL);
}

Status plan_count_all(AttrPlan *p, const Span *span)
{
    const Status st = count_list(p, ATTR_OF_SPAN, span->attrs, NULL, NULL);

    return st ? st : count_list(p, ATTR_OF_RESOURCE, span->resource->attrs, NULL, NULL);
}

Status plan_count_column(AttrPlan *p, const AttrColumn *c, uint64_t rows)
{
    PlanKey *k = find_key(p, c->owner, c->key);
    Str key;
    Status st;

    if (!k) {
        st = arena_copy(&p->arena, c->key, &key);
        if (!st)
            st = add_key(p, c->owner, key, &k);
        if (st || !k)
            return st;
    }
    k->count[c->kind] += rows;
    return ST_OK;
}

/* ------------------------------------------------------------------ choosing */

typedef struct Candidate {
    PlanKey *key;
    AttrOwner owner;
    ValueKind kind;
    uint64_t count;
    size_t order;
} Candidate;

static int by_count(const void *a, const void *b)
{
    const Candidate *x = a;
    const Candidate *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int by_order(const void *a, const void *b)
{
    const Candidate *x = a;
    const Candidate *y = b;

    return x->order < y->order ? -1 : x->order > y->order;
}

static size_t collect(const AttrPlan *p, Candidate *out)
{
    size_t len = 0;

    for (AttrOwner o = 0; o < ATTR_OWNERS; o++) {
        for (size_t i = 0; i < p->keys[o].len; i++) {
            PlanKey *k = (PlanKey *)(uintptr_t)p->keys[o].entries[i].value;

            for (unsigned kind = 0; kind < KINDS; kind++) {
                if (!k->count[kind])
                    continue;
                if (out)
                    out[len] = (Candidate){k, o, (ValueKind)kind, k->count[kind], len};
                len++;
            }
        }
    }
    return len;
}

static Status name_columns(AttrPlan *p, const Candidate *chosen, size_t count)
{
    p->columns = arena_calloc(&p->arena, count + 1, sizeof *p->columns);
    p->names = arena_calloc(&p->arena, count + 1, sizeof *p->names);
    if (!p->columns || !p->names)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++) {
        Status st;

        p->columns[i] = (AttrColumn){chosen[i].owner, chosen[i].kind, chosen[i].key->key};
        st = attr_column_name(&p->columns[i], &p->arena, &p->names[i]);
        if (st)
            return st;
        chosen[i].key->column[chosen[i].kind] = (int32_t)i;
    }
    p->column_count = count;
    return ST_OK;
}

Status plan_choose(AttrPlan *p, size_t max)
{
    const size_t count = collect(p, NULL);
    Candidate *all = arena_calloc(&p->arena, count + 1, sizeof *all);

    if (!all)
        return ST_NOMEM;
    (void)collect(p, all);
    if (count > max) {
        qsort(all, count, sizeof *all, by_count);
        qsort(all, max, sizeof *all, by_order);
    }
    p->rest_keys = count > max ? count - max : 0;
    return name_columns(p, all, count < max ? count : max);
}

/* ----------------------------------------------------------------- spreading */

static Status put_value(PlanSpread *s, size_t row, int32_t column, Value v)
{
    Cells *c = &s->cells[column];

    if (!c->len) {
        const VectorType type = attr_vector_type(s->plan->columns[column].kind);
        const Status st = cells_init(c, type, s->rows, s->arena);

        if (st)
            return st;
    }
    cells_set(c, row, cell_of_value(v));
    return ST_OK;
}

static Status put_rest(PlanSpread *s, AttrOwner owner, const Attr *attr)
{
    const AttrColumn c = {owner, attr_column_kind(attr->value.kind), attr->key};
    NamedValue item = {.value = attr->value};
    const Status st = attr_column_name(&c, s->arena, &item.name);

    if (st)
        return st;
    return VEC_PUSH(&s->row_rest, item, SIZE_MAX / sizeof item);
}

static Status spread_list(PlanSpread *s, size_t row, AttrOwner owner, AttrList attrs, Str skip_a,
                          Str skip_b)
{
    Status st = attr_list_unique(attrs, s->arena, &attrs);

    for (size_t i = 0; i < attrs.len && !st; i++) {
        const Attr *at = &attrs.items[i];
        PlanKey *k = follow(s->plan, owner, at->key, i);
        const int32_t column = k ? k->column[attr_column_kind(at->value.kind)] : NO_COLUMN;

        st = remember(s->plan, owner, k, i);
        if (st)
            break;
        if ((skip_a.ptr && str_eq(at->key, skip_a)) || (skip_b.ptr && str_eq(at->key, skip_b)))
            continue;
        st = column == NO_COLUMN ? put_rest(s, owner, at) : put_value(s, row, column, at->value);
    }
    return st;
}

static Status spread_row(PlanSpread *s, size_t row, const Span *span)
{
    const Attr *in = span_input_attr(span);
    const Attr *out = span_output_attr(span);
    Str json = {0};
    Status st = spread_list(s, row, ATTR_OF_SPAN, span->attrs, in ? in->key : (Str){0},
                            out ? out->key : (Str){0});

    if (!st)
        st = spread_list(s, row, ATTR_OF_RESOURCE, span->resource->attrs, (Str){0}, (Str){0});
    if (!st && s->row_rest.len)
        st = attr_json_encode(s->row_rest.items, s->row_rest.len, s->arena, &json);
    if (!st && json.len)
        cells_set(&s->rest, row, (Cell){.s = json});
    s->row_rest.len = 0;
    return st;
}

Status plan_spread_init(PlanSpread *s, AttrPlan *p, size_t rows, Arena *a)
{
    *s = (PlanSpread){.plan = p, .arena = a, .rows = rows};
    s->cells = arena_calloc(a, p->column_count + 1, sizeof *s->cells);
    return s->cells ? cells_init(&s->rest, VECTOR_JSON, rows, a) : ST_NOMEM;
}

void plan_spread_deinit(PlanSpread *s)
{
    VEC_FREE(&s->row_rest);
}

Status plan_spread_block(PlanSpread *s, const Row *rows, size_t from, size_t to)
{
    Status st = ST_OK;

    for (size_t i = from; i < to && !st; i++)
        st = spread_row(s, i, rows[i].span);
    return st;
}

Status plan_spread_finish(const PlanSpread *s, Vector *columns, Vector *rest)
{
    const void *zeros = NULL;
    const Status st = cells_zeros(s->rows, s->arena, &zeros);

    if (st)
        return st;
    for (size_t i = 0; i < s->plan->column_count; i++)
        columns[i] = s->cells[i].len ? cells_vector(&s->cells[i])
                                     : cells_null_vector(attr_vector_type(s->plan->columns[i].kind),
                                                         s->rows, zeros);
    *rest = cells_vector(&s->rest);
    return ST_OK;
}
