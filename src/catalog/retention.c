/* SPDX-License-Identifier: Apache-2.0 */
/* Table `retention`. */
#include "catalog/retention.h"

#include "catalog/sql.h"

Status catalog_retention_get(Catalog *c, int64_t project_id, RetentionRow *out)
{
    RetentionRow row = {0};
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT max_age_ns, max_bytes FROM retention WHERE project_id = $1");
    sql_int(&s, 1, project_id);
    if (sql_row(&s)) {
        row.max_age_ns = sql_get_int(&s, 0);
        row.max_bytes = sql_get_int(&s, 1);
    }
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = row;
    return st;
}

static void bind_limit(Stmt *s, int param, int64_t value)
{
    if (value)
        sql_int(s, param, value);
    else
        sql_null(s, param);
}

Status catalog_retention_put(Catalog *c, int64_t project_id, const RetentionRow *row)
{
    Conn *w;
    Stmt s;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "INSERT INTO retention (project_id, max_age_ns, max_bytes)"
                    " VALUES ($1, $2, $3) ON CONFLICT (project_id) DO UPDATE SET"
                    " max_age_ns = excluded.max_age_ns, max_bytes = excluded.max_bytes");
    sql_int(&s, 1, project_id);
    bind_limit(&s, 2, row->max_age_ns);
    bind_limit(&s, 3, row->max_bytes);
    return tx_end(w, sql_run(&s));
}
