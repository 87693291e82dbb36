/* SPDX-License-Identifier: Apache-2.0 */
/* Tables `sample_spaces` and `workflow_schemas`. */
#include "catalog/sample_space.h"

#include "catalog/internal.h"

static Str kind_text(SpaceKind kind)
{
    return kind == SPACE_DATASET ? STR("dataset") : STR("workflow");
}

/* ------------------------------------------------------------ reading */

#define SPACE_COLUMNS                                                                             \
    "SELECT s.id, s.project_id, s.name, s.description, s.metadata, s.tags, s.id_fields,"          \
    " s.created_ns, COALESCE(l.id, 0),"                                                           \
    " CASE WHEN s.kind = 'dataset' THEN COALESCE(l.version, 0) ELSE COALESCE("                    \
    "(SELECT MAX(w.version) FROM workflow_schemas w WHERE w.space_id = s.id), 0) END,"            \
    " CASE WHEN s.kind = 'dataset' THEN COALESCE(l.sample_count, 0) ELSE"                         \
    " (SELECT COUNT(*) FROM sample_lists k WHERE k.space_id = s.id) END,"                         \
    " COALESCE((SELECT m.created_ns FROM sample_commits m WHERE m.list_id = l.id"                 \
    " AND m.version = l.version), s.created_ns)"                                                  \
    " FROM sample_spaces s LEFT JOIN sample_lists l ON l.space_id = s.id AND s.kind = 'dataset' " \
    "AND l.name = '' "

static SpaceRow read_row(Stmt *s, Arena *arena)
{
    return (SpaceRow){.id = sql_get_int(s, 0),
                      .project_id = sql_get_int(s, 1),
                      .name = sql_get_text(s, 2, arena),
                      .description = sql_get_text(s, 3, arena),
                      .metadata = sql_get_text(s, 4, arena),
                      .tags = sql_get_text(s, 5, arena),
                      .id_fields = sql_get_text(s, 6, arena),
                      .created_ns = sql_get_int(s, 7),
                      .list_id = sql_get_int(s, 8),
                      .version = sql_get_int(s, 9),
                      .count = sql_get_int(s, 10),
                      .updated_ns = sql_get_int(s, 11)};
}

static Status find(Conn *c, SpaceKind kind, int64_t project_id, Str name, Arena *arena,
                   SpaceRow *out)
{
    SpaceRow row = {0};
    Stmt s = sql_stmt(c, SPACE_COLUMNS "WHERE s.project_id = $1 AND s.kind = $2 AND s.name = $3");
    Status st;

    sql_int(&s, 1, project_id);
    sql_text(&s, 2, kind_text(kind));
    sql_text(&s, 3, name);
    if (sql_one_row(&s))
        row = read_row(&s, arena);
    st = sql_end(&s);
    if (!st)
        *out = row;
    return st;
}

Status catalog_space_get(Catalog *c, SpaceKind kind, int64_t project_id, Str name, Arena *arena,
                         SpaceRow *out)
{
    Conn *r;
    const Status st = read_begin(c, &r);

    return st ? st : read_end(r, find(r, kind, project_id, name, arena, out));
}

static Status read_list(Conn *c, SpaceKind kind, int64_t project_id, Str after, size_t limit,
                        Arena *arena, SpaceList *list)
{
    Stmt s = sql_stmt(c, SPACE_COLUMNS "WHERE s.project_id = $1 AND s.kind = $2 AND s.name > $3"
                                       " ORDER BY s.name LIMIT $4");

    sql_int(&s, 1, project_id);
    sql_text(&s, 2, kind_text(kind));
    sql_text(&s, 3, after);
    sql_uint(&s, 4, limit + 1);
    while (sql_page_row(&s, list->len, limit, &list->more))
        list->items[list->len++] = read_row(&s, arena);
    return sql_end(&s);
}

Status catalog_space_list(Catalog *c, SpaceKind kind, int64_t project_id, Str after, size_t limit,
                          Arena *arena, SpaceList *out)
{
    SpaceList list = {.items = arena_calloc(arena, limit, sizeof *list.items)};
    Conn *r;
    Status st = list.items ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    st = read_end(r, read_list(r, kind, project_id, after, limit, arena, &list));
    if (!st)
        *out = list;
    return st;
}

/* ------------------------------------------------------------ making, changing */

static Status check_limit(Conn *c, SpaceKind kind, int64_t project_id)
{
    int64_t there = 0;
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM sample_spaces WHERE project_id = $1 AND kind = $2");
    Status st;

    sql_int(&s, 1, project_id);
    sql_text(&s, 2, kind_text(kind));
    st = sql_one_int(&s, &there);
    return st ? st : there < SPACES_MAX ? ST_OK : ST_LIMIT;
}

static Status insert(Conn *c, SpaceKind kind, const SpaceRow *row)
{
    int64_t id = 0;
    int64_t list_id = 0;
    Stmt s;
    Status st = check_limit(c, kind, row->project_id);

    if (!st)
        st = sql_next_id(c, STR("sample_spaces"), &id);
    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO sample_spaces (id, project_id, kind, name, description, metadata,"
                    " tags, id_fields, created_ns, next_number)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)");
    sql_int(&s, 1, id);
    sql_int(&s, 2, row->project_id);
    sql_text(&s, 3, kind_text(kind));
    sql_text(&s, 4, row->name);
    sql_text(&s, 5, row->description);
    sql_text(&s, 6, row->metadata.len ? row->metadata : STR("{}"));
    sql_text(&s, 7, row->tags.len ? row->tags : STR("[]"));
    sql_text(&s, 8, row->id_fields.len ? row->id_fields : STR("[]"));
    sql_int(&s, 9, row->created_ns);
    st = sql_run(&s);
    if (!st && kind == SPACE_DATASET)
        st = sample_list_insert(c, id, (Str){0}, (Str){0}, row->created_ns, &list_id);
    return st;
}

Status catalog_space_put(Catalog *c, SpaceKind kind, const SpaceRow *row, Arena *arena,
                         SpaceRow *out, bool *created)
{
    SpaceRow found = {0};
    bool made = false;
    Conn *w;
    Status st = catalog_space_get(c, kind, row->project_id, row->name, arena, &found);

    if (st == ST_NOTFOUND) {
        st = tx_begin(c, &w);
        if (st)
            return st;
        st = find(w, kind, row->project_id, row->name, arena, &found);
        if (st == ST_NOTFOUND) {
            made = true;
            st = insert(w, kind, row);
            if (!st)
                st = find(w, kind, row->project_id, row->name, arena, &found);
        }
        st = tx_end(w, st);
    }
    if (!st) {
        *out = found;
        *created = made;
    }
    return st;
}

static Status update(Conn *c, int64_t id, const SpaceChange *change)
{
    Stmt s = sql_stmt(c, "UPDATE sample_spaces SET name = COALESCE($2, name),"
                         " description = COALESCE($3, description),"
                         " metadata = COALESCE($4, metadata), tags = COALESCE($5, tags)"
                         " WHERE id = $1");
    const Str *const texts[] = {change->name, change->description, change->metadata, change->tags};

    sql_int(&s, 1, id);
    for (int i = 0; i < 4; i++) {
        if (texts[i])
            sql_text(&s, i + 2, *texts[i]);
        else
            sql_null(&s, i + 2);
    }
    return sql_change(c, &s);
}

Status catalog_space_update(Catalog *c, int64_t id, const SpaceChange *change)
{
    Conn *w;
    const Status st = tx_begin(c, &w);

    return st ? st : tx_end(w, update(w, id, change));
}

/* ------------------------------------------------------------ removing */

#define SPACES_OF(condition) "SELECT id FROM sample_spaces WHERE " condition
#define LISTS_OF(condition) \
    "SELECT id FROM sample_lists WHERE space_id IN (" SPACES_OF(condition) ")"
#define SUITES_OF(condition) "SELECT id FROM suites WHERE space_id IN (" SPACES_OF(condition) ")"

/* Everything of the spaces that a condition on $1 holds for, children before what they refer to. */
#define DELETES(condition)                                                                         \
    {                                                                                              \
        "DELETE FROM suite_cases WHERE suite_id IN (" SUITES_OF(condition) ")",                    \
            "DELETE FROM suite_versions WHERE suite_id IN (" SUITES_OF(condition) ")",             \
            "DELETE FROM suites WHERE space_id IN (" SPACES_OF(condition) ")",                     \
            "DELETE FROM stage_rows WHERE stage_id IN (SELECT id FROM sample_stages WHERE list_id" \
            " IN (" LISTS_OF(condition) "))",                                                      \
            "DELETE FROM sample_stages WHERE list_id IN (" LISTS_OF(condition) ")",                \
            "DELETE FROM sample_commits WHERE list_id IN (" LISTS_OF(condition) ")",               \
            "DELETE FROM sample_rows WHERE list_id IN (" LISTS_OF(condition) ")",                  \
            "DELETE FROM sample_lists WHERE space_id IN (" SPACES_OF(condition) ")",               \
            "DELETE FROM sample_inputs WHERE space_id IN (" SPACES_OF(condition) ")",              \
            "DELETE FROM workflow_schemas WHERE space_id IN (" SPACES_OF(condition) ")",           \
            "DELETE FROM sample_spaces WHERE " condition,                                          \
    }
enum { DELETE_STEPS = 11 };

static const char *const of_space[DELETE_STEPS] = DELETES("id = $1");
static const char *const of_project[DELETE_STEPS] = DELETES("project_id = $1");

static Status run_deletes(Conn *c, const char *const *deletes, int64_t id)
{
    Status st = ST_OK;

    for (size_t i = 0; i < DELETE_STEPS && !st; i++) {
        Stmt s = sql_stmt(c, deletes[i]);

        sql_int(&s, 1, id);
        st = sql_run(&s);
    }
    return st;
}

Status sample_spaces_drop(Conn *c, int64_t project_id)
{
    return run_deletes(c, of_project, project_id);
}

Status catalog_space_remove(Catalog *c, int64_t id)
{
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    st = run_deletes(w, of_space, id);
    if (!st && !sql_changed(w))
        st = ST_NOTFOUND;
    return tx_end(w, st);
}

/* ------------------------------------------------------------ schemas of workflows */

static Status insert_schema(Conn *c, int64_t space_id, Str hash, Str body, int64_t now_ns,
                            int64_t *version)
{
    int64_t number = 0;
    Stmt s = sql_stmt(
        c, "SELECT COALESCE(MAX(version), 0) + 1 FROM workflow_schemas WHERE space_id = $1");
    Status st;

    sql_int(&s, 1, space_id);
    st = sql_one_int(&s, &number);
    if (!st && number > SCHEMAS_MAX)
        st = ST_LIMIT;
    if (st)
        return st;
    s = sql_stmt(c, "INSERT INTO workflow_schemas (space_id, version, hash, body, created_ns)"
                    " VALUES ($1, $2, $3, $4, $5)");
    sql_int(&s, 1, space_id);
    sql_int(&s, 2, number);
    sql_text(&s, 3, hash);
    sql_text(&s, 4, body);
    sql_int(&s, 5, now_ns);
    st = sql_run(&s);
    if (!st)
        *version = number;
    return st;
}

static Status find_schema(Conn *c, int64_t space_id, Str hash, int64_t *version)
{
    Stmt s = sql_stmt(c, "SELECT version FROM workflow_schemas WHERE space_id = $1 AND hash = $2");

    sql_int(&s, 1, space_id);
    sql_text(&s, 2, hash);
    return sql_one_int(&s, version);
}

Status catalog_schema_put(Catalog *c, int64_t space_id, Str hash, Str body, int64_t now_ns,
                          int64_t *version, bool *created)
{
    int64_t number = 0;
    bool made = false;
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    st = find_schema(w, space_id, hash, &number);
    if (st == ST_NOTFOUND) {
        made = true;
        st = insert_schema(w, space_id, hash, body, now_ns, &number);
    }
    st = tx_end(w, st);
    if (!st) {
        *version = number;
        *created = made;
    }
    return st;
}

Status catalog_schema_get(Catalog *c, int64_t space_id, int64_t version, Arena *arena,
                          SchemaRow *out)
{
    SchemaRow row = {0};
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT version, body, created_ns FROM workflow_schemas WHERE space_id = $1"
                    " AND ($2 = 0 OR version = $2) ORDER BY version DESC LIMIT 1");
    sql_int(&s, 1, space_id);
    sql_int(&s, 2, version);
    if (sql_one_row(&s))
        row = (SchemaRow){sql_get_int(&s, 0), sql_get_text(&s, 1, arena), sql_get_int(&s, 2)};
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = row;
    return st;
}
