/* SPDX-License-Identifier: Apache-2.0 */
/* One getter and one setter a fixed column.  Absent is null: empty text, an
 * unknown count, no parent. */
#include "store/span_columns.h"

#include "store/attr_json.h"
#include "store/attr_name.h"

#include <string.h>

/* Text that stands in the span; `where` is an expression on `span`. */
#define TEXT_GET(column, where)                                               \
    static bool get_##column(const Row *row, Arena *a, Cell *out, Status *st) \
    {                                                                         \
        const Span *span = row->span;                                         \
                                                                              \
        (void)a;                                                              \
        (void)st;                                                             \
        out->s = (where);                                                     \
        return out->s.len != 0;                                               \
    }

#define TEXT(column)                                   \
    TEXT_GET(column, span->column)                     \
    static void set_##column(SpanParts *p, Cell value) \
    {                                                  \
        p->span->column = value.s;                     \
    }

/* Required text: empty is not null. */
#define NEEDED_TEXT(column)                                                   \
    static bool get_##column(const Row *row, Arena *a, Cell *out, Status *st) \
    {                                                                         \
        (void)a;                                                              \
        (void)st;                                                             \
        out->s = row->span->column;                                           \
        return true;                                                          \
    }                                                                         \
    static void set_##column(SpanParts *p, Cell value)                        \
    {                                                                         \
        p->span->column = value.s;                                            \
    }

/* A number with a test for "nobody said". */
#define NUMBER(column, field, type, present)                                  \
    static bool get_##column(const Row *row, Arena *a, Cell *out, Status *st) \
    {                                                                         \
        (void)a;                                                              \
        (void)st;                                                             \
        out->i = (int64_t)row->span->field;                                   \
        return (present);                                                     \
    }                                                                         \
    static void set_##column(SpanParts *p, Cell value)                        \
    {                                                                         \
        p->span->field = (type)value.i;                                       \
    }

/* An id of fixed length. */
#define ID(column, present)                                                        \
    static bool get_##column(const Row *row, Arena *a, Cell *out, Status *st)      \
    {                                                                              \
        (void)a;                                                                   \
        (void)st;                                                                  \
        out->s = (Str){(const char *)row->span->column, sizeof row->span->column}; \
        return (present);                                                          \
    }                                                                              \
    static void set_##column(SpanParts *p, Cell value)                             \
    {                                                                              \
        if (value.s.len == sizeof p->span->column)                                 \
            memcpy(p->span->column, value.s.ptr, sizeof p->span->column);          \
    }

ID(trace_id, true)
ID(span_id, true)
ID(parent_id, !span_is_root(row->span))

NEEDED_TEXT(name)
NEEDED_TEXT(type)
TEXT(model)
TEXT(fingerprint)
TEXT(status_message)
TEXT(error_type)
TEXT(error_message)
TEXT(session)
TEXT(user)
TEXT(llm_model)
TEXT(llm_provider)
TEXT(input)
TEXT(output)
TEXT(trace_state)

NUMBER(model_version, model_version, int32_t, out->i != 0)
NUMBER(otel_kind, otel_kind, int32_t, true)
NUMBER(start, start_ns, int64_t, true)
NUMBER(input_tokens, usage.input_tokens, int64_t, out->i >= 0)
NUMBER(output_tokens, usage.output_tokens, int64_t, out->i >= 0)
NUMBER(flags, flags, uint32_t, true)
NUMBER(dropped_attributes, dropped_attributes, uint32_t, true)
NUMBER(dropped_events, dropped_events, uint32_t, true)
NUMBER(dropped_links, dropped_links, uint32_t, true)
NUMBER(received, received_ns, int64_t, true)
NUMBER(seq, seq, uint64_t, true)

TEXT_GET(events, span->events_json)
TEXT_GET(links, span->links_json)
TEXT_GET(service, span->resource->service_name)
TEXT_GET(scope_name, span->scope->name)
TEXT_GET(scope_version, span->scope->version)
TEXT_GET(input_preview, utf8_clip(span->input, PREVIEW_MAX_BYTES))
TEXT_GET(output_preview, utf8_clip(span->output, PREVIEW_MAX_BYTES))

static bool get_cost(const Row *row, Arena *a, Cell *out, Status *st)
{
    (void)a;
    (void)st;
    out->d = row->span->cost;
    return row->span->has_cost;
}

static void set_cost(SpanParts *p, Cell value)
{
    p->span->has_cost = true;
    p->span->cost = value.d;
}

static void set_events(SpanParts *p, Cell value)
{
    p->span->events_json = value.s;
}

static void set_links(SpanParts *p, Cell value)
{
    p->span->links_json = value.s;
}

static void set_service(SpanParts *p, Cell value)
{
    p->resource->service_name = value.s;
}

static void set_scope_name(SpanParts *p, Cell value)
{
    p->scope->name = value.s;
}

static void set_scope_version(SpanParts *p, Cell value)
{
    p->scope->version = value.s;
}

static bool get_trace_start(const Row *row, Arena *a, Cell *out, Status *st)
{
    (void)a;
    (void)st;
    out->i = row->trace_start;
    return true;
}

/* The difference wraps as unsigned: the farthest times that int64_t holds are
 * farther apart than it can say, and wrap back in set_duration(). */
static bool get_duration(const Row *row, Arena *a, Cell *out, Status *st)
{
    (void)a;
    (void)st;
    out->i = (int64_t)((uint64_t)row->span->end_ns - (uint64_t)row->span->start_ns);
    return true;
}

/* `start` stands before `duration` in the list, so it is set already. */
static void set_duration(SpanParts *p, Cell value)
{
    p->span->end_ns = (int64_t)((uint64_t)p->span->start_ns + (uint64_t)value.i);
}

static const Str status_names[] = {
    [SPAN_UNSET] = {"unset", 5}, [SPAN_OK] = {"ok", 2}, [SPAN_ERROR] = {"error", 5}};

static bool get_status(const Row *row, Arena *a, Cell *out, Status *st)
{
    const unsigned status = (unsigned)row->span->status;

    (void)a;
    (void)st;
    out->s = status_names[status <= SPAN_ERROR ? status : SPAN_UNSET];
    return true;
}

static void set_status(SpanParts *p, Cell value)
{
    p->span->status = str_eq(value.s, status_names[SPAN_ERROR]) ? SPAN_ERROR
                      : str_eq(value.s, status_names[SPAN_OK])  ? SPAN_OK
                                                                : SPAN_UNSET;
}

/* -------------------------------------------- payloads kept once, scopes */

static const Attr *verbatim(AttrList attrs, Str key, Str text)
{
    for (size_t i = key.len ? attrs.len : 0; i-- > 0;) {
        const Attr *at = &attrs.items[i];

        if (!str_eq(at->key, key))
            continue;
        if (at->value.kind != VALUE_STR && at->value.kind != VALUE_JSON)
            return NULL;
        if (at->value.as.s.len != text.len)
            return NULL;
        return at->value.as.s.ptr == text.ptr || str_eq(at->value.as.s, text) ? at : NULL;
    }
    return NULL;
}

const Attr *span_input_attr(const Span *s)
{
    return verbatim(s->attrs, s->input_key, s->input);
}

const Attr *span_output_attr(const Span *s)
{
    return verbatim(s->attrs, s->output_key, s->output);
}

static bool encoded_key(const Attr *attr, Arena *a, Cell *out, Status *st)
{
    if (!attr)
        return false;
    *st = attr_key_encode(attr->key, attr->value.kind, a, &out->s);
    return *st == ST_OK;
}

static bool get_input_key(const Row *row, Arena *a, Cell *out, Status *st)
{
    return encoded_key(span_input_attr(row->span), a, out, st);
}

static bool get_output_key(const Row *row, Arena *a, Cell *out, Status *st)
{
    return encoded_key(span_output_attr(row->span), a, out, st);
}

/* The encoded key; the rebuild takes the suffix off once it has the attribute. */
static void set_input_key(SpanParts *p, Cell value)
{
    p->span->input_key = value.s;
}

static void set_output_key(SpanParts *p, Cell value)
{
    p->span->output_key = value.s;
}

static bool get_scope_attributes(const Row *row, Arena *a, Cell *out, Status *st)
{
    if (!row->span->scope->attrs.len)
        return false;
    *st = attr_list_to_json(row->span->scope->attrs, a, &out->s);
    return *st == ST_OK;
}

/* Filled by who knows which attributes have columns. */
static bool get_attributes_rest(const Row *row, Arena *a, Cell *out, Status *st)
{
    (void)row;
    (void)a;
    (void)out;
    (void)st;
    return false;
}

#define set_trace_start      NULL
#define set_input_preview    NULL
#define set_output_preview   NULL
#define set_scope_attributes NULL /* rebuilt apart: JSON needs memory */
#define set_attributes_rest  NULL

static const SpanColumn columns[SPAN_COLUMN_COUNT] = {
#define COLUMN_ROW(name, type, fixed, required, bloom, large) \
    [COLUMN_##name] = {{#name, sizeof #name - 1},             \
                       VECTOR_##type,                         \
                       fixed,                                 \
                       required,                              \
                       bloom,                                 \
                       large,                                 \
                       get_##name,                            \
                       set_##name},
    SPAN_COLUMNS(COLUMN_ROW)
#undef COLUMN_ROW
};

const SpanColumn *span_column(SpanColumnId id)
{
    return &columns[id];
}

SpanColumnId span_column_find(Str name)
{
    for (SpanColumnId id = 0; id < SPAN_COLUMN_COUNT; id++)
        if (str_eq(columns[id].name, name))
            return id;
    return SPAN_COLUMN_COUNT;
}

/* JSON of a scope is made once for neighbours that share it. */
static bool same_scope(const Row *rows, size_t i)
{
    return i && rows[i].span->scope == rows[i - 1].span->scope;
}

/* Ids stand in their spans, which lie apart; a column of them is gone over several times on its
 * way into a file, so copies are put side by side. */
static Status gather_id(SpanGather *g, SpanColumnId id, size_t row, Str *value)
{
    char *to;

    if (!g->ids[id])
        g->ids[id] = arena_alloc(g->arena, g->count * columns[id].fixed_len);
    if (!g->ids[id])
        return ST_NOMEM;
    to = g->ids[id] + row * columns[id].fixed_len;
    memcpy(to, value->ptr, value->len);
    value->ptr = to;
    return ST_OK;
}

/* Rows [from, to) of a column.  Its cells are made when the first value comes: most columns of
 * most segments have none. */
static Status gather_rows(SpanGather *g, SpanColumnId id, size_t from, size_t to)
{
    const SpanColumn *c = &columns[id];
    Cells *cells = &g->cells[id];
    Status st = ST_OK;

    for (size_t i = from; i < to && !st; i++) {
        Cell value;

        if (id == COLUMN_scope_attributes && same_scope(g->rows, i)) {
            if (!cells->len || !cells->valid[i - 1])
                continue;
            value.s = cells->as.s[i - 1];
        } else if (!c->get(&g->rows[i], g->arena, &value, &st)) {
            continue;
        }
        if (c->type == VECTOR_FIXED)
            st = gather_id(g, id, i, &value.s);
        if (!st && !cells->len)
            st = cells_init(cells, c->type, g->count, g->arena);
        if (!st)
            cells_set(cells, i, value);
    }
    return st;
}

Status span_column_gather(SpanColumnId id, const Row *rows, size_t count, Arena *a, Vector *out)
{
    SpanGather g = span_gather(rows, count, a);
    Status st = cells_init(&g.cells[id], columns[id].type, count, a);

    if (!st)
        st = gather_rows(&g, id, 0, count);
    if (!st)
        *out = cells_vector(&g.cells[id]);
    return st;
}

SpanGather span_gather(const Row *rows, size_t count, Arena *a)
{
    return (SpanGather){.rows = rows, .count = count, .arena = a};
}

Status span_gather_block(SpanGather *g, size_t from, size_t to)
{
    Status st = ST_OK;

    for (SpanColumnId id = 0; id < SPAN_COLUMN_COUNT && !st; id++)
        if (id != COLUMN_input_preview && id != COLUMN_output_preview)
            st = gather_rows(g, id, from, to);
    return st;
}

Status span_gather_finish(const SpanGather *g, Vector *out)
{
    const void *zeros = NULL;
    const Status st = cells_zeros(g->count, g->arena, &zeros);

    if (st)
        return st;
    for (SpanColumnId id = 0; id < SPAN_COLUMN_COUNT; id++)
        out[id] = g->cells[id].len ? cells_vector(&g->cells[id])
                                   : cells_null_vector(columns[id].type, g->count, zeros);
    return ST_OK;
}
