/* SPDX-License-Identifier: Apache-2.0 */
/* Checking everything on disk: what `vireo doctor` runs.  Reads all bytes once;
 * appends and queries go on meanwhile. */
#include "store/internal.h"

#include "base/hash.h"
#include "os/map.h"
#include "store/record.h"
#include "store/segment_writer.h"

#include <inttypes.h>

typedef struct Check {
    void (*report)(void *context, Str finding);
    void *context;
    size_t findings;
    Arena arena;
    Str text; /* of the finding being told */
} Check;

/* Tell what was just written to c->text (`written` says how that went). */
static void tell(Check *c, Status written)
{
    c->findings++;
    c->report(c->context, written ? STR("damage, and no memory to describe it") : c->text);
}

/* ------------------------------------------------------------------------ log */

static void check_scan(Check *c, const char *path, LogScan *scan)
{
    LogFound found;

    if (!scan->has_header)
        tell(c, arena_printf(&c->arena, &c->text, "log file %s: damaged header", path));
    for (;;) {
        const LogFind what = log_scan_next(scan, &found);

        if (what == LOG_FIND_END)
            return;
        if (what != LOG_FIND_RECORD)
            tell(c,
                 arena_printf(&c->arena, &c->text, "log file %s: %zu damaged bytes at offset %zu",
                              path, found.bytes.len, found.offset));
    }
}

/* A file may be covered and removed while we look for it: that is no finding. */
static Status check_log_file(void *visitor, const char *path, uint64_t bytes, bool last)
{
    Check *c = visitor;
    FileMap map = {0};
    LogScan scan;
    Status st = file_map_open(path, &map);

    (void)last;
    if (st == ST_NOTFOUND)
        return ST_OK;
    if (st)
        return st;
    if (map.len < bytes)
        tell(c, arena_printf(&c->arena, &c->text, "log file %s: %zu bytes, should have %" PRIu64,
                             path, map.len, bytes));
    else if (log_scan_open((Str){(const char *)map.data, (size_t)bytes}, &scan))
        tell(c, arena_printf(&c->arena, &c->text, "log file %s: written by a newer version", path));
    else
        check_scan(c, path, &scan);
    file_map_close(&map);
    return ST_OK;
}

/* ------------------------------------------------------------------- segments */

static void check_pinned(Check *c, const Segment *s, const char *path)
{
    const Str bytes = {(const char *)s->map.data, s->map.len};
    Err err = {0};
    const Status st = parquet_verify(s->reader, &err);

    if (hash_bytes(bytes) != s->info.checksum)
        tell(c, arena_printf(&c->arena, &c->text, "segment %s: wrong checksum", path));
    if ((uint64_t)parquet_row_count(s->reader) != s->info.rows)
        tell(c,
             arena_printf(&c->arena, &c->text, "segment %s: %" PRId64 " rows, should have %" PRIu64,
                          path, parquet_row_count(s->reader), s->info.rows));
    if (st)
        tell(c, arena_printf(&c->arena, &c->text, "segment %s: %s", path,
                             err.msg[0] ? err.msg : status_text(st)));
}

static Status check_segment(Check *c, const Store *s, Segment *segment)
{
    Arena a;
    const char *path = NULL;
    Status st;

    arena_init(&a, STORE_PATHS);
    st = segment_path(&a, s->dir, &segment->info, &path);
    if (!st) {
        st = segment_pin(segment);
        if (!st) {
            check_pinned(c, segment, path);
            segment_unpin(segment);
        } else if (segment_lost(st)) {
            tell(c, arena_printf(&c->arena, &c->text, "segment %s: %s", path, status_text(st)));
            st = ST_OK;
        }
    }
    arena_deinit(&a);
    return st;
}

Status store_verify(Store *s, void (*report)(void *context, Str finding), void *context)
{
    Check c = {.report = report, .context = context};
    SegmentList list = {0};
    Status st = store_list_segments(s, 0, &list);

    arena_init(&c.arena, (size_t)1 << 26);
    for (size_t i = 0; i < list.len && !st; i++)
        st = check_segment(&c, s, list.items[i]);
    segment_list_release(&list);
    if (!st)
        st = wal_each_file(s->wal, check_log_file, &c);
    arena_deinit(&c.arena);
    if (st)
        return st;
    return c.findings ? ST_CORRUPT : ST_OK;
}
