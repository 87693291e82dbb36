/* SPDX-License-Identifier: Apache-2.0 */
/* Tables `suites`, `suite_versions`, `suite_cases`. */
#include "catalog/suite.h"

#include "base/vec.h"
#include "catalog/internal.h"

#include <stdlib.h>

enum { MEMBERS_MAX = 50000000, CASES_ARENA = 64 << 20 };

/* ------------------------------------------------------------ reading */

#define SUITE_COLUMNS                                                                  \
    "SELECT s.id, s.space_id, s.name, s.description, s.tags, s.created_ns, s.version," \
    " COALESCE(v.created_ns, s.created_ns), p.name FROM suites s"                      \
    " JOIN sample_spaces p ON p.id = s.space_id"                                       \
    " LEFT JOIN suite_versions v ON v.suite_id = s.id AND v.version = s.version "

static SuiteRow read_row(Stmt *s, Arena *arena)
{
    return (SuiteRow){.id = sql_get_int(s, 0),
                      .space_id = sql_get_int(s, 1),
                      .name = sql_get_text(s, 2, arena),
                      .description = sql_get_text(s, 3, arena),
                      .tags = sql_get_text(s, 4, arena),
                      .created_ns = sql_get_int(s, 5),
                      .version = sql_get_int(s, 6),
                      .updated_ns = sql_get_int(s, 7),
                      .workflow = sql_get_text(s, 8, arena)};
}

static Status only_row(Stmt *s, Arena *arena, SuiteRow *out)
{
    SuiteRow row = {0};
    Status st;

    if (sql_row(s))
        row = read_row(s, arena);
    else if (!s->st)
        s->st = ST_NOTFOUND;
    st = sql_end(s);
    if (!st)
        *out = row;
    return st;
}

static Status find(Conn *c, int64_t space_id, Str name, Arena *arena, SuiteRow *out)
{
    Stmt s = sql_stmt(c, SUITE_COLUMNS "WHERE s.space_id = $1 AND s.name = $2");

    sql_int(&s, 1, space_id);
    sql_text(&s, 2, name);
    return only_row(&s, arena, out);
}

Status catalog_suite_get(Catalog *c, int64_t space_id, Str name, Arena *arena, SuiteRow *out)
{
    Conn *r;
    const Status st = read_begin(c, &r);

    return st ? st : read_end(r, find(r, space_id, name, arena, out));
}

Status catalog_suite_by_id(Catalog *c, int64_t id, Arena *arena, SuiteRow *out)
{
    Conn *r;
    Stmt s;
    const Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, SUITE_COLUMNS "WHERE s.id = $1");
    sql_int(&s, 1, id);
    return read_end(r, only_row(&s, arena, out));
}

/* Of the space or project that `s` has as $1. */
static Status read_list(Stmt *s, int64_t of, int64_t after, size_t limit, Arena *arena,
                        SuiteList *list)
{
    sql_int(s, 1, of);
    sql_int(s, 2, after);
    sql_uint(s, 3, limit + 1);
    while (sql_page_row(s, list->len, limit, &list->more))
        list->items[list->len++] = read_row(s, arena);
    return sql_end(s);
}

Status catalog_suite_list(Catalog *c, int64_t space_id, int64_t after, size_t limit, Arena *arena,
                          SuiteList *out)
{
    SuiteList list = {.items = arena_calloc(arena, limit, sizeof *list.items)};
    Conn *r;
    Stmt s;
    Status st = list.items ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    s = sql_stmt(r, SUITE_COLUMNS "WHERE s.space_id = $1 AND s.id > $2 ORDER BY s.id LIMIT $3");
    st = read_end(r, read_list(&s, space_id, after, limit, arena, &list));
    if (!st)
        *out = list;
    return st;
}

Status catalog_suites_of_project(Catalog *c, int64_t project_id, int64_t after, size_t limit,
                                 Arena *arena, SuiteList *out)
{
    SuiteList list = {.items = arena_calloc(arena, limit, sizeof *list.items)};
    Conn *r;
    Stmt s;
    Status st = list.items ? read_begin(c, &r) : ST_NOMEM;

    if (st)
        return st;
    s = sql_stmt(r, SUITE_COLUMNS "WHERE p.project_id = $1 AND s.id > $2 ORDER BY s.id LIMIT $3");
    st = read_end(r, read_list(&s, project_id, after, limit, arena, &list));
    if (!st)
        *out = list;
    return st;
}

Status catalog_suite_version(Catalog *c, const SuiteRow *suite, int64_t version,
                             int64_t *created_ns)
{
    int64_t made_ns = suite->created_ns;
    Conn *r;
    Stmt s;
    Status st = ST_OK;

    if (version) {
        st = read_begin(c, &r);
        if (st)
            return st;
        s = sql_stmt(r, "SELECT created_ns FROM suite_versions WHERE suite_id = $1"
                        " AND version = $2");
        sql_int(&s, 1, suite->id);
        sql_int(&s, 2, version);
        st = read_end(r, sql_one_int(&s, &made_ns));
    }
    if (!st)
        *created_ns = made_ns;
    return st;
}

/* The samples of a case's version are those of the commit that made it. */
static Status read_cases(Conn *c, int64_t suite_id, int64_t version, Arena *arena, SuiteCases *out)
{
    Stmt s = sql_stmt(c, "SELECT k.list_id, l.name, l.description, k.list_version,"
                         " COALESCE(m.sample_count, 0)"
                         " FROM suite_cases k JOIN sample_lists l ON l.id = k.list_id"
                         " LEFT JOIN sample_commits m ON m.list_id = k.list_id"
                         " AND m.version = k.list_version"
                         " WHERE k.suite_id = $1 AND k.version = $2 ORDER BY k.position");

    sql_int(&s, 1, suite_id);
    sql_int(&s, 2, version);
    while (out->len < SUITE_CASES_MAX && sql_row(&s))
        out->items[out->len++] = (SuiteCase){.list_id = sql_get_int(&s, 0),
                                             .name = sql_get_text(&s, 1, arena),
                                             .description = sql_get_text(&s, 2, arena),
                                             .version = sql_get_int(&s, 3),
                                             .count = sql_get_int(&s, 4)};
    return sql_end(&s);
}

static Status count_cases(Conn *c, int64_t suite_id, int64_t version, int64_t *out)
{
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM suite_cases WHERE suite_id = $1 AND version = $2");

    sql_int(&s, 1, suite_id);
    sql_int(&s, 2, version);
    return sql_one_int(&s, out);
}

static Status suite_cases(Conn *c, int64_t suite_id, int64_t version, Arena *arena, SuiteCases *out)
{
    int64_t count = 0;
    SuiteCases cases = {0};
    Status st = count_cases(c, suite_id, version, &count);

    if (st)
        return st;
    cases.items = arena_calloc(arena, (size_t)count + 1, sizeof *cases.items);
    st = cases.items ? read_cases(c, suite_id, version, arena, &cases) : ST_NOMEM;
    if (!st)
        *out = cases;
    return st;
}

Status catalog_suite_cases(Catalog *c, int64_t suite_id, int64_t version, Arena *arena,
                           SuiteCases *out)
{
    Conn *r;
    const Status st = read_begin(c, &r);

    return st ? st : read_end(r, suite_cases(r, suite_id, version, arena, out));
}

/* ------------------------------------------------------------ members */

typedef VEC_OF(SuiteMember) Members;

/* The first `limit` (0: all) numbers of a case behind `after`. */
static Status add_members(Conn *c, const SuiteCase *in, uint32_t case_index, int64_t after,
                          size_t limit, Members *out)
{
    const size_t before = out->len;
    Stmt s = sql_stmt(c, "SELECT r.number FROM sample_rows r WHERE r.list_id = $1"
                         " AND " SQL_IN_VERSION " AND r.number > $3 ORDER BY r.number");

    sql_int(&s, 1, in->list_id);
    sql_int(&s, 2, in->version);
    sql_int(&s, 3, after);
    while ((!limit || out->len - before < limit) && sql_row(&s)) {
        const SuiteMember member = {sql_get_int(&s, 0), case_index};
        const Status st = VEC_PUSH(out, member, (size_t)MEMBERS_MAX);

        if (st)
            s.st = st;
    }
    return sql_end(&s);
}

static int compare_members(const void *a, const void *b)
{
    const SuiteMember *x = a;
    const SuiteMember *y = b;

    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->case_index < y->case_index ? -1 : x->case_index > y->case_index;
}

static Status read_members(Conn *c, const SuiteCases *cases, int64_t after, size_t limit,
                           Members *out)
{
    Status st = ST_OK;

    for (size_t i = 0; i < cases->len && !st; i++)
        st = add_members(c, &cases->items[i], (uint32_t)i, after, limit, out);
    if (!st && out->len)
        qsort(out->items, out->len, sizeof *out->items, compare_members);
    return st;
}

static Status all_members(Conn *c, int64_t suite_id, int64_t version, Members *out)
{
    Arena a;
    SuiteCases cases = {0};
    Status st;

    arena_init(&a, CASES_ARENA);
    st = suite_cases(c, suite_id, version, &a, &cases);
    if (!st)
        st = read_members(c, &cases, 0, 0, out);
    arena_deinit(&a);
    return st;
}

Status catalog_suite_members(Catalog *c, int64_t suite_id, int64_t version, SuiteMembers *out)
{
    Members members = {0};
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = read_end(r, all_members(r, suite_id, version, &members));
    if (st) {
        VEC_FREE(&members);
        return st;
    }
    *out = (SuiteMembers){members.items, members.len};
    return ST_OK;
}

typedef struct Walk {
    SuiteVisit *visit;
    void *visitor;
    const SuiteCase *in;
} Walk;

static Status visit_member(void *visitor, const SampleRow *row)
{
    const Walk *w = visitor;

    return w->visit(w->visitor, row, w->in);
}

/* Each case told its smallest numbers, so all members of the first `limit` numbers are here. */
static Status walk_members(Conn *c, const SuiteCases *cases, const Members *members, size_t limit,
                           SuiteVisit *visit, void *visitor)
{
    size_t numbers = 0;
    Status st = ST_OK;

    for (size_t i = 0; i < members->len && !st; i++) {
        const SuiteMember *m = &members->items[i];
        Walk w = {visit, visitor, &cases->items[m->case_index]};

        numbers += i == 0 || m->number != members->items[i - 1].number;
        if (numbers > limit)
            break;
        st = sample_visit(c, w.in->list_id, w.in->version, m->number, visit_member, &w);
    }
    return st;
}

static Status suite_samples(Conn *c, int64_t suite_id, int64_t version, int64_t after, size_t limit,
                            SuiteVisit *visit, void *visitor)
{
    Arena a;
    SuiteCases cases = {0};
    Members members = {0};
    Status st;

    arena_init(&a, CASES_ARENA);
    st = suite_cases(c, suite_id, version, &a, &cases);
    if (!st)
        st = read_members(c, &cases, after, limit, &members);
    if (!st)
        st = walk_members(c, &cases, &members, limit, visit, visitor);
    VEC_FREE(&members);
    arena_deinit(&a);
    return st;
}

Status catalog_suite_samples(Catalog *c, int64_t suite_id, int64_t version, int64_t after,
                             size_t limit, SuiteVisit *visit, void *visitor)
{
    Conn *r;
    const Status st = read_begin(c, &r);

    return st ? st : read_end(r, suite_samples(r, suite_id, version, after, limit, visit, visitor));
}

/* ------------------------------------------------------------ committing */

static Status insert(Conn *c, const SuiteIn *in)
{
    int64_t id = 0;
    int64_t there = 0;
    Stmt s = sql_stmt(c, "SELECT COUNT(*) FROM suites WHERE space_id = $1");
    Status st;

    sql_int(&s, 1, in->space_id);
    st = sql_one_int(&s, &there);
    if (!st && there >= SUITES_MAX)
        st = ST_LIMIT;
    if (!st)
        st = sql_next_id(c, STR("suites"), &id);
    if (st)
        return st;
    s = sql_stmt(c,
                 "INSERT INTO suites (id, space_id, name, description, tags, created_ns, version)"
                 " VALUES ($1, $2, $3, '', '[]', $4, 0)");
    sql_int(&s, 1, id);
    sql_int(&s, 2, in->space_id);
    sql_text(&s, 3, in->name);
    sql_int(&s, 4, in->now_ns);
    return sql_run(&s);
}

/* The wanted cases with the ids of their lists. */
static Status resolve(Conn *c, const SuiteIn *in, Arena *arena, int64_t *lists, size_t *at)
{
    for (size_t i = 0; i < in->case_count; i++) {
        SampleListRow row = {0};
        const Status st = case_find(c, in->space_id, in->cases[i].name, arena, &row);

        *at = i;
        if (st)
            return st == ST_NOTFOUND ? ST_INVALID : st;
        if (in->cases[i].version < 0 || in->cases[i].version > row.version)
            return ST_INVALID;
        lists[i] = row.id;
    }
    return ST_OK;
}

static bool is_same(const SuiteCases *old, const SuiteIn *in, const int64_t *lists)
{
    if (old->len != in->case_count)
        return false;
    for (size_t i = 0; i < old->len; i++)
        if (old->items[i].list_id != lists[i] || old->items[i].version != in->cases[i].version)
            return false;
    return true;
}

static Status insert_case(Conn *c, int64_t suite_id, int64_t version, size_t position,
                          int64_t list_id, int64_t list_version)
{
    Stmt s = sql_stmt(c, "INSERT INTO suite_cases (suite_id, version, position, list_id,"
                         " list_version) VALUES ($1, $2, $3, $4, $5)");

    sql_int(&s, 1, suite_id);
    sql_int(&s, 2, version);
    sql_uint(&s, 3, position);
    sql_int(&s, 4, list_id);
    sql_int(&s, 5, list_version);
    return sql_run(&s);
}

static Status insert_version(Conn *c, const SuiteIn *in, int64_t suite_id, int64_t version,
                             const int64_t *lists)
{
    Stmt s = sql_stmt(c, "INSERT INTO suite_versions (suite_id, version, created_ns, author,"
                         " message) VALUES ($1, $2, $3, $4, $5)");
    Status st;

    if (version > SUITE_VERSIONS_MAX)
        return ST_LIMIT;
    sql_int(&s, 1, suite_id);
    sql_int(&s, 2, version);
    sql_int(&s, 3, in->now_ns);
    sql_text(&s, 4, in->author);
    sql_text(&s, 5, in->message);
    st = sql_run(&s);
    for (size_t i = 0; i < in->case_count && !st; i++)
        st = insert_case(c, suite_id, version, i, lists[i], in->cases[i].version);
    if (st)
        return st;
    s = sql_stmt(c, "UPDATE suites SET version = $2 WHERE id = $1");
    sql_int(&s, 1, suite_id);
    sql_int(&s, 2, version);
    return sql_run(&s);
}

static Status set_cases(Conn *c, const SuiteIn *in, const SuiteRow *row, Arena *arena, bool *made,
                        size_t *at)
{
    int64_t *lists = arena_calloc(arena, in->case_count + 1, sizeof *lists);
    SuiteCases old = {0};
    Status st;

    if (!in->cases)
        return ST_OK;
    st = lists ? resolve(c, in, arena, lists, at) : ST_NOMEM;
    if (!st)
        st = suite_cases(c, row->id, row->version, arena, &old);
    if (st || is_same(&old, in, lists))
        return st;
    *made = true;
    return insert_version(c, in, row->id, row->version + 1, lists);
}

static Status set_texts(Conn *c, const SuiteIn *in, int64_t suite_id)
{
    Stmt s;

    if (!in->description && !in->tags)
        return ST_OK;
    s = sql_stmt(c, "UPDATE suites SET description = COALESCE($2, description),"
                    " tags = COALESCE($3, tags) WHERE id = $1");
    sql_int(&s, 1, suite_id);
    if (in->description)
        sql_text(&s, 2, *in->description);
    else
        sql_null(&s, 2);
    if (in->tags)
        sql_text(&s, 3, *in->tags);
    else
        sql_null(&s, 3);
    return sql_run(&s);
}

static Status commit(Conn *c, const SuiteIn *in, Arena *arena, SuiteRow *out, bool *made,
                     size_t *at)
{
    SuiteRow row = {0};
    Status st = find(c, in->space_id, in->name, arena, &row);

    if (!st && in->create)
        return ST_EXISTS;
    if (st == ST_NOTFOUND && in->create) {
        st = insert(c, in);
        if (!st)
            st = find(c, in->space_id, in->name, arena, &row);
    }
    if (st)
        return st;
    if (in->base_version >= 0 && in->base_version != row.version) {
        *at = SUITE_STALE;
        *out = row;
        return ST_INVALID;
    }
    st = set_texts(c, in, row.id);
    if (!st)
        st = set_cases(c, in, &row, arena, made, at);
    return st ? st : find(c, in->space_id, in->name, arena, out);
}

Status catalog_suite_commit(Catalog *c, const SuiteIn *in, Arena *arena, SuiteRow *out, bool *made,
                            size_t *at)
{
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    *made = false;
    return tx_end(w, commit(w, in, arena, out, made, at));
}

static Status remove_suite(Conn *c, int64_t id)
{
    static const char *const deletes[] = {
        "DELETE FROM evaluations WHERE suite_id = $1",
        "DELETE FROM suite_cases WHERE suite_id = $1",
        "DELETE FROM suite_versions WHERE suite_id = $1",
        "DELETE FROM suites WHERE id = $1",
    };
    Status st = ST_OK;

    for (size_t i = 0; i < sizeof deletes / sizeof deletes[0] && !st; i++) {
        Stmt s = sql_stmt(c, deletes[i]);

        sql_int(&s, 1, id);
        st = sql_run(&s);
    }
    return !st && !sql_changed(c) ? ST_NOTFOUND : st;
}

Status catalog_suite_remove(Catalog *c, int64_t id)
{
    Conn *w;
    const Status st = tx_begin(c, &w);

    return st ? st : tx_end(w, remove_suite(w, id));
}
