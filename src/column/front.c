/* SPDX-License-Identifier: Apache-2.0 */
/* Two steps: the first block, which mostly has all lengths, and then as far as they say. */
#include "column/front.h"

#include "column/rle.h"
#include "column/strings.h"

enum {
    FIRST_BYTES = 16 << 10,     /* a block */
    MAX_FRONT_ROWS = 4096,      /* as many as the writer puts in a page of texts */
    MAX_FRONT_BYTES = 256 << 10 /* zstd keeps a window as large as the page */
};

bool front_pays(const Leaf *leaf, int32_t codec, const PageHeader *h, size_t rows)
{
    return codec == CODEC_ZSTD && h->type == PAGE_DATA &&
           h->encoding == ENCODING_DELTA_LENGTH_BYTE_ARRAY &&
           (leaf->column.type == VECTOR_STR || leaf->column.type == VECTOR_JSON) &&
           rows < h->num_values && h->num_values <= MAX_FRONT_ROWS &&
           h->uncompressed_size > FIRST_BYTES && h->uncompressed_size <= MAX_FRONT_BYTES;
}

static size_t count_valid(const uint8_t *valid, size_t count)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += valid[i];
    return n;
}

/* The levels in front of the values: *at is where these begin, *total of the page, *wanted of the
 * first `rows`. */
static Status read_levels(const Leaf *leaf, Str front, const PageHeader *h, size_t rows, size_t *at,
                          size_t *total, size_t *wanted)
{
    uint8_t valid[MAX_FRONT_ROWS];
    uint32_t length;
    Status st;

    *at = 0;
    *total = h->num_values;
    *wanted = rows;
    if (leaf->column.required)
        return ST_OK;
    if (h->level_encoding != ENCODING_RLE || front.len < sizeof length)
        return ST_CORRUPT;
    length = load_u32(front.ptr);
    if (length > front.len - sizeof length)
        return ST_CORRUPT;
    st = rle_decode_flags((Str){front.ptr + sizeof length, length}, valid, h->num_values);
    if (st)
        return st;
    *at = sizeof length + length;
    *total = count_valid(valid, h->num_values);
    *wanted = count_valid(valid, rows);
    return ST_OK;
}

/* How many bytes of the page the rows need; all of it when `front` does not tell. */
static size_t bytes_needed(const Leaf *leaf, Str front, const PageHeader *h, size_t rows)
{
    size_t at;
    size_t total;
    size_t wanted;
    size_t end;

    if (read_levels(leaf, front, h, rows, &at, &total, &wanted) || total == 0 ||
        strings_delta_length_end(str_slice(front, at, front.len), total, wanted, &end) ||
        end > h->uncompressed_size - at)
        return h->uncompressed_size;
    return at + end;
}

Status front_decompress(const Leaf *leaf, Zstd *zstd, const PageRef *p, size_t rows, char *out,
                        size_t *len)
{
    ZstdFront f;
    Status st = zstd_front_open(zstd, p->body, &f);
    size_t needed;

    if (!st)
        st = zstd_front_read(&f, out, FIRST_BYTES);
    if (st)
        return st;
    needed = bytes_needed(leaf, (Str){out, FIRST_BYTES}, &p->header, rows);
    needed = needed < FIRST_BYTES ? FIRST_BYTES : needed;
    st = zstd_front_read(&f, out, needed);
    if (!st)
        *len = needed;
    return st;
}
