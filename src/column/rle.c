/* SPDX-License-Identifier: Apache-2.0 */
/* Run length and bit packing hybrid.
 *
 * The encoder looks at eight values at a time, the size of a packed group: a
 * run of eight or more becomes a run, anything else joins the group list being
 * collected.  Packed groups are thus always whole, except the last of all,
 * which is filled up with zeros. */
#include "column/rle.h"

#include "column/bits.h"
#include "column/format.h"

#include <string.h>

enum { GROUP = 8, MAX_WIDTH = 32, VARINT_BYTES = 10 };

Status varint_append(Buf *out, uint64_t v)
{
    char bytes[VARINT_BYTES];
    size_t n = 0;

    for (; v > 0x7f; v >>= 7)
        bytes[n++] = (char)(uint8_t)(v | 0x80);
    bytes[n++] = (char)v;
    return buf_append(out, (Str){bytes, n});
}

Status varint_take(Str *in, uint64_t *out)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < VARINT_BYTES && i < in->len; i++) {
        const uint8_t b = (uint8_t)in->ptr[i];

        if (i == VARINT_BYTES - 1 && b > 1)
            return ST_CORRUPT;
        v |= (uint64_t)(b & 0x7f) << (7 * i);
        if (!(b & 0x80)) {
            *in = (Str){in->ptr + i + 1, in->len - i - 1};
            *out = v;
            return ST_OK;
        }
    }
    return ST_CORRUPT;
}

/* ------------------------------------------------------------- encoding */

static Status put_run(Buf *out, uint32_t value, size_t count, unsigned width)
{
    const Status st = varint_append(out, (uint64_t)count << 1);

    if (st)
        return st;
    return buf_append(out, (Str){(const char *)&value, (width + 7) / 8});
}

/* `count` is a multiple of GROUP but in the last call for a page. */
static Status put_packed(Buf *out, const uint32_t *values, size_t count, unsigned width)
{
    const size_t whole = count / GROUP * GROUP;
    uint32_t last[GROUP] = {0};
    Status st;

    if (count == 0)
        return ST_OK;
    st = varint_append(out, (uint64_t)((count + GROUP - 1) / GROUP) << 1 | 1);
    if (!st)
        st = bits_pack32(out, values, whole, width);
    if (st || whole == count)
        return st;
    memcpy(last, values + whole, (count - whole) * sizeof *last);
    return bits_pack32(out, last, GROUP, width);
}

static size_t run_length(const uint32_t *values, size_t count)
{
    size_t n = 1;

    while (n < count && values[n] == values[0])
        n++;
    return n;
}

Status rle_encode(Buf *out, const uint32_t *values, size_t count, unsigned width)
{
    size_t packed = 0; /* values before `at` that wait to be packed */
    size_t at = 0;
    Status st = ST_OK;

    while (at < count && !st) {
        const size_t run = run_length(values + at, count - at);

        if (run >= GROUP) {
            st = put_packed(out, values + at - packed, packed, width);
            packed = 0;
            if (!st)
                st = put_run(out, values[at], run, width);
            at += run;
        } else {
            const size_t step = count - at < GROUP ? count - at : GROUP;

            packed += step;
            at += step;
        }
    }
    return st ? st : put_packed(out, values + at - packed, packed, width);
}

/* Length of the run of equal truth values at the front, eight at a time. */
static size_t flag_run(const uint8_t *flags, size_t count)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const bool first = flags[0] != 0;
    const uint64_t same = first ? ones : 0;
    size_t n = 0;

    while (count - n >= GROUP && load_u64(flags + n) == same)
        n += GROUP;
    while (n < count && (flags[n] != 0) == first)
        n++;
    return n;
}

static Status put_packed_flags(Buf *out, const uint8_t *flags, size_t count)
{
    const size_t groups = (count + GROUP - 1) / GROUP;
    char *to = NULL;
    Status st;

    if (count == 0)
        return ST_OK;
    st = varint_append(out, (uint64_t)groups << 1 | 1);
    if (!st)
        st = buf_extend(out, groups, &to);
    if (st)
        return st;
    memset(to, 0, groups);
    for (size_t i = 0; i < count; i++)
        to[i / GROUP] = (char)((uint8_t)to[i / GROUP] | (flags[i] != 0) << i % GROUP);
    return ST_OK;
}

Status rle_encode_flags(Buf *out, const uint8_t *flags, size_t count)
{
    size_t packed = 0;
    size_t at = 0;
    Status st = ST_OK;

    if (!flags)
        return put_run(out, 1, count, 1);
    while (at < count && !st) {
        const size_t run = flag_run(flags + at, count - at);

        if (run >= GROUP) {
            st = put_packed_flags(out, flags + at - packed, packed);
            packed = 0;
            if (!st)
                st = put_run(out, flags[at] != 0, run, 1);
            at += run;
        } else {
            const size_t step = count - at < GROUP ? count - at : GROUP;

            packed += step;
            at += step;
        }
    }
    return st ? st : put_packed_flags(out, flags + at - packed, packed);
}

/* ------------------------------------------------------------- decoding */

/* One run or group list, cut to the `wanted` values. */
typedef struct Piece {
    bool packed;
    size_t count;
    uint32_t value;      /* of a run */
    const uint8_t *bits; /* of packed groups */
    size_t bytes;        /* from them to the end of the input */
} Piece;

static Status take_packed(Str *in, uint64_t groups, unsigned width, size_t wanted, Piece *out)
{
    size_t bytes;

    if (groups == 0)
        return ST_CORRUPT;
    /* Some writers cut the last group: only what is asked for must be there. */
    *out = (Piece){.packed = true, .bits = (const uint8_t *)in->ptr, .bytes = in->len};
    out->count = groups > wanted / GROUP ? wanted : (size_t)groups * GROUP;
    if (bits_bytes(out->count, width) > in->len)
        return ST_CORRUPT;
    bytes = groups > in->len ? in->len : (size_t)groups * width;
    if (bytes > in->len)
        bytes = in->len;
    *in = (Str){in->ptr + bytes, in->len - bytes};
    return ST_OK;
}

static Status take_piece(Str *in, unsigned width, size_t wanted, Piece *out)
{
    const size_t value_bytes = (width + 7) / 8;
    uint64_t head = 0;
    Status st = varint_take(in, &head);

    if (st)
        return st;
    if (head & 1)
        return take_packed(in, head >> 1, width, wanted, out);
    *out = (Piece){.count = head >> 1 > wanted ? wanted : (size_t)(head >> 1)};
    if (out->count == 0 || value_bytes > in->len)
        return ST_CORRUPT;
    memcpy(&out->value, in->ptr, value_bytes);
    *in = (Str){in->ptr + value_bytes, in->len - value_bytes};
    return ST_OK;
}

Status rle_decode(Str in, unsigned width, uint32_t *out, size_t count)
{
    size_t at = 0;

    if (width > MAX_WIDTH)
        return ST_CORRUPT;
    if (width == 0) { /* one value is possible: no bytes are needed, some write them */
        memset(out, 0, count * sizeof *out);
        return ST_OK;
    }
    while (at < count) {
        Piece p = {0};
        const Status st = take_piece(&in, width, count - at, &p);

        if (st)
            return st;
        if (p.packed)
            bits_unpack32(p.bits, p.bytes, width, out + at, p.count);
        for (size_t i = 0; !p.packed && i < p.count; i++)
            out[at + i] = p.value;
        at += p.count;
    }
    return ST_OK;
}

Status rle_decode_flags(Str in, uint8_t *out, size_t count)
{
    size_t at = 0;

    while (at < count) {
        Piece p = {0};
        const Status st = take_piece(&in, 1, count - at, &p);

        if (st)
            return st;
        if (p.value > 1)
            return ST_CORRUPT;
        if (p.packed)
            bits_unpack_bytes(p.bits, out + at, p.count);
        else
            memset(out + at, (int)p.value, p.count);
        at += p.count;
    }
    return ST_OK;
}
