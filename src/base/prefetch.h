/* SPDX-License-Identifier: Apache-2.0 */
/* A hint to the processor: memory that a loop comes to in some turns.
 *
 * Worth it where rows point to text that nobody has touched for a second: each would
 * be a wait of its own, while the hints let several come at once. */
#ifndef VIREO_BASE_PREFETCH_H
#define VIREO_BASE_PREFETCH_H

#include <stddef.h>

enum { PREFETCH_AHEAD = 8, /* turns */ CACHE_LINE = 64 };

/* Any address, also a wrong one or NULL: it is not read. */
static inline void prefetch(const void *address)
{
#if defined(__GNUC__)
    __builtin_prefetch(address);
#else
    (void)address;
#endif
}

/* All of `len` bytes. */
static inline void prefetch_bytes(const void *address, size_t len)
{
    for (size_t at = 0; at < len; at += CACHE_LINE)
        prefetch((const char *)address + at);
}

#endif
