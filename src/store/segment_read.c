/* SPDX-License-Identifier: Apache-2.0 */
/* Single columns of a segment. */
#include "store/segment_read.h"

#include "codec/json_scan.h"
#include "store/attr_json.h"
#include "store/gather.h"
#include "store/previews.h"

enum { MAX_RANGES = 1 << 24 };

bool segment_all_null(const Segment *s, size_t group, size_t column)
{
    ParquetStats stats;

    if (column == SIZE_MAX)
        return true;
    parquet_stats(s->reader, group, column, &stats);
    return stats.null_count >= 0 && (size_t)stats.null_count == s->groups[group].rows;
}

/* Where to clip a preview from that is not stored; SPAN_COLUMN_COUNT for all other columns. */
static SpanColumnId clipped_from(const Segment *s, size_t group, Str column)
{
    const SpanColumnId id = span_column_find(column);
    const SpanColumnId source = id < SPAN_COLUMN_COUNT ? preview_source(id) : id;

    return source < SPAN_COLUMN_COUNT && segment_all_null(s, group, s->columns[id])
               ? source
               : SPAN_COLUMN_COUNT;
}

static bool may_hold(const Segment *s, size_t group, SpanColumnId id, Str value)
{
    const size_t column = s->columns[id];

    return !segment_all_null(s, group, column) &&
           parquet_may_contain(s->reader, group, column, value);
}

/* How the column's key stands in input_key and output_key; false for columns
 * that are never kept there. */
static bool elidable(const AttrColumn *c, Str column, Str *encoded)
{
    if (c->owner != ATTR_OF_SPAN || (c->kind != VALUE_STR && c->kind != VALUE_JSON))
        return false;
    *encoded = str_slice(column, sizeof "attr." - 1, column.len);
    return true;
}

static bool maybe_elided(const Segment *s, size_t group, const AttrColumn *c, Str column)
{
    Str encoded;

    return elidable(c, column, &encoded) && (may_hold(s, group, COLUMN_input_key, encoded) ||
                                             may_hold(s, group, COLUMN_output_key, encoded));
}

/* -------------------------------------------------- putting a column together */

typedef struct Overlay {
    const Segment *segment;
    size_t group;
    size_t from;
    size_t to;
    Arena *arena;
    Cells cells;
} Overlay;

static Status read_fixed(const Overlay *o, SpanColumnId id, Vector *out)
{
    return parquet_read(o->segment->reader, o->group, o->segment->columns[id], o->from, o->to,
                        o->arena, out);
}

/* Rows whose `key_id` names the attribute have its value in `payload_id`; a
 * null payload is the empty text. */
static Status overlay_payload(Overlay *o, SpanColumnId key_id, SpanColumnId payload_id, Str encoded)
{
    Vector keys;
    Vector payload;
    bool any = false;
    Status st;

    if (!may_hold(o->segment, o->group, key_id, encoded))
        return ST_OK;
    st = read_fixed(o, key_id, &keys);
    if (st)
        return st;
    for (size_t i = 0; i < keys.len && !any; i++)
        any = !vector_is_null(&keys, i) && str_eq(vector_str(&keys, i), encoded);
    if (!any)
        return ST_OK;
    st = read_fixed(o, payload_id, &payload);
    for (size_t i = 0; i < keys.len && !st; i++) {
        const bool absent = vector_is_null(&keys, i) || !str_eq(vector_str(&keys, i), encoded);

        if (!absent)
            cells_set(&o->cells, i,
                      (Cell){.s = vector_is_null(&payload, i) ? STR("") : vector_str(&payload, i)});
    }
    return st;
}

static Status overlay_rest(Overlay *o, Str column, ValueKind kind)
{
    const size_t rest = o->segment->columns[COLUMN_attributes_rest];
    Vector v;
    Status st;

    if (segment_all_null(o->segment, o->group, rest))
        return ST_OK;
    st = read_fixed(o, COLUMN_attributes_rest, &v);
    for (size_t i = 0; i < o->to - o->from && !st; i++) {
        NamedValue *items = NULL;
        size_t count = 0;

        if (vector_is_null(&v, i))
            continue;
        st = attr_json_decode(vector_str(&v, i), o->arena, &items, &count);
        for (size_t k = 0; k < count && !st; k++)
            if (str_eq(items[k].name, column) && attr_column_kind(items[k].value.kind) == kind)
                cells_set(&o->cells, i, cell_of_value(items[k].value));
    }
    return st;
}

static Status overlay_file(Overlay *o, size_t column)
{
    Vector v;
    Status st = parquet_read(o->segment->reader, o->group, column, o->from, o->to, o->arena, &v);

    if (st)
        return st;
    st = v.type == o->cells.type ? ST_OK : ST_CORRUPT;
    for (size_t i = 0; i < v.len && !st; i++)
        if (!vector_is_null(&v, i))
            cells_set(&o->cells, i, vector_cell(&v, i));
    return st;
}

static Status read_attr(const Segment *s, size_t group, Str column, const AttrColumn *attr,
                        size_t from, size_t to, Arena *a, Vector *out)
{
    Overlay o = {.segment = s, .group = group, .from = from, .to = to, .arena = a};
    const size_t in_file = parquet_find_column(s->reader, column);
    Str encoded = {0};
    Status st;

    if (in_file != SIZE_MAX && !maybe_elided(s, group, attr, column))
        return parquet_read(s->reader, group, in_file, from, to, a, out);
    st = cells_init(&o.cells, attr_vector_type(attr->kind), to - from, a);
    if (!st)
        st = in_file == SIZE_MAX ? overlay_rest(&o, column, attr->kind) : overlay_file(&o, in_file);
    if (!st && elidable(attr, column, &encoded)) {
        st = overlay_payload(&o, COLUMN_input_key, COLUMN_input, encoded);
        if (!st)
            st = overlay_payload(&o, COLUMN_output_key, COLUMN_output, encoded);
    }
    if (st)
        return st;
    if (in_file == SIZE_MAX && !o.cells.present)
        return cells_nulls(VECTOR_STR, to - from, a, out);
    *out = cells_vector(&o.cells);
    return ST_OK;
}

/* A preview that was not stored, because the texts are short. */
static Status read_preview(const Segment *s, size_t group, SpanColumnId source, size_t from,
                           size_t to, Arena *a, Vector *out)
{
    Vector texts;
    Status st;

    if (segment_all_null(s, group, s->columns[source]))
        return cells_nulls(VECTOR_STR, to - from, a, out);
    st = parquet_read(s->reader, group, s->columns[source], from, to, a, &texts);
    return st ? st : preview_clip(&texts, a, out);
}

Status segment_read(const Segment *s, size_t group, Str column, size_t from, size_t to, Arena *a,
                    Vector *out)
{
    const SpanColumnId id = span_column_find(column);
    const SpanColumnId source = clipped_from(s, group, column);
    AttrColumn attr;

    if (from >= to || to > s->groups[group].rows)
        return from == to ? cells_nulls(VECTOR_STR, 0, a, out) : ST_INVALID;
    if (source < SPAN_COLUMN_COUNT)
        return read_preview(s, group, source, from, to, a, out);
    if (id < SPAN_COLUMN_COUNT && s->columns[id] != SIZE_MAX)
        return parquet_read(s->reader, group, s->columns[id], from, to, a, out);
    if (id == SPAN_COLUMN_COUNT && attr_column_parse(column, &attr))
        return read_attr(s, group, column, &attr, from, to, a, out);
    return cells_nulls(VECTOR_STR, to - from, a, out);
}

/* Rows of a column that is put together: all between the first and the last are. */
static Status pick_between(const Segment *s, size_t group, Str column, const size_t *rows,
                           size_t count, Arena *a, Vector *out)
{
    uint32_t *at = arena_alloc(a, (count + 1) * sizeof *at);
    Vector all = {0};
    Status st = at ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < count && !st; i++)
        at[i] = (uint32_t)(rows[i] - rows[0]);
    if (!st)
        st = segment_read(s, group, column, rows[0], rows[count - 1] + 1, a, &all);
    return st ? st : vector_gather(&all, at, count, a, out);
}

/* The column of the file that is all there is to `column`, SIZE_MAX: none; false when more is. */
static bool is_plain(const Segment *s, size_t group, Str column, size_t *in_file)
{
    const SpanColumnId id = span_column_find(column);
    const SpanColumnId source = clipped_from(s, group, column);
    AttrColumn attr;

    *in_file = SIZE_MAX;
    if (id < SPAN_COLUMN_COUNT) {
        *in_file = s->columns[source < SPAN_COLUMN_COUNT ? source : id];
        return true;
    }
    if (!attr_column_parse(column, &attr))
        return true;
    *in_file = parquet_find_column(s->reader, column);
    return *in_file != SIZE_MAX && !maybe_elided(s, group, &attr, column);
}

Status segment_pick(const Segment *s, size_t group, Str column, const size_t *rows, size_t count,
                    Arena *a, Vector *out)
{
    const SpanColumnId id = span_column_find(column);
    const bool is_preview = id < SPAN_COLUMN_COUNT && preview_source(id) < SPAN_COLUMN_COUNT;
    size_t in_file;

    if (!count)
        return cells_nulls(VECTOR_STR, 0, a, out);
    if (!is_plain(s, group, column, &in_file))
        return pick_between(s, group, column, rows, count, a, out);
    if (segment_all_null(s, group, in_file))
        return cells_nulls(VECTOR_STR, count, a, out);
    return parquet_pick(s->reader, group, in_file, rows, count,
                        is_preview ? PREVIEW_MAX_BYTES : SIZE_MAX, a, out);
}

Status segment_scan_ids(const Segment *s, size_t group, ParquetVisit *visit, void *context)
{
    return parquet_scan(s->reader, group, s->columns[COLUMN_trace_id], visit, context);
}

/* ------------------------------------------------------------------ pruning */

bool segment_may_contain(const Segment *s, size_t group, Str column, Str value)
{
    const SpanColumnId source = clipped_from(s, group, column);
    const size_t in_file = parquet_find_column(s->reader, column);
    AttrColumn attr;

    if (source < SPAN_COLUMN_COUNT)
        return !segment_all_null(s, group, s->columns[source]);
    if (in_file != SIZE_MAX && !segment_all_null(s, group, in_file) &&
        parquet_may_contain(s->reader, group, in_file, value))
        return true;
    if (!attr_column_parse(column, &attr))
        return false;
    if (in_file == SIZE_MAX && !segment_all_null(s, group, s->columns[COLUMN_attributes_rest]))
        return true;
    return maybe_elided(s, group, &attr, column);
}

bool segment_has(const Segment *s, size_t group, Str column)
{
    const SpanColumnId source = clipped_from(s, group, column);
    const size_t in_file = parquet_find_column(s->reader, column);
    AttrColumn attr;

    if (source < SPAN_COLUMN_COUNT)
        return !segment_all_null(s, group, s->columns[source]);
    if (in_file != SIZE_MAX && !segment_all_null(s, group, in_file))
        return true;
    if (!attr_column_parse(column, &attr))
        return false;
    if (in_file == SIZE_MAX && !segment_all_null(s, group, s->columns[COLUMN_attributes_rest]))
        return true;
    return maybe_elided(s, group, &attr, column);
}

/* The n-grams of a column of the file tell nothing of values that stand elsewhere. */
Status segment_text_rows(const Segment *s, size_t group, Str column, Str text, RowRanges *out)
{
    const SpanColumnId id = span_column_find(column);

    if (id == SPAN_COLUMN_COUNT || s->columns[id] == SIZE_MAX)
        return VEC_PUSH(out, ((RowRange){0, s->groups[group].rows}), MAX_RANGES);
    return parquet_text_rows(s->reader, group, s->columns[id], text, out);
}

/* The column of the file whose dictionary has all texts of `column`; SIZE_MAX: none has. */
static size_t dictionary_column(const Segment *s, size_t group, Str column)
{
    AttrColumn attr;

    return attr_column_parse(column, &attr) && maybe_elided(s, group, &attr, column)
               ? SIZE_MAX
               : parquet_find_column(s->reader, column);
}

Status segment_dictionary(const Segment *s, size_t group, Str column, Arena *a, const Str **out,
                          size_t *count)
{
    const size_t in_file = dictionary_column(s, group, column);

    *out = NULL;
    return in_file == SIZE_MAX ? ST_OK
                               : parquet_dictionary(s->reader, group, in_file, a, out, count);
}

Status segment_run_counts(const Segment *s, size_t group, Str column, Arena *a, RunCounts *out)
{
    const size_t in_file = dictionary_column(s, group, column);

    *out = (RunCounts){0};
    return in_file == SIZE_MAX ? ST_OK : parquet_run_counts(s->reader, group, in_file, a, out);
}

bool segment_range(const Segment *s, size_t group, Str column, ParquetStats *out)
{
    const size_t in_file = parquet_find_column(s->reader, column);
    VectorType type;

    if (in_file == SIZE_MAX)
        return false;
    type = parquet_column(s->reader, in_file)->type;
    if (type != VECTOR_INT && type != VECTOR_DOUBLE && type != VECTOR_TIME)
        return false;
    parquet_stats(s->reader, group, in_file, out);
    return out->has_range;
}

/* ------------------------------------------------------------------ listing */

Status segment_each_elided(const Segment *s, Status (*visit)(void *visitor, Str encoded),
                           void *visitor)
{
    Str json;
    JsonScan scan;
    JsonEvent e;
    Arena a;
    Status st = ST_OK;

    if (!parquet_meta(s->reader, STR("vireo.elided"), &json))
        return ST_OK;
    arena_init(&a, (size_t)16 << 20);
    scan = json_scan(json, 2);
    while (!st && json_scan_next(&scan, &e)) {
        Str text;

        if (e.kind != JSON_EVENT_STR)
            continue;
        st = json_unescape(&e, &a, &text);
        if (!st)
            st = visit(visitor, text);
    }
    arena_deinit(&a);
    return st;
}

typedef struct ElidedVisit {
    Status (*visit)(void *visitor, Str column, VectorType type);
    void *visitor;
} ElidedVisit;

static Status visit_elided(void *context, Str encoded)
{
    const ElidedVisit *v = context;
    AttrColumn c = {.owner = ATTR_OF_SPAN};
    Arena a;
    Str name;
    Status st;

    attr_key_decode(encoded, &c.key, &c.kind);
    arena_init(&a, (size_t)16 << 20);
    st = attr_column_name(&c, &a, &name);
    if (!st)
        st = v->visit(v->visitor, name, attr_vector_type(c.kind));
    arena_deinit(&a);
    return st;
}

Status segment_each_column(const Segment *s,
                           Status (*visit)(void *visitor, Str column, VectorType type),
                           void *visitor)
{
    const size_t count = parquet_column_count(s->reader);

    for (size_t i = 0; i < count; i++) {
        const ParquetColumn *c = parquet_column(s->reader, i);
        const Status st = visit(visitor, c->name, c->type);

        if (st)
            return st;
    }
    return segment_each_elided(s, visit_elided, &(ElidedVisit){visit, visitor});
}
