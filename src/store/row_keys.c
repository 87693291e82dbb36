/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting row keys. */
#include "store/row_keys.h"

#include <stdlib.h>
#include <string.h>

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_i64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* Of doubled spans the newest first; equal seqs (one request held the span
 * twice) are told apart by place, so that the order never depends on the sort. */
static int by_identity(const void *a, const void *b)
{
    const RowKey *x = a;
    const RowKey *y = b;
    int c = memcmp(x->trace_id, y->trace_id, TRACE_ID_BYTES);

    if (!c)
        c = memcmp(x->span_id, y->span_id, SPAN_ID_BYTES);
    if (!c)
        c = compare_u64(y->seq, x->seq);
    if (!c)
        c = compare_u64(y->source, x->source);
    return c ? c : compare_u64(y->row, x->row);
}

static int by_place(const void *a, const void *b)
{
    const RowKey *x = a;
    const RowKey *y = b;
    int c = compare_i64(x->trace_start_ns, y->trace_start_ns);

    if (!c)
        c = memcmp(x->trace_id, y->trace_id, TRACE_ID_BYTES);
    if (!c)
        c = compare_i64(x->start_ns, y->start_ns);
    return c ? c : memcmp(x->span_id, y->span_id, SPAN_ID_BYTES);
}

static bool same_trace(const RowKey *a, const RowKey *b)
{
    return memcmp(a->trace_id, b->trace_id, TRACE_ID_BYTES) == 0;
}

static size_t drop_doubled(RowKey *keys, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (kept && same_trace(&keys[i], &keys[kept - 1]) &&
            memcmp(keys[i].span_id, keys[kept - 1].span_id, SPAN_ID_BYTES) == 0)
            continue;
        keys[kept++] = keys[i];
    }
    return kept;
}

static void set_trace_starts(RowKey *keys, size_t count)
{
    for (size_t from = 0, to; from < count; from = to) {
        int64_t first = keys[from].start_ns;

        for (to = from + 1; to < count && same_trace(&keys[to], &keys[from]); to++)
            if (keys[to].start_ns < first)
                first = keys[to].start_ns;
        for (size_t i = from; i < to; i++)
            keys[i].trace_start_ns = first;
    }
}

size_t row_keys_arrange(RowKey *keys, size_t count)
{
    qsort(keys, count, sizeof *keys, by_identity);
    count = drop_doubled(keys, count);
    set_trace_starts(keys, count);
    qsort(keys, count, sizeof *keys, by_place);
    return count;
}
