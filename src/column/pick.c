/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of single rows.  A list wants a few texts out of pages that hold thousands: pages without
 * one are not read, and of the others only what is wanted is kept, so that the memory of one
 * page serves all. */
#include "column/chunk_reader.h"
#include "column/parquet.h"

static const size_t pick_memory = (size_t)1 << 30; /* of one page or dictionary */

static bool is_texts(VectorType type)
{
    return type == VECTOR_STR || type == VECTOR_JSON;
}

typedef struct Pick {
    const size_t *rows;
    size_t count;
    size_t max_bytes;
    Arena *arena;
    uint8_t *valid;
    Str *texts;
} Pick;

/* Texts [begin, end) of the pick, from a page that was decoded from row `from` on. */
static Status keep_texts(const Pick *p, size_t begin, size_t end, size_t from, const Vector *page)
{
    Status st = ST_OK;

    for (size_t i = begin; i < end && !st; i++) {
        const size_t row = p->rows[i] - from;

        if (vector_is_null(page, row))
            continue;
        p->valid[i] = 1;
        st = arena_copy(p->arena, utf8_clip(vector_str(page, row), p->max_bytes), &p->texts[i]);
    }
    return st;
}

static Status pick_page(ChunkReader *c, size_t page, const Pick *p, size_t begin, size_t end)
{
    const size_t from = p->rows[begin];
    Arena scratch;
    Vector v;
    Status st;

    arena_init(&scratch, pick_memory);
    st = chunk_reader_decode(c, page, page + 1, from, p->rows[end - 1] + 1, &scratch, &v);
    if (!st)
        st = keep_texts(p, begin, end, from, &v);
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

Status parquet_pick(const ParquetReader *r, size_t group, size_t column, const size_t *rows,
                    size_t count, size_t max_bytes, Arena *arena, Vector *out)
{
    Pick p = {.rows = rows, .count = count, .max_bytes = max_bytes, .arena = arena};
    Arena dictionary;
    ChunkReader c;
    Status st = ST_OK;

    if (group >= r->group_count || column >= r->column_count ||
        !is_texts(r->leaves[column].column.type) ||
        (count && rows[count - 1] >= r->groups[group].rows))
        return ST_INVALID;
    p.valid = arena_calloc(arena, count + 1, 1);
    p.texts = arena_calloc(arena, count + 1, sizeof *p.texts);
    if (!p.valid || !p.texts)
        return ST_NOMEM;
    arena_init(&dictionary, pick_memory);
    chunk_reader_init(&c, r, group, column);
    c.dictionary_arena = &dictionary;
    if (count && c.chunk->offset_index_size)
        st = pages_look_up_rows(r, group, column, rows, count, &c.pages);
    else if (count)
        st = pages_walk(r, group, column, rows[0], rows[count - 1] + 1, &c.pages);
    if (!st)
        st = pick_pages(&c, &p);
    chunk_reader_deinit(&c);
    arena_deinit(&dictionary);
    if (!st)
        *out = (Vector){
            .type = r->leaves[column].column.type, .len = count, .valid = p.valid, .as.s = p.texts};
    return st;
}
