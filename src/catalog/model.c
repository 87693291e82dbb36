/* SPDX-License-Identifier: Apache-2.0 */
/* Tables `models` and `former_names`.
 *
 * Renaming inserts the old name with a position above all others, so "who had this name
 * last" is the highest position.  A model that takes a former name of its own back
 * loses that alias; another's alias stays and comes to light again when the name is
 * given up. */
#include "catalog/model.h"

#include "catalog/internal.h"
#include "catalog/rows.h"

/* ------------------------------------------------------------ reading */

Status model_id_of(Conn *c, int64_t project_id, Str name, int64_t *out)
{
    Stmt s = sql_stmt(c, "SELECT named.model_id FROM " SQL_MODELS_NAMED SQL_NAMED_ORDER);

    sql_int(&s, 1, project_id);
    sql_text(&s, 2, name);
    return sql_one_int(&s, out);
}

/* Nobody has the name `f.name` now, and nobody else had it later. */
#define STILL_LEADS                                            \
    " AND NOT EXISTS (SELECT 1 FROM models m"                  \
    "  WHERE m.project_id = f.project_id AND m.name = f.name)" \
    " AND NOT EXISTS (SELECT 1 FROM former_names g"            \
    "  WHERE g.project_id = f.project_id AND g.name = f.name"  \
    "  AND g.position > f.position)"

/* The aliases that still lead to the model. */
static Status read_former(Conn *c, Arena *arena, ModelRow *row)
{
    Stmt s = sql_stmt(c, "SELECT f.name FROM former_names f WHERE f.model_id = $1" STILL_LEADS
                         " ORDER BY f.position DESC");

    sql_int(&s, 1, row->id);
    return sql_texts(&s, MAX_FORMER_NAMES, arena, &row->former_names, &row->former_count);
}

#define MODEL_COLUMNS                                              \
    "SELECT m.id, m.project_id, m.name, m.metadata, m.created_ns," \
    " COALESCE(MIN(r.first_ns), 0), COALESCE(MAX(r.last_ns), 0),"  \
    " COALESCE(MAX(v.number), 0), COUNT(v.id),"                    \
    " COALESCE(SUM(r.runs), 0), COALESCE(SUM(r.errors), 0)"        \
    " FROM models m LEFT JOIN versions v ON v.model_id = m.id"     \
    " LEFT JOIN version_runs r ON r.version_id = v.id "

static ModelRow read_row(Stmt *s, Arena *arena)
{
    return (ModelRow){.id = sql_get_int(s, 0),
                      .project_id = sql_get_int(s, 1),
                      .name = sql_get_text(s, 2, arena),
                      .metadata = sql_get_text(s, 3, arena),
                      .created_ns = sql_get_int(s, 4),
                      .first_seen_ns = sql_get_int(s, 5),
                      .last_seen_ns = sql_get_int(s, 6),
                      .latest = (int32_t)sql_get_int(s, 7),
                      .version_count = sql_get_uint(s, 8),
                      .runs = sql_get_uint(s, 9),
                      .errors = sql_get_uint(s, 10)};
}

static Status read_model(Conn *c, int64_t id, Arena *arena, ModelRow *out)
{
    ModelRow row = {0};
    Stmt s = sql_stmt(c, MODEL_COLUMNS "WHERE m.id = $1 GROUP BY m.id");
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

Status catalog_model_get(Catalog *c, int64_t project_id, Str name, Arena *arena, ModelRow *out)
{
    int64_t id = 0;
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = model_id_of(r, project_id, name, &id);
    if (!st)
        st = read_model(r, id, arena, out);
    return read_end(r, st);
}

Status catalog_model_by_id(Catalog *c, int64_t id, Arena *arena, ModelRow *out)
{
    Conn *r;
    const Status st = read_begin(c, &r);

    return st ? st : read_end(r, read_model(r, id, arena, out));
}

static Status read_list(Conn *c, int64_t project_id, Str after, size_t limit, Arena *arena,
                        ModelList *list)
{
    Status st;
    Stmt s = sql_stmt(c, MODEL_COLUMNS "WHERE m.project_id = $1 AND m.name > $2"
                                       " GROUP BY m.id ORDER BY m.name LIMIT $3");

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

Status catalog_model_list(Catalog *c, int64_t project_id, Str after, size_t limit, Arena *arena,
                          ModelList *out)
{
    ModelList list = {.items = arena_calloc(arena, limit, sizeof *list.items)};
    Conn *r;
    Status st = list.items ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    st = read_end(r, read_list(r, project_id, after, limit, arena, &list));
    if (!st)
        *out = list;
    return st;
}

/* ------------------------------------------------------------ writing */

Status model_insert(Conn *c, int64_t project_id, Str name, int64_t now_ns, int64_t *out)
{
    int64_t id = 0;
    Stmt s;
    Status st = rows_next_id(c, "SELECT COUNT(*) FROM models WHERE project_id = $1", project_id,
                             MAX_MODELS_PER_PROJECT, STR("models"), &id);

    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO models (id, project_id, name, metadata, created_ns)"
                    " VALUES ($1, $2, $3, '{}', $4)");
    sql_int(&s, 1, id);
    sql_int(&s, 2, project_id);
    sql_text(&s, 3, name);
    sql_int(&s, 4, now_ns);
    st = sql_run(&s);
    if (!st)
        *out = id;
    return st;
}

static Status count_former(Conn *c, int64_t model_id, int64_t *out)
{
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM former_names WHERE model_id = $1");

    sql_int(&s, 1, model_id);
    return sql_one_int(&s, out);
}

static Status keep_old_name(Conn *c, int64_t model_id, int64_t now_ns)
{
    int64_t position = 0;
    Stmt s;
    Status st = sql_next_id(c, STR("former_names"), &position);

    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO former_names (model_id, project_id, name, position, until_ns)"
                    " SELECT id, project_id, name, $2, $3 FROM models WHERE id = $1"
                    " ON CONFLICT (model_id, name)"
                    " DO UPDATE SET position = excluded.position, until_ns = excluded.until_ns");
    sql_int(&s, 1, model_id);
    sql_int(&s, 2, position);
    sql_int(&s, 3, now_ns);
    return sql_run(&s);
}

static Status set_name(Conn *c, int64_t model_id, Str name)
{
    Status st;
    Stmt s = sql_stmt(c, "DELETE FROM former_names WHERE model_id = $1 AND name = $2");

    sql_int(&s, 1, model_id);
    sql_text(&s, 2, name);
    st = sql_run(&s);
    if (st)
        return st;
    s = sql_stmt(c, "UPDATE models SET name = $2 WHERE id = $1");
    sql_int(&s, 1, model_id);
    sql_text(&s, 2, name);
    return sql_run(&s); /* ST_EXISTS: the name is unique in the project */
}

static Status rename_model(Conn *c, int64_t model_id, Str name, int64_t now_ns)
{
    int64_t same = 0;
    int64_t former = 0;
    Status st;
    Stmt s = sql_stmt(c, "SELECT CASE WHEN name = $2 THEN 1 ELSE 0 END FROM models WHERE id = $1");

    sql_int(&s, 1, model_id);
    sql_text(&s, 2, name);
    st = sql_one_int(&s, &same);
    if (st || same)
        return st;
    st = keep_old_name(c, model_id, now_ns);
    if (!st)
        st = set_name(c, model_id, name);
    if (!st)
        st = count_former(c, model_id, &former);
    return st ? st : former > MAX_FORMER_NAMES ? ST_LIMIT : ST_OK;
}

static Status set_metadata(Conn *c, int64_t model_id, Str metadata)
{
    Stmt s = sql_stmt(c, "UPDATE models SET metadata = $2 WHERE id = $1");

    sql_int(&s, 1, model_id);
    sql_text(&s, 2, metadata);
    return sql_change(c, &s);
}

Status catalog_model_update(Catalog *c, int64_t model_id, const ModelChange *change, int64_t now_ns)
{
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    if (change->name)
        st = rename_model(w, model_id, *change->name, now_ns);
    if (!st && change->metadata)
        st = set_metadata(w, model_id, *change->metadata);
    return tx_end(w, st);
}

static void read_former_name(Stmt *s, Arena *arena, void *out)
{
    *(FormerName *)out =
        (FormerName){.former = sql_get_text(s, 0, arena), .current = sql_get_text(s, 1, arena)};
}

Status catalog_former_names(Catalog *c, int64_t project_id, size_t limit, Arena *arena,
                            FormerName **out, size_t *len)
{
    static const RowKind kind = {sizeof(FormerName), read_former_name};
    Rows rows = {0};
    const Status st = rows_list(c, &kind,
                                "SELECT f.name, n.name FROM former_names f JOIN models n"
                                " ON n.id = f.model_id WHERE f.project_id = $1" STILL_LEADS,
                                project_id, limit, arena, &rows);

    if (!st) {
        *out = rows.items;
        *len = rows.len;
    }
    return st;
}
