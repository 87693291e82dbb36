/* SPDX-License-Identifier: Apache-2.0 */
/* gzip, zlib and zstd over whole buffers.
 *
 * Everything decompressed has a hard ceiling that the caller chose: the limit
 * of the Buf, or the exact size.  What would pass it is ST_LIMIT before the
 * memory is taken, so a small bomb stays small.  Broken or cut input is
 * ST_CORRUPT.  On failure a Buf is as it was. */
#ifndef VIREO_CODEC_COMPRESS_H
#define VIREO_CODEC_COMPRESS_H

#include "base/buf.h"

typedef enum Compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD } Compression;

/* A Content-Encoding: empty, identity, gzip, x-gzip, deflate (as gzip: the
 * decompressor tells them apart), zstd.  ST_UNSUPPORTED otherwise. */
MUST_CHECK Status compression_from_text(Str s, Compression *out);

/* Append the decompressed bytes to `out`.  Members or frames that follow each
 * other are joined, as gzip and zstd define it. */
MUST_CHECK Status decompress(Compression c, Str in, Buf *out);
MUST_CHECK Status compress_into(Compression c, int level, Str in, Buf *out);

/* Working memory of zstd, kept between calls by one thread.  Functions below
 * take NULL for one that lives only for the call. */
typedef struct Zstd Zstd;
MUST_CHECK Status zstd_new(Zstd **out);
void zstd_free(Zstd *z);

/* Append one zstd frame.  Levels 1..19. */
MUST_CHECK Status zstd_compress(Zstd *z, int level, Str in, Buf *out);
/* How long to search for what repeats itself: see compress.c for what it costs. */
typedef enum TextEffort { TEXT_EFFORT_LEAST, TEXT_EFFORT_SOME, TEXT_EFFORT_MOST } TextEffort;
/* The same for texts in pieces of some 64 KiB, for which zstd's levels choose badly.  But with the
 * least effort the frame has blocks of 16 KiB, for zstd_front_read(). */
MUST_CHECK Status zstd_compress_texts(Zstd *z, TextEffort effort, Str in, Buf *out);
/* Fill exactly `len` bytes at `out`; ST_CORRUPT when it is not that many. */
MUST_CHECK Status zstd_decompress_exact(Zstd *z, Str in, void *out, size_t len);
/* The first bytes of a frame, without decompressing what is behind them but for the rest of a
 * block.  One frame, and no other use of `zstd`, at a time. */
typedef struct ZstdFront {
    Zstd *zstd;
    Str in;
    size_t used; /* of `in` */
    size_t len;  /* decompressed so far */
} ZstdFront;
MUST_CHECK Status zstd_front_open(Zstd *z, Str in, ZstdFront *out);
/* Go on until the first `len` bytes, at least as many as the time before, are at `out`, where the
 * earlier ones are.  ST_CORRUPT when the frame has less. */
MUST_CHECK Status zstd_front_read(ZstdFront *f, void *out, size_t len);
/* As zstd_decompress_exact(), for gzip and zlib streams. */
MUST_CHECK Status gzip_decompress_exact(Str in, void *out, size_t len);

#endif
