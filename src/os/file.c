/* SPDX-License-Identifier: Apache-2.0 */
/* Open files: thin loops around the system calls that repeat interrupted and
 * partial ones. */
#include "os/file.h"

#include "os/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    FILE_MODE = 0600,      /* telemetry is private to its user */
    MAX_PARTS = 64,        /* parts given to one writev */
    MAX_TRANSFER = 1 << 30 /* Linux moves at most 2 GiB a call */
};

static Status open_with(const char *path, int flags, File *out)
{
    const Status st = os_fault(OS_FAULT_OPEN);
    int fd;

    if (st)
        return st;
    do
        fd = open(path, flags | O_CLOEXEC, FILE_MODE);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return os_status(errno);
    out->fd = fd;
    return ST_OK;
}

Status file_open_read(const char *path, File *out)
{
    return open_with(path, O_RDONLY, out);
}

Status file_create_new(const char *path, File *out)
{
    return open_with(path, O_RDWR | O_CREAT | O_EXCL, out);
}

Status file_open_write(const char *path, File *out)
{
    return open_with(path, O_RDWR | O_CREAT, out);
}

Status file_open_append(const char *path, File *out)
{
    return open_with(path, O_RDWR | O_CREAT | O_APPEND, out);
}

/* The descriptor is gone even when close() is interrupted: never repeat it. */
void file_close(File *f)
{
    if (f->fd >= 0)
        (void)close(f->fd);
    f->fd = -1;
}

Status file_read_at(const File *f, uint64_t offset, void *out, size_t len, size_t *got)
{
    size_t done = 0;

    if (offset > INT64_MAX || len > INT64_MAX - offset)
        return ST_INVALID;
    while (done < len) {
        const size_t want = len - done < MAX_TRANSFER ? len - done : MAX_TRANSFER;
        const ssize_t n = pread(f->fd, (char *)out + done, want, (off_t)(offset + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return os_status(errno);
        if (n == 0)
            break;
        done += (size_t)n;
    }
    *got = done;
    return ST_OK;
}

Status file_read_exact(const File *f, uint64_t offset, void *out, size_t len)
{
    size_t got = 0;
    const Status st = file_read_at(f, offset, out, len, &got);

    if (st)
        return st;
    return got == len ? ST_OK : ST_CORRUPT;
}

/* One write call: at `offset`, or at the file's position when it is negative. */
static Status write_some(const File *f, int64_t offset, const struct iovec *parts, int count,
                         size_t *written)
{
    const struct iovec one = {parts[0].iov_base, 1};
    ssize_t n;

    if (os_fault(OS_FAULT_SHORT_WRITE)) {
        parts = &one;
        count = 1;
    }
    do
        n = offset < 0 ? writev(f->fd, parts, count) : pwritev(f->fd, parts, count, (off_t)offset);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return os_status(errno);
    *written = (size_t)n;
    return n == 0 ? ST_IO : ST_OK;
}

/* Pass over `n` written bytes at the front of `parts`. */
static int advance(struct iovec *parts, int count, size_t n)
{
    int kept = 0;

    for (int i = 0; i < count; i++) {
        const size_t skip = n < parts[i].iov_len ? n : parts[i].iov_len;

        n -= skip;
        parts[i].iov_base = (char *)parts[i].iov_base + skip;
        parts[i].iov_len -= skip;
        if (parts[i].iov_len)
            parts[kept++] = parts[i];
    }
    return kept;
}

static Status write_parts(const File *f, int64_t offset, struct iovec *parts, int count)
{
    count = advance(parts, count, 0);
    while (count > 0) {
        size_t n = 0;
        const Status st = write_some(f, offset, parts, count, &n);

        if (st)
            return st;
        if (offset >= 0)
            offset += (int64_t)n;
        count = advance(parts, count, n);
    }
    return ST_OK;
}

/* What a test sees of a write that fails half way, as a full disk does it. */
static Status torn(const File *f, int64_t offset, const struct iovec *parts, int count, Status with)
{
    struct iovec half = {0};

    for (int i = 0; i < count && !half.iov_len; i++)
        half = (struct iovec){parts[i].iov_base, parts[i].iov_len / 2};
    (void)write_parts(f, offset, &half, 1);
    return with;
}

static Status write_checked(const File *f, int64_t offset, struct iovec *parts, int count)
{
    Status st = os_fault(OS_FAULT_WRITE);

    if (st)
        return st;
    st = os_fault(OS_FAULT_TORN_WRITE);
    return st ? torn(f, offset, parts, count, st) : write_parts(f, offset, parts, count);
}

/* iovec has no const; writing does not change the bytes. */
static struct iovec as_iovec(Str s)
{
    union {
        const char *in;
        char *out;
    } bytes = {.in = s.ptr};

    return (struct iovec){bytes.out, s.len};
}

Status file_write_all(File *f, const Str *parts, size_t count)
{
    struct iovec batch[MAX_PARTS];

    for (size_t done = 0; done < count;) {
        const size_t n = count - done < MAX_PARTS ? count - done : MAX_PARTS;
        Status st;

        for (size_t i = 0; i < n; i++)
            batch[i] = as_iovec(parts[done + i]);
        st = write_checked(f, -1, batch, (int)n);
        if (st)
            return st;
        done += n;
    }
    return ST_OK;
}

Status file_write(File *f, Str bytes)
{
    return file_write_all(f, &bytes, 1);
}

Status file_write_at(File *f, uint64_t offset, Str bytes)
{
    struct iovec part = as_iovec(bytes);

    if (offset > INT64_MAX || bytes.len > INT64_MAX - offset)
        return ST_INVALID;
    return write_checked(f, (int64_t)offset, &part, 1);
}

Status file_sync_data(File *f)
{
    const Status st = os_fault(OS_FAULT_SYNC);

    if (st)
        return st;
    return fdatasync(f->fd) ? os_status(errno) : ST_OK;
}

Status file_sync(File *f)
{
    const Status st = os_fault(OS_FAULT_SYNC);

    if (st)
        return st;
    return fsync(f->fd) ? os_status(errno) : ST_OK;
}

Status file_size(const File *f, uint64_t *out)
{
    struct stat info;

    if (fstat(f->fd, &info))
        return os_status(errno);
    *out = (uint64_t)info.st_size;
    return ST_OK;
}

Status file_truncate(File *f, uint64_t size)
{
    if (size > INT64_MAX)
        return ST_INVALID;
    if (ftruncate(f->fd, (off_t)size) || lseek(f->fd, (off_t)size, SEEK_SET) < 0)
        return os_status(errno);
    return ST_OK;
}

/* A file system that cannot do it is no reason to fail. */
Status file_reserve(File *f, uint64_t size)
{
    if (size > INT64_MAX)
        return ST_INVALID;
    if (size == 0 || fallocate(f->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)size) == 0)
        return ST_OK;
    return errno == EOPNOTSUPP || errno == ENOSYS ? ST_OK : os_status(errno);
}

Status file_lock(File *f)
{
    int failed;

    do
        failed = flock(f->fd, LOCK_EX | LOCK_NB);
    while (failed && errno == EINTR);
    return failed ? os_status(errno) : ST_OK;
}

/* Reads until the end instead of trusting the size: /proc files say 0. */
static Status read_rest(const File *f, Buf *out)
{
    enum { STEP = 64 * 1024 };
    const size_t before = out->len;
    Status st;

    for (;;) {
        const size_t room = out->limit - out->len;
        const size_t want = room < STEP ? room : STEP;
        size_t got = 0;
        char past_limit;

        if (want == 0) {
            st = file_read_at(f, out->len - before, &past_limit, 1, &got);
            return st ? st : (got ? ST_LIMIT : ST_OK);
        }
        st = buf_reserve(out, want);
        if (st)
            return st;
        st = file_read_at(f, out->len - before, out->data + out->len, want, &got);
        if (st)
            return st;
        out->len += got;
        if (got < want)
            return ST_OK;
    }
}

Status file_read_whole(const char *path, Buf *out)
{
    File f = FILE_CLOSED;
    const size_t before = out->len;
    Status st = file_open_read(path, &f);

    if (st)
        return st;
    st = read_rest(&f, out);
    file_close(&f);
    if (st)
        out->len = before;
    return st;
}
