/* SPDX-License-Identifier: Apache-2.0 */
/* zlib and zstd with ceilings.
 *
 * A zstd frame that tells its size is decompressed straight into place.  One
 * that does not needs a window; it is held to the 8 MiB that RFC 9659 allows
 * for content encodings, so that a few bytes cannot claim 128 MiB. */
#include "codec/compress.h"

#include "base/alloc.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum {
    WINDOW_LOG_MAX = 23,
    STEP = 64 * 1024,    /* least room to decompress into */
    MAX_CHUNK = 1 << 30, /* zlib counts in 32 bits */
    ZLIB_AUTO = 15 + 32, /* largest window; gzip or zlib header */
    ZLIB_GZIP = 15 + 16,
    TEXT_BLOCK = 16 << 10, /* smaller ones take as long again to decompress: tables are built */
    TEXT_BLOCKS_MAX = 256 << 10 /* longer texts are in zstd's own blocks of 128 KiB */
};

struct Zstd {
    ZSTD_CCtx *compressor;
    ZSTD_DCtx *decompressor;
};

Status compression_from_text(Str s, Compression *out)
{
    static const struct {
        const char *name;
        Compression value;
    } names[] = {
        {"", COMPRESSION_NONE},       {"identity", COMPRESSION_NONE}, {"gzip", COMPRESSION_GZIP},
        {"x-gzip", COMPRESSION_GZIP}, {"deflate", COMPRESSION_GZIP},  {"zstd", COMPRESSION_ZSTD},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq_nocase(str_trim(s), str_from(names[i].name))) {
            *out = names[i].value;
            return ST_OK;
        }
    }
    return ST_UNSUPPORTED;
}

/* ------------------------------------------------------------------ zlib */

static voidpf zlib_alloc(voidpf opaque, uInt items, uInt size)
{
    (void)opaque;
    return mem_array(items, size);
}

static void zlib_free(voidpf opaque, voidpf ptr)
{
    (void)opaque;
    mem_free(ptr);
}

static Bytef *zlib_input(Str s)
{
    union {
        const char *in;
        Bytef *out;
    } bytes = {.in = s.ptr};

    return bytes.out; /* next_in lacks a const in this zlib; it is only read */
}

static uInt chunk(size_t n)
{
    return (uInt)(n < MAX_CHUNK ? n : MAX_CHUNK);
}

static Status zlib_status(int code)
{
    return code == Z_MEM_ERROR ? ST_NOMEM : ST_CORRUPT;
}

/* Room for the next bytes.  At the ceiling one byte of scratch stands in: the
 * stream may be about to end, and if it is not, the byte tells. */
static Status next_room(Buf *out, z_stream *z, Bytef *scratch)
{
    const size_t left = out->limit - out->len;
    Status st;

    if (left == 0) {
        z->next_out = scratch;
        z->avail_out = 1;
        return ST_OK;
    }
    if (out->cap - out->len < STEP) {
        st = buf_reserve(out, left < STEP ? left : STEP);
        if (st)
            return st;
    }
    z->next_out = (Bytef *)out->data + out->len;
    z->avail_out = chunk(out->cap - out->len);
    return ST_OK;
}

/* One inflate() call; *code is zlib's answer. */
static Status inflate_some(Buf *out, z_stream *z, int *code)
{
    Bytef scratch[1];
    const bool at_limit = out->len == out->limit;
    uInt room;
    Status st = next_room(out, z, scratch);

    if (st)
        return st;
    room = z->avail_out;
    *code = inflate(z, Z_NO_FLUSH);
    if (at_limit)
        return z->avail_out ? ST_OK : ST_LIMIT;
    out->len += room - z->avail_out;
    return ST_OK;
}

/* All members of the input, one after the other. */
static Status inflate_all(Str in, Buf *out, z_stream *z)
{
    size_t taken = 0;
    int code = Z_OK;

    while (taken < in.len || code == Z_OK) {
        const uInt given = chunk(in.len - taken);
        Status st;

        if (code == Z_STREAM_END && inflateReset(z) != Z_OK)
            return ST_CORRUPT;
        z->next_in = zlib_input(str_slice(in, taken, in.len));
        z->avail_in = given;
        st = inflate_some(out, z, &code);
        if (st)
            return st;
        if (code != Z_OK && code != Z_STREAM_END)
            return zlib_status(code); /* Z_BUF_ERROR: the input ended early */
        taken += given - z->avail_in;
    }
    return ST_OK;
}

static Status gzip_decompress(Str in, Buf *out)
{
    z_stream z = {.zalloc = zlib_alloc, .zfree = zlib_free};
    int code;
    Status st;

    if (in.len == 0)
        return ST_CORRUPT;
    code = inflateInit2(&z, ZLIB_AUTO);
    if (code != Z_OK)
        return zlib_status(code);
    st = inflate_all(in, out, &z);
    (void)inflateEnd(&z);
    return st;
}

Status gzip_decompress_exact(Str in, void *out, size_t len)
{
    Buf whole;
    Status st;

    buf_init(&whole, len);
    st = gzip_decompress(in, &whole);
    if (!st && whole.len != len)
        st = ST_CORRUPT;
    if (!st && len)
        memcpy(out, whole.data, len);
    buf_deinit(&whole);
    return st == ST_LIMIT ? ST_CORRUPT : st;
}

static Status deflate_all(Str in, Buf *out, z_stream *z)
{
    size_t taken = 0;
    int code = Z_OK;

    while (code != Z_STREAM_END) {
        const uInt given = chunk(in.len - taken);
        const size_t left = out->limit - out->len;
        uInt room;
        Status st;

        if (left == 0)
            return ST_LIMIT;
        st = buf_reserve(out, left < STEP ? left : STEP);
        if (st)
            return st;
        room = chunk(out->cap - out->len);
        z->next_in = zlib_input(str_slice(in, taken, in.len));
        z->avail_in = given;
        z->next_out = (Bytef *)out->data + out->len;
        z->avail_out = room;
        code = deflate(z, given == in.len - taken ? Z_FINISH : Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            return zlib_status(code);
        taken += given - z->avail_in;
        out->len += room - z->avail_out;
    }
    return ST_OK;
}

static Status gzip_compress(int level, Str in, Buf *out)
{
    z_stream z = {.zalloc = zlib_alloc, .zfree = zlib_free};
    const int code = deflateInit2(&z, level, Z_DEFLATED, ZLIB_GZIP, 8, Z_DEFAULT_STRATEGY);
    Status st;

    if (code != Z_OK)
        return code == Z_MEM_ERROR ? ST_NOMEM : ST_INVALID;
    st = deflate_all(in, out, &z);
    (void)deflateEnd(&z);
    return st;
}

/* ------------------------------------------------------------------ zstd */

Status zstd_new(Zstd **out)
{
    Zstd *z = mem_calloc(1, sizeof *z);

    if (!z)
        return ST_NOMEM;
    *out = z;
    return ST_OK;
}

static void release(Zstd *z)
{
    (void)ZSTD_freeCCtx(z->compressor);
    (void)ZSTD_freeDCtx(z->decompressor);
}

void zstd_free(Zstd *z)
{
    if (!z)
        return;
    release(z);
    mem_free(z);
}

static Status need_decompressor(Zstd *z)
{
    if (z->decompressor)
        return ST_OK;
    z->decompressor = ZSTD_createDCtx();
    if (!z->decompressor)
        return ST_NOMEM;
    (void)ZSTD_DCtx_setParameter(z->decompressor, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    return ST_OK;
}

/* Numbers of the parameters of one frame. */
typedef struct Search {
    int hash_log;
    int chain_log;
    int search_log;
    int min_match;
    int target;
    ZSTD_strategy strategy;
    bool in_blocks; /* so that a front of the frame can be decompressed by itself */
} Search;

/* Levels take other parameters for less than 256 KiB, among them matches of 3 or 4 bytes, which
 * take longer to find and to copy and make texts no shorter.  These are near those for more; the
 * tables shrink to the size of the input by themselves.  Of 64 KiB of prose a search takes 4.3,
 * 5.7 and 15 ns a byte, and leaves 38, 34 and 33 of 100. */
static const Search searches[] = {
    [TEXT_EFFORT_LEAST] = {13, 13, 1, 7, 0, ZSTD_fast, false},
    [TEXT_EFFORT_SOME] = {17, 16, 1, 5, 0, ZSTD_dfast, true},
    [TEXT_EFFORT_MOST] = {19, 19, 3, 5, 8, ZSTD_lazy, true},
};

static bool set(Zstd *z, ZSTD_cParameter name, int value)
{
    return !ZSTD_isError(ZSTD_CCtx_setParameter(z->compressor, name, value));
}

static bool set_search(Zstd *z, const Search *s)
{
    return set(z, ZSTD_c_hashLog, s->hash_log) && set(z, ZSTD_c_chainLog, s->chain_log) &&
           set(z, ZSTD_c_searchLog, s->search_log) && set(z, ZSTD_c_minMatch, s->min_match) &&
           set(z, ZSTD_c_targetLength, s->target) && set(z, ZSTD_c_strategy, (int)s->strategy);
}

/* One frame of blocks of some TEXT_BLOCK bytes.  What repeats itself is found across them. */
static size_t frame_of_blocks(Zstd *z, Str in, char *out, size_t room)
{
    ZSTD_outBuffer to = {out, room, 0};
    size_t failed = ZSTD_CCtx_reset(z->compressor, ZSTD_reset_session_only);

    if (!ZSTD_isError(failed))
        failed = ZSTD_CCtx_setPledgedSrcSize(z->compressor, in.len);
    for (size_t at = 0; at < in.len && !ZSTD_isError(failed);) {
        const size_t left = in.len - at;
        const size_t size = left < TEXT_BLOCK + TEXT_BLOCK / 2 ? left : TEXT_BLOCK;
        ZSTD_inBuffer from = {in.ptr + at, size, 0};

        failed = ZSTD_compressStream2(z->compressor, &to, &from,
                                      size < left ? ZSTD_e_flush : ZSTD_e_end);
        if (failed) /* the room was too small */
            return ZSTD_isError(failed) ? failed : (size_t)-1;
        at += size;
    }
    return ZSTD_isError(failed) ? failed : to.pos;
}

/* By a level, or when `search` is given by that. */
static size_t one_frame(Zstd *z, int level, const Search *search, Str in, char *out, size_t room)
{
    if (!search)
        return ZSTD_compressCCtx(z->compressor, out, room, in.ptr, in.len, level);
    if (search->in_blocks && in.len >= (size_t)2 * TEXT_BLOCK && in.len <= TEXT_BLOCKS_MAX)
        return frame_of_blocks(z, in, out, room);
    return ZSTD_compress2(z->compressor, out, room, in.ptr, in.len);
}

static Status compress_with(Zstd *z, int level, const Search *search, Str in, Buf *out)
{
    const size_t bound = ZSTD_compressBound(in.len);
    const size_t left = out->limit - out->len;
    size_t n;
    Status st;

    if (!z->compressor)
        z->compressor = ZSTD_createCCtx();
    if (!z->compressor)
        return ST_NOMEM;
    if (search && !set_search(z, search))
        return ST_INVALID;
    st = buf_reserve(out, bound < left ? bound : left);
    if (st)
        return st;
    n = one_frame(z, level, search, in, out->data + out->len, out->cap - out->len);
    if (ZSTD_isError(n)) /* the only other reason is that the room was too small */
        return bound <= left ? ST_NOMEM : ST_LIMIT;
    out->len += n;
    return ST_OK;
}

Status zstd_compress(Zstd *z, int level, Str in, Buf *out)
{
    Zstd once = {0};
    const Status st = compress_with(z ? z : &once, level, NULL, in, out);

    release(&once);
    return st;
}

Status zstd_compress_texts(Zstd *z, TextEffort effort, Str in, Buf *out)
{
    Zstd once = {0};
    const Status st = compress_with(z ? z : &once, 0, &searches[effort], in, out);

    release(&once);
    return st;
}

/* A frame of unknown size: chunk by chunk, with a window. */
static Status stream_frame(Zstd *z, Str frame, Buf *out)
{
    ZSTD_inBuffer in = {frame.ptr, frame.len, 0};
    size_t hint = 1;

    (void)ZSTD_DCtx_reset(z->decompressor, ZSTD_reset_session_only);
    while (hint) {
        const size_t left = out->limit - out->len;
        const size_t before = in.pos;
        char scratch[1];
        ZSTD_outBuffer to = {scratch, left ? 0 : 1, 0};

        if (left) {
            const Status st = buf_reserve(out, left < STEP ? left : STEP);

            if (st)
                return st;
            to = (ZSTD_outBuffer){out->data + out->len, out->cap - out->len, 0};
        }
        hint = ZSTD_decompressStream(z->decompressor, &to, &in);
        if (ZSTD_isError(hint))
            return ST_CORRUPT;
        if (!left && to.pos)
            return ST_LIMIT;
        out->len += to.pos;
        if (hint && in.pos == before && to.pos == 0)
            return ST_CORRUPT; /* no progress: the frame is cut */
    }
    return ST_OK;
}

static Status whole_frame(Zstd *z, Str frame, size_t size, Buf *out)
{
    size_t n;
    Status st = buf_reserve(out, size);

    if (st)
        return st;
    n = ZSTD_decompressDCtx(z->decompressor, size ? out->data + out->len : NULL, size, frame.ptr,
                            frame.len);
    if (ZSTD_isError(n) || n != size)
        return ST_CORRUPT;
    out->len += size;
    return ST_OK;
}

static Status decompress_frames(Zstd *z, Str in, Buf *out)
{
    Status st = need_decompressor(z);

    if (in.len == 0)
        return ST_CORRUPT;
    while (!st && in.len) {
        const size_t frame_len = ZSTD_findFrameCompressedSize(in.ptr, in.len);
        unsigned long long size;
        Str frame;

        if (ZSTD_isError(frame_len))
            return ST_CORRUPT;
        frame = str_slice(in, 0, frame_len);
        size = ZSTD_getFrameContentSize(frame.ptr, frame.len);
        if (size == ZSTD_CONTENTSIZE_ERROR)
            return ST_CORRUPT;
        if (size == ZSTD_CONTENTSIZE_UNKNOWN)
            st = stream_frame(z, frame, out);
        else if (size > out->limit - out->len)
            st = ST_LIMIT;
        else
            st = whole_frame(z, frame, (size_t)size, out);
        in = str_slice(in, frame_len, in.len);
    }
    return st;
}

static Status zstd_decompress(Str in, Buf *out)
{
    Zstd once = {0};
    const Status st = decompress_frames(&once, in, out);

    release(&once);
    return st;
}

Status zstd_decompress_exact(Zstd *z, Str in, void *out, size_t len)
{
    Zstd once = {0};
    Zstd *used = z ? z : &once;
    Status st = need_decompressor(used);

    if (!st) {
        const size_t n = ZSTD_decompressDCtx(used->decompressor, out, len, in.ptr, in.len);

        st = ZSTD_isError(n) || n != len ? ST_CORRUPT : ST_OK;
    }
    release(&once);
    return st;
}

/* ------------------------------------------------------------ fronts of frames */

Status zstd_front_open(Zstd *z, Str in, ZstdFront *out)
{
    const Status st = need_decompressor(z);

    if (st)
        return st;
    (void)ZSTD_DCtx_reset(z->decompressor, ZSTD_reset_session_only);
    *out = (ZstdFront){.zstd = z, .in = in};
    return ST_OK;
}

Status zstd_front_read(ZstdFront *f, void *out, size_t len)
{
    ZSTD_inBuffer in = {f->in.ptr, f->in.len, f->used};
    ZSTD_outBuffer to = {out, len, f->len};

    while (to.pos < len) {
        const size_t before = in.pos + to.pos;
        const size_t hint = ZSTD_decompressStream(f->zstd->decompressor, &to, &in);

        if (ZSTD_isError(hint) || (to.pos < len && (hint == 0 || in.pos + to.pos == before)))
            return ST_CORRUPT; /* or the frame has less */
    }
    f->used = in.pos;
    f->len = to.pos;
    return ST_OK;
}

/* ------------------------------------------------------------------ both */

Status decompress(Compression c, Str in, Buf *out)
{
    const size_t before = out->len;
    Status st;

    if (c == COMPRESSION_NONE)
        return buf_append(out, in);
    st = c == COMPRESSION_GZIP ? gzip_decompress(in, out) : zstd_decompress(in, out);
    if (st)
        out->len = before;
    return st;
}

Status compress_into(Compression c, int level, Str in, Buf *out)
{
    const size_t before = out->len;
    Status st;

    if (c == COMPRESSION_NONE)
        return buf_append(out, in);
    st =
        c == COMPRESSION_GZIP ? gzip_compress(level, in, out) : zstd_compress(NULL, level, in, out);
    if (st)
        out->len = before;
    return st;
}
