/* SPDX-License-Identifier: Apache-2.0 */
/* Spans without the event's name in their events cost one search for it. */
#include "otlp/score_events.h"

#include "base/hash.h"
#include "base/timetext.h"
#include "codec/json_read.h"
#include "model/score.h"

#include <string.h>

#define RESULT       "gen_ai.evaluation.result"
#define RESULT_NAME  "gen_ai.evaluation.name"
#define RESULT_VALUE "gen_ai.evaluation.score.value"
#define RESULT_LABEL "gen_ai.evaluation.score.label"
#define RESULT_WHY   "gen_ai.evaluation.explanation"

enum { ID_SEED = 0x6f74656c, MAX_ATTRS = 8 };

static Str text_of(const Json *attributes, const char *key)
{
    const Json *j = json_get(attributes, str_from(key));

    return j && j->kind == JSON_KIND_STR ? j->as.s : (Str){0};
}

/* Events of the span that are results; NULL: none. */
static Status read_events(const Span *s, Arena *a, const Json **out)
{
    const Json *list = NULL;
    Status st;

    *out = NULL;
    if (str_find(s->events_json, STR("\"" RESULT "\"")) == s->events_json.len)
        return ST_OK;
    st = json_parse(s->events_json, a, &list, NULL);
    if (st == ST_NOMEM)
        return st;
    if (!st && list->kind == JSON_KIND_ARRAY)
        *out = list;
    return ST_OK;
}

static bool is_result(const Json *event)
{
    const Json *attributes = json_get(event, STR("attributes"));
    const Str name = text_of(event, "name");

    return str_eq(name, STR(RESULT)) && text_of(attributes, RESULT_NAME).len;
}

/* Nothing for empty text. */
static void add(Span *row, Str key, Value value)
{
    if (value.kind != VALUE_STR || value.as.s.len)
        row->attrs.items[row->attrs.len++] = (Attr){key, value};
}

static Value text_value(Str s)
{
    return (Value){VALUE_STR, {.s = s}};
}

static Value score_value(const Json *attributes)
{
    const Json *j = json_get(attributes, STR(RESULT_VALUE));

    if (j && j->kind == JSON_KIND_INT)
        return (Value){VALUE_DOUBLE, {.d = (double)j->as.i}};
    if (j && j->kind == JSON_KIND_DOUBLE)
        return (Value){VALUE_DOUBLE, {.d = j->as.d}};
    if (j && j->kind == JSON_KIND_BOOL)
        return (Value){VALUE_BOOL, {.b = j->as.b}};
    return text_value(text_of(attributes, RESULT_LABEL));
}

static void make_id(const Span *s, size_t place, uint8_t out[SPAN_ID_BYTES])
{
    uint8_t key[TRACE_ID_BYTES + SPAN_ID_BYTES + 1];
    uint64_t hash;

    memcpy(key, s->trace_id, TRACE_ID_BYTES);
    memcpy(key + TRACE_ID_BYTES, s->span_id, SPAN_ID_BYTES);
    key[sizeof key - 1] = (uint8_t)place;
    hash = hash_seeded((Str){(const char *)key, sizeof key}, ID_SEED) | 1; /* never all zero */
    for (size_t i = 0; i < SPAN_ID_BYTES; i++)
        out[i] = (uint8_t)(hash >> (8 * i));
}

/* Of the span the row has the trace, the place and what scores are grouped by. */
static void place_row(const Span *s, size_t place, Str name, Span *row)
{
    *row = (Span){.name = name,
                  .type = STR(VIREO_TYPE_SCORE),
                  .start_ns = s->start_ns,
                  .end_ns = s->start_ns,
                  .resource = s->resource,
                  .scope = s->scope,
                  .model = s->model,
                  .model_version = s->model_version,
                  .fingerprint = s->fingerprint,
                  .session = s->session,
                  .user = s->user,
                  .usage = {-1, -1}};
    memcpy(row->trace_id, s->trace_id, TRACE_ID_BYTES);
    memcpy(row->parent_id, s->span_id, SPAN_ID_BYTES);
    make_id(s, place, row->span_id);
}

static Status make_row(const Span *s, const Json *event, size_t place, Arena *a, Span *row)
{
    const Json *attributes = json_get(event, STR("attributes"));
    const Str error = text_of(attributes, "error.type");
    const Str name = text_of(attributes, RESULT_NAME);
    int64_t time_ns;
    Str key = {0};
    Status st;

    place_row(s, place, name, row);
    row->attrs.items = arena_calloc(a, MAX_ATTRS, sizeof *row->attrs.items);
    st = row->attrs.items ? arena_printf(a, &key, SCORE_VALUE_PREFIX "%.*s", STR_ARG(name))
                          : ST_NOMEM;
    if (st)
        return st;
    add(row, STR(VIREO_ATTR_TYPE), text_value(STR(VIREO_TYPE_SCORE)));
    add(row, key, score_value(attributes));
    add(row, STR(SCORE_REASON), text_value(text_of(attributes, RESULT_WHY)));
    add(row, STR(SCORE_ERROR), text_value(error));
    if (time_from_text(text_of(event, "time"), &time_ns) == ST_OK)
        add(row, STR(SCORE_TIME), (Value){VALUE_INT, {.i = time_ns}});
    row->status = error.len ? SPAN_ERROR : SPAN_UNSET;
    return ST_OK;
}

static Status append_rows(const Span *s, const Json *events, Arena *a, SpanBatch *out)
{
    size_t place = 0;
    Status st = ST_OK;

    for (size_t i = 0; i < events->as.array.len && place < SCORE_EVENTS_MAX && !st; i++)
        if (is_result(&events->as.array.items[i]))
            st = make_row(s, &events->as.array.items[i], place++, a, &out->spans[out->len++]);
    return st;
}

static size_t count_results(const Json *events)
{
    size_t n = 0;

    for (size_t i = 0; i < events->as.array.len; i++)
        n += is_result(&events->as.array.items[i]);
    return n < SCORE_EVENTS_MAX ? n : SCORE_EVENTS_MAX;
}

/* The batch with room for `more` behind it. */
static Status grow(SpanBatch *batch, size_t more, Arena *a)
{
    Span *spans = arena_alloc(a, (batch->len + more) * sizeof *spans);

    if (!spans)
        return ST_NOMEM;
    memcpy(spans, batch->spans, batch->len * sizeof *spans);
    batch->spans = spans;
    return ST_OK;
}

Status otlp_score_events(SpanBatch *batch, Arena *a)
{
    const Json **events = NULL;
    const size_t len = batch->len;
    size_t more = 0;
    Status st = ST_OK;

    for (size_t i = 0; i < len && !st; i++) {
        const Json *found = NULL;

        st = read_events(&batch->spans[i], a, &found);
        if (st || !found || span_is_score(&batch->spans[i]))
            continue;
        if (!events)
            events = arena_calloc(a, len, sizeof(const Json *));
        if (!events)
            return ST_NOMEM;
        events[i] = found;
        more += count_results(found);
    }
    if (st || !more)
        return st;
    st = grow(batch, more, a);
    for (size_t i = 0; i < len && !st; i++)
        if (events[i])
            st = append_rows(&batch->spans[i], events[i], a, batch);
    return st;
}
