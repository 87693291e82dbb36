/* SPDX-License-Identifier: Apache-2.0 */
/* vireo gate: is the new model good enough?  For CI: the exit code is the answer.
 *
 *   newest complete evaluations of both models on the newest version of the suite (or dataset) that
 * both were tested on, by the same evaluator
 *     -> GET /comparisons, with directions as the requirements have them
 *     -> every requirement in every chosen case -> table, JUnit XML, exit code
 *
 * 0: all hold.  1: one does not.  2: called wrongly, no answer, or nothing to compare. */
#include "cli/junit.h"
#include "cli/remote.h"
#include "cli/requirement.h"
#include "codec/json_write.h"

#include <math.h>
#include <string.h>

enum { GATE_MAX_REQUIREMENTS = 200, GATE_MAX_CHECKS = 100000, QUERY_MAX = 32 * 1024 };

typedef struct GateOptions {
    RemoteOptions remote;
    Str suite, workflow, dataset, version;
    Str model, baseline;
    Str evaluator, configuration;
    Str scope;
    Str require;
    Str confidence, correction;
    Str junit;
    bool each_case;
    bool significant;
} GateOptions;

#define AT(field) offsetof(GateOptions, field)
static const Option options[] = {
    {"suite", "NAME", OPTION_STR, AT(suite), NULL, "the suite, with --workflow"},
    {"workflow", "NAME", OPTION_STR, AT(workflow), NULL, "its workflow"},
    {"dataset", "NAME", OPTION_STR, AT(dataset), NULL, "a dataset in the place of a suite"},
    {"version", "N", OPTION_STR, AT(version), NULL, "of it; else the newest both were tested on"},
    {"model", "MODEL", OPTION_STR, AT(model), NULL, "the new one: a name or name:vN"},
    {"baseline", "MODEL", OPTION_STR, AT(baseline), NULL, "what it is compared with"},
    {"evaluator", "NAME", OPTION_STR, AT(evaluator), NULL, "only evaluations by this one"},
    {"configuration", "NAME", OPTION_STR, AT(configuration), NULL, "of the evaluator"},
    {"require", "TEXT", OPTION_STR, AT(require), NULL,
     "such as 'recall >= baseline - 0.01'; may be given many times"},
    {"case", "NAME", OPTION_STR, AT(scope), "all", "where it must hold; all: every sample once"},
    {"each-case", NULL, OPTION_BOOL, AT(each_case), NULL, "it must hold in every case, and in all"},
    {"significant", NULL, OPTION_BOOL, AT(significant), NULL,
     "only significant regressions fail; without --require, of any metric"},
    {"confidence", "SHARE", OPTION_STR, AT(confidence), "0.95", "of the tests"},
    {"correction", "NAME", OPTION_STR, AT(correction), "holm", "for many tests: holm, bh or none"},
    {"junit", "FILE", OPTION_STR, AT(junit), NULL, "write the checks as JUnit XML"},
    REMOTE_OPTIONS(GateOptions),
};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

typedef struct Check {
    const Requirement *requirement; /* NULL: no significant regression */
    Str scope;
    Str metric;
    double value, baseline, limit, p;
    const char *verdict;
    bool passed;
    Str why; /* it failed */
} Check;

typedef struct Gate {
    Cli *cli;
    GateOptions o;
    Requirement *requirements;
    size_t count;
    int64_t ours, theirs; /* evaluations */
    Str target;           /* "night v3", for people */
    Check *checks;
    size_t checked;
} Gate;

/* ------------------------------------------------------------ requirements */

/* --require may come many times, which the table of options has not: they are taken out before. */
static bool collect(Gate *g, int *argc, const char **argv)
{
    int kept = 0;

    for (int i = 0; i < *argc; i++) {
        const Str arg = str_from(argv[i]);
        const Str flag = STR("--require");
        Str text = {0};
        Err err = {0};

        if (str_starts(arg, STR("--require=")))
            text = str_slice(arg, flag.len + 1, arg.len);
        else if (str_eq(arg, flag) && i + 1 < *argc)
            text = str_from(argv[++i]);
        else {
            argv[kept++] = argv[i];
            continue;
        }
        if (g->count == GATE_MAX_REQUIREMENTS) {
            cli_error(g->cli, "at most %d requirements", (int)GATE_MAX_REQUIREMENTS);
            return false;
        }
        if (requirement_parse(text, &g->cli->arena, &g->requirements[g->count++], &err) != ST_OK) {
            cli_error(g->cli, "--require '%.*s': at %zu: %s", STR_ARG(text), err.pos, err.msg);
            return false;
        }
    }
    *argc = kept;
    return true;
}

static bool check_options(Gate *g)
{
    const GateOptions *o = &g->o;

    if (!o->suite.len == !o->dataset.len) {
        cli_error(g->cli, "give either --suite (with --workflow) or --dataset");
        return false;
    }
    if (o->suite.len && !o->workflow.len) {
        cli_error(g->cli, "--suite needs --workflow");
        return false;
    }
    if (!o->model.len || !o->baseline.len) {
        cli_error(g->cli, "give both --model and --baseline");
        return false;
    }
    if (!g->count && !o->significant) {
        cli_error(g->cli, "give --require, such as --require 'recall >= baseline - 0.01', or "
                          "--significant");
        return false;
    }
    return true;
}

/* ------------------------------------------------------------ calls */

/* GET below the project; false after a message. */
static bool ask(Gate *g, const char *path, const RemoteParameter *parameters, size_t count,
                const Json **out)
{
    RemoteOptions remote = g->o.remote;
    RemoteCall call = {.method = "GET"};

    remote.json = false; /* it is for our own answer */
    return remote_query_path(g->cli, &remote, path, parameters, count, &call.path) &&
           remote_json(g->cli, &remote, &call, out);
}

static bool list_evaluations(Gate *g, Str model, const Json **out)
{
    const RemoteParameter parameters[] = {
        {"model", model},          {"suite", g->o.suite},         {"workflow", g->o.workflow},
        {"dataset", g->o.dataset}, {"evaluator", g->o.evaluator}, {"version", g->o.version},
    };
    const Json *list = NULL;

    if (!ask(g, "/evaluations?limit=1000&status=complete", parameters,
             sizeof parameters / sizeof parameters[0], &list))
        return false;
    *out = json_get(list, STR("items"));
    if (*out && (*out)->kind == JSON_KIND_ARRAY && (*out)->as.array.len)
        return true;
    cli_error(g->cli, "there is no complete evaluation of \"%.*s\" on %.*s", STR_ARG(model),
              STR_ARG(g->o.suite.len ? g->o.suite : g->o.dataset));
    return false;
}

static int64_t version_of(const Json *evaluation)
{
    const Json *v = json_get(json_get(evaluation, STR("target")), STR("version"));

    return v && v->kind == JSON_KIND_INT ? v->as.i : 0;
}

static Str text_of(const Json *object, const char *key)
{
    const Json *v = json_get(object, str_from(key));

    return v && v->kind == JSON_KIND_STR ? v->as.s : (Str){0};
}

static int64_t id_of(const Json *evaluation)
{
    const Json *v = json_get(evaluation, STR("id"));

    return v && v->kind == JSON_KIND_INT ? v->as.i : 0;
}

/* Of the other list the newest with the same version and evaluator, and not the same one. */
static const Json *partner(const Json *list, const Json *evaluation)
{
    for (size_t i = 0; i < list->as.array.len; i++) {
        const Json *other = &list->as.array.items[i];

        if (version_of(other) == version_of(evaluation) && id_of(other) != id_of(evaluation) &&
            str_eq(text_of(other, "evaluator"), text_of(evaluation, "evaluator")))
            return other;
    }
    return NULL;
}

static bool choose(Gate *g)
{
    const Json *ours = NULL;
    const Json *theirs = NULL;
    const Json *best = NULL;
    Str shown = g->o.suite.len ? g->o.suite : g->o.dataset;

    if (!list_evaluations(g, g->o.model, &ours) || !list_evaluations(g, g->o.baseline, &theirs))
        return false;
    for (size_t i = 0; i < ours->as.array.len; i++) { /* newest first */
        const Json *e = &ours->as.array.items[i];

        if (partner(theirs, e) && (!best || version_of(e) > version_of(best)))
            best = e;
    }
    if (!best) {
        cli_error(g->cli,
                  "the two models were never tested on the same version of %.*s by the same "
                  "evaluator",
                  STR_ARG(shown));
        return false;
    }
    g->ours = id_of(best);
    g->theirs = id_of(partner(theirs, best));
    return arena_printf(&g->cli->arena, &g->target, "%.*s v%lld", STR_ARG(shown),
                        (long long)version_of(best)) == ST_OK;
}

/* Names of the requirements' metrics in one direction (0: any), separated by commas.  False after a
 * message: without names the server would take every metric. */
static bool metric_names(Gate *g, int direction, Str *out)
{
    Buf names;
    Status st = ST_OK;

    buf_init(&names, QUERY_MAX);
    for (size_t i = 0; i < g->count && !st; i++) {
        const Requirement *r = &g->requirements[i];

        if (direction && requirement_direction(r) != direction)
            continue;
        if (names.len)
            st = buf_append_char(&names, ',');
        if (!st)
            st = buf_append(&names, r->metric);
    }
    if (!st)
        st = arena_copy(&g->cli->arena, buf_str(&names), out);
    buf_deinit(&names);
    if (st == ST_LIMIT)
        cli_error(g->cli, "--require: the metrics' names are longer than %d bytes together",
                  (int)QUERY_MAX);
    else if (st)
        cli_error(g->cli, "%s", status_text(st));
    return st == ST_OK;
}

static bool compare(Gate *g, const Json **lines)
{
    char ids[64];
    char baseline[32];
    const Json *answer = NULL;
    Str all, higher, lower;

    if (!metric_names(g, 0, &all) || !metric_names(g, 1, &higher) || !metric_names(g, -1, &lower))
        return false;
    (void)snprintf(ids, sizeof ids, "%lld,%lld", (long long)g->ours, (long long)g->theirs);
    (void)snprintf(baseline, sizeof baseline, "%lld", (long long)g->theirs);
    {
        const RemoteParameter parameters[] = {
            {"evaluations", str_from(ids)},
            {"case", g->o.each_case ? (Str){0} : g->o.scope},
            {"configuration", g->o.configuration},
            {"metrics", all},
            {"higher", higher},
            {"lower", lower},
            {"confidence", g->o.confidence},
            {"correction", g->o.correction},
            {"baseline", str_from(baseline)},
        };

        if (!ask(g, "/comparisons", parameters, sizeof parameters / sizeof parameters[0], &answer))
            return false;
    }
    *lines = json_get(answer, STR("items"));
    return *lines && (*lines)->kind == JSON_KIND_ARRAY;
}

/* ------------------------------------------------------------ checks */

/* The side of evaluation `id` in a line. */
static const Json *side_of(const Json *line, int64_t id)
{
    const Json *values = json_get(line, STR("values"));

    for (size_t i = 0; values && i < values->as.array.len; i++) {
        const Json *v = json_get(&values->as.array.items[i], STR("evaluation"));

        if (v && v->kind == JSON_KIND_INT && v->as.i == id)
            return &values->as.array.items[i];
    }
    return NULL;
}

static double number_of(const Json *object, const char *key)
{
    const Json *v = json_get(object, str_from(key));

    if (!v || (v->kind != JSON_KIND_INT && v->kind != JSON_KIND_DOUBLE))
        return NAN;
    return v->kind == JSON_KIND_INT ? (double)v->as.i : v->as.d;
}

static void explain(Gate *g, Check *c)
{
    Status st;

    if (isnan(c->value))
        st = arena_printf(&g->cli->arena, &c->why, "the new model has no value");
    else if (isnan(c->limit))
        st = arena_printf(&g->cli->arena, &c->why, "%.6g: the baseline has no value", c->value);
    else if (c->requirement)
        st = arena_printf(&g->cli->arena, &c->why, "%.6g is not %s %.6g (baseline %.6g, p %.2g)",
                          c->value, requirement_op(c->requirement), c->limit, c->baseline, c->p);
    else if (isnan(c->p))
        st = arena_printf(&g->cli->arena, &c->why, "%.6g is worse than %.6g, and is not tested",
                          c->value, c->baseline);
    else
        st = arena_printf(&g->cli->arena, &c->why, "%.6g is significantly worse than %.6g (p %.2g)",
                          c->value, c->baseline, c->p);
    if (st)
        c->why = STR("it does not hold");
}

/* Significance only ever excuses what a test found not to be worse; what no test could tell stands
 * as the values are. */
static bool passes(const Gate *g, const Check *c, Str direction)
{
    const bool excused = !strcmp(c->verdict, "same") || !strcmp(c->verdict, "improved");

    if (isnan(c->value))
        return false;
    if (c->requirement)
        return requirement_holds(c->requirement, c->value, c->limit) ||
               (g->o.significant && excused);
    if (excused || strcmp(c->verdict, "unknown") != 0)
        return excused;
    return str_eq(direction, STR("higher")) ? c->value >= c->baseline : c->value <= c->baseline;
}

static void judge(Gate *g, Check *c, const Json *line)
{
    const Json *ours = side_of(line, g->ours);
    const Str verdict = text_of(ours, "verdict");

    c->value = number_of(ours, "value");
    c->baseline = number_of(side_of(line, g->theirs), "value");
    c->p = number_of(ours, "corrected_p");
    c->verdict = str_eq(verdict, STR("regressed"))  ? "regressed"
                 : str_eq(verdict, STR("improved")) ? "improved"
                 : str_eq(verdict, STR("same"))     ? "same"
                                                    : "unknown";
    c->limit = c->requirement ? requirement_limit(c->requirement, c->baseline) : c->baseline;
    c->passed = passes(g, c, text_of(line, "direction"));
    if (!c->passed)
        explain(g, c);
}

static Check *add_check(Gate *g, const Requirement *r, Str scope, Str metric)
{
    Check *c;

    if (g->checked == GATE_MAX_CHECKS)
        return NULL;
    c = &g->checks[g->checked++];
    *c = (Check){.requirement = r,
                 .scope = scope,
                 .metric = metric,
                 .value = NAN,
                 .baseline = NAN,
                 .limit = NAN,
                 .p = NAN,
                 .verdict = "unknown"};
    return c;
}

/* In every case in which the metric is; where it is nowhere, the requirement fails once. */
static bool check_requirement(Gate *g, const Requirement *r, const Json *lines)
{
    bool found = false;

    for (size_t i = 0; i < lines->as.array.len; i++) {
        const Json *line = &lines->as.array.items[i];
        Check *c;

        if (!str_eq(text_of(line, "metric"), r->metric))
            continue;
        c = add_check(g, r, text_of(line, "case"), r->metric);
        if (!c)
            return false;
        judge(g, c, line);
        found = true;
    }
    if (!found) {
        Check *c = add_check(g, r, g->o.each_case ? STR("all") : g->o.scope, r->metric);

        if (!c)
            return false;
        c->why = STR("no evaluation has this metric");
    }
    return true;
}

/* Every metric with a direction, in every case in which either evaluation has a value of it. */
static bool check_everything(Gate *g, const Json *lines)
{
    for (size_t i = 0; i < lines->as.array.len; i++) {
        const Json *line = &lines->as.array.items[i];
        Check *c;

        if (!text_of(line, "direction").len ||
            (isnan(number_of(side_of(line, g->ours), "value")) &&
             isnan(number_of(side_of(line, g->theirs), "value"))))
            continue;
        c = add_check(g, NULL, text_of(line, "case"), text_of(line, "metric"));
        if (!c)
            return false;
        judge(g, c, line);
    }
    return true;
}

static bool check_all(Gate *g, const Json *lines)
{
    bool room = true;

    g->checks = arena_calloc(&g->cli->arena, GATE_MAX_CHECKS, sizeof *g->checks);
    if (!g->checks) {
        cli_error(g->cli, "%s", status_text(ST_NOMEM));
        return false;
    }
    if (!g->count)
        room = check_everything(g, lines);
    for (size_t i = 0; i < g->count && room; i++)
        room = check_requirement(g, &g->requirements[i], lines);
    if (!room)
        cli_error(g->cli, "too many checks; choose cases or metrics");
    else if (!g->checked)
        cli_error(g->cli, "there is nothing to compare in these evaluations");
    return room && g->checked;
}

/* ------------------------------------------------------------ output */

static Str name_of(Gate *g, const Check *c)
{
    Str name = {0};

    if (c->requirement)
        return c->requirement->text;
    return arena_printf(&g->cli->arena, &name, "%.*s is not significantly worse",
                        STR_ARG(c->metric)) == ST_OK
               ? name
               : c->metric;
}

static void print_number(Cli *cli, double v)
{
    if (isnan(v))
        cli_print(cli, "%-12s", "-");
    else
        cli_print(cli, "%-12.6g", v);
}

static void print_table(Gate *g)
{
    cli_print(g->cli, "%-6s %-20s %-12s%-12s%-12s%-12s%-11s REQUIREMENT\n", "RESULT", "CASE",
              "BASELINE", "NEW", "LIMIT", "P", "VERDICT");
    for (size_t i = 0; i < g->checked; i++) {
        const Check *c = &g->checks[i];

        cli_print(g->cli, "%-6s ", c->passed ? "pass" : "FAIL");
        cli_text(g->cli, utf8_clip(c->scope, 20));
        cli_print(g->cli, "%*s", (int)(21 - utf8_clip(c->scope, 20).len), "");
        print_number(g->cli, c->baseline);
        print_number(g->cli, c->value);
        print_number(g->cli, c->limit);
        print_number(g->cli, c->p);
        cli_print(g->cli, "%-11s ", c->verdict);
        cli_text(g->cli, name_of(g, c));
        cli_print(g->cli, "\n");
        if (c->why.len) {
            cli_print(g->cli, "       ");
            cli_text(g->cli, c->why);
            cli_print(g->cli, "\n");
        }
    }
}

static void json_number(JsonWriter *w, const char *key, double v)
{
    if (isnan(v))
        jw_key_null(w, str_from(key));
    else
        jw_key_double(w, str_from(key), v);
}

static void json_check(Gate *g, JsonWriter *w, const Check *c)
{
    jw_object(w);
    jw_key_bool(w, STR("passed"), c->passed);
    jw_key_str(w, STR("case"), c->scope);
    jw_key_str(w, STR("metric"), c->metric);
    jw_key_str(w, STR("requirement"), name_of(g, c));
    json_number(w, "baseline", c->baseline);
    json_number(w, "value", c->value);
    json_number(w, "limit", c->limit);
    json_number(w, "corrected_p", c->p);
    jw_key_str(w, STR("verdict"), str_from(c->verdict));
    jw_key_str_or_null(w, STR("why"), c->why);
    jw_object_end(w);
}

static bool print_json(Gate *g)
{
    Buf out;
    JsonWriter w;
    bool ok;

    buf_init(&out, (size_t)256 << 20);
    w = jw_init(&out);
    jw_object(&w);
    jw_key_int(&w, STR("evaluation"), g->ours);
    jw_key_int(&w, STR("baseline"), g->theirs);
    jw_key_str(&w, STR("target"), g->target);
    jw_key(&w, STR("checks"));
    jw_array(&w);
    for (size_t i = 0; i < g->checked; i++)
        json_check(g, &w, &g->checks[i]);
    jw_array_end(&w);
    jw_object_end(&w);
    ok = jw_done(&w) == ST_OK;
    if (ok)
        cli_print(g->cli, "%.*s\n", STR_ARG(buf_str(&out)));
    else
        cli_error(g->cli, "the answer is too large");
    buf_deinit(&out);
    return ok;
}

static bool write_junit(Gate *g)
{
    JunitCase *cases = arena_calloc(&g->cli->arena, g->checked, sizeof *cases);
    const char *path = NULL;
    Str suite;
    Status st = cases ? arena_copy_z(&g->cli->arena, g->o.junit, &path) : ST_NOMEM;

    if (!st)
        st = arena_printf(&g->cli->arena, &suite, "%.*s against %.*s on %.*s", STR_ARG(g->o.model),
                          STR_ARG(g->o.baseline), STR_ARG(g->target));
    for (size_t i = 0; i < g->checked && !st; i++)
        cases[i] = (JunitCase){
            .group = g->checks[i].scope,
            .name = name_of(g, &g->checks[i]),
            .failure = g->checks[i].passed ? (Str){0} : g->checks[i].why,
        };
    if (!st)
        st = junit_write(path, suite, cases, g->checked);
    if (st)
        cli_error(g->cli, "cannot write %.*s: %s", STR_ARG(g->o.junit), status_text(st));
    return st == ST_OK;
}

static int tell(Gate *g)
{
    size_t failed = 0;

    for (size_t i = 0; i < g->checked; i++)
        failed += !g->checks[i].passed;
    if (g->o.remote.json) {
        if (!print_json(g))
            return EXIT_USAGE;
    } else {
        print_table(g);
        cli_print(g->cli, "%s: %zu of %zu checks failed on %.*s (evaluation %lld against %lld)\n",
                  failed ? "FAIL" : "pass", failed, g->checked, STR_ARG(g->target),
                  (long long)g->ours, (long long)g->theirs);
    }
    if (g->o.junit.len && !write_junit(g))
        return EXIT_USAGE;
    return failed ? EXIT_FAILED : EXIT_DONE;
}

int verb_gate(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"gate",
                       "--suite NAME --workflow NAME --model NEW --baseline OLD --require TEXT",
                       "Check requirements on a model's metrics against a baseline, for CI.\n"
                       "Exit code 0: all hold; 1: one does not; 2: called wrongly, or no answer.",
                       NULL};
    Gate g = {.cli = cli};
    const char *kept[CLI_MAX_ARGS];
    const Json *lines;
    VerbArgs args;
    int code;

    g.requirements = arena_calloc(&cli->arena, GATE_MAX_REQUIREMENTS, sizeof *g.requirements);
    for (int i = 0; i < argc; i++)
        kept[i] = argv[i];
    if (!g.requirements || !collect(&g, &argc, kept))
        return EXIT_USAGE;
    if (!cli_options(cli, &self, table, argc, kept, &g.o, &args, &code))
        return code;
    if (args.count) {
        cli_error(cli, "gate takes only options; did you mean --require '%.200s'?", args.items[0]);
        return EXIT_USAGE;
    }
    if (!check_options(&g) || !choose(&g) || !compare(&g, &lines) || !check_all(&g, lines))
        return EXIT_USAGE;
    return tell(&g);
}
