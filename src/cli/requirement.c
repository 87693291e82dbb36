/* SPDX-License-Identifier: Apache-2.0 */
/* See requirement.h. */
#include "cli/requirement.h"

#include "codec/json_write.h"

#include <assert.h>
#include <math.h>

typedef struct Parser {
    Str text;
    size_t at;
    Arena *arena;
    Err *err;
    Requirement *out;
} Parser;

static const char *const ops[] = {">=", ">", "<=", "<", "=="};

static Status wrong(const Parser *p, const char *why)
{
    return err_set(p->err, ST_INVALID, p->at, "%s", why);
}

static void skip_space(Parser *p)
{
    while (p->at < p->text.len && p->text.ptr[p->at] == ' ')
        p->at++;
}

static char peek(const Parser *p)
{
    return (char)(p->at < p->text.len ? p->text.ptr[p->at] : '\0');
}

static bool take(Parser *p, char c)
{
    skip_space(p);
    if (peek(p) != c || p->at >= p->text.len)
        return false;
    p->at++;
    return true;
}

/* ------------------------------------------------------------ metric, operator */

static Status read_quoted(Parser *p, Str *out)
{
    char *copy = arena_alloc(p->arena, p->text.len + 1);
    size_t len = 0;

    if (!copy)
        return ST_NOMEM;
    for (p->at++; p->at < p->text.len && peek(p) != '"'; p->at++) {
        if (peek(p) == '\\' && p->at + 1 < p->text.len)
            p->at++;
        copy[len++] = peek(p);
    }
    if (p->at >= p->text.len)
        return wrong(p, "a quote is not closed");
    p->at++;
    *out = (Str){copy, len};
    return len ? ST_OK : wrong(p, "a metric is missing");
}

static bool ends_name(char c)
{
    return c == ' ' || c == '<' || c == '>' || c == '=' || c == '"';
}

static Status read_metric(Parser *p)
{
    size_t begin;

    skip_space(p);
    if (peek(p) == '"')
        return read_quoted(p, &p->out->metric);
    begin = p->at;
    while (p->at < p->text.len && !ends_name(peek(p)))
        p->at++;
    p->out->metric = str_slice(p->text, begin, p->at);
    return p->at > begin ? ST_OK : wrong(p, "a metric is missing, such as recall >= 0.9");
}

static Status read_op(Parser *p)
{
    Str rest;

    skip_space(p);
    rest = str_slice(p->text, p->at, p->text.len);
    for (int i = NEED_GE; i <= NEED_EQ; i++) {
        if (str_starts(rest, str_from(ops[i]))) {
            p->out->op = (RequirementOp)i;
            p->at += str_from(ops[i]).len;
            return ST_OK;
        }
    }
    return wrong(p, "an operator is missing: one of >= > <= < ==");
}

/* ------------------------------------------------------------ expression */

static Status add_step(Parser *p, StepKind kind, double number)
{
    if (p->out->len == REQUIREMENT_MAX_STEPS)
        return wrong(p, "the expression is too long");
    p->out->steps[p->out->len++] = (Step){kind, number};
    return ST_OK;
}

static bool in_number(const Parser *p, size_t begin)
{
    const char c = peek(p);

    if ((c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E')
        return true;
    return (c == '-' || c == '+') && p->at > begin &&
           (p->text.ptr[p->at - 1] == 'e' || p->text.ptr[p->at - 1] == 'E');
}

static Status read_factor(Parser *p)
{
    const Str word = STR("baseline");
    double number;
    size_t begin;

    skip_space(p);
    if (str_starts(str_slice(p->text, p->at, p->text.len), word)) {
        p->at += word.len;
        return add_step(p, STEP_BASELINE, 0);
    }
    begin = p->at;
    while (p->at < p->text.len && in_number(p, begin))
        p->at++;
    if (str_to_double(str_slice(p->text, begin, p->at), &number) || !isfinite(number))
        return wrong(p, "a number or baseline is missing");
    return add_step(p, STEP_NUMBER, take(p, '%') ? number / 100 : number);
}

static Status read_term(Parser *p)
{
    Status st = read_factor(p);

    while (!st) {
        const bool multiply = take(p, '*');

        if (!multiply && !take(p, '/'))
            break;
        st = read_factor(p);
        if (!st)
            st = add_step(p, multiply ? STEP_MULTIPLY : STEP_DIVIDE, 0);
    }
    return st;
}

static Status read_expression(Parser *p)
{
    const bool negative = take(p, '-');
    Status st = negative ? add_step(p, STEP_NUMBER, 0) : ST_OK;

    if (!st)
        st = read_term(p);
    if (!st && negative)
        st = add_step(p, STEP_SUBTRACT, 0);
    while (!st) {
        const bool add = take(p, '+');

        if (!add && !take(p, '-'))
            break;
        st = read_term(p);
        if (!st)
            st = add_step(p, add ? STEP_ADD : STEP_SUBTRACT, 0);
    }
    return st;
}

/* No name of a metric has control characters. */
static Status check_characters(Parser *p)
{
    for (p->at = 0; p->at < p->text.len; p->at++)
        if ((unsigned char)peek(p) < ' ')
            return wrong(p, "a control character");
    p->at = 0;
    return ST_OK;
}

Status requirement_parse(Str text, Arena *arena, Requirement *out, Err *err)
{
    Requirement r = {.text = text};
    Parser p = {.text = text, .arena = arena, .err = err, .out = &r};
    Status st;

    if (text.len > REQUIREMENT_MAX_TEXT)
        return err_set(err, ST_INVALID, 0, "a requirement has at most %d bytes",
                       (int)REQUIREMENT_MAX_TEXT);
    st = check_characters(&p);
    if (!st)
        st = read_metric(&p);
    if (!st)
        st = read_op(&p);
    if (!st)
        st = read_expression(&p);
    skip_space(&p);
    if (!st && p.at < text.len)
        st = wrong(&p, "the end was expected here");
    if (!st)
        *out = r;
    return st;
}

/* ------------------------------------------------------------ meaning */

static double apply(StepKind kind, double a, double b)
{
    switch (kind) {
    case STEP_ADD:
        return a + b;
    case STEP_SUBTRACT:
        return a - b;
    case STEP_MULTIPLY:
        return a * b;
    default:
        return a / b;
    }
}

double requirement_limit(const Requirement *r, double baseline)
{
    double stack[REQUIREMENT_MAX_STEPS];
    size_t len = 0;

    for (size_t i = 0; i < r->len; i++) {
        const Step *s = &r->steps[i];

        if (s->kind == STEP_NUMBER || s->kind == STEP_BASELINE) {
            stack[len++] = s->kind == STEP_NUMBER ? s->number : baseline;
        } else {
            assert(len >= 2);
            len--;
            stack[len - 1] = apply(s->kind, stack[len - 1], stack[len]);
        }
    }
    assert(len == 1);
    return stack[0];
}

bool requirement_holds(const Requirement *r, double value, double limit)
{
    switch (r->op) {
    case NEED_GE:
        return value >= limit;
    case NEED_GT:
        return value > limit;
    case NEED_LE:
        return value <= limit;
    case NEED_LT:
        return value < limit;
    default:
        return value == limit;
    }
}

const char *requirement_op(const Requirement *r)
{
    return ops[r->op];
}

int requirement_direction(const Requirement *r)
{
    static const int directions[] = {1, 1, -1, -1, 0};

    return directions[r->op];
}

static Status print_metric(Str metric, Buf *out)
{
    Status st = buf_append_char(out, '"');

    for (size_t i = 0; i < metric.len && !st; i++) {
        if (metric.ptr[i] == '"' || metric.ptr[i] == '\\')
            st = buf_append_char(out, '\\');
        if (!st)
            st = buf_append_char(out, metric.ptr[i]);
    }
    return st ? st : buf_append_char(out, '"');
}

Status requirement_print(const Requirement *r, Buf *out)
{
    static const char *const signs[] = {"", "baseline", "+", "-", "*", "/"};
    Status st = print_metric(r->metric, out);

    if (!st)
        st = buf_printf(out, " %s", ops[r->op]);
    for (size_t i = 0; i < r->len && !st; i++) {
        char number[DOUBLE_TEXT_MAX] = "";

        if (r->steps[i].kind == STEP_NUMBER)
            (void)double_to_text(r->steps[i].number, number);
        st = buf_printf(out, " %s%s", signs[r->steps[i].kind], number);
    }
    return st;
}
