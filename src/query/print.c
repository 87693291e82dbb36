/* SPDX-License-Identifier: Apache-2.0 */
/* query_to_text: programs back to text, with as few parentheses as the
 * precedences allow.  Every value that could be read differently is quoted. */
#include "query/print.h"

#include "query/ast.h"

#include <string.h>

typedef enum Precedence { PREC_OR, PREC_AND, PREC_NOT, PREC_TERM } Precedence;

typedef struct Piece {
    Str text;
    Precedence prec;
} Piece;

static bool plain_value(Str s)
{
    static const Str special = {" \t\r\n\v\f\"(),<>=*\\", 15};

    if (s.len == 0 || s.ptr[0] == '/' || str_find(s, STR("..")) < s.len)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (str_find_char(special, s.ptr[i]) < special.len)
            return false;
    return true;
}

static Status quote(Str s, Arena *a, Str *out)
{
    char *text = arena_alloc(a, 2 * s.len + 2);
    size_t n = 0;

    if (!text)
        return ST_NOMEM;
    text[n++] = '"';
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];

        if (c == '"' || c == '\\' || c == '\n' || c == '\t')
            text[n++] = '\\';
        text[n++] = (char)(c == '\n' ? 'n' : c == '\t' ? 't' : c);
    }
    text[n++] = '"';
    *out = (Str){text, n};
    return ST_OK;
}

Status print_plain_value(Str value, Arena *a, Str *out)
{
    if (!plain_value(value))
        return quote(value, a, out);
    *out = value;
    return ST_OK;
}

/* A quoted number of an attribute is a string, an unquoted one also a number:
 * quotes that mean something stay. */
static Status print_value(const Term *t, const TermValue *v, Arena *a, Str *out)
{
    const bool meant = v->quoted && t->field.kind == FIELD_ATTRIBUTE;
    const bool bare = v->wildcard || plain_value(v->text);

    if (bare && !meant) {
        *out = v->text;
        return ST_OK;
    }
    return quote(v->text, a, out);
}

/* `attr.odd key` must be written attr."odd key". */
Status print_field_name(Str name, Arena *a, Str *out)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/@$";
    size_t cut;
    Str key;
    Status st;

    for (size_t i = 0; i < name.len; i++) {
        if (str_find_char((Str){plain, sizeof plain - 1}, name.ptr[i]) == sizeof plain - 1) {
            cut = str_find_char(name, '.') + 1;
            st = quote(str_slice(name, cut, name.len), a, &key);
            return st ? st : arena_printf(a, out, "%.*s%.*s", (int)cut, name.ptr, STR_ARG(key));
        }
    }
    *out = name;
    return ST_OK;
}

static Status print_list(const Term *t, Str field, Arena *a, Str *out)
{
    Str list = {0};
    Status st = ST_OK;

    for (size_t i = 0; i < t->value_count && !st; i++) {
        Str value = {0};

        st = print_value(t, &t->values[i], a, &value);
        if (!st)
            st = arena_printf(a, &list, "%.*s%s%.*s", STR_ARG(list), i ? "," : "", STR_ARG(value));
    }
    if (st)
        return st;
    /* Behind a colon, a path with a star might be taken for a regular expression. */
    if (t->value_count == 1)
        return arena_printf(a, out, "%.*s%c%.*s", STR_ARG(field),
                            str_starts(list, STR("/")) ? '=' : ':', STR_ARG(list));
    return arena_printf(a, out, "%.*s:(%.*s)", STR_ARG(field), STR_ARG(list));
}

static Status print_range(const Term *t, Str field, Arena *a, Str *out)
{
    const Bound *one;
    Str text = {0};
    Status st;

    if (t->low.set && t->high.set)
        return arena_printf(a, out, "%.*s:%.*s..%.*s", STR_ARG(field), STR_ARG(t->low.value.text),
                            STR_ARG(t->high.value.text));
    one = t->low.set ? &t->low : &t->high;
    st = plain_value(one->value.text) ? ST_OK : quote(one->value.text, a, &text);
    if (st)
        return st;
    return arena_printf(a, out, "%.*s%c%s%.*s", STR_ARG(field), t->low.set ? '>' : '<',
                        one->inclusive ? "=" : "", STR_ARG(text.len ? text : one->value.text));
}

static Status print_regex(const Term *t, Arena *a, Str *out)
{
    return arena_printf(a, out, "/%.*s/%s%s%s", STR_ARG(t->values[0].text),
                        t->regex_flags & REGEX_NOCASE ? "i" : "",
                        t->regex_flags & REGEX_LINES ? "m" : "",
                        t->regex_flags & REGEX_DOT_ALL ? "s" : "");
}

static Status print_term(const Term *t, Arena *a, Str *out)
{
    Str field = {0};
    Status st;

    if (t->kind == TERM_TEXT)
        return quote(t->values[0].text, a, out);
    if (t->kind == TERM_REGEX && term_is_free(t))
        return print_regex(t, a, out);
    st = print_field_name(t->field.name, a, &field);
    if (st)
        return st;
    if (t->kind == TERM_EXISTS)
        return arena_printf(a, out, "%.*s:*", STR_ARG(field));
    if (t->kind == TERM_REGEX) {
        Str regex = {0};

        st = print_regex(t, a, &regex);
        return st ? st : arena_printf(a, out, "%.*s:%.*s", STR_ARG(field), STR_ARG(regex));
    }
    return t->kind == TERM_RANGE ? print_range(t, field, a, out) : print_list(t, field, a, out);
}

static Status in_parens(Piece p, Precedence at_least, Arena *a, Str *out)
{
    if (p.prec >= at_least) {
        *out = p.text;
        return ST_OK;
    }
    return arena_printf(a, out, "(%.*s)", STR_ARG(p.text));
}

static Status join(Piece left, Piece right, OpCode code, Arena *a, Piece *out)
{
    const Precedence prec = code == OP_AND ? PREC_AND : PREC_OR;
    Str l = {0};
    Str r = {0};
    Status st = in_parens(left, prec, a, &l);

    /* The right side of equal precedence keeps its parentheses, so that the
     * text parses to the same program, not only to an equivalent one. */
    if (!st)
        st = in_parens(right, prec + 1, a, &r);
    out->prec = prec;
    return st ? st
              : arena_printf(a, &out->text, "%.*s %s%.*s", STR_ARG(l), code == OP_OR ? "or " : "",
                             STR_ARG(r));
}

static Status negate(Piece p, Arena *a, Piece *out)
{
    Str inner = {0};
    const Status st = in_parens(p, PREC_NOT, a, &inner);

    out->prec = PREC_NOT;
    return st ? st : arena_printf(a, &out->text, "-%.*s", STR_ARG(inner));
}

/* The texts of relations are made before what holds them. */
typedef struct Printer {
    const Query *query;
    Str *relations;
} Printer;

/* `operand` gives the text of a pushed index. */
static Status print_program(const Program *p, const Printer *q, Arena *a, Str *out,
                            Status (*operand)(const Printer *, size_t, Arena *, Str *))
{
    Piece *stack = arena_calloc(a, p->len + 1, sizeof *stack);
    size_t top = 0;
    Status st = ST_OK;

    if (!stack)
        return ST_NOMEM;
    for (size_t i = 0; i < p->len && !st; i++) {
        const Op op = p->ops[i];

        if (op.code == OP_PUSH) {
            stack[top] = (Piece){.prec = PREC_TERM};
            st = operand(q, op.index, a, &stack[top++].text);
        } else if (op.code == OP_NOT) {
            st = negate(stack[top - 1], a, &stack[top - 1]);
        } else {
            top--;
            st = join(stack[top - 1], stack[top], op.code, a, &stack[top - 1]);
        }
    }
    if (!st)
        *out = top ? stack[0].text : (Str){0};
    return st;
}

static Status term_operand(const Printer *p, size_t i, Arena *a, Str *out)
{
    const Term *t = &p->query->terms[i];

    if (!term_is_relation(t))
        return print_term(t, a, out);
    if (t->kind == TERM_SCORE) /* what was joined to it is printed in its own place */
        return print_term(&p->query->terms[p->query->relations[t->relation].ops[0].index], a, out);
    return arena_printf(a, out, "%s(%.*s)", t->kind == TERM_CHILD ? "child" : "parent",
                        STR_ARG(p->relations[t->relation]));
}

static Status atom_operand(const Printer *p, size_t i, Arena *a, Str *out)
{
    const Program *atom = &p->query->atoms[i];
    const Term *first = &p->query->terms[atom->ops[0].index];
    Str inner = {0};
    Status st;

    /* One term needs no group, but that a span has such a score is not that the trace has. */
    if (atom->len == 1 && (first->kind != TERM_SCORE || first->alone))
        return term_operand(p, atom->ops[0].index, a, out);
    st = print_program(atom, p, a, &inner, term_operand);
    return st ? st : arena_printf(a, out, "span(%.*s)", STR_ARG(inner));
}

Status query_to_text(const Query *q, Arena *arena, Str *out)
{
    Printer p = {q, arena_calloc(arena, q->relation_count + 1, sizeof *p.relations)};
    Status st = p.relations ? ST_OK : ST_NOMEM;

    for (size_t i = 0; i < q->relation_count && !st; i++)
        st = print_program(&q->relations[i], &p, arena, &p.relations[i], term_operand);
    return st ? st : print_program(&q->formula, &p, arena, out, atom_operand);
}
