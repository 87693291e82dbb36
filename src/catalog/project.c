/* SPDX-License-Identifier: Apache-2.0 */
/* Table `projects`. */
#include "catalog/project.h"

#include "catalog/sql.h"

static ProjectRow read_row(Stmt *s, Arena *arena)
{
    return (ProjectRow){.id = sql_get_int(s, 0),
                        .name = sql_get_text(s, 1, arena),
                        .created_ns = sql_get_int(s, 2)};
}

static Status read_only_row(Stmt *s, Arena *arena, ProjectRow *out)
{
    ProjectRow row = {0};
    Status st;

    if (sql_row(s))
        row = read_row(s, arena);
    else if (!s->st)
        s->st = ST_NOTFOUND;
    st = sql_end(s);
    if (!st)
        *out = row;
    return st;
}

static Status find_by_name(Conn *c, Str name, Arena *arena, ProjectRow *out)
{
    Stmt s = sql_stmt(c, "SELECT id, name, created_ns FROM projects WHERE name = $1");

    sql_text(&s, 1, name);
    return read_only_row(&s, arena, out);
}

Status catalog_project_get(Catalog *c, Str name, Arena *arena, ProjectRow *out)
{
    Conn *r;
    Status st = read_begin(c, &r);

    return st ? st : read_end(r, find_by_name(r, name, arena, out));
}

Status catalog_project_by_id(Catalog *c, int64_t id, Arena *arena, ProjectRow *out)
{
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT id, name, created_ns FROM projects WHERE id = $1");
    sql_int(&s, 1, id);
    return read_end(r, read_only_row(&s, arena, out));
}

static Status check_limit(Conn *c)
{
    int64_t there = 0;
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM projects");
    const Status st = sql_one_int(&s, &there);

    return st ? st : there < MAX_PROJECTS ? ST_OK : ST_LIMIT;
}

static Status insert(Conn *c, Str name, int64_t now_ns, Arena *arena, ProjectRow *out)
{
    ProjectRow row = {.created_ns = now_ns};
    Stmt s;
    Status st = check_limit(c);

    if (!st)
        st = sql_next_id(c, STR("projects"), &row.id);
    if (!st)
        st = arena_copy(arena, name, &row.name);
    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO projects (id, name, created_ns) VALUES ($1, $2, $3)");
    sql_int(&s, 1, row.id);
    sql_text(&s, 2, name);
    sql_int(&s, 3, now_ns);
    st = sql_run(&s);
    if (!st)
        *out = row;
    return st;
}

Status catalog_project_put(Catalog *c, Str name, int64_t now_ns, Arena *arena, ProjectRow *out,
                           bool *created)
{
    ProjectRow row = {0};
    bool made = false;
    Conn *w;
    Status st = catalog_project_get(c, name, arena, out);

    if (st != ST_NOTFOUND) {
        if (!st)
            *created = false;
        return st;
    }
    st = tx_begin(c, &w);
    if (st)
        return st;
    st = find_by_name(w, name, arena, &row);
    if (st == ST_NOTFOUND) {
        st = insert(w, name, now_ns, arena, &row);
        made = true;
    }
    st = tx_end(w, st);
    if (!st) {
        *out = row;
        *created = made;
    }
    return st;
}

Status catalog_project_list(Catalog *c, Str after, size_t limit, Arena *arena, ProjectList *out)
{
    ProjectList list = {.items = arena_calloc(arena, limit, sizeof *list.items)};
    Conn *r;
    Stmt s;
    Status st = list.items ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    s = sql_stmt(r, "SELECT id, name, created_ns FROM projects WHERE name > $1"
                    " ORDER BY name LIMIT $2");
    sql_text(&s, 1, after);
    sql_uint(&s, 2, limit + 1);
    while (sql_page_row(&s, list.len, limit, &list.more))
        list.items[list.len++] = read_row(&s, arena);
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = list;
    return st;
}
