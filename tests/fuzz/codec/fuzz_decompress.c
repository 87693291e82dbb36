/* SPDX-License-Identifier: Apache-2.0 */
/* gzip, zlib and zstd: the first byte says which; the ceiling holds. */
#include "codec/compress.h"

#include <stdlib.h>
#include <string.h>

enum { CEILING = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A front is what stands at the front of the whole, wherever one stops. */
static void read_front(Str in, Str whole)
{
    static char front[1 << 16];
    const size_t len = in.len % sizeof front;
    Zstd *z = NULL;
    ZstdFront f;

    if (zstd_new(&z) != ST_OK)
        abort();
    if (zstd_front_open(z, in, &f) == ST_OK && zstd_front_read(&f, front, len / 2) == ST_OK &&
        zstd_front_read(&f, front, len) == ST_OK && len && len <= whole.len &&
        memcmp(front, whole.ptr, len) != 0)
        abort();
    zstd_free(z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Str in;
    Compression c;
    Buf out;
    char exact[64];

    if (size == 0)
        return 0;
    in = (Str){(const char *)data + 1, size - 1};
    c = data[0] & 1 ? COMPRESSION_ZSTD : COMPRESSION_GZIP;
    buf_init(&out, CEILING);
    if (decompress(c, in, &out) != ST_OK && out.len)
        abort();
    if (out.cap > CEILING)
        abort();
    if ((c == COMPRESSION_ZSTD ? zstd_decompress_exact(NULL, in, exact, sizeof exact)
                               : gzip_decompress_exact(in, exact, sizeof exact)) == ST_OK &&
        out.len != sizeof exact)
        abort();
    if (c == COMPRESSION_ZSTD)
        read_front(in, buf_str(&out));
    buf_deinit(&out);
    return 0;
}
