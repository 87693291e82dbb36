/* SPDX-License-Identifier: Apache-2.0 */
/* CSV of others: cells are UTF-8, the reader always goes on or says where it stopped, and what it
 * read is read again when it is written by ours. */
#include "cli/csv.h"
#include "cli/csv_in.h"

#include <stdlib.h>

enum { OUT_MAX = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_back(const Str *cells, size_t count, Arena *arena)
{
    Buf out;
    CsvWriter w;
    CsvReader r;
    Str *again = NULL;
    size_t found = 0;

    buf_init(&out, OUT_MAX);
    w = csv_init(&out, false);
    for (size_t i = 0; i < count; i++)
        csv_text(&w, cells[i]);
    csv_end_line(&w);
    r = csv_reader(buf_str(&out), ',');
    if (!w.st && csv_read_line(&r, arena, &again, &found, NULL) == ST_OK) {
        if (found != count)
            abort();
        for (size_t i = 0; i < count; i++)
            if (!str_eq(cells[i], again[i]) && str_find_char(cells[i], '\0') == cells[i].len)
                abort();
    }
    buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CsvReader r = csv_reader((Str){(const char *)data, size}, ',');
    Err err = {0};
    Arena arena;
    Str *cells = NULL;
    size_t count = 1;
    Status st = ST_OK;

    arena_init(&arena, OUT_MAX);
    while (!st && count) {
        const size_t before = r.pos;

        st = csv_read_line(&r, &arena, &cells, &count, &err);
        if (!st && count && r.pos <= before)
            abort();
        for (size_t i = 0; i < count && !st; i++)
            if (!utf8_valid(cells[i]))
                abort();
        if (!st && count)
            read_back(cells, count, &arena);
    }
    if (st && st != ST_NOMEM && !err.msg[0])
        abort();
    arena_deinit(&arena);
    return 0;
}
