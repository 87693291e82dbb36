/* SPDX-License-Identifier: Apache-2.0 */
/* Table `judge_rules`. */
#include "catalog/rule.h"

#include "catalog/rows.h"

#define RULE_COLUMNS                                                                      \
    "SELECT id, project_id, judge, query, subject, sample_ppm, enabled, created_ns FROM " \
    "judge_rules "

static void read_row(Stmt *s, Arena *arena, void *out)
{
    *(RuleRow *)out = (RuleRow){.id = sql_get_int(s, 0),
                                .project_id = sql_get_int(s, 1),
                                .judge = sql_get_text(s, 2, arena),
                                .query = sql_get_text(s, 3, arena),
                                .subject = sql_get_text(s, 4, arena),
                                .sample_ppm = sql_get_int(s, 5),
                                .enabled = sql_get_int(s, 6) != 0,
                                .created_ns = sql_get_int(s, 7)};
}

static const RowKind kind = {sizeof(RuleRow), read_row};

static Status insert(Conn *c, const void *item, int64_t *id)
{
    const RuleRow *row = item;
    Stmt s;
    const Status st = rows_next_id(c, "SELECT COUNT(*) FROM judge_rules WHERE project_id = $1",
                                   row->project_id, RULES_MAX, STR("judge_rules"), id);

    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO judge_rules (id, project_id, judge, query, sample_ppm, enabled,"
                    " created_ns, subject) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    sql_int(&s, 1, *id);
    sql_int(&s, 2, row->project_id);
    sql_text(&s, 3, row->judge);
    sql_text(&s, 4, row->query);
    sql_int(&s, 5, row->sample_ppm);
    sql_int(&s, 6, row->enabled);
    sql_int(&s, 7, row->created_ns);
    sql_text(&s, 8, row->subject);
    return sql_run(&s);
}

Status catalog_rule_add(Catalog *c, const RuleRow *row, int64_t *id)
{
    return rows_add(c, insert, row, id);
}

Status catalog_rule_put(Catalog *c, const RuleRow *row)
{
    Conn *w;
    Stmt s;
    const Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "UPDATE judge_rules SET judge = $3, query = $4, sample_ppm = $5, enabled = $6,"
                    " subject = $7"
                    " WHERE id = $1 AND project_id = $2");
    sql_int(&s, 1, row->id);
    sql_int(&s, 2, row->project_id);
    sql_text(&s, 3, row->judge);
    sql_text(&s, 4, row->query);
    sql_int(&s, 5, row->sample_ppm);
    sql_int(&s, 6, row->enabled);
    sql_text(&s, 7, row->subject);
    return tx_end(w, sql_change(w, &s));
}

Status catalog_rule_get(Catalog *c, int64_t project_id, int64_t id, Arena *arena, RuleRow *out)
{
    return rows_get(c, &kind, RULE_COLUMNS "WHERE id = $1 AND project_id = $2", project_id, id,
                    arena, out);
}

Status catalog_rule_list(Catalog *c, int64_t project_id, Arena *arena, RuleList *out)
{
    Rows rows = {0};
    const Status st = rows_list(c, &kind, RULE_COLUMNS "WHERE project_id = $1 ORDER BY id",
                                project_id, RULES_MAX, arena, &rows);

    if (!st)
        *out = (RuleList){.items = rows.items, .len = rows.len};
    return st;
}

Status catalog_rule_remove(Catalog *c, int64_t project_id, int64_t id)
{
    return rows_remove(c, "DELETE FROM judge_rules WHERE id = $1 AND project_id = $2", project_id,
                       id);
}
