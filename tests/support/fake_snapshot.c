/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of fake spans, made on demand.  Included by tests, not compiled alone. */
#include "support/fake_snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t newest[64];

static int by_block_age(const void *a, const void *b)
{
    const FakeSpan *x = a;
    const FakeSpan *y = b;

    if (x->block != y->block) {
        if (newest[x->block] != newest[y->block])
            return newest[x->block] > newest[y->block] ? -1 : 1;
        return x->block < y->block ? -1 : 1;
    }
    /* As a memtable: in the order they came, traces mixed. */
    return (x->span.seq > y->span.seq) - (x->span.seq < y->span.seq);
}

void fake_arrange(struct Snapshot *snap, size_t blocks)
{
    for (size_t i = 0; i < blocks; i++)
        newest[i] = INT64_MIN;
    for (size_t i = 0; i < snap->len; i++)
        if (snap->spans[i].span.start_ns > newest[snap->spans[i].block])
            newest[snap->spans[i].block] = snap->spans[i].span.start_ns;
    qsort(snap->spans, snap->len, sizeof *snap->spans, by_block_age);
    snap->blocks = 0;
    for (size_t i = 0; i < snap->len; i++)
        if (i == 0 || snap->spans[i].block != snap->spans[i - 1].block)
            snap->block_begin[snap->blocks++] = i;
    snap->block_begin[snap->blocks] = snap->len;
}

size_t snapshot_block_count(const Snapshot *snap)
{
    return snap->blocks;
}

BlockInfo snapshot_block(const Snapshot *snap, size_t block)
{
    const size_t given = snap->spans[snap->block_begin[block]].block;
    BlockInfo info = {.rows = snap->block_begin[block + 1] - snap->block_begin[block],
                      .cache_key = snap->immutable || snap->sources[given] ? given + 1 : 0,
                      .source = snap->sources[given],
                      .min_time_ns = INT64_MAX,
                      .max_time_ns = INT64_MIN};

    for (size_t i = snap->block_begin[block]; i < snap->block_begin[block + 1]; i++) {
        const int64_t start = snap->spans[i].span.start_ns;

        info.min_time_ns = start < info.min_time_ns ? start : info.min_time_ns;
        info.max_time_ns = start > info.max_time_ns ? start : info.max_time_ns;
        info.scores += span_is_score(&snap->spans[i].span);
    }
    return info;
}

static Value text_or_null(Str s)
{
    return (Value){.kind = s.len ? VALUE_STR : VALUE_NONE, .as.s = s};
}

static Value whole(int64_t i)
{
    return (Value){.kind = VALUE_INT, .as.i = i};
}

static const char *kind_suffix(ValueKind kind)
{
    switch (kind) {
    case VALUE_INT:
        return "#int";
    case VALUE_DOUBLE:
        return "#double";
    case VALUE_BOOL:
        return "#bool";
    case VALUE_NONE:
    case VALUE_STR:
    case VALUE_BYTES:
    case VALUE_JSON:
        break;
    }
    return "";
}

/* Is it the column of values of that kind under that key? */
static bool is_column_of(Str column, Str prefix, Str key, ValueKind kind)
{
    const Str suffix = str_from(kind_suffix(kind));

    return column.len == prefix.len + key.len + suffix.len && str_starts(column, prefix) &&
           str_ends(column, suffix) &&
           str_eq(str_slice(column, prefix.len, prefix.len + key.len), key);
}

static Value score_value(const FakeSpan *f, Str column)
{
    if (is_column_of(column, STR("attr.vireo.score."), STR("x"), f->score.kind))
        return f->score;
    if (str_eq(column, STR("attr.vireo.passed.x#bool")))
        return f->passed;
    return str_eq(column, STR("attr.vireo.judge")) ? text_or_null(f->judge) : (Value){0};
}

static Value attribute_value(const FakeSpan *f, Str column)
{
    for (size_t i = 0; i < f->tag_count; i++)
        if (is_column_of(column, STR("attr.vireo.tag."), f->tags[i].key, f->tags[i].value.kind))
            return f->tags[i].value;
    return score_value(f, column);
}

static Value id_of(const uint8_t *id, size_t len)
{
    return (Value){VALUE_BYTES, {.s = {(const char *)id, len}}};
}

/* Not a table: it would be made for each row. */
static Value fixed_value(const FakeSpan *f, Str column)
{
    const Span *s = &f->span;
    static const char *const statuses[] = {"unset", "ok", "error"};

    if (str_eq(column, STR("trace_id")))
        return id_of(s->trace_id, TRACE_ID_BYTES);
    if (str_eq(column, STR("span_id")))
        return id_of(s->span_id, SPAN_ID_BYTES);
    if (str_eq(column, STR("parent_id")))
        return span_is_root(s) ? (Value){0} : id_of(s->parent_id, SPAN_ID_BYTES);
    if (str_eq(column, STR("name")))
        return text_or_null(s->name);
    if (str_eq(column, STR("type")))
        return text_or_null(s->type);
    if (str_eq(column, STR("model")))
        return text_or_null(s->model);
    if (str_eq(column, STR("model_version")))
        return s->model_version ? whole(s->model_version) : (Value){0};
    if (str_eq(column, STR("start")) || str_eq(column, STR("trace_start")))
        return whole(s->start_ns);
    if (str_eq(column, STR("duration")))
        return whole(span_duration_ns(s));
    if (str_eq(column, STR("status")))
        return text_or_null(str_from(statuses[s->status]));
    if (str_eq(column, STR("error_type")))
        return text_or_null(s->error_type);
    if (str_eq(column, STR("error_message")))
        return text_or_null(s->error_message);
    if (str_eq(column, STR("user")))
        return text_or_null(s->user);
    if (str_eq(column, STR("service")))
        return text_or_null(f->service);
    if (str_eq(column, STR("input")) || str_eq(column, STR("input_preview")))
        return text_or_null(s->input);
    if (str_eq(column, STR("output")) || str_eq(column, STR("output_preview")))
        return text_or_null(s->output);
    if (str_eq(column, STR("input_tokens")))
        return s->usage.input_tokens < 0 ? (Value){0} : whole(s->usage.input_tokens);
    if (str_eq(column, STR("cost")))
        return s->has_cost ? (Value){VALUE_DOUBLE, {.d = s->cost}} : (Value){0};
    if (str_eq(column, STR("seq")) || str_eq(column, STR("received")))
        return whole((int64_t)s->seq);
    if (str_eq(column, STR("events")))
        return text_or_null(s->events_json);
    return (Value){0};
}

static Value column_value(const FakeSpan *f, Str column)
{
    return str_starts(column, STR("attr.")) ? attribute_value(f, column) : fixed_value(f, column);
}

static VectorType column_type(Str column)
{
    static const char *const ints[] = {"model_version", "duration", "input_tokens", "seq",
                                       "received"};

    if (str_ends(column, STR("_id")))
        return VECTOR_FIXED;
    if (str_eq(column, STR("start")) || str_eq(column, STR("trace_start")))
        return VECTOR_TIME;
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
        if (str_eq(column, str_from(ints[i])))
            return VECTOR_INT;
    if (str_ends(column, STR("#int")))
        return VECTOR_INT;
    if (str_ends(column, STR("#double")) || str_eq(column, STR("cost")))
        return VECTOR_DOUBLE;
    if (str_eq(column, STR("events")))
        return VECTOR_JSON;
    return str_ends(column, STR("#bool")) ? VECTOR_BOOL : VECTOR_STR;
}

/* A dictionary of the different texts, some of which only null rows use. */
static Status to_dictionary(Vector *v, Arena *arena)
{
    uint32_t *codes = arena_calloc(arena, v->len + 1, sizeof *codes);
    Str *dict = arena_calloc(arena, v->len + 1, sizeof *dict);
    size_t len = 0;

    if (!codes || !dict)
        return ST_NOMEM;
    for (size_t i = 0; i < v->len; i++) {
        size_t code = 0;

        while (code < len && !str_eq(dict[code], v->as.s[i]))
            code++;
        if (code == len)
            dict[len++] = v->as.s[i];
        codes[i] = (uint32_t)code;
    }
    v->codes = codes;
    v->dict_len = len;
    v->as.s = dict;
    return ST_OK;
}

/* The given rows, or without `rows` the `len` from `from` on. */
static Status read_rows(const Snapshot *snap, size_t block, Str column, const size_t *rows,
                        size_t from, size_t len, Arena *arena, Vector *out)
{
    uint8_t *valid = arena_calloc(arena, len + 1, 1);
    uint8_t *b = arena_calloc(arena, len + 1, 1);
    int64_t *i = arena_calloc(arena, len + 1, sizeof *i);
    double *d = arena_calloc(arena, len + 1, sizeof *d);
    Str *s = arena_calloc(arena, len + 1, sizeof *s);

    if (!valid || !b || !i || !d || !s)
        return ST_NOMEM;
    *out = (Vector){.type = column_type(column), .len = len, .valid = valid};
    for (size_t row = 0; row < len; row++) {
        const Value v = column_value(
            &snap->spans[snap->block_begin[block] + (rows ? rows[row] : from + row)], column);

        valid[row] = v.kind != VALUE_NONE;
        i[row] = v.kind == VALUE_INT ? v.as.i : 0;
        d[row] = v.kind == VALUE_DOUBLE ? v.as.d : 0;
        b[row] = v.kind == VALUE_BOOL && v.as.b;
        s[row] = v.kind == VALUE_STR || v.kind == VALUE_BYTES ? v.as.s : (Str){0};
    }
    if (out->type == VECTOR_BOOL)
        out->as.b = b;
    else if (out->type == VECTOR_INT || out->type == VECTOR_TIME)
        out->as.i = i;
    else if (out->type == VECTOR_DOUBLE)
        out->as.d = d;
    else
        out->as.s = s;
    return out->type == VECTOR_STR && snap->dictionaries ? to_dictionary(out, arena) : ST_OK;
}

Status snapshot_read(const Snapshot *snap, size_t block, Str column, size_t from, size_t to,
                     Arena *arena, Vector *out)
{
    return read_rows(snap, block, column, NULL, from, to - from, arena, out);
}

Status snapshot_pick(const Snapshot *snap, size_t block, Str column, const size_t *rows,
                     size_t count, Arena *arena, Vector *out)
{
    return read_rows(snap, block, column, rows, 0, count, arena, out);
}

/* Pieces of three rows, as a segment has pages. */
Status snapshot_scan_ids(const Snapshot *snap, size_t block, Arena *arena, ParquetVisit *visit,
                         void *context)
{
    const size_t rows = snap->block_begin[block + 1] - snap->block_begin[block];
    Status st = ST_OK;

    for (size_t from = 0; from < rows && !st; from += 3) {
        const size_t to = from + 3 < rows ? from + 3 : rows;
        Vector v;

        st = snapshot_read(snap, block, STR("trace_id"), from, to, arena, &v);
        if (!st)
            st = visit(context, from, &v);
    }
    return st;
}

bool snapshot_may_contain(const Snapshot *snap, size_t block, Str column, Str value)
{
    if (!snap->exact_bloom)
        return true;
    for (size_t i = snap->block_begin[block]; i < snap->block_begin[block + 1]; i++) {
        const Value v = column_value(&snap->spans[i], column);

        if ((v.kind == VALUE_STR || v.kind == VALUE_BYTES) && str_eq(v.as.s, value))
            return true;
    }
    return false;
}

/* Letters in either case. */
static bool fake_has_text(Str s, Str text)
{
    for (size_t i = 0; i + text.len <= s.len; i++)
        if (str_eq_nocase(str_slice(s, i, i + text.len), text))
            return true;
    return false;
}

/* Pages of three rows; filters that are exact. */
Status snapshot_text_rows(const Snapshot *snap, size_t block, Str column, Str text, RowRanges *out)
{
    const size_t begin = snap->block_begin[block];
    const size_t rows = snap->block_begin[block + 1] - begin;

    if (!snap->exact_bloom)
        return VEC_PUSH(out, ((RowRange){0, rows}), FAKE_MAX_SPANS);
    for (size_t from = 0; from < rows; from += 3) {
        const size_t to = from + 3 < rows ? from + 3 : rows;
        bool any = false;
        Status st = ST_OK;

        for (size_t i = from; i < to; i++) {
            const Value v = column_value(&snap->spans[begin + i], column);

            any = any || (v.kind == VALUE_STR && fake_has_text(v.as.s, text));
        }
        if (any)
            st = VEC_PUSH(out, ((RowRange){from, to}), FAKE_MAX_SPANS);
        if (st)
            return st;
    }
    return ST_OK;
}

/* Of columns of the same blocks that come in dictionary form, if only to please. */
Status snapshot_dictionary(const Snapshot *snap, size_t block, Str column, Arena *arena,
                           const Str **out, size_t *count)
{
    const size_t begin = snap->block_begin[block];
    const size_t rows = snap->block_begin[block + 1] - begin;
    Str *values = arena_alloc(arena, (rows + 1) * sizeof *values);

    *out = NULL;
    if (!values)
        return ST_NOMEM;
    if (!snap->dictionaries)
        return ST_OK;
    *count = 0;
    for (size_t i = 0; i < rows; i++) {
        const Value v = column_value(&snap->spans[begin + i], column);

        if (v.kind == VALUE_STR || v.kind == VALUE_BYTES)
            values[(*count)++] = v.as.s;
    }
    *out = values;
    return ST_OK;
}

static bool fake_is_score(const FakeSpan *f)
{
    return str_eq(f->span.type, STR(VIREO_TYPE_SCORE));
}

/* Is the value of row `i` of the run that begins at row `first` its first one? */
static bool first_in_run(const Snapshot *snap, Str column, size_t first, size_t i)
{
    const Str value = column_value(&snap->spans[i], column).as.s;

    for (size_t k = first; k < i; k++) {
        const Value v = column_value(&snap->spans[k], column);

        if (!fake_is_score(&snap->spans[k]) && v.kind == VALUE_STR && str_eq(v.as.s, value))
            return false;
    }
    return true;
}

/* Of texts of immutable blocks that come in dictionary form: each value and how often it is new in
 * its run, put together by hand. */
Status snapshot_run_counts(const Snapshot *snap, size_t block, Str column, Arena *arena,
                           RunCounts *out)
{
    const size_t begin = snap->block_begin[block];
    const size_t end = snap->block_begin[block + 1];
    Str *values = arena_alloc(arena, (end - begin + 1) * sizeof *values);
    uint32_t *counts = arena_calloc(arena, end - begin + 1, sizeof *counts);
    size_t first = begin;
    size_t len = 0;

    *out = (RunCounts){0};
    if (!values || !counts)
        return ST_NOMEM;
    if (!snap->dictionaries || !snap->immutable || column_type(column) != VECTOR_STR)
        return ST_OK;
    for (size_t i = begin; i < end; i++) {
        const Value v = column_value(&snap->spans[i], column);
        size_t at = 0;

        if (memcmp(snap->spans[i].span.trace_id, snap->spans[first].span.trace_id,
                   TRACE_ID_BYTES) != 0)
            first = i;
        if (v.kind != VALUE_STR)
            continue;
        while (at < len && !str_eq(values[at], v.as.s))
            at++;
        values[at] = v.as.s;
        len += at == len;
        counts[at] += !fake_is_score(&snap->spans[i]) && first_in_run(snap, column, first, i);
    }
    *out = (RunCounts){values, counts, len};
    return ST_OK;
}

/* Known exactly, or not at all. */
bool snapshot_has(const Snapshot *snap, size_t block, Str column)
{
    bool any = !snap->exact_bloom;

    for (size_t i = snap->block_begin[block]; i < snap->block_begin[block + 1] && !any; i++)
        any = column_value(&snap->spans[i], column).kind != VALUE_NONE;
    return any;
}

static bool range_of_doubles(const Snapshot *snap, size_t block, Str column, ParquetStats *out)
{
    *out = (ParquetStats){.null_count = -1, .min.d = 1e300, .max.d = -1e300};
    for (size_t i = snap->block_begin[block]; i < snap->block_begin[block + 1]; i++) {
        const Value v = column_value(&snap->spans[i], column);

        if (v.kind != VALUE_DOUBLE)
            continue;
        out->has_range = true;
        out->min.d = v.as.d < out->min.d ? v.as.d : out->min.d;
        out->max.d = v.as.d > out->max.d ? v.as.d : out->max.d;
    }
    return out->has_range;
}

bool snapshot_range(const Snapshot *snap, size_t block, Str column, ParquetStats *out)
{
    if (column_type(column) == VECTOR_DOUBLE)
        return range_of_doubles(snap, block, column, out);
    *out = (ParquetStats){.min.i = INT64_MAX, .max.i = INT64_MIN};
    for (size_t i = snap->block_begin[block]; i < snap->block_begin[block + 1]; i++) {
        const Value v = column_value(&snap->spans[i], column);

        out->null_count += v.kind != VALUE_INT;
        if (v.kind != VALUE_INT)
            continue;
        out->has_range = true;
        out->min.i = v.as.i < out->min.i ? v.as.i : out->min.i;
        out->max.i = v.as.i > out->max.i ? v.as.i : out->max.i;
    }
    return out->has_range;
}

Status snapshot_columns(const Snapshot *snap, Status (*visit)(void *, Str, VectorType),
                        void *visitor)
{
    static const char *const names[] = {"attr.vireo.tag.country",    "attr.vireo.tag.age",
                                        "attr.vireo.tag.age#int",    "attr.vireo.tag.age#double",
                                        "attr.vireo.tag.paid#bool",  "attr.vireo.score.x",
                                        "attr.vireo.score.x#double", "attr.vireo.score.x#bool",
                                        "attr.vireo.passed.x#bool",  "attr.vireo.judge"};
    Status st = ST_OK;

    (void)snap;
    for (size_t i = 0; i < sizeof names / sizeof *names && !st; i++)
        st = visit(visitor, str_from(names[i]), column_type(str_from(names[i])));
    return st;
}

Status snapshot_block_attributes(const Snapshot *snap, size_t block,
                                 Status (*visit)(void *, Str, VectorType), void *visitor)
{
    (void)block;
    return snapshot_columns(snap, visit, visitor);
}

Status snapshot_spans(const Snapshot *snap, size_t block, const size_t *rows, size_t count,
                      Arena *arena, Span *out)
{
    (void)arena;
    for (size_t i = 0; i < count; i++)
        out[i] = snap->spans[snap->block_begin[block] + rows[i]].span;
    return ST_OK;
}
