/* SPDX-License-Identifier: Apache-2.0 */
/* Page headers, and page bodies under their compression. */
#ifndef VIREO_COLUMN_PAGE_H
#define VIREO_COLUMN_PAGE_H

#include "base/buf.h"
#include "codec/compress.h"
#include "column/format.h"

typedef struct PageHeader {
    int32_t type; /* PageType; others are passed over */
    size_t uncompressed_size;
    size_t compressed_size;
    bool has_crc;
    uint32_t crc;      /* of the body as it is in the file */
    size_t num_values; /* nulls included */
    int32_t encoding;
    int32_t level_encoding; /* version 1 only */
    /* Version 2 only. */
    size_t level_bytes;
    bool is_compressed;
} PageHeader;

/* Decode the header at the front of `in` and check its numbers: sizes are in
 * [0, MAX_PAGE_BYTES], counts in [0, MAX_PAGE_ROWS], and the body lies in `in`.
 * *used is the length of the header. */
MUST_CHECK Status page_header_read(Str in, PageHeader *out, size_t *used);
/* Append a header of a data page v1 or a dictionary page. */
MUST_CHECK Status page_header_write(Buf *out, const PageHeader *h);

uint32_t page_crc(Str body);
/* Of header and body, for our own checks at every read (sums.h). */
uint64_t page_sum(Str header, Str body);

/* Can page_decompress() do it? */
bool page_codec_known(int32_t codec);
/* Fill exactly `len` bytes at `out`. `zstd` may be NULL. */
MUST_CHECK Status page_decompress(int32_t codec, Zstd *zstd, Str in, void *out, size_t len);

#endif
