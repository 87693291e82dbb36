/* SPDX-License-Identifier: Apache-2.0 */
/* vireo judge list | show NAME[:vN] */
#include "cli/columns.h"
#include "domain/model.h"

typedef struct JudgeOptions {
    RemoteOptions remote;
} JudgeOptions;

static const Option options[] = {REMOTE_OPTIONS(JudgeOptions)};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

static int judge_list_verb(Cli *cli, int argc, const char *const *argv);
static int judge_show_verb(Cli *cli, int argc, const char *const *argv);

static const Verb subs[] = {
    {"list", "", "judges of a project and what they said", judge_list_verb},
    {"show", "NAME[:vN]", "versions of a judge, or one version with its source", judge_show_verb},
};

static const Column judge_columns[] = {
    {"NAME", "name"},     {"KIND", "kind"},     {"LATEST", "latest"}, {"SCORES", "scores"},
    {"PASSED", "passed"}, {"FAILED", "failed"}, {"ERRORS", "errors"}, {"LAST", "last_scored"},
};

static const Column version_columns[] = {
    {"TAG", "tag"},
    {"KIND", "kind"},
    {"CREATED", "created_at"},
    {"DESCRIPTION", "description"},
};

static int judge_list_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"judge list", "", "Show the judges of a project.", NULL};
    RemoteCall call = {.method = "GET"};
    JudgeOptions o;
    VerbArgs args;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (!remote_project_path(cli, &o.remote, &call.path, "/judges?limit=1000", (Str){0}, ""))
        return EXIT_FAILED;
    return columns_show(cli, &o.remote, &call, judge_columns,
                        sizeof judge_columns / sizeof judge_columns[0]);
}

static int show_versions(Cli *cli, const JudgeOptions *o, Str name)
{
    RemoteCall call = {.method = "GET"};

    if (!remote_project_path(cli, &o->remote, &call.path, "/judges/", name, "/versions?limit=1000"))
        return EXIT_FAILED;
    return columns_show(cli, &o->remote, &call, version_columns,
                        sizeof version_columns / sizeof version_columns[0]);
}

static void print_version(Cli *cli, const Json *version)
{
    static const char *const keys[] = {"tag",        "kind",     "description", "created_at",
                                       "parameters", "language", "fingerprint"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        cli_print(cli, "%-12s ", keys[i]);
        cli_text(cli, json_shown(version, keys[i]));
        cli_print(cli, "\n");
    }
    cli_print(cli, "\n%.*s\n", STR_ARG(json_shown(version, "source")));
}

static int show_version(Cli *cli, const JudgeOptions *o, Str name, int32_t number)
{
    RemoteCall call = {.method = "GET"};
    const Json *version;
    Str after;

    if (arena_printf(&cli->arena, &after, "/versions/%d%c", (int)number, 0) != ST_OK ||
        !remote_project_path(cli, &o->remote, &call.path, "/judges/", name, after.ptr) ||
        !remote_json(cli, &o->remote, &call, &version))
        return EXIT_FAILED;
    if (version)
        print_version(cli, version);
    return EXIT_DONE;
}

static int judge_show_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"judge show", "NAME[:vN]",
                       "Show the versions of a judge, or one version with its source.", NULL};
    JudgeOptions o;
    VerbArgs args;
    Str name;
    int32_t number;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (args.count != 1) {
        cli_error(cli, "judge show takes a name or a tag such as helpful:v2");
        return EXIT_USAGE;
    }
    if (tag_split(str_from(args.items[0]), &name, &number) == ST_OK)
        return show_version(cli, &o, name, number);
    return show_versions(cli, &o, str_from(args.items[0]));
}

int verb_judge(Cli *cli, int argc, const char *const *argv)
{
    return cli_subverb(cli, "judge", subs, sizeof subs / sizeof subs[0], argc, argv);
}
