/* SPDX-License-Identifier: Apache-2.0 */
/* madvise: only whole pages inside the block, so that no neighbour is told anything. */
#include "os/pages.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LARGE = 4 << 20 };

void pages_expect(void *block, size_t size)
{
#ifdef MADV_HUGEPAGE
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t skip;

    if (!block || size < LARGE)
        return;
    skip = (page - (uintptr_t)block % page) % page;
    (void)madvise((char *)block + skip, (size - skip) / page * page, MADV_HUGEPAGE);
#else
    (void)block;
    (void)size;
#endif
}
