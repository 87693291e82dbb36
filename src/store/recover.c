/* SPDX-License-Identifier: Apache-2.0 */
/* Recovery: the list of segments from the index, the rest from the log.
 *
 *   index --list--> segments, watermark
 *   segments/ - index = orphans, removed (a crash between file and row)
 *   files of wal/ in order: records above the watermark are decoded into the
 *   memtable, flushed on the way when it grows too large
 *
 * A torn tail of the newest file is cut (a record of full length is no torn
 * write: it is kept like other damage, then cut).  Any other damage is told, counted,
 * and kept in wal/set-aside/; what comes behind it is replayed. */
#include "store/internal.h"

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"
#include "os/map.h"
#include "store/record.h"

#include <inttypes.h>

typedef struct LogFile {
    const char *path;
    uint64_t first_seq;
    uint64_t limit; /* records above it were refused: a younger file says so */
    uint64_t last_seq;
    uint64_t bytes;
    bool keep; /* something in it could not be set aside */
} LogFile;

typedef struct Recovery {
    Store *store;
    Err *err;
    Arena arena;
    LogFile *files;
    size_t count;
    uint64_t max_seq; /* in use, refused ones included */
} Recovery;

/* ------------------------------------------------------------------ segments */

static Status add_segment(void *visitor, const SegmentInfo *info)
{
    Recovery *r = visitor;
    Store *s = r->store;
    Segment *segment = NULL;
    Status st = segment_new(&s->cache, info, &segment);

    if (st)
        return st;
    st = segment_list_push(&s->segments, segment);
    if (st) {
        segment_unref(segment);
        return st;
    }
    if (info->id > s->last_id)
        s->last_id = info->id;
    if (info->max_seq > r->max_seq)
        r->max_seq = info->max_seq;
    return ST_OK;
}

static Status load_index(Recovery *r)
{
    Store *s = r->store;
    const SegmentIndex *index = &s->options.index;
    const Status st = index->ops->list(index->context, add_segment, r, &s->flushed_seq);

    if (st)
        return err_set(r->err, st, 0, "cannot read the list of segments: %s", status_text(st));
    s->visible_seq = s->flushed_seq;
    if (s->flushed_seq > r->max_seq)
        r->max_seq = s->flushed_seq;
    if (store_load_deleted(s))
        return err_set(r->err, ST_IO, 0, "cannot read what was deleted");
    return ST_OK;
}

/* ------------------------------------------------------------------------ log */

static Status list_files(Recovery *r)
{
    Str *names = NULL;
    size_t count = 0;
    Status st = dir_list(r->store->wal_dir, &r->arena, &names, &count);

    if (st)
        return st;
    r->files = arena_calloc(&r->arena, count + 1, sizeof *r->files);
    if (!r->files)
        return ST_NOMEM;
    for (size_t i = 0; i < count && !st; i++) {
        LogFile *f = &r->files[r->count];

        if (!wal_name_seq(names[i], &f->first_seq))
            continue;
        f->limit = UINT64_MAX;
        if (f->first_seq > r->max_seq)
            r->max_seq = f->first_seq;
        st = wal_path(&r->arena, r->store->wal_dir, f->first_seq, &f->path);
        r->count++;
    }
    return st;
}

static Status map_scan(const Recovery *r, const LogFile *f, FileMap *map, LogScan *scan)
{
    Status st = file_map_open(f->path, map);

    if (st)
        return err_set(r->err, st, 0, "cannot read %s: %s", f->path, status_text(st));
    st = log_scan_open((Str){(const char *)map->data, map->len}, scan);
    if (st) {
        file_map_close(map);
        return err_set(r->err, st, 0, "%s: %s", f->path, status_text(st));
    }
    return ST_OK;
}

/* Each file's header limits the older ones. */
static Status read_limits(Recovery *r)
{
    uint64_t limit = UINT64_MAX;

    for (size_t i = r->count; i-- > 0;) {
        FileMap map = {0};
        LogScan scan = {0};
        const Status st = map_scan(r, &r->files[i], &map, &scan);

        if (st)
            return st;
        r->files[i].limit = limit;
        r->files[i].bytes = map.len;
        if (scan.has_header && scan.header.after_seq < limit)
            limit = scan.header.after_seq;
        file_map_close(&map);
    }
    return ST_OK;
}

/* Keep damaged bytes under a name that is the same at every try. */
static void set_aside(Recovery *r, LogFile *f, const LogFound *found, const char *why)
{
    Store *s = r->store;
    const char *dir = NULL;
    Str path = {0};
    Status st;

    atomic_fetch_add(&s->set_aside, 1);
    log_warn("bad log record set aside",
             " file=\"%s\" offset=%zu bytes=%zu seq=%" PRIu64 " reason=\"%s\"", f->path,
             found->offset, found->bytes.len, found->record.seq, why);
    st = path_join(&r->arena, s->wal_dir, STR("set-aside"), &dir);
    if (!st)
        st = arena_printf(&r->arena, &path, "%s/%020" PRIu64 "-%zu.bin", dir, f->first_seq,
                          found->offset);
    if (!st)
        st = dir_make(dir);
    if (!st)
        st = dir_sync(s->wal_dir);
    if (!st)
        st = file_replace(path.ptr, found->bytes);
    if (st) {
        f->keep = true;
        log_error("bad log record not copied; its log file stays", " file=\"%s\" error=\"%s\"",
                  f->path, status_text(st));
    }
}

static Status decode(const Recovery *r, const LogRecord *record, Chunk **out)
{
    const StoreOptions *o = &r->store->options;
    StoreRecord again = {.project_id = record->project_id, .kind = record->kind};
    Buf body;
    Status st;

    buf_init(&body, LOG_MAX_BODY_BYTES);
    st = log_record_body(record, &body);
    again.body = buf_str(&body);
    if (!st)
        st = o->decode(o->decode_context, &again, out);
    buf_deinit(&body);
    return st;
}

static void put(Store *s, const LogRecord *record, Chunk *c)
{
    for (size_t i = 0; i < c->batch.len; i++) {
        c->batch.spans[i].seq = record->seq;
        c->batch.spans[i].received_ns = record->received_ns;
    }
    (void)chunk_footprint(c);
    mutex_lock(&s->lock);
    memtable_put(&s->active, c, clock_mono_ns());
    mutex_unlock(&s->lock);
}

/* Memory that is out now is no fault of the record. */
static Status replay(Recovery *r, LogFile *f, const LogFound *found)
{
    Store *s = r->store;
    const LogRecord *record = &found->record;
    Chunk *chunk = NULL;
    Status st;

    if (record->seq > r->max_seq)
        r->max_seq = record->seq;
    if (record->seq > f->limit || record->seq <= s->visible_seq)
        return ST_OK;
    if (store_is_dropped(s, record->project_id)) {
        s->visible_seq = record->seq;
        f->last_seq = record->seq;
        return ST_OK;
    }
    st = decode(r, record, &chunk);
    if (st == ST_NOMEM)
        return err_set(r->err, st, 0, "out of memory while reading %s", f->path);
    s->visible_seq = record->seq;
    f->last_seq = record->seq;
    if (st)
        set_aside(r, f, found, status_text(st));
    else if (!chunk->batch.len || chunk->project_id != record->project_id)
        chunk_free(chunk);
    else
        put(s, record, chunk);
    if (s->active.bytes < s->options.memtable_bytes)
        return ST_OK;
    st = store_flush(s);
    if (st)
        return err_set(r->err, st, 0, "cannot write segments while reading %s: %s", f->path,
                       status_text(st));
    return ST_OK;
}

static Status cut_tail(const Recovery *r, LogFile *f, const LogFound *found)
{
    File file = FILE_CLOSED;
    Status st = file_open_write(f->path, &file);

    log_info("torn end of the log cut", " file=\"%s\" offset=%zu bytes=%zu", f->path, found->offset,
             found->bytes.len);
    if (!st)
        st = file_truncate(&file, found->offset);
    if (!st)
        st = file_sync(&file);
    file_close(&file);
    if (st)
        return err_set(r->err, st, 0, "cannot cut %s: %s", f->path, status_text(st));
    f->bytes = found->offset;
    return ST_OK;
}

static Status replay_scan(Recovery *r, LogFile *f, LogScan *scan, LogFound *tail)
{
    LogFound found;
    Status st = ST_OK;

    while (!st) {
        const LogFind find = log_scan_next(scan, &found);

        if (find == LOG_FIND_END)
            break;
        if (find == LOG_FIND_RECORD)
            st = replay(r, f, &found);
        else if (find == LOG_FIND_TAIL && f == &r->files[r->count - 1])
            *tail = found;
        else
            set_aside(r, f, &found, "wrong checksum");
    }
    return st;
}

static Status replay_file(Recovery *r, LogFile *f)
{
    FileMap map = {0};
    LogScan scan = {0};
    LogFound tail = {0};
    Status st = map_scan(r, f, &map, &scan);

    if (st)
        return st;
    st = replay_scan(r, f, &scan, &tail);
    if (!st && tail.complete)
        set_aside(r, f, &tail, "wrong checksum");
    file_map_close(&map);
    /* Only now: nobody may look at the bytes that go. */
    if (!st && tail.bytes.len)
        st = cut_tail(r, f, &tail);
    return st;
}

static Status replay_log(Recovery *r)
{
    Status st = read_limits(r);

    for (size_t i = 0; i < r->count && !st; i++)
        st = replay_file(r, &r->files[i]);
    return st;
}

static Status open_log(Recovery *r, const WalOptions *log)
{
    Store *s = r->store;
    WalOptions options = *log;
    Status st;

    options.dir = s->wal_dir;
    options.last_seq = r->max_seq;
    options.good_seq = s->visible_seq;
    st = wal_open(&options, &s->wal);
    for (size_t i = 0; i < r->count && !st; i++) {
        const LogFile *f = &r->files[i];

        st = wal_adopt(s->wal, f->first_seq, f->last_seq, f->bytes, f->keep);
    }
    if (st)
        return err_set(r->err, st, 0, "cannot open the log: %s", status_text(st));
    wal_release(s->wal, s->flushed_seq);
    return ST_OK;
}

static Status recover(Recovery *r, const WalOptions *log)
{
    Status st = load_index(r);

    if (!st)
        st = list_files(r);
    if (!st)
        st = store_remove_orphans(r->store, r->count ? r->files[0].first_seq : UINT64_MAX, r->err);
    if (!st)
        st = replay_log(r);
    return st ? st : open_log(r, log);
}

Status store_recover(Store *s, const WalOptions *log, Err *err)
{
    Recovery r = {.store = s, .err = err};
    Status st;

    arena_init(&r.arena, (size_t)256 << 20);
    st = recover(&r, log);
    if (st && err && !err->code)
        (void)err_set(err, st, 0, "cannot recover %s: %s", s->dir, status_text(st));
    arena_deinit(&r.arena);
    return st;
}
