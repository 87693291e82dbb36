/* SPDX-License-Identifier: Apache-2.0 */
/* Arena over a list of blocks:
 *
 *   head -> [next|cap|len|bytes.......free]  ->  [next|cap|len|bytes....]
 *
 * Only the head is filled.  A request larger than a block gets a block of its
 * own behind the head, so that the head's free tail is not wasted. */
#include "base/arena.h"

#include "base/alloc.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_BLOCK = 4096, MAX_BLOCK = 1 << 20 };

struct ArenaBlock {
    ArenaBlock *next;
    size_t cap;
    size_t len;
    alignas(max_align_t) char bytes[];
};

void arena_init(Arena *a, size_t limit)
{
    *a = (Arena){.limit = limit};
}

void arena_deinit(Arena *a)
{
    while (a->head) {
        ArenaBlock *next = a->head->next;

        mem_free(a->head);
        a->head = next;
    }
    a->used = 0;
}

static ArenaBlock *new_block(size_t cap)
{
    ArenaBlock *b = cap > SIZE_MAX - sizeof *b ? NULL : mem_alloc(sizeof *b + cap);

    if (b)
        *b = (ArenaBlock){.cap = cap};
    return b;
}

static void *alloc_large(Arena *a, size_t size)
{
    ArenaBlock *b = new_block(size);

    if (!b)
        return NULL;
    b->len = size;
    if (a->head) {
        b->next = a->head->next;
        a->head->next = b;
    } else {
        a->head = b;
    }
    a->used += size;
    return b->bytes;
}

static bool push_block(Arena *a, size_t size)
{
    size_t cap = a->head ? a->head->cap * 2 : FIRST_BLOCK;
    ArenaBlock *b;

    if (cap > MAX_BLOCK)
        cap = MAX_BLOCK;
    b = new_block(cap < size ? size : cap);
    if (!b)
        return false;
    b->next = a->head;
    a->head = b;
    return true;
}

void *arena_alloc(Arena *a, size_t size)
{
    const size_t align = alignof(max_align_t);
    void *out;

    if (size > SIZE_MAX - align)
        return NULL;
    size = (size + align - 1) / align * align;
    if (size > a->limit - a->used)
        return NULL;
    if (size > MAX_BLOCK / 4)
        return alloc_large(a, size);
    if (!a->head || size > a->head->cap - a->head->len)
        if (!push_block(a, size))
            return NULL;
    out = a->head->bytes + a->head->len;
    a->head->len += size;
    a->used += size;
    return out;
}

/* Behind the head, whose free tail is still to be filled. */
Status arena_take(Arena *a, Arena *from)
{
    ArenaBlock *last = from->head;

    if (from->used > a->limit - a->used)
        return ST_NOMEM;
    while (last && last->next)
        last = last->next;
    if (last && a->head) {
        last->next = a->head->next;
        a->head->next = from->head;
    } else if (last) {
        a->head = from->head;
    }
    a->used += from->used;
    from->head = NULL;
    from->used = 0;
    return ST_OK;
}

void *arena_calloc(Arena *a, size_t count, size_t size)
{
    void *out;

    if (size && count > SIZE_MAX / size)
        return NULL;
    out = arena_alloc(a, count * size);
    if (out)
        memset(out, 0, count * size);
    return out;
}

Status arena_copy_z(Arena *a, Str s, const char **out)
{
    char *copy = s.len == SIZE_MAX ? NULL : arena_alloc(a, s.len + 1);

    if (!copy)
        return ST_NOMEM;
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    *out = copy;
    return ST_OK;
}

Status arena_copy(Arena *a, Str s, Str *out)
{
    const char *copy = NULL;
    const Status st = arena_copy_z(a, s, &copy);

    if (st)
        return st;
    *out = (Str){copy, s.len};
    return ST_OK;
}

Status arena_printf(Arena *a, Str *out, const char *fmt, ...)
{
    va_list ap;
    int n;
    char *text;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return ST_INVALID;
    text = arena_alloc(a, (size_t)n + 1);
    if (!text)
        return ST_NOMEM;
    va_start(ap, fmt);
    (void)vsnprintf(text, (size_t)n + 1, fmt, ap);
    va_end(ap);
    *out = (Str){text, (size_t)n};
    return ST_OK;
}

size_t arena_footprint(const Arena *a)
{
    size_t total = 0;

    for (const ArenaBlock *b = a->head; b; b = b->next)
        total += sizeof *b + b->cap;
    return total;
}
