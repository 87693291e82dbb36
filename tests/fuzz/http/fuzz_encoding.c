/* SPDX-License-Identifier: Apache-2.0 */
/* Accept-Encoding: only what is named is taken. */
#include "http/encoding.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool names(Str text, Str name)
{
    for (size_t at = 0; at < text.len; at++)
        if (str_eq_nocase(str_slice(text, at, at + name.len), name))
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Str text = {(const char *)data, size};
    const Compression how = encoding_accepted(text);

    if ((how == COMPRESSION_ZSTD && !names(text, STR("zstd"))) ||
        (how == COMPRESSION_GZIP && !names(text, STR("gzip"))))
        abort();
    return 0;
}
