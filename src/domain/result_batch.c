/* SPDX-License-Identifier: Apache-2.0 */
/* Reading columns without a tree: a request may hold millions of values. */
#include "domain/result_batch.h"

#include "base/map.h"
#include "base/vec.h"
#include "codec/json_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 64 };

typedef VEC_OF(ResultColumn) ColumnVec;

typedef struct Parser {
    Arena *arena;
    FieldErr *err;
    ResultBatch *out;
    bool has_numbers;
    Str columns; /* text of the member */
    ColumnVec list;
    Map names;
} Parser;

static Status refuse(Parser *p, const char *field, const char *why)
{
    return field_err_set(p->err, ST_INVALID, field, "%s: %s", field, why);
}

static Status broken(Parser *p, const JsonScan *s)
{
    if (s->st == ST_NOMEM)
        return ST_NOMEM;
    (void)field_err_set(p->err, ST_INVALID, "", "the body is no JSON: %s",
                        s->reason ? s->reason : "it ends too early");
    p->err->err.pos = s->pos;
    return ST_INVALID;
}

/* ------------------------------------------------------------ numbers */

static Status number_at(Parser *p, const JsonEvent *e, size_t at, int64_t *out)
{
    if (e->kind == JSON_EVENT_NUMBER && str_to_i64(e->text, out) == ST_OK && *out > 0)
        return ST_OK;
    return field_err_set(p->err, ST_INVALID, "numbers",
                         "numbers[%zu]: must be the number of a sample, from 1", at);
}

static int compare_numbers(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

static Status check_distinct(Parser *p, const int64_t *numbers, size_t count)
{
    int64_t *sorted;
    bool ascending = true;

    for (size_t i = 1; i < count && ascending; i++)
        ascending = numbers[i - 1] < numbers[i];
    if (ascending)
        return ST_OK;
    sorted = arena_alloc(p->arena, count * sizeof *sorted);
    if (!sorted)
        return ST_NOMEM;
    memcpy(sorted, numbers, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_numbers);
    for (size_t i = 1; i < count; i++)
        if (sorted[i - 1] == sorted[i])
            return field_err_set(p->err, ST_INVALID, "numbers",
                                 "numbers: sample %lld is there twice", (long long)sorted[i]);
    return ST_OK;
}

/* Values in an array at most: commas plus one; each takes at least two bytes. */
static size_t most_values(Str text)
{
    const size_t most = text.len / 2 + 1;

    return most < RESULT_MAX_ROWS ? most : RESULT_MAX_ROWS;
}

static Status read_numbers(Parser *p, Str text)
{
    JsonScan s = json_scan(text, DEPTH);
    const size_t most = most_values(text);
    int64_t *numbers = arena_alloc(p->arena, most * sizeof *numbers);
    size_t count = 0;
    JsonEvent e;
    Status st = ST_OK;

    if (!numbers)
        return ST_NOMEM;
    if (!json_scan_next(&s, &e) || e.kind != JSON_EVENT_ARRAY)
        return refuse(p, "numbers", "must be a list of sample numbers");
    while (!st && json_scan_next(&s, &e) && e.kind != JSON_EVENT_ARRAY_END) {
        if (count == most)
            return field_err_set(p->err, ST_LIMIT, "numbers", "numbers: at most %d a request",
                                 (int)RESULT_MAX_ROWS);
        st = number_at(p, &e, count, &numbers[count]);
        count++;
    }
    if (!st && !count)
        st = refuse(p, "numbers", "must not be empty");
    if (!st)
        st = check_distinct(p, numbers, count);
    p->out->numbers = numbers;
    p->out->rows = count;
    p->has_numbers = true;
    return st;
}

/* ------------------------------------------------------------ columns */

/* What a column is tried as, from narrow to wide.  TRY_NOTHING: only nulls until now. */
typedef enum Trial { TRY_NOTHING, TRY_BOOL, TRY_INT, TRY_DOUBLE, TRY_TEXT, TRY_JSON } Trial;

typedef struct Filling {
    Trial trial;
    size_t len;
    bool has_null;
    uint8_t *valid;
    union {
        uint8_t *b;
        int64_t *i;
        double *d;
    } scalars;  /* room for eight bytes each */
    Str *texts; /* made for the first text */
} Filling;

/* {"double": "NaN"} and its kin, at the event that opened the object. */
static bool special_double(Str raw, double *out)
{
    static const struct {
        const char *name;
        double value;
    } names[] = {
        {"NaN", (double)NAN}, {"Infinity", (double)INFINITY}, {"-Infinity", -(double)INFINITY}};
    JsonScan s = json_scan(raw, 2);
    JsonEvent brace;
    JsonEvent key;
    JsonEvent value;

    if (!json_scan_next(&s, &brace) || !json_scan_next(&s, &key) || key.kind != JSON_EVENT_KEY ||
        !str_eq(key.text, STR("double")) || !json_scan_next(&s, &value) ||
        value.kind != JSON_EVENT_STR || !json_scan_next(&s, &brace) ||
        brace.kind != JSON_EVENT_OBJECT_END)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq(value.text, str_from(names[i].name))) {
            *out = names[i].value;
            return true;
        }
    }
    return false;
}

static bool is_integer(Str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '.' || text.ptr[i] == 'e' || text.ptr[i] == 'E')
            return false;
    return true;
}

/* One value as it stands in the text. */
typedef struct Item {
    Trial fits; /* the narrowest; TRY_NOTHING: null */
    Str raw;
    JsonEvent event;
    int64_t i;
    double d;
} Item;

static Status classify(const JsonEvent *e, Str raw, Item *out)
{
    *out = (Item){.fits = TRY_JSON, .raw = raw, .event = *e};
    switch (e->kind) {
    case JSON_EVENT_NULL:
        out->fits = TRY_NOTHING;
        return ST_OK;
    case JSON_EVENT_BOOL:
        out->fits = TRY_BOOL;
        return ST_OK;
    case JSON_EVENT_STR:
        out->fits = TRY_TEXT;
        return ST_OK;
    case JSON_EVENT_NUMBER:
        out->fits = TRY_DOUBLE;
        if (is_integer(e->text) && str_to_i64(e->text, &out->i) == ST_OK) {
            out->fits = TRY_INT;
            out->d = (double)out->i;
            return ST_OK;
        }
        return str_to_double(e->text, &out->d);
    default:
        if (special_double(raw, &out->d))
            out->fits = TRY_DOUBLE;
        return ST_OK;
    }
}

/* What a column of `now` must be to hold `item` too. */
static Trial widen(Trial now, const Item *item)
{
    const int64_t exact = INT64_C(1) << 53;

    if (item->fits == TRY_NOTHING || item->fits == now)
        return now;
    if (now == TRY_NOTHING)
        return item->fits;
    if (now == TRY_DOUBLE && item->fits == TRY_INT)
        return item->i >= -exact && item->i <= exact ? TRY_DOUBLE : TRY_JSON;
    return now == TRY_INT && item->fits == TRY_DOUBLE ? TRY_DOUBLE : TRY_JSON;
}

static Status put_item(Parser *p, Filling *f, size_t at, const Item *item)
{
    const bool is_null = item->fits == TRY_NOTHING;

    f->valid[at] = !is_null;
    f->has_null |= is_null;
    if (is_null)
        return ST_OK;
    if (f->trial >= TRY_TEXT && !f->texts) {
        f->texts = arena_calloc(p->arena, p->out->rows, sizeof *f->texts);
        if (!f->texts)
            return ST_NOMEM;
    }
    switch (f->trial) {
    case TRY_BOOL:
        f->scalars.b[at] = item->event.truth;
        return ST_OK;
    case TRY_INT:
        f->scalars.i[at] = item->i;
        return ST_OK;
    case TRY_DOUBLE:
        f->scalars.d[at] = item->d;
        return ST_OK;
    case TRY_TEXT:
        return json_unescape(&item->event, p->arena, &f->texts[at]);
    default:
        f->texts[at] = item->raw;
        return ST_OK;
    }
}

static Status wrong_value(Parser *p, Str name, size_t at, Status st)
{
    if (st == ST_NOMEM)
        return st;
    return field_err_set(p->err, ST_INVALID, "columns", "columns.%.*s[%zu]: is no number",
                         STR_ARG(utf8_clip(name, 60)), at);
}

/* The next value of the array with the text that it takes; false at its end or on an error. */
static bool next_value(JsonScan *s, JsonEvent *e, Str *raw)
{
    const unsigned depth = s->depth;

    if (!json_scan_next(s, e) || e->kind == JSON_EVENT_ARRAY_END)
        return false;
    if (e->kind == JSON_EVENT_OBJECT || e->kind == JSON_EVENT_ARRAY) {
        JsonEvent inner;

        while (s->depth > depth && json_scan_next(s, &inner))
            ;
    }
    *raw = str_slice(s->in, e->pos, s->pos);
    return s->st == ST_OK;
}

/* Read the array as `f->trial`.  ST_UNSUPPORTED: it needs the wider one that f->trial is now. */
static Status fill(Parser *p, Str name, Str text, Filling *f)
{
    JsonScan s = json_scan(text, DEPTH);
    JsonEvent e;
    Str raw;
    Status st = ST_OK;

    f->len = 0;
    f->has_null = false;
    if (!json_scan_next(&s, &e) || e.kind != JSON_EVENT_ARRAY)
        return field_err_set(p->err, ST_INVALID, "columns", "columns.%.*s: must be a list",
                             STR_ARG(utf8_clip(name, 60)));
    while (!st && next_value(&s, &e, &raw)) {
        Item item;
        Trial wider;

        if (f->len == p->out->rows)
            return field_err_set(p->err, ST_INVALID, "columns",
                                 "columns.%.*s: has more values than the %zu numbers",
                                 STR_ARG(utf8_clip(name, 60)), p->out->rows);
        st = classify(&e, raw, &item);
        if (st)
            return wrong_value(p, name, f->len, st);
        wider = widen(f->trial, &item);
        if (wider != f->trial) {
            const bool start_over = f->trial != TRY_NOTHING;

            f->trial = wider;
            if (start_over)
                return ST_UNSUPPORTED;
        }
        st = put_item(p, f, f->len++, &item);
    }
    if (!st && f->len < p->out->rows)
        st = field_err_set(p->err, ST_INVALID, "columns",
                           "columns.%.*s: has %zu values for %zu numbers",
                           STR_ARG(utf8_clip(name, 60)), f->len, p->out->rows);
    return st;
}

static Vector vector_of(const Filling *f)
{
    static const VectorType types[] = {VECTOR_DOUBLE, VECTOR_BOOL, VECTOR_INT,
                                       VECTOR_DOUBLE, VECTOR_STR,  VECTOR_JSON};
    Vector v = {.type = types[f->trial], .len = f->len, .valid = f->has_null ? f->valid : NULL};

    switch (v.type) {
    case VECTOR_BOOL:
        v.as.b = f->scalars.b;
        break;
    case VECTOR_INT:
        v.as.i = f->scalars.i;
        break;
    case VECTOR_DOUBLE:
        v.as.d = f->scalars.d;
        break;
    default:
        v.as.s = f->texts;
        break;
    }
    return v;
}

static Status read_column(Parser *p, Str name, Str text, Vector *out)
{
    Filling f = {.valid = arena_alloc(p->arena, p->out->rows),
                 .scalars.i = arena_calloc(p->arena, p->out->rows, sizeof(int64_t))};
    Status st;

    if (!f.valid || !f.scalars.i)
        return ST_NOMEM;
    do {
        st = fill(p, name, text, &f);
    } while (st == ST_UNSUPPORTED);
    if (!st)
        *out = vector_of(&f);
    return st;
}

static Status check_name(Parser *p, Str name)
{
    uint64_t there;

    if (!name.len || name.len > RESULT_MAX_NAME)
        return field_err_set(p->err, ST_INVALID, "columns",
                             "columns: the name of a metric must have 1 to %d bytes, not %zu",
                             (int)RESULT_MAX_NAME, name.len);
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < ' ')
            return refuse(p, "columns", "the name of a metric must not hold control characters");
    if (map_get(&p->names, name, &there))
        return field_err_set(p->err, ST_INVALID, "columns", "columns.%.*s: is there twice",
                             STR_ARG(utf8_clip(name, 60)));
    return ST_OK;
}

static Status add_column(Parser *p, Str name, Str text)
{
    ResultColumn column = {.name = name};
    Status st = check_name(p, name);

    if (!st)
        st = map_put(&p->names, name, p->list.len);
    if (!st)
        st = read_column(p, name, text, &column.values);
    if (!st)
        st = VEC_PUSH(&p->list, column, RESULT_MAX_METRICS);
    if (st == ST_LIMIT)
        return field_err_set(p->err, ST_LIMIT, "columns", "columns: at most %d metrics",
                             (int)RESULT_MAX_METRICS);
    return st;
}

static Status read_columns(Parser *p)
{
    JsonScan s = json_scan(p->columns, DEPTH);
    JsonEvent e;
    Status st = ST_OK;

    if (!json_scan_next(&s, &e) || e.kind != JSON_EVENT_OBJECT)
        return refuse(p, "columns", "must be an object of lists");
    while (!st && json_scan_next(&s, &e) && e.kind == JSON_EVENT_KEY) {
        Str name;
        Str text;

        st = json_unescape(&e, p->arena, &name);
        if (!st)
            st = json_scan_skip_raw(&s, &text);
        if (!st)
            st = add_column(p, name, text);
    }
    return st;
}

/* ------------------------------------------------------------ the body */

static Status read_text(Parser *p, const char *field, Str raw, Str *out)
{
    JsonScan s = json_scan(raw, 1);
    JsonEvent e;

    if (json_scan_next(&s, &e) && e.kind == JSON_EVENT_NULL)
        return ST_OK;
    if (e.kind != JSON_EVENT_STR)
        return refuse(p, field, "must be a text or null");
    return json_unescape(&e, p->arena, out);
}

static Status read_member(Parser *p, Str key, Str raw)
{
    if (str_eq(key, STR("case")))
        return read_text(p, "case", raw, &p->out->scope);
    if (str_eq(key, STR("configuration")))
        return read_text(p, "configuration", raw, &p->out->configuration);
    if (str_eq(key, STR("numbers")))
        return read_numbers(p, raw);
    if (str_eq(key, STR("columns")))
        p->columns = raw;
    return ST_OK; /* others are a newer client's */
}

static Status read_body(Parser *p, Str body)
{
    JsonScan s = json_scan(body, DEPTH);
    JsonEvent e;
    Status st = ST_OK;

    if (!json_scan_next(&s, &e) || e.kind != JSON_EVENT_OBJECT)
        return s.st ? broken(p, &s) : refuse(p, "", "must be an object");
    while (!st && json_scan_next(&s, &e) && e.kind == JSON_EVENT_KEY) {
        Str raw = {0};

        if (json_scan_skip_raw(&s, &raw))
            return broken(p, &s);
        st = read_member(p, e.text, raw);
    }
    if (!st && json_scan_next(&s, &e))
        st = refuse(p, "", "must be one object");
    if (!st && s.st)
        st = broken(p, &s);
    if (!st && !p->has_numbers)
        st = refuse(p, "numbers", "must be a list of sample numbers");
    if (!st && !p->columns.len)
        st = refuse(p, "columns", "must be an object of lists");
    return st ? st : read_columns(p);
}

Status result_batch_parse(Str body, Arena *arena, ResultBatch *out, FieldErr *err)
{
    ResultBatch batch = {0};
    ResultColumn *columns = NULL;
    Parser p = {.arena = arena, .err = err, .out = &batch};
    Status st;

    map_init(&p.names, RESULT_MAX_METRICS);
    st = read_body(&p, body);
    if (!st && p.list.len) {
        columns = arena_calloc(arena, p.list.len, sizeof *columns);
        st = columns ? ST_OK : ST_NOMEM;
        if (columns)
            memcpy(columns, p.list.items, p.list.len * sizeof *columns);
    }
    batch.columns = columns;
    batch.count = p.list.len;
    VEC_FREE(&p.list);
    map_deinit(&p.names);
    if (!st)
        *out = batch;
    return st;
}
