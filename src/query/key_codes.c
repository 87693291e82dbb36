/* SPDX-License-Identifier: Apache-2.0 */
/* Columns to codes. */
#include "query/key_codes.h"

#include "base/hash.h"
#include "query/aliases.h"
#include "query/numberer.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { DENSE_RANGE = 1 << 16 };

static const Value absent = {.kind = VALUE_NONE};

/* ------------------------------------------------------------- numbering */

/* Numbers for pairs of codes: a table of all pairs where they are few. */
typedef struct PairNumberer {
    Numberer hashed;
    uint32_t *table; /* number + 1 of x * y_len + y; NULL: hashed */
    size_t y_len;
} PairNumberer;

static Status pairs_init(PairNumberer *p, size_t x_len, size_t y_len, size_t rows, Arena *a)
{
    const size_t pairs = x_len * y_len; /* both are below 2^32 */

    *p = (PairNumberer){.y_len = y_len};
    if (pairs > DENSE_RANGE)
        return numberer_init(&p->hashed, rows, a);
    p->table = arena_calloc(a, pairs + 1, sizeof *p->table);
    p->hashed.patterns = arena_alloc(a, (pairs + 1) * sizeof *p->hashed.patterns);
    return p->table && p->hashed.patterns ? ST_OK : ST_NOMEM;
}

static uint32_t number_of_pair(PairNumberer *p, uint32_t x, uint32_t y)
{
    const uint64_t pattern = (uint64_t)x << 32 | y;
    uint32_t *number;

    if (!p->table)
        return numberer_number(&p->hashed, pattern);
    number = &p->table[x * p->y_len + y];
    if (!*number) {
        p->hashed.patterns[p->hashed.len] = pattern;
        *number = (uint32_t)++p->hashed.len;
    }
    return *number - 1;
}

/* The same for texts, which are compared themselves. */
static Status number_texts(const Vector *v, Arena *a, uint32_t *codes, Value *values, size_t *len)
{
    size_t cap = 16;
    uint32_t *slots;
    uint32_t last = 0;

    while (cap < 2 * (v->len + 1))
        cap *= 2;
    slots = arena_calloc(a, cap, sizeof *slots);
    if (!slots)
        return ST_NOMEM;
    for (size_t row = 0; row < v->len; row++) {
        const Str s = vector_is_null(v, row) ? (Str){0} : v->as.s[row];
        size_t at;

        if (vector_is_null(v, row)) {
            codes[row] = 0;
            continue;
        }
        if (last && str_eq(values[last].as.s, s)) {
            codes[row] = last;
            continue;
        }
        at = (size_t)hash_bytes(s) & (cap - 1);
        while (slots[at] && !str_eq(values[slots[at]].as.s, s))
            at = (at + 1) & (cap - 1);
        if (!slots[at]) {
            values[*len] = (Value){.kind = VALUE_STR, .as.s = s};
            slots[at] = (uint32_t)(*len)++;
        }
        last = slots[at];
        codes[row] = last;
    }
    return ST_OK;
}

/* ----------------------------------------------------------- one column */

/* Code dict_len is for nulls. */
static Status codes_of_dictionary(const Vector *v, Arena *a, KeyCodes *out)
{
    uint32_t *codes = NULL;

    out->values = arena_alloc(a, (v->dict_len + 1) * sizeof *out->values);
    if (!out->values)
        return ST_NOMEM;
    for (size_t i = 0; i < v->dict_len; i++)
        out->values[i] = (Value){.kind = VALUE_STR, .as.s = v->as.s[i]};
    out->values[v->dict_len] = absent;
    out->len = v->dict_len + 1;
    out->codes = v->codes;
    if (!v->valid)
        return ST_OK;
    codes = arena_alloc(a, v->len * sizeof *codes + 1);
    if (!codes)
        return ST_NOMEM;
    for (size_t row = 0; row < v->len; row++)
        codes[row] = v->valid[row] ? v->codes[row] : (uint32_t)v->dict_len;
    out->codes = codes;
    return ST_OK;
}

static Status codes_of_texts(const Vector *v, Arena *a, KeyCodes *out)
{
    uint32_t *codes = arena_alloc(a, v->len * sizeof *codes + 1);

    out->values = arena_alloc(a, (v->len + 1) * sizeof *out->values);
    if (!codes || !out->values)
        return ST_NOMEM;
    out->values[0] = absent;
    out->len = 1;
    out->codes = codes;
    return number_texts(v, a, codes, out->values, &out->len);
}

static uint64_t pattern_at(const Vector *v, size_t row)
{
    uint64_t bits = 0;

    if (v->type == VECTOR_BOOL)
        return v->as.b[row];
    if (v->type != VECTOR_DOUBLE)
        return (uint64_t)v->as.i[row];
    memcpy(&bits, &v->as.d[row], sizeof bits);
    return bits;
}

static Value value_of_pattern(VectorType type, uint64_t pattern)
{
    Value v = {.kind = VALUE_INT, .as.i = (int64_t)pattern};

    if (type == VECTOR_BOOL)
        return (Value){.kind = VALUE_BOOL, .as.b = pattern != 0};
    if (type == VECTOR_DOUBLE) {
        v.kind = VALUE_DOUBLE;
        memcpy(&v.as.d, &pattern, sizeof v.as.d);
    }
    return v;
}

/* Integers in a short range are their own numbers. */
static bool dense_range(const Vector *v, int64_t *min, size_t *len)
{
    int64_t low = INT64_MAX;
    int64_t high = INT64_MIN;

    if (v->type != VECTOR_INT)
        return false;
    for (size_t row = 0; row < v->len; row++) {
        if (vector_is_null(v, row))
            continue;
        low = v->as.i[row] < low ? v->as.i[row] : low;
        high = v->as.i[row] > high ? v->as.i[row] : high;
    }
    if (low > high || (uint64_t)high - (uint64_t)low >= DENSE_RANGE)
        return false;
    *min = low;
    *len = (size_t)((uint64_t)high - (uint64_t)low) + 1;
    return true;
}

static Status codes_of_range(const Vector *v, int64_t min, size_t len, Arena *a, KeyCodes *out)
{
    uint32_t *codes = arena_alloc(a, v->len * sizeof *codes + 1);

    out->values = arena_alloc(a, (len + 1) * sizeof *out->values);
    if (!codes || !out->values)
        return ST_NOMEM;
    out->values[0] = absent;
    for (size_t i = 0; i < len; i++)
        out->values[i + 1] = (Value){.kind = VALUE_INT, .as.i = min + (int64_t)i};
    for (size_t row = 0; row < v->len; row++)
        codes[row] =
            vector_is_null(v, row) ? 0 : (uint32_t)((uint64_t)v->as.i[row] - (uint64_t)min) + 1;
    out->codes = codes;
    out->len = len + 1;
    return ST_OK;
}

static Status codes_of_patterns(const Vector *v, Arena *a, KeyCodes *out)
{
    uint32_t *codes = arena_alloc(a, v->len * sizeof *codes + 1);
    Numberer n;
    Status st = codes ? numberer_init(&n, v->len, a) : ST_NOMEM;

    if (st)
        return st;
    for (size_t row = 0; row < v->len; row++)
        codes[row] = vector_is_null(v, row) ? 0 : numberer_number(&n, pattern_at(v, row)) + 1;
    out->values = arena_alloc(a, (n.len + 1) * sizeof *out->values);
    if (!out->values)
        return ST_NOMEM;
    out->values[0] = absent;
    for (size_t i = 0; i < n.len; i++)
        out->values[i + 1] = value_of_pattern(v->type, n.patterns[i]);
    out->codes = codes;
    out->len = n.len + 1;
    return ST_OK;
}

static Status codes_of_vector(const Vector *v, Arena *a, KeyCodes *out)
{
    int64_t min = 0;
    size_t len = 0;

    if (v->codes)
        return codes_of_dictionary(v, a, out);
    if (v->type != VECTOR_BOOL && v->type != VECTOR_INT && v->type != VECTOR_DOUBLE &&
        v->type != VECTOR_TIME)
        return codes_of_texts(v, a, out);
    if (dense_range(v, &min, &len))
        return codes_of_range(v, min, len, a, out);
    return codes_of_patterns(v, a, out);
}

/* --------------------------------------------------------- two columns in one */

/* A code for each pair that occurs; `join` makes the value of a pair. */
static Status join_codes(const KeyCodes *x, const KeyCodes *y, size_t rows, Arena *a,
                         Status (*join)(Arena *a, Value x, Value y, Value *out), KeyCodes *out)
{
    uint32_t *codes = arena_alloc(a, rows * sizeof *codes + 1);
    const Numberer *n;
    PairNumberer pairs;
    Status st = codes ? pairs_init(&pairs, x->len, y->len, rows, a) : ST_NOMEM;

    if (st)
        return st;
    for (size_t row = 0; row < rows; row++)
        codes[row] = number_of_pair(&pairs, x->codes[row], y->codes[row]);
    n = &pairs.hashed;
    out->codes = codes;
    out->len = n->len;
    out->values = arena_alloc(a, (n->len + 1) * sizeof *out->values);
    if (!out->values)
        return ST_NOMEM;
    for (size_t i = 0; i < n->len && !st; i++)
        st = join(a, x->values[n->patterns[i] >> 32], y->values[n->patterns[i] & UINT32_MAX],
                  &out->values[i]);
    return st;
}

static Status first_of_two(Arena *a, Value x, Value y, Value *out)
{
    (void)a;
    *out = x.kind == VALUE_NONE ? y : x;
    return ST_OK;
}

static Status model_and_version(Arena *a, Value model, Value version, Value *out)
{
    *out = model;
    if (model.kind != VALUE_STR || version.kind != VALUE_INT || version.as.i == 0)
        return ST_OK;
    return arena_printf(a, &out->as.s, "%.*s:v%lld", STR_ARG(model.as.s), (long long)version.as.i);
}

/* ------------------------------------------------------------------ fields */

static Status codes_of_column(const BlockView *view, Str column, KeyCodes *out)
{
    Vector v;
    const Status st = view_read(view, column, &v);

    return st ? st : codes_of_vector(&v, view->arena, out);
}

/* The value of an integer column that has but one, which its statistics tell. */
static bool only_value(const BlockView *view, Str column, Value *out)
{
    ParquetStats range;

    if (!snapshot_range(view->snap, view->block, column, &range) || !range.has_range ||
        range.null_count != 0 || range.min.i != range.max.i)
        return false;
    *out = (Value){.kind = VALUE_INT, .as.i = range.min.i};
    return true;
}

static Status add_version(const BlockView *view, KeyCodes *model)
{
    KeyCodes name = *model;
    KeyCodes version = {0};
    Value only;
    Status st = ST_OK;

    if (only_value(view, STR("model_version"), &only)) {
        for (size_t i = 0; i < model->len && !st; i++)
            st = model_and_version(view->arena, name.values[i], only, &model->values[i]);
        return st;
    }
    st = codes_of_column(view, STR("model_version"), &version);
    return st ? st : join_codes(&name, &version, view->rows, view->arena, model_and_version, model);
}

static Status codes_of_model(const BlockView *view, const ModelAliases *aliases, KeyCodes *out)
{
    Status st = codes_of_column(view, STR("model"), out);

    for (size_t i = 0; i < out->len && !st; i++)
        if (out->values[i].kind == VALUE_STR)
            out->values[i].as.s = alias_current(aliases, out->values[i].as.s);
    return st ? st : add_version(view, out);
}

static Status codes_of_id(const BlockView *view, const Field *field, KeyCodes *out)
{
    Status st = codes_of_column(view, field->column, out);

    for (size_t i = 0; i < out->len && !st; i++) {
        Value *v = &out->values[i];
        char *hex;

        if (v->kind != VALUE_STR)
            continue;
        hex = arena_alloc(view->arena, 2 * v->as.s.len + 1);
        if (!hex)
            return ST_NOMEM;
        hex_encode((const uint8_t *)v->as.s.ptr, v->as.s.len, hex);
        v->as.s = (Str){hex, 2 * v->as.s.len};
    }
    return st;
}

static Status codes_of_root(const BlockView *view, KeyCodes *out)
{
    uint32_t *codes = arena_alloc(view->arena, view->rows * sizeof *codes + 1);
    Vector parent;
    Status st = view_read(view, STR("parent_id"), &parent);

    out->values = arena_calloc(view->arena, 2, sizeof *out->values);
    if (st || !codes || !out->values)
        return st ? st : ST_NOMEM;
    for (size_t row = 0; row < view->rows; row++)
        codes[row] = vector_is_null(&parent, row);
    out->values[0] = (Value){.kind = VALUE_BOOL, .as.b = false};
    out->values[1] = (Value){.kind = VALUE_BOOL, .as.b = true};
    out->codes = codes;
    out->len = 2;
    return ST_OK;
}

Status attribute_columns(const BlockView *view, const Field *field, Str names[ATTRIBUTE_NAMES],
                         size_t *count)
{
    static const char *const suffixes[] = {"",      "#str",  "#int",  "#double",
                                           "#bool", "#json", "#bytes"};

    *count = 0;
    for (size_t i = 0; i < ATTRIBUTE_NAMES; i++) {
        const Str base = field->attribute[i / 7];
        Str name;
        Status st;

        if (base.len == 0)
            continue;
        st = arena_printf(view->arena, &name, "%.*s%s", STR_ARG(base), suffixes[i % 7]);
        if (st)
            return st;
        if (snapshot_has(view->snap, view->block, name))
            names[(*count)++] = name;
    }
    return ST_OK;
}

static Status nothing(const BlockView *view, KeyCodes *out)
{
    uint32_t *codes = arena_calloc(view->arena, view->rows + 1, sizeof *codes);

    *out = (KeyCodes){codes, 1, arena_calloc(view->arena, 1, sizeof *out->values)};
    return codes && out->values ? ST_OK : ST_NOMEM;
}

static Status codes_of_attribute(const BlockView *view, const Field *field, KeyCodes *out)
{
    Str names[ATTRIBUTE_NAMES];
    size_t count = 0;
    bool first = true;
    Status st = attribute_columns(view, field, names, &count);

    for (size_t i = 0; i < count && !st; i++) {
        KeyCodes one = {0};
        KeyCodes both = {0};

        st = codes_of_column(view, names[i], first ? out : &one);
        if (!st && !first && one.len > 1) {
            st = join_codes(out, &one, view->rows, view->arena, first_of_two, &both);
            *out = both;
        }
        first = false;
    }
    return st || !first ? st : nothing(view, out);
}

Status key_codes_read(const BlockView *view, const Field *field, const ModelAliases *aliases,
                      KeyCodes *out)
{
    if (field->kind == FIELD_MODEL)
        return codes_of_model(view, aliases, out);
    if (field->kind == FIELD_ROOT)
        return codes_of_root(view, out);
    if (field->kind == FIELD_ID)
        return codes_of_id(view, field, out);
    if (field->kind == FIELD_ATTRIBUTE)
        return codes_of_attribute(view, field, out);
    return codes_of_column(view, field->column, out);
}

/* ----------------------------------------------------------------- numbers */

static Status numbers_of_vector(const Vector *v, Numbers *out)
{
    *out = (Numbers){.valid = v->valid};
    if (v->type == VECTOR_INT || v->type == VECTOR_TIME)
        out->i = v->as.i;
    else if (v->type == VECTOR_DOUBLE)
        out->d = v->as.d;
    else
        out->none = true;
    return ST_OK;
}

/* Rows that `into` has no number for get that of `v`. */
static Status fill_numbers(const BlockView *view, const Vector *v, Numbers *into)
{
    double *d = arena_alloc(view->arena, view->rows * sizeof *d + 1);
    uint8_t *valid = arena_alloc(view->arena, view->rows + 1);
    const bool whole = v->type == VECTOR_INT;

    if (!d || !valid)
        return ST_NOMEM;
    for (size_t row = 0; row < view->rows; row++) {
        const bool here = !into->valid || into->valid[row];

        valid[row] = here || !vector_is_null(v, row);
        if (here)
            d[row] = into->i ? (double)into->i[row] : into->d[row];
        else
            d[row] = whole ? (double)v->as.i[row] : v->as.d[row];
    }
    *into = (Numbers){.d = d, .valid = valid};
    return ST_OK;
}

/* Of scores, true is 1 and false is 0. */
static Status numbers_of_truths(const BlockView *view, Vector *v)
{
    double *d = arena_alloc(view->arena, view->rows * sizeof *d + 1);

    if (!d)
        return ST_NOMEM;
    for (size_t row = 0; row < view->rows; row++)
        d[row] = v->as.b[row];
    *v = (Vector){.type = VECTOR_DOUBLE, .len = v->len, .valid = v->valid, .as.d = d};
    return ST_OK;
}

static Status numbers_of_attribute(const BlockView *view, const Field *field, Numbers *out)
{
    Str names[ATTRIBUTE_NAMES];
    size_t count = 0;
    Status st = attribute_columns(view, field, names, &count);

    *out = (Numbers){.none = true};
    for (size_t i = 0; i < count && !st; i++) {
        Vector v;

        if (!str_ends(names[i], STR("#int")) && !str_ends(names[i], STR("#double")) &&
            !(field->score && str_ends(names[i], STR("#bool"))))
            continue;
        st = view_read(view, names[i], &v);
        if (!st && v.type == VECTOR_BOOL)
            st = numbers_of_truths(view, &v);
        if (st || (v.type != VECTOR_INT && v.type != VECTOR_DOUBLE))
            continue;
        st = out->none ? numbers_of_vector(&v, out) : fill_numbers(view, &v, out);
    }
    return st;
}

Status numbers_read(const BlockView *view, const Field *field, Numbers *out)
{
    Vector v;
    Status st;

    if (field->kind == FIELD_ATTRIBUTE)
        return numbers_of_attribute(view, field, out);
    st = view_read(view, field->column, &v);
    return st ? st : numbers_of_vector(&v, out);
}

double value_order(Value v)
{
    double d = 0;

    if (v.kind == VALUE_INT)
        return (double)v.as.i;
    if (v.kind == VALUE_DOUBLE)
        return isinf(v.as.d) ? copysign(DBL_MAX, v.as.d) : v.as.d;
    if (v.kind == VALUE_BOOL)
        return v.as.b;
    if (v.kind == VALUE_NONE)
        return NAN;
    for (size_t i = 0; i < 6; i++)
        d = d * 256 + (i < v.as.s.len ? (double)(uint8_t)v.as.s.ptr[i] : 0);
    return d;
}
