/* SPDX-License-Identifier: Apache-2.0 */
/* vireo dataset list | show NAME | scores NAME | diff NAME FROM TO | import NAME FILE |
 * export NAME FILE */
#include "cli/dataset.h"

enum { URL_MAX = 32 * 1024 };

typedef struct DatasetOptions {
    RemoteOptions remote;
    Str version;
    Str split;
    Str search;
    Str sample;
    Str kind;
    Str judge;
    Str model;
    Str by;
    int64_t limit;
} DatasetOptions;

static const Option list_options[] = {REMOTE_OPTIONS(DatasetOptions)};
static const OptionTable list_table = {list_options, sizeof list_options / sizeof list_options[0]};

static const Option show_options[] = {
    REMOTE_OPTIONS(DatasetOptions),
    {"version", "N", OPTION_STR, offsetof(DatasetOptions, version), NULL, "an older version"},
    {"split", "NAME", OPTION_STR, offsetof(DatasetOptions, split), NULL, "only samples of it"},
    {"search", "TEXT", OPTION_STR, offsetof(DatasetOptions, search), NULL,
     "only samples with this text"},
    {"limit", "N", OPTION_INT, offsetof(DatasetOptions, limit), "20", "most samples, up to 5000"},
};
static const OptionTable show_table = {show_options, sizeof show_options / sizeof show_options[0]};

static const Option scores_options[] = {
    REMOTE_OPTIONS(DatasetOptions),
    {"sample", "ID", OPTION_STR, offsetof(DatasetOptions, sample), NULL, "only of one sample"},
    {"kind", "KIND", OPTION_STR, offsetof(DatasetOptions, kind), NULL, "feedback or expectation"},
    {"judge", "JUDGE", OPTION_STR, offsetof(DatasetOptions, judge), NULL, "only what it said"},
    {"model", "NAME:vN", OPTION_STR, offsetof(DatasetOptions, model), NULL, "only of its answers"},
    {"by", "NAME", OPTION_STR, offsetof(DatasetOptions, by), NULL, "only what they said"},
    {"limit", "N", OPTION_INT, offsetof(DatasetOptions, limit), "1000", "most scores, up to 5000"},
};
static const OptionTable scores_table = {scores_options,
                                         sizeof scores_options / sizeof scores_options[0]};

static const Column dataset_columns[] = {
    {"NAME", "name"}, {"VERSION", "tag"},        {"SAMPLES", "samples"},
    {"TAGS", "tags"}, {"CREATED", "created_at"}, {"DESCRIPTION", "description"},
};
static const Column sample_columns[] = {
    {"ID", "id"},
    {"SPLIT", "split"},
    {"INPUT", "input"},
    {"EXPECTED", "expected"},
    {"METADATA", "metadata"},
};
static const Column score_columns[] = {
    {"ID", "id"},       {"SAMPLE", "sample"}, {"MODEL", "model"},       {"NAME", "name"},
    {"VALUE", "value"}, {"PASSED", "passed"}, {"EXPECTED", "expected"}, {"BY", "by"},
    {"JUDGE", "judge"}, {"REASON", "reason"},
};
static const Column diff_columns[] = {{"CHANGE", "change"}, {"ID", "id"}};

static int list_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"dataset list", "", "Show the datasets of a project.", NULL};
    RemoteCall call = {.method = "GET"};
    DatasetOptions o;
    VerbArgs args;
    int code;

    if (!cli_options(cli, &self, list_table, argc, argv, &o, &args, &code))
        return code;
    if (!remote_project_path(cli, &o.remote, &call.path, "/datasets?limit=1000", (Str){0}, ""))
        return EXIT_FAILED;
    return columns_show(cli, &o.remote, &call, dataset_columns,
                        sizeof dataset_columns / sizeof dataset_columns[0]);
}

/* ------------------------------------------------------------ show */

static Status samples_query(const DatasetOptions *o, Buf *out)
{
    Status st = buf_printf(out, "/samples?limit=%lld", (long long)o->limit);

    if (!st)
        st = url_param(out, "version", o->version);
    if (!st)
        st = url_param(out, "split", o->split);
    if (!st)
        st = url_param(out, "q", o->search);
    return st ? st : buf_append_char(out, '\0');
}

static int show_samples(Cli *cli, const DatasetOptions *o, Str name)
{
    RemoteCall call = {.method = "GET"};
    Buf query;
    int code = EXIT_FAILED;

    buf_init(&query, URL_MAX);
    if (samples_query(o, &query) != ST_OK)
        cli_error(cli, "the options are too long");
    else if (remote_project_path(cli, &o->remote, &call.path, "/datasets/", name, query.data))
        code = columns_show(cli, &o->remote, &call, sample_columns,
                            sizeof sample_columns / sizeof sample_columns[0]);
    buf_deinit(&query);
    return code;
}

static void print_dataset(Cli *cli, const Json *dataset)
{
    static const char *const keys[] = {"tag",  "samples",   "description", "metadata",
                                       "tags", "id_fields", "created_at",  "splits"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        cli_print(cli, "%-12s ", keys[i]);
        cli_text(cli, json_shown(dataset, keys[i]));
        cli_print(cli, "\n");
    }
    cli_print(cli, "\n");
}

static int show_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"dataset show", "NAME", "Show a dataset and its first samples.", NULL};
    RemoteCall call = {.method = "GET"};
    DatasetOptions o;
    VerbArgs args;
    const Json *dataset = NULL;
    Str name;
    int code;

    if (!cli_options(cli, &self, show_table, argc, argv, &o, &args, &code))
        return code;
    if (args.count != 1) {
        cli_error(cli, "dataset show takes the name of a dataset");
        return EXIT_USAGE;
    }
    name = str_from(args.items[0]);
    if (o.remote.json)
        return show_samples(cli, &o, name);
    if (!remote_project_path(cli, &o.remote, &call.path, "/datasets/", name, "") ||
        !remote_json(cli, &o.remote, &call, &dataset))
        return EXIT_FAILED;
    print_dataset(cli, dataset);
    return show_samples(cli, &o, name);
}

/* ------------------------------------------------------------ scores */

static Status scores_query(const DatasetOptions *o, Buf *out)
{
    const struct {
        const char *name;
        Str value;
    } params[] = {{"sample", o->sample},
                  {"kind", o->kind},
                  {"judge", o->judge},
                  {"model", o->model},
                  {"by", o->by}};
    Status st = buf_printf(out, "/scores?limit=%lld", (long long)o->limit);

    for (size_t i = 0; i < sizeof params / sizeof params[0] && !st; i++)
        st = url_param(out, params[i].name, params[i].value);
    return st ? st : buf_append_char(out, '\0');
}

static int scores_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"dataset scores", "NAME",
                       "Show what people and judges said of a dataset's samples.", NULL};
    RemoteCall call = {.method = "GET"};
    DatasetOptions o;
    VerbArgs args;
    Buf query;
    int code;

    if (!cli_options(cli, &self, scores_table, argc, argv, &o, &args, &code))
        return code;
    if (args.count != 1) {
        cli_error(cli, "dataset scores takes the name of a dataset");
        return EXIT_USAGE;
    }
    code = EXIT_FAILED;
    buf_init(&query, URL_MAX);
    if (scores_query(&o, &query) != ST_OK)
        cli_error(cli, "the options are too long");
    else if (remote_project_path(cli, &o.remote, &call.path, "/datasets/", str_from(args.items[0]),
                                 query.data))
        code = columns_show(cli, &o.remote, &call, score_columns,
                            sizeof score_columns / sizeof score_columns[0]);
    buf_deinit(&query);
    return code;
}

/* ------------------------------------------------------------ diff */

static Status diff_query(const VerbArgs *args, Buf *out)
{
    Status st = buf_append(out, STR("/diff?limit=1000"));

    if (!st)
        st = url_param(out, "from", str_from(args->items[1]));
    if (!st && args->count == 3)
        st = url_param(out, "to", str_from(args->items[2]));
    return st ? st : buf_append_char(out, '\0');
}

static int show_diff(Cli *cli, const DatasetOptions *o, const RemoteCall *call)
{
    const Json *diff = NULL;
    const Json *items = NULL;

    if (!remote_json(cli, &o->remote, call, &diff))
        return EXIT_FAILED;
    if (!diff)
        return EXIT_DONE;
    (void)!json_field_array(diff, STR("items"), JSON_OPTIONAL, &items, NULL);
    cli_print(cli, "v%.*s to v%.*s: %.*s added, %.*s changed, %.*s removed\n",
              STR_ARG(json_shown(diff, "from")), STR_ARG(json_shown(diff, "to")),
              STR_ARG(json_shown(diff, "added")), STR_ARG(json_shown(diff, "changed")),
              STR_ARG(json_shown(diff, "removed")));
    if (items && items->as.array.len)
        columns_print(cli, diff, diff_columns, sizeof diff_columns / sizeof diff_columns[0]);
    return EXIT_DONE;
}

static int diff_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"dataset diff", "NAME FROM [TO]",
                       "Show what two versions differ in, the first thousand samples; "
                       "TO is the newest.",
                       NULL};
    RemoteCall call = {.method = "GET"};
    DatasetOptions o;
    VerbArgs args;
    Buf query;
    int code;

    if (!cli_options(cli, &self, list_table, argc, argv, &o, &args, &code))
        return code;
    if (args.count < 2 || args.count > 3) {
        cli_error(cli, "dataset diff takes a name and one or two versions");
        return EXIT_USAGE;
    }
    code = EXIT_FAILED;
    buf_init(&query, URL_MAX);
    if (diff_query(&args, &query) != ST_OK)
        cli_error(cli, "the arguments are too long");
    else if (remote_project_path(cli, &o.remote, &call.path, "/datasets/", str_from(args.items[0]),
                                 query.data))
        code = show_diff(cli, &o, &call);
    buf_deinit(&query);
    return code;
}

/* ------------------------------------------------------------ the verb */

static const Verb subs[] = {
    {"list", "", "datasets of a project", list_verb},
    {"show", "NAME", "a dataset and its first samples", show_verb},
    {"scores", "NAME", "what people and judges said of its samples", scores_verb},
    {"diff", "NAME FROM [TO]", "what two versions differ in", diff_verb},
    {"import", "NAME FILE", "samples from CSV, JSON lines, Parquet", dataset_import_verb},
    {"export", "NAME FILE", "samples to CSV, JSON lines, Parquet", dataset_export_verb},
};

int verb_dataset(Cli *cli, int argc, const char *const *argv)
{
    return cli_subverb(cli, "dataset", subs, sizeof subs / sizeof subs[0], argc, argv);
}
