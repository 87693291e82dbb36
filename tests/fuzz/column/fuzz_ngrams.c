/* SPDX-License-Identifier: Apache-2.0 */
/* Two bytes for the number of rows, one for the length of the phrase, the phrase, and any bytes as
 * n-grams of a column.  What is found is in order and within the rows. */
#include "column/ngrams.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Str all = {(const char *)data, size};
    RowRanges out = {0};
    size_t rows;
    size_t at = 0;
    size_t len;

    if (size < 3)
        return 0;
    rows = (size_t)data[0] << 8 | data[1];
    len = data[2];
    if (ngrams_find(str_slice(all, 3 + len, size), rows, str_slice(all, 3, 3 + len), &out) == ST_OK)
        for (size_t i = 0; i < out.len; at = out.items[i++].to)
            if (out.items[i].from < at || out.items[i].to <= out.items[i].from ||
                out.items[i].to > rows)
                abort();
    VEC_FREE(&out);
    return 0;
}
