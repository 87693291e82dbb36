/* SPDX-License-Identifier: Apache-2.0 */
/* Thrift compact protocol: what Parquet keeps its metadata in.
 *
 * Only structs in memory, no services.  Both sides keep the first error inside
 * (`st`), so that a long row of calls is checked once at its end: after an error
 * a reader gives zeros and a writer writes nothing.
 *
 *     ThriftReader r = thrift_reader(bytes);
 *     ThriftField f = {0};                    // one for each struct being read
 *     while (thrift_next(&r, &f)) {
 *         if (f.id == 1)
 *             version = thrift_i32(&r, f.type);
 *         else
 *             thrift_skip(&r, f.type);        // every field is read or skipped
 *     }
 *     return r.st;
 *
 * A reader never reads past its bytes, refuses nesting deeper than
 * THRIFT_DEPTH and lists longer than the bytes left, and allocates nothing. */
#ifndef VIREO_CODEC_THRIFT_H
#define VIREO_CODEC_THRIFT_H

#include "base/buf.h"

enum { THRIFT_DEPTH = 32 };

typedef enum ThriftType {
    THRIFT_STOP = 0,
    THRIFT_TRUE = 1, /* as an element type: bool */
    THRIFT_FALSE = 2,
    THRIFT_BYTE = 3,
    THRIFT_I16 = 4,
    THRIFT_I32 = 5,
    THRIFT_I64 = 6,
    THRIFT_DOUBLE = 7,
    THRIFT_BINARY = 8,
    THRIFT_LIST = 9,
    THRIFT_SET = 10,
    THRIFT_MAP = 11,
    THRIFT_STRUCT = 12
} ThriftType;

/* ------------------------------------------------------------- reading */

typedef struct ThriftReader {
    const uint8_t *start;
    const uint8_t *at;
    const uint8_t *end;
    Status st; /* the first error; ST_CORRUPT or ST_LIMIT */
} ThriftReader;

typedef struct ThriftField {
    int16_t id;
    ThriftType type;
} ThriftField;

ThriftReader thrift_reader(Str bytes);
/* Bytes consumed so far. */
size_t thrift_position(const ThriftReader *r);
/* Go to the next field of the struct that `f` belongs to.  False at the end of
 * the struct and after an error. */
bool thrift_next(ThriftReader *r, ThriftField *f);
/* Read one value.  `type` is what the field or the list says it is; another
 * type than the function's is ST_CORRUPT, and so is a number out of range. */
bool thrift_bool(ThriftReader *r, ThriftType type);
int32_t thrift_i32(ThriftReader *r, ThriftType type);
int64_t thrift_i64(ThriftReader *r, ThriftType type);
/* Borrowed from the reader's bytes. */
Str thrift_bytes(ThriftReader *r, ThriftType type);
/* Begin a list or set: its length, and the type of its elements.  The caller
 * reads or skips that many elements. */
size_t thrift_list(ThriftReader *r, ThriftType type, ThriftType *element);
/* Begin a struct: false unless `type` is one. */
bool thrift_struct(ThriftReader *r, ThriftType type);
/* Pass over one value of any type. */
void thrift_skip(ThriftReader *r, ThriftType type);
/* A bool inside a list takes a byte; as a field it is in the type. */
bool thrift_bool_element(ThriftReader *r, ThriftType type);

/* ------------------------------------------------------------- writing */

/* Instead of a field id: an element of a list, or the outermost struct. */
enum { THRIFT_BARE = 0 };

typedef struct ThriftWriter {
    Buf *out;
    Status st; /* the first error */
    int depth;
    int16_t last_id[THRIFT_DEPTH];
} ThriftWriter;

/* Appends to `out`, which the caller owns. */
ThriftWriter thrift_writer(Buf *out);
void thrift_put_bool(ThriftWriter *w, int16_t id, bool v);
void thrift_put_byte(ThriftWriter *w, int16_t id, int8_t v);
void thrift_put_i16(ThriftWriter *w, int16_t id, int16_t v);
void thrift_put_i32(ThriftWriter *w, int16_t id, int32_t v);
void thrift_put_i64(ThriftWriter *w, int16_t id, int64_t v);
void thrift_put_bytes(ThriftWriter *w, int16_t id, Str v);
/* Every begin needs its end; fields must come in ascending id. */
void thrift_begin_struct(ThriftWriter *w, int16_t id);
void thrift_end_struct(ThriftWriter *w);
/* Followed by `count` values with id THRIFT_BARE. */
void thrift_begin_list(ThriftWriter *w, int16_t id, ThriftType element, size_t count);
/* An empty struct: how Parquet writes the members of its unions. */
void thrift_put_empty(ThriftWriter *w, int16_t id);

#endif
