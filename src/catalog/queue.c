/* SPDX-License-Identifier: Apache-2.0 */
/* Table `review_queues`. */
#include "catalog/queue.h"

#include "catalog/rows.h"

#define QUEUE_COLUMNS                                                                    \
    "SELECT q.id, q.project_id, q.name, q.query, q.judge, q.instructions, q.created_ns," \
    " q.source, q.source_id, q.source_version, q.split, COALESCE(d.name, '')"            \
    " FROM review_queues q"                                                              \
    " LEFT JOIN sample_spaces d ON q.source = 'dataset' AND d.id = q.source_id "

static void read_row(Stmt *s, Arena *arena, void *out)
{
    *(QueueRow *)out = (QueueRow){.id = sql_get_int(s, 0),
                                  .project_id = sql_get_int(s, 1),
                                  .name = sql_get_text(s, 2, arena),
                                  .query = sql_get_text(s, 3, arena),
                                  .judge = sql_get_text(s, 4, arena),
                                  .instructions = sql_get_text(s, 5, arena),
                                  .created_ns = sql_get_int(s, 6),
                                  .source = sql_get_text(s, 7, arena),
                                  .source_id = sql_get_int(s, 8),
                                  .source_version = sql_get_int(s, 9),
                                  .split = sql_get_text(s, 10, arena),
                                  .dataset = sql_get_text(s, 11, arena)};
}

static const RowKind kind = {sizeof(QueueRow), read_row};

static Status insert(Conn *c, const void *item, int64_t *id)
{
    const QueueRow *row = item;
    Stmt s;
    const Status st = rows_next_id(c, "SELECT COUNT(*) FROM review_queues WHERE project_id = $1",
                                   row->project_id, QUEUES_MAX, STR("review_queues"), id);

    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO review_queues (id, project_id, name, query, judge, instructions,"
                    " created_ns, source, source_id, source_version, split)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
    sql_int(&s, 1, *id);
    sql_int(&s, 2, row->project_id);
    sql_text(&s, 3, row->name);
    sql_text(&s, 4, row->query);
    sql_text(&s, 5, row->judge);
    sql_text(&s, 6, row->instructions);
    sql_int(&s, 7, row->created_ns);
    sql_text(&s, 8, row->source);
    sql_int(&s, 9, row->source_id);
    sql_int(&s, 10, row->source_version);
    sql_text(&s, 11, row->split);
    return sql_run(&s);
}

Status catalog_queue_add(Catalog *c, const QueueRow *row, int64_t *id)
{
    return rows_add(c, insert, row, id);
}

Status catalog_queue_put(Catalog *c, const QueueRow *row)
{
    Conn *w;
    Stmt s;
    const Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "UPDATE review_queues SET name = $3, query = $4, judge = $5,"
                    " instructions = $6, source = $7, source_id = $8, source_version = $9,"
                    " split = $10 WHERE id = $1 AND project_id = $2");
    sql_int(&s, 1, row->id);
    sql_int(&s, 2, row->project_id);
    sql_text(&s, 3, row->name);
    sql_text(&s, 4, row->query);
    sql_text(&s, 5, row->judge);
    sql_text(&s, 6, row->instructions);
    sql_text(&s, 7, row->source);
    sql_int(&s, 8, row->source_id);
    sql_int(&s, 9, row->source_version);
    sql_text(&s, 10, row->split);
    return tx_end(w, sql_change(w, &s));
}

Status catalog_queue_get(Catalog *c, int64_t project_id, int64_t id, Arena *arena, QueueRow *out)
{
    return rows_get(c, &kind, QUEUE_COLUMNS "WHERE q.id = $1 AND q.project_id = $2", project_id, id,
                    arena, out);
}

Status catalog_queue_list(Catalog *c, int64_t project_id, Arena *arena, QueueList *out)
{
    Rows rows = {0};
    const Status st = rows_list(c, &kind, QUEUE_COLUMNS "WHERE q.project_id = $1 ORDER BY q.name",
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
