/* SPDX-License-Identifier: Apache-2.0 */
/* Dialects to normalised fields. */
#include "support/check.h"

#include "otlp/aliases.h"
#include "otlp/normalise.h"

#include <string.h>

/* A span with attributes given as text, and a few of other kinds. */
typedef struct Made {
    Arena arena;
    Resource resource;
    Scope scope;
    Attr attrs[32];
    Span span;
} Made;

static void made_init(Made *m)
{
    *m = (Made){.span = {.resource = &m->resource, .scope = &m->scope}};
    arena_init(&m->arena, 1 << 20);
    m->span.attrs.items = m->attrs;
}

static void add(Made *m, const char *key, Value value)
{
    m->attrs[m->span.attrs.len++] = (Attr){str_from(key), value};
}

static void add_text(Made *m, const char *key, const char *text)
{
    add(m, key, (Value){.kind = VALUE_STR, .as.s = str_from(text)});
}

static void add_json(Made *m, const char *key, const char *text)
{
    add(m, key, (Value){.kind = VALUE_JSON, .as.s = str_from(text)});
}

static void add_int(Made *m, const char *key, int64_t value)
{
    add(m, key, (Value){.kind = VALUE_INT, .as.i = value});
}

static const Span *normalise(Made *m)
{
    CHECK_OK(otlp_normalise((SpanBatch){&m->span, 1}, &m->arena));
    return &m->span;
}

static void done(Made *m)
{
    arena_deinit(&m->arena);
    assert_int_equal(mem_live(), 0);
}

static void a_span_without_attributes_is_of_type_span(void **state)
{
    Made m;
    const Span *s;

    (void)state;
    made_init(&m);
    s = normalise(&m);
    CHECK_STR(s->type, "span");
    assert_int_equal(s->usage.input_tokens, -1);
    assert_int_equal(s->usage.output_tokens, -1);
    assert_int_equal(s->input.len + s->output.len + s->model.len, 0);
    done(&m);
}

static void our_own_dialect_names_the_model(void **state)
{
    Made m;
    const Span *s;

    (void)state;
    made_init(&m);
    add_text(&m, "vireo.model.name", "digits");
    add_text(&m, "vireo.model.fingerprint", "abc");
    add_text(&m, "vireo.input", "{\"x\":1}");
    add_json(&m, "vireo.output", "[1]");
    add_text(&m, "session.id", "s1");
    add_text(&m, "user.id", "u1");
    s = normalise(&m);
    CHECK_STR(s->type, "model");
    CHECK_STR(s->model, "digits");
    CHECK_STR(s->fingerprint, "abc");
    CHECK_STR(s->input, "{\"x\":1}");
    CHECK_STR(s->input_key, "vireo.input");
    CHECK_STR(s->output, "[1]");
    CHECK_STR(s->output_key, ""); /* not the very text of a string attribute */
    CHECK_STR(s->session, "s1");
    CHECK_STR(s->user, "u1");
    assert_int_equal(s->model_version, 0);
    done(&m);
}

static void a_model_tag_gives_name_and_version(void **state)
{
    static const struct {
        const char *tag;
        const char *name;
        int version;
    } cases[] = {
        {"digits:v2", "digits", 2},  {"a:b:v10", "a:b", 10},
        {"digits", "digits", 0},     {"digits:v0", "digits:v0", 0},
        {"digits:2", "digits:2", 0}, {"digits:v9999999999", "digits:v9999999999", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Made m;
        const Span *s;

        made_init(&m);
        add_text(&m, "vireo.model.tag", cases[i].tag);
        s = normalise(&m);
        CHECK_STR(s->model, cases[i].name);
        assert_int_equal(s->model_version, cases[i].version);
        done(&m);
    }
}

static void genai_names_old_and_new_are_understood(void **state)
{
    Made m;
    const Span *s;

    (void)state;
    made_init(&m);
    add_text(&m, "gen_ai.system", "old");
    add_text(&m, "gen_ai.provider.name", "new");
    add_text(&m, "gen_ai.operation.name", "chat");
    add_text(&m, "gen_ai.request.model", "asked");
    add_text(&m, "gen_ai.response.model", "answered");
    add_int(&m, "gen_ai.usage.prompt_tokens", 1);
    add_int(&m, "gen_ai.usage.input_tokens", 2);
    add_text(&m, "gen_ai.usage.completion_tokens", "3");
    add_json(&m, "gen_ai.input.messages", "[{\"role\":\"user\"}]");
    add_text(&m, "gen_ai.output.messages", "[]");
    add_text(&m, "gen_ai.conversation.id", "c");
    s = normalise(&m);
    CHECK_STR(s->type, "llm");
    CHECK_STR(s->llm_provider, "new");
    CHECK_STR(s->llm_model, "answered");
    assert_int_equal(s->usage.input_tokens, 2);
    assert_int_equal(s->usage.output_tokens, 3);
    CHECK_STR(s->input, "[{\"role\":\"user\"}]");
    CHECK_STR(s->output_key, "gen_ai.output.messages");
    CHECK_STR(s->session, "c");
    done(&m);
}

static void openinference_names_are_understood(void **state)
{
    Made m;
    const Span *s;

    (void)state;
    made_init(&m);
    add_text(&m, "openinference.span.kind", "RETRIEVER");
    add_text(&m, "input.value", "question");
    add_text(&m, "output.value", "answer");
    add_text(&m, "llm.model_name", "m");
    add_text(&m, "llm.provider", "p");
    add(&m, "llm.token_count.prompt", (Value){.kind = VALUE_DOUBLE, .as.d = 7.0});
    add_int(&m, "llm.token_count.completion", 8);
    s = normalise(&m);
    CHECK_STR(s->type, "retriever");
    CHECK_STR(s->input, "question");
    CHECK_STR(s->output_key, "output.value");
    CHECK_STR(s->llm_model, "m");
    CHECK_STR(s->llm_provider, "p");
    assert_int_equal(s->usage.input_tokens, 7);
    assert_int_equal(s->usage.output_tokens, 8);
    done(&m);
}

static double cost_of(const char *key, Value value)
{
    Made m;
    const Span *s;
    double cost;

    made_init(&m);
    add(&m, key, value);
    s = normalise(&m);
    cost = s->has_cost ? s->cost : -1;
    done(&m);
    return cost;
}

static void costs_are_numbers_of_dollars(void **state)
{
    const Value quarter = {VALUE_DOUBLE, {.d = 0.25}};
    const Value text = {VALUE_STR, {.s = STR(" 0.25 ")}};
    const Value whole = {VALUE_INT, {.i = 2}};
    const Value json = {VALUE_STR, {.s = STR("{\"input\":1,\"total\":0.25}")}};
    const Value object = {VALUE_JSON, {.s = STR("{\"total_cost\":0.25,\"output_cost\":1}")}};
    const Value nan = {VALUE_STR, {.s = STR("nan")}};

    (void)state;
    assert_true(cost_of("gen_ai.usage.cost", quarter) == 0.25);
    assert_true(cost_of("llm.cost.total", text) == 0.25);
    assert_true(cost_of("vireo.llm.cost", whole) == 2);
    assert_true(cost_of("langfuse.observation.cost_details", json) == 0.25);
    assert_true(cost_of("mlflow.llm.cost", object) == 0.25);
    assert_true(cost_of("gen_ai.usage.cost", nan) == -1);
    assert_true(cost_of("mlflow.llm.cost", quarter) == -1);
    assert_true(cost_of("gen_ai.usage.costs", quarter) == -1);
}

static void mlflow_and_langfuse_json_is_taken_apart(void **state)
{
    Made m;
    const Span *s;

    (void)state;
    made_init(&m);
    add_text(&m, "mlflow.spanType", "\"CHAT_MODEL\"");
    add_text(&m, "mlflow.spanInputs", "{\"q\":1}");
    add_text(&m, "mlflow.llm.model", "\"gp\\u0074\"");
    add_text(&m, "mlflow.chat.tokenUsage",
             "{\"a\":{\"input_tokens\":9},\"input_tokens\":4,\"output_tokens\":5.0}");
    s = normalise(&m);
    CHECK_STR(s->type, "llm");
    CHECK_STR(s->input, "{\"q\":1}");
    CHECK_STR(s->llm_model, "gpt");
    assert_int_equal(s->usage.input_tokens, 4);
    assert_int_equal(s->usage.output_tokens, 5);
    add_json(&m, "langfuse.observation.usage_details", "{\"input\":11,\"output\":12}");
    add_text(&m, "langfuse.observation.type", "generation");
    s = normalise(&m);
    assert_int_equal(s->usage.input_tokens, 11);
    assert_int_equal(s->usage.output_tokens, 12);
    done(&m);
}

static void traceloop_entities_give_input_and_type(void **state)
{
    Made m;
    const Span *s;

    (void)state;
    made_init(&m);
    add_text(&m, "traceloop.span.kind", "workflow");
    add_text(&m, "traceloop.entity.input", "{}");
    s = normalise(&m);
    CHECK_STR(s->type, "chain");
    CHECK_STR(s->input_key, "traceloop.entity.input");
    done(&m);
}

static void the_table_decides_and_not_the_order_of_attributes(void **state)
{
    for (int order = 0; order < 2; order++) {
        Made m;

        (void)state;
        made_init(&m);
        add_text(&m, order ? "vireo.input" : "input.value", order ? "ours" : "theirs");
        add_text(&m, order ? "input.value" : "vireo.input", order ? "theirs" : "ours");
        CHECK_STR(normalise(&m)->input, "ours");
        done(&m);
    }
}

static void of_doubled_keys_the_last_one_counts(void **state)
{
    Made m;

    (void)state;
    made_init(&m);
    add_text(&m, "vireo.input", "first");
    add_text(&m, "vireo.input", "second");
    CHECK_STR(normalise(&m)->input, "second");
    done(&m);
}

static void messages_with_an_index_are_gathered_in_order(void **state)
{
    Made m;
    const Span *s;

    (void)state;
    made_init(&m);
    add_text(&m, "llm.input_messages.1.message.content", "two");
    add_text(&m, "llm.input_messages.0.message.role", "user");
    add_text(&m, "llm.input_messages.1.message.role", "tool");
    add_text(&m, "llm.input_messages.0.message.content", "one");
    add_text(&m, "llm.input_messages.x.message.content", "no index");
    add_text(&m, "gen_ai.completion.0.content", "done");
    s = normalise(&m);
    CHECK_STR(s->input,
              "[{\"role\":\"user\",\"content\":\"one\"},{\"content\":\"two\",\"role\":\"tool\"}]");
    CHECK_STR(s->input_key, "");
    CHECK_STR(s->output, "[{\"content\":\"done\"}]");
    done(&m);
}

static void the_first_exception_gives_the_error(void **state)
{
    Made m;
    const Span *s;

    (void)state;
    made_init(&m);
    m.span.status = SPAN_ERROR;
    m.span.status_message = STR("status");
    m.span.events_json = STR(
        "[{\"time\":\"x\",\"name\":\"exceptional\",\"attributes\":{}},"
        "{\"time\":\"x\",\"name\":\"exception\",\"attributes\":{\"a\":{\"b\":[1]},\"exception."
        "type\":"
        "\"ValueError\",\"exception.message\":\"a \\\"b\\\"\"}},"
        "{\"time\":\"x\",\"name\":\"exception\",\"attributes\":{\"exception.type\":\"Second\"}}]");
    s = normalise(&m);
    CHECK_STR(s->error_type, "ValueError");
    CHECK_STR(s->error_message, "a \"b\"");
    m.span.events_json = (Str){0};
    s = normalise(&m);
    CHECK_STR(s->error_type, "");
    CHECK_STR(s->error_message, "status");
    done(&m);
}

static void events_that_are_no_json_do_no_harm(void **state)
{
    static const char *const cases[] = {
        "[{\"name\":\"exception\",\"attributes\":{\"exception.type\":",
        "\"exception\"",
        "[{\"name\":\"exception\",\"attributes\":7}]",
        "[\"exception\"]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Made m;

        made_init(&m);
        m.span.events_json = str_from(cases[i]);
        (void)normalise(&m);
        done(&m);
    }
}

static void a_preview_is_one_line_of_whole_characters(void **state)
{
    char out[PREVIEW_MAX_BYTES];
    char text[400];
    size_t n;

    (void)state;
    n = span_preview(STR("a\nb\tc"), out);
    CHECK_SAME(((Str){out, n}), STR("a b c"));
    memset(text, 'x', sizeof text);
    memcpy(text + PREVIEW_MAX_BYTES - 1, "\xC3\xA9", 2);
    n = span_preview((Str){text, sizeof text}, out);
    assert_int_equal(n, PREVIEW_MAX_BYTES - 1);
    assert_int_equal(span_preview((Str){0}, out), 0);
}

static void a_full_arena_is_a_limit(void **state)
{
    Made m;

    (void)state;
    made_init(&m);
    add_text(&m, "llm.input_messages.0.message.content", "some text");
    m.arena.limit = 16;
    CHECK_STATUS(otlp_normalise((SpanBatch){&m.span, 1}, &m.arena), ST_LIMIT);
    done(&m);
}

static void every_alias_is_found_by_its_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < alias_count; i++) {
        const Alias *alias = &alias_table[i];
        Made m;
        const Span *s;

        made_init(&m);
        m.attrs[0] = (Attr){alias->key,
                            {.kind = VALUE_STR,
                             .as.s = STR("{\"input\":1,\"input_tokens\":1,"
                                         "\"output\":1,\"output_tokens\":1,\"total\":1}")}};
        if (alias->convert == AS_COUNT || alias->convert == AS_AMOUNT)
            m.attrs[0].value.as.s = STR("1");
        m.span.attrs.len = 1;
        s = normalise(&m);
        assert_true(s->input.len || s->output.len || s->model.len || s->fingerprint.len ||
                    s->session.len || s->user.len || s->llm_model.len || s->llm_provider.len ||
                    s->error_type.len || s->usage.input_tokens == 1 ||
                    s->usage.output_tokens == 1 || s->cost == 1 || !str_eq(s->type, STR("span")));
        done(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_without_attributes_is_of_type_span),
        cmocka_unit_test(our_own_dialect_names_the_model),
        cmocka_unit_test(a_model_tag_gives_name_and_version),
        cmocka_unit_test(genai_names_old_and_new_are_understood),
        cmocka_unit_test(openinference_names_are_understood),
        cmocka_unit_test(costs_are_numbers_of_dollars),
        cmocka_unit_test(mlflow_and_langfuse_json_is_taken_apart),
        cmocka_unit_test(traceloop_entities_give_input_and_type),
        cmocka_unit_test(the_table_decides_and_not_the_order_of_attributes),
        cmocka_unit_test(of_doubled_keys_the_last_one_counts),
        cmocka_unit_test(messages_with_an_index_are_gathered_in_order),
        cmocka_unit_test(the_first_exception_gives_the_error),
        cmocka_unit_test(events_that_are_no_json_do_no_harm),
        cmocka_unit_test(a_preview_is_one_line_of_whole_characters),
        cmocka_unit_test(a_full_arena_is_a_limit),
        cmocka_unit_test(every_alias_is_found_by_its_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
