/* SPDX-License-Identifier: Apache-2.0 */
/* Cells: one column of some rows being filled value by value, then seen as a
 * Vector.  O(rows) memory from an arena, no allocation per value. */
#ifndef VIREO_STORE_CELLS_H
#define VIREO_STORE_CELLS_H

#include "base/arena.h"
#include "column/vector.h"
#include "model/value.h"

typedef union Cell {
    int64_t i; /* INT, TIME; BOOL as 0 or 1 */
    double d;
    Str s;
} Cell;

typedef struct Cells {
    VectorType type;
    size_t len;
    size_t present; /* rows that are not null */
    uint8_t *valid;
    union {
        uint8_t *b;
        int64_t *i;
        double *d;
        Str *s;
    } as;
} Cells;

/* `len` rows, all null. */
MUST_CHECK Status cells_init(Cells *c, VectorType type, size_t len, Arena *a);
void cells_set(Cells *c, size_t row, Cell value);
Vector cells_vector(const Cells *c);

/* `len` nulls. */
MUST_CHECK Status cells_nulls(VectorType type, size_t len, Arena *a, Vector *out);

/* Room for the null vectors of `len` rows that cells_null_vector() gives: zeros, which
 * columns without a value share. */
MUST_CHECK Status cells_zeros(size_t len, Arena *a, const void **out);
Vector cells_null_vector(VectorType type, size_t len, const void *zeros);

/* Row of a vector that is not null. */
Cell vector_cell(const Vector *v, size_t row);

/* An attribute's value as a cell of its column (attr_name.h), and back. */
Cell cell_of_value(Value v);
Value value_of_cell(ValueKind kind, Cell c);

#endif
