/* SPDX-License-Identifier: Apache-2.0 */
/* Live views: who waits for spans of which project.
 *
 * live_notify() is called after every append: it takes one lock and adds to at
 * most a few hundred counters. */
#ifndef VIREO_API_LIVE_H
#define VIREO_API_LIVE_H

#include "os/thread.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Watch {
    struct Watch *prev, *next;
    int64_t project_id;
    size_t arrived; /* spans since it was last asked */
    bool touched;   /* something arrived, perhaps only scores */
} Watch;

typedef struct Live {
    Mutex lock;
    Watch *watches;
} Live;

void live_init(Live *l);
void live_deinit(Live *l);
/* `w` belongs to the caller and must be removed before it goes. */
void live_add(Live *l, Watch *w, int64_t project_id);
void live_remove(Live *l, Watch *w);
/* Spans since the last call; *touched: they, or scores, arrived. */
size_t live_take(Live *l, Watch *w, bool *touched);
/* As ingest_on_append() wants it; `live` is a Live. */
void live_notify(void *live, int64_t project_id, size_t spans);

#endif
