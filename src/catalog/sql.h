/* SPDX-License-Identifier: Apache-2.0 */
/* SQL for the files of this folder only: connections, transactions, cached
 * statements.
 *
 * The dialect is what SQLite and PostgreSQL both accept: $1 parameters, ON CONFLICT,
 * RETURNING, no AUTOINCREMENT (see sql_next_id), 0 and 1 for truth, hashes as hex.
 *
 *     st = tx_begin(c, &conn);
 *     if (st) return st;
 *     st = ...statements...
 *     return tx_end(conn, st);        commits when st is ST_OK, else rolls back
 *
 * A Stmt has a sticky status, so binding needs no checks: sql_run() or sql_end()
 * tells.  A Stmt must be ended before the same SQL text is used again. */
#ifndef VIREO_CATALOG_SQL_H
#define VIREO_CATALOG_SQL_H

#include "catalog/catalog.h"

#include <sqlite3.h>

/* Statements of the whole folder fit; more is our bug. */
enum { SQL_CACHE_SLOTS = 384, SQL_MAX_PARAMS = 24 };

typedef struct CachedStmt {
    const char *sql; /* the literal: found by its address */
    sqlite3_stmt *stmt;
    uint8_t index[SQL_MAX_PARAMS + 1]; /* $n -> SQLite's own number, 0: not in the text */
} CachedStmt;

typedef struct Conn {
    sqlite3 *db; /* NULL: not open */
    Catalog *owner;
    bool taken; /* readers: in use; guarded by the pool's lock */
    size_t cached;
    CachedStmt cache[SQL_CACHE_SLOTS];
} Conn;

MUST_CHECK Status conn_open(Conn *c, Catalog *owner, const char *path, bool writes, Err *err);
void conn_close(Conn *c);
/* Statements without parameters and results, separated by semicolons. */
MUST_CHECK Status conn_exec(Conn *c, const char *sql);
/* What SQLite's result code means to the callers of this folder. */
Status sql_status(int code);

/* The one writer, in a transaction that holds the file's write lock. */
MUST_CHECK Status tx_begin(Catalog *c, Conn **out);
MUST_CHECK Status tx_end(Conn *c, Status st);
/* A reader in a transaction, so that its statements see one state. */
MUST_CHECK Status read_begin(Catalog *c, Conn **out);
/* Gives back `st`, so that it can end a function. */
MUST_CHECK Status read_end(Conn *c, Status st);

typedef struct Stmt {
    const CachedStmt *cached;
    Status st;
} Stmt;

/* `sql` must be a literal. */
Stmt sql_stmt(Conn *c, const char *sql);
void sql_int(Stmt *s, int param, int64_t value);
void sql_uint(Stmt *s, int param, uint64_t value); /* kept as the same 64 bits */
/* The bytes must stay until the statement is ended. */
void sql_text(Stmt *s, int param, Str value);
void sql_null(Stmt *s, int param);
/* True when there is a row. */
bool sql_row(Stmt *s);
/* The same where there must be one: none is ST_NOTFOUND. */
bool sql_one_row(Stmt *s);
/* The same for a page of at most `limit` rows, of which there are `len`; the statement asks for
 * one more, which is not shown but told of in *more. */
bool sql_page_row(Stmt *s, size_t len, size_t limit, bool *more);
int64_t sql_get_int(const Stmt *s, int column); /* NULL reads as 0 */
uint64_t sql_get_uint(const Stmt *s, int column);
/* Copy into the arena; sticky failure.  NULL reads as empty. */
Str sql_get_text(Stmt *s, int column, Arena *arena);
/* The same without a copy: valid until the next row or the end. */
Str sql_peek_text(Stmt *s, int column);
MUST_CHECK Status sql_end(Stmt *s);
/* The first column of all rows, at most `max` of them, and end.  No row: *out stays NULL. */
MUST_CHECK Status sql_texts(Stmt *s, size_t max, Arena *arena, Str **out, size_t *len);
/* Run to the end without looking at rows, and end. */
MUST_CHECK Status sql_run(Stmt *s);
/* The same for what must change a row: none is ST_NOTFOUND. */
MUST_CHECK Status sql_change(Conn *c, Stmt *s);
/* First column of the first row; ST_NOTFOUND when there is none.  Ends. */
MUST_CHECK Status sql_one_int(Stmt *s, int64_t *out);
/* Rows that the last statement of the connection changed. */
int64_t sql_changed(const Conn *c);

/* A number of the named sequence that was never given before, from 1. */
MUST_CHECK Status sql_next_id(Conn *c, Str sequence, int64_t *out);

#endif
