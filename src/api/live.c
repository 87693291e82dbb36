/* SPDX-License-Identifier: Apache-2.0 */
/* A list under one lock. */
#include "api/live.h"

void live_init(Live *l)
{
    *l = (Live){0};
    mutex_init(&l->lock);
}

void live_deinit(Live *l)
{
    mutex_deinit(&l->lock);
}

void live_add(Live *l, Watch *w, int64_t project_id)
{
    *w = (Watch){.project_id = project_id};
    mutex_lock(&l->lock);
    w->next = l->watches;
    if (w->next)
        w->next->prev = w;
    l->watches = w;
    mutex_unlock(&l->lock);
}

void live_remove(Live *l, Watch *w)
{
    mutex_lock(&l->lock);
    if (w->prev)
        w->prev->next = w->next;
    else
        l->watches = w->next;
    if (w->next)
        w->next->prev = w->prev;
    mutex_unlock(&l->lock);
}

size_t live_take(Live *l, Watch *w, bool *touched)
{
    size_t n;

    mutex_lock(&l->lock);
    n = w->arrived;
    w->arrived = 0;
    *touched = w->touched;
    w->touched = false;
    mutex_unlock(&l->lock);
    return n;
}

void live_notify(void *live, int64_t project_id, size_t spans)
{
    Live *l = live;

    mutex_lock(&l->lock);
    for (Watch *w = l->watches; w; w = w->next) {
        if (w->project_id != project_id)
            continue;
        w->arrived += spans;
        w->touched = true;
    }
    mutex_unlock(&l->lock);
}
