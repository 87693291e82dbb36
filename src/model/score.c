/* SPDX-License-Identifier: Apache-2.0 */
/* A score out of its row. */
#include "model/score.h"

/* The value of `prefix` + name; a row that another program wrote may say another name than its
 * own: then the first of the prefix. */
static Value named_value(const Span *s, Str prefix)
{
    const Value *other = NULL;

    for (size_t i = s->attrs.len; i-- > 0;) {
        const Attr *a = &s->attrs.items[i];

        if (!str_starts(a->key, prefix))
            continue;
        if (str_eq(str_slice(a->key, prefix.len, a->key.len), s->name))
            return a->value;
        other = &a->value;
    }
    return other ? *other : (Value){0};
}

static Value value_of(const Span *s, const char *key)
{
    const Value *v = attr_find(s->attrs, str_from(key));

    return v ? *v : (Value){0};
}

static void take_passed(const Span *s, Score *out)
{
    const Value v = named_value(s, STR(SCORE_PASSED_PREFIX));

    out->has_passed = v.kind == VALUE_BOOL;
    out->passed = out->has_passed && v.as.b;
}

static void take_cost(const Span *s, Score *out)
{
    const Value v = value_of(s, SCORE_COST);

    out->has_cost = v.kind == VALUE_DOUBLE || v.kind == VALUE_INT;
    out->cost = v.kind == VALUE_DOUBLE ? v.as.d : v.kind == VALUE_INT ? (double)v.as.i : 0;
}

bool score_of_span(const Span *s, Score *out)
{
    const Value time = value_of(s, SCORE_TIME);
    Score score = {.trace_id = s->trace_id,
                   .id = s->span_id,
                   .span_id = span_is_root(s) ? NULL : s->parent_id,
                   .name = s->name,
                   .judge = attr_find_str(s->attrs, STR(SCORE_JUDGE)),
                   .source = attr_find_str(s->attrs, STR(SCORE_SOURCE)),
                   .by = attr_find_str(s->attrs, STR(SCORE_BY)),
                   .kind = attr_find_str(s->attrs, STR(SCORE_KIND)),
                   .reason = attr_find_str(s->attrs, STR(SCORE_REASON)),
                   .error = attr_find_str(s->attrs, STR(SCORE_ERROR)),
                   .metadata = value_of(s, SCORE_METADATA),
                   .expected = value_of(s, SCORE_EXPECTED)};

    if (!span_is_score(s) || attr_find(s->attrs, STR(SCORE_DELETED)))
        return false;
    score.value = named_value(s, STR(SCORE_VALUE_PREFIX));
    score.time_ns = time.kind == VALUE_INT ? time.as.i : s->received_ns;
    take_passed(s, &score);
    take_cost(s, &score);
    *out = score;
    return true;
}
