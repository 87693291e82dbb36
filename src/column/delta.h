/* SPDX-License-Identifier: Apache-2.0 */
/* DELTA_BINARY_PACKED: integers as packed differences; also the lengths inside
 * DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY.
 *
 *   header   varint block size, varint miniblocks a block, varint count,
 *            zigzag first value
 *   block    zigzag smallest difference, one width a miniblock, miniblocks
 *
 * Differences wrap around 2^64, so every int64 can follow every other. */
#ifndef VIREO_COLUMN_DELTA_H
#define VIREO_COLUMN_DELTA_H

#include "base/buf.h"

MUST_CHECK Status delta_encode(Buf *out, const int64_t *values, size_t count);

/* A decoder over the front of some bytes. */
typedef struct DeltaReader {
    Str in;            /* behind the miniblock that is being decoded */
    size_t left;       /* values not given yet */
    size_t miniblock;  /* values in a whole one */
    size_t miniblocks; /* in one block */
    size_t next;       /* miniblock of the block that comes next */
    int64_t last;      /* value given last, or the first one to give */
    bool started;      /* the first value, which stands in the header, was given */
    int64_t min_delta; /* of the block */
    const uint8_t *widths;
    const uint8_t *bits; /* of the miniblock */
    unsigned width;
    size_t size; /* values in the miniblock */
    size_t done; /* of which were given */
} DeltaReader;

/* Read the header.  `left` then tells how many values there are, which may be
 * any number: check it before allocating. */
MUST_CHECK Status delta_open(Str in, DeltaReader *out);
/* Decode the next `count` <= left values.  After the last one `in` is what
 * comes behind. */
MUST_CHECK Status delta_take(DeltaReader *r, int64_t *out, size_t count);

#endif
