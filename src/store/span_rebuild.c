/* SPDX-License-Identifier: Apache-2.0 */
/* Whole spans from the columns of a row group, attribute for attribute.
 *
 * Rows come in runs: neighbours are read together, a column at a time, and
 * columns that the group has no value in are not read.  Payload columns have
 * pages of their own, so their runs tolerate no gaps.  Spans next to each other
 * that have equal resources or scopes share one. */
#include "store/segment_read.h"

#include "base/vec.h"
#include "store/attr_json.h"

#include <string.h>

enum { GAP_ROWS = 4096, GAP_LARGE_ROWS = 8, MAX_LIST = 1 << 24 };

typedef struct Rebuild {
    const Segment *segment;
    size_t group;
    const size_t *rows;
    Arena *arena;
    SpanParts *parts;
    size_t count;
    /* attribute columns with values in this group; keys are in the arena */
    AttrColumn *attrs;
    size_t *attr_columns;
    Vector *vectors; /* of the run at hand */
    size_t attr_count;
    VEC_OF(Attr) span_attrs; /* of the row at hand */
    VEC_OF(Attr) resource_attrs;
} Rebuild;

/* What points into the mapping is copied: a span outlives its segment. */
static Status own(const Rebuild *b, Str *s)
{
    const char *base = (const char *)b->segment->map.data;

    if (!s->len || s->ptr < base || s->ptr >= base + b->segment->map.len)
        return ST_OK;
    return arena_copy(b->arena, *s, s);
}

static bool is_text(VectorType type)
{
    return type == VECTOR_STR || type == VECTOR_JSON || type == VECTOR_BYTES ||
           type == VECTOR_FIXED;
}

static Status owned_cell(const Rebuild *b, const Vector *v, size_t row, Cell *out)
{
    *out = vector_cell(v, row);
    return is_text(v->type) ? own(b, &out->s) : ST_OK;
}

/* End of the run of rows that begins at `i`. */
static size_t run_end(const Rebuild *b, size_t i, size_t end, size_t gap)
{
    for (i++; i < end && b->rows[i] - b->rows[i - 1] <= gap; i++)
        ;
    return i;
}

static Status read_run(const Rebuild *b, size_t column, size_t from, size_t to, Vector *out)
{
    return parquet_read(b->segment->reader, b->group, column, b->rows[from], b->rows[to - 1] + 1,
                        b->arena, out);
}

/* ---------------------------------------------------------- fixed columns */

static Status fill_fixed(Rebuild *b, SpanColumnId id, size_t from, size_t to)
{
    const SpanColumn *c = span_column(id);
    Vector v;
    Status st = read_run(b, b->segment->columns[id], from, to, &v);

    for (size_t i = from; i < to && !st; i++) {
        const size_t row = b->rows[i] - b->rows[from];
        Cell value;

        if (vector_is_null(&v, row))
            continue;
        st = owned_cell(b, &v, row, &value);
        if (!st)
            c->set(&b->parts[i], value);
    }
    return st;
}

static Status fill_all_fixed(Rebuild *b, size_t from, size_t to)
{
    Status st = ST_OK;

    for (SpanColumnId id = 0; id < SPAN_COLUMN_COUNT && !st; id++) {
        const SpanColumn *c = span_column(id);
        const size_t gap = c->large ? GAP_LARGE_ROWS : GAP_ROWS;

        if (!c->set || segment_all_null(b->segment, b->group, b->segment->columns[id]))
            continue;
        for (size_t i = from, end; i < to && !st; i = end) {
            end = run_end(b, i, to, gap);
            st = fill_fixed(b, id, i, end);
        }
    }
    return st;
}

/* A scope is shared with the span before when it is equal; `texts` are the
 * JSON of their attributes. */
static Status fill_scopes(Rebuild *b, size_t from, size_t to)
{
    const size_t column = b->segment->columns[COLUMN_scope_attributes];
    const bool none = segment_all_null(b->segment, b->group, column);
    Vector v = {0};
    Str last = {0};
    Status st = none ? ST_OK : read_run(b, column, from, to, &v);

    for (size_t i = from; i < to && !st; i++) {
        const size_t row = b->rows[i] - b->rows[from];
        Str text = none || vector_is_null(&v, row) ? (Str){0} : vector_str(&v, row);
        const Scope *scope = b->parts[i].scope;
        const Scope *before = i ? b->parts[i - 1].span->scope : NULL;

        if (i > from && str_eq(text, last) && str_eq(scope->name, before->name) &&
            str_eq(scope->version, before->version)) {
            b->parts[i].span->scope = before;
            continue;
        }
        last = text;
        st = own(b, &text);
        if (!st && text.len)
            st = attr_list_from_json(text, b->arena, &b->parts[i].scope->attrs);
    }
    return st;
}

/* -------------------------------------------------------------- attributes */

static Status find_attr_columns(Rebuild *b)
{
    const size_t count = parquet_column_count(b->segment->reader);

    b->attrs = arena_calloc(b->arena, count, sizeof *b->attrs);
    b->attr_columns = arena_calloc(b->arena, count, sizeof *b->attr_columns);
    b->vectors = arena_calloc(b->arena, count, sizeof *b->vectors);
    if (!b->attrs || !b->attr_columns || !b->vectors)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const ParquetColumn *c = parquet_column(b->segment->reader, i);
        AttrColumn *attr = &b->attrs[b->attr_count];
        Status st;

        if (!attr_column_parse(c->name, attr) || c->type != attr_vector_type(attr->kind) ||
            segment_all_null(b->segment, b->group, i))
            continue;
        st = arena_copy(b->arena, attr->key, &attr->key);
        if (st)
            return st;
        b->attr_columns[b->attr_count++] = i;
    }
    return ST_OK;
}

static Status add_attr(Rebuild *b, AttrOwner owner, Str key, Value value)
{
    const Attr attr = {key, value};

    if (owner == ATTR_OF_SPAN)
        return VEC_PUSH(&b->span_attrs, attr, MAX_LIST);
    return VEC_PUSH(&b->resource_attrs, attr, MAX_LIST);
}

static Status add_columns(Rebuild *b, size_t row)
{
    Status st = ST_OK;

    for (size_t k = 0; k < b->attr_count && !st; k++) {
        Cell value;

        if (vector_is_null(&b->vectors[k], row))
            continue;
        st = owned_cell(b, &b->vectors[k], row, &value);
        if (!st)
            st = add_attr(b, b->attrs[k].owner, b->attrs[k].key,
                          value_of_cell(b->attrs[k].kind, value));
    }
    return st;
}

static Status add_rest(Rebuild *b, Str json)
{
    NamedValue *items = NULL;
    size_t count = 0;
    Status st = own(b, &json);

    if (!st)
        st = attr_json_decode(json, b->arena, &items, &count);
    for (size_t i = 0; i < count && !st; i++) {
        AttrColumn c;

        if (attr_column_parse(items[i].name, &c))
            st = add_attr(b, c.owner, c.key, items[i].value);
    }
    return st;
}

/* The attribute that a payload was taken from; *key loses its suffix. */
static Status add_elided(Rebuild *b, Str *key, Str payload)
{
    Value v = {.as.s = payload};

    attr_key_decode(*key, key, &v.kind);
    if (v.kind != VALUE_STR && v.kind != VALUE_JSON)
        return ST_CORRUPT;
    return add_attr(b, ATTR_OF_SPAN, *key, v);
}

static Status add_payloads(Rebuild *b, Span *s)
{
    const bool same = s->input_key.len && str_eq(s->input_key, s->output_key);
    Status st = s->input_key.len ? add_elided(b, &s->input_key, s->input) : ST_OK;

    if (!st && same)
        s->output_key = s->input_key;
    else if (!st && s->output_key.len)
        st = add_elided(b, &s->output_key, s->output);
    return st;
}

static Status copy_list(Arena *a, const Attr *items, size_t len, AttrList *out)
{
    Attr *copy = arena_alloc(a, (len + 1) * sizeof *copy);

    if (!copy)
        return ST_NOMEM;
    if (len)
        memcpy(copy, items, len * sizeof *copy);
    *out = (AttrList){copy, len};
    return ST_OK;
}

static bool same_resource(const Rebuild *b, const Resource *before, Str service)
{
    if (before->attrs.len != b->resource_attrs.len || !str_eq(before->service_name, service))
        return false;
    for (size_t i = 0; i < before->attrs.len; i++)
        if (!str_eq(before->attrs.items[i].key, b->resource_attrs.items[i].key) ||
            !value_eq(before->attrs.items[i].value, b->resource_attrs.items[i].value))
            return false;
    return true;
}

static Status fill_row_attrs(Rebuild *b, size_t i, size_t row, const Vector *rest)
{
    SpanParts *p = &b->parts[i];
    Status st;

    b->span_attrs.len = 0;
    b->resource_attrs.len = 0;
    st = add_columns(b, row);
    if (!st && rest && !vector_is_null(rest, row))
        st = add_rest(b, vector_str(rest, row));
    if (!st)
        st = add_payloads(b, p->span);
    if (!st)
        st = copy_list(b->arena, b->span_attrs.items, b->span_attrs.len, &p->span->attrs);
    if (st)
        return st;
    if (i && same_resource(b, b->parts[i - 1].span->resource, p->resource->service_name)) {
        p->span->resource = b->parts[i - 1].span->resource;
        return ST_OK;
    }
    return copy_list(b->arena, b->resource_attrs.items, b->resource_attrs.len, &p->resource->attrs);
}

static Status fill_attrs(Rebuild *b, size_t from, size_t to)
{
    const size_t rest_column = b->segment->columns[COLUMN_attributes_rest];
    const bool has_rest = !segment_all_null(b->segment, b->group, rest_column);
    Vector rest;
    Status st = has_rest ? read_run(b, rest_column, from, to, &rest) : ST_OK;

    for (size_t k = 0; k < b->attr_count && !st; k++)
        st = read_run(b, b->attr_columns[k], from, to, &b->vectors[k]);
    for (size_t i = from; i < to && !st; i++)
        st = fill_row_attrs(b, i, b->rows[i] - b->rows[from], has_rest ? &rest : NULL);
    return st;
}

/* ---------------------------------------------------------------- all of it */

static Status make_parts(Rebuild *b, Span *out)
{
    Resource *resources = arena_calloc(b->arena, b->count, sizeof *resources);
    Scope *scopes = arena_calloc(b->arena, b->count, sizeof *scopes);

    b->parts = arena_calloc(b->arena, b->count, sizeof *b->parts);
    if (!resources || !scopes || !b->parts)
        return ST_NOMEM;
    for (size_t i = 0; i < b->count; i++) {
        out[i] = (Span){.resource = &resources[i], .scope = &scopes[i], .usage = {-1, -1}};
        b->parts[i] = (SpanParts){&out[i], &resources[i], &scopes[i]};
    }
    return ST_OK;
}

static Status rebuild(Rebuild *b, Span *out)
{
    Status st = make_parts(b, out);

    if (!st)
        st = find_attr_columns(b);
    for (size_t i = 0, end; i < b->count && !st; i = end) {
        end = run_end(b, i, b->count, GAP_ROWS);
        st = fill_all_fixed(b, i, end);
        if (!st)
            st = fill_scopes(b, i, end);
        if (!st)
            st = fill_attrs(b, i, end);
    }
    return st;
}

static bool rows_ok(const Segment *s, size_t group, const size_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i] >= s->groups[group].rows || (i && rows[i] <= rows[i - 1]))
            return false;
    return true;
}

Status segment_spans(const Segment *s, size_t group, const size_t *rows, size_t count, Arena *a,
                     Span *out)
{
    Rebuild b = {.segment = s, .group = group, .rows = rows, .arena = a, .count = count};
    Status st;

    if (!count)
        return ST_OK;
    if (!rows_ok(s, group, rows, count))
        return ST_INVALID;
    st = rebuild(&b, out);
    VEC_FREE(&b.span_attrs);
    VEC_FREE(&b.resource_attrs);
    return st;
}
