/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a project: one transaction each, nothing given out unless all went well. */
#include "catalog/rows.h"

#include <string.h>

Status rows_next_id(Conn *c, const char *count, int64_t project_id, int64_t max, Str sequence,
                    int64_t *out)
{
    int64_t there = 0;
    Stmt s = sql_stmt(c, count);
    Status st;

    sql_int(&s, 1, project_id);
    st = sql_one_int(&s, &there);
    if (st)
        return st;
    return there < max ? sql_next_id(c, sequence, out) : ST_LIMIT;
}

Status rows_add(Catalog *c, RowInsert insert, const void *row, int64_t *id)
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

Status rows_get(Catalog *c, const RowKind *kind, const char *sql, int64_t project_id, int64_t id,
                Arena *arena, void *out)
{
    void *row = arena_calloc(arena, 1, kind->size);
    Conn *r;
    Stmt s;
    Status st = row ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    s = sql_stmt(r, sql);
    sql_int(&s, 1, id);
    sql_int(&s, 2, project_id);
    if (sql_one_row(&s))
        kind->read(&s, arena, row);
    st = read_end(r, sql_end(&s));
    if (!st)
        memcpy(out, row, kind->size);
    return st;
}

Status rows_list(Catalog *c, const RowKind *kind, const char *sql, int64_t project_id, size_t max,
                 Arena *arena, Rows *out)
{
    char *items = arena_calloc(arena, max, kind->size);
    size_t len = 0;
    Conn *r;
    Stmt s;
    Status st = items ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    s = sql_stmt(r, sql);
    sql_int(&s, 1, project_id);
    for (; len < max && sql_row(&s); len++)
        kind->read(&s, arena, items + len * kind->size);
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = (Rows){items, len};
    return st;
}

Status rows_remove(Catalog *c, const char *sql, int64_t project_id, int64_t id)
{
    Conn *w;
    Stmt s;
    const Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, sql);
    sql_int(&s, 1, id);
    sql_int(&s, 2, project_id);
    return tx_end(w, sql_change(w, &s));
}
