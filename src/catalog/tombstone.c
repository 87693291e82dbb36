/* SPDX-License-Identifier: Apache-2.0 */
/* Tables `tombstones` and `dropped_projects`. */
#include "catalog/tombstone.h"

#include "catalog/internal.h"

enum { HEX_ARENA = 1 << 12 };

/* ------------------------------------------------------------------- traces */

static Status read_tombstone(Stmt *s, Tombstone *out)
{
    Arena a;
    Status st;

    arena_init(&a, HEX_ARENA);
    out->project_id = sql_get_int(s, 0);
    out->seq = sql_get_uint(s, 2);
    st = hex_decode(sql_get_text(s, 1, &a), out->trace_id, sizeof out->trace_id);
    arena_deinit(&a);
    return s->st ? s->st : st;
}

Status catalog_tombstones_each(Catalog *c, Status (*visit)(void *visitor, const Tombstone *t),
                               void *visitor)
{
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT project_id, trace_id, seq FROM tombstones"
                    " ORDER BY project_id, trace_id");
    while (sql_row(&s)) {
        Tombstone t = {0};

        s.st = read_tombstone(&s, &t);
        if (!s.st)
            s.st = visit(visitor, &t);
    }
    return read_end(r, sql_end(&s));
}

static Status put_tombstone(Conn *c, const Tombstone *t)
{
    char hex[2 * TRACE_ID_BYTES + 1];
    Stmt s = sql_stmt(c, "INSERT INTO tombstones (project_id, trace_id, seq) VALUES ($1, $2, $3)"
                         " ON CONFLICT (project_id, trace_id) DO UPDATE SET seq = excluded.seq"
                         " WHERE tombstones.seq < excluded.seq");

    hex_encode(t->trace_id, TRACE_ID_BYTES, hex);
    sql_int(&s, 1, t->project_id);
    sql_text(&s, 2, (Str){hex, 2 * (size_t)TRACE_ID_BYTES});
    sql_uint(&s, 3, t->seq);
    return sql_run(&s);
}

Status catalog_tombstones_add(Catalog *c, const Tombstone *items, size_t count)
{
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    for (size_t i = 0; i < count && !st; i++)
        st = put_tombstone(w, &items[i]);
    return tx_end(w, st);
}

Status catalog_tombstones_drop(Catalog *c, int64_t project_id, uint64_t seq)
{
    Conn *w;
    Stmt s;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "DELETE FROM tombstones WHERE project_id = $1 AND seq <= $2");
    sql_int(&s, 1, project_id);
    sql_uint(&s, 2, seq);
    return tx_end(w, sql_run(&s));
}

/* ----------------------------------------------------------------- projects */

Status catalog_dropped_each(Catalog *c, Status (*visit)(void *visitor, int64_t project_id),
                            void *visitor)
{
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT project_id FROM dropped_projects ORDER BY project_id");
    while (sql_row(&s))
        s.st = visit(visitor, sql_get_int(&s, 0));
    return read_end(r, sql_end(&s));
}

#define OF_ITS_VERSIONS                                               \
    " WHERE version_id IN (SELECT v.id FROM versions v JOIN models m" \
    " ON m.id = v.model_id WHERE m.project_id = $1)"
#define OF_ITS_MODELS " WHERE model_id IN (SELECT id FROM models WHERE project_id = $1)"
#define OF_ITS_SPACES " WHERE space_id IN (SELECT id FROM sample_spaces WHERE project_id = $1)"
#define OF_ITS_JUDGES " WHERE judge_id IN (SELECT id FROM judges WHERE project_id = $1)"
#define OF_IT         " WHERE project_id = $1"

/* Children before what they refer to. */
static Status remove_rows(Conn *c, int64_t project_id)
{
    static const char *const deletes[] = {
        "DELETE FROM evaluations" OF_IT,
        "DELETE FROM workflow_models" OF_ITS_SPACES,
        "DELETE FROM inferences" OF_ITS_SPACES,
        "DELETE FROM quality_standards" OF_IT,
        "DELETE FROM version_types" OF_ITS_VERSIONS,
        "DELETE FROM version_runs" OF_ITS_VERSIONS,
        "DELETE FROM versions" OF_ITS_MODELS,
        "DELETE FROM former_names" OF_ITS_MODELS,
        "DELETE FROM models" OF_IT,
        "DELETE FROM api_keys" OF_IT,
        "DELETE FROM blobs" OF_IT,
        "DELETE FROM views" OF_IT,
        "DELETE FROM judge_versions" OF_ITS_JUDGES,
        "DELETE FROM former_judge_names" OF_IT,
        "DELETE FROM judges" OF_IT,
        "DELETE FROM judge_rules" OF_IT,
        "DELETE FROM review_queues" OF_IT,
        "DELETE FROM retention" OF_IT,
        "DELETE FROM tombstones" OF_IT,
        "DELETE FROM segments" OF_IT,
        "DELETE FROM project_counters" OF_IT,
        "DELETE FROM projects WHERE id = $1",
    };
    Status st = sample_spaces_drop(c, project_id);

    for (size_t i = 0; i < sizeof deletes / sizeof deletes[0] && !st; i++) {
        Stmt s = sql_stmt(c, deletes[i]);

        sql_int(&s, 1, project_id);
        st = sql_run(&s);
    }
    return st;
}

static Status list_dropped(Conn *c, int64_t project_id, int64_t now_ns)
{
    Stmt s = sql_stmt(c, "INSERT INTO dropped_projects (project_id, dropped_ns) VALUES ($1, $2)"
                         " ON CONFLICT (project_id) DO NOTHING");

    sql_int(&s, 1, project_id);
    sql_int(&s, 2, now_ns);
    return sql_run(&s);
}

Status catalog_project_drop(Catalog *c, int64_t project_id, int64_t now_ns)
{
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    st = remove_rows(w, project_id);
    if (!st)
        st = list_dropped(w, project_id, now_ns);
    return tx_end(w, st);
}
