/* SPDX-License-Identifier: Apache-2.0 */
/* The file is built in memory first: a part is what one request brought, so its size is bounded,
 * and the checksum is of what was meant to be written. */
#include "results/part.h"

#include "base/hash.h"
#include "base/log.h"
#include "column/parquet.h"
#include "os/file.h"

enum { FIXED_COLUMNS = 3 };
static const size_t part_memory = (size_t)1 << 31;

static Status sink_write(void *context, Str bytes)
{
    return buf_append(context, bytes);
}

/* One text in all rows, or null in all: a dictionary of one. */
static Status repeat(Str text, size_t rows, Arena *a, Vector *out)
{
    uint32_t *codes = arena_calloc(a, rows, sizeof *codes);
    uint8_t *valid = arena_calloc(a, rows, 1);
    Str *values = arena_calloc(a, 1, sizeof *values);

    if (!codes || !valid || !values)
        return ST_NOMEM;
    values[0] = text;
    *out = (Vector){.type = VECTOR_STR,
                    .len = rows,
                    .valid = text.len ? NULL : valid,
                    .as.s = values,
                    .codes = codes,
                    .dict_len = 1};
    return ST_OK;
}

static Status lay_out(const ResultBatch *batch, Arena *a, ParquetColumn *columns, Vector *vectors)
{
    Status st;

    columns[0] = (ParquetColumn){.name = STR("number"), .type = VECTOR_INT, .required = true};
    vectors[0] = (Vector){.type = VECTOR_INT, .len = batch->rows, .as.i = batch->numbers};
    columns[1] = (ParquetColumn){.name = STR("case"), .type = VECTOR_STR};
    st = repeat(batch->scope, batch->rows, a, &vectors[1]);
    columns[2] = (ParquetColumn){.name = STR("configuration"), .type = VECTOR_STR};
    if (!st)
        st = repeat(batch->configuration, batch->rows, a, &vectors[2]);
    for (size_t i = 0; i < batch->count && !st; i++) {
        columns[FIXED_COLUMNS + i].type = batch->columns[i].values.type;
        vectors[FIXED_COLUMNS + i] = batch->columns[i].values;
        st = arena_printf(a, &columns[FIXED_COLUMNS + i].name, PART_METRIC_PREFIX "%.*s",
                          STR_ARG(batch->columns[i].name));
    }
    return st;
}

static Status encode(const ResultBatch *batch, Arena *a, Buf *out)
{
    const size_t count = FIXED_COLUMNS + batch->count;
    const ParquetMeta meta[] = {
        {STR("vireo.format"), STR("1")},
        {STR("vireo.table"), STR("results")},
        {STR("vireo.writer"), STR(VIREO_VERSION)},
    };
    ParquetColumn *columns = arena_calloc(a, count, sizeof *columns);
    Vector *vectors = arena_calloc(a, count, sizeof *vectors);
    ParquetWriter *w = NULL;
    Status st = columns && vectors ? lay_out(batch, a, columns, vectors) : ST_NOMEM;

    if (!st)
        st = parquet_writer_new(columns, count, (ParquetSink){sink_write, out}, &w);
    if (!st)
        st = parquet_writer_add(w, vectors);
    if (!st)
        st = parquet_writer_finish(w, meta, sizeof meta / sizeof meta[0]);
    parquet_writer_free(w);
    return st;
}

static Status write_file(const char *path, Str bytes)
{
    File file = FILE_CLOSED;
    Status st = file_create_new(path, &file);

    if (st)
        return st;
    st = file_write(&file, bytes);
    if (!st)
        st = file_sync(&file);
    file_close(&file);
    if (st && path_remove(path))
        log_warn("a part of a failed write is removed at the next start", " path=\"%s\"", path);
    return st;
}

Status part_write(const char *path, const ResultBatch *batch, uint64_t *bytes, uint64_t *checksum)
{
    Arena a;
    Buf out;
    Status st;

    arena_init(&a, part_memory);
    buf_init(&out, part_memory);
    st = encode(batch, &a, &out);
    if (!st)
        st = write_file(path, buf_str(&out));
    if (!st) {
        *bytes = out.len;
        *checksum = hash_bytes(buf_str(&out));
    }
    buf_deinit(&out);
    arena_deinit(&a);
    return st;
}
