/* SPDX-License-Identifier: Apache-2.0 */
/* `field:value`, `field:(a,b)`, `field:low..high`, `field>=value`, `field:*`, `field:/re/`,
 * `has:field`, "text", /re/.
 *
 * Values are read once, here, in every way that their field allows; the
 * executor never looks at text that might be a number. */
#include "query/term_parse.h"

#include "base/nearest.h"
#include "base/timetext.h"

#include <math.h>

enum { MAX_LIST = 100 };

typedef enum Operator {
    OPERATOR_IS,
    OPERATOR_EQUAL, /* the same, and never a regular expression */
    OPERATOR_NOT,
    OPERATOR_ABOVE,
    OPERATOR_BELOW
} Operator;

static bool is_numeric(FieldKind kind)
{
    return kind == FIELD_NUMBER || kind == FIELD_DURATION || kind == FIELD_TIME;
}

static Status read_id(Cursor *c, const TermValue *v)
{
    uint8_t scratch[16];

    if (hex_decode(v->text, scratch, 16) && hex_decode(v->text, scratch, 8))
        return err_set(c->err, ST_INVALID, v->pos, "an id has 32 (trace) or 16 (span) hex digits");
    return ST_OK;
}

static Status read_duration(Cursor *c, const Field *f, TermValue *v)
{
    double ignored;

    if (duration_from_text(v->text, &v->integer) == ST_OK)
        return ST_OK;
    if (str_to_double(v->text, &ignored) == ST_OK)
        return err_set(c->err, ST_INVALID, v->pos,
                       "'%.*s' needs a duration with its unit, as in %.*s>250ms", STR_ARG(v->text),
                       STR_ARG(f->name));
    return err_set(c->err, ST_INVALID, v->pos,
                   "'%.*s' is not a duration: a number and ns, us, ms, s, m, h, d or w",
                   STR_ARG(v->text));
}

/* The text becomes absolute: it is what the query is known by. */
static Status take_relative(Cursor *c, TermValue *v, int64_t ns)
{
    char text[TIME_TEXT_MAX];

    v->integer = ns;
    return arena_copy(c->arena, (Str){text, time_to_text(ns, text)}, &v->text);
}

/* `-1h` is an hour ago. */
static Status read_time(Cursor *c, TermValue *v)
{
    int64_t ago;

    if (str_eq(v->text, STR("now")))
        return take_relative(c, v, c->now_ns);
    if (str_starts(v->text, STR("-")) &&
        duration_from_text(str_slice(v->text, 1, v->text.len), &ago) == ST_OK && ago >= 0)
        return take_relative(c, v, c->now_ns < INT64_MIN + ago ? INT64_MIN : c->now_ns - ago);
    if (time_from_text(v->text, &v->integer) == ST_OK)
        return ST_OK;
    return err_set(c->err, ST_INVALID, v->pos,
                   "'%.*s' is not a time such as 2026-11-21T14:00:00Z or -1h (an hour ago)",
                   STR_ARG(v->text));
}

/* What compares with numbers, which NaN does not. */
static Status plain_number(Str text, double *out)
{
    const Status st = str_to_double(text, out);

    return !st && isnan(*out) ? ST_INVALID : st;
}

/* 12, 1.5k, 3M, 10MB, 64KiB; with `money` also $0.01. */
static bool scaled_number(Str text, bool money, double *out)
{
    static const struct {
        Str suffix;
        double factor;
    } scales[] = {
        {{"KiB", 3}, 1024.0}, {{"MiB", 3}, 1048576.0}, {{"GiB", 3}, 1073741824.0},
        {{"kB", 2}, 1e3},     {{"MB", 2}, 1e6},        {{"GB", 2}, 1e9},
        {{"k", 1}, 1e3},      {{"M", 1}, 1e6},         {{"G", 1}, 1e9},
    };
    double factor = 1;

    if (money && str_starts(text, STR("$")))
        text = str_slice(text, 1, text.len);
    for (size_t i = 0; i < sizeof scales / sizeof *scales && factor == 1; i++) {
        if (str_ends(text, scales[i].suffix)) {
            text.len -= scales[i].suffix.len;
            factor = scales[i].factor;
        }
    }
    if (plain_number(text, out))
        return false;
    *out *= factor;
    return true;
}

static Status no_number(Cursor *c, const Field *f, const TermValue *v)
{
    int64_t ns;

    if (f->kind == FIELD_ATTRIBUTE && duration_from_text(v->text, &ns) == ST_OK)
        return err_set(c->err, ST_INVALID, v->pos,
                       "an attribute has no unit of time: write the number that it has, not '%.*s'",
                       STR_ARG(v->text));
    return err_set(c->err, ST_INVALID, v->pos, "%.*s needs a number%s, not '%.*s'",
                   STR_ARG(f->name), f->unit == UNIT_MONEY ? " such as $0.01" : "",
                   STR_ARG(v->text));
}

/* `compared`: the value is behind < or >, or an end of a range. */
static Status read_number(Cursor *c, const Field *f, bool compared, TermValue *v)
{
    Status st = ST_OK;

    if (f->kind == FIELD_DURATION || f->kind == FIELD_TIME) {
        st = f->kind == FIELD_TIME ? read_time(c, v) : read_duration(c, f, v);
        v->is_int = st == ST_OK;
        v->is_number = st == ST_OK;
        v->number = (double)v->integer;
        return st;
    }
    v->is_int = str_to_i64(v->text, &v->integer) == ST_OK;
    v->is_number = plain_number(v->text, &v->number) == ST_OK;
    if (!v->is_number && (compared || f->kind == FIELD_NUMBER))
        v->is_number =
            scaled_number(v->text, f->kind == FIELD_ATTRIBUTE || f->unit == UNIT_MONEY, &v->number);
    return v->is_number || (!compared && f->kind == FIELD_ATTRIBUTE) ? ST_OK : no_number(c, f, v);
}

static const char *status_word(const void *context, size_t i)
{
    static const char *const words[] = {"ok", "error", "unset"};

    (void)context;
    return words[i];
}

static Status read_text(Cursor *c, const Field *f, const TermValue *v)
{
    const char *near;

    if (!str_eq(f->name, STR("status")) || v->wildcard)
        return ST_OK;
    for (size_t i = 0; i < 3; i++)
        if (str_eq(v->text, str_from(status_word(NULL, i))))
            return ST_OK;
    near = nearest_word(v->text, status_word, NULL, 3);
    return err_set(c->err, ST_INVALID, v->pos, "a status is ok, error or unset%s%s%s",
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static Status read_truth(Cursor *c, const Field *f, const TermValue *v)
{
    if (str_eq(v->text, STR("true")) || str_eq(v->text, STR("false")))
        return ST_OK;
    return err_set(c->err, ST_INVALID, v->pos, "%.*s takes true or false", STR_ARG(f->name));
}

static Status read_attribute(Cursor *c, const Field *f, bool compared, TermValue *v)
{
    if (f->score == SCORE_PASS_OF_NAME && !compared)
        return read_truth(c, f, v);
    return v->quoted && !compared ? ST_OK : read_number(c, f, compared, v);
}

static Status read_value(Cursor *c, const Field *f, bool compared, TermValue *v)
{
    v->wildcard = !v->quoted && str_find_char(v->text, '*') < v->text.len;
    for (size_t i = 0; i < v->text.len && !v->quoted; i++)
        if (v->text.ptr[i] == '<' || v->text.ptr[i] == '>' || v->text.ptr[i] == '=')
            return err_set(c->err, ST_INVALID, v->pos,
                           "put a value with <, > or = in double quotes");
    switch (f->kind) {
    case FIELD_ID:
        return read_id(c, v);
    case FIELD_NUMBER:
    case FIELD_DURATION:
    case FIELD_TIME:
        return read_number(c, f, compared, v);
    case FIELD_ATTRIBUTE:
        return read_attribute(c, f, compared, v);
    case FIELD_ROOT:
        return read_truth(c, f, v);
    case FIELD_CONTAINS:
        return needle_make(v->text, c->arena, &v->needle);
    case FIELD_TEXT:
        return read_text(c, f, v);
    case FIELD_MODEL:
        return ST_OK;
    }
    return ST_OK;
}

/* The text of one value; not yet read. */
static Status take_value_text(Cursor *c, Str stops, TermValue *v)
{
    const size_t begin = c->at;

    *v = (TermValue){.pos = begin};
    if (cursor_peek(c) == '"') {
        v->quoted = true;
        return cursor_quoted(c, &v->text);
    }
    v->text = cursor_bare(c, stops);
    if (v->text.len == 0)
        return err_set(c->err, ST_INVALID, begin, "expected a value here");
    return ST_OK;
}

static Status add_value(Cursor *c, Term *t, const TermValue *v)
{
    if (t->value_count == MAX_LIST)
        return err_set(c->err, ST_LIMIT, c->at, "a list has at most %d values", MAX_LIST);
    if (!t->values)
        t->values = arena_calloc(c->arena, MAX_LIST, sizeof *t->values);
    if (!t->values)
        return ST_NOMEM;
    t->values[t->value_count++] = *v;
    return ST_OK;
}

static Status parse_list(Cursor *c, Term *t)
{
    do {
        TermValue v = {0};
        Status st;

        cursor_skip_space(c);
        st = take_value_text(c, STR(","), &v);
        if (!st)
            st = read_value(c, &t->field, false, &v);
        if (!st)
            st = add_value(c, t, &v);
        if (st)
            return st;
        cursor_skip_space(c);
    } while (cursor_take(c, STR(",")));
    if (!cursor_take(c, STR(")")))
        return err_set(c->err, ST_INVALID, c->at, "expected , or ) in the list");
    return ST_OK;
}

static Status read_bound(Cursor *c, Term *t, TermValue v, bool inclusive, Bound *out)
{
    Bound b = {.set = true, .inclusive = inclusive, .value = v};
    Status st;

    if (v.text.len == 0)
        return ST_OK;
    if (!is_numeric(t->field.kind) && t->field.kind != FIELD_ATTRIBUTE)
        return err_set(c->err, ST_INVALID, v.pos, "%.*s has no order: use %.*s:value",
                       STR_ARG(t->field.name), STR_ARG(t->field.name));
    b.value.quoted = false;
    st = read_value(c, &t->field, true, &b.value);
    if (!st)
        *out = b;
    return st;
}

static Status parse_compare(Cursor *c, Term *t, Operator op, bool inclusive)
{
    TermValue v = {0};
    Status st = take_value_text(c, (Str){0}, &v);

    t->kind = TERM_RANGE;
    if (st)
        return st;
    if (v.text.len == 0)
        return err_set(c->err, ST_INVALID, v.pos, "expected a value here");
    return read_bound(c, t, v, inclusive, op == OPERATOR_ABOVE ? &t->low : &t->high);
}

static bool is_empty(const Term *t)
{
    const TermValue *low = &t->low.value;
    const TermValue *high = &t->high.value;

    if (!t->low.set || !t->high.set)
        return false;
    if (low->is_int && high->is_int)
        return low->integer > high->integer;
    return low->number > high->number;
}

/* low..high of a field with an order; either end may be missing. */
static Status parse_range(Cursor *c, Term *t, const TermValue *v, size_t dots)
{
    const TermValue low = {.text = str_slice(v->text, 0, dots), .pos = v->pos};
    const TermValue high = {.text = str_slice(v->text, dots + 2, v->text.len),
                            .pos = v->pos + dots + 2};
    Status st;

    t->kind = TERM_RANGE;
    st = read_bound(c, t, low, true, &t->low);
    if (!st)
        st = read_bound(c, t, high, true, &t->high);
    if (!st && !t->low.set && !t->high.set)
        st = err_set(c->err, ST_INVALID, v->pos, "a range needs at least one end");
    if (!st && is_empty(t))
        st = err_set(c->err, ST_INVALID, v->pos,
                     "nothing is in %.*s: the lower end of a range comes first", STR_ARG(v->text));
    return st;
}

static bool looks_like_number(Str s)
{
    double ignored;

    return s.len == 0 || scaled_number(s, true, &ignored);
}

static bool is_range(const Term *t, const TermValue *v, size_t *dots)
{
    *dots = str_find(v->text, STR(".."));
    if (v->quoted || *dots == v->text.len)
        return false;
    if (is_numeric(t->field.kind))
        return true;
    return t->field.kind == FIELD_ATTRIBUTE && v->text.len > 2 &&
           looks_like_number(str_slice(v->text, 0, *dots)) &&
           looks_like_number(str_slice(v->text, *dots + 2, v->text.len));
}

static bool is_searchable(const Field *f)
{
    return f->kind == FIELD_TEXT || f->kind == FIELD_CONTAINS || f->kind == FIELD_MODEL ||
           f->kind == FIELD_ATTRIBUTE;
}

static Status parse_regex(Cursor *c, Term *t, size_t begin, Str pattern, Str flags)
{
    const TermValue v = {.text = pattern, .pos = begin};
    Status st;

    for (size_t i = 0; i < flags.len; i++)
        t->regex_flags |= flags.ptr[i] == 'i'   ? REGEX_NOCASE
                          : flags.ptr[i] == 's' ? REGEX_DOT_ALL
                                                : REGEX_LINES;
    st = regex_check(pattern, t->regex_flags, begin + 1, c->err);
    if (st)
        return st;
    t->kind = TERM_REGEX;
    t->work = arena_calloc(c->arena, 1, sizeof *t->work);
    return t->work ? add_value(c, t, &v) : ST_NOMEM;
}

static Status parse_is(Cursor *c, Term *t, Operator op)
{
    const size_t begin = c->at;
    TermValue v = {0};
    Str pattern;
    Str flags;
    size_t dots;
    Status st;

    if (cursor_take(c, STR("(")))
        return parse_list(c, t);
    if (op != OPERATOR_EQUAL && is_searchable(&t->field) && cursor_regex(c, &pattern, &flags))
        return parse_regex(c, t, begin, pattern, flags);
    st = take_value_text(c, (Str){0}, &v);
    if (st)
        return st;
    if (!v.quoted && str_eq(v.text, STR("*"))) {
        t->kind = TERM_EXISTS;
        return ST_OK;
    }
    if (is_range(t, &v, &dots))
        return parse_range(c, t, &v, dots);
    st = read_value(c, &t->field, false, &v);
    return st ? st : add_value(c, t, &v);
}

static Operator take_operator(Cursor *c, bool *inclusive)
{
    *inclusive = false;
    if (cursor_take(c, STR("!=")))
        return OPERATOR_NOT;
    (void)cursor_take(c, STR(":")); /* latency:>2s is latency>2s */
    if (cursor_take(c, STR(">"))) {
        *inclusive = cursor_take(c, STR("="));
        return OPERATOR_ABOVE;
    }
    if (cursor_take(c, STR("<"))) {
        *inclusive = cursor_take(c, STR("="));
        return OPERATOR_BELOW;
    }
    return cursor_take(c, STR("=")) ? OPERATOR_EQUAL : OPERATOR_IS;
}

static Status parse_has(Cursor *c, Term *t)
{
    size_t begin;
    Str name = {0};
    Status st;

    (void)cursor_take(c, STR(":"));
    begin = c->at;
    st = cursor_name(c, &name);
    if (!st && name.len == 0)
        return err_set(c->err, ST_INVALID, begin, "expected the name of a field here");
    if (!st)
        st = field_find(name, c->arena, c->err, &t->field);
    if (st && c->err)
        c->err->pos = begin;
    t->kind = TERM_EXISTS;
    return st;
}

/* `latency > 2s` is three words to the grammar, and none that its writer meant. */
static Status check_word(Cursor *c, const TermValue *v)
{
    const Str marks = STR("<>=:");

    if (v->quoted || (!str_starts(v->text, STR("!=")) &&
                      (v->text.len == 0 || str_find_char(marks, v->text.ptr[0]) == marks.len)))
        return ST_OK;
    return err_set(c->err, ST_INVALID, v->pos,
                   "'%.*s' stands alone: write latency>2s without spaces, and a text that begins "
                   "with <, >, = or : in double quotes",
                   STR_ARG(v->text));
}

static Status parse_text(Cursor *c, Term *t)
{
    const size_t begin = c->at;
    TermValue v = {0};
    Str pattern;
    Str flags;
    Status st;

    if (cursor_regex(c, &pattern, &flags))
        return parse_regex(c, t, begin, pattern, flags);
    st = take_value_text(c, (Str){0}, &v);
    t->kind = TERM_TEXT;
    if (st)
        return st;
    if (v.text.len == 0)
        return err_set(c->err, ST_INVALID, begin, "an empty text matches everything: leave it out");
    st = check_word(c, &v);
    if (st)
        return st;
    st = needle_make(v.text, c->arena, &v.needle);
    return st ? st : add_value(c, t, &v);
}

Status term_parse(Cursor *c, Term *out, bool *negated)
{
    const size_t begin = c->at;
    Term t = {.kind = TERM_EQUAL, .pos = c->at};
    bool found = false;
    bool inclusive;
    Operator op;
    Str name = {0};
    Status st = cursor_field(c, &found, &name);

    *negated = false;
    if (st)
        return st;
    if (!found) {
        st = parse_text(c, &t);
    } else if (str_eq(name, STR("has"))) {
        st = parse_has(c, &t);
    } else {
        st = field_find(name, c->arena, c->err, &t.field);
        if (st) {
            if (c->err)
                c->err->pos = begin;
            return st;
        }
        op = take_operator(c, &inclusive);
        *negated = op == OPERATOR_NOT;
        st = op == OPERATOR_ABOVE || op == OPERATOR_BELOW ? parse_compare(c, &t, op, inclusive)
                                                          : parse_is(c, &t, op);
    }
    if (!st)
        *out = t;
    return st;
}
