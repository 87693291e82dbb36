/* SPDX-License-Identifier: Apache-2.0 */
/* One byte for the column, two for the number of its values, and any bytes as the run counts of a
 * group: found, not there or corrupt. */
#include "column/run_counts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint32_t counts[1 << 16];
    const Str all = {(const char *)data, size};
    size_t len;
    Status st;

    if (size < 3)
        return 0;
    len = (size_t)data[1] << 8 | data[2];
    st = run_counts_find(str_slice(all, 3, size), data[0], len, counts);
    if (st != ST_OK && st != ST_NOTFOUND && st != ST_CORRUPT)
        abort();
    return 0;
}
