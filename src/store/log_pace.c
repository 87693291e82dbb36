/* SPDX-License-Identifier: Apache-2.0 */
/* See log_pace.h. */
#include "store/log_pace.h"

static void begin_window(LogPace *p)
{
    p->bytes = 0;
    p->took_ns = 0;
}

/* While it is slow the groups are compressed, small, and say little about the disk. */
static void retry_later(LogPace *p, int64_t now_ns)
{
    if (now_ns - p->since_ns < LOG_PACE_RETRY_NS)
        return;
    begin_window(p);
    atomic_store_explicit(&p->slow, false, memory_order_relaxed);
}

void log_pace_note(LogPace *p, uint64_t bytes, int64_t took_ns, int64_t now_ns)
{
    double seconds;

    if (log_pace_slow(p)) {
        retry_later(p, now_ns);
        return;
    }
    if (bytes < LOG_PACE_GROUP)
        return;
    p->bytes += bytes;
    p->took_ns += took_ns;
    if (p->bytes < LOG_PACE_WINDOW)
        return;
    seconds = (double)p->took_ns / 1e9;
    if ((double)p->bytes < seconds * LOG_PACE_FAST) {
        p->since_ns = now_ns;
        atomic_store_explicit(&p->slow, true, memory_order_relaxed);
    }
    begin_window(p);
}

bool log_pace_slow(const LogPace *p)
{
    return atomic_load_explicit(&p->slow, memory_order_relaxed);
}
