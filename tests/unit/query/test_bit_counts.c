/* SPDX-License-Identifier: Apache-2.0 */
/* Counters that stand upright against counting bit by bit. */
#include "query/bit_counts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { MOST_WORDS = 1200 };

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Also of words that set every counter at each turn, which overflow first. */
static void words_are_counted_bit_by_bit(void **state)
{
    (void)state;
    for (uint64_t s = 1; s <= 200; s++) {
        uint64_t seed = s * UINT64_C(0x9E3779B97F4A7C15);
        uint32_t counts[BIT_COUNTS] = {0};
        uint32_t expected[BIT_COUNTS] = {0};
        BitCounts b = {.counts = counts, .len = 1 + next(&seed) % BIT_COUNTS};
        const uint64_t always = s % 3 ? 0 : UINT64_MAX;
        const uint64_t most = UINT64_MAX >> (BIT_COUNTS - b.len);

        for (size_t n = next(&seed) % MOST_WORDS; n > 0; n--) {
            const uint64_t word = (next(&seed) | always) & most;

            bit_counts_add(&b, word);
            for (size_t bit = 0; bit < BIT_COUNTS; bit++)
                expected[bit] += (uint32_t)(word >> bit & 1);
        }
        bit_counts_finish(&b);
        assert_memory_equal(counts, expected, sizeof counts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_counted_bit_by_bit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
