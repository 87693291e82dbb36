/* SPDX-License-Identifier: Apache-2.0 */
/* See tagged.h. */
#include "cli/tagged.h"

#include "domain/model.h"

#include <string.h>

typedef struct TaggedOptions {
    RemoteOptions remote;
} TaggedOptions;

static const Option options[] = {REMOTE_OPTIONS(TaggedOptions)};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

/* The three put together, for as long as the verb runs; empty without memory. */
static const char *with_noun(Cli *cli, const char *before, const char *noun, const char *after)
{
    Str out;

    return arena_printf(&cli->arena, &out, "%s%s%s%c", before, noun, after, 0) ? "" : out.ptr;
}

int tagged_list(Cli *cli, const TaggedKind *kind, int argc, const char *const *argv)
{
    const Verb self = {with_noun(cli, "", kind->noun, " list"), "",
                       with_noun(cli, "Show the ", kind->noun, "s of a project."), NULL};
    RemoteCall call = {.method = "GET"};
    TaggedOptions o;
    VerbArgs args;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (!remote_project_path(cli, &o.remote, &call.path,
                             with_noun(cli, "/", kind->noun, "s?limit=1000"), (Str){0}, ""))
        return EXIT_FAILED;
    return columns_show(cli, &o.remote, &call, kind->columns, kind->column_count);
}

static int show_versions(Cli *cli, const TaggedKind *kind, const TaggedOptions *o, Str name)
{
    RemoteCall call = {.method = "GET"};

    if (!remote_project_path(cli, &o->remote, &call.path, with_noun(cli, "/", kind->noun, "s/"),
                             name, "/versions?limit=1000"))
        return EXIT_FAILED;
    return columns_show(cli, &o->remote, &call, kind->version_columns, kind->version_column_count);
}

static void print_version(Cli *cli, const TaggedKind *kind, const Json *version)
{
    size_t width = 0;

    for (size_t i = 0; i < kind->key_count; i++)
        width = strlen(kind->keys[i]) > width ? strlen(kind->keys[i]) : width;
    for (size_t i = 0; i < kind->key_count; i++) {
        cli_print(cli, "%-*s  ", (int)width, kind->keys[i]);
        cli_text(cli, json_shown(version, kind->keys[i]));
        cli_print(cli, "\n");
    }
    cli_print(cli, "\n%.*s\n", STR_ARG(json_shown(version, "source")));
}

static int show_version(Cli *cli, const TaggedKind *kind, const TaggedOptions *o, Str name,
                        int32_t number)
{
    RemoteCall call = {.method = "GET"};
    const Json *version;
    Str after;

    if (arena_printf(&cli->arena, &after, "/versions/%d%c", (int)number, 0) != ST_OK ||
        !remote_project_path(cli, &o->remote, &call.path, with_noun(cli, "/", kind->noun, "s/"),
                             name, after.ptr) ||
        !remote_json(cli, &o->remote, &call, &version))
        return EXIT_FAILED;
    if (version)
        print_version(cli, kind, version);
    return EXIT_DONE;
}

int tagged_show(Cli *cli, const TaggedKind *kind, int argc, const char *const *argv)
{
    const Verb self = {
        with_noun(cli, "", kind->noun, " show"), "NAME[:vN]",
        with_noun(cli, "Show the versions of a ", kind->noun, ", or one version with its source."),
        NULL};
    TaggedOptions o;
    VerbArgs args;
    Str name;
    int32_t number;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (args.count != 1) {
        cli_error(cli, "%s show takes a name or a tag such as %s", kind->noun, kind->example);
        return EXIT_USAGE;
    }
    if (tag_split(str_from(args.items[0]), &name, &number) == ST_OK)
        return show_version(cli, kind, &o, name, number);
    return show_versions(cli, kind, &o, str_from(args.items[0]));
}
