/* SPDX-License-Identifier: Apache-2.0 */
/* Table `result_parts`. */
#include "catalog/result_part.h"

#include "catalog/internal.h"

enum { ROW_ARENA = 1 << 20 };

static Status count(Conn *c, int64_t evaluation_id, int64_t *out)
{
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM result_parts WHERE evaluation_id = $1");

    sql_int(&s, 1, evaluation_id);
    return sql_one_int(&s, out);
}

static Status insert(Conn *c, const PartRow *row, int64_t id)
{
    Stmt s = sql_stmt(c, "INSERT INTO result_parts (id, project_id, evaluation_id, name, scope,"
                         " configuration, row_count, byte_count, checksum, created_ns)"
                         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");

    sql_int(&s, 1, id);
    sql_int(&s, 2, row->project_id);
    sql_int(&s, 3, row->evaluation_id);
    sql_text(&s, 4, row->name);
    sql_text(&s, 5, row->scope);
    sql_text(&s, 6, row->configuration);
    sql_uint(&s, 7, row->rows);
    sql_uint(&s, 8, row->bytes);
    sql_uint(&s, 9, row->checksum);
    sql_int(&s, 10, row->created_ns);
    return sql_run(&s);
}

static Status add(Conn *c, const PartRow *row, int64_t *there)
{
    int64_t id = 0;
    Status st = evaluation_revise(c, row->evaluation_id, row->created_ns);

    if (!st)
        st = count(c, row->evaluation_id, there);
    if (!st && *there >= PARTS_MAX)
        st = ST_LIMIT;
    if (!st)
        st = sql_next_id(c, STR("result_parts"), &id);
    return st ? st : insert(c, row, id);
}

Status catalog_part_add(Catalog *c, const PartRow *row, size_t *parts)
{
    int64_t there = 0;
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    st = tx_end(w, add(w, row, &there));
    if (!st && parts)
        *parts = (size_t)there + 1;
    return st;
}

static Status remove_one(Conn *c, const PartRow *part)
{
    Stmt s = sql_stmt(c, "DELETE FROM result_parts WHERE id = $1 AND name = $2");

    sql_int(&s, 1, part->id);
    sql_text(&s, 2, part->name);
    return sql_change(c, &s);
}

static Status replace(Conn *c, const PartRow *row, const PartRow *parts, size_t count, bool revise)
{
    Status st = revise ? evaluation_revise(c, row->evaluation_id, row->created_ns) : ST_OK;

    for (size_t i = 0; i < count && !st; i++)
        st = remove_one(c, &parts[i]);
    return st ? st : insert(c, row, row->id);
}

Status catalog_part_replace(Catalog *c, const PartRow *row, const PartRow *parts, size_t count,
                            bool revise)
{
    Conn *w;
    Status st = tx_begin(c, &w);

    return st ? st : tx_end(w, replace(w, row, parts, count, revise));
}

#define PART_COLUMNS                                                               \
    "SELECT id, project_id, evaluation_id, name, scope, configuration, row_count," \
    " byte_count, checksum, created_ns FROM result_parts "

static PartRow read_row(Stmt *s, Arena *arena)
{
    return (PartRow){.id = sql_get_int(s, 0),
                     .project_id = sql_get_int(s, 1),
                     .evaluation_id = sql_get_int(s, 2),
                     .name = sql_get_text(s, 3, arena),
                     .scope = sql_get_text(s, 4, arena),
                     .configuration = sql_get_text(s, 5, arena),
                     .rows = sql_get_uint(s, 6),
                     .bytes = sql_get_uint(s, 7),
                     .checksum = sql_get_uint(s, 8),
                     .created_ns = sql_get_int(s, 9)};
}

static Status read_list(Conn *c, int64_t evaluation_id, Arena *arena, PartList *list)
{
    int64_t rows = 0;
    Stmt s;
    Status st = count(c, evaluation_id, &rows);

    if (st)
        return st;
    list->items = arena_calloc(arena, (size_t)rows, sizeof *list->items);
    if (!list->items)
        return ST_NOMEM;
    s = sql_stmt(c, PART_COLUMNS "WHERE evaluation_id = $1 ORDER BY id");
    sql_int(&s, 1, evaluation_id);
    while (list->len < (size_t)rows && sql_row(&s))
        list->items[list->len++] = read_row(&s, arena);
    return sql_end(&s);
}

Status catalog_part_list(Catalog *c, int64_t evaluation_id, Arena *arena, PartList *out)
{
    PartList list = {0};
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = read_end(r, read_list(r, evaluation_id, arena, &list));
    if (!st)
        *out = list;
    return st;
}

Status catalog_part_each(Catalog *c, Status (*visit)(void *visitor, const PartRow *row),
                         void *visitor)
{
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, PART_COLUMNS "ORDER BY project_id, evaluation_id, id");
    while (sql_row(&s)) {
        Arena a;
        PartRow row;

        arena_init(&a, ROW_ARENA);
        row = read_row(&s, &a);
        if (!s.st)
            s.st = visit(visitor, &row);
        arena_deinit(&a);
    }
    return read_end(r, sql_end(&s));
}
