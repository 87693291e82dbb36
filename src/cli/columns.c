/* SPDX-License-Identifier: Apache-2.0 */
/* Most lists of the API differ in the names of their members only. */
#include "cli/columns.h"

bool columns_grid(Cli *cli, const Json *list, const Column *columns, size_t count, Grid *out)
{
    const Json *items = json_get(list, STR("items"));
    const size_t rows = items && items->kind == JSON_KIND_ARRAY ? items->as.array.len : 0;

    out->columns = count < GRID_COLUMNS_MAX ? count : GRID_COLUMNS_MAX;
    if (!grid_alloc(cli, out, rows))
        return false;
    for (size_t c = 0; c < out->columns; c++)
        out->headings[c] = str_from(columns[c].heading);
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < out->columns; c++)
            *grid_cell(out, i, c) = json_get(&items->as.array.items[i], str_from(columns[c].key));
    return true;
}

void columns_print(Cli *cli, const Json *list, const Column *columns, size_t count)
{
    const Json *items = json_get(list, STR("items"));
    Grid grid;

    if (items && items->kind == JSON_KIND_ARRAY && columns_grid(cli, list, columns, count, &grid))
        grid_show(cli, &grid);
}

int columns_show(Cli *cli, const RemoteOptions *o, const RemoteCall *call, const Column *columns,
                 size_t count)
{
    const Json *list;

    if (!remote_json(cli, o, call, &list))
        return EXIT_FAILED;
    if (list)
        columns_print(cli, list, columns, count);
    return EXIT_DONE;
}
