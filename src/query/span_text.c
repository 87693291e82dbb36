/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of text are searched as they are.  JSON (events, lists, the attributes
 * that have no column) is searched in its strings only, so that a word does not
 * find the names of members; one look for the word as JSON writes it tells first
 * whether the strings need to be taken apart. */
#include "query/span_text.h"

#include "codec/json_scan.h"
#include "codec/json_write.h"
#include "query/value_match.h"

enum { ESCAPED_LIMIT = 64 * 1024 };

typedef struct TextSearch {
    const BlockView *view;
    const Term *term;
    Needle written; /* as JSON has it; only for TERM_TEXT */
    uint8_t *bits;
} TextSearch;

/* The text between the quotes of a JSON string. */
static Status as_written(Str text, Arena *arena, Needle *out)
{
    Str inner = {0};
    Buf buf;
    JsonWriter w;
    Status st;

    buf_init(&buf, ESCAPED_LIMIT);
    w = jw_init(&buf);
    jw_str(&w, text);
    st = jw_done(&w);
    if (!st)
        st = arena_copy(arena, (Str){buf.data + 1, buf.len - 2}, &inner);
    buf_deinit(&buf);
    return st ? st : needle_make(inner, arena, out);
}

static Status find_in_strings(const TextSearch *s, Str json, bool *found)
{
    JsonScan scan = json_scan(json, JSON_MAX_DEPTH);
    JsonEvent e;
    Status st = ST_OK;

    while (!*found && !st && json_scan_next(&scan, &e)) {
        Str text = e.text;

        if (e.kind != JSON_EVENT_STR)
            continue;
        if (e.escaped)
            st = json_unescape(&e, s->view->arena, &text);
        *found = !st && match_text(s->term, text);
    }
    return st;
}

static Status mark_json(const TextSearch *s, const Vector *v)
{
    const bool may_skip = s->term->kind == TERM_TEXT;
    Status st = ST_OK;

    regex_begin(s->term->regex);
    for (size_t row = 0; row < v->len && !st; row++) {
        bool found = false;

        if (vector_is_null(v, row) || s->bits[row])
            continue;
        if (may_skip && !needle_in(&s->written, vector_str(v, row)))
            continue;
        st = find_in_strings(s, vector_str(v, row), &found);
        s->bits[row] |= found;
    }
    regex_end(s->term->regex);
    return st;
}

static Status mark_one(const TextSearch *s, Str column)
{
    Vector v;
    Status st;

    if (!snapshot_has(s->view->snap, s->view->block, column))
        return ST_OK;
    st = view_read(s->view, column, &v);
    if (st)
        return st;
    return v.type == VECTOR_JSON ? mark_json(s, &v)
                                 : term_mark_vector(s->view, s->term, &v, s->bits);
}

static Status mark_attribute(void *context, Str column, VectorType type)
{
    const TextSearch *s = context;

    if (type == VECTOR_STR && s->term->kind == TERM_TEXT)
        return term_mark_contains(s->view, s->term, column, s->bits);
    return type == VECTOR_STR || type == VECTOR_JSON ? mark_one(s, column) : ST_OK;
}

Status span_text_mark(const BlockView *view, const Term *t, uint8_t *bits)
{
    static const char *const texts[] = {"name", "input", "output", "error_message",
                                        "status_message"};
    static const char *const others[] = {"events", "attributes_rest"};
    TextSearch s = {.view = view, .term = t, .bits = bits};
    Status st = ST_OK;

    if (t->kind == TERM_TEXT)
        st = as_written(t->values[0].text, view->arena, &s.written);
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !st; i++)
        st = t->kind == TERM_TEXT ? term_mark_contains(view, t, str_from(texts[i]), bits)
                                  : mark_one(&s, str_from(texts[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others && !st; i++)
        st = mark_one(&s, str_from(others[i]));
    return st ? st : snapshot_block_attributes(view->snap, view->block, mark_attribute, &s);
}
