/* SPDX-License-Identifier: Apache-2.0 */
/* Table `workflow_models`. */
#include "catalog/workflow_model.h"

#include "catalog/internal.h"

static Status count(Conn *c, int64_t space_id, int64_t *out)
{
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM workflow_models WHERE space_id = $1");

    sql_int(&s, 1, space_id);
    return sql_one_int(&s, out);
}

static Status put(Conn *c, int64_t space_id, int64_t version_id, Str tags, int64_t now_ns,
                  bool *created)
{
    int64_t there = 0;
    Status st = count(c, space_id, &there);
    Stmt s;

    if (!st && there >= WORKFLOW_MODELS_MAX)
        st = ST_LIMIT;
    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO workflow_models (space_id, version_id, tags, created_ns)"
                    " VALUES ($1, $2, $3, $4) ON CONFLICT (space_id, version_id) DO NOTHING");
    sql_int(&s, 1, space_id);
    sql_int(&s, 2, version_id);
    sql_text(&s, 3, tags);
    sql_int(&s, 4, now_ns);
    st = sql_run(&s);
    if (!st)
        *created = sql_changed(c) > 0;
    return st;
}

Status catalog_workflow_model_put(Catalog *c, int64_t space_id, int64_t version_id, Str tags,
                                  int64_t now_ns, bool *created)
{
    bool made = false;
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    st = tx_end(w, put(w, space_id, version_id, tags, now_ns, &made));
    if (!st)
        *created = made;
    return st;
}

#define WORKFLOW_MODEL_COLUMNS                                                                \
    "SELECT v.id, m.name, v.number, CASE WHEN v.metadata = '' THEN '{}' ELSE v.metadata END," \
    " w.tags, w.created_ns FROM workflow_models w JOIN versions v ON v.id = w.version_id"     \
    " JOIN models m ON m.id = v.model_id "

static WorkflowModelRow read_row(Stmt *s, Arena *arena)
{
    return (WorkflowModelRow){.version_id = sql_get_int(s, 0),
                              .model = sql_get_text(s, 1, arena),
                              .number = (int32_t)sql_get_int(s, 2),
                              .metadata = sql_get_text(s, 3, arena),
                              .tags = sql_get_text(s, 4, arena),
                              .created_ns = sql_get_int(s, 5)};
}

Status catalog_workflow_model_get(Catalog *c, int64_t project_id, int64_t space_id, Str name,
                                  int32_t number, Arena *arena, WorkflowModelRow *out)
{
    WorkflowModelRow row = {0};
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, WORKFLOW_MODEL_COLUMNS "JOIN " SQL_MODELS_NAMED
                                           " ON named.model_id = v.model_id WHERE w.space_id = $3"
                                           " AND ($4 = 0 OR v.number = $4)"
                                           " ORDER BY named.former, named.position DESC,"
                                           " v.number DESC LIMIT 1");
    sql_int(&s, 1, project_id);
    sql_text(&s, 2, name);
    sql_int(&s, 3, space_id);
    sql_int(&s, 4, number);
    if (sql_one_row(&s))
        row = read_row(&s, arena);
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = row;
    return st;
}

static Status read_list(Conn *c, int64_t space_id, Arena *arena, WorkflowModelList *list)
{
    int64_t rows = 0;
    Stmt s;
    Status st = count(c, space_id, &rows);

    if (st)
        return st;
    list->items = arena_calloc(arena, (size_t)rows + 1, sizeof *list->items);
    if (!list->items)
        return ST_NOMEM;
    s = sql_stmt(c, WORKFLOW_MODEL_COLUMNS "WHERE w.space_id = $1 ORDER BY w.created_ns, v.id");
    sql_int(&s, 1, space_id);
    while (list->len < (size_t)rows && sql_row(&s))
        list->items[list->len++] = read_row(&s, arena);
    return sql_end(&s);
}

Status catalog_workflow_model_list(Catalog *c, int64_t space_id, Arena *arena,
                                   WorkflowModelList *out)
{
    WorkflowModelList list = {0};
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = read_end(r, read_list(r, space_id, arena, &list));
    if (!st)
        *out = list;
    return st;
}

Status catalog_workflow_model_set_tags(Catalog *c, int64_t space_id, int64_t version_id, Str tags)
{
    Conn *w;
    Stmt s;
    const Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "UPDATE workflow_models SET tags = $3 WHERE space_id = $1 AND version_id = $2");
    sql_int(&s, 1, space_id);
    sql_int(&s, 2, version_id);
    sql_text(&s, 3, tags);
    return tx_end(w, sql_change(w, &s));
}
