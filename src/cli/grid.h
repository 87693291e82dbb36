/* SPDX-License-Identifier: Apache-2.0 */
/* A table of values: shown aligned for people, or as CSV for programs. */
#ifndef VIREO_CLI_GRID_H
#define VIREO_CLI_GRID_H

#include "cli/csv.h"
#include "cli/remote.h"

enum { GRID_COLUMNS_MAX = 32, GRID_WIDTH_MAX = 48 };

typedef struct Grid {
    Str headings[GRID_COLUMNS_MAX];
    size_t columns;
    const Json **cells; /* columns * rows; NULL: missing */
    size_t rows;
} Grid;

/* Room for the cells of columns * rows, all missing.  False without memory, after a message. */
bool grid_alloc(Cli *cli, Grid *g, size_t rows);
const Json **grid_cell(const Grid *g, size_t row, size_t column);
/* Wide texts are cut, the last column never. */
void grid_show(Cli *cli, const Grid *g);
/* False after a message. */
bool grid_csv(Cli *cli, const Grid *g, bool spreadsheet);

#endif
