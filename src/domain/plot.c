/* SPDX-License-Identifier: Apache-2.0 */
/* See plot.h. */
#include "domain/plot.h"

typedef struct Checking {
    const char *where;
    FieldErr *err;
} Checking;

static Status wrong(const Checking *c, const char *field, const char *why)
{
    (void)field_err_set(c->err, ST_INVALID, "plots", "%s.%s: %s", c->where, field, why);
    return ST_INVALID;
}

static bool is_number(const Json *v)
{
    return v->kind == JSON_KIND_INT || v->kind == JSON_KIND_DOUBLE;
}

/* NaN and the infinities are {"double": "NaN"}. */
static bool is_special(const Json *v)
{
    const Json *text = json_get(v, STR("double"));

    return v->kind == JSON_KIND_OBJECT && v->as.object.len == 1 && text &&
           text->kind == JSON_KIND_STR;
}

static double number_of(const Json *v)
{
    return v->kind == JSON_KIND_INT ? (double)v->as.i : v->as.d;
}

static const Json *array_of(const Json *object, const char *field)
{
    const Json *v = json_get(object, str_from(field));

    return v && v->kind == JSON_KIND_ARRAY ? v : NULL;
}

typedef enum Nulls { NO_NULLS, NULLS } Nulls;

static Status check_numbers(const Checking *c, const char *field, const Json *list, Nulls nulls)
{
    for (size_t i = 0; i < list->as.array.len; i++) {
        const Json *v = &list->as.array.items[i];

        if (!is_number(v) && !is_special(v) && (v->kind != JSON_KIND_NULL || nulls == NO_NULLS))
            return wrong(c, field, "must hold numbers");
    }
    return ST_OK;
}

static Status check_text(const Checking *c, const Json *plot, const char *field, JsonNeed need)
{
    Str text = {0};

    return json_field_str(plot, str_from(field), need, &text, NULL)
               ? wrong(c, field, "must be a text")
               : ST_OK;
}

static Status check_axis(const Checking *c, const Json *plot, const char *field)
{
    const Json *axis = json_get(plot, str_from(field));
    const Json *type;

    if (!axis || axis->kind == JSON_KIND_NULL)
        return ST_OK;
    type = json_get(axis, STR("type"));
    if (!type || type->kind != JSON_KIND_STR ||
        (!str_eq(type->as.s, STR("linear")) && !str_eq(type->as.s, STR("log"))))
        return wrong(c, field, "must have the type linear or log");
    return ST_OK;
}

static Status check_labels(const Checking *c, const Json *plot, size_t least, const Json **out)
{
    const Json *labels = array_of(plot, "labels");

    if (!labels || labels->as.array.len < least)
        return wrong(c, "labels", least > 1 ? "must be a list of two or more" : "must be a list");
    for (size_t i = 0; i < labels->as.array.len; i++) {
        const Json *v = &labels->as.array.items[i];

        if (!is_number(v) && v->kind != JSON_KIND_STR)
            return wrong(c, "labels", "must hold texts or numbers");
    }
    *out = labels;
    return ST_OK;
}

static Status check_titles(const Checking *c, const Json *plot, JsonNeed axes)
{
    Status st = check_text(c, plot, "title", JSON_REQUIRED);

    if (!st)
        st = check_text(c, plot, "x_label", axes);
    return st ? st : check_text(c, plot, "y_label", axes);
}

/* ------------------------------------------------------------ curves */

static Status check_series(const Checking *c, const Json *curve, const char *field, size_t len)
{
    const Json *list = array_of(curve, field);

    if (!list)
        return wrong(c, field, "must be a list of numbers");
    if (list->as.array.len != len)
        return wrong(c, field, "must be as long as x");
    return check_numbers(c, field, list, NO_NULLS);
}

static Status check_extra(const Checking *c, const Json *curve, size_t len)
{
    const Json *extra = json_get(curve, STR("extra"));
    Status st = ST_OK;

    if (!extra || extra->kind == JSON_KIND_NULL)
        return ST_OK;
    if (extra->kind != JSON_KIND_OBJECT)
        return wrong(c, "extra", "must be an object of lists");
    for (size_t i = 0; i < extra->as.object.len && !st; i++) {
        const Json *v = &extra->as.object.members[i].value;

        if (v->kind != JSON_KIND_ARRAY || v->as.array.len != len)
            st = wrong(c, "extra", "must hold lists as long as x");
        else
            st = check_numbers(c, "extra", v, NO_NULLS);
    }
    return st;
}

static Status check_curve(const Checking *c, const Json *curve)
{
    const Json *x = array_of(curve, "x");
    Status st;

    if (!x)
        return wrong(c, "curves", "each must have the lists x and y");
    st = check_numbers(c, "x", x, NO_NULLS);
    if (!st)
        st = check_series(c, curve, "y", x->as.array.len);
    if (!st)
        st = check_text(c, curve, "label", JSON_OPTIONAL);
    return st ? st : check_extra(c, curve, x->as.array.len);
}

static Status check_curves(const Checking *c, const Json *plot)
{
    const Json *curves = array_of(plot, "curves");
    Status st = check_titles(c, plot, JSON_REQUIRED);

    if (!st && !curves)
        st = wrong(c, "curves", "must be a list");
    for (size_t i = 0; !st && i < curves->as.array.len; i++)
        st = check_curve(c, &curves->as.array.items[i]);
    if (!st)
        st = check_axis(c, plot, "x_config");
    return st ? st : check_axis(c, plot, "y_config");
}

/* ------------------------------------------------------------ histograms */

static Status check_buckets(const Checking *c, const Json *buckets)
{
    Status st;

    if (!buckets || buckets->as.array.len < 2)
        return wrong(c, "buckets", "must be two bounds or more");
    st = check_numbers(c, "buckets", buckets, NO_NULLS);
    for (size_t i = 1; i < buckets->as.array.len && !st; i++) {
        const Json *a = &buckets->as.array.items[i - 1];
        const Json *b = &buckets->as.array.items[i];

        if (!is_number(a) || !is_number(b) || !(number_of(a) < number_of(b)))
            st = wrong(c, "buckets", "must rise");
    }
    return st;
}

/* One row of counts, or several with as many labels. */
static Status check_frequency(const Checking *c, const Json *plot, const Json *frequency,
                              size_t buckets)
{
    const Json *labels = array_of(plot, "labels");
    const bool two =
        frequency->as.array.len && frequency->as.array.items[0].kind == JSON_KIND_ARRAY;
    Status st = ST_OK;

    if (!two)
        return frequency->as.array.len != buckets
                   ? wrong(c, "frequency", "must be one less than buckets")
                   : check_numbers(c, "frequency", frequency, NO_NULLS);
    if (!labels || labels->as.array.len != frequency->as.array.len)
        return wrong(c, "labels", "must name each row of frequency");
    for (size_t i = 0; i < frequency->as.array.len && !st; i++) {
        const Json *row = &frequency->as.array.items[i];

        if (row->kind != JSON_KIND_ARRAY || row->as.array.len != buckets)
            st = wrong(c, "frequency", "each row must be one less than buckets");
        else
            st = check_numbers(c, "frequency", row, NO_NULLS);
    }
    return st;
}

static Status check_histogram(const Checking *c, const Json *plot)
{
    const Json *buckets = array_of(plot, "buckets");
    const Json *frequency = array_of(plot, "frequency");
    Status st = check_titles(c, plot, JSON_REQUIRED);

    if (!st)
        st = check_buckets(c, buckets);
    if (!st && !frequency)
        st = wrong(c, "frequency", "must be a list");
    if (!st)
        st = check_frequency(c, plot, frequency, buckets->as.array.len - 1);
    if (!st)
        st = check_axis(c, plot, "x_config");
    return st ? st : check_axis(c, plot, "y_config");
}

/* ------------------------------------------------------------ bars, matrices */

static Status check_bar(const Checking *c, const Json *plot)
{
    const Json *values = array_of(plot, "values");
    const Json *labels = NULL;
    Status st = check_titles(c, plot, JSON_REQUIRED);

    if (!st)
        st = check_labels(c, plot, 1, &labels);
    if (!st && (!values || values->as.array.len != labels->as.array.len))
        st = wrong(c, "values", "must be as many as labels");
    if (!st)
        st = check_numbers(c, "values", values, NULLS);
    return st ? st : check_axis(c, plot, "config");
}

static Status check_matrix(const Checking *c, const Json *plot)
{
    const Json *matrix = array_of(plot, "matrix");
    const Json *labels = NULL;
    Status st = check_titles(c, plot, JSON_OPTIONAL);

    if (!st)
        st = check_labels(c, plot, 2, &labels);
    if (!st && (!matrix || matrix->as.array.len != labels->as.array.len))
        st = wrong(c, "matrix", "must have a row for each label");
    for (size_t i = 0; !st && i < matrix->as.array.len; i++) {
        const Json *row = &matrix->as.array.items[i];

        if (row->kind != JSON_KIND_ARRAY || row->as.array.len != labels->as.array.len)
            st = wrong(c, "matrix", "must have a column for each label");
        else
            st = check_numbers(c, "matrix", row, NULLS);
    }
    return st;
}

Status plot_check(const Json *plot, const char *where, FieldErr *err)
{
    static const struct {
        const char *type;
        Status (*check)(const Checking *c, const Json *plot);
    } kinds[] = {
        {"PLOT/CURVE", check_curves},
        {"PLOT/HISTOGRAM", check_histogram},
        {"PLOT/BAR", check_bar},
        {"PLOT/CONFUSION_MATRIX", check_matrix},
    };
    const Checking c = {where, err};
    const Json *type = json_get(plot, STR("data_type"));

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (type && type->kind == JSON_KIND_STR && str_eq(type->as.s, str_from(kinds[i].type)))
            return kinds[i].check(&c, plot);
    return wrong(&c, "data_type",
                 "must be PLOT/CURVE, PLOT/HISTOGRAM, PLOT/BAR or PLOT/CONFUSION_MATRIX");
}
