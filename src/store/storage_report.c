/* SPDX-License-Identifier: Apache-2.0 */
/* See storage_report.h. */
#include "store/storage_report.h"

#include "base/map.h"
#include "store/attr_name.h"
#include "store/internal.h"

#include <stdlib.h>

typedef struct Tally {
    Arena *arena;
    Map names; /* -> index of items */
    VEC_OF(ColumnReport) items;
    StorageReport *out;
} Tally;

static Status column_of(Tally *t, Str name, ColumnReport **out)
{
    uint64_t at = 0;
    ColumnReport row = {0};
    Status st;

    if (map_get(&t->names, name, &at)) {
        *out = &t->items.items[at];
        return ST_OK;
    }
    st = arena_copy(t->arena, name, &row.column);
    if (!st)
        st = VEC_PUSH(&t->items, row, REPORT_MAX_COLUMNS);
    if (!st)
        st = map_put(&t->names, row.column, t->items.len - 1);
    if (!st)
        *out = &t->items.items[t->items.len - 1];
    return st;
}

static void add_chunk(ColumnReport *row, const Segment *s, size_t group, size_t column)
{
    const ParquetChunkSize size = parquet_chunk_size(s->reader, group, column);
    const uint64_t rows = s->groups[group].rows;
    ParquetStats stats;
    uint64_t values = rows;

    parquet_stats(s->reader, group, column, &stats);
    if (stats.null_count > 0)
        values -= (uint64_t)stats.null_count;
    row->bytes += size.bytes;
    row->rows += values;
    row->distinct_most += size.distinct;
    if (size.distinct > row->distinct_least)
        row->distinct_least = size.distinct;
    row->without_dictionary |= values && !size.distinct;
}

static Status add_columns(Tally *t, const Segment *s)
{
    const size_t count = parquet_column_count(s->reader);
    uint64_t bytes = 0;

    for (size_t c = 0; c < count; c++) {
        ColumnReport *row;
        const Status st = column_of(t, parquet_column(s->reader, c)->name, &row);
        const uint64_t before = st ? 0 : row->bytes;

        if (st)
            return st;
        for (size_t g = 0; g < s->group_count; g++)
            add_chunk(row, s, g, c);
        bytes += row->bytes - before;
    }
    t->out->index_bytes += s->info.bytes > bytes ? s->info.bytes - bytes : 0;
    return ST_OK;
}

static Status add_segment(Tally *t, Segment *s)
{
    Str text;
    uint64_t keys;
    Status st = segment_pin(s);

    if (segment_lost(st)) {
        t->out->damaged++;
        return ST_OK;
    }
    if (st)
        return st;
    if (parquet_meta(s->reader, STR("vireo.rest_keys"), &text) && !str_to_u64(text, &keys) &&
        keys > t->out->rest_keys)
        t->out->rest_keys = keys;
    for (size_t g = 0; g < s->group_count; g++)
        t->out->damaged_blocks += atomic_load(&s->groups[g].damaged);
    st = add_columns(t, s);
    segment_unpin(s);
    return st;
}

static int by_bytes(const void *a, const void *b)
{
    const ColumnReport *x = a;
    const ColumnReport *y = b;

    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return str_cmp(x->column, y->column);
}

static Status finish(Tally *t)
{
    ColumnReport *rows = arena_calloc(t->arena, t->items.len + 1, sizeof *rows);
    AttrColumn attr;

    if (!rows)
        return ST_NOMEM;
    for (size_t i = 0; i < t->items.len; i++) {
        rows[i] = t->items.items[i];
        t->out->attribute_columns += attr_column_parse(rows[i].column, &attr);
    }
    if (t->items.len)
        qsort(rows, t->items.len, sizeof *rows, by_bytes);
    t->out->columns = rows;
    t->out->len = t->items.len;
    return ST_OK;
}

Status store_report(Store *s, int64_t project_id, Arena *arena, StorageReport *out)
{
    StorageReport report = {0};
    Tally t = {.arena = arena, .out = &report};
    SegmentList list = {0};
    Status st = store_list_segments(s, project_id, &list);

    map_init(&t.names, REPORT_MAX_COLUMNS);
    for (size_t i = 0; i < list.len && !st; i++)
        st = add_segment(&t, list.items[i]);
    if (!st)
        st = finish(&t);
    segment_list_release(&list);
    map_deinit(&t.names);
    VEC_FREE(&t.items);
    if (!st)
        *out = report;
    return st;
}
