/* SPDX-License-Identifier: Apache-2.0 */
/* Wire reader and writer.
 *
 *   field  = tag payload        tag = varint(number << 3 | wire)
 *   BYTES  = varint(length) bytes
 *
 * All bounds checks are subtractions from what is left, so that no length from
 * outside can overflow. */
#include "codec/protobuf.h"

#include <string.h>

enum { START_GROUP = 3, END_GROUP = 4, MAX_VARINT = 10 };

static bool fail(PbReader *r, size_t at, Status st)
{
    r->st = st;
    r->pos = at;
    return false;
}

/* Bits past the 64th are dropped, as the reference implementation does. */
static bool read_varint(PbReader *r, uint64_t *out)
{
    const unsigned char *p = (const unsigned char *)r->in.ptr + r->pos;
    const size_t left = r->in.len - r->pos;
    const size_t max = left < MAX_VARINT ? left : MAX_VARINT;
    uint64_t value = 0;

    if (max && p[0] < 0x80) {
        *out = p[0];
        r->pos++;
        return true;
    }
    for (size_t i = 0; i < max; i++) {
        value |= (uint64_t)(p[i] & 0x7F) << (7 * i);
        if (p[i] < 0x80) {
            *out = value;
            r->pos += i + 1;
            return true;
        }
    }
    return false;
}

static bool read_fixed(PbReader *r, size_t size, uint64_t *out)
{
    const unsigned char *p = (const unsigned char *)r->in.ptr + r->pos;
    uint64_t value = 0;

    if (r->in.len - r->pos < size)
        return false;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)p[i] << (8 * i);
    r->pos += size;
    *out = value;
    return true;
}

static bool read_bytes(PbReader *r, Str *out)
{
    uint64_t len = 0;

    if (!read_varint(r, &len) || len > r->in.len - r->pos)
        return false;
    *out = (Str){r->in.ptr + r->pos, (size_t)len};
    r->pos += (size_t)len;
    return true;
}

static bool read_tag(PbReader *r, uint32_t *number, unsigned *wire)
{
    uint64_t tag = 0;

    if (!read_varint(r, &tag) || tag > UINT32_MAX || tag < 8)
        return false;
    *number = (uint32_t)(tag >> 3);
    *wire = (unsigned)(tag & 7);
    return true;
}

static bool read_payload(PbReader *r, unsigned wire, PbField *out)
{
    switch (wire) {
    case PB_VARINT:
        return read_varint(r, &out->value);
    case PB_FIXED64:
        return read_fixed(r, 8, &out->value);
    case PB_BYTES:
        return read_bytes(r, &out->bytes);
    case PB_FIXED32:
        return read_fixed(r, 4, &out->value);
    default:
        return false;
    }
}

/* Behind a start tag: pass over everything up to the end tag of the same
 * number.  The stack of open groups is bounded, so nothing recurses. */
static Status skip_group(PbReader *r, uint32_t number)
{
    uint32_t open[PB_MAX_GROUP_DEPTH] = {number};
    size_t depth = 1;

    while (depth > 0) {
        uint32_t inner;
        unsigned wire;
        PbField ignored;

        if (!read_tag(r, &inner, &wire))
            return ST_CORRUPT;
        if (wire == START_GROUP) {
            if (depth == PB_MAX_GROUP_DEPTH)
                return ST_LIMIT;
            open[depth++] = inner;
        } else if (wire == END_GROUP) {
            if (open[--depth] != inner)
                return ST_CORRUPT;
        } else if (!read_payload(r, wire, &ignored)) {
            return ST_CORRUPT;
        }
    }
    return ST_OK;
}

bool pb_next_any(PbReader *r, PbField *out)
{
    while (!r->st && r->pos < r->in.len) {
        const size_t begin = r->pos;
        unsigned wire = 0;

        if (!read_tag(r, &out->number, &wire))
            return fail(r, begin, ST_CORRUPT);
        if (wire == START_GROUP) {
            const Status st = skip_group(r, out->number);

            if (st)
                return fail(r, begin, st);
            continue;
        }
        if (!read_payload(r, wire, out))
            return fail(r, begin, ST_CORRUPT);
        out->wire = (PbWire)wire;
        return true;
    }
    return false;
}

double pb_double(uint64_t fixed64)
{
    double value;

    memcpy(&value, &fixed64, sizeof value);
    return value;
}

int64_t pb_zigzag(uint64_t varint)
{
    return (int64_t)(varint >> 1 ^ (0 - (varint & 1)));
}

PbWriter pb_writer(Buf *out)
{
    return (PbWriter){.out = out};
}

Status pb_done(const PbWriter *w)
{
    return w->st;
}

static size_t encode_varint(uint64_t value, char out[MAX_VARINT])
{
    size_t n = 0;

    for (; value >= 0x80; value >>= 7)
        out[n++] = (char)(value | 0x80);
    out[n++] = (char)value;
    return n;
}

static void put(PbWriter *w, const char *bytes, size_t len)
{
    if (!w->st)
        w->st = buf_append(w->out, (Str){bytes, len});
}

static void put_tag(PbWriter *w, uint32_t number, PbWire wire)
{
    char text[MAX_VARINT];

    put(w, text, encode_varint((uint64_t)number << 3 | wire, text));
}

void pb_put_varint(PbWriter *w, uint32_t number, uint64_t value)
{
    char text[MAX_VARINT];

    put_tag(w, number, PB_VARINT);
    put(w, text, encode_varint(value, text));
}

static void put_fixed(PbWriter *w, uint64_t value, size_t size)
{
    char text[8];

    for (size_t i = 0; i < size; i++)
        text[i] = (char)(value >> (8 * i));
    put(w, text, size);
}

void pb_put_fixed32(PbWriter *w, uint32_t number, uint32_t value)
{
    put_tag(w, number, PB_FIXED32);
    put_fixed(w, value, 4);
}

void pb_put_fixed64(PbWriter *w, uint32_t number, uint64_t value)
{
    put_tag(w, number, PB_FIXED64);
    put_fixed(w, value, 8);
}

void pb_put_double(PbWriter *w, uint32_t number, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    pb_put_fixed64(w, number, bits);
}

void pb_put_bytes(PbWriter *w, uint32_t number, Str bytes)
{
    char text[MAX_VARINT];

    put_tag(w, number, PB_BYTES);
    put(w, text, encode_varint(bytes.len, text));
    if (!w->st)
        w->st = buf_append(w->out, bytes);
}

/* The length is not known yet: one byte is left for it, which is enough for
 * most messages; longer ones are moved when they are closed. */
size_t pb_open(PbWriter *w, uint32_t number)
{
    put_tag(w, number, PB_BYTES);
    put(w, "", 1);
    return w->out->len;
}

void pb_close(PbWriter *w, size_t mark)
{
    char text[MAX_VARINT];
    char *ignored = NULL;
    size_t len;
    size_t n;

    if (w->st)
        return;
    len = w->out->len - mark;
    n = encode_varint(len, text);
    if (n > 1) {
        w->st = buf_extend(w->out, n - 1, &ignored);
        if (w->st)
            return;
        memmove(w->out->data + mark + n - 1, w->out->data + mark, len);
    }
    memcpy(w->out->data + mark - 1, text, n);
}
