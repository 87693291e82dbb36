/* SPDX-License-Identifier: Apache-2.0 */
/* Times and durations as text. */
#include "support/check.h"

#include "base/timetext.h"

static void times_are_written_with_nine_decimals(void **state)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000000000Z"},
        {-1, "1969-12-31T23:59:59.999999999Z"},
        {INT64_C(951782400000000000), "2000-02-29T00:00:00.000000000Z"},
        {INT64_C(1794550000123456789), "2026-11-13T06:06:40.123456789Z"},
        {INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
        {INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[TIME_TEXT_MAX];
        const size_t len = time_to_text(cases[i].ns, text);

        CHECK_SAME(((Str){text, len}), str_from(cases[i].text));
        assert_int_equal(text[len], 0);
    }
}

static void times_are_read_in_all_their_forms(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"1970-01-01", 0},
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01 00:00:01z", 1000000000},
        {"1970-01-01T01:00:00+01:00", 0},
        {"1969-12-31T20:30:00-03:30", 0},
        {"1970-01-01T00:00:00.1Z", 100000000},
        {"1970-01-01T00:00:00.1234567899Z", 123456789},
        {"1969-12-31T23:59:59.999999999Z", -1},
        {"1500000000000000000", INT64_C(1500000000000000000)},
        {"-5", -5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ns = 99;

        if (time_from_text(str_from(cases[i].text), &ns) || ns != cases[i].ns)
            fail_msg("%s gives %lld", cases[i].text, (long long)ns);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "yesterday",
        "2023-13-01",
        "2023-02-29",
        "2023-00-01",
        "2023-01-32",
        "2023-1-1",
        "2023-01-01T24:00:00Z",
        "2023-01-01T00:60:00Z",
        "2023-01-01T00:00:00",
        "2023-01-01T00:00:00.Z",
        "2023-01-01T00:00:00+24:00",
        "2023-01-01T00:00:00Zx",
        "2023-01-01x",
        "99999999999999999999",
        "0001-01-01",
        "9999-12-31T00:00:00Z",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ns = 99;

        if (time_from_text(str_from(cases[i]), &ns) == ST_OK || ns != 99)
            fail_msg("%s gives %lld", cases[i], (long long)ns);
    }
}

static void durations_need_their_units(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {
        {"0s", 0},
        {"250us", 250000},
        {"1.5s", 1500000000},
        {"2m", INT64_C(120000000000)},
        {"1h30m", INT64_C(5400000000000)},
        {"7d", INT64_C(604800000000000)},
        {"1w", INT64_C(604800000000000)},
        {"3ns", 3},
        {"1ms", 1000000},
    };
    static const char *const bad[] = {"", "5", "s", "5x", "5 s", "1e400s", "1h30", "999999999w"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ns = 99;

        if (duration_from_text(str_from(good[i].text), &ns) || ns != good[i].ns)
            fail_msg("%s gives %lld", good[i].text, (long long)ns);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ns = 99;

        if (duration_from_text(str_from(bad[i]), &ns) == ST_OK || ns != 99)
            fail_msg("%s gives %lld", bad[i], (long long)ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_with_nine_decimals),
        cmocka_unit_test(times_are_read_in_all_their_forms),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(durations_need_their_units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
