/* SPDX-License-Identifier: Apache-2.0 */
/* Layout of what is written, innermost last:
 *
 *   tag len | 0a klen key | 12 vlen | 0a slen text          KeyValue{AnyValue.string_value}
 *   tag len | 0a klen key | 12 vlen | 10 bool, 18 varint, 21 fixed64 */
#include "client/wire.h"

#include <string.h>

enum { ANY_STR = 0x0a, ANY_BOOL = 0x10, ANY_INT = 0x18, ANY_DOUBLE = 0x21 };
enum { KEY = 0x0a, VALUE = 0x12, SCALAR_MAX = 1 + WIRE_VARINT_MAX };

size_t wire_varint_len(uint64_t v)
{
    size_t n = 1;

    while (v >= 0x80) {
        v >>= 7;
        n++;
    }
    return n;
}

char *wire_varint(char *at, uint64_t v)
{
    while (v >= 0x80) {
        *at++ = (char)(unsigned char)(v | 0x80);
        v >>= 7;
    }
    *at++ = (char)(unsigned char)v;
    return at;
}

char *wire_fixed64(char *at, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        *at++ = (char)(unsigned char)(v >> (8 * i));
    return at;
}

char *wire_fixed32(char *at, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        *at++ = (char)(unsigned char)(v >> (8 * i));
    return at;
}

char *wire_bytes(char *at, unsigned tag, Str bytes)
{
    *at++ = (char)(unsigned char)tag;
    at = wire_varint(at, bytes.len);
    if (bytes.len)
        memcpy(at, bytes.ptr, bytes.len);
    return at + bytes.len;
}

size_t wire_bytes_len(size_t len)
{
    return 1 + wire_varint_len(len) + len;
}

Status wire_put_bytes(Buf *b, unsigned tag, Str bytes)
{
    char *at;
    Status st;

    if (bytes.len > b->limit)
        return ST_LIMIT;
    st = buf_extend(b, wire_bytes_len(bytes.len), &at);
    if (st)
        return st;
    (void)wire_bytes(at, tag, bytes);
    return ST_OK;
}

/* Everything up to the AnyValue's bytes, for which `value_len` are left at *at. */
static Status open_key_value(Buf *b, unsigned tag, Str key, size_t value_len, char **at)
{
    size_t inner;
    char *p;
    Status st;

    if (key.len > b->limit || value_len > b->limit)
        return ST_LIMIT;
    inner = wire_bytes_len(key.len) + wire_bytes_len(value_len);
    st = buf_extend(b, wire_bytes_len(inner), &p);
    if (st)
        return st;
    *p++ = (char)(unsigned char)tag;
    p = wire_varint(p, inner);
    p = wire_bytes(p, KEY, key);
    *p++ = VALUE;
    *at = wire_varint(p, value_len);
    return ST_OK;
}

Status wire_put_str(Buf *b, unsigned tag, Str key, Str value)
{
    char *at;
    Status st;

    if (value.len > b->limit)
        return ST_LIMIT;
    st = open_key_value(b, tag, key, wire_bytes_len(value.len), &at);
    if (st)
        return st;
    (void)wire_bytes(at, ANY_STR, value);
    return ST_OK;
}

static Status put_scalar(Buf *b, unsigned tag, Str key, const char *value, const char *end)
{
    const size_t len = (size_t)(end - value);
    char *at;
    const Status st = open_key_value(b, tag, key, len, &at);

    if (st)
        return st;
    memcpy(at, value, len);
    return ST_OK;
}

Status wire_put_int(Buf *b, unsigned tag, Str key, int64_t value)
{
    char v[SCALAR_MAX] = {ANY_INT};

    return put_scalar(b, tag, key, v, wire_varint(v + 1, (uint64_t)value));
}

Status wire_put_double(Buf *b, unsigned tag, Str key, double value)
{
    char v[SCALAR_MAX] = {ANY_DOUBLE};
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return put_scalar(b, tag, key, v, wire_fixed64(v + 1, bits));
}

Status wire_put_bool(Buf *b, unsigned tag, Str key, bool value)
{
    char v[SCALAR_MAX] = {ANY_BOOL};

    return put_scalar(b, tag, key, v, wire_varint(v + 1, value));
}
