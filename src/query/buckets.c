/* SPDX-License-Identifier: Apache-2.0 */
/* Choice of bucket lengths that people can read off an axis. */
#include "query/buckets.h"

#define SECOND INT64_C(1000000000)

static const int64_t round_steps[] = {
    SECOND,           2 * SECOND,       5 * SECOND,     10 * SECOND,     15 * SECOND,
    30 * SECOND,      60 * SECOND,      120 * SECOND,   300 * SECOND,    600 * SECOND,
    900 * SECOND,     1800 * SECOND,    3600 * SECOND,  7200 * SECOND,   10800 * SECOND,
    21600 * SECOND,   43200 * SECOND,   86400 * SECOND, 172800 * SECOND, 604800 * SECOND,
    2592000 * SECOND, 31536000 * SECOND};

static void data_range(const Snapshot *snap, int64_t *low, int64_t *high)
{
    *low = INT64_MAX;
    *high = INT64_MIN;
    for (size_t i = 0; i < snapshot_block_count(snap); i++) {
        const BlockInfo info = snapshot_block(snap, i);

        if (info.rows == 0)
            continue;
        *low = info.min_time_ns < *low ? info.min_time_ns : *low;
        *high = info.max_time_ns > *high ? info.max_time_ns : *high;
    }
    if (*low > *high)
        *low = *high = 0;
}

/* `ns` >= 0, as buckets_range() gives it. */
static int64_t floor_to(int64_t ns, int64_t step)
{
    return ns - ns % step;
}

static bool covers(int64_t from, int64_t last, int64_t step, size_t want)
{
    return (uint64_t)(last - floor_to(from, step)) / (uint64_t)step < want;
}

/* Below a second: 1, 2, 5 times powers of ten; above: the table; past it: so many days that
 * half of the buckets would do. */
static int64_t choose_step(int64_t from, int64_t last, size_t want)
{
    static const int64_t factors[] = {1, 2, 5};
    const int64_t day = 86400 * SECOND;
    int64_t days;

    for (int64_t unit = 1; unit < SECOND; unit *= 10)
        for (size_t i = 0; i < 3; i++)
            if (covers(from, last, unit * factors[i], want))
                return unit * factors[i];
    for (size_t i = 0; i < sizeof round_steps / sizeof *round_steps; i++)
        if (covers(from, last, round_steps[i], want))
            return round_steps[i];
    days = (last / (int64_t)want / day + 1) * 2;
    return days > INT64_MAX / day ? INT64_MAX : days * day;
}

void buckets_range(const Snapshot *snap, const QueryWindow *w, int64_t *from, int64_t *last)
{
    data_range(snap, from, last);
    *from = w->from_ns != INT64_MIN ? w->from_ns : *from;
    *from = *from < 0 ? 0 : *from; /* nothing starts before 1970 */
    if (w->to_ns != INT64_MAX)
        *last = w->to_ns > *from ? w->to_ns - 1 : *from;
    *last = *last < *from ? *from : *last;
}

bool buckets_of_step(const Snapshot *snap, const QueryWindow *w, int64_t step_ns, Buckets *out)
{
    int64_t from;
    int64_t last;

    buckets_range(snap, w, &from, &last);
    *out = (Buckets){.from_ns = floor_to(from, step_ns), .step_ns = step_ns};
    if (!covers(from, last, step_ns, MAX_BUCKETS))
        return false;
    out->count = (size_t)((uint64_t)(last - out->from_ns) / (uint64_t)step_ns) + 1;
    return true;
}

Buckets buckets_for(const Snapshot *snap, const QueryWindow *w, size_t want)
{
    int64_t from;
    int64_t last;
    Buckets b;

    buckets_range(snap, w, &from, &last);
    want = want < 1 ? 1 : want > MAX_BUCKETS ? MAX_BUCKETS : want;
    b.step_ns = choose_step(from, last, want);
    b.from_ns = floor_to(from, b.step_ns);
    b.count = (size_t)((last - b.from_ns) / b.step_ns) + 1;
    return b;
}

int64_t buckets_end(const Buckets *b)
{
    const int64_t last = b->from_ns + (int64_t)(b->count - 1) * b->step_ns;

    return last > INT64_MAX - b->step_ns ? INT64_MAX : last + b->step_ns;
}

bool buckets_find(const Buckets *b, int64_t ns, size_t *out)
{
    if (ns < b->from_ns || (uint64_t)(ns - b->from_ns) / (uint64_t)b->step_ns >= b->count)
        return false;
    *out = (size_t)((ns - b->from_ns) / b->step_ns);
    return true;
}
