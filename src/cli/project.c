/* SPDX-License-Identifier: Apache-2.0 */
/* vireo project list | create NAME */
#include "cli/columns.h"
#include "cli/remote.h"
#include "codec/json_write.h"

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
    const Json *list;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (!remote_json(cli, &o.remote, &call, &list))
        return EXIT_FAILED;
    if (list)
        columns_print(cli, list, columns, sizeof columns / sizeof columns[0]);
    return EXIT_DONE;
}

static int create(Cli *cli, const ProjectOptions *o, Str name)
{
    RemoteCall call = {.method = "POST", .path = STR("/api/v1/projects")};
    const Json *project;
    Buf body;
    JsonWriter w;
    bool ok;

    buf_init(&body, 65536);
    w = jw_init(&body);
    jw_object(&w);
    jw_key_str(&w, STR("name"), name);
    jw_object_end(&w);
    call.body = buf_str(&body);
    ok = jw_done(&w) == ST_OK && remote_json(cli, &o->remote, &call, &project);
    if (ok && project) {
        cli_text(cli, json_shown(project, "name"));
        cli_print(cli, "\n");
    }
    buf_deinit(&body);
    return ok ? EXIT_DONE : EXIT_FAILED;
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
