/* SPDX-License-Identifier: Apache-2.0 */
/* When the log is to be compressed. */
#include "support/check.h"

#include "store/log_pace.h"

static const int64_t second = INT64_C(1000000000);

/* Groups of a megabyte at so many megabytes a second, a window full. */
static void write_window(LogPace *p, int64_t rate, int64_t now_ns)
{
    for (int64_t i = 0; i < LOG_PACE_WINDOW >> 20; i++)
        log_pace_note(p, 1 << 20, second / rate, now_ns);
}

static void a_disk_is_fast_until_a_window_shows_that_it_is_not(void **state)
{
    LogPace p = {0};

    (void)state;
    assert_false(log_pace_slow(&p));
    write_window(&p, 500, second);
    assert_false(log_pace_slow(&p));
    log_pace_note(&p, 1 << 20, second, second); /* one hiccup is not yet a window */
    assert_false(log_pace_slow(&p));
    write_window(&p, 60, second);
    assert_true(log_pace_slow(&p));
}

static void a_slow_disk_is_judged_anew_after_a_while(void **state)
{
    LogPace p = {0};

    (void)state;
    write_window(&p, 10, second);
    assert_true(log_pace_slow(&p));
    write_window(&p, 500, LOG_PACE_RETRY_NS);
    assert_true(log_pace_slow(&p));
    log_pace_note(&p, 1000, 1, second + LOG_PACE_RETRY_NS);
    assert_false(log_pace_slow(&p));
    write_window(&p, 10, second + LOG_PACE_RETRY_NS);
    assert_true(log_pace_slow(&p));
}

static void small_groups_say_nothing(void **state)
{
    LogPace p = {0};

    (void)state;
    for (int i = 0; i < 100000; i++)
        log_pace_note(&p, LOG_PACE_GROUP - 1, second, second);
    assert_false(log_pace_slow(&p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disk_is_fast_until_a_window_shows_that_it_is_not),
        cmocka_unit_test(a_slow_disk_is_judged_anew_after_a_while),
        cmocka_unit_test(small_groups_say_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
