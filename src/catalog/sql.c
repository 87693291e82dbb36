/* SPDX-License-Identifier: Apache-2.0 */
/* Connections and cached statements.
 *
 * Statements are prepared once a connection and found by the address of their
 * literal: a linear walk over some dozens of pointers costs less than hashing the
 * text.  SQLite numbers $-parameters by first appearance in the text, PostgreSQL by
 * the number after the $; the index table of CachedStmt makes both the same. */
#include "catalog/sql.h"

#include "os/clock.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { BUSY_MS = 10000 };

Status sql_status(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return ST_OK;
    case SQLITE_NOMEM:
        return ST_NOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ST_BUSY;
    case SQLITE_FULL:
        return ST_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ST_CORRUPT;
    case SQLITE_CONSTRAINT:
        return ST_EXISTS;
    case SQLITE_TOOBIG:
        return ST_LIMIT;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return ST_DENIED;
    default:
        return ST_IO;
    }
}

Status conn_exec(Conn *c, const char *sql)
{
    return sql_status(sqlite3_exec(c->db, sql, NULL, NULL, NULL));
}

/* Switching to WAL needs the file for itself and does not wait by itself for others that
 * open it at the same time. */
static Status set_wal(Conn *c)
{
    const int64_t deadline = clock_mono_ns() + BUSY_MS * INT64_C(1000000);
    Status st = conn_exec(c, "PRAGMA journal_mode = WAL");

    while (st == ST_BUSY && clock_mono_ns() < deadline) {
        clock_sleep_ns(5000000);
        st = conn_exec(c, "PRAGMA journal_mode = WAL");
    }
    return st;
}

static Status configure(Conn *c, bool writes)
{
    Status st;

    sqlite3_busy_timeout(c->db, BUSY_MS);
    st = set_wal(c);
    if (st)
        return st;
    /* The schema of a file from elsewhere must not call functions with side effects. */
    return conn_exec(c, writes ? "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                                 "PRAGMA trusted_schema = OFF; PRAGMA cache_size = -1024;"
                               : "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;"
                                 "PRAGMA cache_size = -512;");
}

Status conn_open(Conn *c, Catalog *owner, const char *path, bool writes, Err *err)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (writes ? SQLITE_OPEN_CREATE : 0);
    const int code = sqlite3_open_v2(path, &c->db, flags, NULL);
    Status st = sql_status(code);

    c->owner = owner;
    c->cached = 0;
    if (!st)
        st = configure(c, writes);
    if (st) {
        (void)err_set(err, st, 0, "cannot open the catalogue: %s",
                      c->db ? sqlite3_errmsg(c->db) : status_text(st));
        conn_close(c);
    }
    return st;
}

void conn_close(Conn *c)
{
    for (size_t i = 0; i < c->cached; i++)
        sqlite3_finalize(c->cache[i].stmt);
    c->cached = 0;
    sqlite3_close_v2(c->db);
    c->db = NULL;
}

static void number_params(CachedStmt *e)
{
    char name[8];

    for (int n = 1; n <= SQL_MAX_PARAMS; n++) {
        (void)snprintf(name, sizeof name, "$%d", n);
        e->index[n] = (uint8_t)sqlite3_bind_parameter_index(e->stmt, name);
    }
}

Stmt sql_stmt(Conn *c, const char *sql)
{
    CachedStmt *e;

    for (size_t i = 0; i < c->cached; i++)
        if (c->cache[i].sql == sql)
            return (Stmt){&c->cache[i], ST_OK};
    assert(c->cached < SQL_CACHE_SLOTS);
    e = &c->cache[c->cached];
    const int code = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &e->stmt, NULL);
    if (code != SQLITE_OK) {
        const Status st = sql_status(code);

        return (Stmt){NULL, st ? st : ST_IO};
    }
    e->sql = sql;
    number_params(e);
    c->cached++;
    return (Stmt){e, ST_OK};
}

static int param_index(const Stmt *s, int param)
{
    assert(param >= 1 && param <= SQL_MAX_PARAMS && s->cached->index[param]);
    return s->cached->index[param];
}

void sql_int(Stmt *s, int param, int64_t value)
{
    if (!s->st)
        s->st = sql_status(sqlite3_bind_int64(s->cached->stmt, param_index(s, param), value));
}

void sql_uint(Stmt *s, int param, uint64_t value)
{
    sql_int(s, param, (int64_t)value);
}

void sql_text(Stmt *s, int param, Str value)
{
    if (s->st)
        return;
    if (value.len > INT_MAX)
        s->st = ST_LIMIT;
    else
        s->st = sql_status(sqlite3_bind_text(s->cached->stmt, param_index(s, param),
                                             value.ptr ? value.ptr : "", (int)value.len,
                                             SQLITE_STATIC));
}

void sql_null(Stmt *s, int param)
{
    if (!s->st)
        s->st = sql_status(sqlite3_bind_null(s->cached->stmt, param_index(s, param)));
}

bool sql_row(Stmt *s)
{
    int code;

    if (s->st)
        return false;
    code = sqlite3_step(s->cached->stmt);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        s->st = sql_status(code);
    return code == SQLITE_ROW;
}

bool sql_one_row(Stmt *s)
{
    const bool found = sql_row(s);

    if (!found && !s->st)
        s->st = ST_NOTFOUND;
    return found;
}

bool sql_page_row(Stmt *s, size_t len, size_t limit, bool *more)
{
    if (!sql_row(s))
        return false;
    *more = len == limit;
    return !*more;
}

int64_t sql_get_int(const Stmt *s, int column)
{
    return sqlite3_column_int64(s->cached->stmt, column);
}

uint64_t sql_get_uint(const Stmt *s, int column)
{
    return (uint64_t)sql_get_int(s, column);
}

Str sql_peek_text(Stmt *s, int column)
{
    /* Text first: it is what fixes the length (SQLite's documented order). */
    const char *text = s->st ? NULL : (const char *)sqlite3_column_text(s->cached->stmt, column);
    const int len = s->st ? 0 : sqlite3_column_bytes(s->cached->stmt, column);

    if (len > 0 && !text)
        s->st = ST_NOMEM;
    return s->st || len <= 0 ? (Str){0} : (Str){text, (size_t)len};
}

Str sql_get_text(Stmt *s, int column, Arena *arena)
{
    const Str there = sql_peek_text(s, column);
    Str out = {0};

    if (there.len)
        s->st = arena_copy(arena, there, &out);
    return out;
}

Status sql_end(Stmt *s)
{
    if (s->cached) {
        sqlite3_reset(s->cached->stmt);
        sqlite3_clear_bindings(s->cached->stmt);
    }
    return s->st;
}

Status sql_texts(Stmt *s, size_t max, Arena *arena, Str **out, size_t *len)
{
    Str *texts = arena_calloc(arena, max, sizeof *texts);
    size_t n = 0;
    Status st;

    while (texts && n < max && sql_row(s))
        texts[n++] = sql_get_text(s, 0, arena);
    st = sql_end(s);
    if (st || !texts)
        return st ? st : ST_NOMEM;
    *out = n ? texts : NULL;
    *len = n;
    return ST_OK;
}

Status sql_run(Stmt *s)
{
    while (sql_row(s))
        ;
    return sql_end(s);
}

Status sql_change(Conn *c, Stmt *s)
{
    const Status st = sql_run(s);

    return st ? st : sql_changed(c) ? ST_OK : ST_NOTFOUND;
}

Status sql_one_int(Stmt *s, int64_t *out)
{
    if (sql_one_row(s))
        *out = sql_get_int(s, 0);
    return sql_end(s);
}

int64_t sql_changed(const Conn *c)
{
    return sqlite3_changes64(c->db);
}

Status sql_next_id(Conn *c, Str sequence, int64_t *out)
{
    int64_t id = 0;
    Status st;
    Stmt s = sql_stmt(c, "INSERT INTO sequences (name, next) VALUES ($1, 2)"
                         " ON CONFLICT (name) DO UPDATE SET next = sequences.next + 1"
                         " RETURNING next - 1");

    sql_text(&s, 1, sequence);
    if (sql_row(&s))
        id = sql_get_int(&s, 0);
    /* To the end: SQLite finishes an INSERT ... RETURNING only then. */
    st = sql_run(&s);
    if (!st)
        *out = id;
    return st;
}
