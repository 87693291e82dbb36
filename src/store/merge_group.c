/* SPDX-License-Identifier: Apache-2.0 */
/* See merge_group.h. */
#include "store/merge_group.h"

#include "store/attr_json.h"
#include "store/previews.h"
#include "store/segment_read.h"

#include <stdlib.h>
#include <string.h>

enum {
    GAP_ROWS = 2048, /* rows that are not wanted and yet read rather than reading twice */
    MAX_TEXTS = 1 << 22
};
static const uint32_t no_code = UINT32_MAX;
static const size_t layout_memory = (size_t)256 << 20;

/* ------------------------------------------------------------------- layout */

static Status map_column(MergeLayout *l, MergeInput *in, size_t column)
{
    const ParquetColumn *c = parquet_column(in->segment->reader, column);
    AttrColumn attr;
    uint64_t at = 0;

    if (!attr_column_parse(c->name, &attr) || c->type != attr_vector_type(attr.kind))
        return ST_OK;
    if (map_get(&l->names, c->name, &at))
        in->columns[SPAN_COLUMN_COUNT + at] = column;
    else
        in->lost[in->lost_count++] = (LostColumn){c->name, attr.kind, column};
    return ST_OK;
}

static Status map_input(MergeLayout *l, MergeInput *in)
{
    const size_t count = parquet_column_count(in->segment->reader);
    Status st = ST_OK;

    in->columns = arena_alloc(&l->arena, l->column_count * sizeof *in->columns);
    in->lost = arena_alloc(&l->arena, (count + 1) * sizeof *in->lost);
    if (!in->columns || !in->lost)
        return ST_NOMEM;
    for (size_t i = 0; i < l->column_count; i++)
        in->columns[i] = i < SPAN_COLUMN_COUNT ? in->segment->columns[i] : SIZE_MAX;
    for (size_t c = 0; c < count && !st; c++)
        st = map_column(l, in, c);
    return st;
}

static Status name_columns(MergeLayout *l)
{
    Status st = ST_OK;

    for (size_t i = 0; i < l->plan->column_count && !st; i++)
        st = map_put(&l->names, l->plan->names[i], i);
    return st;
}

Status merge_layout_init(MergeLayout *l, const SegmentList *inputs, const AttrPlan *plan,
                         const MergeSource *sources, size_t source_count)
{
    Status st;

    *l = (MergeLayout){.plan = plan,
                       .input_count = inputs->len,
                       .source_count = source_count,
                       .column_count = SPAN_COLUMN_COUNT + plan->column_count};
    arena_init(&l->arena, layout_memory);
    map_init(&l->names, plan->column_count + 1);
    map_init(&l->texts, MAX_TEXTS);
    l->inputs = arena_calloc(&l->arena, inputs->len, sizeof *l->inputs);
    l->sources = arena_alloc(&l->arena, (source_count + 1) * sizeof *l->sources);
    if (!l->inputs || !l->sources)
        return ST_NOMEM;
    if (source_count)
        memcpy(l->sources, sources, source_count * sizeof *sources);
    st = name_columns(l);
    for (size_t i = 0; i < inputs->len && !st; i++) {
        l->inputs[i].segment = inputs->items[i];
        st = map_input(l, &l->inputs[i]);
    }
    return st;
}

void merge_layout_deinit(MergeLayout *l)
{
    map_deinit(&l->names);
    map_deinit(&l->texts);
    arena_deinit(&l->arena);
}

/* ---------------------------------------------------------- pieces of a group */

/* Where a row comes from and goes to. */
typedef struct Place {
    uint32_t source;
    uint32_t row;
    uint32_t to;
} Place;

/* Neighbouring rows of one source. */
typedef struct Piece {
    const MergeInput *input;
    size_t group;
    size_t from; /* rows of the group: [from, to) is read */
    size_t to;
    uint32_t *rows; /* less `from` */
    uint32_t *places;
    size_t count;
} Piece;

typedef struct Work {
    MergeLayout *l;
    const RowKey *keys;
    size_t count;
    Arena *a;
    Piece *pieces;
    size_t piece_count;
    Vector *read; /* scratch: one a piece */
    Segment **bad;
} Work;

static int by_source(const void *a, const void *b)
{
    const Place *x = a;
    const Place *y = b;

    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static bool joins(const Place *before, const Place *p)
{
    return p->source == before->source && p->row - before->row <= GAP_ROWS;
}

static void add_piece(Work *w, const Place *places, size_t count, uint32_t *rows, uint32_t *to)
{
    const MergeSource *source = &w->l->sources[places[0].source];
    Piece *p = &w->pieces[w->piece_count++];

    *p = (Piece){.input = &w->l->inputs[source->input],
                 .group = source->group,
                 .from = places[0].row,
                 .to = places[count - 1].row + 1U,
                 .rows = rows,
                 .places = to,
                 .count = count};
    for (size_t i = 0; i < count; i++) {
        rows[i] = places[i].row - places[0].row;
        to[i] = places[i].to;
    }
}

static Status cut_pieces(Work *w)
{
    Place *places = arena_alloc(w->a, (w->count + 1) * sizeof *places);
    uint32_t *rows = arena_alloc(w->a, (w->count + 1) * sizeof *rows);
    uint32_t *to = arena_alloc(w->a, (w->count + 1) * sizeof *to);
    size_t pieces = 1;

    if (!places || !rows || !to)
        return ST_NOMEM;
    for (size_t i = 0; i < w->count; i++)
        places[i] = (Place){w->keys[i].source, w->keys[i].row, (uint32_t)i};
    qsort(places, w->count, sizeof *places, by_source);
    for (size_t i = 1; i < w->count; i++)
        pieces += !joins(&places[i - 1], &places[i]);
    w->pieces = arena_alloc(w->a, pieces * sizeof *w->pieces);
    w->read = arena_alloc(w->a, pieces * sizeof *w->read);
    if (!w->pieces || !w->read)
        return ST_NOMEM;
    for (size_t from = 0, end; from < w->count; from = end) {
        for (end = from + 1; end < w->count && joins(&places[end - 1], &places[end]); end++)
            continue;
        add_piece(w, places + from, end - from, rows + from, to + from);
    }
    return ST_OK;
}

/* --------------------------------------------------------------- one column */

static Status read_piece(Work *w, const Piece *p, size_t column, Vector *out)
{
    const Status st =
        parquet_read(p->input->segment->reader, p->group, column, p->from, p->to, w->a, out);

    if (st)
        *w->bad = p->input->segment;
    return st;
}

/* Values of a column in every piece; len 0 where it has none.  *coded: all of them that
 * have values are in dictionary form. */
static Status read_pieces(Work *w, size_t column, bool *any, bool *coded)
{
    Status st = ST_OK;

    *any = false;
    *coded = true;
    for (size_t i = 0; i < w->piece_count && !st; i++) {
        const Piece *p = &w->pieces[i];
        const size_t in_file = p->input->columns[column];

        w->read[i] = (Vector){0};
        if (segment_all_null(p->input->segment, p->group, in_file))
            continue;
        st = read_piece(w, p, in_file, &w->read[i]);
        *any = true;
        *coded = *coded && w->read[i].codes;
    }
    return st;
}

static void put_piece(Cells *c, const Piece *p, const Vector *v)
{
    for (size_t i = 0; i < p->count; i++)
        if (!vector_is_null(v, p->rows[i]))
            cells_set(c, p->places[i], vector_cell(v, p->rows[i]));
}

static Status fill_cells(Work *w, VectorType type, Cells *out)
{
    const Status st = cells_init(out, type, w->count, w->a);

    for (size_t i = 0; i < w->piece_count && !st; i++)
        if (w->read[i].len)
            put_piece(out, &w->pieces[i], &w->read[i]);
    return st;
}

/* The joined dictionary of a column, being made. */
typedef struct Join {
    Str *texts;
    size_t len;
    uint32_t *codes;
    uint8_t *valid;
    size_t present;
} Join;

static Status join_text(Work *w, Join *j, Str text, uint32_t *code)
{
    uint64_t *at;
    bool added;
    const Status st = map_entry(&w->l->texts, text, j->len, &at, &added);

    if (st)
        return st;
    if (added)
        j->texts[j->len++] = text;
    *code = (uint32_t)*at;
    return ST_OK;
}

static Status join_piece(Work *w, Join *j, const Piece *p, const Vector *v)
{
    uint32_t *known = arena_alloc(w->a, (v->dict_len + 1) * sizeof *known);
    Status st = known ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < v->dict_len && !st; i++)
        known[i] = no_code;
    for (size_t i = 0; i < p->count && !st; i++) {
        const uint32_t row = p->rows[i];

        if (vector_is_null(v, row))
            continue;
        if (known[v->codes[row]] == no_code)
            st = join_text(w, j, v->as.s[v->codes[row]], &known[v->codes[row]]);
        j->codes[p->places[i]] = known[v->codes[row]];
        j->valid[p->places[i]] = 1;
        j->present++;
    }
    return st;
}

static Status fill_coded(Work *w, VectorType type, Vector *out)
{
    Join j = {.codes = arena_calloc(w->a, w->count + 1, sizeof *j.codes),
              .valid = arena_calloc(w->a, w->count + 1, 1)};
    size_t most = 1;
    Status st;

    for (size_t i = 0; i < w->piece_count; i++)
        most += w->read[i].len ? w->read[i].dict_len : 0;
    j.texts = arena_calloc(w->a, most, sizeof *j.texts);
    st = j.texts && j.codes && j.valid ? ST_OK : ST_NOMEM;
    map_clear(&w->l->texts);
    for (size_t i = 0; i < w->piece_count && !st; i++)
        if (w->read[i].len)
            st = join_piece(w, &j, &w->pieces[i], &w->read[i]);
    if (st)
        return st;
    *out = (Vector){.type = type,
                    .len = w->count,
                    .valid = j.present == w->count ? NULL : j.valid,
                    .as.s = j.texts,
                    .codes = j.codes,
                    .dict_len = j.len ? j.len : 1};
    return ST_OK;
}

static Status merge_column(Work *w, size_t column, VectorType type, Vector *out)
{
    Cells cells;
    bool any;
    bool coded;
    Status st = read_pieces(w, column, &any, &coded);

    if (st)
        return st;
    if (!any)
        return cells_nulls(type, w->count, w->a, out);
    if (coded)
        return fill_coded(w, type, out);
    st = fill_cells(w, type, &cells);
    if (!st)
        *out = cells_vector(&cells);
    return st;
}

/* ------------------------------------------- attributes in and out of the rest */

/* Does any row of the group have attributes that change their place? */
static bool has_rest(const Work *w)
{
    for (size_t i = 0; i < w->piece_count; i++) {
        const Piece *p = &w->pieces[i];
        const Segment *s = p->input->segment;

        if (!segment_all_null(s, p->group, s->columns[COLUMN_attributes_rest]))
            return true;
        for (size_t k = 0; k < p->input->lost_count; k++)
            if (!segment_all_null(s, p->group, p->input->lost[k].column))
                return true;
    }
    return false;
}

typedef struct Rest {
    Cells *cells; /* of the plan's columns; len 0: not begun */
    Cells texts;  /* attributes_rest of the result */
    VEC_OF(NamedValue) row;
} Rest;

static Status set_cell(Work *w, Rest *rest, size_t at, size_t row, Value value)
{
    const ValueKind kind = w->l->plan->columns[at].kind;
    Cells *c = &rest->cells[at];
    Status st = ST_OK;

    if (attr_column_kind(value.kind) != kind)
        return ST_CORRUPT;
    if (!c->len)
        st = cells_init(c, attr_vector_type(kind), w->count, w->a);
    if (!st)
        cells_set(c, row, cell_of_value(value));
    return st;
}

/* Items of the input's rest: some have a column now. */
static Status take_rest(Work *w, Rest *rest, Str json, size_t place)
{
    NamedValue *items = NULL;
    size_t count = 0;
    Status st = attr_json_decode(json, w->a, &items, &count);

    for (size_t i = 0; i < count && !st; i++) {
        uint64_t at;

        if (map_get(&w->l->names, items[i].name, &at))
            st = set_cell(w, rest, (size_t)at, place, items[i].value);
        else
            st = VEC_PUSH(&rest->row, items[i], UINT32_MAX);
    }
    return st;
}

static Status take_lost(Rest *rest, const Piece *p, const Vector *lost, uint32_t row)
{
    Status st = ST_OK;

    for (size_t k = 0; k < p->input->lost_count && !st; k++) {
        const LostColumn *c = &p->input->lost[k];

        if (lost[k].len && !vector_is_null(&lost[k], row)) {
            const NamedValue item = {c->name, value_of_cell(c->kind, vector_cell(&lost[k], row))};

            st = VEC_PUSH(&rest->row, item, UINT32_MAX);
        }
    }
    return st;
}

static Status rest_row(Work *w, Rest *rest, const Piece *p, const Vector *texts, const Vector *lost,
                       size_t i)
{
    const uint32_t row = p->rows[i];
    Str json;
    Status st = ST_OK;

    rest->row.len = 0;
    if (texts->len && !vector_is_null(texts, row))
        st = take_rest(w, rest, vector_str(texts, row), p->places[i]);
    if (!st)
        st = take_lost(rest, p, lost, row);
    if (st || !rest->row.len)
        return st;
    st = attr_json_encode(rest->row.items, rest->row.len, w->a, &json);
    if (!st)
        cells_set(&rest->texts, p->places[i], (Cell){.s = json});
    return st;
}

static Status rest_piece(Work *w, Rest *rest, const Piece *p)
{
    const Segment *s = p->input->segment;
    const size_t column = s->columns[COLUMN_attributes_rest];
    Vector *lost = arena_calloc(w->a, p->input->lost_count + 1, sizeof *lost);
    Vector texts = {0};
    Status st = lost ? ST_OK : ST_NOMEM;

    if (!st && !segment_all_null(s, p->group, column))
        st = read_piece(w, p, column, &texts);
    for (size_t k = 0; k < p->input->lost_count && !st; k++)
        if (!segment_all_null(s, p->group, p->input->lost[k].column))
            st = read_piece(w, p, p->input->lost[k].column, &lost[k]);
    for (size_t i = 0; i < p->count && !st; i++)
        st = rest_row(w, rest, p, &texts, lost, i);
    return st;
}

/* Attribute columns as cells, because single values are still to come. */
static Status begin_rest(Work *w, Rest *rest)
{
    const size_t count = w->l->plan->column_count;
    Status st = cells_init(&rest->texts, VECTOR_JSON, w->count, w->a);

    rest->cells = arena_calloc(w->a, count + 1, sizeof *rest->cells);
    if (!rest->cells)
        return ST_NOMEM;
    for (size_t i = 0; i < count && !st; i++) {
        bool any;
        bool coded;

        st = read_pieces(w, SPAN_COLUMN_COUNT + i, &any, &coded);
        if (!st && any)
            st = fill_cells(w, attr_vector_type(w->l->plan->columns[i].kind), &rest->cells[i]);
    }
    return st;
}

static Status fill_with_rest(Work *w, Rest *rest, Vector *vectors)
{
    Status st = begin_rest(w, rest);

    for (size_t i = 0; i < w->piece_count && !st; i++)
        st = rest_piece(w, rest, &w->pieces[i]);
    for (size_t i = 0; i < w->l->plan->column_count && !st; i++) {
        Vector *v = &vectors[SPAN_COLUMN_COUNT + i];

        if (rest->cells[i].len)
            *v = cells_vector(&rest->cells[i]);
        else
            st = cells_nulls(attr_vector_type(w->l->plan->columns[i].kind), w->count, w->a, v);
    }
    if (!st)
        vectors[COLUMN_attributes_rest] = cells_vector(&rest->texts);
    return st;
}

static Status merge_attributes(Work *w, Vector *vectors)
{
    Rest rest = {0};
    Status st = ST_OK;

    if (has_rest(w)) {
        st = fill_with_rest(w, &rest, vectors);
        VEC_FREE(&rest.row);
        return st;
    }
    for (size_t i = 0; i < w->l->plan->column_count && !st; i++)
        st = merge_column(w, SPAN_COLUMN_COUNT + i, attr_vector_type(w->l->plan->columns[i].kind),
                          &vectors[SPAN_COLUMN_COUNT + i]);
    return st ? st : cells_nulls(VECTOR_JSON, w->count, w->a, &vectors[COLUMN_attributes_rest]);
}

/* ------------------------------------------------------------------ the group */

static Status trace_starts(const Work *w, Vector *out)
{
    Cells cells;
    const Status st = cells_init(&cells, VECTOR_TIME, w->count, w->a);

    for (size_t i = 0; i < w->count && !st; i++)
        cells_set(&cells, i, (Cell){.i = w->keys[i].trace_start_ns});
    if (!st)
        *out = cells_vector(&cells);
    return st;
}

Status merge_group(MergeLayout *l, const RowKey *keys, size_t count, Arena *a, Vector *vectors,
                   Segment **bad)
{
    Work w = {.l = l, .keys = keys, .count = count, .a = a, .bad = bad};
    Status st = cut_pieces(&w);

    for (SpanColumnId id = 0; id < SPAN_COLUMN_COUNT && !st; id++) {
        if (id == COLUMN_trace_start)
            st = trace_starts(&w, &vectors[id]);
        else if (id != COLUMN_attributes_rest && preview_source(id) == SPAN_COLUMN_COUNT)
            st = merge_column(&w, id, span_column(id)->type, &vectors[id]);
    }
    if (!st)
        st = previews_fill(vectors, a);
    return st ? st : merge_attributes(&w, vectors);
}
