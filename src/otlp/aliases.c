/* SPDX-License-Identifier: Apache-2.0 */
/* Per field: Vireo, Langfuse, OpenTelemetry GenAI (new names, then old),
 * OpenInference, Traceloop, MLflow, generic. */
#include "otlp/aliases.h"

#define TEXT(field, key)                                        \
    {                                                           \
        ALIAS_##field, AS_TEXT, {"" key, sizeof(key) - 1}, {0}, \
        {                                                       \
            0                                                   \
        }                                                       \
    }
#define CONVERT(field, how, key)                            \
    {                                                       \
        ALIAS_##field, how, {"" key, sizeof(key) - 1}, {0}, \
        {                                                   \
            0                                               \
        }                                                   \
    }
#define COUNT(field, key)        CONVERT(field, AS_COUNT, key)
#define AMOUNT(field, key)       CONVERT(field, AS_AMOUNT, key)
#define MEMBER(field, key, a, b) MEMBER_AS(field, AS_JSON_COUNT, key, a, b)
#define MEMBER_AS(field, how, key, a, b)                                      \
    {                                                                         \
        ALIAS_##field, how, {"" key, sizeof(key) - 1}, {"" a, sizeof(a) - 1}, \
        {                                                                     \
            "" b, sizeof(b) - 1                                               \
        }                                                                     \
    }

const Alias alias_table[] = {
    CONVERT(TYPE, AS_TYPE, VIREO_ATTR_TYPE),
    CONVERT(TYPE, AS_TYPE, "langfuse.observation.type"),
    CONVERT(TYPE, AS_TYPE, "gen_ai.operation.name"),
    CONVERT(TYPE, AS_TYPE, "openinference.span.kind"),
    CONVERT(TYPE, AS_TYPE, "traceloop.span.kind"),
    CONVERT(TYPE, AS_TYPE, "llm.request.type"),
    CONVERT(TYPE, AS_JSON_TYPE, "mlflow.spanType"),

    TEXT(MODEL, VIREO_ATTR_MODEL_NAME),
    TEXT(MODEL_TAG, VIREO_ATTR_MODEL_TAG),
    TEXT(FINGERPRINT, VIREO_ATTR_FINGERPRINT),

    TEXT(SESSION, "vireo.session"),
    TEXT(SESSION, "langfuse.session.id"),
    TEXT(SESSION, VIREO_ATTR_SESSION),
    TEXT(SESSION, "gen_ai.conversation.id"),
    TEXT(SESSION, "traceloop.association.properties.session_id"),
    CONVERT(SESSION, AS_JSON_STRING, "mlflow.trace.session"),

    TEXT(USER, "vireo.user"),
    TEXT(USER, "langfuse.user.id"),
    TEXT(USER, VIREO_ATTR_USER),
    TEXT(USER, "traceloop.association.properties.user_id"),
    CONVERT(USER, AS_JSON_STRING, "mlflow.trace.user"),
    TEXT(USER, "enduser.id"),

    TEXT(INPUT, VIREO_ATTR_INPUT),
    TEXT(INPUT, "langfuse.observation.input"),
    TEXT(INPUT, "langfuse.trace.input"),
    TEXT(INPUT, "gen_ai.input.messages"),
    TEXT(INPUT, "gen_ai.tool.call.arguments"),
    TEXT(INPUT, "gen_ai.retrieval.query.text"),
    TEXT(INPUT, "gen_ai.prompt"),
    TEXT(INPUT, "input.value"),
    TEXT(INPUT, "traceloop.entity.input"),
    TEXT(INPUT, "mlflow.spanInputs"),

    TEXT(OUTPUT, VIREO_ATTR_OUTPUT),
    TEXT(OUTPUT, "langfuse.observation.output"),
    TEXT(OUTPUT, "langfuse.trace.output"),
    TEXT(OUTPUT, "gen_ai.output.messages"),
    TEXT(OUTPUT, "gen_ai.tool.call.result"),
    TEXT(OUTPUT, "gen_ai.retrieval.documents"),
    TEXT(OUTPUT, "gen_ai.completion"),
    TEXT(OUTPUT, "output.value"),
    TEXT(OUTPUT, "traceloop.entity.output"),
    TEXT(OUTPUT, "mlflow.spanOutputs"),

    TEXT(LLM_MODEL, "vireo.llm.model"),
    TEXT(LLM_MODEL, "langfuse.observation.model.name"),
    TEXT(LLM_MODEL, "gen_ai.response.model"),
    TEXT(LLM_MODEL, "gen_ai.request.model"),
    TEXT(LLM_MODEL, "llm.response.model_name"),
    TEXT(LLM_MODEL, "llm.model_name"),
    TEXT(LLM_MODEL, "llm.request.model_name"),
    TEXT(LLM_MODEL, "embedding.model_name"),
    TEXT(LLM_MODEL, "reranker.model_name"),
    TEXT(LLM_MODEL, "llm.response.model"),
    TEXT(LLM_MODEL, "llm.request.model"),
    CONVERT(LLM_MODEL, AS_JSON_STRING, "mlflow.llm.model"),

    TEXT(LLM_PROVIDER, "vireo.llm.provider"),
    TEXT(LLM_PROVIDER, "gen_ai.provider.name"),
    TEXT(LLM_PROVIDER, "gen_ai.system"),
    TEXT(LLM_PROVIDER, "llm.provider"),
    TEXT(LLM_PROVIDER, "llm.system"),
    TEXT(LLM_PROVIDER, "llm.vendor"),
    CONVERT(LLM_PROVIDER, AS_JSON_STRING, "mlflow.llm.provider"),

    COUNT(INPUT_TOKENS, "vireo.llm.input_tokens"),
    MEMBER(INPUT_TOKENS, "langfuse.observation.usage_details", "input", "prompt_tokens"),
    COUNT(INPUT_TOKENS, "gen_ai.usage.input_tokens"),
    COUNT(INPUT_TOKENS, "gen_ai.usage.prompt_tokens"),
    COUNT(INPUT_TOKENS, "llm.token_count.prompt"),
    COUNT(INPUT_TOKENS, "llm.usage.prompt_tokens"),
    MEMBER(INPUT_TOKENS, "mlflow.chat.tokenUsage", "input_tokens", "prompt_tokens"),

    COUNT(OUTPUT_TOKENS, "vireo.llm.output_tokens"),
    MEMBER(OUTPUT_TOKENS, "langfuse.observation.usage_details", "output", "completion_tokens"),
    COUNT(OUTPUT_TOKENS, "gen_ai.usage.output_tokens"),
    COUNT(OUTPUT_TOKENS, "gen_ai.usage.completion_tokens"),
    COUNT(OUTPUT_TOKENS, "llm.token_count.completion"),
    COUNT(OUTPUT_TOKENS, "llm.usage.completion_tokens"),
    MEMBER(OUTPUT_TOKENS, "mlflow.chat.tokenUsage", "output_tokens", "completion_tokens"),

    AMOUNT(COST, "vireo.llm.cost"),
    MEMBER_AS(COST, AS_JSON_AMOUNT, "langfuse.observation.cost_details", "total", "total_cost"),
    AMOUNT(COST, "gen_ai.usage.cost"),
    AMOUNT(COST, "gen_ai.usage.total_cost"),
    AMOUNT(COST, "gen_ai.cost.total_cost"),
    AMOUNT(COST, "llm.cost.total"),
    AMOUNT(COST, "llm.usage.total_cost"),
    AMOUNT(COST, "operation.cost"),
    MEMBER_AS(COST, AS_JSON_AMOUNT, "mlflow.llm.cost", "total_cost", "total"),

    TEXT(ERROR_TYPE, "error.type"),
    TEXT(ERROR_TYPE, "exception.type"),
};

const size_t alias_count = sizeof alias_table / sizeof *alias_table;

#define PREFIX(field, prefix, strip)                    \
    {                                                   \
        ALIAS_##field, {"" prefix, sizeof(prefix) - 1}, \
        {                                               \
            "" strip, sizeof(strip) - 1                 \
        }                                               \
    }

const AliasPrefix alias_prefixes[] = {
    PREFIX(INPUT, "gen_ai.prompt.", ""),
    PREFIX(OUTPUT, "gen_ai.completion.", ""),
    PREFIX(INPUT, "llm.input_messages.", "message."),
    PREFIX(OUTPUT, "llm.output_messages.", "message."),
    PREFIX(OUTPUT, "retrieval.documents.", "document."),
};

const size_t alias_prefix_count = sizeof alias_prefixes / sizeof *alias_prefixes;

/* word, ours */
#define TYPE_WORDS(X)             \
    X("chat", "llm")              \
    X("text_completion", "llm")   \
    X("generate_content", "llm")  \
    X("completion", "llm")        \
    X("generation", "llm")        \
    X("chat_model", "llm")        \
    X("embeddings", "embedding")  \
    X("retrieval", "retriever")   \
    X("execute_tool", "tool")     \
    X("create_agent", "agent")    \
    X("invoke_agent", "agent")    \
    X("plan", "agent")            \
    X("invoke_workflow", "chain") \
    X("workflow", "chain")        \
    X("task", "chain")            \
    X("rerank", "reranker")       \
    X("unknown", "span")          \
    X("default", "span")

bool alias_type(Str word, Str *out)
{
    static const struct {
        Str word;
        Str ours;
    } words[] = {
#define TYPE_WORD(word, ours) {{"" word, sizeof(word) - 1}, {"" ours, sizeof(ours) - 1}},
        TYPE_WORDS(TYPE_WORD)
#undef TYPE_WORD
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_eq_nocase(word, words[i].word)) {
            *out = words[i].ours;
            return true;
        }
    }
    return false;
}
