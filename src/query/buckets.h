/* SPDX-License-Identifier: Apache-2.0 */
/* Time buckets: equal steps of a round length over a window. */
#ifndef VIREO_QUERY_BUCKETS_H
#define VIREO_QUERY_BUCKETS_H

#include "query/query.h"

enum { MAX_BUCKETS = 1000 };

typedef struct Buckets {
    int64_t from_ns; /* a multiple of step_ns, not before 1970 */
    int64_t step_ns; /* 1, 2 or 5 times a power of ten of ns, or a round time from a second on */
    size_t count;
} Buckets;

/* Rounded down; `step` > 0. */
static inline int64_t floor_div(int64_t ns, int64_t step)
{
    return ns / step - (ns % step < 0);
}

/* The window from 1970 on, cut to the data's range where it is open: [*from, *last]. */
void buckets_range(const Snapshot *snap, const QueryWindow *w, int64_t *from, int64_t *last);
/* The same window in steps of that length.  False: more than MAX_BUCKETS. */
bool buckets_of_step(const Snapshot *snap, const QueryWindow *w, int64_t step_ns, Buckets *out);

/* Cover the window, cut to the data's range where it is open, with at most
 * `want` buckets (1 .. MAX_BUCKETS). No data and an open window: one bucket. */
Buckets buckets_for(const Snapshot *snap, const QueryWindow *w, size_t want);
/* Behind the last bucket, or the end of time. */
int64_t buckets_end(const Buckets *b);
/* False when `ns` lies outside. */
bool buckets_find(const Buckets *b, int64_t ns, size_t *out);

#endif
