/* SPDX-License-Identifier: Apache-2.0 */
/* From pages to a vector.
 *
 * Each page: decompress, decode the definition levels into bytes (a page without nulls has none),
 * decode the values that are there, spread them over their rows.  A page without nulls whose first
 * row is wanted is decoded straight into the vector.
 *
 * Texts come in dictionary form when all wanted pages are dictionary coded, and
 * when there is nothing but nulls; otherwise codes are looked up at once.
 * Texts point into the decompressed pages, which therefore are put into the
 * arena; all other pages use scratch memory. */
#include "column/chunk_reader.h"

#include "column/decode.h"
#include "column/front.h"
#include "column/rle.h"

void chunk_reader_init(ChunkReader *c, const ParquetReader *r, size_t group, size_t column)
{
    *c = (ChunkReader){
        .r = r, .leaf = &r->leaves[column], .chunk = &r->groups[group].chunks[column]};
    buf_init(&c->raw, MAX_PAGE_BYTES);
    buf_init(&c->valid, MAX_PAGE_ROWS);
    buf_init(&c->dense, ((size_t)MAX_PAGE_ROWS + 1) * sizeof(Str));
    buf_init(&c->codes, (size_t)MAX_PAGE_ROWS * sizeof(uint32_t));
}

void chunk_reader_deinit(ChunkReader *c)
{
    pages_deinit(&c->pages);
    zstd_pool_give(c->r->zstd, c->zstd);
    buf_deinit(&c->raw);
    buf_deinit(&c->valid);
    buf_deinit(&c->dense);
    buf_deinit(&c->codes);
}

static bool is_strs(VectorType type)
{
    return type == VECTOR_STR || type == VECTOR_JSON || type == VECTOR_BYTES ||
           type == VECTOR_FIXED;
}

static size_t element_size(const ChunkReader *c)
{
    if (c->as_codes)
        return sizeof(uint32_t);
    if (is_strs(c->leaf->column.type))
        return sizeof(Str);
    return c->leaf->column.type == VECTOR_BOOL ? sizeof(uint8_t) : sizeof(int64_t);
}

/* `size` bytes of scratch; what was in it is lost. */
static Status scratch(Buf *b, size_t size, void *out)
{
    char *bytes = NULL;
    Status st;

    buf_clear(b);
    st = buf_extend(b, size ? size : 1, &bytes);
    if (!st)
        memcpy(out, &bytes, sizeof bytes);
    return st;
}

/* ------------------------------------------------------------- bodies */

/* Room for a page: in the arena, or without one in scratch memory until the next page. */
static Status page_room(ChunkReader *c, size_t size, Arena *arena, char **out)
{
    if (!arena)
        return scratch(&c->raw, size, out);
    *out = arena_alloc(arena, size);
    return *out ? ST_OK : ST_NOMEM;
}

static Status need_zstd(ChunkReader *c)
{
    return c->zstd ? ST_OK : zstd_pool_take(c->r->zstd, &c->zstd);
}

/* Fill *out with the `size` bytes behind `body`: in the arena, or without one
 * in the file or in scratch memory until the next page. */
static Status decompress_body(ChunkReader *c, Str body, size_t size, bool compressed, Arena *arena,
                              Str *out)
{
    const int32_t codec = compressed ? c->chunk->codec : CODEC_NONE;
    char *space = NULL;
    Status st = ST_OK;

    if (codec == CODEC_NONE && !arena) {
        *out = body;
        return body.len == size ? ST_OK : ST_CORRUPT;
    }
    if (size == 0) { /* nothing but nulls: some writers leave the body empty */
        *out = (Str){0};
        return ST_OK;
    }
    if (codec == CODEC_ZSTD)
        st = need_zstd(c);
    if (!st)
        st = page_room(c, size, arena, &space);
    if (!st)
        st = page_decompress(codec, c->zstd, body, space, size);
    if (!st)
        *out = (Str){space, size};
    return st;
}

/* Texts live as long as the vector, unless the caller is done with them sooner. */
static Arena *body_arena(const ChunkReader *c)
{
    return is_strs(c->leaf->column.type) && !c->borrows ? c->arena : NULL;
}

/* The two parts of a page. */
typedef struct Body {
    Str levels;
    Str values;
} Body;

/* What the first `rows` of a page need of it. */
static Status decompress_front(ChunkReader *c, const PageRef *p, size_t rows, Str *out)
{
    char *space = NULL;
    size_t len = 0;
    Status st = need_zstd(c);

    if (!st)
        st = page_room(c, p->header.uncompressed_size, body_arena(c), &space);
    if (!st)
        st = front_decompress(c->leaf, c->zstd, p, rows, space, &len);
    if (!st)
        *out = (Str){space, len};
    return st;
}

/* Of the page the first `rows` at least. */
static Status open_v1(ChunkReader *c, const PageRef *p, size_t rows, Body *out)
{
    Str all = {0};
    uint32_t length;
    Status st =
        front_pays(c->leaf, c->chunk->codec, &p->header, rows)
            ? decompress_front(c, p, rows, &all)
            : decompress_body(c, p->body, p->header.uncompressed_size, true, body_arena(c), &all);

    if (st)
        return st;
    *out = (Body){.values = all};
    if (c->leaf->column.required)
        return ST_OK;
    if (p->header.level_encoding != ENCODING_RLE)
        return ST_UNSUPPORTED;
    if (all.len < sizeof length)
        return ST_CORRUPT;
    length = load_u32(all.ptr);
    if (length > all.len - sizeof length)
        return ST_CORRUPT;
    out->levels = (Str){all.ptr + sizeof length, length};
    out->values = str_slice(all, sizeof length + length, all.len);
    return ST_OK;
}

static Status open_v2(ChunkReader *c, const PageRef *p, Body *out)
{
    const size_t levels = p->header.level_bytes;

    out->levels = str_slice(p->body, 0, levels);
    return decompress_body(c, str_slice(p->body, levels, p->body.len),
                           p->header.uncompressed_size - levels, p->header.is_compressed,
                           body_arena(c), &out->values);
}

/* ------------------------------------------------------------- dictionary */

static Status decode_dictionary(ChunkReader *c, Coded coded, size_t count)
{
    const size_t size = is_strs(c->leaf->column.type) ? sizeof(Str) : sizeof(int64_t);
    void *values = arena_calloc(c->dictionary_arena, count, size);

    if (!values)
        return ST_NOMEM;
    c->dictionary.s = values;
    c->dictionary_len = count;
    c->has_dictionary = true;
    switch (c->leaf->column.type) {
    case VECTOR_INT:
    case VECTOR_TIME:
        return decode_ints(c->leaf, coded, c->dictionary.i, count);
    case VECTOR_DOUBLE:
        return decode_doubles(c->leaf, coded, c->dictionary.d, count);
    case VECTOR_STR:
    case VECTOR_JSON:
    case VECTOR_BYTES:
    case VECTOR_FIXED:
        return decode_strs(c->leaf, coded, c->dictionary_arena, c->dictionary.s, count);
    case VECTOR_BOOL:
    default:
        return ST_UNSUPPORTED;
    }
}

static Status load_dictionary(ChunkReader *c)
{
    const PageHeader *h = &c->pages.dictionary.header;
    Coded coded = {.encoding = ENCODING_PLAIN, .total = h->num_values};
    Status st;

    if (c->has_dictionary)
        return ST_OK;
    if (!c->pages.has_dictionary)
        return ST_CORRUPT;
    if (h->encoding != ENCODING_PLAIN && h->encoding != ENCODING_PLAIN_DICTIONARY)
        return ST_UNSUPPORTED;
    st = decompress_body(c, c->pages.dictionary.body, h->uncompressed_size, true,
                         c->dictionary_arena, &coded.in);
    if (st)
        return st;
    if (h->num_values > decode_plain_limit(c->leaf, coded.in.len))
        return ST_CORRUPT;
    return decode_dictionary(c, coded, h->num_values);
}

static bool is_dictionary_coded(const PageRef *p)
{
    return p->header.encoding == ENCODING_PLAIN_DICTIONARY ||
           p->header.encoding == ENCODING_RLE_DICTIONARY;
}

/* ------------------------------------------------------------- values */

static Status look_up(ChunkReader *c, Str in, void *out, size_t count)
{
    uint32_t *codes = NULL;
    Status st = scratch(&c->codes, count * sizeof *codes, &codes);

    if (!st)
        st = decode_codes(in, c->dictionary_len, codes, count);
    if (st)
        return st;
    if (is_strs(c->leaf->column.type))
        for (size_t i = 0; i < count; i++)
            ((Str *)out)[i] = c->dictionary.s[codes[i]];
    else if (c->leaf->column.type == VECTOR_DOUBLE)
        for (size_t i = 0; i < count; i++)
            ((double *)out)[i] = c->dictionary.d[codes[i]];
    else
        for (size_t i = 0; i < count; i++)
            ((int64_t *)out)[i] = c->dictionary.i[codes[i]];
    return ST_OK;
}

/* The first `count` of the page's `total` values. */
static Status decode_values(ChunkReader *c, const PageRef *p, Str in, size_t total, void *out,
                            size_t count)
{
    const Coded coded = {.encoding = p->header.encoding, .in = in, .total = total};

    if (count == 0)
        return ST_OK;
    if (c->as_codes)
        return decode_codes(in, c->dictionary_len, out, count);
    if (is_dictionary_coded(p))
        return look_up(c, in, out, count);
    switch (c->leaf->column.type) {
    case VECTOR_BOOL:
        return decode_bools(coded, out, count);
    case VECTOR_INT:
    case VECTOR_TIME:
        return decode_ints(c->leaf, coded, out, count);
    case VECTOR_DOUBLE:
        return decode_doubles(c->leaf, coded, out, count);
    case VECTOR_STR:
    case VECTOR_JSON:
    case VECTOR_BYTES:
    case VECTOR_FIXED:
    default:
        return decode_strs(c->leaf, coded, c->arena, out, count);
    }
}

/* out[i] is the next value when row i is not null, else zero. */
#define SPREAD(type)                                                                           \
    static void spread_##type(const uint8_t *valid, const type *dense, type *out, size_t rows) \
    {                                                                                          \
        const type zero = {0};                                                                 \
                                                                                               \
        for (size_t i = 0, n = 0; i < rows; i++) {                                             \
            out[i] = valid[i] ? dense[n] : zero;                                               \
            n += valid[i];                                                                     \
        }                                                                                      \
    }

SPREAD(uint8_t)
SPREAD(uint32_t)
SPREAD(int64_t)
SPREAD(double)
SPREAD(Str)

static void spread(const ChunkReader *c, const uint8_t *valid, const void *dense, void *out,
                   size_t rows)
{
    if (c->as_codes)
        spread_uint32_t(valid, dense, out, rows);
    else if (is_strs(c->leaf->column.type))
        spread_Str(valid, dense, out, rows);
    else if (c->leaf->column.type == VECTOR_BOOL)
        spread_uint8_t(valid, dense, out, rows);
    else if (c->leaf->column.type == VECTOR_DOUBLE)
        spread_double(valid, dense, out, rows);
    else
        spread_int64_t(valid, dense, out, rows);
}

/* ------------------------------------------------------------- pages */

/* The wanted rows of a page, counted from its first, and its values. */
typedef struct Part {
    size_t rows; /* of the page */
    size_t from;
    size_t to;
    size_t at;            /* row of the vector */
    const uint8_t *valid; /* NULL: no nulls in the page */
    size_t total;         /* values of the page */
} Part;

static size_t count_valid(const uint8_t *valid, size_t count)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += valid[i];
    return n;
}

static Status open_levels(ChunkReader *c, Str levels, Part *part)
{
    uint8_t *valid = NULL;
    Status st;

    part->total = part->rows;
    if (c->leaf->column.required)
        return ST_OK;
    st = scratch(&c->valid, part->rows, &valid);
    if (!st)
        st = rle_decode_flags(levels, valid, part->rows);
    if (st)
        return st;
    part->total = count_valid(valid, part->rows);
    part->valid = part->total < part->rows ? valid : NULL;
    return ST_OK;
}

static Status keep_valid(ChunkReader *c, const Part *part)
{
    const size_t rows = c->to - c->from;

    if (part->valid && !c->out_valid) {
        c->out_valid = arena_alloc(c->arena, rows);
        if (!c->out_valid)
            return ST_NOMEM;
        memset(c->out_valid, 1, rows);
    }
    if (part->valid)
        memcpy(c->out_valid + part->at, part->valid + part->from, part->to - part->from);
    return ST_OK;
}

/* Values for all rows; made late, since a chunk of nulls needs none.  The
 * `rows` before, all nulls, get zeros. */
static Status make_values(ChunkReader *c, size_t rows)
{
    const size_t size = element_size(c);

    if (c->out_values)
        return ST_OK;
    if (c->to - c->from > SIZE_MAX / size)
        return ST_NOMEM;
    c->out_values = arena_alloc(c->arena, (c->to - c->from) * size);
    if (!c->out_values)
        return ST_NOMEM;
    memset(c->out_values, 0, rows * size);
    return ST_OK;
}

/* A page of nulls. */
static void zero_values(ChunkReader *c, const Part *part)
{
    const size_t size = element_size(c);

    if (c->out_values)
        memset((char *)c->out_values + part->at * size, 0, (part->to - part->from) * size);
}

static Status read_values(ChunkReader *c, const PageRef *p, Str in, const Part *part)
{
    const size_t size = element_size(c);
    const size_t before = part->valid ? count_valid(part->valid, part->from) : part->from;
    const size_t wanted = part->valid ? count_valid(part->valid, part->to) : part->to;
    char *to = (char *)c->out_values + part->at * size;
    char *dense = NULL;
    Status st;

    if (!part->valid && part->from == 0)
        return decode_values(c, p, in, part->total, to, part->to);
    /* One more, so that the spreading may look at the value behind the last. */
    st = scratch(&c->dense, (wanted + 1) * size, &dense);
    if (!st)
        st = decode_values(c, p, in, part->total, dense, wanted);
    if (st)
        return st;
    if (part->valid)
        spread(c, part->valid + part->from, dense + before * size, to, part->to - part->from);
    else
        memcpy(to, dense + before * size, (part->to - part->from) * size);
    return ST_OK;
}

static Status read_page(ChunkReader *c, const PageRef *p)
{
    const size_t end = p->first_row + p->header.num_values;
    Part part = {.rows = p->header.num_values,
                 .from = c->from > p->first_row ? c->from - p->first_row : 0,
                 .to = (c->to < end ? c->to : end) - p->first_row,
                 .at = p->first_row > c->from ? p->first_row - c->from : 0};
    Body body = {{0}, {0}};
    Status st = p->header.type == PAGE_DATA ? open_v1(c, p, part.to, &body) : open_v2(c, p, &body);

    if (!st)
        st = open_levels(c, body.levels, &part);
    if (!st)
        st = keep_valid(c, &part);
    if (st)
        return st;
    if (part.total == 0) {
        zero_values(c, &part);
        return ST_OK;
    }
    if (is_dictionary_coded(p))
        st = load_dictionary(c);
    if (!st)
        st = make_values(c, part.at);
    return st ? st : read_values(c, p, body.values, &part);
}

/* ------------------------------------------------------------- vector */

static void set_values(const ChunkReader *c, Vector *out)
{
    if (c->leaf->column.type == VECTOR_BOOL)
        out->as.b = c->out_values;
    else if (c->leaf->column.type == VECTOR_DOUBLE)
        out->as.d = c->out_values;
    else if (is_strs(c->leaf->column.type))
        out->as.s = c->out_values;
    else
        out->as.i = c->out_values;
}

/* A vector in dictionary form always has a value for the codes of its nulls. */
static Status finish(ChunkReader *c, Vector *out)
{
    static const Str empty = {"", 0};
    Vector v = {.type = c->leaf->column.type, .len = c->to - c->from, .valid = c->out_valid};
    Status st;

    if (!c->out_values && is_strs(v.type))
        c->as_codes = true;
    st = make_values(c, v.len);
    if (st)
        return st;
    if (c->as_codes) {
        v.codes = c->out_values;
        v.as.s = c->dictionary_len ? c->dictionary.s : &empty;
        v.dict_len = c->dictionary_len ? c->dictionary_len : 1;
    } else {
        set_values(c, &v);
    }
    *out = v;
    return ST_OK;
}

Status chunk_reader_decode(ChunkReader *c, size_t first, size_t last, size_t from, size_t to,
                           Arena *arena, Vector *out)
{
    Status st = ST_OK;

    c->arena = arena;
    c->from = from;
    c->to = to;
    c->out_valid = NULL;
    c->out_values = NULL;
    c->as_codes = is_strs(c->leaf->column.type);
    for (size_t i = first; i < last; i++)
        c->as_codes = c->as_codes && is_dictionary_coded(&c->pages.list.items[i]);
    for (size_t i = first; i < last && !st; i++)
        st = read_page(c, &c->pages.list.items[i]);
    return st ? st : finish(c, out);
}

bool chunk_reader_coded(const ChunkReader *c)
{
    bool coded = is_strs(c->leaf->column.type) && c->pages.has_dictionary;

    for (size_t i = 0; i < c->pages.list.len; i++)
        coded = coded && is_dictionary_coded(&c->pages.list.items[i]);
    return coded;
}

Status parquet_dictionary(const ParquetReader *r, size_t group, size_t column, Arena *arena,
                          const Str **out, size_t *count)
{
    ChunkReader c;
    Status st;

    *out = NULL;
    if (group >= r->group_count || column >= r->column_count)
        return ST_INVALID;
    chunk_reader_init(&c, r, group, column);
    c.arena = arena;
    c.dictionary_arena = arena;
    st = pages_walk(r, group, column, 0, r->groups[group].rows, &c.pages);
    if (!st && chunk_reader_coded(&c)) {
        st = load_dictionary(&c);
        if (!st)
            *out = c.dictionary.s;
        *count = c.dictionary_len;
    }
    chunk_reader_deinit(&c);
    return st;
}

Status parquet_read(const ParquetReader *r, size_t group, size_t column, size_t from, size_t to,
                    Arena *arena, Vector *out)
{
    ChunkReader c;
    size_t rows;
    Status st;

    if (group >= r->group_count || column >= r->column_count)
        return ST_INVALID;
    rows = r->groups[group].rows;
    if (from > to || to > rows)
        return ST_INVALID;
    chunk_reader_init(&c, r, group, column);
    c.dictionary_arena = arena;
    if (to - from < rows && from < to && c.chunk->offset_index_size)
        st = pages_look_up(r, group, column, from, to, &c.pages);
    else
        st = from < to ? pages_walk(r, group, column, from, to, &c.pages) : ST_OK;
    if (!st)
        st = chunk_reader_decode(&c, 0, c.pages.list.len, from, to, arena, out);
    chunk_reader_deinit(&c);
    return st;
}
