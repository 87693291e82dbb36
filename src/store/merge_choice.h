/* SPDX-License-Identifier: Apache-2.0 */
/* Which segments are to become one. */
#ifndef VIREO_STORE_MERGE_CHOICE_H
#define VIREO_STORE_MERGE_CHOICE_H

#include "store/segment.h"

enum { MERGE_MIN = 4, MERGE_MAX = 8 }; /* segments put together in one step */
enum { MERGE_ROWS = 1 << 20, MERGE_BYTES = 1 << 30 };

/* items[from] to items[from + count - 1]; a count of 0: nothing. */
typedef struct MergeChoice {
    size_t from;
    size_t count;
    int32_t level; /* of the result */
} MergeChoice;

/* Sorts `items` by project and time of arrival.  What is chosen follows upon each other
 * there: at least `least`, or two that make a large one.  Calling it again after each merge
 * comes to an end. */
MergeChoice merge_choose(Segment **items, size_t len, size_t least);

#endif
