/* SPDX-License-Identifier: Apache-2.0 */
/* Snappy, raw format.
 *
 *   stream   varint uncompressed length, element*
 *   literal  len-1:6 00       bytes          (60..63: the length follows in 1..4 bytes)
 *   copy     offset>>8:3 len-4:3 01  offset:8
 *   copy     len-1:6 10       offset:16
 *   copy     len-1:6 11       offset:32
 *
 * A copy may overlap what it writes (offset < length): then it repeats. */
#include "column/snappy.h"

#include "column/rle.h"

#include <string.h>

typedef struct Output {
    uint8_t *start;
    size_t len;
    size_t limit;
} Output;

/* A little-endian number of `n` <= 4 bytes from the front. */
static Status take_number(Str *in, size_t n, size_t *out)
{
    size_t v = 0;

    if (n > in->len)
        return ST_CORRUPT;
    for (size_t i = 0; i < n; i++)
        v |= (size_t)(uint8_t)in->ptr[i] << (8 * i);
    *in = (Str){in->ptr + n, in->len - n};
    *out = v;
    return ST_OK;
}

static Status put_literal(Str *in, uint8_t tag, Output *o)
{
    size_t len = tag >> 2;
    Status st = ST_OK;

    if (len >= 60)
        st = take_number(in, len - 59, &len);
    if (st || len >= in->len || len >= o->limit - o->len)
        return ST_CORRUPT;
    len++;
    memcpy(o->start + o->len, in->ptr, len);
    o->len += len;
    *in = (Str){in->ptr + len, in->len - len};
    return ST_OK;
}

static Status put_copy(Str *in, uint8_t tag, Output *o)
{
    static const uint8_t offset_bytes[] = {0, 1, 2, 4};
    size_t len = (size_t)(tag >> 2) + 1;
    size_t offset = 0;
    const Status st = take_number(in, offset_bytes[tag & 3], &offset);
    uint8_t *to = o->start + o->len;

    if ((tag & 3) == 1) {
        len = (size_t)(tag >> 2 & 7) + 4;
        offset |= (size_t)(tag >> 5) << 8;
    }
    if (st || offset == 0 || offset > o->len || len > o->limit - o->len)
        return ST_CORRUPT;
    if (offset >= len) {
        memcpy(to, to - offset, len);
    } else {
        for (size_t i = 0; i < len; i++)
            to[i] = *(to + i - offset);
    }
    o->len += len;
    return ST_OK;
}

Status snappy_decompress(Str in, uint8_t *out, size_t len)
{
    Output o = {.start = out, .limit = len};
    uint64_t promised = 0;
    Status st = varint_take(&in, &promised);

    if (st || promised != len)
        return ST_CORRUPT;
    while (in.len && !st) {
        const uint8_t tag = (uint8_t)*in.ptr;

        in = (Str){in.ptr + 1, in.len - 1};
        st = tag & 3 ? put_copy(&in, tag, &o) : put_literal(&in, tag, &o);
    }
    return st || o.len != len ? ST_CORRUPT : ST_OK;
}
