/* SPDX-License-Identifier: Apache-2.0 */
/* Table `evaluation_summaries`. */
#include "catalog/summary.h"

#include "catalog/internal.h"

static void bind_key(Stmt *s, const SummaryKey *key)
{
    sql_int(s, 1, key->ids[0]);
    sql_int(s, 2, key->ids[1]);
    sql_text(s, 3, key->about);
    sql_int(s, 4, key->revisions[0]);
    sql_int(s, 5, key->revisions[1]);
}

Status catalog_summary_get(Catalog *c, const SummaryKey *key, Arena *arena, Str *body)
{
    Str found = {0};
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT body FROM evaluation_summaries WHERE evaluation_id = $1"
                    " AND other_id = $2 AND about = $3 AND revision = $4"
                    " AND other_revision = $5");
    bind_key(&s, key);
    if (sql_one_row(&s))
        found = sql_get_text(&s, 0, arena);
    st = read_end(r, sql_end(&s));
    if (!st)
        *body = found;
    return st;
}

static Status count_there(Conn *c, const SummaryKey *key, int64_t *evaluations, int64_t *others)
{
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM evaluations WHERE id IN ($1, $2)");
    Status st;

    sql_int(&s, 1, key->ids[0]);
    sql_int(&s, 2, key->ids[1]);
    st = sql_one_int(&s, evaluations);
    if (st)
        return st;
    s = sql_stmt(c, "SELECT COUNT(*) FROM evaluation_summaries WHERE evaluation_id = $1"
                    " AND NOT (other_id = $2 AND about = $3)");
    sql_int(&s, 1, key->ids[0]);
    sql_int(&s, 2, key->ids[1]);
    sql_text(&s, 3, key->about);
    return sql_one_int(&s, others);
}

/* Summaries of older revisions of an evaluation: nobody will ask for them again. */
static Status remove_older(Conn *c, int64_t id, int64_t revision)
{
    Stmt s = sql_stmt(c, "DELETE FROM evaluation_summaries WHERE"
                         " (evaluation_id = $1 AND revision < $2)"
                         " OR (other_id = $1 AND other_revision < $2)");

    sql_int(&s, 1, id);
    sql_int(&s, 2, revision);
    return sql_run(&s);
}

/* One of the first evaluation makes room: of the oldest other one, its own last. */
static Status remove_one(Conn *c, const SummaryKey *key)
{
    Stmt s = sql_stmt(c, "DELETE FROM evaluation_summaries WHERE evaluation_id = $1"
                         " AND (other_id, about) IN (SELECT other_id, about"
                         " FROM evaluation_summaries WHERE evaluation_id = $1"
                         " ORDER BY other_id = $1, other_id, about LIMIT 1)");

    sql_int(&s, 1, key->ids[0]);
    return sql_run(&s);
}

static Status put(Conn *c, const SummaryKey *key, Str body)
{
    int64_t evaluations = 0;
    int64_t others = 0;
    Stmt s;
    Status st = remove_older(c, key->ids[0], key->revisions[0]);

    if (!st && key->ids[1] != key->ids[0])
        st = remove_older(c, key->ids[1], key->revisions[1]);
    if (!st)
        st = count_there(c, key, &evaluations, &others);
    if (!st && evaluations != (key->ids[0] == key->ids[1] ? 1 : 2))
        st = ST_NOTFOUND;
    if (!st && others >= SUMMARIES_MAX)
        st = remove_one(c, key);
    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO evaluation_summaries"
                    " (evaluation_id, other_id, about, revision, other_revision, body)"
                    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (evaluation_id, other_id, about)"
                    " DO UPDATE SET revision = excluded.revision,"
                    " other_revision = excluded.other_revision, body = excluded.body");
    bind_key(&s, key);
    sql_text(&s, 6, body);
    return sql_run(&s);
}

Status catalog_summary_put(Catalog *c, const SummaryKey *key, Str body)
{
    Conn *w;
    Status st;

    if (body.len > SUMMARY_MAX)
        return ST_LIMIT;
    st = tx_begin(c, &w);
    return st ? st : tx_end(w, put(w, key, body));
}
