/* SPDX-License-Identifier: Apache-2.0 */
/* Wherever the caret stands in whatever text, there is a place, and it is around the caret. */
#include "query/complete.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Str text = {(const char *)data, size};

    for (size_t at = 0; at <= size && at < 200; at++) {
        CompletePlace p = {0};
        Arena a;

        arena_init(&a, 64 << 20);
        if (complete_place(text, at, &a, &p) || p.from > at || p.to < at || p.to > size ||
            p.typed.len > at)
            abort();
        arena_deinit(&a);
    }
    return 0;
}
