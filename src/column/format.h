/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the Parquet format (apache/parquet-format, parquet.thrift) and
 * the limits that this folder keeps.
 *
 *   file    "PAR1" row-group* footer length:u32 "PAR1"
 *   group   column chunks, then their bloom filters, column indexes and
 *           offset indexes (any order is allowed: the footer has offsets)
 *   chunk   [dictionary page] data page*
 *   page    PageHeader (thrift), body
 *   body v1 compressed( [length:u32 definition levels] values )
 *   body v2 definition levels, compressed( values )
 *
 * A flat schema has no repetition levels, and a definition level is one bit:
 * 1 a value, 0 a null. */
#ifndef VIREO_COLUMN_FORMAT_H
#define VIREO_COLUMN_FORMAT_H

#include <stdint.h>
#include <string.h>

/* PLAIN is little-endian, so it can be copied to and from memory as it is. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "src/column needs a little-endian machine"
#endif

#define PARQUET_MAGIC "PAR1"

typedef enum Physical {
    PHYSICAL_BOOLEAN = 0,
    PHYSICAL_INT32 = 1,
    PHYSICAL_INT64 = 2,
    PHYSICAL_INT96 = 3,
    PHYSICAL_FLOAT = 4,
    PHYSICAL_DOUBLE = 5,
    PHYSICAL_BYTE_ARRAY = 6,
    PHYSICAL_FIXED = 7
} Physical;

typedef enum Encoding {
    ENCODING_PLAIN = 0,
    ENCODING_PLAIN_DICTIONARY = 2,
    ENCODING_RLE = 3,
    ENCODING_BIT_PACKED = 4,
    ENCODING_DELTA_BINARY_PACKED = 5,
    ENCODING_DELTA_LENGTH_BYTE_ARRAY = 6,
    ENCODING_DELTA_BYTE_ARRAY = 7,
    ENCODING_RLE_DICTIONARY = 8,
    ENCODING_BYTE_STREAM_SPLIT = 9
} Encoding;

typedef enum Codec { CODEC_NONE = 0, CODEC_SNAPPY = 1, CODEC_GZIP = 2, CODEC_ZSTD = 6 } Codec;

typedef enum PageType {
    PAGE_DATA = 0,
    PAGE_INDEX = 1,
    PAGE_DICTIONARY = 2,
    PAGE_DATA_V2 = 3
} PageType;

typedef enum Repetition {
    REPETITION_REQUIRED = 0,
    REPETITION_OPTIONAL = 1,
    REPETITION_REPEATED = 2
} Repetition;

/* Members of the union LogicalType. */
enum {
    LOGICAL_STRING = 1,
    LOGICAL_MAP = 2,
    LOGICAL_LIST = 3,
    LOGICAL_ENUM = 4,
    LOGICAL_DECIMAL = 5,
    LOGICAL_DATE = 6,
    LOGICAL_TIME = 7,
    LOGICAL_TIMESTAMP = 8,
    LOGICAL_INTEGER = 10,
    LOGICAL_UNKNOWN = 11,
    LOGICAL_JSON = 12
};

/* The older ConvertedType, still written for old readers. */
enum {
    CONVERTED_NONE = -1,
    CONVERTED_UTF8 = 0,
    CONVERTED_ENUM = 4,
    CONVERTED_DECIMAL = 5,
    CONVERTED_DATE = 6,
    CONVERTED_TIMESTAMP_MILLIS = 9,
    CONVERTED_TIMESTAMP_MICROS = 10,
    CONVERTED_UINT_8 = 11,
    CONVERTED_UINT_32 = 13,
    CONVERTED_UINT_64 = 14,
    CONVERTED_JSON = 19
};

enum { TIME_UNIT_MILLIS = 1, TIME_UNIT_MICROS = 2, TIME_UNIT_NANOS = 3 };

enum {
    MAX_COLUMNS = 10000,
    MAX_GROUP_ROWS_WRITTEN = 1 << 20,
    MAX_VALUE_BYTES = 256 << 20, /* one value, written */
    MAX_PAGE_BYTES = 512 << 20,  /* uncompressed, read */
    MAX_PAGE_ROWS = 1 << 24,     /* read */
    MAX_STATISTIC_BYTES = 64     /* longer bounds are cut */
};

static inline uint32_t load_u32(const void *from)
{
    uint32_t v;

    memcpy(&v, from, sizeof v);
    return v;
}

static inline uint64_t load_u64(const void *from)
{
    uint64_t v;

    memcpy(&v, from, sizeof v);
    return v;
}

#endif
