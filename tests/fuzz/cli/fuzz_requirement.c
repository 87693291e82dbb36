/* SPDX-License-Identifier: Apache-2.0 */
/* Any text is a requirement or is refused at a place in it; one that is, can be evaluated, and its
 * metric survives being quoted. */
#include "cli/requirement.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Str text = {(const char *)data, size};
    Requirement r;
    Requirement again;
    Err err = {0};
    Arena a;
    Buf shown;

    arena_init(&a, 1 << 20);
    buf_init(&shown, 1 << 16);
    if (requirement_parse(text, &a, &r, &err) == ST_OK) {
        const double limit = requirement_limit(&r, 0.5);
        Str quoted;

        if (requirement_holds(&r, limit, limit) && limit != limit)
            abort();
        if (requirement_print(&r, &shown) != ST_OK)
            abort();
        /* The quoted metric with another right side: 4 bytes a character at most. */
        quoted = str_slice(buf_str(&shown), 0, shown.len);
        for (size_t i = quoted.len; i > 0; i--) {
            if (quoted.ptr[i - 1] == '"') {
                quoted.len = i;
                break;
            }
        }
        if (quoted.len + 4 <= REQUIREMENT_MAX_TEXT) {
            if (arena_printf(&a, &quoted, "%.*s > 1", STR_ARG(quoted)) == ST_OK &&
                (requirement_parse(quoted, &a, &again, &err) || !str_eq(again.metric, r.metric)))
                abort();
        }
    } else if (err.pos > size) {
        abort();
    }
    buf_deinit(&shown);
    arena_deinit(&a);
    return 0;
}
