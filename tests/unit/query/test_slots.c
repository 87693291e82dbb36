/* SPDX-License-Identifier: Apache-2.0 */
/* Rows by slot against a walk over all rows for each slot. */
#include "base/alloc.h"
#include "query/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SEEDS = 300, MAX_ROWS = 200 };

static uint64_t rng;

static size_t below(size_t n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (size_t)(rng >> 11) % n;
}

/* The rows of the slot stand at its places, in their own order. */
static void check_slot(const Slots *s, size_t slot)
{
    size_t at = s->begin[slot];

    for (size_t row = 0; row < s->rows; row++) {
        if ((s->of_row ? s->of_row[row] : 0) != slot || (s->keep && !s->keep[row]))
            continue;
        assert_true(at < s->begin[slot + 1]);
        assert_int_equal(s->order ? s->order[at] : at, row);
        at++;
    }
    assert_int_equal(at, s->begin[slot + 1]);
    assert_int_equal(slots_rows(s, slot), at - s->begin[slot]);
}

static void rows_are_sorted_by_slot_and_stay_in_their_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        uint32_t of_row[MAX_ROWS];
        uint8_t keep[MAX_ROWS];
        Slots s = {0};
        Arena arena;

        rng = seed * UINT64_C(0x9E3779B97F4A7C15);
        arena_init(&arena, 1 << 20);
        s.rows = 1 + below(MAX_ROWS);
        s.len = below(3) ? 1 + below(1 + below(2 * MAX_ROWS)) : 1;
        for (size_t row = 0; row < s.rows; row++) {
            of_row[row] = (uint32_t)below(s.len);
            keep[row] = below(4) != 0;
        }
        s.of_row = s.len > 1 || below(2) ? of_row : NULL;
        s.keep = below(2) ? keep : NULL;
        assert_int_equal(slots_count(&s, &arena), ST_OK);
        assert_int_equal(s.begin[0], 0);
        assert_int_equal(slots_sort(&s, &arena), ST_OK);
        for (size_t slot = 0; slot < s.len; slot++)
            check_slot(&s, slot);
        arena_deinit(&arena);
    }
    assert_int_equal(mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_by_slot_and_stay_in_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
