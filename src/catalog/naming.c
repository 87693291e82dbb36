/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/naming.h"

#include "catalog/rows.h"

Status naming_find(Conn *c, const Naming *of, int64_t project_id, Str name, int64_t *out)
{
    Stmt s = sql_stmt(c, of->find);

    sql_int(&s, 1, project_id);
    sql_text(&s, 2, name);
    return sql_one_int(&s, out);
}

Status naming_former(Conn *c, const Naming *of, int64_t id, Arena *arena, Str **out, size_t *len)
{
    Stmt s = sql_stmt(c, of->former);

    sql_int(&s, 1, id);
    return sql_texts(&s, of->max_former, arena, out, len);
}

static Status keep_old_name(Conn *c, const Naming *of, int64_t id, int64_t now_ns)
{
    int64_t position = 0;
    Stmt s;
    const Status st = sql_next_id(c, of->sequence, &position);

    if (st)
        return st;
    s = sql_stmt(c, of->keep);
    sql_int(&s, 1, id);
    sql_int(&s, 2, position);
    if (of->dated)
        sql_int(&s, 3, now_ns);
    return sql_run(&s);
}

static Status run_with_name(Conn *c, const char *sql, int64_t id, Str name)
{
    Stmt s = sql_stmt(c, sql);

    sql_int(&s, 1, id);
    sql_text(&s, 2, name);
    return sql_run(&s);
}

static Status check_count(Conn *c, const Naming *of, int64_t id)
{
    int64_t former = 0;
    Stmt s = sql_stmt(c, of->count);
    Status st;

    sql_int(&s, 1, id);
    st = sql_one_int(&s, &former);
    return st ? st : former > (int64_t)of->max_former ? ST_LIMIT : ST_OK;
}

Status naming_rename(Conn *c, const Naming *of, int64_t id, Str name, int64_t now_ns)
{
    int64_t same = 0;
    Stmt s = sql_stmt(c, of->is_so);
    Status st;

    sql_int(&s, 1, id);
    sql_text(&s, 2, name);
    st = sql_one_int(&s, &same);
    if (st || same)
        return st;
    st = keep_old_name(c, of, id, now_ns);
    if (!st)
        st = run_with_name(c, of->forget, id, name);
    if (!st)
        st = run_with_name(c, of->set, id, name); /* ST_EXISTS: unique in the project */
    return st ? st : check_count(c, of, id);
}

static void read_alias(Stmt *s, Arena *arena, void *out)
{
    *(ModelAlias *)out =
        (ModelAlias){.former = sql_get_text(s, 0, arena), .current = sql_get_text(s, 1, arena)};
}

Status naming_aliases(Catalog *c, const Naming *of, int64_t project_id, size_t limit, Arena *arena,
                      ModelAliases *out)
{
    static const RowKind kind = {sizeof(ModelAlias), read_alias};
    Rows rows = {0};
    const Status st = rows_list(c, &kind, of->aliases, project_id, limit, arena, &rows);

    if (!st)
        *out = (ModelAliases){rows.items, rows.len};
    return st;
}
