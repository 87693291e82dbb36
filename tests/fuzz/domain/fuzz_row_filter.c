/* SPDX-License-Identifier: Apache-2.0 */
/* Any text is a list of conditions or is refused at a place in it; conditions can be asked. */
#include "domain/row_filter.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ResultCell cells[] = {
        {CELL_MISSING, {0}},       {CELL_BOOL, {.b = true}},     {CELL_INT, {.i = -1}},
        {CELL_DOUBLE, {.d = 0.5}}, {CELL_TEXT, {.s = {"a", 1}}}, {CELL_JSON, {.s = {"[]", 2}}},
    };
    RowConditions conditions;
    Err err = {0};
    Arena a;

    arena_init(&a, 1 << 22);
    if (row_filter_parse((Str){(const char *)data, size}, &a, &conditions, &err) == ST_OK) {
        for (size_t i = 0; i < conditions.len; i++)
            for (size_t k = 0; k < sizeof cells / sizeof cells[0]; k++)
                (void)row_condition_holds(&conditions.items[i], &cells[k]);
    } else if (err.pos > size) {
        abort();
    }
    arena_deinit(&a);
    return 0;
}
