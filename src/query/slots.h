/* SPDX-License-Identifier: Apache-2.0 */
/* Slots: the rows of a block sorted by a small number.
 *
 *   slot of row   2 0 2 1 0        rows that do not count are left out
 *   begin         0   2  3   5
 *   order         1 4 | 3 | 0 2    rows of slot 0, of slot 1, ...
 *
 * What is measured for each group then goes over the rows of one group at a time and keeps its
 * sums in registers; row by row, each addition would wait for the one before to come back
 * from memory.  A counting sort: O(rows + slots).  Memory is the caller's arena. */
#ifndef VIREO_QUERY_SLOTS_H
#define VIREO_QUERY_SLOTS_H

#include "base/arena.h"

#include <stdint.h>

typedef struct Slots {
    size_t rows;
    size_t len;             /* slots */
    const uint32_t *of_row; /* below len; NULL: all rows are of slot 0 */
    const uint8_t *keep;    /* 1 for a row that counts, else 0; NULL: all count */
    uint32_t *begin;        /* len + 1 places; slots_count() makes it */
    const uint32_t *order;  /* row at a place; NULL: the place is the row */
} Slots;

/* Count the rows of each slot; `begin` is all that is set. */
MUST_CHECK Status slots_count(Slots *s, Arena *arena);
/* After slots_count(). */
MUST_CHECK Status slots_sort(Slots *s, Arena *arena);

static inline size_t slots_rows(const Slots *s, size_t slot)
{
    return s->begin[slot + 1] - s->begin[slot];
}

#endif
