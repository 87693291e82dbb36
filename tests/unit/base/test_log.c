/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: one a call, cut, and not to be forged. */
#include "support/check.h"

#include "base/log.h"

#include <string.h>

static char last[4096];
static int lines;

static void sink(void *context, LogLevel level, Str line)
{
    (void)context;
    (void)level;
    (void)snprintf(last, sizeof last, "%.*s", STR_ARG(line));
    lines++;
}

static void a_line_has_level_message_and_fields(void **state)
{
    (void)state;
    log_error("nobody listens yet", " n=%d", 1);
    assert_int_equal(lines, 0);
    log_set_sink(sink, NULL, LOG_INFO);
    log_info("hello", " n=%d", 7);
    CHECK_STR(str_from(last), "level=info msg=\"hello\" n=7\n");
    log_debug("too quiet", " n=%d", 1);
    assert_int_equal(lines, 1);
}

static void control_characters_cannot_forge_a_line(void **state)
{
    (void)state;
    log_warn("x", " v=\"%s\"", "a\nlevel=error \x7F");
    CHECK_STR(str_from(last), "level=warn msg=\"x\" v=\"a level=error  \"\n");
}

static void long_lines_are_cut_and_still_end(void **state)
{
    char big[5000];

    (void)state;
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    log_warn(big, " v=%s", big);
    assert_in_range(strlen(last), 2000, 2048);
    assert_int_equal(last[strlen(last) - 1], '\n');
}

static void levels_have_names(void **state)
{
    LogLevel level = LOG_INFO;

    (void)state;
    assert_true(log_level_from_text(STR("WARN"), &level) && level == LOG_WARN);
    assert_false(log_level_from_text(STR("loud"), &level));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_level_message_and_fields),
        cmocka_unit_test(control_characters_cannot_forge_a_line),
        cmocka_unit_test(long_lines_are_cut_and_still_end),
        cmocka_unit_test(levels_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
