/* SPDX-License-Identifier: Apache-2.0 */
/* vireo project list | create NAME */
#include "cli/columns.h"

typedef struct ProjectOptions {
    RemoteOptions remote;
} ProjectOptions;

static const Option options[] = {REMOTE_OPTIONS(ProjectOptions)};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

static int project_list(Cli *cli, int argc, const char *const *argv);
static int project_create(Cli *cli, int argc, const char *const *argv);

static const Verb subs[] = {
    {"list", "", "all projects", project_list},
    {"create", "NAME", "make one, fine if it exists", project_create},
};

static const Column columns[] = {{"NAME", "name"}, {"CREATED", "created_at"}};

static int project_list(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"project list", "", "Show all projects.", NULL};
    const RemoteCall call = {.method = "GET", .path = STR("/api/v1/projects?limit=1000")};
    ProjectOptions o;
    VerbArgs args;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    return columns_show(cli, &o.remote, &call, columns, sizeof columns / sizeof columns[0]);
}

static int create(Cli *cli, const ProjectOptions *o, Str name)
{
    const RemoteCall call = {.method = "POST", .path = STR("/api/v1/projects")};
    const RemoteField field = {"name", name};
    const Json *project;

    if (!remote_send(cli, &o->remote, call, &field, 1, &project))
        return EXIT_FAILED;
    if (project) {
        cli_text(cli, json_shown(project, "name"));
        cli_print(cli, "\n");
    }
    return EXIT_DONE;
}

static int project_create(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"project create", "NAME", "Make a project; fine if it exists.", NULL};
    ProjectOptions o;
    VerbArgs args;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (args.count != 1) {
        cli_error(cli, "project create takes one name");
        return EXIT_USAGE;
    }
    return create(cli, &o, str_from(args.items[0]));
}

int verb_project(Cli *cli, int argc, const char *const *argv)
{
    return cli_subverb(cli, "project", subs, sizeof subs / sizeof subs[0], argc, argv);
}
