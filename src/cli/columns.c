/* SPDX-License-Identifier: Apache-2.0 */
/* Widths are counted in characters, not bytes, so that names in any script
 * line up (wide East Asian ones nearly). */
#include "cli/columns.h"

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

static size_t width_of(const Json *items, const Column *column)
{
    size_t width = characters(str_from(column->heading));

    for (size_t i = 0; i < items->as.array.len; i++) {
        const size_t n = characters(json_shown(&items->as.array.items[i], column->key));

        width = n > width ? n : width;
    }
    return width > COLUMN_WIDTH_MAX ? COLUMN_WIDTH_MAX : width;
}

void columns_print(Cli *cli, const Json *list, const Column *columns, size_t count)
{
    const Json *items = json_get(list, STR("items"));
    size_t widths[COLUMNS_MAX];

    if (!items || items->kind != JSON_KIND_ARRAY || count > COLUMNS_MAX)
        return;
    for (size_t c = 0; c < count; c++)
        widths[c] = width_of(items, &columns[c]);
    for (size_t c = 0; c < count; c++)
        print_cell(cli, str_from(columns[c].heading), widths[c], c + 1 == count);
    cli_print(cli, "\n");
    for (size_t i = 0; i < items->as.array.len; i++) {
        for (size_t c = 0; c < count; c++)
            print_cell(cli, json_shown(&items->as.array.items[i], columns[c].key), widths[c],
                       c + 1 == count);
        cli_print(cli, "\n");
    }
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
