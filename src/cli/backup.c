/* SPDX-License-Identifier: Apache-2.0 */
/* vireo backup TO: a consistent copy of a data folder, also while a server uses it.
 *
 * Order makes it consistent without stopping anybody:
 *
 *   1. log files   - whatever is not in a segment yet is in there
 *   2. catalogue   - names the segments, and up to where they cover the log
 *   3. segments    - immutable; one that compaction removed meanwhile means
 *                    that the catalogue is out of date: again from 2
 *   4. blobs and results - immutable, and written before the catalogue names them; a part of
 *                    an evaluation that was deleted meanwhile means again from 2
 *
 * The log first: a record that is flushed after step 1 is in a segment of step 2.
 * What the server acknowledges after step 1 may be missing.  Every segment's
 * checksum is compared as it is copied; `vireo doctor --data TO` checks the rest. */
#include "base/hash.h"
#include "catalog/blob.h"
#include "catalog/result_part.h"
#include "catalog/segment.h"
#include "cli/cli.h"
#include "os/map.h"
#include "server/data_dir.h"

typedef struct BackupOptions {
    Str data;
    Str to;
} BackupOptions;

static const Option options[] = {
    {"data", "DIR", OPTION_STR, offsetof(BackupOptions, data), "vireo-data", "the folder to copy"},
    {"to", "DIR", OPTION_STR, offsetof(BackupOptions, to), NULL, "the new folder"},
};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

enum { BACKUP_TRIES = 10, PATH_ARENA_MAX = 64 * 1024 };

typedef struct Backup {
    Cli *cli;
    DataPaths from;
    DataPaths to;
    uint64_t files;
    uint64_t bytes;
    Err err;
} Backup;

static Status fail(Backup *b, Status st, const char *path)
{
    return err_set(&b->err, st, 0, "cannot copy %s: %s", path, status_text(st));
}

/* Copy a whole file that is not cut while we read; the folder of `to` exists.
 * With `checksum` the bytes must have it. */
static Status copy_file(Backup *b, const char *from, const char *to, const uint64_t *checksum)
{
    FileMap map;
    File out = FILE_CLOSED;
    Status st = file_map_open(from, &map);

    if (st)
        return st;
    if (checksum && hash_bytes((Str){(const char *)map.data, map.len}) != *checksum)
        st = ST_CORRUPT;
    if (!st)
        st = file_create_new(to, &out);
    if (!st)
        st = file_write(&out, (Str){(const char *)map.data, map.len});
    if (!st)
        st = file_sync(&out);
    file_close(&out);
    if (!st) {
        b->files++;
        b->bytes += map.len;
    }
    file_map_close(&map);
    return st;
}

/* ------------------------------------------------------------------- log */

/* A log file may grow while it is read: what is behind its size now is not ours. */
static Status copy_log_file(Backup *b, const char *from, const char *to)
{
    Buf part;
    File in = FILE_CLOSED;
    File out = FILE_CLOSED;
    uint64_t size = 0;
    Status st = file_open_read(from, &in);

    buf_init(&part, 1 << 20);
    if (!st)
        st = file_size(&in, &size);
    if (!st)
        st = file_create_new(to, &out);
    for (uint64_t at = 0; at < size && !st; at += part.len) {
        const size_t want = size - at < part.limit ? (size_t)(size - at) : part.limit;
        char *bytes;
        size_t got = 0;

        buf_clear(&part);
        st = buf_extend(&part, want, &bytes);
        if (!st)
            st = file_read_at(&in, at, bytes, want, &got);
        if (st || !got)
            break;
        part.len = got;
        st = file_write(&out, buf_str(&part));
    }
    if (!st)
        st = file_sync(&out);
    b->files += !st;
    b->bytes += st ? 0 : size;
    buf_deinit(&part);
    file_close(&in);
    file_close(&out);
    return st;
}

/* What was set aside as damaged stays behind.  Files that vanish are covered by
 * segments meanwhile. */
static Status copy_log(Backup *b, const char *from, const char *to)
{
    Str *names;
    size_t count;
    Status st = dir_list(from, &b->cli->arena, &names, &count);

    if (!st)
        st = dir_make(to);
    for (size_t i = 0; i < count && !st; i++) {
        const char *source;
        const char *target;
        PathInfo info;

        st = path_join(&b->cli->arena, from, names[i], &source);
        if (!st)
            st = path_join(&b->cli->arena, to, names[i], &target);
        if (!st)
            st = path_info(source, &info);
        if (!st && !info.is_dir && !str_ends(names[i], STR("lock")))
            st = copy_log_file(b, source, target);
        if (st == ST_NOTFOUND)
            st = ST_OK;
        if (st)
            return fail(b, st, source);
    }
    return st ? fail(b, st, from) : dir_sync(to);
}

/* ------------------------------------------------------------- catalogue */

static Status copy_segment(void *backup, const SegmentInfo *s)
{
    Backup *b = backup;
    Arena a;
    Str name;
    const char *from;
    const char *to;
    Status st;

    arena_init(&a, PATH_ARENA_MAX);
    st = arena_printf(&a, &name, "segments/%lld/%lld.parquet", (long long)s->project_id,
                      (long long)s->id);
    if (!st)
        st = path_join(&a, b->from.root, name, &from);
    if (!st)
        st = path_join(&a, b->to.root, name, &to);
    if (!st && !path_exists(to)) {
        Str folder;
        const char *dir;

        st = arena_printf(&a, &folder, "segments/%lld", (long long)s->project_id);
        if (!st)
            st = path_join(&a, b->to.root, folder, &dir);
        if (!st)
            st = dir_make(dir);
        if (!st)
            st = copy_file(b, from, to, &s->checksum);
        if (st && st != ST_NOTFOUND)
            (void)fail(b, st, from);
        if (!st)
            st = dir_sync(dir);
    }
    arena_deinit(&a);
    return st;
}

static Status copy_blob(void *backup, int64_t project_id, const BlobRow *row)
{
    Backup *b = backup;
    Arena a;
    Str folder;
    const char *from = "";
    const char *dir;
    const char *to;
    Status st;

    arena_init(&a, PATH_ARENA_MAX);
    st = arena_printf(&a, &folder, "%lld/%.*s", (long long)project_id,
                      STR_ARG(str_slice(row->sha256, 0, 2)));
    if (!st)
        st = path_join(&a, b->from.blobs, folder, &from);
    if (!st)
        st = path_join(&a, b->to.blobs, folder, &dir);
    if (!st)
        st = path_join(&a, from, row->sha256, &from);
    if (!st)
        st = path_join(&a, dir, row->sha256, &to);
    if (!st)
        st = dir_make(dir);
    if (!st && !path_exists(to))
        st = copy_file(b, from, to, NULL);
    if (st)
        (void)fail(b, st, from);
    arena_deinit(&a);
    return st;
}

static Status copy_part(void *backup, const PartRow *row)
{
    Backup *b = backup;
    Arena a;
    const char *folder;
    const char *file;
    const char *from = "";
    const char *dir;
    const char *to;
    Status st;

    arena_init(&a, PATH_ARENA_MAX);
    st = result_part_paths(row, &a, &folder, &file);
    if (!st)
        st = path_join(&a, b->from.results, str_from(file), &from);
    if (!st)
        st = path_join(&a, b->to.results, str_from(folder), &dir);
    if (!st)
        st = path_join(&a, b->to.results, str_from(file), &to);
    if (!st)
        st = dir_make(dir);
    if (!st && !path_exists(to))
        st = copy_file(b, from, to, &row->checksum);
    if (st && st != ST_NOTFOUND)
        (void)fail(b, st, from);
    arena_deinit(&a);
    return st;
}

/* Catalogue, then what it names.  ST_NOTFOUND: a segment is gone already. */
static Status copy_catalogue(Backup *b)
{
    Catalog *source = NULL;
    Catalog *copy = NULL;
    uint64_t flushed;
    Status st = catalog_open(b->from.catalog, &b->err, &source);

    if (!st)
        st = catalog_backup(source, b->to.catalog, &b->err);
    if (!st)
        st = catalog_open(b->to.catalog, &b->err, &copy);
    if (!st)
        st = catalog_segments_list(copy, copy_segment, b, &flushed);
    if (!st)
        st = catalog_part_each(copy, copy_part, b);
    if (!st)
        st = catalog_blob_each(copy, copy_blob, b);
    if (copy)
        catalog_close(copy);
    if (source)
        catalog_close(source);
    return st;
}

static Status copy_all(Backup *b)
{
    Status st = dir_make(b->to.blobs);

    if (!st && path_exists(b->from.wal))
        st = copy_log(b, b->from.wal, b->to.wal);
    for (int i = 0; i < BACKUP_TRIES && !st; i++) {
        st = copy_catalogue(b);
        if (st != ST_NOTFOUND)
            break;
        st = path_remove(b->to.catalog);
    }
    return st ? st : dir_sync(b->to.root);
}

static Status check_target(Backup *b)
{
    Str *names;
    size_t count = 0;

    if (!path_exists(b->from.catalog))
        return err_set(&b->err, ST_NOTFOUND, 0, "%s holds no data of vireo", b->from.root);
    if (path_exists(b->to.root) &&
        (dir_list(b->to.root, &b->cli->arena, &names, &count) != ST_OK || count))
        return err_set(&b->err, ST_EXISTS, 0, "%s is there already and not empty", b->to.root);
    return dir_make(b->to.root);
}

int verb_backup(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"backup", "[--to] DIR [--data DIR]",
                       "Copy everything into a new folder, also while the server runs.\n"
                       "The copy is a data folder of its own: vireo serve --data DIR.",
                       NULL};
    Backup b = {.cli = cli};
    BackupOptions o;
    VerbArgs args;
    Status st;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (args.count == 1 && !o.to.len)
        o.to = str_from(args.items[0]);
    else if (args.count || !o.to.len) {
        cli_error(cli, "backup takes one folder to copy to");
        return EXIT_USAGE;
    }
    st = data_paths(o.data, &cli->arena, &b.from);
    if (!st)
        st = data_paths(o.to, &cli->arena, &b.to);
    if (!st)
        st = check_target(&b);
    if (!st)
        st = copy_all(&b);
    if (st) {
        cli_error(cli, "%s", b.err.msg[0] ? b.err.msg : status_text(st));
        return EXIT_FAILED;
    }
    cli_print(cli, "%s: %llu files, %llu bytes\n", b.to.root, (unsigned long long)b.files,
              (unsigned long long)b.bytes);
    return EXIT_DONE;
}
