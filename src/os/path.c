/* SPDX-License-Identifier: Apache-2.0 */
/* Names: files by path, and folders. */
#include "os/internal.h"

#include "base/alloc.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { DIR_MODE = 0700, MAX_NAMES = 1000000 };

Status path_info(const char *path, PathInfo *out)
{
    struct stat info;

    if (stat(path, &info))
        return os_status(errno);
    *out = (PathInfo){
        .size = (uint64_t)info.st_size,
        .modified_ns = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec,
        .is_dir = S_ISDIR(info.st_mode),
    };
    return ST_OK;
}

bool path_exists(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0;
}

Status path_rename(const char *from, const char *to)
{
    const Status st = os_fault(OS_FAULT_RENAME);

    if (st)
        return st;
    return rename(from, to) ? os_status(errno) : ST_OK;
}

Status path_remove(const char *path)
{
    return unlink(path) ? os_status(errno) : ST_OK;
}

Status path_join(Arena *a, const char *dir, Str name, const char **out)
{
    Str joined = {0};
    const Status st = arena_printf(a, &joined, "%s/%.*s", dir, STR_ARG(name));

    if (st)
        return st;
    *out = joined.ptr;
    return ST_OK;
}

Status dir_sync(const char *path)
{
    File f = FILE_CLOSED;
    Status st = os_fault(OS_FAULT_SYNC);

    if (st)
        return st;
    f.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f.fd < 0)
        return os_status(errno);
    if (fsync(f.fd))
        st = os_status(errno);
    file_close(&f);
    return st;
}

/* The folder that holds `path`, as text of the caller's buffer. */
static Status parent_dir(const char *path, char out[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    const size_t len = slash ? (size_t)(slash - path) : 0;

    if (len >= PATH_MAX)
        return ST_INVALID;
    if (!slash)
        return snprintf(out, PATH_MAX, ".") < 0 ? ST_IO : ST_OK;
    if (len == 0)
        return snprintf(out, PATH_MAX, "/") < 0 ? ST_IO : ST_OK;
    memcpy(out, path, len);
    out[len] = '\0';
    return ST_OK;
}

/* A crash between making a folder and the first sync of its parent must not
 * lose it: the parent is synced here. */
static Status make_one(const char *path)
{
    char parent[PATH_MAX];
    Status st;

    if (mkdir(path, DIR_MODE)) {
        const int error = errno;
        PathInfo info = {0};

        if (path_info(path, &info))
            return os_status(error);
        return info.is_dir ? ST_OK : ST_EXISTS;
    }
    st = parent_dir(path, parent);
    return st ? st : dir_sync(parent);
}

Status dir_make(const char *path)
{
    char part[PATH_MAX];
    const size_t len = strlen(path);

    if (len == 0 || len >= sizeof part)
        return ST_INVALID;
    memcpy(part, path, len + 1);
    for (size_t i = 1; i < len; i++) {
        Status st;

        if (part[i] != '/' || part[i - 1] == '/')
            continue;
        part[i] = '\0';
        st = make_one(part);
        if (st)
            return st;
        part[i] = '/';
    }
    return make_one(part);
}

Status dir_remove(const char *path)
{
    return rmdir(path) ? os_status(errno) : ST_OK;
}

/* Depth first without recursion: a stack of paths; a folder that is not empty
 * yet stays on it and its entries go above. */
typedef VEC_OF(char *) PathStack;

static Status push_entry(PathStack *stack, const char *dir, const char *name)
{
    const size_t room = strlen(dir) + strlen(name) + 2;
    char *path = mem_alloc(room);
    Status st;

    if (!path)
        return ST_NOMEM;
    (void)snprintf(path, room, "%s%s%s", dir, *name ? "/" : "", name);
    st = VEC_PUSH(stack, path, MAX_NAMES);
    if (st)
        mem_free(path);
    return st;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static Status push_entries(PathStack *stack, const char *dir)
{
    DIR *d = opendir(dir);
    Status st = ST_OK;

    if (!d)
        return os_status(errno);
    while (!st) {
        const struct dirent *entry;

        errno = 0;
        entry = readdir(d);
        if (!entry) {
            st = os_status(errno);
            break;
        }
        if (!is_dots(entry->d_name))
            st = push_entry(stack, dir, entry->d_name);
    }
    (void)closedir(d);
    return st;
}

/* Remove the top of the stack, or put what is in it above it. */
static Status remove_top(PathStack *stack)
{
    char *top = stack->items[stack->len - 1];
    const size_t before = stack->len;
    Status st;

    if (unlink(top) && errno != ENOENT) {
        if (errno != EISDIR && errno != EPERM)
            return os_status(errno);
        if (rmdir(top)) {
            st = os_status(errno);
            if (st != ST_EXISTS)
                return st;
            st = push_entries(stack, top);
            return st ? st : (stack->len == before ? ST_IO : ST_OK);
        }
    }
    mem_free(top);
    stack->len--;
    return ST_OK;
}

Status dir_remove_all(const char *path)
{
    PathStack stack = {0};
    Status st = path_exists(path) ? push_entry(&stack, path, "") : ST_NOTFOUND;

    while (!st && stack.len)
        st = remove_top(&stack);
    while (stack.len)
        mem_free(stack.items[--stack.len]);
    VEC_FREE(&stack);
    return st;
}

static int compare_names(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

typedef VEC_OF(Str) NameList;

static Status read_names(DIR *d, Arena *a, NameList *names)
{
    for (;;) {
        const struct dirent *entry;
        const char *copy = NULL;
        Status st;

        errno = 0;
        entry = readdir(d);
        if (!entry)
            return os_status(errno);
        if (is_dots(entry->d_name))
            continue;
        st = arena_copy_z(a, str_from(entry->d_name), &copy);
        if (!st)
            st = VEC_PUSH(names, str_from(copy), MAX_NAMES);
        if (st)
            return st;
    }
}

Status dir_list(const char *path, Arena *a, Str **names, size_t *count)
{
    NameList list = {0};
    Str *sorted = NULL;
    DIR *d = opendir(path);
    Status st;

    if (!d)
        return os_status(errno);
    st = read_names(d, a, &list);
    (void)closedir(d);
    if (!st) {
        sorted = arena_calloc(a, list.len ? list.len : 1, sizeof *sorted);
        st = sorted ? ST_OK : ST_NOMEM;
    }
    if (!st && list.len) {
        memcpy(sorted, list.items, list.len * sizeof *sorted);
        qsort(sorted, list.len, sizeof *sorted, compare_names);
    }
    if (!st) {
        *names = sorted;
        *count = list.len;
    }
    VEC_FREE(&list);
    return st;
}

Status disk_free_bytes(const char *path, uint64_t *out)
{
    struct statvfs info;

    if (statvfs(path, &info))
        return os_status(errno);
    *out = (uint64_t)info.f_bavail * info.f_frsize;
    return ST_OK;
}

static Status write_fresh(const char *path, Str bytes)
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

Status file_replace(const char *path, Str bytes)
{
    char temporary[PATH_MAX];
    char parent[PATH_MAX];
    const int n = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    Status st;

    if (n < 0 || (size_t)n >= sizeof temporary)
        return ST_INVALID;
    st = parent_dir(path, parent);
    if (st)
        return st;
    (void)unlink(temporary); /* left by a crash */
    st = write_fresh(temporary, bytes);
    if (!st)
        st = path_rename(temporary, path);
    if (st) {
        (void)unlink(temporary);
        return st;
    }
    return dir_sync(parent);
}
