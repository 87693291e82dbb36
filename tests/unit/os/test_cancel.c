/* SPDX-License-Identifier: Apache-2.0 */
#include "support/check.h"

#include "os/cancel.h"
#include "os/clock.h"

enum { HOUR = 3600 };

static void nothing_ends_by_itself(void **state)
{
    Cancel c = {0};

    (void)state;
    CHECK_OK(cancel_check(NULL));
    CHECK_OK(cancel_check(&c));
    cancel_set(&c);
    CHECK_STATUS(cancel_check(&c), ST_CLOSED);
}

static void a_deadline_ends_what_goes_on_behind_it(void **state)
{
    const Cancel late = cancel_after(NULL, 0);
    const Cancel soon = cancel_after(NULL, 20000000);
    const Cancel early = cancel_after(NULL, INT64_C(1000000000) * HOUR);

    (void)state;
    CHECK_STATUS(cancel_check(&late), ST_TIMEOUT);
    CHECK_OK(cancel_check(&early));
    clock_sleep_ns(20000000);
    CHECK_STATUS(cancel_check(&soon), ST_TIMEOUT);
}

static void what_ends_the_outer_one_ends_the_inner_one(void **state)
{
    Cancel server = {0};
    const Cancel request = cancel_after(&server, INT64_C(1000000000) * HOUR);
    const Cancel count = cancel_after(&request, 0);

    (void)state;
    CHECK_OK(cancel_check(&request));
    CHECK_STATUS(cancel_check(&count), ST_TIMEOUT);
    cancel_set(&server);
    CHECK_STATUS(cancel_check(&request), ST_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_ends_by_itself),
        cmocka_unit_test(a_deadline_ends_what_goes_on_behind_it),
        cmocka_unit_test(what_ends_the_outer_one_ends_the_inner_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
