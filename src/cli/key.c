/* SPDX-License-Identifier: Apache-2.0 */
/* vireo key list | create NAME | revoke ID
 *
 * Through the server, or with --data on its folder: the first admin key is made
 * that way, before the server may listen beyond this machine. */
#include "domain/key.h"
#include "cli/columns.h"
#include "domain/project.h"
#include "server/data_dir.h"

typedef struct KeyOptions {
    RemoteOptions remote;
    Str role;
    Str data;
    bool all;
} KeyOptions;

static const Option options[] = {
    REMOTE_OPTIONS(KeyOptions),
    {"role", "ROLE", OPTION_STR, offsetof(KeyOptions, role), "editor",
     "ingest, viewer, editor or admin"},
    {"all", NULL, OPTION_BOOL, offsetof(KeyOptions, all), NULL,
     "for every project; admin keys made with --data always are"},
    {"data", "DIR", OPTION_STR, offsetof(KeyOptions, data), NULL,
     "work on this folder instead of asking the server"},
};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

static int key_list_verb(Cli *cli, int argc, const char *const *argv);
static int key_create_verb(Cli *cli, int argc, const char *const *argv);
static int key_revoke_verb(Cli *cli, int argc, const char *const *argv);

static const Verb subs[] = {
    {"list", "", "keys of a project, or with --all those of every project", key_list_verb},
    {"create", "NAME --role ROLE", "make one; it is shown once", key_create_verb},
    {"revoke", "ID", "take it back", key_revoke_verb},
};

static const Column columns[] = {
    {"ID", "id"},         {"NAME", "name"},          {"ROLE", "role"},
    {"PREFIX", "prefix"}, {"CREATED", "created_at"}, {"LAST USED", "last_used_at"},
};

/* "/api/v1/keys" or that of the project. */
static bool keys_path(Cli *cli, const KeyOptions *o, Str id, Str *out)
{
    if (!o->all)
        return remote_project_path(cli, &o->remote, out, id.len ? "/keys/" : "/keys", id, "");
    return arena_printf(&cli->arena, out, "/api/v1/keys%s%.*s", id.len ? "/" : "", STR_ARG(id)) ==
           ST_OK;
}

/* -------------------------------------------------------- on the folder */

static int failed(Cli *cli, Status st, const FieldErr *e)
{
    cli_error(cli, "%s", e->err.msg[0] ? e->err.msg : status_text(st));
    return EXIT_FAILED;
}

static int create_in(Cli *cli, const KeyOptions *o, Domain *domain, Str name)
{
    FieldErr e = {0};
    NewKey key;
    int64_t project = 0;
    bool created;
    const bool every = o->all || str_eq(o->role, role_text(ROLE_ADMIN));
    Status st = every ? ST_OK : project_ensure(domain, o->remote.project, &project, &created, &e);

    if (!st)
        st = key_create(domain, project, name, o->role, &cli->arena, &key, &e);
    if (st)
        return failed(cli, st, &e);
    cli_print(cli, "%s\n", key.text);
    (void)fprintf(cli->err, "Keep it: only its hash is stored.\n");
    return EXIT_DONE;
}

static int create_on_folder(Cli *cli, const KeyOptions *o, Str name)
{
    const DataOptions how = {.make = true};
    DataDir data;
    Err err = {0};
    int code;

    if (data_open(o->data, &how, &cli->arena, &data, &err) != ST_OK) {
        cli_error(cli, "%s", err.msg);
        return EXIT_FAILED;
    }
    code = create_in(cli, o, data.domain, name);
    data_close(&data);
    return code;
}

/* ------------------------------------------------------ through the server */

static int create_remotely(Cli *cli, const KeyOptions *o, Str name)
{
    const RemoteField fields[] = {{"name", name}, {"role", o->role}};
    RemoteCall call = {.method = "POST"};
    const Json *key;

    if (!keys_path(cli, o, (Str){0}, &call.path) ||
        !remote_send(cli, &o->remote, call, fields, 2, &key))
        return EXIT_FAILED;
    if (key) {
        cli_print(cli, "%.*s\n", STR_ARG(json_shown(key, "key")));
        (void)fprintf(cli->err, "Keep it: it is shown this once.\n");
    }
    return EXIT_DONE;
}

static int key_create_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"key create", "NAME --role ROLE", "Make an API key; it is shown once.",
                       NULL};
    KeyOptions o;
    VerbArgs args;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (args.count != 1) {
        cli_error(cli, "key create takes one name, for you to recognise the key by");
        return EXIT_USAGE;
    }
    if (o.data.len)
        return create_on_folder(cli, &o, str_from(args.items[0]));
    return create_remotely(cli, &o, str_from(args.items[0]));
}

static int key_list_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"key list", "", "Show the keys of a project.", NULL};
    RemoteCall call = {.method = "GET"};
    KeyOptions o;
    VerbArgs args;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (!keys_path(cli, &o, (Str){0}, &call.path))
        return EXIT_FAILED;
    return columns_show(cli, &o.remote, &call, columns, sizeof columns / sizeof columns[0]);
}

static int key_revoke_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"key revoke", "ID", "Take a key back.", NULL};
    RemoteCall call = {.method = "DELETE"};
    KeyOptions o;
    VerbArgs args;
    RemoteAnswer answer;
    int64_t id;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (args.count != 1 || str_to_i64(str_from(args.items[0]), &id) != ST_OK) {
        cli_error(cli, "key revoke takes one id, as `vireo key list` shows it");
        return EXIT_USAGE;
    }
    if (!keys_path(cli, &o, str_from(args.items[0]), &call.path) ||
        !remote_ok(cli, &o.remote, &call, &answer))
        return EXIT_FAILED;
    return EXIT_DONE;
}

int verb_key(Cli *cli, int argc, const char *const *argv)
{
    return cli_subverb(cli, "key", subs, sizeof subs / sizeof subs[0], argc, argv);
}
