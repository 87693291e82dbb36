/* SPDX-License-Identifier: Apache-2.0 */
/* `field:value`, `field:(a,b)`, `field:low..high`, `field>=value`, `field:*`, `has:field`, "text".
 *
 * Values are read once, here, in every way that their field allows; the
 * executor never looks at text that might be a number. */
#include "query/term_parse.h"

#include "base/timetext.h"

enum { MAX_LIST = 100 };

typedef enum Operator { OPERATOR_IS, OPERATOR_NOT, OPERATOR_ABOVE, OPERATOR_BELOW } Operator;

static bool is_numeric(FieldKind kind)
{
    return kind == FIELD_NUMBER || kind == FIELD_DURATION || kind == FIELD_TIME;
}

static Status read_id(Cursor *c, const TermValue *v)
{
    uint8_t scratch[16];

    if (hex_decode(v->text, scratch, 16) && hex_decode(v->text, scratch, 8))
        return err_set(c->err, ST_INVALID, c->at, "an id has 32 (trace) or 16 (span) hex digits");
    return ST_OK;
}

/* Numbers in the unit of the column. */
static Status read_number(Cursor *c, const Field *f, TermValue *v)
{
    Status st = ST_OK;

    if (f->kind == FIELD_DURATION) {
        st = duration_from_text(v->text, &v->integer);
        if (st)
            return err_set(c->err, ST_INVALID, c->at,
                           "'%.*s' needs a duration with its unit, as in %.*s>250ms",
                           STR_ARG(v->text), STR_ARG(f->name));
    } else if (f->kind == FIELD_TIME) {
        st = time_from_text(v->text, &v->integer);
        if (st)
            return err_set(c->err, ST_INVALID, c->at,
                           "'%.*s' is not a time such as 2026-11-21T14:00:00Z", STR_ARG(v->text));
    } else {
        v->is_int = str_to_i64(v->text, &v->integer) == ST_OK;
        v->is_number = str_to_double(v->text, &v->number) == ST_OK;
        if (!v->is_number && f->kind == FIELD_NUMBER)
            return err_set(c->err, ST_INVALID, c->at, "%.*s needs a number, not '%.*s'",
                           STR_ARG(f->name), STR_ARG(v->text));
        return ST_OK;
    }
    v->is_int = true;
    v->is_number = true;
    v->number = (double)v->integer;
    return ST_OK;
}

static Status read_value(Cursor *c, const Field *f, TermValue *v)
{
    v->wildcard = !v->quoted && str_find_char(v->text, '*') < v->text.len;
    for (size_t i = 0; i < v->text.len && !v->quoted; i++)
        if (v->text.ptr[i] == '<' || v->text.ptr[i] == '>' || v->text.ptr[i] == '=')
            return err_set(c->err, ST_INVALID, c->at,
                           "put a value with <, > or = in double quotes");
    switch (f->kind) {
    case FIELD_ID:
        return read_id(c, v);
    case FIELD_NUMBER:
    case FIELD_DURATION:
    case FIELD_TIME:
        return read_number(c, f, v);
    case FIELD_ATTRIBUTE:
        return v->quoted ? ST_OK : read_number(c, f, v);
    case FIELD_ROOT:
        if (!str_eq(v->text, STR("true")) && !str_eq(v->text, STR("false")))
            return err_set(c->err, ST_INVALID, c->at, "root takes true or false");
        return ST_OK;
    case FIELD_TEXT:
    case FIELD_CONTAINS:
    case FIELD_MODEL:
        return ST_OK;
    }
    return ST_OK;
}

/* The text of one value; not yet read. */
static Status take_value_text(Cursor *c, Str stops, TermValue *v)
{
    const size_t begin = c->at;

    *v = (TermValue){0};
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
            st = read_value(c, &t->field, &v);
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

static Status read_bound(Cursor *c, Term *t, Str text, bool inclusive, Bound *out)
{
    Bound b = {.set = true, .inclusive = inclusive, .value = {.text = text}};
    Status st;

    if (text.len == 0)
        return ST_OK;
    if (!is_numeric(t->field.kind) && t->field.kind != FIELD_ATTRIBUTE)
        return err_set(c->err, ST_INVALID, c->at, "%.*s has no order: use %.*s:value",
                       STR_ARG(t->field.name), STR_ARG(t->field.name));
    st = read_value(c, &t->field, &b.value);
    if (st)
        return st;
    if (!b.value.is_number)
        return err_set(c->err, ST_INVALID, c->at, "%.*s: '%.*s' is not a number",
                       STR_ARG(t->field.name), STR_ARG(text));
    *out = b;
    return ST_OK;
}

static Status parse_compare(Cursor *c, Term *t, Operator op, bool inclusive)
{
    TermValue v = {0};
    Status st = take_value_text(c, (Str){0}, &v);

    t->kind = TERM_RANGE;
    if (st)
        return st;
    if (v.text.len == 0)
        return err_set(c->err, ST_INVALID, c->at, "expected a value here");
    return read_bound(c, t, v.text, inclusive, op == OPERATOR_ABOVE ? &t->low : &t->high);
}

/* low..high of a field with an order; either end may be missing. */
static Status parse_range(Cursor *c, Term *t, Str text, size_t dots)
{
    Status st;

    t->kind = TERM_RANGE;
    st = read_bound(c, t, str_slice(text, 0, dots), true, &t->low);
    if (!st)
        st = read_bound(c, t, str_slice(text, dots + 2, text.len), true, &t->high);
    if (!st && !t->low.set && !t->high.set)
        st = err_set(c->err, ST_INVALID, c->at, "a range needs at least one end");
    return st;
}

static bool looks_like_number(Str s)
{
    double ignored;

    return s.len == 0 || str_to_double(s, &ignored) == ST_OK;
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

static Status parse_is(Cursor *c, Term *t)
{
    TermValue v = {0};
    size_t dots;
    Status st;

    if (cursor_take(c, STR("(")))
        return parse_list(c, t);
    st = take_value_text(c, (Str){0}, &v);
    if (st)
        return st;
    if (!v.quoted && str_eq(v.text, STR("*"))) {
        t->kind = TERM_EXISTS;
        return ST_OK;
    }
    if (is_range(t, &v, &dots))
        return parse_range(c, t, v.text, dots);
    st = read_value(c, &t->field, &v);
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
    (void)cursor_take(c, STR("="));
    return OPERATOR_IS;
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

static Status parse_text(Cursor *c, Term *t)
{
    TermValue v = {0};
    const Status st = take_value_text(c, (Str){0}, &v);

    t->kind = TERM_TEXT;
    if (st)
        return st;
    if (v.text.len == 0)
        return err_set(c->err, ST_INVALID, c->at, "an empty text matches everything: leave it out");
    return add_value(c, t, &v);
}

Status term_parse(Cursor *c, Term *out, bool *negated)
{
    const size_t begin = c->at;
    Term t = {.kind = TERM_EQUAL};
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
                                                          : parse_is(c, &t);
    }
    if (!st)
        *out = t;
    return st;
}
