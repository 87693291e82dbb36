/* SPDX-License-Identifier: Apache-2.0 */
/* Table `review_queues`. */
#include "catalog/queue.h"

#include "catalog/rows.h"

#define QUEUE_COLUMNS \
    "SELECT id, project_id, name, query, judge, instructions, created_ns FROM review_queues "

static void read_row(Stmt *s, Arena *arena, void *out)
{
    *(QueueRow *)out = (QueueRow){.id = sql_get_int(s, 0),
                                  .project_id = sql_get_int(s, 1),
                                  .name = sql_get_text(s, 2, arena),
                                  .query = sql_get_text(s, 3, arena),
                                  .judge = sql_get_text(s, 4, arena),
                                  .instructions = sql_get_text(s, 5, arena),
                                  .created_ns = sql_get_int(s, 6)};
}

static const RowKind kind = {sizeof(QueueRow), read_row};

static Status insert(Conn *c, const QueueRow *row, int64_t *id)
{
    Stmt s;
    const Status st = rows_next_id(c, "SELECT COUNT(*) FROM review_queues WHERE project_id = $1",
                                   row->project_id, QUEUES_MAX, STR("review_queues"), id);

    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO review_queues (id, project_id, name, query, judge, instructions,"
                    " created_ns) VALUES ($1, $2, $3, $4, $5, $6, $7)");
    sql_int(&s, 1, *id);
    sql_int(&s, 2, row->project_id);
    sql_text(&s, 3, row->name);
    sql_text(&s, 4, row->query);
    sql_text(&s, 5, row->judge);
    sql_text(&s, 6, row->instructions);
    sql_int(&s, 7, row->created_ns);
    return sql_run(&s);
}

Status catalog_queue_add(Catalog *c, const QueueRow *row, int64_t *id)
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

Status catalog_queue_put(Catalog *c, const QueueRow *row)
{
    Conn *w;
    Stmt s;
    const Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "UPDATE review_queues SET name = $3, query = $4, judge = $5,"
                    " instructions = $6"
                    " WHERE id = $1 AND project_id = $2");
    sql_int(&s, 1, row->id);
    sql_int(&s, 2, row->project_id);
    sql_text(&s, 3, row->name);
    sql_text(&s, 4, row->query);
    sql_text(&s, 5, row->judge);
    sql_text(&s, 6, row->instructions);
    return tx_end(w, sql_change(w, &s));
}

Status catalog_queue_get(Catalog *c, int64_t project_id, int64_t id, Arena *arena, QueueRow *out)
{
    return rows_get(c, &kind, QUEUE_COLUMNS "WHERE id = $1 AND project_id = $2", project_id, id,
                    arena, out);
}

Status catalog_queue_list(Catalog *c, int64_t project_id, Arena *arena, QueueList *out)
{
    Rows rows = {0};
    const Status st = rows_list(c, &kind, QUEUE_COLUMNS "WHERE project_id = $1 ORDER BY name",
                                project_id, QUEUES_MAX, arena, &rows);

    if (!st)
        *out = (QueueList){.items = rows.items, .len = rows.len};
    return st;
}

Status catalog_queue_remove(Catalog *c, int64_t project_id, int64_t id)
{
    return rows_remove(c, "DELETE FROM review_queues WHERE id = $1 AND project_id = $2", project_id,
                       id);
}
