/* SPDX-License-Identifier: Apache-2.0 */
/* Block by block: which rows are of the trace, then the light columns of the
 * range from the first of these rows to the last - in a segment spans of a trace
 * are neighbours, so little else is read. */
#include "query/trace_read.h"

#include "base/hash.h"
#include "base/map.h"
#include "model/span.h"
#include "query/match.h"

#include <string.h>

enum {
    MAX_BLOCKS = 1 << 20,
    MAX_READ = 4 * TRACE_TREE_MAX, /* rows, doubled spans included */
    MAX_TEXTS = 1 << 22
};

/* ---------------------------------------------------------------- blocks */

/* What is in memory only grows, and its last row tells how far. */
static Status last_seq(const Snapshot *snap, size_t block, size_t rows, int64_t *out)
{
    Arena arena;
    Vector seq;
    Status st;

    arena_init(&arena, BLOCK_ARENA_LIMIT);
    st = snapshot_read(snap, block, STR("seq"), rows - 1, rows, &arena, &seq);
    if (!st)
        *out = vector_is_null(&seq, 0) ? 0 : seq.as.i[0];
    arena_deinit(&arena);
    return st;
}

static Status mix_block(const Snapshot *snap, size_t block, uint64_t *content)
{
    const BlockInfo info = snapshot_block(snap, block);
    int64_t of[5] = {(int64_t)info.cache_key, (int64_t)info.rows, info.min_time_ns,
                     info.max_time_ns, 0};
    Status st = ST_OK;

    if (!info.cache_key && info.rows)
        st = last_seq(snap, block, info.rows, &of[4]);
    *content = hash_seeded((Str){(const char *)of, sizeof of}, *content);
    return st;
}

Status trace_blocks(const Snapshot *snap, const uint8_t trace_id[TRACE_ID_BYTES], BlockList *out,
                    uint64_t *content)
{
    const Str id = {(const char *)trace_id, TRACE_ID_BYTES};
    Status st = ST_OK;

    *content = 0;
    for (size_t b = 0; b < snapshot_block_count(snap) && !st; b++) {
        if (!snapshot_may_contain(snap, b, STR("trace_id"), id))
            continue;
        st = VEC_PUSH(out, (uint32_t)b, MAX_BLOCKS);
        if (!st)
            st = mix_block(snap, b, content);
    }
    return st;
}

/* --------------------------------------------------------------- reading */

enum { C_SPAN_ID, C_PARENT, C_SEQ, C_START, C_DURATION, C_STATUS, C_NAME, C_TYPE, C_MODEL };
enum { C_VERSION = C_MODEL + 1, C_COUNT };

static const char *const column_names[C_COUNT] = {"span_id",  "parent_id",    "seq",  "start",
                                                  "duration", "status",       "name", "type",
                                                  "model",    "model_version"};

typedef VEC_OF(TreeSpan) SpanVec;
typedef VEC_OF(TracePart) PartVec;

typedef struct Reader {
    const Snapshot *snap;
    Str trace_id;
    Arena *keep;
    Map texts; /* text -> its number */
    SpanVec spans;
    PartVec parts;
} Reader;

/* Numbers of the texts of one column: a dictionary's words are looked up once. */
typedef struct TextColumn {
    const Vector *v;
    uint32_t *of_code; /* number + 1, 0: not looked up; NULL without a dictionary */
    Str last;
    uint32_t last_number;
} TextColumn;

static Status text_number(Reader *r, Str text, uint32_t *out)
{
    uint64_t number;
    Str copy = {0};
    Status st;

    if (!map_get(&r->texts, text, &number)) {
        number = r->texts.len;
        st = arena_copy(r->keep, text, &copy);
        if (!st)
            st = map_put(&r->texts, copy, number);
        if (st)
            return st;
    }
    *out = (uint32_t)number;
    return ST_OK;
}

static Status text_column(const Vector *v, Arena *arena, TextColumn *out)
{
    *out = (TextColumn){.v = v};
    if (!v->codes)
        return ST_OK;
    out->of_code = arena_calloc(arena, v->dict_len + 1, sizeof *out->of_code);
    return out->of_code ? ST_OK : ST_NOMEM;
}

static Status text_at(Reader *r, TextColumn *c, size_t row, uint32_t *out)
{
    uint32_t *known = NULL;
    Str text;
    Status st;

    *out = 0;
    if (vector_is_null(c->v, row))
        return ST_OK;
    if (c->of_code) {
        known = &c->of_code[c->v->codes[row]];
        *out = *known ? *known - 1 : 0;
        if (*known)
            return ST_OK;
    }
    text = vector_str(c->v, row);
    if (!c->of_code && c->last.ptr && str_eq(text, c->last)) {
        *out = c->last_number;
        return ST_OK;
    }
    st = text_number(r, text, out);
    if (!st && known)
        *known = *out + 1;
    c->last = text;
    c->last_number = *out;
    return st;
}

static uint8_t status_of(const Vector *v, size_t row)
{
    const Str text = vector_is_null(v, row) ? (Str){0} : vector_str(v, row);

    return str_eq(text, STR("error")) ? SPAN_ERROR : str_eq(text, STR("ok")) ? SPAN_OK : SPAN_UNSET;
}

static void id_at(const Vector *v, size_t row, uint8_t out[SPAN_ID_BYTES])
{
    if (!vector_is_null(v, row) && vector_str(v, row).len == SPAN_ID_BYTES)
        memcpy(out, vector_str(v, row).ptr, SPAN_ID_BYTES);
}

static int64_t number_at(const Vector *v, size_t row)
{
    return vector_is_null(v, row) ? 0 : v->as.i[row];
}

static int64_t end_of(int64_t start, int64_t duration)
{
    if (duration <= 0)
        return start;
    return start > INT64_MAX - duration ? INT64_MAX : start + duration;
}

static TreeSpan span_at(const Vector *columns, size_t row)
{
    TreeSpan s = {.start_ns = number_at(&columns[C_START], row),
                  .seq = (uint64_t)number_at(&columns[C_SEQ], row),
                  .model_version = (int32_t)number_at(&columns[C_VERSION], row),
                  .status = status_of(&columns[C_STATUS], row)};

    s.end_ns = end_of(s.start_ns, number_at(&columns[C_DURATION], row));
    id_at(&columns[C_SPAN_ID], row, s.span_id);
    id_at(&columns[C_PARENT], row, s.parent_id);
    return s;
}

/* The first row of the block that is of the trace, and the one behind the last. */
static void find_range(const Reader *r, const Vector *ids, TracePart *part)
{
    for (size_t row = 0; row < ids->len; row++) {
        if (!str_eq(vector_str(ids, row), r->trace_id))
            continue;
        if (part->from == part->to)
            part->from = row;
        part->to = row + 1;
    }
}

static Status read_rows(Reader *r, const Vector *ids, const Vector *columns, const TracePart *part,
                        Arena *scratch)
{
    TextColumn names;
    TextColumn types;
    TextColumn models;
    Status st = text_column(&columns[C_NAME], scratch, &names);

    if (!st)
        st = text_column(&columns[C_TYPE], scratch, &types);
    if (!st)
        st = text_column(&columns[C_MODEL], scratch, &models);
    for (size_t row = 0; row < part->to - part->from && !st; row++) {
        TreeSpan s;

        if (!str_eq(vector_str(ids, part->from + row), r->trace_id) ||
            str_eq(vector_str(&columns[C_TYPE], row), STR(VIREO_TYPE_SCORE)))
            continue;
        s = span_at(columns, row);
        s.part = (uint32_t)r->parts.len;
        s.row = (uint32_t)(part->from + row);
        st = text_at(r, &names, row, &s.name);
        if (!st)
            st = text_at(r, &types, row, &s.type);
        if (!st)
            st = text_at(r, &models, row, &s.model);
        if (!st)
            st = VEC_PUSH(&r->spans, s, MAX_READ);
    }
    return st;
}

static Status read_block(Reader *r, size_t rank, size_t block, Arena *scratch)
{
    TracePart part = {.rank = rank};
    Vector columns[C_COUNT];
    Vector ids;
    Status st = snapshot_read(r->snap, block, STR("trace_id"), 0,
                              snapshot_block(r->snap, block).rows, scratch, &ids);

    if (st)
        return st;
    find_range(r, &ids, &part);
    if (part.from == part.to)
        return ST_OK;
    for (size_t c = 0; c < C_COUNT && !st; c++)
        st = snapshot_read(r->snap, block, str_from(column_names[c]), part.from, part.to, scratch,
                           &columns[c]);
    if (!st)
        st = read_rows(r, &ids, columns, &part, scratch);
    if (!st)
        st = VEC_PUSH(&r->parts, part, MAX_BLOCKS);
    return st;
}

/* The oldest first: then the spans of most traces come in order. */
static Status read_blocks(Reader *r, const BlockList *blocks, const Cancel *cancel)
{
    Status st = ST_OK;

    for (size_t i = blocks->len; i-- > 0 && !st;) {
        Arena scratch;

        st = cancel_check(cancel);
        if (st)
            return st;
        arena_init(&scratch, BLOCK_ARENA_LIMIT);
        st = read_block(r, i, blocks->items[i], &scratch);
        arena_deinit(&scratch);
    }
    return st;
}

/* --------------------------------------------------------------- the whole */

static Status keep_texts(const Reader *r, TraceLight *t)
{
    Str *texts = arena_calloc(r->keep, r->texts.len + 1, sizeof *texts);

    if (!texts)
        return ST_NOMEM;
    for (size_t i = 0; i < r->texts.len; i++)
        texts[i] = r->texts.entries[i].key;
    t->texts = texts;
    t->text_count = r->texts.len;
    return ST_OK;
}

static Status keep_parts(const Reader *r, TraceLight *t)
{
    const size_t len = r->parts.len;
    TracePart *parts = arena_alloc(r->keep, (len + 1) * sizeof *parts);

    if (!parts)
        return ST_NOMEM;
    if (len)
        memcpy(parts, r->parts.items, len * sizeof *parts);
    t->parts = parts;
    t->part_count = len;
    return ST_OK;
}

/* They are too many to be copied into the arena. */
static Status keep_spans(Reader *r, TraceLight *t)
{
    TreeSpan *spans = mem_realloc(r->spans.items, r->spans.len * sizeof *spans);

    if (!spans)
        return ST_NOMEM;
    t->spans = spans;
    t->len = r->spans.len;
    r->spans.items = NULL;
    return ST_OK;
}

static void sum_up(TraceLight *t)
{
    t->start_ns = INT64_MAX;
    t->end_ns = INT64_MIN;
    for (size_t i = 0; i < t->len; i++) {
        const TreeSpan *s = &t->spans[i];

        t->start_ns = s->start_ns < t->start_ns ? s->start_ns : t->start_ns;
        t->end_ns = s->end_ns > t->end_ns ? s->end_ns : t->end_ns;
        t->roots += s->parent == TREE_NONE;
        t->orphans += s->orphan;
        t->errors += s->status == SPAN_ERROR;
    }
}

static Status finish(Reader *r, TraceLight *t)
{
    Status st;

    if (!r->spans.len)
        return ST_NOTFOUND;
    st = tree_build(r->spans.items, &r->spans.len);
    if (!st)
        st = tree_times(r->spans.items, r->spans.len, r->keep, &t->steps);
    if (!st)
        st = keep_texts(r, t);
    if (!st)
        st = keep_parts(r, t);
    if (!st)
        st = keep_spans(r, t);
    if (!st)
        sum_up(t);
    return st;
}

Status trace_read(const Snapshot *snap, const BlockList *blocks,
                  const uint8_t trace_id[TRACE_ID_BYTES], const Cancel *cancel, Arena *arena,
                  TraceLight *t)
{
    Reader r = {.snap = snap, .trace_id = {(const char *)trace_id, TRACE_ID_BYTES}, .keep = arena};
    uint32_t empty;
    Status st;

    *t = (TraceLight){0};
    memcpy(t->trace_id, trace_id, TRACE_ID_BYTES);
    map_init(&r.texts, MAX_TEXTS);
    st = text_number(&r, (Str){0}, &empty);
    if (!st)
        st = read_blocks(&r, blocks, cancel);
    if (!st)
        st = finish(&r, t);
    map_deinit(&r.texts);
    VEC_FREE(&r.spans);
    VEC_FREE(&r.parts);
    return st;
}
