/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics and plots of cases as an evaluator gives them: checked, then kept as they stand. */
#include "base/vec.h"
#include "codec/json_read.h"
#include "domain/evaluation.h"
#include "domain/internal.h"
#include "domain/plot.h"
#include "os/clock.h"

#include <stdio.h>

enum { FINDINGS_MAX = 100000, METRICS_MAX = 10000, NESTED_ROWS_MAX = 10000, PLOTS_MAX = 100 };
static const size_t body_memory = (size_t)2 << 30;

typedef struct Reading {
    const Evaluation *evaluation;
    const Target *target;
    FieldErr *err;
    Str configuration;
    VEC_OF(FindingRow) found;
} Reading;

/* "cases.rain" for messages. */
typedef struct Place {
    char text[120];
} Place;

static Place place_of(const char *member, Str name)
{
    Place p;

    (void)snprintf(p.text, sizeof p.text, "%s.%.*s", member, STR_ARG(utf8_clip(name, 80)));
    return p;
}

static Status keep(Reading *r, const char *kind, Str scope, const Json *body, const char *field)
{
    const FindingRow row = {.kind = str_from(kind),
                            .configuration = r->configuration,
                            .scope = scope,
                            .body = body->raw};

    if (body->raw.len > EVALUATION_MAX_FINDING)
        return field_err_set(r->err, ST_INVALID, field, "%s: at most %d bytes a case", field,
                             (int)EVALUATION_MAX_FINDING);
    return VEC_PUSH(&r->found, row, FINDINGS_MAX);
}

/* ------------------------------------------------------------ metrics */

static bool is_scalar(const Json *v)
{
    if (v->kind == JSON_KIND_OBJECT) { /* NaN and infinities */
        const Json *text = json_get(v, STR("double"));

        return v->as.object.len == 1 && text && text->kind == JSON_KIND_STR;
    }
    return v->kind != JSON_KIND_ARRAY;
}

/* A list of rows of scalars; what a list of rows itself holds goes no deeper. */
static bool is_nested(const Json *v)
{
    if (v->kind != JSON_KIND_ARRAY || v->as.array.len > NESTED_ROWS_MAX)
        return false;
    for (size_t i = 0; i < v->as.array.len; i++) {
        const Json *row = &v->as.array.items[i];

        if (row->kind != JSON_KIND_OBJECT)
            return false;
        for (size_t k = 0; k < row->as.object.len; k++)
            if (!is_scalar(&row->as.object.members[k].value))
                return false;
    }
    return true;
}

static Status check_metrics(Reading *r, const Json *metrics, const char *field, const char *where)
{
    if (metrics->kind != JSON_KIND_OBJECT)
        return field_err_set(r->err, ST_INVALID, field, "%s: must be an object", where);
    if (metrics->as.object.len > METRICS_MAX)
        return field_err_set(r->err, ST_INVALID, field, "%s: at most %d metrics", where,
                             (int)METRICS_MAX);
    for (size_t i = 0; i < metrics->as.object.len; i++) {
        const JsonMember *m = &metrics->as.object.members[i];

        if (!m->key.len || m->key.len > RESULT_MAX_NAME)
            return field_err_set(r->err, ST_INVALID, field,
                                 "%s: the name of a metric must have 1 to %d bytes", where,
                                 (int)RESULT_MAX_NAME);
        if (!is_scalar(&m->value) && !is_nested(&m->value))
            return field_err_set(r->err, ST_INVALID, field,
                                 "%s.%.*s: must be a number, truth, text, null, or a list of "
                                 "objects of these",
                                 where, STR_ARG(utf8_clip(m->key, 60)));
    }
    return ST_OK;
}

static Status check_scope(Reading *r, Str scope, const char *field)
{
    if (target_case(r->target, scope))
        return ST_OK;
    return field_err_set(r->err, ST_INVALID, field, "%s: there is no case \"%.*s\" in the target",
                         field, STR_ARG(utf8_clip(scope, 100)));
}

static Status read_case(Reading *r, const JsonMember *m)
{
    const Place place = place_of("cases", m->key);
    Status st = check_scope(r, m->key, "cases");

    if (!st)
        st = check_metrics(r, &m->value, "cases", place.text);
    return st ? st : keep(r, "metrics", m->key, &m->value, "cases");
}

/* ------------------------------------------------------------ thresholded, plots */

static Status read_thresholded(Reading *r, const JsonMember *m)
{
    const Place place = place_of("thresholded", m->key);
    Status st = check_scope(r, m->key, "thresholded");

    if (!st && !is_nested(&m->value))
        st = field_err_set(r->err, ST_INVALID, "thresholded",
                           "%s: must be a list of at most %d objects of scalars", place.text,
                           (int)NESTED_ROWS_MAX);
    for (size_t i = 0; !st && i < m->value.as.array.len; i++) {
        double threshold;
        Err why = {0};

        if (json_field_double(&m->value.as.array.items[i], STR("threshold"), JSON_REQUIRED,
                              &threshold, &why))
            st = field_err_set(r->err, ST_INVALID, "thresholded", "%s[%zu].%s", place.text, i,
                               why.msg);
    }
    return st ? st : keep(r, "thresholded", m->key, &m->value, "thresholded");
}

static Status read_plots(Reading *r, const JsonMember *m)
{
    const Place place = place_of("plots", m->key);
    Status st = check_scope(r, m->key, "plots");

    if (!st && (m->value.kind != JSON_KIND_ARRAY || m->value.as.array.len > PLOTS_MAX))
        st = field_err_set(r->err, ST_INVALID, "plots", "%s: must be a list of at most %d plots",
                           place.text, (int)PLOTS_MAX);
    for (size_t i = 0; !st && i < m->value.as.array.len; i++) {
        char where[160];

        (void)snprintf(where, sizeof where, "%s[%zu]", place.text, i);
        st = plot_check(&m->value.as.array.items[i], where, r->err);
    }
    return st ? st : keep(r, "plots", m->key, &m->value, "plots");
}

/* ------------------------------------------------------------ the body */

static Status each_member(Reading *r, const Json *body, const char *field,
                          Status (*read)(Reading *r, const JsonMember *m))
{
    const Json *object = NULL;
    Err why = {0};
    Status st = json_field_object(body, str_from(field), JSON_OPTIONAL, &object, &why);

    if (st)
        return field_err_set(r->err, st, field, "%s", why.msg);
    for (size_t i = 0; object && i < object->as.object.len && !st; i++)
        st = read(r, &object->as.object.members[i]);
    return st;
}

static Status read_configuration(Reading *r, const Json *body)
{
    const ConfigurationList *list = &r->evaluation->configurations;
    Err why = {0};
    Status st = json_field_str(body, STR("configuration"), JSON_OPTIONAL, &r->configuration, &why);

    if (st)
        return field_err_set(r->err, st, "configuration", "%s", why.msg);
    for (size_t i = 0; i < list->len; i++)
        if (str_eq(list->items[i].name, r->configuration))
            return ST_OK;
    if (!r->configuration.len)
        return ST_OK;
    return field_err_set(r->err, ST_INVALID, "configuration",
                         "configuration: the evaluation has no \"%.*s\"",
                         STR_ARG(utf8_clip(r->configuration, 100)));
}

static Status read_suite(Reading *r, const Json *body)
{
    const Json *suite = json_get(body, STR("suite"));
    Status st;

    if (!suite || suite->kind == JSON_KIND_NULL)
        return ST_OK;
    st = check_metrics(r, suite, "suite", "suite");
    return st ? st : keep(r, "metrics", (Str){0}, suite, "suite");
}

static Status read_all(Reading *r, Str text, Arena *scratch)
{
    const Json *body = NULL;
    Err why = {0};
    Status st = json_parse_object(text, scratch, &body, &why);

    if (st)
        return st == ST_NOMEM ? st : field_err_set(r->err, st, "", "%s", why.msg);
    st = read_configuration(r, body);
    if (!st)
        st = each_member(r, body, "cases", read_case);
    if (!st)
        st = read_suite(r, body);
    if (!st)
        st = each_member(r, body, "thresholded", read_thresholded);
    return st ? st : each_member(r, body, "plots", read_plots);
}

Status evaluation_set_metrics(Domain *d, const Evaluation *e, Str body, FieldErr *err)
{
    Reading r = {.evaluation = e, .err = err};
    Arena scratch;
    Status st = evaluation_target(d, &e->row, &r.target);

    if (st)
        return st;
    arena_init(&scratch, body_memory);
    st = read_all(&r, body, &scratch);
    if (!st) {
        const FindingList list = {.items = r.found.items, .len = r.found.len};

        st = catalog_findings_put(d->catalog, e->row.id, &list, clock_now_ns());
    }
    VEC_FREE(&r.found);
    arena_deinit(&scratch);
    target_put(d, r.target);
    return st;
}
