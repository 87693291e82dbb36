/* SPDX-License-Identifier: Apache-2.0 */
/* Tables `judges`, `judge_versions`; for `former_judge_names` see naming.h.
 *
 * As with models, a put is decided under the write lock, so that concurrent callers agree and
 * numbers have no gaps; the unique constraints are the second guard.  Nothing of a version is
 * ever changed. */
#include "catalog/judge.h"

#include "catalog/naming.h"
#include "catalog/rows.h"

static const Naming names = {NAMING("judges", "judge_id", "former_judge_names", "", "", ""),
                             .max_former = MAX_FORMER_JUDGE_NAMES};

/* --------------------------------------------------------------------- put */

static Status insert_judge(Conn *c, int64_t project_id, const JudgeVersionRow *row, int64_t *out)
{
    Stmt s;
    const Status st = rows_next_id(c, "SELECT COUNT(*) FROM judges WHERE project_id = $1",
                                   project_id, MAX_JUDGES_PER_PROJECT, STR("judges"), out);

    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO judges (id, project_id, name, description, metadata, created_ns)"
                    " VALUES ($1, $2, $3, '', '{}', $4)");
    sql_int(&s, 1, *out);
    sql_int(&s, 2, project_id);
    sql_text(&s, 3, row->judge);
    sql_int(&s, 4, row->created_ns);
    return sql_run(&s);
}

static Status find_version(Conn *c, JudgeVersionRow *row, Arena *arena)
{
    Stmt s = sql_stmt(c, "SELECT v.id, v.number, j.name FROM judge_versions v"
                         " JOIN judges j ON j.id = v.judge_id"
                         " WHERE v.judge_id = $1 AND v.fingerprint = $2");

    sql_int(&s, 1, row->judge_id);
    sql_text(&s, 2, row->fingerprint);
    if (sql_one_row(&s)) {
        row->id = sql_get_int(&s, 0);
        row->number = (int32_t)sql_get_int(&s, 1);
        row->judge = sql_get_text(&s, 2, arena);
    }
    return sql_end(&s);
}

static Status insert_version(Conn *c, const JudgeVersionRow *row)
{
    int64_t id = 0;
    int64_t number = 0;
    Stmt s = sql_stmt(c, "SELECT COALESCE(MAX(number), 0) + 1 FROM judge_versions"
                         " WHERE judge_id = $1");
    Status st;

    sql_int(&s, 1, row->judge_id);
    st = sql_one_int(&s, &number);
    if (!st && number > MAX_VERSIONS_PER_JUDGE)
        st = ST_LIMIT;
    if (!st)
        st = sql_next_id(c, STR("judge_versions"), &id);
    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO judge_versions (id, judge_id, number, fingerprint, kind,"
                    " description, parameters, language, metadata, packages, source, definition,"
                    " created_ns)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
    sql_int(&s, 1, id);
    sql_int(&s, 2, row->judge_id);
    sql_int(&s, 3, number);
    sql_text(&s, 4, row->fingerprint);
    sql_text(&s, 5, row->kind);
    sql_text(&s, 6, row->description);
    sql_text(&s, 7, row->parameters);
    sql_text(&s, 8, row->language);
    sql_text(&s, 9, row->metadata);
    sql_text(&s, 10, row->packages);
    sql_text(&s, 11, row->source);
    sql_text(&s, 12, row->definition);
    sql_int(&s, 13, row->created_ns);
    return sql_run(&s);
}

static Status put_in_tx(Conn *c, int64_t project_id, JudgeVersionRow *row, Arena *arena,
                        bool *created)
{
    Status st = naming_find(c, &names, project_id, row->judge, &row->judge_id);

    if (st == ST_NOTFOUND)
        st = insert_judge(c, project_id, row, &row->judge_id);
    if (!st)
        st = find_version(c, row, arena);
    if (st != ST_NOTFOUND)
        return st;
    *created = true;
    st = insert_version(c, row);
    return st ? st : find_version(c, row, arena);
}

Status catalog_judge_put(Catalog *c, int64_t project_id, JudgeVersionRow *row, Arena *arena,
                         bool *created)
{
    JudgeVersionRow put = *row;
    bool made = false;
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    st = tx_end(w, put_in_tx(w, project_id, &put, arena, &made));
    if (!st) {
        *row = put;
        *created = made;
    }
    return st;
}

/* -------------------------------------------------------------------- read */

Status catalog_judge_aliases(Catalog *c, int64_t project_id, size_t limit, Arena *arena,
                             ModelAliases *out)
{
    return naming_aliases(c, &names, project_id, limit, arena, out);
}

static Status read_former(Conn *c, Arena *arena, JudgeRow *row)
{
    return naming_former(c, &names, row->id, arena, &row->former_names, &row->former_count);
}

#define JUDGE_COLUMNS                                                                        \
    "SELECT j.id, j.project_id, j.name, j.metadata, j.created_ns, COALESCE(n.number, 0),"    \
    " COALESCE(n.kind, ''),"                                                                 \
    " CASE WHEN j.description = '' THEN COALESCE(n.description, '') ELSE j.description END," \
    " (SELECT COUNT(*) FROM judge_versions c WHERE c.judge_id = j.id)"                       \
    " FROM judges j LEFT JOIN judge_versions n ON n.judge_id = j.id AND n.number ="          \
    " (SELECT MAX(m.number) FROM judge_versions m WHERE m.judge_id = j.id) "

static JudgeRow read_row(Stmt *s, Arena *arena)
{
    return (JudgeRow){.id = sql_get_int(s, 0),
                      .project_id = sql_get_int(s, 1),
                      .name = sql_get_text(s, 2, arena),
                      .metadata = sql_get_text(s, 3, arena),
                      .created_ns = sql_get_int(s, 4),
                      .latest = (int32_t)sql_get_int(s, 5),
                      .kind = sql_get_text(s, 6, arena),
                      .description = sql_get_text(s, 7, arena),
                      .version_count = sql_get_uint(s, 8)};
}

static Status read_judge(Conn *c, int64_t id, Arena *arena, JudgeRow *out)
{
    JudgeRow row = {0};
    Stmt s = sql_stmt(c, JUDGE_COLUMNS "WHERE j.id = $1");
    Status st;

    sql_int(&s, 1, id);
    if (sql_one_row(&s))
        row = read_row(&s, arena);
    st = sql_end(&s);
    if (!st)
        st = read_former(c, arena, &row);
    if (!st)
        *out = row;
    return st;
}

Status catalog_judge_get(Catalog *c, int64_t project_id, Str name, Arena *arena, JudgeRow *out)
{
    int64_t id = 0;
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = naming_find(r, &names, project_id, name, &id);
    if (!st)
        st = read_judge(r, id, arena, out);
    return read_end(r, st);
}

static Status read_list(Conn *c, int64_t project_id, Str after, size_t limit, Arena *arena,
                        JudgeList *list)
{
    Status st;
    Stmt s = sql_stmt(c, JUDGE_COLUMNS "WHERE j.project_id = $1 AND j.name > $2"
                                       " ORDER BY j.name LIMIT $3");

    sql_int(&s, 1, project_id);
    sql_text(&s, 2, after);
    sql_uint(&s, 3, limit + 1);
    while (sql_page_row(&s, list->len, limit, &list->more))
        list->items[list->len++] = read_row(&s, arena);
    st = sql_end(&s);
    for (size_t i = 0; i < list->len && !st; i++)
        st = read_former(c, arena, &list->items[i]);
    return st;
}

Status catalog_judge_list(Catalog *c, int64_t project_id, Str after, size_t limit, Arena *arena,
                          JudgeList *out)
{
    JudgeList list = {.items = arena_calloc(arena, limit, sizeof *list.items)};
    Conn *r;
    Status st = list.items ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    st = read_end(r, read_list(r, project_id, after, limit, arena, &list));
    if (!st)
        *out = list;
    return st;
}

#define VERSION_COLUMNS                                                         \
    "v.id, v.judge_id, j.name, v.number, v.fingerprint, v.kind, v.description," \
    " v.parameters, v.language, v.metadata, v.created_ns"
#define VERSION_JOIN " FROM judge_versions v JOIN judges j ON j.id = v.judge_id"

static JudgeVersionRow read_version(Stmt *s, Arena *arena)
{
    return (JudgeVersionRow){.id = sql_get_int(s, 0),
                             .judge_id = sql_get_int(s, 1),
                             .judge = sql_get_text(s, 2, arena),
                             .number = (int32_t)sql_get_int(s, 3),
                             .fingerprint = sql_get_text(s, 4, arena),
                             .kind = sql_get_text(s, 5, arena),
                             .description = sql_get_text(s, 6, arena),
                             .parameters = sql_get_text(s, 7, arena),
                             .language = sql_get_text(s, 8, arena),
                             .metadata = sql_get_text(s, 9, arena),
                             .created_ns = sql_get_int(s, 10)};
}

Status catalog_judge_version_get(Catalog *c, int64_t judge_id, int32_t number, Arena *arena,
                                 JudgeVersionRow *out)
{
    JudgeVersionRow row = {0};
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT " VERSION_COLUMNS ", v.source, v.definition, v.packages" VERSION_JOIN
                    " WHERE v.judge_id = $1 AND ($2 = 0 OR v.number = $2)"
                    " ORDER BY v.number DESC LIMIT 1");
    sql_int(&s, 1, judge_id);
    sql_int(&s, 2, number);
    if (sql_one_row(&s)) {
        row = read_version(&s, arena);
        row.source = sql_get_text(&s, 11, arena);
        row.definition = sql_get_text(&s, 12, arena);
        row.packages = sql_get_text(&s, 13, arena);
    }
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = row;
    return st;
}

Status catalog_judge_version_list(Catalog *c, int64_t judge_id, int32_t before, size_t limit,
                                  Arena *arena, JudgeVersionList *out)
{
    JudgeVersionList list = {.items = arena_calloc(arena, limit, sizeof *list.items)};
    Conn *r;
    Stmt s;
    Status st = list.items ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    s = sql_stmt(r, "SELECT " VERSION_COLUMNS VERSION_JOIN
                    " WHERE v.judge_id = $1 AND v.number < $2 ORDER BY v.number DESC LIMIT $3");
    sql_int(&s, 1, judge_id);
    sql_int(&s, 2, before ? before : INT32_MAX);
    sql_uint(&s, 3, limit + 1);
    while (sql_page_row(&s, list.len, limit, &list.more))
        list.items[list.len++] = read_version(&s, arena);
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = list;
    return st;
}

/* ------------------------------------------------------------------ change */

static Status set_texts(Conn *c, int64_t judge_id, const JudgeChange *change)
{
    Stmt s = sql_stmt(c, "UPDATE judges SET description = COALESCE($2, description),"
                         " metadata = COALESCE($3, metadata) WHERE id = $1");

    sql_int(&s, 1, judge_id);
    if (change->description)
        sql_text(&s, 2, *change->description);
    else
        sql_null(&s, 2);
    if (change->metadata)
        sql_text(&s, 3, *change->metadata);
    else
        sql_null(&s, 3);
    return sql_change(c, &s);
}

Status catalog_judge_update(Catalog *c, int64_t judge_id, const JudgeChange *change, Arena *arena,
                            JudgeRow *out)
{
    JudgeRow row = {0};
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    if (change->name)
        st = naming_rename(w, &names, judge_id, *change->name, 0);
    if (!st)
        st = set_texts(w, judge_id, change);
    if (!st)
        st = read_judge(w, judge_id, arena, &row);
    st = tx_end(w, st);
    if (!st)
        *out = row;
    return st;
}
