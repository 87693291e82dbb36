/* SPDX-License-Identifier: Apache-2.0 */
/* Table `models`; for `former_names` see naming.h. */
#include "catalog/model.h"

#include "catalog/internal.h"
#include "catalog/rows.h"

static const Naming names = {NAMING("models", "model_id", "former_names", ", until_ns", ", $3",
                                    ", until_ns = excluded.until_ns"),
                             .max_former = MAX_FORMER_NAMES, .dated = true};

/* ------------------------------------------------------------ reading */

Status model_id_of(Conn *c, int64_t project_id, Str name, int64_t *out)
{
    return naming_find(c, &names, project_id, name, out);
}

static Status read_former(Conn *c, Arena *arena, ModelRow *row)
{
    return naming_former(c, &names, row->id, arena, &row->former_names, &row->former_count);
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
        st = naming_rename(w, &names, model_id, *change->name, now_ns);
    if (!st && change->metadata)
        st = set_metadata(w, model_id, *change->metadata);
    return tx_end(w, st);
}

Status catalog_former_names(Catalog *c, int64_t project_id, size_t limit, Arena *arena,
                            ModelAliases *out)
{
    return naming_aliases(c, &names, project_id, limit, arena, out);
}
