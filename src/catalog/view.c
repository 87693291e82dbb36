/* SPDX-License-Identifier: Apache-2.0 */
/* Table `views`. */
#include "catalog/view.h"

#include "catalog/sql.h"

#define VIEW_COLUMNS "SELECT id, project_id, page, name, state, created_ns FROM views "

static ViewRow read_row(Stmt *s, Arena *arena)
{
    return (ViewRow){.id = sql_get_int(s, 0),
                     .project_id = sql_get_int(s, 1),
                     .page = sql_get_text(s, 2, arena),
                     .name = sql_get_text(s, 3, arena),
                     .state = sql_get_text(s, 4, arena),
                     .created_ns = sql_get_int(s, 5)};
}

static Status insert(Conn *c, const ViewRow *row, int64_t *id)
{
    int64_t there = 0;
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM views WHERE project_id = $1");
    Status st;

    sql_int(&s, 1, row->project_id);
    st = sql_one_int(&s, &there);
    if (!st && there >= VIEWS_MAX)
        st = ST_LIMIT;
    if (!st)
        st = sql_next_id(c, STR("views"), id);
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
    int64_t given = 0;
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    st = tx_end(w, insert(w, row, &given));
    if (!st)
        *id = given;
    return st;
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
    ViewRow row = {0};
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, VIEW_COLUMNS "WHERE id = $1 AND project_id = $2");
    sql_int(&s, 1, id);
    sql_int(&s, 2, project_id);
    if (sql_one_row(&s))
        row = read_row(&s, arena);
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = row;
    return st;
}

static Status read_list(Conn *c, int64_t project_id, Arena *arena, ViewList *out)
{
    Stmt s;

    out->items = arena_calloc(arena, VIEWS_MAX, sizeof *out->items);
    if (!out->items)
        return ST_NOMEM;
    s = sql_stmt(c, VIEW_COLUMNS "WHERE project_id = $1 ORDER BY page, name, id");
    sql_int(&s, 1, project_id);
    while (out->len < VIEWS_MAX && sql_row(&s))
        out->items[out->len++] = read_row(&s, arena);
    return sql_end(&s);
}

Status catalog_view_list(Catalog *c, int64_t project_id, Arena *arena, ViewList *out)
{
    ViewList list = {0};
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = read_end(r, read_list(r, project_id, arena, &list));
    if (!st)
        *out = list;
    return st;
}

Status catalog_view_remove(Catalog *c, int64_t project_id, int64_t id)
{
    Conn *w;
    Stmt s;
    const Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "DELETE FROM views WHERE id = $1 AND project_id = $2");
    sql_int(&s, 1, id);
    sql_int(&s, 2, project_id);
    return tx_end(w, sql_change(w, &s));
}
