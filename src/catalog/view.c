/* SPDX-License-Identifier: Apache-2.0 */
/* Table `views`. */
#include "catalog/view.h"

#include "catalog/rows.h"

#define VIEW_COLUMNS "SELECT id, project_id, page, name, state, created_ns FROM views "

static void read_row(Stmt *s, Arena *arena, void *out)
{
    *(ViewRow *)out = (ViewRow){.id = sql_get_int(s, 0),
                                .project_id = sql_get_int(s, 1),
                                .page = sql_get_text(s, 2, arena),
                                .name = sql_get_text(s, 3, arena),
                                .state = sql_get_text(s, 4, arena),
                                .created_ns = sql_get_int(s, 5)};
}

static const RowKind kind = {sizeof(ViewRow), read_row};

static Status insert(Conn *c, const void *item, int64_t *id)
{
    const ViewRow *row = item;
    Stmt s;
    const Status st = rows_next_id(c, "SELECT COUNT(*) FROM views WHERE project_id = $1",
                                   row->project_id, VIEWS_MAX, STR("views"), id);

    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO views (id, project_id, page, name, state, created_ns)"
                    " VALUES ($1, $2, $3, $4, $5, $6)");
    sql_int(&s, 1, *id);
    sql_int(&s, 2, row->project_id);
    sql_text(&s, 3, row->page);
    sql_text(&s, 4, row->name);
    sql_text(&s, 5, row->state);
    sql_int(&s, 6, row->created_ns);
    return sql_run(&s);
}

Status catalog_view_add(Catalog *c, const ViewRow *row, int64_t *id)
{
    return rows_add(c, insert, row, id);
}

Status catalog_view_put(Catalog *c, const ViewRow *row)
{
    Conn *w;
    Stmt s;
    const Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "UPDATE views SET page = $3, name = $4, state = $5"
                    " WHERE id = $1 AND project_id = $2");
    sql_int(&s, 1, row->id);
    sql_int(&s, 2, row->project_id);
    sql_text(&s, 3, row->page);
    sql_text(&s, 4, row->name);
    sql_text(&s, 5, row->state);
    return tx_end(w, sql_change(w, &s));
}

Status catalog_view_get(Catalog *c, int64_t project_id, int64_t id, Arena *arena, ViewRow *out)
{
    return rows_get(c, &kind, VIEW_COLUMNS "WHERE id = $1 AND project_id = $2", project_id, id,
                    arena, out);
}

Status catalog_view_list(Catalog *c, int64_t project_id, Arena *arena, ViewList *out)
{
    Rows rows = {0};
    const Status st =
        rows_list(c, &kind, VIEW_COLUMNS "WHERE project_id = $1 ORDER BY page, name, id",
                  project_id, VIEWS_MAX, arena, &rows);

    if (!st)
        *out = (ViewList){.items = rows.items, .len = rows.len};
    return st;
}

Status catalog_view_remove(Catalog *c, int64_t project_id, int64_t id)
{
    return rows_remove(c, "DELETE FROM views WHERE id = $1 AND project_id = $2", project_id, id);
}
