/* SPDX-License-Identifier: Apache-2.0 */
/* vireo score TRACE_ID NAME VALUE: one score from the command line. */
#include "cli/remote.h"
#include "codec/json_write.h"

typedef struct ScoreOptions {
    RemoteOptions remote;
    Str span;
    Str passed;
    Str reason;
    Str by;
    Str judge;
} ScoreOptions;

static const Option options[] = {
    REMOTE_OPTIONS(ScoreOptions),
    {"span", "ID", OPTION_STR, offsetof(ScoreOptions, span), NULL, "a span instead of the trace"},
    {"passed", "true|false", OPTION_STR, offsetof(ScoreOptions, passed), NULL, "the verdict"},
    {"reason", "TEXT", OPTION_STR, offsetof(ScoreOptions, reason), NULL, "why"},
    {"by", "NAME", OPTION_STR, offsetof(ScoreOptions, by), NULL, "who gives it"},
    {"judge", "NAME:vN", OPTION_STR, offsetof(ScoreOptions, judge), NULL, "of which judge"},
};
static const OptionTable table = {options, sizeof options / sizeof options[0]};

/* A number, true, false, or a label. */
static void write_value(JsonWriter *w, Str text)
{
    double number;

    jw_key(w, STR("value"));
    if (str_eq(text, STR("true")) || str_eq(text, STR("false")))
        jw_bool(w, str_eq(text, STR("true")));
    else if (str_to_double(text, &number) == ST_OK)
        jw_double(w, number);
    else
        jw_str(w, text);
}

static void write_given(JsonWriter *w, Str key, Str text)
{
    if (text.len)
        jw_key_str(w, key, text);
}

static void write_score(JsonWriter *w, const ScoreOptions *o, const VerbArgs *args)
{
    jw_object(w);
    jw_key(w, STR("scores"));
    jw_array(w);
    jw_object(w);
    jw_key_str(w, STR("trace_id"), str_from(args->items[0]));
    jw_key_str(w, STR("name"), str_from(args->items[1]));
    write_value(w, str_from(args->items[2]));
    if (o->passed.len)
        jw_key_bool(w, STR("passed"), str_eq(o->passed, STR("true")));
    write_given(w, STR("span_id"), o->span);
    write_given(w, STR("reason"), o->reason);
    write_given(w, STR("by"), o->by);
    write_given(w, STR("judge"), o->judge);
    jw_object_end(w);
    jw_array_end(w);
    jw_object_end(w);
}

/* The answer tells what is wrong with it. */
static int tell(Cli *cli, const ScoreOptions *o, Str body)
{
    const Json *answer = NULL;
    const Json *rejected = NULL;

    if (o->remote.json)
        cli_print(cli, "%.*s\n", STR_ARG(body));
    if (json_parse_object(body, &cli->arena, &answer, NULL) != ST_OK) {
        cli_error(cli, "the server's answer is no JSON");
        return EXIT_FAILED;
    }
    rejected = json_get(answer, STR("rejected"));
    if (!rejected || rejected->kind != JSON_KIND_ARRAY || !rejected->as.array.len)
        return EXIT_DONE;
    cli_error(cli, "%.*s", STR_ARG(json_shown(&rejected->as.array.items[0], "detail")));
    return EXIT_FAILED;
}

static int send_score(Cli *cli, const ScoreOptions *o, const VerbArgs *args)
{
    RemoteCall call = {.method = "POST"};
    RemoteAnswer answer = {0};
    bool sent = false;
    Buf body;
    JsonWriter w;

    buf_init(&body, 1 << 20);
    w = jw_init(&body);
    write_score(&w, o, args);
    call.body = buf_str(&body);
    if (jw_done(&w))
        cli_error(cli, "%s", status_text(jw_done(&w)));
    else
        sent = remote_project_path(cli, &o->remote, &call.path, "/scores", (Str){0}, "") &&
               remote_ok(cli, &o->remote, &call, &answer);
    buf_deinit(&body);
    return sent ? tell(cli, o, answer.body) : EXIT_FAILED;
}

int verb_score(Cli *cli, int argc, const char *const *argv)
{
    const Verb self = {"score", "TRACE_ID NAME VALUE", "Give a score to a trace or a span.", NULL};
    ScoreOptions o;
    VerbArgs args;
    int code;

    if (!cli_options(cli, &self, table, argc, argv, &o, &args, &code))
        return code;
    if (args.count != 3) {
        cli_error(cli,
                  "score takes a trace id, the score's name, and a number, true, false or a label");
        return EXIT_USAGE;
    }
    if (o.passed.len && !str_eq(o.passed, STR("true")) && !str_eq(o.passed, STR("false"))) {
        cli_error(cli, "--passed must be true or false");
        return EXIT_USAGE;
    }
    return send_score(cli, &o, &args);
}
