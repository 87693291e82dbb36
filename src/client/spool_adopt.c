/* SPDX-License-Identifier: Apache-2.0 */
/* Files of processes that have ended: found, locked, checked, delivered by us.
 *
 * Oldest first over all processes.  A file that cannot be locked has a living
 * owner; one that vanished meanwhile was delivered by somebody else. */
#include "base/alloc.h"
#include "base/vec.h"
#include "client/spool_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTING_MAX = 64 * 1024 * 1024, CANDIDATES_MAX = 100000 };

typedef struct Candidate {
    uint64_t n;
    Str name;
} Candidate;

typedef struct Candidates {
    Candidate *items;
    size_t len;
    size_t cap;
} Candidates;

Status spool_path(const Spool *sp, const char *name, const char *suffix, char out[SPOOL_PATH_MAX])
{
    const int n = snprintf(out, SPOOL_PATH_MAX, "%s/%s%s", sp->settings->spool_dir, name, suffix);

    return n < 0 || n >= SPOOL_PATH_MAX ? ST_LIMIT : ST_OK;
}

static uint64_t size_of(const Spool *sp, const char *name)
{
    char path[SPOOL_PATH_MAX];
    PathInfo info;

    if (spool_path(sp, name, "", path) || path_info(path, &info))
        return 0;
    return info.size;
}

static void count_bytes(Spool *sp, const Str *names, size_t count)
{
    sp->bytes = 0;
    for (size_t i = 0; i < count; i++)
        sp->bytes += size_of(sp, names[i].ptr);
    sp->scanned = true;
}

void spool_count_bytes(Spool *sp)
{
    Arena a;
    Str *names;
    size_t count;

    if (sp->scanned)
        return;
    arena_init(&a, LISTING_MAX);
    if (dir_list(sp->settings->spool_dir, &a, &names, &count) == ST_OK)
        count_bytes(sp, names, count);
    sp->scanned = true;
    arena_deinit(&a);
}

/* "<pid>-<n>.spool" */
static bool parse_name(Str name, uint64_t *n)
{
    Str pid;
    Str rest;
    uint64_t ignored;

    if (name.len >= SPOOL_NAME_MAX || !str_ends(name, STR(".spool")))
        return false;
    name.len -= STR(".spool").len;
    return str_cut(name, '-', &pid, &rest) && str_to_u64(pid, &ignored) == ST_OK &&
           str_to_u64(rest, n) == ST_OK;
}

static int older_first(const void *a, const void *b)
{
    const Candidate *x = a;
    const Candidate *y = b;

    if (x->n != y->n)
        return x->n < y->n ? -1 : 1;
    return str_cmp(x->name, y->name);
}

/* What a process left that died between making a file and naming it. */
static void remove_unborn(const Spool *sp, const char *name)
{
    char path[SPOOL_PATH_MAX];
    File f = FILE_CLOSED;

    if (spool_path(sp, name, "", path) || file_open_write(path, &f))
        return;
    if (file_lock(&f) == ST_OK)
        (void)!path_remove(path);
    file_close(&f);
}

static Status list_candidates(Spool *sp, Arena *a, Candidates *out)
{
    Str *names;
    size_t count;
    Status st = dir_list(sp->settings->spool_dir, a, &names, &count);

    if (st)
        return st;
    count_bytes(sp, names, count);
    for (size_t i = 0; i < count && !st; i++) {
        Candidate c = {.name = names[i]};

        if (str_ends(names[i], STR(".spool.new")))
            remove_unborn(sp, names[i].ptr);
        else if (parse_name(names[i], &c.n))
            st = VEC_PUSH(out, c, CANDIDATES_MAX);
    }
    if (out->len)
        qsort(out->items, out->len, sizeof *out->items, older_first);
    return st;
}

/* Is it whole, and ours?  ST_CORRUPT: no spool file; ST_LIMIT: it ends too early;
 * ST_DENIED: of another server or project whose folder has the same hash. */
static Status check_file(Spool *sp, SpoolFile *f)
{
    char head[SPOOL_FILE_HEADER_MAX];
    size_t got;
    size_t len;
    Buf text;
    Status st = file_size(&f->file, &f->size);

    if (!st)
        st = file_read_at(&f->file, 0, head, sizeof head, &got);
    if (!st)
        st = spool_file_header_read((Str){head, got}, &len);
    if (st)
        return st;
    f->offset = len;
    buf_init(&text, SPOOL_FILE_TEXT_MAX + 1);
    st = spool_file_text(sp, &text);
    if (!st && !str_eq(buf_str(&text), (Str){head + 12, len - SPOOL_FILE_HEADER_MIN}))
        st = ST_DENIED;
    buf_deinit(&text);
    return st;
}

/* A file that is none goes out of the way. */
static void refuse(Spool *sp, SpoolFile *f, const char *path, Status why)
{
    char bad[SPOOL_PATH_MAX];

    if (why == ST_LIMIT)
        (void)!path_remove(path);
    if (why == ST_CORRUPT && spool_path(sp, f->name, ".bad", bad) == ST_OK)
        (void)!path_rename(path, bad);
    sp->damaged += why == ST_CORRUPT;
    spool_file_close(sp, f);
}

static bool try_adopt(Spool *sp, Str name)
{
    SpoolFile *f = &sp->orphan;
    char path[SPOOL_PATH_MAX];
    Status st;

    *f = (SpoolFile){.file = FILE_CLOSED};
    memcpy(f->name, name.ptr, name.len);
    if (spool_path(sp, f->name, "", path) || !path_exists(path) || file_open_write(path, &f->file))
        return false;
    fd_list_note(&sp->fds, f->file.fd);
    st = file_lock(&f->file);
    if (!st && !path_exists(path))
        st = ST_BUSY;
    if (!st)
        st = check_file(sp, f);
    if (st)
        refuse(sp, f, path, st);
    return st == ST_OK;
}

bool spool_adopt(Spool *sp)
{
    Candidates found = {0};
    bool adopted = false;
    Arena a;

    if (sp->orphan.file.fd >= 0)
        return true;
    if (!sp->settings->spool_dir[0])
        return false;
    arena_init(&a, LISTING_MAX);
    if (list_candidates(sp, &a, &found) == ST_OK)
        for (size_t i = 0; i < found.len && !adopted; i++)
            adopted = try_adopt(sp, found.items[i].name);
    VEC_FREE(&found);
    arena_deinit(&a);
    return adopted;
}
