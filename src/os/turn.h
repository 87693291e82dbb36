/* SPDX-License-Identifier: Apache-2.0 */
/* Turns: how many may work long at once, so that long work of some does not slow the short work
 * of others, nor take the memory of all of it together.
 *
 *     Turn t = turn_of(&turns);                free for the first `free_ns` of processor time
 *     st = turn_wait(&t, &cancel);             between two steps: then one of few places
 *     turn_end(&t);                            gives the place back
 *
 *   FREE --turn_wait() after free_ns--> WAITING --first in line, a place is free--> WORKING
 *     ^                                    |                                           |
 *     +--- turn_end(), cancelled ----------+-------------- turn_end() ----------------+
 *
 * Places are given in the order of coming.  Whoever comes while `max_waiting` wait already is
 * refused, since waiting costs what was done so far.  Several threads may wait for one Turn; it
 * ends when all of them are done, and before the thread that made it does.
 *
 * Processor time, not time: short work takes long while others work, and must not be taken for
 * long then.  Only that of the thread that made the Turn counts; a step costs a system call until
 * there is a place.
 *
 * Lock: of the Turns, a leaf.  Do not wait for a turn while you hold any other. */
#ifndef VIREO_OS_TURN_H
#define VIREO_OS_TURN_H

#include "os/cancel.h"
#include "os/clock.h"
#include "os/thread.h"

typedef enum TurnState { TURN_FREE, TURN_WAITING, TURN_WORKING } TurnState;

typedef struct Turns {
    Mutex lock;
    Cond changed;
    unsigned places;
    unsigned max_waiting;
    int64_t free_ns;
    unsigned working;
    unsigned waiting;
    struct Turn *first; /* who waits, in order */
} Turns;

typedef struct Turn {
    Turns *turns;
    ThreadClock clock;
    int64_t free_until_ns;   /* by that clock */
    _Atomic TurnState state; /* changed under the lock */
    struct Turn *next;
    atomic_size_t steps;    /* done so far */
    atomic_size_t expected; /* as far as is known */
} Turn;

void turns_init(Turns *turns, unsigned places, unsigned max_waiting, int64_t free_ns);
void turns_deinit(Turns *turns);

Turn turn_of(Turns *turns);
/* ST_BUSY: too many wait; ST_CLOSED, ST_TIMEOUT: `cancel` ended the wait. */
MUST_CHECK Status turn_wait(Turn *t, const Cancel *cancel);
void turn_end(Turn *t);

#endif
