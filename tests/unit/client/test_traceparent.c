/* SPDX-License-Identifier: Apache-2.0 */
/* The traceparent header, as strict as W3C Trace Context asks. */
#include "vireo/vireo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define GOOD "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static void what_is_written_is_read(void **state)
{
    vireo_context c = {0};
    char text[56];

    (void)state;
    assert_int_equal(vireo_traceparent_parse(GOOD, &c), VIREO_OK);
    assert_int_equal(c.trace_id[0], 0x4b);
    assert_int_equal(c.span_id[7], 0xb7);
    assert_int_equal(c.flags, 1);
    vireo_traceparent_format(&c, text);
    assert_string_equal(text, GOOD);
    vireo_traceparent_format(NULL, text);
    assert_int_equal(strlen(text), 55);
    vireo_traceparent_format(&c, NULL);
}

static void later_versions_may_say_more(void **state)
{
    vireo_context c;

    (void)state;
    assert_int_equal(
        vireo_traceparent_parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", &c),
        VIREO_OK);
    assert_int_equal(
        vireo_traceparent_parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", &c),
        VIREO_OK);
}

static void what_the_standard_forbids_is_refused_and_changes_nothing(void **state)
{
    const char *const bad[] = {
        "",
        "00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 ",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        vireo_context c = {.flags = 77};

        assert_int_equal(vireo_traceparent_parse(bad[i], &c), VIREO_INVALID);
        assert_int_equal(c.flags, 77);
    }
    assert_int_equal(vireo_traceparent_parse(NULL, NULL), VIREO_INVALID);
    assert_int_equal(vireo_traceparent_parse(GOOD, NULL), VIREO_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(later_versions_may_say_more),
        cmocka_unit_test(what_the_standard_forbids_is_refused_and_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
