/* SPDX-License-Identifier: Apache-2.0 */
/* vireo delete trace ID | user NAME | project [NAME] --yes */
#include "cli/remote.h"

typedef struct DeleteOptions {
    RemoteOptions remote;
    bool yes;
} DeleteOptions;

static const Option options[] = {
    REMOTE_OPTIONS(DeleteOptions),
    {"yes", NULL, OPTION_BOOL, offsetof(DeleteOptions, yes), NULL, "do it: there is no way back"},
};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

static int delete_trace(Cli *cli, int argc, const char *const *argv);
static int delete_user(Cli *cli, int argc, const char *const *argv);
static int delete_project(Cli *cli, int argc, const char *const *argv);

static const Verb subs[] = {
    {"trace", "ID --yes", "one trace", delete_trace},
    {"user", "NAME --yes", "every trace of an end user", delete_user},
    {"project", "NAME --yes", "a project with all it has", delete_project},
};

static int send_delete(Cli *cli, const DeleteOptions *o, Str path)
{
    const RemoteCall call = {.method = "DELETE", .path = path};
    const Json *answer;

    if (!remote_json(cli, &o->remote, &call, &answer))
        return EXIT_FAILED;
    if (answer)
        cli_print(cli, "%.*s spans deleted\n", STR_ARG(json_shown(answer, "deleted_spans")));
    return EXIT_DONE;
}

/* One argument, and --yes.  False: the verb is over. */
static bool read_one(Cli *cli, const Verb *self, int argc, const char *const *argv,
                     DeleteOptions *o, Str *what, int *code)
{
    VerbArgs args;

    if (!cli_options(cli, self, table, argc, argv, o, &args, code))
        return false;
    *code = EXIT_USAGE;
    if (args.count != 1) {
        cli_error(cli, "%s takes one argument", self->name);
        return false;
    }
    *what = str_from(args.items[0]);
    if (!o->yes) {
        cli_error(cli, "this cannot be undone; add --yes to do it");
        return false;
    }
    return true;
}

static int delete_trace(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"delete trace", "ID --yes", "Delete one trace for good.", NULL};
    DeleteOptions o;
    Str id;
    Str path;
    int code;

    if (!read_one(cli, &self, argc, argv, &o, &id, &code))
        return code;
    if (!remote_project_path(cli, &o.remote, &path, "/traces/", id, ""))
        return EXIT_FAILED;
    return send_delete(cli, &o, path);
}

static int delete_user(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"delete user", "NAME --yes",
                       "Delete every trace in which a span has that user, for good.", NULL};
    DeleteOptions o;
    Str user;
    Str path;
    int code;

    if (!read_one(cli, &self, argc, argv, &o, &user, &code))
        return code;
    if (!remote_project_path(cli, &o.remote, &path, "/users/", user, ""))
        return EXIT_FAILED;
    return send_delete(cli, &o, path);
}

static int delete_project(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"delete project", "NAME --yes",
                       "Delete a project for good: spans, models, blobs, keys, settings.", NULL};
    DeleteOptions o;
    Str name;
    Str path;
    int code;

    if (!read_one(cli, &self, argc, argv, &o, &name, &code))
        return code;
    o.remote.project = name;
    if (!remote_project_path(cli, &o.remote, &path, "", (Str){0}, ""))
        return EXIT_FAILED;
    return send_delete(cli, &o, path);
}

int verb_delete(Cli *cli, int argc, const char *const *argv)
{
    return cli_subverb(cli, "delete", subs, sizeof subs / sizeof subs[0], argc, argv);
}
