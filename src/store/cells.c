/* SPDX-License-Identifier: Apache-2.0 */
/* Filling columns.  Values of null rows are zeroed: they reach files. */
#include "store/cells.h"

#include <string.h>

static const Str unset_text = {"null", 4};

static size_t cell_size(VectorType type)
{
    switch (type) {
    case VECTOR_BOOL:
        return sizeof(uint8_t);
    case VECTOR_INT:
    case VECTOR_TIME:
        return sizeof(int64_t);
    case VECTOR_DOUBLE:
        return sizeof(double);
    case VECTOR_STR:
    case VECTOR_JSON:
    case VECTOR_BYTES:
    case VECTOR_FIXED:
        break;
    }
    return sizeof(Str);
}

Status cells_init(Cells *c, VectorType type, size_t len, Arena *a)
{
    void *values = arena_calloc(a, len, cell_size(type));
    uint8_t *valid = arena_calloc(a, len, 1);

    if (!values || !valid)
        return ST_NOMEM;
    *c = (Cells){.type = type, .len = len, .valid = valid};
    if (type == VECTOR_BOOL)
        c->as.b = values;
    else if (type == VECTOR_DOUBLE)
        c->as.d = values;
    else if (type == VECTOR_INT || type == VECTOR_TIME)
        c->as.i = values;
    else
        c->as.s = values;
    return ST_OK;
}

void cells_set(Cells *c, size_t row, Cell value)
{
    c->present += !c->valid[row];
    c->valid[row] = 1;
    switch (c->type) {
    case VECTOR_BOOL:
        c->as.b[row] = value.i != 0;
        return;
    case VECTOR_INT:
    case VECTOR_TIME:
        c->as.i[row] = value.i;
        return;
    case VECTOR_DOUBLE:
        c->as.d[row] = value.d;
        return;
    case VECTOR_STR:
    case VECTOR_JSON:
    case VECTOR_BYTES:
    case VECTOR_FIXED:
        c->as.s[row] = value.s;
        return;
    }
}

Vector cells_vector(const Cells *c)
{
    Vector v = {.type = c->type, .len = c->len, .valid = c->valid};

    if (c->present == c->len)
        v.valid = NULL;
    if (c->type == VECTOR_BOOL)
        v.as.b = c->as.b;
    else if (c->type == VECTOR_DOUBLE)
        v.as.d = c->as.d;
    else if (c->type == VECTOR_INT || c->type == VECTOR_TIME)
        v.as.i = c->as.i;
    else
        v.as.s = c->as.s;
    return v;
}

Status cells_nulls(VectorType type, size_t len, Arena *a, Vector *out)
{
    Cells c;
    const Status st = cells_init(&c, type, len, a);

    if (st)
        return st;
    *out = cells_vector(&c);
    out->valid = c.valid;
    return ST_OK;
}

Status cells_zeros(size_t len, Arena *a, const void **out)
{
    const void *zeros = arena_calloc(a, len, sizeof(Str));

    if (!zeros)
        return ST_NOMEM;
    *out = zeros;
    return ST_OK;
}

Vector cells_null_vector(VectorType type, size_t len, const void *zeros)
{
    return (Vector){.type = type, .len = len, .valid = zeros, .as.b = zeros};
}

Cell vector_cell(const Vector *v, size_t row)
{
    switch (v->type) {
    case VECTOR_BOOL:
        return (Cell){.i = v->as.b[row]};
    case VECTOR_INT:
    case VECTOR_TIME:
        return (Cell){.i = v->as.i[row]};
    case VECTOR_DOUBLE:
        return (Cell){.d = v->as.d[row]};
    case VECTOR_STR:
    case VECTOR_JSON:
    case VECTOR_BYTES:
    case VECTOR_FIXED:
        break;
    }
    return (Cell){.s = vector_str(v, row)};
}

Cell cell_of_value(Value v)
{
    switch (v.kind) {
    case VALUE_BOOL:
        return (Cell){.i = v.as.b};
    case VALUE_INT:
        return (Cell){.i = v.as.i};
    case VALUE_DOUBLE:
        return (Cell){.d = v.as.d};
    case VALUE_STR:
    case VALUE_BYTES:
    case VALUE_JSON:
        return (Cell){.s = v.as.s};
    case VALUE_NONE:
        break;
    }
    return (Cell){.s = unset_text};
}

Value value_of_cell(ValueKind kind, Cell c)
{
    Value v = {.kind = kind};

    if (kind == VALUE_BOOL)
        v.as.b = c.i != 0;
    else if (kind == VALUE_INT)
        v.as.i = c.i;
    else if (kind == VALUE_DOUBLE)
        v.as.d = c.d;
    else
        v.as.s = c.s;
    if (kind == VALUE_JSON && str_eq(c.s, unset_text))
        v = (Value){.kind = VALUE_NONE};
    return v;
}
