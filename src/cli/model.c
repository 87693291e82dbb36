/* SPDX-License-Identifier: Apache-2.0 */
/* vireo model list | show NAME[:vN] | rename OLD NEW */
#include "cli/tagged.h"

typedef struct ModelOptions {
    RemoteOptions remote;
} ModelOptions;

static const Option options[] = {REMOTE_OPTIONS(ModelOptions)};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

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

static const char *const version_keys[] = {"tag",         "fingerprint", "created_at",
                                           "runs",        "errors",      "signature",
                                           "output_type", "language",    "language_version"};

static const TaggedKind kind = {
    .noun = "model",
    .example = "digits:v2",
    .columns = model_columns,
    .column_count = sizeof model_columns / sizeof model_columns[0],
    .version_columns = version_columns,
    .version_column_count = sizeof version_columns / sizeof version_columns[0],
    .keys = version_keys,
    .key_count = sizeof version_keys / sizeof version_keys[0],
};

static int model_list_verb(Cli *cli, int argc, const char *const *argv)
{
    return tagged_list(cli, &kind, argc, argv);
}

static int model_show_verb(Cli *cli, int argc, const char *const *argv)
{
    return tagged_show(cli, &kind, argc, argv);
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

static const Verb subs[] = {
    {"list", "", "models of a project", model_list_verb},
    {"show", "NAME[:vN]", "versions of a model, or one version with its source", model_show_verb},
    {"rename", "OLD NEW", "give a model another name; its tags stay valid", model_rename_verb},
};

int verb_model(Cli *cli, int argc, const char *const *argv)
{
    return cli_subverb(cli, "model", subs, sizeof subs / sizeof subs[0], argc, argv);
}
