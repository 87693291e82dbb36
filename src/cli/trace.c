/* SPDX-License-Identifier: Apache-2.0 */
/* vireo trace list [QUERY] | show ID */
#include "cli/columns.h"

typedef struct TraceOptions {
    RemoteOptions remote;
    int64_t limit;
} TraceOptions;

static const Option options[] = {
    REMOTE_OPTIONS(TraceOptions),
    {"limit", "N", OPTION_INT, offsetof(TraceOptions, limit), "20", "most traces, up to 1000"},
};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

static int trace_list_verb(Cli *cli, int argc, const char *const *argv);
static int trace_show_verb(Cli *cli, int argc, const char *const *argv);

static const Verb subs[] = {
    {"list", "[QUERY]", "newest traces, those that match", trace_list_verb},
    {"show", "ID", "the spans of a trace", trace_show_verb},
};

static const Column columns[] = {
    {"TIME", "start_time"},     {"TRACE", "trace_id"},        {"NAME", "name"},
    {"MODEL", "model"},         {"STATUS", "status"},         {"NS", "duration_ns"},
    {"INPUT", "input_preview"}, {"OUTPUT", "output_preview"},
};

static int trace_list_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"trace list", "[QUERY]", "Show the newest traces that match the query.",
                       NULL};
    RemoteCall call = {.method = "GET"};
    TraceOptions o;
    VerbArgs args;
    Str before;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (args.count > 1) {
        cli_error(cli, "trace list takes one query: put it in quotes");
        return EXIT_USAGE;
    }
    if (arena_printf(&cli->arena, &before, "/traces?limit=%lld&query=%c", (long long)o.limit, 0) !=
            ST_OK ||
        !remote_project_path(cli, &o.remote, &call.path, before.ptr,
                             str_from(args.count ? args.items[0] : ""), ""))
        return EXIT_FAILED;
    return columns_show(cli, &o.remote, &call, columns, sizeof columns / sizeof columns[0]);
}

static Str member(const Json *span, const char *object, const char *key)
{
    return json_shown(json_get(span, str_from(object)), key);
}

static void print_field(Cli *cli, const char *name, Str value)
{
    if (str_eq(value, STR("-")))
        return;
    cli_print(cli, "    %-9s ", name);
    cli_text(cli, value);
    cli_print(cli, "\n");
}

static void print_span(Cli *cli, const Json *span)
{
    cli_text(cli, json_shown(span, "name"));
    cli_print(cli, "  [%.*s]  %.*s ns  %.*s\n", STR_ARG(json_shown(span, "type")),
              STR_ARG(json_shown(span, "duration_ns")), STR_ARG(member(span, "status", "code")));
    print_field(cli, "span", json_shown(span, "span_id"));
    print_field(cli, "parent", json_shown(span, "parent_span_id"));
    print_field(cli, "start", json_shown(span, "start_time"));
    print_field(cli, "model", json_shown(span, "model"));
    print_field(cli, "input", json_shown(span, "input"));
    print_field(cli, "output", json_shown(span, "output"));
    print_field(cli, "error", member(span, "error", "message"));
    print_field(cli, "tags", json_shown(span, "tags"));
}

static void print_scores(Cli *cli, const Json *scores)
{
    for (size_t i = 0; scores && scores->kind == JSON_KIND_ARRAY && i < scores->as.array.len; i++) {
        const Json *score = &scores->as.array.items[i];

        cli_print(cli, "score ");
        cli_text(cli, json_shown(score, "name"));
        cli_print(cli, "\n");
        print_field(cli, "of", json_shown(score, "span_id"));
        print_field(cli, "value", json_shown(score, "value"));
        print_field(cli, "passed", json_shown(score, "passed"));
        print_field(cli, "judge", json_shown(score, "judge"));
        print_field(cli, "by", json_shown(score, "by"));
        print_field(cli, "reason", json_shown(score, "reason"));
        print_field(cli, "error", json_shown(score, "error"));
    }
}

static int trace_show_verb(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"trace show", "ID", "Show the spans of a trace.", NULL};
    RemoteCall call = {.method = "GET"};
    TraceOptions o;
    VerbArgs args;
    const Json *trace;
    const Json *spans;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (args.count != 1) {
        cli_error(cli, "trace show takes one trace id");
        return EXIT_USAGE;
    }
    if (!remote_project_path(cli, &o.remote, &call.path, "/traces/", str_from(args.items[0]), "") ||
        !remote_json(cli, &o.remote, &call, &trace))
        return EXIT_FAILED;
    spans = json_get(trace, STR("spans"));
    for (size_t i = 0; spans && spans->kind == JSON_KIND_ARRAY && i < spans->as.array.len; i++)
        print_span(cli, &spans->as.array.items[i]);
    print_scores(cli, json_get(trace, STR("scores")));
    return EXIT_DONE;
}

int verb_trace(Cli *cli, int argc, const char *const *argv)
{
    return cli_subverb(cli, "trace", subs, sizeof subs / sizeof subs[0], argc, argv);
}
