/* SPDX-License-Identifier: Apache-2.0 */
/* Thrift compact protocol.
 *
 *   struct   field*  0x00
 *   field    delta:4 type:4 value          id = last id + delta
 *            0:4     type:4 zigzag(id) value
 *   ints     zigzag, then base-128 varint (a byte value is one raw byte)
 *   binary   varint length, bytes
 *   list     length:4 type:4  or  0xf:4 type:4 varint length;  then elements
 *   map      0x00  or  varint length, key type:4 value type:4, then pairs
 *   bool     in the field's type; a byte 1 or 2 in a list
 *
 * Costs are linear in the bytes.  thrift_skip() keeps its own stack instead of
 * recursing, so hostile nesting ends in an error, not in the C stack. */
#include "codec/thrift.h"

#include <assert.h>
#include <string.h>

enum { LONG_LIST = 15, VARINT_MAX = 10 };

/* ------------------------------------------------------------- reading */

ThriftReader thrift_reader(Str bytes)
{
    static const uint8_t none;
    const uint8_t *at = bytes.len ? (const uint8_t *)bytes.ptr : &none;

    return (ThriftReader){.start = at, .at = at, .end = at + bytes.len};
}

size_t thrift_position(const ThriftReader *r)
{
    return (size_t)(r->at - r->start);
}

/* Keep the first error; further reads give zeros. */
static void fail(ThriftReader *r, Status st)
{
    if (!r->st)
        r->st = st;
    r->at = r->end;
}

static uint8_t read_byte(ThriftReader *r)
{
    if (r->at == r->end) {
        fail(r, ST_CORRUPT);
        return 0;
    }
    return *r->at++;
}

static uint64_t read_varint(ThriftReader *r)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < VARINT_MAX; i++) {
        const uint8_t b = read_byte(r);

        if (i == VARINT_MAX - 1 && b > 1)
            break;
        v |= (uint64_t)(b & 0x7f) << (7 * i);
        if (!(b & 0x80))
            return v;
    }
    fail(r, ST_CORRUPT);
    return 0;
}

static int64_t read_zigzag(ThriftReader *r)
{
    const uint64_t v = read_varint(r);

    return (int64_t)((v >> 1) ^ (~(v & 1) + 1));
}

bool thrift_next(ThriftReader *r, ThriftField *f)
{
    const uint8_t head = read_byte(r);
    const unsigned delta = head >> 4;
    int64_t id;

    if (r->st || head == THRIFT_STOP)
        return false;
    id = delta ? (int64_t)f->id + (int64_t)delta : read_zigzag(r);
    f->type = (ThriftType)(head & 0x0f);
    if (r->st || id < INT16_MIN || id > INT16_MAX || f->type == THRIFT_STOP ||
        f->type > THRIFT_STRUCT) {
        fail(r, ST_CORRUPT);
        return false;
    }
    f->id = (int16_t)id;
    return true;
}

bool thrift_bool(ThriftReader *r, ThriftType type)
{
    if (type != THRIFT_TRUE && type != THRIFT_FALSE)
        fail(r, ST_CORRUPT);
    return !r->st && type == THRIFT_TRUE;
}

bool thrift_bool_element(ThriftReader *r, ThriftType type)
{
    if (type != THRIFT_TRUE && type != THRIFT_FALSE)
        fail(r, ST_CORRUPT);
    return read_byte(r) == 1 && !r->st;
}

int64_t thrift_i64(ThriftReader *r, ThriftType type)
{
    if (type == THRIFT_BYTE)
        return (int8_t)read_byte(r);
    if (type != THRIFT_I16 && type != THRIFT_I32 && type != THRIFT_I64) {
        fail(r, ST_CORRUPT);
        return 0;
    }
    return read_zigzag(r);
}

int32_t thrift_i32(ThriftReader *r, ThriftType type)
{
    const int64_t v = thrift_i64(r, type);

    if (v < INT32_MIN || v > INT32_MAX) {
        fail(r, ST_CORRUPT);
        return 0;
    }
    return (int32_t)v;
}

/* A length that cannot be true is refused here, before anybody allocates. */
static size_t read_length(ThriftReader *r)
{
    const uint64_t n = read_varint(r);

    if (n > (size_t)(r->end - r->at)) {
        fail(r, ST_CORRUPT);
        return 0;
    }
    return (size_t)n;
}

Str thrift_bytes(ThriftReader *r, ThriftType type)
{
    Str s = {0};

    if (type != THRIFT_BINARY) {
        fail(r, ST_CORRUPT);
        return s;
    }
    s.len = read_length(r);
    s.ptr = (const char *)r->at;
    r->at += s.len;
    return r->st ? (Str){0} : s;
}

size_t thrift_list(ThriftReader *r, ThriftType type, ThriftType *element)
{
    uint8_t head;
    size_t n;

    *element = THRIFT_STOP;
    if (type != THRIFT_LIST && type != THRIFT_SET) {
        fail(r, ST_CORRUPT);
        return 0;
    }
    head = read_byte(r);
    n = head >> 4;
    if (n == LONG_LIST)
        n = read_length(r);
    /* Every element takes a byte at least. */
    if (n > (size_t)(r->end - r->at) || (head & 0x0f) > THRIFT_STRUCT)
        fail(r, ST_CORRUPT);
    if (r->st)
        return 0;
    *element = (ThriftType)(head & 0x0f);
    return n;
}

bool thrift_struct(ThriftReader *r, ThriftType type)
{
    if (type != THRIFT_STRUCT)
        fail(r, ST_CORRUPT);
    return !r->st;
}

/* ------------------------------------------------------------- skipping */

/* A container that is being passed over: a struct, or `left` more elements of
 * a list or map (a map counts keys and values, keys when `left` is even). */
typedef struct Level {
    bool is_struct;
    uint64_t left;
    ThriftType key;
    ThriftType value;
} Level;

static void skip_bytes(ThriftReader *r, size_t n)
{
    if (n > (size_t)(r->end - r->at))
        fail(r, ST_CORRUPT);
    else
        r->at += n;
}

static Level enter_map(ThriftReader *r)
{
    const size_t n = read_length(r);
    uint8_t types = 0;

    if (n)
        types = read_byte(r);
    return (Level){.left = 2 * (uint64_t)n,
                   .key = (ThriftType)(types >> 4),
                   .value = (ThriftType)(types & 0x0f)};
}

/* True and a new level when `type` is a container; else it is passed over. */
static bool skip_value(ThriftReader *r, ThriftType type, bool element, Level *inner)
{
    *inner = (Level){0};
    switch (type) {
    case THRIFT_TRUE:
    case THRIFT_FALSE:
        skip_bytes(r, element ? 1 : 0);
        return false;
    case THRIFT_BYTE:
        skip_bytes(r, 1);
        return false;
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64:
        (void)read_varint(r);
        return false;
    case THRIFT_DOUBLE:
        skip_bytes(r, 8);
        return false;
    case THRIFT_BINARY:
        (void)thrift_bytes(r, type);
        return false;
    case THRIFT_LIST:
    case THRIFT_SET:
        inner->left = thrift_list(r, type, &inner->value);
        inner->key = inner->value;
        return true;
    case THRIFT_MAP:
        *inner = enter_map(r);
        return true;
    case THRIFT_STRUCT:
        inner->is_struct = true;
        return true;
    case THRIFT_STOP:
    default:
        fail(r, ST_CORRUPT);
        return false;
    }
}

/* The type of the next value of `level`, or THRIFT_STOP at its end. */
static ThriftType next_in_level(ThriftReader *r, Level *level)
{
    ThriftField f = {0};

    if (level->is_struct)
        return thrift_next(r, &f) ? f.type : THRIFT_STOP;
    if (level->left == 0)
        return THRIFT_STOP;
    return level->left-- % 2 ? level->value : level->key;
}

void thrift_skip(ThriftReader *r, ThriftType type)
{
    Level levels[THRIFT_DEPTH];
    size_t depth = 0;
    Level inner;

    if (skip_value(r, type, false, &inner))
        levels[depth++] = inner;
    while (depth && !r->st) {
        Level *top = &levels[depth - 1];
        const bool element = !top->is_struct;
        const ThriftType next = next_in_level(r, top);

        if (r->st)
            return;
        if (next == THRIFT_STOP && (top->is_struct || top->left == 0)) {
            depth--;
            continue;
        }
        if (!skip_value(r, next, element, &inner))
            continue;
        if (depth == THRIFT_DEPTH) {
            fail(r, ST_LIMIT);
            return;
        }
        levels[depth++] = inner;
    }
}

/* ------------------------------------------------------------- writing */

ThriftWriter thrift_writer(Buf *out)
{
    return (ThriftWriter){.out = out};
}

static void put_raw(ThriftWriter *w, const void *bytes, size_t len)
{
    if (!w->st)
        w->st = buf_append(w->out, (Str){bytes, len});
}

static void put_byte(ThriftWriter *w, unsigned v)
{
    const uint8_t b = (uint8_t)v;

    put_raw(w, &b, 1);
}

static void put_varint(ThriftWriter *w, uint64_t v)
{
    uint8_t bytes[VARINT_MAX];
    size_t n = 0;

    while (v > 0x7f) {
        bytes[n++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    bytes[n++] = (uint8_t)v;
    put_raw(w, bytes, n);
}

static void put_zigzag(ThriftWriter *w, int64_t v)
{
    put_varint(w, ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0));
}

static void put_header(ThriftWriter *w, int16_t id, ThriftType type)
{
    int16_t *last;
    int delta;

    if (id == THRIFT_BARE)
        return;
    assert(w->depth > 0);
    last = &w->last_id[w->depth - 1];
    delta = id - *last;
    if (delta > 0 && delta <= 15) {
        put_byte(w, (unsigned)delta << 4 | (unsigned)type);
    } else {
        put_byte(w, (unsigned)type);
        put_zigzag(w, id);
    }
    *last = id;
}

void thrift_put_bool(ThriftWriter *w, int16_t id, bool v)
{
    if (id == THRIFT_BARE)
        put_byte(w, v ? THRIFT_TRUE : THRIFT_FALSE);
    else
        put_header(w, id, v ? THRIFT_TRUE : THRIFT_FALSE);
}

void thrift_put_byte(ThriftWriter *w, int16_t id, int8_t v)
{
    put_header(w, id, THRIFT_BYTE);
    put_byte(w, (uint8_t)v);
}

void thrift_put_i16(ThriftWriter *w, int16_t id, int16_t v)
{
    put_header(w, id, THRIFT_I16);
    put_zigzag(w, v);
}

void thrift_put_i32(ThriftWriter *w, int16_t id, int32_t v)
{
    put_header(w, id, THRIFT_I32);
    put_zigzag(w, v);
}

void thrift_put_i64(ThriftWriter *w, int16_t id, int64_t v)
{
    put_header(w, id, THRIFT_I64);
    put_zigzag(w, v);
}

void thrift_put_bytes(ThriftWriter *w, int16_t id, Str v)
{
    put_header(w, id, THRIFT_BINARY);
    put_varint(w, v.len);
    put_raw(w, v.ptr, v.len);
}

void thrift_begin_struct(ThriftWriter *w, int16_t id)
{
    put_header(w, id, THRIFT_STRUCT);
    assert(w->depth < THRIFT_DEPTH);
    w->last_id[w->depth++] = 0;
}

void thrift_end_struct(ThriftWriter *w)
{
    assert(w->depth > 0);
    w->depth--;
    put_byte(w, THRIFT_STOP);
}

void thrift_begin_list(ThriftWriter *w, int16_t id, ThriftType element, size_t count)
{
    put_header(w, id, THRIFT_LIST);
    if (count < LONG_LIST) {
        put_byte(w, (unsigned)count << 4 | (unsigned)element);
        return;
    }
    put_byte(w, (unsigned)LONG_LIST << 4 | (unsigned)element);
    put_varint(w, count);
}

void thrift_put_empty(ThriftWriter *w, int16_t id)
{
    thrift_begin_struct(w, id);
    thrift_end_struct(w);
}
