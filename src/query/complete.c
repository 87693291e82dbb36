/* SPDX-License-Identifier: Apache-2.0 */
/* query_complete: names of fields and operators here, values in complete_values.c. */
#include "query/complete.h"

#include "base/map.h"
#include "base/vec.h"
#include "model/score.h"
#include "query/print.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NAMES = 20000, MAX_KEY_BYTES = 200 };

typedef enum ValueKinds {
    KIND_TEXT = 1,
    KIND_INT = 2,
    KIND_DOUBLE = 4,
    KIND_TRUTH = 8,
    KIND_JSON = 16,
    KIND_BYTES = 32
} ValueKinds;

/* Something that may be typed as a field. */
typedef struct Name {
    Str name;
    Str detail;
    const char *behind; /* the operator to put in with it */
    unsigned group;     /* the language's own, tags, attributes, resources */
    size_t order;       /* within the language's own */
    bool starts;        /* with what was typed */
} Name;

typedef struct Names {
    Arena *arena;
    Str typed;
    Map kinds; /* field -> ValueKinds */
    VEC_OF(Name) found;
} Names;

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* 0: it begins with it, 1: it holds it, 2: neither. */
static int rank(Str name, Str typed)
{
    for (size_t at = 0; at + typed.len <= name.len; at++) {
        size_t n = 0;

        while (n < typed.len && lower(name.ptr[at + n]) == lower(typed.ptr[n]))
            n++;
        if (n == typed.len)
            return at > 0;
    }
    return 2;
}

static Status add_name(Names *n, Str name, Str detail, const char *behind, unsigned group)
{
    const int r = rank(name, n->typed);
    const Name found = {name, detail, behind, group, n->found.len, r == 0};

    return r == 2 ? ST_OK : VEC_PUSH(&n->found, found, MAX_NAMES);
}

/* ------------------------------------------------------------ the language */

static const char *detail_of(FieldKind kind)
{
    switch (kind) {
    case FIELD_TEXT:
        return "text";
    case FIELD_CONTAINS:
        return "searched text";
    case FIELD_NUMBER:
        return "number";
    case FIELD_DURATION:
        return "duration";
    case FIELD_TIME:
        return "time";
    case FIELD_ID:
        return "id";
    case FIELD_MODEL:
        return "model or model:vN";
    case FIELD_ROOT:
        return "true or false";
    case FIELD_ATTRIBUTE:
        break;
    }
    return "attribute";
}

static bool is_compared(FieldKind kind)
{
    return kind == FIELD_NUMBER || kind == FIELD_DURATION || kind == FIELD_TIME;
}

static Status add_fixed(Names *n)
{
    Status st = ST_OK;

    for (size_t i = 0; field_name(i) && !st; i++) {
        Field field;

        st = field_find(str_from(field_name(i)), n->arena, NULL, &field);
        if (!st)
            st = add_name(n, field.name, str_from(detail_of(field.kind)),
                          is_compared(field.kind) ? ">" : ":", 0);
    }
    return st;
}

static Status add_groups(Names *n)
{
    static const char *const groups[][3] = {
        {"has", "the field is there", ":"},
        {"span", "one span has all of", "("},
        {"child", "a child of the span has", "("},
        {"parent", "the parent of the span has", "("},
    };
    Status st = ST_OK;

    for (size_t i = 0; i < sizeof groups / sizeof *groups && !st; i++)
        st = add_name(n, str_from(groups[i][0]), str_from(groups[i][1]), groups[i][2], 4);
    return st;
}

/* --------------------------------------------------------------- attributes */

static unsigned kind_of(VectorType type)
{
    switch (type) {
    case VECTOR_STR:
        return KIND_TEXT;
    case VECTOR_INT:
    case VECTOR_TIME:
        return KIND_INT;
    case VECTOR_DOUBLE:
        return KIND_DOUBLE;
    case VECTOR_BOOL:
        return KIND_TRUTH;
    case VECTOR_JSON:
        return KIND_JSON;
    case VECTOR_BYTES:
    case VECTOR_FIXED:
        break;
    }
    return KIND_BYTES;
}

/* attr.age#int -> attr.age */
static Str without_suffix(Str column)
{
    static const char *const suffixes[] = {"#str", "#int", "#double", "#bool", "#json", "#bytes"};

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (str_ends(column, str_from(suffixes[i])))
            return str_slice(column, 0, column.len - strlen(suffixes[i]));
    return column;
}

/* How the language names the column; empty for what it has fields for. */
static Status name_of(Str column, Arena *arena, Str *out)
{
    static const char tag[] = "attr." VIREO_ATTR_TAG_PREFIX;

    *out = (Str){0};
    if (str_starts(column, str_from(tag)))
        return arena_printf(arena, out, "tag.%.*s",
                            STR_ARG(str_slice(column, sizeof tag - 1, column.len)));
    if (str_starts(column, STR("attr." SCORE_VALUE_PREFIX)) ||
        str_starts(column, STR("attr." SCORE_PASSED_PREFIX)))
        return arena_copy(arena, str_slice(column, sizeof "attr.vireo." - 1, column.len), out);
    if (str_starts(column, STR("attr.vireo.")))
        return ST_OK;
    return str_starts(column, STR("attr.")) || str_starts(column, STR("resource."))
               ? arena_copy(arena, column, out)
               : ST_OK;
}

static Status see_column(void *context, Str column, VectorType type)
{
    Names *n = context;
    uint64_t *kinds;
    bool added;
    Str name = {0};
    Status st;

    if (column.len > MAX_KEY_BYTES)
        return ST_OK;
    st = name_of(without_suffix(column), n->arena, &name);
    if (st || !name.len || rank(name, n->typed) == 2)
        return st;
    st = map_entry(&n->kinds, name, 0, &kinds, &added);
    if (!st)
        *kinds |= kind_of(type);
    return st == ST_LIMIT ? ST_OK : st;
}

static Status kinds_text(uint64_t kinds, Arena *arena, Str *out)
{
    static const struct {
        unsigned kind;
        const char *word;
    } words[] = {{KIND_TEXT, "text"},           {KIND_INT, "whole number"}, {KIND_DOUBLE, "number"},
                 {KIND_TRUTH, "true or false"}, {KIND_JSON, "JSON"},        {KIND_BYTES, "bytes"}};
    Status st = ST_OK;

    for (size_t i = 0; i < sizeof words / sizeof *words && !st; i++)
        if (kinds & words[i].kind)
            st = arena_printf(arena, out, "%.*s%s%s", STR_ARG(*out), out->len ? ", " : "",
                              words[i].word);
    return st;
}

static Status add_attributes(Names *n)
{
    Status st = ST_OK;

    for (size_t i = 0; i < n->kinds.len && !st; i++) {
        const MapEntry *e = &n->kinds.entries[i];
        const bool number = !(e->value & ~(uint64_t)(KIND_INT | KIND_DOUBLE));
        Str name = {0};
        Str detail = {0};

        st = print_field_name(e->key, n->arena, &name);
        if (!st)
            st = kinds_text(e->value, n->arena, &detail);
        if (!st)
            st = add_name(n, name, detail, number ? ">" : ":",
                          str_starts(name, STR("tag.")) || str_starts(name, STR("score.")) ||
                                  str_starts(name, STR("passed."))
                              ? 1
                          : str_starts(name, STR("attr.")) ? 2
                                                           : 3);
    }
    return st;
}

/* ------------------------------------------------------------------- fields */

/* What begins as typed before what only holds it; the language's own before the
 * data's, and those in their own order. */
static int by_fitness(const void *a, const void *b)
{
    const Name *x = a;
    const Name *y = b;

    if (x->starts != y->starts)
        return x->starts ? -1 : 1;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return x->group ? str_cmp(x->name, y->name) : (x->order > y->order) - (x->order < y->order);
}

static Status take_names(Names *n, bool names_only, size_t limit, Completion *out)
{
    const size_t len = n->found.len < limit ? n->found.len : limit;

    out->items = arena_calloc(n->arena, len + 1, sizeof *out->items);
    if (!out->items)
        return ST_NOMEM;
    if (n->found.len)
        qsort(n->found.items, n->found.len, sizeof *n->found.items, by_fitness);
    for (out->len = 0; out->len < len; out->len++) {
        const Name *name = &n->found.items[out->len];
        CompletionItem *item = &out->items[out->len];
        const Status st = arena_printf(n->arena, &item->text, "%.*s%s", STR_ARG(name->name),
                                       names_only ? "" : name->behind);

        if (st)
            return st;
        item->label = name->name;
        item->detail = name->detail;
        item->count = -1;
    }
    return ST_OK;
}

static Status complete_names(const Snapshot *snap, const CompletePlace *p, size_t limit,
                             Arena *arena, Completion *out)
{
    Names n = {.arena = arena, .typed = p->typed};
    Status st;

    map_init(&n.kinds, MAX_NAMES);
    st = snapshot_columns(snap, see_column, &n);
    if (!st)
        st = add_fixed(&n);
    if (!st)
        st = add_attributes(&n);
    if (!st && !p->names_only)
        st = add_groups(&n);
    if (!st)
        st = take_names(&n, p->names_only, limit, out);
    map_deinit(&n.kinds);
    VEC_FREE(&n.found);
    return st;
}

/* ---------------------------------------------------------------- operators */

/* The whole name of a field stands there, and no longer one begins so. */
static bool wants_operator(const CompletePlace *p, const Completion *names)
{
    return !p->names_only && names->len == 1 && p->typed.len &&
           str_eq(names->items[0].label, p->typed);
}

static Status complete_operators(const CompletePlace *p, Arena *arena, Completion *out)
{
    static const struct {
        const char *text;
        const char *detail;
        bool orders;
    } operators[] = {
        {":", "equal", false},     {"!=", "not equal", false}, {">", "above", true},
        {">=", "at least", true},  {"<", "below", true},       {"<=", "at most", true},
        {":*", "is there", false},
    };
    Field field = {0};
    const Status st = field_find(p->typed, arena, NULL, &field);
    const bool ordered = is_compared(field.kind) || field.kind == FIELD_ATTRIBUTE;

    if (st == ST_NOTFOUND || st == ST_UNSUPPORTED)
        return ST_OK;
    out->items = arena_calloc(arena, sizeof operators / sizeof *operators, sizeof *out->items);
    if (st || !out->items)
        return st ? st : ST_NOMEM;
    out->kind = COMPLETE_OPERATOR;
    out->from = out->to = p->to;
    out->len = 0;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const Str text = str_from(operators[i].text);

        if (ordered || !operators[i].orders)
            out->items[out->len++] = (CompletionItem){
                .text = text, .label = text, .detail = str_from(operators[i].detail), .count = -1};
    }
    return ST_OK;
}

static Status complete_field(const Snapshot *snap, const CompletePlace *p, size_t limit,
                             Arena *arena, Completion *out)
{
    const Status st = complete_names(snap, p, limit, arena, out);

    return !st && wants_operator(p, out) ? complete_operators(p, arena, out) : st;
}

static Status complete_value(const Snapshot *snap, const CompletePlace *p, size_t limit,
                             Arena *arena, Completion *out)
{
    Field field;
    const Status st = field_find(p->field, arena, NULL, &field);

    if (st == ST_NOTFOUND || st == ST_UNSUPPORTED || p->field.len == 0)
        return ST_OK;
    return st ? st : complete_values(snap, &field, p->typed, limit, arena, out);
}

Status query_complete(const Snapshot *snap, Str text, size_t at, size_t limit, Arena *arena,
                      Completion *out)
{
    CompletePlace place = {0};
    Completion c;
    Status st = complete_place(text, at, arena, &place);

    if (st)
        return st;
    c = (Completion){.kind = place.kind, .from = place.from, .to = place.to};
    if (place.kind == COMPLETE_FIELD)
        st = complete_field(snap, &place, limit, arena, &c);
    else if (place.kind == COMPLETE_VALUE)
        st = complete_value(snap, &place, limit, arena, &c);
    if (!st)
        *out = c;
    return st;
}
