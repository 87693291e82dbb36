/* SPDX-License-Identifier: Apache-2.0 */
/* From the texts of a request to a plan.
 *
 *   measures = measure { "," measure }
 *   measure  = "count" | "rate" | "errors" | "error_rate" | name "(" field ")"
 *            | "p(" number "," field ")"
 *            | "rate(" field of scores ")"       the share of true
 *   keys     = field { "," field }
 *
 * A field may be quoted as in the language: attr."odd, key". */
#include "query/aggregate.h"
#include "query/field_list.h"

static const struct {
    const char *name;
    MeasureKind kind;
    bool of_field;
    double quantile;
    unsigned needs;
} functions[] = {
    {"count", MEASURE_COUNT, false, 0, 0},
    {"rate", MEASURE_RATE, false, 0, 0},
    {"errors", MEASURE_ERRORS, false, 0, 0},
    {"error_rate", MEASURE_ERROR_RATE, false, 0, 0},
    {"sum", MEASURE_SUM, true, 0, NEED_MOMENTS},
    {"mean", MEASURE_MEAN, true, 0, NEED_MOMENTS},
    {"min", MEASURE_MIN, true, 0, NEED_MOMENTS},
    {"max", MEASURE_MAX, true, 0, NEED_MOMENTS},
    {"p50", MEASURE_QUANTILE, true, 0.5, NEED_MOMENTS | NEED_SKETCH},
    {"p90", MEASURE_QUANTILE, true, 0.9, NEED_MOMENTS | NEED_SKETCH},
    {"p95", MEASURE_QUANTILE, true, 0.95, NEED_MOMENTS | NEED_SKETCH},
    {"p99", MEASURE_QUANTILE, true, 0.99, NEED_MOMENTS | NEED_SKETCH},
    {"p", MEASURE_QUANTILE, true, -1, NEED_MOMENTS | NEED_SKETCH},
    {"distinct", MEASURE_DISTINCT, true, 0, NEED_DISTINCT},
};

enum { FUNCTION_COUNT = sizeof functions / sizeof *functions };

/* ---------------------------------------------------------------- measures */

static bool is_number(const Field *f)
{
    return f->kind == FIELD_NUMBER || f->kind == FIELD_DURATION || f->kind == FIELD_TIME ||
           f->kind == FIELD_ATTRIBUTE;
}

static size_t add_field(AggregatePlan *p, const Field *f, unsigned needs)
{
    size_t i = 0;

    while (i < p->field_count && !str_eq(p->fields[i].field.name, f->name))
        i++;
    if (i == p->field_count)
        p->fields[p->field_count++].field = *f;
    p->fields[i].needs |= needs;
    return i;
}

static Status parse_quantile(Str *inside, Err *err, double *out)
{
    const Str number = str_trim(field_list_cut(*inside, ',', inside));
    double percent;

    if (str_to_double(number, &percent) || !(percent >= 0 && percent <= 100))
        return err_set(err, ST_INVALID, 0, "write p(99.5,latency): a number from 0 to 100 first");
    *out = percent / 100;
    return ST_OK;
}

static Status parse_of_field(AggregatePlan *p, size_t function, Str inside, Arena *arena, Err *err,
                             Measure *m)
{
    const char *name = functions[function].name;
    const bool given = functions[function].quantile < 0;
    Field field = {0};
    Status st = given ? parse_quantile(&inside, err, &m->quantile) : ST_OK;

    if (!st)
        st = field_list_one(inside, arena, err, &field);
    if (st)
        return st;
    if (m->kind != MEASURE_DISTINCT && !is_number(&field))
        return err_set(err, ST_INVALID, 0, "%s: '%.*s' is not a number", name, STR_ARG(field.name));
    m->field = add_field(p, &field, functions[function].needs);
    if (given)
        return arena_printf(arena, &m->text, "p(%g,%.*s)", m->quantile * 100, STR_ARG(field.name));
    return arena_printf(arena, &m->text, "%s(%.*s)", name, STR_ARG(field.name));
}

/* What stands in front of the closing parenthesis; empty without one. */
static Str take_inside(Str behind)
{
    behind = str_trim(behind);
    return str_ends(behind, STR(")")) ? str_slice(behind, 0, behind.len - 1) : (Str){0};
}

/* The mean of booleans: of other fields it would be confused with the rate of spans. */
static Status parse_share(AggregatePlan *p, Str inside, Arena *arena, Err *err, Measure *m)
{
    Field field = {0};
    Status st = field_list_one(inside, arena, err, &field);

    if (st)
        return st;
    if (field.score != SCORE_OF_NAME && field.score != SCORE_PASS_OF_NAME)
        return err_set(err, ST_INVALID, 0,
                       "rate(f) is the share of true: f must be passed.NAME or score.NAME");
    m->kind = MEASURE_MEAN;
    m->field = add_field(p, &field, NEED_MOMENTS);
    return arena_printf(arena, &m->text, "rate(%.*s)", STR_ARG(field.name));
}

static Status parse_measure(AggregatePlan *p, Str text, Arena *arena, Err *err, Measure *out)
{
    Str inside = {0};
    const Str name = str_trim(field_list_cut(text, '(', &inside));
    const bool called = name.len < str_trim(text).len;
    size_t f = 0;

    while (f < FUNCTION_COUNT && !str_eq(name, str_from(functions[f].name)))
        f++;
    if (f == FUNCTION_COUNT)
        return err_set(err, ST_INVALID, 0,
                       "unknown measure '%.*s'; there are count, rate, errors, error_rate, sum(f), "
                       "mean(f), min(f), max(f), p50(f), p90(f), p95(f), p99(f), p(99.5,f), "
                       "distinct(f)",
                       STR_ARG(str_slice(name, 0, 40)));
    *out = (Measure){.kind = functions[f].kind, .quantile = functions[f].quantile};
    out->text = str_from(functions[f].name);
    if (called && functions[f].kind == MEASURE_RATE)
        return parse_share(p, take_inside(inside), arena, err, out);
    if (!functions[f].of_field)
        return called ? err_set(err, ST_INVALID, 0, "%s takes no field", functions[f].name) : ST_OK;
    inside = str_trim(inside);
    if (!called || inside.len < 2 || inside.ptr[inside.len - 1] != ')')
        return err_set(err, ST_INVALID, 0, "%s needs a field: %s(latency)", functions[f].name,
                       functions[f].name);
    return parse_of_field(p, f, str_slice(inside, 0, inside.len - 1), arena, err, out);
}

Status aggregate_measures(AggregatePlan *p, Str text, Arena *arena, Err *err)
{
    Str rest = text;

    p->measure_count = 0;
    p->field_count = 0;
    do {
        const Str part = str_trim(field_list_cut(rest, ',', &rest));
        Status st;

        if (p->measure_count == AGGREGATE_MAX_MEASURES)
            return err_set(err, ST_LIMIT, 0, "at most %d measures", AGGREGATE_MAX_MEASURES);
        st = parse_measure(p, part, arena, err, &p->measures[p->measure_count]);
        if (st)
            return st;
        p->measure_count++;
    } while (rest.len);
    return ST_OK;
}

Status aggregate_order(AggregatePlan *p, Str text, Arena *arena, Err *err)
{
    AggregatePlan other = {0};
    const Status st = aggregate_measures(&other, text, arena, err);

    if (st)
        return st;
    for (size_t i = 0; i < p->measure_count && other.measure_count == 1; i++) {
        if (str_eq(p->measures[i].text, other.measures[0].text)) {
            p->order = i;
            return ST_OK;
        }
    }
    return err_set(err, ST_INVALID, 0, "must be one of the measures");
}

/* -------------------------------------------------------------------- keys */

Status aggregate_keys(AggregatePlan *p, Str text, Arena *arena, Err *err)
{
    const Status st =
        field_list_parse(text, AGGREGATE_MAX_KEYS, arena, err, p->keys, &p->key_count);

    for (size_t i = 0; i < p->key_count && !st; i++)
        if (p->keys[i].kind == FIELD_CONTAINS && !str_eq(p->keys[i].column, STR("error_message")))
            return err_set(err, ST_INVALID, 0, "'%.*s' is too large to group by",
                           STR_ARG(p->keys[i].name));
    return st;
}

/* ---------------------------------------------------------------- identity */

bool aggregate_wants_errors(const AggregatePlan *p)
{
    for (size_t i = 0; i < p->measure_count; i++)
        if (p->measures[i].kind == MEASURE_ERRORS || p->measures[i].kind == MEASURE_ERROR_RATE)
            return true;
    return false;
}

static Status append_text(Buf *b, Str s)
{
    Status st = buf_printf(b, "%zu:", s.len);

    return st ? st : buf_append(b, s);
}

static Status append_plan(const AggregatePlan *p, Buf *b)
{
    Status st = buf_printf(b, "e%d,f%zu,", aggregate_wants_errors(p), p->field_count);

    for (size_t i = 0; i < p->field_count && !st; i++) {
        st = buf_printf(b, "%u,", p->fields[i].needs);
        if (!st)
            st = append_text(b, p->fields[i].field.name);
    }
    for (size_t i = 0; i < p->key_count && !st; i++)
        st = append_text(b, p->keys[i].name);
    for (size_t i = 0; p->aliases && i < p->aliases->len && !st; i++) {
        st = append_text(b, p->aliases->items[i].former);
        if (!st)
            st = append_text(b, p->aliases->items[i].current);
    }
    return st;
}

Status aggregate_identity(const AggregatePlan *p, Arena *arena, Str *out)
{
    Buf b;
    Status st;

    buf_init(&b, (size_t)1 << 20);
    st = append_plan(p, &b);
    if (!st)
        st = arena_copy(arena, (Str){b.data, b.len}, out);
    buf_deinit(&b);
    return st;
}
