/* SPDX-License-Identifier: Apache-2.0 */
/* One loop for each encoding, without a call or a branch for each value where
 * the encoding allows it. */
#include "column/decode.h"

#include "column/bits.h"
#include "column/delta.h"
#include "column/rle.h"
#include "column/strings.h"

static bool fits(Str in, size_t count, size_t size)
{
    return count <= in.len / size;
}

/* ------------------------------------------------------------- integers */

static void widen_ints(bool is_unsigned, const char *in, int64_t *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t v = load_u32(in + 4 * i);

        out[i] = is_unsigned ? (int64_t)v : (int64_t)(int32_t)v;
    }
}

/* 32-bit columns count modulo 2^32. */
static void wrap_ints(bool is_unsigned, int64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t v = (uint32_t)values[i];

        values[i] = is_unsigned ? (int64_t)v : (int64_t)(int32_t)v;
    }
}

static Status plain_ints(const Leaf *leaf, Coded c, int64_t *out, size_t count)
{
    const bool narrow = leaf->physical == PHYSICAL_INT32;

    if (!fits(c.in, count, narrow ? 4 : 8))
        return ST_CORRUPT;
    if (narrow)
        widen_ints(leaf->is_unsigned, c.in.ptr, out, count);
    else if (count)
        memcpy(out, c.in.ptr, count * sizeof *out);
    return ST_OK;
}

static Status delta_ints(const Leaf *leaf, Coded c, int64_t *out, size_t count)
{
    DeltaReader r;
    Status st = delta_open(c.in, &r);

    if (st)
        return st;
    if (r.left != c.total)
        return ST_CORRUPT;
    st = delta_take(&r, out, count);
    if (!st && leaf->physical == PHYSICAL_INT32)
        wrap_ints(leaf->is_unsigned, out, count);
    return st;
}

/* Byte b of value i stands at b * total + i. */
static void join_streams(Coded c, size_t size, uint64_t *out, size_t count)
{
    memset(out, 0, count * sizeof *out);
    for (size_t b = 0; b < size; b++) {
        const uint8_t *stream = (const uint8_t *)c.in.ptr + b * c.total;

        for (size_t i = 0; i < count; i++)
            out[i] |= (uint64_t)stream[i] << (8 * b);
    }
}

static Status split_ints(const Leaf *leaf, Coded c, int64_t *out, size_t count)
{
    const size_t size = leaf->physical == PHYSICAL_INT32 ? 4 : 8;

    if (!fits(c.in, c.total, size))
        return ST_CORRUPT;
    if (count)
        join_streams(c, size, (uint64_t *)out, count);
    if (size == 4)
        wrap_ints(leaf->is_unsigned, out, count);
    return ST_OK;
}

/* Times to nanoseconds; what does not fit an int64 is told, not wrapped. */
static Status convert(const Leaf *leaf, int64_t *values, size_t count)
{
    const int64_t max = INT64_MAX / leaf->scale;
    bool fit = true;

    if (leaf->is_unsigned && leaf->physical == PHYSICAL_INT64)
        for (size_t i = 0; i < count; i++)
            fit = fit && values[i] >= 0;
    if (leaf->scale != 1) {
        for (size_t i = 0; i < count; i++) {
            const bool ok = values[i] >= -max && values[i] <= max;

            values[i] = ok ? values[i] * leaf->scale : 0;
            fit = fit && ok;
        }
    }
    return fit ? ST_OK : ST_UNSUPPORTED;
}

Status decode_ints(const Leaf *leaf, Coded c, int64_t *out, size_t count)
{
    Status st;

    switch (c.encoding) {
    case ENCODING_PLAIN:
        st = plain_ints(leaf, c, out, count);
        break;
    case ENCODING_DELTA_BINARY_PACKED:
        st = delta_ints(leaf, c, out, count);
        break;
    case ENCODING_BYTE_STREAM_SPLIT:
        st = split_ints(leaf, c, out, count);
        break;
    default:
        return ST_UNSUPPORTED;
    }
    return st ? st : convert(leaf, out, count);
}

/* ------------------------------------------------------------- doubles */

static void widen_doubles(const char *in, double *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float f;

        memcpy(&f, in + 4 * i, sizeof f);
        out[i] = (double)f;
    }
}

static void split_doubles(Coded c, size_t size, double *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[8] = {0};

        for (size_t b = 0; b < size; b++)
            bytes[b] = (uint8_t)c.in.ptr[b * c.total + i];
        if (size == 4)
            widen_doubles((const char *)bytes, &out[i], 1);
        else
            memcpy(&out[i], bytes, sizeof out[i]);
    }
}

Status decode_doubles(const Leaf *leaf, Coded c, double *out, size_t count)
{
    const size_t size = leaf->physical == PHYSICAL_FLOAT ? 4 : 8;
    const bool split = c.encoding == ENCODING_BYTE_STREAM_SPLIT;

    if (c.encoding != ENCODING_PLAIN && !split)
        return ST_UNSUPPORTED;
    if (!fits(c.in, split ? c.total : count, size))
        return ST_CORRUPT;
    if (split)
        split_doubles(c, size, out, count);
    else if (size == 4)
        widen_doubles(c.in.ptr, out, count);
    else if (count)
        memcpy(out, c.in.ptr, count * sizeof *out);
    return ST_OK;
}

/* ------------------------------------------------------------- booleans */

Status decode_bools(Coded c, uint8_t *out, size_t count)
{
    uint32_t length;

    switch (c.encoding) {
    case ENCODING_PLAIN:
        if (bits_bytes(count, 1) > c.in.len)
            return ST_CORRUPT;
        bits_unpack_bytes((const uint8_t *)c.in.ptr, out, count);
        return ST_OK;
    case ENCODING_RLE:
        if (count == 0)
            return ST_OK;
        if (c.in.len < sizeof length)
            return ST_CORRUPT;
        length = load_u32(c.in.ptr);
        if (length > c.in.len - sizeof length)
            return ST_CORRUPT;
        return rle_decode_flags((Str){c.in.ptr + sizeof length, length}, out, count);
    default:
        return ST_UNSUPPORTED;
    }
}

/* ------------------------------------------------------------- texts */

/* A fixed length column must not get values of another length by way of an
 * encoding for variable ones. */
static Status check_lengths(const Leaf *leaf, const Str *values, size_t count)
{
    if (leaf->physical != PHYSICAL_FIXED)
        return ST_OK;
    for (size_t i = 0; i < count; i++)
        if (values[i].len != leaf->column.fixed_len)
            return ST_CORRUPT;
    return ST_OK;
}

static Status split_fixed(const Leaf *leaf, Coded c, Arena *arena, Str *out, size_t count)
{
    const size_t len = leaf->column.fixed_len;
    char *bytes;

    if (leaf->physical != PHYSICAL_FIXED)
        return ST_UNSUPPORTED;
    if (!fits(c.in, c.total, len))
        return ST_CORRUPT;
    bytes = arena_alloc(arena, len * count);
    if (!bytes)
        return ST_NOMEM;
    for (size_t i = 0; i < count; i++) {
        for (size_t b = 0; b < len; b++)
            bytes[i * len + b] = c.in.ptr[b * c.total + i];
        out[i] = (Str){bytes + i * len, len};
    }
    return ST_OK;
}

Status decode_strs(const Leaf *leaf, Coded c, Arena *arena, Str *out, size_t count)
{
    Status st;

    switch (c.encoding) {
    case ENCODING_PLAIN:
        if (leaf->physical == PHYSICAL_FIXED)
            return strings_decode_fixed(c.in, leaf->column.fixed_len, out, count);
        return strings_decode_plain(c.in, out, count);
    case ENCODING_DELTA_LENGTH_BYTE_ARRAY:
        st = strings_decode_delta_length(c.in, c.total, out, count);
        break;
    case ENCODING_DELTA_BYTE_ARRAY:
        st = strings_decode_delta(c.in, c.total, arena, out, count);
        break;
    case ENCODING_BYTE_STREAM_SPLIT:
        return split_fixed(leaf, c, arena, out, count);
    default:
        return ST_UNSUPPORTED;
    }
    return st ? st : check_lengths(leaf, out, count);
}

/* ------------------------------------------------------------- dictionary */

/* Are all codes places in a dictionary of that size?  Without a branch or a comparison, so
 * that it becomes vector code: the top bit tells of a code past the last or past 2^31. */
static bool codes_below(const uint32_t *codes, size_t count, size_t dict_len)
{
    const uint32_t last = (uint32_t)dict_len - 1;
    uint32_t wrong = 0;

    if (dict_len == 0 || dict_len > INT32_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        wrong |= codes[i] | (last - codes[i]);
    return wrong <= INT32_MAX;
}

Status decode_codes(Str in, size_t dict_len, uint32_t *out, size_t count)
{
    Status st;

    if (count == 0)
        return ST_OK;
    if (in.len == 0)
        return ST_CORRUPT;
    st = rle_decode((Str){in.ptr + 1, in.len - 1}, (uint8_t)*in.ptr, out, count);
    if (st)
        return st;
    return codes_below(out, count, dict_len) ? ST_OK : ST_CORRUPT;
}

size_t decode_plain_limit(const Leaf *leaf, size_t bytes)
{
    switch (leaf->physical) {
    case PHYSICAL_INT64:
    case PHYSICAL_DOUBLE:
        return bytes / 8;
    case PHYSICAL_FIXED:
        return bytes / leaf->column.fixed_len;
    case PHYSICAL_BOOLEAN:
    case PHYSICAL_INT96:
        return 0;
    case PHYSICAL_INT32:
    case PHYSICAL_FLOAT:
    case PHYSICAL_BYTE_ARRAY:
    default:
        return bytes / 4;
    }
}
