/* SPDX-License-Identifier: Apache-2.0 */
/* parquet_verify(): every page's checksum, every page decoded, and the offset
 * index held against the pages.  A page at a time, so that memory is that of a
 * page and a dictionary, not of a column. */
#include "column/chunk_reader.h"

#include "column/ngram_parts.h"
#include "column/run_counts.h"

#define PAGE_LIMIT ((size_t)1 << 30)

static Status check_crc(const PageRef *p)
{
    return p->header.has_crc && p->header.crc != page_crc(p->body) ? ST_CORRUPT : ST_OK;
}

static Status check_pages(ChunkReader *c, size_t *bad)
{
    Status st = ST_OK;

    for (size_t i = 0; i < c->pages.list.len && !st; i++) {
        const PageRef *p = &c->pages.list.items[i];
        Vector v;
        Arena arena;

        *bad = i;
        arena_init(&arena, PAGE_LIMIT);
        st = check_crc(p);
        if (!st)
            st = chunk_reader_decode(c, i, i + 1, p->first_row, p->first_row + p->header.num_values,
                                     &arena, &v);
        arena_deinit(&arena);
    }
    return st;
}

/* The index leads to the very pages that the walk found. */
static Status check_index(const ParquetReader *r, size_t group, size_t column, const Pages *walked)
{
    Pages indexed = {.has_dictionary = false};
    Status st = pages_look_up(r, group, column, 0, r->groups[group].rows, &indexed);

    if (!st && indexed.list.len != walked->list.len)
        st = ST_CORRUPT;
    for (size_t i = 0; !st && i < walked->list.len; i++)
        if (indexed.list.items[i].body.ptr != walked->list.items[i].body.ptr)
            st = ST_CORRUPT;
    pages_deinit(&indexed);
    return st;
}

static Status verify_chunk(const ParquetReader *r, size_t group, size_t column, Err *err)
{
    const ParquetColumn *name = &r->leaves[column].column;
    const size_t rows = r->groups[group].rows;
    const char *what = "page headers";
    size_t bad = 0;
    Arena arena;
    ChunkReader c;
    Status st;

    arena_init(&arena, PAGE_LIMIT);
    chunk_reader_init(&c, r, group, column);
    c.dictionary_arena = &arena;
    st = pages_walk(r, group, column, 0, rows, &c.pages);
    if (!st && c.chunk->offset_index_size && rows) {
        what = "offset index";
        st = check_index(r, group, column, &c.pages);
    }
    if (!st) {
        what = "n-grams";
        st = ngram_parts_verify(r, group, column);
    }
    if (!st && c.pages.has_dictionary) {
        what = "dictionary page";
        st = check_crc(&c.pages.dictionary);
    }
    if (!st) {
        what = "page";
        st = check_pages(&c, &bad);
    }
    if (st)
        (void)err_set(err, st, (size_t)c.chunk->start, "row group %zu, column \"%.*s\", %s %zu: %s",
                      group, STR_ARG(name->name), what, bad, status_text(st));
    chunk_reader_deinit(&c);
    arena_deinit(&arena);
    return st;
}

Status parquet_verify(const ParquetReader *r, Err *err)
{
    for (size_t g = 0; g < r->group_count; g++) {
        if (run_counts_verify(r, g))
            return err_set(err, ST_CORRUPT, (size_t)r->groups[g].run_counts.start,
                           "row group %zu, run counts: %s", g, status_text(ST_CORRUPT));
        for (size_t i = 0; i < r->column_count; i++) {
            const Status st = verify_chunk(r, g, i, err);

            if (st)
                return st;
        }
    }
    return ST_OK;
}
