/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs in a directory:
 *
 *     <dir>/<project_id>/ab/ab12...ef    whole blobs, never changed
 *     <dir>/tmp/<random>                 being written
 *
 * A blob is written to tmp/, synced, renamed to its name, and the folders of that name
 * are synced: after a crash it is there whole or not at all.  Two puts of the same hash at
 * once rename equal files over each other.  The folders are synced even when the
 * blob is there already, because whoever wrote it may not have come that far: to sync a
 * clean folder costs next to nothing.
 *
 * Files are mapped, not read: a 60 MB video costs the server no memory of its own. */
#include "blob/blob.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/map.h"
#include "os/random.h"

#include <string.h>

/* What a put that died left behind; no put takes that long. */
#define LEFTOVER_AGE_NS (INT64_C(3600) * 1000000000)
enum { PATH_ARENA = 1 << 20 };

typedef struct DirBlobs {
    Blobs base;
    char *dir;
} DirBlobs;

typedef struct BlobPath {
    const char *project; /* folder */
    const char *prefix;  /* folder in it */
    const char *file;
} BlobPath;

static Status blob_path(const DirBlobs *d, Arena *a, int64_t project_id, const uint8_t *hash,
                        BlobPath *out)
{
    char hex[2 * BLOB_HASH_BYTES];
    const Str name = {hex, sizeof hex};
    Str number;
    Status st = arena_printf(a, &number, "%lld", (long long)project_id);

    hex_encode(hash, BLOB_HASH_BYTES, hex);
    if (!st)
        st = path_join(a, d->dir, number, &out->project);
    if (!st)
        st = path_join(a, out->project, str_slice(name, 0, 2), &out->prefix);
    if (!st)
        st = path_join(a, out->prefix, name, &out->file);
    return st;
}

static Status temp_path(const DirBlobs *d, Arena *a, const char **out)
{
    uint8_t id[16];
    char hex[4 + sizeof id * 2] = "tmp/";

    random_id16(id);
    hex_encode(id, sizeof id, hex + 4);
    return path_join(a, d->dir, (Str){hex, sizeof hex}, out);
}

static Status write_synced(const char *path, Str bytes)
{
    File f = FILE_CLOSED;
    Status st = file_create_new(path, &f);

    if (st)
        return st;
    st = file_write(&f, bytes);
    if (!st)
        st = file_sync(&f);
    file_close(&f);
    return st;
}

static Status write_new(const DirBlobs *d, Arena *a, const BlobPath *p, Str bytes)
{
    const char *temp;
    Status st = dir_make(p->prefix);

    if (!st)
        st = temp_path(d, a, &temp);
    if (st)
        return st;
    st = write_synced(temp, bytes);
    if (!st)
        st = path_rename(temp, p->file);
    if (st)
        (void)!path_remove(temp);
    return st;
}

static Status sync_folders(const DirBlobs *d, const BlobPath *p)
{
    Status st = dir_sync(p->prefix);

    if (!st)
        st = dir_sync(p->project);
    return st ? st : dir_sync(d->dir);
}

static Status put_at(const DirBlobs *d, Arena *a, int64_t project_id, const uint8_t *hash,
                     Str bytes, bool *created)
{
    BlobPath p;
    PathInfo info;
    bool made = false;
    Status st = blob_path(d, a, project_id, hash, &p);

    if (st)
        return st;
    st = path_info(p.file, &info);
    /* A file of another size was damaged from outside: these bytes mend it. */
    if (st == ST_NOTFOUND || (!st && info.size != bytes.len)) {
        st = write_new(d, a, &p, bytes);
        made = true;
    }
    if (!st) {
        st = sync_folders(d, &p);
        /* A second sync might claim success for what the first one lost. */
        if (st && made)
            (void)!path_remove(p.file);
    }
    if (!st)
        *created = made;
    return st;
}

static Status dir_put(Blobs *b, int64_t project_id, const uint8_t *hash, Str bytes, bool *created)
{
    Arena a;
    Status st;

    arena_init(&a, PATH_ARENA);
    st = put_at((DirBlobs *)b, &a, project_id, hash, bytes, created);
    arena_deinit(&a);
    return st;
}

static Status map_file(const char *path, Blob *out)
{
    FileMap *map = mem_calloc(1, sizeof *map);
    Status st = map ? file_map_open(path, map) : ST_NOMEM;

    if (st) {
        mem_free(map);
        return st;
    }
    *out = (Blob){{(const char *)map->data, map->len}, map};
    return ST_OK;
}

static Status dir_get(Blobs *b, int64_t project_id, const uint8_t *hash, Blob *out)
{
    Arena a;
    BlobPath p;
    Status st;

    arena_init(&a, PATH_ARENA);
    st = blob_path((DirBlobs *)b, &a, project_id, hash, &p);
    if (!st)
        st = map_file(p.file, out);
    arena_deinit(&a);
    return st;
}

static Status dir_size(Blobs *b, int64_t project_id, const uint8_t *hash, uint64_t *out)
{
    Arena a;
    BlobPath p;
    PathInfo info;
    Status st;

    arena_init(&a, PATH_ARENA);
    st = blob_path((DirBlobs *)b, &a, project_id, hash, &p);
    if (!st)
        st = path_info(p.file, &info);
    if (!st)
        *out = info.size;
    arena_deinit(&a);
    return st;
}

static Status dir_remove_blob(Blobs *b, int64_t project_id, const uint8_t *hash)
{
    Arena a;
    BlobPath p;
    Status st;

    arena_init(&a, PATH_ARENA);
    st = blob_path((DirBlobs *)b, &a, project_id, hash, &p);
    if (!st)
        st = path_remove(p.file);
    if (!st)
        st = dir_sync(p.prefix);
    arena_deinit(&a);
    return st == ST_NOTFOUND ? ST_OK : st;
}

static Status dir_remove_project(Blobs *b, int64_t project_id)
{
    Arena a;
    Str path;
    Status st;

    arena_init(&a, PATH_ARENA);
    st = arena_printf(&a, &path, "%s/%lld", ((DirBlobs *)b)->dir, (long long)project_id);
    if (!st)
        st = dir_remove_all(path.ptr);
    arena_deinit(&a);
    return st == ST_NOTFOUND ? ST_OK : st;
}

static void dir_release(Blobs *b, Blob *blob)
{
    (void)b;
    if (!blob->owner)
        return;
    file_map_close(blob->owner);
    mem_free(blob->owner);
    *blob = (Blob){0};
}

static void dir_close(Blobs *b)
{
    DirBlobs *d = (DirBlobs *)b;

    mem_free(d->dir);
    mem_free(d);
}

static Status remove_leftovers(const char *tmp, Arena *a)
{
    const int64_t now = clock_now_ns();
    Str *names;
    size_t count;
    Status st = dir_list(tmp, a, &names, &count);

    for (size_t i = 0; i < count && !st; i++) {
        PathInfo info;
        const char *path;

        st = path_join(a, tmp, names[i], &path);
        if (!st && !path_info(path, &info) && now - info.modified_ns > LEFTOVER_AGE_NS)
            (void)!path_remove(path);
    }
    return st;
}

static Status prepare_dir(const char *dir)
{
    Arena a;
    const char *tmp;
    Status st;

    arena_init(&a, (size_t)256 << 20);
    st = path_join(&a, dir, STR("tmp"), &tmp);
    if (!st)
        st = dir_make(tmp);
    if (!st)
        st = remove_leftovers(tmp, &a);
    arena_deinit(&a);
    return st;
}

Status blobs_open_dir(const char *dir, size_t max_bytes, Blobs **out)
{
    static const BlobOps ops = {.name = "directory",
                                .put = dir_put,
                                .get = dir_get,
                                .size = dir_size,
                                .remove = dir_remove_blob,
                                .remove_project = dir_remove_project,
                                .release = dir_release,
                                .close = dir_close};
    const size_t dir_size_z = strlen(dir) + 1;
    DirBlobs *d = mem_calloc(1, sizeof *d);
    Status st = d ? prepare_dir(dir) : ST_NOMEM;

    if (!st) {
        d->dir = mem_alloc(dir_size_z);
        if (!d->dir)
            st = ST_NOMEM;
    }
    if (st) {
        mem_free(d);
        return st;
    }
    memcpy(d->dir, dir, dir_size_z);
    d->base = (Blobs){&ops, max_bytes ? max_bytes : BLOB_DEFAULT_MAX_BYTES};
    *out = &d->base;
    return ST_OK;
}
