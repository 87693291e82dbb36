/* SPDX-License-Identifier: Apache-2.0 */
/* Table `inferences`. */
#include "catalog/inference.h"

#include "catalog/internal.h"

typedef struct Kept {
    bool there;
    bool same;   /* the hash */
    bool failed; /* it is an error, to be tried again */
} Kept;

static Status look_up(Conn *c, const InferenceKey *key, const InferenceRow *row, Kept *out)
{
    Stmt s = sql_stmt(c, "SELECT CASE WHEN hash = $4 THEN 1 ELSE 0 END,"
                         " CASE WHEN error = '' THEN 0 ELSE 1 END FROM inferences"
                         " WHERE version_id = $1 AND space_id = $2 AND number = $3");

    *out = (Kept){0};
    sql_int(&s, 1, key->version_id);
    sql_int(&s, 2, key->space);
    sql_int(&s, 3, row->number);
    sql_text(&s, 4, row->hash);
    if (sql_row(&s))
        *out = (Kept){true, sql_get_int(&s, 0) != 0, sql_get_int(&s, 1) != 0};
    return sql_end(&s);
}

static Status put(Conn *c, const InferenceKey *key, const InferenceRow *row)
{
    Stmt s = sql_stmt(c, "INSERT INTO inferences (version_id, space_id, number, hash, inference,"
                         " error, trace_id, latency_ns, created_ns, checks, differing)"
                         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0)"
                         " ON CONFLICT (version_id, space_id, number) DO UPDATE SET"
                         " hash = excluded.hash, inference = excluded.inference,"
                         " error = excluded.error, trace_id = excluded.trace_id,"
                         " latency_ns = excluded.latency_ns, created_ns = excluded.created_ns,"
                         " checks = 0, differing = 0");

    sql_int(&s, 1, key->version_id);
    sql_int(&s, 2, key->space);
    sql_int(&s, 3, row->number);
    sql_text(&s, 4, row->hash);
    sql_text(&s, 5, row->inference);
    sql_text(&s, 6, row->error);
    sql_text(&s, 7, row->trace_id);
    sql_int(&s, 8, row->latency_ns);
    sql_int(&s, 9, row->created_ns);
    return sql_run(&s);
}

/* A failed one may always be tried again; an error never takes the place of an answer. */
static Status put_one(Conn *c, const InferenceKey *key, const InferenceRow *row, bool reset,
                      bool *added)
{
    Kept kept;
    Status st = look_up(c, key, row, &kept);

    *added = false;
    if (st || (kept.there && kept.same && !reset))
        return st;
    if (kept.there && !kept.failed && !reset)
        return ST_EXISTS;
    *added = true;
    return put(c, key, row);
}

Status catalog_inferences_put(Catalog *c, const InferenceKey *key, const InferenceRow *rows,
                              size_t count, bool reset, size_t *added, size_t *clash)
{
    size_t n = 0;
    size_t i = 0;
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    for (; i < count && !st; i++) {
        bool one = false;

        st = put_one(w, key, &rows[i], reset, &one);
        n += one;
    }
    if (st == ST_EXISTS)
        *clash = i - 1;
    st = tx_end(w, st);
    if (!st)
        *added = n;
    return st;
}

/* ------------------------------------------------------------ checks */

static Status note_check(Conn *c, const InferenceKey *key, int64_t number, bool differs)
{
    Stmt s = sql_stmt(c, "UPDATE inferences SET checks = checks + 1, differing = differing + $4"
                         " WHERE version_id = $1 AND space_id = $2 AND number = $3");

    sql_int(&s, 1, key->version_id);
    sql_int(&s, 2, key->space);
    sql_int(&s, 3, number);
    sql_int(&s, 4, differs);
    return sql_run(&s);
}

Status catalog_inferences_check(Catalog *c, const InferenceKey *key, const InferenceRow *rows,
                                size_t count, bool *differs)
{
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    for (size_t i = 0; i < count && !st; i++) {
        Kept kept;

        st = look_up(w, key, &rows[i], &kept);
        differs[i] = kept.there && !kept.same && !kept.failed;
        if (!st && kept.there)
            st = note_check(w, key, rows[i].number, differs[i]);
    }
    return tx_end(w, st);
}

static Status count_checks(Conn *c, const InferenceKey *key, InferenceChecks *out)
{
    Stmt s = sql_stmt(c, "SELECT COUNT(*), COALESCE(SUM(CASE WHEN checks > 0 THEN 1 ELSE 0 END),"
                         " 0), COALESCE(SUM(CASE WHEN differing > 0 THEN 1 ELSE 0 END), 0),"
                         " COALESCE(MAX(created_ns), 0)"
                         " FROM inferences WHERE version_id = $1 AND space_id = $2");

    sql_int(&s, 1, key->version_id);
    sql_int(&s, 2, key->space);
    if (sql_row(&s))
        *out = (InferenceChecks){sql_get_int(&s, 0), sql_get_int(&s, 1), sql_get_int(&s, 2),
                                 sql_get_int(&s, 3)};
    return sql_end(&s);
}

Status catalog_inference_checks(Catalog *c, const InferenceKey *key, InferenceChecks *out)
{
    InferenceChecks found = {0};
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = read_end(r, count_checks(r, key, &found));
    if (!st)
        *out = found;
    return st;
}

/* ------------------------------------------------------------ read */

static Status count_numbers(Conn *c, const InferenceKey *key, bool differing, int64_t *out)
{
    Stmt s = sql_stmt(c, differing ? "SELECT COUNT(*) FROM inferences WHERE version_id = $1"
                                     " AND space_id = $2 AND differing > 0"
                                   : "SELECT COUNT(*) FROM inferences WHERE version_id = $1"
                                     " AND space_id = $2 AND error = ''");

    sql_int(&s, 1, key->version_id);
    sql_int(&s, 2, key->space);
    return sql_one_int(&s, out);
}

static Status read_numbers(Conn *c, const InferenceKey *key, bool differing, Arena *arena,
                           int64_t **out, size_t *len)
{
    int64_t rows = 0;
    Stmt s;
    Status st = count_numbers(c, key, differing, &rows);

    if (st)
        return st;
    *out = arena_alloc(arena, (size_t)rows * sizeof **out + 1);
    if (!*out)
        return ST_NOMEM;
    s = sql_stmt(c, differing ? "SELECT number FROM inferences WHERE version_id = $1"
                                " AND space_id = $2 AND differing > 0 ORDER BY number"
                              : "SELECT number FROM inferences WHERE version_id = $1"
                                " AND space_id = $2 AND error = '' ORDER BY number");
    sql_int(&s, 1, key->version_id);
    sql_int(&s, 2, key->space);
    for (*len = 0; *len < (size_t)rows && sql_row(&s); ++*len)
        (*out)[*len] = sql_get_int(&s, 0);
    return sql_end(&s);
}

static Status numbers_of(Catalog *c, const InferenceKey *key, bool differing, Arena *arena,
                         int64_t **out, size_t *len)
{
    int64_t *numbers = NULL;
    size_t count = 0;
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = read_end(r, read_numbers(r, key, differing, arena, &numbers, &count));
    if (!st) {
        *out = numbers;
        *len = count;
    }
    return st;
}

Status catalog_inference_numbers(Catalog *c, const InferenceKey *key, Arena *arena, int64_t **out,
                                 size_t *len)
{
    return numbers_of(c, key, false, arena, out, len);
}

Status catalog_inference_differing(Catalog *c, const InferenceKey *key, Arena *arena, int64_t **out,
                                   size_t *len)
{
    return numbers_of(c, key, true, arena, out, len);
}

static InferenceRow read_row(Stmt *s, Arena *arena)
{
    return (InferenceRow){.number = sql_get_int(s, 0),
                          .hash = sql_get_text(s, 1, arena),
                          .inference = sql_get_text(s, 2, arena),
                          .error = sql_get_text(s, 3, arena),
                          .trace_id = sql_get_text(s, 4, arena),
                          .latency_ns = sql_get_int(s, 5),
                          .created_ns = sql_get_int(s, 6)};
}

Status catalog_inferences_get(Catalog *c, const InferenceKey *key, const int64_t *numbers,
                              size_t count, Arena *arena, InferenceRow *out)
{
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    for (size_t i = 0; i < count && !st; i++) {
        Stmt s = sql_stmt(r, "SELECT number, hash, inference, error, trace_id, latency_ns,"
                             " created_ns FROM inferences WHERE version_id = $1"
                             " AND space_id = $2 AND number = $3");

        sql_int(&s, 1, key->version_id);
        sql_int(&s, 2, key->space);
        sql_int(&s, 3, numbers[i]);
        out[i] = (InferenceRow){.number = numbers[i], .latency_ns = -1};
        if (sql_row(&s))
            out[i] = read_row(&s, arena);
        st = sql_end(&s);
    }
    return read_end(r, st);
}
