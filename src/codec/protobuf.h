/* SPDX-License-Identifier: Apache-2.0 */
/* Protobuf wire format: fields out of bytes, bytes out of fields.
 *
 * Reading is a loop over one message; a nested message is a reader over the
 * field's bytes, so the depth is the caller's and nothing here recurses.
 * Nothing is copied: PbField.bytes points into the input.
 *
 *     PbReader r = pb_reader(message);
 *     PbField f;
 *     while (pb_next(&r, &f))
 *         if (f.number == 1 && f.wire == PB_BYTES) ...
 *     if (r.st) ...  r.pos says where
 *
 * Groups (wire types 3 and 4) are skipped with all that is in them, nested at
 * most PB_MAX_GROUP_DEPTH deep.  O(bytes), no allocation. */
#ifndef VIREO_CODEC_PROTOBUF_H
#define VIREO_CODEC_PROTOBUF_H

#include "base/buf.h"

enum { PB_MAX_GROUP_DEPTH = 64 };

typedef enum PbWire { PB_VARINT = 0, PB_FIXED64 = 1, PB_BYTES = 2, PB_FIXED32 = 5 } PbWire;

typedef struct PbReader {
    Str in;
    size_t pos; /* of the next field; after an error, of the broken one */
    Status st;  /* ST_OK, or ST_CORRUPT or ST_LIMIT for good */
} PbReader;

typedef struct PbField {
    uint32_t number;
    PbWire wire;
    uint64_t value; /* VARINT, FIXED64, FIXED32 */
    Str bytes;      /* BYTES */
} PbField;

static inline PbReader pb_reader(Str message)
{
    return (PbReader){.in = message};
}

/* pb_next() for any field. */
bool pb_next_any(PbReader *r, PbField *out);

/* False at the end and on an error; look at r->st then.  Inline for what nearly all fields of
 * traces are: bytes, of a number below 16 and a length below 16384.
 *
 *     0nnnn010  0lllllll            bytes      of up to 127 bytes
 *     0nnnn010  1lllllll 0lllllll   bytes      of more */
static inline bool pb_next(PbReader *r, PbField *out)
{
    const size_t left = r->in.len - r->pos;
    const unsigned char *p;
    size_t head = 2;
    size_t len;

    if (left < 3 || r->st)
        return pb_next_any(r, out);
    p = (const unsigned char *)r->in.ptr + r->pos;
    if ((p[0] & 0x87) != PB_BYTES || p[0] < 8)
        return pb_next_any(r, out);
    len = p[1];
    if (len >= 0x80) {
        if (p[2] >= 0x80)
            return pb_next_any(r, out);
        len = (len & 0x7F) | (size_t)p[2] << 7;
        head = 3;
    }
    if (len > left - head)
        return pb_next_any(r, out);
    out->number = p[0] >> 3;
    out->wire = PB_BYTES;
    out->value = 0;
    out->bytes = (Str){(const char *)p + head, len};
    r->pos += head + len;
    return true;
}

double pb_double(uint64_t fixed64);
int64_t pb_zigzag(uint64_t varint); /* sint32, sint64 */

/* Writer with a sticky status: put everything, check pb_done() once. */
typedef struct PbWriter {
    Buf *out;
    Status st;
} PbWriter;

PbWriter pb_writer(Buf *out);
MUST_CHECK Status pb_done(const PbWriter *w);
void pb_put_varint(PbWriter *w, uint32_t number, uint64_t value);
void pb_put_fixed32(PbWriter *w, uint32_t number, uint32_t value);
void pb_put_fixed64(PbWriter *w, uint32_t number, uint64_t value);
void pb_put_double(PbWriter *w, uint32_t number, double value);
void pb_put_bytes(PbWriter *w, uint32_t number, Str bytes);
/* A nested message: everything put between is inside.  Calls nest; the mark is
 * the caller's to keep. */
size_t pb_open(PbWriter *w, uint32_t number);
void pb_close(PbWriter *w, size_t mark);

#endif
