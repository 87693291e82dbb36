/* SPDX-License-Identifier: Apache-2.0 */
/* Tables `versions`, `version_types`; reads `version_runs`.
 *
 * A put looks first with a reader: nearly always the version is there and complete, and
 * then nothing is written.  Otherwise everything is decided again under the write
 * lock.  Numbers are the model's highest plus one; nothing is ever deleted, so they have no
 * gaps.  The unique constraints on number and fingerprint are the second guard. */
#include "catalog/version.h"

#include "catalog/internal.h"

/* Columns that a registration fills in when they are empty, with their parameter. */
#define DEFINITION(X)       \
    X(output_type, 7)       \
    X(signature, 8)         \
    X(language, 9)          \
    X(language_version, 10) \
    X(git, 11)              \
    X(metadata, 12)         \
    X(packages, 13)         \
    X(dependencies, 14)     \
    X(source, 15)

/* ------------------------------------------------------------ find */

typedef struct Found {
    VersionRef ref;
    bool registered;
    bool lacks_something; /* some column of DEFINITION is empty */
} Found;

static Found read_found(Stmt *s, Arena *arena)
{
    return (Found){.ref = {.id = sql_get_int(s, 0),
                           .model_id = sql_get_int(s, 1),
                           .model = sql_get_text(s, 2, arena),
                           .number = (int32_t)sql_get_int(s, 3)},
                   .registered = sql_get_int(s, 4) != 0,
                   .lacks_something = sql_get_int(s, 5) != 0};
}

/* By fingerprint in the model that `model` means. */
static Status find(Conn *c, int64_t model_id, Str fingerprint, Arena *arena, Found *out)
{
    Found found = {0};
    Status st;
#define IS_EMPTY(name, n) " OR v." #name " = ''"
    Stmt s = sql_stmt(c, "SELECT v.id, m.id, m.name, v.number, v.registered,"
                         " CASE WHEN 1 = 0" DEFINITION(
                             IS_EMPTY) " THEN 1 ELSE 0 END"
                                       " FROM versions v JOIN models m ON m.id = v.model_id"
                                       " WHERE v.model_id = $1 AND v.fingerprint = $2");
#undef IS_EMPTY

    sql_int(&s, 1, model_id);
    sql_text(&s, 2, fingerprint);
    if (sql_one_row(&s))
        found = read_found(&s, arena);
    st = sql_end(&s);
    if (!st)
        *out = found;
    return st;
}

static Status look_up(Catalog *c, int64_t project_id, Str model, Str fingerprint, Arena *arena,
                      Found *out)
{
    int64_t model_id = 0;
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = model_id_of(r, project_id, model, &model_id);
    if (!st)
        st = find(r, model_id, fingerprint, arena, out);
    return read_end(r, st);
}

Status catalog_version_find(Catalog *c, int64_t project_id, Str model, Str fingerprint,
                            Arena *arena, VersionRef *out)
{
    Found found = {0};
    const Status st = look_up(c, project_id, model, fingerprint, arena, &found);

    if (!st)
        *out = found.ref;
    return st;
}

/* ------------------------------------------------------------ put */

static void bind_definition(Stmt *s, const VersionPut *put)
{
#define BIND(name, n) sql_text(s, n, put->name);
    DEFINITION(BIND)
#undef BIND
}

static Status next_number(Conn *c, int64_t model_id, int64_t *out)
{
    Stmt s = sql_stmt(c, "SELECT COALESCE(MAX(number), 0) + 1 FROM versions WHERE model_id = $1");
    int64_t number = 0;
    Status st;

    sql_int(&s, 1, model_id);
    st = sql_one_int(&s, &number);
    if (!st && number > MAX_VERSIONS_PER_MODEL)
        st = ST_LIMIT;
    if (!st)
        *out = number;
    return st;
}

static Status insert(Conn *c, int64_t model_id, const VersionPut *put, Arena *arena, Found *out)
{
    int64_t id = 0;
    int64_t number = 0;
    Stmt s;
    Status st = next_number(c, model_id, &number);

    if (!st)
        st = sql_next_id(c, STR("versions"), &id);
    if (st)
        return st;
#define NAME(name, n)  ", " #name
#define PARAM(name, n) ", $" #n
    s = sql_stmt(c, "INSERT INTO versions (id, model_id, number, fingerprint, origin, registered,"
                    " created_ns" DEFINITION(
                        NAME) ")"
                              " VALUES ($1, $2, $3, $4, $5, $6, $16" DEFINITION(PARAM) ")");
#undef NAME
#undef PARAM
    sql_int(&s, 1, id);
    sql_int(&s, 2, model_id);
    sql_int(&s, 3, number);
    sql_text(&s, 4, put->fingerprint);
    sql_text(&s, 5, put->origin);
    sql_int(&s, 6, put->registers);
    sql_int(&s, 16, put->now_ns);
    bind_definition(&s, put);
    st = sql_run(&s);
    return st ? st : find(c, model_id, put->fingerprint, arena, out);
}

static Status fill_in(Conn *c, int64_t version_id, const VersionPut *put)
{
#define KEEP(name, n) ", " #name " = CASE WHEN " #name " = '' THEN $" #n " ELSE " #name " END"
    Stmt s = sql_stmt(c, "UPDATE versions SET"
                         " origin = CASE WHEN registered = 0 THEN $2 ELSE origin END,"
                         " registered = 1" DEFINITION(KEEP) " WHERE id = $1");
#undef KEEP

    sql_int(&s, 1, version_id);
    sql_text(&s, 2, put->origin);
    bind_definition(&s, put);
    return sql_run(&s);
}

/* Would this put change a version that is there? */
static bool adds_to(const VersionPut *put, const Found *found)
{
    return put->registers && (!found->registered || found->lacks_something);
}

static Status put_in_tx(Conn *c, const VersionPut *put, Arena *arena, Found *out, bool *created)
{
    int64_t model_id = 0;
    Status st = model_id_of(c, put->project_id, put->model, &model_id);

    if (st == ST_NOTFOUND)
        st = model_insert(c, put->project_id, put->model, put->now_ns, &model_id);
    if (st)
        return st;
    st = find(c, model_id, put->fingerprint, arena, out);
    if (st == ST_NOTFOUND) {
        *created = true;
        return insert(c, model_id, put, arena, out);
    }
    if (!st && adds_to(put, out))
        st = fill_in(c, out->ref.id, put);
    return st;
}

Status catalog_version_put(Catalog *c, const VersionPut *put, Arena *arena, VersionRef *out,
                           bool *created)
{
    Found found = {0};
    bool made = false;
    Conn *w;
    Status st = look_up(c, put->project_id, put->model, put->fingerprint, arena, &found);

    if (st && st != ST_NOTFOUND)
        return st;
    if (st == ST_NOTFOUND || adds_to(put, &found)) {
        st = tx_begin(c, &w);
        if (st)
            return st;
        st = tx_end(w, put_in_tx(w, put, arena, &found, &made));
    }
    if (!st) {
        *out = found.ref;
        *created = made;
    }
    return st;
}

/* ------------------------------------------------------------ read */

static Status read_types(Conn *c, Arena *arena, VersionRow *row)
{
    Stmt s = sql_stmt(c, "SELECT type FROM version_types WHERE version_id = $1"
                         " ORDER BY position, type");

    sql_int(&s, 1, row->id);
    return sql_texts(&s, MAX_OBSERVED_TYPES, arena, &row->observed_types, &row->observed_count);
}

#define VERSION_COLUMNS                                                                       \
    "v.id, v.model_id, m.name, v.number, v.fingerprint, v.origin, v.registered, v.signature," \
    " v.output_type, v.language, v.language_version, v.git,"                                  \
    " CASE WHEN v.metadata = '' THEN '{}' ELSE v.metadata END, v.created_ns,"                 \
    " COALESCE(r.first_ns, 0), COALESCE(r.last_ns, 0), COALESCE(r.runs, 0), COALESCE(r.errors, 0)"
#define VERSION_JOIN                                      \
    " FROM versions v JOIN models m ON m.id = v.model_id" \
    " LEFT JOIN version_runs r ON r.version_id = v.id"

static VersionRow read_row(Stmt *s, Arena *arena)
{
    return (VersionRow){.id = sql_get_int(s, 0),
                        .model_id = sql_get_int(s, 1),
                        .model = sql_get_text(s, 2, arena),
                        .number = (int32_t)sql_get_int(s, 3),
                        .fingerprint = sql_get_text(s, 4, arena),
                        .origin = sql_get_text(s, 5, arena),
                        .registered = sql_get_int(s, 6) != 0,
                        .signature = sql_get_text(s, 7, arena),
                        .output_type = sql_get_text(s, 8, arena),
                        .language = sql_get_text(s, 9, arena),
                        .language_version = sql_get_text(s, 10, arena),
                        .git = sql_get_text(s, 11, arena),
                        .metadata = sql_get_text(s, 12, arena),
                        .created_ns = sql_get_int(s, 13),
                        .first_seen_ns = sql_get_int(s, 14),
                        .last_seen_ns = sql_get_int(s, 15),
                        .runs = sql_get_uint(s, 16),
                        .errors = sql_get_uint(s, 17)};
}

static Status read_one(Conn *c, Stmt *s, Arena *arena, VersionRow *out)
{
    VersionRow row = {0};
    Status st;

    if (sql_row(s)) {
        row = read_row(s, arena);
        row.source = sql_get_text(s, 18, arena);
        row.dependencies = sql_get_text(s, 19, arena);
        row.packages = sql_get_text(s, 20, arena);
    } else if (!s->st) {
        s->st = ST_NOTFOUND;
    }
    st = sql_end(s);
    if (!st)
        st = read_types(c, arena, &row);
    if (!st)
        *out = row;
    return st;
}

Status catalog_version_get(Catalog *c, int64_t project_id, Str model, int32_t number, Arena *arena,
                           VersionRow *out)
{
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT " VERSION_COLUMNS ", v.source, v.dependencies, v.packages" VERSION_JOIN
                    " JOIN " SQL_MODELS_NAMED " ON named.model_id = v.model_id"
                    " WHERE v.number = $3" SQL_NAMED_ORDER);
    sql_int(&s, 1, project_id);
    sql_text(&s, 2, model);
    sql_int(&s, 3, number);
    return read_end(r, read_one(r, &s, arena, out));
}

Status catalog_version_ref(Catalog *c, int64_t project_id, Str model, int32_t number, Arena *arena,
                           VersionRef *out)
{
    VersionRef ref = {.number = number};
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT v.id, m.id, m.name FROM versions v JOIN models m ON m.id = v.model_id"
                    " JOIN " SQL_MODELS_NAMED " ON named.model_id = v.model_id"
                    " WHERE v.number = $3" SQL_NAMED_ORDER);
    sql_int(&s, 1, project_id);
    sql_text(&s, 2, model);
    sql_int(&s, 3, number);
    if (sql_one_row(&s)) {
        ref.id = sql_get_int(&s, 0);
        ref.model_id = sql_get_int(&s, 1);
        ref.model = sql_get_text(&s, 2, arena);
    }
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = ref;
    return st;
}

static Status read_list(Conn *c, int64_t model_id, int32_t before, size_t limit, Arena *arena,
                        VersionList *list)
{
    Status st;
    Stmt s = sql_stmt(c, "SELECT " VERSION_COLUMNS VERSION_JOIN
                         " WHERE v.model_id = $1 AND v.number < $2"
                         " ORDER BY v.number DESC LIMIT $3");

    sql_int(&s, 1, model_id);
    sql_int(&s, 2, before ? before : INT32_MAX);
    sql_uint(&s, 3, limit + 1);
    while (sql_page_row(&s, list->len, limit, &list->more))
        list->items[list->len++] = read_row(&s, arena);
    st = sql_end(&s);
    for (size_t i = 0; i < list->len && !st; i++)
        st = read_types(c, arena, &list->items[i]);
    return st;
}

Status catalog_version_list(Catalog *c, int64_t model_id, int32_t before, size_t limit,
                            Arena *arena, VersionList *out)
{
    VersionList list = {.items = arena_calloc(arena, limit, sizeof *list.items)};
    Conn *r;
    Status st = list.items ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    st = read_end(r, read_list(r, model_id, before, limit, arena, &list));
    if (!st)
        *out = list;
    return st;
}

/* ------------------------------------------------------------ change */

Status catalog_version_set_metadata(Catalog *c, int64_t version_id, Str metadata)
{
    Conn *w;
    Stmt s;
    const Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "UPDATE versions SET metadata = $2 WHERE id = $1");
    sql_int(&s, 1, version_id);
    sql_text(&s, 2, metadata);
    return tx_end(w, sql_change(w, &s));
}

/* Is there nothing to remember: known already, or no room? */
static Status observed(Catalog *c, int64_t version_id, Str type, bool *out)
{
    Conn *r;
    Stmt s;
    int64_t known = 0;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT CASE WHEN COUNT(*) >= $3"
                    " OR COALESCE(SUM(CASE WHEN type = $2 THEN 1 ELSE 0 END), 0) > 0"
                    " THEN 1 ELSE 0 END FROM version_types WHERE version_id = $1");
    sql_int(&s, 1, version_id);
    sql_text(&s, 2, type);
    sql_int(&s, 3, MAX_OBSERVED_TYPES);
    st = read_end(r, sql_one_int(&s, &known));
    if (!st)
        *out = known != 0;
    return st;
}

Status catalog_version_observe(Catalog *c, int64_t version_id, Str type)
{
    bool done = false;
    Conn *w;
    Stmt s;
    Status st = observed(c, version_id, type, &done);

    if (st || done)
        return st;
    st = tx_begin(c, &w);
    if (st)
        return st;
    s = sql_stmt(w, "INSERT INTO version_types (version_id, position, type)"
                    " SELECT v.id, (SELECT COUNT(*) FROM version_types t"
                    "  WHERE t.version_id = v.id), $2 FROM versions v WHERE v.id = $1"
                    " AND (SELECT COUNT(*) FROM version_types t WHERE t.version_id = v.id) < $3"
                    " ON CONFLICT (version_id, type) DO NOTHING");
    sql_int(&s, 1, version_id);
    sql_text(&s, 2, type);
    sql_int(&s, 3, MAX_OBSERVED_TYPES);
    return tx_end(w, sql_run(&s));
}
