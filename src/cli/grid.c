/* SPDX-License-Identifier: Apache-2.0 */
/* Widths are counted in characters, not bytes, so that names in any script
 * line up (wide East Asian ones nearly). */
#include "cli/grid.h"

#include "base/alloc.h"

enum { GRID_TEXT_MAX = 512 << 20 };

bool grid_alloc(Cli *cli, Grid *g, size_t rows)
{
    g->rows = rows;
    g->cells = arena_calloc(&cli->arena, rows * g->columns + 1, sizeof(const Json *));
    if (!g->cells)
        cli_error(cli, "%s", status_text(ST_NOMEM));
    return g->cells != NULL;
}

const Json **grid_cell(const Grid *g, size_t row, size_t column)
{
    return &g->cells[row * g->columns + column];
}

static size_t characters(Str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    return n;
}

/* The first `max` characters. */
static Str first_characters(Str s, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (((unsigned char)s.ptr[i] & 0xC0) != 0x80 && n++ == max)
            return str_slice(s, 0, i);
    }
    return s;
}

static void print_cell(Cli *cli, Str text, size_t width, bool last)
{
    text = last ? text : first_characters(text, width);
    cli_text(cli, text);
    for (size_t n = characters(text); !last && n < width + 2; n++)
        cli_print(cli, " ");
}

static size_t width_of(const Grid *g, size_t column)
{
    size_t width = characters(g->headings[column]);

    for (size_t i = 0; i < g->rows; i++) {
        const size_t n = characters(json_text(*grid_cell(g, i, column)));

        width = n > width ? n : width;
    }
    return width > GRID_WIDTH_MAX ? GRID_WIDTH_MAX : width;
}

void grid_show(Cli *cli, const Grid *g)
{
    size_t widths[GRID_COLUMNS_MAX];

    for (size_t c = 0; c < g->columns; c++)
        widths[c] = width_of(g, c);
    for (size_t c = 0; c < g->columns; c++)
        print_cell(cli, g->headings[c], widths[c], c + 1 == g->columns);
    cli_print(cli, "\n");
    for (size_t i = 0; i < g->rows; i++) {
        for (size_t c = 0; c < g->columns; c++)
            print_cell(cli, json_text(*grid_cell(g, i, c)), widths[c], c + 1 == g->columns);
        cli_print(cli, "\n");
    }
}

bool grid_csv(Cli *cli, const Grid *g, bool spreadsheet)
{
    CsvWriter w;
    Buf out;

    buf_init(&out, GRID_TEXT_MAX);
    w = csv_init(&out, spreadsheet);
    for (size_t c = 0; c < g->columns; c++)
        csv_text(&w, g->headings[c]);
    csv_end_line(&w);
    for (size_t i = 0; i < g->rows; i++) {
        for (size_t c = 0; c < g->columns; c++)
            csv_json(&w, *grid_cell(g, i, c));
        csv_end_line(&w);
    }
    if (w.st)
        cli_error(cli, "%s", status_text(w.st));
    else
        (void)fwrite(out.data, 1, out.len, cli->out);
    buf_deinit(&out);
    return w.st == ST_OK;
}
