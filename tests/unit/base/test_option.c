/* SPDX-License-Identifier: Apache-2.0 */
/* Options: four sources, one table, errors that name their place. */
#include "support/check.h"

#include "base/option.h"

#include <string.h>

typedef struct Config {
    Str listen;
    int64_t count;
    bool quiet;
    bool color;
    int64_t size;
    int64_t delay;
} Config;

static const Option options[] = {
    {"listen", "HOST:PORT", OPTION_STR, offsetof(Config, listen), "127.0.0.1:4318",
     "where to listen"},
    {"count", "N", OPTION_INT, offsetof(Config, count), "3", "how many"},
    {"quiet", NULL, OPTION_BOOL, offsetof(Config, quiet), NULL, "say less"},
    {"color", NULL, OPTION_BOOL, offsetof(Config, color), "true", "colours"},
    {"memtable-size", "SIZE", OPTION_BYTES, offsetof(Config, size), "64MiB", "memory"},
    {"delay", "TIME", OPTION_DURATION, offsetof(Config, delay), "1.5s", "wait"},
};
static const OptionTable table = {options, sizeof options / sizeof *options};

typedef struct Run {
    Arena arena;
    Config config;
    Err err;
    const char *rest[16];
    int rest_count;
} Run;

static int start(void **state)
{
    Run *r = calloc(1, sizeof *r);

    if (!r)
        return -1;
    arena_init(&r->arena, 1 << 16);
    *state = r;
    return options_defaults(table, &r->arena, &r->config, &r->err) ? -1 : 0;
}

static int stop(void **state)
{
    Run *r = *state;

    arena_deinit(&r->arena);
    free(r);
    return mem_live() != 0;
}

static Status args(Run *r, int argc, const char *const *argv)
{
    return options_from_args(table, argc, argv, &r->arena, &r->config, r->rest, &r->rest_count,
                             &r->err);
}

static Status text(Run *r, const char *file)
{
    return options_from_text(table, str_from(file), &r->arena, &r->config, &r->err);
}

static void defaults_fill_every_field(void **state)
{
    Run *r = *state;

    CHECK_STR(r->config.listen, "127.0.0.1:4318");
    assert_true(r->config.count == 3 && !r->config.quiet && r->config.color);
    assert_true(r->config.size == 64 << 20 && r->config.delay == 1500000000);
}

static void flags_take_values_in_both_forms(void **state)
{
    static const char *const argv[] = {
        "serve",   "--listen=a=b", "--count", "-7", "--quiet", "--no-color", "--memtable-size",
        "1.5 GiB", "--delay=2m",   "-",       "-5", "--",      "--count"};
    Run *r = *state;

    CHECK_OK(args(r, 13, argv));
    CHECK_STR(r->config.listen, "a=b");
    assert_true(r->config.count == -7 && r->config.quiet && !r->config.color);
    assert_true(r->config.size == 1610612736 && r->config.delay == INT64_C(120000000000));
    assert_int_equal(r->rest_count, 4);
    CHECK_STR(str_from(r->rest[0]), "serve");
    CHECK_STR(str_from(r->rest[3]), "--count");
}

static void a_bool_can_be_given_a_value(void **state)
{
    static const char *const argv[] = {"--quiet=yes", "--color=OFF"};
    Run *r = *state;

    CHECK_OK(args(r, 2, argv));
    assert_true(r->config.quiet && !r->config.color);
}

static void wrong_flags_are_named_with_the_nearest(void **state)
{
    static const struct {
        const char *argv[2];
        int argc;
        const char *message;
    } cases[] = {
        {{"--lisen", "x"}, 2, "unknown option --lisen; did you mean --listen?"},
        {{"--memtable", "x"}, 2, "unknown option --memtable; did you mean --memtable-size?"},
        {{"--xyzzy", "x"}, 2, "unknown option --xyzzy"},
        {{"-v", "x"}, 2, "unknown option -v"},
        {{"--no-count", "x"}, 2, "unknown option --no-count; did you mean --count?"},
        {{"--count", NULL}, 1, "--count: needs a value (N)"},
        {{"--count", "many"}, 2, "--count: must be a whole number, not \"many\""},
        {{"--quiet=maybe", NULL}, 1, "--quiet: must be true or false, not \"maybe\""},
        {{"--no-quiet=1", NULL}, 1, "unknown option --no-quiet; did you mean --quiet?"},
        {{"--delay=5", NULL}, 1, "--delay: must be a duration such as 30s, 1h30m or 7d, not \"5\""},
        {{"--memtable-size=64M", NULL},
         1,
         "--memtable-size: must be a size such as 4096, 64MiB or 1GB, not \"64M\""},
    };
    Run *r = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_STATUS(args(r, cases[i].argc, cases[i].argv), ST_INVALID);
        CHECK_STR(str_from(r->err.msg), cases[i].message);
    }
    defaults_fill_every_field(state); /* nothing has changed */
}

static void a_file_has_comments_and_quotes(void **state)
{
    Run *r = *state;

    CHECK_OK(text(r,
                  "# a comment\n\n  listen = \"a # \\\"b\\\" \\\\\"  # not this\r\ncount=9 # nine\n"
                  "quiet = on\nmemtable-size = 4096"));
    CHECK_STR(r->config.listen, "a # \"b\" \\");
    assert_true(r->config.count == 9 && r->config.quiet && r->config.size == 4096);
}

static void wrong_lines_are_named_by_number(void **state)
{
    static const char *const cases[][2] = {
        {"count = 1\nwhat", "line 2: expected name = value"},
        {"\n\ncuont = 1", "line 3: unknown option cuont; did you mean count?"},
        {"count = x", "count (line 1): must be a whole number, not \"x\""},
        {"listen = \"a", "listen (line 1): the closing quote is missing"},
        {"listen = \"a\" b", "listen (line 1): text behind the closing quote"},
    };
    Run *r = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_STATUS(text(r, cases[i][0]), ST_INVALID);
        CHECK_STR(str_from(r->err.msg), cases[i][1]);
    }
    assert_int_equal(r->err.pos, 0);
}

static const char *fake_env(const char *name)
{
    static const char *const env[][2] = {{"VIREO_LISTEN", "from env"},
                                         {"VIREO_COUNT", ""},
                                         {"VIREO_MEMTABLE_SIZE", "2kB"},
                                         {"VIREO_QUIET", "1"}};

    for (size_t i = 0; i < sizeof env / sizeof *env; i++)
        if (strcmp(env[i][0], name) == 0)
            return env[i][1];
    return NULL;
}

static const char *wrong_env(const char *name)
{
    return strcmp(name, "VIREO_COUNT") == 0 ? "x" : NULL;
}

static void the_environment_is_read_by_upper_case_names(void **state)
{
    Run *r = *state;

    CHECK_OK(options_from_env(table, fake_env, &r->arena, &r->config, &r->err));
    CHECK_STR(r->config.listen, "from env");
    assert_true(r->config.count == 3 && r->config.size == 2000 && r->config.quiet);
    CHECK_STATUS(options_from_env(table, wrong_env, &r->arena, &r->config, &r->err), ST_INVALID);
    CHECK_STR(str_from(r->err.msg), "VIREO_COUNT: must be a whole number, not \"x\"");
}

static void flags_win_over_environment_over_file_over_default(void **state)
{
    static const char *const argv[] = {"--quiet=no"};
    Run *r = *state;

    CHECK_OK(text(r, "listen = file\ncount = 9\nquiet = false\n"));
    CHECK_OK(options_from_env(table, fake_env, &r->arena, &r->config, &r->err));
    CHECK_OK(args(r, 1, argv));
    CHECK_STR(r->config.listen, "from env");
    assert_true(r->config.count == 9 && !r->config.quiet);
    assert_true(r->config.delay == 1500000000);
}

static void help_shows_every_option_in_columns(void **state)
{
    Run *r = *state;
    Str help = {0};

    CHECK_OK(options_help(table, &r->arena, &help));
    assert_true(str_starts(
        help, STR("  --listen HOST:PORT    where to listen [127.0.0.1:4318] (VIREO_LISTEN)\n"
                  "  --count N             how many [3] (VIREO_COUNT)\n"
                  "  --quiet               say less (VIREO_QUIET)\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(defaults_fill_every_field, start, stop),
        cmocka_unit_test_setup_teardown(flags_take_values_in_both_forms, start, stop),
        cmocka_unit_test_setup_teardown(a_bool_can_be_given_a_value, start, stop),
        cmocka_unit_test_setup_teardown(wrong_flags_are_named_with_the_nearest, start, stop),
        cmocka_unit_test_setup_teardown(a_file_has_comments_and_quotes, start, stop),
        cmocka_unit_test_setup_teardown(wrong_lines_are_named_by_number, start, stop),
        cmocka_unit_test_setup_teardown(the_environment_is_read_by_upper_case_names, start, stop),
        cmocka_unit_test_setup_teardown(flags_win_over_environment_over_file_over_default, start,
                                        stop),
        cmocka_unit_test_setup_teardown(help_shows_every_option_in_columns, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
