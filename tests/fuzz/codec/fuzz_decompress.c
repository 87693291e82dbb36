/* SPDX-License-Identifier: Apache-2.0 */
/* gzip, zlib and zstd: the first byte says which; the ceiling holds. */
#include "codec/compress.h"

#include <stdlib.h>

enum { CEILING = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
    buf_deinit(&out);
    return 0;
}
