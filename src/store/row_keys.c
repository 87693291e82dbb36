/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting row keys: they are divided into buckets in place, then each bucket is sorted by
 * comparisons, which are few and find their keys in the cache. */
#include "store/row_keys.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKET_BITS = 12, BUCKETS = 1 << BUCKET_BITS, FEW = 16 };

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

/* ------------------------------------------------------------------ buckets */

/* An order, and buckets that follow each other in it. */
typedef struct Division {
    int (*compare)(const void *a, const void *b);
    size_t (*bucket)(const struct Division *d, const RowKey *k);
    int64_t first; /* trace start, for place_bucket() */
    unsigned shift;
} Division;

/* By a hash of the trace: of identities only matters that equal ones come together. */
static size_t identity_bucket(const Division *d, const RowKey *k)
{
    static const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t halves[2];

    (void)d;
    memcpy(halves, k->trace_id, sizeof halves);
    return (size_t)((halves[0] * odd ^ halves[1]) * odd >> (64 - BUCKET_BITS));
}

static size_t place_bucket(const Division *d, const RowKey *k)
{
    return (size_t)(((uint64_t)k->trace_start_ns - (uint64_t)d->first) >> d->shift);
}

static Division divide_places(const RowKey *keys, size_t count)
{
    Division d = {.compare = by_place, .bucket = place_bucket};
    int64_t last = count ? keys[0].trace_start_ns : 0;

    d.first = last;
    for (size_t i = 0; i < count; i++) {
        const int64_t start = keys[i].trace_start_ns;

        d.first = start < d.first ? start : d.first;
        last = start > last ? start : last;
    }
    while (((uint64_t)last - (uint64_t)d.first) >> d.shift >= BUCKETS)
        d.shift++;
    return d;
}

/* Each key goes where its bucket has room next; the one that stood there is taken on. */
static void move_to_buckets(RowKey *keys, const Division *d, uint32_t *next, const uint32_t *end)
{
    for (size_t b = 0; b < BUCKETS; b++) {
        while (next[b] < end[b]) {
            RowKey key = keys[next[b]];

            for (size_t to = d->bucket(d, &key); to != b; to = d->bucket(d, &key)) {
                const RowKey other = keys[next[to]];

                keys[next[to]++] = key;
                key = other;
            }
            keys[next[b]++] = key;
        }
    }
}

static void sort_bucket(RowKey *keys, size_t count, int (*compare)(const void *a, const void *b))
{
    if (count > FEW) {
        qsort(keys, count, sizeof *keys, compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const RowKey key = keys[i];
        size_t at = i;

        for (; at && compare(&key, &keys[at - 1]) < 0; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

static void sort(RowKey *keys, size_t count, const Division *d)
{
    uint32_t next[BUCKETS] = {0};
    uint32_t end[BUCKETS];
    uint32_t at = 0;

    assert(count <= UINT32_MAX);
    for (size_t i = 0; i < count; i++)
        next[d->bucket(d, &keys[i])]++;
    for (size_t b = 0; b < BUCKETS; b++) {
        end[b] = at + next[b];
        next[b] = at;
        at = end[b];
    }
    move_to_buckets(keys, d, next, end);
    for (size_t b = 0; b < BUCKETS; b++) {
        const uint32_t from = b ? end[b - 1] : 0;

        sort_bucket(keys + from, end[b] - from, d->compare);
    }
}

size_t row_keys_arrange(RowKey *keys, size_t count)
{
    const Division identities = {.compare = by_identity, .bucket = identity_bucket};
    Division places;

    sort(keys, count, &identities);
    count = drop_doubled(keys, count);
    set_trace_starts(keys, count);
    places = divide_places(keys, count);
    sort(keys, count, &places);
    return count;
}
