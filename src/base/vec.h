/* SPDX-License-Identifier: Apache-2.0 */
/* Typed growable arrays: `VEC_OF(Span) spans = {0};`
 *
 * One macro level: VEC_PUSH evaluates to a Status.  Elements are plain data
 * copied by assignment.  The vector owns its memory, not what elements point
 * to.  A limit keeps input from growing it without end. */
#ifndef VIREO_BASE_VEC_H
#define VIREO_BASE_VEC_H

#include "base/alloc.h"

#define VEC_OF(type) \
    struct {         \
        type *items; \
        size_t len;  \
        size_t cap;  \
    }

/* Append `item`; ST_LIMIT past `max` elements, ST_NOMEM; unchanged on failure. */
#define VEC_PUSH(v, item, max)                                                                  \
    (vec_reserve((void **)&(v)->items, &(v)->cap, (v)->len, sizeof *(v)->items, (max)) == ST_OK \
         ? ((v)->items[(v)->len++] = (item), ST_OK)                                             \
         : ((v)->len >= (max) ? ST_LIMIT : ST_NOMEM))

#define VEC_FREE(v) \
    (mem_free((v)->items), (v)->items = NULL, (void)((v)->len = 0), (void)((v)->cap = 0))

/* Room for one more of `size` bytes; used by VEC_PUSH only. */
MUST_CHECK Status vec_reserve(void **items, size_t *cap, size_t len, size_t size, size_t max);

#endif
