/* SPDX-License-Identifier: Apache-2.0 */
/* Any text either parses or is refused, and what parses survives printing and
 * parsing again. */
#include "query/query.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    Err err;
    Query *q = NULL;
    Str once = {0};
    Str twice = {0};

    arena_init(&a, 64 << 20);
    if (query_parse((Str){(const char *)data, size}, &a, &err, &q) == ST_OK &&
        query_to_text(q, &a, &once) == ST_OK && once.len <= QUERY_MAX_TEXT) {
        if (query_parse(once, &a, &err, &q) || query_to_text(q, &a, &twice) || !str_eq(once, twice))
            abort();
    }
    arena_deinit(&a);
    return 0;
}
