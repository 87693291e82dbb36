/* SPDX-License-Identifier: Apache-2.0 */
/* Any text is refused or is a pair that is written as it reads. */
#include "domain/pair_text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write(const PairLines *lines, Buf *out)
{
    buf_init(out, (size_t)64 << 20);
    if (pair_text_write(lines, out) != ST_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PairLines lines;
    PairLines again;
    Buf first;
    Buf second;
    Arena a;

    arena_init(&a, 1 << 26);
    if (pair_text_read((Str){(const char *)data, size}, &a, &lines) == ST_OK) {
        write(&lines, &first);
        if (pair_text_read(buf_str(&first), &a, &again) != ST_OK)
            abort();
        write(&again, &second);
        if (!str_eq(buf_str(&first), buf_str(&second)))
            abort();
        buf_deinit(&first);
        buf_deinit(&second);
    }
    arena_deinit(&a);
    return 0;
}
