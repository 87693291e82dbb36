/* SPDX-License-Identifier: Apache-2.0 */
/* Tables `project_counters` and `version_runs`. */
#include "catalog/internal.h"

static Status add_project(Conn *c, const ProjectDelta *d)
{
    Stmt s = sql_stmt(c, "INSERT INTO project_counters (project_id, stored, rejected)"
                         " VALUES ($1, $2, $3) ON CONFLICT (project_id) DO UPDATE SET"
                         " stored = project_counters.stored + excluded.stored,"
                         " rejected = project_counters.rejected + excluded.rejected");

    sql_int(&s, 1, d->project_id);
    sql_uint(&s, 2, d->stored);
    sql_uint(&s, 3, d->rejected);
    return sql_run(&s);
}

static Status add_runs(Conn *c, const RunDelta *d)
{
    Stmt s = sql_stmt(c, "INSERT INTO version_runs (version_id, runs, errors, first_ns, last_ns)"
                         " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (version_id) DO UPDATE SET"
                         " runs = version_runs.runs + excluded.runs,"
                         " errors = version_runs.errors + excluded.errors,"
                         " first_ns = CASE WHEN excluded.first_ns < version_runs.first_ns"
                         "  THEN excluded.first_ns ELSE version_runs.first_ns END,"
                         " last_ns = CASE WHEN excluded.last_ns > version_runs.last_ns"
                         "  THEN excluded.last_ns ELSE version_runs.last_ns END");

    sql_int(&s, 1, d->version_id);
    sql_uint(&s, 2, d->runs);
    sql_uint(&s, 3, d->errors);
    sql_int(&s, 4, d->first_ns);
    sql_int(&s, 5, d->last_ns);
    return sql_run(&s);
}

Status counters_apply(Conn *c, const CountDeltas *deltas)
{
    Status st = ST_OK;

    for (size_t i = 0; i < deltas->project_count && !st; i++)
        st = add_project(c, &deltas->projects[i]);
    for (size_t i = 0; i < deltas->run_count && !st; i++)
        if (deltas->runs[i].runs)
            st = add_runs(c, &deltas->runs[i]);
    return st;
}

Status catalog_counters_add(Catalog *c, const CountDeltas *deltas)
{
    Conn *w;
    Status st = tx_begin(c, &w);

    return st ? st : tx_end(w, counters_apply(w, deltas));
}

Status catalog_counters_get(Catalog *c, int64_t project_id, ProjectCounters *out)
{
    ProjectCounters n = {0};
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT stored, rejected FROM project_counters WHERE project_id = $1");
    sql_int(&s, 1, project_id);
    if (sql_row(&s)) {
        n.stored = sql_get_uint(&s, 0);
        n.rejected = sql_get_uint(&s, 1);
        n.received = n.stored + n.rejected;
    }
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = n;
    return st;
}
