/* SPDX-License-Identifier: Apache-2.0 */
/* See turn.h.  Who waits looks now and then whether it was cancelled: nobody wakes it then. */
#include "os/turn.h"

#define LOOK_NS INT64_C(50000000)

void turns_init(Turns *turns, unsigned places, unsigned max_waiting, int64_t free_ns)
{
    *turns = (Turns){.places = places, .max_waiting = max_waiting, .free_ns = free_ns};
    mutex_init(&turns->lock);
    cond_init(&turns->changed);
}

void turns_deinit(Turns *turns)
{
    cond_deinit(&turns->changed);
    mutex_deinit(&turns->lock);
}

Turn turn_of(Turns *turns)
{
    const ThreadClock clock = clock_of_thread();

    return (Turn){
        .turns = turns, .clock = clock, .free_until_ns = clock_thread_ns(clock) + turns->free_ns};
}

static void leave_line(Turns *turns, const Turn *t)
{
    Turn **at = &turns->first;

    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    turns->waiting--;
}

/* Under the lock. */
static Status join_line(Turns *turns, Turn *t)
{
    Turn **at = &turns->first;

    if (t->state != TURN_FREE)
        return ST_OK; /* another thread of the same work was here */
    if (turns->waiting == turns->max_waiting && turns->working == turns->places)
        return ST_BUSY;
    while (*at)
        at = &(*at)->next;
    *at = t;
    t->next = NULL;
    t->state = TURN_WAITING;
    turns->waiting++;
    return ST_OK;
}

/* Under the lock. */
static Status await_place(Turns *turns, Turn *t, const Cancel *cancel)
{
    while (t->state == TURN_WAITING) {
        const Status st = cancel_look(cancel);

        if (st || (turns->first == t && turns->working < turns->places)) {
            leave_line(turns, t);
            turns->working += st == ST_OK;
            t->state = st ? TURN_FREE : TURN_WORKING;
            cond_broadcast(&turns->changed);
            return st;
        }
        (void)cond_wait_until(&turns->changed, &turns->lock, clock_mono_ns() + LOOK_NS);
    }
    return t->state == TURN_WORKING ? ST_OK : cancel_look(cancel);
}

Status turn_wait(Turn *t, const Cancel *cancel)
{
    Status st;

    atomic_fetch_add_explicit(&t->steps, 1, memory_order_relaxed);
    if (t->state == TURN_WORKING || clock_thread_ns(t->clock) < t->free_until_ns)
        return ST_OK;
    mutex_lock(&t->turns->lock);
    st = join_line(t->turns, t);
    if (!st)
        st = await_place(t->turns, t, cancel);
    mutex_unlock(&t->turns->lock);
    return st;
}

void turn_end(Turn *t)
{
    mutex_lock(&t->turns->lock);
    t->turns->working -= t->state == TURN_WORKING;
    t->state = TURN_FREE;
    cond_broadcast(&t->turns->changed);
    mutex_unlock(&t->turns->lock);
}
