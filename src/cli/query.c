/* SPDX-License-Identifier: Apache-2.0 */
/* vireo query [QUERY]: traces, spans, or an aggregate, as a table, JSON or CSV.
 *
 * An aggregate has a row for each group, and with --step one for each group and bucket.
 * For people there are also rows of what the other groups come to, and of everything;
 * in CSV there are not, so that no row needs to be told apart from a group's. */
#include "cli/columns.h"

typedef struct QueryOptions {
    RemoteOptions remote;
    bool spans;
    Str aggregate;
    Str by;
    Str of;
    Str step;
    int64_t buckets;
    int64_t top;
    Str order;
    Str sort;
    Str from;
    Str to;
    int64_t limit;
    Str format;
    bool spreadsheet;
} QueryOptions;

#define FIELD(name) offsetof(QueryOptions, name)

static const Option options[] = {
    REMOTE_OPTIONS(QueryOptions),
    {"spans", NULL, OPTION_BOOL, FIELD(spans), NULL, "list spans instead of traces"},
    {"aggregate", "MEASURES", OPTION_STR, FIELD(aggregate), NULL,
     "count, rate, errors, error_rate, sum(F), mean(F), min(F), max(F), p95(F), distinct(F), ..."},
    {"by", "FIELDS", OPTION_STR, FIELD(by), NULL, "a row for each value of up to three fields"},
    {"of", "spans|traces", OPTION_STR, FIELD(of), NULL, "what is aggregated [spans]"},
    {"step", "TIME", OPTION_STR, FIELD(step), NULL, "a row for each bucket of time: 1m, 1h, 1d"},
    {"buckets", "N", OPTION_INT, FIELD(buckets), NULL, "as --step, about so many buckets"},
    {"top", "N", OPTION_INT, FIELD(top), "10", "most groups"},
    {"order", "MEASURE", OPTION_STR, FIELD(order), NULL, "groups with most of it [the first]"},
    {"sort", "KEY", OPTION_STR, FIELD(sort), NULL,
     "of a list: start, latency, spans, tokens, tag.KEY; -latency: greatest first [-start]"},
    {"from", "TIME", OPTION_STR, FIELD(from), NULL, "what starts then or later"},
    {"to", "TIME", OPTION_STR, FIELD(to), NULL, "what starts before"},
    {"limit", "N", OPTION_INT, FIELD(limit), "20", "most rows of a list, up to 1000"},
    {"format", "FORMAT", OPTION_STR, FIELD(format), "table", "table, json or csv"},
    {"spreadsheet", NULL, OPTION_BOOL, FIELD(spreadsheet), NULL,
     "csv: put ' before texts that a spreadsheet would take for a formula"},
};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

static const Column trace_columns[] = {
    {"start_time", "start_time"},
    {"trace_id", "trace_id"},
    {"name", "name"},
    {"model", "model"},
    {"status", "status"},
    {"duration_ns", "duration_ns"},
    {"span_count", "span_count"},
    {"service", "service"},
    {"session", "session"},
    {"user", "user"},
    {"input", "input_preview"},
    {"output", "output_preview"},
};

static const Column span_columns[] = {
    {"start_time", "start_time"},
    {"trace_id", "trace_id"},
    {"span_id", "span_id"},
    {"name", "name"},
    {"type", "type"},
    {"model", "model"},
    {"status", "status"},
    {"duration_ns", "duration_ns"},
    {"service", "service"},
    {"session", "session"},
    {"user", "user"},
    {"input", "input_preview"},
    {"output", "output_preview"},
};

enum { QUERY_URL_MAX = 32 * 1024 };

/* ---------------------------------------------------------------- address */

static Status add_number(Buf *url, const char *name, int64_t value)
{
    return value ? buf_printf(url, "&%s=%lld", name, (long long)value) : ST_OK;
}

static Status add_params(const QueryOptions *o, Buf *url)
{
    const struct {
        const char *name;
        Str value;
    } texts[] = {
        {"measure", o->aggregate}, {"by", o->by},     {"of", o->of},     {"step", o->step},
        {"order", o->order},       {"sort", o->sort}, {"from", o->from}, {"to", o->to},
    };
    Status st = ST_OK;

    for (size_t i = 0; !st && i < sizeof texts / sizeof texts[0]; i++)
        st = url_param(url, texts[i].name, texts[i].value);
    if (!st && o->aggregate.len)
        st = add_number(url, "top", o->top);
    if (!st && o->aggregate.len)
        st = add_number(url, "buckets", o->buckets);
    if (!st && !o->aggregate.len)
        st = add_number(url, "limit", o->limit);
    return st;
}

static bool make_path(Cli *cli, const QueryOptions *o, Str query, Str *out)
{
    const char *list = o->spans ? "/spans?query=" : "/traces?query=";
    Buf params;
    Str after;
    bool ok;

    buf_init(&params, QUERY_URL_MAX);
    ok = add_params(o, &params) == ST_OK && buf_append_char(&params, '\0') == ST_OK &&
         arena_copy(&cli->arena, buf_str(&params), &after) == ST_OK;
    buf_deinit(&params);
    if (!ok)
        cli_error(cli, "the options are too long");
    return ok &&
           remote_project_path(cli, &o->remote, out, o->aggregate.len ? "/aggregate?query=" : list,
                               query, after.ptr);
}

/* ------------------------------------------------------------- aggregates */

static const Json *element(const Json *array, size_t i)
{
    return array && array->kind == JSON_KIND_ARRAY && i < array->as.array.len
               ? &array->as.array.items[i]
               : NULL;
}

static size_t length(const Json *array)
{
    return array && array->kind == JSON_KIND_ARRAY ? array->as.array.len : 0;
}

/* What an answer consists of. */
typedef struct Answer {
    const Json *by, *measures, *times, *groups, *total, *other;
    size_t keys;
    bool timed;
} Answer;

static Answer read_answer(const Json *root)
{
    Answer a = {
        .by = json_get(root, STR("by")),
        .measures = json_get(root, STR("measures")),
        .times = json_get(root, STR("times")),
        .groups = json_get(root, STR("groups")),
        .total = json_get(root, STR("total")),
        .other = json_get(root, STR("other")),
    };

    a.keys = length(a.by);
    a.timed = a.times && a.times->kind == JSON_KIND_ARRAY;
    return a;
}

/* The rows of one group from `row` on; the row behind them. */
static size_t fill_rows(const Grid *g, size_t row, const Answer *a, const Json *group,
                        const Json *label)
{
    const Json *key = json_get(group, STR("key"));
    const Json *values = json_get(group, STR("values"));
    const Json *series = json_get(group, STR("series"));
    const size_t steps = a->timed ? length(a->times) : 1;

    for (size_t t = 0; t < steps && row < g->rows; t++, row++) {
        size_t c = 0;

        for (; c < a->keys; c++)
            *grid_cell(g, row, c) = label ? (c ? NULL : label) : element(key, c);
        if (a->timed)
            *grid_cell(g, row, c++) = element(a->times, t);
        for (size_t m = 0; c < g->columns; m++, c++)
            *grid_cell(g, row, c) = a->timed ? element(element(series, m), t) : element(values, m);
    }
    return row;
}

static void head(Grid *g, const Answer *a)
{
    g->columns = 0;
    for (size_t i = 0; i < a->keys && g->columns < GRID_COLUMNS_MAX; i++)
        g->headings[g->columns++] = json_text(element(a->by, i));
    if (a->timed)
        g->headings[g->columns++] = STR("time");
    for (size_t i = 0; i < length(a->measures) && g->columns < GRID_COLUMNS_MAX; i++)
        g->headings[g->columns++] = json_text(element(a->measures, i));
}

static const Json *text_node(Cli *cli, const char *text)
{
    Json *node = arena_calloc(&cli->arena, 1, sizeof *node);

    if (node) {
        node->kind = JSON_KIND_STR;
        node->as.s = str_from(text);
    }
    return node;
}

static bool aggregate_grid(Cli *cli, const Json *root, bool people, Grid *g)
{
    const Answer a = read_answer(root);
    const bool others = people && a.keys && a.other && a.other->kind == JSON_KIND_OBJECT;
    const bool total = people && a.keys && !a.timed;
    const size_t groups = a.keys ? length(a.groups) : 1;
    const size_t rows = groups + (size_t)others + (size_t)total;
    size_t row = 0;

    head(g, &a);
    if (!grid_alloc(cli, g, a.timed ? rows * length(a.times) : rows))
        return false;
    if (!a.keys)
        row = fill_rows(g, row, &a, length(a.groups) ? element(a.groups, 0) : a.total, NULL);
    for (size_t i = 0; a.keys && i < groups; i++)
        row = fill_rows(g, row, &a, element(a.groups, i), NULL);
    if (others)
        row = fill_rows(g, row, &a, a.other, text_node(cli, "(other)"));
    if (total)
        (void)fill_rows(g, row, &a, a.total, text_node(cli, "(all)"));
    return true;
}

/* What a program that reads the CSV should know, where it does not disturb it. */
static void tell_other(Cli *cli, const Json *root)
{
    const Json *other = json_get(root, STR("other"));

    if (other && other->kind == JSON_KIND_OBJECT)
        (void)fprintf(cli->err, "vireo: %.*s more groups are left out; see --top\n",
                      STR_ARG(json_shown(other, "groups")));
}

/* ------------------------------------------------------------------- verb */

static bool list_grid(Cli *cli, const QueryOptions *o, const Json *root, bool people, Grid *g)
{
    static const Column brief[] = {
        {"START", "start_time"},    {"TRACE", "trace_id"},        {"NAME", "name"},
        {"MODEL", "model"},         {"STATUS", "status"},         {"NS", "duration_ns"},
        {"INPUT", "input_preview"}, {"OUTPUT", "output_preview"},
    };

    if (people)
        return columns_grid(cli, root, brief, sizeof brief / sizeof brief[0], g);
    if (o->spans)
        return columns_grid(cli, root, span_columns, sizeof span_columns / sizeof span_columns[0],
                            g);
    return columns_grid(cli, root, trace_columns, sizeof trace_columns / sizeof trace_columns[0],
                        g);
}

static bool consistent(Cli *cli, QueryOptions *o, const VerbArgs *args)
{
    const bool for_aggregates = o->by.len || o->of.len || o->step.len || o->buckets || o->order.len;

    if (args->count > 1)
        cli_error(cli, "query takes one query: put it in quotes");
    else if (for_aggregates && !o->aggregate.len)
        cli_error(cli, "by, of, step, buckets and order are for --aggregate");
    else if (o->aggregate.len && (o->spans || o->sort.len))
        cli_error(cli, "spans and sort are for lists, not for --aggregate");
    else if (!str_eq(o->format, STR("table")) && !str_eq(o->format, STR("csv")) &&
             !str_eq(o->format, STR("json")))
        cli_error(cli, "format: must be table, json or csv");
    else if (o->limit < 1 || o->limit > 1000)
        cli_error(cli, "limit: must be 1 to 1000");
    else {
        o->remote.json |= str_eq(o->format, STR("json"));
        return true;
    }
    return false;
}

int verb_query(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"query", "[QUERY]",
                       "Ask for the traces that match, for spans, or for an aggregate.", NULL};
    RemoteCall call = {.method = "GET"};
    QueryOptions o;
    VerbArgs args;
    const Json *root;
    Grid grid;
    bool people;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (!consistent(cli, &o, &args))
        return EXIT_USAGE;
    if (!make_path(cli, &o, str_from(args.count ? args.items[0] : ""), &call.path) ||
        !remote_json(cli, &o.remote, &call, &root))
        return EXIT_FAILED;
    if (!root)
        return EXIT_DONE;
    people = str_eq(o.format, STR("table"));
    if (!(o.aggregate.len ? aggregate_grid(cli, root, people, &grid)
                          : list_grid(cli, &o, root, people, &grid)))
        return EXIT_FAILED;
    if (people) {
        grid_show(cli, &grid);
        return EXIT_DONE;
    }
    if (!grid_csv(cli, &grid, o.spreadsheet))
        return EXIT_FAILED;
    if (o.aggregate.len)
        tell_other(cli, root);
    return EXIT_DONE;
}
