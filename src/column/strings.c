/* SPDX-License-Identifier: Apache-2.0 */
/* Byte array encodings.  Every length is checked against the bytes left before
 * it is used; lengths are decoded in small batches on the stack, so a hostile
 * count costs nothing. */
#include "column/strings.h"

#include "column/delta.h"
#include "column/format.h"

#include <string.h>

enum { BATCH = 256 };

Status strings_encode_plain(Buf *out, const Str *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t len = (uint32_t)values[i].len;
        char *to = NULL;
        const Status st = buf_extend(out, sizeof len + values[i].len, &to);

        if (st)
            return st;
        memcpy(to, &len, sizeof len);
        if (len)
            memcpy(to + sizeof len, values[i].ptr, len);
    }
    return ST_OK;
}

Status strings_encode_delta_length(Buf *out, const Str *values, size_t count, int64_t *lengths)
{
    size_t bytes = 0;
    char *to = NULL;
    Status st;

    for (size_t i = 0; i < count; i++) {
        lengths[i] = (int64_t)values[i].len;
        bytes += values[i].len;
    }
    st = delta_encode(out, lengths, count);
    if (!st)
        st = buf_extend(out, bytes, &to);
    if (st)
        return st;
    for (size_t i = 0; i < count; i++) {
        if (values[i].len)
            memcpy(to, values[i].ptr, values[i].len);
        to += values[i].len;
    }
    return ST_OK;
}

Status strings_decode_plain(Str in, Str *out, size_t count)
{
    const char *at = in.ptr;
    size_t left = in.len;

    for (size_t i = 0; i < count; i++) {
        uint32_t len;

        if (left < sizeof len)
            return ST_CORRUPT;
        len = load_u32(at);
        at += sizeof len;
        left -= sizeof len;
        if (len > left)
            return ST_CORRUPT;
        out[i] = (Str){at, len};
        at += len;
        left -= len;
    }
    return ST_OK;
}

Status strings_decode_fixed(Str in, size_t len, Str *out, size_t count)
{
    if (len && count > in.len / len)
        return ST_CORRUPT;
    for (size_t i = 0; i < count; i++)
        out[i] = (Str){in.ptr + i * len, len};
    return ST_OK;
}

/* Take `count` lengths, keep them in out[i].len; they must be 0..INT32_MAX. */
static Status take_lengths(DeltaReader *r, Str *out, size_t count)
{
    int64_t lengths[BATCH];

    for (size_t at = 0; at < count; at += BATCH) {
        const size_t n = count - at < BATCH ? count - at : BATCH;
        const Status st = delta_take(r, lengths, n);

        if (st)
            return st;
        for (size_t i = 0; i < n; i++) {
            if (lengths[i] < 0 || lengths[i] > INT32_MAX)
                return ST_CORRUPT;
            out[at + i].len = (size_t)lengths[i];
        }
    }
    return ST_OK;
}

/* Pass over lengths that nobody wants, to get behind them. */
static Status drop_lengths(DeltaReader *r, size_t count)
{
    int64_t lengths[BATCH];
    Status st = ST_OK;

    for (size_t at = 0; at < count && !st; at += BATCH)
        st = delta_take(r, lengths, count - at < BATCH ? count - at : BATCH);
    return st;
}

Status strings_decode_delta_length(Str in, size_t total, Str *out, size_t count)
{
    DeltaReader r;
    Status st = delta_open(in, &r);

    if (st)
        return st;
    if (r.left != total || count > total)
        return ST_CORRUPT;
    st = take_lengths(&r, out, count);
    if (!st)
        st = drop_lengths(&r, total - count);
    if (st)
        return st;
    for (size_t i = 0; i < count; i++) {
        if (out[i].len > r.in.len)
            return ST_CORRUPT;
        out[i].ptr = r.in.ptr;
        r.in = (Str){r.in.ptr + out[i].len, r.in.len - out[i].len};
    }
    return ST_OK;
}

Status strings_delta_length_end(Str in, size_t total, size_t count, size_t *out)
{
    int64_t lengths[BATCH];
    size_t sum = 0;
    DeltaReader r;
    Status st = delta_open(in, &r);

    if (!st && (r.left != total || count > total))
        st = ST_CORRUPT;
    for (size_t at = 0; at < count && !st; at += BATCH) {
        const size_t n = count - at < BATCH ? count - at : BATCH;

        st = delta_take(&r, lengths, n);
        for (size_t i = 0; i < n && !st; i++) {
            if (lengths[i] < 0 || lengths[i] > INT32_MAX)
                return ST_CORRUPT;
            sum += (size_t)lengths[i];
        }
    }
    if (!st)
        st = drop_lengths(&r, total - count);
    if (!st)
        *out = (size_t)(r.in.ptr - in.ptr) + sum;
    return st;
}

/* The value is `prefix` bytes of the one before and then its suffix. */
static Status join(Arena *arena, Str previous, size_t prefix, Str suffix, Str *out)
{
    char *bytes;

    if (prefix > previous.len)
        return ST_CORRUPT;
    if (prefix == 0) {
        *out = suffix;
        return ST_OK;
    }
    bytes = arena_alloc(arena, prefix + suffix.len);
    if (!bytes)
        return ST_NOMEM;
    memcpy(bytes, previous.ptr, prefix);
    if (suffix.len)
        memcpy(bytes + prefix, suffix.ptr, suffix.len);
    *out = (Str){bytes, prefix + suffix.len};
    return ST_OK;
}

Status strings_decode_delta(Str in, size_t total, Arena *arena, Str *out, size_t count)
{
    DeltaReader prefixes;
    DeltaReader behind;
    Str previous = {0};
    Status st = delta_open(in, &prefixes);

    if (st)
        return st;
    if (prefixes.left != total || count > total)
        return ST_CORRUPT;
    behind = prefixes;
    st = drop_lengths(&behind, total);
    if (!st)
        st = strings_decode_delta_length(behind.in, total, out, count);
    for (size_t at = 0; at < count && !st; at += BATCH) {
        int64_t lengths[BATCH];
        const size_t n = count - at < BATCH ? count - at : BATCH;

        st = delta_take(&prefixes, lengths, n);
        for (size_t i = 0; i < n && !st; i++) {
            if (lengths[i] < 0)
                return ST_CORRUPT;
            st = join(arena, previous, (size_t)lengths[i], out[at + i], &out[at + i]);
            previous = out[at + i];
        }
    }
    return st;
}
