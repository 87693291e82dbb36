/* SPDX-License-Identifier: Apache-2.0 */
/* Growth of typed arrays, shared by all instances of VEC_OF. */
#include "base/vec.h"

#include <stdint.h>

enum { VEC_FIRST_CAP = 8 };

Status vec_reserve(void **items, size_t *cap, size_t len, size_t size, size_t max)
{
    const size_t want = *cap ? *cap * 2 : VEC_FIRST_CAP;
    void *grown;

    if (len >= max)
        return ST_LIMIT;
    if (len < *cap)
        return ST_OK;
    if (want > SIZE_MAX / size)
        return ST_NOMEM;
    grown = mem_realloc(*items, want * size);
    if (!grown)
        return ST_NOMEM;
    *items = grown;
    *cap = want;
    return ST_OK;
}
