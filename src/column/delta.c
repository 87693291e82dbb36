/* SPDX-License-Identifier: Apache-2.0 */
/* DELTA_BINARY_PACKED, written in blocks of 128 values with four miniblocks:
 * what every other writer uses, and 32 values are enough for one width.
 *
 * Decoding unpacks a miniblock and sums it up: two short loops without
 * branches. */
#include "column/delta.h"

#include "column/bits.h"
#include "column/rle.h"

#include <string.h>

enum { BLOCK = 128, MINIBLOCKS = 4, MINIBLOCK = BLOCK / MINIBLOCKS, CHUNK = 64 };
/* More miniblocks than this in a block are refused: nobody writes them. */
enum { MAX_MINIBLOCKS = 1 << 16, MAX_MINIBLOCK = 1 << 20 };

static uint64_t zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t v)
{
    return (int64_t)((v >> 1) ^ (~(v & 1) + 1));
}

static Status encode_miniblock(Buf *out, size_t width_at, const uint64_t *deltas)
{
    uint64_t all = 0;
    unsigned width;

    for (size_t i = 0; i < MINIBLOCK; i++)
        all |= deltas[i];
    width = bits_width(all);
    out->data[width_at] = (char)width;
    return bits_pack64(out, deltas, MINIBLOCK, width);
}

/* `count` <= BLOCK differences of values[0..count) to their predecessors. */
static Status encode_block(Buf *out, const int64_t *values, size_t count)
{
    uint64_t deltas[BLOCK] = {0};
    int64_t min = INT64_MAX;
    char *widths = NULL;
    size_t width_at;
    Status st;

    for (size_t i = 0; i < count; i++) {
        deltas[i] = (uint64_t)values[i] - (uint64_t)values[(ptrdiff_t)i - 1];
        min = (int64_t)deltas[i] < min ? (int64_t)deltas[i] : min;
    }
    for (size_t i = 0; i < count; i++)
        deltas[i] -= (uint64_t)min;
    st = varint_append(out, zigzag(min));
    if (!st)
        st = buf_extend(out, MINIBLOCKS, &widths);
    if (st)
        return st;
    memset(widths, 0, MINIBLOCKS);
    width_at = out->len - MINIBLOCKS;
    for (size_t m = 0; m * MINIBLOCK < count && !st; m++)
        st = encode_miniblock(out, width_at + m, deltas + m * MINIBLOCK);
    return st;
}

Status delta_encode(Buf *out, const int64_t *values, size_t count)
{
    const uint64_t header[] = {BLOCK, MINIBLOCKS, count, zigzag(count ? values[0] : 0)};
    Status st = ST_OK;

    for (size_t i = 0; i < sizeof header / sizeof *header && !st; i++)
        st = varint_append(out, header[i]);
    for (size_t at = 1; at < count && !st; at += BLOCK)
        st = encode_block(out, values + at, count - at < BLOCK ? count - at : BLOCK);
    return st;
}

Status delta_open(Str in, DeltaReader *out)
{
    uint64_t header[4] = {0};

    for (size_t i = 0; i < 4; i++) {
        const Status st = varint_take(&in, &header[i]);

        if (st)
            return st;
    }
    if (header[1] == 0 || header[1] > MAX_MINIBLOCKS || header[0] % header[1])
        return ST_CORRUPT;
    if (header[0] == 0 || header[0] / header[1] % 8 || header[0] / header[1] > MAX_MINIBLOCK)
        return ST_CORRUPT;
    if (header[2] > INT32_MAX)
        return ST_CORRUPT;
    *out = (DeltaReader){.in = in,
                         .left = (size_t)header[2],
                         .miniblock = (size_t)(header[0] / header[1]),
                         .miniblocks = (size_t)header[1],
                         .next = (size_t)header[1],
                         .last = unzigzag(header[3])};
    return ST_OK;
}

static Status open_block(DeltaReader *r)
{
    uint64_t min = 0;
    const Status st = varint_take(&r->in, &min);

    if (st)
        return st;
    if (r->miniblocks > r->in.len)
        return ST_CORRUPT;
    r->min_delta = unzigzag(min);
    r->widths = (const uint8_t *)r->in.ptr;
    r->in = (Str){r->in.ptr + r->miniblocks, r->in.len - r->miniblocks};
    r->next = 0;
    return ST_OK;
}

static Status open_miniblock(DeltaReader *r)
{
    Status st = ST_OK;
    size_t bytes;

    if (r->next == r->miniblocks)
        st = open_block(r);
    if (st)
        return st;
    r->width = r->widths[r->next++];
    r->done = 0;
    r->size = r->left < r->miniblock ? r->left : r->miniblock;
    /* Some writers cut the last miniblock after its last value. */
    if (r->width > 64 || bits_bytes(r->size, r->width) > r->in.len)
        return ST_CORRUPT;
    r->bits = (const uint8_t *)r->in.ptr;
    bytes = bits_bytes(r->miniblock, r->width);
    bytes = bytes < r->in.len ? bytes : r->in.len;
    r->in = (Str){r->in.ptr + bytes, r->in.len - bytes};
    return ST_OK;
}

/* Of equal differences. */
static void count_on(DeltaReader *r, int64_t *out, size_t count)
{
    uint64_t last = (uint64_t)r->last;

    for (size_t i = 0; i < count; i++) {
        last += (uint64_t)r->min_delta;
        out[i] = (int64_t)last;
    }
    r->last = (int64_t)last;
    r->done += count;
}

/* `n` differences from value `start` of the miniblock on, which is at a whole byte. */
static void unpack(const DeltaReader *r, size_t start, uint64_t *deltas, size_t n)
{
    const uint8_t *bits = r->bits + start / 8 * r->width;
    const size_t bytes = (size_t)((const uint8_t *)r->in.ptr + r->in.len - bits);
    uint32_t narrow[CHUNK];

    if (r->width > 32) {
        bits_unpack64(bits, bytes, r->width, deltas, n);
        return;
    }
    bits_unpack32(bits, bytes, r->width, narrow, n);
    for (size_t i = 0; i < n; i++)
        deltas[i] = narrow[i];
}

/* The next `count` values of the miniblock.  Unpacking starts at a whole byte,
 * that is at a multiple of eight values, and leaves out what was given. */
static void sum_up(DeltaReader *r, int64_t *out, size_t count)
{
    uint64_t deltas[CHUNK];
    uint64_t last = (uint64_t)r->last;
    const size_t end = r->done + count;

    while (r->done < end) {
        const size_t skip = r->done % 8;
        const size_t start = r->done - skip;
        const size_t n = end - start < CHUNK ? end - start : CHUNK;

        unpack(r, start, deltas, n);
        for (size_t i = skip; i < n; i++) {
            last += deltas[i] + (uint64_t)r->min_delta;
            *out++ = (int64_t)last;
        }
        r->done = start + n;
    }
    r->last = (int64_t)last;
}

Status delta_take(DeltaReader *r, int64_t *out, size_t count)
{
    size_t at = 0;

    if (count > r->left)
        return ST_CORRUPT;
    if (count && !r->started) {
        out[at++] = r->last;
        r->started = true;
        r->left--;
    }
    while (at < count) {
        size_t n;
        Status st = r->done == r->size ? open_miniblock(r) : ST_OK;

        if (st)
            return st;
        n = r->size - r->done < count - at ? r->size - r->done : count - at;
        if (r->width == 0)
            count_on(r, out + at, n);
        else
            sum_up(r, out + at, n);
        r->left -= n;
        at += n;
    }
    return ST_OK;
}
