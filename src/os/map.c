/* SPDX-License-Identifier: Apache-2.0 */
/* mmap: the page cache is the cache, nothing is read twice into memory. */
#include "os/map.h"

#include "os/internal.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static Status map_open_file(const File *f, FileMap *out)
{
    uint64_t size = 0;
    void *data;
    const Status st = file_size(f, &size);

    if (st)
        return st;
    if (size > SIZE_MAX)
        return ST_LIMIT;
    if (size == 0) { /* mmap refuses it */
        *out = (FileMap){0};
        return ST_OK;
    }
    data = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, f->fd, 0);
    if (data == MAP_FAILED)
        return os_status(errno);
    *out = (FileMap){data, (size_t)size};
    return ST_OK;
}

Status file_map_open(const char *path, FileMap *out)
{
    File f = FILE_CLOSED;
    Status st = file_open_read(path, &f);

    if (st)
        return st;
    st = map_open_file(&f, out);
    file_close(&f);
    return st;
}

/* munmap takes a pointer without const; the pages are read-only either way. */
static void *page_address(const FileMap *m, size_t offset)
{
    union {
        const uint8_t *in;
        uint8_t *out;
    } bytes = {.in = m->data};

    return bytes.out + offset;
}

void file_map_close(FileMap *m)
{
    if (m->data)
        (void)munmap(page_address(m, 0), m->len);
    *m = (FileMap){0};
}

void file_map_advise(const FileMap *m, size_t offset, size_t len, FileMapAdvice advice)
{
    static const int advices[] = {
        [FILE_MAP_NORMAL] = MADV_NORMAL,         [FILE_MAP_RANDOM] = MADV_RANDOM,
        [FILE_MAP_SEQUENTIAL] = MADV_SEQUENTIAL, [FILE_MAP_SOON] = MADV_WILLNEED,
        [FILE_MAP_DONE] = MADV_DONTNEED,
    };
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t begin;

    if (!m->data || offset >= m->len)
        return;
    begin = offset / page * page;
    if (len > m->len - offset)
        len = m->len - offset;
    (void)madvise(page_address(m, begin), len + (offset - begin), advices[advice]);
}
