/* SPDX-License-Identifier: Apache-2.0 */
/* Option, else environment, else default. */
#include "client/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const variables[] = {
    "VIREO_URL",   "VIREO_API_KEY",  "VIREO_PROJECT", "OTEL_SERVICE_NAME",
    "VIREO_SPOOL", "XDG_STATE_HOME", "HOME",          "OTEL_RESOURCE_ATTRIBUTES"};

static int clear_environment(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        (void)unsetenv(variables[i]);
    return 0;
}

static void nothing_given_means_the_defaults(void **state)
{
    const vireo_options o = {0};
    Arena a;
    Settings s;

    (void)state;
    arena_init(&a, 65536);
    assert_int_equal(settings_init(&o, &a, &s), ST_OK);
    assert_string_equal(s.url, "http://127.0.0.1:4318");
    assert_string_equal(s.project, "default");
    assert_string_equal(s.api_key, "");
    assert_string_equal(s.spool_dir, "");
    assert_string_equal(s.service, "unit_client_settings");
    assert_string_equal(s.language, "c");
    assert_int_equal(s.queue_bytes, 64 * 1024 * 1024);
    assert_int_equal(s.value_bytes, 1024 * 1024);
    assert_int_equal(s.batch_delay_ns, 200000000);
    arena_deinit(&a);
}

static void the_environment_fills_in_and_options_win(void **state)
{
    vireo_options o = {.queue_bytes = 1, .value_bytes = SIZE_MAX, .batch_delay_ms = 7};
    Arena a;
    Settings s;

    (void)state;
    (void)setenv("VIREO_URL", "https://vireo.example:1/base//", 1);
    (void)setenv("VIREO_API_KEY", "k", 1);
    (void)setenv("VIREO_PROJECT", "from environment", 1);
    (void)setenv("OTEL_SERVICE_NAME", "svc", 1);
    (void)setenv("HOME", "/home/u", 1);
    (void)setenv("OTEL_RESOURCE_ATTRIBUTES", "a=\x01", 1);
    arena_init(&a, 65536);
    assert_int_equal(settings_init(&o, &a, &s), ST_OK);
    assert_string_equal(s.url, "https://vireo.example:1/base");
    assert_string_equal(s.api_key, "k");
    assert_string_equal(s.project, "from environment");
    assert_string_equal(s.service, "svc");
    assert_string_equal(s.resource, "");
    assert_memory_equal(s.spool_dir, "/home/u/.local/state/vireo/spool/", 33);
    assert_int_equal(strlen(s.spool_dir), 33 + 16);
    assert_int_equal(s.queue_bytes, 16 * 1024);
    assert_int_equal(s.value_bytes, SETTINGS_VALUE_MAX);
    assert_int_equal(s.batch_delay_ns, 7000000);
    o.project = "given";
    (void)setenv("XDG_STATE_HOME", "/state", 1);
    assert_int_equal(settings_init(&o, &a, &s), ST_OK);
    assert_string_equal(s.project, "given");
    assert_memory_equal(s.spool_dir, "/state/vireo/spool/", 19);
    arena_deinit(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_given_means_the_defaults, clear_environment),
        cmocka_unit_test_setup(the_environment_fills_in_and_options_win, clear_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
