/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the verb, its options, and help. */
#include "cli/cli.h"

#include "base/nearest.h"

#include <stdarg.h>
#include <stdlib.h>

enum { CLI_ARENA_MAX = 512 * 1024 * 1024 };

static int verb_help(Cli *cli, int argc, const char *const *argv);

static const Verb verbs[] = {
    {"serve", "[--data DIR] [--listen HOST:PORT] ...", "run the server", verb_serve},
    {"project", "list | create NAME", "projects", verb_project},
    {"key", "list | create NAME --role ROLE | revoke ID", "API keys", verb_key},
    {"model", "list | show NAME[:vN] | rename OLD NEW", "models and their versions", verb_model},
    {"dataset", "list | show NAME | diff NAME FROM [TO] | import NAME FILE | export NAME FILE",
     "datasets and their samples", verb_dataset},
    {"judge", "list | show NAME[:vN]", "judges, their versions and what they said", verb_judge},
    {"score", "TRACE_ID NAME VALUE", "give a score to a trace or a span", verb_score},
    {"trace", "list [QUERY] | show ID", "traces", verb_trace},
    {"query", "[QUERY] [--aggregate MEASURES] ...", "ask for traces, spans or aggregates",
     verb_query},
    {"evaluation", "list | show ID | compare BASELINE ID ...", "evaluations and their comparison",
     verb_evaluation},
    {"gate", "--suite NAME --model NEW --baseline OLD --require TEXT ...",
     "check a model against a baseline, for CI", verb_gate},
    {"import", "FILE|DIR ...", "send traces from files: OTLP, JSON lines, Parquet", verb_import},
    {"export", "FILE|DIR [QUERY]", "write traces to files: OTLP, JSON lines, Parquet, CSV",
     verb_export},
    {"delete", "trace ID | user NAME | project NAME", "delete for good", verb_delete},
    {"storage", "[--top N]", "what a project takes on disk, by column", verb_storage},
    {"retention", "[--max-age TIME] [--max-bytes SIZE]", "how long a project is kept",
     verb_retention},
    {"backup", "[--to] DIR [--data DIR]", "copy everything, also while the server runs",
     verb_backup},
    {"doctor", "[--data DIR]", "check catalogue, log, segments, blobs, results", verb_doctor},
    {"worker", "[--judge TAG --where QUERY --once] ...", "run judges over live and stored traces",
     verb_worker},
    {"version", "", "show the version", verb_version},
    {"help", "[VERB]", "show this, or the options of a verb", verb_help},
};

static const size_t verb_count = sizeof verbs / sizeof verbs[0];

PRINTF_LIKE(2, 0)
static void print(FILE *to, const char *fmt, va_list args)
{
    (void)vfprintf(to, fmt, args);
}

void cli_error(Cli *cli, const char *fmt, ...)
{
    va_list args;

    (void)fputs("vireo: ", cli->err);
    va_start(args, fmt);
    print(cli->err, fmt, args);
    va_end(args);
    (void)fputc('\n', cli->err);
}

void cli_print(Cli *cli, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    print(cli->out, fmt, args);
    va_end(args);
}

void cli_text(Cli *cli, Str s)
{
    for (size_t i = 0; i < s.len; i++) {
        const unsigned char c = (unsigned char)s.ptr[i];

        (void)fputc(c < ' ' || c == 0x7f ? ' ' : c, cli->out);
    }
}

/* ------------------------------------------------------------------ help */

static void print_verbs(FILE *to)
{
    (void)fputs("Usage: vireo VERB [ARGUMENTS] [--OPTIONS]\n\n", to);
    for (size_t i = 0; i < verb_count; i++)
        (void)fprintf(to, "  %-10s %s\n", verbs[i].name, verbs[i].help);
    (void)fputs("\n`vireo help VERB` shows the options of a verb.\n", to);
}

static const Verb *find_verb(const Verb *list, size_t count, Str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(name, str_from(list[i].name)))
            return &list[i];
    }
    return NULL;
}

static const char *verb_name(const void *list, size_t i)
{
    return ((const Verb *)list)[i].name;
}

static int unknown_verb(Cli *cli, const char *prefix, const char *name, const Verb *list,
                        size_t count)
{
    const char *near = nearest_word(str_from(name), verb_name, list, count);

    if (near)
        cli_error(cli, "there is no `%s%.60s`; did you mean `%s%s`?", prefix, name, prefix, near);
    else
        cli_error(cli, "there is no `%s%.60s`; `vireo help` lists the verbs", prefix, name);
    return EXIT_USAGE;
}

static bool asks_for_help(int argc, const char *const *argv)
{
    for (int i = 0; i < argc; i++) {
        const Str arg = str_from(argv[i]);

        if (str_eq(arg, STR("--")))
            return false;
        if (str_eq(arg, STR("--help")) || str_eq(arg, STR("-h")))
            return true;
    }
    return false;
}

static int verb_help(Cli *cli, int argc, const char *const *argv)
{
    static const char *const ask[] = {"--help"};
    const Verb *verb;

    if (argc < 1 || asks_for_help(argc, argv)) {
        print_verbs(cli->out);
        return EXIT_DONE;
    }
    verb = find_verb(verbs, verb_count, str_from(argv[0]));
    if (!verb)
        return unknown_verb(cli, "", argv[0], verbs, verb_count);
    if (verb->run == verb_help)
        return verb_help(cli, 0, NULL);
    return verb->run(cli, 1, ask);
}

/* --------------------------------------------------------------- options */

static void print_options(Cli *cli, const Verb *verb, OptionTable table)
{
    Str text;

    cli_print(cli, "Usage: vireo %s %s\n\n%s\n", verb->name, verb->arguments, verb->help);
    if (table.count && options_help(table, &cli->arena, &text) == ST_OK)
        cli_print(cli, "\n%.*s", STR_ARG(text));
}

static const char *lookup_environment(const char *name)
{
    return getenv(name);
}

bool cli_options(Cli *cli, const Verb *verb, OptionTable table, int argc, const char *const *argv,
                 void *target, VerbArgs *rest, int *exit_code)
{
    Err err = {0};
    Status st;

    if (asks_for_help(argc, argv)) {
        print_options(cli, verb, table);
        *exit_code = EXIT_DONE;
        return false;
    }
    st = options_defaults(table, &cli->arena, target, &err);
    if (!st)
        st = options_from_env(table, lookup_environment, &cli->arena, target, &err);
    if (!st)
        st = options_from_args(table, argc, argv, &cli->arena, target, rest->items, &rest->count,
                               &err);
    if (!st)
        return true;
    cli_error(cli, "%s", err.msg);
    *exit_code = EXIT_USAGE;
    return false;
}

int cli_subverb(Cli *cli, const char *verb, const Verb *subs, size_t count, int argc,
                const char *const *argv)
{
    char prefix[32];
    const Verb *sub = argc ? find_verb(subs, count, str_from(argv[0])) : NULL;

    if (sub)
        return sub->run(cli, argc - 1, argv + 1);
    (void)snprintf(prefix, sizeof prefix, "%s ", verb);
    if (argc && !asks_for_help(argc, argv))
        return unknown_verb(cli, prefix, argv[0], subs, count);
    for (size_t i = 0; i < count; i++)
        (void)fprintf(argc ? cli->out : cli->err, "  vireo %s %s   %s\n", subs[i].name,
                      subs[i].arguments, subs[i].help);
    return argc ? EXIT_DONE : EXIT_USAGE;
}

static int dispatch(Cli *cli, int argc, const char *const *argv)
{
    const Verb *verb;

    if (argc < 2) {
        print_verbs(cli->err);
        return EXIT_USAGE;
    }
    if (str_eq(str_from(argv[1]), STR("--help")) || str_eq(str_from(argv[1]), STR("-h")))
        return verb_help(cli, 0, NULL);
    if (str_eq(str_from(argv[1]), STR("--version")))
        return verb_version(cli, 0, NULL);
    verb = find_verb(verbs, verb_count, str_from(argv[1]));
    if (!verb)
        return unknown_verb(cli, "", argv[1], verbs, verb_count);
    return verb->run(cli, argc - 2, argv + 2);
}

int cli_run(int argc, const char *const *argv, const PageTable *page, FILE *out, FILE *err)
{
    Cli cli = {.out = out, .err = err, .page = page};
    int code;

    arena_init(&cli.arena, CLI_ARENA_MAX);
    if (argc > CLI_MAX_ARGS) {
        cli_error(&cli, "too many arguments");
        code = EXIT_USAGE;
    } else {
        code = dispatch(&cli, argc, argv);
    }
    arena_deinit(&cli.arena);
    return code;
}
