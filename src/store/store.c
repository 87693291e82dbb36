/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, appending, closing; the background thread.
 *
 * An append admits (memory), compresses, and goes through the log; the log's
 * thread puts it into the memtable once it is durable.  The background thread
 * flushes by size and age and compacts in between: while much is being appended
 * only when there are many segments, since then processors are short and nobody
 * gains from fewer files yet. */
#include "store/internal.h"

#include "base/alloc.h"
#include "base/log.h"
#include "codec/zstd_pool.h"
#include "os/clock.h"
#include "store/merge_choice.h"

#include <string.h>

enum {
    COMPRESS_FROM = 1024,
    COMPRESS_LEVEL = 1,
    BUSY_FACTOR = 4,
    CALM_PART = 64,
    BUSY_SEGMENTS = 64
};
static const size_t default_memtable_bytes = (size_t)64 << 20;
static const int64_t default_flush_after_ns = INT64_C(60000000000);
static const int64_t default_flush_quiet_ns = INT64_C(5000000000);
static const int64_t idle_ns = INT64_C(1000000000);
static const int64_t admit_wait_ns = INT64_C(2000000000);

/* ------------------------------------------------------- the log's call-backs */

static void prepare(void *context, WalEntry *entry)
{
    Chunk *c = entry->item;

    (void)context;
    for (size_t i = 0; i < c->batch.len; i++) {
        c->batch.spans[i].seq = entry->record.seq;
        c->batch.spans[i].received_ns = entry->record.received_ns;
    }
}

static void committed(void *context, WalEntry *group)
{
    Store *s = context;
    const int64_t now = clock_mono_ns();

    mutex_lock(&s->lock);
    for (const WalEntry *e = group; e; e = e->next) {
        const size_t before = s->active.bytes;

        memtable_put(&s->active, e->item, now);
        s->queued_bytes -= s->active.bytes - before;
        s->put_bytes += s->active.bytes - before;
        s->visible_seq = e->record.seq;
    }
    if (s->active.bytes >= s->options.memtable_bytes)
        cond_signal(&s->wake);
    mutex_unlock(&s->lock);
}

/* ------------------------------------------------------------------ appending */

/* Is the memory used up?  Under the lock. */
static bool overloaded(const Store *s)
{
    const size_t limit = s->options.memtable_bytes > SIZE_MAX / BUSY_FACTOR
                             ? SIZE_MAX
                             : s->options.memtable_bytes * BUSY_FACTOR;

    return s->active.bytes + s->flushing.bytes + s->queued_bytes >= limit;
}

/* Will there be room soon?  Under the lock. */
static bool may_wait(const Store *s)
{
    return !s->stopping && !s->options.no_background && !s->flush_status;
}

/* The next flush makes room, mostly within a fraction of a second: waiting for it
 * slows a client down to what the disk takes, where a refusal would send it away for
 * a second and more. */
static Status admit(Store *s, size_t footprint)
{
    const int64_t deadline = clock_mono_ns() + admit_wait_ns;
    bool in_time = true;
    Status st = ST_OK;

    mutex_lock(&s->lock);
    while (overloaded(s) && may_wait(s) && in_time)
        in_time = cond_wait_until(&s->room, &s->lock, deadline);
    if (s->stopping)
        st = ST_CLOSED;
    else if (overloaded(s))
        st = s->flush_status == ST_FULL ? ST_FULL : ST_BUSY;
    else
        s->queued_bytes += footprint;
    mutex_unlock(&s->lock);
    return st;
}

/* gzip, zlib and zstd begin like this; OTLP in protobuf or JSON does not. */
static bool looks_compressed(Str body)
{
    return str_starts(body, STR("\x1f\x8b")) || str_starts(body, STR("\x28\xb5\x2f\xfd")) ||
           str_starts(body, STR("x"));
}

/* Compressed when the disk is slow and it saves an eighth; a failure only means that
 * it does not. */
static void compress_payload(Store *s, LogRecord *r, Buf *out)
{
    const Str body = r->payload;
    Zstd *z = NULL;

    if (body.len < COMPRESS_FROM || !wal_is_slow(s->wal) || looks_compressed(body))
        return;
    if (zstd_pool_take(&s->cache.zstd, &z))
        return;
    if (zstd_compress(z, COMPRESS_LEVEL, body, out) == ST_OK && out->len <= body.len / 8 * 7) {
        r->payload = buf_str(out);
        r->flags = LOG_FLAG_ZSTD;
    }
    zstd_pool_give(&s->cache.zstd, z);
}

static Status append_admitted(Store *s, const StoreRecord *record, Chunk *chunk)
{
    WalEntry entry = {.record = {.project_id = record->project_id,
                                 .received_ns = clock_now_ns(),
                                 .kind = record->kind,
                                 .raw_len = (uint32_t)record->body.len,
                                 .payload = record->body},
                      .item = chunk};
    Buf packed;
    Status st;

    buf_init(&packed, LOG_MAX_BODY_BYTES);
    compress_payload(s, &entry.record, &packed);
    entry.record.payload_sum = log_payload_sum(entry.record.payload);
    st = wal_append(s->wal, &entry);
    buf_deinit(&packed);
    return st;
}

Status store_append(Store *s, const StoreRecord *record, Chunk *chunk)
{
    size_t footprint;
    Status st;

    if (!chunk->batch.len || record->project_id != chunk->project_id)
        return ST_INVALID;
    if (record->body.len > LOG_MAX_BODY_BYTES)
        return ST_LIMIT;
    footprint = chunk_footprint(chunk);
    st = admit(s, footprint);
    if (st)
        return st;
    st = append_admitted(s, record, chunk);
    if (st) {
        mutex_lock(&s->lock);
        s->queued_bytes -= footprint;
        mutex_unlock(&s->lock);
    }
    return st;
}

/* ----------------------------------------------------------------- background */

/* A failed flush is told by flush.c and tried again later. */
static void flush_if_due(Store *s)
{
    if (store_flush_due(s) && store_flush(s))
        log_debug("flush will be tried again", "");
}

static bool stopping(Store *s)
{
    bool yes;

    mutex_lock(&s->lock);
    yes = s->stopping;
    mutex_unlock(&s->lock);
    return yes;
}

static void compact_while_needed(Store *s, size_t least)
{
    bool more = least != 0;

    while (more && !stopping(s)) {
        const Status st = store_compact_least(s, least, &more);

        if (st == ST_CLOSED)
            return;
        if (st) {
            log_warn("segments not compacted", " error=\"%s\"", status_text(st));
            return;
        }
        flush_if_due(s);
    }
}

/* Until there is something to flush or a while has passed.  True when little
 * was appended meanwhile. */
static bool rest(Store *s)
{
    uint64_t before;
    bool calm = false;

    mutex_lock(&s->lock);
    before = s->put_bytes;
    if (!s->stopping && (s->active.bytes < s->options.memtable_bytes || s->retry_ns))
        calm = !cond_wait_until(&s->wake, &s->lock, clock_mono_ns() + idle_ns) &&
               s->put_bytes - before < s->options.memtable_bytes / CALM_PART;
    mutex_unlock(&s->lock);
    return calm;
}

/* How many segments a merge is to have at least; 0: none now. */
static size_t least_merge(Store *s, bool calm)
{
    bool many;

    if (calm)
        return MERGE_MIN;
    mutex_lock(&s->lock);
    many = s->segments.len >= BUSY_SEGMENTS;
    mutex_unlock(&s->lock);
    return many ? MERGE_MAX : 0;
}

static void background(void *arg)
{
    Store *s = arg;
    bool calm = true;

    while (!stopping(s)) {
        flush_if_due(s);
        compact_while_needed(s, least_merge(s, calm));
        store_purge_if_due(s);
        calm = rest(s);
    }
}

/* ------------------------------------------------------------- open and close */

static void set_options(Store *s, const StoreOptions *options)
{
    s->options = *options;
    if (!s->options.memtable_bytes)
        s->options.memtable_bytes = default_memtable_bytes;
    if (!s->options.flush_after_ns)
        s->options.flush_after_ns = default_flush_after_ns;
    if (!s->options.flush_quiet_ns)
        s->options.flush_quiet_ns = default_flush_quiet_ns;
}

static Status make_dirs(Store *s, Err *err)
{
    const char *lock_path = NULL;
    const char *segments = NULL;
    Status st = arena_copy_z(&s->paths, str_from(s->options.dir), &s->dir);

    if (!st)
        st = path_join(&s->paths, s->dir, STR("wal"), &s->wal_dir);
    if (!st)
        st = path_join(&s->paths, s->dir, STR("segments"), &segments);
    if (!st)
        st = path_join(&s->paths, s->dir, STR("lock"), &lock_path);
    if (!st)
        st = file_open_write(lock_path, &s->lock_file);
    if (st)
        return err_set(err, st, 0, "cannot open the store in %s: %s", s->options.dir,
                       status_text(st));
    st = file_lock(&s->lock_file);
    if (st)
        return err_set(err, st, 0, "%s is in use by another process", s->options.dir);
    st = dir_make(s->wal_dir);
    if (!st)
        st = dir_make(segments);
    if (!st)
        st = dir_sync(s->dir);
    if (st)
        return err_set(err, st, 0, "cannot write to %s: %s", s->options.dir, status_text(st));
    return ST_OK;
}

static void init(Store *s, const StoreOptions *options)
{
    set_options(s, options);
    arena_init(&s->paths, STORE_PATHS);
    s->lock_file = FILE_CLOSED;
    mutex_init(&s->delete_lock);
    mutex_init(&s->compact_lock);
    mutex_init(&s->flush_lock);
    mutex_init(&s->publish_lock);
    mutex_init(&s->lock);
    cond_init(&s->wake);
    cond_init(&s->room);
    segment_cache_init(&s->cache, NULL);
}

static Status start(Store *s, Err *err)
{
    const WalOptions log = {.prepare = prepare, .committed = committed, .context = s};
    Status st = make_dirs(s, err);

    if (st)
        return st;
    s->cache.store_dir = s->dir;
    st = store_recover(s, &log, err);
    if (!st && !s->options.no_background) {
        st = thread_start(&s->background, "vireo-store", background, s);
        if (st)
            return err_set(err, st, 0, "cannot start a thread: %s", status_text(st));
    }
    return st;
}

static void release(Store *s)
{
    memtable_clear(&s->active);
    memtable_clear(&s->flushing);
    for (size_t i = 0; i < s->segments.len; i++)
        segment_unref(s->segments.items[i]);
    VEC_FREE(&s->segments);
    store_free_deleted(s);
    segment_cache_deinit(&s->cache);
    cond_deinit(&s->wake);
    cond_deinit(&s->room);
    mutex_deinit(&s->lock);
    mutex_deinit(&s->publish_lock);
    mutex_deinit(&s->flush_lock);
    mutex_deinit(&s->compact_lock);
    mutex_deinit(&s->delete_lock);
    file_close(&s->lock_file);
    arena_deinit(&s->paths);
    mem_free(s);
}

Status store_open(const StoreOptions *options, Err *err, Store **out)
{
    Store *s = mem_calloc(1, sizeof *s);
    Status st;

    if (!s)
        return err_set(err, ST_NOMEM, 0, "%s", status_text(ST_NOMEM));
    init(s, options);
    st = start(s, err);
    if (st) {
        wal_close(s->wal);
        release(s);
        return st;
    }
    *out = s;
    return ST_OK;
}

/* What cannot be flushed now stays in the log. */
void store_close(Store *s)
{
    if (!s)
        return;
    mutex_lock(&s->lock);
    s->stopping = true;
    cond_broadcast(&s->wake);
    cond_broadcast(&s->room);
    mutex_unlock(&s->lock);
    thread_join(&s->background);
    if (store_flush(s))
        log_warn("store closed with records in the log", "");
    wal_close(s->wal);
    release(s);
}

/* ----------------------------------------------------------------------- stats */

static void count_memtable(const Memtable *m, int64_t project_id, StoreStats *out)
{
    if (!project_id) {
        out->memtable_bytes += m->bytes;
        out->memtable_spans += m->spans;
        out->memtable_scores += m->scores;
        return;
    }
    for (const Run *r = m->buckets[(uint64_t)project_id % MEMTABLE_BUCKETS]; r; r = r->next) {
        if (r->project_id != project_id)
            continue;
        out->memtable_spans += r->spans;
        out->memtable_scores += r->scores;
        for (const HeldChunk *h = r->first; h; h = h->next)
            out->memtable_bytes += h->footprint;
    }
}

uint64_t store_damage(Store *s)
{
    return atomic_load(&s->cache.damage);
}

void store_stats(Store *s, int64_t project_id, StoreStats *out)
{
    WalStats wal;

    *out =
        (StoreStats){.flushes = atomic_load(&s->flushes), .set_aside = atomic_load(&s->set_aside)};
    wal_stats(s->wal, &wal);
    out->wal_bytes = wal.bytes;
    out->wal_files = wal.files;
    out->appended = wal.appended;
    out->fsyncs = wal.fsyncs;
    mutex_lock(&s->lock);
    count_memtable(&s->active, project_id, out);
    count_memtable(&s->flushing, project_id, out);
    for (size_t i = 0; i < s->segments.len; i++) {
        const SegmentInfo *info = &s->segments.items[i]->info;

        if (project_id && info->project_id != project_id)
            continue;
        out->segments++;
        out->segment_bytes += info->bytes;
        out->segment_rows += info->rows;
    }
    mutex_unlock(&s->lock);
}
