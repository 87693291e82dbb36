/* SPDX-License-Identifier: Apache-2.0 */
/* Cursor over the text of a query: words, quoted strings, operators.  Shared
 * by the parser of the formula and that of single terms. */
#ifndef VIREO_QUERY_SCAN_TEXT_H
#define VIREO_QUERY_SCAN_TEXT_H

#include "base/arena.h"

typedef struct Cursor {
    Str text;
    size_t at;
    Arena *arena;
    Err *err;
    int64_t now_ns; /* what relative times are relative to */
} Cursor;

void cursor_skip_space(Cursor *c);
/* '\0' at the end. */
char cursor_peek(const Cursor *c);
/* Consume `literal` if it stands here. */
bool cursor_take(Cursor *c, Str literal);
/* Consume the word `and`, `or`, `not` (any case) if it stands here alone. */
bool cursor_take_keyword(Cursor *c, Str word);
/* A double-quoted string with \" \\ \n \t; the cursor stands on the quote. */
MUST_CHECK Status cursor_quoted(Cursor *c, Str *out);
/* Bytes up to white space, a parenthesis, a quote or one of `stops`. */
Str cursor_bare(Cursor *c, Str stops);
/* A regular expression between slashes, `/re/` or `/re/ims`, where the first slash
 * inside without a backslash before it ends it and white space, a parenthesis or the end
 * follows.  Otherwise (a path, say) the cursor stays and this is false. */
bool cursor_regex(Cursor *c, Str *pattern, Str *flags);
/* A name, e.g. `tag.country` or `attr."odd key"`; empty when none stands here. */
MUST_CHECK Status cursor_name(Cursor *c, Str *out);
/* The same if an operator follows it; otherwise the cursor stays and *found is false. */
MUST_CHECK Status cursor_field(Cursor *c, bool *found, Str *out);

#endif
