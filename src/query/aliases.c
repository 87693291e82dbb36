/* SPDX-License-Identifier: Apache-2.0 */
/* A project has few renamed models: lists, searched linearly. */
#include "query/aliases.h"

#include "query/ast.h"

#include <string.h>

enum { MAX_VALUES = 1000 }; /* of one term, former names included */

Str alias_current(const ModelAliases *aliases, Str stored)
{
    for (size_t i = 0; aliases && i < aliases->len; i++)
        if (str_eq(aliases->items[i].former, stored))
            return aliases->items[i].current;
    return stored;
}

Str split_model_tag(Str text, int64_t *version)
{
    *version = 0;
    for (size_t at = text.len; at-- > 1;) {
        if (text.ptr[at - 1] != ':' || text.ptr[at] != 'v')
            continue;
        if (str_eq(str_slice(text, at + 1, text.len), STR("*")))
            return str_slice(text, 0, at - 1);
        if (str_to_i64(str_slice(text, at + 1, text.len), version) == ST_OK)
            return str_slice(text, 0, at - 1);
        break;
    }
    return text;
}

/* The value once more for each former name of the model that it means. */
static Status add_former(Term *t, size_t index, const ModelAliases *aliases, Arena *arena)
{
    int64_t version = 0;
    const Str name = split_model_tag(t->values[index].text, &version);
    const Str suffix = str_slice(t->values[index].text, name.len, t->values[index].text.len);

    for (size_t i = 0; i < aliases->len && t->value_count < MAX_VALUES; i++) {
        TermValue former = t->values[index];
        Status st;

        if (!str_eq(aliases->items[i].current, name))
            continue;
        st = arena_printf(arena, &former.text, "%.*s%.*s", STR_ARG(aliases->items[i].former),
                          STR_ARG(suffix));
        if (st)
            return st;
        t->values[t->value_count++] = former;
    }
    return ST_OK;
}

static Status extend_term(Term *t, const ModelAliases *aliases, Arena *arena)
{
    const size_t written = t->value_count;
    TermValue *room = arena_calloc(arena, MAX_VALUES, sizeof *room);
    Status st = room ? ST_OK : ST_NOMEM;

    if (st)
        return st;
    memcpy(room, t->values, written * sizeof *room);
    t->values = room;
    for (size_t i = 0; i < written && !st; i++)
        st = add_former(t, i, aliases, arena);
    return st;
}

Status query_use_judge_aliases(Query *q, const ModelAliases *aliases, Arena *arena)
{
    Status st = ST_OK;

    for (size_t i = 0; i < q->term_count && aliases->len && !st; i++) {
        Term *t = &q->terms[i];

        if (t->kind == TERM_EQUAL && t->field.score == SCORE_OF_JUDGE)
            st = extend_term(t, aliases, arena);
    }
    return st;
}

Status query_use_aliases(Query *q, const ModelAliases *aliases, Arena *arena)
{
    Status st = ST_OK;

    for (size_t i = 0; i < q->term_count && aliases->len && !st; i++) {
        Term *t = &q->terms[i];

        if (t->kind == TERM_EQUAL && t->field.kind == FIELD_MODEL)
            st = extend_term(t, aliases, arena);
    }
    return st;
}
