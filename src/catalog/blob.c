/* SPDX-License-Identifier: Apache-2.0 */
/* Table `blobs`. */
#include "catalog/blob.h"

#include "catalog/sql.h"

Status catalog_blob_put(Catalog *c, int64_t project_id, const BlobRow *row, bool *created)
{
    bool made = false;
    Conn *w;
    Stmt s;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    s = sql_stmt(w, "INSERT INTO blobs (project_id, sha256, media_type, byte_count, created_ns)"
                    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (project_id, sha256) DO NOTHING");
    sql_int(&s, 1, project_id);
    sql_text(&s, 2, row->sha256);
    sql_text(&s, 3, row->media_type);
    sql_uint(&s, 4, row->size);
    sql_int(&s, 5, row->created_ns);
    st = sql_run(&s);
    made = !st && sql_changed(w) > 0;
    st = tx_end(w, st);
    if (!st)
        *created = made;
    return st;
}

static BlobRow read_row(Stmt *s, Arena *arena)
{
    return (BlobRow){.sha256 = sql_get_text(s, 0, arena),
                     .media_type = sql_get_text(s, 1, arena),
                     .size = sql_get_uint(s, 2),
                     .created_ns = sql_get_int(s, 3)};
}

Status catalog_blob_get(Catalog *c, int64_t project_id, Str sha256, Arena *arena, BlobRow *out)
{
    BlobRow row = {0};
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT sha256, media_type, byte_count, created_ns FROM blobs"
                    " WHERE project_id = $1 AND sha256 = $2");
    sql_int(&s, 1, project_id);
    sql_text(&s, 2, sha256);
    if (sql_one_row(&s))
        row = read_row(&s, arena);
    st = read_end(r, sql_end(&s));
    if (!st)
        *out = row;
    return st;
}

Status catalog_blob_usage(Catalog *c, int64_t project_id, uint64_t *count, uint64_t *bytes)
{
    uint64_t n = 0;
    uint64_t sum = 0;
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT COUNT(*), COALESCE(SUM(byte_count), 0) FROM blobs"
                    " WHERE project_id = $1");
    sql_int(&s, 1, project_id);
    if (sql_row(&s)) {
        n = sql_get_uint(&s, 0);
        sum = sql_get_uint(&s, 1);
    }
    st = read_end(r, sql_end(&s));
    if (!st) {
        *count = n;
        *bytes = sum;
    }
    return st;
}

Status catalog_blob_each(Catalog *c,
                         Status (*visit)(void *visitor, int64_t project_id, const BlobRow *row),
                         void *visitor)
{
    Arena a;
    Conn *r;
    Stmt s;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    s = sql_stmt(r, "SELECT sha256, media_type, byte_count, created_ns, project_id FROM blobs"
                    " ORDER BY project_id, sha256");
    while (sql_row(&s)) {
        BlobRow row;

        arena_init(&a, 1 << 16);
        row = read_row(&s, &a);
        if (!s.st)
            s.st = visit(visitor, sql_get_int(&s, 4), &row);
        arena_deinit(&a);
    }
    return read_end(r, sql_end(&s));
}
