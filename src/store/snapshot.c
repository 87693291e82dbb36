/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots: a sorted list of blocks over segments and memtable runs.
 *
 * Made in two steps: under the store's lock only references are taken; opening
 * files and sorting comes after.  Blocks of the memtable are read straight from
 * the decoded spans, column by column, as they are asked for. */
#include "store/snapshot.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "store/attr_json.h"
#include "store/attr_plan.h"
#include "store/gather.h"
#include "store/internal.h"
#include "store/segment_read.h"

#include <stdlib.h>
#include <string.h>

typedef struct Block {
    BlockInfo info;
    Segment *segment; /* or */
    size_t group;
    const HiddenGroup *hidden; /* deleted rows, which are passed over; NULL: none */
    Run *run;
    size_t chunks; /* of the run, as seen */
} Block;

struct Snapshot {
    SegmentList segments; /* referenced, and pinned up to `pinned` */
    size_t pinned;
    int64_t project_id;
    uint64_t visible_seq; /* of the store's log when it was taken */
    uint64_t dead_generation;
    DeadSet *dead;           /* NULL: nothing of the project is deleted */
    VEC_OF(Hidden *) hidden; /* referenced */
    VEC_OF(Block) blocks;    /* runs are referenced by theirs */
};

enum { MAX_BLOCKS = 1 << 24 };

/* ------------------------------------------------------------------- taking */

static Status take_runs(Snapshot *snap, const Memtable *m, int64_t project_id)
{
    for (Run *r = m->buckets[(uint64_t)project_id % MEMTABLE_BUCKETS]; r; r = r->next) {
        const Block b = {.info = {r->spans, r->min_time_ns, r->max_time_ns, 0, 0, r->scores},
                         .run = r,
                         .chunks = r->chunks};
        Status st;

        if (r->project_id != project_id)
            continue;
        st = VEC_PUSH(&snap->blocks, b, MAX_BLOCKS);
        if (st)
            return st;
        run_ref(r);
    }
    return ST_OK;
}

static Status take_segments(Snapshot *snap, const SegmentList *list, int64_t project_id)
{
    for (size_t i = 0; i < list->len; i++) {
        Segment *s = list->items[i];
        Status st;

        if (s->info.project_id != project_id || s->info.table != TABLE_SPANS)
            continue;
        st = segment_list_share(&snap->segments, s);
        if (st)
            return st;
    }
    return ST_OK;
}

static uint64_t block_key(const Segment *s, size_t group, const HiddenGroup *hidden)
{
    const uint64_t id[3] = {(uint64_t)s->info.id, group, hidden ? hidden->key : 0};
    const uint64_t key = hash_bytes((Str){(const char *)id, sizeof id});

    return key ? key : 1;
}

static Status add_groups(Snapshot *snap, Segment *s, const Hidden *hidden)
{
    for (size_t g = 0; g < s->group_count; g++) {
        const SegmentGroup *group = &s->groups[g];
        const HiddenGroup *gone = hidden && hidden->groups[g].count ? &hidden->groups[g] : NULL;
        const Block b = {.info = {group->rows - (gone ? gone->count : 0), group->min_time_ns,
                                  group->max_time_ns, block_key(s, g, gone), (uint64_t)s->info.id,
                                  group->scores},
                         .segment = s,
                         .group = g,
                         .hidden = gone};
        const bool shown = b.info.rows && !atomic_load(&s->groups[g].damaged);
        const Status st = shown ? VEC_PUSH(&snap->blocks, b, MAX_BLOCKS) : ST_OK;

        if (st)
            return st;
    }
    return ST_OK;
}

/* What of the pinned segment is deleted; NULL: nothing. */
static Status find_hidden(Snapshot *snap, Segment *s, const Hidden **out)
{
    Hidden *h = NULL;
    Status st;

    *out = NULL;
    if (!snap->dead)
        return ST_OK;
    st = segment_hide(s, snap->dead, &h);
    if (st)
        return st;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
    st = VEC_PUSH(&snap->hidden, h, STORE_MAX_SEGMENTS);
    if (st)
        hidden_unref(h);
    else
        *out = h;
    return st;
}

static Status add_pinned(Snapshot *snap, Segment *s)
{
    const Hidden *hidden;
    const Status st = find_hidden(snap, s, &hidden);

    return st ? st : add_groups(snap, s, hidden);
}

/* A segment that is lost was told of once; the others are still worth reading. */
static Status open_segments(Snapshot *snap)
{
    while (snap->pinned < snap->segments.len) {
        Segment *s = snap->segments.items[snap->pinned];
        Status st = segment_pin(s);

        if (segment_lost(st)) {
            snap->segments.items[snap->pinned] = snap->segments.items[--snap->segments.len];
            segment_unref(s);
            continue;
        }
        if (st)
            return st;
        snap->pinned++;
        st = add_pinned(snap, s);
        if (st)
            return st;
    }
    return ST_OK;
}

/* Newest first; what is equal has an order too, so that pages of results are
 * the same each time. */
static int newest_first(const void *a, const void *b)
{
    const Block *x = a;
    const Block *y = b;

    if (x->info.max_time_ns != y->info.max_time_ns)
        return x->info.max_time_ns > y->info.max_time_ns ? -1 : 1;
    if (x->info.min_time_ns != y->info.min_time_ns)
        return x->info.min_time_ns > y->info.min_time_ns ? -1 : 1;
    return x->info.cache_key < y->info.cache_key ? -1 : x->info.cache_key > y->info.cache_key;
}

static Status take(Store *s, int64_t project_id, Snapshot *snap)
{
    Status st;

    if (store_is_dropped(s, project_id))
        return ST_OK;
    mutex_lock(&s->lock);
    snap->project_id = project_id;
    snap->visible_seq = s->visible_seq;
    snap->dead_generation = s->dead_generation;
    st = take_runs(snap, &s->active, project_id);
    if (!st)
        st = take_runs(snap, &s->flushing, project_id);
    if (!st)
        st = take_segments(snap, &s->segments, project_id);
    snap->dead = store_dead_set_locked(s, project_id);
    mutex_unlock(&s->lock);
    if (!st)
        st = open_segments(snap);
    if (!st && snap->blocks.len)
        qsort(snap->blocks.items, snap->blocks.len, sizeof *snap->blocks.items, newest_first);
    return st;
}

Status store_snapshot(Store *s, int64_t project_id, Snapshot **out)
{
    Snapshot *snap = mem_calloc(1, sizeof *snap);
    Status st;

    if (!snap)
        return ST_NOMEM;
    st = take(s, project_id, snap);
    if (st) {
        snapshot_release(snap);
        return st;
    }
    *out = snap;
    return ST_OK;
}

void snapshot_release(Snapshot *snap)
{
    if (!snap)
        return;
    for (size_t i = 0; i < snap->blocks.len; i++)
        if (snap->blocks.items[i].run)
            run_unref(snap->blocks.items[i].run);
    for (size_t i = 0; i < snap->segments.len; i++) {
        if (i < snap->pinned)
            segment_unpin(snap->segments.items[i]);
        segment_unref(snap->segments.items[i]);
    }
    for (size_t i = 0; i < snap->hidden.len; i++)
        hidden_unref(snap->hidden.items[i]);
    dead_set_unref(snap->dead);
    VEC_FREE(&snap->hidden);
    VEC_FREE(&snap->blocks);
    VEC_FREE(&snap->segments);
    mem_free(snap);
}

uint64_t snapshot_identity(const Snapshot *snap)
{
    uint64_t id[5] = {(uint64_t)snap->project_id, snap->visible_seq, snap->dead_generation, 0, 0};

    for (size_t i = 0; i < snap->blocks.len; i++) {
        id[3] = id[3] * 31 + snap->blocks.items[i].info.cache_key;
        id[4] += snap->blocks.items[i].info.rows;
    }
    return hash_bytes((Str){(const char *)id, sizeof id}) | 1;
}

size_t snapshot_block_count(const Snapshot *snap)
{
    return snap->blocks.len;
}

BlockInfo snapshot_block(const Snapshot *snap, size_t block)
{
    return snap->blocks.items[block].info;
}

/* ------------------------------------------------------ reading the memtable */

/* Rows [from, to) of a run.  A memtable row's trace_start is its own start:
 * rows are not sorted yet. */
static Status run_rows(const Block *b, size_t from, size_t to, Arena *a, Row **out)
{
    Row *rows = arena_alloc(a, (to - from + 1) * sizeof *rows);
    const HeldChunk *h = b->run->first;
    size_t at = 0;
    size_t n = 0;

    if (!rows)
        return ST_NOMEM;
    for (size_t k = 0; k < b->chunks && at < to; k++) {
        const SpanBatch *batch = &h->chunk.batch;

        for (size_t i = at < from ? from - at : 0; i < batch->len && at + i < to; i++)
            rows[n++] = (Row){.span = &batch->spans[i], .trace_start = batch->spans[i].start_ns};
        at += batch->len;
        if (k + 1 < b->chunks)
            h = h->next;
    }
    *out = rows;
    return n == to - from ? ST_OK : ST_INVALID;
}

static const Value *attr_of(const Span *s, const AttrColumn *c)
{
    const AttrList *list = c->owner == ATTR_OF_SPAN ? &s->attrs : &s->resource->attrs;
    const Value *v = attr_find(*list, c->key);

    return v && attr_column_kind(v->kind) == c->kind ? v : NULL;
}

static Status gather_attr(const Row *rows, size_t count, const AttrColumn *c, Arena *a, Vector *out)
{
    const Value *v = NULL;
    Cells cells;
    Status st = cells_init(&cells, attr_vector_type(c->kind), count, a);

    if (st)
        return st;
    for (size_t i = 0; i < count; i++) {
        /* Neighbours mostly share their resource. */
        if (c->owner == ATTR_OF_SPAN || !i || rows[i].span->resource != rows[i - 1].span->resource)
            v = attr_of(rows[i].span, c);
        if (v)
            cells_set(&cells, i, cell_of_value(*v));
    }
    if (!cells.present)
        return cells_nulls(VECTOR_STR, count, a, out);
    *out = cells_vector(&cells);
    return ST_OK;
}

/* The column of these rows. */
static Status run_gather(Str column, const Row *rows, size_t count, Arena *a, Vector *out)
{
    const SpanColumnId id = span_column_find(column);
    AttrColumn attr = {0};

    if (id < SPAN_COLUMN_COUNT)
        return span_column_gather(id, rows, count, a, out);
    if (attr_column_parse(column, &attr))
        return gather_attr(rows, count, &attr, a, out);
    return cells_nulls(VECTOR_STR, count, a, out);
}

static Status run_read(const Block *b, Str column, size_t from, size_t to, Arena *a, Vector *out)
{
    Row *rows = NULL;
    const Status st = run_rows(b, from, to, a, &rows);

    return st ? st : run_gather(column, rows, to - from, a, out);
}

static Status run_pick(const Block *b, Str column, const size_t *wanted, size_t count, Arena *a,
                       Vector *out)
{
    Row *all = NULL;
    Row *rows = arena_alloc(a, (count + 1) * sizeof *rows);
    Status st = rows ? run_rows(b, wanted[0], wanted[count - 1] + 1, a, &all) : ST_NOMEM;

    for (size_t i = 0; i < count && !st; i++)
        rows[i] = all[wanted[i] - wanted[0]];
    return st ? st : run_gather(column, rows, count, a, out);
}

/* Ids are worth a look: asking for one trace is common. */
static bool run_may_contain(const Block *b, Str column, Str value)
{
    const HeldChunk *h = b->run->first;

    if (!str_eq(column, STR("trace_id")))
        return true;
    for (size_t k = 0; k < b->chunks; k++) {
        for (size_t i = 0; i < h->chunk.batch.len; i++)
            if (str_eq(value, (Str){(const char *)h->chunk.batch.spans[i].trace_id, 16}))
                return true;
        if (k + 1 < b->chunks)
            h = h->next;
    }
    return false;
}

/* ------------------------------------------------------- copies of whole spans */

static Status copy_text(Arena *a, Str *s)
{
    return s->len ? arena_copy(a, *s, s) : ST_OK;
}

static Status copy_attrs(Arena *a, AttrList in, AttrList *out)
{
    Attr *items = arena_alloc(a, (in.len + 1) * sizeof *items);
    Status st = items ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < in.len && !st; i++) {
        items[i] = in.items[i];
        st = copy_text(a, &items[i].key);
        if (!st && (items[i].value.kind == VALUE_STR || items[i].value.kind == VALUE_BYTES ||
                    items[i].value.kind == VALUE_JSON))
            st = copy_text(a, &items[i].value.as.s);
    }
    if (!st)
        *out = (AttrList){items, in.len};
    return st;
}

static Status copy_texts(Arena *a, Span *s)
{
    Str *const texts[] = {&s->name,       &s->trace_state,  &s->status_message, &s->events_json,
                          &s->links_json, &s->type,         &s->model,          &s->fingerprint,
                          &s->session,    &s->user,         &s->input,          &s->output,
                          &s->input_key,  &s->output_key,   &s->llm_model,      &s->llm_provider,
                          &s->error_type, &s->error_message};
    Status st = ST_OK;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && !st; i++)
        st = copy_text(a, texts[i]);
    return st;
}

static Status copy_resource(Arena *a, const Resource *in, const Resource **out)
{
    Resource *r = arena_alloc(a, sizeof *r);
    Status st;

    if (!r)
        return ST_NOMEM;
    *r = *in;
    st = copy_text(a, &r->service_name);
    if (!st)
        st = copy_attrs(a, in->attrs, &r->attrs);
    if (!st)
        *out = r;
    return st;
}

static Status copy_scope(Arena *a, const Scope *in, const Scope **out)
{
    Scope *s = arena_alloc(a, sizeof *s);
    Status st;

    if (!s)
        return ST_NOMEM;
    *s = *in;
    st = copy_text(a, &s->name);
    if (!st)
        st = copy_text(a, &s->version);
    if (!st)
        st = copy_attrs(a, in->attrs, &s->attrs);
    if (!st)
        *out = s;
    return st;
}

/* As it will read back from a segment: doubled keys gone, and a key named for
 * a payload only when that payload is its value verbatim. */
static Status copy_span(Arena *a, const Span *in, Span *out)
{
    Status st;

    *out = *in;
    if (!span_input_attr(in))
        out->input_key = (Str){0};
    if (!span_output_attr(in))
        out->output_key = (Str){0};
    st = copy_texts(a, out);
    if (!st)
        st = attr_list_unique(in->attrs, a, &out->attrs);
    return st ? st : copy_attrs(a, out->attrs, &out->attrs);
}

static Status copy_spans(const Row *rows, const size_t *wanted, size_t count, Arena *a, Span *out)
{
    const Span *before = NULL;
    Status st = ST_OK;

    for (size_t i = 0; i < count && !st; i++) {
        const Span *in = rows[wanted[i] - wanted[0]].span;

        st = copy_span(a, in, &out[i]);
        if (st)
            break;
        if (before && before->resource == in->resource)
            out[i].resource = out[i - 1].resource;
        else
            st = copy_resource(a, in->resource, &out[i].resource);
        if (!st && before && before->scope == in->scope)
            out[i].scope = out[i - 1].scope;
        else if (!st)
            st = copy_scope(a, in->scope, &out[i].scope);
        before = in;
    }
    return st;
}

static Status run_spans(const Block *b, const size_t *wanted, size_t count, Arena *a, Span *out)
{
    Row *rows = NULL;
    Status st;

    for (size_t i = 1; i < count; i++)
        if (wanted[i] <= wanted[i - 1])
            return ST_INVALID;
    if (!count)
        return ST_OK;
    if (wanted[count - 1] >= b->info.rows)
        return ST_INVALID;
    st = run_rows(b, wanted[0], wanted[count - 1] + 1, a, &rows);
    return st ? st : copy_spans(rows, wanted, count, a, out);
}

/* ------------------------------------------------- blocks with deleted rows */

static Status kept_read(const Block *b, Str column, size_t from, size_t to, Arena *a, Vector *out)
{
    const size_t first = hidden_row(b->hidden, from);
    const size_t last = to > from ? hidden_row(b->hidden, to - 1) + 1U : first;
    uint32_t *rows = arena_alloc(a, (to - from + 1) * sizeof *rows);
    Vector v = {0};
    Status st;

    if (!rows)
        return ST_NOMEM;
    st = segment_read(b->segment, b->group, column, first, last, a, &v);
    if (st)
        return st;
    if (last - first == to - from) {
        *out = v;
        return ST_OK;
    }
    for (size_t i = from; i < to; i++)
        rows[i - from] = (uint32_t)(hidden_row(b->hidden, i) - first);
    return vector_gather(&v, rows, to - from, a, out);
}

/* Rows of the file. */
static Status kept_rows(const Block *b, const size_t *wanted, size_t count, Arena *a,
                        const size_t **out)
{
    size_t *rows = arena_alloc(a, (count + 1) * sizeof *rows);

    if (!rows)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++) {
        if (wanted[i] >= b->info.rows)
            return ST_INVALID;
        rows[i] = hidden_row(b->hidden, wanted[i]);
    }
    *out = rows;
    return ST_OK;
}

static Status kept_spans(const Block *b, const size_t *wanted, size_t count, Arena *a, Span *out)
{
    const size_t *rows = NULL;
    const Status st = kept_rows(b, wanted, count, a, &rows);

    return st ? st : segment_spans(b->segment, b->group, rows, count, a, out);
}

/* ------------------------------------------------------------ either of them */

Status snapshot_read(const Snapshot *snap, size_t block, Str column, size_t from, size_t to,
                     Arena *arena, Vector *out)
{
    const Block *b = &snap->blocks.items[block];

    if (from > to || to > b->info.rows)
        return ST_INVALID;
    if (!b->segment)
        return run_read(b, column, from, to, arena, out);
    return segment_note(b->segment, b->group,
                        b->hidden
                            ? kept_read(b, column, from, to, arena, out)
                            : segment_read(b->segment, b->group, column, from, to, arena, out));
}

Status snapshot_pick(const Snapshot *snap, size_t block, Str column, const size_t *rows,
                     size_t count, Arena *arena, Vector *out)
{
    const Block *b = &snap->blocks.items[block];
    Status st = ST_OK;

    for (size_t i = 0; i < count; i++)
        if (rows[i] >= b->info.rows || (i && rows[i] <= rows[i - 1]))
            return ST_INVALID;
    if (!count)
        return cells_nulls(VECTOR_STR, 0, arena, out);
    if (!b->segment)
        return run_pick(b, column, rows, count, arena, out);
    if (b->hidden)
        st = kept_rows(b, rows, count, arena, &rows);
    if (!st)
        st = segment_pick(b->segment, b->group, column, rows, count, arena, out);
    return segment_note(b->segment, b->group, st);
}

/* Where rows are numbered otherwise than in the file, all are read at once. */
Status snapshot_scan_ids(const Snapshot *snap, size_t block, Arena *arena, ParquetVisit *visit,
                         void *context)
{
    const Block *b = &snap->blocks.items[block];
    Vector all;
    Status st;

    if (b->segment && !b->hidden)
        return segment_note(b->segment, b->group,
                            segment_scan_ids(b->segment, b->group, visit, context));
    st = snapshot_read(snap, block, STR("trace_id"), 0, b->info.rows, arena, &all);
    return st ? st : visit(context, 0, &all);
}

bool snapshot_may_contain(const Snapshot *snap, size_t block, Str column, Str value)
{
    const Block *b = &snap->blocks.items[block];

    return b->segment ? segment_may_contain(b->segment, b->group, column, value)
                      : run_may_contain(b, column, value);
}

/* Rows of a block with deleted ones are numbered otherwise. */
Status snapshot_text_rows(const Snapshot *snap, size_t block, Str column, Str text, RowRanges *out)
{
    const Block *b = &snap->blocks.items[block];

    if (b->segment && !b->hidden)
        return segment_text_rows(b->segment, b->group, column, text, out);
    return VEC_PUSH(out, ((RowRange){0, b->info.rows}), MAX_BLOCKS);
}

Status snapshot_dictionary(const Snapshot *snap, size_t block, Str column, Arena *arena,
                           const Str **out, size_t *count)
{
    const Block *b = &snap->blocks.items[block];

    *out = NULL;
    if (!b->segment)
        return ST_OK;
    return segment_note(b->segment, b->group,
                        segment_dictionary(b->segment, b->group, column, arena, out, count));
}

/* Deleted rows are counted in the file. */
Status snapshot_run_counts(const Snapshot *snap, size_t block, Str column, Arena *arena,
                           RunCounts *out)
{
    const Block *b = &snap->blocks.items[block];

    *out = (RunCounts){0};
    if (!b->segment || b->hidden)
        return ST_OK;
    return segment_note(b->segment, b->group,
                        segment_run_counts(b->segment, b->group, column, arena, out));
}

bool snapshot_has(const Snapshot *snap, size_t block, Str column)
{
    const Block *b = &snap->blocks.items[block];

    return !b->segment || segment_has(b->segment, b->group, column);
}

bool snapshot_range(const Snapshot *snap, size_t block, Str column, ParquetStats *out)
{
    const Block *b = &snap->blocks.items[block];

    if (b->segment) {
        const bool known = segment_range(b->segment, b->group, column, out);

        if (b->hidden)
            out->null_count = -1;
        return known;
    }
    if (!str_eq(column, STR("start")))
        return false;
    *out = (ParquetStats){.has_range = true};
    out->min.i = b->info.min_time_ns;
    out->max.i = b->info.max_time_ns;
    return true;
}

Status snapshot_spans(const Snapshot *snap, size_t block, const size_t *rows, size_t count,
                      Arena *arena, Span *out)
{
    const Block *b = &snap->blocks.items[block];

    if (!b->segment)
        return run_spans(b, rows, count, arena, out);
    return segment_note(b->segment, b->group,
                        b->hidden ? kept_spans(b, rows, count, arena, out)
                                  : segment_spans(b->segment, b->group, rows, count, arena, out));
}

/* ------------------------------------------------------------- column names */

typedef struct Names {
    Map seen;
    Arena arena;
    Status (*visit)(void *visitor, Str column, VectorType type);
    void *visitor;
} Names;

static Status tell_name(void *context, Str column, VectorType type)
{
    Names *n = context;
    uint64_t known;
    Str name;
    Status st;

    if (map_get(&n->seen, column, &known))
        return ST_OK;
    st = arena_copy(&n->arena, column, &name);
    if (!st)
        st = map_put(&n->seen, name, 1);
    return st ? st : n->visit(n->visitor, name, type);
}

static Status run_names(Names *n, const Block *b)
{
    Arena a;
    AttrPlan plan;
    Row *rows = NULL;
    Status st;

    arena_init(&a, PLAN_MEMORY);
    plan_init(&plan);
    st = run_rows(b, 0, b->info.rows, &a, &rows);
    for (size_t i = 0; i < b->info.rows && !st; i++)
        st = plan_count_all(&plan, rows[i].span);
    if (!st)
        st = plan_choose(&plan, SIZE_MAX);
    for (size_t i = 0; i < plan.column_count && !st; i++)
        st = tell_name(n, plan.names[i], attr_vector_type(plan.columns[i].kind));
    plan_deinit(&plan);
    arena_deinit(&a);
    return st;
}

static Status all_names(const Snapshot *snap, Names *n)
{
    Status st = ST_OK;

    for (SpanColumnId id = 0; id < SPAN_COLUMN_COUNT && snap->blocks.len && !st; id++)
        st = tell_name(n, span_column(id)->name, span_column(id)->type);
    for (size_t i = 0; i < snap->segments.len && !st; i++)
        st = segment_each_column(snap->segments.items[i], tell_name, n);
    for (size_t i = 0; i < snap->blocks.len && !st; i++)
        if (snap->blocks.items[i].run)
            st = run_names(n, &snap->blocks.items[i]);
    return st;
}

Status snapshot_columns(const Snapshot *snap,
                        Status (*visit)(void *visitor, Str column, VectorType type), void *visitor)
{
    Names n = {.visit = visit, .visitor = visitor};
    Status st;

    map_init(&n.seen, PLAN_MAX_KEYS);
    arena_init(&n.arena, PLAN_MEMORY);
    st = all_names(snap, &n);
    map_deinit(&n.seen);
    arena_deinit(&n.arena);
    return st;
}

typedef struct AttrNames {
    const Segment *segment; /* NULL: a run */
    size_t group;
    Status (*visit)(void *visitor, Str column, VectorType type);
    void *visitor;
} AttrNames;

static Status tell_attribute(void *context, Str column, VectorType type)
{
    const AttrNames *n = context;

    if (!str_starts(column, STR("attr.")))
        return ST_OK;
    return n->visit(n->visitor, column, type);
}

static Status segment_attributes(const AttrNames *n)
{
    const size_t count = parquet_column_count(n->segment->reader);
    Status st = ST_OK;

    for (size_t i = 0; i < count && !st; i++) {
        const ParquetColumn *c = parquet_column(n->segment->reader, i);

        if (str_starts(c->name, STR("attr.")) && !segment_all_null(n->segment, n->group, i))
            st = n->visit(n->visitor, c->name, c->type);
    }
    return st;
}

Status snapshot_block_attributes(const Snapshot *snap, size_t block,
                                 Status (*visit)(void *visitor, Str column, VectorType type),
                                 void *visitor)
{
    const Block *b = &snap->blocks.items[block];
    AttrNames n = {b->segment, b->group, visit, visitor};
    Names names = {.visit = tell_attribute, .visitor = &n};
    Status st;

    if (b->segment)
        return segment_attributes(&n);
    map_init(&names.seen, PLAN_MAX_KEYS);
    arena_init(&names.arena, PLAN_MEMORY);
    st = run_names(&names, b);
    map_deinit(&names.seen);
    arena_deinit(&names.arena);
    return st;
}
