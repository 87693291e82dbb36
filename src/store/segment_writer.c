/* SPDX-License-Identifier: Apache-2.0 */
/* Segment files: schema, row groups, metadata, durable publication. */
#include "store/segment_writer.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/prefetch.h"
#include "codec/json_write.h"
#include "column/parquet.h"
#include "os/file.h"
#include "os/map.h"
#include "store/previews.h"

#include <inttypes.h>
#include <string.h>

enum {
    SINK_BUFFER = 1 << 20,
    GROUP_CELL_BYTES = 32 << 20, /* of attribute columns in memory */
    CELL_BYTES = sizeof(Str) + 1,
    META_LIMIT = 16 << 20,
    MAX_ELIDED = 100,
    PATH_LIMIT = 1 << 16,
    BLOCK_ROWS = 64,       /* two blocks of spans with their attributes: some 90 kB */
    BLOCK_ATTRS = 16,      /* of a span, fetched before they are needed */
    MERGED_ZSTD_LEVEL = 3, /* written once, read often; a flush takes the fastest level */
    SETTLED_LEVEL = 2      /* merges of merges: rarely merged again */
};
static const size_t group_memory = (size_t)4 << 30;

struct SegmentWriter {
    Arena arena; /* paths; lives as long as the writer */
    Arena group; /* columns of the row group being written */
    const char *dir;
    const char *path;
    const char *temp;
    File file;
    bool created;
    bool finished;
    Buf pending; /* small writes put together */
    AttrPlan *plan;
    ParquetWriter *parquet;
    SegmentInfo info;
    Buf group_bytes;        /* "123,456": bytes of the spans of each row group */
    Buf group_scores;       /* the same: rows that are scores */
    Str elided[MAX_ELIDED]; /* encoded keys whose column lacks values (see below) */
    size_t elided_count;
};

Status segment_dir_path(Arena *a, const char *store_dir, int64_t project_id, const char **out)
{
    Str text;
    const Status st = arena_printf(a, &text, "%s/segments/%" PRId64, store_dir, project_id);

    if (st)
        return st;
    *out = text.ptr;
    return ST_OK;
}

Status segment_path(Arena *a, const char *store_dir, const SegmentInfo *info, const char **out)
{
    Str text;
    const Status st = arena_printf(a, &text, "%s/segments/%" PRId64 "/%" PRId64 ".parquet",
                                   store_dir, info->project_id, info->id);

    if (st)
        return st;
    *out = text.ptr;
    return ST_OK;
}

/* ------------------------------------------------------------------ output */

static Status flush_pending(SegmentWriter *w)
{
    const Status st = w->pending.len ? file_write(&w->file, buf_str(&w->pending)) : ST_OK;

    buf_clear(&w->pending);
    return st;
}

static Status sink_write(void *context, Str bytes)
{
    SegmentWriter *w = context;

    if (bytes.len > SINK_BUFFER - w->pending.len) {
        const Status st = flush_pending(w);

        if (st)
            return st;
        if (bytes.len >= SINK_BUFFER)
            return file_write(&w->file, bytes);
    }
    return buf_append(&w->pending, bytes);
}

/* What a flush writes is merged before there is much of it: without n-grams and counts of traces
 * ingest is spared the work. */
static bool is_merged(const SegmentWriter *w)
{
    return w->info.level > 0;
}

static bool has_ngrams(const SegmentWriter *w, const SpanColumn *c)
{
    return is_merged(w) && c->large && c->type == VECTOR_STR;
}

static Status start_parquet(SegmentWriter *w)
{
    const size_t count = SPAN_COLUMN_COUNT + w->plan->column_count;
    ParquetColumn *columns = mem_calloc(count, sizeof *columns);
    Status st;

    if (!columns)
        return ST_NOMEM;
    for (SpanColumnId id = 0; id < SPAN_COLUMN_COUNT; id++) {
        const SpanColumn *c = span_column(id);

        columns[id] = (ParquetColumn){.name = c->name,
                                      .type = c->type,
                                      .fixed_len = c->fixed_len,
                                      .required = c->required,
                                      .bloom = c->bloom,
                                      .large = c->large,
                                      .ngrams = has_ngrams(w, c)};
    }
    for (size_t i = 0; i < w->plan->column_count; i++)
        columns[SPAN_COLUMN_COUNT + i] = (ParquetColumn){
            .name = w->plan->names[i], .type = attr_vector_type(w->plan->columns[i].kind)};
    st = parquet_writer_new(columns, count, (ParquetSink){sink_write, w}, &w->parquet);
    mem_free(columns);
    if (!st && is_merged(w))
        parquet_writer_set_effort(
            w->parquet, w->info.level < SETTLED_LEVEL ? TEXT_EFFORT_SOME : TEXT_EFFORT_MOST,
            MERGED_ZSTD_LEVEL);
    return st;
}

static Status create(SegmentWriter *w, const char *store_dir)
{
    Str temp;
    Status st = segment_dir_path(&w->arena, store_dir, w->info.project_id, &w->dir);

    if (!st)
        st = segment_path(&w->arena, store_dir, &w->info, &w->path);
    if (!st)
        st = arena_printf(&w->arena, &temp, "%s.tmp", w->path);
    if (st)
        return st;
    w->temp = temp.ptr;
    if (!path_exists(w->dir))
        st = dir_make(w->dir);
    if (!st)
        st = file_create_new(w->temp, &w->file);
    if (st)
        return st;
    w->created = true;
    return start_parquet(w);
}

Status segment_writer_new(const char *store_dir, const SegmentInfo *info, AttrPlan *plan,
                          SegmentWriter **out)
{
    SegmentWriter *w = mem_calloc(1, sizeof *w);
    Status st;

    if (!w)
        return ST_NOMEM;
    arena_init(&w->arena, META_LIMIT);
    arena_init(&w->group, group_memory);
    buf_init(&w->pending, SINK_BUFFER);
    buf_init(&w->group_bytes, META_LIMIT);
    buf_init(&w->group_scores, META_LIMIT);
    w->file = FILE_CLOSED;
    w->plan = plan;
    w->info = *info;
    w->info.min_time_ns = INT64_MAX;
    w->info.max_time_ns = INT64_MIN;
    w->info.min_seq = UINT64_MAX;
    w->info.max_seq = 0;
    w->info.rows = 0;
    st = create(w, store_dir);
    if (st) {
        segment_writer_free(w);
        return st;
    }
    *out = w;
    return ST_OK;
}

void segment_writer_free(SegmentWriter *w)
{
    if (!w)
        return;
    parquet_writer_free(w->parquet);
    file_close(&w->file);
    if (w->created && !w->finished) {
        const Status st = path_remove(w->temp);

        if (st)
            log_warn("unfinished segment not removed", " id=%" PRId64 " error=\"%s\"", w->info.id,
                     status_text(st));
    }
    buf_deinit(&w->pending);
    buf_deinit(&w->group_bytes);
    buf_deinit(&w->group_scores);
    arena_deinit(&w->group);
    arena_deinit(&w->arena);
    mem_free(w);
}

/* -------------------------------------------------------------- row groups */

size_t span_weight(const Span *s)
{
    size_t bytes = 200 + s->input.len + s->output.len + s->events_json.len + s->links_json.len;

    for (size_t i = 0; i < s->attrs.len; i++) {
        const Value *v = &s->attrs.items[i].value;

        if (v->kind == VALUE_STR || v->kind == VALUE_JSON || v->kind == VALUE_BYTES)
            bytes += v->as.s.len;
    }
    return bytes;
}

static bool same_trace(const Row *a, const Row *b)
{
    return memcmp(a->span->trace_id, b->span->trace_id, TRACE_ID_BYTES) == 0;
}

size_t segment_group_limit(size_t attr_columns)
{
    const size_t limit = GROUP_CELL_BYTES / CELL_BYTES / (attr_columns + 1);

    return limit < SEGMENT_GROUP_ROWS ? limit : SEGMENT_GROUP_ROWS;
}

size_t segment_group_rows(const Row *rows, size_t count, size_t attr_columns)
{
    const size_t limit = segment_group_limit(attr_columns);
    size_t bytes = 0;
    size_t n = 0;

    while (n < count && n < limit && (n == 0 || bytes < SEGMENT_GROUP_BYTES))
        bytes += rows[n++].weight;
    while (n < count && n < limit + limit / 4 && bytes < SEGMENT_GROUP_BYTES &&
           same_trace(&rows[n], &rows[n - 1]))
        bytes += rows[n++].weight;
    return n;
}

static void note_row(SegmentInfo *info, const Span *s)
{
    if (s->start_ns < info->min_time_ns)
        info->min_time_ns = s->start_ns;
    if (s->start_ns > info->max_time_ns)
        info->max_time_ns = s->start_ns;
    if (s->seq < info->min_seq)
        info->min_seq = s->seq;
    if (s->seq > info->max_seq)
        info->max_seq = s->seq;
}

Status segment_writer_elide(SegmentWriter *w, Str encoded)
{
    Status st;

    for (size_t i = 0; i < w->elided_count; i++)
        if (str_eq(w->elided[i], encoded))
            return ST_OK;
    if (w->elided_count == MAX_ELIDED)
        return ST_OK;
    st = arena_copy(&w->arena, encoded, &w->elided[w->elided_count]);
    w->elided_count += st == ST_OK;
    return st;
}

/* The keys are a service to readers who list columns; few are enough. */
static Status note_elided(SegmentWriter *w, const Attr *attr, Attr *last)
{
    Str name;
    Status st;

    if (!attr || w->elided_count == MAX_ELIDED)
        return ST_OK;
    if (attr->value.kind == last->value.kind && str_eq(attr->key, last->key))
        return ST_OK;
    *last = *attr;
    st = attr_key_encode(attr->key, attr->value.kind, &w->group, &name);
    return st ? st : segment_writer_elide(w, name);
}

static Status note_bytes(SegmentWriter *w, uint64_t bytes)
{
    return buf_printf(&w->group_bytes, "%s%" PRIu64, w->group_bytes.len ? "," : "", bytes);
}

/* What a row group's rows have told so far. */
typedef struct GroupPass {
    Attr last_input; /* the attributes of the row before: mostly the same again */
    Attr last_output;
    uint64_t bytes;
} GroupPass;

static Status note_rows(SegmentWriter *w, const Row *rows, size_t count, GroupPass *p)
{
    Status st = ST_OK;

    for (size_t i = 0; i < count && !st; i++) {
        note_row(&w->info, rows[i].span);
        p->bytes += rows[i].weight;
        st = note_elided(w, span_input_attr(rows[i].span), &p->last_input);
        if (!st)
            st = note_elided(w, span_output_attr(rows[i].span), &p->last_output);
    }
    return st;
}

/* How many rows are scores, by the column of types. */
static size_t count_scores(const Vector *types, size_t rows)
{
    const Str score = STR(VIREO_TYPE_SCORE);
    size_t n = 0;

    for (size_t i = 0; i < types->dict_len && types->codes; i++)
        n += str_eq(types->as.s[i], score);
    if (types->codes && !n)
        return 0;
    n = 0;
    for (size_t row = 0; row < rows; row++)
        n += str_eq(vector_str(types, row), score);
    return n;
}

/* The runs of rows that are of one trace, without scores, if there are any. */
static Status number_traces(const Vector *vectors, size_t rows, bool has_scores, Arena *a,
                            uint32_t **out)
{
    const Vector *ids = &vectors[COLUMN_trace_id];
    const Vector *types = &vectors[COLUMN_type];
    const Str score = STR(VIREO_TYPE_SCORE);
    uint32_t *runs = arena_alloc(a, rows * sizeof *runs + 1);
    uint32_t run = 0;

    if (!runs)
        return ST_NOMEM;
    for (size_t row = 0; row < rows; row++) {
        run += row && !str_eq(vector_str(ids, row), vector_str(ids, row - 1));
        runs[row] = has_scores && str_eq(vector_str(types, row), score) ? PARQUET_NO_RUN : run;
    }
    *out = runs;
    return ST_OK;
}

static Status write_group(SegmentWriter *w, const Vector *vectors, size_t rows)
{
    const size_t scores = count_scores(&vectors[COLUMN_type], rows);
    uint32_t *runs = NULL;
    Status st = buf_printf(&w->group_scores, "%s%zu", w->group_scores.len ? "," : "", scores);

    if (!st && is_merged(w))
        st = number_traces(vectors, rows, scores != 0, &w->group, &runs);
    if (!st)
        st = parquet_writer_add_runs(w->parquet, vectors, runs);
    arena_deinit(&w->group);
    return st;
}

/* The rows' spans lie apart in memory that nobody has touched for a second.  So rows are done
 * block by block, with a block that stays in the cache until it is done; while one is worked
 * on, the spans of the next are on their way. */
static void prefetch_block(const Row *rows, size_t count, size_t from)
{
    for (size_t i = from; i < count && i < from + BLOCK_ROWS; i++) {
        const AttrList *attrs = &rows[i].span->attrs;

        prefetch_bytes(attrs->items, (attrs->len < BLOCK_ATTRS ? attrs->len : BLOCK_ATTRS) *
                                         sizeof *attrs->items);
    }
    for (size_t i = from + BLOCK_ROWS; i < count && i < from + (size_t)2 * BLOCK_ROWS; i++)
        prefetch_bytes(rows[i].span, sizeof *rows[i].span);
}

static Status gather_blocks(SegmentWriter *w, const Row *rows, size_t count, SpanGather *g,
                            PlanSpread *s)
{
    GroupPass pass = {0};
    Status st = ST_OK;

    for (size_t from = 0; from < count && !st; from += BLOCK_ROWS) {
        const size_t to = count - from < BLOCK_ROWS ? count : from + BLOCK_ROWS;

        prefetch_block(rows, count, from);
        st = span_gather_block(g, from, to);
        if (!st)
            st = plan_spread_block(s, rows, from, to);
        if (!st)
            st = note_rows(w, rows + from, to - from, &pass);
    }
    if (st)
        return st;
    w->info.rows += count;
    return note_bytes(w, pass.bytes);
}

static Status gather_group(SegmentWriter *w, const Row *rows, size_t count, Vector *vectors)
{
    SpanGather g = span_gather(rows, count, &w->group);
    PlanSpread s;
    Status st = plan_spread_init(&s, w->plan, count, &w->group);

    if (!st)
        st = gather_blocks(w, rows, count, &g, &s);
    if (!st)
        st = span_gather_finish(&g, vectors);
    if (!st)
        st = plan_spread_finish(&s, vectors + SPAN_COLUMN_COUNT, &vectors[COLUMN_attributes_rest]);
    if (!st)
        st = previews_fill(vectors, &w->group);
    plan_spread_deinit(&s);
    return st;
}

Status segment_writer_add(SegmentWriter *w, const Row *rows, size_t count)
{
    const size_t columns = SPAN_COLUMN_COUNT + w->plan->column_count;
    Vector *vectors = arena_calloc(&w->group, columns, sizeof *vectors);
    Status st = vectors ? ST_OK : ST_NOMEM;

    if (!st)
        st = gather_group(w, rows, count, vectors);
    if (!st)
        return write_group(w, vectors, count);
    arena_deinit(&w->group);
    return st;
}

Status segment_writer_add_columns(SegmentWriter *w, const Vector *vectors, size_t rows,
                                  const GroupNote *note)
{
    SegmentInfo *info = &w->info;
    const Status st = note_bytes(w, note->bytes);

    if (st)
        return st;
    if (note->min_time_ns < info->min_time_ns)
        info->min_time_ns = note->min_time_ns;
    if (note->max_time_ns > info->max_time_ns)
        info->max_time_ns = note->max_time_ns;
    if (note->min_seq < info->min_seq)
        info->min_seq = note->min_seq;
    if (note->max_seq > info->max_seq)
        info->max_seq = note->max_seq;
    info->rows += rows;
    return write_group(w, vectors, rows);
}

/* --------------------------------------------------------------- finishing */

static Status elided_json(const SegmentWriter *w, Buf *out)
{
    JsonWriter j = jw_init(out);

    jw_array(&j);
    for (size_t i = 0; i < w->elided_count; i++)
        jw_str(&j, w->elided[i]);
    jw_array_end(&j);
    return jw_done(&j);
}

static Status finish_parquet(SegmentWriter *w)
{
    Buf elided;
    Str project = {0};
    Str min_seq = {0};
    Str max_seq = {0};
    Str rest_keys = {0};
    Status st;

    buf_init(&elided, META_LIMIT);
    st = elided_json(w, &elided);
    if (!st)
        st = arena_printf(&w->arena, &project, "%" PRId64, w->info.project_id);
    if (!st)
        st = arena_printf(&w->arena, &min_seq, "%" PRIu64, w->info.min_seq);
    if (!st)
        st = arena_printf(&w->arena, &max_seq, "%" PRIu64, w->info.max_seq);
    if (!st)
        st = arena_printf(&w->arena, &rest_keys, "%zu", w->plan->rest_keys);
    if (!st) {
        const ParquetMeta meta[] = {
            {STR("vireo.format"), STR("1")},
            {STR("vireo.table"), STR("spans")},
            {STR("vireo.writer"), STR(VIREO_VERSION)},
            {STR("vireo.project"), project},
            {STR("vireo.min_seq"), min_seq},
            {STR("vireo.max_seq"), max_seq},
            {STR("vireo.group_bytes"), buf_str(&w->group_bytes)},
            {STR("vireo.group_scores"), buf_str(&w->group_scores)},
            {STR("vireo.elided"), buf_str(&elided)},
            {STR("vireo.rest_keys"), rest_keys},
        };

        st = parquet_writer_finish(w->parquet, meta, sizeof meta / sizeof meta[0]);
    }
    buf_deinit(&elided);
    return st ? st : flush_pending(w);
}

/* Read back what was written: the pages are in memory still, and the sum is of
 * the file, not of what we believe to have written. */
static Status sum_file(SegmentWriter *w)
{
    FileMap map = {0};
    const Status st = file_map_open(w->temp, &map);
    Str bytes;

    if (st)
        return st;
    bytes = (Str){(const char *)map.data, map.len};
    w->info.checksum = hash_bytes(bytes);
    w->info.bytes = map.len;
    file_map_close(&map);
    return ST_OK;
}

/* Both folders: the project's may be new. */
static Status sync_names(SegmentWriter *w)
{
    Str parent;
    Status st = arena_printf(&w->arena, &parent, "%s/..", w->dir);

    if (!st)
        st = dir_sync(w->dir);
    return st ? st : dir_sync(parent.ptr);
}

Status segment_writer_finish(SegmentWriter *w, SegmentInfo *out)
{
    Status st = finish_parquet(w);

    if (!st)
        st = file_sync(&w->file);
    if (!st)
        st = sum_file(w);
    if (!st)
        st = path_rename(w->temp, w->path);
    if (st)
        return st;
    w->finished = true;
    st = sync_names(w);
    if (st) {
        const Status removed = path_remove(w->path);

        if (removed)
            log_warn("segment of a failed write not removed", " id=%" PRId64, w->info.id);
        return st;
    }
    *out = w->info;
    return ST_OK;
}
