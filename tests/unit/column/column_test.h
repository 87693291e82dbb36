/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of src/column share: random numbers, a file in memory, random
 * tables, and comparison of vectors. */
#ifndef VIREO_TESTS_COLUMN_TEST_H
#define VIREO_TESTS_COLUMN_TEST_H

#include "base/alloc.h"
#include "column/parquet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TEST_LIMIT ((size_t)1 << 30)

/* splitmix64 */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline size_t random_below(uint64_t *state, size_t n)
{
    return (size_t)(random_next(state) % n);
}

/* A sink that keeps the file in a Buf. */
static inline Status memory_write(void *context, Str bytes)
{
    return buf_append(context, bytes);
}

static inline ParquetSink memory_sink(Buf *b)
{
    return (ParquetSink){memory_write, b};
}

/* One row group into a fresh file. */
static inline Status write_file(const ParquetColumn *columns, size_t count, const Vector *vectors,
                                Buf *out)
{
    ParquetWriter *w = NULL;
    Status st = parquet_writer_new(columns, count, memory_sink(out), &w);

    if (st)
        return st;
    st = parquet_writer_add(w, vectors);
    if (!st)
        st = parquet_writer_finish(w, NULL, 0);
    parquet_writer_free(w);
    return st;
}

static inline bool same_value(const Vector *a, size_t i, const Vector *b, size_t j)
{
    if (vector_is_null(a, i) || vector_is_null(b, j))
        return vector_is_null(a, i) && vector_is_null(b, j);
    switch (a->type) {
    case VECTOR_BOOL:
        return (a->as.b[i] != 0) == (b->as.b[j] != 0);
    case VECTOR_INT:
    case VECTOR_TIME:
        return a->as.i[i] == b->as.i[j];
    case VECTOR_DOUBLE:
        return memcmp(&a->as.d[i], &b->as.d[j], sizeof(double)) == 0;
    case VECTOR_STR:
    case VECTOR_JSON:
    case VECTOR_BYTES:
    case VECTOR_FIXED:
    default:
        return str_eq(vector_str(a, i), vector_str(b, j));
    }
}

/* Rows [from, from + got->len) of `want` are those of `got`. */
static inline bool same_rows(const Vector *want, size_t from, const Vector *got)
{
    if (want->type != got->type)
        return false;
    for (size_t i = 0; i < got->len; i++)
        if (!same_value(want, from + i, got, i))
            return false;
    for (size_t i = 0; got->codes && i < got->len; i++)
        if (got->codes[i] >= got->dict_len)
            return false;
    return true;
}

/* ------------------------------------------------------------- random tables */

static inline Str random_str(uint64_t *seed, Arena *a, size_t max)
{
    const size_t len = random_below(seed, max + 1);
    char *bytes = arena_alloc(a, len + 1);

    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)('a' + random_below(seed, 26));
    return (Str){bytes, len};
}

/* How values of one column repeat. */
enum { SHAPE_CONSTANT, SHAPE_FEW, SHAPE_RUNS, SHAPE_RISING, SHAPE_RANDOM, SHAPES };

static inline uint64_t shaped(uint64_t *seed, size_t shape, uint64_t last)
{
    switch (shape) {
    case SHAPE_CONSTANT:
        return 42;
    case SHAPE_FEW:
        return random_below(seed, 7);
    case SHAPE_RUNS:
        return random_below(seed, 20) ? last : random_next(seed);
    case SHAPE_RISING:
        return last + random_below(seed, 1000);
    default:
        return random_next(seed) >> random_below(seed, 64);
    }
}

static inline Str shaped_str(uint64_t *seed, Arena *a, const ParquetColumn *c, uint64_t v)
{
    const size_t max = c->large && random_below(seed, 50) == 0 ? 300000 : 100;
    Str s;

    if (c->type == VECTOR_FIXED) {
        char *bytes = arena_calloc(a, c->fixed_len, 1);

        assert_non_null(bytes);
        memcpy(bytes, &v, c->fixed_len < sizeof v ? c->fixed_len : sizeof v);
        return (Str){bytes, c->fixed_len};
    }
    if (v > 1000)
        return random_str(seed, a, max);
    assert_int_equal(arena_printf(a, &s, "value %d", (int)v), ST_OK);
    return v == 0 ? (Str){"", 0} : s;
}

static inline void fill_dictionary_form(uint64_t *seed, Arena *a, const ParquetColumn *c, Vector *v)
{
    const size_t dict_len = 1 + random_below(seed, v->len + 5);
    uint32_t *codes = arena_calloc(a, v->len, sizeof *codes);
    Str *values = arena_calloc(a, dict_len, sizeof *values);

    assert_true(codes && values);
    for (size_t i = 0; i < dict_len; i++) {
        if (c->type == VECTOR_FIXED)
            values[i] = shaped_str(seed, a, c, i);
        else
            assert_int_equal(arena_printf(a, &values[i], "entry %zu", i), ST_OK);
    }
    for (size_t i = 0; i < v->len; i++)
        codes[i] = (uint32_t)random_below(seed, dict_len);
    v->codes = codes;
    v->dict_len = dict_len;
    v->as.s = values;
}

static inline void fill_values(uint64_t *seed, Arena *a, const ParquetColumn *c, Vector *v)
{
    const size_t shape = random_below(seed, SHAPES);
    uint8_t *b = arena_calloc(a, v->len, sizeof *b);
    int64_t *n = arena_calloc(a, v->len, sizeof *n);
    double *d = arena_calloc(a, v->len, sizeof *d);
    Str *s = arena_calloc(a, v->len, sizeof *s);
    uint64_t last = random_next(seed);

    assert_true(b && n && d && s);
    for (size_t i = 0; i < v->len; i++) {
        last = shaped(seed, shape, last);
        b[i] = last % 2;
        n[i] = (int64_t)last;
        if (shape == SHAPE_RANDOM)
            memcpy(&d[i], &last, sizeof last); /* NaN and infinities among them */
        else
            d[i] = (double)last / 3;
        if (c->type >= VECTOR_STR && c->type != VECTOR_TIME && !vector_is_null(v, i))
            s[i] = shaped_str(seed, a, c, last);
    }
    if (c->type == VECTOR_BOOL)
        v->as.b = b;
    else if (c->type == VECTOR_DOUBLE)
        v->as.d = d;
    else if (c->type == VECTOR_INT || c->type == VECTOR_TIME)
        v->as.i = n;
    else
        v->as.s = s;
}

static inline Vector random_vector(uint64_t *seed, Arena *a, const ParquetColumn *c, size_t rows)
{
    static const size_t null_percent[] = {0, 1, 50, 99, 100};
    Vector v = {.type = c->type, .len = rows};

    if (!c->required && random_below(seed, 4)) {
        const size_t percent = null_percent[random_below(seed, 5)];
        uint8_t *valid = arena_alloc(a, rows);

        assert_non_null(valid);
        for (size_t i = 0; i < rows; i++)
            valid[i] = random_below(seed, 100) >= percent;
        v.valid = valid;
    }
    if (c->type >= VECTOR_STR && c->type != VECTOR_TIME && random_below(seed, 4) == 0)
        fill_dictionary_form(seed, a, c, &v);
    else
        fill_values(seed, a, c, &v);
    return v;
}

static inline ParquetColumn random_column(uint64_t *seed, Arena *a, size_t index)
{
    ParquetColumn c = {.type = (VectorType)random_below(seed, VECTOR_FIXED + 1),
                       .required = random_below(seed, 3) == 0,
                       .bloom = random_below(seed, 4) == 0,
                       .large = random_below(seed, 5) == 0,
                       .ngrams = true};

    if (c.type == VECTOR_FIXED)
        c.fixed_len = 1 + random_below(seed, 20);
    assert_int_equal(arena_printf(a, &c.name, "column %zu", index), ST_OK);
    return c;
}

#endif
