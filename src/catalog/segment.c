/* SPDX-License-Identifier: Apache-2.0 */
/* Tables `segments` and `watermarks`: what the store publishes. */
#include "catalog/segment.h"

#include "catalog/internal.h"

static SegmentInfo read_row(const Stmt *s)
{
    return (SegmentInfo){.id = sql_get_int(s, 0),
                         .project_id = sql_get_int(s, 1),
                         .table = (StoreTable)sql_get_int(s, 2),
                         .level = (int32_t)sql_get_int(s, 3),
                         .rows = sql_get_uint(s, 4),
                         .bytes = sql_get_uint(s, 5),
                         .min_time_ns = sql_get_int(s, 6),
                         .max_time_ns = sql_get_int(s, 7),
                         .min_seq = sql_get_uint(s, 8),
                         .max_seq = sql_get_uint(s, 9),
                         .checksum = sql_get_uint(s, 10)};
}

static Status visit_all(Conn *c, Status (*visit)(void *visitor, const SegmentInfo *s),
                        void *visitor)
{
    Stmt s = sql_stmt(c, "SELECT id, project_id, store_table, level, row_count, byte_count,"
                         " min_time_ns, max_time_ns, min_seq, max_seq, checksum"
                         " FROM segments ORDER BY id");

    while (sql_row(&s)) {
        const SegmentInfo info = read_row(&s);

        s.st = visit(visitor, &info);
    }
    return sql_end(&s);
}

static Status read_watermark(Conn *c, uint64_t *out)
{
    int64_t seq = 0;
    Stmt s = sql_stmt(c, "SELECT seq FROM watermarks WHERE name = 'log'");
    const Status st = sql_one_int(&s, &seq);

    if (st && st != ST_NOTFOUND)
        return st;
    *out = (uint64_t)seq;
    return ST_OK;
}

Status catalog_segments_list(Catalog *c, Status (*visit)(void *visitor, const SegmentInfo *s),
                             void *visitor, uint64_t *flushed_seq)
{
    uint64_t seq = 0;
    Conn *r;
    Status st = read_begin(c, &r);

    if (st)
        return st;
    st = visit_all(r, visit, visitor);
    if (!st)
        st = read_watermark(r, &seq);
    st = read_end(r, st);
    if (!st)
        *flushed_seq = seq;
    return st;
}

static Status insert(Conn *c, const SegmentInfo *info)
{
    Stmt s = sql_stmt(c, "INSERT INTO segments (id, project_id, store_table, level, row_count,"
                         " byte_count, min_time_ns, max_time_ns, min_seq, max_seq, checksum)"
                         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");

    sql_int(&s, 1, info->id);
    sql_int(&s, 2, info->project_id);
    sql_int(&s, 3, (int64_t)info->table);
    sql_int(&s, 4, info->level);
    sql_uint(&s, 5, info->rows);
    sql_uint(&s, 6, info->bytes);
    sql_int(&s, 7, info->min_time_ns);
    sql_int(&s, 8, info->max_time_ns);
    sql_uint(&s, 9, info->min_seq);
    sql_uint(&s, 10, info->max_seq);
    sql_uint(&s, 11, info->checksum);
    return sql_run(&s);
}

static Status drop(Conn *c, int64_t id)
{
    Stmt s = sql_stmt(c, "DELETE FROM segments WHERE id = $1");

    sql_int(&s, 1, id);
    return sql_run(&s);
}

static Status raise_watermark(Conn *c, uint64_t seq)
{
    Stmt s = sql_stmt(c, "INSERT INTO watermarks (name, seq) VALUES ('log', $1)"
                         " ON CONFLICT (name) DO UPDATE SET seq = excluded.seq"
                         " WHERE watermarks.seq < excluded.seq");

    sql_uint(&s, 1, seq);
    return sql_run(&s);
}

Status catalog_segments_publish(Catalog *c, const SegmentInfo *add, size_t add_count,
                                const int64_t *remove, size_t remove_count, uint64_t flushed_seq,
                                const CountDeltas *deltas)
{
    Conn *w;
    Status st = tx_begin(c, &w);

    if (st)
        return st;
    for (size_t i = 0; i < remove_count && !st; i++)
        st = drop(w, remove[i]);
    for (size_t i = 0; i < add_count && !st; i++)
        st = insert(w, &add[i]);
    if (!st && flushed_seq)
        st = raise_watermark(w, flushed_seq);
    if (!st && deltas)
        st = counters_apply(w, deltas);
    return tx_end(w, st);
}

static Status index_list(void *context, Status (*visit)(void *visitor, const SegmentInfo *s),
                         void *visitor, uint64_t *flushed_seq)
{
    return catalog_segments_list(context, visit, visitor, flushed_seq);
}

static Status index_publish(void *context, const SegmentInfo *add, size_t add_count,
                            const int64_t *remove, size_t remove_count, uint64_t flushed_seq)
{
    return catalog_segments_publish(context, add, add_count, remove, remove_count, flushed_seq,
                                    NULL);
}

SegmentIndex catalog_segment_index(Catalog *c)
{
    static const SegmentIndexOps ops = {.list = index_list, .publish = index_publish};

    return (SegmentIndex){&ops, c};
}
