/* SPDX-License-Identifier: Apache-2.0 */
/* Bit packing.
 *
 * Value i of width w starts at bit i * w.  Unpacking loads the eight bytes from
 * the byte of that bit and shifts: right for w <= 57, since at most seven bits
 * are shifted out.  Such a load may pass the end of the input for the last
 * values, which therefore are read from a copy with zeros behind it.  Codes of up to
 * eight bits, which are most, come eight from one load: the shifts are constants
 * then.  Tables of unrolled functions for each width would be 64 functions long. */
#include "column/bits.h"

#include "column/format.h"

#include <string.h>

enum { WORD_BITS = 64, ONE_LOAD_WIDTH = 57, PADDED = 24 };

unsigned bits_width(uint64_t max)
{
    unsigned width = 0;

    for (; max; max >>= 1)
        width++;
    return width;
}

size_t bits_bytes(size_t count, unsigned width)
{
    return (count * width + 7) / 8;
}

/* The bits that wait for a whole word. */
typedef struct Packer {
    uint64_t word;
    unsigned filled;
    char *at;
} Packer;

static void pack(Packer *p, uint64_t v, unsigned width)
{
    p->word |= v << p->filled;
    if (p->filled + width < WORD_BITS) {
        p->filled += width;
        return;
    }
    memcpy(p->at, &p->word, sizeof p->word);
    p->at += sizeof p->word;
    p->word = p->filled ? v >> (WORD_BITS - p->filled) : 0;
    p->filled = p->filled + width - WORD_BITS;
}

static void pack_end(Packer *p)
{
    memcpy(p->at, &p->word, (p->filled + 7) / 8);
}

Status bits_pack32(Buf *out, const uint32_t *values, size_t count, unsigned width)
{
    Packer p = {0};
    const Status st = buf_extend(out, bits_bytes(count, width), &p.at);

    if (st || width == 0 || count == 0)
        return st;
    for (size_t i = 0; i < count; i++)
        pack(&p, values[i], width);
    pack_end(&p);
    return ST_OK;
}

Status bits_pack64(Buf *out, const uint64_t *values, size_t count, unsigned width)
{
    Packer p = {0};
    const Status st = buf_extend(out, bits_bytes(count, width), &p.at);

    if (st || width == 0 || count == 0)
        return st;
    for (size_t i = 0; i < count; i++)
        pack(&p, values[i], width);
    pack_end(&p);
    return ST_OK;
}

/* How many of the values can be read with a load of eight bytes. */
static size_t loadable(size_t bytes, unsigned width, size_t count)
{
    size_t n;

    if (bytes < 8)
        return 0;
    n = ((bytes - 8) * 8 + 7) / width + 1;
    return n < count ? n : count;
}

/* `count` times eight values; inlined with a constant width. */
static inline void unpack_eights(const uint8_t *in, unsigned width, uint32_t *out, size_t count)
{
    const uint32_t mask = (UINT32_C(1) << width) - 1;

    for (size_t i = 0; i < count; i++) {
        const uint64_t word = load_u64(in + i * width);

        for (unsigned k = 0; k < 8; k++)
            out[8 * i + k] = (uint32_t)(word >> k * width) & mask;
    }
}

/* The values at the front that come in eights, of a width up to 8. */
static size_t unpack_narrow(const uint8_t *in, unsigned width, uint32_t *out, size_t count,
                            size_t bytes)
{
    size_t eights = bytes < 8 ? 0 : (bytes - 8) / width + 1;

    eights = eights < count / 8 ? eights : count / 8;
    switch (width) {
    case 1:
        unpack_eights(in, 1, out, eights);
        break;
    case 2:
        unpack_eights(in, 2, out, eights);
        break;
    case 3:
        unpack_eights(in, 3, out, eights);
        break;
    case 4:
        unpack_eights(in, 4, out, eights);
        break;
    case 5:
        unpack_eights(in, 5, out, eights);
        break;
    case 6:
        unpack_eights(in, 6, out, eights);
        break;
    case 7:
        unpack_eights(in, 7, out, eights);
        break;
    case 8:
        unpack_eights(in, 8, out, eights);
        break;
    default:
        return 0;
    }
    return 8 * eights;
}

void bits_unpack32(const uint8_t *in, size_t bytes, unsigned width, uint32_t *out, size_t count)
{
    const uint64_t mask = (UINT64_C(1) << width) - 1;
    size_t narrow;
    size_t fast;
    size_t bit;

    if (width == 0) {
        memset(out, 0, count * sizeof *out);
        return;
    }
    narrow = unpack_narrow(in, width, out, count, bytes);
    fast = loadable(bytes, width, count);
    bit = narrow * width;
    for (size_t i = narrow; i < fast; i++, bit += width)
        out[i] = (uint32_t)((load_u64(in + bit / 8) >> bit % 8) & mask);
    for (size_t i = fast > narrow ? fast : narrow; i < count; i++, bit += width) {
        uint8_t tail[PADDED] = {0};

        memcpy(tail, in + bit / 8, bytes - bit / 8);
        out[i] = (uint32_t)((load_u64(tail) >> bit % 8) & mask);
    }
}

/* Widths above ONE_LOAD_WIDTH may need bits of a ninth byte. */
static uint64_t wide_value(const uint8_t *at, size_t left, unsigned shift, uint64_t mask)
{
    uint8_t bytes[PADDED] = {0};

    memcpy(bytes, at, left < 9 ? left : 9);
    if (shift == 0)
        return load_u64(bytes) & mask;
    return (load_u64(bytes) >> shift | (uint64_t)bytes[8] << (WORD_BITS - shift)) & mask;
}

void bits_unpack64(const uint8_t *in, size_t bytes, unsigned width, uint64_t *out, size_t count)
{
    const uint64_t mask = width == WORD_BITS ? UINT64_MAX : (UINT64_C(1) << width) - 1;
    size_t bit = 0;
    size_t fast;

    if (width == 0) {
        memset(out, 0, count * sizeof *out);
        return;
    }
    fast = width <= ONE_LOAD_WIDTH ? loadable(bytes, width, count) : 0;
    for (size_t i = 0; i < fast; i++, bit += width)
        out[i] = (load_u64(in + bit / 8) >> bit % 8) & mask;
    for (size_t i = fast; i < count; i++, bit += width)
        out[i] = wide_value(in + bit / 8, bytes - bit / 8, bit % 8, mask);
}

/* Eight bits to eight bytes at once: copy the byte to all eight places, keep
 * bit j in place j, and carry it into the top bit of its place. */
static uint64_t spread(uint8_t bits)
{
    const uint64_t places = (bits * UINT64_C(0x0101010101010101)) & UINT64_C(0x8040201008040201);

    return (places + UINT64_C(0x00406070787c7e7f)) >> 7 & UINT64_C(0x0101010101010101);
}

void bits_unpack_bytes(const uint8_t *in, uint8_t *out, size_t count)
{
    const size_t whole = count / 8;
    uint64_t eight;

    for (size_t i = 0; i < whole; i++) {
        eight = spread(in[i]);
        memcpy(out + 8 * i, &eight, sizeof eight);
    }
    if (count % 8) {
        eight = spread(in[whole]);
        memcpy(out + 8 * whole, &eight, count % 8);
    }
}
