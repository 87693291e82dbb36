/* SPDX-License-Identifier: Apache-2.0 */
/* Equality, ranges and wildcards for texts, integers, doubles and booleans.
 *
 * Quotes mean text: tag.zip:"07030" is equal to the string only, tag.age:7 to
 * the string "7", the integer 7 and the double 7.0. */
#include "query/value_match.h"

#include "query/aliases.h"
#include "query/text_match.h"

/* `judge:name` is any version of it. */
static bool judge_equals(const TermValue *v, Str tag)
{
    int64_t wanted = 0;
    int64_t version = 0;
    const Str name = split_model_tag(v->text, &wanted);
    const Str stored = split_model_tag(tag, &version);
    const bool glob = !v->quoted && str_find_char(name, '*') < name.len;

    if (wanted && wanted != version)
        return false;
    return glob ? text_glob(stored, name) : str_eq(stored, name);
}

static bool text_equals(const Term *t, const TermValue *v, Str s)
{
    if (t->field.kind == FIELD_CONTAINS)
        return needle_in(&v->needle, s);
    if (t->field.score == SCORE_OF_JUDGE)
        return judge_equals(v, s);
    return v->wildcard ? text_glob(s, v->text) : str_eq(s, v->text);
}

bool match_text(const Term *t, Str s)
{
    if (t->kind == TERM_EXISTS)
        return true;
    if (t->kind == TERM_RANGE)
        return false;
    if (t->kind == TERM_REGEX)
        return regex_matches(t->regex, s);
    for (size_t i = 0; i < t->value_count; i++) {
        if (t->kind == TERM_TEXT ? needle_in(&t->values[i].needle, s)
                                 : text_equals(t, &t->values[i], s))
            return true;
    }
    return false;
}

/* <0, 0, >0; exact while both are integers. */
static int compare_int(int64_t i, const TermValue *v)
{
    if (v->is_int)
        return (i > v->integer) - (i < v->integer);
    return ((double)i > v->number) - ((double)i < v->number);
}

static bool in_bounds(const Term *t, int to_low, int to_high)
{
    if (t->low.set && (t->low.inclusive ? to_low < 0 : to_low <= 0))
        return false;
    return !t->high.set || (t->high.inclusive ? to_high <= 0 : to_high < 0);
}

bool match_int(const Term *t, int64_t i)
{
    if (t->kind == TERM_EXISTS)
        return true;
    if (t->kind == TERM_REGEX)
        return false;
    if (t->kind == TERM_RANGE)
        return in_bounds(t, t->low.set ? compare_int(i, &t->low.value) : 0,
                         t->high.set ? compare_int(i, &t->high.value) : 0);
    for (size_t k = 0; k < t->value_count; k++)
        if (t->values[k].is_number && compare_int(i, &t->values[k]) == 0)
            return true;
    return false;
}

static int compare_double(double d, double to)
{
    return (d > to) - (d < to);
}

bool match_double(const Term *t, double d)
{
    if (t->kind == TERM_EXISTS)
        return true;
    if (d != d)
        return false; /* NaN is neither equal to nor between anything */
    if (t->kind == TERM_RANGE)
        return in_bounds(t, t->low.set ? compare_double(d, t->low.value.number) : 0,
                         t->high.set ? compare_double(d, t->high.value.number) : 0);
    for (size_t k = 0; k < t->value_count; k++)
        if (t->values[k].is_number && d == t->values[k].number)
            return true;
    return false;
}

bool match_bool(const Term *t, bool b)
{
    if (t->kind == TERM_EXISTS)
        return true;
    if (t->kind == TERM_REGEX)
        return false;
    for (size_t k = 0; k < t->value_count; k++)
        if (!t->values[k].quoted && str_eq(t->values[k].text, b ? STR("true") : STR("false")))
            return true;
    return false;
}
