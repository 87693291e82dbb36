/* SPDX-License-Identifier: Apache-2.0 */
/* The time in which blocks may have rows in common: what a search for doubles reads. */
#ifndef VIREO_QUERY_SHARED_TIME_H
#define VIREO_QUERY_SHARED_TIME_H

#include "base/vec.h"
#include "query/query.h"

enum { SHARED_PARTS = 512 };

typedef struct TimeBlock {
    BlockInfo info;
    uint32_t block;
    bool is_new;  /* two that are not have been compared before */
    int64_t from; /* found: the hull of what it shares with others */
    int64_t to;   /* inclusive; empty when before `from` */
    size_t others;
    bool looked_at;                     /* at its column of starts */
    uint64_t starts[SHARED_PARTS / 64]; /* parts of its time in which a row starts */
} TimeBlock;

typedef VEC_OF(TimeBlock) TimeBlocks;

/* Fill from, to.  A segment has no doubles in itself, a block of the memtable may. */
MUST_CHECK Status shared_times(const Snapshot *snap, const Cancel *cancel, TimeBlocks *blocks);

#endif
