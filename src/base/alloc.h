/* SPDX-License-Identifier: Apache-2.0 */
/* The only door to malloc, so that tests can count and fail allocations.
 *
 * All functions are thread-safe.  Sizes that come from outside must be checked
 * before they get here; mem_array() checks the product. */
#ifndef VIREO_BASE_ALLOC_H
#define VIREO_BASE_ALLOC_H

#include "base/status.h"

/* NULL when memory is out (or a test says so).  A size of 0 gives a pointer
 * that must be freed like any other. */
MUST_CHECK void *mem_alloc(size_t size);
MUST_CHECK void *mem_calloc(size_t count, size_t size);
/* On failure the old block stays valid. */
MUST_CHECK void *mem_realloc(void *ptr, size_t size);
/* count * size bytes, NULL on overflow; not zeroed. */
MUST_CHECK void *mem_array(size_t count, size_t size);
void mem_free(void *ptr);

/* Tests only: let `n` more allocations succeed, fail all after; -1 turns the
 * failing off.  Process-wide. */
void mem_fail_after(long n);
/* Blocks allocated and not yet freed. */
long mem_live(void);

#endif
