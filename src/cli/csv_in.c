/* SPDX-License-Identifier: Apache-2.0 */
/* See csv_in.h. */
#include "cli/csv_in.h"

#include "base/vec.h"

#include <string.h>

typedef VEC_OF(Str) Cells;

CsvReader csv_reader(Str text, char separator)
{
    const Str mark = STR("\xEF\xBB\xBF");

    return (CsvReader){.in = text,
                       .pos = str_starts(text, mark) ? mark.len : 0,
                       .line = 1,
                       .separator = separator};
}

static bool at_line_end(const CsvReader *r)
{
    return r->pos == r->in.len || r->in.ptr[r->pos] == '\n' || r->in.ptr[r->pos] == '\r';
}

static void pass_line_end(CsvReader *r)
{
    if (r->pos < r->in.len && r->in.ptr[r->pos] == '\r')
        r->pos++;
    if (r->pos < r->in.len && r->in.ptr[r->pos] == '\n')
        r->pos++;
    r->line++;
}

static void plain_cell(CsvReader *r, Str *out)
{
    const size_t begin = r->pos;

    while (!at_line_end(r) && r->in.ptr[r->pos] != r->separator)
        r->pos++;
    *out = str_slice(r->in, begin, r->pos);
}

/* Without the second of two quotes. */
static Status undouble(Str cell, Arena *arena, Str *out)
{
    char *text = arena_alloc(arena, cell.len + 1);
    size_t len = 0;

    if (!text)
        return ST_NOMEM;
    for (size_t i = 0; i < cell.len; i++) {
        text[len++] = cell.ptr[i];
        if (cell.ptr[i] == '"')
            i++;
    }
    *out = (Str){text, len};
    return ST_OK;
}

/* At the opening quote. */
static Status quoted_cell(CsvReader *r, Arena *arena, Str *out, Err *err)
{
    const size_t line = r->line;
    const size_t begin = ++r->pos;
    bool doubled = false;
    Str cell;

    for (;; r->pos++) {
        if (r->pos == r->in.len)
            return err_set(err, ST_CORRUPT, begin, "line %zu: a quote does not end", line);
        r->line += r->in.ptr[r->pos] == '\n';
        if (r->in.ptr[r->pos] != '"')
            continue;
        if (r->pos + 1 == r->in.len || r->in.ptr[r->pos + 1] != '"')
            break;
        doubled = true;
        r->pos++;
    }
    cell = str_slice(r->in, begin, r->pos++);
    if (!at_line_end(r) && r->in.ptr[r->pos] != r->separator)
        return err_set(err, ST_CORRUPT, r->pos, "line %zu: text behind a quoted cell", r->line);
    if (doubled)
        return undouble(cell, arena, out);
    *out = cell;
    return ST_OK;
}

static Status read_cell(CsvReader *r, Arena *arena, Str *out, Err *err)
{
    Status st = ST_OK;

    if (r->pos < r->in.len && r->in.ptr[r->pos] == '"')
        st = quoted_cell(r, arena, out, err);
    else
        plain_cell(r, out);
    if (!st && !utf8_valid(*out))
        return err_set(err, ST_CORRUPT, r->pos, "line %zu: not UTF-8", r->line);
    return st;
}

static Status read_cells(CsvReader *r, Arena *arena, Cells *cells, Err *err)
{
    for (;;) {
        Str cell = {0};
        Status st = read_cell(r, arena, &cell, err);

        if (!st)
            st = VEC_PUSH(cells, cell, (size_t)CSV_CELLS_MAX);
        if (st == ST_LIMIT)
            return err_set(err, st, r->pos, "line %zu: more than %d cells", r->line,
                           (int)CSV_CELLS_MAX);
        if (st)
            return st;
        if (at_line_end(r))
            break;
        r->pos++; /* the separator */
    }
    pass_line_end(r);
    return ST_OK;
}

Status csv_read_line(CsvReader *r, Arena *arena, Str **cells, size_t *count, Err *err)
{
    Cells found = {0};
    Str *kept;
    Status st;

    *count = 0;
    while (r->pos < r->in.len && at_line_end(r))
        pass_line_end(r);
    if (r->pos == r->in.len)
        return ST_OK;
    st = read_cells(r, arena, &found, err);
    kept = st ? NULL : arena_calloc(arena, found.len, sizeof *kept);
    if (kept && found.len) {
        memcpy(kept, found.items, found.len * sizeof *kept);
        *cells = kept;
        *count = found.len;
    }
    VEC_FREE(&found);
    return st ? st : kept ? ST_OK : ST_NOMEM;
}
