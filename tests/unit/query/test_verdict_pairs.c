/* SPDX-License-Identifier: Apache-2.0 */
/* Two judges of many labels, beside the matrix of all pairs of them. */
#include "support/check.h"

#include "query/verdict_pairs.h"
#include "stats/confusion.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LABELS = 200, THINGS = 1500 };

static char names[LABELS][24];

static Value label(size_t number)
{
    (void)snprintf(names[number], sizeof names[number], "l%zu", number);
    return (Value){.kind = VALUE_STR, .as.s = str_from(names[number])};
}

/* The second judge says the same as the first about as often as not. */
static Status fill(VerdictPairs *p, uint64_t seed, size_t labels, uint64_t *cells)
{
    uint64_t rng = seed * UINT64_C(0x9E3779B97F4A7C15);
    Status st = ST_OK;

    for (size_t i = 0; i < THINGS && !st; i++) {
        size_t x;
        size_t y;

        rng = rng * UINT64_C(6364136223846793005) + 1442695040888963407;
        x = (size_t)(rng >> 40) % labels;
        y = rng >> 63 ? x : (size_t)(rng >> 20 & 0xffff) % labels;
        st = verdict_pairs_add(p, (Opinion){.value = label(x)}, (Opinion){.value = label(y)});
        cells[x * labels + y]++;
    }
    return st;
}

static void kappa_is_that_of_the_matrix_however_many_the_labels(void **state)
{
    static const size_t counts[] = {1, 2, 3, 62, 63, 64, 65, LABELS};

    (void)state;
    for (uint64_t seed = 1; seed <= 104; seed++) {
        const size_t k = counts[seed % 8];
        uint64_t *cells = calloc(k * k, sizeof *cells);
        VerdictAgreement found;
        VerdictPairs p;

        verdict_pairs_init(&p);
        CHECK_OK(fill(&p, seed, k, cells));
        CHECK_OK(verdict_pairs_compare(&p, &found));
        assert_int_equal(found.compared, THINGS);
        if (fabs(found.kappa - matrix_kappa(cells, k, KAPPA_PLAIN)) > 1e-12)
            fail_msg("seed %llu: kappa %.15f, expected %.15f", (unsigned long long)seed,
                     found.kappa, matrix_kappa(cells, k, KAPPA_PLAIN));
        verdict_pairs_deinit(&p);
        free(cells);
    }
    assert_int_equal(mem_live(), 0);
}

static void nothing_to_compare_has_no_kappa(void **state)
{
    VerdictAgreement found;
    VerdictPairs p;

    (void)state;
    verdict_pairs_init(&p);
    CHECK_OK(verdict_pairs_add(&p, (Opinion){.value = label(1)}, (Opinion){0}));
    CHECK_OK(verdict_pairs_compare(&p, &found));
    assert_int_equal(found.n, 1);
    assert_int_equal(found.compared, 0);
    assert_true(isnan(found.kappa));
    verdict_pairs_deinit(&p);
}

static void every_allocation_failure_is_survived(void **state)
{
    (void)state;
    for (long n = 0;; n++) {
        static uint64_t cells[LABELS * LABELS];
        VerdictAgreement found;
        VerdictPairs p;
        Status st;

        verdict_pairs_init(&p);
        mem_fail_after(n);
        st = fill(&p, 1, LABELS, cells);
        if (!st)
            st = verdict_pairs_compare(&p, &found);
        mem_fail_after(-1);
        verdict_pairs_deinit(&p);
        assert_int_equal(mem_live(), 0);
        if (!st)
            break;
        CHECK_STATUS(st, ST_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kappa_is_that_of_the_matrix_however_many_the_labels),
        cmocka_unit_test(nothing_to_compare_has_no_kappa),
        cmocka_unit_test(every_allocation_failure_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
