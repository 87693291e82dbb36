/* SPDX-License-Identifier: Apache-2.0 */
/* Is the log's disk slow enough that compressing what goes there pays?
 *
 * Compressing a request costs about as much processor time as all else that is done
 * with it before the answer.  It is worth that only where the disk is what appends wait
 * for; elsewhere the processor is.  So the log's thread notes how long its larger
 * groups took, write and sync together, and appenders ask.
 *
 *   fast --a window below LOG_PACE_FAST--> slow --LOG_PACE_RETRY_NS later--> fast, judged anew
 *
 * Starts fast. */
#ifndef VIREO_STORE_LOG_PACE_H
#define VIREO_STORE_LOG_PACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    LOG_PACE_FAST = 64 << 20,   /* bytes a second */
    LOG_PACE_WINDOW = 64 << 20, /* bytes that a judgement is made from */
    LOG_PACE_GROUP = 256 << 10, /* smaller groups tell of the latency only */
};
#define LOG_PACE_RETRY_NS INT64_C(30000000000)

typedef struct LogPace {
    atomic_bool slow;
    /* Of the log's thread: */
    uint64_t bytes; /* in this window */
    int64_t took_ns;
    int64_t since_ns; /* when it became slow */
} LogPace;

/* The log's thread: a group of so many bytes was durable at `now_ns` and took so long. */
void log_pace_note(LogPace *p, uint64_t bytes, int64_t took_ns, int64_t now_ns);
/* Any thread. */
bool log_pace_slow(const LogPace *p);

#endif
