/* SPDX-License-Identifier: Apache-2.0 */
/* See row_filter.h. */
#include "domain/row_filter.h"

#include <math.h>

typedef struct Cursor {
    Str text;
    size_t at;
    Arena *arena;
    Err *err;
} Cursor;

static void skip_space(Cursor *c)
{
    while (c->at < c->text.len && c->text.ptr[c->at] == ' ')
        c->at++;
}

static Status wrong(const Cursor *c, const char *why)
{
    return err_set(c->err, ST_INVALID, c->at, "%s", why);
}

/* "..." with \" and \\ inside. */
static Status read_quoted(Cursor *c, Str *out)
{
    char *copy = arena_alloc(c->arena, c->text.len + 1);
    size_t len = 0;

    if (!copy)
        return ST_NOMEM;
    for (c->at++; c->at < c->text.len && c->text.ptr[c->at] != '"'; c->at++) {
        if (c->text.ptr[c->at] == '\\' && c->at + 1 < c->text.len)
            c->at++;
        copy[len++] = c->text.ptr[c->at];
    }
    if (c->at >= c->text.len)
        return wrong(c, "a quote is not closed");
    c->at++;
    *out = (Str){copy, len};
    return ST_OK;
}

static bool is_operator(char b)
{
    return b == '<' || b == '>' || b == '=' || b == ':' || b == '!';
}

/* Up to a space; a name ends before an operator too. */
static Status read_word(Cursor *c, bool is_name, Str *out, bool *quoted)
{
    const size_t begin = c->at;

    *quoted = c->at < c->text.len && c->text.ptr[c->at] == '"';
    if (*quoted)
        return read_quoted(c, out);
    while (c->at < c->text.len && c->text.ptr[c->at] != ' ' &&
           !(is_name && is_operator(c->text.ptr[c->at])))
        c->at++;
    *out = str_slice(c->text, begin, c->at);
    return out->len ? ST_OK : wrong(c, is_name ? "a metric is missing" : "a value is missing");
}

static Status read_operator(Cursor *c, RowOp *out)
{
    static const struct {
        const char *text;
        RowOp op;
    } ops[] = {{"<=", ROW_LE}, {">=", ROW_GE}, {"!=", ROW_NE}, {"<", ROW_LT},
               {">", ROW_GT},  {"=", ROW_EQ},  {":", ROW_EQ}};
    const Str rest = str_slice(c->text, c->at, c->text.len);

    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        const Str op = str_from(ops[i].text);

        if (str_starts(rest, op)) {
            *out = ops[i].op;
            c->at += op.len;
            return ST_OK;
        }
    }
    return wrong(c, "an operator is missing: one of < <= > >= = !=");
}

static Status read_condition(Cursor *c, RowCondition *out)
{
    bool quoted;
    double number;
    Status st = read_word(c, true, &out->metric, &quoted);

    if (!st)
        st = read_operator(c, &out->op);
    if (!st)
        st = read_word(c, false, &out->value, &out->quoted);
    if (!st && out->op < ROW_EQ && (out->quoted || str_to_double(out->value, &number)))
        st = wrong(c, "< <= > >= need a number");
    return st;
}

Status row_filter_parse(Str text, Arena *arena, RowConditions *out, Err *err)
{
    Cursor c = {.text = text, .arena = arena, .err = err};
    Status st = ST_OK;

    out->len = 0;
    for (skip_space(&c); c.at < text.len && !st; skip_space(&c)) {
        if (out->len == ROW_FILTER_MAX)
            return err_set(err, ST_INVALID, c.at, "at most %d conditions", (int)ROW_FILTER_MAX);
        st = read_condition(&c, &out->items[out->len++]);
    }
    return st;
}

/* ------------------------------------------------------------ evaluating */

static bool number_of(const ResultCell *cell, double *out)
{
    switch (cell->kind) {
    case CELL_BOOL:
        *out = cell->as.b;
        return true;
    case CELL_INT:
        *out = (double)cell->as.i;
        return true;
    case CELL_DOUBLE:
        *out = cell->as.d;
        return true;
    default:
        return false;
    }
}

static bool equals(const RowCondition *c, const ResultCell *cell)
{
    double wanted;
    double have;

    if (cell->kind == CELL_MISSING)
        return !c->quoted && str_eq(c->value, STR("null"));
    if (cell->kind == CELL_TEXT || cell->kind == CELL_JSON)
        return str_eq(c->value, cell->as.s);
    if (c->quoted || !number_of(cell, &have))
        return false;
    if (cell->kind == CELL_BOOL && str_eq(c->value, STR("true")))
        return cell->as.b;
    if (cell->kind == CELL_BOOL && str_eq(c->value, STR("false")))
        return !cell->as.b;
    if (str_to_double(c->value, &wanted))
        return false;
    return have == wanted || (isnan(have) && isnan(wanted));
}

bool row_condition_holds(const RowCondition *c, const ResultCell *cell)
{
    double wanted;
    double have;

    if (c->op == ROW_EQ || c->op == ROW_NE)
        return equals(c, cell) == (c->op == ROW_EQ);
    if (!number_of(cell, &have) || str_to_double(c->value, &wanted))
        return false;
    switch (c->op) {
    case ROW_LT:
        return have < wanted;
    case ROW_LE:
        return have <= wanted;
    case ROW_GT:
        return have > wanted;
    default:
        return have >= wanted;
    }
}
