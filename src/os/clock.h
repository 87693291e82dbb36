/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks.  Wall time may jump; use the monotonic clock for waiting and
 * measuring.  A thread's own clock runs while a processor works for it. */
#ifndef VIREO_OS_CLOCK_H
#define VIREO_OS_CLOCK_H

#include <stdint.h>

/* Nanoseconds since 1970-01-01 UTC. */
int64_t clock_now_ns(void);
/* Nanoseconds since some point in the past; never goes back. */
int64_t clock_mono_ns(void);
/* The processor time that a living thread has used, readable from any thread of the process. */
typedef struct ThreadClock {
    int32_t id;
} ThreadClock;
/* Of the calling thread. */
ThreadClock clock_of_thread(void);
int64_t clock_thread_ns(ThreadClock c);
/* At least that long; interruptions by signals do not shorten it. */
void clock_sleep_ns(int64_t ns);

#endif
