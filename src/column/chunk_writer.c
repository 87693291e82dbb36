/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a column chunk.
 *
 * 1. Leave out the nulls (Dense), or number the texts (Dictionary).
 * 2. Cut the rows into pages: PAGE_VALUES values, PAGE_ROWS rows or PAGE_BYTES
 *    bytes, whatever comes first.  Pages are small so that reading one trace
 *    decodes little; the page index makes them addressable.  Those of long texts
 *    hold about LARGE_PAGE_TEXTS of them.
 * 3. Encode, compress, checksum and append each page.
 *
 * Texts take the dictionary if it pays, else DELTA_LENGTH_BYTE_ARRAY; integers
 * and times DELTA_BINARY_PACKED; the rest PLAIN.  Data pages are version 1, which
 * every reader knows; a chunk that zstd does not shrink (random ids), or is too small for
 * it (all nulls), is stored uncompressed. */
#include "column/chunk_writer.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "column/bits.h"
#include "column/bloom.h"
#include "column/delta.h"
#include "column/ngrams.h"
#include "column/rle.h"
#include "column/strings.h"

#include <string.h>

enum {
    PAGE_VALUES = 16384,
    PAGE_ROWS = 131072, /* of sparse columns */
    PAGE_BYTES = 1 << 20,
    LARGE_PAGE_VALUES = 4096,
    LARGE_PAGE_TEXTS = 256,      /* a page is to hold about that many texts, */
    LARGE_PAGE_BYTES = 64 << 10, /* but at least so much: less has too little that repeats */
    DICTIONARY_BYTES = 1 << 20,
    DICTIONARY_BYTES_IDS = 64 << 10, /* a lookup of one id reads all of it */
    TINY_CHUNK = 64,                 /* bytes that no compression makes smaller */
    NGRAM_SHARE = 32,                /* of the bytes of pages, for their n-grams */
    NGRAM_RUN_BYTES = 256 << 10,     /* texts of neighbouring pages that share a filter */
    OUT_BYTES = 256 << 10
};

/* ------------------------------------------------------------- memory, output */

void chunk_record_deinit(ChunkRecord *r)
{
    VEC_FREE(&r->pages);
    VEC_FREE(&r->sums);
    mem_free(r->bloom);
    buf_deinit(&r->ngram_runs);
    buf_deinit(&r->ngram_filters);
    *r = (ChunkRecord){0};
}

Status chunk_writer_init(ChunkWriter *w, ParquetSink sink)
{
    *w = (ChunkWriter){.sink = sink, .level = 1};
    buf_init(&w->out, (size_t)MAX_PAGE_BYTES);
    buf_init(&w->raw, (size_t)MAX_PAGE_BYTES);
    buf_init(&w->packed, (size_t)MAX_PAGE_BYTES);
    buf_init(&w->header, 4096);
    dictionary_init(&w->dictionary);
    return zstd_new(&w->zstd);
}

void chunk_writer_deinit(ChunkWriter *w)
{
    buf_deinit(&w->out);
    buf_deinit(&w->raw);
    buf_deinit(&w->packed);
    buf_deinit(&w->header);
    dictionary_deinit(&w->dictionary);
    zstd_free(w->zstd);
    mem_free(w->dense.space);
    mem_free(w->lengths);
    mem_free(w->stamps);
    mem_free(w->seen);
}

Status chunk_writer_flush(ChunkWriter *w)
{
    const Status st = w->out.len ? w->sink.write(w->sink.context, buf_str(&w->out)) : ST_OK;

    buf_clear(&w->out);
    return st;
}

Status chunk_writer_put(ChunkWriter *w, Str bytes)
{
    Status st = ST_OK;

    w->offset += bytes.len;
    if (bytes.len > OUT_BYTES - w->out.len)
        st = chunk_writer_flush(w);
    if (st)
        return st;
    if (bytes.len >= OUT_BYTES)
        return w->sink.write(w->sink.context, bytes);
    return buf_append(&w->out, bytes);
}

/* ------------------------------------------------------------- checks */

static bool is_strs(VectorType type)
{
    return type == VECTOR_STR || type == VECTOR_JSON || type == VECTOR_BYTES ||
           type == VECTOR_FIXED;
}

static bool lengths_fit(const ParquetColumn *column, const Vector *v)
{
    const size_t count = v->codes ? v->dict_len : v->len;

    for (size_t i = 0; i < count; i++) {
        if (!v->codes && vector_is_null(v, i))
            continue;
        if (v->as.s[i].len > MAX_VALUE_BYTES)
            return false;
        if (column->type == VECTOR_FIXED && v->as.s[i].len != column->fixed_len)
            return false;
    }
    return true;
}

static bool codes_fit(const Vector *v)
{
    for (size_t i = 0; i < v->len; i++)
        if (v->codes[i] >= v->dict_len && !vector_is_null(v, i))
            return false;
    return true;
}

Status chunk_check(const ParquetColumn *column, const Vector *v, size_t rows)
{
    if (v->len != rows || v->type != column->type)
        return ST_INVALID;
    if (column->required && v->valid && memchr(v->valid, 0, rows))
        return ST_INVALID;
    if (v->codes && (!is_strs(v->type) || !codes_fit(v)))
        return ST_INVALID;
    return is_strs(v->type) && !lengths_fit(column, v) ? ST_INVALID : ST_OK;
}

/* ------------------------------------------------------------- dense values */

static size_t count_values(const Vector *v)
{
    size_t n = 0;

    if (!v->valid)
        return v->len;
    for (size_t i = 0; i < v->len; i++)
        n += v->valid[i] != 0;
    return n;
}

static size_t element_size(VectorType type)
{
    if (type == VECTOR_BOOL)
        return sizeof(uint8_t);
    if (is_strs(type))
        return sizeof(Str);
    return type == VECTOR_DOUBLE ? sizeof(double) : sizeof(int64_t);
}

static void copy_values(const Vector *v, void *space)
{
    size_t n = 0;

    for (size_t i = 0; i < v->len; i++) {
        if (vector_is_null(v, i))
            continue;
        if (v->type == VECTOR_BOOL)
            ((uint8_t *)space)[n++] = v->as.b[i];
        else if (v->type == VECTOR_DOUBLE)
            ((double *)space)[n++] = v->as.d[i];
        else if (is_strs(v->type))
            ((Str *)space)[n++] = vector_str(v, i);
        else
            ((int64_t *)space)[n++] = v->as.i[i];
    }
}

static Status make_dense(Dense *d, const Vector *v, size_t values)
{
    const size_t size = values * element_size(v->type);

    d->len = values;
    if (values == v->len && !v->codes) {
        d->as.b = v->as.b;
        return ST_OK;
    }
    if (size > d->space_size) {
        void *space = mem_alloc(size);

        if (!space)
            return ST_NOMEM;
        mem_free(d->space);
        d->space = space;
        d->space_size = size;
    }
    if (values)
        copy_values(v, d->space);
    d->as.b = d->space;
    return ST_OK;
}

/* ------------------------------------------------------------- plan */

/* A chunk on its way. */
/* Pages whose n-grams are noted in w->seen and not yet written. */
typedef struct NgramRun {
    size_t rows;
    size_t bytes; /* of the texts */
    size_t size;  /* in the file */
} NgramRun;

typedef struct Job {
    ChunkWriter *w;
    const ParquetColumn *column;
    const Vector *v;
    ChunkRecord *record;
    size_t values; /* not null */
    size_t page_bytes;
    unsigned width;  /* of codes */
    bool codec_open; /* zstd has yet to show that it pays */
    bool is_texts;   /* of a large column */
    NgramRun run;
} Job;

static Status plan_dictionary(Job *j)
{
    const bool is_fixed = j->column->type == VECTOR_FIXED;
    const size_t max = j->column->bloom ? DICTIONARY_BYTES_IDS : DICTIONARY_BYTES;
    bool pays = false;
    Status st;

    if (j->column->large || !is_strs(j->column->type) || j->values == 0)
        return ST_OK;
    st = dictionary_build(&j->w->dictionary, j->v, j->values, is_fixed ? 0 : sizeof(uint32_t), max,
                          &pays);
    if (!st && pays)
        j->width = bits_width(j->w->dictionary.len - 1);
    j->record->has_dictionary = !st && pays;
    return st;
}

static Encoding choose_encoding(const Job *j)
{
    if (j->record->has_dictionary)
        return ENCODING_RLE_DICTIONARY;
    if (j->values == 0)
        return ENCODING_PLAIN;
    switch (j->column->type) {
    case VECTOR_INT:
    case VECTOR_TIME:
        return ENCODING_DELTA_BINARY_PACKED;
    case VECTOR_STR:
    case VECTOR_JSON:
    case VECTOR_BYTES:
        return ENCODING_DELTA_LENGTH_BYTE_ARRAY;
    case VECTOR_BOOL:
    case VECTOR_DOUBLE:
    case VECTOR_FIXED:
    default:
        return ENCODING_PLAIN;
    }
}

/* Is there so little that a zstd frame would only add to it? */
static bool is_tiny(const Job *j)
{
    size_t bytes = 0;

    if (!is_strs(j->column->type))
        return j->values * element_size(j->column->type) <= TINY_CHUNK;
    if (j->values > TINY_CHUNK)
        return false;
    for (size_t i = 0; i < j->v->len && bytes <= TINY_CHUNK; i++)
        bytes += vector_is_null(j->v, i) ? 0 : vector_str(j->v, i).len;
    return bytes <= TINY_CHUNK;
}

/* Reading one text of a large column decodes its page, so pages are small; but a long prompt
 * that many rows share is stored once a page, so long texts get larger ones. */
static size_t choose_page_bytes(const Job *j)
{
    size_t bytes = 0;

    if (!j->is_texts || !j->values)
        return PAGE_BYTES;
    for (size_t i = 0; i < j->values; i++)
        bytes += j->w->dense.as.s[i].len;
    bytes = bytes / j->values * LARGE_PAGE_TEXTS;
    if (bytes > PAGE_BYTES)
        return PAGE_BYTES;
    return bytes < LARGE_PAGE_BYTES ? LARGE_PAGE_BYTES : bytes;
}

/* ------------------------------------------------------------- pages */

/* Rows and values of one page. */
typedef struct Span {
    size_t row;
    size_t rows;
    size_t value;
    size_t values;
} Span;

static size_t row_bytes(const Job *j, size_t value)
{
    const bool measured = is_strs(j->column->type) && !j->record->has_dictionary;

    return measured ? j->w->dense.as.s[value].len + sizeof(uint32_t) : 0;
}

/* The page behind `s`.  A chunk of nulls is one page. */
static Span next_span(const Job *j, Span s)
{
    const size_t max_values = j->column->large ? LARGE_PAGE_VALUES : PAGE_VALUES;
    Span next = {.row = s.row + s.rows, .value = s.value + s.values};
    size_t bytes = 0;

    if (j->values == 0)
        next.rows = j->v->len - next.row;
    while (next.row + next.rows < j->v->len) {
        const bool is_null = vector_is_null(j->v, next.row + next.rows);
        const size_t more = is_null ? 0 : row_bytes(j, next.value + next.values);

        if (next.values == max_values || next.rows == PAGE_ROWS)
            break;
        if (next.values && more > j->page_bytes - (bytes < j->page_bytes ? bytes : j->page_bytes))
            break;
        bytes += more;
        next.rows++;
        next.values += !is_null;
    }
    return next;
}

static Status encode_levels(const Job *j, Span s)
{
    Buf *raw = &j->w->raw;
    uint32_t length;
    char *to = NULL;
    const size_t at = raw->len;
    Status st = buf_extend(raw, sizeof length, &to);

    if (!st)
        st = rle_encode_flags(raw, s.values == s.rows ? NULL : j->v->valid + s.row, s.rows);
    if (st)
        return st;
    length = (uint32_t)(raw->len - at - sizeof length);
    memcpy(raw->data + at, &length, sizeof length);
    return ST_OK;
}

static Status encode_codes(const Job *j, Span s)
{
    const Status st = buf_append_char(&j->w->raw, (char)j->width);

    if (st)
        return st;
    return rle_encode(&j->w->raw, j->w->dictionary.codes + s.value, s.values, j->width);
}

static Status encode_strs(const Job *j, Span s)
{
    ChunkWriter *w = j->w;

    if (s.values > w->lengths_cap) {
        int64_t *lengths = mem_array(s.values, sizeof *lengths);

        if (!lengths)
            return ST_NOMEM;
        mem_free(w->lengths);
        w->lengths = lengths;
        w->lengths_cap = s.values;
    }
    return strings_encode_delta_length(&w->raw, w->dense.as.s + s.value, s.values, w->lengths);
}

static Status encode_fixed(Buf *out, const Str *values, size_t count)
{
    Status st = ST_OK;

    for (size_t i = 0; i < count && !st; i++)
        st = buf_append(out, values[i]);
    return st;
}

static Status encode_bools(Buf *out, const uint8_t *values, size_t count)
{
    const size_t bytes = (count + 7) / 8;
    char *to = NULL;
    const Status st = buf_extend(out, bytes, &to);

    if (st)
        return st;
    memset(to, 0, bytes);
    for (size_t i = 0; i < count; i++)
        to[i / 8] = (char)((uint8_t)to[i / 8] | (values[i] != 0) << i % 8);
    return ST_OK;
}

static Status encode_values(const Job *j, Span s)
{
    Buf *raw = &j->w->raw;
    const Dense *d = &j->w->dense;

    if (s.values == 0 && !j->record->has_dictionary && j->values == 0)
        return ST_OK;
    if (j->record->has_dictionary)
        return encode_codes(j, s);
    switch (j->column->type) {
    case VECTOR_BOOL:
        return encode_bools(raw, d->as.b + s.value, s.values);
    case VECTOR_DOUBLE:
        return buf_append(raw,
                          (Str){(const char *)(d->as.d + s.value), s.values * sizeof *d->as.d});
    case VECTOR_INT:
    case VECTOR_TIME:
        return delta_encode(raw, d->as.i + s.value, s.values);
    case VECTOR_FIXED:
        return encode_fixed(raw, d->as.s + s.value, s.values);
    case VECTOR_STR:
    case VECTOR_JSON:
    case VECTOR_BYTES:
    default:
        return encode_strs(j, s);
    }
}

/* In 32nds of the size, from where on compressing does not pay.  Random doubles lose an eighth to
 * zstd, in their exponents, and random ids a thirtieth, around their nulls: reading doubles costs
 * thrice the time, and ids then are not decompressed at all. */
static size_t worth_packing(const Job *j)
{
    switch (j->column->type) {
    case VECTOR_DOUBLE:
        return 27;
    case VECTOR_FIXED:
        return 29;
    default:
        return 31;
    }
}

/* Compress w->raw and append it with its header.  The first page without a
 * dictionary decides whether the chunk is compressed at all. */
static Status put_page(Job *j, PageHeader h)
{
    ChunkWriter *w = j->w;
    const Str raw = buf_str(&w->raw);
    Str body = raw;
    Status st = ST_OK;

    buf_clear(&w->packed);
    buf_clear(&w->header);
    if (j->record->codec == CODEC_ZSTD) {
        st = j->is_texts ? zstd_compress_texts(w->zstd, w->texts, raw, &w->packed)
                         : zstd_compress(w->zstd, w->level, raw, &w->packed);
        body = buf_str(&w->packed);
        if (j->codec_open && body.len > raw.len / 32 * worth_packing(j)) {
            j->record->codec = CODEC_NONE;
            body = raw;
        }
    }
    j->codec_open = false;
    if (st)
        return st;
    h.uncompressed_size = raw.len;
    h.compressed_size = body.len;
    h.crc = page_crc(body);
    st = page_header_write(&w->header, &h);
    if (!st)
        st = chunk_writer_put(w, buf_str(&w->header));
    if (!st)
        st = chunk_writer_put(w, body);
    if (!st)
        st = VEC_PUSH(&j->record->sums, page_sum(buf_str(&w->header), body),
                      MAX_GROUP_ROWS_WRITTEN + 1);
    j->record->uncompressed_size += w->header.len + raw.len;
    j->record->compressed_size += w->header.len + body.len;
    return st;
}

static Status put_dictionary(Job *j)
{
    const Dictionary *d = &j->w->dictionary;
    const PageHeader h = {
        .type = PAGE_DICTIONARY, .num_values = d->len, .encoding = ENCODING_PLAIN};
    Status st;

    buf_clear(&j->w->raw);
    if (j->column->type == VECTOR_FIXED)
        st = encode_fixed(&j->w->raw, d->values, d->len);
    else
        st = strings_encode_plain(&j->w->raw, d->values, d->len);
    return st ? st : put_page(j, h);
}

/* ------------------------------------------------------------- bounds, bloom */

/* Each dictionary value of the page is compared once: stamps[code] is the last
 * page, counted from 1, that had it. */
static void add_code_bounds(const Job *j, Span s, uint32_t stamp, Bounds *b)
{
    const Dictionary *d = &j->w->dictionary;

    for (size_t i = s.value; i < s.value + s.values; i++) {
        const uint32_t code = d->codes[i];

        if (j->w->stamps[code] == stamp)
            continue;
        j->w->stamps[code] = stamp;
        bounds_add_str(b, d->values[code]);
    }
}

static Bounds page_bounds(const Job *j, Span s)
{
    const Dense *d = &j->w->dense;
    Bounds b = {0};

    if (j->column->large || s.values == 0)
        return b;
    if (j->record->has_dictionary)
        add_code_bounds(j, s, (uint32_t)j->record->pages.len + 1, &b);
    else if (j->column->type == VECTOR_BOOL)
        bounds_add_bools(&b, d->as.b + s.value, s.values);
    else if (j->column->type == VECTOR_DOUBLE)
        bounds_add_doubles(&b, d->as.d + s.value, s.values);
    else if (!is_strs(j->column->type))
        bounds_add_ints(&b, d->as.i + s.value, s.values);
    else
        for (size_t i = s.value; i < s.value + s.values; i++)
            bounds_add_str(&b, d->as.s[i]);
    return b;
}

static Status make_stamps(ChunkWriter *w)
{
    if (w->dictionary.len > w->stamps_cap) {
        uint32_t *stamps = mem_array(w->dictionary.len, sizeof *stamps);

        if (!stamps)
            return ST_NOMEM;
        mem_free(w->stamps);
        w->stamps = stamps;
        w->stamps_cap = w->dictionary.len;
    }
    memset(w->stamps, 0, w->dictionary.len * sizeof *w->stamps);
    return ST_OK;
}

static uint64_t value_hash(const Job *j, size_t value)
{
    const Dense *d = &j->w->dense;

    if (j->record->has_dictionary)
        return hash_xxh64(j->w->dictionary.values[value]);
    if (is_strs(j->column->type))
        return hash_xxh64(d->as.s[value]);
    return hash_xxh64((Str){(const char *)(d->as.i + value), sizeof *d->as.i});
}

/* Values that differ from the one before: rows of a trace are neighbours, so
 * this is close to the number of distinct ids. */
static size_t count_distinct(const Job *j)
{
    const Dense *d = &j->w->dense;
    size_t n = d->len != 0;

    if (j->record->has_dictionary)
        return j->w->dictionary.len;
    for (size_t i = 1; i < d->len; i++) {
        if (is_strs(j->column->type))
            n += !str_eq(d->as.s[i], d->as.s[i - 1]);
        else
            n += d->as.i[i] != d->as.i[i - 1];
    }
    return n;
}

static Status make_bloom(const Job *j)
{
    const size_t count = j->record->has_dictionary ? j->w->dictionary.len : j->values;
    const size_t size = bloom_size(count_distinct(j));

    j->record->bloom = mem_calloc(size, 1);
    if (!j->record->bloom)
        return ST_NOMEM;
    j->record->bloom_size = size;
    for (size_t i = 0; i < count; i++)
        bloom_insert(j->record->bloom, size, value_hash(j, i));
    return ST_OK;
}

/* ------------------------------------------------------------- n-grams */

static Status begin_run(Job *j)
{
    ChunkWriter *w = j->w;

    if (!w->seen)
        w->seen = mem_alloc(NGRAM_HASHES);
    if (!w->seen)
        return ST_NOMEM;
    memset(w->seen, 0, NGRAM_HASHES);
    return ST_OK;
}

/* A filter for each page would take as many bytes to pass over fewer texts: words of a language
 * stand in most pages, and each takes its bits in all of them. */
static Status note_ngrams(Job *j, Span s, size_t page_size)
{
    const ChunkWriter *w = j->w;
    NgramRun *run = &j->run;
    Status st = run->rows ? ST_OK : begin_run(j);

    if (st)
        return st;
    for (size_t i = s.value; i < s.value + s.values; i++) {
        ngrams_note(w->seen, w->dense.as.s[i]);
        run->bytes += w->dense.as.s[i].len;
    }
    run->rows += s.rows;
    run->size += page_size;
    if (run->bytes < NGRAM_RUN_BYTES && run->rows < LARGE_PAGE_VALUES && s.row + s.rows < j->v->len)
        return ST_OK;
    st = ngrams_put_run(&j->record->ngram_runs, &j->record->ngram_filters, w->seen, run->rows,
                        run->size / NGRAM_SHARE);
    *run = (NgramRun){0};
    return st;
}

/* ------------------------------------------------------------- chunk */

static Status put_data_page(Job *j, Span s)
{
    const PageHeader h = {
        .type = PAGE_DATA, .num_values = s.rows, .encoding = (int32_t)j->record->encoding};
    ChunkRecord *record = j->record;
    PageRecord page = {.offset = j->w->offset,
                       .first_row = s.row,
                       .rows = s.rows,
                       .nulls = s.rows - s.values,
                       .bounds = page_bounds(j, s)};
    Status st = ST_OK;

    buf_clear(&j->w->raw);
    if (!j->column->required)
        st = encode_levels(j, s);
    if (!st)
        st = encode_values(j, s);
    if (!st)
        st = put_page(j, h);
    if (st)
        return st;
    page.size = (size_t)(j->w->offset - page.offset);
    if (j->column->ngrams && j->is_texts)
        st = note_ngrams(j, s, page.size);
    if (st)
        return st;
    bounds_merge(&record->bounds, j->column->type, &page.bounds);
    return VEC_PUSH(&record->pages, page, MAX_GROUP_ROWS_WRITTEN);
}

static Status put_pages(Job *j)
{
    Span s = {0};
    Status st = ST_OK;

    if (j->record->has_dictionary)
        st = put_dictionary(j);
    j->record->data_start = j->w->offset;
    while (!st && s.row + s.rows < j->v->len) {
        s = next_span(j, s);
        st = put_data_page(j, s);
    }
    return st;
}

/* Forget the last row group's chunk but keep its memory. */
static void reset(ChunkRecord *r)
{
    PageRecord *items = r->pages.items;
    const size_t cap = r->pages.cap;

    r->pages.items = NULL;
    chunk_record_deinit(r);
    r->pages.items = items;
    r->pages.cap = cap;
    buf_init(&r->ngram_runs, MAX_PAGE_BYTES);
    buf_init(&r->ngram_filters, MAX_PAGE_BYTES);
}

Status chunk_write(ChunkWriter *w, const ParquetColumn *column, const Vector *v,
                   ChunkRecord *record)
{
    Job j = {.w = w,
             .column = column,
             .v = v,
             .record = record,
             .values = count_values(v),
             .is_texts = column->large && is_strs(column->type)};
    const bool can_bloom =
        is_strs(column->type) || column->type == VECTOR_INT || column->type == VECTOR_TIME;
    Status st;

    reset(record);
    record->rows = v->len;
    record->nulls = v->len - j.values;
    record->start = w->offset;
    st = plan_dictionary(&j);
    if (!st)
        st = record->has_dictionary ? make_stamps(w) : make_dense(&w->dense, v, j.values);
    if (st)
        return st;
    record->encoding = choose_encoding(&j);
    j.page_bytes = choose_page_bytes(&j);
    record->codec = is_tiny(&j) ? CODEC_NONE : CODEC_ZSTD;
    j.codec_open = !record->has_dictionary;
    if (column->bloom && can_bloom && j.values)
        st = make_bloom(&j);
    return st ? st : put_pages(&j);
}
