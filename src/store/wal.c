/* SPDX-License-Identifier: Apache-2.0 */
/* The log's thread and its files.
 *
 *   wal_append --queue--> write_group: ensure_file, write, sync --> committed --> owners wake
 *
 *   current file:  none --create_file--> open --rotation, release, failed sync--> closed, in
 * `files`
 *
 * `files` holds all files in order of seq, the current one last; it is looked at
 * with the lock only.  While `busy` is set the current file's descriptor and its
 * `good_bytes` belong to the thread, otherwise to who has the lock. */
#include "store/wal.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/vec.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/random.h"
#include "os/thread.h"
#include "store/log_pace.h"

#include <inttypes.h>
#include <string.h>

enum {
    ROTATE_BYTES = 64 << 20,
    GROUP_ENTRIES = 256,
    GROUP_BYTES = 16 << 20, /* a group takes no more entries once past it */
    MAX_FILES = 1 << 16,
    PATH_ARENA = 1 << 16
};

typedef struct WalFile {
    uint64_t first_seq;
    uint64_t last_seq; /* 0: no record */
    uint64_t bytes;    /* durable, or written and not yet given up */
    bool keep;
} WalFile;

struct Wal {
    WalOptions options;
    char *dir;
    Mutex lock;
    Cond work; /* the thread waits for entries */
    Cond done; /* appenders wait for their group */
    Thread thread;
    WalEntry *head;
    WalEntry **tail;
    bool stop;
    bool rotate;
    bool busy;
    VEC_OF(WalFile) files;
    File file;           /* of the last entry of `files` while `open` */
    bool open;           /* is there a current file? */
    uint64_t good_bytes; /* of the current file: its last good end */
    uint64_t salt;       /* of the current file */
    uint64_t next_seq;
    uint64_t good_seq; /* of the last durable record */
    WalStats stats;    /* appended, fsyncs */
    LogPace pace;      /* of the thread; others only ask it */
    Str parts[2 * GROUP_ENTRIES];
};

Status wal_path(Arena *a, const char *dir, uint64_t first_seq, const char **out)
{
    Str text;
    const Status st = arena_printf(a, &text, "%s/%020" PRIu64 ".log", dir, first_seq);

    if (st)
        return st;
    *out = text.ptr;
    return ST_OK;
}

bool wal_name_seq(Str name, uint64_t *first_seq)
{
    if (name.len != 24 || !str_ends(name, STR(".log")))
        return false;
    return str_to_u64(str_slice(name, 0, 20), first_seq) == ST_OK;
}

/* For steps on the way out of a failure: the failure itself is what is told. */
static void best_effort(Status st, const char *what)
{
    if (st)
        log_warn(what, " error=\"%s\"", status_text(st));
}

static void remove_file(const Wal *w, uint64_t first_seq)
{
    Arena a;
    const char *path = NULL;
    Status st;

    arena_init(&a, PATH_ARENA);
    st = wal_path(&a, w->dir, first_seq, &path);
    if (!st)
        st = path_remove(path);
    best_effort(st, "log file not removed");
    arena_deinit(&a);
}

static WalFile *current(Wal *w)
{
    return &w->files.items[w->files.len - 1];
}

/* ------------------------------------------------------- the thread's part */

static Status write_file_header(Wal *w, const char *path)
{
    char header[LOG_FILE_HEADER_BYTES];
    Status st;

    w->salt = random_u64();
    log_file_header_encode(&(LogFileHeader){w->salt, w->good_seq}, header);
    st = file_create_new(path, &w->file);
    if (st)
        return st;
    st = file_write(&w->file, (Str){header, sizeof header});
    if (!st)
        st = file_sync(&w->file);
    if (!st)
        st = dir_sync(w->dir);
    if (st) {
        file_close(&w->file);
        best_effort(path_remove(path), "new log file not removed");
    }
    return st;
}

/* The file's place in the list is taken first, so that nothing can fail once
 * it is there. */
static Status create_file(Wal *w, uint64_t first_seq)
{
    const WalFile f = {.first_seq = first_seq, .bytes = LOG_FILE_HEADER_BYTES};
    Arena a;
    const char *path = NULL;
    Status st;

    mutex_lock(&w->lock);
    st = VEC_PUSH(&w->files, f, MAX_FILES);
    mutex_unlock(&w->lock);
    if (st)
        return st;
    arena_init(&a, PATH_ARENA);
    st = wal_path(&a, w->dir, first_seq, &path);
    if (!st)
        st = write_file_header(w, path);
    arena_deinit(&a);
    mutex_lock(&w->lock);
    if (st)
        w->files.len--;
    else
        w->open = true;
    w->good_bytes = LOG_FILE_HEADER_BYTES;
    mutex_unlock(&w->lock);
    return st;
}

static void close_current(Wal *w)
{
    file_close(&w->file);
    w->open = false;
}

/* A file whose sync failed: what the disk has of its end is unknown.  Without a
 * good record it goes at once, else the next file's header rules the rest out. */
static void give_up_file(Wal *w)
{
    uint64_t first_seq = 0;
    bool empty;

    best_effort(file_truncate(&w->file, w->good_bytes), "log file not cut back");
    best_effort(file_sync(&w->file), "cut log file not synced");
    mutex_lock(&w->lock);
    close_current(w);
    empty = current(w)->last_seq == 0;
    if (empty)
        first_seq = w->files.items[--w->files.len].first_seq;
    mutex_unlock(&w->lock);
    if (empty)
        remove_file(w, first_seq);
}

static Status ensure_file(Wal *w, uint64_t group_bytes, uint64_t first_seq, bool rotate)
{
    if (w->open && w->good_bytes > LOG_FILE_HEADER_BYTES &&
        (rotate || w->good_bytes + group_bytes > ROTATE_BYTES)) {
        mutex_lock(&w->lock);
        close_current(w);
        mutex_unlock(&w->lock);
    }
    return w->open ? ST_OK : create_file(w, first_seq);
}

/* Number, encode and gather the group; returns its bytes. */
static uint64_t encode_group(Wal *w, WalEntry *group, size_t *parts)
{
    uint64_t bytes = 0;

    *parts = 0;
    for (WalEntry *e = group; e; e = e->next) {
        log_record_encode(&e->record, w->salt, e->header);
        w->parts[(*parts)++] = (Str){e->header, sizeof e->header};
        w->parts[(*parts)++] = e->record.payload;
        bytes += sizeof e->header + e->record.payload.len;
    }
    return bytes;
}

static Status store_group(Wal *w, WalEntry *group)
{
    size_t parts = 0;
    const uint64_t bytes = encode_group(w, group, &parts);
    const int64_t begin_ns = clock_mono_ns();
    int64_t end_ns;
    Status st = file_write_all(&w->file, w->parts, parts);

    if (st) {
        if (file_truncate(&w->file, w->good_bytes))
            give_up_file(w);
        return st;
    }
    st = file_sync_data(&w->file);
    if (st) {
        give_up_file(w);
        return st;
    }
    end_ns = clock_mono_ns();
    log_pace_note(&w->pace, bytes, end_ns - begin_ns, end_ns);
    w->good_bytes += bytes;
    mutex_lock(&w->lock);
    current(w)->bytes = w->good_bytes;
    current(w)->last_seq = w->next_seq - 1;
    w->good_seq = w->next_seq - 1;
    w->stats.fsyncs++;
    mutex_unlock(&w->lock);
    return ST_OK;
}

static Status write_group(Wal *w, WalEntry *group, bool rotate)
{
    const uint64_t first_seq = w->next_seq;
    uint64_t bytes = 0;
    Status st;

    for (WalEntry *e = group; e; e = e->next) {
        e->record.seq = w->next_seq++;
        bytes += sizeof e->header + e->record.payload.len;
        w->options.prepare(w->options.context, e);
    }
    st = ensure_file(w, bytes, first_seq, rotate);
    if (!st)
        st = store_group(w, group);
    if (!st)
        w->options.committed(w->options.context, group);
    return st;
}

/* Detach what one write takes from the queue; called with the lock. */
static WalEntry *take_group(Wal *w)
{
    WalEntry *const group = w->head;
    WalEntry *last = group;
    size_t count = 1;
    size_t bytes = group->record.payload.len;

    while (last->next && count < GROUP_ENTRIES && bytes < GROUP_BYTES) {
        last = last->next;
        bytes += last->record.payload.len;
        count++;
    }
    w->head = last->next;
    if (!w->head)
        w->tail = &w->head;
    last->next = NULL;
    return group;
}

/* `next` is read before `done` is set: the owner's stack frame goes then. */
static void finish_group(Wal *w, WalEntry *group, Status st)
{
    while (group) {
        WalEntry *next = group->next;

        w->stats.appended += st == ST_OK;
        group->st = st;
        group->done = true;
        group = next;
    }
    cond_broadcast(&w->done);
}

static void run(void *arg)
{
    Wal *w = arg;

    mutex_lock(&w->lock);
    for (;;) {
        WalEntry *group;
        Status st;
        bool rotate;

        while (!w->head && !w->stop)
            cond_wait(&w->work, &w->lock);
        if (!w->head)
            break;
        group = take_group(w);
        rotate = w->rotate;
        w->rotate = false;
        w->busy = true;
        mutex_unlock(&w->lock);
        st = write_group(w, group, rotate);
        mutex_lock(&w->lock);
        w->busy = false;
        finish_group(w, group, st);
    }
    mutex_unlock(&w->lock);
}

/* ------------------------------------------------------------- the callers */

Status wal_append(Wal *w, WalEntry *entry)
{
    entry->next = NULL;
    entry->done = false;
    mutex_lock(&w->lock);
    if (w->stop) {
        mutex_unlock(&w->lock);
        return ST_CLOSED;
    }
    *w->tail = entry;
    w->tail = &entry->next;
    cond_signal(&w->work);
    while (!entry->done)
        cond_wait(&w->done, &w->lock);
    mutex_unlock(&w->lock);
    return entry->st;
}

bool wal_is_slow(const Wal *w)
{
    return log_pace_slow(&w->pace);
}

void wal_rotate(Wal *w)
{
    mutex_lock(&w->lock);
    w->rotate = true;
    mutex_unlock(&w->lock);
}

/* Take the oldest file that is covered out of the list; 0 when there is none.
 * Oldest first: a file's header may speak about the older ones. */
static uint64_t take_covered(Wal *w, uint64_t seq)
{
    uint64_t first_seq = 0;

    mutex_lock(&w->lock);
    for (size_t i = 0; i < w->files.len && !first_seq; i++) {
        const WalFile *f = &w->files.items[i];
        const bool is_current = w->open && i + 1 == w->files.len;

        if (f->keep || f->last_seq > seq || (w->busy && i + 1 == w->files.len))
            continue;
        if (is_current)
            close_current(w);
        first_seq = f->first_seq;
        memmove(&w->files.items[i], &w->files.items[i + 1],
                (w->files.len - i - 1) * sizeof w->files.items[0]);
        w->files.len--;
    }
    mutex_unlock(&w->lock);
    return first_seq;
}

void wal_release(Wal *w, uint64_t seq)
{
    for (uint64_t f = take_covered(w, seq); f; f = take_covered(w, seq))
        remove_file(w, f);
}

Status wal_adopt(Wal *w, uint64_t first_seq, uint64_t last_seq, uint64_t bytes, bool keep)
{
    const WalFile f = {first_seq, last_seq, bytes, keep};
    Status st;

    mutex_lock(&w->lock);
    st = VEC_PUSH(&w->files, f, MAX_FILES);
    mutex_unlock(&w->lock);
    return st;
}

void wal_stats(Wal *w, WalStats *out)
{
    mutex_lock(&w->lock);
    *out = w->stats;
    out->files = w->files.len;
    out->bytes = 0;
    for (size_t i = 0; i < w->files.len; i++)
        out->bytes += w->files.items[i].bytes;
    mutex_unlock(&w->lock);
}

Status wal_each_file(Wal *w,
                     Status (*visit)(void *visitor, const char *path, uint64_t bytes, bool last),
                     void *visitor)
{
    Arena a;
    WalFile *files = NULL;
    size_t count;
    Status st = ST_OK;

    arena_init(&a, (size_t)MAX_FILES * 256);
    mutex_lock(&w->lock);
    count = w->files.len;
    if (count)
        files = arena_alloc(&a, count * sizeof *files);
    if (files)
        memcpy(files, w->files.items, count * sizeof *files);
    mutex_unlock(&w->lock);
    if (count && !files)
        st = ST_NOMEM;
    for (size_t i = 0; i < count && !st; i++) {
        const char *path = NULL;

        st = wal_path(&a, w->dir, files[i].first_seq, &path);
        if (!st)
            st = visit(visitor, path, files[i].bytes, i + 1 == count);
    }
    arena_deinit(&a);
    return st;
}

static Status start(Wal *w, const WalOptions *options)
{
    const size_t len = strlen(options->dir) + 1;

    w->options = *options;
    w->file = FILE_CLOSED;
    w->tail = &w->head;
    w->next_seq = options->last_seq + 1;
    w->good_seq = options->good_seq;
    mutex_init(&w->lock);
    cond_init(&w->work);
    cond_init(&w->done);
    w->dir = mem_alloc(len);
    if (!w->dir)
        return ST_NOMEM;
    memcpy(w->dir, options->dir, len);
    return thread_start(&w->thread, "vireo-log", run, w);
}

Status wal_open(const WalOptions *options, Wal **out)
{
    Wal *w = mem_calloc(1, sizeof *w);
    Status st;

    if (!w)
        return ST_NOMEM;
    st = start(w, options);
    if (st) {
        wal_close(w);
        return st;
    }
    *out = w;
    return ST_OK;
}

void wal_close(Wal *w)
{
    if (!w)
        return;
    mutex_lock(&w->lock);
    w->stop = true;
    cond_signal(&w->work);
    mutex_unlock(&w->lock);
    thread_join(&w->thread);
    file_close(&w->file);
    cond_deinit(&w->done);
    cond_deinit(&w->work);
    mutex_deinit(&w->lock);
    VEC_FREE(&w->files);
    mem_free(w->dir);
    mem_free(w);
}
