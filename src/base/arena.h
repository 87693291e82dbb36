/* SPDX-License-Identifier: Apache-2.0 */
/* Arena: many small allocations with one lifetime (a request, a query).
 *
 * Memory comes in blocks that double up to 1 MiB; nothing is freed one by one.
 * Not thread-safe: an arena belongs to one request. */
#ifndef VIREO_BASE_ARENA_H
#define VIREO_BASE_ARENA_H

#include "base/str.h"

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena {
    ArenaBlock *head; /* the block being filled */
    size_t used;      /* bytes handed out, all blocks */
    size_t limit;     /* `used` never passes it */
} Arena;

/* Start empty; allocates nothing.  `limit` bounds the bytes handed out. */
void arena_init(Arena *a, size_t limit);
void arena_deinit(Arena *a);

/* Let what `from` handed out live as long as `a`; `from` is empty then.  ST_NOMEM, and nothing
 * changes, when it is more than the limit of `a` leaves.  So threads fill arenas of their own
 * for one owner. */
MUST_CHECK Status arena_take(Arena *a, Arena *from);

/* `size` bytes aligned for any type; not zeroed.  NULL when memory or the
 * limit is exhausted; callers answer ST_NOMEM. */
MUST_CHECK void *arena_alloc(Arena *a, size_t size);
/* count * size zeroed bytes; NULL on overflow too. */
MUST_CHECK void *arena_calloc(Arena *a, size_t count, size_t size);
/* Copy `s` into the arena. */
MUST_CHECK Status arena_copy(Arena *a, Str s, Str *out);
/* The same with a NUL behind, for C interfaces.  Embedded NULs stay. */
MUST_CHECK Status arena_copy_z(Arena *a, Str s, const char **out);
MUST_CHECK Status arena_printf(Arena *a, Str *out, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Bytes of memory really held, for accounting. */
size_t arena_footprint(const Arena *a);

#endif
