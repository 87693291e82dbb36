/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a Parquet file: open, ask everything, read everything, verify.
 * Codes must be inside their dictionary and texts inside memory. */
#include "column/parquet.h"

#include <stdlib.h>

#define READ_LIMIT ((size_t)32 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Touch every byte that a vector leads to, so that sanitizers see it. */
static unsigned touch(const Vector *v)
{
    unsigned sum = 0;

    for (size_t i = 0; i < v->len; i++) {
        Str s;

        if (v->codes && v->codes[i] >= v->dict_len)
            abort();
        if (vector_is_null(v, i))
            continue;
        if (v->type == VECTOR_BOOL) {
            sum += v->as.b[i];
        } else if (v->type == VECTOR_INT || v->type == VECTOR_TIME) {
            sum += (unsigned)v->as.i[i];
        } else if (v->type == VECTOR_DOUBLE) {
            sum += v->as.d[i] > 0;
        } else {
            s = vector_str(v, i);
            if (s.len)
                sum += (uint8_t)s.ptr[0] + (uint8_t)s.ptr[s.len - 1];
        }
    }
    return sum;
}

static void read_rows(const ParquetReader *r, size_t group, size_t column, size_t from, size_t to)
{
    volatile unsigned sink;
    Arena arena;
    Vector v;

    arena_init(&arena, READ_LIMIT);
    if (parquet_read(r, group, column, from, to, &arena, &v) == ST_OK) {
        if (v.len != to - from)
            abort();
        sink = touch(&v);
        (void)sink;
    }
    arena_deinit(&arena);
}

static void pick_rows(const ParquetReader *r, size_t group, size_t column, size_t rows, size_t max)
{
    const size_t wanted[] = {rows / 5, rows / 3, rows / 2};
    const size_t count = rows > 30 ? 3 : rows > 0;
    volatile unsigned sink;
    Arena arena;
    Vector v;

    arena_init(&arena, READ_LIMIT);
    if (parquet_pick(r, group, column, wanted, count, max, &arena, &v) == ST_OK) {
        if (v.len != count)
            abort();
        sink = touch(&v);
        (void)sink;
    }
    arena_deinit(&arena);
}

static Status see_page(void *context, size_t first, const Vector *page)
{
    size_t *next = context;
    volatile unsigned sink = touch(page);

    (void)sink;
    if (first != *next)
        abort();
    *next += page->len;
    return ST_OK;
}

static void read_chunk(const ParquetReader *r, size_t group, size_t column)
{
    const size_t rows = parquet_group_rows(r, group);
    ParquetStats s;
    size_t seen = 0;

    parquet_stats(r, group, column, &s);
    (void)parquet_may_contain(r, group, column, STR("12345678"));
    (void)parquet_may_contain(r, group, column, STR(""));
    read_rows(r, group, column, 0, rows);
    read_rows(r, group, column, rows / 3, rows / 3 + rows / 4);
    pick_rows(r, group, column, rows, SIZE_MAX);
    pick_rows(r, group, column, rows, 5);
    if (parquet_scan(r, group, column, see_page, &seen) == ST_OK && seen != rows)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ParquetReader *r = NULL;
    Err err = {0};
    Str value;

    if (parquet_reader_open((Str){(const char *)data, size}, &err, &r))
        return 0;
    (void)parquet_meta(r, STR("vireo.table"), &value);
    (void)parquet_find_column(r, STR("start"));
    for (size_t g = 0; g < parquet_group_count(r) && g < 8; g++)
        for (size_t i = 0; i < parquet_column_count(r) && i < 64; i++)
            read_chunk(r, g, i);
    (void)!parquet_verify(r, &err);
    parquet_reader_close(r);
    return 0;
}
