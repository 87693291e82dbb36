/* SPDX-License-Identifier: Apache-2.0 */
/* One table of fields.  A name with a dot that is not in it is an attribute:
 * `http.method:GET` needs no prefix. */
#include "query/fields.h"

#include "base/nearest.h"

typedef struct FieldRow {
    const char *name;
    FieldKind kind;
    const char *column;
    FieldUnit unit;
} FieldRow;

/* Canonical names first, aliases (the same column again) behind them. */
static const FieldRow rows[] = {
    {"trace", FIELD_ID, "trace_id", UNIT_NONE},
    {"span", FIELD_ID, "span_id", UNIT_NONE},
    {"parent", FIELD_ID, "parent_id", UNIT_NONE},
    {"name", FIELD_TEXT, "name", UNIT_NONE},
    {"type", FIELD_TEXT, "type", UNIT_NONE},
    {"model", FIELD_MODEL, "model", UNIT_NONE},
    {"version", FIELD_NUMBER, "model_version", UNIT_NONE},
    {"fingerprint", FIELD_TEXT, "fingerprint", UNIT_NONE},
    {"status", FIELD_TEXT, "status", UNIT_NONE},
    {"latency", FIELD_DURATION, "duration", UNIT_NONE},
    {"service", FIELD_TEXT, "service", UNIT_NONE},
    {"session", FIELD_TEXT, "session", UNIT_NONE},
    {"user", FIELD_TEXT, "user", UNIT_NONE},
    {"error.type", FIELD_TEXT, "error_type", UNIT_NONE},
    {"error.message", FIELD_CONTAINS, "error_message", UNIT_NONE},
    {"input", FIELD_CONTAINS, "input", UNIT_NONE},
    {"output", FIELD_CONTAINS, "output", UNIT_NONE},
    {"llm.model", FIELD_TEXT, "llm_model", UNIT_NONE},
    {"llm.provider", FIELD_TEXT, "llm_provider", UNIT_NONE},
    {"tokens.input", FIELD_NUMBER, "input_tokens", UNIT_NONE},
    {"tokens.output", FIELD_NUMBER, "output_tokens", UNIT_NONE},
    {"cost", FIELD_NUMBER, "cost", UNIT_MONEY},
    {"scope", FIELD_TEXT, "scope_name", UNIT_NONE},
    {"time", FIELD_TIME, "start", UNIT_NONE},
    {"root", FIELD_ROOT, "parent_id", UNIT_NONE},
    {"duration", FIELD_DURATION, "duration", UNIT_NONE},
    {"kind", FIELD_TEXT, "type", UNIT_NONE},
    {"error", FIELD_TEXT, "error_type", UNIT_NONE},
};

enum { ROW_COUNT = sizeof rows / sizeof *rows, FIRST_ALIAS = ROW_COUNT - 3 };

const char *field_name(size_t i)
{
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

/* tag.x, attr.x, resource.x, and any other dotted name as an attribute. */
static Status attribute_field(Str name, Arena *arena, Field *out)
{
    Field f = {.kind = FIELD_ATTRIBUTE};
    Status st = arena_copy(arena, name, &f.name);

    if (st)
        return st;
    if (str_starts(name, STR("resource.")) || str_starts(name, STR("attr."))) {
        f.attribute[0] = f.name;
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
    if (str_starts(name, STR("score.")))
        return err_set(err, ST_UNSUPPORTED, 0, "there are no scores in this version");
    if (str_find_char(name, '.') == name.len || name.ptr[name.len - 1] == '.')
        return unknown(name, err);
    return attribute_field(name, arena, out);
}
