/* SPDX-License-Identifier: Apache-2.0 */
/* See cancel.h.  A check reads flags, and the clock only where there is a deadline. */
#include "os/cancel.h"

#include "os/clock.h"
#include "os/turn.h"

Cancel cancel_after(const Cancel *outer, int64_t ns)
{
    return (Cancel){.outer = outer, .deadline_ns = clock_mono_ns() + ns};
}

void cancel_set(Cancel *c)
{
    atomic_store(&c->is_set, true);
}

Status cancel_look(const Cancel *c)
{
    for (; c; c = c->outer) {
        if (atomic_load_explicit(&c->is_set, memory_order_relaxed))
            return ST_CLOSED;
        if (c->deadline_ns && clock_mono_ns() >= c->deadline_ns)
            return ST_TIMEOUT;
    }
    return ST_OK;
}

static Turn *turn_for(const Cancel *c)
{
    while (c && !c->turn)
        c = c->outer;
    return c ? c->turn : NULL;
}

Status cancel_check(const Cancel *c)
{
    const Status st = cancel_look(c);
    Turn *turn = st ? NULL : turn_for(c);

    return turn ? turn_wait(turn, c) : st;
}

void cancel_expect(const Cancel *c, size_t steps)
{
    Turn *turn = turn_for(c);

    if (turn)
        atomic_fetch_add_explicit(&turn->expected, steps, memory_order_relaxed);
}
