/* SPDX-License-Identifier: Apache-2.0 */
/* See headline.h. */
#include "domain/headline.h"

#include "catalog/summary.h"
#include "codec/json_read.h"
#include "codec/json_write.h"
#include "domain/background.h"
#include "domain/internal.h"
#include "domain/measured.h"

#include <math.h>

/* The number at its end is of how it is made: raise it when the same rows give another text. */
#define ABOUT "headline 1"

static bool number_of(const Json *v, double *out)
{
    if (v->kind == JSON_KIND_INT)
        *out = (double)v->as.i;
    else if (v->kind == JSON_KIND_DOUBLE)
        *out = v->as.d;
    else if (v->kind == JSON_KIND_BOOL)
        *out = v->as.b;
    else
        return false;
    return true;
}

/* A finite number that the evaluator gave. */
static bool is_given(const Json *given, Str name, double *out)
{
    const Json *v = json_get(given, name);

    return v && number_of(v, out) && isfinite(*out);
}

static size_t write_means(JsonWriter *w, const CaseSummary *whole, const Json *given)
{
    size_t count = 0;

    for (size_t i = 0; i < whole->mean_count && count < HEADLINE_METRICS; i++) {
        double v = whole->means[i].mean;

        if (!is_given(given, whole->means[i].name, &v) && !isfinite(v))
            continue;
        jw_key_double(w, whole->means[i].name, v);
        count++;
    }
    return count;
}

static bool has_mean(const CaseSummary *whole, Str name)
{
    for (size_t i = 0; i < whole->mean_count; i++)
        if (str_eq(whole->means[i].name, name))
            return true;
    return false;
}

static void write_given(JsonWriter *w, const CaseSummary *whole, const Json *given, size_t count)
{
    for (size_t i = 0; given && i < given->as.object.len && count < HEADLINE_METRICS; i++) {
        const Str name = given->as.object.members[i].key;
        double v;

        if (!is_given(given, name, &v) || has_mean(whole, name))
            continue;
        jw_key_double(w, name, v);
        count++;
    }
}

static Status write_headline(const CaseSummary *whole, Arena *arena, Buf *out)
{
    const Json *given = NULL;
    JsonWriter w = jw_init(out);
    Status st = whole->given.len ? json_parse_object(whole->given, arena, &given, NULL) : ST_OK;

    if (st)
        return st;
    jw_object(&w);
    jw_key_uint(&w, STR("samples"), whole->samples);
    jw_key(&w, STR("metrics"));
    jw_object(&w);
    write_given(&w, whole, given, write_means(&w, whole, given));
    jw_object_end(&w);
    jw_object_end(&w);
    return jw_done(&w);
}

static Status compute(Domain *d, const EvaluationRow *row, Arena *arena, Str *json)
{
    Evaluation e;
    Measured m;
    CaseSummary whole = {0};
    Buf text;
    Status st = evaluation_get(d, row->project_id, row->id, arena, &e);

    if (st)
        return st;
    st = measured_open(d, &e, NULL, &m);
    if (st)
        return st;
    buf_init(&text, SUMMARY_MAX);
    st = measured_whole(&m, arena, &whole);
    if (!st)
        st = write_headline(&whole, arena, &text);
    if (!st)
        st = arena_copy(arena, buf_str(&text), json);
    buf_deinit(&text);
    measured_close(&m);
    return st;
}

static SummaryKey key_of(const EvaluationRow *row)
{
    return (SummaryKey){.ids = {row->id, row->id},
                        .revisions = {row->revision, row->revision},
                        .about = STR(ABOUT)};
}

Status headline_find(Domain *d, const EvaluationRow *row, Arena *arena, Str *json)
{
    const SummaryKey key = key_of(row);

    return catalog_summary_get(d->catalog, &key, arena, json);
}

Status headline_get(Domain *d, const EvaluationRow *row, Arena *arena, Str *json)
{
    const SummaryKey key = key_of(row);
    Status st = headline_find(d, row, arena, json);

    if (st != ST_NOTFOUND)
        return st;
    st = compute(d, row, arena, json);
    if (!st)
        summary_keep_later(d, &key, *json);
    return st;
}
