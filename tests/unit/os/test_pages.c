/* SPDX-License-Identifier: Apache-2.0 */
/* Advice about memory changes no byte of a block, nor of what lies beside it. */
#include "support/check.h"

#include "os/pages.h"

#include "base/alloc.h"

#include <string.h>

static void a_block_keeps_what_it_holds_wherever_its_pages_begin(void **state)
{
    const size_t size = 16 << 20;

    (void)state;
    for (size_t at = 0; at < 3; at++) {
        unsigned char *block = mem_array(size, 1);

        assert_non_null(block);
        memset(block, 'v', size);
        pages_expect(block + at * 4099, size - 2 * at * 4099);
        for (size_t i = 0; i < size; i++)
            if (block[i] != 'v')
                fail_msg("byte %zu changed", i);
        mem_free(block);
    }
    assert_int_equal(mem_live(), 0);
}

static void nothing_and_little_are_allowed(void **state)
{
    char little[64] = "as it was";

    (void)state;
    pages_expect(NULL, 0);
    pages_expect(NULL, SIZE_MAX);
    pages_expect(little, sizeof little);
    assert_string_equal(little, "as it was");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_keeps_what_it_holds_wherever_its_pages_begin),
        cmocka_unit_test(nothing_and_little_are_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
