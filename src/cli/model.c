/* SPDX-License-Identifier: Apache-2.0 */
/* vireo model list | show NAME[:vN] | rename OLD NEW */
#include "domain/model.h"
#include "cli/columns.h"

typedef struct ModelOptions {
    RemoteOptions remote;
} ModelOptions;

static const Option options[] = {REMOTE_OPTIONS(ModelOptions)};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

static int model_list_verb(Cli *cli, int argc, const char *const *argv);
static int model_show_verb(Cli *cli, int argc, const char *const *argv);
static int model_rename_verb(Cli *cli, int argc, const char *const *argv);

static const Verb subs[] = {
    {"list", "", "models of a project", model_list_verb},
    {"show", "NAME[:vN]", "versions of a model, or one version with its source", model_show_verb},
    {"rename", "OLD NEW", "give a model another name; its tags stay valid", model_rename_verb},
};

static const Column model_columns[] = {
    {"NAME", "name"}, {"LATEST", "latest"}, {"VERSIONS", "version_count"},
    {"RUNS", "runs"}, {"ERRORS", "errors"}, {"LAST SEEN", "last_seen"},
};

static const Column version_columns[] = {
    {"TAG", "tag"},
    {"RUNS", "runs"},
    {"ERRORS", "errors"},
    {"CREATED", "created_at"},
    {"SIGNATURE", "signature"},
};

static int model_list_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"model list", "", "Show the models of a project.", NULL};
    RemoteCall call = {.method = "GET"};
    ModelOptions o;
    VerbArgs args;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (!remote_project_path(cli, &o.remote, &call.path, "/models?limit=1000", (Str){0}, ""))
        return EXIT_FAILED;
    return columns_show(cli, &o.remote, &call, model_columns,
                        sizeof model_columns / sizeof model_columns[0]);
}

static int show_versions(Cli *cli, const ModelOptions *o, Str name)
{
    RemoteCall call = {.method = "GET"};

    if (!remote_project_path(cli, &o->remote, &call.path, "/models/", name, "/versions?limit=1000"))
        return EXIT_FAILED;
    return columns_show(cli, &o->remote, &call, version_columns,
                        sizeof version_columns / sizeof version_columns[0]);
}

static void print_version(Cli *cli, const Json *version)
{
    static const char *const keys[] = {"tag",         "fingerprint", "created_at",
                                       "runs",        "errors",      "signature",
                                       "output_type", "language",    "language_version"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        cli_print(cli, "%-17s ", keys[i]);
        cli_text(cli, json_shown(version, keys[i]));
        cli_print(cli, "\n");
    }
    cli_print(cli, "\n%.*s\n", STR_ARG(json_shown(version, "source")));
}

static int show_version(Cli *cli, const ModelOptions *o, Str name, int32_t number)
{
    RemoteCall call = {.method = "GET"};
    const Json *version;
    Str after;

    if (arena_printf(&cli->arena, &after, "/versions/%d%c", (int)number, 0) != ST_OK ||
        !remote_project_path(cli, &o->remote, &call.path, "/models/", name, after.ptr) ||
        !remote_json(cli, &o->remote, &call, &version))
        return EXIT_FAILED;
    if (version)
        print_version(cli, version);
    return EXIT_DONE;
}

static int model_show_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"model show", "NAME[:vN]",
                       "Show the versions of a model, or one version with its source.", NULL};
    ModelOptions o;
    VerbArgs args;
    Str name;
    int32_t number;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (args.count != 1) {
        cli_error(cli, "model show takes a name or a tag such as digits:v2");
        return EXIT_USAGE;
    }
    if (tag_split(str_from(args.items[0]), &name, &number) == ST_OK)
        return show_version(cli, &o, name, number);
    return show_versions(cli, &o, str_from(args.items[0]));
}

static int rename_model(Cli *cli, const ModelOptions *o, Str from, Str to)
{
    const RemoteField field = {"name", to};
    RemoteCall call = {.method = "PATCH"};
    const Json *model;

    if (!remote_project_path(cli, &o->remote, &call.path, "/models/", from, "") ||
        !remote_send(cli, &o->remote, call, &field, 1, &model))
        return EXIT_FAILED;
    return EXIT_DONE;
}

static int model_rename_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"model rename", "OLD NEW", "Give a model another name; its tags stay valid.",
                       NULL};
    ModelOptions o;
    VerbArgs args;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (args.count != 2) {
        cli_error(cli, "model rename takes the present and the new name");
        return EXIT_USAGE;
    }
    return rename_model(cli, &o, str_from(args.items[0]), str_from(args.items[1]));
}

int verb_model(Cli *cli, int argc, const char *const *argv)
{
    return cli_subverb(cli, "model", subs, sizeof subs / sizeof subs[0], argc, argv);
}
