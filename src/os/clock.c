/* SPDX-License-Identifier: Apache-2.0 */
/* clock_gettime() through the vDSO: about 20 ns, no system call. */
#include "os/clock.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now = {0};

    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_mono_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

ThreadClock clock_of_thread(void)
{
    clockid_t id = CLOCK_PROCESS_CPUTIME_ID; /* the larger, should there be none of the thread */

    (void)pthread_getcpuclockid(pthread_self(), &id);
    return (ThreadClock){(int32_t)id};
}

int64_t clock_thread_ns(ThreadClock c)
{
    return read_clock((clockid_t)c.id);
}

void clock_sleep_ns(int64_t ns)
{
    struct timespec until;
    int64_t deadline;

    if (ns <= 0)
        return;
    deadline = clock_mono_ns() + ns;
    until = (struct timespec){(time_t)(deadline / 1000000000), (long)(deadline % 1000000000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}
