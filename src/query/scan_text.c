/* SPDX-License-Identifier: Apache-2.0 */
/* Lexical rules of the filter language, each a function. */
#include "query/scan_text.h"

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_field_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-' || c == '/' || c == '@' || c == '$';
}

static bool contains_char(Str set, char c)
{
    return str_find_char(set, c) < set.len;
}

void cursor_skip_space(Cursor *c)
{
    while (c->at < c->text.len && is_space(c->text.ptr[c->at]))
        c->at++;
}

char cursor_peek(const Cursor *c)
{
    return c->at < c->text.len ? c->text.ptr[c->at] : '\0';
}

bool cursor_take(Cursor *c, Str literal)
{
    if (!str_starts(str_slice(c->text, c->at, c->text.len), literal))
        return false;
    c->at += literal.len;
    return true;
}

bool cursor_take_keyword(Cursor *c, Str word)
{
    const size_t end = c->at + word.len;
    const char next = end < c->text.len ? c->text.ptr[end] : ' ';

    if (!str_eq_nocase(str_slice(c->text, c->at, end), word))
        return false;
    if (!is_space(next) && next != '(' && next != ')')
        return false;
    c->at = end;
    return true;
}

static bool unescape(char c, char *out)
{
    switch (c) {
    case '"':
    case '\\':
        *out = c;
        return true;
    case 'n':
        *out = '\n';
        return true;
    case 't':
        *out = '\t';
        return true;
    default:
        return false;
    }
}

Status cursor_quoted(Cursor *c, Str *out)
{
    const size_t begin = c->at++;
    char *text = arena_alloc(c->arena, c->text.len - begin);
    size_t len = 0;

    if (!text)
        return ST_NOMEM;
    while (c->at < c->text.len) {
        char ch = c->text.ptr[c->at++];

        if (ch == '"') {
            *out = (Str){text, len};
            return ST_OK;
        }
        if (ch == '\\') {
            if (!unescape(cursor_peek(c), &ch))
                return err_set(c->err, ST_INVALID, c->at, "after \\ expected one of \" \\ n t");
            c->at++;
        }
        text[len++] = ch;
    }
    return err_set(c->err, ST_INVALID, begin, "the string that begins here has no closing quote");
}

Str cursor_bare(Cursor *c, Str stops)
{
    const size_t begin = c->at;

    while (c->at < c->text.len) {
        const char ch = c->text.ptr[c->at];

        if (is_space(ch) || ch == '(' || ch == ')' || ch == '"' || contains_char(stops, ch))
            break;
        c->at++;
    }
    return str_slice(c->text, begin, c->at);
}

/* Behind the closing slash; 0 when there is none. */
static size_t regex_end_at(const Cursor *c)
{
    for (size_t at = c->at + 1; at < c->text.len; at++) {
        if (c->text.ptr[at] == '\\')
            at++;
        else if (c->text.ptr[at] == '/')
            return at + 1;
    }
    return 0;
}

bool cursor_regex(Cursor *c, Str *pattern, Str *flags)
{
    const size_t begin = c->at;
    size_t behind;
    size_t end;

    if (cursor_peek(c) != '/')
        return false;
    behind = regex_end_at(c);
    if (behind <= begin + 2)
        return false;
    end = behind;
    while (end < c->text.len && contains_char(STR("ims"), c->text.ptr[end]))
        end++;
    if (end < c->text.len && !is_space(c->text.ptr[end]) && c->text.ptr[end] != '(' &&
        c->text.ptr[end] != ')')
        return false;
    *pattern = str_slice(c->text, begin + 1, behind - 1);
    *flags = str_slice(c->text, behind, end);
    c->at = end;
    return true;
}

static bool at_operator(const Cursor *c)
{
    const char ch = cursor_peek(c);

    return ch == ':' || ch == '<' || ch == '>' || ch == '=' ||
           (ch == '!' && c->at + 1 < c->text.len && c->text.ptr[c->at + 1] == '=');
}

Status cursor_name(Cursor *c, Str *out)
{
    const size_t begin = c->at;
    Str name;
    Status st = ST_OK;

    while (c->at < c->text.len && is_field_char(c->text.ptr[c->at]))
        c->at++;
    name = str_slice(c->text, begin, c->at);
    if (str_ends(name, STR(".")) && cursor_peek(c) == '"') {
        Str key = {0};

        st = cursor_quoted(c, &key);
        if (!st)
            st = arena_printf(c->arena, &name, "%.*s%.*s", STR_ARG(name), STR_ARG(key));
    }
    if (!st)
        *out = name;
    return st;
}

Status cursor_field(Cursor *c, bool *found, Str *out)
{
    const size_t begin = c->at;
    Str name = {0};
    const Status st = cursor_name(c, &name);

    if (st)
        return st;
    *found = name.len > 0 && at_operator(c);
    if (*found)
        *out = name;
    else
        c->at = begin;
    return ST_OK;
}
