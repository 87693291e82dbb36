/* SPDX-License-Identifier: Apache-2.0 */
/* Building of trace summaries.
 *
 * Of each block the rows of the page are read, and only the columns of a summary: all columns of
 * all blocks side by side.  Previews come last, and of the lines alone. */
#include "query/summary.h"

#include "codec/json_read.h"
#include "query/match.h"
#include "query/previews.h"

#include <stdlib.h>
#include <string.h>

/* Columns that every summary reads, in the order of enum SummaryColumn. */
static const char *const column_names[] = {
    "span_id", "parent_id", "seq",   "start",         "duration",      "status",
    "name",    "type",      "model", "model_version", "error_type",    "error_message",
    "service", "session",   "user",  "input_tokens",  "output_tokens", "attributes_rest"};

typedef enum SummaryColumn {
    COL_SPAN_ID,
    COL_PARENT_ID,
    COL_SEQ,
    COL_START,
    COL_DURATION,
    COL_STATUS,
    COL_NAME,
    COL_TYPE,
    COL_MODEL,
    COL_MODEL_VERSION,
    COL_ERROR_TYPE,
    COL_ERROR_MESSAGE,
    COL_SERVICE,
    COL_SESSION,
    COL_USER,
    COL_INPUT_TOKENS,
    COL_OUTPUT_TOKENS,
    COL_REST,
    COL_COUNT
} SummaryColumn;

enum {
    MAX_KEYS = 128,    /* tags or references of one summary */
    MAX_COLUMNS = 1000 /* of tags and references that are looked at */
};

typedef VEC_OF(Str) NameList;

/* The rows of one block that are needed, columns read. */
typedef struct Slab {
    size_t block;
    size_t *rows; /* ascending, each once */
    size_t len;
    Vector columns[COL_COUNT];
    Vector *extra; /* tag and reference columns, as in Build.names */
    bool mixed;    /* there are scores in the block */
} Slab;

/* A row of some trace, with what sorting needs. */
typedef struct Row {
    uint32_t trace;
    const Slab *slab;
    size_t at; /* among the slab's rows */
    const uint8_t *span_id;
    int64_t seq;
    int64_t start_ns;
} Row;

typedef struct Build {
    const Snapshot *snap;
    const IdList *ids;
    LineDetail detail;
    QueryEngine *engine; /* may be NULL */
    Arena *arena;
    NameList names; /* columns of tags and references in the snapshot */
    Slab *slabs;
    size_t slab_count;
    Row *rows;
    size_t len;
    PreviewLine *lines;
    size_t line_count;
    RowRefs scores; /* of the traces */
} Build;

/* -------------------------------------------------------------- reading */

#define TAG_COLUMN       "attr." VIREO_ATTR_TAG_PREFIX
#define REFERENCE_COLUMN "attr." VIREO_ATTR_REFERENCE_PREFIX

static Status note_name(void *visitor, Str column, VectorType type)
{
    Build *b = visitor;
    Str copy = {0};
    Status st;

    (void)type;
    if (!str_starts(column, STR(TAG_COLUMN)) && !str_starts(column, STR(REFERENCE_COLUMN)))
        return ST_OK;
    if (b->names.len == MAX_COLUMNS)
        return ST_OK; /* what lies past this is shown by the trace itself */
    st = arena_copy(b->arena, column, &copy);
    if (st)
        return st;
    return VEC_PUSH(&b->names, copy, MAX_COLUMNS);
}

/* The columns of all slabs, one after the other. */
typedef struct SlabReading {
    const Build *b;
    Arena *arenas; /* one a column of a slab: it is one thread's */
} SlabReading;

static size_t columns_read(const Build *b)
{
    return COL_COUNT + b->names.len;
}

static Status read_column(void *context, size_t index)
{
    const SlabReading *r = context;
    Slab *slab = &r->b->slabs[index / columns_read(r->b)];
    const size_t column = index % columns_read(r->b);
    const bool is_fixed = column < COL_COUNT;
    const Str name =
        is_fixed ? str_from(column_names[column]) : r->b->names.items[column - COL_COUNT];

    return snapshot_pick(r->b->snap, slab->block, name, slab->rows, slab->len, &r->arenas[index],
                         is_fixed ? &slab->columns[column] : &slab->extra[column - COL_COUNT]);
}

static Status read_slabs(Build *b)
{
    const size_t count = b->slab_count * columns_read(b);
    SlabReading r = {b, arena_calloc(b->arena, count + 1, sizeof *r.arenas)};
    Status st;

    if (!r.arenas)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++)
        arena_init(&r.arenas[i], BLOCK_ARENA_LIMIT);
    st = engine_each(b->engine, count, read_column, &r);
    for (size_t i = 0; i < count; i++) {
        if (!st)
            st = arena_take(b->arena, &r.arenas[i]);
        arena_deinit(&r.arenas[i]);
    }
    return st;
}

/* One slab for the refs of one block, from `*at` on; a row may be referred to more than once. */
static Status add_slab(Build *b, const RowRefs *refs, size_t *at)
{
    const uint32_t block = refs->items[*at].block;
    Slab *slab = &b->slabs[b->slab_count++];
    size_t end = *at;

    while (end < refs->len && refs->items[end].block == block)
        end++;
    *slab = (Slab){.block = block, .mixed = snapshot_block(b->snap, block).scores != 0};
    slab->rows = arena_alloc(b->arena, (end - *at) * sizeof *slab->rows);
    slab->extra = arena_calloc(b->arena, b->names.len + 1, sizeof *slab->extra);
    if (!slab->rows || !slab->extra)
        return ST_NOMEM;
    for (; *at < end; ++*at) {
        const size_t row = refs->items[*at].row;

        if (!slab->len || slab->rows[slab->len - 1] != row)
            slab->rows[slab->len++] = row;
        b->rows[b->len++] =
            (Row){.trace = refs->items[*at].trace, .slab = slab, .at = slab->len - 1};
    }
    return ST_OK;
}

/* What sorting needs, once the columns are there. */
static void fill_rows(Build *b)
{
    for (size_t i = 0; i < b->len; i++) {
        Row *r = &b->rows[i];

        r->span_id = (const uint8_t *)vector_str(&r->slab->columns[COL_SPAN_ID], r->at).ptr;
        r->seq = r->slab->columns[COL_SEQ].as.i[r->at];
        r->start_ns = r->slab->columns[COL_START].as.i[r->at];
    }
}

/* ----------------------------------------------------- sorting, dropping */

static int by_trace_span_newest(const void *a, const void *b)
{
    const Row *x = a;
    const Row *y = b;
    int c;

    if (x->trace != y->trace)
        return x->trace < y->trace ? -1 : 1;
    c = memcmp(x->span_id, y->span_id, SPAN_ID_BYTES);
    if (c)
        return c;
    return (x->seq < y->seq) - (x->seq > y->seq);
}

static void drop_doubled(Build *b)
{
    size_t kept = 0;

    qsort(b->rows, b->len, sizeof *b->rows, by_trace_span_newest);
    for (size_t i = 0; i < b->len; i++) {
        const Row *last = kept ? &b->rows[kept - 1] : NULL;

        if (!last || last->trace != b->rows[i].trace ||
            memcmp(last->span_id, b->rows[i].span_id, SPAN_ID_BYTES) != 0)
            b->rows[kept++] = b->rows[i];
    }
    b->len = kept;
}

/* -------------------------------------------------------- one trace's line */

static Str text_at(const Row *r, SummaryColumn column)
{
    const Vector *v = &r->slab->columns[column];

    return vector_is_null(v, r->at) ? (Str){0} : vector_str(v, r->at);
}

static int64_t int_at(const Row *r, SummaryColumn column, int64_t missing)
{
    const Vector *v = &r->slab->columns[column];

    return v->type != VECTOR_INT || vector_is_null(v, r->at) ? missing : v->as.i[r->at];
}

static bool is_root(const Row *r)
{
    return vector_is_null(&r->slab->columns[COL_PARENT_ID], r->at);
}

static SpanStatus status_from(Str s)
{
    if (str_eq(s, STR("error")))
        return SPAN_ERROR;
    return str_eq(s, STR("ok")) ? SPAN_OK : SPAN_UNSET;
}

/* All but the previews, which previews_read() adds. */
static Status fill_line(Build *b, const Row *r, Span *s)
{
    Resource *resource = arena_calloc(b->arena, 1, sizeof *resource);
    const Vector *parent = &r->slab->columns[COL_PARENT_ID];

    if (!resource)
        return ST_NOMEM;
    *s = (Span){.resource = resource};
    resource->service_name = text_at(r, COL_SERVICE);
    memcpy(s->trace_id, b->ids->items[r->trace].bytes, TRACE_ID_BYTES);
    memcpy(s->span_id, r->span_id, SPAN_ID_BYTES);
    if (!is_root(r))
        memcpy(s->parent_id, vector_str(parent, r->at).ptr, SPAN_ID_BYTES);
    s->start_ns = r->start_ns;
    s->end_ns = r->start_ns + int_at(r, COL_DURATION, 0);
    s->status = status_from(text_at(r, COL_STATUS));
    s->name = text_at(r, COL_NAME);
    s->type = text_at(r, COL_TYPE);
    s->model = text_at(r, COL_MODEL);
    s->model_version = (int32_t)int_at(r, COL_MODEL_VERSION, 0);
    s->error_type = text_at(r, COL_ERROR_TYPE);
    s->error_message = text_at(r, COL_ERROR_MESSAGE);
    s->session = text_at(r, COL_SESSION);
    s->user = text_at(r, COL_USER);
    s->usage = (Usage){int_at(r, COL_INPUT_TOKENS, -1), int_at(r, COL_OUTPUT_TOKENS, -1)};
    b->lines[b->line_count++] = (PreviewLine){r->slab->block, r->slab->rows[r->at], s};
    return ST_OK;
}

/* `attr.vireo.tag.age#int` -> `age`. */
static Str key_of(Str column, Str prefix)
{
    static const char *const suffixes[] = {"#str", "#int", "#double", "#bool", "#json", "#bytes"};
    const Str key = str_slice(column, prefix.len, column.len);

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (str_ends(key, str_from(suffixes[i])))
            return str_slice(key, 0, key.len - str_from(suffixes[i]).len);
    return key;
}

static Value value_at(const Vector *v, size_t row)
{
    switch (v->type) {
    case VECTOR_BOOL:
        return (Value){.kind = VALUE_BOOL, .as.b = v->as.b[row] != 0};
    case VECTOR_INT:
    case VECTOR_TIME:
        return (Value){.kind = VALUE_INT, .as.i = v->as.i[row]};
    case VECTOR_DOUBLE:
        return (Value){.kind = VALUE_DOUBLE, .as.d = v->as.d[row]};
    case VECTOR_JSON:
        return (Value){.kind = VALUE_JSON, .as.s = vector_str(v, row)};
    case VECTOR_BYTES:
    case VECTOR_FIXED:
        return (Value){.kind = VALUE_BYTES, .as.s = vector_str(v, row)};
    case VECTOR_STR:
        break;
    }
    return (Value){.kind = VALUE_STR, .as.s = vector_str(v, row)};
}

static Status set_key(AttrList *list, Str key, Value value, bool wins, Arena *arena)
{
    for (size_t i = 0; i < list->len; i++) {
        if (str_eq(list->items[i].key, key)) {
            if (wins)
                list->items[i].value = value;
            return ST_OK;
        }
    }
    if (list->len == MAX_KEYS)
        return ST_OK;
    if (!list->items)
        list->items = arena_calloc(arena, MAX_KEYS, sizeof *list->items);
    if (!list->items)
        return ST_NOMEM;
    list->items[list->len++] = (Attr){key, value};
    return ST_OK;
}

static Status set_column(TraceSummary *t, Str column, Value value, bool wins, Arena *arena)
{
    if (str_starts(column, STR(TAG_COLUMN)))
        return set_key(&t->tags, key_of(column, STR(TAG_COLUMN)), value, wins, arena);
    if (str_starts(column, STR(REFERENCE_COLUMN)))
        return set_key(&t->references, key_of(column, STR(REFERENCE_COLUMN)), value, wins, arena);
    return ST_OK;
}

static Value value_from_json(const Json *j)
{
    switch (j->kind) {
    case JSON_KIND_BOOL:
        return (Value){.kind = VALUE_BOOL, .as.b = j->as.b};
    case JSON_KIND_INT:
        return (Value){.kind = VALUE_INT, .as.i = j->as.i};
    case JSON_KIND_DOUBLE:
        return (Value){.kind = VALUE_DOUBLE, .as.d = j->as.d};
    case JSON_KIND_STR:
        return (Value){.kind = VALUE_STR, .as.s = j->as.s};
    case JSON_KIND_NULL:
    case JSON_KIND_ARRAY:
    case JSON_KIND_OBJECT:
        break;
    }
    return (Value){.kind = VALUE_JSON, .as.s = j->raw};
}

/* Tags and references that found no column of their own. */
static Status add_rest(const Row *r, TraceSummary *t, bool wins, Arena *arena)
{
    const Json *rest = NULL;
    Status st = ST_OK;

    if (text_at(r, COL_REST).len == 0 ||
        json_parse_object(text_at(r, COL_REST), arena, &rest, NULL))
        return ST_OK;
    for (size_t i = 0; i < rest->as.object.len && !st; i++) {
        const JsonMember *m = &rest->as.object.members[i];

        st = set_column(t, m->key, value_from_json(&m->value), wins, arena);
    }
    return st;
}

static Status add_keys(const Build *b, const Row *r, TraceSummary *t, bool wins)
{
    Status st = ST_OK;

    for (size_t i = 0; i < b->names.len && !st; i++) {
        const Vector *v = &r->slab->extra[i];

        if (!vector_is_null(v, r->at))
            st = set_column(t, b->names.items[i], value_at(v, r->at), wins, b->arena);
    }
    return st ? st : add_rest(r, t, wins, b->arena);
}

static void add_tokens(int64_t *sum, int64_t more)
{
    if (more >= 0)
        *sum = *sum < 0 ? more : *sum + more;
}

/* A root beats a span with a parent, an earlier span a later one. */
static bool better_root(const Row *a, const Row *than)
{
    if (is_root(a) != is_root(than))
        return is_root(a);
    return a->start_ns < than->start_ns;
}

static Status summarise_trace(Build *b, const Row *rows, size_t len, TraceSummary *t)
{
    Span *line = arena_alloc(b->arena, sizeof *line);
    const Row *root = rows;
    Status st = line ? ST_OK : ST_NOMEM;

    *t = (TraceSummary){.span_count = len,
                        .start_ns = INT64_MAX,
                        .end_ns = INT64_MIN,
                        .input_tokens = -1,
                        .output_tokens = -1,
                        .root = line};
    for (size_t i = 0; i < len; i++) {
        const int64_t end = rows[i].start_ns + int_at(&rows[i], COL_DURATION, 0);

        if (better_root(&rows[i], root))
            root = &rows[i];
        t->start_ns = rows[i].start_ns < t->start_ns ? rows[i].start_ns : t->start_ns;
        t->end_ns = end > t->end_ns ? end : t->end_ns;
        add_tokens(&t->input_tokens, int_at(&rows[i], COL_INPUT_TOKENS, -1));
        add_tokens(&t->output_tokens, int_at(&rows[i], COL_OUTPUT_TOKENS, -1));
    }
    for (size_t i = 0; i < len && !st; i++)
        st = add_keys(b, &rows[i], t, &rows[i] == root);
    if (!st)
        st = fill_line(b, root, line);
    if (!st)
        t->status = line->status;
    return st;
}

/* -------------------------------------------------------------- all of it */

static size_t count_blocks(const RowRefs *refs)
{
    size_t n = 0;

    for (size_t i = 0; i < refs->len; i++)
        n += i == 0 || refs->items[i].block != refs->items[i - 1].block;
    return n;
}

static Status make_rows(Build *b, const RowRefs *refs)
{
    Status st = ST_OK;

    b->slabs = arena_calloc(b->arena, count_blocks(refs) + 1, sizeof *b->slabs);
    b->rows = arena_calloc(b->arena, refs->len + 1, sizeof *b->rows);
    b->lines = arena_calloc(b->arena, refs->len + 1, sizeof *b->lines);
    if (!b->slabs || !b->rows || !b->lines)
        return ST_NOMEM;
    for (size_t at = 0; at < refs->len && !st;)
        st = add_slab(b, refs, &at);
    if (!st)
        st = read_slabs(b);
    if (!st)
        fill_rows(b);
    return st;
}

/* ------------------------------------------------------------------ scores */

static bool is_score(const Row *r)
{
    return r->slab->mixed && str_eq(text_at(r, COL_TYPE), STR(VIREO_TYPE_SCORE));
}

/* Scores go behind the spans of their trace; the number of the latter. */
static size_t spans_first(Row *rows, size_t len)
{
    size_t spans = 0;

    for (size_t i = 0; i < len; i++) {
        const Row row = rows[i];

        if (is_score(&row))
            continue;
        rows[i] = rows[spans];
        rows[spans++] = row;
    }
    return spans;
}

static Status note_scores(Build *b, const Row *rows, size_t len)
{
    Status st = ST_OK;

    for (size_t i = 0; i < len && i < SUMMARY_MAX_SCORES && !st; i++)
        st = VEC_PUSH(&b->scores,
                      ((RowRef){rows[i].trace, (uint32_t)rows[i].slab->block,
                                (uint32_t)rows[i].slab->rows[rows[i].at]}),
                      GATHER_MAX_ROWS);
    return st;
}

static int by_row(const void *a, const void *b)
{
    const RowRef *x = a;
    const RowRef *y = b;

    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The scores of one block, whole. */
static Status read_scores(const Build *b, const RowRef *refs, size_t len, Span *out)
{
    size_t *rows = arena_alloc(b->arena, (len + 1) * sizeof *rows);

    if (!rows)
        return ST_NOMEM;
    for (size_t i = 0; i < len; i++)
        rows[i] = refs[i].row;
    return snapshot_spans(b->snap, refs[0].block, rows, len, b->arena, out);
}

/* A score with the trace that it belongs to, so that they can be sorted together. */
typedef struct Given {
    uint32_t trace;
    Span span;
} Given;

static int by_trace_oldest(const void *a, const void *b)
{
    const Given *x = a;
    const Given *y = b;

    if (x->trace != y->trace)
        return x->trace < y->trace ? -1 : 1;
    if (x->span.seq != y->span.seq)
        return x->span.seq < y->span.seq ? -1 : 1;
    return memcmp(x->span.span_id, y->span.span_id, SPAN_ID_BYTES);
}

static void hand_out(Given *given, Span *spans, size_t len, TraceSummary *out)
{
    qsort(given, len, sizeof *given, by_trace_oldest);
    for (size_t i = 0; i < len; i++) {
        TraceSummary *t = &out[given[i].trace];

        spans[i] = given[i].span;
        if (!t->score_count)
            t->scores = &spans[i];
        t->score_count++;
    }
}

static Status add_scores(Build *b, TraceSummary *out)
{
    const size_t len = b->scores.len;
    RowRef *refs = b->scores.items;
    Span *spans = arena_alloc(b->arena, (len + 1) * sizeof *spans);
    Given *given = arena_alloc(b->arena, (len + 1) * sizeof *given);
    Status st = spans && given ? ST_OK : ST_NOMEM;

    if (st || !len)
        return st;
    qsort(refs, len, sizeof *refs, by_row);
    for (size_t i = 0; i < len && !st;) {
        const size_t begin = i;

        while (i < len && refs[i].block == refs[begin].block)
            i++;
        st = read_scores(b, refs + begin, i - begin, spans + begin);
    }
    if (st)
        return st;
    for (size_t i = 0; i < len; i++)
        given[i] = (Given){refs[i].trace, spans[i]};
    hand_out(given, spans, len, out);
    return ST_OK;
}

static Status read_previews(const Build *b)
{
    if (b->detail == LINE_BARE)
        return ST_OK;
    return previews_read(b->snap, b->lines, b->line_count, b->engine, b->arena);
}

static Status summarise_all(Build *b, const RowRefs *refs, TraceSummary *out)
{
    Status st = snapshot_columns(b->snap, note_name, b);

    if (!st)
        st = make_rows(b, refs);
    if (st)
        return st;
    drop_doubled(b);
    for (size_t i = 0; i < b->len && !st;) {
        const size_t begin = i;
        size_t spans;

        while (i < b->len && b->rows[i].trace == b->rows[begin].trace)
            i++;
        spans = spans_first(b->rows + begin, i - begin);
        if (spans)
            st = summarise_trace(b, b->rows + begin, spans, &out[b->rows[begin].trace]);
        if (!st && spans)
            st = note_scores(b, b->rows + begin + spans, i - begin - spans);
    }
    if (!st)
        st = read_previews(b);
    return st || b->detail == LINE_BARE ? st : add_scores(b, out);
}

Status summarise(const Snapshot *snap, const IdList *ids, const RowRefs *refs, LineDetail detail,
                 QueryEngine *engine, Arena *arena, TraceSummary *out)
{
    Build b = {.snap = snap, .ids = ids, .detail = detail, .engine = engine, .arena = arena};
    const Status st = summarise_all(&b, refs, out);

    VEC_FREE(&b.scores);
    VEC_FREE(&b.names);
    return st;
}

static Status read_lines(Build *b, const RowRefs *refs, Span *out)
{
    Status st = make_rows(b, refs);

    for (size_t i = 0; i < b->len && !st; i++)
        st = fill_line(b, &b->rows[i], &out[b->rows[i].trace]);
    return st ? st : read_previews(b);
}

Status span_lines(const Snapshot *snap, const IdList *ids, const RowRefs *refs, LineDetail detail,
                  QueryEngine *engine, Arena *arena, Span *out)
{
    Build b = {.snap = snap, .ids = ids, .detail = detail, .engine = engine, .arena = arena};

    return read_lines(&b, refs, out);
}
