/* SPDX-License-Identifier: Apache-2.0 */
/* Table `quality_standards`. */
#include "catalog/standard.h"

#include "catalog/rows.h"

static Status put(Conn *c, const StandardRow *row)
{
    int64_t others = 0;
    int64_t id = 0;
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM quality_standards WHERE project_id = $1"
                         " AND name <> $2");
    Status st;

    sql_int(&s, 1, row->project_id);
    sql_text(&s, 2, row->name);
    st = sql_one_int(&s, &others);
    if (!st && others >= STANDARDS_MAX)
        st = ST_LIMIT;
    if (!st)
        st = sql_next_id(c, STR("quality_standards"), &id);
    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO quality_standards"
                    " (id, project_id, name, body, created_ns, updated_ns)"
                    " VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (project_id, name)"
                    " DO UPDATE SET body = excluded.body, updated_ns = excluded.updated_ns");
    sql_int(&s, 1, id);
    sql_int(&s, 2, row->project_id);
    sql_text(&s, 3, row->name);
    sql_text(&s, 4, row->body);
    sql_int(&s, 5, row->updated_ns);
    return sql_run(&s);
}

Status catalog_standard_put(Catalog *c, const StandardRow *row)
{
    Conn *w;
    const Status st = tx_begin(c, &w);

    return st ? st : tx_end(w, put(w, row));
}

#define STANDARD_COLUMNS \
    "SELECT project_id, name, body, created_ns, updated_ns FROM quality_standards "

static void read_row(Stmt *s, Arena *arena, void *out)
{
    *(StandardRow *)out = (StandardRow){.project_id = sql_get_int(s, 0),
                                        .name = sql_get_text(s, 1, arena),
                                        .body = sql_get_text(s, 2, arena),
                                        .created_ns = sql_get_int(s, 3),
                                        .updated_ns = sql_get_int(s, 4)};
}

static const RowKind kind = {sizeof(StandardRow), read_row};

Status catalog_standard_get(Catalog *c, int64_t project_id, Str name, Arena *arena,
                            StandardRow *out)
{
    StandardRow row = {0};
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, STANDARD_COLUMNS "WHERE project_id = $1 AND name = $2");
    sql_int(&s, 1, project_id);
    sql_text(&s, 2, name);
    if (sql_one_row(&s))
        read_row(&s, arena, &row);
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = row;
    return st;
}

Status catalog_standard_list(Catalog *c, int64_t project_id, Arena *arena, StandardList *out)
{
    Rows rows = {0};
    const Status st = rows_list(c, &kind, STANDARD_COLUMNS "WHERE project_id = $1 ORDER BY name",
                                project_id, STANDARDS_MAX, arena, &rows);

    if (!st)
        *out = (StandardList){.items = rows.items, .len = rows.len};
    return st;
}

Status catalog_standard_remove(Catalog *c, int64_t project_id, Str name)
{
    Conn *w;
    Stmt s;
    const Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "DELETE FROM quality_standards WHERE project_id = $1 AND name = $2");
    sql_int(&s, 1, project_id);
    sql_text(&s, 2, name);
    return tx_end(w, sql_change(w, &s));
}
