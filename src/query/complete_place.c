/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a query that is being typed up to the caret.  A reader of its own beside
 * the parser, because what is being typed is mostly not a query yet: it never
 * fails, and keeps nothing but where the present term begins. */
#include "query/complete.h"
#include "query/scan_text.h"

static bool is_plain_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Behind the closing quote, or the end. */
static size_t quote_end(Str text, size_t begin)
{
    for (size_t at = begin + 1; at < text.len; at++) {
        if (text.ptr[at] == '\\')
            at++;
        else if (text.ptr[at] == '"')
            return at + 1;
    }
    return text.len;
}

/* A bare or quoted value that begins at `begin`. */
static size_t value_end(Str text, size_t begin, bool in_list)
{
    size_t at = begin;

    if (at < text.len && text.ptr[at] == '"')
        return quote_end(text, at);
    while (at < text.len && !is_plain_space(text.ptr[at]) &&
           str_find_char(STR("()\""), text.ptr[at]) == 3 && !(in_list && text.ptr[at] == ','))
        at++;
    return at;
}

static void set_nothing(CompletePlace *p, size_t at)
{
    *p = (CompletePlace){.kind = COMPLETE_NOTHING, .from = at, .to = at};
}

static void set_value(CompletePlace *p, Str text, size_t begin, size_t end, size_t at)
{
    if (at < begin) { /* on the operator */
        set_nothing(p, at);
        return;
    }
    p->kind = COMPLETE_VALUE;
    p->from = begin;
    p->to = end;
    p->typed = str_slice(text, begin, at);
    if (str_starts(p->typed, STR("\"")))
        p->typed = str_slice(p->typed, 1, p->typed.len);
    else if (str_starts(p->typed, STR("/")) && p->typed.len > 1)
        p->kind = COMPLETE_NOTHING;
}

static bool skip_list_gap(Cursor *c)
{
    const size_t begin = c->at;

    cursor_skip_space(c);
    if (cursor_take(c, STR(",")))
        cursor_skip_space(c);
    return c->at > begin;
}

/* field:(a, b  -- true: the caret is in it. */
static bool find_in_list(Cursor *c, size_t at, CompletePlace *p)
{
    do {
        const size_t begin = c->at;

        c->at = value_end(c->text, begin, true);
        if (at <= c->at) {
            set_value(p, c->text, begin, c->at, at);
            return true;
        }
        (void)skip_list_gap(c);
        if (at < c->at || (at == c->at && c->at == c->text.len)) {
            set_value(p, c->text, at, at, at);
            return true;
        }
    } while (c->at < c->text.len && !cursor_take(c, STR(")")) &&
             str_find_char(STR("()"), cursor_peek(c)) == 2);
    return false;
}

static void take_operator_text(Cursor *c)
{
    if (cursor_take(c, STR("!=")))
        return;
    while (c->at < c->text.len && str_find_char(STR(":<>="), c->text.ptr[c->at]) < 4)
        c->at++;
}

/* The cursor stands behind the name of `field`, on its operator. */
static bool find_in_value(Cursor *c, Str field, size_t at, CompletePlace *p)
{
    size_t begin;

    p->field = field;
    take_operator_text(c);
    if (cursor_take(c, STR("(")))
        return find_in_list(c, at, p);
    begin = c->at;
    c->at = value_end(c->text, begin, false);
    if (at > c->at)
        return false;
    set_value(p, c->text, begin, c->at, at);
    return true;
}

static void set_field(CompletePlace *p, const Cursor *c, size_t begin, size_t at, bool names_only)
{
    p->kind = COMPLETE_FIELD;
    p->from = begin;
    p->to = c->at;
    p->typed = str_slice(c->text, begin, at);
    p->names_only = names_only;
}

static bool on_operator(const Cursor *c)
{
    return c->at < c->text.len && str_find_char(STR(":<>=!"), c->text.ptr[c->at]) < 5;
}

/* One term; true: the caret is in it. */
static Status find_in_term(Cursor *c, size_t at, CompletePlace *p, bool *found)
{
    const size_t begin = c->at;
    Str name = {0};
    Status st;

    *found = true;
    if (cursor_peek(c) == '"' || cursor_peek(c) == '/') {
        c->at = value_end(c->text, begin, false);
        *found = at <= c->at && at > begin;
        set_nothing(p, at);
        return ST_OK;
    }
    st = cursor_name(c, &name);
    if (st == ST_NOMEM)
        return st;
    if (st) { /* a quote in it that is not closed */
        *p = (CompletePlace){.kind = COMPLETE_FIELD, .from = begin, .to = c->text.len};
        p->typed = str_slice(c->text, begin, at);
        c->at = c->text.len;
        return ST_OK;
    }
    if (at <= c->at) {
        set_field(p, c, begin, at, on_operator(c));
        return ST_OK;
    }
    if (!on_operator(c)) {
        c->at = c->at == begin ? begin + 1 : c->at; /* a stray character */
        *found = false;
        return ST_OK;
    }
    if (str_eq(name, STR("has"))) {
        const size_t value = ++c->at;

        if (cursor_name(c, &name) == ST_OK && at <= c->at)
            set_field(p, c, value, at, true);
        else
            *found = false;
        return ST_OK;
    }
    *found = find_in_value(c, name, at, p);
    return ST_OK;
}

static void skip_between(Cursor *c)
{
    while (c->at < c->text.len && (is_plain_space(c->text.ptr[c->at]) ||
                                   str_find_char(STR("()-"), c->text.ptr[c->at]) < 3))
        c->at++;
}

Status complete_place(Str text, size_t at, Arena *arena, CompletePlace *out)
{
    Cursor c = {.text = text, .arena = arena};

    for (;;) {
        bool found = false;
        Status st;

        skip_between(&c);
        if (c.at >= text.len || c.at > at)
            break;
        st = find_in_term(&c, at, out, &found);
        if (st || found)
            return st;
    }
    *out = (CompletePlace){.kind = COMPLETE_FIELD, .from = at, .to = at};
    return ST_OK;
}
