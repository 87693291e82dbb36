/* SPDX-License-Identifier: Apache-2.0 */
/* Terms over columns: prune the column, read it, and mark rows.
 *
 * A dictionary-coded column is matched once for each distinct value; the rows
 * then cost one table look-up. */
#include "query/term_eval.h"

#include "codec/json_read.h"
#include "query/aliases.h"
#include "query/span_text.h"
#include "query/value_match.h"

Status view_read(const BlockView *view, Str column, Vector *out)
{
    return snapshot_read(view->snap, view->block, column, 0, view->rows, view->arena, out);
}

/* -------------------------------------------------------------- one column */

/* Loops over local pointers: `bits` may be anything to the compiler, the vector as well. */
static void mark_one_code(const Vector *v, uint32_t code, uint8_t *restrict bits)
{
    const uint32_t *codes = v->codes;
    const uint8_t *valid = v->valid;

    if (!valid)
        for (size_t row = 0; row < v->len; row++)
            bits[row] |= codes[row] == code;
    else
        for (size_t row = 0; row < v->len; row++)
            bits[row] |= (codes[row] == code) & (valid[row] != 0);
}

static void mark_codes(const Vector *v, const uint8_t *hit, uint8_t *restrict bits)
{
    const uint32_t *codes = v->codes;
    const uint8_t *valid = v->valid;

    if (!valid)
        for (size_t row = 0; row < v->len; row++)
            bits[row] |= hit[codes[row]];
    else
        for (size_t row = 0; row < v->len; row++)
            bits[row] |= hit[codes[row]] & (valid[row] != 0);
}

/* Most terms have one value of the dictionary, or none. */
static Status mark_coded(const BlockView *view, const Term *t, const Vector *v, uint8_t *bits)
{
    uint8_t *hit = arena_calloc(view->arena, v->dict_len + 1, 1);
    size_t hits = 0;
    uint32_t last = 0;

    if (!hit)
        return ST_NOMEM;
    for (size_t i = 0; i < v->dict_len; i++) {
        hit[i] = match_text(t, v->as.s[i]);
        hits += hit[i];
        last = hit[i] ? (uint32_t)i : last;
    }
    if (hits == 1)
        mark_one_code(v, last, bits);
    else if (hits)
        mark_codes(v, hit, bits);
    return ST_OK;
}

static bool match_row(const Term *t, const Vector *v, size_t row)
{
    switch (v->type) {
    case VECTOR_BOOL:
        return match_bool(t, v->as.b[row] != 0);
    case VECTOR_INT:
    case VECTOR_TIME:
        return match_int(t, v->as.i[row]);
    case VECTOR_DOUBLE:
        return match_double(t, v->as.d[row]);
    case VECTOR_STR:
    case VECTOR_JSON:
    case VECTOR_BYTES:
    case VECTOR_FIXED:
        return match_text(t, vector_str(v, row));
    }
    return false;
}

Status term_mark_vector(const BlockView *view, const Term *t, const Vector *v, uint8_t *bits)
{
    Status st = ST_OK;

    regex_begin(t->regex);
    if (v->codes) {
        st = mark_coded(view, t, v, bits);
    } else {
        for (size_t row = 0; row < v->len; row++)
            if (!vector_is_null(v, row) && !bits[row])
                bits[row] = match_row(t, v, row);
    }
    regex_end(t->regex);
    return st;
}

static Status mark_range(const BlockView *view, const Term *t, Str column, RowRange rows,
                         uint8_t *bits)
{
    Vector v;
    const Status st =
        snapshot_read(view->snap, view->block, column, rows.from, rows.to, view->arena, &v);

    return st ? st : term_mark_vector(view, t, &v, bits + rows.from);
}

/* A dictionary may tell that no row has it, before rows are decoded. */
static Status may_match(const BlockView *view, const Term *t, Str column, bool *may)
{
    const Str *values;
    size_t count = 0;
    Status st;

    *may = false;
    if (!snapshot_has(view->snap, view->block, column))
        return ST_OK;
    st = snapshot_dictionary(view->snap, view->block, column, view->arena, &values, &count);
    *may = st || !values;
    for (size_t i = 0; i < count && !*may; i++)
        *may = match_text(t, values[i]);
    return st;
}

Status term_mark_contains(const BlockView *view, const Term *t, Str column, uint8_t *bits)
{
    RowRanges rows = {0};
    bool may;
    Status st = may_match(view, t, column, &may);

    for (size_t i = 0; i < t->value_count && may && !st; i++)
        st = snapshot_text_rows(view->snap, view->block, column, t->values[i].text, &rows);
    for (size_t i = 0; i < rows.len && !st; i++)
        st = mark_range(view, t, column, rows.items[i], bits);
    VEC_FREE(&rows);
    return st;
}

static Status mark_column(const BlockView *view, const Term *t, Str column, uint8_t *bits)
{
    Vector v;
    Status st;

    if (!snapshot_has(view->snap, view->block, column))
        return ST_OK;
    st = view_read(view, column, &v);
    return st ? st : term_mark_vector(view, t, &v, bits);
}

/* --------------------------------------------------------------- pruning */

static bool may_equal(const BlockView *view, const Term *t, Str column)
{
    for (size_t i = 0; i < t->value_count; i++)
        if (t->values[i].wildcard ||
            snapshot_may_contain(view->snap, view->block, column, t->values[i].text))
            return true;
    return false;
}

static bool may_be_in_range(const BlockView *view, const Term *t, Str column)
{
    ParquetStats range;

    if (!snapshot_range(view->snap, view->block, column, &range) || !range.has_range)
        return true;
    if (t->kind == TERM_EQUAL)
        return true;
    if (t->field.unit == UNIT_MONEY) /* a column of doubles */
        return !(t->low.set && range.max.d < t->low.value.number) &&
               !(t->high.set && range.min.d > t->high.value.number);
    if (t->low.set && t->low.value.is_int && range.max.i < t->low.value.integer)
        return false;
    return !(t->high.set && t->high.value.is_int && range.min.i > t->high.value.integer);
}

/* ------------------------------------------------------------ special fields */

static Status mark_id(const BlockView *view, const Term *t, uint8_t *bits)
{
    uint8_t id[16];
    TermValue value = {.text = {(const char *)id, 0}};
    Term bytes = {
        .kind = t->kind, .values = &value, .value_count = 1, .field = {.kind = FIELD_TEXT}};

    if (t->kind == TERM_EXISTS)
        return mark_column(view, t, t->field.column, bits);
    for (size_t i = 0; i < t->value_count; i++) {
        Status st;

        value.text.len = t->values[i].text.len / 2;
        if (hex_decode(t->values[i].text, id, value.text.len))
            continue;
        if (!snapshot_may_contain(view->snap, view->block, t->field.column, value.text))
            continue;
        st = mark_column(view, &bytes, t->field.column, bits);
        if (st)
            return st;
    }
    return ST_OK;
}

static Status mark_root(const BlockView *view, const Term *t, uint8_t *bits)
{
    Vector parent;
    const Status st = view_read(view, t->field.column, &parent);

    if (st)
        return st;
    for (size_t row = 0; row < view->rows; row++)
        bits[row] |= t->kind == TERM_EXISTS || match_bool(t, vector_is_null(&parent, row));
    return ST_OK;
}

static Status mark_tag(const BlockView *view, const TermValue *value, const Vector *version,
                       uint8_t *bits)
{
    TermValue name = *value;
    Term by_name = {
        .kind = TERM_EQUAL, .field = {.kind = FIELD_TEXT}, .values = &name, .value_count = 1};
    int64_t number = 0;
    uint8_t *named = arena_calloc(view->arena, view->rows, 1);
    Status st;

    if (!named)
        return ST_NOMEM;
    name.text = split_model_tag(value->text, &number);
    name.wildcard = !value->quoted && str_find_char(name.text, '*') < name.text.len;
    if (!may_equal(view, &by_name, STR("model")))
        return ST_OK;
    st = mark_column(view, &by_name, STR("model"), named);
    for (size_t row = 0; row < view->rows && !st; row++)
        if (named[row] &&
            (number == 0 || (!vector_is_null(version, row) && version->type == VECTOR_INT &&
                             version->as.i[row] == number)))
            bits[row] = 1;
    return st;
}

static Status mark_model(const BlockView *view, const Term *t, uint8_t *bits)
{
    Vector version;
    Status st;

    if (t->kind == TERM_EXISTS || t->kind == TERM_REGEX)
        return mark_column(view, t, t->field.column, bits);
    st = view_read(view, STR("model_version"), &version);
    for (size_t i = 0; i < t->value_count && !st; i++)
        st = mark_tag(view, &t->values[i], &version, bits);
    return st;
}

/* ------------------------------------------------------------- attributes */

static const char *const suffixes[] = {"", "#str", "#int", "#double", "#bool", "#json", "#bytes"};

enum { SUFFIX_COUNT = sizeof suffixes / sizeof *suffixes, MAX_NAMES = 2 * SUFFIX_COUNT };

static bool match_json(const Term *t, const Json *value)
{
    switch (value->kind) {
    case JSON_KIND_BOOL:
        return match_bool(t, value->as.b);
    case JSON_KIND_INT:
        return match_int(t, value->as.i);
    case JSON_KIND_DOUBLE:
        return match_double(t, value->as.d);
    case JSON_KIND_STR:
        return match_text(t, value->as.s);
    case JSON_KIND_NULL:
    case JSON_KIND_ARRAY:
    case JSON_KIND_OBJECT:
        return t->kind == TERM_EXISTS || match_text(t, value->raw);
    }
    return false;
}

/* Keys past the limit of columns, as JSON: slow, and rare by design. */
static Status mark_rest(const BlockView *view, const Term *t, const Str *names, size_t count,
                        uint8_t *bits)
{
    Vector rest;
    Status st;

    if (!snapshot_has(view->snap, view->block, STR("attributes_rest")))
        return ST_OK;
    st = view_read(view, STR("attributes_rest"), &rest);
    for (size_t row = 0; row < view->rows && !st; row++) {
        const Json *object = NULL;

        if (vector_is_null(&rest, row) || bits[row])
            continue;
        if (json_parse_object(vector_str(&rest, row), view->arena, &object, NULL))
            continue;
        for (size_t i = 0; i < count && !bits[row]; i++) {
            const Json *value = json_get(object, names[i]);

            bits[row] = value && match_json(t, value);
        }
    }
    return st;
}

static bool fits_kind(const Term *t, size_t suffix)
{
    const bool text = suffix < 2;

    if (t->kind == TERM_REGEX)
        return text;
    if (t->kind == TERM_RANGE)
        return suffix == 2 || suffix == 3;
    if (t->kind == TERM_EQUAL && !text)
        for (size_t i = 0; i < t->value_count; i++)
            if (!t->values[i].quoted)
                return true;
    return text || t->kind == TERM_EXISTS;
}

static Status mark_attribute(const BlockView *view, const Term *t, uint8_t *bits)
{
    Str names[MAX_NAMES];
    size_t count = 0;
    Status st = ST_OK;

    for (size_t i = 0; i < MAX_NAMES && !st; i++) {
        const Str base = t->field.attribute[i / SUFFIX_COUNT];
        const size_t suffix = i % SUFFIX_COUNT;

        if (base.len == 0 || !fits_kind(t, suffix))
            continue;
        st = arena_printf(view->arena, &names[count], "%.*s%s", STR_ARG(base), suffixes[suffix]);
        if (!st && (suffix > 1 || t->kind != TERM_EQUAL || t->field.score == SCORE_OF_JUDGE ||
                    may_equal(view, t, names[count])))
            st = mark_column(view, t, names[count], bits);
        count++;
    }
    return st ? st : mark_rest(view, t, names, count, bits);
}

static Status mark_field(const BlockView *view, const Term *t, uint8_t *bits)
{
    switch (t->field.kind) {
    case FIELD_ID:
        return mark_id(view, t, bits);
    case FIELD_ROOT:
        return mark_root(view, t, bits);
    case FIELD_MODEL:
        return mark_model(view, t, bits);
    case FIELD_ATTRIBUTE:
        return mark_attribute(view, t, bits);
    case FIELD_NUMBER:
    case FIELD_DURATION:
    case FIELD_TIME:
        if (!may_be_in_range(view, t, t->field.column))
            return ST_OK;
        break;
    case FIELD_TEXT:
        if (t->kind == TERM_EQUAL && !may_equal(view, t, t->field.column))
            return ST_OK;
        break;
    case FIELD_CONTAINS:
        if (t->kind == TERM_EQUAL)
            return term_mark_contains(view, t, t->field.column, bits);
        break;
    }
    return mark_column(view, t, t->field.column, bits);
}

/* The pattern is compiled for this look: see regex.h. */
static Status mark_regex(const BlockView *view, const Term *t, uint8_t *bits)
{
    Term live = *t;
    Status st = regex_open(t->values[0].text, t->regex_flags, t->work, &live.regex);

    if (!st)
        st = term_is_free(t) ? span_text_mark(view, &live, bits) : mark_field(view, &live, bits);
    regex_close(live.regex);
    if (st)
        return st;
    switch (atomic_load_explicit(&t->work->failure, memory_order_relaxed)) {
    case REGEX_FINE:
        return ST_OK;
    case REGEX_NO_MEMORY:
        return ST_NOMEM;
    default:
        return ST_TIMEOUT;
    }
}

Status term_eval(const BlockView *view, const Term *t, uint8_t *bits)
{
    if (t->kind == TERM_REGEX)
        return mark_regex(view, t, bits);
    return t->kind == TERM_TEXT ? span_text_mark(view, t, bits) : mark_field(view, t, bits);
}
