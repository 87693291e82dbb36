/* SPDX-License-Identifier: Apache-2.0 */
/* Writing own files, reading own and adopted ones.  See spool.h; adopting is in
 * spool_adopt.c. */
#include "client/spool.h"

#include "base/alloc.h"
#include "client/spool_files.h"
#include "os/clock.h"
#include "os/process.h"

#include <stdio.h>
#include <string.h>

enum { ROTATE_MIN = 64 * 1024, ROTATE_MAX = 64 * 1024 * 1024, WINDOW = 256 * 1024, NAME_TRIES = 8 };

void spool_init(Spool *sp, const Settings *s)
{
    uint64_t rotate = s->spool_bytes / 16;

    if (rotate < ROTATE_MIN)
        rotate = ROTATE_MIN;
    if (rotate > ROTATE_MAX)
        rotate = ROTATE_MAX;
    *sp = (Spool){.settings = s, .orphan = {.file = FILE_CLOSED}, .rotate = rotate};
    buf_init(&sp->record, PARCEL_NAME_MAX + (size_t)PARCEL_BODY_MAX);
}

void spool_file_close(Spool *sp, SpoolFile *f)
{
    fd_list_drop(&sp->fds, f->file.fd);
    file_close(&f->file);
}

void spool_deinit(Spool *sp)
{
    for (size_t i = 0; i < sp->own_count; i++) {
        /* Without the sync a power cut may take what was spooled; nothing to do about a
         * disk that refuses. */
        (void)!file_sync_data(&sp->own[i].file);
        spool_file_close(sp, &sp->own[i]);
    }
    spool_file_close(sp, &sp->orphan);
    buf_deinit(&sp->record);
    sp->own_count = 0;
}

/* ---------------------------------------------------------------- writing */

/* "<url>\n<project>": whose spool it is. */
Status spool_file_text(const Spool *sp, Buf *out)
{
    return buf_printf(out, "%s\n%s", sp->settings->url, sp->settings->project);
}

static Status write_file_header(const Spool *sp, SpoolFile *f)
{
    char header[SPOOL_FILE_HEADER_MAX];
    Buf text;
    Status st;

    buf_init(&text, SPOOL_FILE_TEXT_MAX + 1);
    st = spool_file_text(sp, &text);
    if (!st) {
        f->size = spool_file_header(buf_str(&text), header);
        f->offset = f->size;
        st = file_write(&f->file, (Str){header, (size_t)f->size});
    }
    buf_deinit(&text);
    return st;
}

/* Lock under a name that nobody looks for, then give it its own. */
static Status publish(Spool *sp, SpoolFile *f, const char *temporary)
{
    char path[SPOOL_PATH_MAX];
    Status st = file_lock(&f->file);

    if (!st)
        st = write_file_header(sp, f);
    if (!st)
        st = spool_path(sp, f->name, "", path);
    return st ? st : path_rename(temporary, path);
}

/* `n` is the time in microseconds, but always more than the last one's. */
static void next_name(Spool *sp, char name[SPOOL_NAME_MAX])
{
    const uint64_t now = (uint64_t)(clock_now_ns() / 1000);

    sp->last_n = now > sp->last_n ? now : sp->last_n + 1;
    (void)snprintf(name, SPOOL_NAME_MAX, "%lld-%llu.spool", (long long)process_id(),
                   (unsigned long long)sp->last_n);
}

static Status try_file(Spool *sp, SpoolFile *f)
{
    char temporary[SPOOL_PATH_MAX];
    Status st;

    *f = (SpoolFile){.file = FILE_CLOSED};
    next_name(sp, f->name);
    st = spool_path(sp, f->name, ".new", temporary);
    if (!st)
        st = file_create_new(temporary, &f->file);
    if (st)
        return st;
    fd_list_note(&sp->fds, f->file.fd);
    st = publish(sp, f, temporary);
    if (st) {
        spool_file_close(sp, f);
        (void)!path_remove(temporary);
    }
    return st;
}

static Status start_file(Spool *sp)
{
    Status st = ST_FULL;

    if (sp->own_count == SPOOL_FILES_MAX)
        return ST_FULL;
    if (!sp->settings->spool_dir[0])
        return ST_NOTFOUND;
    if (dir_make(sp->settings->spool_dir))
        return ST_IO;
    /* Another process can take the file between its making and its locking. */
    for (int i = 0; i < NAME_TRIES; i++) {
        st = try_file(sp, &sp->own[sp->own_count]);
        if (st != ST_EXISTS && st != ST_BUSY && st != ST_NOTFOUND)
            break;
    }
    if (st)
        return st;
    sp->bytes += sp->own[sp->own_count].size;
    sp->own_count++;
    return ST_OK;
}

/* The file to append to; a full one is synced and left alone. */
static Status writable(Spool *sp, SpoolFile **out)
{
    SpoolFile *last = sp->own_count ? &sp->own[sp->own_count - 1] : NULL;
    Status st = ST_OK;

    if (last && last->size >= sp->rotate) {
        st = file_sync_data(&last->file);
        last = NULL;
    }
    if (!st && !last)
        st = start_file(sp);
    if (!st)
        *out = &sp->own[sp->own_count - 1];
    return st;
}

Status spool_append(Spool *sp, const Parcel *p)
{
    const uint64_t need = SPOOL_RECORD_HEADER + p->name.len + p->body.len;
    char header[SPOOL_RECORD_HEADER];
    const Str parts[] = {{header, sizeof header}, p->name, p->body};
    SpoolFile *f;
    Status st;

    if (p->name.len > PARCEL_NAME_MAX || p->body.len > PARCEL_BODY_MAX)
        return ST_INVALID;
    spool_count_bytes(sp);
    if (sp->bytes > sp->settings->spool_bytes || need > sp->settings->spool_bytes - sp->bytes)
        return ST_FULL;
    st = writable(sp, &f);
    if (st)
        return st;
    spool_record_header(p, header);
    st = file_write_all(&f->file, parts, sizeof parts / sizeof parts[0]);
    if (st) {
        /* If even cutting fails, the reader finds the tail torn and cuts it. */
        (void)!file_truncate(&f->file, f->size);
        return st;
    }
    f->size += need;
    sp->bytes += need;
    return ST_OK;
}

/* ---------------------------------------------------------------- reading */

bool spool_pending(const Spool *sp)
{
    return sp->own_count > 0 && sp->own[0].offset < sp->own[0].size;
}

static SpoolFile *source_file(Spool *sp, SpoolSource source)
{
    if (source == SPOOL_ORPHAN)
        return sp->orphan.file.fd >= 0 ? &sp->orphan : NULL;
    return sp->own_count ? &sp->own[0] : NULL;
}

static void remove_file(Spool *sp, SpoolSource source)
{
    SpoolFile *f = source_file(sp, source);
    char path[SPOOL_PATH_MAX];

    if (spool_path(sp, f->name, "", path) == ST_OK)
        (void)!path_remove(path);
    sp->bytes -= f->size < sp->bytes ? f->size : sp->bytes;
    spool_file_close(sp, f);
    if (source == SPOOL_OWN) {
        sp->own_count--;
        memmove(sp->own, sp->own + 1, sp->own_count * sizeof *sp->own);
    }
}

/* Everything in the file is settled: it goes. */
static void retire_if_done(Spool *sp, SpoolSource source)
{
    const SpoolFile *f = source_file(sp, source);

    if (f && f->offset >= f->size)
        remove_file(sp, source);
}

/* Copy damaged bytes for a person to look at.  Failing to is no reason to stop. */
static void set_aside(Spool *sp, SpoolFile *f, uint64_t to)
{
    char path[SPOOL_PATH_MAX];
    File bad = FILE_CLOSED;
    uint64_t at = f->offset;

    sp->damaged++;
    f->offset = to;
    if (spool_path(sp, f->name, ".bad", path) || file_open_append(path, &bad))
        return;
    while (at < to && sp->bytes < sp->settings->spool_bytes) {
        size_t got;
        const size_t want = to - at < WINDOW ? (size_t)(to - at) : WINDOW;

        buf_clear(&sp->record);
        if (buf_reserve(&sp->record, want) ||
            file_read_at(&f->file, at, sp->record.data, want, &got) || got == 0 ||
            file_write(&bad, (Str){sp->record.data, got}))
            break;
        at += got;
        sp->bytes += got;
    }
    file_close(&bad);
}

/* Where the next valid record starts behind a broken header. */
static uint64_t find_next(Spool *sp, const SpoolFile *f)
{
    uint64_t at = f->offset + 1;

    while (f->size - at >= SPOOL_RECORD_HEADER) {
        size_t got;
        size_t hit;
        const size_t want = f->size - at < WINDOW ? (size_t)(f->size - at) : WINDOW;

        buf_clear(&sp->record);
        if (buf_reserve(&sp->record, want) ||
            file_read_at(&f->file, at, sp->record.data, want, &got) || got < SPOOL_RECORD_HEADER)
            break;
        hit = spool_record_find((Str){sp->record.data, got});
        if (hit < got)
            return at + hit;
        at += got - (SPOOL_RECORD_HEADER - 1);
    }
    return f->size;
}

/* ST_LIMIT when the file ends before the record does. */
static Status read_header(const SpoolFile *f, SpoolHeader *h)
{
    char header[SPOOL_RECORD_HEADER];
    Status st;

    if (f->size - f->offset < SPOOL_RECORD_HEADER)
        return ST_LIMIT;
    st = file_read_exact(&f->file, f->offset, header, sizeof header);
    if (!st)
        st = spool_record_read(header, h);
    if (!st && f->size - f->offset - SPOOL_RECORD_HEADER < (uint64_t)h->name_len + h->body_len)
        return ST_LIMIT;
    return st;
}

static Status read_payload(Spool *sp, const SpoolFile *f, const SpoolHeader *h, Parcel *out)
{
    const size_t len = (size_t)h->name_len + h->body_len;
    Status st;

    buf_clear(&sp->record);
    st = buf_reserve(&sp->record, len ? len : 1);
    if (!st)
        st = file_read_exact(&f->file, f->offset + SPOOL_RECORD_HEADER, sp->record.data, len);
    return st ? st : spool_record_payload(h, (Str){sp->record.data, len}, out);
}

/* One look: ST_OK with a parcel, ST_CORRUPT when something was set aside, ST_LIMIT
 * when the rest of the file is a torn tail. */
static Status read_one(Spool *sp, SpoolFile *f, Parcel *out)
{
    SpoolHeader h;
    Status st = read_header(f, &h);

    if (st == ST_CORRUPT) {
        set_aside(sp, f, find_next(sp, f));
        return ST_CORRUPT;
    }
    if (st)
        return st;
    f->next = f->offset + SPOOL_RECORD_HEADER + h.name_len + h.body_len;
    st = read_payload(sp, f, &h, out);
    if (st == ST_CORRUPT)
        set_aside(sp, f, f->next);
    return st;
}

Status spool_peek(Spool *sp, SpoolSource source, Parcel *out)
{
    for (;;) {
        SpoolFile *f;
        Status st;

        retire_if_done(sp, source);
        f = source_file(sp, source);
        if (!f || f->offset >= f->size)
            return ST_NOTFOUND;
        st = read_one(sp, f, out);
        if (st == ST_LIMIT) {
            sp->damaged++;
            f->offset = f->size;
        } else if (st != ST_CORRUPT) {
            return st;
        }
    }
}

void spool_advance(Spool *sp, SpoolSource source)
{
    SpoolFile *f = source_file(sp, source);

    if (!f)
        return;
    f->offset = f->next;
    retire_if_done(sp, source);
}
