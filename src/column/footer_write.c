/* SPDX-License-Identifier: Apache-2.0 */
/* Field numbers are those of parquet.thrift. */
#include "column/footer_write.h"

#include "codec/thrift.h"

#define CREATED_BY "vireo version " VIREO_VERSION

/* ------------------------------------------------------------- indexes */

enum { ORDER_NONE = 0, ORDER_ASCENDING = 1, ORDER_DESCENDING = 2 };

/* Are the bounds of all pages sorted?  Pages of nulls do not count. */
static int32_t boundary_order(const ParquetColumn *column, const ChunkRecord *r)
{
    const Bounds *last = NULL;
    bool ascending = true;
    bool descending = true;

    for (size_t i = 0; i < r->pages.len; i++) {
        const Bounds *b = &r->pages.items[i].bounds;
        int min;
        int max;

        if (!b->any)
            continue;
        min = last ? bound_compare(column->type, &last->min, &b->min) : 0;
        max = last ? bound_compare(column->type, &last->max, &b->max) : 0;
        ascending = ascending && min <= 0 && max <= 0;
        descending = descending && min >= 0 && max >= 0;
        last = b;
    }
    return ascending ? ORDER_ASCENDING : descending ? ORDER_DESCENDING : ORDER_NONE;
}

static bool is_null_page(const PageRecord *p)
{
    return p->nulls == p->rows;
}

static bool has_column_index(const ParquetColumn *column, const ChunkRecord *r)
{
    BoundText text;

    for (size_t i = 0; i < r->pages.len; i++) {
        const PageRecord *p = &r->pages.items[i];

        if (is_null_page(p))
            continue;
        if (!p->bounds.any || !bound_min_text(column->type, &p->bounds.min, &text) ||
            !bound_max_text(column->type, &p->bounds.max, &text))
            return false;
    }
    return true;
}

static void put_bound(ThriftWriter *w, VectorType type, const PageRecord *p, bool max)
{
    BoundText text = {.len = 0};

    if (!is_null_page(p)) {
        if (max)
            (void)bound_max_text(type, &p->bounds.max, &text);
        else
            (void)bound_min_text(type, &p->bounds.min, &text);
    }
    thrift_put_bytes(w, THRIFT_BARE, (Str){text.bytes, text.len});
}

Status footer_column_index(Buf *out, const ParquetColumn *column, const ChunkRecord *r)
{
    const size_t n = r->pages.len;
    ThriftWriter w = thrift_writer(out);

    if (!has_column_index(column, r))
        return ST_OK;
    thrift_begin_struct(&w, THRIFT_BARE);
    thrift_begin_list(&w, 1, THRIFT_TRUE, n);
    for (size_t i = 0; i < n; i++)
        thrift_put_bool(&w, THRIFT_BARE, is_null_page(&r->pages.items[i]));
    for (int16_t field = 2; field <= 3; field++) {
        thrift_begin_list(&w, field, THRIFT_BINARY, n);
        for (size_t i = 0; i < n; i++)
            put_bound(&w, column->type, &r->pages.items[i], field == 3);
    }
    thrift_put_i32(&w, 4, boundary_order(column, r));
    thrift_begin_list(&w, 5, THRIFT_I64, n);
    for (size_t i = 0; i < n; i++)
        thrift_put_i64(&w, THRIFT_BARE, (int64_t)r->pages.items[i].nulls);
    thrift_end_struct(&w);
    return w.st;
}

Status footer_offset_index(Buf *out, const ChunkRecord *r)
{
    ThriftWriter w = thrift_writer(out);

    thrift_begin_struct(&w, THRIFT_BARE);
    thrift_begin_list(&w, 1, THRIFT_STRUCT, r->pages.len);
    for (size_t i = 0; i < r->pages.len; i++) {
        const PageRecord *p = &r->pages.items[i];

        thrift_begin_struct(&w, THRIFT_BARE);
        thrift_put_i64(&w, 1, (int64_t)p->offset);
        thrift_put_i32(&w, 2, (int32_t)p->size);
        thrift_put_i64(&w, 3, (int64_t)p->first_row);
        thrift_end_struct(&w);
    }
    thrift_end_struct(&w);
    return w.st;
}

/* A union with one empty member set. */
static void put_choice(ThriftWriter *w, int16_t id, int16_t member)
{
    thrift_begin_struct(w, id);
    thrift_put_empty(w, member);
    thrift_end_struct(w);
}

Status footer_bloom_header(Buf *out, size_t size)
{
    ThriftWriter w = thrift_writer(out);

    thrift_begin_struct(&w, THRIFT_BARE);
    thrift_put_i32(&w, 1, (int32_t)size);
    put_choice(&w, 2, 1); /* split block */
    put_choice(&w, 3, 1); /* XXH64 */
    put_choice(&w, 4, 1); /* uncompressed */
    thrift_end_struct(&w);
    return w.st;
}

/* ------------------------------------------------------------- row groups */

static Physical physical_of(VectorType type)
{
    static const Physical physical[] = {
        [VECTOR_BOOL] = PHYSICAL_BOOLEAN,    [VECTOR_INT] = PHYSICAL_INT64,
        [VECTOR_DOUBLE] = PHYSICAL_DOUBLE,   [VECTOR_STR] = PHYSICAL_BYTE_ARRAY,
        [VECTOR_JSON] = PHYSICAL_BYTE_ARRAY, [VECTOR_BYTES] = PHYSICAL_BYTE_ARRAY,
        [VECTOR_TIME] = PHYSICAL_INT64,      [VECTOR_FIXED] = PHYSICAL_FIXED,
    };

    return physical[type];
}

static void put_encodings(ThriftWriter *w, const ChunkRecord *r)
{
    thrift_begin_list(w, 2, THRIFT_I32, r->has_dictionary ? 3 : 2);
    if (r->has_dictionary)
        thrift_put_i32(w, THRIFT_BARE, ENCODING_PLAIN);
    thrift_put_i32(w, THRIFT_BARE, (int32_t)r->encoding);
    thrift_put_i32(w, THRIFT_BARE, ENCODING_RLE);
}

static void put_page_count(ThriftWriter *w, PageType type, Encoding encoding, size_t count)
{
    thrift_begin_struct(w, THRIFT_BARE);
    thrift_put_i32(w, 1, (int32_t)type);
    thrift_put_i32(w, 2, (int32_t)encoding);
    thrift_put_i32(w, 3, (int32_t)count);
    thrift_end_struct(w);
}

/* Lets readers know that every data page is dictionary coded. */
static void put_page_counts(ThriftWriter *w, const ChunkRecord *r)
{
    thrift_begin_list(w, 13, THRIFT_STRUCT, r->has_dictionary ? 2 : 1);
    if (r->has_dictionary)
        put_page_count(w, PAGE_DICTIONARY, ENCODING_PLAIN, 1);
    put_page_count(w, PAGE_DATA, r->encoding, r->pages.len);
}

static void put_statistics(ThriftWriter *w, const ParquetColumn *column, const ChunkRecord *r)
{
    BoundText min;
    BoundText max;
    const bool has_range = r->bounds.any && bound_min_text(column->type, &r->bounds.min, &min) &&
                           bound_max_text(column->type, &r->bounds.max, &max);

    thrift_begin_struct(w, 12);
    thrift_put_i64(w, 3, (int64_t)r->nulls);
    if (has_range) {
        thrift_put_bytes(w, 5, (Str){max.bytes, max.len});
        thrift_put_bytes(w, 6, (Str){min.bytes, min.len});
        thrift_put_bool(w, 7, max.exact);
        thrift_put_bool(w, 8, min.exact);
    }
    thrift_end_struct(w);
}

static void put_column_meta(ThriftWriter *w, const ParquetColumn *column, const ChunkRecord *r)
{
    thrift_begin_struct(w, 3);
    thrift_put_i32(w, 1, (int32_t)physical_of(column->type));
    put_encodings(w, r);
    thrift_begin_list(w, 3, THRIFT_BINARY, 1);
    thrift_put_bytes(w, THRIFT_BARE, column->name);
    thrift_put_i32(w, 4, (int32_t)r->codec);
    thrift_put_i64(w, 5, (int64_t)r->rows);
    thrift_put_i64(w, 6, (int64_t)r->uncompressed_size);
    thrift_put_i64(w, 7, (int64_t)r->compressed_size);
    thrift_put_i64(w, 9, (int64_t)r->data_start);
    if (r->has_dictionary)
        thrift_put_i64(w, 11, (int64_t)r->start);
    put_statistics(w, column, r);
    put_page_counts(w, r);
    if (r->bloom_length) {
        thrift_put_i64(w, 14, (int64_t)r->bloom_offset);
        thrift_put_i32(w, 15, (int32_t)r->bloom_length);
    }
    thrift_end_struct(w);
}

static void put_chunk(ThriftWriter *w, const ParquetColumn *column, const ChunkRecord *r)
{
    thrift_begin_struct(w, THRIFT_BARE);
    thrift_put_i64(w, 2, 0); /* deprecated, but required */
    put_column_meta(w, column, r);
    thrift_put_i64(w, 4, (int64_t)r->offset_index_offset);
    thrift_put_i32(w, 5, (int32_t)r->offset_index_length);
    if (r->column_index_length) {
        thrift_put_i64(w, 6, (int64_t)r->column_index_offset);
        thrift_put_i32(w, 7, (int32_t)r->column_index_length);
    }
    thrift_end_struct(w);
}

Status footer_group(Buf *out, const ParquetColumn *columns, const ChunkRecord *records,
                    size_t count, size_t ordinal)
{
    ThriftWriter w = thrift_writer(out);
    uint64_t raw = 0;
    uint64_t packed = 0;

    thrift_begin_struct(&w, THRIFT_BARE);
    thrift_begin_list(&w, 1, THRIFT_STRUCT, count);
    for (size_t i = 0; i < count; i++) {
        put_chunk(&w, &columns[i], &records[i]);
        raw += records[i].uncompressed_size;
        packed += records[i].compressed_size;
    }
    thrift_put_i64(&w, 2, (int64_t)raw);
    thrift_put_i64(&w, 3, (int64_t)records[0].rows);
    thrift_put_i64(&w, 5, (int64_t)records[0].start);
    thrift_put_i64(&w, 6, (int64_t)packed);
    if (ordinal <= INT16_MAX)
        thrift_put_i16(&w, 7, (int16_t)ordinal);
    thrift_end_struct(&w);
    return w.st;
}

/* ------------------------------------------------------------- file */

static void put_timestamp(ThriftWriter *w)
{
    thrift_begin_struct(w, 10);
    thrift_begin_struct(w, LOGICAL_TIMESTAMP);
    thrift_put_bool(w, 1, true); /* UTC */
    put_choice(w, 2, TIME_UNIT_NANOS);
    thrift_end_struct(w);
    thrift_end_struct(w);
}

/* The old and the new way to say what the bytes mean. */
static void put_logical_type(ThriftWriter *w, VectorType type)
{
    if (type == VECTOR_STR || type == VECTOR_JSON) {
        thrift_put_i32(w, 6, type == VECTOR_STR ? CONVERTED_UTF8 : CONVERTED_JSON);
        put_choice(w, 10, type == VECTOR_STR ? LOGICAL_STRING : LOGICAL_JSON);
    } else if (type == VECTOR_TIME) {
        put_timestamp(w);
    }
}

static void put_schema_element(ThriftWriter *w, const ParquetColumn *column)
{
    thrift_begin_struct(w, THRIFT_BARE);
    thrift_put_i32(w, 1, (int32_t)physical_of(column->type));
    if (column->type == VECTOR_FIXED)
        thrift_put_i32(w, 2, (int32_t)column->fixed_len);
    thrift_put_i32(w, 3, column->required ? REPETITION_REQUIRED : REPETITION_OPTIONAL);
    thrift_put_bytes(w, 4, column->name);
    put_logical_type(w, column->type);
    thrift_end_struct(w);
}

static void put_schema(ThriftWriter *w, const FooterParts *p)
{
    thrift_begin_list(w, 2, THRIFT_STRUCT, p->column_count + 1);
    thrift_begin_struct(w, THRIFT_BARE);
    thrift_put_i32(w, 3, REPETITION_REQUIRED);
    thrift_put_bytes(w, 4, STR("schema"));
    thrift_put_i32(w, 5, (int32_t)p->column_count);
    thrift_end_struct(w);
    for (size_t i = 0; i < p->column_count; i++)
        put_schema_element(w, &p->columns[i]);
}

static void put_meta(ThriftWriter *w, const FooterParts *p)
{
    if (p->meta_count == 0)
        return;
    thrift_begin_list(w, 5, THRIFT_STRUCT, p->meta_count);
    for (size_t i = 0; i < p->meta_count; i++) {
        thrift_begin_struct(w, THRIFT_BARE);
        thrift_put_bytes(w, 1, p->meta[i].key);
        thrift_put_bytes(w, 2, p->meta[i].value);
        thrift_end_struct(w);
    }
}

Status footer_file(Buf *out, const FooterParts *p)
{
    ThriftWriter w = thrift_writer(out);
    Status st;

    thrift_begin_struct(&w, THRIFT_BARE);
    thrift_put_i32(&w, 1, 2);
    put_schema(&w, p);
    thrift_put_i64(&w, 3, p->rows);
    thrift_begin_list(&w, 4, THRIFT_STRUCT, p->group_count);
    if (w.st)
        return w.st;
    st = buf_append(out, p->groups);
    if (st)
        return st;
    put_meta(&w, p);
    thrift_put_bytes(&w, 6, STR(CREATED_BY));
    thrift_begin_list(&w, 7, THRIFT_STRUCT, p->column_count);
    for (size_t i = 0; i < p->column_count; i++)
        put_choice(&w, THRIFT_BARE, 1); /* the order of the type */
    thrift_end_struct(&w);
    return w.st;
}
