/* SPDX-License-Identifier: Apache-2.0 */
/* Counting allocator.  Two relaxed atomics a call: a few nanoseconds, kept in
 * release builds so that the fault tests run on the shipped code. */
#include "base/alloc.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static atomic_long live_blocks;
static atomic_long fail_countdown = -1;

static bool may_allocate(void)
{
    if (atomic_load_explicit(&fail_countdown, memory_order_relaxed) < 0)
        return true;
    return atomic_fetch_sub_explicit(&fail_countdown, 1, memory_order_relaxed) > 0;
}

/* Once the countdown is used up it must stay at "fail", not wrap below 0. */
static bool allowed(void)
{
    if (may_allocate())
        return true;
    atomic_store_explicit(&fail_countdown, 0, memory_order_relaxed);
    return false;
}

static void *counted(void *ptr)
{
    if (ptr)
        atomic_fetch_add_explicit(&live_blocks, 1, memory_order_relaxed);
    return ptr;
}

void *mem_alloc(size_t size)
{
    return allowed() ? counted(malloc(size ? size : 1)) : NULL;
}

void *mem_calloc(size_t count, size_t size)
{
    return allowed() ? counted(calloc(count ? count : 1, size ? size : 1)) : NULL;
}

void *mem_realloc(void *ptr, size_t size)
{
    if (!ptr)
        return mem_alloc(size);
    return allowed() ? realloc(ptr, size ? size : 1) : NULL;
}

void *mem_array(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return mem_alloc(count * size);
}

void mem_free(void *ptr)
{
    if (!ptr)
        return;
    atomic_fetch_sub_explicit(&live_blocks, 1, memory_order_relaxed);
    free(ptr);
}

void mem_fail_after(long n)
{
    atomic_store_explicit(&fail_countdown, n, memory_order_relaxed);
}

long mem_live(void)
{
    return atomic_load_explicit(&live_blocks, memory_order_relaxed);
}
