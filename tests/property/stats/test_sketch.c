/* SPDX-License-Identifier: Apache-2.0 */
/* The sketch against exact quantiles, and merged parts against the whole. */
#include "base/alloc.h"
#include "stats/sketch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SEEDS = 100, VALUES = 2000 };

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Log-uniform over up to 18 decades, some zeros: what latencies never look like. */
static int64_t draw(uint64_t *seed)
{
    const double exponent = (double)(next(seed) % 1000) / 1000 * (double)(1 + *seed % 18);

    return next(seed) % 50 == 0 ? 0 : (int64_t)pow(10, exponent);
}

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void quantiles_are_within_one_percent(void **state)
{
    static const double quantiles[] = {0, 0.01, 0.25, 0.5, 0.9, 0.99, 1};
    static int64_t values[VALUES];

    (void)state;
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s * UINT64_C(0x9E3779B97F4A7C15);
        Sketch halves[2];

        sketch_init(&halves[0]);
        sketch_init(&halves[1]);
        for (size_t i = 0; i < VALUES; i++) {
            values[i] = draw(&seed);
            assert_int_equal(sketch_add(&halves[i % 2], (double)values[i]), ST_OK);
        }
        assert_int_equal(sketch_merge(&halves[0], &halves[1]), ST_OK);
        qsort(values, VALUES, sizeof *values, ascending);
        for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
            const double rank = ceil(quantiles[i] * VALUES);
            const int64_t exact = values[rank < 1 ? 0 : (size_t)rank - 1];
            const int64_t got = llround(sketch_quantile(&halves[0], quantiles[i]));

            if (llabs(got - exact) > (int64_t)(0.0101 * (double)exact) + 1)
                fail_msg("seed %d quantile %f: %lld, exact %lld", (int)s, quantiles[i],
                         (long long)got, (long long)exact);
        }
        sketch_deinit(&halves[0]);
        sketch_deinit(&halves[1]);
    }
    assert_int_equal(mem_live(), 0);
}

/* All that a double can be, the usual case in the greater part. */
static double any_number(uint64_t *seed, uint64_t kind)
{
    static const double odd[] = {0, -1, NAN, INFINITY, -INFINITY, 0x1p-41, 0x1p81, -0x1p90};

    if (kind % 4 == 0 && next(seed) % 20 == 0)
        return odd[next(seed) % (sizeof odd / sizeof *odd)];
    return (double)(draw(seed) + 1) * (kind % 4 == 1 && next(seed) % 2 ? -1 : 1);
}

static void numbers_added_together_count_as_one_by_one(void **state)
{
    static const double quantiles[] = {0, 0.1, 0.5, 0.99, 1};
    double values[300];

    (void)state;
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s * UINT64_C(0x9E3779B97F4A7C15);
        Sketch each;
        Sketch all;

        sketch_init(&each);
        sketch_init(&all);
        for (size_t round = 0; round < 5; round++) {
            const size_t count = round == s % 5 ? 0 : (size_t)(next(&seed) % 300);

            for (size_t i = 0; i < count; i++) {
                values[i] = any_number(&seed, s);
                assert_int_equal(sketch_add(&each, values[i]), ST_OK);
            }
            assert_int_equal(sketch_add_all(&all, values, count), ST_OK);
        }
        assert_true(each.total == all.total && each.zeros == all.zeros);
        for (size_t i = 0; all.total && i < sizeof quantiles / sizeof *quantiles; i++)
            assert_true(sketch_quantile(&each, quantiles[i]) ==
                        sketch_quantile(&all, quantiles[i]));
        sketch_deinit(&each);
        sketch_deinit(&all);
    }
    assert_int_equal(mem_live(), 0);
}

static void an_empty_sketch_has_no_quantile(void **state)
{
    Sketch s;

    (void)state;
    sketch_init(&s);
    assert_true(isnan(sketch_quantile(&s, 0.5)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_within_one_percent),
        cmocka_unit_test(numbers_added_together_count_as_one_by_one),
        cmocka_unit_test(an_empty_sketch_has_no_quantile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
