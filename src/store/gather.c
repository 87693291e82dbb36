/* SPDX-License-Identifier: Apache-2.0 */
/* One loop a width; nothing is copied but the values' own words. */
#include "store/gather.h"

static Status gather_bytes(const uint8_t *in, const uint32_t *rows, size_t count, Arena *a,
                           const uint8_t **out)
{
    uint8_t *to = arena_alloc(a, count + 1);

    if (!to)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++)
        to[i] = in[rows[i]];
    *out = to;
    return ST_OK;
}

static Status gather_codes(const uint32_t *in, const uint32_t *rows, size_t count, Arena *a,
                           const uint32_t **out)
{
    uint32_t *to = arena_alloc(a, (count + 1) * sizeof *to);

    if (!to)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++)
        to[i] = in[rows[i]];
    *out = to;
    return ST_OK;
}

static Status gather_ints(const int64_t *in, const uint32_t *rows, size_t count, Arena *a,
                          const int64_t **out)
{
    int64_t *to = arena_alloc(a, (count + 1) * sizeof *to);

    if (!to)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++)
        to[i] = in[rows[i]];
    *out = to;
    return ST_OK;
}

static Status gather_doubles(const double *in, const uint32_t *rows, size_t count, Arena *a,
                             const double **out)
{
    double *to = arena_alloc(a, (count + 1) * sizeof *to);

    if (!to)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++)
        to[i] = in[rows[i]];
    *out = to;
    return ST_OK;
}

static Status gather_texts(const Str *in, const uint32_t *rows, size_t count, Arena *a,
                           const Str **out)
{
    Str *to = arena_alloc(a, (count + 1) * sizeof *to);

    if (!to)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++)
        to[i] = in[rows[i]];
    *out = to;
    return ST_OK;
}

Status vector_gather(const Vector *in, const uint32_t *rows, size_t count, Arena *a, Vector *out)
{
    Vector v = {.type = in->type, .len = count};
    Status st = ST_OK;

    if (in->valid)
        st = gather_bytes(in->valid, rows, count, a, &v.valid);
    if (st)
        return st;
    if (in->codes) {
        v.as.s = in->as.s;
        v.dict_len = in->dict_len;
        st = gather_codes(in->codes, rows, count, a, &v.codes);
    } else if (in->type == VECTOR_BOOL) {
        st = gather_bytes(in->as.b, rows, count, a, &v.as.b);
    } else if (in->type == VECTOR_DOUBLE) {
        st = gather_doubles(in->as.d, rows, count, a, &v.as.d);
    } else if (in->type == VECTOR_INT || in->type == VECTOR_TIME) {
        st = gather_ints(in->as.i, rows, count, a, &v.as.i);
    } else {
        st = gather_texts(in->as.s, rows, count, a, &v.as.s);
    }
    if (!st)
        *out = v;
    return st;
}
