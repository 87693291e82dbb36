/* SPDX-License-Identifier: Apache-2.0 */
/* vireo evaluation list | show ID | compare ID ID ... */
#include "cli/columns.h"

typedef struct EvaluationOptions {
    RemoteOptions remote;
    Str model, workflow, suite, dataset, status;
    Str scope, configuration, metrics, stratify, correction;
    int64_t limit;
} EvaluationOptions;

#define AT(field) offsetof(EvaluationOptions, field)

static const Option list_options[] = {
    {"model", "MODEL", OPTION_STR, AT(model), NULL, "a name, or name:vN"},
    {"workflow", "NAME", OPTION_STR, AT(workflow), NULL, "only of this workflow"},
    {"suite", "NAME", OPTION_STR, AT(suite), NULL, "only on this suite"},
    {"dataset", "NAME", OPTION_STR, AT(dataset), NULL, "only on this dataset"},
    {"status", "STATUS", OPTION_STR, AT(status), NULL, "running, complete or failed"},
    {"limit", "N", OPTION_INT, AT(limit), "100", "at most so many, newest first"},
    REMOTE_OPTIONS(EvaluationOptions),
};
static const Option show_options[] = {
    {"configuration", "NAME", OPTION_STR, AT(configuration), NULL, "of the evaluator"},
    REMOTE_OPTIONS(EvaluationOptions),
};
static const Option compare_options[] = {
    {"case", "NAME", OPTION_STR, AT(scope), "all",
     "a case; all: every sample once; each: every one"},
    {"metrics", "NAMES", OPTION_STR, AT(metrics), NULL, "only these, separated by commas"},
    {"stratify", "FIELD", OPTION_STR, AT(stratify), NULL,
     "metadata.city, metadata.age:quantiles=4, ..."},
    {"correction", "NAME", OPTION_STR, AT(correction), "holm", "for many tests: holm, bh or none"},
    {"configuration", "NAME", OPTION_STR, AT(configuration), NULL, "of the evaluator"},
    REMOTE_OPTIONS(EvaluationOptions),
};
static const OptionTable list_table = {list_options, sizeof list_options / sizeof list_options[0]};
static const OptionTable show_table = {show_options, sizeof show_options / sizeof show_options[0]};
static const OptionTable compare_table = {compare_options,
                                          sizeof compare_options / sizeof compare_options[0]};

static int list_verb(Cli *cli, int argc, const char *const *argv);
static int show_verb(Cli *cli, int argc, const char *const *argv);
static int compare_verb(Cli *cli, int argc, const char *const *argv);

static const Verb subs[] = {
    {"list", "[--model MODEL] [--suite NAME] ...", "evaluations, newest first", list_verb},
    {"show", "ID", "metrics of an evaluation by case", show_verb},
    {"compare", "BASELINE ID ...", "evaluations on the same samples, with paired tests",
     compare_verb},
};

/* ------------------------------------------------------------ list */

/* Two columns show members of the target. */
static void show_targets(const Grid *grid, size_t name, size_t version)
{
    for (size_t i = 0; i < grid->rows; i++) {
        const Json *target = *grid_cell(grid, i, name);

        *grid_cell(grid, i, name) = json_get(target, STR("name"));
        *grid_cell(grid, i, version) = json_get(target, STR("version"));
    }
}

static int show_list(Cli *cli, const RemoteOptions *o, const RemoteCall *call)
{
    static const Column columns[] = {
        {"ID", "id"},
        {"MODEL", "model"},
        {"TESTED ON", "target"},
        {"VERSION", "target"},
        {"STATUS", "status"},
        {"PROGRESS", "progress"},
        {"EVALUATOR", "evaluator"},
        {"CREATED", "created_at"},
    };
    const Json *list;
    Grid grid;

    if (!remote_json(cli, o, call, &list))
        return EXIT_FAILED;
    if (!list)
        return EXIT_DONE;
    if (!columns_grid(cli, list, columns, sizeof columns / sizeof columns[0], &grid))
        return EXIT_FAILED;
    show_targets(&grid, 2, 3);
    grid_show(cli, &grid);
    return EXIT_DONE;
}

static int list_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"evaluation list", subs[0].arguments, "Show evaluations, newest first.",
                       NULL};
    RemoteCall call = {.method = "GET"};
    char limit[32];
    EvaluationOptions o;
    VerbArgs args;
    int code;

    if (!cli_options(cli, &self, list_table, argc, argv, &o, &args, &code))
        return code;
    (void)snprintf(limit, sizeof limit, "%lld", (long long)o.limit);
    {
        const RemoteParameter parameters[] = {{"model", o.model},   {"workflow", o.workflow},
                                              {"suite", o.suite},   {"dataset", o.dataset},
                                              {"status", o.status}, {"limit", str_from(limit)}};

        if (!remote_query_path(cli, &o.remote, "/evaluations", parameters,
                               sizeof parameters / sizeof parameters[0], &call.path))
            return EXIT_FAILED;
    }
    return show_list(cli, &o.remote, &call);
}

/* ------------------------------------------------------------ show */

static void print_metrics(Cli *cli, const Json *item)
{
    const Json *metrics = json_get(item, STR("metrics"));

    cli_text(cli, json_shown(item, "case"));
    cli_print(cli, " (%.*s samples, %.*s with results)\n", STR_ARG(json_shown(item, "samples")),
              STR_ARG(json_shown(item, "rows")));
    for (size_t i = 0; metrics && i < metrics->as.object.len; i++) {
        const JsonMember *m = &metrics->as.object.members[i];

        cli_print(cli, "  ");
        cli_text(cli, m->key);
        cli_print(cli, "%*s", (int)(m->key.len < 30 ? 30 - m->key.len : 1), "");
        cli_text(cli, json_text(&m->value));
        cli_print(cli, "\n");
    }
}

static bool is_id(const char *text)
{
    int64_t id;

    return str_to_i64(str_from(text), &id) == ST_OK && id > 0;
}

static int show_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"evaluation show", "ID", "Show the metrics of an evaluation by case.", NULL};
    RemoteCall call = {.method = "GET"};
    const Json *answer;
    const Json *items;
    EvaluationOptions o;
    VerbArgs args;
    Str path;
    int code;

    if (!cli_options(cli, &self, show_table, argc, argv, &o, &args, &code))
        return code;
    if (args.count != 1 || !is_id(args.items[0])) {
        cli_error(cli, "evaluation show takes the id of an evaluation");
        return EXIT_USAGE;
    }
    {
        const RemoteParameter parameters[] = {{"configuration", o.configuration}};

        if (arena_printf(&cli->arena, &path, "/evaluations/%s/cases", args.items[0]) != ST_OK ||
            !remote_query_path(cli, &o.remote, path.ptr, parameters, 1, &call.path) ||
            !remote_json(cli, &o.remote, &call, &answer))
            return EXIT_FAILED;
    }
    items = json_get(answer, STR("items"));
    for (size_t i = 0; items && i < items->as.array.len; i++)
        print_metrics(cli, &items->as.array.items[i]);
    if (items && items->as.array.len > 1)
        print_metrics(cli, json_get(answer, STR("whole")));
    return EXIT_DONE;
}

/* ------------------------------------------------------------ compare */

static bool join_ids(Cli *cli, const VerbArgs *args, Str *out)
{
    Buf ids;
    Status st = ST_OK;
    bool fine = args->count >= 2 && args->count <= 10;

    buf_init(&ids, 1024);
    for (int i = 0; i < args->count && fine && !st; i++) {
        fine = is_id(args->items[i]);
        st = buf_printf(&ids, "%s%s", i ? "," : "", args->items[i]);
    }
    if (fine && !st)
        st = arena_copy(&cli->arena, buf_str(&ids), out);
    buf_deinit(&ids);
    if (!fine || st)
        cli_error(cli, "evaluation compare takes 2 to 10 ids, the baseline first");
    return fine && !st;
}

static void print_value(Cli *cli, const Json *line, const Json *value)
{
    static const char *const keys[] = {"evaluation", "value", "n",    "delta",       "low",
                                       "high",       "p",     "test", "corrected_p", "verdict"};

    cli_text(cli, json_shown(line, "case"));
    cli_print(cli, "\t");
    cli_text(cli, json_shown(line, "stratum"));
    cli_print(cli, "\t");
    cli_text(cli, json_shown(line, "metric"));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        cli_print(cli, "\t");
        cli_text(cli, json_shown(value, keys[i]));
    }
    cli_print(cli, "\n");
}

static void print_lines(Cli *cli, const Json *answer)
{
    const Json *items = json_get(answer, STR("items"));

    cli_print(cli, "case\tstratum\tmetric\tevaluation\tvalue\tn\tdelta\tlow\thigh\tp\ttest"
                   "\tcorrected_p\tverdict\n");
    for (size_t i = 0; items && i < items->as.array.len; i++) {
        const Json *line = &items->as.array.items[i];
        const Json *values = json_get(line, STR("values"));

        for (size_t k = 0; values && k < values->as.array.len; k++)
            print_value(cli, line, &values->as.array.items[k]);
    }
}

static int compare_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"evaluation compare", "BASELINE ID ...",
                       "Compare evaluations on the same samples. Columns are separated by tabs.",
                       NULL};
    RemoteCall call = {.method = "GET"};
    const Json *answer;
    EvaluationOptions o;
    VerbArgs args;
    Str ids;
    int code;

    if (!cli_options(cli, &self, compare_table, argc, argv, &o, &args, &code))
        return code;
    if (!join_ids(cli, &args, &ids))
        return EXIT_USAGE;
    {
        const RemoteParameter parameters[] = {
            {"evaluations", ids},
            {"case", str_eq(o.scope, STR("each")) ? (Str){0} : o.scope},
            {"metrics", o.metrics},
            {"stratify", o.stratify},
            {"correction", o.correction},
            {"configuration", o.configuration},
        };

        if (!remote_query_path(cli, &o.remote, "/comparisons", parameters,
                               sizeof parameters / sizeof parameters[0], &call.path) ||
            !remote_json(cli, &o.remote, &call, &answer))
            return EXIT_FAILED;
    }
    if (answer)
        print_lines(cli, answer);
    return EXIT_DONE;
}

int verb_evaluation(Cli *cli, int argc, const char *const *argv)
{
    return cli_subverb(cli, "evaluation", subs, sizeof subs / sizeof subs[0], argc, argv);
}
