/* SPDX-License-Identifier: Apache-2.0 */
/* One table of fields.  A name with a dot that is not in it is an attribute:
 * `http.method:GET` needs no prefix. */
#include "query/fields.h"

#include "base/nearest.h"
#include "model/score.h"

typedef struct FieldRow {
    const char *name;
    const char *column;
    FieldKind kind;
    FieldUnit unit;
} FieldRow;

/* Canonical names first, aliases (the same column again) behind them.  An empty
 * search suggests them in this order: what is asked for most, ids at the end. */
static const FieldRow rows[] = {
    {"model", "model", FIELD_MODEL, UNIT_NONE},
    {"status", "status", FIELD_TEXT, UNIT_NONE},
    {"latency", "duration", FIELD_DURATION, UNIT_NONE},
    {"name", "name", FIELD_TEXT, UNIT_NONE},
    {"type", "type", FIELD_TEXT, UNIT_NONE},
    {"version", "model_version", FIELD_NUMBER, UNIT_NONE},
    {"service", "service", FIELD_TEXT, UNIT_NONE},
    {"session", "session", FIELD_TEXT, UNIT_NONE},
    {"user", "user", FIELD_TEXT, UNIT_NONE},
    {"error.type", "error_type", FIELD_TEXT, UNIT_NONE},
    {"error.message", "error_message", FIELD_CONTAINS, UNIT_NONE},
    {"input", "input", FIELD_CONTAINS, UNIT_NONE},
    {"output", "output", FIELD_CONTAINS, UNIT_NONE},
    {"llm.model", "llm_model", FIELD_TEXT, UNIT_NONE},
    {"llm.provider", "llm_provider", FIELD_TEXT, UNIT_NONE},
    {"tokens.input", "input_tokens", FIELD_NUMBER, UNIT_NONE},
    {"tokens.output", "output_tokens", FIELD_NUMBER, UNIT_NONE},
    {"cost", "cost", FIELD_NUMBER, UNIT_MONEY},
    {"scope", "scope_name", FIELD_TEXT, UNIT_NONE},
    {"fingerprint", "fingerprint", FIELD_TEXT, UNIT_NONE},
    {"time", "start", FIELD_TIME, UNIT_NONE},
    {"trace", "trace_id", FIELD_ID, UNIT_NONE},
    {"span", "span_id", FIELD_ID, UNIT_NONE},
    {"parent", "parent_id", FIELD_ID, UNIT_NONE},
    {"root", "parent_id", FIELD_ROOT, UNIT_NONE},
    {"duration", "duration", FIELD_DURATION, UNIT_NONE},
    {"kind", "type", FIELD_TEXT, UNIT_NONE},
    {"error", "error_type", FIELD_TEXT, UNIT_NONE},
};

enum { ROW_COUNT = sizeof rows / sizeof *rows, FIRST_ALIAS = ROW_COUNT - 3 };

const char *field_name(size_t i)
{
    if (i == FIRST_ALIAS)
        return "judge";
    return i < FIRST_ALIAS ? rows[i].name : NULL;
}

static const char *row_name(const void *context, size_t i)
{
    (void)context;
    return rows[i].name;
}

static Status unknown(Str name, Err *err)
{
    const char *near = nearest_word(name, row_name, NULL, ROW_COUNT);

    if (near)
        return err_set(err, ST_NOTFOUND, 0, "unknown field '%.*s', did you mean '%s'?",
                       STR_ARG(name), near);
    return err_set(err, ST_NOTFOUND, 0,
                   "unknown field '%.*s'; put free text with a colon in double quotes",
                   STR_ARG(name));
}

/* score.x and passed.x: column attr.vireo.score.x. */
static Status score_field(Str name, ScoreField of, Arena *arena, Field *f)
{
    f->score = of;
    return arena_printf(arena, &f->attribute[0], "attr.vireo.%.*s", STR_ARG(name));
}

/* tag.x, attr.x, resource.x, and any other dotted name as an attribute. */
static Status attribute_field(Str name, Arena *arena, Field *out)
{
    Field f = {.kind = FIELD_ATTRIBUTE};
    Status st = arena_copy(arena, name, &f.name);

    if (st)
        return st;
    if (str_starts(name, STR("resource.")) || str_starts(name, STR("attr."))) {
        f.attribute[0] = f.name;
    } else if (str_starts(name, STR("score."))) {
        st = score_field(name, SCORE_OF_NAME, arena, &f);
    } else if (str_starts(name, STR("passed."))) {
        st = score_field(name, SCORE_PASS_OF_NAME, arena, &f);
    } else if (str_starts(name, STR("tag."))) {
        const Str key = str_slice(name, 4, name.len);

        st = arena_printf(arena, &f.attribute[0], "attr.vireo.tag.%.*s", STR_ARG(key));
        if (!st)
            st = arena_printf(arena, &f.attribute[1], "attr.%.*s", STR_ARG(key));
    } else {
        st = arena_printf(arena, &f.attribute[0], "attr.%.*s", STR_ARG(name));
    }
    if (!st)
        *out = f;
    return st;
}

Status field_find(Str name, Arena *arena, Err *err, Field *out)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (str_eq(name, str_from(rows[i].name))) {
            const Str column = str_from(rows[i].column);
            size_t canonical = 0;

            while (!str_eq(str_from(rows[canonical].column), column) ||
                   rows[canonical].kind != rows[i].kind)
                canonical++;
            *out = (Field){.kind = rows[i].kind,
                           .unit = rows[i].unit,
                           .name = str_from(rows[canonical].name),
                           .column = column};
            return ST_OK;
        }
    }
    if (str_eq(name, STR("judge"))) {
        *out = (Field){.kind = FIELD_ATTRIBUTE,
                       .name = STR("judge"),
                       .attribute = {STR("attr." SCORE_JUDGE)},
                       .score = SCORE_OF_JUDGE};
        return ST_OK;
    }
    if (str_find_char(name, '.') == name.len || name.ptr[name.len - 1] == '.')
        return unknown(name, err);
    return attribute_field(name, arena, out);
}
