/* SPDX-License-Identifier: Apache-2.0 */
/* At most half of the slots are taken. */
#include "query/numberer.h"

Status numberer_init(Numberer *n, size_t most, Arena *a)
{
    size_t cap = 16;

    while (cap < 2 * (most + 1))
        cap *= 2;
    *n = (Numberer){.slots = arena_calloc(a, cap, sizeof *n->slots),
                    .mask = cap - 1,
                    .patterns = arena_alloc(a, (most + 1) * sizeof *n->patterns)};
    return n->slots && n->patterns ? ST_OK : ST_NOMEM;
}
