/* SPDX-License-Identifier: Apache-2.0 */
/* The Parquet writer: row groups as they come, then the footer.
 *
 *   new -> ready --add--> ready ... --finish--> finished -> free
 *            \--failure--> failed: every later call answers the same
 *
 * Behind the chunks of a row group come its bloom filters, column indexes and
 * offset indexes, so that nothing but the group's entry in the footer has to be
 * kept.  A refused row group (ST_INVALID) leaves the writer ready. */
#include "base/alloc.h"
#include "base/arena.h"
#include "column/footer_write.h"
#include "column/ngram_parts.h"
#include "column/run_counts.h"
#include "column/sums.h"

#include <string.h>

enum { FOOTER_LIMIT = 1 << 30 };

struct ParquetWriter {
    Arena names;
    ParquetColumn *columns;
    ChunkRecord *records; /* one a column: of the row group being written */
    size_t count;
    ChunkWriter out;
    Buf groups;
    Buf scratch;
    Buf part; /* what comes behind the chunks of the group being written */
    Buf sums; /* of the groups, for the metadata */
    Buf ngrams;
    Buf counts;     /* run counts of the group being written */
    Buf run_counts; /* where they are */
    size_t group_count;
    int64_t rows;
    bool finished;
    Status failed;
};

static bool column_ok(const ParquetColumn *c)
{
    if ((unsigned)c->type > VECTOR_FIXED || c->name.len > INT32_MAX)
        return false;
    return c->type != VECTOR_FIXED || (c->fixed_len > 0 && c->fixed_len <= MAX_VALUE_BYTES);
}

static Status copy_columns(ParquetWriter *w, const ParquetColumn *columns)
{
    w->columns = mem_array(w->count, sizeof *w->columns);
    w->records = mem_calloc(w->count, sizeof *w->records);
    if (!w->columns || !w->records)
        return ST_NOMEM;
    for (size_t i = 0; i < w->count; i++) {
        Status st;

        w->columns[i] = columns[i];
        st = arena_copy(&w->names, columns[i].name, &w->columns[i].name);
        if (st)
            return st;
    }
    return ST_OK;
}

void parquet_writer_set_effort(ParquetWriter *w, TextEffort texts, int level)
{
    w->out.texts = texts;
    w->out.level = level;
}

Status parquet_writer_new(const ParquetColumn *columns, size_t count, ParquetSink sink,
                          ParquetWriter **out)
{
    ParquetWriter *w;
    Status st;

    if (count == 0 || count > MAX_COLUMNS)
        return ST_INVALID;
    for (size_t i = 0; i < count; i++)
        if (!column_ok(&columns[i]))
            return ST_INVALID;
    w = mem_calloc(1, sizeof *w);
    if (!w)
        return ST_NOMEM;
    w->count = count;
    arena_init(&w->names, FOOTER_LIMIT);
    buf_init(&w->groups, FOOTER_LIMIT);
    buf_init(&w->scratch, FOOTER_LIMIT);
    buf_init(&w->part, FOOTER_LIMIT);
    buf_init(&w->sums, FOOTER_LIMIT);
    buf_init(&w->ngrams, FOOTER_LIMIT);
    buf_init(&w->counts, FOOTER_LIMIT);
    buf_init(&w->run_counts, FOOTER_LIMIT);
    st = chunk_writer_init(&w->out, sink);
    if (!st)
        st = copy_columns(w, columns);
    if (!st)
        st = chunk_writer_put(&w->out, STR(PARQUET_MAGIC));
    if (st)
        parquet_writer_free(w);
    else
        *out = w;
    return st;
}

void parquet_writer_free(ParquetWriter *w)
{
    if (!w)
        return;
    for (size_t i = 0; w->records && i < w->count; i++)
        chunk_record_deinit(&w->records[i]);
    mem_free(w->records);
    mem_free(w->columns);
    arena_deinit(&w->names);
    buf_deinit(&w->groups);
    buf_deinit(&w->scratch);
    buf_deinit(&w->part);
    buf_deinit(&w->sums);
    buf_deinit(&w->ngrams);
    buf_deinit(&w->counts);
    buf_deinit(&w->run_counts);
    chunk_writer_deinit(&w->out);
    mem_free(w);
}

/* ------------------------------------------------------------- row groups */

static Status check_group(const ParquetWriter *w, const Vector *vectors)
{
    const size_t rows = vectors[0].len;

    if (rows == 0 || rows > MAX_GROUP_ROWS_WRITTEN)
        return ST_INVALID;
    for (size_t i = 0; i < w->count; i++) {
        const Status st = chunk_check(&w->columns[i], &vectors[i], rows);

        if (st)
            return st;
    }
    return ST_OK;
}

/* Where the next byte of the part goes: it is written once it is whole. */
static uint64_t part_offset(const ParquetWriter *w)
{
    return w->out.offset + w->part.len;
}

static Status put_bloom(ParquetWriter *w, ChunkRecord *r)
{
    Status st;

    if (!r->bloom)
        return ST_OK;
    buf_clear(&w->scratch);
    r->bloom_offset = part_offset(w);
    st = footer_bloom_header(&w->scratch, r->bloom_size);
    if (!st)
        st = buf_append(&w->part, buf_str(&w->scratch));
    if (!st)
        st = buf_append(&w->part, (Str){(const char *)r->bloom, r->bloom_size});
    r->bloom_length = (size_t)(part_offset(w) - r->bloom_offset);
    return st;
}

static Status put_column_index(ParquetWriter *w, size_t column)
{
    ChunkRecord *r = &w->records[column];
    Status st;

    buf_clear(&w->scratch);
    st = footer_column_index(&w->scratch, &w->columns[column], r);
    if (st)
        return st;
    r->column_index_offset = part_offset(w);
    r->column_index_length = w->scratch.len;
    return buf_append(&w->part, buf_str(&w->scratch));
}

static Status put_offset_index(ParquetWriter *w, ChunkRecord *r)
{
    Status st;

    buf_clear(&w->scratch);
    st = footer_offset_index(&w->scratch, r);
    if (st)
        return st;
    r->offset_index_offset = part_offset(w);
    r->offset_index_length = w->scratch.len;
    return buf_append(&w->part, buf_str(&w->scratch));
}

/* Before the part, whose sum is compared when a file is opened: these are many bytes that
 * few questions need. */
static Status put_ngrams(ParquetWriter *w)
{
    Status st = ST_OK;

    for (size_t i = 0; i < w->count && !st; i++) {
        const ChunkRecord *r = &w->records[i];
        const uint64_t start = w->out.offset;

        if (r->ngram_runs.len == 0)
            continue;
        buf_clear(&w->scratch);
        st = ngram_parts_put(&w->scratch, &w->ngrams, r, i, start);
        if (!st)
            st = chunk_writer_put(&w->out, buf_str(&w->scratch));
    }
    return st ? st : ngram_parts_end_group(&w->ngrams);
}

static Status put_run_counts(ParquetWriter *w)
{
    const Str counts = buf_str(&w->counts);
    const Status st = run_counts_entry(&w->run_counts, w->out.offset, counts);

    return st ? st : chunk_writer_put(&w->out, counts);
}

static Status put_part(ParquetWriter *w)
{
    const size_t pages = w->part.len;
    Status st = sums_put_pages(&w->part, w->records, w->count);

    if (!st)
        st = sums_put_entry(&w->sums, w->out.offset, buf_str(&w->part), pages);
    return st ? st : chunk_writer_put(&w->out, buf_str(&w->part));
}

/* The dictionary is the writer's until the next column. */
static Status put_chunk(ParquetWriter *w, size_t column, const Vector *v, const uint32_t *runs)
{
    const Status st = chunk_write(&w->out, &w->columns[column], v, &w->records[column]);

    if (st || !runs || v->type != VECTOR_STR || !w->records[column].has_dictionary)
        return st;
    return run_counts_put(&w->counts, column, &w->out.dictionary, v, runs);
}

static Status put_group(ParquetWriter *w, const Vector *vectors, const uint32_t *runs)
{
    Status st = ST_OK;

    buf_clear(&w->part);
    buf_clear(&w->counts);
    for (size_t i = 0; i < w->count && !st; i++)
        st = put_chunk(w, i, &vectors[i], runs);
    if (!st)
        st = put_ngrams(w);
    if (!st)
        st = put_run_counts(w);
    for (size_t i = 0; i < w->count && !st; i++)
        st = put_bloom(w, &w->records[i]);
    for (size_t i = 0; i < w->count && !st; i++)
        st = put_column_index(w, i);
    for (size_t i = 0; i < w->count && !st; i++)
        st = put_offset_index(w, &w->records[i]);
    if (!st)
        st = put_part(w);
    if (st)
        return st;
    return footer_group(&w->groups, w->columns, w->records, w->count, w->group_count);
}

Status parquet_writer_add_runs(ParquetWriter *w, const Vector *vectors, const uint32_t *runs)
{
    Status st;

    if (w->failed)
        return w->failed;
    if (w->finished)
        return ST_CLOSED;
    st = check_group(w, vectors);
    if (st)
        return st;
    w->failed = put_group(w, vectors, runs);
    if (w->failed)
        return w->failed;
    w->group_count++;
    w->rows += (int64_t)vectors[0].len;
    return ST_OK;
}

Status parquet_writer_add(ParquetWriter *w, const Vector *vectors)
{
    return parquet_writer_add_runs(w, vectors, NULL);
}

/* ------------------------------------------------------------- footer */

static Status write_footer(ParquetWriter *w, const ParquetMeta *meta, size_t count)
{
    const FooterParts parts = {.columns = w->columns,
                               .column_count = w->count,
                               .groups = buf_str(&w->groups),
                               .group_count = w->group_count,
                               .rows = w->rows,
                               .meta = meta,
                               .meta_count = count};
    uint32_t length;
    Status st;

    buf_clear(&w->scratch);
    st = footer_file(&w->scratch, &parts);
    if (st)
        return st;
    length = (uint32_t)w->scratch.len;
    buf_clear(&w->part);
    st = sums_put_check(&w->part, buf_str(&w->scratch));
    if (!st)
        st = chunk_writer_put(&w->out, buf_str(&w->part));
    if (!st)
        st = buf_append(&w->scratch, (Str){(const char *)&length, sizeof length});
    if (!st)
        st = buf_append(&w->scratch, STR(PARQUET_MAGIC));
    if (!st)
        st = chunk_writer_put(&w->out, buf_str(&w->scratch));
    return st ? st : chunk_writer_flush(&w->out);
}

static Status put_footer(ParquetWriter *w, const ParquetMeta *meta, size_t count)
{
    ParquetMeta *all = mem_calloc(count + 3, sizeof *all);
    Status st;

    if (!all)
        return ST_NOMEM;
    if (count)
        memcpy(all, meta, count * sizeof *meta);
    all[count++] = (ParquetMeta){STR("vireo.sums"), buf_str(&w->sums)};
    if (w->ngrams.len > w->group_count)
        all[count++] = (ParquetMeta){STR("vireo.ngrams"), buf_str(&w->ngrams)};
    if (w->run_counts.len > w->group_count)
        all[count++] = (ParquetMeta){STR("vireo.run_counts"), buf_str(&w->run_counts)};
    st = write_footer(w, all, count);
    mem_free(all);
    return st;
}

Status parquet_writer_finish(ParquetWriter *w, const ParquetMeta *meta, size_t count)
{
    if (w->failed)
        return w->failed;
    if (w->finished)
        return ST_CLOSED;
    w->failed = put_footer(w, meta, count);
    w->finished = true;
    return w->failed;
}
