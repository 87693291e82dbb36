/* SPDX-License-Identifier: Apache-2.0 */
/* Distinct counts against what was put in, merged parts against the whole; and shares. */
#include "base/alloc.h"
#include "base/hash.h"
#include "stats/distinct.h"
#include "stats/proportion.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { SEEDS = 100 };

static uint64_t hash_of(uint64_t seed, uint64_t i)
{
    return hash_seeded((Str){(const char *)&i, sizeof i}, seed);
}

static void counts_are_exact_while_few_and_near_when_many(void **state)
{
    double worst = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const uint64_t n = seed % 3 == 0 ? 1 + seed * 15 : 1000 * seed;
        Distinct parts[2] = {{0}, {0}};
        double error;

        for (uint64_t i = 0; i < n; i++) {
            assert_int_equal(distinct_add(&parts[i % 2], hash_of(seed, i)), ST_OK);
            if (i % 5 == 0) /* again, in the other part too */
                assert_int_equal(distinct_add(&parts[(i + 1) % 2], hash_of(seed, i)), ST_OK);
        }
        assert_int_equal(distinct_merge(&parts[0], &parts[1]), ST_OK);
        error = fabs(distinct_count(&parts[0]) - (double)n) / (double)n;
        worst = error > worst ? error : worst;
        if ((n <= DISTINCT_EXACT && error > 0) || error > 0.035)
            fail_msg("seed %d: %f of %d", (int)seed, distinct_count(&parts[0]), (int)n);
        distinct_deinit(&parts[0]);
        distinct_deinit(&parts[1]);
    }
    assert_true(worst > 0); /* the registers were in use */
    assert_int_equal(mem_live(), 0);
}

static void every_allocation_failure_leaves_the_count(void **state)
{
    (void)state;
    for (long k = 0;; k++) {
        Distinct d = {0};
        Status st = ST_OK;
        double before = 0;

        mem_fail_after(k);
        for (uint64_t i = 0; i < 3000 && !st; i++) {
            before = distinct_count(&d);
            st = distinct_add(&d, hash_of(1, i));
        }
        mem_fail_after(-1);
        if (st)
            assert_true(distinct_count(&d) == before);
        distinct_deinit(&d);
        assert_int_equal(mem_live(), 0);
        if (!st)
            break;
    }
}

/* Numbers from R: prop.test(c(a, b), c(n, m), correct = FALSE). */
static void shares_are_tested_as_in_the_books(void **state)
{
    (void)state;
    assert_true(fabs(two_sided_p(proportion_z(15, 100, 25, 100)) - 0.0771) < 1e-4);
    assert_true(fabs(proportion_z(15, 100, 25, 100) + 1.7678) < 1e-4);
    assert_true(two_sided_p(proportion_z(10, 100, 10, 100)) == 1);
    assert_true(proportion_z(5, 5, 9, 9) == 0 && proportion_z(0, 0, 1, 2) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_exact_while_few_and_near_when_many),
        cmocka_unit_test(every_allocation_failure_leaves_the_count),
        cmocka_unit_test(shares_are_tested_as_in_the_books),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
