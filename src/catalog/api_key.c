/* SPDX-License-Identifier: Apache-2.0 */
/* Table `api_keys`.  A project of 0 is NULL there, so that the foreign key holds. */
#include "catalog/api_key.h"

#include "catalog/rows.h"

enum { MAX_KEYS = 10000 };

#define KEY_COLUMNS                                                       \
    "SELECT id, COALESCE(project_id, 0), name, role, prefix, created_ns," \
    " COALESCE(last_used_ns, 0) FROM api_keys "

static KeyRow read_row(Stmt *s, Arena *arena)
{
    return (KeyRow){.id = sql_get_int(s, 0),
                    .project_id = sql_get_int(s, 1),
                    .name = sql_get_text(s, 2, arena),
                    .role = sql_get_text(s, 3, arena),
                    .prefix = sql_get_text(s, 4, arena),
                    .created_ns = sql_get_int(s, 5),
                    .last_used_ns = sql_get_int(s, 6)};
}

static Status total(Conn *c, int64_t *out)
{
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM api_keys");

    return sql_one_int(&s, out);
}

static Status insert(Conn *c, const KeyRow *row, Str hash, int64_t *id)
{
    int64_t there = 0;
    Stmt s;
    Status st = total(c, &there);

    if (!st && there >= MAX_KEYS)
        st = ST_LIMIT;
    if (!st)
        st = sql_next_id(c, STR("api_keys"), id);
    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO api_keys (id, project_id, name, role, prefix, hash, created_ns)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7)");
    sql_int(&s, 1, *id);
    if (row->project_id)
        sql_int(&s, 2, row->project_id);
    else
        sql_null(&s, 2);
    sql_text(&s, 3, row->name);
    sql_text(&s, 4, row->role);
    sql_text(&s, 5, row->prefix);
    sql_text(&s, 6, hash);
    sql_int(&s, 7, row->created_ns);
    return sql_run(&s);
}

Status catalog_key_add(Catalog *c, const KeyRow *row, Str hash, int64_t *id)
{
    int64_t given = 0;
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    st = tx_end(w, insert(w, row, hash, &given));
    if (!st)
        *id = given;
    return st;
}

Status catalog_key_find(Catalog *c, Str hash, Arena *arena, KeyRow *out)
{
    KeyRow row = {0};
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, KEY_COLUMNS "WHERE hash = $1");
    sql_text(&s, 1, hash);
    if (sql_one_row(&s))
        row = read_row(&s, arena);
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = row;
    return st;
}

static Status read_list(Conn *c, int64_t project_id, Arena *arena, KeyList *out)
{
    int64_t there = 0;
    Stmt s;
    Status st = total(c, &there);

    if (st)
        return st;
    out->items = arena_calloc(arena, (size_t)there + 1, sizeof *out->items);
    if (!out->items)
        return ST_NOMEM;
    s = sql_stmt(c, KEY_COLUMNS "WHERE COALESCE(project_id, 0) = $1 ORDER BY id");
    sql_int(&s, 1, project_id);
    while (out->len < (size_t)there && sql_row(&s))
        out->items[out->len++] = read_row(&s, arena);
    return sql_end(&s);
}

Status catalog_key_list(Catalog *c, int64_t project_id, Arena *arena, KeyList *out)
{
    KeyList list = {0};
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = read_end(r, read_list(r, project_id, arena, &list));
    if (!st)
        *out = list;
    return st;
}

Status catalog_key_remove(Catalog *c, int64_t project_id, int64_t id)
{
    return rows_remove(c, "DELETE FROM api_keys WHERE id = $1 AND COALESCE(project_id, 0) = $2",
                       project_id, id);
}

Status catalog_key_touch(Catalog *c, int64_t id, int64_t used_ns)
{
    Conn *w;
    Stmt s;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "UPDATE api_keys SET last_used_ns = $2"
                    " WHERE id = $1 AND COALESCE(last_used_ns, 0) < $2");
    sql_int(&s, 1, id);
    sql_int(&s, 2, used_ns);
    return tx_end(w, sql_run(&s));
}

Status catalog_key_count(Catalog *c, uint64_t *out)
{
    int64_t there = 0;
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = read_end(r, total(r, &there));
    if (!st)
        *out = (uint64_t)there;
    return st;
}
