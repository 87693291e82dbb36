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

PbReader pb_reader(Str message);
/* False at the end and on an error; look at r->st then. */
bool pb_next(PbReader *r, PbField *out);
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
