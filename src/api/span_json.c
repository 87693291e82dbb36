/* SPDX-License-Identifier: Apache-2.0 */
/* Spans in JSON.  Attribute values keep their types; references and events are
 * JSON that clients sent, so they are parsed again here and only what is
 * well-formed gets through. */
#include "api/span_json.h"

#include "api/reply.h"
#include "codec/json_read.h"
#include "model/score.h"
#include "otlp/normalise.h"
#include "otlp/value_json.h"

#include <string.h>

Str span_status_text(SpanStatus status)
{
    return status == SPAN_OK ? STR("ok") : status == SPAN_ERROR ? STR("error") : STR("unset");
}

static void write_id(JsonWriter *w, Str key, const uint8_t *id, size_t len)
{
    static const uint8_t none[TRACE_ID_BYTES];

    if (memcmp(id, none, len) == 0)
        jw_key_null(w, key);
    else
        jw_key_hex(w, key, id, len);
}

/* ------------------------------------------------------------ references */

static void write_member(JsonWriter *w, const Json *object, Str key, JsonKind kind)
{
    const Json *value = json_get(object, key);

    if (value && value->kind == kind)
        jw_key_raw(w, key, value->raw);
    else
        jw_key_null(w, key);
}

/* Nothing is written for what is no JSON object. */
static void write_reference(JsonWriter *w, Str name, Str text, Arena *arena)
{
    const Json *object;

    if (json_parse_object(text, arena, &object, NULL) != ST_OK)
        return;
    jw_object(w);
    jw_key_str(w, STR("name"), name);
    write_member(w, object, STR("media_type"), JSON_KIND_STR);
    write_member(w, object, STR("size"), JSON_KIND_INT);
    write_member(w, object, STR("sha256"), JSON_KIND_STR);
    write_member(w, object, STR("thumb"), JSON_KIND_STR);
    write_member(w, object, STR("thumb_type"), JSON_KIND_STR);
    write_member(w, object, STR("meta"), JSON_KIND_OBJECT);
    jw_object_end(w);
}

static Str reference_text(Value v)
{
    return v.kind == VALUE_STR || v.kind == VALUE_JSON ? v.as.s : (Str){0};
}

/* Attributes whose key starts with `prefix`, without it. */
static bool strip(const Attr *attr, Str prefix, Str *name)
{
    if (!str_starts(attr->key, prefix) || attr->key.len == prefix.len)
        return false;
    *name = str_slice(attr->key, prefix.len, attr->key.len);
    return true;
}

static void write_references(JsonWriter *w, AttrList attrs, Str prefix, Arena *arena)
{
    jw_key(w, STR("references"));
    jw_array(w);
    for (size_t i = 0; i < attrs.len; i++) {
        Str name;

        if (strip(&attrs.items[i], prefix, &name))
            write_reference(w, name, reference_text(attrs.items[i].value), arena);
    }
    jw_array_end(w);
}

static void write_tags(JsonWriter *w, AttrList attrs, Str prefix)
{
    jw_key(w, STR("tags"));
    jw_object(w);
    for (size_t i = 0; i < attrs.len; i++) {
        Str name;

        if (strip(&attrs.items[i], prefix, &name)) {
            jw_key(w, name);
            value_write_json(w, attrs.items[i].value);
        }
    }
    jw_object_end(w);
}

/* ---------------------------------------------------------------- errors */

/* exception.stacktrace of the first exception event; empty when there is none. */
static Str find_stacktrace(Str events, Arena *arena)
{
    const Json *list;

    if (!events.len || json_parse(events, arena, &list, NULL) != ST_OK ||
        list->kind != JSON_KIND_ARRAY)
        return (Str){0};
    for (size_t i = 0; i < list->as.array.len; i++) {
        const Json *event = &list->as.array.items[i];
        const Json *name = json_get(event, STR("name"));
        const Json *trace =
            json_get(json_get(event, STR("attributes")), STR("exception.stacktrace"));

        if (name && name->kind == JSON_KIND_STR && str_eq(name->as.s, STR("exception")) && trace &&
            trace->kind == JSON_KIND_STR)
            return trace->as.s;
    }
    return (Str){0};
}

static bool has_error(const Span *s)
{
    return s->status == SPAN_ERROR || s->error_type.len || s->error_message.len;
}

static void write_error(JsonWriter *w, const Span *s, bool with_stack, Arena *arena)
{
    if (!has_error(s)) {
        jw_key_null(w, STR("error"));
        return;
    }
    jw_key(w, STR("error"));
    jw_object(w);
    jw_key_str_or_null(w, STR("type"), s->error_type);
    jw_key_str_or_null(w, STR("message"), s->error_message);
    if (with_stack)
        jw_key_str_or_null(w, STR("stacktrace"), find_stacktrace(s->events_json, arena));
    jw_object_end(w);
}

/* ------------------------------------------------------------------ span */

static Str kind_text(int32_t kind)
{
    static const char *const names[] = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
                                        "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
                                        "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER"};

    return str_from(names[kind >= 0 && kind <= 5 ? kind : 0]);
}

static void write_count(JsonWriter *w, Str key, int64_t count)
{
    if (count >= 0)
        jw_key_int(w, key, count);
    else
        jw_key_null(w, key);
}

static void write_llm(JsonWriter *w, const Span *s)
{
    const bool known = s->llm_model.len || s->llm_provider.len || s->usage.input_tokens >= 0 ||
                       s->usage.output_tokens >= 0 || s->has_cost;

    if (!known) {
        jw_key_null(w, STR("llm"));
        return;
    }
    jw_key(w, STR("llm"));
    jw_object(w);
    jw_key_str_or_null(w, STR("model"), s->llm_model);
    jw_key_str_or_null(w, STR("provider"), s->llm_provider);
    write_count(w, STR("input_tokens"), s->usage.input_tokens);
    write_count(w, STR("output_tokens"), s->usage.output_tokens);
    if (s->has_cost)
        jw_key_double(w, STR("cost"), s->cost);
    else
        jw_key_null(w, STR("cost"));
    jw_object_end(w);
}

static void write_scope(JsonWriter *w, const Scope *scope)
{
    jw_key(w, STR("scope"));
    jw_object(w);
    jw_key_str(w, STR("name"), scope->name);
    jw_key_str(w, STR("version"), scope->version);
    jw_key(w, STR("attributes"));
    attrs_write_json(w, scope->attrs);
    jw_object_end(w);
}

static void write_dropped(JsonWriter *w, const Span *s)
{
    jw_key(w, STR("dropped"));
    jw_object(w);
    jw_key_uint(w, STR("attributes"), s->dropped_attributes);
    jw_key_uint(w, STR("events"), s->dropped_events);
    jw_key_uint(w, STR("links"), s->dropped_links);
    jw_object_end(w);
}

/* Who it is: ids, names, times, status. */
static void write_head(JsonWriter *w, const Span *s)
{
    jw_key_hex(w, STR("span_id"), s->span_id, SPAN_ID_BYTES);
    write_id(w, STR("parent_span_id"), s->parent_id, SPAN_ID_BYTES);
    jw_key_str(w, STR("name"), s->name);
    jw_key_str(w, STR("kind"), kind_text(s->otel_kind));
    jw_key_str(w, STR("type"), s->type);
    jw_key_time(w, STR("start_time"), s->start_ns);
    jw_key_time(w, STR("end_time"), s->end_ns);
    jw_key_int(w, STR("duration_ns"), span_duration_ns(s));
    jw_key(w, STR("status"));
    jw_object(w);
    jw_key_str(w, STR("code"), span_status_text(s->status));
    jw_key_str(w, STR("message"), s->status_message);
    jw_object_end(w);
    write_tag(w, STR("model"), s->model, s->model_version);
    jw_key_str_or_null(w, STR("service"), s->resource->service_name);
    jw_key_str_or_null(w, STR("session"), s->session);
    jw_key_str_or_null(w, STR("user"), s->user);
}

/* Everything raw. */
static void write_tail(JsonWriter *w, const Span *s)
{
    jw_key(w, STR("attributes"));
    attrs_write_json(w, s->attrs);
    jw_key(w, STR("resource"));
    attrs_write_json(w, s->resource->attrs);
    write_scope(w, s->scope);
    write_json(w, STR("events"), s->events_json, "[]");
    write_json(w, STR("links"), s->links_json, "[]");
    jw_key_str(w, STR("trace_state"), s->trace_state);
    jw_key_uint(w, STR("flags"), s->flags);
    write_time(w, STR("received_time"), s->received_ns);
    write_dropped(w, s);
}

/* The object stays open. */
static void write_span(JsonWriter *w, const Span *s, Arena *arena)
{
    jw_object(w);
    write_head(w, s);
    jw_key_str_or_null(w, STR("input"), s->input);
    jw_key_str_or_null(w, STR("output"), s->output);
    write_tags(w, s->attrs, STR(VIREO_ATTR_TAG_PREFIX));
    write_references(w, s->attrs, STR(VIREO_ATTR_REFERENCE_PREFIX), arena);
    write_error(w, s, true, arena);
    write_llm(w, s);
    write_tail(w, s);
}

void span_write(JsonWriter *w, const Span *s, Arena *arena)
{
    write_span(w, s, arena);
    jw_object_end(w);
}

/* ---------------------------------------------------------------- scores */

static void write_passed(JsonWriter *w, const Score *s)
{
    if (s->has_passed)
        jw_key_bool(w, STR("passed"), s->passed);
    else
        jw_key_null(w, STR("passed"));
}

static void write_score_details(JsonWriter *w, const Score *s)
{
    jw_key_str_or_null(w, STR("reason"), s->reason);
    jw_key_str_or_null(w, STR("kind"), s->kind);
    jw_key(w, STR("expected"));
    value_write_json(w, s->expected);
    if (s->has_cost)
        jw_key_double(w, STR("cost"), s->cost);
    else
        jw_key_null(w, STR("cost"));
    jw_key(w, STR("metadata"));
    value_write_json(w, s->metadata);
}

static void write_score(JsonWriter *w, const Score *s, bool whole)
{
    jw_object(w);
    jw_key_hex(w, STR("id"), s->id, SPAN_ID_BYTES);
    jw_key_str(w, STR("name"), s->name);
    jw_key(w, STR("value"));
    value_write_json(w, s->value);
    write_passed(w, s);
    jw_key_str_or_null(w, STR("judge"), s->judge);
    jw_key_str_or_null(w, STR("source"), s->source);
    jw_key_str_or_null(w, STR("by"), s->by);
    jw_key_str_or_null(w, STR("error"), s->error);
    if (s->span_id)
        jw_key_hex(w, STR("span_id"), s->span_id, SPAN_ID_BYTES);
    else
        jw_key_null(w, STR("span_id"));
    jw_key_time(w, STR("time"), s->time_ns);
    if (whole)
        write_score_details(w, s);
    jw_object_end(w);
}

void scores_write(JsonWriter *w, const Span *rows, size_t count, bool whole)
{
    for (size_t i = 0; i < count; i++) {
        Score score;

        if (score_of_span(&rows[i], &score))
            write_score(w, &score, whole);
    }
}

void scores_write_list(JsonWriter *w, const Span *rows, size_t count, bool whole)
{
    jw_key(w, STR("scores"));
    jw_array(w);
    scores_write(w, rows, count, whole);
    jw_array_end(w);
}

void span_write_scored(JsonWriter *w, const Span *s, const SpanBatch *rows, Arena *arena)
{
    write_span(w, s, arena);
    jw_key(w, STR("scores"));
    jw_array(w);
    for (size_t i = 0; i < rows->len; i++) {
        const Span *row = &rows->spans[i];
        const bool of_root = span_is_root(row) && span_is_root(s);

        if (of_root || memcmp(row->parent_id, s->span_id, SPAN_ID_BYTES) == 0)
            scores_write(w, row, 1, true);
    }
    jw_array_end(w);
    jw_object_end(w);
}

/* --------------------------------------------------------------- summary */

static void write_preview(JsonWriter *w, Str key, Str text)
{
    char preview[PREVIEW_MAX_BYTES];

    jw_key_str(w, key, (Str){preview, span_preview(text, preview)});
}

void summary_write(JsonWriter *w, const TraceSummary *t, Arena *arena)
{
    const Span *root = t->root;

    jw_object(w);
    jw_key_hex(w, STR("trace_id"), root->trace_id, TRACE_ID_BYTES);
    jw_key_hex(w, STR("root_span_id"), root->span_id, SPAN_ID_BYTES);
    jw_key_str(w, STR("name"), root->name);
    jw_key_str(w, STR("type"), root->type);
    write_tag(w, STR("model"), root->model, root->model_version);
    jw_key_str(w, STR("status"), span_status_text(t->status));
    write_error(w, root, false, arena);
    jw_key_time(w, STR("start_time"), t->start_ns);
    jw_key_int(w, STR("duration_ns"), t->end_ns - t->start_ns);
    jw_key_uint(w, STR("span_count"), t->span_count);
    write_preview(w, STR("input_preview"), root->input);
    write_preview(w, STR("output_preview"), root->output);
    jw_key(w, STR("tags"));
    attrs_write_json(w, t->tags);
    write_references(w, t->references, (Str){0}, arena);
    jw_key_str_or_null(w, STR("service"), root->resource->service_name);
    jw_key_str_or_null(w, STR("session"), root->session);
    jw_key_str_or_null(w, STR("user"), root->user);
    write_count(w, STR("input_tokens"), t->input_tokens);
    write_count(w, STR("output_tokens"), t->output_tokens);
    scores_write_list(w, t->scores, t->score_count, false);
    jw_object_end(w);
}
