/* SPDX-License-Identifier: Apache-2.0 */
/* When long work ends early: somebody says so, or its time is over.  Whoever works long asks
 * between its steps.
 *
 *     const Cancel soon = cancel_after(&server->cancel, 2000000000);
 *     st = cancel_check(&soon);
 *
 * Any thread may set or ask; what is constant after it was made needs no lock. */
#ifndef VIREO_OS_CANCEL_H
#define VIREO_OS_CANCEL_H

#include "base/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Cancel {
    const struct Cancel *outer; /* ends this one too; may be NULL */
    atomic_bool is_set;
    int64_t deadline_ns; /* by the monotonic clock; 0: none */
} Cancel;

/* `outer` (may be NULL) must outlive it. */
Cancel cancel_after(const Cancel *outer, int64_t ns);
void cancel_set(Cancel *c);
/* ST_CLOSED: somebody said so; ST_TIMEOUT: its time is over; ST_OK otherwise and for NULL. */
MUST_CHECK Status cancel_check(const Cancel *c);

#endif
