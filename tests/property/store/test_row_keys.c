/* SPDX-License-Identifier: Apache-2.0 */
/* The order of rows against one that is found by comparing every row with every other: few
 * traces and many, times close together, far apart and at the ends of what int64_t holds. */
#include "store/row_keys.h"
#include "support/check.h"

#include <stdlib.h>

enum { SEEDS = 200, MOST = 600 };

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static int64_t random_time(uint64_t *seed, uint64_t kind)
{
    if (kind == 0)
        return 1700000000000000000 + (int64_t)(next(seed) % 5);
    if (kind == 1)
        return 1700000000000000000 + (int64_t)(next(seed) % 100000000000);
    if (next(seed) % 50 == 0)
        return next(seed) % 2 ? INT64_MAX : INT64_MIN;
    return (int64_t)next(seed);
}

/* Doubled spans among them, some with the same seq. */
static size_t random_keys(uint64_t *seed, RowKey *out)
{
    const size_t count = next(seed) % MOST;
    const uint64_t traces = 1 + next(seed) % MOST;
    const uint64_t spans = 1 + next(seed) % 20;
    const uint64_t kind = next(seed) % 3;

    for (size_t i = 0; i < count; i++) {
        uint64_t trace = 1 + next(seed) % traces;

        out[i] = (RowKey){.span_id = {(uint8_t)(1 + next(seed) % spans)},
                          .start_ns = random_time(seed, kind),
                          .seq = next(seed) % 4,
                          .row = (uint32_t)i};
        trace *= kind == 1 ? 1 : UINT64_C(0x9e3779b97f4a7c15);
        memcpy(out[i].trace_id + (kind ? 8 : 0), &trace, sizeof trace);
    }
    return count;
}

static bool same_trace(const RowKey *a, const RowKey *b)
{
    return memcmp(a->trace_id, b->trace_id, TRACE_ID_BYTES) == 0;
}

/* Does another key of the same span count instead?  The newest does; of equally new ones the
 * last. */
static bool is_replaced(const RowKey *keys, size_t count, size_t i)
{
    for (size_t k = 0; k < count; k++)
        if (k != i && same_trace(&keys[k], &keys[i]) &&
            memcmp(keys[k].span_id, keys[i].span_id, SPAN_ID_BYTES) == 0 &&
            (keys[k].seq > keys[i].seq || (keys[k].seq == keys[i].seq && k > i)))
            return true;
    return false;
}

static int in_order(const void *a, const void *b)
{
    const RowKey *x = a;
    const RowKey *y = b;
    int c = (x->trace_start_ns > y->trace_start_ns) - (x->trace_start_ns < y->trace_start_ns);

    if (!c)
        c = memcmp(x->trace_id, y->trace_id, TRACE_ID_BYTES);
    if (!c)
        c = (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
    return c ? c : memcmp(x->span_id, y->span_id, SPAN_ID_BYTES);
}

static size_t arrange_slowly(const RowKey *keys, size_t count, RowKey *out)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (!is_replaced(keys, count, i))
            out[kept++] = keys[i];
    for (size_t i = 0; i < kept; i++) {
        out[i].trace_start_ns = out[i].start_ns;
        for (size_t k = 0; k < kept; k++)
            if (same_trace(&out[k], &out[i]) && out[k].start_ns < out[i].trace_start_ns)
                out[i].trace_start_ns = out[k].start_ns;
    }
    qsort(out, kept, sizeof *out, in_order);
    return kept;
}

static void rows_stand_as_comparing_all_of_them_would_put_them(void **state)
{
    static RowKey keys[MOST];
    static RowKey expected[MOST];

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15);
        const size_t count = random_keys(&random, keys);
        const size_t kept = arrange_slowly(keys, count, expected);

        if (row_keys_arrange(keys, count) != kept)
            fail_msg("seed %llu: doubled spans", (unsigned long long)seed);
        for (size_t i = 0; i < kept; i++)
            if (memcmp(&keys[i], &expected[i], sizeof keys[i]) != 0)
                fail_msg("seed %llu: row %zu", (unsigned long long)seed, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stand_as_comparing_all_of_them_would_put_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
