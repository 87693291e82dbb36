/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged n-grams lose nothing: the column is searched whole, and parquet_verify() tells. */
#include "column/ngram_parts.h"

#include "base/hash.h"
#include "column/ngrams.h"
#include "column/sums.h"

#include <inttypes.h>

enum { MAX_RANGES = 1 << 24 };

/* ------------------------------------------------------------------ writing */

Status ngram_parts_put(Buf *out, Buf *entries, const ChunkRecord *r, size_t column, uint64_t start)
{
    const uint32_t runs = (uint32_t)(r->ngram_runs.len / NGRAM_RUN_NUMBERS);
    Status st = buf_append(out, (Str){(const char *)&runs, sizeof runs});

    if (!st)
        st = buf_append(out, buf_str(&r->ngram_runs));
    if (!st)
        st = buf_append(out, buf_str(&r->ngram_filters));
    if (st)
        return st;
    return buf_printf(entries, "%zu %" PRIu64 " %zu %016" PRIx64 ";", column, start, out->len,
                      hash_bytes(buf_str(out)));
}

Status ngram_parts_end_group(Buf *entries)
{
    return buf_append_char(entries, ',');
}

/* ------------------------------------------------------------------ opening */

static bool read_part(const ParquetReader *r, Str text, NgramPart *out)
{
    uint64_t column = 0;
    uint64_t *const numbers[] = {&column, &out->start, &out->length};

    if (!sums_read_place(text, numbers, 3, &out->sum))
        return false;
    out->column = (size_t)column;
    return column < r->column_count && out->start <= r->file.len &&
           out->length <= r->file.len - out->start;
}

/* Each column at most once: more entries than columns are wrong. */
static Status open_group(ParquetReader *r, GroupMeta *g, Str text)
{
    Str item;

    while (str_cut(text, ';', &item, &text)) {
        if (!g->ngrams)
            g->ngrams = arena_alloc(&r->arena, r->column_count * sizeof *g->ngrams);
        if (!g->ngrams)
            return ST_NOMEM;
        if (g->ngram_count == r->column_count || !read_part(r, item, &g->ngrams[g->ngram_count]))
            return ST_CORRUPT;
        g->ngram_count++;
    }
    return ST_OK;
}

Status ngram_parts_open(ParquetReader *r, Err *err)
{
    Str text = {0};

    if (!parquet_meta(r, STR("vireo.ngrams"), &text))
        return ST_OK;
    for (size_t i = 0; i < r->group_count; i++) {
        Str group;
        Status st;

        (void)str_cut(text, ',', &group, &text);
        st = open_group(r, &r->groups[i], group);
        if (st)
            return err_set(err, st, 0, "the places of n-grams of row group %zu are wrong", i);
    }
    return ST_OK;
}

/* ------------------------------------------------------------------ reading */

/* False: the column has none. */
static bool find_part(const ParquetReader *r, size_t group, size_t column, Str *bytes,
                      uint64_t *sum)
{
    const GroupMeta *g = &r->groups[group];

    for (size_t i = 0; i < g->ngram_count; i++) {
        const NgramPart *p = &g->ngrams[i];

        if (p->column == column) {
            *bytes = (Str){r->file.ptr + p->start, (size_t)p->length};
            *sum = p->sum;
            return true;
        }
    }
    return false;
}

Status ngram_parts_verify(const ParquetReader *r, size_t group, size_t column)
{
    RowRanges rows = {0};
    uint64_t sum;
    Str bytes;
    Status st = ST_OK;

    if (!find_part(r, group, column, &bytes, &sum))
        return ST_OK;
    if (hash_bytes(bytes) != sum)
        return ST_CORRUPT;
    st = ngrams_find(bytes, r->groups[group].rows, STR("n-grams"), &rows);
    VEC_FREE(&rows);
    return st;
}

Status parquet_text_rows(const ParquetReader *r, size_t group, size_t column, Str text,
                         RowRanges *out)
{
    const RowRange all = {0, r->groups[group].rows};
    const size_t before = out->len;
    uint64_t sum;
    Str bytes;

    if (find_part(r, group, column, &bytes, &sum) && hash_bytes(bytes) == sum) {
        const Status st = ngrams_find(bytes, all.to, text, out);

        if (st != ST_CORRUPT)
            return st;
        out->len = before;
    }
    return VEC_PUSH(out, all, MAX_RANGES);
}
