/* SPDX-License-Identifier: Apache-2.0 */
/* Picking rows out of vectors. */
#ifndef VIREO_STORE_GATHER_H
#define VIREO_STORE_GATHER_H

#include "base/arena.h"
#include "column/vector.h"

/* The `count` given rows of `in`, in that order; every row is below in->len.  A
 * dictionary form is kept; texts are borrowed from `in`. */
MUST_CHECK Status vector_gather(const Vector *in, const uint32_t *rows, size_t count, Arena *a,
                                Vector *out);

#endif
