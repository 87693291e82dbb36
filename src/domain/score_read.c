/* SPDX-License-Identifier: Apache-2.0 */
/* Field by field; the first that is wrong refuses the score and is named.
 *
 * Numbers are kept as doubles, so that a score has one column whoever gives it.  JSON has no NaN:
 * {"double": "NaN"} (or "Infinity", "-Infinity") is one, is kept, and is in no mean. */
#include "domain/score_read.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/timetext.h"
#include "domain/model.h"
#include "domain/project.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ID_KEY_BYTES = TRACE_ID_BYTES + SPAN_ID_BYTES, ID_SEED = 0x73636f72 };

typedef struct Reading {
    const Json *item;
    ScoreIn *score;
    FieldErr *err;
    Arena *arena;
    int64_t now_ns;
} Reading;

static Status refuse(const Reading *r, const char *field, const char *why)
{
    return field_err_set(r->err, ST_INVALID, field, "%s: %s", field, why);
}

/* ------------------------------------------------------------------ fields */

static Status read_text(const Reading *r, const char *field, size_t most, Str *out)
{
    Err why = {0};

    if (json_field_str(r->item, str_from(field), JSON_OPTIONAL, out, &why))
        return field_err_set(r->err, ST_INVALID, field, "%s", why.msg);
    if (out->len > most)
        return field_err_set(r->err, ST_INVALID, field, "%s: at most %zu bytes, not %zu", field,
                             most, out->len);
    return ST_OK;
}

static Status read_id(const Reading *r, const char *field, JsonNeed need, size_t bytes,
                      uint8_t *out, bool *there)
{
    static const uint8_t none[TRACE_ID_BYTES];
    Str text = {0};
    Err why = {0};

    if (json_field_str(r->item, str_from(field), need, &text, &why))
        return field_err_set(r->err, ST_INVALID, field, "%s", why.msg);
    *there = text.ptr != NULL;
    if (!*there)
        return ST_OK;
    if (hex_decode(text, out, bytes) || memcmp(out, none, bytes) == 0)
        return field_err_set(r->err, ST_INVALID, field, "%s: must be %zu hex digits, not all zero",
                             field, 2 * bytes);
    return ST_OK;
}

static Status read_ids(const Reading *r)
{
    bool there;
    Status st = read_id(r, "trace_id", JSON_REQUIRED, TRACE_ID_BYTES, r->score->trace_id, &there);

    if (!st)
        st = read_id(r, "span_id", JSON_OPTIONAL, SPAN_ID_BYTES, r->score->span_id,
                     &r->score->has_span);
    return st ? st
              : read_id(r, "id", JSON_OPTIONAL, SPAN_ID_BYTES, r->score->id, &r->score->has_id);
}

static Status read_time(const Reading *r, const char *field, bool *there, int64_t *out)
{
    const Json *j = json_get(r->item, str_from(field));

    *there = j && j->kind != JSON_KIND_NULL;
    if (!*there)
        return ST_OK;
    if (j->kind == JSON_KIND_INT)
        *out = j->as.i;
    if ((j->kind != JSON_KIND_INT && j->kind != JSON_KIND_STR) ||
        (j->kind == JSON_KIND_STR && time_from_text(j->as.s, out)) || *out < 0)
        return refuse(r, field, "must be an RFC 3339 time or nanoseconds since 1970");
    return ST_OK;
}

/* {"double": "NaN"} */
static bool is_odd_double(const Json *j, double *out)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {
        {"NaN", (double)NAN}, {"Infinity", (double)INFINITY}, {"-Infinity", -(double)INFINITY}};
    const Json *word = j->as.object.len == 1 ? json_get(j, STR("double")) : NULL;

    for (size_t i = 0; word && word->kind == JSON_KIND_STR && i < sizeof words / sizeof *words;
         i++) {
        if (!str_eq(word->as.s, str_from(words[i].word)))
            continue;
        *out = words[i].value;
        return true;
    }
    return false;
}

static Status read_value(const Reading *r)
{
    const Json *j = json_get(r->item, STR("value"));
    Value *v = &r->score->value;

    if (!j || j->kind == JSON_KIND_NULL)
        return ST_OK;
    v->kind = VALUE_DOUBLE;
    switch (j->kind) {
    case JSON_KIND_INT:
        v->as.d = (double)j->as.i;
        return ST_OK;
    case JSON_KIND_DOUBLE:
        v->as.d = j->as.d;
        return ST_OK;
    case JSON_KIND_BOOL:
        *v = (Value){VALUE_BOOL, {.b = j->as.b}};
        return ST_OK;
    case JSON_KIND_STR:
        *v = (Value){VALUE_STR, {.s = j->as.s}};
        return j->as.s.len && j->as.s.len <= SCORE_MAX_LABEL
                   ? ST_OK
                   : refuse(r, "value", "a label has 1 to 1000 bytes");
    case JSON_KIND_OBJECT:
        if (is_odd_double(j, &v->as.d))
            return ST_OK;
        break;
    case JSON_KIND_NULL:
    case JSON_KIND_ARRAY:
        break;
    }
    return refuse(r, "value", "must be a number, a boolean, a label or null");
}

/* Any JSON; objects and lists are kept as they stand. */
static Status read_any(const Reading *r, const char *field, Value *out)
{
    const Json *j = json_get(r->item, str_from(field));

    if (!j || j->kind == JSON_KIND_NULL)
        return ST_OK;
    if (j->raw.len > SCORE_MAX_TEXT)
        return refuse(r, field, "at most 65536 bytes");
    if (j->kind == JSON_KIND_BOOL)
        *out = (Value){VALUE_BOOL, {.b = j->as.b}};
    else if (j->kind == JSON_KIND_INT)
        *out = (Value){VALUE_INT, {.i = j->as.i}};
    else if (j->kind == JSON_KIND_DOUBLE)
        *out = (Value){VALUE_DOUBLE, {.d = j->as.d}};
    else if (j->kind == JSON_KIND_STR)
        *out = (Value){VALUE_STR, {.s = j->as.s}};
    else
        *out = (Value){VALUE_JSON, {.s = j->raw}};
    return ST_OK;
}

static Status read_passed(const Reading *r)
{
    const Json *j = json_get(r->item, STR("passed"));

    r->score->has_passed = j && j->kind == JSON_KIND_BOOL;
    if (r->score->has_passed)
        r->score->passed = j->as.b;
    return !j || j->kind == JSON_KIND_NULL || r->score->has_passed
               ? ST_OK
               : refuse(r, "passed", "must be true, false or null");
}

static Status read_cost(const Reading *r)
{
    Err why = {0};

    r->score->cost = -1;
    if (json_field_double(r->item, STR("cost"), JSON_OPTIONAL, &r->score->cost, &why))
        return field_err_set(r->err, ST_INVALID, "cost", "%s", why.msg);
    r->score->has_cost = r->score->cost >= 0 && isfinite(r->score->cost);
    return json_get(r->item, STR("cost")) && !r->score->has_cost &&
                   json_get(r->item, STR("cost"))->kind != JSON_KIND_NULL
               ? refuse(r, "cost", "must be a number of US dollars, not negative")
               : ST_OK;
}

static Status read_word(const Reading *r, const char *field, const char *const *words, Str *out)
{
    const Status st = read_text(r, field, NAME_MAX_CHARS, out);

    if (st || !out->ptr)
        return st;
    for (size_t i = 0; words[i]; i++)
        if (str_eq(*out, str_from(words[i])))
            return ST_OK;
    return refuse(r, field,
                  words[2] ? "must be code, llm or person" : "must be feedback or expectation");
}

static Status read_words(const Reading *r)
{
    static const char *const sources[] = {"code", "llm", "person", NULL};
    static const char *const kinds[] = {"feedback", "expectation", NULL};
    const Status st = read_word(r, "source", sources, &r->score->source);

    return st ? st : read_word(r, "kind", kinds, &r->score->kind);
}

static Status read_tag(const Reading *r, const char *field, Str *out)
{
    Str name;
    int32_t number;
    Status st = read_text(r, field, 1000, out);

    if (st || !out->ptr)
        return st;
    if (tag_split(*out, &name, &number))
        return refuse(r, field, "must be a tag such as helpful:v2");
    return name_check(name, field, r->err);
}

/* A score without a name has its judge's. */
static Status read_name(const Reading *r)
{
    int32_t number;
    Status st = read_tag(r, "judge", &r->score->judge);

    if (!st)
        st = read_text(r, "name", SIZE_MAX, &r->score->name);
    if (st)
        return st;
    if (!r->score->name.ptr && r->score->judge.ptr)
        st = tag_split(r->score->judge, &r->score->name, &number);
    if (!st && !r->score->name.ptr)
        return refuse(r, "name", "is needed where there is no judge");
    return st ? st : name_check(r->score->name, "name", r->err);
}

static Status read_texts(const Reading *r)
{
    Status st = read_text(r, "reason", SCORE_MAX_TEXT, &r->score->reason);

    if (!st)
        st = read_text(r, "error", SCORE_MAX_TEXT, &r->score->error);
    if (!st)
        st = read_text(r, "by", SCORE_MAX_LABEL, &r->score->by);
    return st ? st : read_tag(r, "model", &r->score->model);
}

static Status read_rest(const Reading *r)
{
    Value *metadata = &r->score->metadata;
    bool there;
    Status st = read_time(r, "trace_start", &r->score->has_start, &r->score->trace_start_ns);

    r->score->time_ns = r->now_ns;
    if (!st)
        st = read_time(r, "time", &there, &r->score->time_ns);
    if (!st)
        st = read_any(r, "metadata", metadata);
    if (!st && metadata->kind != VALUE_NONE &&
        (metadata->kind != VALUE_JSON || metadata->as.s.ptr[0] != '{'))
        st = refuse(r, "metadata", "must be an object");
    return st ? st : read_any(r, "expected", &r->score->expected);
}

static Status check_said(const Reading *r)
{
    const ScoreIn *s = r->score;

    if (s->value.kind != VALUE_NONE || s->has_passed || s->error.len ||
        s->expected.kind != VALUE_NONE || s->reason.len)
        return ST_OK;
    return refuse(r, "value", "a score says something: value, passed, expected, reason or error");
}

/* ---------------------------------------------------------------------- ids */

static Status derive_id(const Reading *r)
{
    ScoreIn *s = r->score;
    char trace[2 * TRACE_ID_BYTES];
    char span[2 * SPAN_ID_BYTES];
    Str key = {0};
    Status st;
    uint64_t hash;

    if (s->has_id)
        return ST_OK;
    hex_encode(s->trace_id, TRACE_ID_BYTES, trace);
    hex_encode(s->span_id, SPAN_ID_BYTES, span);
    st = arena_printf(r->arena, &key, "%.*s\n%.*s\n%.*s\n%.*s\n%.*s", (int)sizeof trace, trace,
                      (int)sizeof span, span, STR_ARG(s->judge), STR_ARG(s->name), STR_ARG(s->by));
    if (st)
        return st;
    hash = hash_seeded(key, ID_SEED) | 1; /* never all zero */
    for (size_t i = 0; i < SPAN_ID_BYTES; i++)
        s->id[i] = (uint8_t)(hash >> (8 * i));
    return ST_OK;
}

/* A request that scores one thing twice contradicts itself. */
static Status note_id(const Reading *r, Map *seen, size_t index)
{
    char *key = arena_alloc(r->arena, ID_KEY_BYTES);
    uint64_t *first;
    bool added;
    Status st;

    if (!key)
        return ST_NOMEM;
    memcpy(key, r->score->trace_id, TRACE_ID_BYTES);
    memcpy(key + TRACE_ID_BYTES, r->score->id, SPAN_ID_BYTES);
    st = map_entry(seen, (Str){key, ID_KEY_BYTES}, index, &first, &added);
    if (st || added)
        return st;
    return field_err_set(r->err, ST_INVALID, "id", "id: scores[%llu] has the same%s",
                         (unsigned long long)*first,
                         r->score->has_id ? "" : " judge, name and giver for the same span");
}

/* --------------------------------------------------------------------- body */

static Status read_said(const Reading *r)
{
    Status st = read_name(r);

    if (!st)
        st = read_value(r);
    if (!st)
        st = read_passed(r);
    if (!st)
        st = read_cost(r);
    if (!st)
        st = read_words(r);
    if (!st)
        st = read_texts(r);
    if (!st)
        st = read_rest(r);
    return st ? st : check_said(r);
}

static Status check_kind(const Json *item, FieldErr *err)
{
    if (item->kind == JSON_KIND_OBJECT)
        return ST_OK;
    return field_err_set(err, ST_INVALID, "", "a score must be an object, not %s",
                         json_kind_name(item->kind));
}

Status score_said_read(const Json *item, int64_t now_ns, Arena *arena, ScoreIn *out, FieldErr *err)
{
    ScoreIn score = {0};
    const Reading r = {item, &score, err, arena, now_ns};
    Status st = check_kind(item, err);

    if (!st)
        st = read_said(&r);
    if (!st)
        *out = score;
    return st;
}

static Status read_item(const Reading *r, Map *seen, size_t index)
{
    Status st = check_kind(r->item, r->err);

    if (!st)
        st = read_ids(r);
    if (!st)
        st = read_said(r);
    if (!st)
        st = derive_id(r);
    return st ? st : note_id(r, seen, index);
}

void score_refused(ScoresResult *out, size_t index, const FieldErr *why)
{
    ScoreRefusal *to = &out->rejected[out->rejected_count++];

    to->index = index;
    (void)snprintf(to->field, sizeof to->field, "%s", why->field);
    (void)snprintf(to->detail, sizeof to->detail, "%s", why->err.msg);
}

static Status read_items(const Json *list, int64_t now_ns, Arena *arena, ScoreIn *items,
                         size_t *len, ScoresResult *out)
{
    Map seen;
    Status st = ST_OK;

    map_init(&seen, SCORES_MAX);
    for (size_t i = 0; i < list->as.array.len && !st; i++) {
        FieldErr e = {0};
        const Reading r = {&list->as.array.items[i], &items[*len], &e, arena, now_ns};

        items[*len] = (ScoreIn){0};
        st = read_item(&r, &seen, i);
        if (!st)
            ++*len;
        else if (st == ST_INVALID)
            score_refused(out, i, &e);
        st = st == ST_INVALID ? ST_OK : st;
    }
    map_deinit(&seen);
    return st;
}

Status scores_list(Str body, Arena *arena, const Json **out, FieldErr *err)
{
    const Json *object;
    Err why = {0};
    Status st;

    if (body.len > SCORES_MAX_BODY)
        return field_err_set(err, ST_LIMIT, "", "the body may have at most %d bytes",
                             (int)SCORES_MAX_BODY);
    st = json_parse_object(body, arena, &object, &why);
    if (st == ST_NOMEM)
        return field_err_set(err, ST_LIMIT, "", "the body has too many parts");
    if (st)
        return field_err_set(err, ST_INVALID, "", "%s", why.msg);
    if (json_field_array(object, STR("scores"), JSON_REQUIRED, out, &why))
        return field_err_set(err, ST_INVALID, "scores", "%s", why.msg);
    if ((*out)->as.array.len > SCORES_MAX)
        return field_err_set(err, ST_LIMIT, "scores", "scores: at most %d in a request",
                             (int)SCORES_MAX);
    return ST_OK;
}

Status scores_read(Str body, int64_t now_ns, Arena *arena, ScoreIn **items, size_t *len,
                   ScoresResult *out, FieldErr *err)
{
    const Json *list = NULL;
    Status st = scores_list(body, arena, &list, err);

    *len = 0;
    *out = (ScoresResult){0};
    if (st || !list)
        return st;
    *items = arena_calloc(arena, list->as.array.len + 1, sizeof **items);
    out->rejected = arena_calloc(arena, list->as.array.len + 1, sizeof *out->rejected);
    if (!*items || !out->rejected)
        return ST_NOMEM;
    return read_items(list, now_ns, arena, *items, len, out);
}
