/* SPDX-License-Identifier: Apache-2.0 */
/* Page headers in thrift.
 *
 * Nothing that a header says is believed: it is held against the bytes that
 * are there and the limits of format.h.  What needs the column (encoding,
 * level bytes against the body) is checked by the decoder. */
#include "column/page.h"

#include "base/hash.h"
#include "codec/thrift.h"
#include "column/snappy.h"

#include <zlib.h>

/* Numbers as they stand in the file. */
typedef struct RawHeader {
    PageHeader h;
    int64_t uncompressed;
    int64_t compressed;
    int64_t values;
    int64_t definition_bytes;
    int64_t repetition_bytes;
    bool has_data; /* the header of that page type was there */
} RawHeader;

static void read_data(ThriftReader *r, RawHeader *raw)
{
    ThriftField f = {0};

    raw->has_data = true;
    while (thrift_next(r, &f)) {
        if (f.id == 1)
            raw->values = thrift_i32(r, f.type);
        else if (f.id == 2)
            raw->h.encoding = thrift_i32(r, f.type);
        else if (f.id == 3 && raw->h.type == PAGE_DATA)
            raw->h.level_encoding = thrift_i32(r, f.type);
        else
            thrift_skip(r, f.type);
    }
}

static void read_data_v2(ThriftReader *r, RawHeader *raw)
{
    ThriftField f = {0};

    raw->has_data = true;
    while (thrift_next(r, &f)) {
        switch (f.id) {
        case 1:
            raw->values = thrift_i32(r, f.type);
            break;
        case 4:
            raw->h.encoding = thrift_i32(r, f.type);
            break;
        case 5:
            raw->definition_bytes = thrift_i32(r, f.type);
            break;
        case 6:
            raw->repetition_bytes = thrift_i32(r, f.type);
            break;
        case 7:
            raw->h.is_compressed = thrift_bool(r, f.type);
            break;
        default:
            thrift_skip(r, f.type);
        }
    }
}

/* Field of PageHeader that describes a page of `type`. */
static int16_t detail_field(int32_t type)
{
    static const int16_t fields[] = {
        [PAGE_DATA] = 5, [PAGE_INDEX] = 6, [PAGE_DICTIONARY] = 7, [PAGE_DATA_V2] = 8};

    if (type < 0 || type > PAGE_DATA_V2)
        return 0;
    return fields[type];
}

static void read_detail(ThriftReader *r, ThriftField f, RawHeader *raw)
{
    if (f.id != detail_field(raw->h.type) || raw->h.type == PAGE_INDEX)
        thrift_skip(r, f.type);
    else if (thrift_struct(r, f.type) && raw->h.type == PAGE_DATA_V2)
        read_data_v2(r, raw);
    else
        read_data(r, raw);
}

static void read_fields(ThriftReader *r, RawHeader *raw)
{
    ThriftField f = {0};

    while (thrift_next(r, &f)) {
        switch (f.id) {
        case 1:
            raw->h.type = thrift_i32(r, f.type);
            break;
        case 2:
            raw->uncompressed = thrift_i32(r, f.type);
            break;
        case 3:
            raw->compressed = thrift_i32(r, f.type);
            break;
        case 4:
            raw->h.crc = (uint32_t)thrift_i32(r, f.type);
            raw->h.has_crc = true;
            break;
        default:
            read_detail(r, f, raw);
        }
    }
}

/* Move the numbers over once they are known to be sane. */
static Status check(RawHeader *raw, size_t left)
{
    PageHeader *h = &raw->h;

    if (raw->compressed < 0 || (uint64_t)raw->compressed > left || raw->uncompressed < 0)
        return ST_CORRUPT;
    if (raw->values < 0 || raw->definition_bytes < 0 || raw->repetition_bytes != 0)
        return ST_CORRUPT;
    if (raw->uncompressed > MAX_PAGE_BYTES || raw->values > MAX_PAGE_ROWS)
        return ST_UNSUPPORTED;
    if (raw->definition_bytes > raw->compressed || raw->definition_bytes > raw->uncompressed)
        return ST_CORRUPT;
    h->compressed_size = (size_t)raw->compressed;
    h->uncompressed_size = (size_t)raw->uncompressed;
    h->num_values = (size_t)raw->values;
    h->level_bytes = (size_t)raw->definition_bytes;
    return ST_OK;
}

Status page_header_read(Str in, PageHeader *out, size_t *used)
{
    RawHeader raw = {.h = {.type = -1, .is_compressed = true, .level_encoding = ENCODING_RLE},
                     .compressed = -1,
                     .uncompressed = -1};
    ThriftReader r = thrift_reader(in);
    Status st;

    read_fields(&r, &raw);
    if (r.st)
        return r.st;
    if (!raw.has_data && raw.h.type >= PAGE_DATA && raw.h.type <= PAGE_DATA_V2 &&
        raw.h.type != PAGE_INDEX)
        return ST_CORRUPT;
    st = check(&raw, in.len - thrift_position(&r));
    if (st)
        return st;
    *out = raw.h;
    *used = thrift_position(&r);
    return ST_OK;
}

Status page_header_write(Buf *out, const PageHeader *h)
{
    ThriftWriter w = thrift_writer(out);

    thrift_begin_struct(&w, THRIFT_BARE);
    thrift_put_i32(&w, 1, h->type);
    thrift_put_i32(&w, 2, (int32_t)h->uncompressed_size);
    thrift_put_i32(&w, 3, (int32_t)h->compressed_size);
    thrift_put_i32(&w, 4, (int32_t)h->crc);
    thrift_begin_struct(&w, detail_field(h->type));
    thrift_put_i32(&w, 1, (int32_t)h->num_values);
    thrift_put_i32(&w, 2, h->encoding);
    if (h->type == PAGE_DATA) {
        thrift_put_i32(&w, 3, ENCODING_RLE);
        thrift_put_i32(&w, 4, ENCODING_RLE);
    }
    thrift_end_struct(&w);
    thrift_end_struct(&w);
    return w.st;
}

uint64_t page_sum(Str header, Str body)
{
    return hash_seeded(body, hash_bytes(header));
}

uint32_t page_crc(Str body)
{
    return (uint32_t)crc32(0, (const Bytef *)body.ptr, (uInt)body.len);
}

bool page_codec_known(int32_t codec)
{
    return codec == CODEC_NONE || codec == CODEC_SNAPPY || codec == CODEC_GZIP ||
           codec == CODEC_ZSTD;
}

Status page_decompress(int32_t codec, Zstd *zstd, Str in, void *out, size_t len)
{
    switch (codec) {
    case CODEC_NONE:
        if (in.len != len)
            return ST_CORRUPT;
        if (len)
            memcpy(out, in.ptr, len);
        return ST_OK;
    case CODEC_SNAPPY:
        return snappy_decompress(in, out, len);
    case CODEC_GZIP:
        return gzip_decompress_exact(in, out, len);
    case CODEC_ZSTD:
        return zstd_decompress_exact(zstd, in, out, len);
    default:
        return ST_UNSUPPORTED;
    }
}
