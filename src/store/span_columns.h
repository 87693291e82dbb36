/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed columns of `spans` (columns.h) as a table: how each is taken from a
 * Span and put back into one. */
#ifndef VIREO_STORE_SPAN_COLUMNS_H
#define VIREO_STORE_SPAN_COLUMNS_H

#include "model/span.h"
#include "store/cells.h"
#include "store/columns.h"

typedef enum SpanColumnId {
#define COLUMN_ID(name, ...) COLUMN_##name,
    SPAN_COLUMNS(COLUMN_ID)
#undef COLUMN_ID
        SPAN_COLUMN_COUNT
} SpanColumnId;

/* A row on its way into a column. */
typedef struct Row {
    const Span *span;
    int64_t trace_start;
    size_t weight; /* span_weight(), of a row that is to be written */
} Row;

/* A span being put together: its resource and scope are its own and writable. */
typedef struct SpanParts {
    Span *span;
    Resource *resource;
    Scope *scope;
} SpanParts;

typedef struct SpanColumn {
    Str name;
    VectorType type;
    uint8_t fixed_len;
    bool required;
    bool bloom;
    bool large;
    /* False: null.  Text that does not stand in the span is made in the arena;
     * ST_NOMEM through *st. */
    bool (*get)(const Row *row, Arena *a, Cell *out, Status *st);
    /* NULL: derived from others, nothing to put back. */
    void (*set)(SpanParts *parts, Cell value);
} SpanColumn;

const SpanColumn *span_column(SpanColumnId id);
/* SPAN_COLUMN_COUNT when there is none of that name. */
SpanColumnId span_column_find(Str name);

/* The column over all rows. */
MUST_CHECK Status span_column_gather(SpanColumnId id, const Row *rows, size_t count, Arena *a,
                                     Vector *out);

/* All SPAN_COLUMN_COUNT columns of some rows, being filled block by block: whoever does more
 * with the rows of a block finds their spans in the cache. */
typedef struct SpanGather {
    const Row *rows;
    size_t count;
    Arena *arena;
    Cells cells[SPAN_COLUMN_COUNT]; /* len 0 until the first value */
    char *ids[SPAN_COLUMN_COUNT];   /* values of fixed length, copied: see gather_id() */
} SpanGather;

SpanGather span_gather(const Row *rows, size_t count, Arena *a);
/* Rows [from, to), each once and in order. */
MUST_CHECK Status span_gather_block(SpanGather *g, size_t from, size_t to);
/* attributes_rest and the previews are all null. */
MUST_CHECK Status span_gather_finish(const SpanGather *g, Vector *out);

/* The attribute that the span's input (or output) was taken from verbatim, or
 * NULL: its value is stored once, as the input. */
const Attr *span_input_attr(const Span *s);
const Attr *span_output_attr(const Span *s);

#endif
