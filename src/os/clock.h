/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks.  Wall time may jump; use the monotonic clock for waiting and
 * measuring. */
#ifndef VIREO_OS_CLOCK_H
#define VIREO_OS_CLOCK_H

#include <stdint.h>

/* Nanoseconds since 1970-01-01 UTC. */
int64_t clock_now_ns(void);
/* Nanoseconds since some point in the past; never goes back. */
int64_t clock_mono_ns(void);
/* At least that long; interruptions by signals do not shorten it. */
void clock_sleep_ns(int64_t ns);

#endif
