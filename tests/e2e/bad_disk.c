/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that fails: preloaded into the server by test_bad_disk.py.
 *
 * The file that BAD_DISK names says how bad it is: a percentage and an errno, such as "30 5".
 * So many of the calls that change files fail then with that errno; without the file all is
 * well.  Sockets and pipes are left alone, and so is the log on standard error. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int percent_now(int *error)
{
    const char *path = getenv("BAD_DISK");
    int percent = 0;
    FILE *f = path ? fopen(path, "r") : NULL;

    if (!f)
        return 0;
    if (fscanf(f, "%d %d", &percent, error) != 2)
        percent = 0;
    (void)fclose(f);
    return percent;
}

static int fails(int fd)
{
    static atomic_uint calls;
    unsigned x;
    struct stat st;
    int error = EIO;
    const int before = errno;

    if (fd <= 2 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        errno = before;
        return 0;
    }
    x = (atomic_fetch_add(&calls, 1) + 1) * 2654435761u;
    if ((int)((x >> 16) % 100) >= percent_now(&error)) {
        errno = before;
        return 0;
    }
    errno = error;
    return 1;
}

#define REAL(type, name, ...)                     \
    static type (*real)(__VA_ARGS__);             \
    if (!real)                                    \
        *(void **)&real = dlsym(RTLD_NEXT, name); \
    if (fails(fd))                                \
    return -1

ssize_t write(int fd, const void *bytes, size_t len)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    return real(fd, bytes, len);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    return real(fd, bytes, len, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    return real(fd, bytes, len, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return real(fd, parts, count);
}

int fsync(int fd)
{
    REAL(int, "fsync", int);
    return real(fd);
}

int fdatasync(int fd)
{
    REAL(int, "fdatasync", int);
    return real(fd);
}

int ftruncate64(int fd, off64_t len)
{
    REAL(int, "ftruncate64", int, off64_t);
    return real(fd, len);
}
