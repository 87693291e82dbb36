/* SPDX-License-Identifier: Apache-2.0 */
/* Compaction: fewer, larger segments; doubled and deleted spans dropped.
 *
 * Size-tiered: four to eight neighbours (merge_choice.h) become one segment of the next
 * level, as long as that stays below MERGE_ROWS and MERGE_BYTES.  So every row is
 * rewritten once a level, and levels grow with the logarithm of the rows.  While much is
 * being appended the background waits until there are eight: fewer rewrites when
 * processors are short.
 *
 * The order of the result is found from keys alone (64 bytes a row); then one row
 * group at a time is put together column by column (merge_group.h) and written. */
#include "store/internal.h"

#include "base/alloc.h"
#include "base/log.h"
#include "store/merge_choice.h"
#include "store/merge_group.h"
#include "store/row_keys.h"
#include "store/segment_read.h"
#include "store/segment_writer.h"

#include <inttypes.h>
#include <string.h>

static const size_t merge_memory = (size_t)4 << 30;

/* ------------------------------------------------------------------ choosing */

static Status list_candidates(Store *s, SegmentList *out)
{
    Status st = ST_OK;

    mutex_lock(&s->lock);
    for (size_t i = 0; i < s->segments.len && !st; i++) {
        Segment *segment = s->segments.items[i];

        if (segment->info.table != TABLE_SPANS || atomic_load(&segment->left_alone))
            continue;
        st = segment_list_share(out, segment);
    }
    mutex_unlock(&s->lock);
    return st;
}

/* Leave in `list` only what is to be merged, or nothing. */
static void keep_chosen(SegmentList *list, MergeChoice c)
{
    for (size_t i = 0; i < list->len; i++)
        if (i < c.from || i >= c.from + c.count)
            segment_unref(list->items[i]);
    if (list->items && c.count)
        memmove(list->items, list->items + c.from, c.count * sizeof(void *));
    list->len = c.count;
}

/* ------------------------------------------------------------------- merging */

typedef struct Merge {
    Store *store;
    const SegmentList *inputs;
    size_t pinned;
    Segment *bad;        /* the input that a read failed on */
    const DeadSet *dead; /* rows to leave out; NULL: none */
    VEC_OF(MergeSource) sources;
    RowKey *keys;
    size_t rows;
    AttrPlan plan;
    MergeLayout layout;
    SegmentWriter *writer;
    SegmentInfo info;
} Merge;

static Status add_sources(Merge *m, size_t input)
{
    const Segment *s = m->inputs->items[input];
    Status st = ST_OK;

    for (size_t g = 0; g < s->group_count && !st; g++) {
        const MergeSource source = {input, g};

        st = VEC_PUSH(&m->sources, source, UINT32_MAX);
        m->rows += s->groups[g].rows;
    }
    return st;
}

static Status pin_inputs(Merge *m)
{
    while (m->pinned < m->inputs->len) {
        Segment *s = m->inputs->items[m->pinned];
        Status st = segment_pin(s);

        if (st) {
            m->bad = s;
            return st;
        }
        m->pinned++;
        st = add_sources(m, m->pinned - 1);
        if (st)
            return st;
    }
    return m->rows > UINT32_MAX ? ST_LIMIT : ST_OK;
}

static const SegmentGroup *group_of(const Merge *m, size_t source)
{
    const MergeSource *from = &m->sources.items[source];

    return &m->inputs->items[from->input]->groups[from->group];
}

static Status read_keys(const Segment *s, size_t group, Arena *a, Vector out[4])
{
    static const SpanColumnId ids[4] = {COLUMN_trace_id, COLUMN_span_id, COLUMN_start, COLUMN_seq};
    Status st = ST_OK;

    for (size_t i = 0; i < 4 && !st; i++)
        st = parquet_read(s->reader, group, s->columns[ids[i]], 0, s->groups[group].rows, a,
                          &out[i]);
    return st;
}

static Status add_keys(Merge *m, uint32_t source, RowKey *keys)
{
    const MergeSource *from = &m->sources.items[source];
    Segment *s = m->inputs->items[from->input];
    Vector v[4] = {{0}};
    Arena a;
    Status st;

    arena_init(&a, merge_memory);
    st = read_keys(s, from->group, &a, v);
    for (size_t i = 0; i < v[3].len && !st; i++) {
        const Str trace = vector_str(&v[0], i);
        const Str span = vector_str(&v[1], i);

        keys[i] = (RowKey){.start_ns = v[2].as.i[i],
                           .seq = (uint64_t)v[3].as.i[i],
                           .source = source,
                           .row = (uint32_t)i};
        memcpy(keys[i].trace_id, trace.ptr, TRACE_ID_BYTES);
        memcpy(keys[i].span_id, span.ptr, SPAN_ID_BYTES);
    }
    if (st)
        m->bad = s;
    arena_deinit(&a);
    return st;
}

static void drop_dead(Merge *m)
{
    size_t kept = 0;

    for (size_t i = 0; i < m->rows && m->dead; i++)
        if (!dead_set_covers(m->dead, m->keys[i].trace_id, m->keys[i].seq))
            m->keys[kept++] = m->keys[i];
    if (m->dead)
        m->rows = kept;
}

static Status order_rows(Merge *m)
{
    size_t at = 0;
    Status st = ST_OK;

    m->keys = mem_array(m->rows, sizeof *m->keys);
    if (!m->keys)
        return ST_NOMEM;
    for (size_t i = 0; i < m->sources.len && !st; i++) {
        st = add_keys(m, (uint32_t)i, m->keys + at);
        at += group_of(m, i)->rows;
    }
    if (st)
        return st;
    drop_dead(m);
    m->rows = row_keys_arrange(m->keys, m->rows);
    return ST_OK;
}

/* Values of a column in all groups of a segment, as far as is known. */
static uint64_t values_of(const Segment *s, size_t column)
{
    uint64_t values = 0;

    for (size_t g = 0; g < s->group_count; g++) {
        ParquetStats stats;

        parquet_stats(s->reader, g, column, &stats);
        values += s->groups[g].rows;
        if (stats.null_count > 0)
            values -= (uint64_t)stats.null_count;
    }
    return values;
}

/* Keys without a column stay told, those of the input that has most of them. */
static void count_rest(Merge *m)
{
    uint64_t most = 0;

    for (size_t i = 0; i < m->inputs->len; i++) {
        Str text;
        uint64_t keys;

        if (parquet_meta(m->inputs->items[i]->reader, STR("vireo.rest_keys"), &text) &&
            !str_to_u64(text, &keys) && keys > most)
            most = keys;
    }
    m->plan.rest_keys += (size_t)most;
}

static Status plan_merge(Merge *m)
{
    for (size_t i = 0; i < m->inputs->len; i++) {
        const Segment *s = m->inputs->items[i];
        const size_t count = parquet_column_count(s->reader);

        for (size_t c = 0; c < count; c++) {
            const ParquetColumn *column = parquet_column(s->reader, c);
            AttrColumn attr;
            Status st;

            if (!attr_column_parse(column->name, &attr) ||
                column->type != attr_vector_type(attr.kind))
                continue;
            st = plan_count_column(&m->plan, &attr, values_of(s, c));
            if (st)
                return st;
        }
    }
    return plan_choose(&m->plan, MAX_ATTRIBUTE_COLUMNS);
}

/* ------------------------------------------------- one row group of the result */

static uint64_t bytes_a_row(const Merge *m, const RowKey *key)
{
    const SegmentGroup *g = group_of(m, key->source);

    return g->bytes / g->rows + 1;
}

static size_t group_rows(const Merge *m, size_t from)
{
    const size_t limit = segment_group_limit(m->plan.column_count);
    uint64_t bytes = 0;
    size_t n = 0;

    while (from + n < m->rows && n < limit && (n == 0 || bytes < SEGMENT_GROUP_BYTES))
        bytes += bytes_a_row(m, &m->keys[from + n++]);
    while (from + n < m->rows && n < limit + limit / 4 && bytes < SEGMENT_GROUP_BYTES &&
           memcmp(m->keys[from + n].trace_id, m->keys[from + n - 1].trace_id, TRACE_ID_BYTES) == 0)
        bytes += bytes_a_row(m, &m->keys[from + n++]);
    return n;
}

static GroupNote note_of(const Merge *m, size_t from, size_t count)
{
    GroupNote n = {INT64_MAX, INT64_MIN, UINT64_MAX, 0, 0};

    for (size_t i = from; i < from + count; i++) {
        const RowKey *k = &m->keys[i];

        n.min_time_ns = k->start_ns < n.min_time_ns ? k->start_ns : n.min_time_ns;
        n.max_time_ns = k->start_ns > n.max_time_ns ? k->start_ns : n.max_time_ns;
        n.min_seq = k->seq < n.min_seq ? k->seq : n.min_seq;
        n.max_seq = k->seq > n.max_seq ? k->seq : n.max_seq;
        n.bytes += bytes_a_row(m, k);
    }
    return n;
}

static Status write_group(Merge *m, size_t from, size_t count, Arena *a)
{
    const GroupNote note = note_of(m, from, count);
    Vector *vectors = arena_calloc(a, m->layout.column_count, sizeof *vectors);
    Status st = vectors ? ST_OK : ST_NOMEM;

    if (!st)
        st = merge_group(&m->layout, m->keys + from, count, a, vectors, &m->bad);
    return st ? st : segment_writer_add_columns(m->writer, vectors, count, &note);
}

/* A flush that is due comes first: appends wait for it, nobody waits for us. */
static Status let_flush(Store *s)
{
    bool stop;

    mutex_lock(&s->lock);
    stop = s->stopping;
    mutex_unlock(&s->lock);
    if (stop)
        return ST_CLOSED;
    if (store_flush_due(s) && store_flush(s))
        log_debug("flush will be tried again", "");
    return ST_OK;
}

static Status note_elided(void *visitor, Str encoded)
{
    return segment_writer_elide(visitor, encoded);
}

static Status begin_merged(Merge *m)
{
    Status st =
        merge_layout_init(&m->layout, m->inputs, &m->plan, m->sources.items, m->sources.len);

    if (!st)
        st = segment_writer_new(m->store->dir, &m->info, &m->plan, &m->writer);
    for (size_t i = 0; i < m->inputs->len && !st; i++)
        st = segment_each_elided(m->inputs->items[i], note_elided, m->writer);
    return st;
}

/* What was read is not read again: a merge must not take the memory of its inputs. */
static void give_back(const Merge *m)
{
    for (size_t i = 0; i < m->inputs->len; i++) {
        const FileMap *map = &m->inputs->items[i]->map;

        file_map_advise(map, 0, map->len, FILE_MAP_DONE);
    }
}

static Status write_merged(Merge *m)
{
    Status st = begin_merged(m);

    for (size_t from = 0, n; from < m->rows && !st; from += n) {
        Arena a;

        arena_init(&a, merge_memory);
        n = group_rows(m, from);
        st = write_group(m, from, n, &a);
        arena_deinit(&a);
        give_back(m);
        if (!st)
            st = let_flush(m->store);
    }
    return st ? st : segment_writer_finish(m->writer, &m->info);
}

static Status add_merged(Merge *m, SegmentList *added)
{
    Segment *segment = NULL;
    Status st = segment_new(&m->store->cache, &m->info, &segment);

    if (st)
        return st;
    st = segment_list_push(added, segment);
    if (st) {
        segment_doom(segment);
        segment_unref(segment);
    }
    return st;
}

/* Nothing may be left of the inputs. */
static Status publish_merged(Merge *m)
{
    SegmentList added = {0};
    bool unknown = false;
    Status st = m->rows ? add_merged(m, &added) : ST_OK;

    if (!st)
        st = store_publish(m->store, &added, m->inputs, 0, &unknown);
    if (st)
        store_drop_segments(&added, unknown);
    VEC_FREE(&added);
    return st;
}

static Status merge(Merge *m)
{
    Status st = pin_inputs(m);

    if (!st)
        st = order_rows(m);
    if (!st)
        st = plan_merge(m);
    if (!st && m->rows) {
        count_rest(m);
        st = write_merged(m);
    }
    return st ? st : publish_merged(m);
}

static Status merge_list(Store *s, const SegmentList *inputs, int32_t level)
{
    const SegmentInfo *first = &inputs->items[0]->info;
    DeadSet *dead = store_dead_set(s, first->project_id);
    Merge m = {.store = s,
               .inputs = inputs,
               .info = {.id = store_new_segment_id(s),
                        .project_id = first->project_id,
                        .table = first->table,
                        .level = level},
               .dead = dead};
    Status st;

    plan_init(&m.plan);
    st = merge(&m);
    if (segment_lost(st) && m.bad) {
        /* Its row stays in the index, for whoever repairs it. */
        log_error("segment is damaged; it is not compacted", " id=%" PRId64 " error=\"%s\"",
                  m.bad->info.id, status_text(st));
        atomic_store(&m.bad->left_alone, true);
        st = ST_OK;
    }
    segment_writer_free(m.writer);
    merge_layout_deinit(&m.layout);
    plan_deinit(&m.plan);
    mem_free(m.keys);
    VEC_FREE(&m.sources);
    while (m.pinned)
        segment_unpin(inputs->items[--m.pinned]);
    dead_set_unref(dead);
    return st;
}

static Status compact_locked(Store *s, size_t least, bool *more)
{
    SegmentList list = {0};
    Status st = list_candidates(s, &list);

    if (!st) {
        const MergeChoice chosen = merge_choose(list.items, list.len, least);

        keep_chosen(&list, chosen);
        *more = list.len != 0;
        if (list.len)
            st = merge_list(s, &list, chosen.level);
    }
    segment_list_release(&list);
    return st;
}

Status store_compact_least(Store *s, size_t least, bool *more)
{
    Status st;

    mutex_lock(&s->compact_lock);
    st = compact_locked(s, least, more);
    mutex_unlock(&s->compact_lock);
    return st;
}

Status store_compact(Store *s, bool *more)
{
    return store_compact_least(s, MERGE_MIN, more);
}

/* It may be gone by now: merged with others, or past its time. */
static bool is_listed(Store *s, const Segment *segment)
{
    bool yes = false;

    mutex_lock(&s->lock);
    for (size_t i = 0; i < s->segments.len && !yes; i++)
        yes = s->segments.items[i] == segment;
    mutex_unlock(&s->lock);
    return yes;
}

/* A segment from a flush stays one of level 1: level 0 is counted when it is published. */
Status store_rewrite(Store *s, Segment *segment)
{
    const SegmentList one = {.items = &segment, .len = 1};
    Status st = ST_OK;

    mutex_lock(&s->compact_lock);
    if (is_listed(s, segment) && !atomic_load(&segment->left_alone))
        st = merge_list(s, &one, segment->info.level ? segment->info.level : 1);
    mutex_unlock(&s->compact_lock);
    return st;
}
