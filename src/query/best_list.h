/* SPDX-License-Identifier: Apache-2.0 */
/* BestList: the first `want` of many things in an order, behind a cursor.
 *
 * A heap whose root is the last of those kept: offering costs O(log want) when the
 * thing is good enough and one comparison when it is not. */
#ifndef VIREO_QUERY_BEST_LIST_H
#define VIREO_QUERY_BEST_LIST_H

#include "base/arena.h"
#include "base/vec.h"
#include "model/span.h"

/* Place in a list.  All orders end with start, newest first, and ids. */
typedef struct Place {
    double rank; /* the larger the further in front; -INFINITY: has none */
    int64_t start_ns;
    uint8_t ids[TRACE_ID_BYTES + SPAN_ID_BYTES];
} Place;

typedef struct Found {
    Place place;
    uint32_t block; /* where it is: the caller's */
    uint32_t row;
} Found;

typedef struct BestList {
    VEC_OF(Found) heap;
    size_t want;
    bool has_cursor;
    Place behind;
} BestList;

/* Zero-initialise; free with best_list_deinit().  ST_INVALID: not a cursor of ours. */
MUST_CHECK Status best_list_init(BestList *l, size_t want, Str cursor);
void best_list_deinit(BestList *l);

bool best_list_full(const BestList *l);
/* Would a thing of that rank and start certainly not be kept? */
bool best_list_hopeless(const BestList *l, double rank, int64_t start_ns);
MUST_CHECK Status best_list_offer(BestList *l, const Found *f);
/* Put them in order; nothing can be offered after it. */
void best_list_sort(BestList *l);
MUST_CHECK Status place_to_cursor(const Place *p, Arena *arena, Str *out);
/* ST_INVALID: not a cursor of ours. */
MUST_CHECK Status place_from_cursor(Str cursor, Place *out);

#endif
