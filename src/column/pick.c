/* SPDX-License-Identifier: Apache-2.0 */
/* Single rows, and pages one by one.
 *
 * A list wants a few rows out of pages that hold thousands: pages without one are not read, and of
 * the others only what is wanted is kept, so that the memory of one page serves all.  Memory that
 * is touched the first time costs more than decoding into it. */
#include "column/chunk_reader.h"
#include "column/parquet.h"

static const size_t page_memory = (size_t)1 << 30; /* of one page or dictionary */

/* The values that were wanted; codes where all pages are coded. */
typedef struct Pick {
    const size_t *rows;
    size_t count;
    size_t max_bytes;
    Arena *arena;
    bool coded;
    uint8_t *valid;
    union {
        void *space;
        uint8_t *b;
        int64_t *i;
        double *d;
        Str *s;
        uint32_t *codes;
    } as;
} Pick;

static Status keep_value(const Pick *p, size_t i, const Vector *page, size_t row)
{
    switch (page->type) {
    case VECTOR_BOOL:
        p->as.b[i] = page->as.b[row];
        return ST_OK;
    case VECTOR_INT:
    case VECTOR_TIME:
        p->as.i[i] = page->as.i[row];
        return ST_OK;
    case VECTOR_DOUBLE:
        p->as.d[i] = page->as.d[row];
        return ST_OK;
    case VECTOR_STR:
    case VECTOR_JSON:
    case VECTOR_BYTES:
    case VECTOR_FIXED:
        break;
    }
    if (p->coded) {
        p->as.codes[i] = page->codes[row];
        return ST_OK;
    }
    return arena_copy(p->arena, utf8_clip(vector_str(page, row), p->max_bytes), &p->as.s[i]);
}

/* Rows [begin, end) of the pick, from a page that was decoded from row `from` on. */
static Status keep_rows(const Pick *p, size_t begin, size_t end, size_t from, const Vector *page)
{
    Status st = ST_OK;

    for (size_t i = begin; i < end && !st; i++) {
        const size_t row = p->rows[i] - from;

        if (vector_is_null(page, row))
            continue;
        p->valid[i] = 1;
        st = keep_value(p, i, page, row);
    }
    return st;
}

static Status pick_page(ChunkReader *c, size_t page, const Pick *p, size_t begin, size_t end)
{
    const size_t from = p->rows[begin];
    Arena scratch;
    Vector v;
    Status st;

    arena_init(&scratch, page_memory);
    st = chunk_reader_decode(c, page, page + 1, from, p->rows[end - 1] + 1, &scratch, &v);
    if (!st)
        st = keep_rows(p, begin, end, from, &v);
    arena_deinit(&scratch);
    return st;
}

static Status pick_pages(ChunkReader *c, const Pick *p)
{
    Status st = ST_OK;

    for (size_t page = 0, i = 0; page < c->pages.list.len && i < p->count && !st; page++) {
        const PageRef *ref = &c->pages.list.items[page];
        const size_t page_end = ref->first_row + (size_t)ref->header.num_values;
        size_t end = i;

        while (end < p->count && p->rows[end] < page_end)
            end++;
        if (end > i)
            st = pick_page(c, page, p, i, end);
        i = end;
    }
    return st;
}

static Vector picked(const Pick *p, const ChunkReader *c)
{
    static const Str empty = {"", 0};
    Vector v = {.type = c->leaf->column.type, .len = p->count, .valid = p->valid};

    v.as.b = p->as.b;
    if (p->coded) {
        v.codes = p->as.codes;
        v.as.s = c->dictionary_len ? c->dictionary.s : &empty;
        v.dict_len = c->dictionary_len ? c->dictionary_len : 1;
    }
    return v;
}

/* Pages are listed.  Codes need the dictionary as long as the result. */
static Status pick_listed(ChunkReader *c, Pick *p, Arena *dictionary, Vector *out)
{
    Status st;

    p->coded = p->max_bytes == SIZE_MAX && chunk_reader_coded(c);
    c->dictionary_arena = p->coded ? p->arena : dictionary;
    p->valid = arena_calloc(p->arena, p->count + 1, sizeof *p->valid);
    p->as.space = arena_calloc(p->arena, p->count + 1, sizeof *p->as.s);
    if (!p->valid || !p->as.space)
        return ST_NOMEM;
    st = pick_pages(c, p);
    if (!st)
        *out = picked(p, c);
    return st;
}

Status parquet_pick(const ParquetReader *r, size_t group, size_t column, const size_t *rows,
                    size_t count, size_t max_bytes, Arena *arena, Vector *out)
{
    Pick p = {.rows = rows, .count = count, .max_bytes = max_bytes, .arena = arena};
    Arena dictionary;
    ChunkReader c;
    Status st = ST_OK;

    if (group >= r->group_count || column >= r->column_count ||
        (count && rows[count - 1] >= r->groups[group].rows))
        return ST_INVALID;
    arena_init(&dictionary, page_memory);
    chunk_reader_init(&c, r, group, column);
    c.borrows = true;
    if (count && c.chunk->offset_index_size)
        st = pages_look_up_rows(r, group, column, rows, count, &c.pages);
    else if (count)
        st = pages_walk(r, group, column, rows[0], rows[count - 1] + 1, &c.pages);
    if (!st)
        st = pick_listed(&c, &p, &dictionary, out);
    chunk_reader_deinit(&c);
    arena_deinit(&dictionary);
    return st;
}

/* ------------------------------------------------------------- all of them */

static Status visit_page(ChunkReader *c, size_t page, ParquetVisit *visit, void *context)
{
    const PageRef *ref = &c->pages.list.items[page];
    Arena scratch;
    Vector v;
    Status st;

    arena_init(&scratch, page_memory);
    st = chunk_reader_decode(c, page, page + 1, ref->first_row,
                             ref->first_row + (size_t)ref->header.num_values, &scratch, &v);
    if (!st)
        st = visit(context, ref->first_row, &v);
    arena_deinit(&scratch);
    return st;
}

Status parquet_scan(const ParquetReader *r, size_t group, size_t column, ParquetVisit *visit,
                    void *context)
{
    Arena dictionary;
    ChunkReader c;
    Status st;

    if (group >= r->group_count || column >= r->column_count)
        return ST_INVALID;
    arena_init(&dictionary, page_memory);
    chunk_reader_init(&c, r, group, column);
    c.borrows = true;
    c.dictionary_arena = &dictionary;
    st = pages_walk(r, group, column, 0, r->groups[group].rows, &c.pages);
    for (size_t page = 0; page < c.pages.list.len && !st; page++)
        st = visit_page(&c, page, visit, context);
    chunk_reader_deinit(&c);
    arena_deinit(&dictionary);
    return st;
}
