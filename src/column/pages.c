/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of a chunk.
 *
 * Walking costs a header for every page up to the last wanted row; the index
 * costs a few bytes for each page of the chunk and touches only wanted pages. */
#include "column/pages.h"

#include "codec/thrift.h"
#include "column/sums.h"

enum { MAX_PAGES = 1 << 24 };

void pages_deinit(Pages *p)
{
    VEC_FREE(&p->list);
    *p = (Pages){0};
}

static Str chunk_bytes(const ParquetReader *r, const ChunkMeta *c)
{
    return (Str){r->file.ptr + c->start, (size_t)c->size};
}

/* The page at the front of `in`; *used covers header and body. */
static Status read_page(Str in, PageRef *out, size_t *used)
{
    size_t header = 0;
    const Status st = page_header_read(in, &out->header, &header);

    if (st)
        return st;
    out->body = (Str){in.ptr + header, out->header.compressed_size};
    *used = header + out->body.len;
    return ST_OK;
}

static bool is_data(const PageRef *p)
{
    return p->header.type == PAGE_DATA || p->header.type == PAGE_DATA_V2;
}

static Status keep_dictionary(Pages *out, const PageRef *p)
{
    if (out->has_dictionary)
        return ST_CORRUPT;
    out->has_dictionary = true;
    out->dictionary = *p;
    return ST_OK;
}

/* Keep a data page if it has wanted rows. */
static Status keep_data(Pages *out, const PageRef *p, size_t from, size_t to)
{
    if (p->header.num_values == 0 || p->first_row + p->header.num_values <= from ||
        p->first_row >= to)
        return ST_OK;
    return VEC_PUSH(&out->list, *p, MAX_PAGES);
}

/* What is looked up. */
typedef struct Look {
    const ParquetReader *r;
    size_t group;
    size_t column;
} Look;

/* The n-th page of the chunk, whose header begins at `start`. */
static bool matches(const Look *k, size_t n, const char *start, const PageRef *p)
{
    return sums_match(k->r, k->group, k->column, n, (Str){start, (size_t)(p->body.ptr - start)},
                      p->body);
}

Status pages_walk(const ParquetReader *r, size_t group, size_t column, size_t from, size_t to,
                  Pages *out)
{
    const size_t rows = r->groups[group].rows;
    const Look k = {r, group, column};
    Str in = chunk_bytes(r, &r->groups[group].chunks[column]);
    size_t row = 0;

    for (size_t n = 0; row < to; n++) {
        PageRef p = {.first_row = row};
        size_t used = 0;
        Status st = read_page(in, &p, &used);

        if (!st && !matches(&k, n, in.ptr, &p))
            st = ST_CORRUPT;
        if (!st && is_data(&p)) {
            if (p.header.num_values > rows - row)
                return ST_CORRUPT;
            st = keep_data(out, &p, from, to);
            row += p.header.num_values;
        } else if (!st && p.header.type == PAGE_DICTIONARY) {
            st = keep_dictionary(out, &p);
        }
        if (st)
            return st;
        in = (Str){in.ptr + used, in.len - used};
    }
    return ST_OK;
}

/* ------------------------------------------------------------- offset index */

typedef struct Location {
    int64_t offset;
    int64_t size;
    int64_t first_row;
} Location;

static Location read_location(ThriftReader *t, ThriftType type)
{
    Location l = {-1, -1, -1};
    ThriftField f = {0};

    if (!thrift_struct(t, type))
        return l;
    while (thrift_next(t, &f)) {
        if (f.id == 1)
            l.offset = thrift_i64(t, f.type);
        else if (f.id == 2)
            l.size = thrift_i32(t, f.type);
        else if (f.id == 3)
            l.first_row = thrift_i64(t, f.type);
        else
            thrift_skip(t, f.type);
    }
    return l;
}

/* The n-th data page, at `l`, which has the rows up to `end`. */
static Status keep_location(const Look *k, const Location *l, size_t n, size_t end, Pages *out)
{
    const ParquetReader *r = k->r;
    const ChunkMeta *c = &r->groups[k->group].chunks[k->column];
    PageRef p = {.first_row = (size_t)l->first_row};
    size_t used = 0;
    Status st;

    if (l->offset < (int64_t)c->start || (uint64_t)l->offset - c->start > c->size)
        return ST_CORRUPT;
    if (l->size <= 0 || (uint64_t)l->size > c->size - ((uint64_t)l->offset - c->start))
        return ST_CORRUPT;
    st = read_page((Str){r->file.ptr + l->offset, (size_t)l->size}, &p, &used);
    if (st)
        return st;
    if (!matches(k, n + out->has_dictionary, r->file.ptr + l->offset, &p))
        return ST_CORRUPT;
    if (!is_data(&p) || p.header.num_values != end - p.first_row)
        return ST_CORRUPT;
    return VEC_PUSH(&out->list, p, MAX_PAGES);
}

/* Which pages to keep: those with rows of [from, to) or, when there are `rows`, with one of them.
 */
typedef struct Wanted {
    size_t from;
    size_t to;
    const size_t *rows;
    size_t count;
} Wanted;

/* Pages are asked for in order: rows before this one are done with. */
static bool is_wanted(Wanted *w, size_t first, size_t end)
{
    if (!w->rows)
        return end > w->from && first < w->to;
    for (; w->count && w->rows[0] < first; w->count--)
        w->rows++;
    return w->count && w->rows[0] < end;
}

/* Locations in order, each with the rows up to the next one's first. */
static Status keep_locations(const Look *k, ThriftReader *t, ThriftType type, Wanted wanted,
                             Pages *out)
{
    const size_t rows = k->r->groups[k->group].rows;
    const size_t pages = sums_pages(k->r, k->group, k->column);
    ThriftType element;
    const size_t count = thrift_list(t, type, &element);
    Location l = count ? read_location(t, element) : (Location){-1, -1, -1};

    if (l.first_row != 0 || (pages != SIZE_MAX && pages != count + out->has_dictionary))
        return ST_CORRUPT;
    for (size_t i = 0; i < count; i++) {
        const Location next =
            i + 1 < count ? read_location(t, element) : (Location){.first_row = (int64_t)rows};
        const size_t end = (size_t)next.first_row;

        if (t->st || next.first_row <= l.first_row || end > rows)
            return ST_CORRUPT;
        if (is_wanted(&wanted, (size_t)l.first_row, end)) {
            const Status st = keep_location(k, &l, i, end, out);

            if (st)
                return st;
        }
        l = next;
    }
    return ST_OK;
}

static Status find_dictionary(const Look *k, Pages *out)
{
    const Str chunk = chunk_bytes(k->r, &k->r->groups[k->group].chunks[k->column]);
    PageRef p = {.first_row = 0};
    size_t used = 0;
    const Status st = read_page(chunk, &p, &used);

    if (st || p.header.type != PAGE_DICTIONARY)
        return st;
    if (!matches(k, 0, chunk.ptr, &p))
        return ST_CORRUPT;
    return keep_dictionary(out, &p);
}

static Status look_up(const ParquetReader *r, size_t group, size_t column, Wanted wanted,
                      Pages *out)
{
    const ChunkMeta *c = &r->groups[group].chunks[column];
    ThriftReader t = thrift_reader((Str){r->file.ptr + c->offset_index, c->offset_index_size});
    ThriftField f = {0};
    const Look k = {r, group, column};
    Status st = find_dictionary(&k, out);

    while (!st && thrift_next(&t, &f)) {
        if (f.id == 1 && out->list.len == 0)
            st = keep_locations(&k, &t, f.type, wanted, out);
        else
            thrift_skip(&t, f.type);
    }
    if (st)
        return st;
    return t.st || out->list.len == 0 ? ST_CORRUPT : ST_OK;
}

Status pages_look_up(const ParquetReader *r, size_t group, size_t column, size_t from, size_t to,
                     Pages *out)
{
    return look_up(r, group, column, (Wanted){.from = from, .to = to}, out);
}

Status pages_look_up_rows(const ParquetReader *r, size_t group, size_t column, const size_t *rows,
                          size_t count, Pages *out)
{
    return look_up(r, group, column, (Wanted){.rows = rows, .count = count}, out);
}
