/* SPDX-License-Identifier: Apache-2.0 */
/* Table `evaluation_findings`: metrics and plots as the evaluator gave them. */
#include "catalog/evaluation.h"
#include "catalog/internal.h"

static Status put(Conn *c, int64_t evaluation_id, const FindingRow *row)
{
    Stmt s = sql_stmt(c, "INSERT INTO evaluation_findings"
                         " (evaluation_id, kind, configuration, scope, body)"
                         " VALUES ($1, $2, $3, $4, $5)"
                         " ON CONFLICT (evaluation_id, kind, configuration, scope)"
                         " DO UPDATE SET body = excluded.body");

    sql_int(&s, 1, evaluation_id);
    sql_text(&s, 2, row->kind);
    sql_text(&s, 3, row->configuration);
    sql_text(&s, 4, row->scope);
    sql_text(&s, 5, row->body);
    return sql_run(&s);
}

Status catalog_findings_put(Catalog *c, int64_t evaluation_id, const FindingList *findings,
                            int64_t now_ns)
{
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    st = evaluation_revise(w, evaluation_id, now_ns);
    for (size_t i = 0; i < findings->len && !st; i++)
        st = put(w, evaluation_id, &findings->items[i]);
    return tx_end(w, st);
}

static Status count(Conn *c, int64_t evaluation_id, Str kind, int64_t *out)
{
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM evaluation_findings WHERE evaluation_id = $1"
                         " AND kind = $2");

    sql_int(&s, 1, evaluation_id);
    sql_text(&s, 2, kind);
    return sql_one_int(&s, out);
}

static Status read_list(Conn *c, int64_t evaluation_id, Str kind, Arena *arena, FindingList *list)
{
    int64_t rows = 0;
    Stmt s;
    Status st = count(c, evaluation_id, kind, &rows);

    if (st)
        return st;
    list->items = arena_calloc(arena, (size_t)rows, sizeof *list->items);
    if (!list->items)
        return ST_NOMEM;
    s = sql_stmt(c, "SELECT kind, configuration, scope, body FROM evaluation_findings"
                    " WHERE evaluation_id = $1 AND kind = $2 ORDER BY configuration, scope");
    sql_int(&s, 1, evaluation_id);
    sql_text(&s, 2, kind);
    while (list->len < (size_t)rows && sql_row(&s))
        list->items[list->len++] = (FindingRow){.kind = sql_get_text(&s, 0, arena),
                                                .configuration = sql_get_text(&s, 1, arena),
                                                .scope = sql_get_text(&s, 2, arena),
                                                .body = sql_get_text(&s, 3, arena)};
    return sql_end(&s);
}

Status catalog_findings_list(Catalog *c, int64_t evaluation_id, Str kind, Arena *arena,
                             FindingList *out)
{
    FindingList list = {0};
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = read_end(r, read_list(r, evaluation_id, kind, arena, &list));
    if (!st)
        *out = list;
    return st;
}
