/* SPDX-License-Identifier: Apache-2.0 */
/* Protobuf bytes on the caller's thread: attributes straight into a span's area.
 *
 * The general writer of codec/ moves the contents of a nested message when it
 * closes it.  Here all lengths are known before the first byte, so every field
 * is one reservation and plain stores: tens of nanoseconds.
 * On failure the area is as it was. */
#ifndef VIREO_CLIENT_WIRE_H
#define VIREO_CLIENT_WIRE_H

#include "base/buf.h"

enum { WIRE_VARINT_MAX = 10 };

/* Field numbers of OTLP's Span; each a tag byte (number << 3 | wire type). */
enum {
    WIRE_SPANS = 0x12,        /* ScopeSpans.spans = 2 */
    WIRE_TRACE_ID = 0x0a,     /* 1 */
    WIRE_SPAN_ID = 0x12,      /* 2 */
    WIRE_PARENT_ID = 0x22,    /* 4 */
    WIRE_NAME = 0x2a,         /* 5 */
    WIRE_KIND = 0x30,         /* 6 */
    WIRE_START = 0x39,        /* 7, fixed64 */
    WIRE_END = 0x41,          /* 8, fixed64 */
    WIRE_ATTRIBUTE = 0x4a,    /* 9 */
    WIRE_DROPPED = 0x50,      /* 10 */
    WIRE_EVENT = 0x5a,        /* 11 */
    WIRE_LINK = 0x6a,         /* 13 */
    WIRE_STATUS = 0x7a,       /* 15 */
    WIRE_EVENT_ATTR = 0x1a,   /* Event.attributes = 3 */
    WIRE_RESOURCE_ATTR = 0x0a /* Resource.attributes = 1 */
};

size_t wire_varint_len(uint64_t v);
/* Write and return the place behind it. */
char *wire_varint(char *at, uint64_t v);
char *wire_fixed64(char *at, uint64_t v);
char *wire_fixed32(char *at, uint32_t v);
/* Tag byte, length, bytes. */
char *wire_bytes(char *at, unsigned tag, Str bytes);
/* Bytes that wire_bytes() writes for a one-byte tag. */
size_t wire_bytes_len(size_t len);

MUST_CHECK Status wire_put_bytes(Buf *b, unsigned tag, Str bytes);
/* A KeyValue under the given tag; the text must be UTF-8. */
MUST_CHECK Status wire_put_str(Buf *b, unsigned tag, Str key, Str value);
MUST_CHECK Status wire_put_int(Buf *b, unsigned tag, Str key, int64_t value);
MUST_CHECK Status wire_put_double(Buf *b, unsigned tag, Str key, double value);
MUST_CHECK Status wire_put_bool(Buf *b, unsigned tag, Str key, bool value);

#endif
