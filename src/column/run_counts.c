/* SPDX-License-Identifier: Apache-2.0 */
#include "column/run_counts.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "column/bits.h"
#include "column/rle.h"
#include "column/sums.h"

#include <inttypes.h>
#include <string.h>

#define META_KEY "vireo.run_counts"

enum { MAX_WIDTH = 32 };

/* ------------------------------------------------------------------ writing */

/* A text's stamp is the run that it was counted for last, from 1. */
static void count_runs(const Dictionary *d, const Vector *v, const uint32_t *runs, uint32_t *counts,
                       uint32_t *stamps)
{
    size_t at = 0;

    for (size_t row = 0; row < v->len; row++) {
        uint32_t code;

        if (vector_is_null(v, row))
            continue;
        code = d->codes[at++];
        if (runs[row] == PARQUET_NO_RUN || stamps[code] == runs[row] + 1)
            continue;
        stamps[code] = runs[row] + 1;
        counts[code]++;
    }
}

static Status put_counts(Buf *out, size_t column, const uint32_t *counts, size_t len)
{
    uint32_t most = 0;
    unsigned width;
    Buf packed;
    Status st;

    for (size_t i = 0; i < len; i++)
        most = counts[i] > most ? counts[i] : most;
    width = bits_width(most);
    buf_init(&packed, MAX_PAGE_BYTES);
    st = rle_encode(&packed, counts, len, width);
    if (!st)
        st = varint_append(out, column);
    if (!st)
        st = varint_append(out, len);
    if (!st)
        st = varint_append(out, width);
    if (!st)
        st = varint_append(out, packed.len);
    if (!st)
        st = buf_append(out, buf_str(&packed));
    buf_deinit(&packed);
    return st;
}

Status run_counts_put(Buf *out, size_t column, const Dictionary *d, const Vector *v,
                      const uint32_t *runs)
{
    uint32_t *counts = mem_calloc(2 * d->len + 1, sizeof *counts);
    Status st;

    if (!counts)
        return ST_NOMEM;
    count_runs(d, v, runs, counts, counts + d->len);
    st = put_counts(out, column, counts, d->len);
    mem_free(counts);
    return st;
}

Status run_counts_entry(Buf *entries, uint64_t start, Str part)
{
    if (part.len == 0)
        return buf_append_char(entries, ',');
    return buf_printf(entries, "%" PRIu64 " %zu %016" PRIx64 ",", start, part.len,
                      hash_bytes(part));
}

/* ------------------------------------------------------------------ opening */

static bool read_place(const ParquetReader *r, Str text, RunCountsPart *out)
{
    uint64_t *const numbers[] = {&out->start, &out->length};

    return sums_read_place(text, numbers, 2, &out->sum) && out->start <= r->file.len &&
           out->length <= r->file.len - out->start;
}

Status run_counts_open(ParquetReader *r, Err *err)
{
    Str text = {0};

    if (!parquet_meta(r, STR(META_KEY), &text))
        return ST_OK;
    for (size_t i = 0; i < r->group_count; i++) {
        Str entry;

        (void)str_cut(text, ',', &entry, &text);
        if (entry.len && !read_place(r, entry, &r->groups[i].run_counts))
            return err_set(err, ST_CORRUPT, 0, "the place of run counts of row group %zu is wrong",
                           i);
    }
    return ST_OK;
}

/* ------------------------------------------------------------------ reading */

/* Of one column in a part. */
typedef struct Entry {
    uint64_t column;
    uint64_t values;
    uint64_t width;
    Str packed;
} Entry;

/* Take the first one off `part`. */
static Status take_entry(Str *part, Entry *out)
{
    uint64_t bytes = 0;
    Status st = varint_take(part, &out->column);

    if (!st)
        st = varint_take(part, &out->values);
    if (!st)
        st = varint_take(part, &out->width);
    if (!st)
        st = varint_take(part, &bytes);
    if (st)
        return st;
    if (out->width > MAX_WIDTH || bytes > part->len)
        return ST_CORRUPT;
    out->packed = str_slice(*part, 0, (size_t)bytes);
    *part = str_slice(*part, (size_t)bytes, part->len);
    return ST_OK;
}

Status run_counts_find(Str part, size_t column, size_t len, uint32_t *out)
{
    Entry e;

    while (part.len) {
        const Status st = take_entry(&part, &e);

        if (st)
            return st;
        if (e.column == column)
            return e.values == len ? rle_decode(e.packed, (unsigned)e.width, out, len) : ST_CORRUPT;
    }
    return ST_NOTFOUND;
}

/* False: there are none, or not those that were written. */
static bool part_of(const ParquetReader *r, size_t group, Str *out)
{
    const RunCountsPart *p = &r->groups[group].run_counts;

    *out = (Str){r->file.ptr + p->start, (size_t)p->length};
    return p->length && hash_bytes(*out) == p->sum;
}

Status run_counts_verify(const ParquetReader *r, size_t group)
{
    Str part;
    Entry e;
    Status st = ST_OK;

    if (!part_of(r, group, &part))
        return r->groups[group].run_counts.length ? ST_CORRUPT : ST_OK;
    while (part.len && !st) {
        st = take_entry(&part, &e);
        if (!st && (e.column >= r->column_count || e.values > r->groups[group].rows))
            st = ST_CORRUPT;
    }
    return st;
}

Status parquet_run_counts(const ParquetReader *r, size_t group, size_t column, Arena *arena,
                          RunCounts *out)
{
    const Str *values = NULL;
    uint32_t *counts;
    size_t len = 0;
    Str part;
    Status st;

    *out = (RunCounts){0};
    if (group >= r->group_count || column >= r->column_count)
        return ST_INVALID;
    if (!part_of(r, group, &part))
        return ST_OK;
    st = parquet_dictionary(r, group, column, arena, &values, &len);
    if (st || !values)
        return st;
    counts = arena_alloc(arena, (len + 1) * sizeof *counts);
    if (!counts)
        return ST_NOMEM;
    if (run_counts_find(part, column, len, counts) == ST_OK)
        *out = (RunCounts){values, counts, len};
    return ST_OK;
}
