/* SPDX-License-Identifier: Apache-2.0 */
/* When long work ends early: somebody says so, or its time is over.  Whoever works long asks
 * between its steps.
 *
 *     const Cancel soon = cancel_after(&server->cancel, 2000000000);
 *     st = cancel_check(&soon);
 *
 * The same place between two steps is where long work waits for its turn (os/turn.h), and where its
 * steps are counted.
 *
 * Any thread may set or ask; what is constant after it was made needs no lock. */
#ifndef VIREO_OS_CANCEL_H
#define VIREO_OS_CANCEL_H

#include "base/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Cancel {
    const struct Cancel *outer; /* ends this one too; may be NULL */
    atomic_bool is_set;
    int64_t deadline_ns; /* by the monotonic clock; 0: none */
    struct Turn *turn;   /* NULL: takes no turns */
} Cancel;

/* `outer` (may be NULL) must outlive it. */
Cancel cancel_after(const Cancel *outer, int64_t ns);
void cancel_set(Cancel *c);
/* ST_CLOSED: somebody said so; ST_TIMEOUT: its time is over; ST_OK otherwise and for NULL.  May
 * wait for its turn, so hold no lock; ST_BUSY: too many wait for theirs. */
MUST_CHECK Status cancel_check(const Cancel *c);
/* The same at once: no step, no turn. */
MUST_CHECK Status cancel_look(const Cancel *c);
/* That many steps more will be made, as far as is known. */
void cancel_expect(const Cancel *c, size_t steps);

#endif
