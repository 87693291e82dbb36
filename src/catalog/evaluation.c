/* SPDX-License-Identifier: Apache-2.0 */
/* Tables `evaluations` and `evaluation_configurations`. */
#include "catalog/evaluation.h"

#include "catalog/internal.h"
#include "catalog/rows.h"

/* ------------------------------------------------------------ put */

static Status find(Conn *c, const EvaluationRow *row, int64_t *id)
{
    Stmt s = sql_stmt(c, "SELECT id FROM evaluations WHERE version_id = $1 AND space_id = $2"
                         " AND suite_id = $3 AND target_version = $4 AND split = $5"
                         " AND evaluator = $6");

    sql_int(&s, 1, row->version_id);
    sql_int(&s, 2, row->target.space);
    sql_int(&s, 3, row->target.suite);
    sql_int(&s, 4, row->target.version);
    sql_text(&s, 5, row->split);
    sql_text(&s, 6, row->evaluator);
    return sql_one_int(&s, id);
}

static Status insert(Conn *c, const EvaluationRow *row, int64_t *id)
{
    Stmt s;
    const Status st = rows_next_id(c, "SELECT COUNT(*) FROM evaluations WHERE project_id = $1",
                                   row->project_id, EVALUATIONS_MAX, STR("evaluations"), id);

    if (st)
        return st;
    s = sql_stmt(c,
                 "INSERT INTO evaluations (id, project_id, version_id, space_id, suite_id,"
                 " target_version, split, evaluator, status, message, done, judges, metadata,"
                 " revision, created_ns, updated_ns)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $14)");
    sql_int(&s, 1, *id);
    sql_int(&s, 2, row->project_id);
    sql_int(&s, 3, row->version_id);
    sql_int(&s, 4, row->target.space);
    sql_int(&s, 5, row->target.suite);
    sql_int(&s, 6, row->target.version);
    sql_text(&s, 7, row->split);
    sql_text(&s, 8, row->evaluator);
    sql_text(&s, 9, row->status);
    sql_text(&s, 10, row->message);
    sql_int(&s, 11, row->done);
    sql_text(&s, 12, row->judges);
    sql_text(&s, 13, row->metadata);
    sql_int(&s, 14, row->created_ns);
    return sql_run(&s);
}

static Status put_configuration(Conn *c, int64_t id, const ConfigurationRow *row)
{
    Stmt s = sql_stmt(c, "INSERT INTO evaluation_configurations"
                         " (evaluation_id, position, name, body) SELECT $1,"
                         " (SELECT COUNT(*) FROM evaluation_configurations"
                         "  WHERE evaluation_id = $1), $2, $3 WHERE 1 = 1"
                         " ON CONFLICT (evaluation_id, name) DO UPDATE SET body = excluded.body");

    sql_int(&s, 1, id);
    sql_text(&s, 2, row->name);
    sql_text(&s, 3, row->body);
    return sql_run(&s);
}

static Status count_configurations(Conn *c, int64_t id, int64_t *out)
{
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM evaluation_configurations"
                         " WHERE evaluation_id = $1");

    sql_int(&s, 1, id);
    return sql_one_int(&s, out);
}

static Status put_configurations(Conn *c, int64_t id, const ConfigurationList *list)
{
    int64_t there = 0;
    Status st = ST_OK;

    for (size_t i = 0; i < list->len && !st; i++)
        st = put_configuration(c, id, &list->items[i]);
    if (!st && list->len)
        st = count_configurations(c, id, &there);
    return !st && there > CONFIGURATIONS_MAX ? ST_LIMIT : st;
}

Status catalog_evaluation_put(Catalog *c, const EvaluationRow *row,
                              const ConfigurationList *configurations, int64_t *id, bool *created)
{
    int64_t found = 0;
    bool made = false;
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    st = find(w, row, &found);
    if (st == ST_NOTFOUND) {
        made = true;
        st = insert(w, row, &found);
    }
    if (!st)
        st = put_configurations(w, found, configurations);
    st = tx_end(w, st);
    if (!st) {
        *id = found;
        *created = made;
    }
    return st;
}

/* ------------------------------------------------------------ read */

#define EVALUATION_COLUMNS                                                                   \
    "SELECT e.id, e.project_id, e.version_id, m.name, v.number, e.space_id, e.suite_id,"     \
    " e.target_version, COALESCE(u.name, p.name), CASE WHEN p.kind = 'workflow' THEN p.name" \
    " ELSE '' END, e.split, e.evaluator, e.status, e.message, e.done, e.judges, e.metadata," \
    " e.revision, e.created_ns, e.updated_ns FROM evaluations e"                             \
    " JOIN versions v ON v.id = e.version_id JOIN models m ON m.id = v.model_id"             \
    " JOIN sample_spaces p ON p.id = e.space_id LEFT JOIN suites u ON u.id = e.suite_id "

static EvaluationRow read_row(Stmt *s, Arena *arena)
{
    return (EvaluationRow){.id = sql_get_int(s, 0),
                           .project_id = sql_get_int(s, 1),
                           .version_id = sql_get_int(s, 2),
                           .model = sql_get_text(s, 3, arena),
                           .model_version = (int32_t)sql_get_int(s, 4),
                           .target = {.space = sql_get_int(s, 5),
                                      .suite = sql_get_int(s, 6),
                                      .version = sql_get_int(s, 7)},
                           .target_name = sql_get_text(s, 8, arena),
                           .workflow = sql_get_text(s, 9, arena),
                           .split = sql_get_text(s, 10, arena),
                           .evaluator = sql_get_text(s, 11, arena),
                           .status = sql_get_text(s, 12, arena),
                           .message = sql_get_text(s, 13, arena),
                           .done = sql_get_int(s, 14),
                           .judges = sql_get_text(s, 15, arena),
                           .metadata = sql_get_text(s, 16, arena),
                           .revision = sql_get_int(s, 17),
                           .created_ns = sql_get_int(s, 18),
                           .updated_ns = sql_get_int(s, 19)};
}

Status catalog_evaluation_get(Catalog *c, int64_t project_id, int64_t id, Arena *arena,
                              EvaluationRow *out)
{
    EvaluationRow row = {0};
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, EVALUATION_COLUMNS "WHERE e.id = $1 AND e.project_id = $2");
    sql_int(&s, 1, id);
    sql_int(&s, 2, project_id);
    if (sql_one_row(&s))
        row = read_row(&s, arena);
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = row;
    return st;
}

static Status read_configurations(Conn *c, int64_t id, Arena *arena, ConfigurationList *list)
{
    Stmt s;

    list->items = arena_calloc(arena, CONFIGURATIONS_MAX, sizeof *list->items);
    if (!list->items)
        return ST_NOMEM;
    s = sql_stmt(c, "SELECT name, body FROM evaluation_configurations"
                    " WHERE evaluation_id = $1 ORDER BY position, name");
    sql_int(&s, 1, id);
    while (list->len < CONFIGURATIONS_MAX && sql_row(&s))
        list->items[list->len++] = (ConfigurationRow){.name = sql_get_text(&s, 0, arena),
                                                      .body = sql_get_text(&s, 1, arena)};
    return sql_end(&s);
}

Status catalog_evaluation_configurations(Catalog *c, int64_t id, Arena *arena,
                                         ConfigurationList *out)
{
    ConfigurationList list = {0};
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = read_end(r, read_configurations(r, id, arena, &list));
    if (!st)
        *out = list;
    return st;
}

/* A filter's text that is empty fits all. */
#define FITS(column, n) " AND ($" #n " = '' OR " column " = $" #n ")"

static Status read_list(Conn *c, int64_t project_id, const EvaluationFilter *f, size_t limit,
                        Arena *arena, EvaluationList *list)
{
    Stmt s = sql_stmt(
        c, EVALUATION_COLUMNS "WHERE e.project_id = $1 AND e.id < $2" FITS(
               "m.name",
               3) " AND ($4 = '' OR (p.kind = 'workflow' AND p.name = $4))" FITS("e.status", 5)
               FITS("e.evaluator", 6) " AND ($7 = '' OR u.name = $7)"
                                      " AND ($8 = '' OR (e.suite_id = 0 AND p.name = $8))"
                                      " AND ($9 = 0 OR v.number = $9)"
                                      " AND ($10 = 0 OR e.target_version = $10)"
                                      " ORDER BY e.id DESC LIMIT $11");

    sql_int(&s, 1, project_id);
    sql_int(&s, 2, f->before ? f->before : INT64_MAX);
    sql_text(&s, 3, f->model);
    sql_text(&s, 4, f->workflow);
    sql_text(&s, 5, f->status);
    sql_text(&s, 6, f->evaluator);
    sql_text(&s, 7, f->suite);
    sql_text(&s, 8, f->dataset);
    sql_int(&s, 9, f->model_version);
    sql_int(&s, 10, f->version);
    sql_uint(&s, 11, limit + 1);
    while (sql_page_row(&s, list->len, limit, &list->more))
        list->items[list->len++] = read_row(&s, arena);
    return sql_end(&s);
}

Status catalog_evaluation_list(Catalog *c, int64_t project_id, const EvaluationFilter *filter,
                               size_t limit, Arena *arena, EvaluationList *out)
{
    EvaluationList list = {.items = arena_calloc(arena, limit, sizeof *list.items)};
    Conn *r;
    Status st = list.items ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    st = read_end(r, read_list(r, project_id, filter, limit, arena, &list));
    if (!st)
        *out = list;
    return st;
}

/* ------------------------------------------------------------ change */

Status catalog_evaluation_update(Catalog *c, const EvaluationRow *row)
{
    Conn *w;
    Stmt s;
    const Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "UPDATE evaluations SET status = $3, message = $4, done = $5, metadata = $6,"
                    " updated_ns = $7 WHERE id = $1 AND project_id = $2");
    sql_int(&s, 1, row->id);
    sql_int(&s, 2, row->project_id);
    sql_text(&s, 3, row->status);
    sql_text(&s, 4, row->message);
    sql_int(&s, 5, row->done);
    sql_text(&s, 6, row->metadata);
    sql_int(&s, 7, row->updated_ns);
    return tx_end(w, sql_change(w, &s));
}

Status evaluation_revise(Conn *c, int64_t id, int64_t now_ns)
{
    Stmt s = sql_stmt(c, "UPDATE evaluations SET revision = revision + 1, updated_ns = $2"
                         " WHERE id = $1");

    sql_int(&s, 1, id);
    sql_int(&s, 2, now_ns);
    return sql_change(c, &s);
}

/* What hangs on it goes by ON DELETE CASCADE. */
Status catalog_evaluation_remove(Catalog *c, int64_t project_id, int64_t id)
{
    return rows_remove(c, "DELETE FROM evaluations WHERE id = $1 AND project_id = $2", project_id,
                       id);
}
