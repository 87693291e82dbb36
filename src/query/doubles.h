/* SPDX-License-Identifier: Apache-2.0 */
/* Doubles: rows of spans that were sent again later, which therefore do not count.
 *
 * A segment has none in itself, so only rows in the time that blocks of different
 * segments (or of the memtable) share are looked at: a few in data that comes in
 * the order of time.  Among segments they are found once and kept by the engine. */
#ifndef VIREO_QUERY_DOUBLES_H
#define VIREO_QUERY_DOUBLES_H

#include "query/engine.h"

typedef struct DoubleRow {
    uint32_t block;
    uint32_t row;
} DoubleRow;

typedef struct Doubles {
    DoubleRow *items; /* sorted by block; in the arena */
    size_t len;
    bool incomplete; /* there were too many rows to compare: some doubles may count */
} Doubles;

MUST_CHECK Status doubles_find(const Snapshot *snap, QueryEngine *engine, const Cancel *cancel,
                               Arena *arena, Doubles *out);

/* Only rows of scores: those that were replaced.  Blocks without scores are not looked at. */
MUST_CHECK Status doubles_of_scores(const Snapshot *snap, QueryEngine *engine, const Cancel *cancel,
                                    Arena *arena, Doubles *out);

/* Has the block any? */
bool doubles_has(const Doubles *d, size_t block);
/* keep[row] = 0 for each of the block's. */
void doubles_drop(const Doubles *d, size_t block, uint8_t *keep);

#endif
