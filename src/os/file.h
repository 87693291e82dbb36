/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders, with the failures of disks as Status.
 *
 *   ENOSPC, EDQUOT -> ST_FULL      ENOENT -> ST_NOTFOUND     EEXIST -> ST_EXISTS
 *   EACCES, EPERM, EROFS -> ST_DENIED    a lock held elsewhere -> ST_BUSY
 *   everything else -> ST_IO
 *
 * Interrupted calls are repeated.  Durability is the caller's: written bytes
 * survive a power cut after file_sync_data(), a new or renamed name after
 * dir_sync() of its folder.  After a failed sync the state of the written
 * pages is unknown: do not sync again and hope, write them anew.
 * A File may be read by many threads at once, written by one. */
#ifndef VIREO_OS_FILE_H
#define VIREO_OS_FILE_H

#include "base/arena.h"
#include "base/buf.h"

typedef struct File {
    int fd; /* -1: closed */
} File;

#define FILE_CLOSED ((File){-1})

MUST_CHECK Status file_open_read(const char *path, File *out);
/* A new file for reading and writing; ST_EXISTS when the name is taken. */
MUST_CHECK Status file_create_new(const char *path, File *out);
/* For reading and writing, made when missing, never cut. */
MUST_CHECK Status file_open_write(const char *path, File *out);
/* As file_open_write(), and every write goes to the end. */
MUST_CHECK Status file_open_append(const char *path, File *out);
/* Closing a closed File is allowed. */
void file_close(File *f);

/* Read up to `len` bytes at `offset`; *got < len only at the end of the file. */
MUST_CHECK Status file_read_at(const File *f, uint64_t offset, void *out, size_t len, size_t *got);
/* Exactly `len` bytes, ST_CORRUPT when the file is shorter. */
MUST_CHECK Status file_read_exact(const File *f, uint64_t offset, void *out, size_t len);
/* Write all parts, one after the other, at the file's position (or its end).
 * On failure a part of the bytes may have been written: truncate. */
MUST_CHECK Status file_write_all(File *f, const Str *parts, size_t count);
MUST_CHECK Status file_write(File *f, Str bytes);
MUST_CHECK Status file_write_at(File *f, uint64_t offset, Str bytes);
/* fdatasync, fsync. */
MUST_CHECK Status file_sync_data(File *f);
MUST_CHECK Status file_sync(File *f);
MUST_CHECK Status file_size(const File *f, uint64_t *out);
/* Cut or lengthen; the position for file_write() of a file that was not opened
 * for appending moves to the new end. */
MUST_CHECK Status file_truncate(File *f, uint64_t size);
/* Give the file the room now (posix_fallocate), without changing its size. */
MUST_CHECK Status file_reserve(File *f, uint64_t size);
/* Exclusive lock of the whole file until it is closed; ST_BUSY when another
 * open file has it.  Released by the kernel when the process dies. */
MUST_CHECK Status file_lock(File *f);

typedef struct PathInfo {
    uint64_t size;
    int64_t modified_ns;
    bool is_dir;
} PathInfo;

MUST_CHECK Status path_info(const char *path, PathInfo *out);
bool path_exists(const char *path);
/* Replaces `to` atomically when it exists. */
MUST_CHECK Status path_rename(const char *from, const char *to);
MUST_CHECK Status path_remove(const char *path);
/* "a/b" into the arena, NUL-terminated. */
MUST_CHECK Status path_join(Arena *a, const char *dir, Str name, const char **out);

/* Append the whole file to `out`, whose limit is the most that is read. */
MUST_CHECK Status file_read_whole(const char *path, Buf *out);
/* Write to `path`.tmp, sync, rename over `path`, sync the folder: after a crash
 * there is the old or the new file, never a part. */
MUST_CHECK Status file_replace(const char *path, Str bytes);

/* Make the folder and its parents; fine when it is there already. */
MUST_CHECK Status dir_make(const char *path);
MUST_CHECK Status dir_remove(const char *path);     /* an empty one */
MUST_CHECK Status dir_remove_all(const char *path); /* with all that is in it; no links followed */
/* Make the names in it durable. */
MUST_CHECK Status dir_sync(const char *path);
/* The names in it without . and .., in byte order, NUL-terminated in the arena.
 * ST_LIMIT past a million. */
MUST_CHECK Status dir_list(const char *path, Arena *a, Str **names, size_t *count);
/* Bytes that an ordinary user may still write to the disk of `path`. */
MUST_CHECK Status disk_free_bytes(const char *path, uint64_t *out);

/* ---- faults, for tests only; process-wide, thread-safe */

typedef enum OsFault {
    OS_FAULT_WRITE,       /* nothing of the call is written */
    OS_FAULT_TORN_WRITE,  /* the first half of it is */
    OS_FAULT_SHORT_WRITE, /* no failure: the kernel takes one byte at a time */
    OS_FAULT_SYNC,        /* file_sync, file_sync_data, dir_sync */
    OS_FAULT_RENAME,
    OS_FAULT_OPEN, /* opening and creating */
    OS_FAULT_COUNT
} OsFault;

/* Let `n` more calls of that kind succeed, answer `with` (ST_IO, ST_FULL) to
 * all after; n = -1 turns it off. */
void os_fail_after(OsFault kind, long n, Status with);
void os_fail_never(void);
/* Calls of that kind so far, failed ones included. */
long os_fault_calls(OsFault kind);

#endif
