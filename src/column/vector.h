/* SPDX-License-Identifier: Apache-2.0 */
/* Vector: a run of values of one column in memory, with nulls.
 *
 * The common currency of the store: the Parquet writer takes vectors, the
 * reader and the memtable give them, the query executor works on them.
 * A null row has valid[i] == 0 and an unspecified value.  Memory is borrowed
 * from an arena that outlives the vector. */
#ifndef VIREO_COLUMN_VECTOR_H
#define VIREO_COLUMN_VECTOR_H

#include "base/str.h"

typedef enum VectorType {
    VECTOR_BOOL,   /* uint8_t 0 or 1 */
    VECTOR_INT,    /* int64_t */
    VECTOR_DOUBLE, /* double */
    VECTOR_STR,    /* Str, UTF-8 text */
    VECTOR_JSON,   /* Str, JSON text */
    VECTOR_BYTES,  /* Str, any bytes */
    VECTOR_TIME,   /* int64_t ns since 1970 UTC */
    VECTOR_FIXED   /* Str of one fixed length: ids */
} VectorType;

typedef struct Vector {
    VectorType type;
    size_t len;
    const uint8_t *valid; /* one byte a row; NULL: no nulls */
    union {
        const uint8_t *b;
        const int64_t *i;
        const double *d;
        const Str *s;
    } as;
    /* Optional dictionary form, only for VECTOR_STR/JSON/BYTES/FIXED: when
     * `codes` is set, as.s holds dict_len distinct values and row i is
     * as.s[codes[i]] (any code < dict_len where the row is null). */
    const uint32_t *codes;
    size_t dict_len;
} Vector;

static inline bool vector_is_null(const Vector *v, size_t row)
{
    return v->valid && !v->valid[row];
}

/* Text of a row of a Str-like vector in either form; row must not be null. */
static inline Str vector_str(const Vector *v, size_t row)
{
    return v->as.s[v->codes ? v->codes[row] : row];
}

#endif
