/* SPDX-License-Identifier: Apache-2.0 */
/* The handle: one writing connection under a lock, a few reading ones.
 *
 * Why a pool of readers: a commit waits for the disk (synchronous FULL), and
 * checking a key or listing models must not wait with it; in WAL mode readers never
 * block.  Why only one writer: SQLite has one write lock a file anyway, and a queue
 * of our threads on a mutex is fair where SQLite's busy handler polls.  The write
 * lock of the file is taken at once (BEGIN IMMEDIATE), so that a transaction never
 * fails half way for want of it and reads inside it decide on the newest state.
 *
 * Lock order: the write lock and the pool's lock are never held together. */
#include "catalog/catalog.h"

#include "base/alloc.h"
#include "catalog/internal.h"
#include "catalog/migrate.h"
#include "os/file.h"
#include "os/thread.h"

#include <string.h>

enum { READERS = 4, BACKUP_STEP_PAGES = 1000 };

struct Catalog {
    char *path;
    Mutex write_lock; /* the holder uses `writer` */
    Conn writer;
    Mutex pool_lock;
    Cond pool_free;
    Conn readers[READERS]; /* opened when first needed */
};

/* ------------------------------------------------------------ open, close */

static Status copy_path(const char *path, char **out)
{
    const size_t size = strlen(path) + 1;
    char *copy = mem_alloc(size);

    if (!copy)
        return ST_NOMEM;
    memcpy(copy, path, size);
    *out = copy;
    return ST_OK;
}

Status catalog_open_at(const char *path, int schema, Err *err, Catalog **out)
{
    Catalog *c = mem_calloc(1, sizeof *c);
    Status st;

    if (!c)
        return err_set(err, ST_NOMEM, 0, "cannot open the catalogue: out of memory");
    mutex_init(&c->write_lock);
    mutex_init(&c->pool_lock);
    cond_init(&c->pool_free);
    st = copy_path(path, &c->path);
    if (!st)
        st = conn_open(&c->writer, c, path, true, err);
    if (!st)
        st = migrate(&c->writer, schema, err);
    if (st) {
        catalog_close(c);
        return st;
    }
    *out = c;
    return ST_OK;
}

Status catalog_open(const char *path, Err *err, Catalog **out)
{
    return catalog_open_at(path, catalog_newest_schema(), err, out);
}

void catalog_close(Catalog *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < READERS; i++)
        conn_close(&c->readers[i]);
    conn_close(&c->writer);
    cond_deinit(&c->pool_free);
    mutex_deinit(&c->pool_lock);
    mutex_deinit(&c->write_lock);
    mem_free(c->path);
    mem_free(c);
}

/* ------------------------------------------------------------ transactions */

Status tx_begin(Catalog *c, Conn **out)
{
    Status st;

    mutex_lock(&c->write_lock);
    st = conn_exec(&c->writer, "BEGIN IMMEDIATE");
    if (st) {
        mutex_unlock(&c->write_lock);
        return st;
    }
    *out = &c->writer;
    return ST_OK;
}

Status tx_end(Conn *c, Status st)
{
    Catalog *owner = c->owner;

    if (!st)
        st = conn_exec(c, "COMMIT");
    /* Some failures roll back by themselves, a failed COMMIT does not always. */
    if (!sqlite3_get_autocommit(c->db))
        (void)!conn_exec(c, "ROLLBACK");
    mutex_unlock(&owner->write_lock);
    return st;
}

/* A free reader, preferably one that is open already; NULL when all are taken. */
static Conn *free_reader(Catalog *c)
{
    Conn *closed = NULL;

    for (size_t i = 0; i < READERS; i++) {
        Conn *r = &c->readers[i];

        if (!r->taken && r->db)
            return r;
        if (!r->taken && !closed)
            closed = r;
    }
    return closed;
}

static void give_back(Conn *c)
{
    Catalog *owner = c->owner;

    mutex_lock(&owner->pool_lock);
    c->taken = false;
    cond_signal(&owner->pool_free);
    mutex_unlock(&owner->pool_lock);
}

Status read_begin(Catalog *c, Conn **out)
{
    Conn *r;
    Status st = ST_OK;

    mutex_lock(&c->pool_lock);
    while (!(r = free_reader(c)))
        cond_wait(&c->pool_free, &c->pool_lock);
    r->taken = true;
    r->owner = c;
    mutex_unlock(&c->pool_lock);
    if (!r->db)
        st = conn_open(r, c, c->path, false, NULL);
    if (!st)
        st = conn_exec(r, "BEGIN");
    if (st) {
        give_back(r);
        return st;
    }
    *out = r;
    return ST_OK;
}

Status read_end(Conn *c, Status st)
{
    (void)!conn_exec(c, "COMMIT");
    if (!sqlite3_get_autocommit(c->db))
        (void)!conn_exec(c, "ROLLBACK");
    give_back(c);
    return st;
}

/* ------------------------------------------------------------ backup, check */

static Status copy_pages(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    int code;

    if (!b)
        return sql_status(sqlite3_errcode(to));
    /* The source is in a read transaction: writers go on and are not copied. */
    do
        code = sqlite3_backup_step(b, BACKUP_STEP_PAGES);
    while (code == SQLITE_OK);
    sqlite3_backup_finish(b);
    return code == SQLITE_DONE ? ST_OK : sql_status(code);
}

static Status copy_to_file(Catalog *c, const char *path)
{
    sqlite3 *to = NULL;
    Conn *from;
    Status st = read_begin(c, &from);

    if (st)
        return st;
    st = conn_exec(from, "SELECT count(*) FROM migrations"); /* fixes what is seen */
    if (!st)
        st = sql_status(sqlite3_open_v2(
            path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));
    if (!st)
        st = copy_pages(from->db, to);
    sqlite3_close_v2(to);
    return read_end(from, st);
}

static Status backup_to(Catalog *c, Arena *a, const char *path)
{
    Str part, folder;
    const char *folder_z;
    Status st = arena_printf(a, &part, "%s.part%c", path, '\0');

    if (st)
        return st;
    st = copy_to_file(c, part.ptr);
    if (!st)
        st = path_rename(part.ptr, path);
    if (st) {
        (void)!path_remove(part.ptr);
        return st;
    }
    folder = str_from(path);
    while (folder.len && folder.ptr[folder.len - 1] != '/')
        folder.len--;
    st = arena_copy_z(a, folder.len ? folder : STR("."), &folder_z);
    return st ? st : dir_sync(folder_z);
}

Status catalog_backup(Catalog *c, const char *path, Err *err)
{
    Arena a;
    Status st;

    if (path_exists(path))
        return err_set(err, ST_EXISTS, 0, "there is a file named %s", path);
    arena_init(&a, 1 << 16);
    st = backup_to(c, &a, path);
    arena_deinit(&a);
    return st ? err_set(err, st, 0, "cannot write %s: %s", path, status_text(st)) : ST_OK;
}

typedef struct Check {
    void (*report)(void *context, Str finding);
    void *context;
    bool found;
} Check;

/* Rows of `sql` are findings, but for one that says "ok". */
static Status report_rows(Conn *c, const char *sql, const char *what, Check *check)
{
    Arena a;
    Stmt s = sql_stmt(c, sql);

    arena_init(&a, 1 << 20);
    while (sql_row(&s)) {
        const Str text = sql_get_text(&s, 0, &a);
        Str finding;

        if (s.st || str_eq(text, STR("ok")))
            continue;
        s.st = arena_printf(&a, &finding, "catalogue: %s%.*s", what, STR_ARG(text));
        if (s.st)
            break;
        check->found = true;
        check->report(check->context, finding);
    }
    arena_deinit(&a);
    return sql_end(&s);
}

Status catalog_check(Catalog *c, void (*report)(void *context, Str finding), void *context)
{
    Check check = {report, context, false};
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = report_rows(r, "PRAGMA integrity_check(100)", "", &check);
    if (!st)
        st = report_rows(r, "PRAGMA foreign_key_check", "a missing parent of table ", &check);
    if (!st)
        st = report_rows(r,
                         "SELECT m.name FROM models m JOIN versions v ON v.model_id = m.id"
                         " GROUP BY m.id, m.name HAVING MAX(v.number) <> COUNT(*)",
                         "version numbers with gaps in model ", &check);
    if (!st)
        st = report_rows(r,
                         "SELECT l.id FROM sample_lists l WHERE l.sample_count <>"
                         " (SELECT COUNT(*) FROM sample_rows r WHERE r.list_id = l.id"
                         " AND r.to_version = " SQL_OPEN ") ORDER BY l.id",
                         "another number of samples than it says in list ", &check);
    st = read_end(r, st);
    if (st == ST_CORRUPT && !check.found)
        report(context, STR("catalogue: the file is damaged"));
    return st ? st : check.found ? ST_CORRUPT : ST_OK;
}
