/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as attributes_rest: refused, or read and then written and read
 * again as the same. */
#include "store/attr_json.h"

#include <stdint.h>
#include <stdlib.h>

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    AttrList first = {0};
    AttrList second = {0};
    Str json = {0};

    arena_init(&a, (size_t)1 << 28);
    if (!attr_list_from_json((Str){(const char *)data, size}, &a, &first)) {
        must(!attr_list_unique(first, &a, &first));
        must(!attr_list_to_json(first, &a, &json));
        must(!first.len || !attr_list_from_json(json, &a, &second));
        must(first.len == second.len);
        for (size_t i = 0; i < first.len; i++)
            must(str_eq(first.items[i].key, second.items[i].key) &&
                 value_eq(first.items[i].value, second.items[i].value));
    }
    arena_deinit(&a);
    return 0;
}
