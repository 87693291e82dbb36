/* SPDX-License-Identifier: Apache-2.0 */
/* What a project takes on disk, by column, and the limits it is held to. */
#include "api/retention.h"
#include "domain/reference.h"
#include "store/attr_plan.h"
#include "store/storage_report.h"

enum { COLUMNS_DEFAULT = 200, COLUMNS_MAX = 10000 };

static void write_column(JsonWriter *w, const ColumnReport *c)
{
    jw_object(w);
    jw_key_str(w, STR("column"), c->column);
    jw_key_uint(w, STR("bytes"), c->bytes);
    jw_key_uint(w, STR("rows"), c->rows);
    if (c->without_dictionary) {
        jw_key_null(w, STR("distinct"));
        jw_key_null(w, STR("distinct_most"));
    } else {
        jw_key_uint(w, STR("distinct"), c->distinct_least);
        jw_key_uint(w, STR("distinct_most"), c->distinct_most);
    }
    jw_object_end(w);
}

static void write_columns(JsonWriter *w, const StorageReport *report, size_t max)
{
    jw_key_uint(w, STR("index_bytes"), report->index_bytes);
    jw_key_uint(w, STR("keys"), report->attribute_columns + report->rest_keys);
    jw_key_uint(w, STR("keys_in_columns"), report->attribute_columns);
    jw_key_uint(w, STR("keys_in_rest"), report->rest_keys);
    jw_key_uint(w, STR("damaged_segments"), report->damaged);
    jw_key_uint(w, STR("damaged_blocks"), report->damaged_blocks);
    jw_key_uint(w, STR("column_count"), report->len);
    jw_key(w, STR("columns"));
    jw_array(w);
    for (size_t i = 0; i < report->len && i < max; i++)
        write_column(w, &report->columns[i]);
    jw_array_end(w);
}

static void write_limits(JsonWriter *w, const RetentionRow *retention)
{
    jw_key(w, STR("limits"));
    jw_object(w);
    jw_key_uint(w, STR("key_columns_per_segment"), MAX_ATTRIBUTE_COLUMNS);
    jw_key_uint(w, STR("keys_counted_per_segment"), PLAN_MAX_KEYS);
    retention_write(w, retention);
    jw_object_end(w);
}

/* Rows that are scores, of which deleted ones may still be counted. */
static Status count_scores(Api *a, int64_t project, uint64_t *out)
{
    Snapshot *snap;
    const Status st = store_snapshot(a->store, project, &snap);

    *out = 0;
    if (st)
        return st;
    for (size_t block = 0; block < snapshot_block_count(snap); block++)
        *out += snapshot_block(snap, block).scores;
    snapshot_release(snap);
    return ST_OK;
}

static void write_totals(JsonWriter *w, const StoreStats *s, uint64_t scores)
{
    const uint64_t rows = s->segment_rows + s->memtable_spans;

    jw_key_uint(w, STR("segments"), s->segments);
    jw_key_uint(w, STR("segment_bytes"), s->segment_bytes);
    jw_key_uint(w, STR("spans"), rows > scores ? rows - scores : 0);
    jw_key_uint(w, STR("scores"), scores);
    jw_key_uint(w, STR("memtable_spans"), s->memtable_spans);
    jw_key_uint(w, STR("memtable_bytes"), s->memtable_bytes);
    jw_key_uint(w, STR("wal_bytes"), s->wal_bytes);
}

void storage_get(void *context, Request *q, Response *r)
{
    Api *a = context;
    const int64_t project = caller_of(q)->project_id;
    StorageReport report = {0};
    RetentionRow retention = {0};
    StoreStats stats;
    uint64_t blobs = 0;
    uint64_t blob_bytes = 0;
    uint64_t scores = 0;
    size_t max;
    JsonWriter w;
    Status st;

    if (!params_count(q, r, STR("limit"), COLUMNS_DEFAULT, COLUMNS_MAX, &max))
        return;
    st = store_report(a->store, project, q->arena, &report);
    if (!st)
        st = count_scores(a, project, &scores);
    if (!st)
        st = retention_get(a->domain, project, &retention);
    if (!st)
        st = reference_usage(a->domain, project, &blobs, &blob_bytes);
    if (st) {
        reply_error(r, st, NULL);
        return;
    }
    store_stats(a->store, project, &stats);
    w = jw_init(&r->body);
    jw_object(&w);
    write_totals(&w, &stats, scores);
    jw_key_uint(&w, STR("blobs"), blobs);
    jw_key_uint(&w, STR("blob_bytes"), blob_bytes);
    write_columns(&w, &report, max);
    write_limits(&w, &retention);
    jw_object_end(&w);
    reply_json(r, 200, &w);
}
